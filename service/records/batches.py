"""Ledger rows in bulk: written under a batch number, counting once a journal entry names it, swept where none ever does."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Select, delete, select, tuple_

from service.indicators.carried import MEASURES
from service.models.contribution import LedgerEntry
from service.models.journal import JournalEntry
from service.models.measure import ExactDecimal
from service.models.tables import table_of
from service.records.bulk import COLUMNS, measure_as_text, write_columns
from service.records.cells import codes_of
from service.records.content import LedgerDigest
from service.records.entries import Key, LedgerRow
from service.records.pieces import pieces

_MEASURES = tuple(map(COLUMNS.index, MEASURES))
_DECIMAL = ExactDecimal()
_FETCHED = 5_000
_SWEPT = 2_000


def append_rows(connection: Connection, community_id: int, rows: Sequence[LedgerRow]) -> None:
    """Write ledger rows. They count once a journal entry names their batch, and not before.

    A row with a text and no salt gets one: where the digest is taken from the same rows, give them theirs with `salted`
    before. Raises LookupError for an indicator, actor or cell that does not exist, IntegrityError for a key twice in a batch.
    """
    if rows:
        write_columns(connection, list(zip(*(_stored(connection, community_id, row) for row in salted(rows)), strict=True)))


def append_columns(connection: Connection, community_id: int, columns: Sequence[Sequence[Any]]) -> None:
    """Write ledger rows given column by column, in the order of LedgerRow: many at a time, as imports bring them.

    Measures are canonical texts, and texts have their salts. Raises what `append_rows` raises.
    """
    if columns[0]:
        write_columns(connection, [[community_id] * len(columns[0]), *columns])


def salted(rows: Iterable[LedgerRow]) -> list[LedgerRow]:
    """The rows, those with a text with a salt of their own: a short text could be guessed from a bare digest."""
    return [
        row
        if row.salt is not None or (row.comment is None and row.evidence is None)
        else row._replace(salt=secrets.token_bytes(16))
        for row in rows
    ]


def rows_of(connection: Connection, community_id: int, batch: int) -> Iterator[LedgerRow]:
    """The rows of a batch, counting or not, in the order of their keys."""
    ledger = table_of(LedgerEntry)
    chosen = select(*(ledger.c[name] for name in LedgerRow._fields))
    for row in connection.execute(_in_order(chosen, community_id, batch)).yield_per(_FETCHED):
        yield LedgerRow(*row)


def _in_order(chosen: Select[Any], community_id: int, batch: int) -> Select[Any]:
    ledger = table_of(LedgerEntry)
    ordered = chosen.where(ledger.c.community_id == community_id, ledger.c.batch == batch)
    return ordered.order_by(ledger.c.indicator, ledger.c.period, ledger.c.actor, ledger.c.cell)


def digest_of_batch(connection: Connection, community_id: int, batch: int) -> bytes:
    """The digest of the rows that a batch holds, for `Writing.close(landed=…)`. Nobody may add to it afterwards."""
    ledger = table_of(LedgerEntry)
    used = select(ledger.c.cell).where(ledger.c.community_id == community_id, ledger.c.batch == batch).distinct()
    digest = LedgerDigest(codes_of(connection, community_id, connection.execute(used).scalars().all()))
    # A million decimals made only to be written out again take longer than all the rest.
    columns = (
        measure_as_text(connection, ledger.c[name]) if name in MEASURES else ledger.c[name] for name in LedgerRow._fields
    )
    found = connection.execute(_in_order(select(*columns), community_id, batch)).yield_per(_FETCHED)
    for rows in found.partitions():
        digest.add_all(rows)
    return digest.value()


def digest_of_rows(connection: Connection, community_id: int, rows: Iterable[LedgerRow]) -> bytes:
    """The digest of rows of one batch that are about to be written, salts included."""
    ordered = sorted(rows, key=lambda row: row[:4])
    digest = LedgerDigest(codes_of(connection, community_id, {row.cell for row in ordered}))
    digest.add_all(ordered)
    return digest.value()


def sweep(connection: Connection, community_id: int, batch: int, limit: int = _SWEPT) -> int:
    """Delete at most `limit` rows of a batch that no journal entry names, and say how many it were; 0: nothing is left.

    Rows that count are never touched, whatever number is given.
    """
    ledger, entry = table_of(LedgerEntry), table_of(JournalEntry)
    named = select(entry.c.number).where(entry.c.community_id == community_id, entry.c.batch == batch)
    if connection.execute(named).first() is not None:
        return 0
    keys = (ledger.c.indicator, ledger.c.period, ledger.c.actor, ledger.c.cell)
    found = connection.execute(
        select(*keys).where(ledger.c.community_id == community_id, ledger.c.batch == batch).order_by(*keys).limit(limit)
    ).all()
    remove_rows(connection, community_id, batch, [Key(*row) for row in found])
    return len(found)


def remove_rows(connection: Connection, community_id: int, batch: int, keys: Sequence[Key]) -> None:
    """Take keys out of a batch that no journal entry names yet: they turned out to bring nothing new."""
    ledger = table_of(LedgerEntry)
    columns = tuple_(ledger.c.indicator, ledger.c.period, ledger.c.actor, ledger.c.cell)
    for piece in pieces(keys):
        connection.execute(
            delete(ledger).where(ledger.c.community_id == community_id, ledger.c.batch == batch, columns.in_(piece))
        )


def _stored(connection: Connection, community_id: int, row: LedgerRow) -> tuple[Any, ...]:
    values: list[Any] = [community_id, *row]
    for place in _MEASURES:
        if values[place] is not None:
            values[place] = _DECIMAL.process_bind_param(values[place], connection.dialect)
    return tuple(values)


def indicators_of_batch(connection: Connection, community_id: int, batch: int) -> list[int]:
    """The numbers of the indicators that a batch has rows of, in order."""
    ledger = table_of(LedgerEntry)
    chosen = select(ledger.c.indicator).where(ledger.c.community_id == community_id, ledger.c.batch == batch)
    return list(connection.execute(chosen.distinct().order_by(ledger.c.indicator)).scalars())
