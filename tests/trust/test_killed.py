"""Acknowledged is durable: killed at any moment, again and again, the service keeps to every answer that it gave."""

import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ENGINES
from tests.trust.load import Load
from tests.trust.world import World, world

CLIENTS = 8
SEED = 20261123


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kills", [pytest.param(15, marks=pytest.mark.proof), pytest.param(250, marks=pytest.mark.long)])
def test_killed_under_mixed_writes(new_database: Callable[[str], str], engine: str, kills: int, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    with world(new_database(engine), tmp_path) as there:
        load = Load(there, f"killed-{engine}-{SEED}", CLIENTS)
        load.begin()
        for _ in range(kills):
            time.sleep(chance.uniform(0.1, 1.0))
            there.service.kill()
            there.service.start()
            _look(there, load)
        remembered = load.end()
        there.end_leases()
        imports = there.settled_imports()
        there.check_history(remembered.all_operations(imports))
        print(f"{engine}, seed {SEED}: {kills} kills, {remembered.summary()}, imports {dict(Counter(imports.values()))}")


def _look(there: World, load: Load) -> None:
    """What each client was told last before the kill is there."""
    for effect in list(load.remembered.last.values()):
        history = there.items(f"/contributions/{there.ids[effect.place]}/history")
        assert [line["revision"] for line in history if line["comment"] == effect.mark] == [effect.revision]
