"""A file read under a mapping: the same chunks as any other's, in our names and codes, with a line for each contribution.

Labels, periods and what stands for no value are looked up once per distinct text of a column, never row by row.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import IO, Any

import numpy as np

from service.errors import Fault
from service.indicators.carried import MEASURES
from service.indicators.definition import column_name
from service.indicators.register import Register
from service.indicators.suggestion import shown
from service.models.mapping import MappedField, PeriodFormat
from service.uploads.heading import (
    DELIMITERS,
    FIELD_OF,
    Column,
    Heading,
    dimension_names,
    read_heading,
    read_heads,
    refused_header,
    unknown_columns,
)
from service.uploads.mapping import PARTS, Layout, MappedHeading, Sent, Slot, heading_of
from service.uploads.marks import NUMBER
from service.uploads.numbers import Numbers
from service.uploads.period_formats import part_reader, period_reader
from service.uploads.places import combined
from service.uploads.reading import CHUNK, Cells, Chunk, Integers, Table, Truths

MAPPED_DELIMITERS = (*DELIMITERS, "|")
_SAY_WHETHER = ("value", "numerator")
"""The numbers without which there is no contribution: the other ones only go with them."""


def heading_for(file: IO[bytes], register: Register, sent: Sent | None) -> Heading:
    """The heading of a UTF-8 file, under a mapping where it was sent under one.

    Raises Refused as `read_heading` does; columns that the mapping names and the file lacks are missing ones.
    """
    return read_heading(file, register) if sent is None else _mapped_heading(file, register, sent)


def source_of(heading: Heading) -> Heading:
    """The file's own heading, whatever its columns amount to."""
    return heading.source if isinstance(heading, MappedHeading) else heading


