"""The transaction of a request: begun for an endpoint, with the caller admitted in it, committed before the answer leaves.

An endpoint names what it needs as a parameter: `asking: Asking` reads one snapshot, `acting: Acting` writes under the
community's lock, `operating: Operating` changes what is no community's alone, `arriving: Arriving` (async endpoints only)
reads its body itself and then asks or acts. The route class (`routing.py`) puts them in; the dependencies here only say in
the contract what they take from the request.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, TypeVar

from fastapi import Depends, Query
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from service.answers import Memory
from service.api.bearer import NOWHERE, Bearer, bearer_of_person, parse_authorization, presented
from service.api.crowd import Crowd
from service.api.following import Followers
from service.api.gate import Gate
from service.api.idempotency import KeysInUse
from service.api.identity import ANYONE, ERASE, LISTEN, MEMBER, OPERATOR, Access, Caller, Holder, admit, find_holder
from service.api.last_use import LastUse
from service.api.limits import Limiter
from service.api.observation import Measurements
from service.api.openid import Issuer, looks_signed
from service.api.problems import reader_language
from service.api.ready import ReadyAnswers
from service.database import Database, use_community
from service.errors import NotFound
from service.events.sender import Sender
from service.indicators.register import Register
from service.models.instant import Instant
from service.models.text import CODE_PATTERN
from service.records.journal import Writing, begin_writing
from service.records.moment import Moment, moment_of
from service.records.register import Registers, find_community
from service.settings import Settings
from service.uploads.queue import Worker

Found = TypeVar("Found")
_CODE = re.compile(CODE_PATTERN, re.ASCII)
_PERSON = "jalon_person"


@dataclass(frozen=True, slots=True)
class Service:
    """What `create_app` put together, for the endpoints to work with. `clock` gives the present instant in UTC."""

    settings: Settings
    database: Database
    registers: Registers
    clock: Callable[[], datetime]
    gate: Gate
    crowd: Crowd
    followers: Followers
    limiter: Limiter
    keys_in_use: KeysInUse
    measurements: Measurements
    memory: Memory
    ready: ReadyAnswers
    imports: Worker
    sender: Sender
    last_use: LastUse
    issuer: Issuer | None


def service_of(request: Request) -> Service:
    """The service that this request came to."""
    service = request.app.state.service
    assert isinstance(service, Service)
    return service


@dataclass(frozen=True, slots=True)
class AskingContext:
    """One snapshot of the community as of the instant asked for. `caller` is who asks today, whatever the instant."""

    request: Request
    connection: Connection
    register: Register
    moment: Moment
    caller: Caller
    now: datetime
    language: str


@dataclass(frozen=True, slots=True)
class ActingContext:
    """A change under way, under the community's lock. It is committed when the endpoint returns and undone when it raises."""

    request: Request
    connection: Connection
    writing: Writing
    caller: Caller
    now: datetime
    language: str

    @property
    def register(self) -> Register:
        """What is decided now."""
        return self.writing.register


@dataclass(frozen=True, slots=True)
class OperatingContext:
    """A change that is no community's alone: creating one, revoking a token wherever it belongs."""

    request: Request
    connection: Connection
    caller: Caller
    now: datetime
    language: str


@dataclass(frozen=True, slots=True)
class AskedFor:
    """Stands for an AskingContext until the route class begins one. `as_of` None: now."""

    request: Request
    as_of: datetime | None


@dataclass(frozen=True, slots=True)
class ToBegin:
    """Stands for an ActingContext or an OperatingContext until the route class begins one."""

    request: Request


async def _asked_for(
    request: Request,
    as_of: Annotated[
        Instant | None,
        Query(description="Answer as of this instant: up to the last entry not after it. Without it: as of now."),
    ] = None,
) -> AskedFor:
    return AskedFor(request, as_of)


async def _to_begin(request: Request) -> ToBegin:
    return ToBegin(request)


Asking = Annotated[AskingContext, Depends(_asked_for)]
Acting = Annotated[ActingContext, Depends(_to_begin)]
Operating = Annotated[OperatingContext, Depends(_to_begin)]


@dataclass(frozen=True, slots=True)
class ArrivingContext:
    """A caller who may, at the door: the body is not read yet. For async endpoints, which begin their transactions themselves.

    Nothing is held open meanwhile: a body may take minutes.
    """

    request: Request
    access: Access
    caller: Caller
    community_id: int
    now: datetime
    language: str

    async def ask(self, work: Callable[[AskingContext], Found], as_of: datetime | None = None) -> Found:
        """What `work` finds in a snapshot, run on a thread."""
        return await reading(self.request, self.access, as_of, work)


@dataclass(frozen=True, slots=True)
class ToAdmit:
    """Stands for an ArrivingContext until the route class has admitted the caller."""

    request: Request


async def _to_admit(request: Request) -> ToAdmit:
    return ToAdmit(request)


Arriving = Annotated[ArrivingContext, Depends(_to_admit)]


def bearer_of(request: Request) -> Bearer | None:
    """The token presented. Raises Unauthenticated where it is malformed."""
    known: Bearer | None = request.scope.get(_PERSON)
    return known or parse_authorization(request.headers.get("authorization"))


