"""Reads the ledger of one indicator as columns: by the key that it is kept under, and no more of it than a question needs."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, Select, bindparam, select, type_coerce, union_all
from sqlalchemy.types import NullType

from service.indicators.columns import Columns, Measures
from service.indicators.register import Register
from service.models.contribution import LedgerEntry
from service.models.indicator import Cell
from service.models.journal import JournalEntry
from service.models.period import FREQUENCIES, Period, Window
from service.models.tables import table_of
from service.records.cells import read_cells

_NUMBERS = ("period", "actor", "cell", "batch", "kind", "version")
_PIECE = 500
"""How many batches one statement names."""
_NOT_YET = (2**62, datetime.max.replace(tzinfo=UTC))
"""Stands for the entry that a batch waits for, while there is none."""


class LedgerReader:
    """Reads what counts up to one entry of a community's journal. What several indicators share is read once."""

    def __init__(self, connection: Connection, register: Register, number: int) -> None:
        self._connection = connection
        self._community_id = register.community_id
        self._actors = {known.number: code for code, known in register.actors.items()}
        self._number = number
        self._entries: dict[int, tuple[int, datetime]] = {}
        self._cells: dict[int, Cell] = {0: ()}

    def read(
        self, indicator: int, measures: Sequence[str], actors: Collection[int] | None = None, days: Window | None = None
    ) -> Columns:
        """The entries of an indicator, `measures` of them: all, or those of `actors`, of periods that have one of `days`."""
        asked: dict[str, Any] = {"community": self._community_id, "indicator": indicator}
        if actors is not None:
            asked["actors"] = sorted(actors)
        if days is not None:
            asked |= _ordinals(days)
        statement = _ledger(tuple(measures), actors is not None, days is not None)
        result = self._connection.execute(statement, asked)
        assert result.cursor is not None
        # The driver's own rows: wrapping them costs as much as all else that is done with them.
        rows = result.cursor.fetchall()
        result.close()
        columns = zip(*rows, strict=True) if rows else ((),) * (len(_NUMBERS) + len(measures) + 1)
        period, actor, cell, batch, kind, version, *given, status = columns
        batches, of_batch = np.unique(np.array(batch, np.int64), return_inverse=True)
        entries = [self._entries.get(batch, _NOT_YET) for batch in self._looked_up(batches.tolist())]
        numbers = np.array([number for number, _ in entries], np.int64)
        by = [np.array(column, np.int64) for column in (cell, actor, period)]
        order = np.lexsort((*by, numbers[of_batch]))
        order = order[numbers[of_batch[order]] <= self._number]
        periods, of_period = np.unique(by[2][order], return_inverse=True)
        actors_there, of_actor = np.unique(by[1][order], return_inverse=True)
        cells, of_cell = np.unique(by[0][order], return_inverse=True)
        said = [status[row] for row in order.tolist()] if any(status) else None
        return Columns(
            actors=[self._actors[number] for number in actors_there.tolist()],
            periods=[Period.from_number(number) for number in periods.tolist()],
            cells=self._cells_of(cells.tolist()),
            entries_at=entries,
            actor=of_actor,
            period=of_period,
            cell=of_cell,
            journal=of_batch[order],
            kind=np.array(kind, np.int64)[order],
            version=np.array(version, np.int64)[order],
            measures={name: _decimals(column)[order] for name, column in zip(measures, given, strict=True)},
            status=said,
        )

    def _looked_up(self, batches: Sequence[int]) -> Sequence[int]:
        """The same `batches`, with the number and instant of the journal entry that makes each count in `_entries`."""
        unknown = [batch for batch in batches if batch not in self._entries]
        for start in range(0, len(unknown), _PIECE):
            asked = {"community": self._community_id, "batches": unknown[start : start + _PIECE]}
            for batch, number, instant in self._connection.execute(_journal(), asked):
                self._entries[batch] = number, instant
        return batches

    def _cells_of(self, numbers: Sequence[int]) -> list[Cell]:
        unknown = [number for number in numbers if number not in self._cells]
        if unknown:
            self._cells |= read_cells(self._connection, self._community_id, unknown)
        return [self._cells[number] for number in numbers]


def _decimals(column: Sequence[Any]) -> Measures:
    """Decimals as they are, and those of SQLite from their texts; None stays None."""
    made = np.empty(len(column), object)
    if not any(isinstance(given, str) for given in column):
        made[:] = column
    elif None in column:
        made[:] = [None if given is None else Decimal(given) for given in column]
    else:
        made[:] = list(map(Decimal, column))
    return made


def _ordinals(days: Window) -> dict[str, int]:
    """The first and the last period of each frequency that has one of these days."""
    found = {}
    for frequency in FREQUENCIES:
        found[f"first_{frequency}"] = Period.containing(frequency, days.first_day).number
        found[f"last_{frequency}"] = Period.containing(frequency, days.last_day).number
    return found


# Statements are built once: building one costs more than sending it.
@cache
def _ledger(measures: tuple[str, ...], of_actors: bool, of_days: bool) -> Any:
    """No order is asked for, and measures come as the driver has them: sorting and converting columns is cheaper."""
    ledger = table_of(LedgerEntry)
    raw: list[ColumnElement[Any]] = [type_coerce(ledger.c[name], NullType()).label(name) for name in measures]
    chosen = select(*(ledger.c[name] for name in _NUMBERS), *raw, ledger.c.observation_status).where(
        ledger.c.community_id == bindparam("community"), ledger.c.indicator == bindparam("indicator")
    )
    if of_actors:
        chosen = chosen.where(ledger.c.actor.in_(bindparam("actors", expanding=True)))
    if not of_days:
        return chosen
    # One stretch of the key per frequency: an engine given them as alternatives reads all periods.
    return union_all(
        *(
            chosen.where(ledger.c.period.between(bindparam(f"first_{frequency}"), bindparam(f"last_{frequency}")))
            for frequency in FREQUENCIES
        )
    )


@cache
def _journal() -> Select[Any]:
    entry = table_of(JournalEntry)
    return select(entry.c.batch, entry.c.number, entry.c.instant).where(
        entry.c.community_id == bindparam("community"), entry.c.batch.in_(bindparam("batches", expanding=True))
    )
