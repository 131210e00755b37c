"""A coalition on a service in a process of its own, which is killed and started again; what it shows in the end, read back."""

import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from service.database import open_database
from service.models.journal import JournalEntry
from service.models.tables import table_of
from service.records.jobs import end_leases
from service.records.verification import verify
from tests.builders import Client, Json, coalition, define
from tests.serving import Restartable
from tests.trust.clients import client_of
from tests.trust.history import Effect, Operation, Seen, Told, faults

MEMBERS = ("a", "b", "c", "d")
PERIODS = tuple(f"{year}-Q{quarter}" for year in range(2022, 2025) for quarter in range(1, 5))
_LEASES_END_WITHIN = 120.0
"""Seconds; what a worker of PostgreSQL's had at its death is taken up again after one minute."""
COUNTED = ("report", "withdrawal")
"""What makes a revision."""


@dataclass
class World:
    """A coalition of `MEMBERS` that have each reported `jobs` for `PERIODS`; `tokens` by actor, `appui` being the support."""

    service: Restartable
    community: str
    tokens: dict[str, str]
    ids: dict[str, str] = field(default_factory=dict)
    """The service's names for places."""
    founding: list[Operation] = field(default_factory=list)
    """What stood there before the first client came."""

    @property
    def address(self) -> str:
        """Where the community is."""
        return f"{self.service.address}/v1/communities/{self.community}"

    def get(self, path: str, **parameters: str | int) -> Json:
        """What the support is answered."""
        with client_of(self.tokens["appui"]) as client:
            answer = client.get(f"{self.address}{path}", params=parameters)
        assert answer.status_code == 200, answer.text
        content: Json = answer.json()
        return content

    def items(self, path: str) -> list[Json]:
        """A whole list."""
        page = self.get(path, limit=1000)
        found: list[Json] = page["items"]
        while cursor := page.get("next_cursor"):
            page = self.get(path, limit=1000, cursor=cursor)
            found += page["items"]
        return found

    def seen(self) -> list[Seen]:
        """All that was ever recorded."""
        found = []
        for contribution in self.items("/contributions"):
            place = place_of(contribution["actor"], contribution["period"])
            for line in self.items(f"/contributions/{contribution['id']}/history"):
                revision = line["revision"] if line["kind"] in COUNTED else None
                found.append(Seen(place, line["comment"], revision, line["journal"]))
        found += [Seen("proposals", said["title"]["en"]) for said in self.items("/proposals")]
        found += [Seen("objectives", said["code"]) for said in self.items("/objectives")]
        return found + [Seen("imports", said["sha256"]) for said in self.items("/imports")]

    def imports(self) -> dict[str, str]:
        """How each import stands, by digest."""
        return {said["sha256"]: said["status"] for said in self.items("/imports")}

    def settled_imports(self) -> dict[str, str]:
        """How each import has ended, once all have. Raises AssertionError where one does not."""
        deadline = time.monotonic() + _LEASES_END_WITHIN
        while set((imports := self.imports()).values()) & {"queued", "running"}:
            assert time.monotonic() < deadline, imports
            time.sleep(0.1)
        return imports

    def end_leases(self) -> None:
        """Lets the minute pass that a dead worker keeps its import on PostgreSQL. SQLite knows at once that it is dead."""
        database = open_database(self.service.database_url)
        with database.write() as connection:
            end_leases(connection)
        database.dispose()

    def check_history(self, operations: Collection[Operation]) -> None:
        """Holds all that was asked for, imports at their end, against all that is there."""
        seen = self.seen()
        found = faults([*self.founding, *operations], seen)
        assert not found, "\n".join(found[:50])
        self._check_records(seen)

    def _check_records(self, seen: list[Seen]) -> None:
        """The second view, of the database itself: no number left out, no entry unseen, nothing that `jalon verify` names."""
        database, entry = open_database(self.service.database_url), table_of(JournalEntry)
        with database.audit() as connection:
            entries = connection.execute(select(entry.c.number, entry.c.batch).order_by(entry.c.number)).all()
            differences = verify(connection)
        database.dispose()
        assert differences == []
        assert [number for number, _ in entries] == list(range(1, len(entries) + 1))
        assert {number for number, batch in entries if batch is not None} == {
            one.entry for one in seen if one.entry is not None
        }


def place_of(actor: str, period: str) -> str:
    """How the checker calls the history of one actor's jobs."""
    return f"{actor}/{period}"


@contextmanager
def world(database_url: str, folder: Path) -> Iterator[World]:
    """A coalition in the migrated database, whose service runs; ended when the block is left, whatever state it is in."""
    database = open_database(database_url)
    with Client(database, now=datetime.now(UTC)) as client:
        made = coalition(client, MEMBERS, language="en")
        made.adopt(define("jobs"))
        ids: dict[str, str] = {}
        for actor, voice in made.members.items():
            report = {"indicator": "jobs", "actor": actor, "value": "0", "comment": "founding"}
            said = voice.post("/contributions/batch", {"items": [report | {"period": period} for period in PERIODS]})
            ids |= {place_of(actor, one["period"]): one["id"] for one in said["items"]}
        tokens = {code: voice.token or "" for code, voice in made.members.items()} | {"appui": made.support.token or ""}
    database.dispose()
    service = Restartable(database_url, folder / "log")
    try:
        service.start()
        found = World(service, made.code, tokens, ids)
        found.founding = _as_told(found.seen())
        yield found
    finally:
        service.kill()
    assert "Traceback" not in service.said(), service.said()[:5_000]


def _as_told(seen: Sequence[Seen]) -> list[Operation]:
    """Lines as if somebody had been told of them: those of one transaction together."""
    together: dict[object, list[Seen]] = defaultdict(list)
    for line in seen:
        together[line.entry or line].append(line)
    return [
        Operation(f"founding {number}", Told.DONE, tuple(Effect(line.place, line.mark, line.revision) for line in lines))
        for number, lines in enumerate(together.values())
    ]
