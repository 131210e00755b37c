"""Mappings: how an actor's recurring export reads, kept under a name for its imports."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from service.api.answering import require_current
from service.api.identity import CONTRIBUTE, Caller
from service.api.naming import actor_in_query
from service.api.paging import Paged, page
from service.api.routing import Resource
from service.api.transaction import Acting, ActingContext, Asking
from service.errors import Forbidden, NotFound, Refused, Stale, refused
from service.indicators.register import KnownActor, Register
from service.indicators.suggestion import shown
from service.models.mapping import MappingTerms
from service.models.text import CODE_PATTERN
from service.records import mappings
from service.records.mappings import SavedMapping
from service.uploads.mapping import Sent
from service.uploads.mapping_faults import check_fit, mapping_faults

router = Resource("mappings")

Name = Annotated[str, Path(description="The mapping's name: a code, given by whoever makes it.", pattern=CODE_PATTERN)]
Whose = Annotated[str | None, Query(description="Whose mapping: the caller's own actor's, unless the support names another.")]


class MappingAnswer(BaseModel):
    """A mapping of an actor, as it stands."""

    name: str
    actor: str = Field(description="Whose files it reads.")
    terms: MappingTerms = Field(description="How they read: what was sent, and what is sent to change it.")


class MappingList(BaseModel):
    """Mappings, by actor and name."""

    items: list[MappingAnswer]
    next_cursor: str | None


@router.get("/mappings", access=CONTRIBUTE)
def list_mappings(asking: Asking, paged: Paged, actor: Whose = None) -> MappingList:
    """One's own mappings; the support sees everybody's, or those of one actor."""
    register, caller = asking.register, asking.caller
    everybody = caller.is_support and actor is None
    owner = None if everybody else _owner(register, caller, actor).number
    found = mappings.list_mappings(asking.connection, register.community_id, asking.moment.number, actor=owner)
    return MappingList(**page([_answer(one, register) for one in found], paged))


@router.get("/mappings/{name}", access=CONTRIBUTE, etag=True)
def get_mapping(name: Name, asking: Asking, actor: Whose = None) -> MappingAnswer:
    """A mapping as it stands."""
    register, owner = asking.register, _owner(asking.register, asking.caller, actor)
    found = mappings.get_mapping(asking.connection, register.community_id, owner.number, name, asking.moment.number)
    if found is None:
        raise _none_such(name)
    return _answer(found, register)


@router.put("/mappings/{name}", access=CONTRIBUTE, etag=True)
def set_mapping(name: Name, body: MappingTerms, acting: Acting, actor: Whose = None) -> MappingAnswer:
    """Says how files of an actor read, from now on: its members may, and the support for it. Sent again it changes nothing.

    A mapping that contradicts itself, or names what the community does not have, is refused. Imports that wait under the
    mapping of that name keep the terms that they were sent under. `If-Match`, where it is sent, has to name what stands.
    """
    register, owner = acting.register, _owner(acting.register, acting.caller, actor)
    found = mappings.get_mapping(acting.connection, register.community_id, owner.number, name, acting.writing.number)
    if "if-match" in acting.request.headers:
        if found is None:
            raise Stale("stale", "It was deleted since you read it, or never there.")
        require_current(acting.request, _answer(found, register))
    faults = mapping_faults(body, register)
    if faults:
        raise Refused(faults[0].code, faults[0].detail, faults=tuple(faults), **faults[0].context)
    saved = SavedMapping(owner.number, name, body.model_dump(mode="json", exclude_defaults=True))
    if saved != found:
        _write(acting, "mapping_set", saved.name, owner, saved.terms)
    return _answer(saved, register)


@router.delete("/mappings/{name}", access=CONTRIBUTE)
def delete_mapping(name: Name, acting: Acting, actor: Whose = None) -> None:
    """Deletes a mapping. Imports that were sent under it are read as it said; its name may be given again."""
    register, owner = acting.register, _owner(acting.register, acting.caller, actor)
    if mappings.get_mapping(acting.connection, register.community_id, owner.number, name, acting.writing.number) is None:
        raise _none_such(name)
    _write(acting, "mapping_deleted", name, owner, None)


def mapping_sent(connection: Connection, register: Register, caller: Caller, named: str, number: int) -> Sent:
    """The mapping that an import names, as of the journal entry `number`: `NAME`, the sender's own; `ACTOR/NAME`, to the
    support any actor's, and rows that name no actor are that actor's then.

    Raises Refused where there is none, or where it does not fit the community any more.
    """
    code, _, name = named.rpartition("/")
    own = caller.known_actor.code
    owner = register.actors.get(code or own)
    is_theirs = owner is not None and (owner.code == own or caller.is_support)
    found = mappings.get_mapping(connection, register.community_id, owner.number, name, number) if owner and is_theirs else None
    if owner is None or found is None:
        detail = f"There is no mapping `{shown(named)}`."
        raise refused("unknown_mapping", detail, pointer="mapping", given=shown(named))
    terms = MappingTerms.model_validate(found.terms)
    check_fit(named, terms, register)
    return Sent(named, terms, None if owner.code == own else owner.code)


def _write(acting: ActingContext, kind: str, name: str, owner: KnownActor, terms: dict[str, object] | None) -> None:
    writing = acting.writing
    mappings.set_mapping(writing, owner.number, name, terms)
    subject = {"actor": owner.code, "mapping": name}
    writing.close(kind, subject, actor=acting.caller.known_actor.number, token=acting.caller.token)


def _owner(register: Register, caller: Caller, actor: str | None) -> KnownActor:
    """Whose mapping is meant. Raises Forbidden where it is another's and the caller is not the support."""
    own = caller.known_actor
    if actor is None or actor == own.code:
        return own
    if not caller.is_support:
        raise Forbidden("not_your_actor", "That is another actor's mapping: only it and the support may.")
    return actor_in_query(register, actor)


def _answer(saved: SavedMapping, register: Register) -> MappingAnswer:
    return MappingAnswer(
        name=saved.name, actor=register.actor_codes[saved.actor], terms=MappingTerms.model_validate(saved.terms)
    )


def _none_such(name: str) -> NotFound:
    return NotFound("unknown_mapping", f"There is no mapping `{name}`.", given=name)