def table_for(
    file: IO[bytes],
    register: Register,
    sent: Sent | None,
    kind: type[Table] = Table,
    mapped: "type[MappedTable] | None" = None,
) -> "Table | MappedTable":
    """The table of a UTF-8 file, under a mapping where it was sent under one; `kind`: what reads its rows, `mapped`: what makes
    contributions of them under a mapping, if not `MappedTable`.

    Raises what `heading_for` does.
    """
    heading = heading_for(file, register, sent)
    if not isinstance(heading, MappedHeading):
        return kind(file, heading)
    # As many lines at once as of any other file: a row of a wide one makes many.
    at_once = max(1, CHUNK // len(heading.slots)) if heading.is_wide else CHUNK
    return (mapped or MappedTable)(kind(file, heading.source, at_once), heading)


def _mapped_heading(file: IO[bytes], register: Register, sent: Sent) -> MappedHeading:
    dimensions, terms = dimension_names(register), sent.terms
    named = [*(column.column for column in terms.columns), *terms.ignored]
    known = {column_name(head) for head in named} | FIELD_OF.keys() | dimensions.keys()
    delimiters = MAPPED_DELIMITERS if terms.delimiter == "auto" else (terms.delimiter,)
    delimiter, heads, length, row = read_heads(file, known, delimiters)
    layout = Layout(heads, sent, dimensions)
    faults = [
        *unknown_columns(layout.columns, row, dimensions, named),
        *(replace(fault, row=row) for fault in layout.faults),
        *(_missing(head, row) for head in layout.absent_heads() or layout.missing()),
    ]
    if faults:
        raise refused_header(faults)
    return heading_of(layout, Heading(delimiter, tuple(layout.columns), length, row), sent)


def _missing(name: str, row: int) -> Fault:
    return Fault(
        "missing_column", f"there is no column `{shown(name)}`", row=row, column=shown(name), context={"column": shown(name)}
    )


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines of a chunk: of each, its number and the place of its row in the chunk; and the rows of each slot."""

    numbers: Integers
    rows: Integers
    of_slot: list[Integers]
    order: Integers


class MappedTable:
    """A table under a mapping. It is read as a `Table` is; the rows of its chunks are lines."""

    def __init__(self, table: Table, heading: MappedHeading) -> None:
        self.heading = heading
        self._table = table
        self._source = heading.source
        self._no_value = {column_name(text) for text in heading.sent.terms.no_value}
        self._may_be_digits = any(text[:1].isdigit() for text in self._no_value)
        self._labels = {
            place: {column_name(label): code for label, code in column.labels.items()}
            for place, column in heading.named.items()
            if column.labels
        }
        self._reads_periods = self._period_reader()

    @property
    def reader(self) -> type[Numbers]:
        """What reads its numbers."""
        return self._table.reader

    @property
    def share_read(self) -> float:
        """How much of the file has been read this time, from 0 to 1."""
        return self._table.share_read

    def chunks(self, only: Sequence[int] | None = None) -> Iterator[Chunk]:
        """All lines, in order; of our columns at the places `only`, or of all of them."""
        columns = [column for column in self.heading.columns if only is None or column.place in only]
        needed = {place for column in columns for place in self._sources(column)} | set(self._deciding())
        if only is None:
            needed |= {column.place for column in self._source.columns if column.is_blank}
        for chunk in self._table.chunks(sorted(needed)):
            yield self._mapped(chunk, columns)

    def _sources(self, column: Column) -> Iterator[int]:
        """The places in the file that a column of ours is read from."""
        name = _name_of(column)
        yield from self.heading.places.get(name, ())
        yield from (slot.measures[name] for slot in self.heading.slots if name in slot.measures)
        if column.is_blank:
            yield column.place

    def _deciding(self) -> Iterator[int]:
        """The places that say which lines there are."""
        for slot in self.heading.slots:
            yield from slot.own
            yield from (slot.measures[name] for name in _SAY_WHETHER if self._no_value and name in slot.measures)
            if slot.only is not None:
                yield from self.heading.places.get("indicator", ())

    def _mapped(self, chunk: Chunk, columns: list[Column]) -> Chunk:
        raw = {place: self._translated(place, cells) for place, cells in chunk.cells.items()}
        live = self._live(chunk)
        lines = self._lines(chunk, raw, live)
        period = self._period(raw)
        cells = {column.place: self._column(column, raw, period, lines) for column in columns}
        slots = len(self.heading.slots)
        ragged = [(row * slots, count) for row, count in chunk.ragged]
        return Chunk(lines.numbers, cells, ragged, {row * slots: faults for row, faults in chunk.refused.items()})

    def _translated(self, place: int, cells: Cells) -> Cells:
        labels, field = self._labels.get(place, {}), self._source.columns[place].field
        if field in MEASURES:
            return Cells(cells.codes, ["" if self._is_no_value(text) else text for text in cells.texts])
        texts = [labels.get(column_name(text), text) for text in cells.texts] if labels else cells.texts
        if field == "actor" and self.heading.sent.actor is not None:
            texts = [text or self.heading.sent.actor for text in texts]
        return Cells(cells.codes, texts)

    def _is_no_value(self, text: str) -> bool:
        text = text.removeprefix(NUMBER)
        # Nearly every cell is another number: comparing each as a label is would cost more than reading it.
        if not self._no_value or (text[:1].isdigit() and not self._may_be_digits):
            return False
        return column_name(text) in self._no_value

    def _live(self, chunk: Chunk) -> Truths:
        """The rows in which anything stands, in the columns that are read."""
        live = np.zeros(len(chunk.rows), dtype=bool)
        for place, cells in chunk.cells.items():
            if not self._source.columns[place].is_added:
                live |= ~cells.blank()
        return live

    def _lines(self, chunk: Chunk, raw: dict[int, Cells], live: Truths) -> _Lines:
        slots = self.heading.slots
        of_slot = [np.flatnonzero(live & self._there(slot, chunk, raw)).astype(np.int64) for slot in slots]
        rows = np.concatenate(of_slot)
        numbers = chunk.rows[rows] * len(slots) + np.repeat(np.arange(len(slots)), [len(found) for found in of_slot])
        order = np.argsort(numbers, kind="stable")
        return _Lines(numbers[order], rows[order], of_slot, order)

    def _there(self, slot: Slot, chunk: Chunk, raw: dict[int, Cells]) -> Truths:
        """Which rows make the contribution of a slot."""
        there: Truths = np.ones(len(chunk.rows), dtype=bool)
        if slot.own:
            there &= np.logical_or.reduce([~raw[place].blank() for place in slot.own])
        if slot.only is not None or slot.never:
            places = self.heading.places.get("indicator", ())
            for cells in (raw[place] for place in places):
                there &= _by_text(cells, slot.takes)
        for name in _SAY_WHETHER:
            if self._no_value and name in slot.measures:
                there &= ~_by_text(chunk.cells[slot.measures[name]], self._is_no_value)
        return there

    def _period(self, raw: dict[int, Cells]) -> Cells | None:
        """The periods of the rows, where they are not written as ours are; None where they are, or nobody asks."""
        places = self.heading.places.get("period", ())
        if self._reads_periods is None or not places or any(place not in raw for place in places):
            return None
        given = [raw[place] for place in places]
        ids, first = combined([cells.codes for cells in given])
        texts, unread = list[str](), dict[int, Fault]()
        for code, at in enumerate(first.tolist()):
            written = [cells.texts[cells.codes[at]] for cells in given]
            period = self._reads_periods(written)
            texts.append(" ".join(written).strip() if period is None else period)
            if period is None and texts[-1]:
                unread[code] = self._unread(texts[-1])
        return Cells(ids, texts, unread)

    def _period_reader(self) -> Callable[[list[str]], str | None] | None:
        terms, places = self.heading.sent.terms, self.heading.places.get("period", ())
        if not places or MappedField.YEAR in self.heading.places:
            part = next((part for part in PARTS if part in self.heading.places), None)
            reads = part_reader(terms.period, part)
            return lambda written: reads(written[0], written[-1])
        if terms.period.format is PeriodFormat.SDMX:
            return None
        read = period_reader(terms.period)
        return lambda written: read(written[0])

    def _unread(self, text: str) -> Fault:
        written = self.heading.sent.terms.period.format.value
        if MappedField.YEAR in self.heading.places:
            written = " + ".join(name for name in (MappedField.YEAR, *PARTS) if name in self.heading.places)
        return Fault(
            "not_in_period_format",
            f"`{shown(text)}` is not written as the mapping says periods are: {written}",
            pointer="/period",
            context={"given": shown(text), "format": written},
        )

    def _column(self, column: Column, raw: dict[int, Cells], period: Cells | None, lines: _Lines) -> Cells:
        """One of our columns, line by line."""
        name = _name_of(column)
        if column.is_blank:
            shared: Cells | None = raw[column.place]
        elif name == "period" and period is not None:
            shared = period
        else:
            places = self.heading.places.get(name, ())
            shared = raw[places[0]] if places else None
        if shared is not None:
            return replace(shared, codes=shared.codes[lines.rows])
        return self._of_slots(name, raw, lines)

    def _of_slots(self, name: str, raw: dict[int, Cells], lines: _Lines) -> Cells:
        """A column that says something else in each slot: what is fixed there, or what stands in its own place of the file."""
        codes, texts = list[Integers](), list[str]()
        starts: dict[Any, int] = {}
        for slot, rows in zip(self.heading.slots, lines.of_slot, strict=True):
            place = slot.measures.get(name)
            said: Any = slot.fixed.get(name, self.heading.constants.get(name, "")) if place is None else place
            if said not in starts:
                starts[said] = len(texts)
                texts += [said] if place is None else raw[place].texts
            own = np.zeros(len(rows), dtype=np.int64) if place is None else raw[place].codes[rows]
            codes.append(own + starts[said])
        return Cells(np.concatenate(codes)[lines.order], texts)


def _name_of(column: Column) -> str:
    return column.field or column.dimension or ""


def _by_text(cells: Cells, says: Callable[[str], bool]) -> Truths:
    """Which rows have a text of which `says` holds."""
    said: Truths = np.array([says(text) for text in cells.texts], dtype=bool)
    return said[cells.codes]
