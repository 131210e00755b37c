"""The sender beside the service: told what happens by itself, and never in the way of a stop."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from service.database import open_database
from tests.builders import Client, coalition
from tests.events.receiving import LOOPBACK, founded, listening, receiver
from tests.serving import Restartable


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.proof)])
def test_it_delivers_by_itself_and_lets_go_at_a_stop(new_database: Callable[[str], str], engine: str) -> None:
    database, asked, freed = open_database(new_database(engine)), threading.Event(), threading.Event()

    def hang(path: str, body: bytes) -> int:
        asked.set()
        freed.wait(9)
        return 500

    with receiver() as there:
        try:
            with listening(database, webhooks="on") as client:
                lac = founded(client)
                lac.members["a"].post("/webhooks", {"url": there.url()})
                lac.report("b", "jobs", "2025-Q1", "1")
                until(lambda: len(there.taken()) == 1)
                there.answer = hang
                lac.report("b", "jobs", "2025-Q1", "2")
                assert asked.wait(60)
                stopped = time.monotonic()
            assert time.monotonic() - stopped < 8, "who does not answer holds up the stop"
        finally:
            freed.set()
    database.dispose()


@pytest.mark.proof
def test_a_process_ends_whoever_does_not_answer(new_database: Callable[[str], str], tmp_path: Path) -> None:
    """And the next one delivers what was under way."""
    url, freed = new_database("sqlite"), threading.Event()
    database = open_database(url)
    with receiver() as there:
        with listening(database) as client:
            lac = founded(client)
            made = lac.members["a"].post("/webhooks", {"url": there.url()})
            lac.report("b", "jobs", "2025-Q1", "1")
        database.dispose()
        asked = threading.Event()

        def hang(path: str, body: bytes) -> int:
            asked.set()
            freed.wait(9)
            return 500

        there.answer = hang
        service = Restartable(url, tmp_path / "log", {"JALON_WEBHOOK_ALLOWED_RANGES": LOOPBACK})
        try:
            service.start()
            assert asked.wait(60)
            code, seconds = service.stop()
            assert (code, seconds < 15) == (0, True), (code, seconds)
            freed.set()
            there.answer = lambda path, body: 204
            service.start()
            until(lambda: len(there.taken()) == 1)
            assert there.taken()[0]["data"]["number"] == int(made["id"]) + 1
        finally:
            freed.set()
            service.kill()
        assert "Traceback" not in service.said(), service.said()
        print(f"stopped in {seconds:.1f} s")


def test_without_webhooks_a_change_wakes_nobody(light_client: Client) -> None:
    """And where nobody is to send, nobody does."""
    coalition(light_client)
    sender = light_client.service_app.state.service.sender
    assert (sender._woken.is_set(), sender._thread) == (False, None)
