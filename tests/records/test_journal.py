"""Numbers without gaps, instants that never go back, hashes that hold together, and what an instant means."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from service.database import Database, open_database
from service.errors import NotFound, Refused
from service.indicators.plan import MemberSet, SettingsSet
from service.models.community import Charter, Community, Member, Settings
from service.models.contribution import LedgerEntry
from service.models.journal import JournalEntry
from service.models.tables import table_of
from service.records.entries import Key
from service.records.journal import begin_writing
from service.records.ledger import append, append_rows
from service.records.moment import moment_of
from service.records.register import Registers
from tests.records.coalition import QUARTER, START, Coalition, changing, found_coalition, member, reading, row

HOUR = timedelta(hours=1)
KEY = Key(1, QUARTER, 2, 0)


def _entries(coalition: Coalition) -> list[JournalEntry]:
    with reading(coalition.database, coalition.community_id) as connection:
        entry = table_of(JournalEntry)
        return [JournalEntry(**row._mapping) for row in connection.execute(select(entry).order_by(entry.c.number))]


def test_entries_are_numbered_from_one_and_each_names_the_hash_before_it(database: Database) -> None:
    coalition = found_coalition(database)
    coalition.record(START + HOUR, (KEY, "1"))
    entries = _entries(coalition)
    assert [entry.number for entry in entries] == [1, 2, 3, 4]
    assert [entry.previous for entry in entries] == [None, *(entry.hash for entry in entries[:-1])]
    assert len({entry.hash for entry in entries}) == 4


def test_what_is_answered_by_close_is_what_is_kept(database: Database) -> None:
    coalition = found_coalition(database)
    entry = coalition.record(START + HOUR, (KEY, "1"))
    assert _entries(coalition)[-1].model_dump() == entry.model_dump()


def test_an_instant_never_repeats_and_never_goes_back(database: Database) -> None:
    coalition = found_coalition(database)
    same, earlier = coalition.record(START, (KEY, "1")), coalition.record(START - HOUR, (KEY, "2"))
    tick = timedelta(microseconds=1)
    assert (same.instant, earlier.instant) == (START + 3 * tick, START + 4 * tick)


def test_a_contribution_leaves_the_register_as_it_was(database: Database) -> None:
    coalition = found_coalition(database)
    assert coalition.record(START + HOUR, (KEY, "1")).register_number == 3
    assert coalition.change(START + HOUR, [MemberSet("c", member("C"), is_new=True)]).register_number == 5
    assert coalition.record(START + HOUR, (KEY, "2")).register_number == 5


def test_a_transaction_that_fails_leaves_nothing_behind(database: Database) -> None:
    coalition = found_coalition(database)
    unknown = Key(99, QUARTER, 2, 0)
    with pytest.raises(LookupError):
        coalition.record(START + HOUR, (KEY, "1"), (unknown, "1"))
    assert len(_entries(coalition)) == 3
    with reading(database) as connection:
        assert connection.execute(select(func.count()).select_from(table_of(LedgerEntry))).scalar() == 0
    assert coalition.record(START + HOUR, (KEY, "1")).number == 4
    assert coalition.record(START + HOUR, (KEY, "2")).batch == 2


@pytest.mark.parametrize(
    "key", [Key(9, QUARTER, 2, 0), Key(1, QUARTER, 9, 0), Key(1, QUARTER, 2, 9)], ids=["indicator", "actor", "cell"]
)
def test_a_row_that_points_to_nothing_is_refused(database: Database, key: Key) -> None:
    coalition = found_coalition(database)
    with pytest.raises(LookupError), changing(database) as connection:
        append_rows(connection, coalition.community_id, [row(key, 1, "1")])


def test_a_writing_that_is_not_closed_writes_nothing(database: Database) -> None:
    coalition = found_coalition(database)
    with changing(database) as connection:
        writing = begin_writing(connection, coalition.community_id, START + HOUR, coalition.registers)
        append(writing, [row(KEY, writing.new_number("batch"), "1")])
    assert len(_entries(coalition)) == 3
    with reading(database) as connection:
        assert connection.execute(select(func.count()).select_from(table_of(LedgerEntry))).scalar() == 0


def test_a_writing_closes_once(database: Database) -> None:
    coalition = found_coalition(database)
    with changing(database) as connection:
        writing = begin_writing(connection, coalition.community_id, START + HOUR, coalition.registers)
        writing.close("one", {}, actor=1, token=None)
        with pytest.raises(RuntimeError, match="one journal entry"):
            writing.close("two", {}, actor=1, token=None)
    assert [entry.kind for entry in _entries(coalition)[3:]] == ["one"]


def test_rows_of_a_batch_that_the_entry_does_not_name_are_refused(database: Database) -> None:
    coalition = found_coalition(database)
    with changing(database) as connection:
        writing = begin_writing(connection, coalition.community_id, START + HOUR, coalition.registers)
        append(writing, [row(KEY, 7, "1")])
        with pytest.raises(RuntimeError, match="another batch"):
            writing.close("contributed", {}, actor=1, token=None, batch=8)
    assert len(_entries(coalition)) == 3


def test_as_of_is_up_to_the_last_entry_not_after_it(database: Database) -> None:
    coalition = found_coalition(database)
    first = coalition.record(START + HOUR, (KEY, "1"))
    second = coalition.record(START + 2 * HOUR, (KEY, "2"))
    now = START + 24 * HOUR
    tick = timedelta(microseconds=1)
    assert coalition.moment(first.instant - tick, now).number == first.number - 1
    assert coalition.moment(first.instant, now).number == first.number
    assert coalition.moment(second.instant - tick, now).number == first.number
    assert coalition.moment(second.instant, now).number == second.number
    assert coalition.moment(now, now).number == second.number


def test_an_instant_before_the_beginning_and_one_to_come_are_refused(database: Database) -> None:
    coalition = found_coalition(database)
    with pytest.raises(NotFound, match="did not exist"):
        coalition.moment(START - HOUR, START + HOUR)
    with pytest.raises(Refused) as refusal:
        coalition.moment(START + 2 * HOUR, START + HOUR)
    assert refusal.value.code == "as_of_in_future"


def test_a_community_that_does_not_exist_is_not_found(database: Database) -> None:
    with pytest.raises(NotFound), reading(database) as connection:
        moment_of(connection, 1, None, START, Registers())
    with pytest.raises(NotFound), changing(database) as connection:
        begin_writing(connection, 1, START, Registers())


def test_now_is_the_last_entry_until_the_day_turns(database: Database) -> None:
    coalition = found_coalition(database)
    entry = coalition.record(START + HOUR, (KEY, "1"))
    assert coalition.moment(None, START + 2 * HOUR) == coalition.moment(None, START + 14 * HOUR)
    assert coalition.moment(None, START + 2 * HOUR).instant == entry.instant
    turned = coalition.moment(None, START + 15 * HOUR)
    assert (turned.instant, turned.day, turned.number) == (datetime(2026, 1, 2, tzinfo=UTC), date(2026, 1, 2), entry.number)


def test_an_answer_without_as_of_can_be_asked_for_again(database: Database) -> None:
    coalition = found_coalition(database)
    now = START + 16 * HOUR
    moment = coalition.moment(None, now)
    coalition.record(now, (KEY, "1"))
    assert coalition.moment(moment.instant, now) == moment


def test_an_answer_can_be_asked_for_again_where_the_clock_went_back(database: Database) -> None:
    coalition = found_coalition(database)
    moment = coalition.moment(None, START - HOUR)
    assert moment.instant > START - HOUR
    assert coalition.moment(moment.instant, START - HOUR) == moment


@pytest.mark.parametrize(
    ("zone", "instant", "day"),
    [
        ("Europe/Paris", datetime(2026, 3, 1, 22, 59, tzinfo=UTC), date(2026, 3, 1)),
        ("Europe/Paris", datetime(2026, 3, 1, 23, tzinfo=UTC), date(2026, 3, 2)),
        ("America/Guadeloupe", datetime(2026, 3, 2, 3, 59, tzinfo=UTC), date(2026, 3, 1)),
        ("Pacific/Noumea", datetime(2026, 3, 1, 13, tzinfo=UTC), date(2026, 3, 2)),
    ],
)
def test_the_day_is_that_of_the_community(database: Database, zone: str, instant: datetime, day: date) -> None:
    coalition = found_coalition(database, time_zone=zone)
    assert coalition.moment(instant, instant).day == day
    assert coalition.moment(None, instant).day == day
    with changing(database) as connection:
        assert begin_writing(connection, coalition.community_id, instant, coalition.registers).day == day


def test_the_day_of_an_instant_follows_the_time_zone_of_its_time(database: Database) -> None:
    coalition = found_coalition(database)
    late = datetime(2026, 1, 1, 23, 30, tzinfo=UTC)
    coalition.change(late + HOUR, [SettingsSet(Settings(name={"en": "Lab"}, time_zone="Europe/Paris", charter=Charter()))])
    assert coalition.moment(late, late + 2 * HOUR).day == date(2026, 1, 1)
    assert coalition.moment(late + 24 * HOUR, late + 48 * HOUR).day == date(2026, 1, 3)


def test_the_counters_stand_in_the_head_of_the_community(database: Database) -> None:
    coalition = found_coalition(database)
    entry = coalition.record(START + HOUR, (KEY, "1"))
    with reading(database) as connection:
        head = connection.execute(select(table_of(Community))).one()
    assert (head.last_number, head.last_instant, head.last_hash) == (entry.number, entry.instant, entry.hash)
    assert (head.last_actor, head.last_objective, head.last_indicator, head.last_batch) == (3, 1, 1, 1)


def test_the_same_things_said_in_two_databases_have_the_same_hash(new_database: Callable[[str], str]) -> None:
    hashes = set()
    for engine in ("sqlite", "postgresql"):
        opened = open_database(new_database(engine))
        coalition = found_coalition(opened)
        hashes.add(coalition.record(START + HOUR, (KEY, "12.500000000001")).hash)
        opened.dispose()
    assert len(hashes) == 1


def test_members_without_a_text_are_kept_as_they_were(database: Database) -> None:
    coalition = found_coalition(database)
    said = Member(name={"fr": "É"}, kind="k", groups=["g"], joined=date(2025, 2, 28), left=None)
    entry = coalition.change(START + HOUR, [MemberSet("a", said, is_new=False)])
    assert coalition.register(entry.number).actors["a"].member == said
    assert coalition.register(entry.number - 1).actors["a"].member == member("A")
