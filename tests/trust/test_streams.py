"""Whoever follows the stream of events misses nothing and sees nothing twice, across reconnections and stops of the service."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.trust.clients import client_of
from tests.trust.world import PERIODS, World, world

REPORTS = 60
ENDS_WITHIN = 10.0


def follow(there: World, after: int, seen: list[int], until: Callable[[], bool]) -> None:
    """Reads the stream as browsers do: coming back with the last number whenever it ends, until it has seen enough."""
    while not until():
        try:
            for number in stream(there, after):
                seen.append(number)
                after = number
                if until():
                    return
        except httpx.TransportError:
            time.sleep(0.1)


def stream(there: World, after: int) -> Iterator[int]:
    """The numbers of the events of one stream, each of which must say its kind and hold itself."""
    headers = {"Accept": "text/event-stream", "Last-Event-ID": str(after)}
    with client_of(there.tokens["b"]) as client, client.stream("GET", f"{there.address}/events", headers=headers) as answer:
        if answer.status_code != 200:
            return
        assert answer.headers["content-type"].startswith("text/event-stream")
        told: dict[str, str] = {}
        for line in answer.iter_lines():
            if line:
                name, _, value = line.partition(":")
                told[name] = value.removeprefix(" ")
            elif "id" in told:
                event = json.loads(told["data"])
                assert (str(event["number"]), event["kind"]) == (told["id"], told["event"])
                yield event["number"]
                told = {}


@pytest.mark.proof
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_stream_misses_nothing(new_database: Callable[[str], str], engine: str, tmp_path: Path) -> None:
    with world(new_database(engine), tmp_path) as there, client_of(there.tokens["a"]) as client:
        before = there.get("/events/proof")["number"]
        seen: list[int] = []
        wanted = list(range(before + 1, before + REPORTS + 1))
        reader = threading.Thread(target=follow, args=(there, before, seen, lambda: len(seen) >= REPORTS), daemon=True)
        reader.start()
        for number in range(REPORTS):
            body = {"indicator": "jobs", "period": PERIODS[number % len(PERIODS)], "value": str(number + 1)}
            assert client.post(f"{there.address}/contributions", json=body).status_code == 201
            if number == REPORTS // 2:
                code, seconds = there.service.stop()
                assert (code, seconds < ENDS_WITHIN) == (0, True), "an open stream holds up the end"
                there.service.start()
        reader.join(30)
        print(f"{engine}: {len(seen)} events over a stop of {seconds:.1f} s")
        assert seen == wanted
