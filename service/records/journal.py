"""Closing a transaction: number, instant, hash, under the community's lock."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Insert, Select, Table, Update, bindparam, insert, select, update
from sqlmodel import SQLModel

from service.database import stand_in_line, use_community
from service.errors import Conflict, NotFound
from service.indicators.register import Register
from service.indicators.settlement import Settled
from service.models.community import Community
from service.models.journal import JournalEntry
from service.models.tables import table_of, tables_in_order
from service.records.batches import append_rows, digest_of_batch, digest_of_rows, salted
from service.records.cells import codes_of
from service.records.content import entry_digest, entry_hash, line_of
from service.records.entries import LedgerRow
from service.records.moment import ReadsRegisters, entry_at
from service.records.numbers import Counter, next_number

_TICK = timedelta(microseconds=1)
_KEPT = frozenset({"actor", "objective", "indicator", "batch", "proposal"})
"""Counters that a Writing alone advances, in one statement when it closes. The others are also taken outside of one."""


class SettlesProposals(ReadsRegisters, Protocol):
    """Who also writes down what time has decided."""

    def write_settled(self, writing: "Writing", settled: Settled) -> None:
        """Close `writing` with how a proposal ended."""


@cache
def _locked_head() -> Select[Any]:
    community = table_of(Community)
    # NO KEY UPDATE keeps writers apart without holding up rows that merely point to the community.
    return select(community).where(community.c.community_id == bindparam("community")).with_for_update(key_share=True)


@cache
def _new_head(columns: frozenset[str]) -> Update:
    community = table_of(Community)
    return (
        update(community)
        .where(community.c.community_id == bindparam("community"))
        .values({column: bindparam(f"new_{column}") for column in columns})
    )


@cache
def _insert_into(table: Table) -> Insert:
    return insert(table)


class Writing:
    """A transaction that changes a community, under its lock. What it brings is written when it closes, or never.

    `number` and `instant` are those of the journal entry it will close with, `day` the community's day at that instant,
    `register` what was decided before it. Made by `begin_writing`, and for a new community by `records/founding.py`.
    """

    def __init__(self, connection: Connection, head: Any, register: Register, register_number: int, now: datetime) -> None:
        self.connection = connection
        self.community_id = register.community_id
        self.register = register
        self.now = now
        self.number: int = head.last_number + 1
        self.instant = now.astimezone(UTC) if head.last_instant is None else max(now.astimezone(UTC), head.last_instant + _TICK)
        self.day = self.instant.astimezone(ZoneInfo(register.settings.time_zone)).date()
        self._register_number = register_number
        self._previous: bytes | None = head.last_hash
        self._counters = {counter: int(getattr(head, f"last_{counter}")) for counter in _KEPT}
        self._advanced: set[str] = set()
        self._rows: list[SQLModel] = []
        self._alterations: list[Update] = []
        self._ledger: list[LedgerRow] = []
        self._closed = False

    def new_number(self, counter: Counter) -> int:
        """The next number of a per-community counter. It is free again if the transaction is undone."""
        if counter not in _KEPT:
            return next_number(self.connection, self.community_id, counter)
        self._counters[counter] += 1
        self._advanced.add(counter)
        return self._counters[counter]

    def add(self, row: SQLModel) -> None:
        """Bring a row of a table. It is written after the journal entry, and before what points to it."""
        self._rows.append(row)

    def alter(self, statement: Update) -> None:
        """Change rows that are there, when the entry has been written; its subject says how."""
        self._alterations.append(statement)

    def bring(self, rows: Sequence[LedgerRow]) -> None:
        """Bring ledger rows, all of the batch that `close` will name, each key once."""
        self._ledger += salted(rows)

    def close(
        self,
        kind: str,
        subject: dict[str, Any],
        *,
        actor: int | None,
        token: int | None,
        batch: int | None = None,
        landed: bytes | None = None,
    ) -> JournalEntry:
        """Write the journal entry and all that was brought. `subject` says in JSON what happened.

        `batch` names the ledger rows that count from now on. Where they were written beforehand, `landed` is their digest
        (`batches.digest_of_batch`, which is also asked where it is None: taking it before the lock keeps the lock short).
        """
        if self._closed:
            raise RuntimeError("a transaction is one journal entry")
        if {row.batch for row in self._ledger} - {batch}:
            raise RuntimeError("ledger rows of another batch would never count")
        if batch is not None and self._rows:
            raise RuntimeError("an entry that changes more than the ledger has no batch: registers would not be read anew")
        self._closed = True
        entry = self._entry(kind, subject, actor, token, batch, landed)
        self._write(entry)
        return entry

    def _entry(
        self, kind: str, subject: dict[str, Any], actor: int | None, token: int | None, batch: int | None, landed: bytes | None
    ) -> JournalEntry:
        ledger = landed
        if batch is not None and self._ledger:
            ledger = digest_of_rows(self.connection, self.community_id, self._ledger)
        elif batch is not None and landed is None:
            ledger = digest_of_batch(self.connection, self.community_id, batch)
        values: dict[str, Any] = {
            "community_id": self.community_id,
            "number": self.number,
            "instant": self.instant,
            "register_number": self.number if batch is None else self._register_number,
            "kind": kind,
            "actor": actor,
            "token": token,
            "batch": batch,
            "subject": subject,
            "digest": entry_digest(self._lines(), ledger),
            "previous": self._previous,
        }
        return JournalEntry(**values, hash=entry_hash(self.register.code, values))

    def _lines(self) -> list[str]:
        named = {cell for row in self._rows if (cell := getattr(row, "cell", None)) is not None}
        cells = codes_of(self.connection, self.community_id, named) if named else {}
        return [line_of(table_of(type(row)), values_of(row), cells) for row in self._rows]

    def _write(self, entry: JournalEntry) -> None:
        brought: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in (entry, *self._rows):
            brought[table_of(type(row)).name].append(values_of(row))
        for table in tables_in_order():
            if table.name in brought:
                self.connection.execute(_insert_into(table), brought[table.name])
        for statement in self._alterations:
            self.connection.execute(statement)
        append_rows(self.connection, self.community_id, self._ledger)
        head: dict[str, Any] = {"last_number": entry.number, "last_instant": entry.instant, "last_hash": entry.hash}
        head |= {f"last_{counter}": self._counters[counter] for counter in self._advanced}
        values = {f"new_{column}": value for column, value in head.items()}
        self.connection.execute(_new_head(frozenset(head)), {"community": self.community_id, **values})


def begin_writing(
    connection: Connection, community_id: int, now: datetime, registers: SettlesProposals, *, even_closed: bool = False
) -> Writing:
    """Take the community's lock, which the transaction holds to its end, and say what stands. Its community is set.

    Proposals whose time has come are decided first, each by an entry of its own.

    Raises NotFound (`unknown_community`), and Conflict (`community_closed`) where its work has ended, unless `even_closed`.
    Whatever is to be decided upon must be read after this call.
    """
    use_community(connection, community_id)
    stand_in_line(connection, community_id)
    while True:
        head = connection.execute(_locked_head(), {"community": community_id}).first()
        if head is None:
            raise NotFound("unknown_community", "There is no such community.")
        # A statement of its own: one that waited for the lock would join the entry that was last before the wait.
        last = entry_at(connection, community_id, None)
        register = registers.standing(connection, community_id, last.register_number, last.register_hash)
        writing = Writing(connection, head, register, last.register_number, now)
        due = registers.settled(connection, register, last, writing.instant)
        if not due:
            if register.settings.closed and not even_closed:
                raise Conflict("community_closed", "This community has ended its work: it is read, and written no more.")
            return writing
        # One at a time: each has an entry of its own, and the next is decided upon what it left.
        registers.write_settled(Writing(connection, head, register, last.register_number, due[0].instant), due[0])


def values_of(row: SQLModel) -> dict[str, Any]:
    """The columns of a row and their values. Rows of models check nothing by themselves."""
    return {column.name: getattr(row, column.key) for column in table_of(type(row)).columns}
