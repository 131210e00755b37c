"""Numbers in forms: as the reader writes them, or asked about; what a form shows is read back as it was."""

from decimal import Decimal

import pytest

from service.errors import Fault
from service.web.entering import read_number, write_number


@pytest.mark.parametrize(
    ("text", "english", "french"),
    [
        ("0", "0", "0"),
        ("-1.5", "-1.5", "-1.5"),
        ("1,5", "1.5", "1.5"),
        ("1,2345", "1.2345", "1.2345"),
        ("1.234", None, None),
        ("1,234", None, None),
        ("0,234", "0.234", "0.234"),
        ("1\u202f234,5", "1234.5", "1234.5"),
        ("1,234.5", "1234.5", "1234.5"),
        ("1.234.567", "1234567", "1234567"),
        ("1 234", None, None),
        ("1e5", None, None),
        ("", None, None),
        ("１２", None, None),
        ("=1+1", None, None),
        ("9" * 27, None, None),
    ],
)
def test_numbers_as_people_write_them(text: str, english: str | None, french: str | None) -> None:
    for language, wanted in (("en", english), ("fr", french)):
        found = read_number(text, language, "/value")
        assert (None if isinstance(found, Fault) else found) == wanted, (text, language, found)


@pytest.mark.parametrize(
    "value", ["0", "-1.5", "1.234", "1234", "123.456", "0.001", "1234567.891", "99999999999999999999999999"]
)
def test_what_is_written_is_read_again(value: str) -> None:
    for language in ("en", "fr"):
        assert read_number(write_number(Decimal(value), language), language, "") == value
