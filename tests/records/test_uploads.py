"""Imports and their files in parts; jobs that one worker at a time has a lease on."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from service.database import Database, open_database
from service.models.upload import Job, Upload
from service.records.jobs import end_leases, finish_job, give_back, has_waiting, lease_job, queue_job, renew_lease
from service.records.uploads import (
    change_upload,
    create_upload,
    drop_parts,
    get_upload,
    list_uploads,
    read_part,
    read_parts,
    write_part,
)
from tests.records.coalition import START, Coalition, changing, found_coalition, reading

MINUTE = timedelta(minutes=1)


def _create(coalition: Coalition, actor: int = 2) -> Upload:
    with changing(coalition.database, coalition.community_id) as connection:
        return create_upload(
            connection,
            coalition.community_id,
            actor=actor,
            token=1,
            on_behalf=False,
            options={"mode": "check"},
            filename="emplois été.csv",
            sha256=b"s" * 32,
            size=2**40,
            now=START,
        )


def test_an_import_comes_back_as_it_was_made_and_changed(database: Database) -> None:
    coalition = found_coalition(database)
    made = _create(coalition)
    with reading(database) as connection:
        kept = get_upload(connection, coalition.community_id, 1)
        assert kept is not None and kept.model_dump() == made.model_dump()
        assert get_upload(connection, coalition.community_id, 2) is None
    assert (made.status, made.rows, made.errors, made.finished_at) == ("queued", 0, [], None)
    with changing(database) as connection:
        change_upload(connection, coalition.community_id, 1, status="rejected", rows=5, errors=[{"row": 2}], finished_at=START)
    with reading(database) as connection:
        changed = get_upload(connection, coalition.community_id, 1)
    assert changed is not None
    assert (changed.status, changed.rows, changed.errors, changed.finished_at) == ("rejected", 5, [{"row": 2}], START)


def test_imports_are_listed_the_latest_first(database: Database) -> None:
    coalition = found_coalition(database)
    for actor in (2, 3, 2):
        _create(coalition, actor)
    with reading(database) as connection:
        assert [upload.number for upload in list_uploads(connection, coalition.community_id)] == [3, 2, 1]
        assert [upload.number for upload in list_uploads(connection, coalition.community_id, actor=2)] == [3, 1]
        assert [upload.number for upload in list_uploads(connection, coalition.community_id, before=3, limit=1)] == [2]


def test_a_file_comes_back_in_its_parts(database: Database) -> None:
    coalition = found_coalition(database)
    _create(coalition)
    parts = [b"a,b\r\n\x00\xff", b"1,2", b""]
    with changing(database) as connection:
        for part in (2, 0, 1):
            write_part(connection, coalition.community_id, 1, "file", part, parts[part])
        write_part(connection, coalition.community_id, 1, "errors", 0, b"e")
    with reading(database) as connection:
        assert list(read_parts(connection, coalition.community_id, 1, "file")) == parts
        assert read_part(connection, coalition.community_id, 1, "file", 1) == b"1,2"
        assert read_part(connection, coalition.community_id, 1, "file", 3) is None
    with changing(database) as connection:
        drop_parts(connection, coalition.community_id, 1, "file")
    with reading(database) as connection:
        assert list(read_parts(connection, coalition.community_id, 1, "file")) == []
        assert list(read_parts(connection, coalition.community_id, 1, "errors")) == [b"e"]


def _lease(database: Database, at: int) -> Job | None:
    with changing(database) as connection:
        return lease_job(connection, START + at * MINUTE, START + (at + 5) * MINUTE)


def test_a_job_waits_for_one_worker(database: Database) -> None:
    assert _lease(database, 0) is None
    with changing(database) as connection:
        numbers = [queue_job(connection, 1, "import", subject) for subject in (7, 8)]
        assert has_waiting(connection, START)
    first, second = _lease(database, 0), _lease(database, 0)
    assert first is not None and second is not None
    assert [(job.number, job.subject, job.attempts) for job in (first, second)] == [(numbers[0], 7, 1), (numbers[1], 8, 1)]
    assert _lease(database, 5) is None
    with changing(database) as connection:
        assert finish_job(connection, first)
        assert not finish_job(connection, first)
        assert not has_waiting(connection, START)


def test_a_lease_that_ran_out_goes_to_another_worker(database: Database) -> None:
    with changing(database) as connection:
        queue_job(connection, 1, "import", 7)
    dead = _lease(database, 0)
    taken = _lease(database, 6)
    assert dead is not None and taken is not None and taken.attempts == 2
    with changing(database) as connection:
        assert not renew_lease(connection, dead, START + 60 * MINUTE)
        give_back(connection, dead)
        assert not finish_job(connection, dead)
        assert renew_lease(connection, taken, START + 20 * MINUTE)
    assert _lease(database, 15) is None
    with changing(database) as connection:
        assert finish_job(connection, taken)


def test_a_job_that_is_given_back_waits_again(database: Database) -> None:
    with changing(database) as connection:
        queue_job(connection, 1, "import", 7)
    first = _lease(database, 0)
    assert first is not None
    with changing(database) as connection:
        give_back(connection, first)
    second = _lease(database, 0)
    assert second is not None and second.attempts == 2
    with changing(database) as connection:
        end_leases(connection)
    third = _lease(database, 0)
    assert third is not None and third.attempts == 3


def test_workers_that_ask_at_once_get_different_jobs(database: Database) -> None:
    with changing(database) as connection:
        numbers = {queue_job(connection, 1, "import", subject) for subject in range(16)}
    with ThreadPoolExecutor(16) as pool:
        leased = list(pool.map(lambda _: _lease(database, 0), range(20)))
    assert sorted(job.number or 0 for job in leased if job) == sorted(numbers)


def test_a_worker_does_not_wait_for_another_to_take_its_job(new_database: Callable[[str], str]) -> None:
    """On SQLite one transaction writes at a time, whatever they write."""
    database = open_database(new_database("postgresql"), lock_timeout=0.2)
    with changing(database) as connection:
        numbers = [queue_job(connection, 1, "import", subject) for subject in (7, 8)]
    with changing(database) as connection:
        first = lease_job(connection, START, START + MINUTE)
        second = _lease(database, 0)
    assert first is not None and second is not None
    assert [first.number, second.number] == numbers
    database.dispose()
