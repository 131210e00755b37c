"""Twenty clients who decide the same thing at the same instant, against the running service, on both engines."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from service.database import open_database
from service.models.journal import JournalEntry
from service.models.tables import table_of
from service.records.verification import verify
from tests.builders import SCOPES, Json, define
from tests.records.coalition import reading
from tests.serving import jalon

pytestmark = pytest.mark.proof
CLIENTS = 20
MEMBERS = ("a", "b")


class Community:
    """A community under consent with two members, served by one or more processes over one database."""

    def __init__(self, ports: list[int], operator: str) -> None:
        self.servers = [httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) for port in ports]
        self.tokens = {"": operator}
        founded = self.ask(
            "POST",
            "/v1/communities",
            json={
                "code": "lac",
                "name": "Lac",
                "objective": "Clean",
                "visibility": "members",
                "charter": {"decision_rule": "consent"},
                "support": {"code": "appui", "name": "Appui", "kind": "association"},
            },
        ).raise_for_status()
        self.tokens["appui"] = founded.json()["token"]
        for member in MEMBERS:
            body = {"code": member, "name": member, "kind": "association", "role": "member"}
            self.send("appui", "POST", "/actors", json=body).raise_for_status()
            made = self.send("appui", "POST", f"/actors/{member}/tokens", json={"name": "t", "scopes": list(SCOPES)})
            self.tokens[member] = made.raise_for_status().json()["token"]

    def ask(self, method: str, path: str, actor: str = "", at: int = 0, **request: Any) -> httpx.Response:
        """Sends a request as an actor, to one of the servers."""
        server = self.servers[at % len(self.servers)]
        return server.request(method, path, headers={"Authorization": f"Bearer {self.tokens[actor]}"}, **request)

    def send(self, actor: str, method: str, path: str, at: int = 0, **request: Any) -> httpx.Response:
        """The same below the community's path."""
        return self.ask(method, f"/v1/communities/lac{path}", actor, at, **request)

    def carried(self, *changes: Json, **more: Any) -> str:
        """The id of an open proposal that everybody supports."""
        body = {"title": "A change", "changes": list(changes), **more}
        made: str = self.send("a", "POST", "/proposals", json=body).raise_for_status().json()["id"]
        for member in MEMBERS:
            self.send(member, "PUT", f"/proposals/{made}/positions/{member}", json={"position": "support"}).raise_for_status()
        return made

    def at_once(self, work: Callable[[int], httpx.Response]) -> list[httpx.Response]:
        """What twenty clients are answered who begin together."""
        start = threading.Barrier(CLIENTS)

        def run(client: int) -> httpx.Response:
            start.wait()
            return work(client)

        with ThreadPoolExecutor(CLIENTS) as pool:
            return list(pool.map(run, range(CLIENTS)))


@pytest.fixture(params=["sqlite", "postgresql"])
def served(request: pytest.FixtureRequest, new_database: Callable[[str], str]) -> Iterator[tuple[Community, str]]:
    """One server on SQLite, which allows one, and two on PostgreSQL."""
    url = new_database(request.param)
    with ExitStack() as stack:
        running = [stack.enter_context(jalon(url, {"JALON_RATE_LIMIT": "0"})) for _ in range(1 + (request.param != "sqlite"))]
        lac = Community([one.port for one in running], running[0].operator)
        for server in lac.servers:
            stack.callback(server.close)
        yield lac, url


def _revision(based_on: int, text: str) -> Json:
    definition = define()["definition"] | {"effective_from": "2026-Q2", "description": text}
    bridge = {"kind": "editorial"}
    return {"kind": "revise_indicator", "indicator": "jobs", "based_on": based_on, "definition": definition, "bridge": bridge}


def _close(lac: Community, pair: list[str], client: int) -> httpx.Response:
    return lac.send("a", "POST", f"/proposals/{pair[client % 2]}/close", client, json={})


def _entries(url: str) -> list[Any]:
    """The journal, after everything that can be checked of it was."""
    database = open_database(url)
    with reading(database) as connection:
        assert verify(connection) == []
        entry = table_of(JournalEntry)
        found = list(connection.execute(select(entry).order_by(entry.c.number)))
    database.dispose()
    assert [one.number for one in found] == list(range(1, len(found) + 1))
    return found


def test_two_proposals_closed_at_one_instant_by_twenty_clients(served: tuple[Community, str]) -> None:
    """Each time one of the two is adopted, by one of its ten clients; the other is told what came between."""
    lac, url = served
    lac.send("a", "POST", f"/proposals/{lac.carried(define())}/close").raise_for_status()
    for latest in range(1, 3):
        pair = [lac.carried(_revision(latest, f"{latest} {which}")) for which in ("one", "other")]
        answers = lac.at_once(partial(_close, lac, pair))
        codes = Counter(answer.json().get("code", answer.json()["status"]) for answer in answers)
        assert codes == {"adopted": 1, "not_open": 9, "stale_version": 10}
        lost = next(answer.json() for answer in answers if answer.json().get("code") == "stale_version")
        won = next(answer.json() for answer in answers if answer.json().get("status") == "adopted")
        assert f"{latest + 1} (proposal {won['id']}): " in lost["detail"]
        standing = {made: lac.send("b", "GET", f"/proposals/{made}").json() for made in pair}
        assert sorted(one["status"] for one in standing.values()) == ["adopted", "open"]
        assert all(len(one["positions"]) == 2 for one in standing.values())
        versions = lac.send("b", "GET", "/indicators/jobs/versions").json()["items"]
        assert [one["number"] for one in versions] == list(range(1, latest + 2))
        assert versions[-1]["proposal"] == won["id"]
    kinds = Counter(entry.kind for entry in _entries(url))
    assert kinds["proposal_adopted"] == 3 and kinds["position_taken"] == 5 * len(MEMBERS)


def test_what_time_decides_is_written_once_by_twenty_clients(served: tuple[Community, str]) -> None:
    lac, url = served
    closes_at = datetime.now(UTC) + timedelta(seconds=4)
    pair = [lac.carried(define(), closes_at=closes_at.isoformat()) for _ in range(2)]
    time.sleep(max(0.0, (closes_at - datetime.now(UTC)).total_seconds()) + 0.01)
    read = [lac.send("b", "GET", f"/proposals/{made}").json() for made in pair]
    assert (read[0]["status"], read[0]["decided_at"]) == ("adopted", read[0]["closes_at"])
    assert (read[1]["status"], read[1]["decision"]["reason"]) == ("rejected", "does_not_fit")
    answers = lac.at_once(
        lambda client: lac.send("b", "POST", f"/proposals/{pair[0]}/comments", client, json={"comment": f"{client}"})
    )
    assert [answer.status_code for answer in answers] == [201] * CLIENTS
    assert [lac.send("b", "GET", f"/proposals/{made}").json() for made in pair] == read
    entries = _entries(url)
    decided = [entry for entry in entries if entry.kind in ("proposal_adopted", "proposal_rejected")]
    assert [entry.kind for entry in decided] == ["proposal_adopted", "proposal_rejected"]
    assert decided[0].instant == closes_at and decided[1].instant == closes_at + timedelta(microseconds=1)
    assert Counter(entry.kind for entry in entries)["proposal_commented"] == CLIENTS
