"""Where actors stand on a proposal, and what they say of it."""

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field

from service.api.identity import COMMENT, DECIDE, READ_WITHIN
from service.api.paging import Paged, page
from service.api.proposal_answers import PositionAnswer, opened_as
from service.api.proposals import asked_proposal, open_proposal_in_path, proposal_in_path
from service.api.routing import Resource
from service.api.transaction import Acting, ActingContext, Asking, service_of
from service.errors import Forbidden, refused
from service.indicators.decision import Electorate
from service.models.deliberation import CommentBody, PositionBody, ProposalComment
from service.models.instant import Instant
from service.models.vocabulary import Stance
from service.records.proposals import Deliberation, add_comment, comments_of, positions_of, take_position
from service.records.settlement import round_of

router = Resource("proposals")


class CommentAnswer(BaseModel):
    """What an actor said of a proposal."""

    actor: str
    round: int = Field(description="The round of the time.")
    comment: str | None = Field(description="Null where it was erased.")
    erased: bool
    journal: int = Field(description="The number of the journal entry that it came with.")
    said_at: Instant


class CommentList(BaseModel):
    """Comments, the first said first."""

    items: list[CommentAnswer]
    next_cursor: str | None


@router.put("/proposals/{proposal}/positions/{actor}", access=DECIDE)
def set_position(proposal: str, actor: str, body: PositionBody, acting: Acting) -> PositionAnswer:
    """Says where the caller stands in the present round, until it closes; the last position counts.

    Voters are the members of the day on which the round opened, under `delegated` the support; observers comment instead.
    An objection says why. Saying the same again changes nothing.
    """
    found = open_proposal_in_path(proposal, acting)
    caller = acting.caller.known_actor
    if actor != caller.code:
        raise Forbidden("not_your_position", "an actor takes its own position and no other's")
    electorate = _electorate(acting, found)
    if caller.code not in electorate.voters:
        rule = electorate.charter.decision_rule.value
        raise Forbidden(
            "not_a_voter",
            f"under `{rule}` this round is decided by who was there on the day it opened; `{caller.code}` is not among them",
            rule=rule,
            actor=caller.code,
        )
    reason = body.reason.strip() if body.reason else None
    if body.position is Stance.OBJECT and not reason:
        raise refused("reason_required", "an objection says why", pointer="/reason")
    answer = PositionAnswer(actor=caller.code, position=body.position.value, reason=reason or None, erased=False)
    said = positions_of(acting.connection, acting.register.community_id, found.number, acting.writing.number - 1)
    before = [one for one in said.get(found.round.number, []) if one.actor == caller.number]
    if [(one.stance, one.reason) for one in before] != [(answer.position, answer.reason)]:
        take_position(acting.writing, found.round, caller.number, body.position, answer.reason)
        _close(acting, "position_taken", found, position=answer.position)
    return answer


def _electorate(acting: ActingContext, found: Deliberation) -> Electorate:
    registers, upto = service_of(acting.request).registers, acting.writing.number - 1
    return round_of(acting.connection, registers, acting.register.community_id, opened_as(found), upto, found).electorate


@router.post("/proposals/{proposal}/comments", access=COMMENT)
def create_comment(proposal: str, body: CommentBody, acting: Acting) -> CommentAnswer:
    """Says something of a proposal, open or decided. Every actor may, observers too."""
    found = proposal_in_path(proposal, acting)
    caller = acting.caller.known_actor
    said = add_comment(acting.writing, found.round, caller.number, body.comment)
    _close(acting, "proposal_commented", found)
    return _comment(caller.code, said)


@router.get("/proposals/{proposal}/comments", access=READ_WITHIN)
def list_comments(
    proposal: str,
    asking: Asking,
    paged: Paged,
    round_number: Annotated[int | None, Query(alias="round", ge=1, description="Only those of this round.")] = None,
) -> CommentList:
    """What was said of a proposal, the first said first."""
    found = asked_proposal(proposal, asking)
    codes = asking.register.actor_codes
    said = comments_of(asking.connection, asking.register.community_id, found.number, asking.moment.number)
    answers = [_comment(codes[one.actor], one) for one in said if round_number is None or one.round == round_number]
    return CommentList(**page(answers, paged))


def _comment(actor: str, said: ProposalComment) -> CommentAnswer:
    return CommentAnswer(
        actor=actor,
        round=said.round,
        comment=said.comment,
        erased=said.erased is not None,
        journal=said.journal,
        said_at=said.said_at,
    )


def _close(acting: ActingContext, kind: str, found: Deliberation, **more: str) -> None:
    subject = {"proposal": str(found.number), "round": found.round.number, **more}
    acting.writing.close(kind, subject, actor=acting.caller.known_actor.number, token=acting.caller.token)
