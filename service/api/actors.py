"""Actors: who belongs to a community, since when, until when, and in what part."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field

from service.api.adopting import adopt
from service.api.answering import require_current
from service.api.identity import READ, SUPPORT
from service.api.paging import Paged, page
from service.api.routing import Resource
from service.api.transaction import Acting, Asking
from service.errors import Conflict, NotFound
from service.indicators.register import KnownActor, Register
from service.models.community import Identifier
from service.models.proposal import MembershipChange, SetMembership
from service.models.text import Body, Code, Label, Texts
from service.models.vocabulary import Role

router = Resource("actors")
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", json_schema_extra={"format": "date"})]


class ActorBody(Body):
    """An actor as it is let in."""

    code: Code
    name: Texts
    kind: Label
    role: Role = Role.MEMBER
    groups: list[Code] = Field(default_factory=list, max_length=100)
    identifiers: list[Identifier] = Field(default_factory=list, max_length=20)
    joined: Day | None = Field(default=None, description="Its first day; null: from the beginning.")
    left: Day | None = Field(default=None, description="Its last day; null: it is still there.")


class IdentifierAnswer(BaseModel):
    """The same organisation elsewhere."""

    scheme: str
    value: str


class ActorAnswer(BaseModel):
    """An actor as the community knows it."""

    code: str
    name: dict[str, str] = Field(description="By language.")
    kind: str
    role: str = Field(description="Open list; today `support`, `member` or `observer`.")
    groups: list[str]
    identifiers: list[IdentifierAnswer]
    joined: date | None = Field(description="Its first day; null: from the beginning.")
    left: date | None = Field(description="Its last day; null: it is still there.")


class ActorList(BaseModel):
    """Actors in the order in which they were let in."""

    items: list[ActorAnswer]
    next_cursor: str | None


def actor_answer(actor: KnownActor) -> ActorAnswer:
    """An actor as it is answered."""
    member = actor.member
    return ActorAnswer(
        code=actor.code,
        name=member.name,
        kind=member.kind,
        role=member.role,
        groups=member.groups,
        identifiers=[IdentifierAnswer(scheme=same.scheme, value=same.value) for same in member.identifiers],
        joined=member.joined,
        left=member.left,
    )


def actor_in_path(register: Register, code: str) -> KnownActor:
    """The actor that a path names. Raises NotFound."""
    actor = register.actors.get(code)
    if actor is None:
        raise NotFound("unknown_actor", "There is no such actor.")
    return actor


@router.post("/actors", access=SUPPORT)
def create_actor(body: ActorBody, acting: Acting) -> ActorAnswer:
    """Lets an actor in. Its code is never changed and never used again."""
    if body.code in acting.register.actors:
        raise Conflict("code_taken", f"There is an actor {body.code} already.")
    change = SetMembership.model_validate(
        {"kind": "set_membership", "actor": body.code, "membership": body.model_dump(exclude={"code"}, exclude_unset=True)}
    )
    register = adopt(acting, change, "actor_joined", {"actor": body.code}, "/membership")
    return actor_answer(register.actors[body.code])


@router.get("/actors", access=READ)
def list_actors(asking: Asking, paged: Paged) -> ActorList:
    """Everybody who belongs or belonged to the community."""
    ordered = sorted(asking.register.actors.values(), key=lambda actor: actor.number)
    return ActorList(**page([actor_answer(actor) for actor in ordered], paged))


@router.get("/actors/{actor}", access=READ, etag=True)
def get_actor(actor: str, asking: Asking) -> ActorAnswer:
    """One actor."""
    return actor_answer(actor_in_path(asking.register, actor))


@router.patch("/actors/{actor}", access=SUPPORT)
def update_actor(actor: str, body: MembershipChange, acting: Acting) -> ActorAnswer:
    """Changes what is known of an actor. `null` clears `joined` or `left`; what is left out stays. The last support stays."""
    require_current(acting.request, actor_answer(actor_in_path(acting.register, actor)))
    change = SetMembership.model_validate(
        {"kind": "set_membership", "actor": actor, "membership": body.model_dump(exclude_unset=True)}
    )
    register = adopt(acting, change, "actor_changed", {"actor": actor, "fields": sorted(body.model_fields_set)}, "/membership")
    return actor_answer(register.actors[actor])
