"""Digests in and out: who is told by e-mail, and who was told when."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import Connection, delete, insert, select, update

from service.models.digest import DigestRecipient, Every
from service.models.tables import table_of


def list_recipients(connection: Connection, community_id: int, actor: int | None = None) -> list[DigestRecipient]:
    """The recipients in a community, of one actor where one is named, by actor and address."""
    table = table_of(DigestRecipient)
    chosen = select(table).where(table.c.community_id == community_id)
    if actor is not None:
        chosen = chosen.where(table.c.actor == actor)
    return [DigestRecipient(**row._mapping) for row in connection.execute(chosen.order_by(table.c.actor, table.c.address))]


def set_recipients(
    connection: Connection, community_id: int, actor: int, addresses: Collection[str], language: str, every: Every
) -> None:
    """Let these be an actor's recipients, and no others. Those that stay keep the day on which they were written to."""
    table = table_of(DigestRecipient)
    own = (table.c.community_id == community_id) & (table.c.actor == actor)
    terms = {"language": language, "every": every.value}
    connection.execute(delete(table).where(own, table.c.address.not_in(sorted(addresses))))
    connection.execute(update(table).where(own).values(terms))
    kept = set(connection.execute(select(table.c.address).where(own)).scalars())
    new = [{"community_id": community_id, "actor": actor, "address": one, **terms} for one in sorted({*addresses} - kept)]
    if new:
        connection.execute(insert(table), new)


def drop_recipients(connection: Connection, community_id: int, actor: int) -> bool:
    """Forget an actor's recipients. False where there are none."""
    table = table_of(DigestRecipient)
    chosen = delete(table).where(table.c.community_id == community_id, table.c.actor == actor)
    return connection.execute(chosen).rowcount > 0


def mark_sent(connection: Connection, recipient: DigestRecipient, day: date) -> None:
    """Keep the day on which a recipient was written to; nothing where it was taken out meanwhile."""
    table = table_of(DigestRecipient)
    chosen = update(table).where(
        table.c.community_id == recipient.community_id,
        table.c.actor == recipient.actor,
        table.c.address == recipient.address,
    )
    connection.execute(chosen.values(sent_on=day))
