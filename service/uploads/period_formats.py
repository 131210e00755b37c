"""Periods as exports write them, read under the one format that a mapping says (`PeriodFormat`): nothing else is taken."""

import re
from collections.abc import Callable
from datetime import date

from service.indicators.definition import column_name
from service.indicators.suggestion import period_meant
from service.models.mapping import OF_DAYS, MappedField, PeriodFormat, PeriodReading
from service.models.period import Period

Reader = Callable[[str], str | None]
"""A cell's text → the period as this service writes it; None where it is not written so."""

_CENTURY = "20"
_YEAR = re.compile(r"([0-9]{4})")
_SHORT_YEAR = re.compile(r"([0-9]{2})")
_TWO_YEARS = re.compile(r"([0-9]{4})\s?[/-]\s?([0-9]{2}|[0-9]{4})")
_PART_FIRST = re.compile(r"([sqt])\s?([1-4])[\s/-]{0,3}([0-9]{4})")
_YEAR_FIRST = re.compile(r"([0-9]{4})[\s/-]{0,3}([sqt])\s?([1-4])")
_MONTH_YEAR = re.compile(r"([0-9]{1,2})[/.-]([0-9]{4})")
_YEAR_MONTH = re.compile(r"([0-9]{4})([0-9]{2})")
_NAMED_MONTH = re.compile(r"[a-z]+\.?[ -]?[0-9]{4}")
_NUMBERS = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[t ].*)?")
_NUMBERED = re.compile(r"0?([1-9]|1[0-2])")
_LETTERED = {MappedField.HALF: re.compile(r"(?:s\s?)?0?([12])"), MappedField.QUARTER: re.compile(r"(?:[qt]\s?)?0?([1-4])")}
_SUFFIX = {MappedField.HALF: "-S", MappedField.QUARTER: "-Q"}


def period_reader(reading: PeriodReading) -> Reader:
    """Reads periods as `reading` says."""
    reads = _reads_day(reading) if reading.format in OF_DAYS else _READS.get(reading.format, _reads_two_years(reading))
    return lambda text: _period(reads(column_name(text)))


def part_reader(reading: PeriodReading, part: MappedField | None) -> Callable[[str, str], str | None]:
    """Reads a period of two cells, that of its year and that of its half, quarter or month; of the year alone where None."""
    short = reading.format is PeriodFormat.SHORT_YEAR

    def read(year: str, cell: str) -> str | None:
        whole = _short_year(year) if short else _year(year)
        if whole is None or part is None:
            return _period(whole)
        written = column_name(cell)
        if part is MappedField.MONTH:
            numbered = _NUMBERED.fullmatch(written)
            return _period(f"{whole}-{int(numbered[1]):02}" if numbered else _named_month(f"{written} {whole}"))
        lettered = _LETTERED[part].fullmatch(written)
        return _period(f"{whole}{_SUFFIX[part]}{lettered[1]}") if lettered else None

    return read


def _period(text: str | None) -> str | None:
    try:
        return None if text is None else str(Period.parse(text.upper()))
    except ValueError:
        return None


def _year(text: str) -> str | None:
    return text if _YEAR.fullmatch(text) else None


def _short_year(text: str) -> str | None:
    return _CENTURY + text if _SHORT_YEAR.fullmatch(text) else None


def _reads_two_years(reading: PeriodReading) -> Reader:
    def read(text: str) -> str | None:
        match = _TWO_YEARS.fullmatch(text)
        if match is None:
            return None
        first, second = match.groups()
        last = str(int(first) + 1)
        if second != last[-len(second) :]:
            return None
        return first if reading.year == "first" else last

    return read


def _lettered(letters: str) -> Reader:
    def read(text: str) -> str | None:
        if match := _PART_FIRST.fullmatch(text):
            letter, number, year = match.groups()
        elif match := _YEAR_FIRST.fullmatch(text):
            year, letter, number = match.groups()
        else:
            return None
        return f"{year}-{'S' if letter == 's' else 'Q'}{number}" if letter in letters else None

    return read


def _month_year(text: str) -> str | None:
    match = _MONTH_YEAR.fullmatch(text)
    return f"{match[2]}-{int(match[1]):02}" if match else None


def _year_month(text: str) -> str | None:
    match = _YEAR_MONTH.fullmatch(text)
    return f"{match[1]}-{match[2]}" if match else None


def _named_month(text: str) -> str | None:
    return period_meant(text, "M") if _NAMED_MONTH.fullmatch(text) else None


def _reads_day(reading: PeriodReading) -> Reader:
    def read(text: str) -> str | None:
        day = _day(text, reading.format)
        if day is None or reading.frequency is None:
            return None
        period = Period.containing(reading.frequency.value, day)
        return str(period) if reading.day == "within" or period.last_day == day else None

    return read


def _day(text: str, written: PeriodFormat) -> date | None:
    match = (_ISO_DAY if written is PeriodFormat.ISO_DAY else _NUMBERS).fullmatch(text)
    if match is None:
        return None
    one, two, three = map(int, match.groups())
    year, month, day = {
        PeriodFormat.ISO_DAY: (one, two, three),
        PeriodFormat.DAY_FIRST: (three, two, one),
        PeriodFormat.MONTH_FIRST: (three, one, two),
    }[written]
    try:
        return date(year, month, day)
    except ValueError:
        return None


_READS: dict[PeriodFormat, Reader] = {
    PeriodFormat.SDMX: lambda text: text,
    PeriodFormat.YEAR: _year,
    PeriodFormat.SHORT_YEAR: _short_year,
    PeriodFormat.HALF_YEAR: _lettered("s"),
    PeriodFormat.QUARTER_YEAR: _lettered("qt"),
    PeriodFormat.MONTH_YEAR: _month_year,
    PeriodFormat.YEAR_MONTH: _year_month,
    PeriodFormat.NAMED_MONTH: _named_month,
}
