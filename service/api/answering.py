"""From what an endpoint returns to what travels: JSON or CSV, its entity tag, its next page, and who may keep it."""

from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel, TypeAdapter
from starlette.requests import Request
from starlette.responses import Response

from service.api.caching import entity_tag, is_unchanged, require_match
from service.api.paging import next_link
from service.api.tables import MEDIA_TYPE, table, wants_table


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
    table: str | None = None
    """The field that holds the rows, where it can be read as a table."""
    kept: bool = False
    """Whether the response is kept as it travelled, for whoever asks the same again (`ready.py`)."""

    def encode(self, answer: Any) -> bytes:
        """The JSON of `answer`."""
        return b"" if self.answer is None else _adapter(self.answer).dump_json(answer)

    @property
    def row_type(self) -> type[BaseModel]:
        """The type of one row of the table."""
        assert self.answer is not None and self.table is not None
        (row_type,) = get_args(self.answer.model_fields[self.table].annotation)
        assert isinstance(row_type, type) and issubclass(row_type, BaseModel)
        return row_type


def finish(request: Request, shape: Shape, answer: Any, said: Response | None) -> Response:
    """The response to `request`. `said` is what the endpoint set on the response it was given: a status, headers."""
    if isinstance(answer, Response):
        return answer
    headers = {"Cache-Control": "no-store"} if shape.shows_token else {}
    status_code = shape.status_code
    if said is not None:
        status_code = said.status_code or status_code
        headers |= dict(said.headers)
    if shape.table is not None and getattr(answer, "next_cursor", None) is not None:
        headers["Link"] = next_link(request, answer.next_cursor)
    if shape.table is not None and wants_table(request):
        content, media_type = table(shape.row_type, getattr(answer, shape.table)), MEDIA_TYPE
    else:
        content, media_type = shape.encode(answer), "application/json"
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
