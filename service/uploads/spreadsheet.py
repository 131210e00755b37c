"""A workbook becomes the CSV of its first sheet: the same rows in the same places, each cell the text that stands in it.

What is read is the first sheet that is not hidden, hidden rows and columns of it included, values only. A number is the one
in the cell, not what its format shows of it, except that `000` pads with zeros; of the sixteen and seventeen digits of a
binary number those are taken that tell it from its neighbours. A formula, an error, a truth value, a date, a percentage and
merged cells are not guessed at: they are marked (`marks.py`), and refused where the row is judged. Other sheets, comments,
formats and what is drawn are left aside.
"""

import re
import tempfile
from array import array
from collections.abc import Mapping
from contextlib import ExitStack
from decimal import Decimal
from typing import IO

from service.uploads.archive import Archive, broken, too_large
from service.uploads.formats import DATE, PERCENT, date_text, read_formats
from service.uploads.marks import DATE as DATE_MARK
from service.uploads.marks import NUMBER, address, place_of, unread
from service.uploads.reading import LONGEST_CELL
from service.uploads.sheet_lines import Lines, area_of, merged_areas

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
_TIMES_LARGER = 4
"""How many times larger than the table's text its XML may be."""
_LARGEST_XML = 1 << 29
_LARGEST_TEXTS, _MOST_TEXTS = 1 << 26, 1 << 22
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_EXACT = 15
"""Digits that every binary number of 64 bits keeps, and a spreadsheet shows."""
_KEPT = 17
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LETTERS = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def sheet_as_csv(file: IO[bytes], most: int) -> IO[bytes]:
    """The first sheet of the workbook in `file` as a marked CSV in UTF-8, of at most `most` bytes. Whoever gets it closes it.

    Raises as `Archive` does; Refused with every cell of the header row that is no text or number; `empty_file` where nothing
    stands in the sheet.
    """
    archive = Archive(file, min(_TIMES_LARGER * most, _LARGEST_XML))
    with ExitStack() as unless_whole:
        table = unless_whole.enter_context(tempfile.TemporaryFile())
        _Sheet(archive, table, most).read()
        table.seek(0)
        unless_whole.pop_all()
    return table


class _Texts:
    """The texts that cells name by number, as one piece of memory."""

    def __init__(self) -> None:
        self._texts = bytearray()
        self._ends = array("Q", [0])

    def add(self, text: str) -> None:
        self._texts += text.encode("utf-8", "replace")
        self._ends.append(len(self._texts))
        if len(self._texts) > _LARGEST_TEXTS or len(self._ends) > _MOST_TEXTS:
            raise too_large()

    def __getitem__(self, number: int) -> str:
        if not 0 <= number < len(self._ends) - 1:
            raise IndexError(number)
        return self._texts[self._ends[number] : self._ends[number + 1]].decode()


