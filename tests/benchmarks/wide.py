"""Communities with as much in them as figures are promised for: ten thousand cells an indicator, a hundred indicators."""

import time
from collections.abc import Iterator, Sequence
from itertools import product

import httpx

from tests.benchmarks.coalition import ACTORS, AGES, HEAD, SEXES, Coalition, found
from tests.serving import Served

MANY = [f"indicator-{number}" for number in range(100)]
MONTHS = range(1, 11)
_PER_FILE = 10
"""Indicators of one file."""
PROBE = "probe"
"""An indicator of 1,000 rows a year."""


def found_wide(served: Served) -> Coalition:
    """A community with a hundred indicators of 10,000 rows each, all of 2025; and the probe among ninety-nine other years."""
    coalition = found(served.port, served.operator, "wide", [*MANY, PROBE])
    for start in range(0, len(MANY), _PER_FILE):
        bring(coalition, _year(MANY[start : start + _PER_FILE], 2025))
    for start in range(1925, 2025, _PER_FILE * 10):
        bring(coalition, (row for year in range(start, min(start + _PER_FILE * 10, 2025)) for row in _totals(PROBE, year)))
    bring(coalition, _totals(PROBE, 2025))
    return coalition


def found_small(served: Served) -> Coalition:
    """A community with the probe and nothing else, of 2025 alone."""
    coalition = found(served.port, served.operator, "small", [PROBE])
    bring(coalition, _totals(PROBE, 2025))
    return coalition


def _year(indicators: Sequence[str], year: int) -> Iterator[str]:
    for number, (code, month, actor, sex, age) in enumerate(product(indicators, MONTHS, ACTORS, SEXES, AGES)):
        yield f"{code},{actor},{year}-{month:02},{number % 997}.{number % 89:02},{sex},{age}\n"


def _totals(indicator: str, year: int) -> Iterator[str]:
    for number, (month, actor) in enumerate(product(MONTHS, ACTORS)):
        yield f"{indicator},{actor},{year}-{month:02},{number % 997}.{number % 89:02},,\n"


def bring(coalition: Coalition, rows: Iterator[str]) -> None:
    """Import a file of `rows`. Raises RuntimeError where it does not succeed."""
    with httpx.Client(base_url=f"http://127.0.0.1:{coalition.port}", timeout=120) as client:
        client.headers["Authorization"] = f"Bearer {coalition.token}"
        content = (HEAD + "".join(rows)).encode()
        headers = {"Content-Type": "text/csv", "Prefer": "wait=10"}
        state = client.post(coalition.path("/imports"), content=content, headers=headers).raise_for_status().json()
        while state["status"] in ("queued", "running"):
            time.sleep(0.1)
            state = client.get(coalition.path(f"/imports/{state['id']}")).raise_for_status().json()
    if state["status"] != "succeeded":
        raise RuntimeError(f"the import went wrong: {state}")
