"""The header line: which delimiter the file has, and what each of its columns is.

Heads are compared without case, accents and outer spaces, in English and French. The delimiter is the one under which most
heads are known. A column whose head is unknown is refused, not ignored: it may be a dimension with a slip in its name,
and rows without their dimension would count as totals.
"""

import csv
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import IO

from service.errors import Fault, Refused
from service.indicators.carried import MEASURES
from service.indicators.definition import column_name
from service.indicators.register import Register
from service.indicators.suggestion import closest, did_you_mean, shown

FIELDS = ("indicator", "actor", "period", *MEASURES, "observation_status", "comment", "evidence")
DUE = "due"
"""The column that only a template has: the day by which the row is expected. It marks the rows that may stay empty."""
ADDED = ("error", "message", "suggestion")
"""What a report adds, and what is ignored when it comes back."""
_FRENCH = {
    "indicateur": "indicator",
    "acteur": "actor",
    "periode": "period",
    "valeur": "value",
    "numerateur": "numerator",
    "denominateur": "denominator",
    "poids": "weight",
    "statut": "observation_status",
    "commentaire": "comment",
    "preuve": "evidence",
    "echeance": DUE,
}
FIELD_OF = {name: name for name in (*FIELDS, DUE, *ADDED)} | _FRENCH
DELIMITERS = (",", ";", "\t")
MOST_COLUMNS = 1_000
_LONGEST_HEADER = 1 << 18


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its head as the file writes it, and either the field it holds or the dimension's comparable name.

    Neither: the head is blank, and so must its cells be, or it is one that a report added.
    """

    place: int
    head: str
    field: str | None = None
    dimension: str | None = None

    @property
    def is_added(self) -> bool:
        """Whether a report added it: what stands in it is nobody's contribution."""
        return self.field in ADDED

    @property
    def is_blank(self) -> bool:
        """Whether it has no head."""
        return self.field is None and self.dimension is None


@dataclass(frozen=True, slots=True)
class Heading:
    """What the header line says. `length` is its size in bytes, `rows` its row (1, unless blank ones precede)."""

    delimiter: str
    columns: tuple[Column, ...]
    length: int
    rows: int

    @property
    def width(self) -> int:
        """How many cells each of its rows has."""
        return len(self.columns)

    def row_of(self, line: int) -> int:
        """The row of the file in which `line` of a chunk stands: itself, unless a row may hold several contributions."""
        return line

    def head_at(self, line: int, name: str) -> str | None:
        """The head under which a `line` says `name`, a field or a dimension's comparable name; None where there is none."""
        return next((shown(column.head) for column in self.columns if name in (column.field, column.dimension)), None)

    def of(self, field: str) -> Column | None:
        """The column of that field, None where the file has none."""
        return next((column for column in self.columns if column.field == field), None)

    @property
    def dimensions(self) -> tuple[Column, ...]:
        """The columns that hold dimension codes."""
        return tuple(column for column in self.columns if column.dimension is not None)

    @property
    def measures(self) -> tuple[Column, ...]:
        """The columns that hold numbers, in the order of `MEASURES`."""
        return tuple(column for column in map(self.of, MEASURES) if column is not None)


def dimension_names(register: Register) -> dict[str, str]:
    """Comparable name → code of every dimension that any version of any indicator ever had."""
    return {
        column_name(dimension.code): dimension.code
        for indicator in register.indicators.values()
        for version in indicator.versions
        for dimension in version.definition.dimensions
    }


def read_heading(file: IO[bytes], register: Register) -> Heading:
    """The heading of a UTF-8 file, which is left at its start.

    Raises Refused with every fault of the header: `no_header`, `header_too_long`, `too_many_columns`, `unknown_column`,
    `duplicate_column`, `missing_column`.
    """
    dimensions = dimension_names(register)
    delimiter, heads, length, rows = read_heads(file, FIELD_OF.keys() | dimensions.keys())
    columns = [own_column(place, head, dimensions) for place, head in enumerate(heads)]
    faults = [*unknown_columns(columns, rows, dimensions), *_duplicate(columns, rows), *_missing(columns, rows)]
    if faults:
        raise refused_header(faults)
    return Heading(delimiter, tuple(columns), length, rows)


