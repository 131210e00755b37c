"""Tokens: made by an actor for itself, or by the support; shown once; revoked by them, or by whoever holds one."""

from typing import Annotated

from pydantic import BaseModel, Field
from sqlalchemy import Connection

from service.api.actors import actor_in_path
from service.api.bearer import digest_of, new_token, parse_token
from service.api.identity import ANYONE, MEMBER, Caller
from service.api.naming import number_of_id
from service.api.paging import Paged, page_after
from service.api.routing import Resource
from service.api.token_terms import LIFE_DAYS, LONGEST_DAYS, MOST_RANGES, addresses_for, end_of, scopes_for
from service.api.transaction import Acting, Asking, Operating, service_of
from service.database import use_community
from service.errors import Forbidden, NotFound, Unauthenticated, refused
from service.indicators.register import KnownActor, Register
from service.models.address import AddressRange
from service.models.instant import Instant
from service.models.text import Body, Label
from service.models.token import Token
from service.models.vocabulary import Scope
from service.records.journal import Writing, begin_writing
from service.records.tokens import create_token as keep_token
from service.records.tokens import find_operator_token, find_token, get_token, revoke_operator_token, revoke_token
from service.records.tokens import list_tokens as tokens_of

router = Resource("tokens")
everywhere = Resource("tokens", prefix="/v1/tokens")


class TokenBody(Body):
    """A token to be made. Names need not be unique."""

    name: Label
    scopes: Annotated[
        list[Scope],
        Field(
            min_length=1,
            max_length=len(Scope),
            description="What it may be used for: none that its maker's token lacks. "
            "Those that the actor's role does not reach are left out.",
        ),
    ]
    expires_at: Instant | None = Field(
        default=None, description=f"When it ends: in {LONGEST_DAYS} days at most; without it in {LIFE_DAYS} days."
    )
    addresses: Annotated[list[AddressRange], Field(min_length=1, max_length=MOST_RANGES)] | None = Field(
        default=None, description="The only ranges of addresses that it may be used from; without them: from anywhere."
    )


class TokenAnswer(BaseModel):
    """A token, without its text."""

    id: str
    actor: str
    name: str
    scopes: list[str] = Field(description="Open list; today `read`, `contribute`, `decide` and `administer`.")
    created_at: Instant
    expires_at: Instant | None = Field(description="When it ends; null: never, as before tokens had an end.")
    revoked_at: Instant | None = Field(description="When it was revoked; null: it was not.")
    last_used_at: Instant | None = Field(
        description="The minute in which it was used last, as far as that is written: up to a minute late; null: not yet."
    )
    addresses: list[str] | None = Field(description="The only ranges of addresses it may be used from; null: anywhere.")


class TokenCreated(TokenAnswer):
    """A token that was just made."""

    token: str | None = Field(description="Its text. Shown once: null when the answer is replayed.")


class TokenList(BaseModel):
    """Tokens in the order in which they were made."""

    items: list[TokenAnswer]
    next_cursor: str | None


class RevocationBody(Body):
    """The token to revoke."""

    token: Annotated[str, Field(max_length=200)]


@router.post("/actors/{actor}/tokens", access=MEMBER, shows_token=True)
def create_token(actor: str, body: TokenBody, acting: Acting) -> TokenCreated:
    """Makes a token for an actor: the actor itself, or the support. Its text is in `token`, once.

    An observer's reads, and comments on proposals; `administer` is the support's alone. Where the role changes later, a token
    is good for those of its scopes that the role of the day reaches.
    """
    holder = manageable(acting.register, acting.caller, actor)
    scopes = scopes_for(body.scopes, holder, acting.caller, acting.writing)
    text = new_token(acting.register.community_id)
    row = keep_token(
        acting.connection,
        acting.register.community_id,
        actor=holder.number,
        name=body.name,
        scopes=scopes,
        digest=digest_of(text),
        now=acting.now,
        expires_at=end_of(body.expires_at, acting.now),
        addresses=addresses_for(body.addresses, holder, acting.caller),
    )
    close_token(acting.writing, "token_created", holder.code, row.number, acting.caller, scopes)
    return TokenCreated(**token_answer(row, holder).model_dump(), token=text)


