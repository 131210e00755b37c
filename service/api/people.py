"""People who come with a token of the settings' issuer (OpenID Connect): linked to an actor, listed, unlinked."""

from typing import Annotated

from pydantic import BaseModel, Field

from service.api.identity import MEMBER
from service.api.naming import number_of_id
from service.api.paging import Paged, page_after
from service.api.routing import Resource
from service.api.token_terms import scopes_for
from service.api.tokens import close_token, manageable, may_manage
from service.api.transaction import Acting, Asking, service_of
from service.errors import Conflict, NotFound
from service.indicators.register import KnownActor
from service.models.instant import Instant
from service.models.text import Body, Label
from service.models.token import Person
from service.models.vocabulary import Scope
from service.records.people import find_person, get_person, link_person, list_people, unlink_person

router = Resource("people")


class PersonBody(Body):
    """A person to be linked to an actor."""

    subject: Annotated[Label, Field(max_length=255, description="What the issuer calls them: `sub` in its tokens.")]
    name: Label | None = Field(default=None, description="For those who read the list.")
    scopes: Annotated[
        list[Scope],
        Field(
            min_length=1,
            max_length=len(Scope),
            description="What they may do: nothing that the caller's own token lacks. "
            "Scopes that the actor's role does not reach are left out.",
        ),
    ]


class PersonAnswer(BaseModel):
    """A person who is linked to an actor."""

    id: str
    actor: str
    issuer: str
    subject: str
    name: str | None
    scopes: list[str] = Field(description="Open list; today `read`, `contribute`, `decide` and `administer`.")
    created_at: Instant


class PersonList(BaseModel):
    """People in the order in which they were linked."""

    items: list[PersonAnswer]
    next_cursor: str | None


@router.post("/actors/{actor}/people", access=MEMBER)
def create_person(actor: str, body: PersonBody, acting: Acting) -> PersonAnswer:
    """Links a person to an actor, which the actor itself or the support does: from then on their tokens are the actor's.

    What they may do stands here and never in a token, and the actor's role of the day limits it. A person is one actor's in a
    community: 409 `person_linked`. 409 `no_issuer` where the service takes tokens of its own only.
    """
    holder = manageable(acting.register, acting.caller, actor)
    issuer = service_of(acting.request).issuer
    if issuer is None:
        raise Conflict("no_issuer", "This service takes tokens of its own only: its settings name no issuer.")
    community_id = acting.register.community_id
    scopes = scopes_for(body.scopes, holder, acting.caller, acting.writing)
    if find_person(acting.connection, community_id, issuer.issuer, body.subject) is not None:
        raise Conflict("person_linked", "This person is linked to an actor of this community already.")
    row = link_person(
        acting.connection,
        community_id,
        actor=holder.number,
        issuer=issuer.issuer,
        subject=body.subject,
        name=body.name,
        scopes=scopes,
        now=acting.now,
    )
    close_token(acting.writing, "person_linked", holder.code, row.number, acting.caller, scopes)
    return _answer(row, holder)


@router.get("/actors/{actor}/people", access=MEMBER)
def list_persons(actor: str, asking: Asking, paged: Paged) -> PersonList:
    """The people of an actor, for itself and the support."""
    holder = manageable(asking.register, asking.caller, actor)
    rows = list_people(asking.connection, asking.register.community_id, holder.number, after=paged.after, limit=paged.limit + 1)
    return PersonList(**page_after([_answer(row, holder) for row in rows], paged, [row.number for row in rows]))


@router.delete("/people/{person}", access=MEMBER)
def delete_person(person: str, acting: Acting) -> None:
    """Unlinks a person at once, for their actor and the support. Nothing that names them is kept."""
    row = get_person(acting.connection, acting.register.community_id, number_of_id(person))
    holder = next((one for one in acting.register.actors.values() if row is not None and one.number == row.actor), None)
    if row is None or holder is None or not may_manage(acting.caller, holder):
        raise NotFound("unknown_person", "There is no such person, or they are not yours to see.")
    unlink_person(acting.connection, acting.register.community_id, row.number)
    close_token(acting.writing, "person_unlinked", holder.code, row.number, acting.caller)


def _answer(row: Person, holder: KnownActor) -> PersonAnswer:
    return PersonAnswer(
        id=str(row.number),
        actor=holder.code,
        issuer=row.issuer,
        subject=row.subject,
        name=row.name,
        scopes=row.scopes,
        created_at=row.created_at,
    )