def read_heads(
    file: IO[bytes], known: Collection[str], delimiters: Sequence[str] = DELIMITERS
) -> tuple[str, list[str], int, int]:
    """The delimiter under which most heads are `known`, the heads, the header's length in bytes and its row.

    Raises Refused `no_header`, `header_too_long`, `too_many_columns`.
    """
    first, length, rows = _first_line(file)
    readings = [(delimiter, _cells(first, delimiter)) for delimiter in delimiters]
    delimiter, heads = max(readings, key=lambda reading: (_count_known(reading[1], known), len(reading[1])))
    if len(heads) > MOST_COLUMNS:
        sentence = f"The file has {len(heads)} columns; {MOST_COLUMNS} are the most that are read."
        raise refused_header([Fault("too_many_columns", sentence, row=rows, context={"limit": str(MOST_COLUMNS)})])
    if not heads:
        raise refused_header([Fault("no_header", "The header line cannot be read: its quotes do not match.", row=rows)])
    return delimiter, heads, length, rows


def _first_line(file: IO[bytes]) -> tuple[str, int, int]:
    """The header as text, the bytes up to its end, and its row: blank lines before it are passed over."""
    file.seek(0)
    length, row = 0, 0
    while line := file.readline(_LONGEST_HEADER):
        length, row = length + len(line), row + 1
        if len(line) == _LONGEST_HEADER:
            raise refused_header([Fault("header_too_long", "The header line is longer than any table's.", row=row)])
        if line.strip(b" \t\r\n,;"):
            file.seek(0)
            return line.decode(), length, row
    raise refused_header([Fault("no_header", "The file has no header line.", row=1)])


def _cells(line: str, delimiter: str) -> list[str]:
    text = line.rstrip("\r\n")
    if "\r" in text:
        return []
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return []


def _count_known(heads: Sequence[str], known: Collection[str]) -> int:
    return sum(column_name(head) in known for head in heads)


def own_column(place: int, head: str, dimensions: dict[str, str]) -> Column:
    """What a column is by its head alone."""
    name = column_name(head)
    # A dimension may not take a field's name, so there is never a choice between the two.
    field = FIELD_OF.get(name)
    return Column(place, head, field, name if field is None and name in dimensions else None)


def unknown_columns(columns: list[Column], row: int, dimensions: dict[str, str], named: Sequence[str] = ()) -> list[Fault]:
    """A fault for each column that is nothing; `named`: what else may have been meant."""
    names = [*named, *(name for name in FIELD_OF if name not in ADDED), *dimensions.values()]
    faults = []
    for column in columns:
        if column.field is None and column.dimension is None and column.head.strip():
            meant = closest(column.head, names)
            faults.append(
                Fault(
                    "unknown_column",
                    f"`{shown(column.head)}` is no column that is understood, and no dimension here",
                    row=row,
                    column=shown(column.head),
                    suggestion=did_you_mean(meant) if meant else None,
                    context={"given": shown(column.head), **({"meant": meant} if meant else {})},
                )
            )
    return faults


def _duplicate(columns: list[Column], row: int) -> list[Fault]:
    faults, seen = [], set[str]()
    for column in columns:
        name = column.field or column.dimension
        if name is not None and name in seen and name not in ADDED:
            sentence = f"there are two columns for `{name}`"
            faults.append(Fault("duplicate_column", sentence, row=row, column=shown(column.head), context={"column": name}))
        seen.add(name or "")
    return faults


def _missing(columns: list[Column], row: int) -> list[Fault]:
    fields = {column.field for column in columns}
    absent = [name for name in ("indicator", "period") if name not in fields]
    if not fields.intersection(MEASURES):
        absent.append("value")
    sentence = "there is no column `{}`"
    return [Fault("missing_column", sentence.format(name), row=row, column=name, context={"column": name}) for name in absent]


def refused_header(faults: list[Fault]) -> Refused:
    """The refusal of a file for its header, with the first hundred of what is wrong."""
    first = faults[0]
    return Refused(first.code, first.detail, faults=tuple(faults[:100]), **first.context)
