"""A table as columns: chunks of rows, every cell the text that stands there, nothing guessed and nothing shifted.

pandas shifts ragged rows without a word, so how many cells a row has is checked before it sees them. A file without a
single quote, whose lines all have as many delimiters as its header, is what its bytes say, and pandas reads it at full
speed. Any other file is read record by record, strictly, by the csv module; both give the same chunks.
"""

import codecs
import csv
import io
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from service.errors import Fault, Refused
from service.uploads.decoding import text_lines
from service.uploads.heading import Heading
from service.uploads.numbers import Numbers

Integers = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]
Texts = npt.NDArray[Any]
CHUNK = 50_000
LONGEST_CELL = 65_536
"""Characters of a cell at most; a longer one is a forgotten quote or another kind of file."""
TEXTS = ("comment", "evidence")
"""The fields whose spaces are kept."""
_TOO_LONG = f"a cell has over {LONGEST_CELL} characters: is a quote never closed?"
_BLOCK = 1 << 22
_RECORDS = 2_000
_LONGEST_FIELD = 2 * LONGEST_CELL
"""Where the csv module gives up. It is one for the whole process, and packages raise it as they are imported."""
_QUICK: dict[str, Any] = {
    "header": None,
    "keep_default_na": False,
    "na_filter": False,
    "skip_blank_lines": False,
    "quoting": csv.QUOTE_NONE,
    "engine": "c",
    "encoding": "utf-8",
    "index_col": False,
}
_STRUCTURE = {
    "unexpected end of data": ("unterminated_quote", "a quote that is opened here is never closed"),
    "new-line character seen": ("lone_carriage_return", "there is a carriage return in the middle of the row"),
    "field larger than field limit": ("cell_too_long", _TOO_LONG),
    "expected after": ("stray_quote", "text follows a closing quote; a quote inside a quoted cell is written twice"),
}
"""What the csv module says, by a piece of it, and what it means."""


@dataclass(frozen=True, slots=True)
class Cells:
    """One column of a chunk: the row's text is `texts[codes[row]]`.

    `unread`: what is wrong with texts that a mapping could not read, by code; it is said instead of what they are taken for.
    """

    codes: Integers
    texts: list[str]
    unread: Mapping[int, Fault] = field(default_factory=dict)

    def text(self, row: int) -> str:
        """What stands in the row at that place of the chunk."""
        return self.texts[int(self.codes[row])]

    def blank(self) -> Truths:
        """Which rows have nothing here."""
        empty: Truths = np.array([not text for text in self.texts], dtype=bool)
        return empty[self.codes]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive rows. `rows` are the numbers a spreadsheet shows (the header is 1); `cells` hold each column's distinct texts
    (`codes` into `texts`), trimmed where they are codes or numbers; `ragged` are rows that have too few or too many cells,
    with how many; `refused` what is wrong with rows that have a cell which is no text at all, as a spreadsheet's may be."""

    rows: Integers
    cells: dict[int, Cells]
    ragged: list[tuple[int, int]] = field(default_factory=list)
    refused: dict[int, list[Fault]] = field(default_factory=dict)


