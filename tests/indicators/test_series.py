"""A figure per window: what lies behind a break, and what a running total grew by (MODEL.md 4)."""

from dataclasses import replace
from typing import Any

import pytest

from service.indicators.series import SeriesPoint, days_of_series, series
from service.models.period import Period, Window
from tests.indicators.product import text
from tests.vectors import evidence_of

SECOND_HALF_ON = "2025-S2"


def version(number: int, bridge: dict[str, Any] | None, **rules: Any) -> dict[str, Any]:
    """A version of the cases' form; the second governs from the second half of 2025 on."""
    usual = {
        "measure": "quantity",
        "nature": "cumulative",
        "over_time": "last",
        "over_actors": "sum",
        "direction": "increase",
        "frequency": "Q",
    }
    return {
        **usual,
        **rules,
        "number": number,
        "effective_from": SECOND_HALF_ON if number > 1 else None,
        "adopted_at": f"2023-01-0{number}T00:00:00Z",
        "bridge": bridge,
    }


def points(versions: list[dict[str, Any]], frequency: str = "Q", **reported: str) -> list[SeriesPoint]:
    """The series over 2025, where `a` reported these values of these quarters."""
    entries = [
        {"indicator": "x", "actor": "a", "period": f"2025-{quarter}", "value": value, "at": "2026-01-15T00:00:00Z"}
        for quarter, value in reported.items()
    ]
    case = {
        "scenario": {"indicators": {"x": {"versions": versions}}, "entries": entries},
        "ask": {"indicator": "x", "as_of": "2026-06-30T12:00:00Z"},
    }
    year = Period.parse("2025")
    return series(evidence_of(case), frequency, Window.over(year, year))


def told(made: list[SeriesPoint]) -> list[tuple[int, bool, str | None, str | None]]:
    """Version, comparable, value and increment of each point."""
    return [(point.figure.version, point.comparable, text(point.figure.value), text(point.increment)) for point in made]


def test_a_running_total_says_what_it_grew_by() -> None:
    made = points([version(1, None)], Q1="10", Q2="25", Q3="25", Q4="24")
    assert told(made) == [(1, True, "10", None), (1, True, "25", "15"), (1, True, "25", "0"), (1, True, "24", "-1")]
    assert [point.flags for point in made] == [(), (), (), ("running_total_falls",)]


def test_what_is_no_running_total_has_no_increments() -> None:
    made = points([version(1, None, nature="flow", over_time="sum")], Q1="10", Q2="25")
    assert [point.increment for point in made] == [None] * 4


def test_an_increment_is_rounded_once() -> None:
    # 1/3 and 2/3 of a unit in the twelfth decimal: each rounds by itself to 0 and 1, their difference to 0.
    small = {"kind": "conversion", "factor": "0.333333333333"}
    made = points([version(1, None), version(2, small)], Q1="0.000000000001", Q2="0.000000000002")
    assert told(made)[:2] == [(2, True, "0", None), (2, True, "0.000000000001", "0")]


def test_behind_a_break_each_window_is_in_its_own_terms() -> None:
    made = points([version(1, None), version(2, {"kind": "break"})], Q1="10", Q2="25", Q3="5", Q4="9")
    assert told(made) == [(1, False, "10", None), (1, False, "25", "15"), (2, True, "5", None), (2, True, "9", "4")]


def test_behind_a_break_it_may_not_have_been_a_running_total() -> None:
    flow = version(1, None, nature="flow", over_time="sum")
    made = points([flow, version(2, {"kind": "break"})], Q1="10", Q2="7", Q3="5", Q4="9")
    assert told(made) == [(1, False, "10", None), (1, False, "7", None), (2, True, "5", None), (2, True, "9", "4")]
    assert not any(point.flags for point in made)


def test_a_window_without_an_entry_of_its_own_is_empty_on_this_side_of_the_break() -> None:
    made = points([version(1, None), version(2, {"kind": "break"})], Q2="25")
    assert told(made) == [(2, True, None, None), (1, False, "25", None), (2, True, None, None), (2, True, None, None)]


@pytest.mark.parametrize("carry_forward", [0, 1])
def test_a_windows_own_entry_is_shown_even_if_it_no_longer_serves_in_the_new_terms(carry_forward: int) -> None:
    # In months, which is how it is reported now, what stood at the end of March ended long before December did.
    quarters = version(1, None, nature="stock", carry_forward=3)
    months = version(2, {"kind": "break"}, nature="stock", carry_forward=carry_forward, frequency="M")
    (whole_year,) = points([quarters, months], frequency="A", Q1="10")
    assert told([whole_year]) == [(1, False, "10", None)]


def test_what_older_terms_carry_into_a_window_is_among_the_days_it_needs() -> None:
    # In its own terms the second quarter carries what `a` reported half a year before; the newer ones carry nothing.
    carries = version(1, None, nature="stock", carry_forward=3)
    versions = [carries, version(2, {"kind": "break"}, nature="stock", carry_forward=0)]
    entries = [
        {"indicator": "x", "actor": actor, "period": period, "value": value, "at": "2026-01-15T00:00:00Z"}
        for actor, period, value in (("a", "2024-Q4", "10"), ("b", "2025-Q2", "1"))
    ]
    case = {
        "scenario": {"indicators": {"x": {"versions": versions}}, "entries": entries},
        "ask": {"indicator": "x", "as_of": "2026-06-30T12:00:00Z"},
    }
    evidence, quarter = evidence_of(case), Period.parse("2025-Q2")
    window = Window.over(quarter, quarter)
    days = days_of_series(evidence, "Q", window, None)
    read = tuple(one for one in evidence.entries if days.first_day <= one.period.last_day)
    assert told(series(replace(evidence, entries=read), "Q", window)) == [(1, False, "11", None)]
