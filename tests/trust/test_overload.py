"""Overload degrades: five times the clients that saturate the service, 500 connections that stall, and who asks is answered."""

import asyncio
import itertools
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx
import pytest

from tests.benchmarks.clients import Line, request
from tests.builders import define
from tests.serving import Served, jalon

STALLED = 500
WORST = 2.0
"""Seconds within which 99 of 100 questions of healthy clients are answered."""
RECOVERED = 0.7
"""Of the speed before that must be there again, on a machine that others may use too."""
ACTORS, YEARS = 12, 12
HEADS = (b"", b"GET /v1", b"POST /v1/communities HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")


@dataclass(slots=True)
class Asked:
    """What clients were answered: seconds of each, and how many of each status."""

    seconds: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)

    def at(self, share: float) -> float:
        """The seconds within which that share of them was answered."""
        return sorted(self.seconds)[int(len(self.seconds) * share)]


@pytest.fixture(params=["sqlite", "postgresql"])
def served(request: pytest.FixtureRequest, new_database: Callable[[str], str]) -> Iterator[tuple[Served, str]]:
    """The service with a community that has something to compute, and a token that may read it."""
    with jalon(new_database(request.param), {"JALON_RATE_LIMIT": "0"}) as running:
        yield running, _filled(running)


def _filled(running: Served) -> str:
    with httpx.Client(base_url=f"http://127.0.0.1:{running.port}/v1", timeout=60) as client:
        support = {"code": "s", "name": "S", "kind": "club"}
        body = {"code": "lac", "name": "Lac", "objective": "Clean", "visibility": "members", "support": support}
        made = client.post("/communities", json=body, headers={"Authorization": f"Bearer {running.operator}"})
        token: str = made.raise_for_status().json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        for actor in range(ACTORS):
            member = {"code": f"a{actor}", "name": "A", "kind": "club", "role": "member"}
            client.post("/communities/lac/actors", json=member).raise_for_status()
        change = define("jobs", dimensions=[{"code": "sex", "codes": ["F", "M"]}], frequency="M")
        client.post("/communities/lac/proposals", json={"title": "t", "rationale": "r", "changes": [change]}).raise_for_status()
        rows = "indicator,actor,period,sex,value\n" + "".join(
            f"jobs,a{actor},{2010 + year}-{month:02},{sex},{actor + year + month}\n"
            for actor, year, month, sex in itertools.product(range(ACTORS), range(YEARS), range(1, 13), "FM")
        )
        sent = {"Content-Type": "text/csv", "Prefer": "wait=60"}
        found = client.post("/communities/lac/imports", content=rows, headers=sent).raise_for_status().json()
        assert found["status"] == "succeeded", found
    return token


def fresh_questions(token: str) -> Iterator[bytes]:
    """Questions that were never asked before: each over other days."""
    months = [f"{2010 + year}-{month:02}" for year in range(YEARS) for month in range(1, 13)]
    for first, last in itertools.combinations(months, 2):
        path = f"/v1/communities/lac/indicators/jobs/figure?from={first}&to={last}&by=sex"
        yield request("GET", path, token=token)


async def ask(port: int, clients: int, seconds: float, questions: Iterator[bytes]) -> Asked:
    """What `clients` are answered who ask one question after the other."""
    asked, until = Asked(), time.perf_counter() + seconds

    async def client() -> None:
        line = await Line.open(port)
        try:
            await talk(line)
        finally:
            await line.close()

    async def talk(line: Line) -> None:
        while (start := time.perf_counter()) < until:
            answer = await line.ask(next(questions))
            asked.seconds.append(time.perf_counter() - start)
            asked.statuses[answer.status] = asked.statuses.get(answer.status, 0) + 1
            if answer.status != 200:
                assert answer.status in (429, 503) and json.loads(answer.body)["code"], answer

    await asyncio.gather(*(client() for _ in range(clients)))
    return asked


async def stall(port: int, count: int) -> list[asyncio.StreamWriter]:
    """Connections that begin to ask and stop."""
    writers = []
    for number in range(count):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEADS[number % len(HEADS)])
        writers.append(writer)
    return writers


@pytest.mark.alone
@pytest.mark.parametrize(
    "seconds", [pytest.param(8.0, marks=pytest.mark.proof, id="8s"), pytest.param(60.0, marks=pytest.mark.long, id="60s")]
)
def test_overload(served: tuple[Served, str], seconds: float) -> None:
    running, token = served
    questions = fresh_questions(token)

    async def story() -> tuple[Asked, float, float, int]:
        speeds: dict[int, float] = {}
        for clients in (1, 2, 4, 8):
            speeds[clients] = len((await ask(running.port, clients, 1.0, questions)).seconds)
        saturating = min(clients for clients, speed in speeds.items() if speed > 0.9 * max(speeds.values()))
        stalled = await stall(running.port, STALLED)
        flooded = await ask(running.port, 5 * saturating, seconds, questions)
        for writer in stalled:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in stalled), return_exceptions=True)
        after, since = 0.0, time.perf_counter()
        while after < RECOVERED * max(speeds.values()) and time.perf_counter() - since < 10:
            after = len((await ask(running.port, saturating, 1.0, questions)).seconds)
        return flooded, max(speeds.values()), after, saturating

    flooded, before, after, saturating = asyncio.run(story())
    print(
        f"{saturating} clients saturate it at {before:.0f}/s; {5 * saturating}: {flooded.statuses}, "
        f"median {flooded.at(0.5):.3f} s, p99 {flooded.at(0.99):.3f} s; afterwards {after:.0f}/s"
    )
    assert flooded.statuses.get(200, 0) > 0.95 * len(flooded.seconds)
    assert flooded.at(0.99) < WORST
    assert after >= RECOVERED * before, "it does not come back to its speed within ten seconds"