@router.get("/actors/{actor}/tokens", access=MEMBER)
def list_tokens(actor: str, asking: Asking, paged: Paged) -> TokenList:
    """The tokens of an actor, for itself and the support; never their texts."""
    holder = manageable(asking.register, asking.caller, actor)
    rows = tokens_of(asking.connection, asking.register.community_id, holder.number, after=paged.after, limit=paged.limit + 1)
    return TokenList(**page_after([token_answer(row, holder) for row in rows], paged, [row.number for row in rows]))


@router.delete("/tokens/{token}", access=MEMBER)
def revoke_token_by_id(token: str, acting: Acting) -> None:
    """Revokes a token at once, for its actor and the support. Again changes nothing."""
    row, holder = token_in_path(token, acting.connection, acting.register, acting.caller)
    if revoke_token(acting.connection, acting.register.community_id, row.number, acting.now):
        close_token(acting.writing, "token_revoked", holder.code, row.number, acting.caller)


@everywhere.post("/revoke", access=ANYONE, status_code=204)
def revoke_leaked_token(body: RevocationBody, operating: Operating) -> None:
    """Revokes a token that leaked: whoever holds its text may. 204 also where it is not known or was revoked before."""
    try:
        bearer = parse_token(body.token)
    except Unauthenticated as error:
        raise refused(error.code, error.detail, pointer="/token") from None
    connection, now = operating.connection, operating.now
    if bearer.is_operators:
        operator = find_operator_token(connection, bearer.digest)
        if operator is not None and operator.number is not None:
            revoke_operator_token(connection, operator.number, now)
        return
    use_community(connection, bearer.community_id)
    if find_token(connection, bearer.community_id, bearer.digest) is None:
        return
    writing = begin_writing(connection, bearer.community_id, now, service_of(operating.request).registers, even_closed=True)
    row = find_token(connection, bearer.community_id, bearer.digest)
    if row is not None and revoke_token(connection, bearer.community_id, row.number, now):
        holder = next(actor for actor in writing.register.actors.values() if actor.number == row.actor)
        close_token(writing, "token_revoked", holder.code, row.number, Caller())


def may_manage(caller: Caller, holder: KnownActor) -> bool:
    """Whether the caller makes and ends tokens of that actor."""
    if caller.actor is not None and caller.actor.number == holder.number:
        return True
    return caller.is_support and Scope.ADMINISTER in caller.scopes


def manageable(register: Register, caller: Caller, code: str) -> KnownActor:
    """The actor that a path names, for who makes its tokens. Raises NotFound, Forbidden `not_your_actor`."""
    holder = actor_in_path(register, code)
    if not may_manage(caller, holder):
        raise Forbidden("not_your_actor", "Tokens are made by the actor itself or the support.")
    return holder


def token_in_path(token: str, connection: Connection, register: Register, caller: Caller) -> tuple[Token, KnownActor]:
    """The token that a path names, and whose it is. Raises NotFound, also where it is not the caller's to manage."""
    row = get_token(connection, register.community_id, number_of_id(token))
    if row is not None:
        holder = next(actor for actor in register.actors.values() if actor.number == row.actor)
        if may_manage(caller, holder):
            return row, holder
    raise NotFound("unknown_token", "There is no such token, or it is not yours to see.")


def close_token(
    writing: Writing,
    kind: str,
    actor: str,
    token: int,
    caller: Caller,
    scopes: list[str] | None = None,
    predecessor: int | None = None,
) -> None:
    """Closes a change of a token with its entry: which token of whom, never its text or its name."""
    subject: dict[str, object] = {"actor": actor, "token": str(token)}
    if scopes is not None:
        subject["scopes"] = scopes
    if predecessor is not None:
        subject["predecessor"] = str(predecessor)
    writing.close(kind, subject, actor=None if caller.actor is None else caller.actor.number, token=caller.token)


def token_answer(row: Token, holder: KnownActor) -> TokenAnswer:
    """A token as it is answered."""
    return TokenAnswer(
        id=str(row.number),
        actor=holder.code,
        name=row.name,
        scopes=row.scopes,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
        addresses=row.addresses,
    )
