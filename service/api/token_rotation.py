"""Rotating a token: its successor is made while it is in force, so that both are good until every client has changed over."""

from datetime import timedelta

from pydantic import Field

from service.api.bearer import digest_of, new_token
from service.api.identity import MEMBER
from service.api.routing import Resource
from service.api.token_terms import LIFE_DAYS, LONGEST_DAYS, OVERLAP_DAYS, addresses_for, end_of, scopes_for
from service.api.tokens import TokenCreated, close_token, token_answer, token_in_path
from service.api.transaction import Acting
from service.errors import Conflict
from service.models.instant import Instant
from service.models.text import Body
from service.records.tokens import create_token as keep_token
from service.records.tokens import end_token_at, is_in_force, other_of_the_line

router = Resource("tokens")


class RotationBody(Body):
    """How a token is handed over to its successor."""

    expires_at: Instant | None = Field(
        default=None,
        description=f"When the successor ends: in {LONGEST_DAYS} days at most; without it in {LIFE_DAYS} days.",
    )
    overlap_days: int = Field(
        default=OVERLAP_DAYS,
        ge=0,
        le=LIFE_DAYS,
        description="For how many days the old token stays in force beside it, unless it ends before; 0: it ends at once.",
    )


class TokenRotated(TokenCreated):
    """The successor that was just made."""

    predecessor: str = Field(description="The token whose place it takes.")
    predecessor_expires_at: Instant = Field(description="Until when that one stays in force, unless it is revoked before.")


@router.post("/tokens/{token}/rotate", access=MEMBER, shows_token=True)
def rotate_token(token: str, body: RotationBody, acting: Acting) -> TokenRotated:
    """Makes a successor of a token: the same name, scopes and addresses, a life of its own. Its text is in `token`, once.

    The old one stays in force for `overlap_days`. Two of one line are in force at a time and no third: 409
    `rotation_under_way` says which to revoke first. 409 `token_not_in_force` where it was revoked or is over.
    """
    old, holder = token_in_path(token, acting.connection, acting.register, acting.caller)
    community_id, now = acting.register.community_id, acting.now
    if not is_in_force(old, now):
        raise Conflict("token_not_in_force", "This token was revoked or is over: make a new one.")
    other = other_of_the_line(acting.connection, community_id, old, now)
    if other is not None:
        raise Conflict(
            "rotation_under_way", f"Token {other.number} of the same line is in force: revoke it first.", token=other.number
        )
    scopes = scopes_for(old.scopes, holder, acting.caller, acting.writing)
    addresses = addresses_for(old.addresses, holder, acting.caller)
    until = now + timedelta(days=body.overlap_days)
    if old.expires_at is not None:
        until = min(until, old.expires_at)
    text = new_token(community_id)
    row = keep_token(
        acting.connection,
        community_id,
        actor=holder.number,
        name=old.name,
        scopes=scopes,
        digest=digest_of(text),
        now=now,
        expires_at=end_of(body.expires_at, now),
        addresses=addresses,
        predecessor=old.number,
    )
    end_token_at(acting.connection, community_id, old.number, until)
    close_token(acting.writing, "token_rotated", holder.code, row.number, acting.caller, scopes, predecessor=old.number)
    return TokenRotated(
        **token_answer(row, holder).model_dump(), token=text, predecessor=str(old.number), predecessor_expires_at=until
    )
