"""Numbers as spreadsheets write them: what is read, what is refused with which suggestion, and when the sign is asked for."""

import pytest

from service.errors import Fault
from service.uploads.numbers import Evidence, Numbers

NBSP, NARROW = "\u00a0", "\u202f"


@pytest.mark.parametrize(
    ("sign", "said", "text", "number"),
    [
        (".", False, "12", "12"),
        (".", False, "0", "0"),
        (".", False, "-0", "0"),
        (".", False, "-0.50", "-0.5"),
        (".", False, "007", "7"),
        (".", False, "1.234", "1.234"),
        (".", False, f"1{NBSP}234.5", "1234.5"),
        (".", False, f"-1{NARROW}234{NARROW}567", "-1234567"),
        (".", False, "9" * 26 + "." + "9" * 12, "9" * 26 + "." + "9" * 12),
        (",", False, "12,50", "12.5"),
        (",", False, f"1{NARROW}234,5", "1234.5"),
        (",", False, "1,234", "1.234"),
        (".", True, "1,234", "1234"),
        (".", True, "1,234,567.8", "1234567.8"),
        (",", True, "1.234,5", "1234.5"),
        (",", True, "1.234", "1234"),
        # What is not read.
        (".", False, "1,234", None),
        (".", False, "12,5", None),
        (",", False, "12.5", None),
        (",", False, "1.234", None),
        (",", False, "1.234,5", None),
        (".", True, "12,34", None),
        (".", False, f"1{NBSP}23", None),
        (".", False, f"{NBSP}123", None),
        (".", False, f"1234{NBSP}567", None),
        (".", False, "9" * 27, None),
        (".", False, "0.1234567890123", None),
        (".", False, "1e5", None),
        (".", False, "+1", None),
        (".", False, ".5", None),
        (".", False, "5.", None),
        (".", False, "--5", None),
        (".", False, "NaN", None),
        (".", False, "１２", None),
        (".", False, "1_000", None),
    ],
)  # fmt: skip
def test_reading(sign: str, said: bool, text: str, number: str | None) -> None:
    assert Numbers(sign, said).read(text) == number


@pytest.mark.parametrize(
    ("sign", "text", "meant"),
    [
        (".", "12 %", "12"),
        (".", "12,5 €", "12.5"),
        (".", "1 234", "1234"),
        (".", "+5", "5"),
        (".", "\u22125", "-5"),
        (".", "1,234", "1234"),
        (".", "1,234,567.8", "1234567.8"),
        (",", "1.234,5", "1234.5"),
        (",", "1.234", "1234"),
        (",", "12.5", "12.5"),
        (".", "n.d.", None),
        (".", "1e5", None),
        (".", "-", None),
        (".", "12 à 15", None),
        (".", "9" * 61, None),
    ],
)
def test_what_is_suggested(sign: str, text: str, meant: str | None) -> None:
    fault = Numbers(sign, said=False).fault(text, "/value")
    assert (fault.code, fault.context.get("meant")) == ("not_a_decimal", meant)


@pytest.mark.parametrize(
    ("texts", "sign"),
    [
        (["12", "-3", ""], "."),
        (["1.5"], "."),
        (["1,5"], ","),
        (["1.234", "0.5"], "."),
        (["1,234", "0,5"], ","),
        (["1.234", "0.123"], "."),
        (["1.234", "1234.567"], "."),
        (["1,234", f"1{NARROW}234,5"], ","),
        (["n.d.", "1.2.3", "NA"], "."),
    ],
)
def test_the_file_shows_its_sign(texts: list[str], sign: str) -> None:
    evidence = Evidence()
    evidence.hear(texts, lambda place: place + 2, "value")
    assert evidence.sign() == sign


@pytest.mark.parametrize(
    ("texts", "row", "given"),
    [(["12", "1.234"], 3, "1.234"), (["1,234"], 2, "1,234"), (["-999.000"], 2, "-999.000"), (["1,5", "3", "1.5"], 4, "1.5")],
)
def test_the_sign_is_asked_for(texts: list[str], row: int, given: str) -> None:
    evidence = Evidence()
    evidence.hear(texts, lambda place: place + 2, "value")
    fault = evidence.sign()
    assert isinstance(fault, Fault)
    assert (fault.code, fault.row, fault.column, fault.context) == ("ambiguous_decimal", row, "value", {"given": given})
