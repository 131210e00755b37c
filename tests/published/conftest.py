"""A service of its own for each set and engine: loading takes seconds, so the tests of one set share what was loaded.

On PostgreSQL they are proofs: both engines together would take a third of the five minutes that the default tier has.
"""

import shutil
from collections.abc import Iterator

import pytest

from service.database import open_database
from tests.builders import Client
from tests.postgres import Server
from tests.published.asking import Served


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.proof)])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service on an empty database, once on each engine, for the tests of a whole module."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("published") / "jalon.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield from _serve(f"sqlite:///{path}")
        return
    server: Server = request.getfixturevalue("postgres")
    name = server.create(request.getfixturevalue("postgres_template"))
    yield from _serve(server.address(name))
    server.drop(name)


def _serve(database_url: str) -> Iterator[Served]:
    database = open_database(database_url)
    with Client(database) as client:
        yield Served(client, client.operator_token)
    database.dispose()