class Table:
    """A UTF-8 file whose heading is known. It can be read as often as is needed.

    Raises Refused on the way where the file stops being a table: `unterminated_quote`, `stray_quote`,
    `lone_carriage_return`, `cell_too_long`.
    """

    reader = Numbers
    """What reads its numbers."""

    def __init__(self, file: IO[bytes], heading: Heading, chunk: int = CHUNK) -> None:
        self._file = file
        self.heading = heading
        self._chunk = chunk
        self._is_quick = is_quick(file, heading)
        self._size = max(1, file.seek(0, io.SEEK_END))

    @property
    def share_read(self) -> float:
        """How much of the file has been read this time, from 0 to 1."""
        return self._file.tell() / self._size

    def chunks(self, only: Sequence[int] | None = None) -> Iterator[Chunk]:
        """All rows, in order; of the columns at the places `only`, or of all of them."""
        places = list(range(len(self.heading.columns))) if only is None else list(only)
        self._file.seek(self.heading.length)
        return self._quick(places) if self._is_quick else self._careful(places)

    def _quick(self, places: list[int]) -> Iterator[Chunk]:
        if not self._file.read(1):
            return
        self._file.seek(self.heading.length)
        options = _QUICK | {"names": list(range(len(self.heading.columns))), "usecols": places, "chunksize": self._chunk}
        # Categories would be cheaper still, but pandas makes numbers of those that look like some: 007 would read 7.
        frames = pd.read_csv(self._file, sep=self.heading.delimiter, dtype=object, **options)
        first = self.heading.rows + 1
        for frame in frames:
            rows = np.arange(first, first + len(frame), dtype=np.int64)
            cells = {place: self._cells(place, frame[place].to_numpy(), range(first, first + len(frame))) for place in places}
            first += len(frame)
            yield Chunk(rows, cells)

    def _careful(self, places: list[int]) -> Iterator[Chunk]:
        lines = text_lines(self._file)
        try:
            csv.field_size_limit(_LONGEST_FIELD)
            records = csv.reader(lines, delimiter=self.heading.delimiter, strict=True)
            row, ended = self.heading.rows, False
            while not ended:
                first, rows, ragged = row + 1, list[int](), list[tuple[int, int]]()
                columns = [list[str]() for _ in self.heading.columns]
                # A few thousand at a time: the collector would walk again and again over a list for each row of the chunk.
                while row - first + 1 < self._chunk and not ended:
                    read = _next(records, row)
                    _sort_in(read, row + 1, columns, rows, ragged)
                    row, ended = row + len(read), len(read) < _RECORDS
                cells = {place: self._cells(place, np.array(columns[place], dtype=object), rows) for place in places}
                yield Chunk(np.array(rows, dtype=np.int64), cells, ragged)
        finally:
            lines.detach()

    def _cells(self, place: int, texts: Texts, rows: Sequence[int]) -> Cells:
        codes, distinct = pd.factorize(texts)
        if any(len(text) > LONGEST_CELL for text in distinct):
            longest = next(code for code, text in enumerate(distinct) if len(text) > LONGEST_CELL)
            raise _broken("cell_too_long", _TOO_LONG, rows[int(np.argmax(codes == longest))])
        keeps_spaces = self.heading.columns[place].field in TEXTS
        return Cells(codes.astype(np.int64), [_plain(text if keeps_spaces else text.strip()) for text in distinct])


def _sort_in(
    read: list[list[str]], first: int, columns: list[list[str]], rows: list[int], ragged: list[tuple[int, int]]
) -> None:
    """Adds records, of which the first is row `first`, to the columns, or to the ragged ones. Blank lines are passed over."""
    width = len(columns)
    if set(map(len, read)) <= {width}:
        rows.extend(range(first, first + len(read)))
    else:
        numbered = list(enumerate(read, start=first))
        ragged += [(row, len(record)) for row, record in numbered if len(record) != width and any(map(str.strip, record))]
        rows += [row for row, record in numbered if len(record) == width]
        read = [record for record in read if len(record) == width]
    for column, texts in zip(columns, zip(*read, strict=True), strict=bool(read)):
        column.extend(texts)


def _plain(text: str) -> str:
    """Without the apostrophe that tables leave this service with before what a spreadsheet would take for a formula."""
    return text[1:] if text[:1] == "'" and text[1:2] and text[1] in "=+-@\t\r" else text


def _next(records: Iterator[list[str]], row: int) -> list[list[str]]:
    """The next records after `row`. Raises Refused at the row where the csv module loses the thread."""
    read: list[list[str]] = []
    try:
        read.extend(itertools.islice(records, _RECORDS))
    except csv.Error as error:
        code, sentence = next(said for piece, said in _STRUCTURE.items() if piece in str(error))
        raise _broken(code, sentence, row + len(read) + 1) from None  # what was read before the error is in the list
    return read


def _broken(code: str, sentence: str, row: int) -> Refused:
    return Refused(code, sentence, faults=(Fault(code, sentence, row=row),))


def is_quick(file: IO[bytes], heading: Heading) -> bool:
    """Whether every line after the header has its number of delimiters, no quote, no lone carriage return.

    Empty lines are left to the csv module, too: pandas breaks off where it meets many of them in a row. And it would take a
    byte order mark before the first row off, which stands there where files were put one after another.
    """
    file.seek(heading.length)
    delimiter, expected = ord(heading.delimiter), len(heading.columns) - 1
    kept = b""
    if file.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8:
        return False
    file.seek(heading.length)
    while block := file.read(_BLOCK):
        block = kept + block
        end = block.rfind(b"\n") + 1
        if not end and len(block) > LONGEST_CELL:
            return False
        kept = block[end:]
        if not _is_plain(block[:end], delimiter, expected):
            return False
    return not kept or _is_plain(kept + b"\n", delimiter, expected)


def _is_plain(lines: bytes, delimiter: int, expected: int) -> bool:
    if b'"' in lines or lines.count(b"\r") != lines.count(b"\r\n"):
        return False
    if not lines:
        return True
    content = np.frombuffer(lines, dtype=np.uint8)
    ends = np.flatnonzero(content == ord("\n"))
    lengths = np.diff(ends, prepend=-1) - 1
    if lengths.max() > LONGEST_CELL:
        return False
    before = np.searchsorted(np.flatnonzero(content == delimiter), ends)
    counts = np.diff(before, prepend=0)
    return bool((counts == expected).all())
