"""From what an endpoint returns to what travels: JSON or a table, its entity tag, its next page, and who may keep it."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel, TypeAdapter
from starlette.requests import Request
from starlette.responses import Response

from service.api.caching import entity_tag, is_unchanged, require_match
from service.api.paging import next_link
from service.api.table_formats import Tabular, described_by, format_wanted, write_table
from service.api.transaction import AskingContext


@dataclass(frozen=True, slots=True)
class Shape:
    """What a route answers: its status, whether with an entity tag, whether a token is shown in it once.

    `answer` is the declared type, None where there is no body or the endpoint builds the response itself.
    """

    status_code: int
    answer: type[BaseModel] | None
    etag: bool = False
    shows_token: bool = False
    or_status: int | None = None
    """Another status with the same answer: 200 for what a POST found to be there already."""
    may_conflict: bool = False
    """Whether a reading, too, can be refused with 409: what it asks for contradicts what is there."""
    table: Tabular | None = None
    """How it is read as a table, where it can be."""
    kept: bool = False
    """Whether the response is kept as it travelled, for whoever asks the same again (`ready.py`)."""

    def encode(self, answer: Any) -> bytes:
        """The JSON of `answer`."""
        return b"" if self.answer is None else _adapter(self.answer).dump_json(answer)


def finish(
    request: Request, shape: Shape, answer: Any, said: Response | None, context: AskingContext | None = None
) -> Response:
    """The response to `request`. `said` is what the endpoint set on the response it was given: a status, headers.

    `context` is the question's, where there was one: what its columns may hold is looked up there.
    """
    if isinstance(answer, Response):
        return answer
    headers = {"Cache-Control": "no-store"} if shape.shows_token else {}
    status_code = shape.status_code
    if said is not None:
        status_code = said.status_code or status_code
        headers |= dict(said.headers)
    wanted = "json" if shape.table is None else format_wanted(request, shape.table)
    links = []
    if shape.table is not None and getattr(answer, "next_cursor", None) is not None:
        links.append(next_link(request, answer.next_cursor))
    if shape.table is not None and wanted != "json":
        content, media_type, more = write_table(request, shape.table, answer, wanted, context)
        headers |= more
        links += [described_by(request)] if wanted == "csv" else []
    else:
        content, media_type = shape.encode(answer), "application/json"
    headers |= {"Link": ", ".join(links)} if links else {}
    headers["Vary"] = "Accept, Accept-Language, Authorization"
    if shape.etag:
        headers |= {"ETag": entity_tag(content), "Cache-Control": "private, no-cache"}
    if status_code == 204:
        return Response(status_code=204, headers=headers)
    return Response(content, status_code, headers, media_type)


def unless_unchanged(request: Request, response: Response) -> Response:
    """`response`, or 304 where the caller of a GET has it already: its `If-None-Match` names the entity tag."""
    tag = response.headers.get("ETag")
    if tag is None or request.method != "GET" or not is_unchanged(request, tag):
        return response
    headers = {name: value for name, value in response.headers.items() if name not in ("content-length", "content-type")}
    return Response(status_code=304, headers=headers)


def require_current(request: Request, current: BaseModel) -> None:
    """Raises PreconditionRequired or Stale unless `If-Match` names `current`, the thing as a GET would answer it now."""
    require_match(request, entity_tag(_adapter(type(current)).dump_json(current)))


@cache
def _adapter(answer: type[BaseModel]) -> TypeAdapter[Any]:
    return TypeAdapter(answer)
