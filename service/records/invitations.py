"""Invitations: only their digests are kept. Each is looked up in its own community, and exchanged once."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, insert, select, update

from service.models.invitation import Invitation
from service.models.tables import table_of


def add_invitation(connection: Connection, invitation: Invitation) -> None:
    """Keep an invitation."""
    connection.execute(insert(table_of(Invitation)).values(invitation.model_dump()))


def find_invitation(connection: Connection, community_id: int, digest: bytes) -> Invitation | None:
    """The invitation of that digest, whatever became of it; None where there is none."""
    table = table_of(Invitation)
    return _one(connection, table, (table.c.community_id == community_id) & (table.c.digest == digest))


def get_invitation(connection: Connection, community_id: int, number: int) -> Invitation | None:
    """The invitation of that number, whatever became of it; None where there is none."""
    table = table_of(Invitation)
    return _one(connection, table, (table.c.community_id == community_id) & (table.c.number == number))


def list_invitations(
    connection: Connection, community_id: int, actor: int, *, after: int = 0, limit: int = 100
) -> list[Invitation]:
    """At most `limit` invitations of an actor with numbers above `after`, oldest first, whatever became of them."""
    table = table_of(Invitation)
    chosen = select(table).where(table.c.community_id == community_id, table.c.actor == actor, table.c.number > after)
    return [Invitation(**row._mapping) for row in connection.execute(chosen.order_by(table.c.number).limit(limit))]


def is_open(invitation: Invitation, now: datetime) -> bool:
    """Whether it can still be exchanged: not yet accepted, not revoked, not over."""
    return invitation.accepted_at is None and invitation.revoked_at is None and invitation.expires_at > now


def accept_invitation(connection: Connection, community_id: int, number: int, now: datetime, token: int) -> None:
    """Say that an invitation was exchanged for a token, whose number is given."""
    _change(connection, community_id, number, accepted_at=now, token=token)


def revoke_invitation(connection: Connection, community_id: int, number: int, now: datetime) -> None:
    """Take an invitation back, at once."""
    _change(connection, community_id, number, revoked_at=now)


def _one(connection: Connection, table: Table, which: ColumnElement[bool]) -> Invitation | None:
    row = connection.execute(select(table).where(which)).first()
    return None if row is None else Invitation(**row._mapping)


def _change(connection: Connection, community_id: int, number: int, **values: Any) -> None:
    table = table_of(Invitation)
    chosen = update(table).where(table.c.community_id == community_id, table.c.number == number)
    connection.execute(chosen.values(values))
