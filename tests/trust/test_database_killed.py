"""The PostgreSQL server is killed under the service: 503 meanwhile, then it goes on by itself, and nothing is lost."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.database import migrate, open_database
from tests.postgres import MortalServer, mortal_server
from tests.trust.clients import client_of
from tests.trust.load import Load
from tests.trust.world import World, world

CLIENTS = 8
SEED = 20261124
BACK_WITHIN = 20.0


@pytest.fixture
def mortal() -> Iterator[MortalServer]:
    with mortal_server() as running:
        yield running


@pytest.mark.parametrize("kills", [pytest.param(5, marks=pytest.mark.proof), pytest.param(30, marks=pytest.mark.long)])
def test_the_database_server_killed_under_mixed_writes(mortal: MortalServer, kills: int, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    address = mortal.server.address(mortal.server.create())
    database = open_database(address)
    migrate(database)
    database.dispose()
    away, back = [], []
    with world(address, tmp_path) as there:
        process_id = there.service.process_id
        load = Load(there, f"database-{SEED}", CLIENTS)
        load.begin()
        for _ in range(kills):
            time.sleep(chance.uniform(0.3, 1.5))
            mortal.kill()
            away.append(_told_to_come_back(there))
            mortal.start()
            back.append(_goes_on(there))
        remembered = load.end()
        there.end_leases()
        imports = there.settled_imports()
        assert there.service.process_id == process_id
        there.check_history(remembered.all_operations(imports))
    print(f"seed {SEED}: {kills} kills, {remembered.summary()}, imports {dict(Counter(imports.values()))}")
    print(f"told to come back after {max(away):.2f} s at most, answered again after {max(back):.2f} s at most")


def _told_to_come_back(there: World) -> float:
    """Reading, writing and asking whether it is ready are refused with 503 while the database is away; seconds until then."""
    began = time.monotonic()
    with client_of(there.tokens["a"]) as client:
        body = {"indicator": "jobs", "period": "2021-Q1", "value": "1"}
        answers = [
            client.get(f"{there.address}/contributions"),
            client.post(f"{there.address}/contributions", json=body),
            client.get(f"{there.service.address}/readyz"),
        ]
    assert [answer.status_code for answer in answers] == [503] * 3, [answer.text for answer in answers]
    return time.monotonic() - began


def _goes_on(there: World) -> float:
    """Seconds until reading succeeds again. Nobody restarts the service."""
    began = time.monotonic()
    with client_of(there.tokens["a"]) as client:
        while (answer := client.get(f"{there.address}/contributions")).status_code != 200:
            assert answer.status_code == 503
            assert time.monotonic() < began + BACK_WITHIN
            time.sleep(0.02)
    return time.monotonic() - began
