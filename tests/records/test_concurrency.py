"""Many writers at once: no error, no gap, no entry that does not hold together, on both engines."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from service.database import Database, open_database
from service.models.contribution import LedgerEntry
from service.models.indicator import Cell
from service.models.journal import JournalEntry
from service.models.tables import table_of
from service.records.batches import append_rows, digest_of_batch
from service.records.cells import intern_cells
from service.records.entries import Key
from service.records.ledger import state_of, states_of
from service.records.moment import moment_of
from service.records.numbers import next_number
from service.records.register import Registers
from service.records.verification import verify
from tests.records.coalition import QUARTER, START, Coalition, changing, found_coalition, reading, row

HOUR = timedelta(hours=1)
CLIENTS = 32
KEY = Key(1, QUARTER, 2, 0)


def _all_at_once(work: Callable[[int], None]) -> None:
    """Run `work` on as many threads as there are clients, all beginning together. Raises what any of them raised."""
    start = threading.Barrier(CLIENTS)

    def run(client: int) -> None:
        start.wait()
        work(client)

    with ThreadPoolExecutor(CLIENTS) as pool:
        for done in [pool.submit(run, client) for client in range(CLIENTS)]:
            done.result()


def _add_one(coalition: Coalition, key: Key) -> None:
    """Reads what stands and writes one more: an update is lost wherever two do so without a lock between them."""
    with coalition.writing(START + HOUR) as writing:
        last = state_of(writing.connection, coalition.community_id, key, writing.number).last
        value = 1 if last is None or last.value is None else last.value + 1
        batch = writing.new_number("batch")
        writing.bring([row(key, batch, str(value))])
        writing.close("contributed", {}, actor=2, token=None, batch=batch)


def _add(coalition: Coalition, key: Key, times: int) -> None:
    for _ in range(times):
        _add_one(coalition, key)


def _check(coalition: Coalition, entries: int) -> None:
    entry = table_of(JournalEntry)
    with reading(coalition.database, coalition.community_id) as connection:
        chosen = select(entry.c.number).where(entry.c.community_id == coalition.community_id).order_by(entry.c.number)
        assert connection.execute(chosen).scalars().all() == list(range(1, entries + 1))
        assert verify(connection) == []


def test_no_number_is_left_out_and_no_update_lost(database: Database) -> None:
    coalition = found_coalition(database)
    each = 10
    _all_at_once(lambda client: _add(coalition, KEY, each))
    _check(coalition, 3 + CLIENTS * each)
    with reading(database) as connection:
        state = state_of(connection, coalition.community_id, KEY, 3 + CLIENTS * each)
    assert state.revision == CLIENTS * each
    assert state.last is not None and state.last.value == CLIENTS * each


def test_writers_that_fail_leave_no_gap(database: Database) -> None:
    coalition = found_coalition(database)

    def work(client: int) -> None:
        for place in range(6):
            if (client + place) % 2:
                _add_one(coalition, Key(1, QUARTER + client, 2, 0))
            else:
                with pytest.raises(ZeroDivisionError):
                    _fail(coalition)

    _all_at_once(work)
    _check(coalition, 3 + CLIENTS * 3)


def _fail(coalition: Coalition) -> None:
    with coalition.writing(START + HOUR) as writing:
        batch = writing.new_number("batch")
        writing.bring([row(KEY, batch, "1")])
        writing.close("contributed", {}, actor=2, token=None, batch=batch)
        raise ZeroDivisionError


def test_whoever_reads_meanwhile_sees_whole_entries(database: Database) -> None:
    """Each entry writes the same value to both keys: a reader who saw one of them would see half a transaction."""
    coalition = found_coalition(database)
    keys = [KEY, Key(1, QUARTER, 3, 0)]

    def work(client: int) -> None:
        for place in range(8):
            if client % 4 == 0:
                coalition.record(START + HOUR, *((key, str(client * 100 + place)) for key in keys))
                continue
            with reading(database) as connection:
                now = moment_of(connection, coalition.community_id, None, START + 2 * HOUR, coalition.registers)
                states = states_of(connection, coalition.community_id, keys, now.number)
                values = {state.last.value if state.last else None for state in states.values()}
                assert len(values) == 1 and len({state.revision for state in states.values()}) == 1

    _all_at_once(work)


def test_cells_that_many_intern_at_once_have_one_number_each(database: Database) -> None:
    coalition = found_coalition(database)
    cells = [(("commune", f"{number:02}"),) for number in range(20)]
    seen: list[dict[Cell, int]] = []

    def work(client: int) -> None:
        with changing(database) as connection:
            seen.append(intern_cells(connection, coalition.community_id, cells[client % 10 : client % 10 + 10]))

    _all_at_once(work)
    assert len({(cell, number) for numbers in seen for cell, number in numbers.items()}) == 20
    assert len({number for numbers in seen for number in numbers.values()}) == 20


def test_communities_do_not_share_numbers(database: Database) -> None:
    coalitions = [found_coalition(database, f"lab-{place}") for place in range(4)]
    _all_at_once(lambda client: _add(coalitions[client % 4], KEY, 4))
    for coalition in coalitions:
        _check(coalition, 3 + CLIENTS)


def test_others_write_while_an_import_is_landing(database: Database) -> None:
    coalition = found_coalition(database)
    pieces, size = 12, 1_000
    landed, waits = threading.Event(), []

    def land() -> None:
        with changing(database) as connection:
            batch = next_number(connection, coalition.community_id, "batch")
        for piece in range(pieces):
            rows = [row(Key(1, QUARTER + 1_000 + piece * size + place, 2, 0), batch, "1") for place in range(size)]
            with changing(database) as connection:
                append_rows(connection, coalition.community_id, rows)
        with reading(database) as connection:
            digest = digest_of_batch(connection, coalition.community_id, batch)
        with coalition.writing(START + HOUR) as writing:
            writing.close("rows_landed", {}, actor=1, token=None, batch=batch, landed=digest)
        landed.set()

    written = 0
    with ThreadPoolExecutor(1) as pool:
        landing = pool.submit(land)
        while not landed.is_set() and not landing.done():
            before = time.monotonic()
            _add_one(coalition, KEY)
            waits.append(time.monotonic() - before)
            written += 1
        landing.result()
    assert written > pieces / 2
    assert max(waits) < 3, "a single contribution waited for much more than one piece"
    _check(coalition, 4 + written)
    with reading(database) as connection:
        counted = select(func.count()).select_from(table_of(LedgerEntry))
        assert connection.execute(counted).scalar() == pieces * size + written


def test_two_processes_worth_of_databases_share_a_sqlite_file(new_database: Callable[[str], str]) -> None:
    """Two engines on one file stand for the service and a command beside it: they meet at the file's lock."""
    url = new_database("sqlite")
    service, command = open_database(url), open_database(url)
    coalition = found_coalition(service)
    beside = Coalition(command, coalition.community_id, Registers())
    _all_at_once(lambda client: _add(beside if client % 8 == 0 else coalition, KEY, 4))
    _check(coalition, 3 + CLIENTS * 4)
    service.dispose()
    command.dispose()


