"""The worker: takes up what waits when the service starts, gives back what it must leave, and gives up on what breaks."""

import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from service.database import Database
from service.models.tables import table_of
from service.models.upload import Job, UploadPart
from service.records.jobs import lease_job
from service.records.verification import verify
from service.uploads.queue import Worker
from service.uploads.workplace import Workplace
from tests.records.coalition import changing
from tests.uploads.sending import counts, standing
from tests.uploads.test_landing import FILE, ROWS, Bench

wake = Worker.wake


@pytest.fixture
def bench(database: Database, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(database, monkeypatch)


def worker_of(bench: Bench) -> Worker:
    return Worker(Workplace(bench.database, bench.service.registers, bench.service.clock))


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def jobs(bench: Bench) -> list[Job]:
    with bench.database.read() as connection:
        return [Job(**row._mapping) for row in connection.execute(select(table_of(Job)))]


def test_what_waits_is_taken_up_at_the_start_and_in_its_order(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = bench.queue(), bench.queue(FILE.replace(",1990\n", ",7\n"))
    monkeypatch.setattr(Worker, "wake", wake)
    worker = worker_of(bench)
    worker.start()
    until(lambda: bench.found(second)["status"] == "succeeded")
    worker.stop(20)
    assert counts(bench.found(first)) == {"rows": ROWS, "created": ROWS}
    assert counts(bench.found(second)) == {"rows": ROWS, "revised": 8, "unchanged": ROWS - 8}
    assert jobs(bench) == []


def test_a_stop_halfway_gives_the_job_back_and_the_next_start_ends_it(bench: Bench) -> None:
    number = bench.queue()
    stopping = worker_of(bench)
    calls = 0

    def heed() -> None:
        nonlocal calls
        calls += 1
        if calls == 6:
            stopping.stop(0)
        stopping._heed()

    stopping._workplace = replace(stopping._workplace, heed=heed)
    assert stopping.work_off() == 1
    assert [(job.attempts, job.leased_until) for job in jobs(bench)] == [(1, None)]
    assert standing(bench.made.support) == {}
    assert worker_of(bench).work_off() == 1
    assert counts(bench.found(number)) == {"rows": ROWS, "created": ROWS}
    assert bench.rows_kept() == ROWS


def test_what_a_dead_process_left_is_taken_over(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """On SQLite at the start, since nobody else can hold it; on PostgreSQL once the lease has run out."""
    number = bench.queue()
    now = bench.service.clock()
    with bench.database.write() as connection:
        assert lease_job(connection, now, now.replace(year=now.year + 1)) is not None
    assert worker_of(bench).work_off() == 0
    if not bench.database.is_sqlite:
        bench.made.client.clock = now.replace(year=now.year + 1, month=now.month + 1)
    monkeypatch.setattr(Worker, "wake", wake)
    worker = worker_of(bench)
    worker.start()
    until(lambda: bench.found(number)["status"] == "succeeded")
    worker.stop(20)


def test_an_import_that_breaks_again_and_again_is_given_up_and_holds_up_nobody(bench: Bench) -> None:
    broken, sound = bench.queue(), bench.queue()
    parts = table_of(UploadPart)
    with changing(bench.database) as connection:
        connection.execute(update(parts).where(parts.c.upload == int(broken)).values(data=b"not what was packed"))
    assert worker_of(bench).work_off() == 4
    found = bench.found(broken)
    assert (found["status"], [error["code"] for error in found["errors"]]) == ("failed", ["import_failed"])
    assert counts(bench.found(sound)) == {"rows": ROWS, "created": ROWS}
    with bench.database.read() as connection:
        assert verify(connection) == []
