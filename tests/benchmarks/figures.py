"""`python -m tests.benchmarks.figures`: what figures cost beside the least that could do the same, on this machine, now.

Processor time of one worker, not time that passes: what a busy machine does beside it does not count. Each round measures
both sides of every ratio, one after the other. Needs Linux, and what the tests need.
"""

import argparse
import os
import sqlite3
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console

from tests.benchmarks.__main__ import postgresql, ratios
from tests.benchmarks.clients import Answer, latencies, request
from tests.benchmarks.coalition import Coalition
from tests.benchmarks.measures import Pair
from tests.benchmarks.wide import MANY, PROBE, found_small, found_wide
from tests.serving import Served, application, jalon

_UNLIMITED = {"JALON_RATE_LIMIT": "0", "JALON_LOG_LEVEL": "warning"}
_TICKS = os.sysconf("SC_CLK_TCK")
_AGAIN = 400
"""How often what is remembered is asked for in a round."""
_FRESH = 8
"""How many figures are asked for the first time in a round."""
_COLUMNS = "period, actor, cell, batch, kind, version, value"


def spent(process_id: int) -> float:
    """Seconds of processor time that a process has taken so far, all its threads together."""
    fields = Path(f"/proc/{process_id}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def most_memory(process_id: int) -> float:
    """Megabytes that a process had in memory at most."""
    status = Path(f"/proc/{process_id}/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def asked(served: Served, requests: Sequence[bytes]) -> tuple[float, list[Answer]]:
    """Seconds of the server's processor time that an answer takes, and the answers. Raises RuntimeError for a refusal."""
    before = spent(served.process_id)
    _, answers = latencies(served.port, requests)
    wrong = [answer for answer in answers if answer.status not in (200, 201)]
    if wrong:
        raise RuntimeError(f"{wrong[0].status} {wrong[0].body[:300]!r}")
    return (spent(served.process_id) - before) / len(requests), answers


@dataclass
class Bench:
    """One engine: its server, the communities in it, and a way to fetch rows barely."""

    served: Served
    wide: Coalition
    small_served: Served
    small: Coalition
    fetch: "Fetch"
    bare: Served

    def figure(self, coalition: Coalition, indicator: str, query: str) -> bytes:
        """The request for a figure."""
        return request("GET", coalition.path(f"/indicators/{indicator}/figure?{query}"), token=coalition.token)

    def remembered(self) -> Pair:
        """A figure over fifty actors asked again and again, and a bare answer of the same bytes."""
        question = self.figure(self.wide, MANY[0], "from=2025-01&to=2025-06")
        _, (answer,) = asked(self.served, [question])
        ours, _ = asked(self.served, [question] * _AGAIN)
        bare, _ = asked(self.bare, [request("GET", f"/{len(answer.body)}")] * (_AGAIN * 4))
        return Pair(1000 * ours, 1000 * bare)

    def fresh(self, number: int, by: str) -> Pair:
        """Figures over 10,000 cells that nobody asked for before, and a fetch of the same rows."""
        indicators = [MANY[(number * _FRESH + place) % len(MANY)] for place in range(_FRESH)]
        query = f"from=2024-{1 + number % 12:02}&to=2026" + by
        ours, _ = asked(self.served, [self.figure(self.wide, indicator, query) for indicator in indicators])
        return Pair(1000 * ours, 1000 * self._bare_fetch(indicators) / len(indicators))

    def progress(self, number: int) -> tuple[Pair, Pair]:
        """The progress of a hundred indicators that nobody asked for before, and a fetch of their rows; then the same once
        more after one contribution, and the first of them."""
        at = f"{2025 + (number + 10) // 12}-{1 + (number + 10) % 12:02}"
        question = request("GET", self.wide.path(f"/progress?at={at}"), token=self.wide.token)
        first, _ = asked(self.served, [question])
        bare = self._bare_fetch(MANY)
        body = f'{{"indicator": "{MANY[number]}", "actor": "actor-1", "period": "2025-11", "value": "{number}"}}'
        asked(self.served, [request("POST", self.wide.path("/contributions"), token=self.wide.token, body=body.encode())])
        again, _ = asked(self.served, [question])
        return Pair(1000 * first, 1000 * bare), Pair(1000 * again, 1000 * first)

    def surrounded(self, number: int) -> Pair:
        """Figures of the probe amid a hundred times more ledger, and of the same rows alone."""
        queries = [f"from=2025-{month:02}&to=2025-12-{day:02}&by=sex" for month in (1, 2, 3, 4) for day in range(1, 31)]
        share = len(queries) // 10
        chosen = queries[(number % 10) * share : (number % 10 + 1) * share]
        ours, _ = asked(self.served, [self.figure(self.wide, PROBE, query) for query in chosen])
        alone, _ = asked(self.small_served, [self.figure(self.small, PROBE, query) for query in chosen])
        return Pair(1000 * ours, 1000 * alone)

    def _bare_fetch(self, indicators: Sequence[str]) -> float:
        """Seconds of this process's processor time."""
        self.fetch(indicators[0])
        before = time.process_time()
        for indicator in indicators:
            self.fetch(indicator)
        return time.process_time() - before


Fetch = Callable[[str], Any]


def _fetch(execute: Callable[[str], Any]) -> Fetch:
    """Fetches the rows of an indicator of the wide community, by the key that they are kept under."""
    numbers: dict[str, str] = {}

    def fetch(indicator: str) -> Any:
        if not numbers:
            ((community,),) = execute("SELECT community_id FROM community_code WHERE code = 'wide'").fetchall()
            found = execute(f"SELECT code, number FROM indicator WHERE community_id = {community}")
            numbers.update({code: f"community_id = {community} AND indicator = {number}" for code, number in found.fetchall()})
        return execute(f"SELECT {_COLUMNS} FROM ledger_entry WHERE {numbers[indicator]}").fetchall()

    return fetch


@contextmanager
def _sqlite(folder: Path) -> Iterator[tuple[str, str, Fetch]]:
    wide = folder / "wide.db"
    connection = sqlite3.connect(wide)
    yield f"sqlite:///{wide}", f"sqlite:///{folder / 'small.db'}", _fetch(connection.execute)
    connection.close()


@contextmanager
def _postgresql() -> Iterator[tuple[str, str, Fetch]]:
    with postgresql() as wide, postgresql() as small, psycopg.connect(wide, autocommit=True) as connection:
        yield wide, small, _fetch(lambda statement: connection.execute(statement.encode()))


def main() -> None:
    """Parse the command line, run the rounds, print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.figures", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often everything is measured (default: 5)")
    parser.add_argument("--engine", choices=["SQLite", "PostgreSQL"], help="only this one")
    chosen = parser.parse_args()
    console = Console(width=128, log_path=False)
    pairs: dict[tuple[str, str], list[Pair]] = defaultdict(list)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bare = stack.enter_context(application("tests.benchmarks.bare:ready_answer", "/2"))
        benches = {}
        for name, engine in (("SQLite", _sqlite(folder)), ("PostgreSQL", _postgresql())):
            if chosen.engine in (None, name):
                console.log(f"{name}: a million rows are brought in")
                wide_url, small_url, fetch = stack.enter_context(engine)
                wide, small = (stack.enter_context(jalon(url, _UNLIMITED)) for url in (wide_url, small_url))
                benches[name] = Bench(wide, found_wide(wide), small, found_small(small), fetch, bare)
        for number in range(chosen.rounds):
            for name, bench in benches.items():
                console.log(f"round {number + 1} of {chosen.rounds}, {name}")
                pairs[name, "a figure's ms, remembered : bare answer"].append(bench.remembered())
                pairs[name, "a figure's ms, 10,000 cells : bare fetch"].append(bench.fresh(number, ""))
                pairs[name, "the same by two dimensions : bare fetch"].append(bench.fresh(number, "&by=sex,age"))
                first, again = bench.progress(number)
                pairs[name, "progress' ms, 1,000,000 cells : bare fetch"].append(first)
                pairs[name, "the same after one contribution : before it"].append(again)
                pairs[name, "a figure's ms amid 100 times more : alone"].append(bench.surrounded(number))
        console.print(ratios(pairs, f"median and spread of {chosen.rounds} rounds, processor time"))
        for name, bench in benches.items():
            console.print(f"{name}: the worker had {most_memory(bench.served.process_id):.0f} MB in memory at most")


if __name__ == "__main__":
    main()
