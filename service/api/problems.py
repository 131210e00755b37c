"""Errors as they travel: one table of statuses, one shape (RFC 9457), in the reader's language, echoing nothing raw."""

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from service import errors, texts
from service.api.faults import faults_of
from service.api.preferences import preferences

MEDIA_TYPE = "application/problem+json"
STATUSES: dict[type[errors.ServiceError], int] = {
    errors.Unreadable: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Stale: 412,
    errors.TooLarge: 413,
    errors.UnsupportedMedia: 415,
    errors.Refused: 422,
    errors.PreconditionRequired: 428,
    errors.TooMany: 429,
    errors.Unavailable: 503,
    errors.Unsettled: 503,
}
_FRAMEWORK_CODES = {
    400: "unreadable",
    404: "no_such_address",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "json_needed",
}
_LONGEST_TEXT = 500
_RETRY_AFTER = "1"


class ProblemError(BaseModel):
    """One thing wrong with the input. It stands at `pointer` in the body, in `parameter` of the query, or in a file."""

    code: str = Field(description="Stable, snake_case. The list is open: more may come.")
    detail: str = Field(description="A sentence in the reader's language.")
    pointer: str | None = Field(default=None, description="RFC 6901, into the body.")
    parameter: str | None = Field(default=None, description="A parameter of the query.")
    row: int | None = Field(default=None, description="Of a file, as a spreadsheet numbers its rows: the header is 1.")
    column: str | None = Field(default=None, description="Of a file.")
    suggestion: str | None = Field(default=None, description="What may have been meant; in a file also what would do.")


class Problem(BaseModel):
    """An error (RFC 9457). `code` is for programs and never changes, `title` and `detail` are for people."""

    type: str = Field(description="`urn:jalon:problem:` and the code.")
    title: str
    status: int
    detail: str
    code: str = Field(description="Stable, snake_case. The list is open: more may come.")
    instance: str | None = Field(default=None, description="`urn:jalon:request:` and the request's id, as the logs name it.")
    errors: list[ProblemError] | None = Field(default=None, description="Where input is at fault: what and where.")


def reader_language(request: Request) -> str:
    """The language that the reader prefers of those there are; English where none is named."""
    best, best_quality = "en", 0.0
    for tag, quality in preferences(request, "accept-language"):
        language = tag.partition("-")[0]
        if language in texts.LANGUAGES and quality > best_quality:
            best, best_quality = language, quality
    return best


def problem(
    request: Request, error: errors.ServiceError, status: int | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """The response that says `error`, in the reader's language; `status` overrides that of its kind."""
    language = reader_language(request)
    status = status or STATUSES[type(error)]
    said = Problem(
        type=f"urn:jalon:problem:{error.code}",
        title=texts.title(error.code, language),
        status=status,
        detail=_clean(texts.detail(error.code, language, error.detail, error.context)),
        code=error.code,
        instance=request.scope.get("jalon_request_id") and f"urn:jalon:request:{request.scope['jalon_request_id']}",
        errors=[_entry(fault, language) for fault in error.faults] or None,
    )
    content = said.model_dump_json(exclude_none=True).encode()
    return Response(
        content, status, {"Content-Language": language, **_headers_of(error, status), **(headers or {})}, MEDIA_TYPE
    )


def install(app: FastAPI) -> None:
    """Makes every error of `app` a problem, the framework's own included."""

    async def of_ours(request: Request, error: Any) -> Response:
        return problem(request, error)

    async def of_validation(request: Request, error: Any) -> Response:
        assert isinstance(error, RequestValidationError)
        return problem(request, validation_refusal(faults_of(error.errors(), error.body)))

    async def of_framework(request: Request, error: Any) -> Response:
        assert isinstance(error, HTTPException)
        code = _FRAMEWORK_CODES.get(error.status_code, "unreadable")
        return problem(request, errors.ServiceError(code, texts.detail(code, "en", "", {})), error.status_code, error.headers)

    async def of_database(request: Request, error: Any) -> Response:
        # A value that passed every check of ours and that the database's type still cannot hold: refused, not a failure.
        return problem(request, errors.Refused("unstorable_value", "A value in the request cannot be stored."))

    async def of_who_left(request: Request, error: Any) -> Response:
        # Nobody is there to read it: the connection was lost, or closed for being too slow, before the body was whole.
        return Response(status_code=408)

    async def of_nobody(request: Request, error: Any) -> Response:
        return problem(request, errors.ServiceError("internal_error", texts.detail("internal_error", "en", "", {})), 500)

    app.add_exception_handler(errors.ServiceError, of_ours)
    app.add_exception_handler(RequestValidationError, of_validation)
    app.add_exception_handler(HTTPException, of_framework)
    app.add_exception_handler(DataError, of_database)
    app.add_exception_handler(ClientDisconnect, of_who_left)
    app.add_exception_handler(Exception, of_nobody)


def validation_refusal(faults: Iterable[errors.Fault]) -> errors.Refused:
    """The refusal of input whose fields are not what the contract says. Like any other it is called after its first fault."""
    first, *others = faults
    return errors.Refused(first.code, first.detail, faults=(first, *others), **first.context)


def _entry(fault: errors.Fault, language: str) -> ProblemError:
    is_pointer = fault.pointer is not None and (fault.pointer == "" or fault.pointer.startswith("/"))
    return ProblemError(
        code=fault.code,
        detail=_clean(texts.detail(fault.code, language, fault.detail, fault.context)),
        pointer=_clean(fault.pointer) if fault.pointer is not None and is_pointer else None,
        parameter=_clean(fault.pointer) if fault.pointer is not None and not is_pointer else None,
        row=fault.row,
        column=fault.column and _clean(fault.column),
        suggestion=(said := _suggestion(fault, language)) and _clean(said),
    )


def _suggestion(fault: errors.Fault, language: str) -> str | None:
    meant = texts.suggestion(fault.suggestion, language, fault.context)
    return meant if meant or fault.row is None else texts.remedy(fault.code, language)


def _clean(text: str) -> str:
    """Sentences may name what was given, but not repeat a megabyte of it, or what a terminal would obey."""
    return texts.answerable(text, _LONGEST_TEXT)


def _headers_of(error: errors.ServiceError, status: int) -> dict[str, str]:
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, errors.TooMany):
        headers |= {"Retry-After": str(error.retry_after), "RateLimit": f'"caller";r=0;t={error.retry_after}'}
    elif status == 503:
        headers["Retry-After"] = _RETRY_AFTER
    elif status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="jalon"'
    return headers
