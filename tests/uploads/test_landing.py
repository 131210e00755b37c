"""An import lands wholly or not at all: killed halfway, overtaken by others, judged anew after a decision in between."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from service.database import Database
from service.models.contribution import LedgerEntry
from service.models.tables import table_of
from service.records.jobs import lease_job
from service.records.verification import verify
from service.uploads import landing
from service.uploads.importing import Import
from service.uploads.queue import Worker
from service.uploads.workplace import StoppedError, TakenOverError, Workplace
from tests.builders import Coalition, Json, define
from tests.records.coalition import reading
from tests.uploads.sending import SEX, counts, gathered, standing

FILE = "indicator,period,sex,value\n" + "".join(
    f"jobs,{year}-Q{quarter},{sex},{year}\n" for year in range(1990, 2026) for quarter in range(1, 5) for sex in ("F", "M")
)
ROWS = 36 * 4 * 2


class Bench:
    """A coalition whose imports are worked on when the test says so, with a hand on what happens in between."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Worker, "wake", lambda worker: None)
        monkeypatch.setattr(landing, "WRITTEN_AT_ONCE", 20)
        monkeypatch.setattr(landing, "BESIDE_OTHERS", 1)
        self.database = database
        self.made: Coalition = gathered(database)
        self.service = self.made.client.service_app.state.service

    def queue(self, content: str = FILE, **asked: str) -> str:
        headers = {"Content-Type": "text/csv"}
        response = self.made.members["a"].ask("POST", "/imports", content=content, headers=headers, params=asked)
        assert response.status_code == 202
        return str(response.json()["id"])

    def work(self, heed: Callable[[], None] = lambda: None) -> None:
        """Works on the next job; `heed` is called whenever the import looks up from its work."""
        now = self.service.clock()
        with self.database.write() as connection:
            job = lease_job(connection, now, now)
        assert job is not None
        Import(Workplace(self.database, self.service.registers, self.service.clock, heed), job).run()

    def found(self, number: str) -> Json:
        return self.made.members["a"].get(f"/imports/{number}")

    def rows_kept(self) -> int:
        with reading(self.database) as connection:
            return int(connection.execute(select(func.count()).select_from(table_of(LedgerEntry))).scalar_one())

    def nothing_differs(self) -> None:
        with self.database.read() as connection:
            assert verify(connection) == []


@pytest.fixture
def bench(database: Database, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(database, monkeypatch)


def once(after: int, act: Callable[[], Any]) -> Callable[[], None]:
    """Does `act` once, the `after`th time it is called."""
    calls = 0

    def heed() -> None:
        nonlocal calls
        calls += 1
        if calls == after:
            act()

    return heed


def stop() -> None:
    raise StoppedError


@pytest.mark.parametrize("after", [1, 2, 3, 5, 9, 16])
def test_killed_at_any_point_nothing_counts_and_the_next_run_lands_all(bench: Bench, after: int) -> None:
    number = bench.queue()
    with pytest.raises(StoppedError):
        bench.work(once(after, stop))
    assert standing(bench.made.support) == {}
    bench.nothing_differs()
    bench.made.client.clock = bench.made.client.clock.replace(minute=30)
    bench.work()
    assert counts(bench.found(number)) == {"rows": ROWS, "created": ROWS}
    assert len(standing(bench.made.support)) == bench.rows_kept() == ROWS
    bench.nothing_differs()


def test_who_was_taken_for_dead_brings_nothing(bench: Bench) -> None:
    number = bench.queue()

    def another_worker() -> None:
        bench.made.client.clock = bench.made.client.clock.replace(minute=30)
        bench.work()

    with pytest.raises(TakenOverError):
        bench.work(once(1, another_worker))
    assert counts(bench.found(number)) == {"rows": ROWS, "created": ROWS}
    assert len(standing(bench.made.support)) == ROWS
    bench.nothing_differs()


def test_others_write_in_between(bench: Bench) -> None:
    """One key gets another value, one the file's own, one that was unchanged is changed: each is counted as it then is."""
    bench.made.report("a", "jobs", "1990-Q1", "1990", dimensions={"sex": "F"})
    number = bench.queue()

    def meddle() -> None:
        bench.made.report("a", "jobs", "1990-Q1", "1", dimensions={"sex": "F"})
        bench.made.report("a", "jobs", "1991-Q1", "1", dimensions={"sex": "F"})
        bench.made.report("a", "jobs", "1992-Q1", "1992", dimensions={"sex": "F"})

    bench.work(once(8, meddle))
    assert counts(bench.found(number)) == {"rows": ROWS, "created": ROWS - 3, "revised": 2, "unchanged": 1}
    found = standing(bench.made.support)
    assert {found["jobs", "a", f"{year}-Q1", "F"] for year in range(1990, 1993)} == {"1990", "1991", "1992"}
    bench.nothing_differs()


def test_what_others_write_just_before_the_lock_is_taken_in_under_it(bench: Bench) -> None:
    calls = 0

    def count() -> None:
        nonlocal calls
        calls += 1

    first = bench.queue()
    bench.work(count)
    bench.made.members["a"].post(f"/imports/{first}/undo")
    number = bench.queue()

    def meddle() -> None:
        bench.made.report("a", "jobs", "1990-Q1", "1", dimensions={"sex": "F"})
        bench.made.report("a", "jobs", "1991-Q1", "1991", dimensions={"sex": "F"})

    bench.work(once(calls, meddle))
    assert counts(bench.found(number)) == {"rows": ROWS, "revised": ROWS - 1, "unchanged": 1}
    assert standing(bench.made.support)["jobs", "a", "1990-Q1", "F"] == "1990"
    bench.nothing_differs()


def test_a_decision_in_between_has_the_file_judged_anew(bench: Bench) -> None:
    number = bench.queue()
    bench.work(once(8, lambda: bench.made.support.ask("PUT", "/closed-periods/1990")))
    found = bench.found(number)
    assert (found["status"], found["rejected"], {error["code"] for error in found["errors"]}) == (
        "rejected",
        8,
        {"period_closed"},
    )
    assert (standing(bench.made.support), bench.rows_kept()) == ({}, 0)


def test_a_new_definition_in_between_governs_what_lands(bench: Bench) -> None:
    number = bench.queue()
    revision = {
        "kind": "revise_indicator",
        "indicator": "jobs",
        "based_on": 1,
        "definition": define("jobs", dimensions=SEX, effective_from="2000-Q1")["definition"],
        "bridge": {"kind": "editorial"},
    }
    bench.work(once(8, lambda: bench.made.adopt(revision)))
    assert counts(bench.found(number)) == {"rows": ROWS, "created": ROWS}
    versions = {item["period"]: item["version"] for item in bench.made.support.get("/contributions", limit=1000)["items"]}
    assert (versions["1999-Q4"], versions["2000-Q1"]) == (1, 2)
    bench.nothing_differs()


def test_who_stops_being_a_member_or_the_support_meanwhile(bench: Bench) -> None:
    content = "indicator,actor,period,value\njobs,b,2025-Q1,1\n"
    response = bench.made.support.ask("POST", "/imports", content=content, headers={"Content-Type": "text/csv"})
    bench.made.support.patch("/actors/b", {"role": "support"})
    bench.made.members["b"].patch("/actors/appui", {"role": "member"})
    bench.work()
    found = bench.made.members["b"].get(f"/imports/{response.json()['id']}")
    assert (found["status"], found["errors"][0]["code"]) == ("rejected", "not_your_actor")
