"""Proposals round by round: their changes, where actors stand, what was said and tried, how they ended."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, and_, func, or_, select, update

from service.indicators.register import OpenProposal
from service.models.deliberation import Position, ProposalComment, ProposalRound
from service.models.proposal import Change, Proposal, ProposalChange
from service.models.tables import table_of
from service.models.vocabulary import ProposalStatus, Stance
from service.records.journal import Writing
from service.records.pieces import listed

AMENDED = "amended"
"""How a round stands that another one took the place of."""
_CHANGES: TypeAdapter[list[Change]] = TypeAdapter(list[Change])


@dataclass(frozen=True, slots=True)
class Deliberation:
    """A proposal and its rounds as of a journal entry, the first one first."""

    proposal: Proposal
    rounds: tuple[ProposalRound, ...]

    @property
    def number(self) -> int:
        """The proposal's number."""
        return self.proposal.number

    @property
    def round(self) -> ProposalRound:
        """The present round, which says how the proposal stands."""
        return self.rounds[-1]

    @property
    def rationale(self) -> dict[str, str] | None:
        """Why, in the words of the present round."""
        return self.round.rationale if self.round.number > 1 else self.proposal.rationale

    @property
    def is_open(self) -> bool:
        """Whether positions are still taken."""
        return self.round.status == ProposalStatus.OPEN


def open_proposal(
    writing: Writing,
    *,
    proposer: int,
    title: Mapping[str, str],
    rationale: Mapping[str, str] | None,
    changes: Sequence[Mapping[str, Any]],
    closes_at: datetime,
) -> Deliberation:
    """Bring a proposal with its first round, open. `changes` are JSON as they were proposed, texts under their languages."""
    proposal = Proposal(
        community_id=writing.community_id,
        number=writing.new_number("proposal"),
        proposer=proposer,
        title=dict(title),
        rationale=None if rationale is None else dict(rationale),
        opened_journal=writing.number,
        opened_at=writing.instant,
    )
    writing.add(proposal)
    return Deliberation(proposal, (_open_round(writing, proposal.number, 1, changes, closes_at),))


def amend_proposal(
    writing: Writing,
    found: Deliberation,
    *,
    actor: int,
    rationale: Mapping[str, str],
    changes: Sequence[Mapping[str, Any]],
    closes_at: datetime,
) -> Deliberation:
    """Bring the next round with other changes. Positions belong to a round: in this one nobody has taken any."""
    if found.is_open:
        decide_round(writing, found.round, AMENDED, None, actor)
    number = found.round.number + 1
    opened = _open_round(writing, found.number, number, changes, closes_at, amended_by=actor, rationale=dict(rationale))
    return Deliberation(found.proposal, (*found.rounds, opened))


def decide_round(
    writing: Writing, opened: ProposalRound, status: str, decision: Mapping[str, Any] | None, actor: int | None
) -> None:
    """End a round, whether it was there or is brought by the same entry, by the entry that the transaction closes with.

    `actor` None: nobody did, its time had come.
    """
    decided = {
        "status": str(status),
        "decided_journal": writing.number,
        "decided_at": writing.instant,
        "decided_by": actor,
        "decision": None if decision is None else dict(decision),
    }
    for name, value in decided.items():
        setattr(opened, name, value)
    if opened.journal != writing.number:
        table = table_of(ProposalRound)
        chosen = and_(
            table.c.community_id == writing.community_id,
            table.c.proposal == opened.proposal,
            table.c.number == opened.number,
        )
        writing.alter(update(table).where(chosen).values(decided))


def take_position(writing: Writing, opened: ProposalRound, actor: int, stance: Stance, reason: str | None) -> Position:
    """Bring where an actor stands in a round. The last one said counts."""
    position = Position(
        community_id=writing.community_id,
        proposal=opened.proposal,
        round=opened.number,
        actor=actor,
        journal=writing.number,
        stance=stance.value,
        reason=reason,
        salt=None if reason is None else secrets.token_bytes(16),
    )
    writing.add(position)
    return position


def add_comment(writing: Writing, opened: ProposalRound, actor: int, comment: str) -> ProposalComment:
    """Bring what an actor says of a proposal, in the round of the time."""
    said = ProposalComment(
        community_id=writing.community_id,
        proposal=opened.proposal,
        journal=writing.number,
        round=opened.number,
        actor=actor,
        said_at=writing.instant,
        comment=comment,
        salt=secrets.token_bytes(16),
    )
    writing.add(said)
    return said


def get_proposal(connection: Connection, community_id: int, number: int, upto: int) -> Deliberation | None:
    """The proposal of that number as of the journal entry `upto`, None where there was none."""
    return next(iter(_deliberations(connection, community_id, upto, number)), None)


def list_proposals(connection: Connection, community_id: int, upto: int) -> list[Deliberation]:
    """Every proposal as of the journal entry `upto`, the first one first."""
    return _deliberations(connection, community_id, upto, None)


def open_proposals(connection: Connection, community_id: int, upto: int) -> tuple[OpenProposal, ...]:
    """The proposals that were open as of the journal entry `upto`."""
    proposal, opened = table_of(Proposal), table_of(ProposalRound)
    opened_by = func.coalesce(opened.c.journal, proposal.c.opened_journal)
    chosen = (
        select(opened.c.proposal, opened.c.number, opened_by.label("journal"), opened.c.closes_at)
        .join(proposal, (proposal.c.community_id == opened.c.community_id) & (proposal.c.number == opened.c.proposal))
        .where(
            opened.c.community_id == community_id,
            proposal.c.community_id == community_id,
            opened_by <= upto,
            or_(opened.c.decided_journal.is_(None), opened.c.decided_journal > upto),
        )
        .order_by(opened.c.closes_at, opened.c.proposal)
    )
    return tuple(OpenProposal(*row) for row in connection.execute(chosen))


