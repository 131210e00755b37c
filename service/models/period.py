"""SDMX time periods: `2025`, `2025-S1`, `2025-Q1`, `2025-03`, `2025-W09`, `2025-03-05`.

A period is a frequency and an ordinal among the periods of that frequency. Weeks are ISO weeks: `2025-W01` begins on 30
December 2024 and lies in neither year. First and last days are inclusive.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

FREQUENCIES = ("A", "S", "Q", "M", "W", "D")
"""SDMX frequency letters, longest period first."""
_PER_YEAR = {"A": 1, "S": 2, "Q": 4, "M": 12}
_MONTHS = {"A": 12, "S": 6, "Q": 3, "M": 1}
_STRIDE = 10_000_000
"""Ordinals stay below it, days (`date.toordinal`) included, so that (frequency, ordinal) fits one 32-bit integer."""
_FIRST_YEAR, _LAST_YEAR = 1000, 9998
_EPOCH_MONDAY = date(1, 1, 1).toordinal()  # 0001-01-01 was a Monday
PATTERN = r"^[0-9]{4}(-(S[12]|Q[1-4]|W[0-5][0-9]|[01][0-9](-[0-3][0-9])?))?$"
_TEXT = re.compile(r"([0-9]{4})(?:-(?:S([12])|Q([1-4])|W([0-5][0-9])|([01][0-9])(?:-([0-3][0-9]))?))?", re.ASCII)


class Period(NamedTuple):
    """One period. Compare `last_day` for what ends later; the order of the tuple itself means nothing.

    A tuple, since a figure looks periods up several times for each entry: looking a dataclass up takes about
    four times as long.
    """

    frequency: str
    ordinal: int

    @property
    def first_day(self) -> date:
        """Its first day, inclusive."""
        return _days(self)[0]

    @property
    def last_day(self) -> date:
        """Its last day, inclusive."""
        return _days(self)[1]

    @property
    def number(self) -> int:
        """The one integer that stands for it in the store: frequency and ordinal."""
        return FREQUENCIES.index(self.frequency) * _STRIDE + self.ordinal

    def __str__(self) -> str:
        return _text(self)

    def contains(self, other: "Period") -> bool:
        """Whether `other` lies wholly inside it (equal counts)."""
        return self.first_day <= other.first_day and other.last_day <= self.last_day

    def next(self, steps: int = 1) -> "Period":
        """The period of the same frequency `steps` later; negative steps go back."""
        return Period(self.frequency, self.ordinal + steps)

    def ended_by(self, day: date) -> bool:
        """Whether its last day is over when `day` begins (`MODEL.md` 4)."""
        return self.last_day < day

    @classmethod
    def from_number(cls, number: int) -> "Period":
        """The inverse of `number`."""
        frequency, ordinal = divmod(number, _STRIDE)
        return cls(FREQUENCIES[frequency], ordinal)

    @classmethod
    def containing(cls, frequency: str, day: date) -> "Period":
        """The period of `frequency` that `day` lies in."""
        if frequency == "D":
            return cls("D", day.toordinal())
        if frequency == "W":
            return cls("W", (day.toordinal() - _EPOCH_MONDAY) // 7)
        return cls(frequency, day.year * _PER_YEAR[frequency] + (day.month - 1) // _MONTHS[frequency])

    @classmethod
    def parse(cls, text: str) -> "Period":
        """The period that `text` writes. Raises ValueError for what is not one of SDMX's, or a day that does not exist."""
        match = _TEXT.fullmatch(text)
        if match is None:
            raise ValueError("not_a_period")
        year = int(match[1])
        if not _FIRST_YEAR <= year <= _LAST_YEAR:
            raise ValueError("not_a_period")
        try:
            return cls._of(year, *match.groups()[1:])
        except ValueError:
            raise ValueError("not_a_period") from None

    @classmethod
    def _of(
        cls, year: int, half: str | None, quarter: str | None, week: str | None, month: str | None, day: str | None
    ) -> "Period":
        if half:
            return cls("S", year * 2 + int(half) - 1)
        if quarter:
            return cls("Q", year * 4 + int(quarter) - 1)
        if week:
            return cls.containing("W", date.fromisocalendar(year, int(week), 1))
        if month and day:
            return cls("D", date(year, int(month), int(day)).toordinal())
        if month:
            return cls.containing("M", date(year, int(month), 1))
        return cls("A", year)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _validate,
            serialization=core_schema.plain_serializer_function_ser_schema(
                str, return_schema=core_schema.str_schema(), when_used="json"
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "pattern": PATTERN, "examples": ["2025", "2025-Q1", "2025-03"]}


def _validate(given: Any) -> Period:
    if isinstance(given, Period):
        return given
    if isinstance(given, str):
        try:
            return Period.parse(given)
        except ValueError:
            pass
    raise PydanticCustomError("not_a_period", "a period is written 2025, 2025-S1, 2025-Q1, 2025-03, 2025-W09 or 2025-03-05")


@lru_cache(maxsize=65_536)
def _days(period: Period) -> tuple[date, date]:
    if period.frequency == "D":
        day = date.fromordinal(period.ordinal)
        return day, day
    if period.frequency == "W":
        monday = date.fromordinal(_EPOCH_MONDAY + period.ordinal * 7)
        return monday, monday + timedelta(days=6)
    months = _MONTHS[period.frequency]
    year, index = divmod(period.ordinal, _PER_YEAR[period.frequency])
    first = date(year, index * months + 1, 1)
    after = (year + 1, 1) if index * months + months == 12 else (year, (index + 1) * months + 1)
    return first, date(*after, 1) - timedelta(days=1)


@lru_cache(maxsize=65_536)
def _text(period: Period) -> str:
    if period.frequency == "D":
        return period.first_day.isoformat()
    if period.frequency == "W":
        year, week, _ = period.first_day.isocalendar()
        return f"{year:04}-W{week:02}"
    year, index = divmod(period.ordinal, _PER_YEAR[period.frequency])
    suffix = {"A": "", "S": f"-S{index + 1}", "Q": f"-Q{index + 1}", "M": f"-{index + 1:02}"}[period.frequency]
    return f"{year:04}{suffix}"


@dataclass(frozen=True, slots=True)
class Window:
    """The days a question asks about, both inclusive."""

    first_day: date
    last_day: date

    @classmethod
    def over(cls, first: Period, last: Period) -> "Window":
        """From the first day of `first` to the last day of `last`."""
        return cls(first.first_day, last.last_day)

    def contains(self, period: Period) -> bool:
        """Whether `period` lies wholly inside."""
        return self.first_day <= period.first_day and period.last_day <= self.last_day

    def periods(self, frequency: str) -> Iterator[Period]:
        """The periods of `frequency` wholly inside, in order."""
        if self.first_day > self.last_day:
            return
        period = Period.containing(frequency, self.first_day)
        if period.first_day < self.first_day:
            period = period.next()
        while period.last_day <= self.last_day:
            yield period
            period = period.next()

    def count(self, frequency: str) -> int:
        """How many periods of `frequency` lie wholly inside."""
        if self.first_day > self.last_day:
            return 0
        first = Period.containing(frequency, self.first_day)
        start = first.ordinal + (first.first_day < self.first_day)
        last = Period.containing(frequency, self.last_day)
        end = last.ordinal - (last.last_day > self.last_day)
        return max(0, end - start + 1)


def last_ended(frequency: str, day: date) -> Period:
    """The period of `frequency` that ends last among those whose last day is not after `day`."""
    period = Period.containing(frequency, day)
    return period if period.last_day <= day else period.next(-1)
