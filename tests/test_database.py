"""Transactions on both engines: what is committed, what is undone, who waits for whom, and what a lost database says."""

import multiprocessing
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, UniqueConstraint, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from service.database import Database, open_database, use_community
from service.errors import Refused, Unavailable, Unsettled
from service.models.tables import METADATA
from service.turns import FileTurn, Queue
from tests.records.coalition import changing

INSERT = "INSERT INTO job (community_id, kind, subject, attempts) VALUES (1, 'x', {}, 0)"


def _insert(connection: Connection, subject: int = 0) -> None:
    connection.exec_driver_sql(INSERT.format(subject))


def _count(database: Database) -> int:
    with database.read() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM job").scalar_one())


def test_a_writing_is_there_when_its_block_has_ended(database: Database) -> None:
    with database.write() as connection:
        _insert(connection)
        assert _count(database) == 0
    assert _count(database) == 1


def test_a_writing_that_raises_leaves_nothing(database: Database) -> None:
    def fail() -> None:
        with database.write() as connection:
            _insert(connection)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert _count(database) == 0
    with database.write() as connection:
        _insert(connection)
    assert _count(database) == 1


def test_a_reading_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError, match=r"readonly|read-only"), database.read() as connection:
        _insert(connection)
    with database.write() as connection:
        _insert(connection)
    assert _count(database) == 1


def test_a_reading_sees_one_snapshot(database: Database) -> None:
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM job").scalar() == 0
        with database.write() as other:
            _insert(other)
        assert connection.exec_driver_sql("SELECT count(*) FROM job").scalar() == 0
    assert _count(database) == 1


def test_foreign_keys_refuse(database: Database) -> None:
    with pytest.raises(IntegrityError), changing(database) as connection:
        connection.exec_driver_sql("INSERT INTO actor (community_id, number, code) VALUES (1, 1, 'a')")


def test_a_transaction_may_begin_and_end_on_different_threads(database: Database) -> None:
    """FastAPI enters and leaves a dependency on whichever thread is free."""
    block = database.write()
    with ThreadPoolExecutor(1) as first, ThreadPoolExecutor(1) as second:
        connection = first.submit(block.__enter__).result()
        second.submit(_insert, connection).result()
        first.submit(block.__exit__, None, None, None).result()
    assert _count(database) == 1


def test_the_community_of_a_transaction_ends_with_it(database: Database) -> None:
    with database.write() as connection:
        use_community(connection, 7)
        if not database.is_sqlite:
            assert connection.execute(text("SELECT current_setting('jalon.community')")).scalar() == "7"
    if not database.is_sqlite:
        with database.write() as connection:
            assert connection.execute(text("SELECT current_setting('jalon.community', true)")).scalar() in (None, "")


def test_a_lock_that_does_not_come_is_an_error_to_try_again_after(new_database: Callable[[str], str]) -> None:
    database = open_database(new_database("postgresql"), lock_timeout=0.2)
    with database.write() as connection:
        _insert(connection)
    with database.write() as connection:
        connection.exec_driver_sql("SELECT * FROM job FOR UPDATE")
        with pytest.raises(Unsettled) as unsettled, database.write() as other:
            other.exec_driver_sql("UPDATE job SET attempts = 1")
    assert unsettled.value.code == "database_busy"
    database.dispose()


def test_what_is_in_use_when_all_is_closed_closes_when_it_comes_back(database_url: str) -> None:
    database = open_database(database_url)
    with database.read() as connection:
        driver: Any = connection.connection.driver_connection
        database.dispose()
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    with pytest.raises((sqlite3.ProgrammingError, psycopg.OperationalError), match="closed"):
        driver.execute("SELECT 1")


def test_a_turn_that_does_not_come_is_an_error_to_try_again_after(new_database: Callable[[str], str]) -> None:
    url = new_database("sqlite")
    service, command = open_database(url), open_database(url, turn_timeout=0.2)
    with service.write(), pytest.raises(Unsettled) as unsettled, command.write():
        raise AssertionError("two wrote at once")
    assert unsettled.value.code == "database_busy"
    with command.write() as connection:
        _insert(connection)
    assert _count(service) == 1
    service.dispose()
    command.dispose()


