"""Migrations are safe: killed half-way they leave the old or the new, they give up on a lock, they only ever expand."""

import fcntl
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import BigInteger, Integer, Numeric, SmallInteger, String, Text, inspect

from service.database import Database, is_migrated, migrate, open_database
from service.errors import Unsettled
from service.models.tables import METADATA
from service.records.verification import verify
from tests.migrations.contractions import Field, Schema, Shape, contractions, schema_of
from tests.postgres import Server
from tests.records.coalition import fill_every_table, reading

HOUSE = Path(__file__).parent.parent.parent
SCRIPT = ScriptDirectory(str(HOUSE / "migrations"))
REVISIONS = [step.revision for step in SCRIPT.walk_revisions()][::-1]
ALLOWED: dict[str, set[str]] = {
    # Nobody ran the code before this one: there was no release yet. A later entry names the release before which no code asks
    # any more for what goes.
    "2026_11_23_deliberation": {
        f"proposal.{column} is gone" for column in ("status", "round", "decided_journal", "closes_at", "decided_at")
    },
}


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Of a database with nothing in it, once on each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/bare.db"
        return
    server: Server = request.getfixturevalue("postgres")
    name = server.create()
    yield server.address(name)
    server.drop(name)


def revision_of(database: Database) -> str | None:
    with database.read() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def test_every_migration_only_expands(address: str) -> None:
    """Code of the release before must go on working on the new schema: while a migration runs, that is what answers.

    There is no release yet to be run against the schema; instead, no step may take away, rename, narrow or ask for more. What
    a release no longer uses goes in the release after it, and is named in `ALLOWED` with that reason.
    """
    database = open_database(address)
    before: Schema = {}
    for revision in REVISIONS:
        migrate(database, revision)
        with database.read() as connection:
            after = schema_of(connection)
        assert contractions(before, after) == ALLOWED.get(revision, set()), revision
        before = after
    assert set(before) == {*METADATA.tables, "alembic_version"}
    database.dispose()


def _table(**fields: Field) -> Schema:
    return {"t": Shape(fields, frozenset({"primary key (a)"}))}


OLD = _table(a=Field(Integer(), nullable=False), b=Field(String(20)), c=Field(Text(), nullable=False, filled=True))
CONTRACTIONS: dict[str, tuple[Schema, set[str]]] = {
    "nothing": (OLD, set()),
    "a table": ({**OLD, "u": Shape({"a": Field(Integer(), nullable=False)})}, set()),
    "a column": ({"t": Shape({**OLD["t"].fields, "d": Field(Text())}, OLD["t"].rules)}, set()),
    "a filled column": ({"t": Shape({**OLD["t"].fields, "d": Field(Text(), False, True)}, OLD["t"].rules)}, set()),
    "wider": (_table(**{**OLD["t"].fields, "a": Field(BigInteger(), False), "b": Field(String(40))}), set()),
    "text": (_table(**{**OLD["t"].fields, "b": Field(Text())}), set()),
    "no table": ({}, {"t is gone"}),
    "no column": (_table(a=OLD["t"].fields["a"], c=OLD["t"].fields["c"]), {"t.b is gone"}),
    "must be said": (_table(**OLD["t"].fields, d=Field(Text(), False)), {"t.d must be said"}),
    "may be null no more": (_table(**{**OLD["t"].fields, "b": Field(String(20), False)}), {"t.b must be said"}),
    "filled no more": (_table(**{**OLD["t"].fields, "c": Field(Text(), False)}), {"t.c must be said"}),
    "narrower": (_table(**{**OLD["t"].fields, "b": Field(String(10))}), {"t.b was VARCHAR(20) and is VARCHAR(10)"}),
    "smaller": (_table(**{**OLD["t"].fields, "a": Field(SmallInteger(), False)}), {"t.a was INTEGER and is SMALLINT"}),
    "another type": (_table(**{**OLD["t"].fields, "b": Field(Numeric(9, 2))}), {"t.b was VARCHAR(20) and is NUMERIC(9, 2)"}),
    "a rule": ({"t": Shape(OLD["t"].fields, OLD["t"].rules | {"unique (b)"})}, {"t must keep to unique (b)"}),
    "rule gone": ({"t": Shape(OLD["t"].fields)}, set()),
}


