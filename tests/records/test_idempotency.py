"""An answer is kept with its effect, for as long as it is asked for, and for one transaction only."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest

from service.database import Database, open_database
from service.errors import Conflict
from service.records.idempotency import StoredAnswer, forget_answers, recall_answer, remember_answer
from tests.records.coalition import START

KEPT = timedelta(hours=24)
KEY, REQUEST = b"k" * 32, b"r" * 32
ANSWER = StoredAnswer(REQUEST, 201, {"location": "/é"}, b'{"token":null}')


def _remember(database: Database, at: int = 0, key: bytes = KEY, status: int = 201) -> None:
    now = START + timedelta(hours=at)
    with database.write() as connection:
        remember_answer(connection, key, REQUEST, status, ANSWER.headers, ANSWER.body, now, now - KEPT)


def _recall(database: Database, at: int = 0) -> StoredAnswer | None:
    with database.read() as connection:
        return recall_answer(connection, KEY, START + timedelta(hours=at) - KEPT)


def test_an_answer_is_kept_for_a_day(database: Database) -> None:
    assert _recall(database) is None
    _remember(database)
    assert _recall(database, 24) == ANSWER
    assert _recall(database, 25) is None


def test_a_key_that_holds_an_answer_takes_no_other(database: Database) -> None:
    _remember(database)
    with pytest.raises(Conflict) as conflict:
        _remember(database, 24, status=200)
    assert conflict.value.code == "idempotency_key_in_use"
    assert _recall(database) == ANSWER


def test_a_key_is_free_again_after_a_day(database: Database) -> None:
    _remember(database)
    _remember(database, 25, status=200)
    answer = _recall(database, 25)
    assert answer is not None and answer.status == 200


def test_an_effect_that_is_undone_takes_its_answer_with_it(database: Database) -> None:
    def fail() -> None:
        with database.write() as connection:
            remember_answer(connection, KEY, REQUEST, 201, {}, b"", START, START - KEPT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert _recall(database) is None
    _remember(database)


def test_old_answers_are_forgotten(database: Database) -> None:
    _remember(database)
    _remember(database, 1, b"l" * 32)
    with database.write() as connection:
        assert forget_answers(connection, START + timedelta(minutes=1)) == 1
        assert forget_answers(connection, START + timedelta(minutes=1)) == 0
    assert _recall(database) is None


def _hold_the_key(database: Database, held: threading.Event, undo: bool) -> None:
    with suppress(ZeroDivisionError), database.write() as connection:
        remember_answer(connection, KEY, REQUEST, 201, ANSWER.headers, ANSWER.body, START, START - KEPT)
        held.set()
        time.sleep(0.3)
        if undo:
            raise ZeroDivisionError


@pytest.mark.parametrize("undo", [False, True], ids=["committed", "undone"])
def test_the_second_of_two_waits_for_the_first(database: Database, undo: bool) -> None:
    held = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(_hold_the_key, database, held, undo)
        held.wait()
        if undo:
            _remember(database)
        else:
            with pytest.raises(Conflict):
                _remember(database)
        first.result()
    assert _recall(database) == ANSWER


def test_waiting_for_the_first_of_two_ends(new_database: Callable[[str], str]) -> None:
    database = open_database(new_database("postgresql"), lock_timeout=0.2)
    with database.write() as connection:
        remember_answer(connection, KEY, REQUEST, 201, {}, b"", START, START - KEPT)
        with pytest.raises(Conflict) as conflict:
            _remember(database)
    assert conflict.value.code == "idempotency_key_in_use"
    database.dispose()
