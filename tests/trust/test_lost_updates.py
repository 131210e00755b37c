"""No lost update: of many who write over what they have read, each is told where somebody was quicker."""

import random
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import ENGINES
from tests.trust.clients import Caller
from tests.trust.history import Effect, Operation
from tests.trust.world import MEMBERS, PERIODS, World, place_of, world

WRITERS = 50
SEED = 20261126


@dataclass
class Updates:
    """What the writers remember."""

    operations: list[Operation] = field(default_factory=list)
    overtaken: int = 0
    broken: list[str] = field(default_factory=list)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("each", [pytest.param(6, marks=pytest.mark.proof), pytest.param(200, marks=pytest.mark.long)])
def test_every_state_is_a_serial_order_of_what_was_acknowledged(
    new_database: Callable[[str], str], engine: str, each: int, tmp_path: Path
) -> None:
    updates = Updates()
    with world(new_database(engine), tmp_path) as there:
        threads = [threading.Thread(target=_write, args=(there, updates, number, each)) for number in range(WRITERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not updates.broken, updates.broken[0]
        reported = [one for one in updates.operations if one.effects[0].place != "name"]
        there.check_history(reported)
        renamed = [one.effects[0] for one in updates.operations if one.effects[0].place == "name"]
        _check_names(renamed, there.get("/actors/a")["name"]["en"])
    assert len(updates.operations) == WRITERS * each and updates.overtaken > 0
    print(
        f"{engine}, seed {SEED}: {WRITERS} writers × {each}: {len(reported)} contributions, {len(renamed)} names,"
        f" overtaken {updates.overtaken} times"
    )


def _write(there: World, updates: Updates, number: int, each: int) -> None:
    chance = random.Random(f"{SEED} {number}")
    caller = Caller(there.address, there.tokens["appui"])
    try:
        for count in range(each):
            write = _rename if number % 10 == 0 else _report
            updates.operations.append(write(caller, there, updates, f"{number}-{count}", chance))
    except (AssertionError, httpx.HTTPError):
        updates.broken.append(traceback.format_exc())
    finally:
        caller.close()


def _report(caller: Caller, there: World, updates: Updates, name: str, chance: random.Random) -> Operation:
    """Adds a contribution to what was read, and reads again wherever somebody was quicker."""
    actor, period = chance.choice(MEMBERS), chance.choice(PERIODS)
    place = place_of(actor, period)
    body = {"indicator": "jobs", "actor": actor, "period": period, "value": str(chance.randrange(1_000)), "comment": name}
    while True:
        read = caller.ask("GET", f"/contributions/{there.ids[place]}").content["revision"]
        sent = caller.ask("POST", "/contributions", json=body | {"expected_revision": read})
        if _overtaken(sent.answer, 409, "revision_mismatch"):
            updates.overtaken += 1
            continue
        return sent.operation(name, Effect(place, name, sent.content["revision"], built_on=read))


def _rename(caller: Caller, there: World, updates: Updates, name: str, chance: random.Random) -> Operation:
    """Sets a name that says which one it takes the place of, if it still stands."""
    while True:
        read = caller.ask("GET", "/actors/a")
        assert read.answer is not None
        before = read.content["name"]["en"].partition(" after ")[0]
        change = {"name": f"{name} after {before}"}
        sent = caller.ask("PATCH", "/actors/a", json=change, headers={"If-Match": read.answer.headers["etag"]})
        if _overtaken(sent.answer, 412, "stale"):
            updates.overtaken += 1
            continue
        assert sent.content["name"]["en"] == change["name"]
        return sent.operation(name, Effect("name", change["name"]))


def _overtaken(answer: httpx.Response | None, status: int, code: str) -> bool:
    assert answer is not None
    if answer.status_code != status:
        return False
    said: dict[str, Any] = answer.json()
    assert said["code"] == code, said
    return True


def _check_names(renamed: list[Effect], last: str) -> None:
    """Each name took the place of another one's, from the first to the one that stands: one chain in which everybody is."""
    follows = {after: name for name, _, after in (effect.mark.partition(" after ") for effect in renamed)}
    assert len(follows) == len(renamed), "two took the place of the same name"
    chain = ["Actor a"]
    while chain[-1] in follows:
        chain.append(follows[chain[-1]])
    assert len(chain) == len(renamed) + 1
    assert last == f"{chain[-1]} after {chain[-2]}"
    assert all(after != before for before, after in pairwise(chain))
