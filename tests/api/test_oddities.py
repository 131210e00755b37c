"""No input, however odd, gives an answer of 500 or more: every call there is, with what no client would send."""

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import Client, Coalition, coalition, define

ODD_TEXTS = [
    "", " ", "\x00", "\ud800", "\u202e", "é", "e\u0301", "😀", "１２", "a" * 300, "../..", "%", "%00", "'; DROP TABLE actor; --", "a\nb",
    "null", "NaN", "-0", "1e999999", "0x1", "2025-02-30", "9999-12-31", "0001-01-01", "2025-W53", "2025-Q5", "[]", "{}", "*",
]  # fmt: skip
ODD_NUMBERS = [
    "0",
    "-0",
    "-1",
    "1e400",
    "1E5",
    "NaN",
    "-Infinity",
    "9" * 5_000,
    "0." + "1" * 400,
    "2147483648",
    "9223372036854775808",
]
ODD_VALUES = [
    *(json.dumps(text) for text in ODD_TEXTS),
    *ODD_NUMBERS,
    "null",
    "true",
    "[]",
    "{}",
    "[[]]",
    '[{"a": [1]}]',
    '{"": ""}',
]
ODD_HEADERS = [
    ("Accept", "\x7f"), ("Accept-Language", "fr" * 5_000), ("If-None-Match", '"' * 500), ("If-Match", ",,,"),
    ("X-Request-ID", "a\tb" * 90), ("Content-Length", "-1"), ("Content-Length", "9" * 40), ("Content-Type", "application/json; charset=utf-16"),
    ("Idempotency-Key", "\xff"), ("Authorization", "Bearer \xff"), ("Prefer", "wait=-1e9"),
]  # fmt: skip


@pytest.fixture
def lac(light_client: Client) -> Coalition:
    made = coalition(light_client, ["a"])
    made.adopt(define("jobs", dimensions=[{"code": "sex", "codes": ["F", "M"]}]))
    made.report("a", "jobs", "2025-Q1", "5")
    return made


def routes(client: Client) -> Iterator[APIRoute]:
    return (route for route in client.service_app.routes if isinstance(route, APIRoute))


def path_of(route: APIRoute, value: str, community: str = "lac") -> str:
    path = route.path.replace("{community}", community)
    for name in route.param_convertors:
        path = path.replace(f"{{{name}}}", value)
    return path


def escaped(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))


def check(response: Any) -> None:
    assert response.status_code < 500, response.text
    if response.status_code >= 400:
        assert response.headers["content-type"] == "application/problem+json"
        json.loads(response.content)


def test_odd_names_in_paths(lac: Coalition) -> None:
    for route in routes(lac.client):
        for text in ODD_TEXTS:
            for method in route.methods:
                check(lac.client.ask(method, path_of(route, escaped(text) or "%20"), lac.support.token, json={}))


def test_odd_communities(lac: Coalition) -> None:
    for route in routes(lac.client):
        if "{community}" in route.path:
            for text in ODD_TEXTS[1:]:
                for method in route.methods:
                    check(lac.client.ask(method, path_of(route, "x", escaped(text)), lac.support.token, json={}))


def test_odd_parameters(lac: Coalition) -> None:
    for route in routes(lac.client):
        for parameter in route.dependant.query_params + [p for d in route.dependant.dependencies for p in d.query_params]:
            for text in (*ODD_TEXTS, *ODD_NUMBERS):
                query = f"{parameter.alias}={escaped(text)}"
                for method in route.methods:
                    check(lac.client.ask(method, f"{path_of(route, 'jobs')}?{query}", lac.support.token, json={}))


def bodies(lac: Coalition) -> list[tuple[str, str, dict[str, Any]]]:
    """A body for each call that takes one."""
    return [
        ("POST", "/v1/communities/lac/actors", {"code": "c", "name": "c", "kind": "c", "joined": "2025-01-01", "identifiers": [{}]}),
        ("PATCH", "/v1/communities/lac/actors/a", {"name": "c", "left": None, "groups": ["x"]}),
        ("PATCH", "/v1/communities/lac", {"name": "c", "charter": {"quorum": "0.5", "due_days": 1}, "time_zone": "UTC"}),
        ("POST", "/v1/communities/lac/actors/a/tokens", {"name": "x", "scopes": ["read"], "expires_at": "2027-01-01T00:00:00Z"}),
        ("POST", "/v1/tokens/revoke", {"token": "x"}),
        ("POST", "/v1/communities/lac/proposals", {"title": "t", "changes": [define("more", minimum="0")], "closes_at": None}),
        (
            "POST",
            "/v1/communities/lac/proposals",
            {
                "title": "t",
                "changes": [{"kind": "set_target", "indicator": "jobs", "period": "2026", "value": "1", "baseline": {"period": "2025", "value": "0"}}],
            },
        ),
        ("POST", "/v1/communities/lac/contributions", {"indicator": "jobs", "period": "2025-Q2", "value": "1", "dimensions": {"sex": "F"}, "comment": "x", "expected_revision": 0}),
        ("POST", "/v1/communities/lac/contributions/batch", {"items": [{"indicator": "jobs", "period": "2025-Q3", "value": "1"}]}),
    ]  # fmt: skip


def places(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
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
    if isinstance(value, dict):
        return "{" + ", ".join(
            f"{json.dumps(name)}: {with_odd(inner, place[1:], odd) if name == place[0] else json.dumps(inner)}"
            for name, inner in value.items()
        ) + "}"  # fmt: skip
    return (
        "["
        + ", ".join(with_odd(inner, place[1:], odd) if n == place[0] else json.dumps(inner) for n, inner in enumerate(value))
        + "]"
    )


@pytest.mark.parametrize("number", range(9))
def test_odd_values_in_bodies(lac: Coalition, number: int) -> None:
    method, path, body = bodies(lac)[number]
    headers = {"Content-Type": "application/json", "If-Match": "*"}
    for place, odd in itertools.product(places(body), ODD_VALUES):
        check(lac.client.ask(method, path, lac.support.token, content=with_odd(body, place, odd).encode(), headers=headers))


def test_odd_headers(lac: Coalition) -> None:
    for name, value in ODD_HEADERS:
        headers = [(name.encode(), value.encode("latin-1"))]
        if name != "Authorization":
            headers.append((b"Authorization", f"Bearer {lac.support.token}".encode()))
        for method, path in (
            ("GET", "/v1/communities/lac"),
            ("GET", "/v1/communities/lac/actors"),
            ("POST", "/v1/communities/lac/actors"),
        ):
            check(lac.client.request(method, path, headers=headers, content=b"{}" if method == "POST" else None))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(ODD_TEXTS[4:]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=st.integers(0, 8), data=st.data())
def test_random_bodies(lac: Coalition, number: int, data: st.DataObject) -> None:
    method, path, body = bodies(lac)[number]
    place = data.draw(st.sampled_from(list(places(body))))
    content = with_odd(body, place, json.dumps(data.draw(JSON))).encode("utf-8", "surrogatepass")
    headers = {"Content-Type": "application/json", "If-Match": "*"}
    check(lac.client.ask(method, path, lac.support.token, content=content, headers=headers))
