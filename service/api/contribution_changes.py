"""What is said of a contribution once it stands: withdrawn, validated, contested. Each is an entry of its key's own."""

from typing import Annotated

from pydantic import Field

from service.api.contribution_answers import RecordedContribution
from service.api.contributions import recorded_answers
from service.api.identity import CONTRIBUTE
from service.api.recording import UNCHANGED, Outcome, refuse_revision, revision_fault, write_rows
from service.api.routing import Resource
from service.api.sight import sees_contributions_of
from service.api.transaction import Acting, ActingContext
from service.errors import Conflict, Forbidden, NotFound
from service.indicators.evidence import version_in_force
from service.indicators.register import KnownActor, KnownIndicator
from service.models.period import Period
from service.models.text import Body, PlainText
from service.models.vocabulary import EntryKind, Validation
from service.records.entries import Key, KeyState, LedgerRow, key_id, parse_key_id
from service.records.ledger import state_of

router = Resource("contributions")

ExpectedRevision = Annotated[
    int | None, Field(ge=0, description="The revision that was read. Where it has moved on: 409 `revision_mismatch`.")
]


class WithdrawalBody(Body):
    """Why a contribution is taken back, if there is something to say."""

    comment: PlainText | None = None
    expected_revision: ExpectedRevision = None


class ValidationBody(Body):
    """What is validated: what stands, or only what was read."""

    comment: PlainText | None = None
    expected_revision: ExpectedRevision = None


class ContestBody(Body):
    """Why a contribution is doubted."""

    reason: PlainText
    expected_revision: ExpectedRevision = None


@router.post("/contributions/{contribution}/withdraw", access=CONTRIBUTE, status_code=200)
def withdraw_contribution(contribution: str, acting: Acting, body: WithdrawalBody | None = None) -> RecordedContribution:
    """Takes a contribution back: it is missing then, not zero. Only the actor itself and the support for it may.

    It is an entry like any other and waits for validation where the charter asks for it. What is withdrawn already is
    `unchanged`.
    """
    key, state, owner, _ = _found(contribution, acting, None if body is None else body.expected_revision)
    if acting.caller.known_actor.number != owner.number and not acting.caller.is_support:
        raise Forbidden("not_your_actor", f"only `{owner.code}` and the support may withdraw this", actor=owner.code)
    if state.withdrawn:
        return _answer(acting, key, state, UNCHANGED)
    return _said(
        acting, key, state, EntryKind.WITHDRAWAL, "contribution_withdrawn", "withdrawn", None if body is None else body.comment
    )


@router.post("/contributions/{contribution}/validate", access=CONTRIBUTE, status_code=200)
def validate_contribution(contribution: str, acting: Acting, body: ValidationBody | None = None) -> RecordedContribution:
    """Validates what stands, a withdrawal included: from now on it counts.

    Who may is the charter's to say: under `support` the support, also for what it reported for others; under `peer` any
    member or the support, save the actor itself and the one who reported for it. Under `none` there is nothing to validate: 409
    `validation_not_asked`. What is validated already is `unchanged`.
    """
    key, state, owner, reporter = _found(contribution, acting, None if body is None else body.expected_revision)
    _check_validator(acting, owner, reporter)
    if state.validated:
        return _answer(acting, key, state, UNCHANGED)
    return _said(
        acting, key, state, EntryKind.VALIDATION, "contribution_validated", "validated", None if body is None else body.comment
    )


@router.post("/contributions/{contribution}/contest", access=CONTRIBUTE, status_code=200)
def contest_contribution(contribution: str, body: ContestBody, acting: Acting) -> RecordedContribution:
    """Doubts what stands, with a reason that its actor reads in its dues.

    Any member and the support may, save the actor itself, who corrects or withdraws instead; observers may not.

    Where the charter asks for validation the key is out of every figure until it is validated again. Where it does not, it
    goes on counting, marked as contested until it is reported anew. What is withdrawn cannot be contested: 409
    `already_withdrawn`.
    """
    key, state, owner, _ = _found(contribution, acting, body.expected_revision)
    caller = acting.caller.known_actor
    if caller.number == owner.number:
        raise Forbidden("own_contribution", "nobody contests its own contribution: correct it or withdraw it")
    if state.withdrawn:
        raise Conflict("already_withdrawn", "this contribution is withdrawn: there is nothing to contest")
    return _said(acting, key, state, EntryKind.CONTEST, "contribution_contested", "contested", body.reason)


def _check_validator(acting: ActingContext, owner: KnownActor, reporter: int) -> None:
    validation, caller = acting.register.settings.charter.validation, acting.caller.known_actor
    if validation is Validation.NONE:
        raise Conflict("validation_not_asked", "the charter asks for no validation: every contribution counts as it stands")
    if validation is Validation.SUPPORT and not acting.caller.is_support:
        raise Forbidden("support_validates", "the charter has the support validate")
    if validation is Validation.PEER and caller.number in (owner.number, reporter):
        raise Forbidden("peers_validate", "the charter has another member validate than the one that reported")


def _found(contribution: str, acting: ActingContext, expected: int | None) -> tuple[Key, KeyState, KnownActor, int]:
    """The key, what stands of it, whose it is, and the number of who reported it.

    Raises NotFound, or Conflict where its period is closed or `expected` is not its revision.
    """
    key = parse_key_id(contribution)
    state = state_of(acting.connection, acting.register.community_id, key, acting.writing.number - 1)
    owner = next((known for known in acting.register.actors.values() if known.number == key.actor), None)
    charter = acting.register.settings.charter
    if state.last is None or owner is None or not sees_contributions_of(acting.caller, charter, owner.code):
        raise NotFound("unknown_contribution", "There is no such contribution.")
    if expected is not None and expected != state.revision:
        refuse_revision(revision_fault(expected, state, "/expected_revision"))
    period = Period.from_number(key.period)
    if acting.register.is_closed(period):
        raise Conflict("period_closed", f"{period} is closed and takes no entries until it is opened again", period=period)
    return key, state, owner, state.last.reported_by


def _said(
    acting: ActingContext, key: Key, state: KeyState, kind: EntryKind, journal_kind: str, outcome: str, comment: str | None
) -> RecordedContribution:
    row = LedgerRow(
        *key,
        batch=0,
        kind=kind,
        version=_version(acting, key),
        reported_by=acting.caller.known_actor.number,
        comment=comment,
    )
    (written,) = write_rows(acting, journal_kind, [row], {"contribution": key_id(key)})
    return _answer(acting, key, state.after(written, acting.writing.number), outcome)


def _version(acting: ActingContext, key: Key) -> int:
    """The version in force for the key's period now: every entry keeps it (`MODEL.md` 2)."""
    known: KnownIndicator = next(known for known in acting.register.indicators.values() if known.number == key.indicator)
    version = version_in_force(known.versions, Period.from_number(key.period).first_day)
    assert version is not None, "what was reported lies in a version, and versions are never taken back"
    return version.number


def _answer(acting: ActingContext, key: Key, state: KeyState, outcome: str) -> RecordedContribution:
    (answer,) = recorded_answers(acting, [Outcome(key, state, outcome)])
    return answer