def changes_of(connection: Connection, community_id: int, number: int, round_number: int) -> list[dict[str, Any]]:
    """The changes of one round of a proposal, as they were proposed, in their order."""
    table = table_of(ProposalChange)
    chosen = select(table.c.content).where(
        table.c.community_id == community_id, table.c.proposal == number, table.c.round == round_number
    )
    return list(connection.execute(chosen.order_by(table.c.place)).scalars())


def read_changes(stored: list[dict[str, Any]]) -> list[Change]:
    """Changes, from how they are stored."""
    return _CHANGES.validate_python(stored)


def stored_changes(changes: list[Change], language: str) -> list[dict[str, Any]]:
    """Changes as they are kept: what was left out stays left out, bare texts are under the community's `language`."""
    dumped = _CHANGES.dump_python(changes, mode="json", exclude_unset=True)
    return [_said(change, language) for change in dumped]


def _said(content: Any, language: str) -> Any:
    if isinstance(content, dict):
        # A bare text waits under "" until somebody knows the language: no code and no field is ever called that.
        return {(key or language): _said(value, language) for key, value in content.items()}
    if isinstance(content, list):
        return [_said(value, language) for value in content]
    return content


def change_counts(connection: Connection, community_id: int, found: Sequence[Deliberation]) -> dict[int, int]:
    """How many changes each of these proposals holds in its present round, by its number."""
    table = table_of(ProposalChange)
    rounds = {one.number: one.round.number for one in found}
    chosen = (
        select(table.c.proposal, table.c.round, func.count().label("changes"))
        .where(table.c.community_id == community_id, table.c.proposal.in_(listed(rounds)))
        .group_by(table.c.proposal, table.c.round)
    )
    return {row.proposal: row.changes for row in connection.execute(chosen) if row.round == rounds[row.proposal]}


def positions_of(connection: Connection, community_id: int, number: int, upto: int) -> dict[int, list[Position]]:
    """Where actors stood as of the journal entry `upto`, by round: the last that each said in it, by the actors' numbers."""
    table = table_of(Position)
    chosen = select(table).where(table.c.community_id == community_id, table.c.proposal == number, table.c.journal <= upto)
    ordered = chosen.order_by(table.c.round, table.c.actor, table.c.journal)
    latest = {(row.round, row.actor): Position(**row._mapping) for row in connection.execute(ordered)}
    by_round: dict[int, list[Position]] = {}
    for (round_number, _), position in latest.items():
        by_round.setdefault(round_number, []).append(position)
    return by_round


def comments_of(connection: Connection, community_id: int, number: int, upto: int) -> list[ProposalComment]:
    """What was said of a proposal as of the journal entry `upto`, the first said first."""
    table = table_of(ProposalComment)
    chosen = select(table).where(table.c.community_id == community_id, table.c.proposal == number, table.c.journal <= upto)
    return [ProposalComment(**row._mapping) for row in connection.execute(chosen.order_by(table.c.journal))]


def _deliberations(connection: Connection, community_id: int, upto: int, number: int | None) -> list[Deliberation]:
    proposal, opened = table_of(Proposal), table_of(ProposalRound)
    proposals = select(proposal).where(proposal.c.community_id == community_id, proposal.c.opened_journal <= upto)
    rounds = select(opened).where(opened.c.community_id == community_id)
    if number is not None:
        proposals, rounds = proposals.where(proposal.c.number == number), rounds.where(opened.c.proposal == number)
    by_proposal: dict[int, list[ProposalRound]] = {}
    for row in connection.execute(rounds.order_by(opened.c.proposal, opened.c.number)):
        if row.journal is None or row.journal <= upto:
            by_proposal.setdefault(row.proposal, []).append(_as_of(ProposalRound(**row._mapping), upto))
    return [
        Deliberation(Proposal(**row._mapping), tuple(by_proposal[row.number]))
        for row in connection.execute(proposals.order_by(proposal.c.number))
    ]


def _as_of(opened: ProposalRound, upto: int) -> ProposalRound:
    """The round as it stood at a journal entry: one that was decided later was still open."""
    if opened.decided_journal is not None and opened.decided_journal > upto:
        opened.status, opened.decided_journal, opened.decided_at = ProposalStatus.OPEN.value, None, None
        opened.decided_by, opened.decision = None, None
    return opened


def _open_round(
    writing: Writing,
    proposal: int,
    number: int,
    changes: Sequence[Mapping[str, Any]],
    closes_at: datetime,
    amended_by: int | None = None,
    rationale: dict[str, str] | None = None,
) -> ProposalRound:
    opened = ProposalRound(
        community_id=writing.community_id,
        proposal=proposal,
        number=number,
        journal=writing.number,
        amended_by=amended_by,
        rationale=rationale,
        opened_at=writing.instant,
        closes_at=closes_at,
        status=ProposalStatus.OPEN.value,
    )
    writing.add(opened)
    for place, content in enumerate(changes):
        writing.add(
            ProposalChange(
                community_id=writing.community_id,
                proposal=proposal,
                round=number,
                place=place,
                journal=writing.number,
                content=dict(content),
            )
        )
    return opened
