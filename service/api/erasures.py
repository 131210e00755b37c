"""Texts that people wrote can go: from what is stored, from every answer, as of every instant. That they went stays."""

from pydantic import BaseModel, Field

from service.api.identity import ERASE
from service.api.naming import number_of_id
from service.api.routing import Resource
from service.api.sight import sees_contributions_of
from service.api.transaction import Acting, ActingContext
from service.errors import Conflict, Fault, Forbidden, NotFound, Refused, refused
from service.indicators.suggestion import shown
from service.models.erasure import ErasureBody, WrittenBody, WrittenKind
from service.models.instant import Instant
from service.records.entries import Key, parse_key_id
from service.records.erasure import ERASED, Written, erase, written_in, written_with
from service.records.idempotency import take_out
from service.records.proposals import get_proposal
from service.records.reviews import get_review
from service.uploads.erasing import drop_files_with

router = Resource("erasures")
_UNKNOWN = {
    WrittenKind.CONTRIBUTION: ("unknown_contribution", "There is no such contribution."),
    WrittenKind.COMMENT: ("unknown_proposal", "There is no such proposal."),
    WrittenKind.POSITION: ("unknown_proposal", "There is no such proposal."),
    WrittenKind.NOTE: ("unknown_review", "There is no such review."),
}


class ErasureAnswer(BaseModel):
    """What was erased, and what went with it."""

    journal: int = Field(description="The journal entry that says so.")
    erased_at: Instant
    kind: str = Field(description="An open list; today `contribution`, `proposal_comment`, `position`, `review_note`.")
    id: str
    texts: int = Field(description="How many were erased; the comment and the evidence of one report are one.")
    imports: list[str] = Field(description="The imports whose file held one of the texts: file and report are gone.")
    reason: str


@router.post("/erasures", access=ERASE)
def create_erasure(body: ErasureBody, acting: Acting) -> ErasureAnswer:
    """Erases texts that people wrote, for ever and as of every instant; where the work of the community has ended, too.

    The support may erase any; everybody else, observers too, what they wrote themselves and what was reported for them:
    without `actor` that is what `what` means for them. Of a contribution go comments, evidence and reasons of contests; of a
    proposal comments, or why actors stood where they did; of a review readings and lessons, replaced ones too.

    The texts are null from then on and marked as `erased`, wherever they were answered. Files sent in that hold one of them
    are dropped with their reports (404 `report_erased`), and answers kept for an `Idempotency-Key` lose it. The journal
    keeps who erased, what and why, and the salted digests that stood for the texts: they tell nothing, and the chain holds.
    Numbers are no texts: they are withdrawn, not erased. Neither are titles, rationales and definitions, which the community
    decided on. Backups and what others were sent before are out of reach.

    409 `nothing_to_erase` where there is no such text, `not_erasable` for a reason given before reasons were kept apart from
    the journal.
    """
    found = _chosen(acting, body.what)
    if not found:
        raise Conflict("nothing_to_erase", "There is no such text: nobody wrote one, or it was erased already.")
    if any(written.digest is None for written in found):
        raise Conflict(
            "not_erasable", "This text was written into the journal itself, before such texts were kept apart from it."
        )
    told = erase(acting.writing, found)
    what = body.what.model_dump(mode="json", exclude_none=True)
    subject = {**what, "reason": body.reason, "texts": told}
    acting.writing.close(ERASED, subject, actor=acting.caller.known_actor.number, token=acting.caller.token)
    texts = {text for written in found for text in written.texts}
    community_id, connection = acting.register.community_id, acting.connection
    take_out(connection, community_id, texts)
    imports = drop_files_with(connection, community_id, texts) if body.what.kind is WrittenKind.CONTRIBUTION else []
    return ErasureAnswer(
        journal=acting.writing.number,
        erased_at=acting.writing.instant,
        kind=body.what.kind.value,
        id=body.what.id,
        texts=len(found),
        imports=[str(number) for number in imports],
        reason=body.reason,
    )


def _chosen(acting: ActingContext, what: WrittenBody) -> list[Written]:
    """The texts that are meant, all of them the caller's to erase. Raises Refused for what is not there, Forbidden."""
    caller = acting.caller.known_actor
    whose = caller.number if not acting.caller.is_support else None
    if what.actor is not None:
        known = acting.register.actors.get(what.actor)
        if known is None:
            raise refused("unknown_actor", f"There is no actor `{shown(what.actor)}`.", pointer="/what/actor")
        if whose not in (None, known.number):
            raise Forbidden("not_your_text", "only the support erases what others wrote")
        whose = known.number
    return [
        written
        for written in _written(acting, what)
        if (whose is None or whose in written.actors) and what.journal in (None, written.journal)
    ]


def _written(acting: ActingContext, what: WrittenBody) -> list[Written]:
    connection, community_id, upto = acting.connection, acting.register.community_id, acting.writing.number - 1
    if what.kind is WrittenKind.CONTRIBUTION:
        return written_with(connection, community_id, _key(acting, what), upto)
    number = number_of_id(what.id)
    find = get_review if what.kind is WrittenKind.NOTE else get_proposal
    if find(connection, community_id, number, upto) is None:
        raise _unknown(what)
    return written_in(connection, community_id, what.kind, number)


def _key(acting: ActingContext, what: WrittenBody) -> Key:
    """The key of a contribution that the caller may see."""
    try:
        key = parse_key_id(what.id)
    except NotFound:
        raise _unknown(what) from None
    owner = acting.register.actor_codes.get(key.actor)
    if owner is None or not sees_contributions_of(acting.caller, acting.register.settings.charter, owner):
        raise _unknown(what)
    return key


def _unknown(what: WrittenBody) -> Refused:
    code, sentence = _UNKNOWN[what.kind]
    return Refused(code, sentence, faults=(Fault(code, sentence, pointer="/what/id"),))
