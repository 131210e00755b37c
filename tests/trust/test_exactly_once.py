"""Exactly once: sent eight times at once under one key, across kills, a thing happens once and is answered alike."""

import random
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import ENGINES
from tests.trust.clients import Sent
from tests.trust.history import Operation
from tests.trust.load import Load
from tests.trust.world import world

CLIENTS, RETRIES = 5, 8
SEED = 20261125


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("keys", "kills"), [pytest.param(250, 3, marks=pytest.mark.proof), pytest.param(1_000, 20, marks=pytest.mark.long)]
)
def test_each_key_has_one_effect_and_one_answer(
    new_database: Callable[[str], str], engine: str, keys: int, kills: int, tmp_path: Path
) -> None:
    chance = random.Random(SEED)
    with world(new_database(engine), tmp_path) as there:
        seed = f"once-{engine}-{SEED}"
        load = Load(there, seed, CLIENTS, all_patient=True, twins=RETRIES, each=keys // CLIENTS)
        load.begin()
        for kill in range(kills):
            share = (kill + chance.random()) / kills
            while len(load.remembered.operations) < share * keys * RETRIES and not load.remembered.broken:
                time.sleep(0.001)
            there.service.kill()
            there.service.start()
        remembered = load.wait()
        there.end_leases()
        imports = there.settled_imports()
        assert set(imports.values()) == {"succeeded"}
        there.check_history(_once(remembered.all_operations(imports)))
    assert len(remembered.answers) == keys
    replayed = sum(_answered_alike(name, several) for name, several in remembered.answers.items())
    print(f"{engine}, seed {SEED}: {keys} keys, {kills} kills, {remembered.summary()}, {replayed} answered from memory")


def _once(operations: Sequence[Operation]) -> list[Operation]:
    """What was sent several times under one name as one operation: begun when first sent, done when first answered."""
    by_name = defaultdict(list)
    for operation in operations:
        by_name[operation.name].append(operation)
    for name, several in by_name.items():
        assert {(one.told, one.effects) for one in several} == {(several[0].told, several[0].effects)}, name
    return [
        replace(several[0], sent=min(one.sent for one in several), answered=min(one.answered for one in several))
        for several in by_name.values()
    ]


def _answered_alike(name: str, several: Sequence[Sent]) -> int:
    """How many of the answers were given from memory: all but one, or all where the first was cut off."""
    answers = [sent.answer for sent in several if sent.answer is not None]
    told = {
        (answer.status_code, answer.content, answer.headers["content-type"], answer.headers.get("location"))
        for answer in answers
    }
    assert len(answers) == RETRIES and len(told) == 1, (name, told)
    replayed: int = sum(answer.headers.get("idempotent-replayed") == "true" for answer in answers)
    assert replayed >= RETRIES - 1, name
    return replayed
