"""Proposals, their changes round by round, and where actors stand on them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, select, update

from service.models.proposal import Position, Proposal, ProposalChange
from service.models.tables import table_of
from service.models.vocabulary import ProposalStatus, Stance
from service.records.journal import Writing


def open_proposal(
    writing: Writing,
    *,
    proposer: int,
    title: Mapping[str, str],
    rationale: Mapping[str, str] | None,
    changes: Sequence[Mapping[str, Any]],
    closes_at: datetime,
    status: ProposalStatus = ProposalStatus.OPEN,
) -> Proposal:
    """Bring a proposal in its first round. `status` is OPEN, or what the same journal entry decides.

    `changes` are JSON as they were proposed, texts under their languages.
    """
    decided = status is not ProposalStatus.OPEN
    proposal = Proposal(
        community_id=writing.community_id,
        number=writing.new_number("proposal"),
        proposer=proposer,
        title=dict(title),
        rationale=None if rationale is None else dict(rationale),
        status=status.value,
        round=1,
        opened_journal=writing.number,
        decided_journal=writing.number if decided else None,
        opened_at=writing.instant,
        closes_at=closes_at,
        decided_at=writing.instant if decided else None,
    )
    writing.add(proposal)
    _bring_changes(writing, proposal.number, 1, changes)
    return proposal


def amend_proposal(writing: Writing, proposal: Proposal, changes: Sequence[Mapping[str, Any]], closes_at: datetime) -> int:
    """Open the next round with other changes and return its number. Positions belong to a round: they are cleared by it."""
    table = table_of(Proposal)
    chosen = and_(table.c.community_id == writing.community_id, table.c.number == proposal.number)
    writing.alter(update(table).where(chosen).values(round=proposal.round + 1, closes_at=closes_at))
    _bring_changes(writing, proposal.number, proposal.round + 1, changes)
    return proposal.round + 1


def decide_proposal(writing: Writing, number: int, status: ProposalStatus) -> None:
    """End a proposal: adopted, rejected or withdrawn by the journal entry that the transaction closes with."""
    table = table_of(Proposal)
    chosen = and_(table.c.community_id == writing.community_id, table.c.number == number)
    decided = {"status": status.value, "decided_journal": writing.number, "decided_at": writing.instant}
    writing.alter(update(table).where(chosen).values(decided))


def take_position(writing: Writing, proposal: Proposal, actor: int, stance: Stance, reason: str | None) -> None:
    """Bring where an actor stands in the present round. The last one said counts."""
    writing.add(
        Position(
            community_id=writing.community_id,
            proposal=proposal.number,
            round=proposal.round,
            actor=actor,
            journal=writing.number,
            stance=stance.value,
            reason=reason,
        )
    )


def get_proposal(connection: Connection, community_id: int, number: int) -> Proposal | None:
    """The proposal of that number, None where there is none."""
    table = table_of(Proposal)
    row = connection.execute(select(table).where(table.c.community_id == community_id, table.c.number == number)).first()
    return None if row is None else Proposal(**row._mapping)


def list_proposals(
    connection: Connection, community_id: int, *, status: str | None = None, after: int = 0, limit: int = 100
) -> list[Proposal]:
    """At most `limit` proposals with numbers above `after`, the first one first; only those of `status` where it is given."""
    table = table_of(Proposal)
    chosen = select(table).where(table.c.community_id == community_id, table.c.number > after)
    if status is not None:
        chosen = chosen.where(table.c.status == status)
    return [Proposal(**row._mapping) for row in connection.execute(chosen.order_by(table.c.number).limit(limit))]


def changes_of(connection: Connection, community_id: int, number: int, round_number: int) -> list[dict[str, Any]]:
    """The changes of one round of a proposal, as they were proposed, in their order."""
    table = table_of(ProposalChange)
    chosen = select(table.c.content).where(
        table.c.community_id == community_id, table.c.proposal == number, table.c.round == round_number
    )
    return list(connection.execute(chosen.order_by(table.c.place)).scalars())


def change_counts(connection: Connection, community_id: int, proposals: Sequence[Proposal]) -> dict[int, int]:
    """How many changes each of these proposals holds in its present round, by its number."""
    table = table_of(ProposalChange)
    rounds = {proposal.number: proposal.round for proposal in proposals}
    chosen = (
        select(table.c.proposal, table.c.round, func.count().label("changes"))
        .where(table.c.community_id == community_id, table.c.proposal.in_(sorted(rounds)))
        .group_by(table.c.proposal, table.c.round)
    )
    return {row.proposal: row.changes for row in connection.execute(chosen) if row.round == rounds[row.proposal]}


def positions_of(connection: Connection, community_id: int, number: int, round_number: int) -> list[Position]:
    """Where actors stand in one round of a proposal: the last that each of them said, in the order of the actors' numbers."""
    table = table_of(Position)
    chosen = select(table).where(
        table.c.community_id == community_id, table.c.proposal == number, table.c.round == round_number
    )
    latest = {
        row.actor: Position(**row._mapping) for row in connection.execute(chosen.order_by(table.c.actor, table.c.journal))
    }
    return list(latest.values())


def _bring_changes(writing: Writing, proposal: int, round_number: int, changes: Sequence[Mapping[str, Any]]) -> None:
    for place, content in enumerate(changes):
        writing.add(
            ProposalChange(
                community_id=writing.community_id,
                proposal=proposal,
                round=round_number,
                place=place,
                journal=writing.number,
                content=dict(content),
            )
        )
