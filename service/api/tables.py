"""Lists as CSV: one row per item, one column per field, nothing in it that a spreadsheet would run."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from starlette.requests import Request

from service.errors import refused
from service.models.text import canonical_json

MEDIA_TYPE = "text/csv; charset=utf-8; header=present"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_PLAIN_NUMBER = re.compile(r"-[0-9]+(\.[0-9]+)?", re.ASCII)


def wants_table(request: Request) -> bool:
    """Whether CSV is asked for: by `format`, else by an `Accept` that prefers it to JSON. Raises Refused for another format."""
    asked = request.query_params.get("format")
    if asked is not None:
        if asked not in ("json", "csv"):
            raise refused("unknown_format", "`format` is `json` or `csv`.", pointer="format")
        return asked == "csv"
    return prefers(request, "text/csv", "application/json")


def prefers(request: Request, media_type: str, usual: str) -> bool:
    """Whether `Accept` would rather have `media_type` than the `usual` one."""
    return _quality(request, media_type) > max(_quality(request, usual), _quality(request, "*/*"))


def table(row_type: type[BaseModel], rows: Sequence[BaseModel]) -> bytes:
    """CSV in UTF-8 with a header, lines ended by CR LF. Objects become columns `a.b`, one per key that occurs; lists are JSON.

    The other columns follow from the type, so that an empty list has them too. An absent value is an empty cell; zero is `0`.
    """
    contents = [row.model_dump(mode="json") for row in rows]
    columns = list(_columns(row_type, (), contents))
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([".".join(column) for column in columns])
    for content in contents:
        writer.writerow([neutral(_cell(_found(content, column))) for column in columns])
    return text.getvalue().encode()


def neutral(cell: str) -> str:
    """`cell` with an apostrophe before it where a spreadsheet would take it for a formula. Negative numbers are left alone."""
    return "'" + cell if cell.startswith(_FORMULA) and _PLAIN_NUMBER.fullmatch(cell) is None else cell


def _columns(row_type: type[BaseModel], before: tuple[str, ...], contents: list[Any]) -> Iterator[tuple[str, ...]]:
    for name, field in row_type.model_fields.items():
        column = (*before, name)
        inner = _only_type(field.annotation)
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _columns(inner, column, contents)
        elif get_origin(inner) is dict:
            found = (_found(content, column) for content in contents)
            yield from ((*column, key) for key in sorted({key for keyed in found if isinstance(keyed, dict) for key in keyed}))
        else:
            yield column


def _only_type(annotation: Any) -> Any:
    """The type beside None, where there is one."""
    given = [argument for argument in get_args(annotation) if argument is not type(None)]
    return given[0] if len(given) == 1 and type(None) in get_args(annotation) else annotation


def _found(content: Any, column: tuple[str, ...]) -> Any:
    for step in column:
        content = content.get(step) if isinstance(content, dict) else None
    return content


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int)):
        return str(value)
    return canonical_json(value)


def _quality(request: Request, media_type: str) -> float:
    best = 0.0
    for line in request.headers.getlist("accept"):
        for offered in line.split(","):
            name, *parameters = (part.strip().lower() for part in offered.split(";"))
            if name == media_type:
                weight = next((parameter[2:] for parameter in parameters if parameter.startswith("q=")), "1")
                best = max(best, float(weight) if re.fullmatch(r"[01](\.[0-9]{0,3})?", weight) else 0.0)
    return best
