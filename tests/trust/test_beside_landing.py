"""While a large import lands, single contributions and reads go on: 99 of 100 are answered within a second."""

import time
from collections.abc import Callable
from itertools import islice, product
from pathlib import Path

import pytest

from tests.builders import define
from tests.conftest import ENGINES
from tests.trust.clients import client_of
from tests.trust.world import MEMBERS, PERIODS, world

WORST = 1.0
"""Seconds."""
CODES = [str(code) for code in range(20)]
LEAST = 20
"""Questions and contributions without which the import was over too soon to say anything."""
_ENDS_WITHIN = 1_800.0


def file(rows: int) -> bytes:
    """A file of that many rows, each of another key."""
    keys = product(MEMBERS, range(1900, 2025), range(1, 13), range(1, 29), CODES)
    lines = (f"daily,{actor},{year}-{month:02}-{day:02},{code},12.5" for actor, year, month, day, code in keys)
    return "\n".join(["indicator,actor,period,code,value", *islice(lines, rows), ""]).encode()


@pytest.mark.alone
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(100_000, marks=pytest.mark.proof, id="hundred-thousand"),
        pytest.param(1_000_000, marks=pytest.mark.long, id="million"),
    ],
)
def test_others_go_on_while_a_file_lands(new_database: Callable[[str], str], engine: str, rows: int, tmp_path: Path) -> None:
    asked: dict[str, list[float]] = {"POST": [], "GET": []}
    with world(new_database(engine), tmp_path) as there, client_of(there.tokens["appui"]) as client:
        dimensions = [{"code": "code", "codes": CODES}]
        body = {"title": "Daily", "rationale": "Agreed.", "changes": [define("daily", frequency="D", dimensions=dimensions)]}
        assert client.post(f"{there.address}/proposals", json=body).status_code == 201
        sent = client.post(f"{there.address}/imports", content=file(rows), headers={"Content-Type": "text/csv"})
        assert sent.status_code == 202, sent.text
        deadline, number = time.monotonic() + _ENDS_WITHIN, 0
        while (found := there.get(f"/imports/{sent.json()['id']}"))["status"] in ("queued", "running"):
            assert time.monotonic() < deadline
            number += 1
            report = {"indicator": "jobs", "actor": "a", "period": PERIODS[number % len(PERIODS)], "value": str(number)}
            figure = f"/indicators/jobs/figure?from=2022&to=2024-Q{1 + number % 4}"
            for method, path, content in (("POST", "/contributions", report), ("GET", figure, None)):
                before = time.monotonic()
                answer = client.request(method, f"{there.address}{path}", json=content)
                asked[method].append(time.monotonic() - before)
                assert answer.status_code in (200, 201), answer.text
            time.sleep(0.01)
        assert (found["status"], found["created"]) == ("succeeded", rows)
    for method, seconds in asked.items():
        worst = sorted(seconds)[int(len(seconds) * 0.99)]
        print(f"{engine}, {rows} rows: {len(seconds)} {method}, 99 of 100 within {worst:.3f} s, at most {max(seconds):.3f} s")
        assert len(seconds) >= LEAST
        assert worst < WORST
