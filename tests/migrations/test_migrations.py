"""Migrations go up, down and up again on both engines with data in the tables, and say what the models say."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, func, inspect, select

from service.database import Database, is_migrated, migrate, open_database
from service.errors import Refused
from service.models.tables import METADATA
from service.records.verification import verify
from tests.postgres import Server
from tests.records.coalition import fill_every_table, reading

FILES = Path(__file__).parent.parent.parent / "migrations" / "versions"


@pytest.fixture(params=["sqlite", "postgresql"])
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database, nothing migrated, once on each engine."""
    if request.param == "sqlite":
        database = open_database(f"sqlite:///{tmp_path}/bare.db")
        yield database
        database.dispose()
        return
    server: Server = request.getfixturevalue("postgres")
    name = server.create()
    database = open_database(server.address(name))
    yield database
    database.dispose()
    server.drop(name)


def _tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names()) - {"alembic_version"}


def _is_migrated(database: Database) -> bool:
    with database.read() as connection:
        return is_migrated(connection)


def test_up_down_and_up_again_with_data(bare: Database) -> None:
    assert not _is_migrated(bare)
    for _ in range(2):
        migrate(bare)
        assert _is_migrated(bare)
        assert _tables(bare) == set(METADATA.tables)
        with reading(bare, fill_every_table(bare).community_id) as connection:
            counts = {table.name: _count(connection, table.name) for table in METADATA.sorted_tables}
            assert verify(connection) == []
        assert all(counts.values()), f"nothing in {[name for name, count in counts.items() if not count]}"
        migrate(bare, "base")
        assert not _is_migrated(bare)
        assert _tables(bare) == set()


def test_migrating_what_is_migrated_changes_nothing(bare: Database) -> None:
    migrate(bare)
    fill_every_table(bare)
    migrate(bare)
    with reading(bare) as connection:
        assert all(_count(connection, name) for name in METADATA.tables)


def test_the_migrations_make_what_the_models_say(bare: Database) -> None:
    """What `alembic check` looks at, on both engines."""
    migrate(bare)
    with bare.migrate() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, METADATA) == []


def test_a_revision_that_does_not_exist_is_refused(bare: Database) -> None:
    with pytest.raises(Refused) as refusal:
        migrate(bare, "nowhere")
    assert refusal.value.code == "unknown_revision"


def test_a_migration_that_fails_leaves_the_database_as_it_was(bare: Database) -> None:
    def fail() -> None:
        with bare.migrate() as connection:
            connection.exec_driver_sql("CREATE TABLE half_way (number INTEGER)")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert _tables(bare) == set()


def test_a_migration_that_leaves_rows_pointing_to_nothing_is_undone(new_database: Callable[[str], str]) -> None:
    """PostgreSQL refuses it by itself; SQLite alters tables with its foreign keys off."""
    database = open_database(new_database("sqlite"))
    fill_every_table(database)
    with pytest.raises(RuntimeError, match="point to nothing"), database.migrate() as connection:
        connection.exec_driver_sql("DELETE FROM actor")
    with database.read() as connection:
        assert _count(connection, "actor") > 0
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    database.dispose()


def test_migrations_have_dated_names_and_use_plain_types() -> None:
    files = sorted(FILES.glob("*.py"))
    assert files
    for file in files:
        assert file.name[:10].count("-") == 2 and file.name[:4].isdigit(), f"{file.name} does not begin with its date"
        assert not re.search(r"\b(from|import) service\b|\bservice\.", file.read_text("utf-8")), (
            f"{file.name} would change its meaning when the service's types change"
        )


def _count(connection: Connection, name: str) -> int:
    return int(connection.execute(select(func.count()).select_from(METADATA.tables[name])).scalar_one())