@pytest.mark.parametrize(
    ("database_url", "seconds"),
    [
        pytest.param("sqlite", 60, marks=pytest.mark.proof),  # Its own handler of the busy would be unfair.
        pytest.param("postgresql", 10, marks=pytest.mark.proof),
        pytest.param("postgresql", 60, marks=pytest.mark.long),
    ],
    indirect=["database_url"],
)
def test_a_minute_of_thirty_two_writers_shows_no_error(database: Database, seconds: int) -> None:
    coalition = found_coalition(database)
    until = time.monotonic() + seconds
    counts = [0] * CLIENTS
    longest = [0.0] * CLIENTS

    def work(client: int) -> None:
        while (before := time.monotonic()) < until:
            _add_one(coalition, Key(1, QUARTER, 2 + client % 2, 0))
            longest[client] = max(longest[client], time.monotonic() - before)
            counts[client] += 1

    _all_at_once(work)
    _check(coalition, 3 + sum(counts))
    assert min(counts) > max(counts) / 3, f"some waited much longer than others: {counts}"
    assert max(longest) < 5, longest
    totals = [Decimal(0), Decimal(0)]
    for client, count in enumerate(counts):
        totals[client % 2] += count
    with reading(database) as connection:
        keys = [Key(1, QUARTER, actor, 0) for actor in (2, 3)]
        states = states_of(connection, coalition.community_id, keys, 3 + sum(counts))
    assert [state.last and state.last.value for state in states.values()] == totals
