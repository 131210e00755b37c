"""Answers kept under an `Idempotency-Key`, written in the transaction of their effect: both are there, or neither.

A second transaction with the same key waits where it inserts it until the first ends. SQLite has one writer at a time anyway.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, select
from sqlalchemy.exc import OperationalError

from service.database import LOCK_NOT_AVAILABLE, insert_unless_there, sqlstate_of
from service.errors import Conflict
from service.models.instant import InstantColumn
from service.models.tables import table_of
from service.models.token import IdempotencyKey


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer given before, and the digest of the request that it answered."""

    request_digest: bytes
    status: int
    headers: Mapping[str, str]
    body: bytes


def recall_answer(connection: Connection, digest: bytes, since: datetime) -> StoredAnswer | None:
    """The answer kept under the key of that digest at `since` or later; None where there is none."""
    row = connection.execute(_kept_since(), {"digest": digest, "since": since}).first()
    return None if row is None else StoredAnswer(*row)


@cache
def _kept_since() -> Select[Any]:
    """Built once: every POST with a key asks it."""
    key = table_of(IdempotencyKey)
    columns = (key.c.request_digest, key.c.status, key.c.headers, key.c.body)
    return select(*columns).where(
        key.c.digest == bindparam("digest"), key.c.created_at >= bindparam("since", type_=InstantColumn)
    )


def remember_answer(
    connection: Connection,
    digest: bytes,
    request_digest: bytes,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
    since: datetime,
) -> None:
    """Keep an answer under a key that holds none of `since` or later.

    Raises Conflict (`idempotency_key_in_use`) where another transaction with the same key was quicker, or does not end
    within the lock timeout: whatever this one did must be undone.
    """
    key = table_of(IdempotencyKey)
    row = {
        "digest": digest,
        "request_digest": request_digest,
        "status": status,
        "headers": dict(headers),
        "body": body,
        "created_at": now,
    }
    try:
        connection.execute(delete(key).where(key.c.digest == digest, key.c.created_at < since))
        kept = connection.execute(insert_unless_there(connection, key).values(row).returning(key.c.status)).first()
    except OperationalError as error:
        if sqlstate_of(error) != LOCK_NOT_AVAILABLE:
            raise
        raise _in_use() from error
    if kept is None:
        raise _in_use()


def forget_answers(connection: Connection, before: datetime) -> int:
    """Delete the answers kept before that instant and say how many there were."""
    key = table_of(IdempotencyKey)
    return connection.execute(delete(key).where(key.c.created_at < before)).rowcount


def _in_use() -> Conflict:
    return Conflict("idempotency_key_in_use", "A request with this `Idempotency-Key` is still running.")
