"""What a cell of a spreadsheet is beside its text: marks that go before it on the way through the CSV it becomes.

They are control characters, which no XML can hold and no contribution may: a cell that has one by some other way is refused
for it. A marked number is exact, whichever sign the texts of the file have for decimals; a cell that is marked refused is no
text at all, and says which kind of thing it is.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from service.errors import Fault
from service.indicators.carried import MEASURES
from service.indicators.suggestion import did_you_mean, shown
from service.models.measure import measure_text, parse_measure
from service.uploads.heading import DUE, Column, Heading
from service.uploads.numbers import Numbers
from service.uploads.reading import Cells, Chunk, Integers, Table

REFUSED, NUMBER = "\x01", "\x02"
DATE, MERGED, OUTSIDE = "d", "m", "o"
CODES = {
    "f": "formula_cell",
    "e": "error_cell",
    "b": "boolean_cell",
    DATE: "date_cell",
    "p": "percent_cell",
    "i": "inexact_number",
    MERGED: "merged_cell",
    OUTSIDE: "column_without_head",
}
_SENTENCES = {
    "formula_cell": "cell {cell} holds a formula, `{given}`: put its value there",
    "error_cell": "cell {cell} holds the error `{given}`",
    "boolean_cell": "cell {cell} holds {given}, which is neither a code nor a number nor a text",
    "date_cell": "cell {cell} holds the date {given}: make it a text, a period is written 2025, 2025-Q1 or 2025-03",
    "percent_cell": "cell {cell} shows {given} and holds a hundredth of it: which is meant? Give it as a plain number",
    "inexact_number": "cell {cell} holds a number of more than 17 digits, {given}: only a text keeps them all",
    "merged_cell": "cell {cell} is part of the merged cells {given}: every row has cells of its own",
    "column_without_head": "cell {cell} holds `{given}`, and its column has no head",
}
SHEET_CHUNK = 10_000
_TEXTS = ("comment", "evidence", DUE)
"""Columns in which a date is as good as its text."""


def unread(kind: str, given: str, text: str = "") -> str:
    """A cell that cannot be taken: what it holds, and the (marked) text that stands there all the same."""
    return f"{REFUSED}{kind}{given.replace(REFUSED, '')}{REFUSED}{text}"


def kind_of(text: str) -> tuple[str, str]:
    """Which kind of thing a refused cell is, and what it holds."""
    return text[1:2], text[2:].partition(REFUSED)[0]


def as_shown(text: str) -> str:
    """The text of a cell as a person would see it, whatever its marks."""
    while text[:1] == REFUSED:
        kind, given = kind_of(text)
        text = text[2:].partition(REFUSED)[2] if kind == MERGED else given
    return text.removeprefix(NUMBER)


def address(place: int, row: int) -> str:
    """What a spreadsheet calls the cell in that column (from 0) and row (from 1): `C7`."""
    letters = ""
    place += 1
    while place:
        place, letter = divmod(place - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{row}"


def place_of(letters: str) -> int:
    """The place of the column of that name, A being 0."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def cell_fault(text: str, place: int, row: int, head: str | None, *, is_period: bool = False) -> Fault:
    """What is wrong with a refused cell."""
    kind, given = kind_of(text)
    code, cell = CODES[kind], address(place, row)
    if kind == OUTSIDE:
        cell, _, given = given.partition("=")
        place = place_of(cell.rstrip("0123456789"))
    meant = None
    if kind == DATE and is_period:
        # A month that was typed is kept as its first day.
        meant = given[:7] if given[8:10] == "01" else given[:10]
    return Fault(
        code,
        _SENTENCES[code].format(cell=cell, given=shown(given)),
        row=row,
        column=head,
        suggestion=did_you_mean(meant) if meant else None,
        context={"cell": cell, "given": shown(given), "place": str(place + 1), **({"meant": meant} if meant else {})},
    )


class SheetNumbers(Numbers):
    """Reads the numbers of a sheet: those of its number cells as they are, its texts as those of any file."""

    def read(self, text: str) -> str | None:
        """As `Numbers.read`."""
        if text[:1] != NUMBER:
            return super().read(text)
        try:
            return measure_text(parse_measure(text[1:]))
        except ValueError:
            return None

    def fault(self, text: str, pointer: str) -> Fault:
        """As `Numbers.fault`."""
        return super().fault(as_shown(text), pointer)


class SheetTable(Table):
    """A sheet's cells, kept as a marked CSV. Rows with a cell that cannot be taken are told apart from the others."""

    reader = SheetNumbers

    def chunks(self, only: list[int] | None = None) -> Iterator[Chunk]:  # type: ignore[override]
        """As `Table.chunks`."""
        for chunk in super().chunks(only):
            yield _apart(chunk, self.heading)


def _apart(chunk: Chunk, heading: Heading) -> Chunk:
    found: dict[int, list[Fault]] = {}
    out = np.zeros(len(chunk.rows), dtype=bool)
    cells: dict[int, Cells] = {}
    for place, given in chunk.cells.items():
        column = heading.columns[place]
        cells[place] = given = Cells(given.codes, [_unmarked(text, column) for text in given.texts])
        marked = np.array([text[:1] == REFUSED and text[1:2] in CODES for text in given.texts], dtype=bool)
        if column.is_added or not marked.any():
            continue
        here = marked[given.codes]
        out |= here
        head = shown(column.head) if column.head.strip() else None
        for at in np.flatnonzero(here).tolist():
            row, text = int(chunk.rows[at]), given.texts[given.codes[at]]
            found.setdefault(row, []).append(cell_fault(text, place, row, head, is_period=column.field == "period"))
    if not found:
        return replace(chunk, cells=cells)
    kept: Integers = np.flatnonzero(~out).astype(np.int64)
    left = {place: Cells(given.codes[kept], given.texts) for place, given in cells.items()}
    return replace(chunk, rows=chunk.rows[kept], cells=left, refused=found)


def _unmarked(text: str, column: Column) -> str:
    """Without the marks that make no difference in `column`."""
    if text[:1] == REFUSED and text[1:2] == DATE and column.field in _TEXTS:
        return as_shown(text)
    return text if column.field in MEASURES else text.removeprefix(NUMBER)
