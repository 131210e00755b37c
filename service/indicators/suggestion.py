"""What somebody may have meant: the nearest known code, and the SDMX period behind the ways people write one."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from difflib import get_close_matches
from functools import lru_cache
from unicodedata import category

from service.indicators.definition import column_name
from service.models.period import Period

CLOSE_ENOUGH = 0.6
"""difflib's ratio from which a code counts as meant: one letter of three, two of six."""
_LONGEST_COMPARED = 80
"""Longer texts are no code with a slip in it, and comparing them would cost more than it tells."""
_SHOWN = 64
"""Characters of what was given that a message repeats."""

_MONTHS = {
    month: number
    for number, names in enumerate(
        (
            ("january", "janvier", "jan", "janv"),
            ("february", "fevrier", "feb", "fev", "fevr"),
            ("march", "mars", "mar"),
            ("april", "avril", "apr", "avr"),
            ("may", "mai"),
            ("june", "juin", "jun"),
            ("july", "juillet", "jul", "juil"),
            ("august", "aout", "aug"),
            ("september", "septembre", "sep", "sept"),
            ("october", "octobre", "oct"),
            ("november", "novembre", "nov"),
            ("december", "decembre", "dec"),
        ),
        start=1,
    )
    for month in names
}
_YEAR = r"([0-9]{4}|[0-9]{2})"
_WORDS = (
    (re.compile(r"\b([1-4])(?:er|ere|e|eme|st|nd|rd|th)\b"), r"\1"),
    (re.compile(r"\b(?:trimestre|trim\.?|quarter)(?=[ 0-9]|$)"), "q"),
    (re.compile(r"\b(?:semestre|half[- ]year|half)(?=[ 0-9]|$)"), "s"),
)
"""How a part of a year is said in words, and in the letters that the patterns know."""
_PART_FIRST = re.compile(rf"([tqs])\s*([1-4])\s*[-/ ]?\s*{_YEAR}")
_NUMBER_FIRST = re.compile(rf"([1-4])\s*([tqs])\s*[-/ ]?\s*{_YEAR}")
_YEAR_FIRST = re.compile(r"([0-9]{4})\s*[-/ ]?\s*([tqs])\s*([1-4])")
_DAY_FIRST = re.compile(rf"([0-9]{{1,2}})[/.-]([0-9]{{1,2}})[/.-]{_YEAR}")
_YEAR_MONTH_DAY = re.compile(r"([0-9]{4})[/.-]([0-9]{1,2})[/.-]([0-9]{1,2})(?:[t ].*)?")
_MONTH_YEAR = re.compile(r"([0-9]{1,2})[/.-]([0-9]{4})")
_YEAR_MONTH = re.compile(r"([0-9]{4})(?:[/.-]([0-9]{1,2})|([0-9]{2}))")
_NAMED_MONTH = re.compile(rf"(?:[0-9]{{1,2}} )?([a-z]+)\.?[ -]?{_YEAR}")
_WHOLE_YEAR = re.compile(r"(?:annee |year )?([0-9]{4})(?:\.0+)?")
_SERIAL_DAY = re.compile(r"[345][0-9]{4}")
_SERIAL_ZERO = date(1899, 12, 30)
"""Spreadsheets count days from here, and show the count where a cell lost its format: 45717 is 1 March 2025."""


@lru_cache(maxsize=65_536)
def code_like(text: str) -> str:
    """`text` as a code would write it: `Emplois créés` reads `emplois-crees`."""
    return re.sub(r"[^a-z0-9+.]+", "-", column_name(text)).strip("-")


def shown(given: str) -> str:
    """What a message repeats of what was given: enough to find it again, too little to fill a page, nothing unprintable.

    A lone surrogate repeated in an answer could not be encoded, and would turn a refusal into a failure.
    """
    start = given if len(given) <= _SHOWN else given[: _SHOWN - 1] + "…"
    return start if start.isprintable() else "".join(letter if _is_visible(letter) else "\ufffd" for letter in start)


def _is_visible(letter: str) -> bool:
    # To Python, the spaces of French numbers are not printable.
    return letter.isprintable() or category(letter) == "Zs"


def did_you_mean(code: str) -> str:
    """The suggestion in English; in other languages it is said from `code`, which the fault's context holds as `meant`."""
    return f"did you mean `{code}`?"


def closest(text: str, known: Iterable[str]) -> str | None:
    """The known code that `text` most likely meant; None where nothing is near."""
    if not text or len(text) > _LONGEST_COMPARED:
        return None
    by_likeness: dict[str, str] = {}
    for code in known:
        by_likeness.setdefault(code_like(code), code)
    found = get_close_matches(code_like(text), by_likeness, n=1, cutoff=CLOSE_ENOUGH)
    return by_likeness[found[0]] if found else None


def period_meant(text: str, frequency: str) -> str | None:
    """The period of `frequency` that a date, `T1 2025` or `mars 2025` most likely meant; None where it is anybody's guess.

    `01/03/2025` is read with the day first; `2016/17` can be the years of a school as well as a slip, and means nothing.
    It is a suggestion only: nothing is ever taken on the strength of it.
    """
    if len(text) > _LONGEST_COMPARED:
        return None
    written = column_name(text)
    for words, letter in _WORDS:
        written = words.sub(letter, written)
    try:
        meant = Period.parse(_as_sdmx(written))
    except ValueError:
        return None
    return period_of_frequency(meant, frequency)


def _as_sdmx(written: str) -> str:
    """`written`, in small letters without accents, as SDMX would write it, if it is any of the ways known here."""
    if match := _PART_FIRST.fullmatch(written):
        return _part(match[3], match[1], match[2])
    if match := _NUMBER_FIRST.fullmatch(written):
        return _part(match[3], match[2], match[1])
    if match := _YEAR_FIRST.fullmatch(written):
        return _part(match[1], match[2], match[3])
    if match := _DAY_FIRST.fullmatch(written):
        return f"{_full(match[3])}-{int(match[2]):02}-{int(match[1]):02}"
    if match := _YEAR_MONTH_DAY.fullmatch(written):
        return f"{match[1]}-{int(match[2]):02}-{int(match[3]):02}"
    if match := _MONTH_YEAR.fullmatch(written):
        return f"{match[2]}-{int(match[1]):02}"
    if (match := _NAMED_MONTH.fullmatch(written)) and match[1] in _MONTHS:
        return f"{_full(match[2])}-{_MONTHS[match[1]]:02}"
    if match := _WHOLE_YEAR.fullmatch(written):
        return match[1]
    if (match := _YEAR_MONTH.fullmatch(written)) and int(match[2] or match[3]) != (int(match[1]) + 1) % 100:
        return f"{match[1]}-{int(match[2] or match[3]):02}"
    if _SERIAL_DAY.fullmatch(written):
        return (_SERIAL_ZERO + timedelta(days=int(written))).isoformat()
    return re.sub(r"\s+", "", written).upper()


def _part(year: str, letter: str, number: str) -> str:
    return f"{_full(year)}-{'S' if letter == 's' else 'Q'}{number}"


def _full(year: str) -> str:
    return year if len(year) == 4 else f"20{year}"


def period_of_frequency(period: Period, frequency: str) -> str | None:
    """The period of `frequency` that holds `period`, as text; None where `period` is longer and several would do."""
    if period.frequency == frequency:
        return str(period)
    holding = Period.containing(frequency, period.first_day)
    return str(holding) if holding.contains(period) else None