def test_a_connection_that_is_not_free_is_an_error_to_try_again_after(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(database_url, pool_size=1)
    monkeypatch.setattr(database.engine.pool, "_timeout", 0.2)
    with database.read(), pytest.raises(Unavailable) as unavailable, database.read():
        raise AssertionError("there were two connections")
    assert unavailable.value.code == "too_busy"
    database.dispose()


def test_a_connection_that_is_lost_is_an_error_to_try_again_after(new_database: Callable[[str], str]) -> None:
    database = open_database(new_database("postgresql"))

    def write() -> None:
        with database.write() as connection:
            _lose(database, connection)
            _insert(connection)

    with pytest.raises(Unsettled) as unsettled:
        write()
    assert unsettled.value.code == "database_busy"
    with database.write() as connection:
        _insert(connection)
    assert _count(database) == 1
    database.dispose()


def test_a_connection_lost_at_the_commit_leaves_the_outcome_unknown(new_database: Callable[[str], str]) -> None:
    database = open_database(new_database("postgresql"))

    def write() -> None:
        with database.write() as connection:
            _insert(connection)
            _lose(database, connection)

    with pytest.raises(Unsettled) as unsettled:
        write()
    assert unsettled.value.code == "outcome_unknown"
    database.dispose()


def _lose(database: Database, connection: Connection) -> None:
    number = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    with database.migrate() as other:  # As the user who logged in: the role of the service may end nobody.
        other.exec_driver_sql(f"SELECT pg_terminate_backend({number}, 1000)")


def test_a_server_that_is_not_there_is_an_error_to_try_again_after(tmp_path: Path) -> None:
    database = open_database(f"postgresql://nobody@/nothing?host={tmp_path}")
    with pytest.raises(Unsettled), database.read():
        raise AssertionError("there was a server")
    database.dispose()


def test_a_sqlite_file_is_kept_so_that_nothing_acknowledged_is_lost(new_database: Callable[[str], str]) -> None:
    url = new_database("sqlite")
    database = open_database(url)
    for block in (database.read, database.write):
        with block() as connection:
            said = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            ]
            assert said == ["wal", 2, 1]  # 2 is FULL.
    assert Path(url.removeprefix("sqlite:///") + ".lock").exists()
    database.dispose()


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "mysql://localhost/x", "nothing", "", "postgres", "sqlite:///"], ids=repr
)
def test_an_address_of_anything_else_is_refused(url: str) -> None:
    with pytest.raises(Refused) as refusal:
        open_database(url)
    assert refusal.value.code == "unknown_database"


def test_the_line_is_first_come_first_served() -> None:
    queue = Queue()
    served: list[int] = []
    threads: list[threading.Thread] = []

    def serve(place: int) -> None:
        queue.acquire(10)
        served.append(place)
        queue.release()

    assert queue.acquire(1)
    for place in range(10):
        thread = threading.Thread(target=serve, args=(place,))
        thread.start()
        threads.append(thread)
        while len(queue._waiting) <= place:
            time.sleep(0.001)
    queue.release()
    for thread in threads:
        thread.join()
    assert served == list(range(10))


def test_whoever_gives_up_leaves_the_line() -> None:
    queue = Queue()
    assert queue.acquire(1)
    assert not queue.acquire(0.05)
    queue.release()
    assert queue.acquire(0.05)


def _write_from_another_process(path: str, times: int) -> None:
    database = open_database(f"sqlite:///{path}")
    for subject in range(times):
        with database.write() as connection:
            _insert(connection, subject)
    database.dispose()


