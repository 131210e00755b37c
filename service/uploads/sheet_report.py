"""The report on a sheet: a workbook with its cells in their places, and beside each row what is wrong with it.

Numbers are numbers again, so that they are read as they were; whatever was refused is the text of it, to be written over.
"""

import csv
from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import IO

from service.errors import Fault
from service.indicators.carried import MEASURES
from service.uploads.decoding import text_lines
from service.uploads.heading import ADDED, Heading
from service.uploads.marks import NUMBER, as_shown
from service.uploads.report import Say
from service.uploads.workbook import GENERAL, LONGEST_TEXT, TEXT, Column, Sheet, Written, number_or_text, write_workbook

_WIDTHS = (24, 80, 30)


def write_sheet_report(file: IO[bytes], heading: Heading, faults: Iterator[Fault], say: Say, report: IO[bytes]) -> None:
    """Writes to `report` a workbook of the sheet that is kept as `file`, with the three columns added. `faults` come by row."""
    # The last column is what stood outside of the table: its fault repeats it.
    kept = [column for column in heading.columns[:-1] if not column.is_added]
    columns = [Column(style=GENERAL if column.field in MEASURES else TEXT) for column in kept]
    lines = text_lines(file)
    file.seek(0)

    def rows() -> Iterator[tuple[int, list[Written]]]:
        by_row = ((row, say(list(found))) for row, found in groupby(faults, key=attrgetter("row")))
        coming = next(by_row, None)
        for row, record in enumerate(csv.reader(lines, strict=True), start=1):
            said: tuple[str, str, str] = ADDED if row == heading.rows else ("", "", "")
            while coming is not None and (coming[0] or 0) <= row:
                said, coming = coming[1] if coming[0] == row else said, next(by_row, None)
            if record:
                cells = [_written(record[column.place]) for column in kept]
                yield row, [*cells, *(text[:LONGEST_TEXT] for text in said)]

    try:
        sheet = Sheet("Report", rows(), [*columns, *map(Column, _WIDTHS)], head=heading.rows)
        write_workbook(report, [sheet])
    finally:
        lines.detach()


def _written(text: str) -> Written:
    shown = as_shown(text)
    return number_or_text(shown) if text[:1] == NUMBER else shown
