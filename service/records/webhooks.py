"""Webhooks in and out, and the turns by which workers share them.

A worker leases a webhook's turn and renews the lease with each delivery. What it delivered is written down in one transaction
with that, and only where the webhook still stands where it was delivered from: a replay that came between wins.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from service.database import insert_unless_there
from service.models.tables import table_of
from service.models.webhook import Webhook, WebhookTurn


def add_webhook(connection: Connection, webhook: Webhook) -> None:
    """Keep a webhook, and let it be delivered to."""
    connection.execute(insert(table_of(Webhook)).values(webhook.model_dump()))
    add_turn(connection, webhook.community_id, webhook.number)


def get_webhook(connection: Connection, community_id: int, number: int) -> Webhook | None:
    """The webhook of that number, None where there is none."""
    table = table_of(Webhook)
    row = connection.execute(select(table).where(table.c.community_id == community_id, table.c.number == number)).first()
    return None if row is None else Webhook(**row._mapping)


def list_webhooks(
    connection: Connection, community_id: int, actor: int | None = None, *, after: int = 0, limit: int = 1_000
) -> list[Webhook]:
    """At most `limit` webhooks with numbers above `after`, of one actor where one is named."""
    table = table_of(Webhook)
    chosen = select(table).where(table.c.community_id == community_id, table.c.number > after)
    if actor is not None:
        chosen = chosen.where(table.c.actor == actor)
    return [Webhook(**row._mapping) for row in connection.execute(chosen.order_by(table.c.number).limit(limit))]


def count_webhooks(connection: Connection, community_id: int, actor: int) -> int:
    """How many webhooks an actor has."""
    table = table_of(Webhook)
    chosen = select(func.count()).select_from(table).where(table.c.community_id == community_id, table.c.actor == actor)
    return int(connection.execute(chosen).scalar_one())


def change_webhook(connection: Connection, community_id: int, number: int, **changes: Any) -> None:
    """Set columns of a webhook."""
    table = table_of(Webhook)
    chosen = update(table).where(table.c.community_id == community_id, table.c.number == number)
    connection.execute(chosen.values(changes))


def move_webhook(connection: Connection, webhook: Webhook, **changes: Any) -> bool:
    """Set columns of a webhook. False, and nothing is set, where it is gone, paused or moved since it was read."""
    table = table_of(Webhook)
    chosen = update(table).where(
        table.c.community_id == webhook.community_id,
        table.c.number == webhook.number,
        table.c.position == webhook.position,
        table.c.alert_position == webhook.alert_position,
        table.c.paused_at.is_(None),
    )
    return connection.execute(chosen.values(changes)).rowcount == 1


def delete_webhook(connection: Connection, community_id: int, number: int) -> None:
    """Delete a webhook with its turn."""
    table = table_of(Webhook)
    drop_turn(connection, community_id, number)
    connection.execute(delete(table).where(table.c.community_id == community_id, table.c.number == number))


def add_turn(connection: Connection, community_id: int, webhook: int) -> None:
    """Let a webhook be delivered to at once; one that waits for its next attempt waits no more."""
    turn = table_of(WebhookTurn)
    row = {"community_id": community_id, "webhook": webhook, "due_at": None, "leased_until": None, "lease": 0}
    connection.execute(insert_unless_there(connection, turn).values(row))
    chosen = update(turn).where(turn.c.community_id == community_id, turn.c.webhook == webhook)
    connection.execute(chosen.values(due_at=None))


def drop_turn(connection: Connection, community_id: int, webhook: int) -> None:
    """Let a webhook be delivered to no more. A worker that holds its turn finds that its lease is gone."""
    turn = table_of(WebhookTurn)
    connection.execute(delete(turn).where(turn.c.community_id == community_id, turn.c.webhook == webhook))


def due_turns(connection: Connection, now: datetime) -> Sequence[WebhookTurn]:
    """The turns that nobody holds and that wait for no instant after `now`. Asked without a lock."""
    turn = table_of(WebhookTurn)
    chosen = select(turn).where(
        or_(turn.c.due_at.is_(None), turn.c.due_at <= now), or_(turn.c.leased_until.is_(None), turn.c.leased_until < now)
    )
    return [WebhookTurn(**row._mapping) for row in connection.execute(chosen.order_by(turn.c.number))]


def lease_turn(connection: Connection, turn: WebhookTurn, until: datetime) -> WebhookTurn | None:
    """`turn` with a lease until that instant; None where another worker has leased it since it was read, or it is gone."""
    leased = {"lease": turn.lease + 1, "leased_until": until}
    return WebhookTurn(**(turn.model_dump() | leased)) if _change_turn(connection, turn, leased) else None


def renew_turn(connection: Connection, turn: WebhookTurn, until: datetime) -> bool:
    """Keep a leased turn until that instant. False where it is another's by now, or gone."""
    return _change_turn(connection, turn, {"leased_until": until})


def give_back_turn(connection: Connection, turn: WebhookTurn, due_at: datetime | None = None) -> bool:
    """End a lease; `due_at`: not to be leased before, None: at once. False where it is another's by now, or gone."""
    return _change_turn(connection, turn, {"leased_until": None, "due_at": due_at})


def end_turns(connection: Connection) -> None:
    """End every lease: for the start of the only process there is, which holds none."""
    turn = table_of(WebhookTurn)
    connection.execute(update(turn).where(turn.c.leased_until.is_not(None)).values(leased_until=None))


def has_leases(connection: Connection) -> bool:
    """Whether anybody holds a turn."""
    turn = table_of(WebhookTurn)
    return connection.execute(select(turn.c.number).where(turn.c.leased_until.is_not(None)).limit(1)).first() is not None


def next_attempts(connection: Connection, community_id: int) -> dict[int, datetime]:
    """The webhooks of a community that wait for their next attempt, and until when."""
    turn = table_of(WebhookTurn)
    chosen = select(turn.c.webhook, turn.c.due_at).where(turn.c.community_id == community_id, turn.c.due_at.is_not(None))
    return {row[0]: row[1] for row in connection.execute(chosen)}


def _change_turn(connection: Connection, turn: WebhookTurn, values: dict[str, Any]) -> bool:
    table = table_of(WebhookTurn)
    mine = update(table).where(table.c.number == turn.number, table.c.lease == turn.lease)
    return connection.execute(mine.values(values)).rowcount == 1
