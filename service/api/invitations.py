"""Invitations: one-time texts that somebody exchanges for a token of an actor, made by the actor itself or the support."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, Field
from sqlalchemy import Connection

from service.api.bearer import community_of_invitation, digest_of, new_invitation, new_token
from service.api.identity import ANYONE, MEMBER, Caller
from service.api.naming import number_of_id
from service.api.paging import Paged, page_after
from service.api.routing import Resource
from service.api.token_terms import LIFE_DAYS, addresses_for, scopes_for
from service.api.tokens import TokenCreated, manageable, may_manage, token_answer
from service.api.transaction import Acting, ActingContext, Asking, Operating, service_of
from service.database import use_community
from service.errors import NotFound, refused
from service.indicators.register import KnownActor, Register
from service.models.instant import Instant, instant_text
from service.models.invitation import Invitation
from service.models.text import Body, Label
from service.models.vocabulary import Scope
from service.records.invitations import accept_invitation as exchange
from service.records.invitations import add_invitation, find_invitation, get_invitation, is_open
from service.records.invitations import list_invitations as invitations_of
from service.records.invitations import revoke_invitation as take_back
from service.records.journal import Writing, begin_writing
from service.records.numbers import next_number
from service.records.tokens import create_token as keep_token

router = Resource("invitations")
everywhere = Resource("invitations", prefix="/v1/invitations")
OPEN_DAYS, LONGEST_OPEN_DAYS = 14, 30
"""Days that an invitation waits unless asked otherwise, and at most."""
SESSION_DAYS = 30
PAGE = "/invitations/"
"""Where the page of an invitation is; its text follows."""


class InvitationBody(Body):
    """Somebody to be invited to act for an actor."""

    name: Annotated[Label, Field(description="Who it is, for those who read the list: the name of the token to be.")]
    scopes: Annotated[
        list[Scope],
        Field(
            min_length=1,
            max_length=len(Scope),
            description="What they may do: none that the caller's own token lacks. "
            "Those that the actor's role does not reach are left out.",
        ),
    ]
    expires_at: Instant | None = Field(
        default=None,
        description=f"Until when it can be accepted: {LONGEST_OPEN_DAYS} days at most; without it {OPEN_DAYS} days.",
    )
    session_days: int = Field(
        default=SESSION_DAYS, ge=1, le=LIFE_DAYS, description="Days that the token lives for which it is exchanged."
    )


class InvitationAnswer(BaseModel):
    """An invitation, without its text."""

    id: str
    actor: str
    invited_by: str = Field(description="The actor who made it.")
    name: str
    scopes: list[str] = Field(description="Open list; today `read`, `contribute`, `decide` and `administer`.")
    addresses: list[str] | None = Field(description="The only ranges of addresses its token may be used from; null: anywhere.")
    session_days: int
    created_at: Instant
    expires_at: Instant = Field(description="Until when it can be accepted.")
    accepted_at: Instant | None = Field(description="When it was exchanged for a token; null: it was not.")
    revoked_at: Instant | None = Field(description="When it was taken back; null: it was not.")
    token_id: str | None = Field(description="The token for which it was exchanged; null: none yet.")


class InvitationCreated(InvitationAnswer):
    """An invitation that was just made."""

    invitation: str | None = Field(description="Its one-time text, no token. Shown once: null when the answer is replayed.")
    page: str | None = Field(description="The path of the page on which a person accepts it; shown once as well.")


class InvitationList(BaseModel):
    """Invitations in the order in which they were made."""

    items: list[InvitationAnswer]
    next_cursor: str | None


class AcceptanceBody(Body):
    """The invitation to accept."""

    invitation: Annotated[str, Field(max_length=200, description="Its text.")]


class InvitationAccepted(TokenCreated):
    """The token for which an invitation was exchanged."""

    community: str = Field(description="The code of the community that it is for.")


@router.post("/actors/{actor}/invitations", access=MEMBER, shows_token=True)
def create_invitation(actor: str, body: InvitationBody, acting: Acting) -> InvitationCreated:
    """Invites somebody to act for an actor, which the actor itself or the support does. The text is in `invitation`, once.

    Whoever has the text can exchange it once for a token, on its page or by `accept_invitation`; it is not a token itself.
    """
    holder = manageable(acting.register, acting.caller, actor)
    until = _end_of(body.expires_at, acting.now)
    return _invite(acting, holder, body.name, body.scopes, body.session_days, until)


@router.get("/actors/{actor}/invitations", access=MEMBER)
def list_invitations(actor: str, asking: Asking, paged: Paged) -> InvitationList:
    """The invitations of an actor, for itself and the support; never their texts."""
    holder = manageable(asking.register, asking.caller, actor)
    connection, community_id = asking.connection, asking.register.community_id
    rows = invitations_of(connection, community_id, holder.number, after=paged.after, limit=paged.limit + 1)
    items = [_answer(row, asking.register) for row in rows]
    return InvitationList(**page_after(items, paged, [row.number for row in rows]))


@router.delete("/invitations/{invitation}", access=MEMBER)
def revoke_invitation(invitation: str, acting: Acting) -> None:
    """Takes an invitation back at once, for its actor and the support. Of one that was accepted the token stays in force."""
    row, holder = _in_path(invitation, acting.connection, acting.register, acting.caller)
    if row.accepted_at is None and row.revoked_at is None:
        take_back(acting.connection, row.community_id, row.number, acting.now)
        _close(acting.writing, "invitation_revoked", holder, row, acting.caller)


@router.post("/invitations/{invitation}/renew", access=MEMBER, shows_token=True)
def renew_invitation(invitation: str, acting: Acting) -> InvitationCreated:
    """Makes another invitation of the same name, scopes and `session_days`, with a text of its own. The old one ends.

    Also where the old one was accepted, revoked or is over; the token for which it was exchanged stays in force.
    """
    old, holder = _in_path(invitation, acting.connection, acting.register, acting.caller)
    if old.accepted_at is None and old.revoked_at is None:
        take_back(acting.connection, old.community_id, old.number, acting.now)
    until = _end_of(None, acting.now)
    return _invite(acting, holder, old.name, old.scopes, old.session_days, until, predecessor=old)


@everywhere.post("/accept", access=ANYONE, shows_token=True)
def accept_invitation(body: AcceptanceBody, operating: Operating) -> InvitationAccepted:
    """Exchanges an invitation for a token of the invited actor: once. The token's text is in `token`, once.

    422 `invalid_invitation` where it is not known, was accepted or revoked, or is over: the four are not told apart.
    """
    connection, now = operating.connection, operating.now
    found = open_invitation(connection, body.invitation, now)
    # Under the community's lock it is looked at again: of two who come at once, one is told that it was accepted.
    registers = service_of(operating.request).registers
    writing = begin_writing(connection, found.community_id, now, registers, even_closed=True)
    row = open_invitation(connection, body.invitation, now)
    holder = _by_number(writing.register, row.actor)
    text = new_token(row.community_id)
    token = keep_token(
        connection,
        row.community_id,
        actor=row.actor,
        name=row.name,
        scopes=row.scopes,
        digest=digest_of(text),
        now=now,
        expires_at=now + timedelta(days=row.session_days),
        addresses=row.addresses,
    )
    exchange(connection, row.community_id, row.number, now, token.number)
    accepted = Caller(actor=holder, token=token.number)
    _close(writing, "invitation_accepted", holder, row, accepted, token=str(token.number), scopes=row.scopes)
    code = writing.register.code
    return InvitationAccepted(**token_answer(token, holder).model_dump(), token=text, community=code)


def open_invitation(connection: Connection, text: str, now: datetime) -> Invitation:
    """The invitation of that text, while it can be accepted; its community is the transaction's from then on.

    Raises Refused `invalid_invitation`.
    """
    community_id = community_of_invitation(text)
    row = None
    if community_id is not None:
        use_community(connection, community_id)
        row = find_invitation(connection, community_id, digest_of(text))
    if row is None or not is_open(row, now):
        raise refused(
            "invalid_invitation", "This invitation is not known, was accepted or revoked, or is over.", pointer="/invitation"
        )
    return row


def _invite(
    acting: ActingContext,
    holder: KnownActor,
    name: str,
    asked: Sequence[str],
    session_days: int,
    until: datetime,
    predecessor: Invitation | None = None,
) -> InvitationCreated:
    community_id, caller = acting.register.community_id, acting.caller
    scopes = scopes_for(asked, holder, caller, acting.writing)
    text = new_invitation(community_id)
    row = Invitation(
        community_id=community_id,
        number=next_number(acting.connection, community_id, "token"),
        actor=holder.number,
        invited_by=caller.known_actor.number,
        name=name,
        scopes=scopes,
        addresses=addresses_for(predecessor.addresses if predecessor else None, holder, caller),
        session_days=session_days,
        digest=digest_of(text),
        created_at=acting.now,
        expires_at=until,
    )
    add_invitation(acting.connection, row)
    renewed = {} if predecessor is None else {"predecessor": str(predecessor.number)}
    _close(acting.writing, "invitation_created", holder, row, caller, scopes=scopes, **renewed)
    return InvitationCreated(**_answer(row, acting.register).model_dump(), invitation=text, page=PAGE + text)


def _end_of(expires_at: datetime | None, now: datetime) -> datetime:
    """When an invitation ends that is made `now`. Raises Refused `expires_in_past`, `invitation_too_long`."""
    if expires_at is None:
        return now + timedelta(days=OPEN_DAYS)
    if expires_at <= now:
        raise refused("expires_in_past", "`expires_at` is over already.", pointer="/expires_at")
    latest = now + timedelta(days=LONGEST_OPEN_DAYS)
    if expires_at > latest:
        said = instant_text(latest)
        raise refused(
            "invitation_too_long",
            f"An invitation waits {LONGEST_OPEN_DAYS} days at most: until {said}.",
            pointer="/expires_at",
            suggestion=said,
            days=LONGEST_OPEN_DAYS,
            latest=said,
        )
    return expires_at


def _in_path(text: str, connection: Connection, register: Register, caller: Caller) -> tuple[Invitation, KnownActor]:
    """The invitation that a path names, and for whom. Raises NotFound, also where it is not the caller's to manage."""
    row = get_invitation(connection, register.community_id, number_of_id(text))
    if row is not None and may_manage(caller, holder := _by_number(register, row.actor)):
        return row, holder
    raise NotFound("unknown_invitation", "There is no such invitation, or it is not yours to see.")


def _by_number(register: Register, number: int) -> KnownActor:
    return register.actors[register.actor_codes[number]]


def _close(writing: Writing, kind: str, holder: KnownActor, row: Invitation, caller: Caller, **said: object) -> None:
    """Closes a change of an invitation with its entry: which of whom, never its text or its name."""
    subject = {"actor": holder.code, "invitation": str(row.number), **said}
    writing.close(kind, subject, actor=None if caller.actor is None else caller.actor.number, token=caller.token)


def _answer(row: Invitation, register: Register) -> InvitationAnswer:
    return InvitationAnswer(
        id=str(row.number),
        actor=register.actor_codes[row.actor],
        invited_by=register.actor_codes[row.invited_by],
        name=row.name,
        scopes=row.scopes,
        addresses=row.addresses,
        session_days=row.session_days,
        created_at=row.created_at,
        expires_at=row.expires_at,
        accepted_at=row.accepted_at,
        revoked_at=row.revoked_at,
        token_id=None if row.token is None else str(row.token),
    )
