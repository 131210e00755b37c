"""The rows of a sheet as lines of CSV, each in its place, and what is merged in them marked."""

import csv
import io
import re
from typing import IO

from service.errors import Fault, Refused
from service.uploads.archive import Archive, broken, too_large
from service.uploads.marks import MERGED, OUTSIDE, REFUSED, address, as_shown, cell_fault, place_of, unread

Area = tuple[int, int, int, int]
"""Merged cells: first row, first column, last row, last column; columns from 0."""
_MOST_MERGED = 1_000
_AREA = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})(?::\$?([A-Z]{1,3})\$?([0-9]{1,7}))?")
_MERGED_CELL = re.compile(rb"<(?:[A-Za-z0-9]+:)?mergeCell\s[^>]{0,200}")
_REFERENCE = re.compile(rb"""\sref=["']([^"']{1,40})["']""")


class Lines:
    """Writes rows as CSV, blank ones as blank lines. The first that is not blank is the header: it says how wide the table is.

    Every row then has so many cells and one more, for what stands outside of it.
    """

    def __init__(self, table: IO[bytes], most: int, merged: dict[Area, str]) -> None:
        self._table = table
        self._left = most
        self._coming = sorted(merged, reverse=True)
        self._names = merged
        self._active: dict[int, tuple[int, str]] = {}
        self._text = io.StringIO(newline="")
        self._writer = csv.writer(self._text, lineterminator="\n")
        self._width = 0
        self._row = 0

    def add(self, row: int, cells: dict[int, str]) -> None:
        """Adds a row; rows come in their order."""
        if not any(text.strip() for text in cells.values()):
            return
        if self._coming or self._active:
            self._mark_merged(row, cells)
        self._text.write("\n" * (row - self._row - 1))
        self._row = row
        if self._width:
            outside = next((place for place in sorted(cells) if place >= self._width and cells[place].strip()), None)
            said = "" if outside is None else unread(OUTSIDE, f"{address(outside, row)}={as_shown(cells[outside])}")
            self._writer.writerow([*(cells.get(place, "") for place in range(self._width)), said])
        else:
            self._begin(row, cells)
        if self._text.tell() > 1 << 16:
            self._flush()

    def _begin(self, row: int, cells: dict[int, str]) -> None:
        faults = [cell_fault(text, place, row, None) for place, text in cells.items() if text[:1] == REFUSED]
        if faults:
            raise Refused(faults[0].code, faults[0].detail, faults=tuple(faults[:100]), **faults[0].context)
        self._width = 1 + max(place for place, text in cells.items() if text.strip())
        heads = [" ".join(as_shown(cells.get(place, "")).split()) for place in range(self._width)]
        self._writer.writerow([*heads, ""])

    def _mark_merged(self, row: int, cells: dict[int, str]) -> None:
        """Marks the first cell of each area that reaches into this row."""
        self._active = {place: area for place, area in self._active.items() if area[0] >= row}
        while self._coming and self._coming[-1][0] <= row:
            area = self._coming.pop()
            if area[2] >= row:
                self._active[area[1]] = area[2], self._names[area]
        for place, (_, name) in self._active.items():
            cells[place] = unread(MERGED, name, cells.get(place, ""))

    def _flush(self) -> None:
        written = self._table.write(self._text.getvalue().encode("utf-8", "replace"))
        self._text.seek(0)
        self._text.truncate()
        self._left -= written
        if self._left < 0:
            raise too_large()

    def end(self) -> None:
        """Writes what is left."""
        self._flush()
        if not self._width:
            sentence = "There is nothing in the first sheet of the workbook."
            raise Refused("empty_file", sentence, faults=(Fault("empty_file", sentence),))


def merged_areas(archive: Archive, name: str) -> dict[Area, str]:
    """The areas of merged cells by first row, first column, last row, last column, with what the sheet calls them.

    They stand behind the rows, which are judged with them: the part is looked through for them first, which takes little.
    """
    found: dict[Area, str] = {}
    before = b""
    for block in archive.blocks(name):
        content = before + block
        for match in _MERGED_CELL.finditer(content):
            reference = _REFERENCE.search(match[0])
            if reference is not None:
                text = reference[1].decode("ascii", "replace")
                found[area_of(text)] = text
        if len(found) > _MOST_MERGED:
            sentence = f"The sheet has over {_MOST_MERGED} merged cells: every row has cells of its own."
            raise Refused("merged_cell", sentence, faults=(Fault("merged_cell", sentence),))
        before = content[-256:]
    return found


def area_of(text: str) -> Area:
    """The area of that name. Raises Refused `broken_workbook` where it is none."""
    match = _AREA.fullmatch(text)
    if match is None:
        raise broken()
    first = int(match[2]), place_of(match[1])
    last = (int(match[4]), place_of(match[3])) if match[3] else first
    return *first, *last
