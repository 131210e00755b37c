"""Several processes share what waits: each import is worked on by one of them, once."""

import multiprocessing
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.queues import Queue

import pytest
from sqlalchemy import func, select

from service.database import open_database
from service.models.contribution import LedgerEntry
from service.models.journal import JournalEntry
from service.models.tables import table_of
from service.models.upload import Job
from service.records.register import Registers
from service.records.verification import verify
from service.uploads.queue import Worker
from service.uploads.workplace import Workplace
from tests.builders import Client, coalition, define

WORKERS, IMPORTS, ROWS = 3, 12, 3_000
"""More rows than land in one transaction."""
_PATIENCE = 300.0


def file(number: int) -> str:
    """A file of days, each with the same value; no two files report of the same day."""
    days = (f"{1900 + number}-{1 + place // 28 % 12:02}-{1 + place % 28:02}" for place in range(12 * 28))
    rows = (f"daily,{day},{code},{number}" for day in days for code in range(10))
    return "\n".join(["indicator,period,code,value", *(row for row, _ in zip(rows, range(ROWS), strict=False)), ""])


def work(database_url: str, ready: "multiprocessing.synchronize.Barrier", done: "Queue[int]") -> None:
    """What one process does: all that it gets hold of."""
    database = open_database(database_url)
    worker = Worker(Workplace(database, Registers(), lambda: datetime.now(UTC)))
    ready.wait(_PATIENCE)
    done.put(worker.work_off())
    database.dispose()


@pytest.mark.proof
def test_three_workers_share_twelve_imports(new_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    url = new_database("postgresql")
    database = open_database(url)
    monkeypatch.setattr(Worker, "wake", lambda worker: None)
    with Client(database, now=datetime.now(UTC)) as client:
        made = coalition(client)
        codes = [str(code) for code in range(10)]
        made.adopt(define("daily", frequency="D", dimensions=[{"code": "code", "codes": codes}]))
        for number in range(IMPORTS):
            sent = made.members["a"].ask("POST", "/imports", content=file(number), headers={"Content-Type": "text/csv"})
            assert sent.status_code == 202, sent.text
        forks = multiprocessing.get_context("forkserver")
        ready, done = forks.Barrier(WORKERS), forks.Queue()
        workers = [forks.Process(target=work, args=(url, ready, done)) for _ in range(WORKERS)]
        for worker in workers:
            worker.start()
        shares = sorted(done.get(timeout=_PATIENCE) for _ in workers)
        for worker in workers:
            worker.join(_PATIENCE)
        imports = made.members["a"].get("/imports")["items"]
    assert sum(shares) == IMPORTS, "a job was leased twice, or left"
    assert shares[0] > 0, "one had nothing to do"
    assert [(one["status"], one["created"]) for one in imports] == [("succeeded", ROWS)] * IMPORTS
    entry = table_of(JournalEntry)
    with database.audit() as connection:
        landed = connection.execute(select(entry.c.batch).where(entry.c.kind == "import_landed")).scalars().all()
        rows = connection.execute(select(func.count()).select_from(table_of(LedgerEntry))).scalar_one()
        jobs = connection.execute(select(func.count()).select_from(table_of(Job))).scalar_one()
        differences = verify(connection)
    database.dispose()
    assert (len(landed), len(set(landed)), rows, jobs, differences) == (IMPORTS, IMPORTS, IMPORTS * ROWS, 0, [])
    print(f"{IMPORTS} imports of {ROWS} rows shared by {WORKERS} processes: {shares}")
