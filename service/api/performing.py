"""How an endpoint runs inside its transaction: the function that the framework calls in its place."""

import enum
import hashlib
import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from service.api.answering import Shape, finish, unless_unchanged
from service.api.bearer import Bearer
from service.api.bodies import BoundedRequest
from service.api.idempotency import Remembered, remember, remembered_as, replay
from service.api.identity import ANYONE, Access
from service.api.problems import reader_language
from service.api.recalling import keep_ready
from service.api.transaction import (
    ActingContext,
    ArrivingContext,
    AskedFor,
    AskingContext,
    OperatingContext,
    ToAdmit,
    ToBegin,
    act,
    admitted,
    bearer_of,
    operate,
    reading,
    service_of,
)
from service.errors import Unauthenticated

Work = Callable[[Any], Any]
_REQUEST = "jalon_request"
_SECRETS = ("token", "secret", "invitation", "page")
"""The fields of an answer that show what is never stored."""


class Kind(enum.Enum):
    """What an endpoint asks for, by the type of one of its parameters; PLAIN where it needs no transaction."""

    ASKING = "asking"
    ACTING = "acting"
    OPERATING = "operating"
    ARRIVING = "arriving"
    PLAIN = "plain"


_KINDS = {
    AskingContext: Kind.ASKING,
    ActingContext: Kind.ACTING,
    OperatingContext: Kind.OPERATING,
    ArrivingContext: Kind.ARRIVING,
}


def kind_of(endpoint: Callable[..., Any]) -> Kind:
    """What `endpoint` asks for."""
    annotations = [parameter.annotation for parameter in inspect.signature(endpoint, eval_str=True).parameters.values()]
    named = [kind for context, kind in _KINDS.items() for annotation in annotations if context in get_args(annotation)]
    assert len(named) <= 1, f"{endpoint.__name__} asks for two transactions"
    return named[0] if named else Kind.PLAIN


def endpoint_runner(endpoint: Callable[..., Any], access: Access, kind: Kind, shape: Shape) -> Callable[..., Any]:
    """A coroutine with the signature of `endpoint` that runs it where it belongs and answers as `shape` says."""
    is_coroutine = inspect.iscoroutinefunction(endpoint)
    assert is_coroutine == (kind is Kind.ARRIVING) or kind is Kind.PLAIN, (
        f"{endpoint.__name__}: blocking work runs in plain `def`"
    )
    signature = inspect.signature(endpoint, eval_str=True)
    takes_request = any(parameter.annotation is Request for parameter in signature.parameters.values())

    async def run(**values: Any) -> Response:
        said = next((value for value in values.values() if isinstance(value, Response)), None)
        if kind is Kind.PLAIN:
            request = (
                next(value for value in values.values() if isinstance(value, Request))
                if takes_request
                else values.pop(_REQUEST)
            )
            answer = await endpoint(**values) if is_coroutine else await run_in_threadpool(endpoint, **values)
            return finish(request, shape, answer, said)
        name = next(name for name, value in values.items() if isinstance(value, (AskedFor, ToBegin, ToAdmit)))
        request = values[name].request

        def work(context: Any) -> Any:
            return endpoint(**{**values, name: context})

        if kind is Kind.ASKING:

            def answered(context: AskingContext) -> Response:
                response = finish(request, shape, work(context), said, context)
                if shape.kept:
                    keep_ready(context, response)
                return unless_unchanged(request, response)

            return await reading(request, access, values[name].as_of, answered)
        if kind is Kind.ARRIVING:
            return finish(request, shape, await work(await _arrive(request, access)), said)
        begin = act if kind is Kind.ACTING else operate
        content = request.content if isinstance(request, BoundedRequest) else b""
        return await change(request, access, shape, begin, work, said, hashlib.sha256(content).digest())

    if kind is Kind.PLAIN and not takes_request:
        request = inspect.Parameter(_REQUEST, inspect.Parameter.KEYWORD_ONLY, annotation=Request)
        signature = signature.replace(parameters=[*signature.parameters.values(), request])
    # The framework reads names, types and the docstring off the function that it is given. functools.wraps would also set
    # `__wrapped__`, by which it would take ours for a function of the endpoint's own kind and run it on a thread.
    run.__name__, run.__qualname__, run.__doc__, run.__module__ = (
        endpoint.__name__, endpoint.__qualname__, endpoint.__doc__, endpoint.__module__
    )  # fmt: skip
    setattr(run, "__signature__", signature)  # noqa: B010  (mypy knows no such attribute)
    return run


async def act_on_arrival(
    arriving: ArrivingContext, work: Callable[[ActingContext], Any], content_digest: bytes, *, status_code: int | None = None
) -> Response:
    """What an async endpoint does once it has read its body, of that SHA-256: `work`, under the lock, once per key.

    The answer is encoded as the route declared it (`answer=`), with its status unless another is given.
    """
    shape = arriving.request.scope["route"].declared.shape
    if status_code is not None:
        shape = replace(shape, status_code=status_code)
    return await change(arriving.request, arriving.access, shape, act, work, None, content_digest)


async def change(
    request: Request,
    access: Access,
    shape: Shape,
    begin: Callable[[Request, Access, Connection], Any],
    work: Work,
    said: Response | None,
    content_digest: bytes,
) -> Response:
    """Runs `work` in a transaction when its turn has come, or answers what was answered to the same key before."""
    service = service_of(request)
    remembered = remembered_as(request, _presented(request, access), content_digest)
    place = "" if service.database.is_sqlite else request.path_params.get("community", "")

    def run() -> Response:
        with service.database.write() as connection:
            return _once(request, shape, remembered, lambda: begin(request, access, connection), work, said)

    async with service.keys_in_use.hold(remembered.key if remembered else None), service.gate.turn(place):
        response = await run_in_threadpool(run)
    service.sender.wake()
    return response


def _presented(request: Request, access: Access) -> Bearer | None:
    """The token presented. Where anyone may call, one that is none is as good as no token, as it is to the routes that read."""
    try:
        return bearer_of(request)
    except Unauthenticated:
        if access is ANYONE:
            return None
        raise


def _once(
    request: Request, shape: Shape, remembered: Remembered | None, begin: Callable[[], Any], work: Work, said: Response | None
) -> Response:
    context = begin()
    stored = remembered and replay(context.connection, remembered, context.now)
    if stored:
        return stored
    answer = work(context)
    response = finish(request, shape, answer, said)
    if remembered is not None:
        kept = shape.encode(answer.model_copy(update=_without_secrets(answer))) if shape.shows_token else bytes(response.body)
        remember(context.connection, remembered, response, kept, context.now)
    return response


def _without_secrets(answer: Any) -> dict[str, None]:
    return {name: None for name in _SECRETS if name in type(answer).model_fields}


async def _arrive(request: Request, access: Access) -> ArrivingContext:
    service = service_of(request)
    now = service.clock()

    def run() -> ArrivingContext:
        with service.database.read() as connection:
            community_id, caller, _ = admitted(request, access, connection, now)
            return ArrivingContext(request, access, caller, community_id, now, reader_language(request))

    return await run_in_threadpool(run)
