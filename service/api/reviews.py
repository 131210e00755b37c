"""Reviews: dated readings of the figures together, frozen, spoken of, closed; and corrected where the figures are."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from service.api.answering import require_current
from service.api.figure_answers import answers_of
from service.api.identity import DECIDE, READ_WITHIN, SUPPORT
from service.api.naming import number_of_id
from service.api.paging import Paged, page
from service.api.progress import progress_answer
from service.api.review_answers import LessonAnswer, ReadingAnswer, ReviewAnswer, ReviewList, ReviewSummary
from service.api.review_corrections import corrections
from service.api.routing import Resource
from service.api.transaction import Acting, ActingContext, Asking, AskingContext, service_of
from service.api.withholding import reader_of
from service.errors import Conflict, Fault, Forbidden, NotFound, Refused, refused
from service.indicators.register import Register
from service.indicators.suggestion import shown
from service.models.instant import Instant
from service.models.period import Period
from service.models.review import ReadingBody, ReviewBody, ReviewChange
from service.models.text import spoken
from service.models.vocabulary import ReviewStatus
from service.records.moment import moment_of
from service.records.proposals import list_proposals
from service.records.reviews import LESSON, READING, KnownReview, Note, link_proposals, open_review, say, set_review
from service.records.reviews import get_review as read_review
from service.records.reviews import list_reviews as read_reviews

router = Resource("reviews")


@router.post("/reviews", access=SUPPORT)
def create_review(body: ReviewBody, acting: Acting) -> ReviewAnswer:
    """Opens a review: freezes what `GET /progress` answers at the close of `at` as of `as_of`, under its SHA-256.

    Without `as_of` that is what is known when it opens; the answer says as of which instant.
    """
    # At the instant itself the review would be there already.
    if body.as_of is not None and body.as_of > acting.now and body.as_of >= acting.writing.instant:
        raise refused("as_of_in_future", "That instant has not come yet.", pointer="/as_of")
    asking = _asking(acting, body.as_of)
    opened = open_review(
        acting.writing,
        actor=acting.caller.known_actor.number,
        title=spoken(body.title, acting.register.settings.language),
        at=body.at,
        as_of=asking.moment.instant,
        progress=progress_answer(asking.register, asking.moment.instant, answers_of(asking), body.at, None).model_dump(
            mode="json"
        ),
    )
    _close(acting, "review_opened", opened, sha256=opened.review.sha256.hex())
    return _answer_now(acting, opened.number)


@router.get("/reviews", access=READ_WITHIN)
def list_reviews(asking: Asking, paged: Paged) -> ReviewList:
    """Reviews without their content, the first one first."""
    found = read_reviews(asking.connection, asking.register.community_id, asking.moment.number)
    return ReviewList(**page([ReviewSummary(**_summary(asking.register, one)) for one in found], paged))


@router.get("/reviews/{review}", access=READ_WITHIN, etag=True)
def get_review(review: str, asking: Asking) -> ReviewAnswer:
    """A review: the progress it froze, what was said of it, and what became of its figures since.

    As of an instant it is shown as it was then, its corrections too. Where the charter keeps actors' values to themselves, and
    no peers validate, a member sees the contributions behind a correction that are its own.
    """
    return _answer(asking, _found(asking, _number(review)))


@router.patch("/reviews/{review}", access=DECIDE)
def update_review(review: str, body: ReviewChange, acting: Acting) -> ReviewAnswer:
    """Says what the caller's actor reads in the figures and has learnt; links proposals that came of it.

    `readings` and `lessons` replace what the actor said before, an empty list takes it back; `proposals` are added to those
    linked. What is left out stays. Only the support changes the `title`; observers say nothing. 409 `review_closed` once it
    is closed.
    """
    caller, given = acting.caller.known_actor, body.model_fields_set
    if "title" in given and not acting.caller.is_support:
        raise Forbidden("support_only", "Only the support of this community may do this.")
    asking = _asking(acting)
    found = _open(asking, review)
    require_current(acting.request, _answer(asking, found))
    title = spoken(body.title, acting.register.settings.language) if "title" in given else found.state.title
    notes = {}
    if "readings" in given:
        notes[READING] = _readings(acting.register, body.readings)
    if "lessons" in given:
        notes[LESSON] = [Note(lesson.text) for lesson in body.lessons]
    linked = _new_proposals(acting, found, body.proposals)
    changed = {kind: said for kind, said in notes.items() if said != found.said_by(caller.number, kind)}
    if not changed and not linked and title == found.state.title:
        return _answer(asking, found)
    if title != found.state.title:
        set_review(acting.writing, found, caller.number, title, ReviewStatus.OPEN)
    for kind, said in changed.items():
        say(acting.writing, found, caller.number, kind, said)
    link_proposals(acting.writing, found, linked)
    _close(acting, "review_changed", found)
    return _answer_now(acting, found.number)


@router.post("/reviews/{review}/close", access=SUPPORT, status_code=200)
def close_review(review: str, acting: Acting) -> ReviewAnswer:
    """Closes a review: from now on nothing in it changes. Corrections of its figures go on to be shown beside them."""
    found = _open(_asking(acting), review)
    set_review(acting.writing, found, acting.caller.known_actor.number, found.state.title, ReviewStatus.CLOSED)
    _close(acting, "review_closed", found)
    return _answer_now(acting, found.number)


def _asking(acting: ActingContext, as_of: Instant | None = None) -> AskingContext:
    """What the same caller would be answered inside the transaction, as it stands."""
    registers = service_of(acting.request).registers
    moment = moment_of(acting.connection, acting.register.community_id, as_of, acting.now, registers)
    register = registers.read(acting.connection, acting.register.community_id, moment)
    return AskingContext(acting.request, acting.connection, register, moment, acting.caller, acting.now, acting.language)


def _found(asking: AskingContext, number: int) -> KnownReview:
    found = read_review(asking.connection, asking.register.community_id, number, asking.moment.number)
    if found is None:
        raise _unknown()
    return found


def _open(asking: AskingContext, review: str) -> KnownReview:
    """An open review. Raises NotFound, Conflict `review_closed`."""
    found = _found(asking, _number(review))
    if not found.is_open:
        raise Conflict("review_closed", "This review is closed: nothing in it changes any more.")
    return found


def _readings(register: Register, readings: Sequence[ReadingBody]) -> list[Note]:
    notes, faults = [], []
    for place, reading in enumerate(readings):
        pointer = f"/readings/{place}"
        indicator = register.indicators.get(reading.indicator or "")
        objective = register.objectives.get(reading.objective or "")
        if reading.indicator is not None and reading.objective is not None:
            faults.append(
                Fault(
                    "indicator_and_objective", "a reading is of an indicator or of an objective, not of both", pointer=pointer
                )
            )
        if reading.indicator is not None and indicator is None:
            faults.append(
                Fault(
                    "unknown_indicator",
                    f"There is no indicator `{shown(reading.indicator)}`.",
                    pointer=f"{pointer}/indicator",
                )
            )
        if reading.objective is not None and (objective is None or objective.removed):
            faults.append(
                Fault(
                    "unknown_objective",
                    f"There is no objective `{shown(reading.objective)}`.",
                    pointer=f"{pointer}/objective",
                )
            )
        notes.append(Note(reading.text, indicator.number if indicator else None, objective.number if objective else None))
    _refuse(faults)
    return notes


def _new_proposals(acting: ActingContext, found: KnownReview, given: Sequence[str]) -> list[int]:
    """The numbers of those not linked yet, each once. Raises Refused `unknown_proposal`."""
    if not given:
        return []
    known = {str(one.number) for one in list_proposals(acting.connection, acting.register.community_id, acting.writing.number)}
    _refuse(
        [
            Fault("unknown_proposal", "There is no such proposal.", pointer=f"/proposals/{place}")
            for place, proposal in enumerate(given)
            if proposal not in known
        ]
    )
    return [number for number in dict.fromkeys(int(proposal) for proposal in given) if number not in found.proposals]


def _refuse(faults: Sequence[Fault]) -> None:
    if faults:
        raise Refused(faults[0].code, faults[0].detail, faults=tuple(faults[:100]))


def _answer_now(acting: ActingContext, number: int) -> ReviewAnswer:
    asking = _asking(acting)
    return _answer(asking, _found(asking, number))


def _answer(asking: AskingContext, found: KnownReview) -> ReviewAnswer:
    register, frozen = asking.register, _as_read(asking, found)
    actors = register.actor_codes
    indicators = register.indicator_codes
    objectives = register.objective_codes
    return ReviewAnswer(
        **_summary(register, found),
        progress=frozen,
        readings=[
            ReadingAnswer(
                actor=actors[note.actor],
                indicator=None if note.indicator is None else indicators[note.indicator],
                objective=None if note.objective is None else objectives[note.objective],
                text=note.said,
                erased=note.erased is not None,
                said_at=note.said_at,
            )
            for note in found.notes
            if note.kind == READING
        ],
        lessons=[
            LessonAnswer(actor=actors[note.actor], text=note.said, erased=note.erased is not None, said_at=note.said_at)
            for note in found.notes
            if note.kind == LESSON
        ],
        proposals=[str(number) for number in found.proposals],
        corrections=corrections(asking, frozen, _at(found), found.review.as_of),
    )


def _as_read(asking: AskingContext, found: KnownReview) -> Any:
    """The frozen progress as the caller may know it: where others' values are kept from it, read again as of then.

    What was answered then is answered for ever, so that only what is kept differs from what was frozen.
    """
    reader = reader_of(asking)
    if reader is None:
        return json.loads(found.review.progress)
    registers, community_id = service_of(asking.request).registers, asking.register.community_id
    moment = moment_of(asking.connection, community_id, found.review.as_of, asking.now, registers)
    register = registers.read(asking.connection, community_id, moment)
    then = answers_of(replace(asking, moment=moment, register=register))
    return progress_answer(register, moment.instant, then, _at(found), None, reader=reader).model_dump(mode="json")


def _summary(register: Register, found: KnownReview) -> dict[str, object]:
    actors = register.actor_codes
    closed = None if found.is_open else found.state
    return {
        "id": str(found.number),
        "title": found.state.title,
        "status": found.state.status,
        "at": _at(found),
        "as_of": found.review.as_of,
        "opened_at": found.review.opened_at,
        "opened_by": actors[found.review.opened_by],
        "closed_at": closed and closed.said_at,
        "closed_by": closed and actors[closed.actor],
        "sha256": found.review.sha256.hex(),
    }


def _at(found: KnownReview) -> Period | None:
    return None if found.review.at_period is None else Period.from_number(found.review.at_period)


def _close(acting: ActingContext, kind: str, found: KnownReview, **more: str) -> None:
    subject = {"review": str(found.number), **more}
    acting.writing.close(kind, subject, actor=acting.caller.known_actor.number, token=acting.caller.token)


def _number(review: str) -> int:
    """The number that an id stands for. Raises NotFound for a text that was never given out as one."""
    number = number_of_id(review)
    if not number:
        raise _unknown()
    return number


def _unknown() -> NotFound:
    return NotFound("unknown_review", "There is no such review.")
