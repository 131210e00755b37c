"""Tokens: made by an actor for itself, or by the support; shown once; revoked by them, or by whoever holds one."""

from typing import Annotated

from pydantic import BaseModel, Field

from service.api.actors import actor_in_path
from service.api.bearer import digest_of, new_token, parse_token
from service.api.identity import ANYONE, MEMBER, Caller
from service.api.paging import Paged, page_after
from service.api.routing import Resource
from service.api.transaction import Acting, Asking, Operating, service_of
from service.database import use_community
from service.errors import Forbidden, NotFound, Unauthenticated, refused
from service.indicators.register import KnownActor, Register
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
        Field(min_length=1, max_length=len(Scope), description="What it may be used for: none that its maker's token lacks."),
    ]
    expires_at: Instant | None = Field(default=None, description="When it ends; null: never.")


class TokenAnswer(BaseModel):
    """A token, without its text."""

    id: str
    actor: str
    name: str
    scopes: list[str] = Field(description="Open list; today `read`, `contribute`, `decide` and `administer`.")
    created_at: Instant
    expires_at: Instant | None = Field(description="When it ends; null: never.")
    revoked_at: Instant | None = Field(description="When it was revoked; null: it was not.")


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
    """Makes a token for an actor: the actor itself, or the support. Its text is in `token`, once."""
    holder = _manageable(acting.register, acting.caller, actor)
    lacking = sorted(set(map(str, body.scopes)) - acting.caller.scopes)
    if lacking:
        raise Forbidden(
            "scope_not_held", f"Your token lacks {', '.join(lacking)}, and cannot hand it on.", scopes=", ".join(lacking)
        )
    if body.expires_at is not None and body.expires_at <= acting.now:
        raise refused("expires_in_past", "`expires_at` is over already.", pointer="/expires_at")
    text = new_token(acting.register.community_id)
    scopes = [str(scope) for scope in Scope if scope in body.scopes]
    row = keep_token(
        acting.connection,
        acting.register.community_id,
        actor=holder.number,
        name=body.name,
        scopes=scopes,
        digest=digest_of(text),
        now=acting.now,
        expires_at=body.expires_at,
    )
    _close(acting.writing, "token_created", holder.code, row.number, acting.caller, scopes)
    return TokenCreated(**_answer(row, holder).model_dump(), token=text)


@router.get("/actors/{actor}/tokens", access=MEMBER)
def list_tokens(actor: str, asking: Asking, paged: Paged) -> TokenList:
    """The tokens of an actor, for itself and the support; never their texts."""
    holder = _manageable(asking.register, asking.caller, actor)
    rows = tokens_of(asking.connection, asking.register.community_id, holder.number, after=paged.after, limit=paged.limit + 1)
    return TokenList(**page_after([_answer(row, holder) for row in rows], paged, [row.number for row in rows]))


@router.delete("/tokens/{token}", access=MEMBER)
def revoke_token_by_id(token: str, acting: Acting) -> None:
    """Revokes a token at once, for its actor and the support. Again changes nothing."""
    community_id = acting.register.community_id
    row = (
        get_token(acting.connection, community_id, int(token))
        if token.isascii() and token.isdigit() and len(token) < 10
        else None
    )
    unknown = NotFound("unknown_token", "There is no such token, or it is not yours to see.")
    if row is None:
        raise unknown
    holder = next(actor for actor in acting.register.actors.values() if actor.number == row.actor)
    if not _may_manage(acting.caller, holder):
        raise unknown
    if revoke_token(acting.connection, community_id, row.number, acting.now):
        _close(acting.writing, "token_revoked", holder.code, row.number, acting.caller)


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
        _close(writing, "token_revoked", holder.code, row.number, Caller())


def _may_manage(caller: Caller, holder: KnownActor) -> bool:
    if caller.actor is not None and caller.actor.number == holder.number:
        return True
    return caller.is_support and Scope.ADMINISTER in caller.scopes


def _manageable(register: Register, caller: Caller, code: str) -> KnownActor:
    holder = actor_in_path(register, code)
    if not _may_manage(caller, holder):
        raise Forbidden("not_your_actor", "Tokens are made by the actor itself or the support.")
    return holder


def _close(writing: Writing, kind: str, actor: str, token: int, caller: Caller, scopes: list[str] | None = None) -> None:
    subject: dict[str, object] = {"actor": actor, "token": str(token)}
    if scopes is not None:
        subject["scopes"] = scopes
    writing.close(kind, subject, actor=None if caller.actor is None else caller.actor.number, token=caller.token)


def _answer(row: Token, holder: KnownActor) -> TokenAnswer:
    return TokenAnswer(
        id=str(row.number),
        actor=holder.code,
        name=row.name,
        scopes=row.scopes,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
