"""How routes are declared and run: who may call, what it answers, one transaction around it.

    router = Resource("indicators")

    @router.get("/indicators/{indicator}", access=READ, etag=True)
    def get_indicator(indicator: str, asking: Asking) -> IndicatorAnswer: ...

The caller is admitted before a body is read, and the endpoint runs inside its transaction on one thread, together with all
that surrounds it: beginning, encoding the answer, remembering it for an `Idempotency-Key`, committing.
"""

import inspect
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Annotated, Any, TypeVar, get_args, get_origin

from fastapi import Depends, Header, Path, Query, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from service.api.admission import check_body, check_caller, count_request, refuse_unknown
from service.api.answering import Shape, unless_unchanged
from service.api.bodies import BoundedRequest
from service.api.contract import operation_extras, problem_responses
from service.api.identity import ANYONE, Access
from service.api.performing import Kind, endpoint_runner, kind_of
from service.api.recalling import ready_answer
from service.api.table_formats import Tabular
from service.api.transaction import address_of, identify, service_of
from service.errors import Refused

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
COMMUNITY = "/v1/communities/{community}"


@dataclass(frozen=True, slots=True)
class Declared:
    """A route as its module declared it. `reads_body`: the endpoint reads the body itself, within its own limit."""

    method: str
    path: str
    endpoint: Callable[..., Any]
    access: Access
    kind: Kind
    shape: Shape
    tag: str
    media_types: tuple[str, ...]
    extras: dict[str, Any]

    @property
    def reads_body(self) -> bool:
        """Whether the endpoint reads the body itself."""
        return self.kind is Kind.ARRIVING


