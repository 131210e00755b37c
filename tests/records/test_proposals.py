"""Proposals keep their rounds, and positions count by round and by the last word of each actor."""

from datetime import timedelta
from typing import Any

from service.database import Database
from service.models.vocabulary import ProposalStatus, Stance
from service.records.proposals import (
    Deliberation,
    add_comment,
    amend_proposal,
    change_counts,
    changes_of,
    comments_of,
    decide_round,
    get_proposal,
    list_proposals,
    open_proposal,
    positions_of,
    take_position,
)
from service.records.verification import verify
from tests.records.coalition import START, Coalition, found_coalition, reading

CLOSES = START + timedelta(days=14)
LATER = CLOSES + timedelta(days=1)
CHANGES: list[dict[str, Any]] = [
    {"kind": "retire_indicator", "indicator": "jobs"},
    {"kind": "set_charter", "name": {"fr": "Été"}},
]


def _open(coalition: Coalition, status: ProposalStatus | None = None) -> Deliberation:
    with coalition.writing() as writing:
        found = open_proposal(
            writing, proposer=2, title={"en": "One"}, rationale={"en": "Why"}, changes=CHANGES, closes_at=CLOSES
        )
        if status is not None:
            decide_round(writing, found.round, status, None, 1)
        writing.close("proposal_opened", {}, actor=2, token=None)
    return found


def _amend(coalition: Coalition, found: Deliberation) -> Deliberation:
    with coalition.writing() as writing:
        amended = amend_proposal(writing, found, actor=2, rationale={"en": "Better"}, changes=CHANGES[:1], closes_at=LATER)
        writing.close("proposal_amended", {"proposal": "1"}, actor=2, token=None)
    return amended


def _get(coalition: Coalition, upto: int = 1_000) -> Deliberation:
    with reading(coalition.database, coalition.community_id) as connection:
        found = get_proposal(connection, coalition.community_id, 1, upto)
    assert found is not None
    return found


def _dumped(found: Deliberation) -> list[dict[str, Any]]:
    return [found.proposal.model_dump(), *(one.model_dump() for one in found.rounds)]


def test_a_proposal_comes_back_as_it_was_made(database: Database) -> None:
    coalition = found_coalition(database)
    made = _open(coalition)
    assert _dumped(_get(coalition)) == _dumped(made)
    assert (made.number, made.round.status, made.round.number, made.round.journal, made.round.decided_at) == (
        1, "open", 1, 4, None,
    )  # fmt: skip
    with reading(database) as connection:
        assert changes_of(connection, coalition.community_id, 1, 1) == CHANGES
        assert get_proposal(connection, coalition.community_id, 2, 1_000) is None
        assert get_proposal(connection, coalition.community_id, 1, 3) is None


def test_a_proposal_may_be_opened_and_adopted_by_one_entry(database: Database) -> None:
    coalition = found_coalition(database)
    _open(coalition, ProposalStatus.ADOPTED)
    made = _get(coalition)
    assert (made.round.status, made.round.journal, made.round.decided_journal) == ("adopted", 4, 4)
    assert made.round.decided_at == made.round.opened_at


def test_amending_opens_a_round_without_positions(database: Database) -> None:
    coalition = found_coalition(database)
    found = _open(coalition)
    for stance in (Stance.OBJECT, Stance.SUPPORT):
        with coalition.writing() as writing:
            take_position(writing, found.round, 3, stance, "Because")
            writing.close("position_taken", {}, actor=3, token=None)
    _amend(coalition, found)
    amended = _get(coalition)
    assert (amended.round.number, amended.round.closes_at, amended.round.status) == (2, LATER, "open")
    assert (amended.rounds[0].status, amended.rounds[0].closes_at, amended.round.rationale) == (
        "amended", CLOSES, {"en": "Better"},
    )  # fmt: skip
    with reading(database) as connection:
        assert changes_of(connection, coalition.community_id, 1, 1) == CHANGES
        assert changes_of(connection, coalition.community_id, 1, 2) == CHANGES[:1]
        assert change_counts(connection, coalition.community_id, [amended]) == {1: 1}
        said = positions_of(connection, coalition.community_id, 1, 1_000)
        assert {number: [(one.actor, one.stance) for one in taken] for number, taken in said.items()} == {1: [(3, "support")]}
        before = positions_of(connection, coalition.community_id, 1, 5)
        assert [one.stance for one in before[1]] == ["object"]
        assert verify(connection) == []
    as_it_was = _get(coalition, upto=6)
    assert (as_it_was.round.number, as_it_was.round.status, as_it_was.round.closes_at) == (1, "open", CLOSES)


def test_the_register_knows_what_is_open(database: Database) -> None:
    coalition = found_coalition(database)
    found = _open(coalition)
    _open(coalition, ProposalStatus.REJECTED)
    opened = [(one.number, one.round, one.journal, one.closes_at) for one in coalition.register(5).open_proposals]
    assert opened == [(1, 1, 4, CLOSES)]
    _amend(coalition, found)
    opened = [(one.number, one.round, one.journal, one.closes_at) for one in coalition.register(6).open_proposals]
    assert opened == [(1, 2, 6, LATER)]


def test_comments_come_back_in_their_order(database: Database) -> None:
    coalition = found_coalition(database)
    found = _open(coalition)
    for actor, comment in ((3, "First"), (2, "Second")):
        with coalition.writing() as writing:
            add_comment(writing, found.round, actor, comment)
            writing.close("proposal_commented", {}, actor=actor, token=None)
    with reading(database) as connection:
        said = comments_of(connection, coalition.community_id, 1, 1_000)
        assert [(one.actor, one.comment, one.round) for one in said] == [(3, "First", 1), (2, "Second", 1)]
        assert len(comments_of(connection, coalition.community_id, 1, said[0].journal)) == 1
        assert verify(connection) == []


def test_a_decision_stands_when_its_entry_is_written(database: Database) -> None:
    coalition = found_coalition(database)
    _open(coalition)
    with coalition.writing() as writing:
        decide_round(writing, _get(coalition).round, ProposalStatus.WITHDRAWN, None, 2)
    assert _get(coalition).is_open
    with coalition.writing() as writing:
        decide_round(writing, _get(coalition).round, ProposalStatus.WITHDRAWN, None, 2)
        entry = writing.close("proposal_withdrawn", {"proposal": "1"}, actor=2, token=None)
    decided = _get(coalition).round
    assert (decided.status, decided.decided_journal, decided.decided_at, decided.decided_by) == (
        "withdrawn", entry.number, entry.instant, 2,
    )  # fmt: skip
    assert _get(coalition, upto=entry.number - 1).is_open


def test_proposals_are_listed_as_of_an_entry(database: Database) -> None:
    coalition = found_coalition(database)
    for status in (None, ProposalStatus.ADOPTED, None):
        _open(coalition, status)

    def listed(upto: int) -> list[tuple[int, str]]:
        with reading(database) as connection:
            return [(one.number, one.round.status) for one in list_proposals(connection, coalition.community_id, upto)]

    assert listed(1_000) == [(1, "open"), (2, "adopted"), (3, "open")]
    assert listed(5) == [(1, "open"), (2, "adopted")]
