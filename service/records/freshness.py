"""Whether an answer that was made before still holds: one statement."""

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from service.models.address import is_within
from service.models.community import Community
from service.models.tables import table_of
from service.models.token import Token


def still_holds(
    connection: Connection, community_id: int, last: int, digest: bytes | None, now: datetime, address: str
) -> bool:
    """Whether the journal of a community still ends with entry `last`, and the token of that digest (None: there is none) is
    still in force and may be used from `address`."""
    if digest is None:
        asked: dict[str, Any] = {"community": community_id, "last": last}
        return connection.execute(_journal_ends(), asked).first() is not None
    token = connection.execute(_and_token(), {"community": community_id, "last": last, "digest": digest}).first()
    if token is None or token.revoked_at is not None or (token.expires_at is not None and token.expires_at <= now):
        return False
    return token.addresses is None or is_within(address, token.addresses)


@cache
def _journal_ends() -> Select[Any]:
    head = table_of(Community)
    return select(head.c.last_number).where(
        head.c.community_id == bindparam("community"), head.c.last_number == bindparam("last")
    )


@cache
def _and_token() -> Select[Any]:
    head, token = table_of(Community), table_of(Token)
    return (
        select(token.c.revoked_at, token.c.expires_at, token.c.addresses)
        .join(head, head.c.community_id == token.c.community_id)
        .where(
            token.c.community_id == bindparam("community"),
            head.c.community_id == bindparam("community"),
            head.c.last_number == bindparam("last"),
            token.c.digest == bindparam("digest"),
        )
    )
