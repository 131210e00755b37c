"""What no client would send, and the bodies to put it into."""

import json
from collections.abc import Iterator
from typing import Any

from tests.builders import Json, define

ODD_TEXTS = [
    "\x00", "\ud800", "\u202e", "é", "e\u0301", "😀", "１２", "a" * 300, "../..", "%", "%00", "'; DROP TABLE actor; --", "a\nb",
    "null", "NaN", "-0", "1e999999", "0x1", "2025-02-30", "9999-12-31", "0001-01-01", "2025-W53", "2025-Q5", "[]", "{}", "*",
    "", " ", ",", "a,b",
]  # fmt: skip
ODD_NUMBERS = [
    "0", "-0", "-1", "1e400", "1E5", "NaN", "-Infinity", "9" * 5_000, "0." + "1" * 400, "2147483648", "9223372036854775808",
]  # fmt: skip
ODD_VALUES = [
    *(json.dumps(text) for text in ODD_TEXTS),
    *ODD_NUMBERS,
    *("null", "true", "[]", "{}", "[[]]", '[{"a": [1]}]', '{"": ""}'),
]
ODD_HEADERS = [
    ("Accept", "\x7f"),
    ("Accept-Language", "fr" * 5_000),
    ("If-None-Match", '"' * 500),
    ("If-Match", ",,,"),
    ("X-Request-ID", "a\tb" * 90),
    ("Content-Length", "-1"),
    ("Content-Length", "9" * 40),
    ("Content-Type", "application/json; charset=utf-16"),
    ("Idempotency-Key", "\xff"),
    ("Authorization", "Bearer \xff"),
    ("Prefer", "wait=-1e9"),
]
TARGET = {
    "kind": "set_target",
    "indicator": "jobs",
    "period": "2026",
    "value": "1",
    "baseline": {"period": "2025", "value": "0"},
    "milestones": [{"period": "2026-Q1", "value": "0.5"}],
}
OVERLAP = {
    "kind": "resolve_overlap",
    "indicator": "jobs",
    "period": "2025",
    "from_period": "2025-Q1",
    "dimensions": {"sex": "F"},
    "method": "agreed",
    "value": "1",
    "reason": {"en": "x"},
}
CONTRIBUTION = {
    "indicator": "jobs",
    "period": "2025-Q2",
    "value": "1",
    "dimensions": {"sex": "F"},
    "comment": "x",
    "expected_revision": 0,
}
LAC = "/v1/communities/lac"
BODIES: list[tuple[str, str, Json]] = [
    ("POST", f"{LAC}/actors", {"code": "c", "name": "c", "kind": "c", "joined": "2025-01-01", "identifiers": [{}]}),
    ("PATCH", f"{LAC}/actors/a", {"name": "c", "left": None, "groups": ["x"]}),
    ("PATCH", LAC, {"name": "c", "charter": {"quorum": "0.5", "due_days": 1}, "time_zone": "UTC"}),
    ("POST", f"{LAC}/actors/a/tokens", {"name": "x", "scopes": ["read"], "expires_at": "2027-01-01T00:00:00Z"}),
    ("POST", "/v1/tokens/revoke", {"token": "x"}),
    ("POST", f"{LAC}/proposals", {"title": "t", "changes": [define("more", minimum="0")], "closes_at": None}),
    ("POST", f"{LAC}/proposals", {"title": {"en": "t"}, "rationale": "r", "changes": [TARGET]}),
    ("POST", f"{LAC}/proposals", {"title": "t", "changes": [OVERLAP]}),
    ("POST", f"{LAC}/contributions", CONTRIBUTION),
    ("POST", f"{LAC}/contributions/batch", {"items": [CONTRIBUTION]}),
]
"""A call and a body that it takes, or nearly: method, path, body."""


def escaped(text: str) -> str:
    """Percent-encoded, half characters too."""
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))


def places(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something can stand in a JSON value: the whole, each key's value, each item."""
    yield before
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*before, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from places(inner, (*before, number))


def with_odd(value: Any, place: tuple[Any, ...], odd: str) -> str:
    """The JSON of `value` with `odd`, which no encoder would write, in `place`."""
    if not place:
        return odd
    step, rest = place[0], place[1:]
    if isinstance(value, dict):
        written = {name: with_odd(inner, rest, odd) if name == step else json.dumps(inner) for name, inner in value.items()}
        return "{" + ", ".join(f"{json.dumps(name)}: {inner}" for name, inner in written.items()) + "}"
    return (
        "[" + ", ".join(with_odd(inner, rest, odd) if at == step else json.dumps(inner) for at, inner in enumerate(value)) + "]"
    )
