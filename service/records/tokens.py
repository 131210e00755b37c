"""Tokens: only their digests are kept. A token is looked up in its own community; an operator's belongs to none."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, insert, select, update

from service.models.tables import table_of
from service.models.token import OperatorToken, Token
from service.records.numbers import next_number


def create_token(
    connection: Connection,
    community_id: int,
    *,
    actor: int,
    name: str,
    scopes: Sequence[str],
    digest: bytes,
    now: datetime,
    expires_at: datetime | None = None,
    addresses: Sequence[str] | None = None,
    predecessor: int | None = None,
) -> Token:
    """Keep a token of an actor, by the SHA-256 of its text.

    `expires_at` None: it never does. `addresses` None: it may be used from anywhere. `predecessor`: whose place it takes.
    """
    token = Token(
        community_id=community_id,
        number=next_number(connection, community_id, "token"),
        actor=actor,
        name=name,
        scopes=list(scopes),
        digest=digest,
        created_at=now,
        expires_at=expires_at,
        addresses=None if addresses is None else list(addresses),
        predecessor=predecessor,
    )
    connection.execute(insert(table_of(Token)).values(token.model_dump()))
    return token


def find_token(connection: Connection, community_id: int, digest: bytes) -> Token | None:
    """The token of that digest, revoked and expired ones included; None where there is none."""
    row = connection.execute(_by_digest(), {"community": community_id, "digest": digest}).first()
    return None if row is None else Token(**row._mapping)


@cache
def _by_digest() -> Select[Any]:
    """Built once: every request asks it."""
    token = table_of(Token)
    return select(token).where(token.c.community_id == bindparam("community"), token.c.digest == bindparam("digest"))


def get_token(connection: Connection, community_id: int, number: int) -> Token | None:
    """The token of that number, revoked and expired ones included; None where there is none."""
    token = table_of(Token)
    row = connection.execute(select(token).where(token.c.community_id == community_id, token.c.number == number)).first()
    return None if row is None else Token(**row._mapping)


def list_tokens(connection: Connection, community_id: int, actor: int, *, after: int = 0, limit: int = 100) -> list[Token]:
    """At most `limit` tokens of an actor with numbers above `after`, oldest first, revoked and expired ones included."""
    token = table_of(Token)
    chosen = select(token).where(token.c.community_id == community_id, token.c.actor == actor, token.c.number > after)
    return [Token(**row._mapping) for row in connection.execute(chosen.order_by(token.c.number).limit(limit))]


def revoke_token(connection: Connection, community_id: int, number: int, now: datetime) -> bool:
    """End a token at once. False where there is none of that number, or it was revoked before."""
    token = table_of(Token)
    chosen = update(token).where(token.c.community_id == community_id, token.c.number == number, token.c.revoked_at.is_(None))
    return connection.execute(chosen.values(revoked_at=now)).rowcount == 1


def end_token_at(connection: Connection, community_id: int, number: int, instant: datetime) -> None:
    """Let a token end at `instant`."""
    token = table_of(Token)
    chosen = update(token).where(token.c.community_id == community_id, token.c.number == number)
    connection.execute(chosen.values(expires_at=instant))


def is_in_force(token: Token | OperatorToken, now: datetime) -> bool:
    """Whether a token is neither revoked nor over."""
    return token.revoked_at is None and (token.expires_at is None or token.expires_at > now)


def other_of_the_line(connection: Connection, community_id: int, known: Token, now: datetime) -> Token | None:
    """The token whose place `known` takes, or that takes the place of `known`, where it is in force; else None."""
    token = table_of(Token)
    beside = token.c.predecessor == known.number
    if known.predecessor is not None:
        beside |= token.c.number == known.predecessor
    rows = connection.execute(select(token).where(token.c.community_id == community_id, beside).order_by(token.c.number))
    return next((found for row in rows if is_in_force(found := Token(**row._mapping), now)), None)


def write_last_use(connection: Connection, community_id: int, digest: bytes, instant: datetime) -> None:
    """Say that the token of that digest was used at `instant`, unless it was used later; community 0: an operator's."""
    token = table_of(Token if community_id else OperatorToken)
    older = token.c.last_used_at.is_(None) | (token.c.last_used_at < instant)
    chosen = update(token).where(token.c.digest == digest, older)
    if community_id:
        chosen = chosen.where(token.c.community_id == community_id)
    connection.execute(chosen.values(last_used_at=instant))


def create_operator_token(
    connection: Connection, *, name: str, digest: bytes, now: datetime, expires_at: datetime | None = None
) -> int:
    """Keep a token of who runs the service and return its number. `expires_at` None: it never does."""
    token = table_of(OperatorToken)
    values = {"name": name, "digest": digest, "created_at": now, "expires_at": expires_at}
    made = insert(token).values(values).returning(token.c.number)
    return int(connection.execute(made).scalar_one())


def find_operator_token(connection: Connection, digest: bytes) -> OperatorToken | None:
    """The operator's token of that digest, revoked ones included; None where there is none."""
    token = table_of(OperatorToken)
    row = connection.execute(select(token).where(token.c.digest == digest)).first()
    return None if row is None else OperatorToken(**row._mapping)


def list_operator_tokens(connection: Connection) -> list[OperatorToken]:
    """Every operator's token, oldest first, revoked ones included."""
    token = table_of(OperatorToken)
    return [OperatorToken(**row._mapping) for row in connection.execute(select(token).order_by(token.c.number))]


def revoke_operator_token(connection: Connection, number: int, now: datetime) -> bool:
    """End an operator's token at once. False where there is none of that number, or it was revoked before."""
    token = table_of(OperatorToken)
    chosen = update(token).where(token.c.number == number, token.c.revoked_at.is_(None))
    return connection.execute(chosen.values(revoked_at=now)).rowcount == 1
