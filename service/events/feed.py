"""The journal as a feed: its entries in order and without gaps, each with the contributions that it said something of."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from service.models.contribution import LedgerEntry
from service.models.indicator import Cell
from service.models.journal import JournalEntry
from service.models.tables import table_of
from service.models.vocabulary import EntryKind
from service.records.cells import read_cells
from service.records.entries import Key
from service.records.pieces import listed

MOST_NAMED = 100
"""How many contributions an event names. What brought more is asked for itself: an import has a report."""


@dataclass(frozen=True, slots=True)
class Said:
    """What an event said of one contribution. `cell` is its codes, empty for the total."""

    key: Key
    cell: Cell
    kind: EntryKind


@dataclass(frozen=True, slots=True)
class Event:
    """One journal entry. `actor` is a number in the store, None where nobody was behind it; `subject` says in JSON what
    happened; `said` the first `MOST_NAMED` of the contributions it said something of, `has_more` whether there are others."""

    number: int
    instant: datetime
    kind: str
    actor: int | None
    subject: Mapping[str, Any]
    said: tuple[Said, ...] = ()
    has_more: bool = False


def events_after(
    connection: Connection, community_id: int, after: int, upto: int, limit: int, kinds: Collection[str] = ()
) -> list[Event]:
    """At most `limit` entries with numbers above `after` up to `upto`, of `kinds` only where any are named."""
    entry = table_of(JournalEntry)
    return _events(connection, community_id, kinds, entry.c.number > after, entry.c.number <= upto, entry.c.number, limit)


def events_before(
    connection: Connection, community_id: int, before: int, limit: int, kinds: Collection[str] = ()
) -> list[Event]:
    """At most `limit` entries with numbers below `before`, the last one first, of `kinds` only where any are named."""
    number = table_of(JournalEntry).c.number
    return _events(connection, community_id, kinds, number > 0, number < before, number.desc(), limit)


def _events(
    connection: Connection,
    community_id: int,
    kinds: Collection[str],
    above: ColumnElement[bool],
    below: ColumnElement[bool],
    order: ColumnElement[Any],
    limit: int,
) -> list[Event]:
    entry = table_of(JournalEntry)
    chosen = select(entry.c.number, entry.c.instant, entry.c.kind, entry.c.actor, entry.c.subject, entry.c.batch).where(
        entry.c.community_id == community_id, above, below
    )
    if kinds:
        chosen = chosen.where(entry.c.kind.in_(listed(kinds)))
    rows = connection.execute(chosen.order_by(order).limit(limit)).all()
    brought = {row.batch: _brought(connection, community_id, row.batch) for row in rows if row.batch is not None}
    cells = read_cells(connection, community_id, {key.cell for found in brought.values() for key, _ in found})
    return [
        Event(
            *row[:5],
            said=tuple(Said(key, cells[key.cell], kind) for key, kind in brought.get(row.batch, [])[:MOST_NAMED]),
            has_more=len(brought.get(row.batch, [])) > MOST_NAMED,
        )
        for row in rows
    ]


def _brought(connection: Connection, community_id: int, batch: int) -> list[tuple[Key, EntryKind]]:
    """What a batch says of contributions, and one more than is named where there are more."""
    ledger = table_of(LedgerEntry)
    columns = [ledger.c[name] for name in Key._fields]
    chosen = select(*columns, ledger.c.kind).where(ledger.c.community_id == community_id, ledger.c.batch == batch)
    rows = connection.execute(chosen.order_by(*columns).limit(MOST_NAMED + 1))
    return [(Key(*row[:-1]), EntryKind(row[-1])) for row in rows]
