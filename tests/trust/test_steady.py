"""Steady: mixed clients for a while, no error, and no memory that only grows.

The gate has no room for minutes; `pytest -m long -n 0 tests/trust/test_steady.py` takes 2 and then 30 of them on each engine.
"""

import random
import resource
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.conftest import ENGINES
from tests.trust.clients import Caller
from tests.trust.history import Told
from tests.trust.load import Load
from tests.trust.world import MEMBERS, PERIODS, World, world

WRITERS, READERS = 8, 24
SEED = 20261128
MOST_GROWTH, MOST_AT_FIRST = 1.15, 1.25
"""How much more than in its first half it may take in the second: of minutes, and of the twenty seconds that warm it up."""
READ = (
    "/indicators/jobs/figure?from={period}&to={period}",
    "/indicators/jobs/series?frequency=A&from=2022&to=2024",
    "/contributions?actor={actor}&limit=20",
    "/progress?at=2024",
    "/dues?actor={actor}",
    "/indicators/jobs",
)
_PAGE = resource.getpagesize()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "seconds",
    [
        pytest.param(20, marks=[pytest.mark.proof, pytest.mark.alone]),
        pytest.param(120, marks=pytest.mark.long),
        pytest.param(1_800, marks=pytest.mark.long),
    ],
)
def test_mixed_clients_see_no_error_and_memory_stays(
    new_database: Callable[[str], str], engine: str, seconds: int, tmp_path: Path
) -> None:
    with world(new_database(engine), tmp_path) as there:
        readers = _Readers(there)
        load = Load(there, f"steady-{engine}-{SEED}", WRITERS)
        load.begin()
        readers.begin()
        sizes = _sizes(there, seconds)
        remembered = load.end()
        readers.end()
        assert {one.told for one in remembered.operations} == {Told.DONE}
        there.check_history(remembered.all_operations(there.settled_imports()))
    half, end = max(sizes[: len(sizes) // 2]), max(sizes)
    print(
        f"{engine}, seed {SEED}: {seconds} s, {WRITERS} writers: {remembered.summary()};"
        f" {READERS} readers: {readers.count} answers;"
        f" memory {sizes[0] >> 20} MB at first, {half >> 20} MB in the first half, {end >> 20} MB at most"
    )
    assert end < half * (MOST_AT_FIRST if seconds < 60 else MOST_GROWTH), [size >> 20 for size in sizes]


def _sizes(there: World, seconds: int) -> list[int]:
    """Bytes that the service's process holds, over that time."""
    sizes, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        pages = int(Path(f"/proc/{there.service.process_id}/statm").read_text().split()[1])
        sizes.append(pages * _PAGE)
        time.sleep(0.25)
    return sizes


class _Readers:
    """Clients that read one thing after another."""

    def __init__(self, there: World) -> None:
        self.count = 0
        self._broken: list[str] = []
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(there, number)) for number in range(READERS)]

    def begin(self) -> None:
        """Lets them begin."""
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Returns once all have ended. Raises AssertionError where one was answered anything but 200."""
        self._ending.set()
        for thread in self._threads:
            thread.join()
        assert not self._broken, self._broken[0]

    def _work(self, there: World, number: int) -> None:
        chance = random.Random(f"{SEED} {number}")
        actor = [*MEMBERS, "appui"][number % 5]
        caller = Caller(there.address, there.tokens[actor])
        try:
            while not self._ending.is_set():
                path = chance.choice(READ).format(actor=actor, period=chance.choice(PERIODS))
                sent = caller.ask("GET", path, patient=False)
                assert sent.told is Told.DONE, sent.answer and sent.answer.text
                self.count += 1
        except (AssertionError, httpx.HTTPError):
            self._broken.append(traceback.format_exc())
        finally:
            caller.close()
