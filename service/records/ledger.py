"""Contributions in and out: what stands of a key, what was ever said of it, and which keys there are.

A ledger row counts once a journal entry names its batch. Every reading here says up to which entry, so that what counts now
is read in the same way as what counted then.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select, tuple_

from service.models.contribution import LedgerEntry
from service.models.journal import JournalEntry
from service.models.tables import table_of
from service.records.batches import append_columns as append_columns
from service.records.batches import append_rows as append_rows
from service.records.batches import digest_of_batch as digest_of_batch
from service.records.batches import remove_rows as remove_rows
from service.records.batches import rows_of as rows_of
from service.records.batches import sweep as sweep
from service.records.cells import TOTAL_CELL as TOTAL_CELL
from service.records.cells import intern_cells as intern_cells
from service.records.cells import read_cells as read_cells
from service.records.counting import counting
from service.records.entries import NEVER_REPORTED, Key, KeyState, LedgerRow
from service.records.entries import key_id as key_id
from service.records.entries import parse_key_id as parse_key_id
from service.records.journal import Writing
from service.records.pieces import listed, pieces


@dataclass(frozen=True, slots=True)
class Recorded:
    """A ledger row and the journal entry that made it count: its number, instant, kind, and who was behind it."""

    row: LedgerRow
    journal: int
    instant: datetime
    kind: str
    actor: int | None
    token: int | None


@dataclass(frozen=True, slots=True)
class Filters:
    """Which keys are wanted; None: whichever. `updated_since`: something was said of them at that instant or later."""

    indicator: int | None = None
    actors: Collection[int] | None = None
    period: int | None = None
    updated_since: datetime | None = None


def append(writing: Writing, rows: Sequence[LedgerRow]) -> None:
    """Bring ledger rows of one batch, which `writing.close` must name. In one batch a key occurs once."""
    writing.bring(rows)


def states_of(connection: Connection, community_id: int, keys: Collection[Key], number: int) -> dict[Key, KeyState]:
    """What stands of each of `keys` up to the journal entry of that number; of those never reported, `NEVER_REPORTED`."""
    wanted = sorted(set(keys))
    states = dict.fromkeys(wanted, NEVER_REPORTED)
    upto = {"community": community_id, "number": number}
    if len(wanted) == 1:
        found = connection.execute(_of_one_key(), upto | wanted[0]._asdict())
        _follow(states, found)
        return states
    for piece in pieces(wanted):
        _follow(states, connection.execute(_of_many_keys(), upto | {"keys": piece}))
    return states


def state_of(connection: Connection, community_id: int, key: Key, number: int) -> KeyState:
    """What stands of one key up to the journal entry of that number."""
    return states_of(connection, community_id, [key], number)[key]


def history_of(connection: Connection, community_id: int, key: Key, number: int) -> list[Recorded]:
    """All that was ever said of a key up to the journal entry of that number, oldest first."""
    said = connection.execute(_history(), {"community": community_id, "number": number, **key._asdict()})
    width = len(LedgerRow._fields)
    return [Recorded(LedgerRow(*row[:width]), *row[width:]) for row in said]


def histories_of(connection: Connection, community_id: int, keys: Collection[Key], number: int) -> dict[Key, list[Recorded]]:
    """All that was ever said of each of `keys` up to the journal entry of that number, oldest first."""
    found: dict[Key, list[Recorded]] = {key: [] for key in sorted(set(keys))}
    for piece in pieces(found):
        for said in connection.execute(_histories(), {"community": community_id, "number": number, "keys": piece}):
            row = LedgerRow(*said[: len(LedgerRow._fields)])
            found[row.key].append(Recorded(row, *said[len(LedgerRow._fields) :]))
    return found


def instants_of(connection: Connection, community_id: int, numbers: Collection[int]) -> dict[int, datetime]:
    """When the journal entries of these numbers were made."""
    entry = table_of(JournalEntry)
    found: dict[int, datetime] = {}
    for piece in pieces(numbers):
        chosen = select(entry.c.number, entry.c.instant).where(entry.c.community_id == community_id, entry.c.number.in_(piece))
        found |= {row.number: row.instant for row in connection.execute(chosen)}
    return found


def list_keys(
    connection: Connection,
    community_id: int,
    number: int,
    filters: Filters | None = None,
    *,
    after: Key | None = None,
    limit: int = 100,
    keep: Callable[[KeyState], bool] | None = None,
) -> list[tuple[Key, KeyState]]:
    """At most `limit` keys with their states, in the order of their numbers, from behind `after` on.

    `keep` chooses by state, which no statement can: pages are read until enough of them are found.
    """
    found: list[tuple[Key, KeyState]] = []
    while len(found) < limit:
        keys = _page(connection, community_id, number, filters or Filters(), after, limit)
        states = states_of(connection, community_id, keys, number)
        found += [(key, states[key]) for key in keys if keep is None or keep(states[key])]
        if len(keys) < limit:
            break
        after = keys[-1]
    return found[:limit]


def _page(connection: Connection, community_id: int, number: int, filters: Filters, after: Key | None, limit: int) -> list[Key]:
    ledger, entry = table_of(LedgerEntry), table_of(JournalEntry)
    columns = [ledger.c[name] for name in Key._fields]
    chosen = counting(fields=Key._fields).distinct()
    if filters.indicator is not None:
        chosen = chosen.where(ledger.c.indicator == filters.indicator)
    if filters.actors is not None:
        chosen = chosen.where(ledger.c.actor.in_(listed(filters.actors)))
    if filters.period is not None:
        chosen = chosen.where(ledger.c.period == filters.period)
    if filters.updated_since is not None:
        chosen = chosen.where(entry.c.instant >= filters.updated_since)
    if after is not None:
        chosen = chosen.where(tuple_(*columns) > tuple_(*after))
    page = chosen.order_by(*columns).limit(limit)
    return [Key(*row) for row in connection.execute(page, {"community": community_id, "number": number})]


def _follow(states: dict[Key, KeyState], rows: Iterable[Any]) -> None:
    for found in rows:
        row = LedgerRow(*found[:-1])
        states[row.key] = states[row.key].after(row, found[-1])


# Statements are built once: building one costs more than sending it.
@cache
def _of_one_key() -> Select[Any]:
    ledger, entry = table_of(LedgerEntry), table_of(JournalEntry)
    same = [ledger.c[name] == bindparam(name) for name in Key._fields]
    return counting(entry.c.number).where(*same).order_by(entry.c.number)


@cache
def _of_many_keys() -> Select[Any]:
    ledger, entry = table_of(LedgerEntry), table_of(JournalEntry)
    key = tuple_(*(ledger.c[name] for name in Key._fields))
    return counting(entry.c.number).where(key.in_(bindparam("keys", expanding=True))).order_by(entry.c.number)


@cache
def _histories() -> Select[Any]:
    ledger, entry = table_of(LedgerEntry), table_of(JournalEntry)
    key = tuple_(*(ledger.c[name] for name in Key._fields))
    columns = (entry.c.number, entry.c.instant, entry.c.kind, entry.c.actor, entry.c.token)
    return counting(*columns).where(key.in_(bindparam("keys", expanding=True))).order_by(entry.c.number)


@cache
def _history() -> Select[Any]:
    ledger, entry = table_of(LedgerEntry), table_of(JournalEntry)
    same = [ledger.c[name] == bindparam(name) for name in Key._fields]
    columns = (entry.c.number, entry.c.instant, entry.c.kind, entry.c.actor, entry.c.token)
    return counting(*columns).where(*same).order_by(entry.c.number)
