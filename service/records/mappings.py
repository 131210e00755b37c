"""Mappings in and out: how an actor's files read, as of a journal entry."""

from collections.abc import Mapping as Dictionary
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from service.models.mapping import Mapping
from service.models.tables import table_of
from service.records.journal import Writing


class SavedMapping(NamedTuple):
    """A mapping as it stands: whose, its name, its terms."""

    actor: int
    name: str
    terms: dict[str, Any]


def set_mapping(writing: Writing, actor: int, name: str, terms: Dictionary[str, Any] | None) -> None:
    """Bring that the mapping reads so from now on; None: that there is none of that name any more."""
    kept = None if terms is None else dict(terms)
    writing.add(Mapping(community_id=writing.community_id, actor=actor, name=name, journal=writing.number, terms=kept))


def get_mapping(connection: Connection, community_id: int, actor: int, name: str, number: int) -> SavedMapping | None:
    """The actor's mapping of that name as of the journal entry `number`, None where there is none."""
    return next(iter(list_mappings(connection, community_id, number, actor=actor, name=name)), None)


def list_mappings(
    connection: Connection, community_id: int, number: int, *, actor: int | None = None, name: str | None = None
) -> list[SavedMapping]:
    """The mappings as of the journal entry `number`, by actor and name; those of one actor, or of one name, where given."""
    table = table_of(Mapping)
    said = [table.c.community_id == community_id, table.c.journal <= number]
    if actor is not None:
        said.append(table.c.actor == actor)
    if name is not None:
        said.append(table.c.name == name)
    last = (
        select(table.c.actor, table.c.name, func.max(table.c.journal).label("journal"))
        .where(*said)
        .group_by(table.c.actor, table.c.name)
        .subquery()
    )
    same = (table.c.actor == last.c.actor) & (table.c.name == last.c.name) & (table.c.journal == last.c.journal)
    chosen = select(table.c.actor, table.c.name, table.c.terms).join(last, same).where(table.c.community_id == community_id)
    rows = connection.execute(chosen.order_by(table.c.actor, table.c.name))
    return [SavedMapping(row.actor, row.name, row.terms) for row in rows if row.terms is not None]
