"""What both models are compared by: plain values, rounded once, in an order that neither of them chooses."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from tests.naive.figures import Result
from tests.naive.judging import Judgement
from tests.naive.overlaps import Decided

DIGITS_AFTER = 12


def shown(number: Fraction | None) -> str | None:
    """Rounded half-even to 12 decimals, in plain notation without trailing zeros."""
    if number is None:
        return None
    scaled = number * 10**DIGITS_AFTER
    below = scaled.numerator // scaled.denominator
    rest = scaled - below
    up = rest > Fraction(1, 2) or (rest == Fraction(1, 2) and below % 2 == 1)
    units = below + int(up)
    digits = str(abs(units)).rjust(DIGITS_AFTER + 1, "0")
    text = f"{digits[:-DIGITS_AFTER]}.{digits[-DIGITS_AFTER:]}".rstrip("0").rstrip(".")
    return f"-{text}" if units < 0 else text


def plain_result(result: Result) -> list[str | None]:
    """Value, lowest, highest."""
    return [shown(result.value), shown(result.lowest), shown(result.highest)]


def plain_answer(answer: Decided) -> dict[str, Any]:
    """A naive figure as plain values."""
    return {
        "version": answer.version,
        "total": plain_result(answer.total),
        "by_actor": {actor: plain_result(result) for actor, result in answer.by_actor.items()},
        "by_dimension": {codes: plain_result(result) for codes, result in answer.by_dimension.items()},
        "unallocated": shown(answer.unallocated),
        "excluded": plain_excluded(answer.excluded),
        "restated": answer.restated,
        "carried_forward": answer.carried_forward,
        "flags": sorted(answer.flags),
        "reason": answer.reason,
        "overlap": answer.overlap,
        "overlaps": dict(answer.overlaps),
    }


def plain_excluded(excluded: Mapping[tuple[str, int], int]) -> list[tuple[str, int, int]]:
    """(reason, version, entries), sorted."""
    return sorted((reason, version, entries) for (reason, version), entries in excluded.items())


def plain_judgement(judgement: Judgement) -> dict[str, str | None]:
    """Naive progress as plain values."""
    return {
        "value": shown(judgement.result.value),
        "attainment": shown(judgement.attainment),
        "expected": shown(judgement.expected),
        "status": judgement.status,
        "reason": judgement.reason,
    }
