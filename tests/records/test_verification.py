"""Whatever is changed behind the service's back is found, and where."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text, update

from service.database import Database
from service.models.community import Actor, Community, CommunityState, Membership
from service.models.contribution import CellRow, LedgerEntry
from service.models.indicator import IndicatorVersion, Placement
from service.models.journal import JournalEntry
from service.models.objective import ObjectiveState
from service.models.overlap import OverlapDecision
from service.models.period import Period
from service.models.tables import table_of
from service.models.target import Target
from service.records.content import entry_hash
from service.records.entries import Key
from service.records.ledger import append_rows
from service.records.verification import verify
from tests.forging import tampered
from tests.records.coalition import (
    QUARTER,
    START,
    Coalition,
    adopted,
    changing,
    fill_every_table,
    found_coalition,
    reading,
    row,
)

HOUR = timedelta(hours=1)
KEY = Key(1, QUARTER, 2, 0)


def _verify(database: Database) -> list[str]:
    with reading(database) as connection:
        return verify(connection)


@pytest.fixture
def coalition(database: Database) -> Coalition:
    """A community of which something is said in every journaled table, two of its entries by the ledger."""
    return fill_every_table(database, "lab")


def test_nothing_is_found_where_nothing_was_changed(coalition: Coalition) -> None:
    found_coalition(coalition.database, "other")
    assert _verify(coalition.database) == []


def test_an_empty_database_has_nothing_wrong(database: Database) -> None:
    assert _verify(database) == []


def test_rows_that_wait_for_their_entry_are_no_difference(coalition: Coalition) -> None:
    with changing(coalition.database, coalition.community_id) as connection:
        append_rows(connection, coalition.community_id, [row(KEY, 77, "5")])
    assert _verify(coalition.database) == []


_LEDGER, _ENTRY, _COMMUNITY = table_of(LedgerEntry), table_of(JournalEntry), table_of(Community)


def _of_batch(batch: int) -> Any:
    return _LEDGER.c.batch == batch


_TAMPERINGS: list[tuple[str, Any, str]] = [
    ("a value", update(_LEDGER).where(_of_batch(2)).values(value=Decimal("3.000000000001")), "entry 5"),
    ("a status", update(_LEDGER).where(_of_batch(2)).values(observation_status="E"), "entry 5"),
    ("who reported", update(_LEDGER).where(_of_batch(2)).values(reported_by=1), "entry 5"),
    ("a comment", update(_LEDGER).where(_of_batch(1)).values(comment="Another"), "entry 4"),
    ("a salt", update(_LEDGER).where(_of_batch(1)).values(salt=b"x" * 16), "entry 4"),
    ("an actor", update(_LEDGER).where(_of_batch(2)).values(actor=3), "entry 5"),
    ("a cell", update(_LEDGER).where(_of_batch(2)).values(cell=1), "entry 5"),
    ("a row moved to another batch", update(_LEDGER).where(_of_batch(2)).values(batch=1, actor=3), "entry 4"),
    ("a row gone", delete(_LEDGER).where(_of_batch(2)), "entry 5"),
    (
        "the codes of a cell",
        update(table_of(CellRow)).where(table_of(CellRow).c.number == 1).values(codes='{"sex":"M"}'),
        "entry 4",
    ),
    (
        "the codes of a target's cell",
        update(table_of(CellRow)).where(table_of(CellRow).c.number == 1).values(codes='{"sex":"M"}'),
        "entry 6",
    ),
    ("an actor's code", update(table_of(Actor)).where(table_of(Actor).c.number == 2).values(code="z"), "entry 2"),
    (
        "a member",
        update(table_of(Membership)).where(table_of(Membership).c.actor == 2).values(member={"kind": "none"}),
        "entry 2",
    ),
    ("the charter", update(table_of(CommunityState)).values(settings={}), "entry 1"),
    ("a definition", update(table_of(IndicatorVersion)).values(definition={}), "entry 3"),
    ("a weight", update(table_of(Placement)).values(weight=Decimal(2)), "entry 3"),
    ("an objective", update(table_of(ObjectiveState)).values(name={"en": "Else"}), "entry 1"),
    ("a target", update(table_of(Target)).values(value=Decimal("12.4")), "entry 6"),
    ("a target's cell", update(table_of(Target)).values(cell=0), "entry 6"),
    ("a target gone", delete(table_of(Target)), "entry 6"),
    ("a decided number", update(table_of(OverlapDecision)).values(value=Decimal("1.4")), "entry 6"),
    ("a decided cell", update(table_of(OverlapDecision)).values(cell=0), "entry 6"),
    ("why it was decided", update(table_of(OverlapDecision)).values(reason={"en": "Guessed"}), "entry 6"),
    ("a decision gone", delete(table_of(OverlapDecision)), "entry 6"),
    ("a change of a proposal", text("UPDATE proposal_change SET content = '{}' WHERE place = 1"), "entry 7"),
    ("a proposal's title", text("UPDATE proposal SET title = '{}'"), "entry 7"),
    ("how a round ended", text("UPDATE proposal_round SET status = 'adopted' WHERE number = 2"), "round 2 of proposal 1"),
    ("when a round ended", text("UPDATE proposal_round SET decided_at = opened_at WHERE number = 2"), "round 2"),
    ("who ended a round", text("UPDATE proposal_round SET decided_by = 3 WHERE number = 2"), "round 2"),
    ("why a round ended", text("UPDATE proposal_round SET decision = NULL WHERE number = 2"), "round 2"),
    (
        "a decision forgotten",
        text(
            "UPDATE proposal_round SET status = 'open', decided_journal = NULL, decided_at = NULL, decided_by = NULL,"
            " decision = NULL WHERE number = 2"
        ),
        "entry 12 ended a round",
    ),
    ("a comment", text("UPDATE proposal_comment SET comment = 'Yes'"), "entry 9"),
    ("when a round closes", text("UPDATE proposal_round SET closes_at = opened_at WHERE number = 2"), "entry 10"),
    ("a trial", text("UPDATE trial SET reported_by = 3"), "entry 11"),
    ("a position", text("UPDATE position SET stance = 'support'"), "entry 8"),
    ("a closed period", text("UPDATE closed_period SET closed = (1 = 0)"), "entry 13"),
    ("a review's title", text("UPDATE review_state SET title = '{}'"), "entry 14"),
    ("what a review froze", text("UPDATE review SET progress = '{}'"), "what review 1 froze no longer has its SHA-256"),
    ("what a review froze, by its entry", text("UPDATE review SET progress = '{}'"), "entry 14"),
    ("a reading", text("UPDATE review_note SET said = 'Encore' WHERE kind = 'reading'"), "entry 15"),
    ("who read", text("UPDATE review_note SET actor = 3"), "entry 15"),
    ("a reading gone", text("DELETE FROM review_note WHERE kind = 'reading'"), "entry 15"),
    ("what came of a review", text("DELETE FROM review_proposal"), "entry 15"),
    ("a mapping", text("UPDATE mapping SET terms = '{}'"), "entry 16"),
    ("whose mapping", text("UPDATE mapping SET actor = 3"), "entry 16"),
    ("a mapping gone", text("DELETE FROM mapping"), "entry 16"),
    ("an entry's kind", update(_ENTRY).where(_ENTRY.c.number == 5).values(kind="validated"), "entry 5"),
    ("an entry's actor", update(_ENTRY).where(_ENTRY.c.number == 5).values(actor=2), "entry 5"),
    ("an entry's subject", update(_ENTRY).where(_ENTRY.c.number == 5).values(subject={}), "entry 5"),
    ("an entry's instant", update(_ENTRY).where(_ENTRY.c.number == 5).values(instant=START + 2 * HOUR), "entry 5"),
    ("an entry's token", update(_ENTRY).where(_ENTRY.c.number == 5).values(token=4), "entry 5"),
    ("which entry decided last", update(_ENTRY).where(_ENTRY.c.number == 5).values(register_number=2), "entry 5"),
    ("the hash before", update(_ENTRY).where(_ENTRY.c.number == 5).values(previous=b"x" * 32), "entry 5"),
    ("an entry gone", delete(_ENTRY).where(_ENTRY.c.number == 5), "entry 5 is missing"),
    ("the last entry gone", delete(_ENTRY).where(_ENTRY.c.number == 16), "does not end where"),
    ("the head", update(_COMMUNITY).values(last_number=8), "does not end where"),
    ("a counter", update(_COMMUNITY).values(last_indicator=0), "never given out"),
    ("the community's code", text("UPDATE community_code SET code = 'elsewhere'"), "entry 1"),
]


def test_whatever_is_changed_is_found(coalition: Coalition, subtests: pytest.Subtests) -> None:
    for name, statement, where in _TAMPERINGS:
        with subtests.test(name), tampered(coalition.database) as connection:
            assert connection.execute(statement).rowcount > 0
            differences = verify(connection)
            assert any(where in difference for difference in differences), differences
            assert all(difference.startswith("community ") for difference in differences)
    assert _verify(coalition.database) == []


def test_a_row_added_to_a_batch_that_counts_is_found(coalition: Coalition) -> None:
    with tampered(coalition.database) as connection:
        append_rows(connection, coalition.community_id, [row(Key(1, QUARTER, 3, 0), 2, "9")])
        assert any("entry 5" in difference for difference in verify(connection))


def test_a_chain_made_longer_without_its_head_is_found(coalition: Coalition) -> None:
    """Whoever writes an entry of their own in the right form still has to change what the community says it ends with."""
    with tampered(coalition.database) as connection:
        last = connection.execute(select(_ENTRY).order_by(_ENTRY.c.number.desc()).limit(1)).one()
        forged = last._asdict() | {"number": last.number + 1, "previous": last.hash, "instant": last.instant + HOUR}
        del forged["hash"]
        connection.execute(insert(_ENTRY).values(**forged, hash=entry_hash("lab", forged)))
        sentence = "community lab: the journal does not end where the community says it does: entry 17 is in question"
        assert sentence in verify(connection)


def test_an_actor_of_whom_nothing_was_said_is_found(coalition: Coalition) -> None:
    membership = table_of(Membership)
    with tampered(coalition.database) as connection:
        connection.execute(delete(membership).where(membership.c.actor == 2))
        assert "community lab: nothing was ever said of actor a" in verify(connection)


def test_a_report_under_a_version_that_was_not_in_force_is_found(database: Database) -> None:
    coalition = found_coalition(database)
    coalition.change(START + HOUR, adopted("jobs", 2, effective_from="2026-Q1"))
    assert coalition.record(START + HOUR, (KEY, "1")).number == 5
    assert _verify(database) == []
    coalition.record(START + HOUR, (Key(1, Period.parse("2026-Q1").number, 2, 0), "1"))
    assert _verify(database) == ["community lab: entry 6 holds a report under version 1, which was not the one in force"]
