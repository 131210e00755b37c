"""A CSV to fill in: what an actor is due to report, one row a figure, with a column for every dimension.

The column `due` marks the rows that the template brought. What stays empty in them is passed over when the file comes back;
a row without it, or a file without that column, has no business being empty, and its empty row is an error.
"""

import csv
import io
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from math import prod
from typing import Any

from service.indicators.carried import MEASURES_OF
from service.indicators.completeness import Due
from service.indicators.register import KnownIndicator, Version
from service.models.measure import PATTERN as MEASURE_PATTERN
from service.models.period import PATTERN as PERIOD_PATTERN
from service.models.text import CODE_PATTERN
from service.uploads.heading import DUE

MOST_CELLS = 500
"""Combinations of codes that are written out for one indicator and period; where there are more, only the total is."""


@dataclass(frozen=True, slots=True)
class Owed:
    """What is due of one indicator: pairs of actor and period, and the version whose terms they are reported in."""

    indicator: KnownIndicator
    version: Version
    dues: tuple[Due, ...]


def template_columns(owed: Iterable[Owed]) -> list[str]:
    """The heads: codes first, then a column per dimension, then the measures that any of the indicators carries."""
    dimensions: dict[str, None] = {}
    measures: dict[str, None] = {}
    for one in owed:
        dimensions |= dict.fromkeys(dimension.code for dimension in one.version.definition.dimensions)
        measures |= dict.fromkeys(MEASURES_OF[one.version.definition.measure])
    ordered = [name for name in ("value", "numerator", "denominator", "weight") if name in measures]
    remarks = ("observation_status", "comment", "evidence")
    return ["indicator", "actor", "period", *dimensions, *(ordered or ["value"]), *remarks, DUE]


def template_csv(owed: list[Owed], neutral: Callable[[str], str]) -> bytes:
    """The template in UTF-8 with a byte order mark, without which spreadsheets read accents wrongly."""
    columns = template_columns(owed)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    for row in _rows(owed):
        writer.writerow([neutral(row.get(column, "")) for column in columns])
    return text.getvalue().encode("utf-8-sig")


def _rows(owed: Iterable[Owed]) -> Iterator[dict[str, str]]:
    for one in owed:
        cells = _cells(one.version)
        for due in one.dues:
            named = {"indicator": one.indicator.code, "actor": due.actor, "period": str(due.period)}
            named[DUE] = due.due_day.isoformat()
            for cell in cells:
                yield cell | named


def _cells(version: Version) -> list[dict[str, str]]:
    """The total, and every combination of codes where there are not too many: whoever has the details gives them."""
    dimensions = version.definition.dimensions
    if not dimensions or prod(len(dimension.codes) for dimension in dimensions) > MOST_CELLS:
        return [{}]
    combinations = itertools.product(*(dimension.codes for dimension in dimensions))
    names = [dimension.code for dimension in dimensions]
    return [{}, *(dict(zip(names, codes, strict=True)) for codes in combinations)]


def template_package(owed: list[Owed], community: str, path: str) -> dict[str, Any]:
    """The same as a Data Package (`datapackage.json`): what each column holds, and the codes allowed in it."""
    codes: dict[str, dict[str, None]] = {}
    for one in owed:
        for dimension in one.version.definition.dimensions:
            codes.setdefault(dimension.code, {}).update(dict.fromkeys(("_T", *dimension.codes)))
    indicators = [one.indicator.code for one in owed]
    fields = [_field(column, indicators, codes) for column in template_columns(owed)]
    return {
        "name": f"{community}-template",
        "resources": [
            {
                "name": "contributions",
                "path": path,
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "profile": "tabular-data-resource",
                "schema": {"fields": fields, "missingValues": [""]},
            }
        ],
    }


def _field(column: str, indicators: list[str], codes: dict[str, dict[str, None]]) -> dict[str, Any]:
    if column == "indicator":
        return {"name": column, "type": "string", "constraints": {"required": True, "enum": indicators}}
    if column == "actor":
        return {"name": column, "type": "string", "constraints": {"pattern": CODE_PATTERN}}
    if column == "period":
        return {"name": column, "type": "string", "constraints": {"required": True, "pattern": PERIOD_PATTERN}}
    if column in codes:
        return {"name": column, "type": "string", "constraints": {"enum": list(codes[column])}}
    if column in ("value", "numerator", "denominator", "weight"):
        return {"name": column, "type": "string", "constraints": {"pattern": MEASURE_PATTERN}}
    if column == DUE:
        return {"name": column, "type": "date"}
    return {"name": column, "type": "string"}
