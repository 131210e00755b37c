"""No neighbour sees another: what PostgreSQL itself shows and takes of communities' rows, whatever a statement forgets."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, Table
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError

from service.database import Database, migrate, open_database, use_community
from service.models.tables import METADATA
from service.records.verification import verify
from tests.builders import Client, coalition, define
from tests.postgres import Server, server
from tests.records.coalition import changing, fill_every_table, reading

ROLE = "jalon_service"
GLOBAL = {"community_code", "idempotency_key", "job", "operator_token", "webhook_turn"}
OF_COMMUNITIES = [table for table in METADATA.sorted_tables if table.name not in GLOBAL]
HERE, THERE = 1, 2
LOGINS = ["superuser", "owner", pytest.param("maker", marks=pytest.mark.proof)]
"""Who logs in: a superuser; one who owns the database and may make no roles; one who owns it and may make some."""
REFUSED = "violates row-level security policy"


def login(running: Server, kind: str) -> str:
    """The address of a new, empty database of the server, for a user of that kind."""
    return running.address(running.create()) if kind == "superuser" else running.owned(may_make_roles=kind == "maker")


@pytest.fixture(scope="module", params=LOGINS)
def neighbours(request: pytest.FixtureRequest) -> Iterator[tuple[Database, psycopg.Connection]]:
    """Two communities with a row in every table: the database as the service opens it, and a superuser's view of it.

    Each on a server of its own: whether the role is there and whose it is differs from one to the other.
    """
    with server() as running:
        url = login(running, request.param)
        database = open_database(url)
        migrate(database)
        for code in ("here", "there"):
            fill_every_table(database, code)
        with psycopg.connect(running.address(make_url(url).database or ""), autocommit=True) as superuser:
            yield database, superuser
        database.dispose()


def counts(superuser: psycopg.Connection, community_id: int) -> dict[str, int]:
    found = {}
    for table in OF_COMMUNITIES:
        row = superuser.execute(f"SELECT count(*) FROM {table.name} WHERE community_id = {community_id}").fetchone()
        assert row is not None and row[0] > 0, table.name
        found[table.name] = row[0]
    return found


@contextmanager
def undone(database: Database, community_id: int | None) -> Iterator[Connection]:
    """A transaction for a community, or for none, that is undone."""
    with database.write() as connection:
        if community_id is not None:
            use_community(connection, community_id)
        with connection.begin_nested() as savepoint:
            yield connection
            savepoint.rollback()


def insert_row_of(superuser: psycopg.Connection, table: Table, community_id: int) -> str:
    """A statement that inserts a row as the community has one."""
    with psycopg.ClientCursor(superuser) as cursor:
        row = cursor.execute(f"SELECT * FROM {table.name} WHERE community_id = {community_id} LIMIT 1").fetchone()
        assert row is not None and cursor.description is not None
        names = ", ".join(column.name for column in cursor.description)
        return cursor.mogrify(f"INSERT INTO {table.name} ({names}) VALUES ({', '.join(['%s'] * len(row))})", row)


def refused(connection: Connection, statement: str) -> None:
    with pytest.raises(ProgrammingError, match=REFUSED), connection.begin_nested():
        connection.exec_driver_sql(statement.replace("%", "%%"))


def test_the_service_runs_as_the_role_wherever_it_may(
    neighbours: tuple[Database, psycopg.Connection], request: pytest.FixtureRequest
) -> None:
    database, superuser = neighbours
    for block in (database.read, database.write):
        with block() as connection:
            before = connection.exec_driver_sql("SELECT current_user, session_user").one()
            use_community(connection, HERE)
            assert connection.exec_driver_sql("SELECT current_user, session_user").one() == before
    kind = request.node.callspec.params["neighbours"]
    assert (before[0] == ROLE) == (kind != "owner")
    found = superuser.execute("SELECT FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone()
    assert (found is None) == (kind == "owner")


def test_a_transaction_is_shown_the_rows_of_its_community_only(neighbours: tuple[Database, psycopg.Connection]) -> None:
    database, superuser = neighbours
    mine = counts(superuser, HERE)
    with undone(database, HERE) as connection:
        for table in OF_COMMUNITIES:
            seen = connection.exec_driver_sql(f"SELECT community_id, count(*) FROM {table.name} GROUP BY 1").all()
            assert [tuple(row) for row in seen] == [(HERE, mine[table.name])], table.name


def test_a_transaction_changes_the_rows_of_its_community_only(neighbours: tuple[Database, psycopg.Connection]) -> None:
    database, superuser = neighbours
    mine = counts(superuser, HERE)
    with undone(database, HERE) as connection:
        for table in OF_COMMUNITIES:
            changed = connection.exec_driver_sql(f"UPDATE {table.name} SET community_id = community_id")
            assert changed.rowcount == mine[table.name], table.name
            refused(connection, f"UPDATE {table.name} SET community_id = {THERE}")
        for table in reversed(OF_COMMUNITIES):
            assert connection.exec_driver_sql(f"DELETE FROM {table.name}").rowcount == mine[table.name], table.name


def test_a_transaction_brings_no_row_of_another_community(neighbours: tuple[Database, psycopg.Connection]) -> None:
    database, superuser = neighbours
    for community_id in (HERE, None):
        with undone(database, community_id) as connection:
            for table in OF_COMMUNITIES:
                refused(connection, insert_row_of(superuser, table, THERE))


def test_a_transaction_without_a_community_has_no_rows(neighbours: tuple[Database, psycopg.Connection]) -> None:
    database, _ = neighbours
    for said in (None, ""):
        with undone(database, None) as connection:
            if said is not None:
                connection.exec_driver_sql(f"SELECT set_config('jalon.community', '{said}', true)")
            for table in OF_COMMUNITIES:
                assert connection.exec_driver_sql(f"SELECT count(*) FROM {table.name}").scalar() == 0, table.name
                assert connection.exec_driver_sql(f"UPDATE {table.name} SET community_id = community_id").rowcount == 0
                assert connection.exec_driver_sql(f"DELETE FROM {table.name}").rowcount == 0


def test_the_community_of_one_transaction_is_not_that_of_the_next(neighbours: tuple[Database, psycopg.Connection]) -> None:
    database, _ = neighbours
    with reading(database, HERE) as connection:
        backend = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT pg_backend_pid(), count(*) FROM actor").one() == (backend, 0)


def test_what_forgets_its_where_changes_one_community(neighbours: tuple[Database, psycopg.Connection]) -> None:
    """Committed, and looked at through other eyes."""
    database, superuser = neighbours
    there, heads = counts(superuser, THERE), "SELECT last_token FROM community WHERE community_id < 3 ORDER BY community_id"
    (here,), (neighbour,) = superuser.execute(heads).fetchall()
    with changing(database, HERE) as connection:
        connection.exec_driver_sql("UPDATE community SET last_token = last_token + 1")
    assert superuser.execute(heads).fetchall() == [(here + 1,), (neighbour,)]
    assert counts(superuser, THERE) == there


def test_the_role_may_not_call_itself_a_backup(neighbours: tuple[Database, psycopg.Connection]) -> None:
    database, _ = neighbours
    with undone(database, None) as connection:
        connection.exec_driver_sql("SELECT set_config('jalon.backup', 'on', true)")
        as_role = connection.exec_driver_sql("SELECT current_user").scalar() == ROLE
        seen = connection.exec_driver_sql("SELECT count(DISTINCT community_id) > 1 FROM actor").scalar()
        assert seen != as_role


def test_a_migration_that_would_not_see_every_row_fails(neighbours: tuple[Database, psycopg.Connection]) -> None:
    """It runs as the owner, whom the policies hold: moving data must not pass over all of it in silence."""
    database, _ = neighbours
    with database.migrate() as connection:
        user, sees_all = connection.exec_driver_sql(
            "SELECT session_user = current_user, rolsuper FROM pg_roles WHERE rolname = current_user"
        ).one()
        assert user
        if sees_all:
            assert connection.exec_driver_sql("SELECT count(DISTINCT community_id) > 1 FROM actor").scalar()
        else:
            with pytest.raises(ProgrammingError, match="would be affected by row-level security"), connection.begin_nested():
                connection.exec_driver_sql("UPDATE actor SET code = code")


def test_every_table_of_a_community_is_held(neighbours: tuple[Database, psycopg.Connection]) -> None:
    """A later migration that makes a table and forgets its policies fails here."""
    _, superuser = neighbours
    held = superuser.execute(
        "SELECT relname, relrowsecurity AND relforcerowsecurity, relrowsecurity OR relforcerowsecurity FROM pg_class"
        " WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'"
    ).fetchall()
    expected = {table.name: table.name not in GLOBAL for table in METADATA.sorted_tables}
    assert {name: held_fully for name, held_fully, _ in held} == expected
    assert {name: held_at_all for name, _, held_at_all in held} == expected
    keyed = {table.name for table in METADATA.sorted_tables if next(iter(table.primary_key.columns)).name == "community_id"}
    assert keyed - {table.name for table in OF_COMMUNITIES} == {"community_code"}, "asked before the community is known"
    policies = superuser.execute(
        "SELECT tablename, policyname, permissive, roles::text, cmd, qual, with_check FROM pg_policies"
    ).fetchall()
    mine = "(community_id = (NULLIF(current_setting('jalon.community'::text, true), ''::text))::integer)"
    backup = f"((current_setting('jalon.backup'::text, true) = 'on'::text) AND (CURRENT_USER <> '{ROLE}'::name))"
    assert sorted(policies) == sorted(
        policy
        for table in OF_COMMUNITIES
        for policy in (
            (table.name, "community", "PERMISSIVE", "{public}", "ALL", mine, None),
            (table.name, "backup", "PERMISSIVE", "{public}", "SELECT", backup, None),
        )
    )


def test_the_role_owns_nothing_and_may_do_its_work(neighbours: tuple[Database, psycopg.Connection]) -> None:
    """A later migration that makes a table and forgets what the role needs of it fails here."""
    _, superuser = neighbours
    role = superuser.execute(
        "SELECT rolsuper, rolbypassrls, rolcanlogin, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = %s", [ROLE]
    ).fetchone()
    if role is None:
        return  # Who may make no roles is held by the policies alone.
    assert not any(role)
    assert superuser.execute(
        "SELECT count(*) FROM pg_shdepend WHERE deptype = 'o' AND refobjid = %s::regrole", [ROLE]
    ).fetchone() == (0,)
    granted = superuser.execute(
        "SELECT c.relname, array_agg(a.privilege_type::text ORDER BY 1) FROM pg_class c, aclexplode(c.relacl) a"
        " WHERE c.relnamespace = 'public'::regnamespace AND a.grantee = %s::regrole GROUP BY 1",
        [ROLE],
    ).fetchall()
    sequences = {row[0] for row in superuser.execute("SELECT sequencename::text FROM pg_sequences")}
    expected = {table.name: {"SELECT", "INSERT", "UPDATE", "DELETE"} for table in METADATA.sorted_tables}
    expected |= {"alembic_version": {"SELECT"}} | {sequence: {"USAGE"} for sequence in sequences}
    assert {name: set(kinds) for name, kinds in granted} == expected


def test_the_service_serves_whoever_logs_in(neighbours: tuple[Database, psycopg.Connection]) -> None:
    database, _ = neighbours
    with Client(database) as client:
        lac = coalition(client, ["a"])
        lac.adopt(define("jobs"))
        lac.report("a", "jobs", "2025-Q1", "5")
        assert [item["value"] for item in lac.members["a"].get("/contributions")["items"]] == ["5"]
        assert client.ask("GET", "/v1/communities/here/contributions", lac.members["a"].token).status_code == 404
    with database.read() as connection:
        assert verify(connection) == []


@pytest.mark.proof
def test_migrations_at_once_make_one_role() -> None:
    """Roles are the whole server's: that of one database is made while that of another is."""
    house = str(Path(__file__).parent.parent.parent)
    with server() as running:
        command = [sys.executable, "-m", "service", "migrate"]
        environments = [os.environ | {"JALON_DATABASE_URL": login(running, "superuser")} for _ in range(3)]
        started = [
            subprocess.Popen(command, cwd=house, env=environment, stderr=subprocess.PIPE) for environment in environments
        ]
        said = [process.communicate()[1] for process in started]
        assert [process.returncode for process in started] == [0, 0, 0], said