@pytest.mark.parametrize("case", CONTRACTIONS)
def test_what_contracts_is_found(case: str) -> None:
    after, expected = CONTRACTIONS[case]
    assert contractions(OLD, after) == expected


def is_migrating(address: str, postgres: Server | None) -> bool:
    """Whether a migration has begun, looked at from outside."""
    if postgres is None:
        lock = Path(address.removeprefix("sqlite:///") + ".lock")
        if not lock.exists():
            return False
        with lock.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False
    with psycopg.connect(address) as connection:
        return connection.execute("SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 7481069").fetchone() is not None


def migrating(address: str, *, kill_after: float | None, postgres: Server | None) -> float:
    """Run `jalon migrate`, kill it so many seconds into the migration, and say how many the migration took, if it was let."""
    environment = os.environ | {"JALON_DATABASE_URL": address}
    process = subprocess.Popen([sys.executable, "-m", "service", "migrate"], cwd=HOUSE, env=environment)
    while not is_migrating(address, postgres):
        assert process.poll() is None, "it was over before it was seen to begin"
        time.sleep(0.002)
    began = time.monotonic()
    if kill_after is None:
        while is_migrating(address, postgres):
            time.sleep(0.002)
        assert process.wait(60) == 0
        return time.monotonic() - began
    time.sleep(max(0.0, kill_after))
    process.kill()
    process.wait(60)
    while is_migrating(address, postgres):  # PostgreSQL notices a little later that nobody is there any more.
        time.sleep(0.01)
    return time.monotonic() - began


@pytest.mark.parametrize("kills", [pytest.param(4, marks=pytest.mark.proof), pytest.param(100, marks=pytest.mark.long)])
def test_a_migration_killed_half_way_leaves_the_old_or_the_new(
    address: str, kills: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    postgres = None if address.startswith("sqlite") else request.getfixturevalue("postgres")
    database = open_database(address)
    took = migrating(address, kill_after=None, postgres=postgres)
    ended = {None: 0, REVISIONS[-1]: 0}
    for kill in range(kills):
        migrate(database, "base")
        migrating(address, kill_after=took * (kill / kills) ** 2, postgres=postgres)
        revision = revision_of(database)
        ended[revision] += 1
        tables = set(inspect(database.engine).get_table_names()) - {"alembic_version"}
        assert tables == (set() if revision is None else set(METADATA.tables))
        migrate(database)
        with database.read() as connection:
            assert is_migrated(connection)
    with reading(database, fill_every_table(database).community_id) as connection:
        assert verify(connection) == []
    database.dispose()
    print(f"killed {kills} times within {took:.2f} s: {ended[None]} left the old, {ended[REVISIONS[-1]]} the new")
    assert ended[None] > 0


def test_a_migration_gives_up_on_a_table_that_is_locked(address: str) -> None:
    """Whoever comes after it queues behind it, readers too: so it does not wait for ever, and may be run again."""
    patience = 0.5
    service = open_database(address)
    step = "2026_11_23_row_security"
    before = REVISIONS[REVISIONS.index(step) - 1]
    migrate(service, before)
    with service.write() as connection:
        connection.exec_driver_sql("SELECT * FROM target")
        command, gave_up = open_database(address, lock_timeout=patience, turn_timeout=patience), threading.Event()

        def give_up() -> None:
            with pytest.raises(Unsettled) as unsettled:
                migrate(command, step)
            assert unsettled.value.code == "database_busy"
            gave_up.set()

        waiting, began = threading.Thread(target=give_up), time.monotonic()
        waiting.start()
        time.sleep(patience / 2)
        with service.read() as other:
            other.exec_driver_sql("SELECT * FROM target")
        read_after = time.monotonic() - began
        waiting.join()
        assert gave_up.is_set()
        assert read_after < patience + 1.5
    assert revision_of(service) == before
    with service.migrate() as connection:
        if not service.is_sqlite:
            assert connection.exec_driver_sql("SELECT count(*) FROM pg_policies").scalar() == 0
    migrate(command, step)
    assert revision_of(service) == step
    command.dispose()
    service.dispose()
