"""An evidence holds every entry by the moment, in the order of the journal, and what was decided by then."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from service.database import Database
from service.indicators.columns import MEASURES
from service.indicators.evidence import Entry, Evidence
from service.indicators.plan import MemberSet, TargetSet
from service.models.period import Period, Window
from service.models.target import TargetTerms
from service.models.vocabulary import EntryKind
from service.records.batches import append_rows
from service.records.cells import intern_cells
from service.records.columns import LedgerReader
from service.records.entries import Key, LedgerRow
from service.records.evidence import EvidenceReader, read_evidence
from service.records.moment import moment_of
from tests.records.coalition import QUARTER, START, Coalition, adopted, changing, found_coalition, member, reading, row

HOUR = timedelta(hours=1)
KEY = Key(1, QUARTER, 2, 0)


def _evidence(coalition: Coalition, *indicators: str, number: int | None = None) -> dict[str, Evidence]:
    with reading(coalition.database, coalition.community_id) as connection:
        as_of = None if number is None else START + timedelta(hours=number)
        moment = moment_of(connection, coalition.community_id, as_of, START + 12 * HOUR, coalition.registers)
        register = coalition.registers.read(connection, coalition.community_id, moment)
        return read_evidence(connection, register, moment, indicators)


def test_every_field_of_an_entry_is_there(database: Database) -> None:
    coalition = found_coalition(database)
    women = (("age", "Y"), ("sex", "F"))
    with changing(database) as connection:
        cell = intern_cells(connection, coalition.community_id, [women])[women]
    with coalition.writing(START + HOUR) as writing:
        batch = writing.new_number("batch")
        said = LedgerRow(1, QUARTER, 3, cell, batch, EntryKind.REPORT, 1, None, Decimal(5), Decimal("0.5"), Decimal(7), "E", 1)
        writing.bring([said, row(KEY, batch, "0")])
        entry = writing.close("contributed", {}, actor=1, token=None, batch=batch)
    when, quarter = entry.instant, Period.parse("2025-Q4")
    with reading(database) as connection:
        register = coalition.registers.read(connection, coalition.community_id, entry.number)
        read = LedgerReader(connection, register, entry.number).read(1, MEASURES, with_status=True)
    assert tuple(read) == (
        Entry("a", quarter, (), 4, when, 1, EntryKind.REPORT, value=Decimal(0)),
        Entry("b", quarter, women, 4, when, 1, EntryKind.REPORT, None, Decimal(5), Decimal("0.5"), Decimal(7), "E"),
    )


def test_entries_are_in_the_order_of_the_journal_up_to_the_moment(database: Database) -> None:
    coalition = found_coalition(database)
    for hour, (value, kind) in enumerate(
        [("5", EntryKind.REPORT), (None, EntryKind.CONTEST), ("4", EntryKind.REPORT)], start=1
    ):
        coalition.record(START + timedelta(hours=hour), (KEY, value, kind))
    seen = [
        [(entry.journal, entry.kind, entry.value) for entry in _evidence(coalition, "jobs", number=hour)["jobs"].entries]
        for hour in range(1, 4)
    ]
    report, contest = EntryKind.REPORT, EntryKind.CONTEST
    whole = [(4, report, Decimal(5)), (5, contest, None), (6, report, Decimal(4))]
    assert seen == [whole[:1], whole[:2], whole]


def test_what_was_decided_is_that_of_the_moment(database: Database) -> None:
    coalition = found_coalition(database)
    coalition.record(START + HOUR, (KEY, "1"))
    terms = TargetTerms(period=Period.parse("2026"), value=Decimal(1))
    coalition.change(
        START + 2 * HOUR,
        [*adopted("jobs", 2), MemberSet("c", member("C"), is_new=True), TargetSet("jobs", 1, terms, dropped=False)],
    )
    before, after = _evidence(coalition, "jobs", number=1)["jobs"], _evidence(coalition, "jobs")["jobs"]
    assert [len(evidence.versions) for evidence in (before, after)] == [1, 2]
    assert [list(evidence.members) for evidence in (before, after)] == [["hub", "a", "b"], ["hub", "a", "b", "c"]]
    assert [len(evidence.targets) for evidence in (before, after)] == [0, 1]
    assert tuple(before.entries) == tuple(after.entries)
    assert (before.as_of, before.day) == (START + HOUR, date(2026, 1, 1))


def test_several_indicators_come_at_once_and_apart(database: Database) -> None:
    coalition = found_coalition(database)
    coalition.change(START, [*adopted("homes"), *adopted("trees")])
    coalition.record(START + HOUR, (KEY, "1"), (Key(2, QUARTER, 2, 0), "2"))
    found = _evidence(coalition, "trees", "homes", "jobs")
    assert list(found) == ["trees", "homes", "jobs"]
    assert {code: [entry.value for entry in evidence.entries] for code, evidence in found.items()} == {
        "trees": [],
        "homes": [2],
        "jobs": [1],
    }
    assert _evidence(coalition) == {}


def test_rows_that_no_entry_names_are_not_there(database: Database) -> None:
    coalition = found_coalition(database)
    with changing(database) as connection:
        append_rows(connection, coalition.community_id, [row(KEY, 50, "1")])
    assert tuple(_evidence(coalition, "jobs")["jobs"].entries) == ()


def test_an_indicator_that_was_never_adopted_is_a_mistake_of_the_caller(database: Database) -> None:
    with pytest.raises(KeyError):
        _evidence(found_coalition(database), "trees")


def test_of_some_actors_there_are_their_entries_only(database: Database) -> None:
    coalition = found_coalition(database)
    with coalition.writing(START + HOUR) as writing:
        batch = writing.new_number("batch")
        writing.bring([row(KEY, batch, "1"), row(KEY._replace(actor=3), batch, "2")])
        writing.close("contributed", {}, actor=1, token=None, batch=batch)
    with reading(database) as connection:
        moment = moment_of(connection, coalition.community_id, None, START + 12 * HOUR, coalition.registers)
        register = coalition.registers.read(connection, coalition.community_id, moment)
        for of_actors, expected in ((None, ["a", "b"]), (["b"], ["b"]), ([], [])):
            evidence = read_evidence(connection, register, moment, ["jobs"], of_actors)["jobs"]
            assert [entry.actor for entry in evidence.entries] == expected
            assert set(evidence.members) == set(register.actors)


def test_of_some_days_there_are_the_entries_of_their_periods(database: Database) -> None:
    coalition = found_coalition(database)
    periods = ("2024", "2025", "2025-S2", "2025-Q4", "2025-12", "2025-12-31", "2026-01-01", "2026-Q1")
    with coalition.writing(START + HOUR) as writing:
        batch = writing.new_number("batch")
        writing.bring([row(KEY._replace(period=Period.parse(text).number), batch, "1") for text in periods])
        writing.close("contributed", {}, actor=1, token=None, batch=batch)
    with reading(database) as connection:
        moment = moment_of(connection, coalition.community_id, None, START + 12 * HOUR, coalition.registers)
        reader = EvidenceReader(connection, coalition.registers.read(connection, coalition.community_id, moment), moment)
        last_days = Window(date(2025, 12, 30), date(2025, 12, 31))
        found = reader.read(reader.decided("jobs"), days=last_days).entries
        assert {str(entry.period) for entry in found} == {"2025", "2025-S2", "2025-Q4", "2025-12", "2025-12-31"}
