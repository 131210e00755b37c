"""Exact decimals: the grammar, the text, the column's limits and the one rounding."""

from decimal import Decimal, Inexact
from fractions import Fraction

import pytest
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import make_url

from service.models.measure import ExactDecimal, InexactNumber, Measure, exactly, measure_text, parse_measure, rounded

LONGEST = "12345678901234567890123456.123456789012"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0", "0"),
        ("-0", "0"),
        ("-0.000", "0"),
        ("007", "7"),
        ("100", "100"),
        ("12.50", "12.5"),
        ("-0.25", "-0.25"),
        ("0.000000000001", "0.000000000001"),
        (LONGEST, LONGEST),
        ("-" + LONGEST, "-" + LONGEST),
        ("9" * 26, "9" * 26),
    ],
)
def test_a_decimal_is_read_and_shown_exactly(text: str, shown: str) -> None:
    assert measure_text(parse_measure(text)) == shown
    assert parse_measure(text) == Decimal(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "+1",
        "1.",
        ".5",
        "1e5",
        "1E5",
        "NaN",
        "Infinity",
        "-inf",
        "1_000",
        "1,5",
        "1.5.5",
        "\uff11",
        "\u0663",
        "0x1",
        "1" * 27,
        "0." + "1" * 13,
        "--1",
        "1\n",
        "1\x00",
    ],
)
def test_what_is_no_decimal_is_refused_before_any_number_is_made(text: str) -> None:
    with pytest.raises(ValueError, match="not_a_decimal"):
        parse_measure(text)
    with pytest.raises(ValidationError) as refusal:
        TypeAdapter(Measure).validate_python(text)
    assert refusal.value.errors()[0]["type"] == "not_a_decimal"


@pytest.mark.parametrize(
    "given", [None, True, [], {}, 1.5, float("nan"), 10**26, Decimal("1e999999"), Decimal("NaN"), InexactNumber("1e5")]
)
def test_other_things_are_no_measures(given: object) -> None:
    with pytest.raises(ValidationError) as refusal:
        TypeAdapter(Measure).validate_python(given)
    assert refusal.value.errors()[0]["type"] == "not_a_decimal"


@pytest.mark.parametrize("given", [7, Decimal("7"), Decimal("7.000"), "7"])
def test_exact_json_numbers_are_taken(given: object) -> None:
    assert measure_text(TypeAdapter(Measure).validate_python(given)) == "7"


def test_a_measure_leaves_as_text() -> None:
    assert TypeAdapter(Measure).dump_json(Decimal(LONGEST)) == f'"{LONGEST}"'.encode()


@pytest.mark.parametrize(
    ("exact", "shown"),
    [
        (Fraction(1, 3), "0.333333333333"),
        (Fraction(2, 3), "0.666666666667"),
        (Fraction(1, 2 * 10**12), "0"),
        (Fraction(3, 2 * 10**12), "0.000000000002"),
        (Fraction(-3, 2 * 10**12), "-0.000000000002"),
        (Fraction(10**40), "1" + "0" * 40),
    ],
)
def test_rounding_is_half_even_to_twelve_decimals(exact: Fraction, shown: str) -> None:
    assert measure_text(rounded(exact)) == shown


def test_exact_arithmetic_never_rounds() -> None:
    with exactly():
        assert Decimal("0.1") + Decimal("0.2") == Decimal("0.3")
        assert Decimal(LONGEST) * Decimal(LONGEST) / Decimal(LONGEST) == Decimal(LONGEST)
        with pytest.raises(Inexact):
            rounded(Fraction(Decimal(1) / Decimal(3)))


@pytest.mark.parametrize("address", ["sqlite://", "postgresql+psycopg://"])
def test_the_column_refuses_what_it_could_not_keep(address: str) -> None:
    dialect = make_url(address).get_dialect()()
    column = ExactDecimal()
    for text in (LONGEST, "-" + LONGEST, "0"):
        stored = column.process_bind_param(Decimal(text), dialect)
        assert column.process_result_value(stored, dialect) == Decimal(text)
    for too_long in (Decimal("0.0000000000001"), Decimal(10**26)):
        with pytest.raises(ValueError, match="more digits"):
            column.process_bind_param(too_long, dialect)
    assert column.process_bind_param(None, dialect) is None
