"""A stop is a stop: told to end, the service ends what is under way, and behind clients that try again nobody notices."""

import json
import random
import socket
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.conftest import ENGINES
from tests.trust.history import Told
from tests.trust.load import Load
from tests.trust.world import PERIODS, world

CLIENTS = 8
SEED = 20261127
ENDS_WITHIN = 20.0


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("stops", [pytest.param(10, marks=pytest.mark.proof), pytest.param(50, marks=pytest.mark.long)])
def test_stopped_under_load_behind_clients_that_try_again(
    new_database: Callable[[str], str], engine: str, stops: int, tmp_path: Path
) -> None:
    chance = random.Random(SEED)
    longest = 0.0
    with world(new_database(engine), tmp_path) as there:
        load = Load(there, f"stopped-{engine}-{SEED}", CLIENTS, all_patient=True)
        load.begin()
        for _ in range(stops):
            time.sleep(chance.uniform(0.2, 1.0))
            code, seconds = there.service.stop()
            assert (code, seconds < ENDS_WITHIN) == (0, True), (code, seconds, there.service.said())
            longest = max(longest, seconds)
            there.service.start()
        remembered = load.end()
        imports = there.settled_imports()
        assert set(imports.values()) == {"succeeded"}
        assert {one.told for one in remembered.operations} == {Told.DONE}, (
            "a client saw an error that trying again did not cure"
        )
        there.check_history(remembered.all_operations(imports))
    print(
        f"{engine}, seed {SEED}: {stops} stops, the longest {longest:.1f} s, {remembered.summary()},"
        f" imports {dict(Counter(imports.values()))}"
    )


@pytest.mark.proof
def test_what_is_under_way_is_answered_and_nothing_new_is_taken(new_database: Callable[[str], str], tmp_path: Path) -> None:
    """One client is in the middle of its request when the service is told to end, one has asked and keeps its connection."""
    body = json.dumps({"indicator": "jobs", "period": PERIODS[0], "value": "7", "comment": "under way"}).encode()
    with world(new_database("sqlite"), tmp_path) as there, ThreadPoolExecutor(1) as pool:
        port = there.service.port
        with socket.create_connection(("127.0.0.1", port)) as busy, socket.create_connection(("127.0.0.1", port)) as idle:
            idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"200 OK" in idle.recv(10_000)
            while idle.recv(10_000)[-1:] != b"}":
                pass
            head = (
                f"POST /v1/communities/{there.community}/contributions HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
            )
            head += f"Content-Type: application/json\r\nAuthorization: Bearer {there.tokens['a']}\r\n\r\n"
            busy.sendall(head.encode() + body[:10])
            time.sleep(0.2)
            stopped = pool.submit(there.service.stop)
            assert idle.recv(1) == b"", "whoever only keeps its connection is sent away"
            _until_refused(port)
            busy.sendall(body[10:])
            answer = b""
            while more := busy.recv(10_000):
                answer += more
        assert answer.startswith(b"HTTP/1.1 201"), answer
        code, seconds = stopped.result()
        assert (code, seconds < ENDS_WITHIN) == (0, True)
        there.service.start()
        (said,) = [line for line in there.seen() if line.mark == "under way"]
        assert said.revision == 2
        assert b"\r\nconnection: close\r\n" in answer.lower(), answer


def _until_refused(port: int) -> None:
    until = time.monotonic() + ENDS_WITHIN
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.01)
    raise AssertionError("the service takes connections all the same")