async def identify(request: Request) -> Bearer | None:
    """The token presented, before anything else is asked of it: somebody's whom the issuer vouches for is checked here, once.

    Raises Unauthenticated, and Unavailable where the issuer cannot be reached and is needed.
    """
    issuer, text = service_of(request).issuer, presented(request.headers.get("authorization"))
    if issuer is not None and text is not None and looks_signed(text):
        subject = await run_in_threadpool(issuer.subject_of, text, service_of(request).clock())
        request.scope[_PERSON] = bearer_of_person(issuer.issuer, subject)
    return bearer_of(request)


def address_of(request: Request) -> str:
    """The client's address, as the server below saw it, or as a proxy that it trusts says; "" where there is none."""
    return request.client.host if request.client else ""


async def reading(request: Request, access: Access, as_of: datetime | None, work: Callable[[AskingContext], Found]) -> Found:
    """What `work` finds in one snapshot, run on a thread, for a caller who may."""

    def run() -> Found:
        with service_of(request).database.read() as connection:
            return work(ask(request, access, as_of, connection))

    return await run_in_threadpool(run)


def ask(request: Request, access: Access, as_of: datetime | None, connection: Connection) -> AskingContext:
    """A reading in the snapshot of `connection`, for a caller who may. Raises what `admit` raises."""
    service, now = service_of(request), service_of(request).clock()
    community_id, caller, today = admitted(request, access, connection, now)
    moment = today if as_of is None and today else moment_of(connection, community_id, as_of, now, service.registers)
    register = service.registers.read(connection, community_id, moment)
    return AskingContext(request, connection, register, moment, caller, now, reader_language(request))


def as_of_now(asking: AskingContext) -> AskingContext:
    """The same question as of now."""
    if "as_of" not in asking.request.query_params:
        return asking
    registers, community_id = service_of(asking.request).registers, asking.register.community_id
    moment = moment_of(asking.connection, community_id, None, asking.now, registers)
    return replace(asking, moment=moment, register=registers.read(asking.connection, community_id, moment))


def act(request: Request, access: Access, connection: Connection) -> ActingContext:
    """A change in the transaction of `connection`, which takes the community's lock, for a caller who was admitted before.

    Whether the caller may is asked again, now under the lock: a token revoked, or an actor who stopped being the support, while
    the request waited for its turn changes nothing.
    """
    service, now = service_of(request), service_of(request).clock()
    bearer, community_id = _located_bearer(request, connection), _named_community(request, connection)
    if community_id is None or bearer is None or bearer.community_id != community_id:
        raise NotFound("unknown_community", "There is no such community, or this token is not for it.")
    # Tokens and webhooks are made and ended, and texts erased, even where the community's work has ended: it is still read.
    writing = begin_writing(connection, community_id, now, service.registers, even_closed=access in (MEMBER, ERASE, LISTEN))
    caller = admit(access, _holder(request, connection, now), writing.register, writing.day)
    return ActingContext(request, connection, writing, caller, now, reader_language(request))


def operate(request: Request, access: Access, connection: Connection) -> OperatingContext:
    """A change outside of any one community, for a caller who may."""
    now = service_of(request).clock()
    _, caller, _ = admitted(request, access, connection, now)
    return OperatingContext(request, connection, caller, now, reader_language(request))


def admitted(request: Request, access: Access, connection: Connection, now: datetime) -> tuple[int, Caller, Moment | None]:
    """The community's id (0 outside of any), who the caller is there now, and what now means there (None outside of any).

    Raises what `admit` raises.
    """
    if access is ANYONE:
        return 0, Caller(), None
    service, bearer = service_of(request), _located_bearer(request, connection)
    if bearer is not None and not bearer.is_operators and bearer.community_id != NOWHERE:
        use_community(connection, bearer.community_id)
    holder = _holder(request, connection, now)
    community_id = None if access is OPERATOR else _named_community(request, connection)
    if community_id is None:
        return 0, admit(access, holder, None, now.date()), None
    if holder is None or holder.community_id != community_id:
        use_community(connection, community_id)
    moment = moment_of(connection, community_id, None, now, service.registers)
    register = service.registers.read(connection, community_id, moment)
    return community_id, admit(access, holder, register, moment.day), moment


def _located_bearer(request: Request, connection: Connection) -> Bearer | None:
    """The token presented; a person's in the community that the path names, since theirs names none."""
    bearer = bearer_of(request)
    if bearer is None or bearer.person is None or "community" not in request.path_params:
        return bearer
    return replace(bearer, community_id=_named_community(request, connection) or NOWHERE)


def _holder(request: Request, connection: Connection, now: datetime) -> Holder | None:
    bearer = _located_bearer(request, connection)
    holder = find_holder(connection, bearer, now, address_of(request))
    if bearer is not None and bearer.person is None:
        service_of(request).last_use.note(bearer, now)
    return holder


def _named_community(request: Request, connection: Connection) -> int | None:
    code = request.path_params["community"]
    return find_community(connection, code) if _CODE.fullmatch(code) else None
