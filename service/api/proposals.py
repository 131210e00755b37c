"""Proposals: how a community changes its definitions, targets, objectives, charter and members together."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import Query

from service.api.identity import DECIDE, READ_WITHIN
from service.api.paging import Paged, page
from service.api.proposal_answers import (
    PositionAnswer,
    ProposalAnswer,
    ProposalList,
    ProposalSummary,
    read_changes,
    stored_changes,
)
from service.api.routing import Resource
from service.api.transaction import Acting, ActingContext, Asking
from service.errors import Conflict, Forbidden, NotFound, refused
from service.indicators.adoption import plan
from service.indicators.register import Register
from service.models.proposal import Position, Proposal, ProposalBody
from service.models.text import spoken
from service.models.vocabulary import DecisionRule, ProposalStatus, Role
from service.records.adoption import write_adoption
from service.records.proposals import (
    change_counts,
    changes_of,
    decide_proposal,
    open_proposal,
    positions_of,
)
from service.records.proposals import (
    get_proposal as read_proposal,
)
from service.records.proposals import (
    list_proposals as read_proposals,
)

router = Resource("proposals")

_ALL = 1_000_000
"""Above any number of proposals that a community makes."""


@router.post("/proposals", access=DECIDE)
def create_proposal(body: ProposalBody, acting: Acting) -> ProposalAnswer:
    """Makes a proposal. Under `delegated`, with the support's token, it is adopted at once; else it is `open`.

    Every change is checked as if it were adopted now: an illegal one is refused (422) with a pointer to what is wrong, a
    revision of a version that is not the latest any more with 409 `stale_version`. All changes take effect in one instant
    or none does. Observers do not propose. `closes_at` defaults to the charter's `deliberation_days` from now.
    """
    writing, caller = acting.writing, acting.caller.known_actor
    settings = acting.register.settings
    if caller.member.role is Role.OBSERVER:
        raise Forbidden("observer_may_not_propose", "observers read; they do not propose")
    if body.closes_at is not None and body.closes_at <= writing.instant:
        raise refused("closes_in_the_past", "`closes_at` lies in the past", pointer="/closes_at")
    planned = plan(acting.register, body.changes, now=writing.instant)
    adopts = settings.charter.decision_rule is DecisionRule.DELEGATED and acting.caller.is_support
    contents = stored_changes(body.changes, settings.language)
    proposal = open_proposal(
        writing,
        proposer=caller.number,
        title=spoken(body.title, settings.language),
        rationale=body.rationale and spoken(body.rationale, settings.language),
        changes=contents,
        closes_at=body.closes_at or writing.instant + timedelta(days=settings.charter.deliberation_days),
        status=ProposalStatus.ADOPTED if adopts else ProposalStatus.OPEN,
    )
    if adopts:
        write_adoption(writing, planned, proposal.number)
    _close(acting, "proposal_adopted" if adopts else "proposal_opened", proposal.number)
    return _answer(acting.register, proposal, contents, [])


@router.get("/proposals", access=READ_WITHIN)
def list_proposals(
    asking: Asking,
    paged: Paged,
    status: Annotated[ProposalStatus | None, Query(description="Only those that stand so.")] = None,
) -> ProposalList:
    """Proposals without their changes, the first one first."""
    found = [
        _as_of(proposal, asking.moment.number)
        for proposal in read_proposals(asking.connection, asking.register.community_id, limit=_ALL)
        if proposal.opened_journal <= asking.moment.number
    ]
    cut = page([proposal for proposal in found if status is None or proposal.status == status], paged)
    counts = change_counts(asking.connection, asking.register.community_id, cut["items"])
    summaries = [ProposalSummary(**_summary(asking.register, proposal, counts[proposal.number])) for proposal in cut["items"]]
    return ProposalList(items=summaries, next_cursor=cut["next_cursor"])


@router.get("/proposals/{proposal}", access=READ_WITHIN, etag=True)
def get_proposal(proposal: str, asking: Asking) -> ProposalAnswer:
    """One proposal with its changes, as they were proposed, and where actors stand."""
    community_id = asking.register.community_id
    found = read_proposal(asking.connection, community_id, _number(proposal))
    if found is None or found.opened_journal > asking.moment.number:
        raise _unknown()
    contents = changes_of(asking.connection, community_id, found.number, found.round)
    positions = positions_of(asking.connection, community_id, found.number, found.round)
    said = [position for position in positions if position.journal <= asking.moment.number]
    return _answer(asking.register, _as_of(found, asking.moment.number), contents, said)


@router.post("/proposals/{proposal}/close", access=DECIDE, status_code=200)
def close_proposal(proposal: str, acting: Acting) -> ProposalAnswer:
    """Decides an open proposal. Under `delegated` the support does, at any time, and it is adopted.

    It is checked once more against what stands by now: 409 `stale_version` or 422 where it no longer fits, and it stays
    open. 409 `not_open` where it is decided already; 409 `decision_rule_not_available` under a rule that counts positions.
    """
    found, contents = _open(proposal, acting)
    if acting.register.settings.charter.decision_rule is not DecisionRule.DELEGATED:
        raise Conflict("decision_rule_not_available", "closing a proposal by positions is not available in this version")
    if not acting.caller.is_support:
        raise Forbidden("support_decides", "under `delegated` the support decides")
    planned = plan(acting.register, read_changes(contents), now=acting.writing.instant, proposal=found.number)
    write_adoption(acting.writing, planned, found.number)
    return _decided(acting, found, contents, ProposalStatus.ADOPTED)


@router.post("/proposals/{proposal}/withdraw", access=DECIDE, status_code=200)
def withdraw_proposal(proposal: str, acting: Acting) -> ProposalAnswer:
    """Takes an open proposal back. Only who made it may. 409 `not_open` where it is decided already."""
    found, contents = _open(proposal, acting)
    if found.proposer != acting.caller.known_actor.number:
        raise Forbidden("not_your_proposal", "only who made a proposal withdraws it")
    return _decided(acting, found, contents, ProposalStatus.WITHDRAWN)


def _open(proposal: str, acting: ActingContext) -> tuple[Proposal, list[dict[str, Any]]]:
    """An open proposal and its changes. Raises NotFound, Conflict `not_open`."""
    found = read_proposal(acting.connection, acting.register.community_id, _number(proposal))
    if found is None:
        raise _unknown()
    if found.status != ProposalStatus.OPEN:
        raise Conflict("not_open", f"this proposal is {found.status}", status=found.status)
    return found, changes_of(acting.connection, acting.register.community_id, found.number, found.round)


def _decided(acting: ActingContext, found: Proposal, contents: list[dict[str, Any]], status: ProposalStatus) -> ProposalAnswer:
    decide_proposal(acting.writing, found.number, status)
    positions = positions_of(acting.connection, acting.register.community_id, found.number, found.round)
    _close(acting, f"proposal_{status.value}", found.number)
    found.status, found.decided_at = status.value, acting.writing.instant
    return _answer(acting.register, found, contents, positions)


def _close(acting: ActingContext, kind: str, number: int) -> None:
    acting.writing.close(kind, {"proposal": str(number)}, actor=acting.caller.known_actor.number, token=acting.caller.token)


def _as_of(proposal: Proposal, number: int) -> Proposal:
    """The proposal as it stood at a journal entry: one that was decided later was still open."""
    if proposal.decided_journal is not None and proposal.decided_journal > number:
        proposal.status, proposal.decided_at = ProposalStatus.OPEN.value, None
    return proposal


def _summary(register: Register, proposal: Proposal, change_count: int) -> dict[str, Any]:
    actors = {known.number: code for code, known in register.actors.items()}
    return {
        "id": str(proposal.number),
        "title": proposal.title,
        "rationale": proposal.rationale,
        "proposer": actors[proposal.proposer],
        "status": proposal.status,
        "round": proposal.round,
        "change_count": change_count,
        "opened_at": proposal.opened_at,
        "closes_at": proposal.closes_at,
        "decided_at": proposal.decided_at,
    }


def _answer(
    register: Register, proposal: Proposal, contents: list[dict[str, Any]], positions: list[Position]
) -> ProposalAnswer:
    actors = {known.number: code for code, known in register.actors.items()}
    return ProposalAnswer(
        **_summary(register, proposal, len(contents)),
        changes=read_changes(contents),
        positions=[PositionAnswer(actor=actors[one.actor], position=one.stance, reason=one.reason) for one in positions],
    )


def _number(proposal: str) -> int:
    """The number that an id stands for. Raises NotFound for a text that was never given out as one."""
    if not (proposal.isascii() and proposal.isdecimal() and len(proposal) < 10 and not proposal.startswith("0")):
        raise _unknown()
    return int(proposal)


def _unknown() -> NotFound:
    return NotFound("unknown_proposal", "There is no such proposal.")
