"""What a workbook's number formats make of a number: a date, a percentage, digits with zeros before them, or just that."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from service.uploads.archive import Archive, broken

DATE, PERCENT, PLAIN = "date", "percent", ""
_BUILT_IN_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_BUILT_IN_PERCENTS = frozenset({9, 10})
_MOST = 100_000
# What a format shows as it stands: quoted, escaped, padded; and the colours, currencies and conditions in brackets.
_LITERAL = re.compile(r'"[^"]*"?|\\.|_.|\*.|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE | re.DOTALL)
_ZEROS = re.compile(r"0{2,64}")
_FIRST_DAY, _FIRST_DAY_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001 - a sheet's dates have no zone
_DAYS = 2_958_466
_LEAP_DAY = 60
"""Excel's calendar has a 29 February 1900, its day 60: the days before it are one further from its first."""


def kind_of_format(code: str) -> str:
    """Date, percent, plain, or as many zeros as a whole number is padded to."""
    bare = _LITERAL.sub("", code).partition(";")[0]
    if _ZEROS.fullmatch(bare.strip()):
        return bare.strip()
    if "%" in bare:
        return PERCENT
    if "general" in bare.lower():
        return PLAIN
    return DATE if re.search(r"[dmyhs]", bare, re.IGNORECASE) else PLAIN


def read_formats(archive: Archive, name: str | None) -> list[str]:
    """Of each style that cells name by number, what it makes of a number."""
    if name is None or not archive.has(name):
        return []
    own: dict[int, str] = {}
    styles: list[str] = []
    inside = False

    def number_format(attributes: Mapping[str, str]) -> None:
        own[int(attributes["numFmtId"])] = kind_of_format(attributes.get("formatCode", "")[:255])

    def begin(attributes: Mapping[str, str]) -> None:
        nonlocal inside
        inside = True

    def end() -> None:
        nonlocal inside
        inside = False

    def style(attributes: Mapping[str, str]) -> None:
        if inside:
            number = int(attributes.get("numFmtId") or 0)
            built_in = DATE if number in _BUILT_IN_DATES else PERCENT if number in _BUILT_IN_PERCENTS else PLAIN
            styles.append(own.get(number, built_in))
        if len(styles) > _MOST or len(own) > _MOST:
            raise broken()

    try:
        archive.walk(name, {"numFmt": number_format, "cellXfs": begin, "xf": style}, {"cellXfs": end})
    except KeyError:
        raise broken() from None
    return styles


def date_text(serial: float, is_1904: bool) -> str | None:
    """The day that a number stands for, with the time where it has one; None where it stands for none."""
    if not 0 <= serial < _DAYS:
        return None
    first = _FIRST_DAY_1904 if is_1904 else _FIRST_DAY
    if not is_1904 and serial < _LEAP_DAY:
        first += timedelta(days=1)
    try:
        found = first + timedelta(seconds=round(serial * 86_400))
    except OverflowError:
        return None
    return found.date().isoformat() if not (found.hour or found.minute or found.second) else found.isoformat()
