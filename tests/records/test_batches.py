"""Rows written before their journal entry: none counts before it, all count with it, and those that never get one go."""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.exc import IntegrityError

from service.database import Database
from service.records.cells import intern_cells, read_cells
from service.records.entries import NEVER_REPORTED, Key, LedgerRow
from service.records.ledger import append_rows, digest_of_batch, list_keys, remove_rows, rows_of, state_of, sweep
from service.records.numbers import next_number
from service.records.standing import is_reported, keys_since, reported_periods, said_within
from service.records.verification import verify
from tests.records.coalition import QUARTER, START, Coalition, changing, found_coalition, reading, row

HOUR = timedelta(hours=1)
KEYS = [Key(1, QUARTER + place, actor, 0) for place in range(300) for actor in (2, 3)]


def _write_in_pieces(coalition: Coalition, size: int = 250) -> int:
    """Rows for all of KEYS, backwards, in transactions of their own."""
    with changing(coalition.database, coalition.community_id) as connection:
        batch = next_number(connection, coalition.community_id, "batch")
    for start in range(0, len(KEYS), size):
        rows = [row(key, batch, str(place), comment=f"n° {place}") for place, key in enumerate(KEYS[start : start + size])]
        with changing(coalition.database, coalition.community_id) as connection:
            append_rows(connection, coalition.community_id, rows[::-1])
    return batch


def test_rows_count_all_at_once_when_their_entry_is_written(database: Database) -> None:
    coalition = found_coalition(database)
    batch = _write_in_pieces(coalition)
    between = coalition.record(START + HOUR, (KEYS[0], "7"))
    with reading(database) as connection:
        assert [key for key, _ in list_keys(connection, coalition.community_id, between.number)] == [KEYS[0]]
        landed = digest_of_batch(connection, coalition.community_id, batch)
    with coalition.writing(START + HOUR) as writing:
        entry = writing.close("rows_landed", {"rows": len(KEYS)}, actor=1, token=None, batch=batch, landed=landed)
    assert entry.register_number == 3
    with reading(database) as connection:
        keys = list_keys(connection, coalition.community_id, entry.number, limit=1_000)
        assert [key for key, _ in keys] == sorted(KEYS)
        assert state_of(connection, coalition.community_id, KEYS[0], entry.number).revision == 2
        assert state_of(connection, coalition.community_id, KEYS[1], between.number) is NEVER_REPORTED
        assert verify(connection) == []


def test_the_digest_is_taken_from_the_rows_where_it_is_not_given(database: Database) -> None:
    coalition = found_coalition(database)
    batch = _write_in_pieces(coalition)
    with coalition.writing(START + HOUR) as writing:
        writing.close("rows_landed", {}, actor=1, token=None, batch=batch)
    with reading(database) as connection:
        assert verify(connection) == []


def test_a_batch_counts_once(database: Database) -> None:
    coalition = found_coalition(database)
    batch = _write_in_pieces(coalition)
    with coalition.writing(START + HOUR) as writing:
        writing.close("rows_landed", {}, actor=1, token=None, batch=batch)
    with pytest.raises(IntegrityError), coalition.writing(START + HOUR) as writing:
        writing.close("rows_landed", {}, actor=1, token=None, batch=batch)


def test_rows_come_back_in_the_order_of_their_keys(database: Database) -> None:
    coalition = found_coalition(database)
    batch = _write_in_pieces(coalition)
    with reading(database) as connection:
        rows = list(rows_of(connection, coalition.community_id, batch))
    assert [said.key for said in rows] == sorted(KEYS)
    assert rows[0] == LedgerRow(*KEYS[0], batch, 1, 1, Decimal(0), None, None, None, "A", 2, "n° 0", None, rows[0].salt)
    assert len({said.salt for said in rows}) == len(rows)


def test_rows_without_an_entry_are_swept_piece_by_piece(database: Database) -> None:
    coalition = found_coalition(database)
    lost, kept = _write_in_pieces(coalition), _write_in_pieces(coalition)
    swept: list[int] = []
    while not swept or swept[-1]:
        with changing(database) as connection:
            swept.append(sweep(connection, coalition.community_id, lost, limit=450))
    assert swept == [450, 150, 0]
    with reading(database) as connection:
        assert len(list(rows_of(connection, coalition.community_id, kept))) == len(KEYS)


