"""A backup that is taken while members write: one instant of the whole, restored to the same bytes."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from service.database import Database, migrate, open_database
from service.models.journal import JournalEntry
from service.models.tables import table_of
from service.records.backup import back_up, restore
from service.records.verification import verify
from tests.builders import Client, Coalition, coalition, define
from tests.postgres import tools_folder

QUESTIONS = ("/contributions", "/progress", "/indicators/jobs/figure?from=2025&to=2025&by=sex", "/indicators", "/actors")
ENTRIES = 25
"""How many must have been written while the backup was taken, or before and after it."""

pytestmark = pytest.mark.proof


@contextmanager
def writing(lac: Coalition) -> Iterator[list[int]]:
    """A member reports again and again as long as the block lasts; the statuses of its answers so far."""
    statuses: list[int] = []
    is_over = threading.Event()

    def write() -> None:
        while not is_over.is_set():
            number = len(statuses)
            body = {"indicator": "jobs", "period": "2025-Q1", "value": str(number), "dimensions": {"sex": "FM"[number % 2]}}
            statuses.append(lac.members["a"].ask("POST", "/contributions", json=body | {"comment": f"é {number}"}).status_code)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield statuses
    finally:
        is_over.set()
        writer.join()


def chain(database: Database) -> list[bytes]:
    """The hashes of all entries of the first community, in their order."""
    entry = table_of(JournalEntry)
    with database.audit() as connection:
        return list(
            connection.execute(select(entry.c.hash).where(entry.c.community_id == 1).order_by(entry.c.number)).scalars()
        )


def make_empty(database_url: str) -> None:
    """Takes every table out of a migrated database."""
    database = open_database(database_url)
    migrate(database, "base")
    with database.migrate() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
    database.dispose()


def test_a_backup_under_load_is_one_instant_of_the_whole(
    client: Client,
    database_url: str,
    new_database: Callable[[str], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", f"{tools_folder()}:{os.environ['PATH']}")
    lac = coalition(client, ["a"])
    lac.adopt(define("jobs", dimensions=[{"code": "sex", "codes": ["F", "M"]}]))
    with writing(lac) as statuses:
        while len(statuses) < ENTRIES:
            time.sleep(0.01)
        back_up(database_url, tmp_path / "kept")
        taken = len(statuses)
        while len(statuses) < taken + ENTRIES:
            time.sleep(0.01)
    assert set(statuses) <= {200, 201}, "writers go on"
    empty = new_database("sqlite" if client.database.is_sqlite else "postgresql")
    make_empty(empty)
    restore(empty, tmp_path / "kept")
    other = open_database(empty)
    with other.read() as connection:
        assert verify(connection) == []
    whole, kept = chain(client.database), chain(other)
    assert ENTRIES < len(kept) < len(whole) and whole[: len(kept)] == kept
    with Client(other, now=client.clock) as again:
        # The instant of its last entry: what the original answers as of then.
        as_of = again.ask("GET", "/v1/communities/lac/progress", lac.support.token).json()["as_of"]
        for question in QUESTIONS:
            path = f"/v1/communities/lac{question}{'&' if '?' in question else '?'}as_of={as_of}"
            restored, original = (one.ask("GET", path, lac.support.token) for one in (again, client))
            assert restored.status_code == original.status_code == 200
            assert restored.content == original.content, question
    other.dispose()
