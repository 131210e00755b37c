"""People who come through an issuer of identities: each linked to one actor of a community, or not kept at all."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from service.models.tables import table_of
from service.models.token import Person
from service.records.numbers import next_number


def link_person(
    connection: Connection,
    community_id: int,
    *,
    actor: int,
    issuer: str,
    subject: str,
    name: str | None,
    scopes: Sequence[str],
    now: datetime,
) -> Person:
    """Link who `issuer` calls `subject` to an actor. Its number is one of the tokens', so that the journal tells them apart."""
    person = Person(
        community_id=community_id,
        number=next_number(connection, community_id, "token"),
        actor=actor,
        issuer=issuer,
        subject=subject,
        name=name,
        scopes=list(scopes),
        created_at=now,
    )
    connection.execute(insert(table_of(Person)).values(person.model_dump()))
    return person


def find_person(connection: Connection, community_id: int, issuer: str, subject: str) -> Person | None:
    """Who `issuer` calls `subject`, where the community knows them; else None."""
    person = table_of(Person)
    chosen = select(person).where(person.c.community_id == community_id, person.c.issuer == issuer, person.c.subject == subject)
    row = connection.execute(chosen).first()
    return None if row is None else Person(**row._mapping)


def get_person(connection: Connection, community_id: int, number: int) -> Person | None:
    """The person of that number; None where there is none."""
    person = table_of(Person)
    row = connection.execute(select(person).where(person.c.community_id == community_id, person.c.number == number)).first()
    return None if row is None else Person(**row._mapping)


def list_people(connection: Connection, community_id: int, actor: int, *, after: int = 0, limit: int = 100) -> list[Person]:
    """At most `limit` people of an actor with numbers above `after`, the first linked first."""
    person = table_of(Person)
    chosen = select(person).where(person.c.community_id == community_id, person.c.actor == actor, person.c.number > after)
    return [Person(**row._mapping) for row in connection.execute(chosen.order_by(person.c.number).limit(limit))]


def unlink_person(connection: Connection, community_id: int, number: int) -> None:
    """Forget a person, at once."""
    person = table_of(Person)
    connection.execute(delete(person).where(person.c.community_id == community_id, person.c.number == number))
