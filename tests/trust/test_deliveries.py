"""Nothing is lost on the way to a webhook, and nothing comes out of order: receivers fail, and senders are killed."""

import random
import threading
import time
from collections.abc import Callable
from itertools import pairwise

import pytest

from service.database import open_database
from tests.events.receiving import DROPPED, founded, listening, receiver
from tests.events.sending import start_sender

SEED = 20261123
FAILING = 0.3
"""The share of deliveries that fail: half of them are refused, half taken in without an answer."""
PATIENCE = 60.0
"""Seconds without any progress after which the test fails."""


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
@pytest.mark.parametrize(
    ("events", "kills", "owners"),
    [pytest.param(300, 3, "a", marks=pytest.mark.proof), pytest.param(10_000, 100, "ab", marks=pytest.mark.long)],
)
def test_deliveries_survive_receivers_that_fail_and_senders_that_are_killed(
    new_database: Callable[[str], str], engine: str, events: int, kills: int, owners: str
) -> None:
    chance, database_url, guard = random.Random(SEED), new_database(engine), threading.Lock()
    database = open_database(database_url)

    def answer(path: str, body: bytes) -> int:
        with guard:
            luck = chance.random()
        return 204 if luck > FAILING else 503 if luck > FAILING / 2 else DROPPED

    with listening(database) as client, receiver() as there:
        there.answer = answer
        lac = founded(client)
        made = {actor: lac.members[actor].post("/webhooks", {"url": there.url(f"/{actor}")})["id"] for actor in owners}
        senders = [start_sender(database_url) for _ in range(2)]
        killed, expected = 0, {}
        try:
            for number in range(events):
                lac.report("ab"[number % 2], "jobs", f"2025-Q{number % 4 + 1}", str(number))
                if number * kills // events > killed:
                    senders.pop(0).kill()
                    senders.append(start_sender(database_url))
                    killed += 1
            # The last of them while nothing else happens.
            senders.pop(0).kill()
            senders.append(start_sender(database_url))
            killed += 1
            for actor, webhook in made.items():
                said = lac.members[actor].get("/events", after=int(webhook), limit=1000)
                expected[actor] = list(range(int(webhook) + 1, int(lac.support.get("/events/proof")["number"]) + 1))
                assert [one["number"] for one in said["items"]] == expected[actor][:1000]
            paths = {actor: f"/webhooks/{webhook}/deliveries" for actor, webhook in made.items()}
            _wait(
                lambda: [lac.members[actor].get(path)["position"] for actor, path in paths.items()],
                [numbers[-1] for numbers in expected.values()],
            )
        finally:
            for sender in senders:
                sender.kill()
                sender.join()
        again = 0
        for actor in owners:
            taken = [one["data"]["number"] for one in there.taken(f"/{actor}")]
            firsts = list(dict.fromkeys(taken))
            assert firsts == expected[actor], "something was lost, or came before what was earlier"
            again += len(taken) - len(firsts)
            for before, after in pairwise(taken):
                assert after in (before, before + 1), f"{after} came after {before}"
        refused = sum(one.status == 503 for one in there.received)
        unanswered = sum(one.status == DROPPED for one in there.received)
    database.dispose()
    assert killed >= kills and refused > 0 and again > 0
    print(
        f"{engine}, seed {SEED}: {events} reports, {len(there.received)} attempts, {refused} refused, {unanswered} not "
        f"answered, {killed} kills, {again} delivered again, 0 lost, 0 out of order"
    )


def _wait(positions: Callable[[], list[int]], wanted: list[int]) -> None:
    last, since = [0], time.monotonic()
    while (found := positions()) != wanted:
        if found != last:
            last, since = found, time.monotonic()
        assert time.monotonic() - since < PATIENCE, f"nothing moves: {found} of {wanted}"
        time.sleep(0.1)
