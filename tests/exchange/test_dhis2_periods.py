"""Periods as DHIS2 writes them."""

import pytest

from service.exchange.dhis2 import dhis2_period, period_of
from service.models.period import Period


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("2025", "2025"),
        ("2025-S2", "2025S2"),
        ("2025-Q1", "2025Q1"),
        ("2025-03", "202503"),
        ("2025-W01", "2025W1"),
        ("2025-W33", "2025W33"),
        ("2025-03-05", "20250305"),
    ],
)
def test_each_kind_of_period_has_one_spelling(ours: str, theirs: str) -> None:
    assert dhis2_period(Period.parse(ours)) == theirs
    assert period_of(theirs) == Period.parse(ours)


@pytest.mark.parametrize(
    "text", ["", "202513", "2025W54", "202501B", "2025April", "2025AprilS1", "2025BiW1", "2025-03", "２０２５"]
)
def test_what_we_have_no_period_for_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="not_a_period"):
        period_of(text)
