"""Proposals whose time has come: decided before the next write, and read as if they were until then."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from service.indicators.decision import electorate
from service.indicators.register import OpenProposal, Register
from service.indicators.settlement import COMMUNITY_CLOSED, Round, Settled, decision_of, settle
from service.models.vocabulary import ProposalStatus, Stance
from service.records.adoption import write_adoption
from service.records.journal import Writing
from service.records.overlaps import evidence_upto
from service.records.proposals import Deliberation, changes_of, decide_round, get_proposal, positions_of, read_changes

_TICK = timedelta(microseconds=1)


class ReadsRegisterOf(Protocol):
    """Who knows what a community had decided by a journal entry: `records/register.py`."""

    def read(self, connection: Connection, community_id: int, at: int) -> Register:
        """The register that the journal entry of that number left."""


def due_by(register: Register, until: datetime) -> list[OpenProposal]:
    """The open proposals whose time has come by `until`, in the order in which they are settled."""
    return [proposal for proposal in register.open_proposals if proposal.closes_at <= until]


def settle_due(
    connection: Connection,
    registers: ReadsRegisterOf,
    register: Register,
    last_number: int,
    last_instant: datetime,
    due: Sequence[OpenProposal],
) -> tuple[Settled, ...]:
    """How each of `due` ends, where the journal ends with `last_number` at `last_instant`. Writes nothing."""
    settled: list[Settled] = []
    for proposal in due:
        if register.settings.closed:
            break
        instant = max(proposal.closes_at, last_instant + _TICK)
        judged = round_of(connection, registers, register.community_id, proposal, last_number)
        known = evidence_upto(connection, register, last_number, instant)
        settled.append(settle(register, proposal, judged, instant, known))
        register, last_instant = settled[-1].register, instant
    return tuple(settled)


def round_of(
    connection: Connection,
    registers: ReadsRegisterOf,
    community_id: int,
    proposal: OpenProposal,
    upto: int,
    found: Deliberation | None = None,
) -> Round:
    """The present round of a proposal as of the journal entry `upto`; charter and voters are those of its opening day.

    `found` is the proposal where it is known, or not written yet.
    """
    # What the entry that opened it decided besides is not of the day before the question.
    then = registers.read(connection, community_id, proposal.journal - 1)
    codes = then.actor_codes
    found = found or get_proposal(connection, community_id, proposal.number, upto)
    assert found is not None
    opening_day = found.round.opened_at.astimezone(ZoneInfo(then.settings.time_zone)).date()
    said = positions_of(connection, community_id, proposal.number, upto).get(proposal.round, [])
    return Round(
        electorate(then.settings.charter, {code: actor.member for code, actor in then.actors.items()}, opening_day),
        {codes[one.actor]: Stance(one.stance) for one in said if one.actor in codes},
        read_changes(changes_of(connection, community_id, proposal.number, proposal.round)),
    )


def write_settled(
    writing: Writing, settled: Settled, actor: int | None, token: int | None = None, found: Deliberation | None = None
) -> None:
    """Write how a proposal ended, as the entry that `writing` closes with. `actor` None: its time had come."""
    write_decision(writing, settled, actor, found)
    kind = "proposal_adopted" if settled.status is ProposalStatus.ADOPTED else "proposal_rejected"
    subject = {"proposal": str(settled.proposal.number), "round": settled.proposal.round, **(settled.decision or {})}
    writing.close(kind, subject, actor=actor, token=token)


def write_decision(writing: Writing, settled: Settled, actor: int | None, found: Deliberation | None = None) -> None:
    """Bring how a proposal ended and what that changes; `found` is the proposal where the same entry brings it."""
    if settled.plan is not None:
        write_adoption(writing, settled.plan, settled.proposal.number)
    found = found or _found(writing, settled.proposal)
    decide_round(writing, found.round, settled.status, settled.decision, actor)
    for other in settled.lapsed:
        decide_round(writing, _found(writing, other).round, ProposalStatus.REJECTED, decision_of(COMMUNITY_CLOSED), actor)


def _found(writing: Writing, proposal: OpenProposal) -> Deliberation:
    found = get_proposal(writing.connection, writing.community_id, proposal.number, writing.number - 1)
    assert found is not None
    return found
