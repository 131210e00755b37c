"""`datapackage.json`: what the columns of a CSV hold, as Data Packages say it (datapackage.org, Table Schema).

Numbers are exact decimals of any length, which Table Schema's `number` allows; a reader that makes binary floats of them loses
digits past the fifteenth. Nothing else is lost: a cell that is empty is a value that is absent, and zero is `0`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, get_origin

from service.models.period import PATTERN, Period

MEDIA_TYPE = "application/vnd.datapackage+json"
_TYPES = ((bool, "boolean"), (int, "integer"), (Decimal, "number"), (datetime, "datetime"), (date, "date"), (str, "string"))


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its head, the type of what stands in it (None: anything), what it means, and (None: any) the codes allowed."""

    name: str
    holds: Any
    description: str | None = None
    codes: Sequence[str] | None = None


def datapackage(name: str, table: str, fields: Sequence[Field], csv: bytes) -> dict[str, Any]:
    """The descriptor of the package `name` whose one table is `csv`, kept beside it as `<table>.csv`."""
    resource = {
        "name": table,
        "path": f"{table}.csv",
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(csv),
        "hash": f"sha256:{sha256(csv).hexdigest()}",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "header": True},
        "schema": {"fields": [_described(field) for field in fields], "missingValues": [""]},
    }
    return {"profile": "tabular-data-package", "name": name, "resources": [resource]}


def kind_of(holds: Any) -> str:
    """Table Schema's name for a type; `any` for what is none of its own."""
    if get_origin(holds) in (list, tuple):
        return "array"
    if not isinstance(holds, type):
        return "any"
    if holds is Period:
        return "string"
    return next((kind for known, kind in _TYPES if issubclass(holds, known)), "any")


def _described(field: Field) -> dict[str, Any]:
    described: dict[str, Any] = {"name": field.name, "type": kind_of(field.holds)}
    if field.description:
        described["description"] = field.description
    constraints: Mapping[str, Any] = {}
    if field.holds is Period:
        constraints = {"pattern": PATTERN}
    elif field.codes is not None:
        constraints = {"enum": list(field.codes)}
    return {**described, "constraints": constraints} if constraints else described
