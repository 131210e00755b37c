"""Databases for the tests: built by the migrations once for each engine, then copied. Commits are real."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.database import Database, migrate, open_database
from tests.builders import STARTS, Client
from tests.postgres import Server, server

ENGINES = ("sqlite", "postgresql")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files of few tests come first: theirs take longest, and at the end one process would wait for another's."""
    tests = Counter(item.path for item in items)
    items.sort(key=lambda item: tests[item.path])


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """The PostgreSQL server of this test process."""
    with server() as running:
        yield running


@pytest.fixture(scope="session")
def postgres_template(postgres: Server) -> Iterator[str]:
    """The name of a migrated database that nobody is connected to."""
    name = postgres.create()
    database = open_database(postgres.address(name))
    migrate(database)
    database.dispose()
    yield name
    postgres.drop(name)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file; closing its last connection has brought the write-ahead log into it."""
    path = tmp_path_factory.mktemp("template") / "jalon.db"
    database = open_database(f"sqlite:///{path}")
    migrate(database)
    database.dispose()
    return path


@pytest.fixture(scope="session")
def spare_databases(postgres: Server) -> Iterator[list[str]]:
    """Copies of the template that no test uses at the moment, with nothing in them."""
    spare: list[str] = []
    yield spare
    for name in spare:
        postgres.drop(name)


@pytest.fixture
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Gives migrated databases: called with the name of an engine, the address of an empty one that is the test's own."""
    lent: list[str] = []

    def lend(engine: str) -> str:
        if engine == "sqlite":
            path = tmp_path / f"jalon-{len(list(tmp_path.glob('jalon-*.db')))}.db"
            shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
            return f"sqlite:///{path}"
        running: Server = request.getfixturevalue("postgres")
        spare: list[str] = request.getfixturevalue("spare_databases")
        lent.append(spare.pop() if spare else running.create(request.getfixturevalue("postgres_template")))
        return running.address(lent[-1])

    yield lend
    for name in lent:
        running = request.getfixturevalue("postgres")
        if running.empty(name):
            request.getfixturevalue("spare_databases").append(name)
        else:
            running.drop(name)


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, new_database: Callable[[str], str]) -> str:
    """The address of a migrated database of the test's own, once on each engine."""
    return new_database(request.param)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database of the test's own, once on each engine."""
    opened = open_database(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def client(database: Database) -> Iterator[Client]:
    """The service on a database of the test's own, once on each engine; `client.clock` is the instant that it takes for now."""
    with Client(database) as running:
        yield running


@pytest.fixture
def light_client(new_database: Callable[[str], str]) -> Iterator[Client]:
    """The service on SQLite only: for the many cases that are refused, or answered, without asking a database anything."""
    database = open_database(new_database("sqlite"))
    with Client(database) as running:
        yield running
    database.dispose()


@pytest.fixture(scope="module", params=ENGINES)
def shared_client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The service on one database for all tests of a module, once on each engine."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("shared") / "jalon.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        opened = open_database(f"sqlite:///{path}")
    else:
        running: Server = request.getfixturevalue("postgres")
        name = running.create(request.getfixturevalue("postgres_template"))
        opened = open_database(running.address(name))
    with Client(opened) as client:
        yield client
    opened.dispose()
    if request.param == "postgresql":
        running.drop(name)


@pytest.fixture
def shared(shared_client: Client) -> Client:
    """The service on a database that the tests of a module share, each with communities of its own; its clock at the beginning.

    A database per test would cost more than most tests do.
    """
    shared_client.clock = STARTS
    return shared_client