def test_processes_take_turns_at_a_sqlite_file(new_database: Callable[[str], str]) -> None:
    """A command finds its turn beside a service that never stops writing."""
    path = new_database("sqlite").removeprefix("sqlite:///")
    database = open_database(f"sqlite:///{path}")
    other = multiprocessing.get_context("spawn").Process(target=_write_from_another_process, args=(path, 20))
    other.start()
    written = 0
    while other.is_alive():
        with database.write() as connection:
            _insert(connection, 1_000)
        written += 1
    other.join()
    assert other.exitcode == 0
    assert _count(database) == 20 + written
    database.dispose()


def test_a_writer_outside_of_the_line_is_waited_for(new_database: Callable[[str], str]) -> None:
    """Somebody with a SQLite shell on the file does not know of the lock."""
    path = new_database("sqlite").removeprefix("sqlite:///")
    database = open_database(f"sqlite:///{path}")
    with _foreign_writer(path) as finish:
        late = threading.Timer(0.3, finish)
        late.start()
        with database.write() as connection:
            _insert(connection)
        late.join()
    assert _count(database) == 1
    database.dispose()


def test_a_writing_holds_off_others_from_its_beginning(new_database: Callable[[str], str]) -> None:
    """Whoever wrote between its reading and its writing would make it fail, on what it had read."""
    path = new_database("sqlite").removeprefix("sqlite:///")
    database = open_database(f"sqlite:///{path}")
    shell = sqlite3.connect(path, isolation_level=None, timeout=0)
    with database.write() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM job").scalar() == 0
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            shell.execute("BEGIN IMMEDIATE")
        _insert(connection)
    shell.close()
    assert _count(database) == 1
    database.dispose()


@contextmanager
def _foreign_writer(path: str) -> Iterator[Callable[[], None]]:
    shell = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    shell.execute("BEGIN IMMEDIATE")
    yield lambda: shell.rollback()
    shell.close()


def test_the_turn_is_handed_on_when_the_file_cannot_be_locked(tmp_path: Path) -> None:
    turn = FileTurn(tmp_path / "x.lock", 0.1)
    turn.close()
    for _ in range(2):
        with pytest.raises(OSError, match="descriptor"):
            turn.__enter__()


# What is global: small tables that stand apart, and the journal of migrations.
GLOBAL = {"community_code", "operator_token", "idempotency_key", "job", "webhook_turn"}


def test_every_key_of_a_communitys_table_begins_with_the_community() -> None:
    """What Citus asks for: keys that span servers could not be checked."""
    for table in METADATA.sorted_tables:
        if table.name in GLOBAL:
            continue
        keys = [list(table.primary_key.columns.keys())]
        keys += [key.columns.keys() for key in table.constraints if isinstance(key, UniqueConstraint)]
        keys += [[column.name for column in index.columns] for index in table.indexes]
        assert all(key[0] == "community_id" for key in keys), f"{table.name}: {keys}"


def test_every_foreign_key_carries_the_community_along() -> None:
    for table in METADATA.sorted_tables:
        for key in table.foreign_key_constraints:
            here, there = list(key.column_keys), [element.target_fullname.split(".")[1] for element in key.elements]
            assert table.name not in GLOBAL, f"{table.name} is global and points into communities"
            assert key.referred_table.name not in GLOBAL, f"{table.name} points to something global"
            assert here[0] == there[0] == "community_id", f"{table.name}: {here} to {there}"
            assert key.ondelete is None and key.onupdate is None, f"{table.name} would change rows behind the journal's back"
            assert not key.use_alter, f"{table.name} does not have its foreign key inline"


def test_global_tables_are_the_ones_that_are_meant_to_be() -> None:
    without = {table.name for table in METADATA.sorted_tables if table.primary_key.columns.keys()[0] != "community_id"}
    assert without == GLOBAL - {"community_code"}
    assert {table.name for table in METADATA.sorted_tables} > GLOBAL


def test_nothing_of_a_community_is_numbered_by_the_database() -> None:
    """An identity column or a sequence would be shared by all communities, and by all servers."""
    for table in METADATA.sorted_tables:
        if table.name not in GLOBAL:
            assert table.autoincrement_column is None, table.name
