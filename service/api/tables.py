"""Lists as CSV: one row per item, one column per field, nothing in it that a spreadsheet would run."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel
from starlette.requests import Request

from service.api.preferences import preferences
from service.models.text import canonical_json

MEDIA_TYPE = "text/csv; charset=utf-8; header=present"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_PLAIN_NUMBER = re.compile(r"-[0-9]+(\.[0-9]+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column: the way to its value through a row, what stands there (a type; None: anything), what it means."""

    path: tuple[str, ...]
    holds: Any
    description: str | None

    @property
    def name(self) -> str:
        """Its head."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Table:
    """A list as rows of cells, which are texts; the empty text stands for an absent value."""

    columns: list[TableColumn]
    rows: list[list[str]]


def prefers(request: Request, media_type: str, usual: str) -> bool:
    """Whether `Accept` would rather have `media_type` than the `usual` one."""
    return _quality(request, media_type) > max(_quality(request, usual), _quality(request, "*/*"))


def table_of(row_type: type[BaseModel], rows: Sequence[BaseModel]) -> Table:
    """Objects become columns `a.b`, one per key that occurs; lists are JSON.

    The other columns follow from the type, so that an empty list has them too. An absent value is an empty cell; zero is `0`.
    """
    contents = [row.model_dump(mode="json") for row in rows]
    columns = list(_columns(row_type, (), contents))
    return Table(columns, [[_cell(_found(content, column.path)) for column in columns] for content in contents])


def table(row_type: type[BaseModel], rows: Sequence[BaseModel]) -> bytes:
    """The rows as CSV."""
    return as_csv(table_of(row_type, rows))


def as_csv(made: Table) -> bytes:
    """CSV in UTF-8 with a header, lines ended by CR LF, cells as `neutral` leaves them."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([column.name for column in made.columns])
    writer.writerows([neutral(cell) for cell in row] for row in made.rows)
    return text.getvalue().encode()


def neutral(cell: str) -> str:
    """`cell` with an apostrophe before it where a spreadsheet would take it for a formula. Negative numbers are left alone."""
    return "'" + cell if cell.startswith(_FORMULA) and _PLAIN_NUMBER.fullmatch(cell) is None else cell


def _columns(row_type: type[BaseModel], before: tuple[str, ...], contents: list[Any]) -> Iterator[TableColumn]:
    for name, field in row_type.model_fields.items():
        column = (*before, name)
        inner = _only_type(field.annotation)
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _columns(inner, column, contents)
        elif get_origin(inner) is dict:
            found = (_found(content, column) for content in contents)
            holds = _only_type(get_args(inner)[1])
            for key in sorted({key for keyed in found if isinstance(keyed, dict) for key in keyed}):
                yield TableColumn((*column, key), None if holds is Any else holds, field.description)
        else:
            yield TableColumn(column, inner, field.description)


def _only_type(annotation: Any) -> Any:
    """The type beside None, where there is one, without what is said of it."""
    given = [argument for argument in get_args(annotation) if argument is not type(None)]
    if get_origin(annotation) is Annotated or (len(given) == 1 and type(None) in get_args(annotation)):
        return _only_type(given[0])
    return annotation


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
    return max((quality for name, quality in preferences(request, "accept") if name == media_type), default=0.0)
