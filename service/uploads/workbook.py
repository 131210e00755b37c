"""Writes workbooks (`.xlsx`), row by row, so that a long one takes no more memory than a short one.

XlsxWriter does it, whose files are held against Excel's own byte by byte; the same content gives the same bytes.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import IO, Any

import xlsxwriter

WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_TEXT = 32_767
"""Characters that Excel takes in one cell."""
GENERAL, TEXT, HEAD, NOTE = range(4)
"""Styles: a number or whatever is typed; a text, which keeps what is typed as it is; a head; a text over several lines."""

_DIGITS_OF_A_DOUBLE = 15
_FORMATS = {
    GENERAL: {},
    TEXT: {"num_format": "@"},
    HEAD: {"num_format": "@", "bold": True},
    NOTE: {"num_format": "@", "text_wrap": True, "valign": "top"},
}
_NEVER_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MADE = datetime(2000, 1, 1)  # noqa: DTZ001  (a workbook knows no time zones)
"""When every workbook says that it was made: nobody asks, and the same content gives the same bytes."""


@dataclass(frozen=True, slots=True)
class Number:
    """A cell that holds a number: `text` is a decimal in plain notation."""

    text: str


Written = str | Number
"""What a cell holds; the empty text leaves it empty."""


@dataclass(frozen=True, slots=True)
class Column:
    """How wide a column is, in characters, and the style of its cells, empty ones too."""

    width: int = 14
    style: int = TEXT


@dataclass(frozen=True, slots=True)
class Choice:
    """A drop-down in the cells of column `place` (from 0) from row `first` to row `last`: the cells that `source` names are
    the choices, and `message` is shown to whoever types something else. Without a source anything goes, and `message` is a
    word beside the cell."""

    place: int
    first: int
    last: int
    source: str | None
    title: str
    message: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet. `rows` come with their numbers (from 1), in order; row `head` stays in sight, and is none where that is 0."""

    name: str
    rows: Iterable[tuple[int, Sequence[Written]]]
    columns: Sequence[Column]
    head: int = 1
    choices: Sequence[Choice] = field(default=())


def number_or_text(decimal: str) -> Written:
    """A number cell where a spreadsheet keeps every digit of the decimal, else a text."""
    digits = Decimal(decimal).normalize().as_tuple().digits
    return Number(decimal) if len(digits) <= _DIGITS_OF_A_DOUBLE else decimal


def write_workbook(file: IO[bytes], sheets: Sequence[Sheet]) -> None:
    """Writes a workbook to `file`."""
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as workbook:
        workbook.set_properties({"created": _MADE})
        styles = {style: workbook.add_format(said) for style, said in _FORMATS.items()}
        for sheet in sheets:
            _write_sheet(workbook.add_worksheet(sheet.name), sheet, styles)


def _write_sheet(written: Any, sheet: Sheet, styles: Mapping[int, Any]) -> None:
    if sheet.head:
        written.freeze_panes(sheet.head, 0)
    for place, column in enumerate(sheet.columns):
        written.set_column(place, place, column.width, styles[column.style])
    for choice in sheet.choices:
        written.data_validation(choice.first - 1, choice.place, choice.last - 1, choice.place, _rule(choice))
    for row, cells in sheet.rows:
        for place, (cell, column) in enumerate(zip(cells, sheet.columns, strict=True)):
            if isinstance(cell, Number):
                written.write_number(row - 1, place, float(cell.text), styles[GENERAL])
            elif cell:
                # A long decimal among numbers is a text for good: typed over, it keeps its digits too.
                style = HEAD if row == sheet.head else TEXT if column.style == GENERAL else column.style
                written.write_string(row - 1, place, _plain(cell)[:LONGEST_TEXT], styles[style])


def _rule(choice: Choice) -> dict[str, str]:
    title, message = _plain(choice.title)[:32], _plain(choice.message)[:255]
    if choice.source is None:
        return {"validate": "any", "input_title": title, "input_message": message}
    return {"validate": "list", "source": f"={choice.source}", "error_title": title, "error_message": message}


def _plain(text: str) -> str:
    return _NEVER_XML.sub("\ufffd", text)
