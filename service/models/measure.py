"""Exact decimals: their grammar, their text, their column, and the arithmetic that never rounds.

A measure has at most 26 digits before the point and 12 after (`MODEL.md` 2). The grammar is checked on the text before
any number is made of it: `Decimal` itself takes `1e999999`, `1_000` and full-width digits.
"""

import re
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow, localcontext
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError
from sqlalchemy import Dialect, Numeric, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

DIGITS_BEFORE, DIGITS_AFTER = 26, 12
PATTERN = rf"^-?[0-9]{{1,{DIGITS_BEFORE}}}(\.[0-9]{{1,{DIGITS_AFTER}}})?$"
_GRAMMAR = re.compile(rf"-?[0-9]{{1,{DIGITS_BEFORE}}}(\.[0-9]{{1,{DIGITS_AFTER}}})?", re.ASCII)
_ONE = Decimal(1)
_UNIT = _ONE.scaleb(-DIGITS_AFTER)

EXACT = Context(prec=20_000, Emax=100_000, Emin=-100_000, traps=[Inexact, InvalidOperation, Overflow])
"""The context of every computation: wide enough for sums and chained conversions, and it raises rather than round."""


def exactly() -> Any:
    """`with exactly():` runs decimal arithmetic without any rounding."""
    return localcontext(EXACT)


class InexactNumber:
    """A JSON number that is no exact decimal (`NaN`, `1e5`, a hundred digits). No field takes it: it is refused there."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


def parse_measure(text: str) -> Decimal:
    """The decimal that `text` writes, trailing zeros removed.

    Raises ValueError for anything but an optional minus, 1–26 ASCII digits and optionally a point and 1–12 more.
    """
    if _GRAMMAR.fullmatch(text) is None:
        raise ValueError("not_a_decimal")
    return canonical(Decimal(text))


def canonical(number: Decimal) -> Decimal:
    """The same finite number with neither trailing zeros, exponent nor a negative zero."""
    assert number.is_finite()
    if not number:
        return Decimal(0)
    shortest = number.normalize(EXACT)
    # It takes the zeros of 100 for an exponent too, which would be written as 1E+2.
    return shortest.quantize(_ONE, context=EXACT) if shortest == shortest.to_integral_value() else shortest


def measure_text(number: Decimal) -> str:
    """Plain notation, no exponent, no trailing zeros: `"60"`, `"0.5"`, `"-0.25"`."""
    return format(canonical(number), "f")


def rounded(number: Fraction | Decimal | int) -> Decimal:
    """`number` rounded half-even to 12 decimals, the only rounding of a figure (`MODEL.md` 4, step 7). Exact before it."""
    exact = Fraction(number)
    scaled = round(exact * 10**DIGITS_AFTER)  # Fraction.__round__ is half-even and exact
    with exactly():
        return canonical(Decimal(scaled).scaleb(-DIGITS_AFTER))


def _validate(given: Any) -> Decimal:
    if isinstance(given, InexactNumber):
        text = given.text
    elif isinstance(given, bool):
        raise PydanticCustomError("not_a_decimal", 'a decimal number is expected, as a string like "12.5"')
    elif isinstance(given, str):
        text = given
    elif isinstance(given, int):
        text = str(given)
    elif isinstance(given, Decimal) and given.is_finite():
        text = format(given, "f") if abs(given.adjusted()) < 100 else str(given)
    else:
        raise PydanticCustomError("not_a_decimal", 'a decimal number is expected, as a string like "12.5"')
    try:
        return parse_measure(text)
    except ValueError:
        raise PydanticCustomError(
            "not_a_decimal",
            'a decimal number has at most 26 digits before the point and 12 after, no exponent, no spaces, like "12.5"',
        ) from None


Measure = Annotated[
    Decimal,
    BeforeValidator(_validate),
    PlainSerializer(measure_text, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "decimal", "pattern": PATTERN}),
]
"""A measure in a body: a string or an exact JSON number in, a string out."""

Figure = Annotated[
    Decimal,
    PlainSerializer(measure_text, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "decimal"}),
]
"""A computed value: out only. Sums may be longer than a measure."""


class ExactDecimal(TypeDecorator[Decimal]):
    """`numeric(38, 12)` on PostgreSQL; text on SQLite, which keeps decimals as binary floats."""

    impl = Numeric(DIGITS_BEFORE + DIGITS_AFTER, DIGITS_AFTER)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column's type on this engine."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(Text())
        return dialect.type_descriptor(Numeric(DIGITS_BEFORE + DIGITS_AFTER, DIGITS_AFTER))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """Plain text for SQLite, the decimal itself elsewhere. PostgreSQL would round a 13th decimal silently: refused here."""
        if value is None:
            return None
        if not value.is_finite() or value.adjusted() >= DIGITS_BEFORE or value != value.quantize(_UNIT, context=EXACT_QUANTIZE):
            raise ValueError(f"{value} has more digits than a measure keeps")
        return measure_text(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """The decimal as it was written, without the column's trailing zeros."""
        if value is None:
            return None
        return Decimal(value) if dialect.name == "sqlite" else canonical(value)


EXACT_QUANTIZE = Context(prec=100, traps=[InvalidOperation])
