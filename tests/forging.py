"""What somebody can do who writes to the database past the service, and knows how it makes its hashes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, select, text, update

from service.database import Database
from service.models.community import Community
from service.models.contribution import CellRow
from service.models.journal import JournalEntry
from service.models.tables import table_of
from service.records.batches import digest_of_batch
from service.records.cells import codes_of
from service.records.content import entry_digest, entry_hash
from service.records.verification import Receipt, lines_of_entries, verify


@contextmanager
def tampered(database: Database) -> Iterator[Connection]:
    """A transaction of an owner of the database, who turns off what would stop them. It is undone."""
    with database.engine.connect() as connection:
        if database.is_sqlite:
            connection.connection.cursor().execute("PRAGMA foreign_keys = OFF")
        else:
            connection.execute(text("SET ROLE NONE; SET session_replication_role = replica"))
        yield connection
        connection.rollback()
        connection.invalidate()  # What was turned off must not be met again by whoever is given this connection next.


def verified(connection: Connection, receipts: Sequence[Receipt] = ()) -> list[str]:
    """What `verify` finds, for who goes on past the service afterwards: it takes on the service's role, of one community."""
    found = verify(connection, receipts)
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT set_config('role', 'none', true)"))
    return found


def rechain(connection: Connection, community_id: int, code: str) -> None:
    """Take every digest and hash of a community's journal anew, and let the head say so: a chain that holds in itself."""
    entry, head, cell = table_of(JournalEntry), table_of(Community), table_of(CellRow)
    numbers = connection.execute(select(cell.c.number).where(cell.c.community_id == community_id)).scalars().all()
    lines, _ = lines_of_entries(connection, community_id, codes_of(connection, community_id, numbers))
    previous: bytes | None = None
    chosen = select(entry).where(entry.c.community_id == community_id).order_by(entry.c.number)
    for row in connection.execute(chosen).all():
        ledger = None if row.batch is None else digest_of_batch(connection, community_id, row.batch)
        values = row._asdict() | {"digest": entry_digest(lines.get(row.number, []), ledger), "previous": previous}
        previous = entry_hash(code, values)
        connection.execute(
            update(entry)
            .where(entry.c.community_id == community_id, entry.c.number == row.number)
            .values(digest=values["digest"], previous=values["previous"], hash=previous)
        )
        ends = {"last_number": row.number, "last_instant": row.instant, "last_hash": previous}
        connection.execute(update(head).where(head.c.community_id == community_id).values(ends))
