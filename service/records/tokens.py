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
) -> Token:
    """Keep a token of an actor, by the SHA-256 of its text. `expires_at` None: it never does."""
    token = Token(
        community_id=community_id,
        number=next_number(connection, community_id, "token"),
        actor=actor,
        name=name,
        scopes=list(scopes),
        digest=digest,
        created_at=now,
        expires_at=expires_at,
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


def create_operator_token(connection: Connection, *, name: str, digest: bytes, now: datetime) -> int:
    """Keep a token of who runs the service and return its number."""
    token = table_of(OperatorToken)
    made = insert(token).values(name=name, digest=digest, created_at=now).returning(token.c.number)
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