def test_rows_that_count_are_never_swept(database: Database) -> None:
    coalition = found_coalition(database)
    entry = coalition.record(START + HOUR, (KEYS[0], "1"))
    assert entry.batch is not None
    with changing(database) as connection:
        assert sweep(connection, coalition.community_id, entry.batch) == 0
    with reading(database) as connection:
        assert verify(connection) == []


def test_keys_that_bring_nothing_new_are_taken_out(database: Database) -> None:
    coalition = found_coalition(database)
    batch = _write_in_pieces(coalition)
    with changing(database) as connection:
        remove_rows(connection, coalition.community_id, batch, KEYS[:-2])
    with reading(database) as connection:
        assert [said.key for said in rows_of(connection, coalition.community_id, batch)] == KEYS[-2:]


def test_a_landing_sees_what_others_said_meanwhile(database: Database) -> None:
    coalition = found_coalition(database)
    before = coalition.record(START + HOUR, (KEYS[0], "1"))
    _write_in_pieces(coalition)
    coalition.record(START + HOUR, (KEYS[4], "1"), (KEYS[5], "1"))
    coalition.record(START + HOUR, (KEYS[4], "2"), (KEYS[9], "2"))
    with coalition.writing(START + HOUR) as writing:
        seen = [keys_since(writing.connection, coalition.community_id, before.number + later) for later in (-1, 0, 1, 2)]
    assert seen == [{KEYS[0], KEYS[4], KEYS[5], KEYS[9]}, {KEYS[4], KEYS[5], KEYS[9]}, {KEYS[4], KEYS[9]}, set()]


def test_cells_have_one_number_each(database: Database) -> None:
    coalition = found_coalition(database)
    total, women, young = (), (("sex", "F"),), (("age", "Y"), ("sex", "F"))
    with changing(database) as connection:
        first = intern_cells(connection, coalition.community_id, [women, total, women])
    with changing(database) as connection:
        second = intern_cells(connection, coalition.community_id, [young, women, total])
    assert first == {total: 0, women: 1}
    assert second == {total: 0, women: 1, young: 2}
    with reading(database) as connection:
        assert read_cells(connection, coalition.community_id, [2, 0, 1]) == {0: total, 1: women, 2: young}
        assert read_cells(connection, coalition.community_id, []) == {0: total}


def test_many_cells_at_once(database: Database) -> None:
    coalition = found_coalition(database)
    cells = [(("commune", f"{number:05}"),) for number in range(3_000)]
    with changing(database) as connection:
        numbers = intern_cells(connection, coalition.community_id, cells)
        assert intern_cells(connection, coalition.community_id, cells) == numbers
    assert sorted(numbers.values()) == list(range(3_001))
    with reading(database) as connection:
        assert read_cells(connection, coalition.community_id, numbers.values()) == {
            number: cell for cell, number in numbers.items()
        }


def test_cells_of_a_transaction_that_is_undone_are_not_there(database: Database) -> None:
    coalition = found_coalition(database)
    with suppress(ZeroDivisionError), changing(database) as connection:
        intern_cells(connection, coalition.community_id, [(("sex", "F"),)])
        raise ZeroDivisionError
    with changing(database) as connection:
        assert intern_cells(connection, coalition.community_id, [(("sex", "M"),)])[("sex", "M"),] == 1


def test_what_stands_within_an_indicator_and_a_period(database: Database) -> None:
    coalition = found_coalition(database)
    early, late = Key(1, QUARTER, 2, 0), Key(1, QUARTER, 3, 0)
    coalition.record(START + HOUR, (early, "1"), (late, "2"), (Key(1, QUARTER + 1, 2, 0), "3"))
    coalition.record(START + HOUR, (early, "4"))
    with reading(database) as connection:
        within = said_within(connection, coalition.community_id, 1, QUARTER, [2], 5)
        both = said_within(connection, coalition.community_id, 1, QUARTER, [3, 1], 4)
        assert is_reported(connection, coalition.community_id, 1, QUARTER)
        assert not is_reported(connection, coalition.community_id, 1, QUARTER + 2)
        periods = reported_periods(connection, coalition.community_id, 1, QUARTER - 2, QUARTER + 2)
        assert periods == {
            period for period in range(QUARTER - 2, QUARTER + 3) if is_reported(connection, coalition.community_id, 1, period)
        }
    assert {key: said[:3] for key, said in within.items()} == {early: (1, "4", None)}
    assert {key: said[:3] for key, said in both.items()} == {early: (1, "1", None), late: (1, "2", None)}
