"""SDMX periods: how they are written, where they begin and end, what lies inside what."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.models.period import FREQUENCIES, Period, Window, last_ended

CASES = [
    ("2025", "2025-01-01", "2025-12-31"),
    ("2025-S1", "2025-01-01", "2025-06-30"),
    ("2025-S2", "2025-07-01", "2025-12-31"),
    ("2025-Q1", "2025-01-01", "2025-03-31"),
    ("2024-Q4", "2024-10-01", "2024-12-31"),
    ("2024-02", "2024-02-01", "2024-02-29"),
    ("2025-12", "2025-12-01", "2025-12-31"),
    ("2025-W01", "2024-12-30", "2025-01-05"),
    ("2020-W53", "2020-12-28", "2021-01-03"),
    ("2024-02-29", "2024-02-29", "2024-02-29"),
]


@pytest.mark.parametrize(("text", "first_day", "last_day"), CASES)
def test_a_period_has_its_days(text: str, first_day: str, last_day: str) -> None:
    period = Period.parse(text)
    assert (str(period), period.first_day, period.last_day) == (
        text,
        date.fromisoformat(first_day),
        date.fromisoformat(last_day),
    )
    assert Period.from_number(period.number) == period


@pytest.mark.parametrize(
    "text",
    [
        "",
        "25",
        "2025-",
        "2025-Q5",
        "2025-Q0",
        "2025-S3",
        "2025-13",
        "2025-00",
        "2025-W00",
        "2025-W53",
        "2025-02-29",
        "2025-02-30",
        "2025-1",
        "0000",
        "0999",
        "9999",
        "2025-Q1 ",
        " 2025",
        "2025-q1",
        "Q1-2025",
        "2025Q1",
        "2025/01",
        "\u0662\u0660\u0662\u0665",
    ],
)
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not_a_period"):
        Period.parse(text)


DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2200, 12, 31))


@given(st.sampled_from(FREQUENCIES), DAYS)
def test_neighbours_meet_without_gap_or_overlap(frequency: str, day: date) -> None:
    period = Period.containing(frequency, day)
    assert period.first_day <= day <= period.last_day
    assert (period.next().first_day - period.last_day).days == 1
    assert period.next().next(-1) == period
    assert Period.parse(str(period)) == period
    assert period.number < period.next().number < 2**31


@given(st.sampled_from(FREQUENCIES), DAYS, st.integers(min_value=-3, max_value=800))
def test_a_window_counts_what_it_lists(frequency: str, first: date, length: int) -> None:
    last = first + timedelta(days=length)
    window = Window(first, last)
    listed = list(window.periods(frequency))
    assert window.count(frequency) == len(listed)
    assert all(window.contains(period) for period in listed)
    if listed:
        assert not window.contains(listed[0].next(-1))
        assert not window.contains(listed[-1].next())
    elif first <= last:
        assert not window.contains(Period.containing(frequency, first).next())


@given(st.sampled_from(FREQUENCIES), DAYS)
def test_the_last_ended_period_has_ended(frequency: str, day: date) -> None:
    period = last_ended(frequency, day)
    assert period.last_day <= day < period.next().last_day


def test_containment_is_of_whole_periods() -> None:
    year, week = Period.parse("2025"), Period.parse("2025-W01")
    assert year.contains(Period.parse("2025-Q3"))
    assert year.contains(year)
    assert not year.contains(week)
    assert not Period.parse("2025-Q3").contains(year)


def test_a_period_ends_once_its_last_day_is_over() -> None:
    quarter = Period.parse("2025-Q1")
    assert not quarter.ended_by(date(2025, 3, 31))
    assert quarter.ended_by(date(2025, 4, 1))
