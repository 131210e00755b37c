"""Contributions in and out: what stands of a key as of an entry, its history, lists of keys, and the ids they go by."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError, StatementError

from service.database import Database
from service.errors import NotFound
from service.models.measure import measure_text
from service.models.vocabulary import EntryKind
from service.records.entries import NEVER_REPORTED, Key, KeyState, key_id, parse_key_id
from service.records.ledger import Filters, append_rows, histories_of, history_of, list_keys, rows_of, state_of, states_of
from tests.records.coalition import QUARTER, START, Coalition, adopted, changing, found_coalition, reading, row

HOUR = timedelta(hours=1)
KEY = Key(1, QUARTER, 2, 0)
REPORT, WITHDRAWAL, VALIDATION, CONTEST = EntryKind


def _state(coalition: Coalition, number: int, key: Key = KEY) -> KeyState:
    with reading(coalition.database, coalition.community_id) as connection:
        return state_of(connection, coalition.community_id, key, number)


def test_what_stands_of_a_key_as_of_every_entry(database: Database) -> None:
    coalition = found_coalition(database)
    said = [
        ("1", REPORT),
        (None, VALIDATION),
        ("2", REPORT),
        (None, CONTEST),
        ("3", REPORT),
        (None, VALIDATION),
        (None, WITHDRAWAL),
    ]
    for value, kind in said:
        coalition.record(START + HOUR, (KEY, value, kind))
    seen = [
        (
            state.revision,
            state.last and state.last.value,
            state.last_journal,
            state.changed_journal,
            state.validated,
            state.contested,
        )
        for state in (_state(coalition, number) for number in range(3, 11))
    ]
    one, two, three = Decimal(1), Decimal(2), Decimal(3)
    assert seen == [
        (0, None, None, None, False, False),
        (1, one, 4, 4, False, False),
        (1, one, 4, 5, True, False),
        (2, two, 6, 6, False, False),
        (2, two, 6, 7, False, True),
        (3, three, 8, 8, False, True),
        (3, three, 8, 9, True, False),
        (4, None, 10, 10, False, False),
    ]
    assert _state(coalition, 10).withdrawn and not _state(coalition, 9).withdrawn


def test_zero_is_a_value(database: Database) -> None:
    coalition = found_coalition(database)
    coalition.record(START + HOUR, (KEY, "0"))
    state = _state(coalition, 4)
    assert state.last is not None and state.last.value == 0


def test_missing_is_the_absence_of_an_entry(database: Database) -> None:
    coalition = found_coalition(database)
    coalition.record(START + HOUR, (Key(1, QUARTER, 3, 0), "0"))
    assert _state(coalition, 4) is NEVER_REPORTED


def test_the_states_of_many_keys_come_in_one_go(database: Database) -> None:
    coalition = found_coalition(database)
    keys = [Key(1, QUARTER - place, 2 + place % 2, 0) for place in range(1_200)]
    coalition.record(START + HOUR, *((key, str(place)) for place, key in enumerate(keys)))
    coalition.record(START + HOUR, *((key, "-1") for key in keys[::7]))
    with reading(database) as connection:
        states = states_of(connection, coalition.community_id, [*keys, Key(1, QUARTER + 1, 2, 0)], 5)
        before = states_of(connection, coalition.community_id, keys, 4)
        histories = histories_of(connection, coalition.community_id, [*keys, Key(1, QUARTER + 1, 2, 0)], 5)
        alone = history_of(connection, coalition.community_id, keys[700], 5)
    assert (len(histories), histories[keys[700]], histories[Key(1, QUARTER + 1, 2, 0)]) == (1_201, alone, [])
    assert [[said.row.value for said in histories[key]] for key in keys[:2]] == [[Decimal(0), Decimal(-1)], [Decimal(1)]]
    assert len(states) == 1_201
    assert [states[key].revision for key in keys] == [2 if place % 7 == 0 else 1 for place in range(1_200)]
    assert [last.value for key in keys if (last := before[key].last)] == [Decimal(place) for place in range(1_200)]


def test_another_community_is_another_ledger(database: Database) -> None:
    here, there = found_coalition(database), found_coalition(database, "there")
    here.record(START + HOUR, (KEY, "1"))
    there.record(START + HOUR, (KEY, "2"))
    states = [_state(coalition, 4).last for coalition in (here, there)]
    assert [state and state.value for state in states] == [1, 2]
    with reading(database, here.community_id) as connection:
        assert len(list_keys(connection, here.community_id, 4)) == 1
    with reading(database, there.community_id) as connection:
        assert len(history_of(connection, there.community_id, KEY, 4)) == 1


def test_a_key_occurs_once_in_a_batch(database: Database) -> None:
    coalition = found_coalition(database)
    with pytest.raises(IntegrityError):
        coalition.record(START + HOUR, (KEY, "1"), (KEY, "2"))


def test_a_history_holds_every_entry_with_who_and_when(database: Database) -> None:
    coalition = found_coalition(database)
    first = coalition.record(START + HOUR, (KEY, "1"), comment="Estimé", evidence="p. 12")
    second = coalition.record(START + 2 * HOUR, (KEY, None, CONTEST))
    with reading(database) as connection:
        history = history_of(connection, coalition.community_id, KEY, 5)
        earlier = history_of(connection, coalition.community_id, KEY, 4)
    assert [(said.journal, said.instant, said.kind, said.actor, said.token) for said in history] == [
        (4, first.instant, "contributed", 1, None),
        (5, second.instant, "contributed", 1, None),
    ]
    assert (history[0].row.comment, history[0].row.evidence, history[0].row.reported_by) == ("Estimé", "p. 12", 2)
    assert history[0].row.salt is not None and history[1].row.salt is None
    assert earlier == history[:1]


def test_keys_are_listed_page_by_page(database: Database) -> None:
    coalition = found_coalition(database)
    keys = sorted(Key(1, QUARTER - place, actor, 0) for place in range(5) for actor in (2, 3))
    coalition.record(START + HOUR, *((key, "1") for key in keys))
    coalition.record(START + HOUR, *((key, "2") for key in keys[::2]))
    seen: list[Key] = []
    with reading(database) as connection:
        while page := list_keys(connection, coalition.community_id, 5, after=seen[-1] if seen else None, limit=3):
            seen += [key for key, _ in page]
    assert seen == keys


def test_keys_are_chosen_by_indicator_actor_period_and_instant(database: Database) -> None:
    coalition = found_coalition(database)
    coalition.change(START, adopted("homes"))
    keys = [Key(indicator, QUARTER - place, actor, 0) for indicator in (1, 2) for place in range(2) for actor in (2, 3)]
    coalition.record(START + HOUR, *((key, "1") for key in keys))
    late = coalition.record(START + 2 * HOUR, (keys[0], "2"), (keys[7], "2"))

    def listed(filters: Filters, number: int = late.number) -> list[Key]:
        with reading(database) as connection:
            return [key for key, _ in list_keys(connection, coalition.community_id, number, filters)]

    assert listed(Filters(indicator=2)) == sorted(keys[4:])
    assert listed(Filters(actors=[3])) == sorted(key for key in keys if key.actor == 3)
    assert listed(Filters(actors=[])) == []
    assert listed(Filters(period=QUARTER)) == sorted(key for key in keys if key.period == QUARTER)
    assert listed(Filters(updated_since=late.instant)) == [keys[0], keys[7]]
    assert listed(Filters(updated_since=late.instant + HOUR)) == []
    assert listed(Filters(updated_since=late.instant), late.number - 1) == []
    assert listed(Filters(indicator=1, actors=[2], period=QUARTER)) == [keys[0]]


def test_keys_chosen_by_state_fill_their_pages(database: Database) -> None:
    coalition = found_coalition(database)
    keys = [Key(1, QUARTER + place, 2, 0) for place in range(20)]
    coalition.record(START + HOUR, *((key, "1") for key in keys))
    coalition.record(START + HOUR, *((key, None, WITHDRAWAL) for key in keys[:15]))
    with reading(database) as connection:
        standing = list_keys(connection, coalition.community_id, 5, limit=4, keep=lambda state: not state.withdrawn)
    assert [key for key, _ in standing] == keys[15:19]


def test_a_report_says_the_same_only_if_every_field_does() -> None:
    said = row(KEY, 1, "1.50", comment="c", evidence="e")
    again = row(KEY, 9, "1.5", comment="c", evidence="e")._replace(reported_by=1, salt=b"s")
    assert again.says_the_same(said)
    others: dict[str, Any] = {
        "version": 2,
        "value": Decimal(0),
        "numerator": Decimal(1),
        "denominator": Decimal(1),
        "weight": Decimal(1),
        "observation_status": "E",
        "comment": None,
        "evidence": "f",
        "kind": WITHDRAWAL,
    }
    for field, other in others.items():
        assert not again._replace(**{field: other}).says_the_same(said), field
    withdrawn = row(KEY, 1, None, WITHDRAWAL)
    assert not withdrawn.says_the_same(withdrawn)


@pytest.mark.parametrize("key", [Key(0, 0, 0, 0), KEY, Key(2**31 - 1, 53_652_059, 1_000_000, 2**31 - 1)])
def test_the_id_of_a_key_leads_back_to_it(key: Key) -> None:
    assert parse_key_id(key_id(key)) == key
    assert set(key_id(key)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize(
    "text", ["", "x", "é" * 22, "A" * 21, "A" * 23, "A" * 21 + "B", "A" * 20 + "==", "_" * 22, "A" * 10 + " " + "A" * 12]
)
def test_what_was_never_given_out_as_an_id_is_not_found(text: str) -> None:
    with pytest.raises(NotFound):
        parse_key_id(text)


def test_measures_are_exact_to_the_last_digit(database: Database) -> None:
    coalition = found_coalition(database)
    longest = "9" * 26 + "." + "9" * 12
    values = [longest, "-" + longest, "0." + "0" * 11 + "1", "0", "12345678901234.123456", "100"]
    for copies in (1, 30):  # The second goes the way of many rows.
        keys = [Key(1, QUARTER + copies * 1_000 + place, 2, 0) for place in range(len(values) * copies)]
        coalition.record(START + HOUR, *zip(keys, values * copies, strict=True))
        with reading(database) as connection:
            states = states_of(connection, coalition.community_id, keys, 5)
        assert [measure_text(state.last.value) for state in states.values() if state.last and state.last.value is not None] == (
            values * copies
        )


@pytest.mark.parametrize("copies", [1, 200])
def test_a_measure_that_would_lose_digits_is_never_written(database: Database, copies: int) -> None:
    coalition = found_coalition(database)
    keys = [Key(1, QUARTER + place, 2, 0) for place in range(copies)]
    for value in ("1" + "0" * 26, "-1" + "0" * 26, "0." + "0" * 12 + "1", "NaN", "sNaN", "Infinity"):
        with pytest.raises((ValueError, StatementError), match="digits"), changing(database) as connection:
            append_rows(connection, coalition.community_id, [row(key, 1, value) for key in keys])
    with reading(database) as connection:
        assert list(rows_of(connection, coalition.community_id, 1)) == []
