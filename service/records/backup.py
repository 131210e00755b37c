"""Backups: of a database while it is used, and back into an empty one."""

import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import inspect
from sqlalchemy.engine import URL, make_url

from service.database import open_database
from service.errors import Conflict, NotFound, Unavailable
from service.row_security import make_role


def back_up(database_url: str, file: Path) -> None:
    """Copy the database, as it is at one instant, into `file`, which must not exist. Whoever reads or writes goes on.

    Raises Conflict where the file exists, NotFound where there is no database, Unavailable where PostgreSQL's tools fail.
    """
    if file.exists():
        raise Conflict("file_exists", f"{file} exists already and is left as it is.")
    address = make_url(database_url)
    source = _sqlite_file(address) if address.get_backend_name() == "sqlite" else None
    if source is not None and not source.is_file():
        raise NotFound("no_database", f"There is no database {source}.")
    # Made before it is filled: what members told each other in confidence is not for every user of the machine.
    file.touch(0o600, exist_ok=False)
    with ExitStack() as unless_whole:
        unless_whole.callback(file.unlink)
        if source is not None:
            _copy(source, file)
        else:
            with _conninfo(address) as conninfo:
                # Row security shows a plain owner nothing, and has pg_dump fail, unless it says that it is a backup.
                dump = ("pg_dump", "--format=custom", "--no-owner", "--enable-row-security")
                _run(*dump, f"--file={file}", f"--dbname={make_conninfo(conninfo, options=_as_backup(conninfo))}")
        unless_whole.pop_all()


def restore(database_url: str, file: Path) -> None:
    """Bring back what `back_up` kept, into a database that is empty.

    On a PostgreSQL server that has no role for the service yet, it is made first. Where this user may make none, the backup
    comes without what that role was granted, and row security stands alone.

    Raises Conflict where it is not, NotFound where there is no such file, Unavailable where PostgreSQL's tools fail.
    """
    if not file.is_file():
        raise NotFound("no_backup", f"There is no file {file}.")
    database = open_database(database_url)
    try:
        with database.read() as connection:
            tables = inspect(connection).get_table_names()
        if tables:
            raise Conflict("database_not_empty", "The database is not empty; a backup is restored into an empty one only.")
        granted = True
        if not database.is_sqlite:
            with database.migrate() as connection:
                granted = make_role(connection)
    finally:
        database.dispose()
    address = make_url(database_url)
    if address.get_backend_name() == "sqlite":
        _copy(file, _sqlite_file(address))
    else:
        with _conninfo(address) as conninfo:
            flags = ["--exit-on-error", "--single-transaction", "--no-owner", *([] if granted else ["--no-privileges"])]
            _run("pg_restore", *flags, f"--dbname={conninfo}", str(file))


def _as_backup(conninfo: str) -> str:
    return f"{conninfo_to_dict(conninfo).get('options', '')} -c jalon.backup=on".strip()


def _copy(source: Path, target: Path) -> None:
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as reads,
        closing(sqlite3.connect(target)) as writes,
    ):
        try:
            reads.execute("PRAGMA schema_version")
        except sqlite3.DatabaseError:
            raise Conflict("not_a_backup", f"{source} is no backup of such a database.") from None
        reads.backup(writes)
        # One file that holds everything: a write-ahead log left beside it would be forgotten when it is carried away.
        writes.execute("PRAGMA journal_mode = DELETE")


def _sqlite_file(address: URL) -> Path:
    assert address.database is not None
    return Path(address.database)


@contextmanager
def _conninfo(address: URL) -> Iterator[str]:
    """What libpq needs, less the password: arguments can be read by every user of the machine, a file of ours cannot."""
    with tempfile.TemporaryDirectory() as folder:
        parts = {
            "host": address.host,
            "port": address.port,
            "user": address.username,
            "dbname": address.database,
            **{name: value for name, value in address.query.items() if isinstance(value, str)},
        }
        if address.password is not None:
            passwords = Path(folder) / "pgpass"
            passwords.touch(0o600)
            password = address.password.replace("\\", "\\\\").replace(":", "\\:")
            passwords.write_text(f"*:*:*:*:{password}\n")
            parts["passfile"] = str(passwords)
        yield make_conninfo(**{name: str(value) for name, value in parts.items() if value is not None})


def _run(program: str, *arguments: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise Unavailable("tool_missing", f"PostgreSQL's {program} is needed and is not on the path.")
    done = subprocess.run([found, *arguments], capture_output=True, text=True, check=False)  # noqa: S603  (our own arguments)
    if done.returncode:
        raise Unavailable("tool_failed", f"{program} failed: {done.stderr.strip()}")
