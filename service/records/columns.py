"""Reads the ledger of one indicator as columns: by the key that it is kept under, and no more of it than a question needs."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
from sqlalchemy import BigInteger, ColumnElement, Connection, Select, bindparam, cast, select, type_coerce, union_all
from sqlalchemy.types import NullType

from service.indicators.columns import Columns, Measures, Places, distinct
from service.indicators.register import Register
from service.models.contribution import LedgerEntry
from service.models.indicator import Cell
from service.models.journal import JournalEntry
from service.models.period import FREQUENCIES, Period, Window
from service.models.tables import table_of
from service.records.cells import read_cells
from service.records.pieces import listed, pieces

_PACKED = 3
"""How many columns hold the numbers of a row: the period; actor and cell in one; batch, version and kind in one. To make a
Python number of each of six costs more than all that is computed with them."""
_ACTOR, _CELL = 31, 2**31 - 1
"""Bits of the cell, below those of the actor."""
_VERSION, _BATCH, _KIND = 3, 23, 2**3 - 1
"""Bits below the version and below the batch; what is left of them is the kind."""
_UP_TO_BATCH = 2 ** (_BATCH - _VERSION) - 1
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
        self,
        indicator: int,
        measures: Sequence[str],
        actors: Collection[int] | None = None,
        days: Window | None = None,
        *,
        with_status: bool = False,
    ) -> Columns:
        """The entries of an indicator, `measures` of them: all, or those of `actors`, of periods that have one of `days`.

        Without `with_status` the observation status, which no figure depends on, is not read and passes for normal.
        """
        asked: dict[str, Any] = {"community": self._community_id, "indicator": indicator}
        if actors is not None:
            asked["actors"] = listed(actors)
        if days is not None:
            asked |= _ordinals(days)
        fields = (*measures, "observation_status") if with_status else tuple(measures)
        result = self._connection.execute(_ledger(fields, actors is not None, days is not None), asked)
        assert result.cursor is not None
        # The driver's own rows: wrapping them costs as much as all else that is done with them.
        rows = result.cursor.fetchall()
        result.close()
        columns = zip(*rows, strict=True) if rows else ((),) * (_PACKED + len(fields))
        period, where, said, *given = columns
        packed = [np.array(column, np.int64) for column in (period, where, said)]
        return self._columns(packed, dict(zip(fields, given, strict=True)))

    def _columns(self, packed: Sequence[Places], given: dict[str, Sequence[Any]]) -> Columns:
        period, where, said = packed
        batches, of_batch = distinct(said >> _BATCH)
        entries = self._entries_of(batches.tolist())
        number = np.array([number for number, _ in entries], np.int64)[of_batch]
        order = np.flatnonzero(number <= self._number)
        if len(batches) > 1 or not _is_in_order(period, where):  # What one import brought comes as it is kept: in order.
            order = order[np.lexsort((where[order], period[order], number[order]))]
        period, where, said, of_batch = (column[order] for column in (period, where, said, of_batch))
        periods, of_period = distinct(period)
        actors, of_actor = distinct(where >> _ACTOR)
        cells, of_cell = distinct(where & _CELL)
        status = given.pop("observation_status", ())
        return Columns(
            actors=[self._actors[actor] for actor in actors.tolist()],
            periods=[Period.from_number(one) for one in periods.tolist()],
            cells=self._cells_of(cells.tolist()),
            entries_at=entries,
            actor=of_actor,
            period=of_period,
            cell=of_cell,
            journal=of_batch,
            kind=said & _KIND,
            version=(said >> _VERSION) & _UP_TO_BATCH,
            measures={name: _decimals(column)[order] for name, column in given.items()},
            status=[status[row] for row in order.tolist()] if any(status) else None,
        )

    def _entries_of(self, batches: Sequence[int]) -> list[tuple[int, datetime]]:
        """The number and instant of the journal entry that makes each of `batches` count."""
        for piece in pieces([batch for batch in batches if batch not in self._entries]):
            asked = {"community": self._community_id, "batches": piece}
            for batch, number, instant in self._connection.execute(_journal(), asked):
                self._entries[batch] = number, instant
        return [self._entries.get(batch, _NOT_YET) for batch in batches]

    def _cells_of(self, numbers: Sequence[int]) -> list[Cell]:
        unknown = [number for number in numbers if number not in self._cells]
        if unknown:
            self._cells |= read_cells(self._connection, self._community_id, unknown)
        return [self._cells[number] for number in numbers]


def _is_in_order(first: Places, second: Places) -> bool:
    """Whether rows are in the order of `first`, and of `second` where that is the same."""
    return bool(((first[1:] > first[:-1]) | ((first[1:] == first[:-1]) & (second[1:] >= second[:-1]))).all())


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
def _ledger(fields: tuple[str, ...], of_actors: bool, of_days: bool) -> Any:
    """No order is asked for, and measures come as the driver has them: sorting and converting columns is cheaper."""
    ledger = table_of(LedgerEntry)
    where = (cast(ledger.c.actor, BigInteger) * 2**_ACTOR + ledger.c.cell).label("where")
    kind = cast(ledger.c.version, BigInteger) * 2**_VERSION + ledger.c.kind
    said = (ledger.c.batch * 2**_BATCH + kind).label("said")
    raw: list[ColumnElement[Any]] = [type_coerce(ledger.c[name], NullType()).label(name) for name in fields]
    chosen = select(ledger.c.period, where, said, *raw).where(
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
