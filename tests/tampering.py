"""One thing altered at random in a database, past the service; and which journal entry that makes another than it was.

Every column of every table is altered, save those of which `UNHEARD` says why nobody has to hear of it: a new column falls in
by itself. What an alteration touches is told here from the rows alone, not by the service's digests.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy import Column, Connection, Table, and_, delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from service.models.instant import InstantColumn
from service.models.measure import ExactDecimal
from service.models.tables import METADATA
from service.models.text import JsonText

_CREDENTIAL = "a credential: who may ask, not what was recorded; it is revoked and expires outside of the journal"
_PASSING = "it passes: kept for a day, or until the work is done"
_RECEIPT = "what a file looked like to the import; what it brought is in the ledger, and the entry says its SHA-256"
_MADE_AGAIN = "it says nothing that the journal does not, and could be made of it again"
UNHEARD: dict[str, str] = {
    "token": _CREDENTIAL,
    "operator_token": _CREDENTIAL,
    "person": _CREDENTIAL,
    "invitation": _CREDENTIAL,
    "idempotency_key": _PASSING,
    "job": _PASSING,
    "webhook": _CREDENTIAL,
    "webhook_turn": _PASSING,
    "digest_recipient": "whom to write to: people's addresses have to be able to go, and are no part of what was recorded",
    "alert": _MADE_AGAIN,
    "alert_watch": _MADE_AGAIN,
    "upload_part": _RECEIPT,
    **{
        f"upload.{column}": _RECEIPT
        for column in (
            "actor", "token", "on_behalf", "status", "options", "filename", "sha256", "size", "progress", "rows", "unchanged",
            "folded", "rejected", "errors", "created_at", "finished_at",
        )
    },
}  # fmt: skip
"""Tables and columns that may be altered unheard, and why."""
RUN_AHEAD = frozenset({"last_cell", "last_batch", "last_upload", "last_token"})
"""Counters that a transaction may take a number from that comes to nothing: they are heard when they fall behind."""
ENDINGS = frozenset({"status", "decided_journal", "decided_at", "decided_by", "decision"})
"""Columns of a round that a later entry fills in."""
FIRST_SAID = {"actor": ("membership", "actor"), "objective": ("objective_state", "objective"),
              "indicator": ("indicator_version", "indicator")}  # fmt: skip
"""What came with the first entry that says something of it, and where that is said."""
Row = Mapping[str, Any]
Place = tuple[int, int]
"""A community and an entry of its journal."""


@dataclass(frozen=True)
class Tampering:
    """What was altered. `touched`: the entries that are no longer what they were; none where it is no entry's.

    `column` is that of a single value. `in_chain`: whether hashes taken anew would hide it from the chain.
    """

    what: str
    table: str
    column: str | None
    touched: frozenset[Place]
    in_chain: bool


def heard_columns() -> list[Column[Any]]:
    """Every column of which an alteration must be found."""
    return [
        column
        for table in METADATA.sorted_tables
        for column in table.columns
        if table.name not in UNHEARD and f"{table.name}.{column.name}" not in UNHEARD
    ]


class Tamperer:
    """Alters a database that holds `rows`, one thing at a time; each to be undone before the next."""

    def __init__(self, connection: Connection, random: Random) -> None:
        self.connection, self.random = connection, random
        self.columns = heard_columns()
        self.tables = list(dict.fromkeys(column.table for column in self.columns))
        self.rows: dict[str, list[Row]] = {
            table.name: [dict(row._mapping) for row in connection.execute(select(table))] for table in METADATA.sorted_tables
        }
        self.rows["upload"] = [row for row in self.rows["upload"] if row["journal"] is not None]
        self._last: dict[int, int] = {row["community_id"]: row["last_number"] for row in self.rows["community"]}
        self._by_batch = {
            (row["community_id"], row["batch"]): row["number"] for row in self.rows["journal_entry"] if row["batch"] is not None
        }
        self._cells_used: dict[Place, int] = {}
        for table in METADATA.sorted_tables:
            for row in self.rows[table.name] if "cell" in table.c else []:
                for entry in self._entries(table.name, row, None):
                    key = row["community_id"], row["cell"]
                    self._cells_used[key] = min(entry[1], self._cells_used.get(key, entry[1]))
        # A cell that nothing was reported of says nothing yet.
        self.rows["cell"] = [row for row in self.rows["cell"] if (row["community_id"], row["number"]) in self._cells_used]

    def of_column(self, column: Column[Any]) -> Tampering:
        """Alters one value of a column. Raises LookupError where no row of it can be altered."""
        table = column.table
        assert isinstance(table, Table)
        rows = self.random.sample(self.rows[table.name], len(self.rows[table.name]))
        for row in rows:
            for value in self._others(column, row):
                if self._done(update(table).where(_is(table, row)).values({column.name: value})):
                    new = {**row, column.name: value}
                    what = f"{table.name}.{column.name}: {_short(row[column.name])} became {_short(value)}"
                    return self._tampering(what, table, column.name, row, new)
        raise LookupError(f"{table.name}.{column.name} has no row that could be altered")

    def at_random(self) -> Tampering:
        """Alters a value, swaps two, takes a row away or puts one there."""
        while True:
            do = self.random.choice((self._value, self._value, self._swap, self._gone, self._copy))
            savepoint = self.connection.begin_nested()
            tampering = do()
            if tampering is not None:
                savepoint.commit()
                return tampering
            savepoint.rollback()  # Of a swap the first half may be done where the second is refused.

    def _value(self) -> Tampering | None:
        try:
            return self.of_column(self.random.choice(self.columns))
        except LookupError:
            return None

    def _swap(self) -> Tampering | None:
        column = self.random.choice([one for one in self.columns if not one.primary_key and one.name not in RUN_AHEAD])
        table, name = column.table, column.name
        assert isinstance(table, Table)
        if len(self.rows[table.name]) < 2:
            return None
        one, other = self.random.sample(self.rows[table.name], 2)
        if one[name] == other[name] or table.name == "community":
            return None
        both = ((one, other[name]), (other, one[name]))
        if not all(self._done(update(table).where(_is(table, row)).values({name: value})) for row, value in both):
            return None
        touched = [self._tampering("", table, name, row, {**row, name: value}) for row, value in both]
        return Tampering(
            f"{table.name}.{name}: {_short(one[name])} and {_short(other[name])} swapped", table.name, name,
            touched[0].touched | touched[1].touched, touched[0].in_chain,
        )  # fmt: skip

    def _gone(self) -> Tampering | None:
        table = self.random.choice(self.tables)
        if not self.rows[table.name]:
            return None
        row = self.random.choice(self.rows[table.name])
        if not self._done(delete(table).where(_is(table, row))):
            return None
        return self._tampering(f"a row of {table.name} gone: {_short(row)}", table, None, row, None)

    def _copy(self) -> Tampering | None:
        table = self.random.choice([one for one in self.tables if one.name not in ("community", "community_code")])
        if not self.rows[table.name]:
            return None
        row = self.random.choice(self.rows[table.name])
        keys = [column for column in table.primary_key if column.name != "community_id"]
        key = self.random.choice(keys)
        for value in self._others(key, row):
            new = {**row, key.name: value, **({"codes": '{"sex":"X"}'} if table.name == "cell" else {})}
            if table.name in FIRST_SAID:
                new["code"] = "another"
            tampering = self._tampering(f"a row of {table.name} added: {_short(new)}", table, None, None, new)
            if table.name == "ledger_entry" and not tampering.touched:
                continue  # It waits for an entry that nobody will write, and is swept.
            if self._done(insert(table).values(new)):
                return tampering
        return None

    def _done(self, statement: Any) -> bool:
        """Whether the database took it: it refuses two rows of one key, and NULL where it is not allowed."""
        savepoint = self.connection.begin_nested()
        try:
            self.connection.execute(statement)
        except DBAPIError:
            savepoint.rollback()
            return False
        savepoint.commit()
        return True

    def _tampering(self, what: str, table: Table, column: str | None, old: Row | None, new: Row | None) -> Tampering:
        touched = {place for row in (old, new) if row is not None for place in self._entries(table.name, row, column)}
        in_chain = table.name not in ("community", "community_code", "upload") and not (
            table.name == "proposal_round" and column in ENDINGS
        )
        return Tampering(what, table.name, column, frozenset(touched), in_chain)

    def _entries(self, table: str, row: Row, column: str | None) -> Iterator[Place]:
        """The entry that a row belongs to; for a value that a later entry filled in, that one."""
        community = row["community_id"]
        if community not in self._last:
            return  # A row that was moved there belongs to nobody.
        if table == "journal_entry":
            yield community, min(row["number"], self._last[community] + 1)
        elif table == "community_code":
            if column == "code":
                yield community, 1
        elif table == "ledger_entry":
            if (community, row["batch"]) in self._by_batch:
                yield community, self._by_batch[community, row["batch"]]
        elif table == "cell":
            if (community, row["number"]) in self._cells_used:
                yield community, self._cells_used[community, row["number"]]
        elif table in FIRST_SAID:
            states, name = FIRST_SAID[table]
            of = (community, row["number"])
            said = [state["journal"] for state in self.rows[states] if (state["community_id"], state[name]) == of]
            if said:
                yield community, min(said)
        elif table == "proposal_round" and column in ENDINGS and row["decided_journal"] is not None:
            yield community, row["decided_journal"]
        elif table == "upload" and column == "undone_journal":
            if row["undone_journal"] is not None:
                yield community, row["undone_journal"]
        elif table != "community":
            journal = row["opened_journal"] if table == "proposal" else row["journal"]
            if journal is not None and not (table == "proposal_round" and column == "decided_journal"):
                yield community, journal

    def _others(self, column: Column[Any], row: Row) -> Iterator[Any]:
        """Other values that could stand there, the likeliest to be overlooked first or last by chance."""
        old = row[column.name]
        if column.name in RUN_AHEAD and column.table.name == "community":
            yield from ([0] if old else [])
            return
        others = [one[column.name] for one in self.rows[column.table.name] if one[column.name] != old]
        values = [_altered(old, self.random)] if old is not None else []
        if others:
            values.append(self.random.choice(others))
        if old is None:
            values.append(_sample(column))
        elif column.nullable:
            values.append(None)
        self.random.shuffle(values)
        yield from (value for value in values if value != old)
        if isinstance(old, int) and not isinstance(old, bool):
            yield old + 1_000  # Free where every other value makes two rows of one key.


def _sample(column: Column[Any]) -> Any:
    """Something that could stand where nothing stands."""
    if isinstance(column.type, ExactDecimal):
        return Decimal(1)
    if isinstance(column.type, InstantColumn):
        return datetime(2026, 1, 1, 9, tzinfo=UTC)
    if isinstance(column.type, JsonText):
        return {"x": 1}
    samples: dict[type, Any] = {int: 1, bytes: b"x" * 32}
    return samples.get(column.type.python_type, "x")


def _altered(value: Any, random: Random) -> Any:
    """Another value of the same kind, as little different as may be."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return max(0, value + random.choice((-1, 1, 7)))
    if isinstance(value, str):
        place = random.randrange(len(value) + 1)
        return value[:place] + ("y" if value[place : place + 1] == "x" else "x") + value[place + 1 :]
    if isinstance(value, bytes):
        place = random.randrange(len(value)) if value else 0
        return value[:place] + bytes([(value[place] if value else 0) ^ 1]) + value[place + 1 :]
    if isinstance(value, Decimal):
        return value + random.choice((Decimal("0.000000000001"), Decimal(1)))
    if isinstance(value, datetime):
        return value + timedelta(microseconds=random.choice((-1, 1)))
    if isinstance(value, date):
        return value + timedelta(days=1)
    if isinstance(value, dict):
        return _altered_object(value, random)
    if isinstance(value, list):
        return [*value, 1]
    return value


def _altered_object(value: dict[str, Any], random: Random) -> dict[str, Any]:
    if not value or random.randrange(4) == 0:
        return {**value, "x": 1}
    name = random.choice(sorted(value))
    inner = value[name]
    if inner is None or random.randrange(4) == 0:
        return {key: one for key, one in value.items() if key != name}
    return {**value, name: _altered(inner, random)}


def _is(table: Table, row: Row) -> Any:
    return and_(*(column == row[column.name] for column in table.primary_key))


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 60 else text[:57] + "…"


def journaled(tables: Sequence[Table]) -> list[Table]:
    """The tables whose rows say which entry brought them in a column `journal`."""
    return [table for table in tables if "journal" in table.c and table.name != "upload"]