class Resource:
    """The routes of one resource, below the community's path unless `prefix` says otherwise."""

    def __init__(self, tag: str, *, prefix: str = COMMUNITY) -> None:
        self.tag = tag
        self.declared: list[Declared] = []
        self._prefix = prefix

    def get(self, path: str, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """Declares a reading; options as for `route`."""
        return self.route("GET", path, **options)

    def post(self, path: str, *, status_code: int = 201, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """Declares a POST; answers 201 unless said otherwise. Options as for `route`."""
        return self.route("POST", path, status_code=status_code, **options)

    def put(self, path: str, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """Declares a PUT; options as for `route`."""
        return self.route("PUT", path, **options)

    def patch(self, path: str, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """Declares a PATCH, which needs `If-Match`: the endpoint calls `answering.require_current`. Options as for `route`."""
        return self.route("PATCH", path, etag=True, **options)

    def delete(self, path: str, *, status_code: int = 204, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """Declares a DELETE; answers 204 unless said otherwise. Options as for `route`."""
        return self.route("DELETE", path, status_code=status_code, **options)

    def route(
        self,
        method: str,
        path: str,
        *,
        access: Access,
        status_code: int = 200,
        or_status: int | None = None,
        etag: bool = False,
        kept: bool = False,
        may_conflict: bool = False,
        shows_token: bool = False,
        answer: type[BaseModel] | None = None,
        media_types: tuple[str, ...] = (),
        rows: tuple[type[BaseModel], Callable[[Any], Sequence[BaseModel]]] | None = None,
        workbook: bool = False,
        extras: dict[str, Any] | None = None,
    ) -> Callable[[Endpoint], Endpoint]:
        """Declares a route. `access` has no default: a route that does not say who may call it is a mistake, and a TypeError.

        `or_status`: another status that the endpoint may set. `etag`: the answer carries an entity tag. `kept`: it is kept as
        it travelled. `may_conflict`: it can be refused with 409 though it reads. `shows_token`: its `token` or `secret` is
        never stored. `answer`: the type of the answer, where the endpoint does not return it itself. `media_types`: what the
        response is, where it is no JSON. `rows`: the type of a row and the rows of an answer that is read as a table though it
        is no list. `workbook`: the table can be had as a workbook.
        `extras` is merged into the operation of the contract.
        """
        if not isinstance(access, Access):
            raise TypeError(f"{method} {path}: `access` says who may call, one of those in api/identity.py")

        def declare(endpoint: Endpoint) -> Endpoint:
            shape = replace(
                _shape_of(endpoint, answer, status_code, etag, shows_token),
                table=_tabular(endpoint, answer, rows, workbook),
                or_status=or_status,
                may_conflict=may_conflict,
                kept=kept,
            )
            kind = kind_of(endpoint)
            self.declared.append(
                Declared(method, self._prefix + path, endpoint, access, kind, shape, self.tag, media_types, extras or {})
            )
            return endpoint

        return declare


def routes_of(resources: Iterable[Resource]) -> list["GuardedRoute"]:
    """The routes of `resources`, flat, in their order. They hold nothing of an application: several may share them."""
    return [_route_of(declared) for resource in resources for declared in resource.declared]


def _route_of(declared: Declared) -> "GuardedRoute":
    shape = declared.shape
    route = GuardedRoute(
        declared.path,
        endpoint_runner(declared.endpoint, declared.access, declared.kind, shape),
        methods=[declared.method],
        status_code=shape.status_code,
        response_model=shape.answer,
        # Where nothing but files is answered, the framework is not to add JSON.
        response_class=Response if shape.answer is None and declared.media_types else JSONResponse,
        tags=[declared.tag],
        dependencies=[Depends(parameter) for parameter in _parameters(declared)],
        responses=problem_responses(declared.method, declared.access, shape),
        openapi_extra=operation_extras(declared.access, shape, declared.media_types, declared.extras),
        generate_unique_id_function=lambda route: route.name,
    )
    route.declared = declared
    return route


class GuardedRoute(APIRoute):
    """A route that admits its caller first, refuses what it does not know, and reads bodies within a limit."""

    declared: Declared

    @property
    def known_parameters(self) -> frozenset[str]:
        """The names that a query may hold."""
        return frozenset(field.alias for field in get_flat_params(self.dependant) if isinstance(field.field_info, params.Query))

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of FastAPI behind ours."""
        handle = super().get_route_handler()
        known = self.known_parameters
        has_body = self.body_field is not None

        async def guarded(request: Request) -> Response:
            declared, bounded = self.declared, BoundedRequest(request.scope, request.receive)
            bearer = None
            service = service_of(request)
            if declared.access is not ANYONE:
                bearer = await identify(request)
                count_request(request, service.limiter, bearer)
            if declared.shape.kept and (ready := await ready_answer(request, bearer)) is not None:
                return unless_unchanged(request, ready)
            checks_first = declared.method != "GET"
            if checks_first:
                await check_caller(request, declared.access)
            try:
                if not declared.reads_body:
                    await bounded.load(service.settings.body_limit)
                    check_body(bounded, has_body)
                refuse_unknown(request, known)
                if declared.kind is not Kind.ASKING:
                    return await handle(bounded)
                async with service.crowd.place(bearer.digest if bearer else address_of(request)):
                    return await handle(bounded)
            except (RequestValidationError, Refused):
                if not checks_first:
                    await check_caller(request, declared.access)
                raise

        return guarded


def _shape_of(endpoint: Callable[..., Any], answer: Any, status_code: int, etag: bool, shows_token: bool) -> Shape:
    answer = answer or inspect.signature(endpoint, eval_str=True).return_annotation
    if not (isinstance(answer, type) and issubclass(answer, BaseModel)):
        return Shape(status_code, None, etag, shows_token)
    return Shape(status_code, answer, etag, shows_token)


def _tabular(endpoint: Callable[..., Any], answer: Any, rows: Any, workbook: bool) -> Tabular | None:
    """How the answer is read as a table: as it was said, else the items of a list."""
    if rows is not None:
        return Tabular(rows[0], rows[1], workbook)
    answer = answer or inspect.signature(endpoint, eval_str=True).return_annotation
    if not (isinstance(answer, type) and issubclass(answer, BaseModel)):
        return None
    items = answer.model_fields.get("items")
    if items is None or get_origin(items.annotation) is not list or "next_cursor" not in answer.model_fields:
        return None
    (row_type,) = get_args(items.annotation)
    return Tabular(row_type, attrgetter("items"), workbook)


async def _community(community: Annotated[str, Path(description="The community's code.")]) -> None:
    """Declares the parameter; `transaction.py` looks the community up."""


async def _format(
    table_format: str | None = Query(
        default=None,
        alias="format",
        description="`csv`: the list as a table, like `Accept: text/csv`. `datapackage`: what the columns of that table hold "
        "(`datapackage.json`). `xlsx`: the table as a workbook, where the answer can be one. `json`: the default.",
    ),
) -> None:
    """Declares the parameter; `table_formats.format_wanted` reads it."""


async def _idempotency_key(
    idempotency_key: str | None = Header(
        default=None,
        alias="Idempotency-Key",
        description="The same key and body give the same answer again, for 24 hours.",
        examples=["4f1c7a52"],
    ),
) -> None:
    """Declares the header; `idempotency.remembered_as` reads it."""


async def _if_match(
    if_match: str | None = Header(
        default=None, alias="If-Match", description="The `ETag` of what was read. Without it the answer is 428."
    ),
) -> None:
    """Declares the header; `answering.require_current` reads it."""


async def _if_still(
    if_match: str | None = Header(
        default=None, alias="If-Match", description="The `ETag` of what was read: where it no longer holds, the answer is 412."
    ),
) -> None:
    """Declares the header; `answering.require_current` reads it."""


async def _if_none_match(
    if_none_match: str | None = Header(
        default=None, alias="If-None-Match", description="An `ETag`: where it still holds, the answer is 304."
    ),
) -> None:
    """Declares the header; `answering.finish` reads it."""


def _parameters(declared: Declared) -> list[Callable[..., Any]]:
    parameters: list[Callable[..., Any]] = [_community] if "{community}" in declared.path else []
    if declared.shape.table is not None:
        parameters.append(_format)
    if declared.method == "POST" and declared.kind is not Kind.PLAIN:
        parameters.append(_idempotency_key)
    if declared.method == "PATCH":
        parameters.append(_if_match)
    if declared.method == "PUT" and declared.shape.etag:
        parameters.append(_if_still)
    if declared.method == "GET" and declared.shape.etag:
        parameters.append(_if_none_match)
    return parameters
