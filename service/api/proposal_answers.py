"""How a proposal is answered: what it says, where actors stand round by round, and what it comes to."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import Connection

from service.indicators.decision import outcome
from service.indicators.decision_words import decision_reading
from service.indicators.register import OpenProposal, Register
from service.indicators.settlement import Round, Settled
from service.models.deliberation import Position
from service.models.instant import Instant
from service.models.measure import Measure
from service.models.proposal import Change
from service.models.vocabulary import ProposalStatus, Stance
from service.records.moment import Moment
from service.records.proposals import Deliberation, change_counts, changes_of, positions_of, read_changes
from service.records.register import Registers
from service.records.settlement import round_of


class PositionAnswer(BaseModel):
    """Where one actor stands."""

    actor: str
    position: str = Field(description="An open list; today `support`, `stand_aside`, `object`, `abstain`.")
    reason: str | None = Field(description="Why; always there with an objection, unless it was erased.")
    erased: bool = Field(description="Whether the reason was erased: it is null then.")


class RoundAnswer(BaseModel):
    """One round: what it was opened with, and where actors stood in it. Objections stay on record."""

    round: int
    opened_at: Instant
    closes_at: Instant
    amended_by: str | None = Field(description="Who opened it by an amendment; null for the first round.")
    rationale: dict[str, str] | None = Field(description="Why, by language; null where nothing was said.")
    positions: list[PositionAnswer]


class TallyAnswer(BaseModel):
    """What the positions of the present round come to, by the rule and the voters of the day it was opened."""

    rule: str = Field(description="An open list; today `delegated`, `consent`, `majority`, `two_thirds`, `unanimity`.")
    quorum: Measure = Field(description="The share of the voters who must take a position; no matter under `unanimity`.")
    voters: list[str] = Field(description="The actors who decide.")
    silent: list[str] = Field(description="Those of them who have taken no position.")
    support: int
    stand_aside: int
    object: int
    abstain: int
    outcome: str = Field(description="What it comes to if nobody says anything more: `adopted` or `rejected`. An open list.")
    reason: str | None = Field(
        description="Why it is rejected then. An open list; today `no_voters`, `no_quorum`, `objection_stands`, `no_majority`, "
        "`not_unanimous`, `not_decided`."
    )


class WrongAnswer(BaseModel):
    """Why a proposal that was carried could not be done: the same as the refusal of a proposal says."""

    code: str
    detail: str
    pointer: str | None


class DecisionAnswer(BaseModel):
    """How it ended."""

    reason: str | None = Field(
        description="Why it was rejected; null where it was adopted. As in `tally`, or `does_not_fit`, `community_closed`."
    )
    by: str | None = Field(description="Who decided or closed it; null where its time had come.")
    reading: dict[str, str] = Field(description="All of it in words, by language.")
    errors: list[WrongAnswer] = Field(description="Why it does not fit, where the reason is `does_not_fit`; else empty.")


class ProposalSummary(BaseModel):
    """A proposal without its changes."""

    id: str
    title: dict[str, str] = Field(description="By language.")
    rationale: dict[str, str] | None = Field(description="By language; of its last round. Null where none was given.")
    proposer: str = Field(description="The actor who made it.")
    status: str = Field(description="An open list; today `open`, `adopted`, `rejected`, `withdrawn`.")
    round: int = Field(description="1 at first; amending it opens the next.")
    change_count: int = Field(description="How many changes it holds.")
    opened_at: Instant = Field(description="When it was made.")
    closes_at: Instant = Field(description="When positions are counted, if it is not closed before.")
    decided_at: Instant | None = Field(description="When it was adopted, rejected or withdrawn; null while it is open.")


class ProposalAnswer(ProposalSummary):
    """A proposal, its changes as they were proposed, and where actors stand."""

    changes: list[Change]
    positions: list[PositionAnswer] = Field(description="Of the present round.")
    rounds: list[RoundAnswer] = Field(description="Every round, the first one first.")
    tally: TallyAnswer
    decision: DecisionAnswer | None = Field(description="How it ended; null while it is open, and where it was withdrawn.")


class ProposalList(BaseModel):
    """Proposals, the first one first."""

    items: list[ProposalSummary]
    next_cursor: str | None


def settled_in(found: Deliberation, moment: Moment) -> Deliberation:
    """The proposal with what its time has brought, where that is not written down yet."""
    for settled in moment.settled:
        if settled.proposal.number == found.number:
            _end(found, settled.status, settled, settled.decision)
        elif any(lapsed.number == found.number for lapsed in settled.lapsed):
            _end(found, ProposalStatus.REJECTED, settled, {"reason": "community_closed"})
    return found


def _end(found: Deliberation, status: ProposalStatus, settled: Settled, decision: dict[str, Any] | None) -> None:
    found.round.status, found.round.decided_at, found.round.decision = status.value, settled.instant, decision


def summaries(connection: Connection, register: Register, found: Sequence[Deliberation]) -> list[ProposalSummary]:
    """Proposals as a list shows them."""
    counts = change_counts(connection, register.community_id, found)
    return [ProposalSummary(**_summary(register.actor_codes, one, counts[one.number])) for one in found]


def proposal_answer(
    connection: Connection, registers: Registers, register: Register, found: Deliberation, upto: int,
    brought: Sequence[Position] = (),
) -> ProposalAnswer:  # fmt: skip
    """A proposal as of the journal entry `upto`; `brought` are positions that the request at hand adds."""
    community_id = register.community_id
    said = positions_of(connection, community_id, found.number, upto)
    for position in brought:
        others = [one for one in said.get(position.round, []) if one.actor != position.actor]
        said[position.round] = sorted([*others, position], key=lambda one: one.actor)
    contents = changes_of(connection, community_id, found.number, found.round.number)
    opened = opened_as(found)
    judged = round_of(connection, registers, community_id, opened, upto, found)
    codes = register.actor_codes
    stances = dict(judged.stances) | {codes[one.actor]: Stance(one.stance) for one in brought}
    tally = _tally(judged, stances)
    return ProposalAnswer(
        **_summary(codes, found, len(contents)),
        changes=read_changes(contents),
        positions=position_answers(codes, said.get(found.round.number, [])),
        rounds=[
            RoundAnswer(
                round=one.number,
                opened_at=one.opened_at,
                closes_at=one.closes_at,
                amended_by=None if one.amended_by is None else codes[one.amended_by],
                rationale=found.proposal.rationale if one.number == 1 else one.rationale,
                positions=position_answers(codes, said.get(one.number, [])),
            )
            for one in found.rounds
        ],
        tally=tally,
        decision=_decision(codes, found, judged, tally),
    )


def opened_as(found: Deliberation) -> OpenProposal:
    """The present round of a proposal as the register knows it while it is open."""
    opened = found.round
    journal = found.proposal.opened_journal if opened.journal is None else opened.journal
    return OpenProposal(found.number, opened.number, journal, opened.closes_at)


def _tally(judged: Round, stances: Mapping[str, Stance]) -> TallyAnswer:
    electorate = judged.electorate
    counted = [stance for actor, stance in stances.items() if actor in electorate.voters]
    result = outcome(electorate, stances)
    return TallyAnswer(
        rule=electorate.charter.decision_rule.value,
        quorum=electorate.charter.quorum,
        voters=sorted(electorate.voters),
        silent=sorted(electorate.voters - set(stances)),
        **{stance.value: counted.count(stance) for stance in Stance},
        outcome=(ProposalStatus.ADOPTED if result.is_adopted else ProposalStatus.REJECTED).value,
        reason=result.reason,
    )


def _decision(codes: Mapping[int, str], found: Deliberation, judged: Round, tally: TallyAnswer) -> DecisionAnswer | None:
    ended = found.round
    if ended.status not in (ProposalStatus.ADOPTED, ProposalStatus.REJECTED):
        return None
    kept = ended.decision or {}
    reason = kept.get("reason")
    counts: dict[str, object] = {
        "voters": len(tally.voters),
        "taken": len(tally.voters) - len(tally.silent),
        "supporting": tally.support,
        "objecting": tally.object,
        "quorum": f"{(100 * tally.quorum).normalize():f}",
    }
    return DecisionAnswer(
        reason=reason,
        by=None if ended.decided_by is None else codes[ended.decided_by],
        reading=decision_reading(judged.electorate.charter.decision_rule, reason, counts),
        errors=[
            WrongAnswer(**{name: fault[name] for name in ("code", "detail", "pointer")}) for fault in kept.get("faults", [])
        ],
    )


def _summary(codes: Mapping[int, str], found: Deliberation, change_count: int) -> dict[str, Any]:
    opened = found.round
    return {
        "id": str(found.number),
        "title": found.proposal.title,
        "rationale": found.rationale,
        "proposer": codes[found.proposal.proposer],
        "status": opened.status,
        "round": opened.number,
        "change_count": change_count,
        "opened_at": found.proposal.opened_at,
        "closes_at": opened.closes_at,
        "decided_at": opened.decided_at,
    }


def position_answers(codes: Mapping[int, str], said: Sequence[Position]) -> list[PositionAnswer]:
    """Positions, with the codes of actors by number."""
    return [
        PositionAnswer(actor=codes[one.actor], position=one.stance, reason=one.reason, erased=one.erased is not None)
        for one in said
    ]
