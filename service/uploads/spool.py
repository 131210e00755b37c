"""What has been judged and waits to be written: on disk, so that five million rows take no more memory than five."""

import heapq
import json
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import IO, Any, Self

from service.errors import Fault

FIRST_FAULTS = 100
"""How many faults an answer shows; the report has them all."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows that can be recorded, column by column: the row's number, its key (`cell` is the verdict's own number of a cell),
    the version in force, and what it carries; measures are canonical texts, None where there is none."""

    row: list[int]
    indicator: list[int]
    period: list[int]
    actor: list[int]
    cell: list[int]
    version: list[int]
    value: list[str | None]
    numerator: list[str | None]
    denominator: list[str | None]
    weight: list[str | None]
    observation_status: list[str]
    comment: list[str | None]
    evidence: list[str | None]

    def only(self, places: list[int]) -> "Piece":
        """The rows at these places."""
        return Piece(*([column[place] for place in places] for column in self.columns()))

    def columns(self) -> list[list[Any]]:
        """All columns, in the order of the fields."""
        return [getattr(self, name) for name in Piece.__slots__]


class Spool:
    """A temporary file of JSON lines. It is gone when it is closed."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`

    def write(self, content: Any) -> None:
        """Adds one line."""
        self._file.write(json.dumps(content, separators=(",", ":")).encode() + b"\n")

    def read(self) -> Iterator[Any]:
        """All lines from the first. One reading at a time."""
        self._file.flush()
        self._file.seek(0)
        for line in self._file:
            yield json.loads(line)

    def close(self) -> None:
        """Drops the file."""
        self._file.close()


class Pieces:
    """Rows that wait to be written, without those that were struck out after they had been put here."""

    def __init__(self) -> None:
        self._spool = Spool()
        self._out: frozenset[int] = frozenset()

    def add(self, piece: Piece) -> None:
        """Puts rows at the end."""
        self._spool.write(piece.columns())

    def strike(self, rows: Iterable[int]) -> None:
        """Leaves out these rows from now on."""
        self._out = self._out.union(rows)

    def read(self) -> Iterator[Piece]:
        """All of them, in the order they came."""
        for columns in self._spool.read():
            piece = Piece(*columns)
            if self._out:
                piece = piece.only([place for place, row in enumerate(piece.row) if row not in self._out])
            if piece.row:
                yield piece

    def close(self) -> None:
        """Drops them."""
        self._spool.close()


class Faults:
    """Everything wrong with a file, row by row, in the order of its rows."""

    def __init__(self) -> None:
        self._spool = Spool()
        self._late: list[Fault] = []
        self.rows = 0

    def add(self, faults: Iterable[Fault]) -> None:
        """The faults of one row. Rows come in their order."""
        self.rows += 1
        self._spool.write([asdict(fault) for fault in faults])

    def add_late(self, fault: Fault) -> None:
        """The only fault of a row that was found out after later rows had been judged."""
        self.rows += 1
        self._late.append(fault)

    def read(self) -> Iterator[Fault]:
        """All of them by row."""
        early = (Fault(**fault) for line in self._spool.read() for fault in line)
        return heapq.merge(early, sorted(self._late, key=_row), key=_row)

    def first(self, count: int = FIRST_FAULTS) -> list[Fault]:
        """The first of them by row."""
        return [fault for fault, _ in zip(self.read(), range(count), strict=False)]

    def close(self) -> None:
        """Drops them."""
        self._spool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _row(fault: Fault) -> int:
    return fault.row or 0