class _Gathered:
    """A text that is read piece by piece, as far as a cell may be long; what says how it is pronounced is passed over."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self._muted = 0

    def hear(self, text: str) -> None:
        if not self._muted and self._length <= LONGEST_CELL:
            self._pieces.append(text[: LONGEST_CELL + 1])
            self._length += len(text)

    def mute(self, attributes: Mapping[str, str]) -> None:
        self._muted += 1

    def unmute(self) -> None:
        self._muted -= 1

    def take(self) -> str:
        if not self._pieces:
            return ""
        text = "".join(self._pieces)
        self._pieces, self._length = [], 0
        return text


class _Sheet:
    def __init__(self, archive: Archive, table: IO[bytes], most: int) -> None:
        self._archive = archive
        self._is_1904 = False
        self._name, styles, texts = self._parts()
        self._styles = read_formats(archive, styles)
        self._texts = _Texts()
        if texts is not None and archive.has(texts):
            self._read_texts(texts)
        self._merged = merged_areas(archive, self._name)
        self._lines = Lines(table, most, self._merged)
        self._value, self._inline, self._formula = _Gathered(), _Gathered(), _Gathered()
        self._heard: _Gathered | None = None
        self._row, self._row_text, self._place = 0, "", -1
        self._kind, self._style, self._is_formula = "", "", False
        self._cells: dict[int, str] = {}
        self._places: dict[str, int] = {}

    def _parts(self) -> tuple[str, str | None, str | None]:
        """The names of the sheet's part, and of those with the styles and the texts."""
        package = {kind: name for _, kind, name in self._archive.related("")}
        book = package.get("officeDocument", "xl/workbook.xml")
        related = self._archive.related(book)
        sheets: list[tuple[str, bool]] = []

        def properties(attributes: Mapping[str, str]) -> None:
            self._is_1904 = attributes.get("date1904", "0") in ("1", "true")

        def sheet(attributes: Mapping[str, str]) -> None:
            number = next((value for name, value in attributes.items() if name.endswith(":id")), "")
            sheets.append((number, attributes.get("state", "visible") == "visible"))

        self._archive.walk(book, {"workbookPr": properties, "sheet": sheet})
        tables = {number: name for number, kind, name in related if kind == "worksheet"}
        found = [(tables[number], visible) for number, visible in sheets if number in tables]
        if not found:
            raise broken()
        others = {kind: name for _, kind, name in related}
        first = next((name for name, visible in found if visible), found[0][0])
        return first, others.get("styles"), others.get("sharedStrings")

    def _read_texts(self, name: str) -> None:
        heard, is_text = _Gathered(), False

        def begin(attributes: Mapping[str, str]) -> None:
            nonlocal is_text
            is_text = True

        def end() -> None:
            nonlocal is_text
            is_text = False

        def hear(text: str) -> None:
            if is_text:
                heard.hear(text)

        ends = {"t": end, "rPh": heard.unmute, "si": lambda: self._texts.add(_as_text(heard.take()))}
        self._archive.walk(name, {"t": begin, "rPh": heard.mute}, ends, hear)

    def read(self) -> None:
        """Reads the sheet from its first row to its last."""
        inline = self._inline
        self._archive.walk(
            self._name,
            {
                "row": self._begin_row, "c": self._begin_cell, "v": self._begin_value, "t": self._begin_text,
                "rPh": inline.mute, "f": self._begin_formula, "mergeCell": self._begin_merged,
            },
            {
                "row": self._end_row, "c": self._end_cell, "v": self._pause, "t": self._pause, "rPh": inline.unmute,
                "f": self._pause,
            },
            self._hear,
        )  # fmt: skip
        self._lines.end()

    def _hear(self, text: str) -> None:
        if self._heard is not None:
            self._heard.hear(text)

    def _pause(self) -> None:
        self._heard = None

    def _begin_value(self, attributes: Mapping[str, str]) -> None:
        self._heard = self._value

    def _begin_text(self, attributes: Mapping[str, str]) -> None:
        self._heard = self._inline

    def _begin_row(self, attributes: Mapping[str, str]) -> None:
        row = int(attributes.get("r") or self._row + 1)
        if not self._row < row <= MOST_ROWS:
            raise broken(f"row {row}")
        self._row, self._row_text, self._place, self._cells = row, str(row), -1, {}

    def _end_row(self) -> None:
        self._lines.add(self._row, self._cells)
        self._cells = {}

    def _begin_cell(self, attributes: Mapping[str, str]) -> None:
        reference = attributes.get("r")
        place = self._place + 1 if reference is None else self._place_of(reference)
        if not self._place < place < MOST_COLUMNS:
            raise broken(reference)
        self._place = place
        self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "")
        self._is_formula = False

    def _place_of(self, reference: str) -> int:
        letters = reference.rstrip("0123456789")
        if reference[len(letters) :] != self._row_text:
            raise broken(reference)
        place = self._places.get(letters)
        if place is None:
            match = _LETTERS.fullmatch(reference)
            if match is None:
                raise broken(reference)
            place = self._places[letters] = place_of(letters)
        return place

    def _begin_formula(self, attributes: Mapping[str, str]) -> None:
        self._is_formula, self._heard = True, self._formula

    def _begin_merged(self, attributes: Mapping[str, str]) -> None:
        # Looked for before the rows were read, so that none of them passes for whole.
        if area_of(attributes.get("ref", "")) not in self._merged:
            raise broken(attributes.get("ref"))

    def _end_cell(self) -> None:
        value, inline, formula = self._value.take(), self._inline.take(), self._formula.take()
        value = inline if self._kind == "inlineStr" else value
        if self._is_formula:
            self._cells[self._place] = unread("f", f"={formula}")
        elif value:
            try:
                text = self._said(value)
            except (IndexError, ValueError, ArithmeticError):
                raise broken(address(self._place, self._row)) from None
            if text:
                self._cells[self._place] = text

    def _said(self, value: str) -> str:
        kind = self._kind
        if kind == "s":
            return self._texts[int(value)]
        if kind == "n":
            return self._number(value.strip())
        if kind in ("inlineStr", "str"):
            return _as_text(value)
        if kind == "b":
            return unread("b", "TRUE" if value.strip() in ("1", "true") else "FALSE")
        if kind == "e":
            return unread("e", value.strip())
        if kind == "d":
            return unread(DATE_MARK, value.strip())
        raise ValueError(kind)

    def _number(self, value: str) -> str:
        if not value:
            return ""
        if _NUMBER.fullmatch(value) is None:
            raise ValueError(value)
        style = int(self._style or 0)
        shown_as = self._styles[style] if 0 <= style < len(self._styles) else ""
        number = Decimal(value)
        digits = len(number.as_tuple().digits)
        if digits > _EXACT:
            binary = Decimal(repr(float(value)))
            if digits > _KEPT and binary != number:
                # No spreadsheet holds such a number: whoever wrote it meant more than one would read.
                return unread("i", value)
            number = binary
        if shown_as == DATE and (day := date_text(float(number), self._is_1904)) is not None:
            return unread(DATE_MARK, day)
        if shown_as == PERCENT:
            return unread("p", f"{_plain(number * 100)} %")
        if shown_as[:1] == "0" and number >= 0 and number == int(number):
            return _plain(number).zfill(len(shown_as))
        return NUMBER + _plain(number)


def _plain(number: Decimal) -> str:
    """In plain notation, however large, without zeros that say nothing."""
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def _as_text(raw: str) -> str:
    """A text with its escapes undone (`_x000D_`), any control character that is no line's end or tab as DEL: it is no mark."""
    return _ESCAPE.sub(_unescaped, raw) if "_x" in raw else raw


def _unescaped(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    if code in (9, 10, 13, 0x5F):
        return chr(code)
    return "\x7f" if code < 32 else match[0]
