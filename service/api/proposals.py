"""Proposals: how a community changes its definitions, targets, objectives, charter and members together."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Query

from service.api.adopting import known_by
from service.api.identity import DECIDE, READ_WITHIN, is_there
from service.api.naming import number_of_id
from service.api.paging import Paged, page
from service.api.proposal_answers import (
    ProposalAnswer,
    ProposalList,
    opened_as,
    proposal_answer,
    settled_in,
    summaries,
)
from service.api.routing import Resource
from service.api.transaction import Acting, ActingContext, Asking, AskingContext, service_of
from service.errors import Conflict, Forbidden, NotFound, refused
from service.indicators.adoption import plan
from service.indicators.decision import can_close
from service.indicators.settlement import DOES_NOT_FIT, Round, adopted, settle
from service.models.deliberation import AmendmentBody, Position
from service.models.proposal import ProposalBody
from service.models.text import spoken
from service.models.vocabulary import DecisionRule, ProposalStatus, Stance
from service.records.proposals import (
    Deliberation,
    decide_round,
    open_proposal,
    stored_changes,
    take_position,
)
from service.records.proposals import amend_proposal as open_next_round
from service.records.proposals import get_proposal as read_proposal
from service.records.proposals import list_proposals as read_proposals
from service.records.settlement import round_of, write_decision, write_settled

router = Resource("proposals")


@router.post("/proposals", access=DECIDE)
def create_proposal(body: ProposalBody, acting: Acting) -> ProposalAnswer:
    """Makes a proposal. Under `delegated`, with the support's token, it is adopted at once; else it is `open`.

    Every change is checked as if it were adopted now: an illegal one is refused (422) with a pointer to what is wrong, a
    revision of a version that is not the latest any more with 409 `stale_version`. All changes take effect in one instant
    or none does. Observers do not propose, nor do actors who have left or have not joined yet. `closes_at` defaults to the
    charter's `deliberation_days` from now; then the community's rule decides, whether anybody calls or not.
    """
    writing, caller = acting.writing, acting.caller.known_actor
    settings = acting.register.settings
    _refuse_who_may_not_propose(acting)
    planned = plan(acting.register, body.changes, now=writing.instant, evidence_of=known_by(acting))
    adopts = settings.charter.decision_rule is DecisionRule.DELEGATED and acting.caller.is_support
    found = open_proposal(
        writing,
        proposer=caller.number,
        title=spoken(body.title, settings.language),
        rationale=body.rationale and spoken(body.rationale, settings.language),
        changes=stored_changes(body.changes, settings.language),
        closes_at=_closing(acting, body.closes_at, adopts),
    )
    if adopts:
        write_decision(writing, adopted(opened_as(found), planned, writing.instant), caller.number, found)
    _close(acting, "proposal_adopted" if adopts else "proposal_opened", found)
    return _answer(acting, found)


def _refuse_who_may_not_propose(acting: ActingContext) -> None:
    """Raises Forbidden to actors who are not in the community on this day."""
    caller = acting.caller.known_actor
    if not is_there(caller.member, acting.writing.day):
        raise Forbidden("not_a_member_now", f"`{caller.code}` does not belong to the community on this day", actor=caller.code)


def _closing(acting: ActingContext, given: datetime | None, decided: bool = False) -> datetime:
    """When a round closes that opens now. Raises Refused `closes_in_the_past`, unless it is `decided` anyway."""
    instant, days = acting.writing.instant, acting.register.settings.charter.deliberation_days
    closes_at = given or instant + timedelta(days=days)
    if closes_at <= instant and (given or not decided):
        raise refused("closes_in_the_past", "`closes_at` must lie ahead: nobody could take a position", pointer="/closes_at")
    return closes_at


@router.get("/proposals", access=READ_WITHIN)
def list_proposals(
    asking: Asking,
    paged: Paged,
    status: Annotated[ProposalStatus | None, Query(description="Only those that stand so.")] = None,
) -> ProposalList:
    """Proposals without their changes, the first one first."""
    found = [
        settled_in(one, asking.moment)
        for one in read_proposals(asking.connection, asking.register.community_id, asking.moment.number)
    ]
    cut = page([one for one in found if status is None or one.round.status == status], paged)
    return ProposalList(items=summaries(asking.connection, asking.register, cut["items"]), next_cursor=cut["next_cursor"])


@router.get("/proposals/{proposal}", access=READ_WITHIN, etag=True)
def get_proposal(proposal: str, asking: Asking) -> ProposalAnswer:
    """One proposal: its changes as they were proposed, where actors stand, what the positions come to, how it ended."""
    registers = service_of(asking.request).registers
    found = asked_proposal(proposal, asking)
    return proposal_answer(asking.connection, registers, asking.register, found, asking.moment.number)


@router.post("/proposals/{proposal}/amend", access=DECIDE, status_code=200)
def amend_proposal(proposal: str, body: AmendmentBody, acting: Acting) -> ProposalAnswer:
    """Opens the next round with other changes: `changes` are all of them. Positions of the round before stay on record.

    Whoever made the proposal and the support may, while it is open, and also where it was carried and no longer fitted
    (`does_not_fit`). Voters and rule are those of the day on which the new round opens.
    """
    found = proposal_in_path(proposal, acting)
    is_stale = (found.round.decision or {}).get("reason") == DOES_NOT_FIT
    if not found.is_open and not is_stale:
        raise not_open(found)
    caller = acting.caller.known_actor
    if found.proposal.proposer != caller.number and not acting.caller.is_support:
        raise Forbidden("not_your_proposal", "only who made a proposal and the support amend it")
    _refuse_who_may_not_propose(acting)
    language = acting.register.settings.language
    plan(acting.register, body.changes, now=acting.writing.instant, proposal=found.number, evidence_of=known_by(acting))
    amended = open_next_round(
        acting.writing,
        found,
        actor=caller.number,
        rationale=spoken(body.rationale, language),
        changes=stored_changes(body.changes, language),
        closes_at=_closing(acting, body.closes_at),
    )
    _close(acting, "proposal_amended", amended)
    return _answer(acting, amended)


@router.post("/proposals/{proposal}/close", access=DECIDE, status_code=200)
def close_proposal(proposal: str, acting: Acting) -> ProposalAnswer:
    """Decides an open proposal before its time: once every voter has taken a position, or the silent could change nothing.

    Until then it is 409 `too_early`. Under `delegated` the support decides at any time; closing without having taken a position
    is its support. What is carried is checked once more against what stands by now: 409 `stale_version` or 422 where it no
    longer fits, and it stays open, to be amended. 409 `not_open` where it is decided already. Observers leave it to others:
    when a decision is in force is part of it.
    """
    found = open_proposal_in_path(proposal, acting)
    opened = opened_as(found)
    judged = round_of(acting.connection, service_of(acting.request).registers, acting.register.community_id, opened,
                      acting.writing.number - 1, found)  # fmt: skip
    position = _position_of_who_decides(acting, found, judged)
    if position is not None:
        judged = Round(judged.electorate, {**judged.stances, acting.caller.known_actor.code: Stance.SUPPORT}, judged.changes)
    if not can_close(judged.electorate, judged.stances):
        raise _too_early(found, judged)
    known, now = known_by(acting), acting.writing.instant
    settled = settle(acting.register, opened, judged, now, known)
    if settled.reason == DOES_NOT_FIT:
        # Says it as it is said to who proposes: with the status that belongs to what is wrong.
        plan(acting.register, judged.changes, now=now, proposal=found.number, evidence_of=known)
    write_settled(acting.writing, settled, acting.caller.known_actor.number, acting.caller.token, found)
    return _answer(acting, found, *([position] if position else []))


def _position_of_who_decides(acting: ActingContext, found: Deliberation, judged: Round) -> Position | None:
    """Under `delegated`: the position that closing is, where the support has taken none. Raises Forbidden to others."""
    if judged.electorate.charter.decision_rule is not DecisionRule.DELEGATED:
        return None
    caller = acting.caller.known_actor
    if caller.code not in judged.electorate.voters:
        if can_close(judged.electorate, judged.stances):
            return None
        raise Forbidden("support_decides", "under `delegated` the support decides")
    if caller.code in judged.stances:
        return None
    return take_position(acting.writing, found.round, caller.number, Stance.SUPPORT, None)


def _too_early(found: Deliberation, judged: Round) -> Conflict:
    rule = judged.electorate.charter.decision_rule.value
    silent = ", ".join(sorted(judged.electorate.voters - set(judged.stances)))
    closes_at = found.round.closes_at.isoformat(timespec="seconds").replace("+00:00", "Z")
    return Conflict(
        "too_early",
        f"under `{rule}` these could still change the outcome: {silent}; it closes by itself at {closes_at}",
        rule=rule,
        silent=silent,
        closes_at=closes_at,
    )


@router.post("/proposals/{proposal}/withdraw", access=DECIDE, status_code=200)
def withdraw_proposal(proposal: str, acting: Acting) -> ProposalAnswer:
    """Takes an open proposal back. Only who made it may. 409 `not_open` where it is decided already."""
    found = open_proposal_in_path(proposal, acting)
    if found.proposal.proposer != acting.caller.known_actor.number:
        raise Forbidden("not_your_proposal", "only who made a proposal withdraws it")
    decide_round(acting.writing, found.round, ProposalStatus.WITHDRAWN, None, acting.caller.known_actor.number)
    _close(acting, "proposal_withdrawn", found)
    return _answer(acting, found)


def asked_proposal(proposal: str, asking: AskingContext) -> Deliberation:
    """The proposal of that id as of the moment, with what its time has brought. Raises NotFound."""
    found = read_proposal(asking.connection, asking.register.community_id, _number(proposal), asking.moment.number)
    if found is None:
        raise _unknown()
    return settled_in(found, asking.moment)


def proposal_in_path(proposal: str, acting: ActingContext) -> Deliberation:
    """The proposal of that id as it stands. Raises NotFound."""
    found = read_proposal(acting.connection, acting.register.community_id, _number(proposal), acting.writing.number - 1)
    if found is None:
        raise _unknown()
    return found


def open_proposal_in_path(proposal: str, acting: ActingContext) -> Deliberation:
    """An open proposal. Raises NotFound, Conflict `not_open`."""
    found = proposal_in_path(proposal, acting)
    if not found.is_open:
        raise not_open(found)
    return found


def not_open(found: Deliberation) -> Conflict:
    """What is said where a proposal is decided already."""
    return Conflict("not_open", f"this proposal is {found.round.status}", status=found.round.status)


def _close(acting: ActingContext, kind: str, found: Deliberation) -> None:
    subject = {"proposal": str(found.number), "round": found.round.number}
    acting.writing.close(kind, subject, actor=acting.caller.known_actor.number, token=acting.caller.token)


def _answer(acting: ActingContext, found: Deliberation, *brought: Position) -> ProposalAnswer:
    registers, upto = service_of(acting.request).registers, acting.writing.number
    return proposal_answer(acting.connection, registers, acting.register, found, upto, brought)


def _number(proposal: str) -> int:
    """The number that an id stands for. Raises NotFound for a text that was never given out as one."""
    number = number_of_id(proposal)
    if not number:
        raise _unknown()
    return number


def _unknown() -> NotFound:
    return NotFound("unknown_proposal", "There is no such proposal.")
