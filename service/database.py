"""Engines, transactions, and all that differs between SQLite and PostgreSQL.

A transaction is either a reading (one snapshot, nothing can be written) or a writing (committed when its block ends, undone
when it raises). Nothing below a request commits. Statements are SQLAlchemy Core on the tables of `models`.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, Insert, Table, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from service.errors import Unavailable, Unsettled, refused
from service.row_security import take_on_role
from service.turns import FileTurn

_WRITES = "jalon_writes"
_LOCK_TIMEOUT = 5.0
"""Seconds that a PostgreSQL statement waits for another transaction's lock."""
_TURN_TIMEOUT = 30.0
"""Seconds that a writer of a SQLite file stands in line."""
_PASSING_STATES = frozenset({"40001", "40P01", "53100", "53200", "53300", "55P03", "57014", "57P01", "57P02", "57P03"})
"""PostgreSQL: could not serialise, deadlock, disk or memory full, too many connections, lock not available, shutting down."""
_PASSING_CODES = frozenset(
    {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
)
LOCK_NOT_AVAILABLE = "55P03"


class Database:
    """One database and the ways to talk to it. Made by `open_database`."""

    def __init__(self, engine: Engine, turn: FileTurn | None) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._turn = turn
        reading: dict[str, Any] = {_WRITES: False}
        if not self.is_sqlite:
            reading |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._reading = engine.execution_options(**reading)
        self._writing = engine.execution_options(**{_WRITES: True})

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One snapshot of everything committed before its first statement. Writing in it is an error.

        Raises Unsettled where the database is lost or locked for too long, Unavailable where no connection is free.
        """
        with _translated(), self._reading.connect() as connection, connection.begin() as transaction:
            yield connection
            transaction.rollback()

    @contextmanager
    def audit(self) -> Iterator[Connection]:
        """A reading of all communities at once, before one is named: for who runs the service, and never for a request."""
        with self.read() as connection:
            if not self.is_sqlite:
                connection.execute(_AS_AUDITOR)
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is committed when the block ends and rolled back when it raises.

        On SQLite there is one at a time, of all processes; on PostgreSQL they meet at the rows they lock. Raises Unsettled
        where the turn or a lock does not come in time, Unavailable where no connection is free.
        """
        with _translated(), self._turn or nullcontext(), self._writing.connect() as connection:
            transaction = connection.begin()
            try:
                yield connection
            except BaseException:
                transaction.rollback()
                raise
            with _translated("outcome_unknown", "The database was lost while it was asked to commit; read again to know."):
                transaction.commit()

    @contextmanager
    def migrate(self) -> Iterator[Connection]:
        """A writing transaction in which tables may be made anew: one at a time, with SQLite's foreign keys checked at its end.

        SQLite drops and renames tables to alter them, which deletes what points to them as long as foreign keys are on. On
        PostgreSQL it runs as the user who logged in; where row security would hide rows from that user, it fails instead.
        """
        with _translated(), self._turn or nullcontext(), self._writing.connect() as connection:
            driver: Any = connection.connection.dbapi_connection
            if self.is_sqlite:
                driver.execute("PRAGMA foreign_keys = OFF")  # Has no effect once the transaction has begun.
            try:
                with connection.begin():
                    if not self.is_sqlite:
                        connection.execute(_AS_OWNER)
                        connection.execute(_ONE_MIGRATION_AT_A_TIME)
                    yield connection
                    if self.is_sqlite and (dangling := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
                        raise RuntimeError(f"the migration leaves rows of {dangling[0]} that point to nothing in {dangling[2]}")
            finally:
                if self.is_sqlite:
                    driver.execute("PRAGMA foreign_keys = ON")

    def dispose(self) -> None:
        """Close every connection. Transactions that are open go on and close theirs."""
        _close_all(self.engine)
        if self._turn is not None:
            self._turn.close()


def is_writing(connection: Connection) -> bool:
    """Whether what is read through `connection` may hold changes that are not committed yet."""
    return bool(connection.get_execution_options().get(_WRITES, True))


def open_database(
    url: str, *, pool_size: int = 40, lock_timeout: float = _LOCK_TIMEOUT, turn_timeout: float = _TURN_TIMEOUT
) -> Database:
    """The database at `url`: `sqlite:///file.db` or `postgresql://…`, which psycopg drives.

    At most `pool_size` connections are open at once. `lock_timeout` and `turn_timeout` are seconds. Nothing is asked of the
    server yet. Raises Refused (`unknown_database`) for any other kind of address.
    """
    try:
        address = make_url(url)
    except ArgumentError:
        raise refused("unknown_database", "A database is given as sqlite:///file.db or postgresql://host/name.") from None
    if address.get_backend_name() in ("postgresql", "postgres"):
        return _open_postgresql(address, pool_size, lock_timeout)
    if address.get_backend_name() == "sqlite" and address.database and address.database != ":memory:":
        return _open_sqlite(address, pool_size, turn_timeout)
    # A database in memory is another one for each connection, and has no write-ahead log: readers would block the writer.
    raise refused("unknown_database", "A database is given as sqlite:///file.db or postgresql://host/name.")


def migrate(database: Database, revision: str = "head") -> None:
    """Bring the database to `revision`: up to the newest by default, up or down to one that is named, `base` being nothing.

    Does nothing where it is there already. Raises Refused (`unknown_revision`) for one that does not exist.
    """
    config = _alembic()
    script = ScriptDirectory.from_config(config)
    try:
        wanted = None if revision == "base" else script.get_revision(revision)
    except CommandError:
        raise refused("unknown_revision", f"There is no revision {revision}.", revision=revision) from None
    with database.migrate() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        below = {step.revision for step in script.iterate_revisions(current, "base")} if current else set()
        config.attributes["connection"] = connection
        if wanted is not None and wanted.revision not in below:
            command.upgrade(config, wanted.revision)
        elif current is not None and (wanted is None or wanted.revision != current):
            command.downgrade(config, wanted.revision if wanted else "base")
    if not database.is_sqlite:
        _close_all(database.engine)  # Which role a connection takes on depends on what was migrated when it was opened.


def is_migrated(connection: Connection) -> bool:
    """Whether the database holds the newest revision, so that requests can be answered from it."""
    return MigrationContext.configure(connection).get_current_revision() == _newest_revision()


@cache
def _newest_revision() -> str | None:
    return ScriptDirectory.from_config(_alembic()).get_current_head()


def _alembic() -> Config:
    package = Path(__file__).parent
    # An installed package carries its migrations inside; in the repository they stand beside it.
    folder = next(place for place in (package / "migrations", package.parent / "migrations") if (place / "env.py").is_file())
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return config


def use_community(connection: Connection, community_id: int) -> None:
    """Say which community this transaction is about. PostgreSQL shows it the rows of no other, and none before it was said."""
    if connection.dialect.name == "postgresql":
        # `true` makes it end with the transaction, which is the only safe form where a pooler hands connections on. For those
        # the role is said again: it was taken on where the pooler led to at that time.
        connection.execute(_SET_COMMUNITY, {"role": connection.info[_ROLE], "community": str(community_id)})


def stand_in_line(connection: Connection, community_id: int) -> None:
    """Wait for the writers of this community who came before, until they end. It locks no row: it only makes the wait fair.

    PostgreSQL hands a row that was changed to whoever asks next, so that old waiters starve; its advisory locks are handed on
    in the order of asking. SQLite's writers stand in line before they begin (`turns.py`).
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_STAND_IN_LINE, {"community": community_id})


def insert_unless_there(connection: Connection, table: Table) -> Insert:
    """An insert that leaves out rows whose key is taken. On PostgreSQL it waits for who else is inserting the same key."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()


def sqlstate_of(error: DBAPIError) -> str | None:
    """PostgreSQL's five-letter state of an error; None on SQLite."""
    return getattr(error.orig, "sqlstate", None)


_ONE_MIGRATION_AT_A_TIME = text("SELECT pg_advisory_xact_lock(7481069)")
_STAND_IN_LINE = text("SELECT pg_advisory_xact_lock(7481070, CAST(:community AS integer))")
_SET_COMMUNITY = text("SELECT set_config('role', :role, true), set_config('jalon.community', :community, true)")
_AS_OWNER = text("SELECT set_config('role', 'none', true), set_config('row_security', 'off', true)")
_AS_AUDITOR = text("SELECT set_config('role', 'none', true), set_config('jalon.backup', 'on', true)")
_ROLE = "jalon_role"


@contextmanager
def _translated(
    code: str = "database_busy", detail: str = "The database was locked or lost for too long; nothing was changed."
) -> Iterator[None]:
    """Turn what trying again may mend into errors of ours. Whatever else the driver says is a mistake of ours and stays one."""
    try:
        yield
    except NoConnection as error:
        raise Unavailable("too_busy", "All connections to the database are taken.") from error
    except OperationalError as error:
        if not _passes(error):
            raise
        raise Unsettled(code, detail) from error


def _passes(error: OperationalError) -> bool:
    if isinstance(error.orig, sqlite3.Error):
        return error.orig.sqlite_errorcode & 0xFF in _PASSING_CODES
    state = sqlstate_of(error)
    return state is None or state in _PASSING_STATES  # Without a state the server did not answer at all.


def _close_all(engine: Engine) -> None:
    """Close the connections of `engine`; those in use close when they come back, or their old pool would forget them open."""
    left = engine.pool
    engine.dispose()
    event.listen(left, "checkin", lambda _, record: record.invalidate())


def _open_postgresql(address: URL, pool_size: int, lock_timeout: float) -> Database:
    # The connection that was used last is used next: a few are busy and warm, and the others keep no memory of their own.
    engine = create_engine(
        address.set(drivername="postgresql+psycopg"), pool_size=pool_size, max_overflow=0, pool_use_lifo=True
    )

    def prepare(connection: Any, record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = {int(lock_timeout * 1000)}")
            cursor.execute("SET timezone = 'UTC'")
            record.info[_ROLE] = take_on_role(cursor)
        connection.commit()

    event.listen(engine, "connect", prepare)
    return Database(engine, None)


def _open_sqlite(address: URL, pool_size: int, turn_timeout: float) -> Database:
    assert address.database is not None
    path = Path(address.database)
    engine = create_engine(
        address.set(drivername="sqlite+pysqlite"),
        pool_size=pool_size,
        max_overflow=0,
        pool_use_lifo=True,
        connect_args={"check_same_thread": False, "timeout": 5.0, "isolation_level": None},
    )

    def prepare(connection: Any, record: Any) -> None:
        # FULL: in simulated power cuts NORMAL lost acknowledged commits nearly every time, FULL never.
        # What was deleted is overwritten, or erased texts would stay readable in free pages.
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
            connection.execute(f"PRAGMA {pragma}")

    def begin(connection: Connection) -> None:
        # The driver would begin by itself, late and deferred: two transactions that both read and then write cannot both go on.
        writes = is_writing(connection)
        driver: Any = connection.connection.dbapi_connection
        driver.execute(f"PRAGMA query_only = {'OFF' if writes else 'ON'}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)
    return Database(engine, FileTurn(path.with_name(path.name + ".lock"), turn_timeout))
