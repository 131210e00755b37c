"""Answers kept under an `Idempotency-Key`, written in the transaction of their effect: both are there, or neither.

A second transaction with the same key waits where it inserts it until the first ends. SQLite has one writer at a time anyway.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, LargeBinary, Select, bindparam, delete, func, literal, or_, select, update
from sqlalchemy.exc import OperationalError

from service.database import LOCK_NOT_AVAILABLE, insert_unless_there, sqlstate_of
from service.errors import Conflict
from service.models.instant import InstantColumn
from service.models.tables import table_of
from service.models.token import IdempotencyKey

_WRITTEN = ("comment", "evidence", "reason", "text")
"""Fields of answers that hold what people wrote."""


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
    community_id: int | None = None,
) -> None:
    """Keep an answer under a key that holds none of `since` or later; `community_id` is the caller's.

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
        "community_id": community_id,
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


def take_out(connection: Connection, community_id: int, texts: Collection[str]) -> int:
    """Take texts that were erased out of the answers kept for this community, and say how many they were in.

    The keys stay taken: what was done under them is not done again, and is answered as what was erased is. Answers that were
    kept before they said whose they are, at most a day's, are looked through as well.
    """
    key, found = table_of(IdempotencyKey), 0
    ours = or_(key.c.community_id == community_id, key.c.community_id.is_(None))
    for text in sorted(texts):
        written = json.dumps(text, ensure_ascii=False)[1:-1].encode()
        chosen = select(key.c.digest, key.c.body).where(ours, _holds_bytes(connection, key.c.body, written))
        for row in connection.execute(chosen).all():
            body = json.dumps(_without(json.loads(row.body), text), ensure_ascii=False, separators=(",", ":")).encode()
            connection.execute(update(key).where(key.c.digest == row.digest).values(body=body))
            found += 1
    return found


def _without(content: Any, text: str) -> Any:
    """The content of an answer without a text: null, and said to be erased, where an object has it in a field of texts."""
    if isinstance(content, list):
        return [_without(one, text) for one in content]
    if not isinstance(content, dict):
        return content
    kept = {name: _without(value, text) for name, value in content.items()}
    gone = [name for name in _WRITTEN if kept.get(name) == text]
    return kept | dict.fromkeys(gone) | ({"erased": True} if gone and "erased" in kept else {})


def _in_use() -> Conflict:
    return Conflict("idempotency_key_in_use", "A request with this `Idempotency-Key` is still running.")


def _holds_bytes(connection: Connection, column: ColumnElement[bytes], sought: bytes) -> ColumnElement[bool]:
    """Whether a column of bytes holds these somewhere."""
    piece = literal(sought, LargeBinary)
    if connection.dialect.name == "sqlite":
        return func.instr(column, piece) > 0
    return func.position(piece.op("IN")(column)) > 0
