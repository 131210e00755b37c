"""Which period a date, or a part of a year in words, most likely meant: a suggestion, and none where it is a guess."""

import pytest

from service.indicators.suggestion import period_meant, shown


@pytest.mark.parametrize(
    ("written", "year", "quarter", "month"),
    [
        ("01/03/2025", "2025", "2025-Q1", "2025-03"),
        ("1.3.25", "2025", "2025-Q1", "2025-03"),
        ("2025-03-01 00:00:00", "2025", "2025-Q1", "2025-03"),
        ("45717", "2025", "2025-Q1", "2025-03"),
        ("03/2025", "2025", "2025-Q1", "2025-03"),
        ("2025-3", "2025", "2025-Q1", "2025-03"),
        ("202503", "2025", "2025-Q1", "2025-03"),
        ("mars 2025", "2025", "2025-Q1", "2025-03"),
        ("Mars-25", "2025", "2025-Q1", "2025-03"),
        ("1er août 2025", "2025", "2025-Q3", "2025-08"),
        ("T1 2025", "2025", "2025-Q1", None),
        ("2T2025", "2025", "2025-Q2", None),
        ("Q3-25", "2025", "2025-Q3", None),
        ("2025 / q4", "2025", "2025-Q4", None),
        ("1er trimestre 2025", "2025", "2025-Q1", None),
        ("Trimestre 2 2025", "2025", "2025-Q2", None),
        ("4th quarter 2025", "2025", "2025-Q4", None),
        ("S2 2025", "2025", None, None),
        ("2025.0", "2025", None, None),
        ("année 2025", "2025", None, None),
        ("2016/17", None, None, None),
        ("2011/12", None, None, None),
        ("2024-2025", None, None, None),
        ("20253", None, None, None),
        ("2025-13", None, None, None),
        ("31/02/2025", None, None, None),
        ("n.d.", None, None, None),
        ("Total", None, None, None),
        ("2025" * 30, None, None, None),
    ],
)
def test_periods(written: str, year: str | None, quarter: str | None, month: str | None) -> None:
    assert [period_meant(written, frequency) for frequency in "AQM"] == [year, quarter, month]


def test_what_was_found_keeps_the_spaces_of_french_numbers_and_shows_where_something_hides() -> None:
    assert shown("1\u202f234\u00a0%") == "1\u202f234\u00a0%"
    assert shown("1\u200b2\x07\ud800") == "1\ufffd2\ufffd\ufffd"
