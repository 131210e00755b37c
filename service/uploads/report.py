"""The report: the file as it came, and beside each of its rows what is wrong with it. Mend it and send it again.

What was uploaded stays as it was, to the byte: quotes, delimiter, encoding and line ends (a file whose lines end in CR alone
comes back with LF), since it is the sender's own. Only the cells added here are made safe to open in a spreadsheet, by
whoever says them. When a report comes back its three columns are passed over, and its own report has them made anew.
"""

import csv
import io
from collections.abc import Callable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import IO

from service.errors import Fault
from service.uploads.decoding import text_lines
from service.uploads.heading import ADDED, Heading

Say = Callable[[list[Fault]], tuple[str, str, str]]
"""Makes the three added cells of a row, error, message and suggestion, in the reader's language."""
_WRITTEN_IN = {"utf-8": "utf-8", "utf-8-sig": "utf-8", "utf-16": "utf-16-le", "cp1252": "cp1252"}
_MARK = {"utf-8-sig": b"\xef\xbb\xbf", "utf-16": b"\xff\xfe"}


class _Lines:
    """The lines of a file, and those of them that the csv module has read for the record it gave last."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.taken.append(line)
            yield line


def write_report(file: IO[bytes], heading: Heading, codec: str, faults: Iterator[Fault], say: Say, report: IO[bytes]) -> None:
    """Writes to `report` the UTF-8 `file`, in the encoding that it came in (`codec`), with the three columns added.

    `faults` come by row. A character of a message that the encoding lacks becomes `?`.
    """
    by_row = {row: say(list(found)) for row, found in groupby(faults, key=attrgetter("row"))}
    added = [column.place for column in heading.columns if column.is_added]
    written_in = _WRITTEN_IN[codec]
    report.write(_MARK.get(codec, b""))
    file.seek(0)
    lines = text_lines(file)
    try:
        for row, (raw, record) in enumerate(_records(_Lines(lines), heading.delimiter), start=1):
            body = raw.rstrip("\r\n")
            end = raw[len(body) :]
            cells = ADDED if row == heading.rows else by_row.get(row, ("", "", "") if any(map(str.strip, record)) else None)
            if cells is None:
                report.write(raw.encode(written_in))
                continue
            if added and len(record) == len(heading.columns):
                body = _line([cell for place, cell in enumerate(record) if place not in added], heading.delimiter)
            report.write(body.encode(written_in))
            said = heading.delimiter + _line(cells, heading.delimiter) + end
            # Windows-1252 has the no-break space of French typography, and not the narrow one.
            report.write(said.replace("\u202f", "\u00a0").encode(written_in, "replace"))
    finally:
        lines.detach()


def _records(lines: _Lines, delimiter: str) -> Iterator[tuple[str, list[str]]]:
    """Every record as it stands in the file, and its cells; from where the csv module loses the thread on, line by line."""
    records = csv.reader(iter(lines), delimiter=delimiter, strict=True)
    try:
        for record in records:
            yield "".join(lines.taken), record
            lines.taken.clear()
    except csv.Error:
        first, *others = lines.taken
        yield first, [first]
        lines.taken.clear()
        for line in (*others, *lines):
            yield line, [line.strip()]
            lines.taken.clear()


def _line(cells: list[str] | tuple[str, ...], delimiter: str) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="").writerow(cells)
    return text.getvalue()
