"""Proposals keep their rounds, and positions count by round and by the last word of each actor."""

from datetime import timedelta
from typing import Any

from service.database import Database
from service.models.proposal import Proposal
from service.models.vocabulary import ProposalStatus, Stance
from service.records.proposals import (
    amend_proposal,
    change_counts,
    changes_of,
    decide_proposal,
    get_proposal,
    list_proposals,
    open_proposal,
    positions_of,
    take_position,
)
from service.records.verification import verify
from tests.records.coalition import START, Coalition, found_coalition

CLOSES = START + timedelta(days=14)
CHANGES: list[dict[str, Any]] = [
    {"kind": "retire_indicator", "indicator": "jobs"},
    {"kind": "set_charter", "name": {"fr": "Été"}},
]


def _open(coalition: Coalition, **more: Any) -> Proposal:
    with coalition.writing() as writing:
        proposal = open_proposal(
            writing, proposer=2, title={"en": "One"}, rationale={"en": "Why"}, changes=CHANGES, closes_at=CLOSES, **more
        )
        writing.close("proposal_opened", {}, actor=2, token=None)
    return proposal


def _get(coalition: Coalition, number: int = 1) -> Proposal:
    with coalition.database.read() as connection:
        proposal = get_proposal(connection, coalition.community_id, number)
    assert proposal is not None
    return proposal


def test_a_proposal_comes_back_as_it_was_made(database: Database) -> None:
    coalition = found_coalition(database)
    made = _open(coalition)
    assert _get(coalition).model_dump() == made.model_dump()
    assert (made.number, made.status, made.round, made.opened_journal, made.decided_at) == (1, "open", 1, 4, None)
    with database.read() as connection:
        assert changes_of(connection, coalition.community_id, 1, 1) == CHANGES
        assert get_proposal(connection, coalition.community_id, 2) is None


def test_a_proposal_may_be_opened_and_adopted_by_one_entry(database: Database) -> None:
    coalition = found_coalition(database)
    made = _open(coalition, status=ProposalStatus.ADOPTED)
    assert (made.status, made.opened_journal, made.decided_journal, made.decided_at) == ("adopted", 4, 4, made.opened_at)


def test_amending_opens_a_round_without_positions(database: Database) -> None:
    coalition = found_coalition(database)
    proposal = _open(coalition)
    for stance in (Stance.OBJECT, Stance.SUPPORT):
        with coalition.writing() as writing:
            take_position(writing, proposal, 3, stance, "Because")
            writing.close("position_taken", {}, actor=3, token=None)
    with coalition.writing() as writing:
        assert amend_proposal(writing, proposal, CHANGES[:1], CLOSES + timedelta(days=1)) == 2
        writing.close("proposal_amended", {}, actor=2, token=None)
    amended = _get(coalition)
    assert (amended.round, amended.closes_at, amended.status) == (2, CLOSES + timedelta(days=1), "open")
    with database.read() as connection:
        assert changes_of(connection, coalition.community_id, 1, 1) == CHANGES
        assert changes_of(connection, coalition.community_id, 1, 2) == CHANGES[:1]
        assert change_counts(connection, coalition.community_id, [amended]) == {1: 1}
        assert [(said.actor, said.stance) for said in positions_of(connection, coalition.community_id, 1, 1)] == [
            (3, "support")
        ]
        assert positions_of(connection, coalition.community_id, 1, 2) == []
        assert verify(connection) == []


def test_a_decision_stands_when_its_entry_is_written(database: Database) -> None:
    coalition = found_coalition(database)
    _open(coalition)
    with coalition.writing() as writing:
        decide_proposal(writing, 1, ProposalStatus.WITHDRAWN)
    assert _get(coalition).status == "open"
    with coalition.writing() as writing:
        decide_proposal(writing, 1, ProposalStatus.WITHDRAWN)
        entry = writing.close("proposal_withdrawn", {}, actor=2, token=None)
    decided = _get(coalition)
    assert (decided.status, decided.decided_journal, decided.decided_at) == ("withdrawn", entry.number, entry.instant)


def test_proposals_are_listed_by_status_and_number(database: Database) -> None:
    coalition = found_coalition(database)
    for status in (ProposalStatus.OPEN, ProposalStatus.ADOPTED, ProposalStatus.OPEN):
        _open(coalition, status=status)

    def listed(**chosen: Any) -> list[int]:
        with database.read() as connection:
            return [proposal.number for proposal in list_proposals(connection, coalition.community_id, **chosen)]

    assert listed() == [1, 2, 3]
    assert listed(status="open") == [1, 3]
    assert listed(after=1, limit=1) == [2]
