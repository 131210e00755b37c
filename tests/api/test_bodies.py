"""JSON as it is read: exact, bounded, nothing hidden."""

from decimal import Decimal
from typing import Any

import pytest

from service.api.bodies import DEEPEST, parse_json
from service.errors import Refused, ServiceError, Unreadable
from service.models.measure import InexactNumber


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("-12", -12),
        ("12345678901234567890123456", 12345678901234567890123456),
        ("0.1", Decimal("0.1")),
        ("12345678901234567890123456.123456789012", Decimal("12345678901234567890123456.123456789012")),
        ('{"a": [null, true, "é"]}', {"a": [None, True, "é"]}),
        ('"\\ud83d\\ude00"', "😀"),
    ],
)
def test_numbers_lose_no_digit(text: str, value: Any) -> None:
    parsed = parse_json(text.encode())
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e5", "1E400", "1.0e-1", "0.1234567890123", "9" * 5_000])
def test_numbers_that_are_no_exact_decimal_are_told_apart(text: str) -> None:
    assert isinstance(parse_json(text.encode()), InexactNumber)


@pytest.mark.parametrize(
    ("content", "error", "code"),
    [
        (b"{", Unreadable, "not_json"),
        (b"", Unreadable, "not_json"),
        (b"\xff", Unreadable, "not_utf8"),
        (b"\xef\xbb\xbf{}", Unreadable, "not_json"),
        (b"01", Unreadable, "not_json"),
        (b'"\x01"', Unreadable, "not_json"),
        (b'{"a": 1, "b": 2, "a": 1}', Unreadable, "duplicate_key"),
        (b"[" * 1_000_000, Refused, "too_deep"),
        (b'{"a":' * 100_000, Refused, "too_deep"),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), Refused, "too_deep"),
        (b'"\\ud800"', Refused, "control_character"),
        (b'{"\\udfff": 1}', Refused, "control_character"),
        (b'["\\u0000"]', Refused, "control_character"),
    ],
)
def test_what_cannot_be_read_or_kept(content: bytes, error: type[ServiceError], code: str) -> None:
    with pytest.raises(error) as refused:
        parse_json(content)
    assert refused.value.code == code


def test_the_deepest_that_is_allowed() -> None:
    value = parse_json(b"[" * DEEPEST + b"]" * DEEPEST)
    for _ in range(DEEPEST - 1):
        (value,) = value
    assert value == []


def test_odd_texts_are_named_where_they_stand() -> None:
    with pytest.raises(Refused) as refused:
        parse_json(b'{"items": [{"a/b": "\\u0000"}, {"c": "fine \\u0000 not"}]}')
    assert [fault.pointer for fault in refused.value.faults] == ["/items/0/a~1b", "/items/1/c"]
