"""Killed at any moment, again and again, a large import lands wholly, once, or not at all; its retries get the one outcome."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import islice, product
from pathlib import Path

import httpx
import pytest
from sqlalchemy import and_, func, select

from service.database import open_database
from service.models.contribution import LedgerEntry
from service.models.journal import JournalEntry
from service.models.tables import table_of
from service.records.verification import verify
from tests.builders import define
from tests.conftest import ENGINES
from tests.trust.clients import client_of
from tests.trust.world import MEMBERS, PERIODS, World, world

ROWS = 100_000
SEED = 20261125
LONGEST = 4.0
"""Seconds until a kill, at most."""
_DAYS = range(1, 29)
_ENDS_WITHIN = 600.0


def files() -> Iterator[bytes]:
    """One file after the other, each with other values for the same places: all but the first revise every row."""
    keys = [
        f"daily,{actor},{year}-{month:02}-{day:02}"
        for actor, year, month, day in islice(product(MEMBERS, range(1900, 2026), range(1, 13), _DAYS), ROWS)
    ]
    number = 0
    while True:
        number += 1
        yield "\n".join(["indicator,actor,period,value", *(f"{key},{number}" for key in keys), ""]).encode()


class Sender:
    """A client who sends one file after the other, each under a key of its own, and again as long as it has not ended."""

    def __init__(self, there: World) -> None:
        self._there = there
        self._files = enumerate(files(), start=1)
        self.landed: list[int] = []
        self.failed: list[int] = []
        self._ids: list[str] = []
        self._begin()

    def _begin(self) -> None:
        self.number, self._content = next(self._files)
        self._id: str | None = None

    def send(self) -> None:
        """Sends what is under way. Being cut off is no answer; what was answered once is answered again."""
        headers = {"Content-Type": "text/csv", "Idempotency-Key": f"file {self.number}"}
        try:
            with client_of(self._there.tokens["appui"]) as client:
                answer = client.post(f"{self._there.address}/imports", content=self._content, headers=headers)
        except httpx.TransportError:
            return
        assert answer.status_code == 202, answer.text
        assert self._id in (None, answer.json()["id"]), "the retry began another import"
        self._id = answer.json()["id"]

    def look(self) -> str:
        """How what is under way stands. Once it has landed, whole, or says that it failed, the next file is."""
        if self._id is None:
            return "unsent"
        found = self._there.get(f"/imports/{self._id}")
        if found["status"] == "succeeded":
            assert found["revised" if self.landed else "created"] == found["rows"] == ROWS, found
            self.landed.append(self.number)
        elif found["status"] == "failed":
            assert [error["code"] for error in found["errors"]] == ["import_failed"], found
            self.failed.append(self.number)
        if found["status"] in ("succeeded", "failed"):
            self._ids.append(found["id"])
            self._begin()
        return str(found["status"])

    def check_ids(self) -> None:
        """The service knows of the imports that were sent, each once, and of no other."""
        assert sorted(self._ids) == sorted(one["id"] for one in self._there.items("/imports")), (
            "one was lost, or is there twice"
        )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kills", [pytest.param(15, marks=pytest.mark.proof), pytest.param(100, marks=pytest.mark.long)])
def test_a_large_import_killed(new_database: Callable[[str], str], engine: str, kills: int, tmp_path: Path) -> None:
    chance, statuses = random.Random(f"{SEED} {engine}"), Counter[str]()
    with world(new_database(engine), tmp_path) as there:
        with client_of(there.tokens["appui"]) as client:
            body = {"title": "Daily", "rationale": "Agreed.", "changes": [define("daily", frequency="D")]}
            assert client.post(f"{there.address}/proposals", json=body).status_code == 201
        sender = Sender(there)
        undisturbed = _come_to_the_end(sender)
        for _ in range(kills):
            # Now and then before the answer, mostly while it is worked on.
            sending = threading.Thread(target=sender.send)
            sending.start()
            # Up to a little longer than it takes undisturbed: some are killed as they land, some just after.
            time.sleep(chance.uniform(0.0, min(1.2 * undisturbed, LONGEST)))
            there.service.kill()
            sending.join()
            _none_in_part(there, sender)
            there.end_leases()
            there.service.start()
            statuses[sender.look()] += 1
        _come_to_the_end(sender)
        sender.check_ids()
        _none_in_part(there, sender)
        _sound(there, sender)
    print(f"{engine}, seed {SEED}: {kills} kills of imports of {ROWS} rows, which were then {dict(statuses)}")
    print(f"{len(sender.landed)} landed, {len(sender.failed)} were given up after too many kills")


def _come_to_the_end(sender: Sender) -> float:
    """Lets an import land that nobody kills; the seconds that it took."""
    began = time.monotonic()
    deadline = began + _ENDS_WITHIN
    while (status := sender.look()) != "succeeded":
        assert time.monotonic() < deadline, "it does not come to its end"
        if status in ("unsent", "failed"):
            sender.send()
        time.sleep(0.1)
    return time.monotonic() - began


def _none_in_part(there: World, sender: Sender) -> None:
    """Whatever counts of a file is the whole of it: what was seen to land and, it may be, what is under way."""
    database, ledger, entry = open_database(there.service.database_url), table_of(LedgerEntry), table_of(JournalEntry)
    named = and_(ledger.c.community_id == entry.c.community_id, ledger.c.batch == entry.c.batch)
    counting = select(entry.c.number, func.count(ledger.c.cell)).outerjoin_from(entry, ledger, named)
    with database.audit() as connection:
        landed = connection.execute(counting.where(entry.c.kind == "import_landed").group_by(entry.c.number)).all()
    database.dispose()
    assert {count for _, count in landed} <= {ROWS}, landed
    assert len(landed) - len(sender.landed) in (0, 1), landed


def _sound(there: World, sender: Sender) -> None:
    """Nothing is left of what did not land, the journal holds, and the figure is that of the last file that landed."""
    database, ledger = open_database(there.service.database_url), table_of(LedgerEntry)
    with database.audit() as connection:
        rows = connection.execute(select(func.count()).select_from(ledger)).scalar_one()
        differences = verify(connection)
    database.dispose()
    assert (rows, differences) == (len(sender.landed) * ROWS + len(MEMBERS) * len(PERIODS), [])
    # A window has 20,000 days at most.
    windows = ({"from": str(year), "to": str(year + 49)} for year in (1900, 1950, 2000))
    found = [there.get("/indicators/daily/figure", **window)["value"] for window in windows]
    assert sum(map(Decimal, found)) == sender.landed[-1] * ROWS
