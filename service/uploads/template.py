"""A table to fill in: what an actor is due to report, one row a figure, with a column for every dimension; what it has
reported stands there already. Sent back as it is, it changes nothing.

The column `due` marks the rows that the template brought. What stays empty in them is passed over when the file comes back;
a row without it, or a file without that column, has no business being empty, and its empty row is an error.
"""

import csv
import io
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

from service.indicators.carried import MEASURES, MEASURES_OF
from service.indicators.completeness import Due
from service.indicators.register import KnownIndicator, Version
from service.models.indicator import TOTAL, Cell
from service.models.measure import PATTERN as MEASURE_PATTERN
from service.models.measure import measure_text
from service.models.period import PATTERN as PERIOD_PATTERN
from service.models.period import Period
from service.models.text import CODE_PATTERN
from service.records.entries import LedgerRow
from service.uploads.heading import DUE
from service.uploads.numbers import MAY_BE_EITHER

MOST_CELLS = 500
"""Combinations of codes that are written out for one indicator and period; where there are more, only the total is."""


@dataclass(frozen=True, slots=True)
class Owed:
    """What is due of one indicator: pairs of actor and period. `version` says what the table has columns for.

    `terms` has the version in force for a period where that is another; `said` what was reported of a pair in these terms.
    """

    indicator: KnownIndicator
    version: Version
    dues: tuple[Due, ...]
    terms: Mapping[Period, Version] = field(default_factory=dict)
    said: Mapping[tuple[str, Period], Mapping[Cell, LedgerRow]] = field(default_factory=dict)


def template_columns(owed: Iterable[Owed]) -> list[str]:
    """The heads: codes first, then a column per dimension, then the measures that any of the indicators carries."""
    dimensions: dict[str, None] = {}
    measures: dict[str, None] = {}
    for one in owed:
        for version in (one.version, *one.terms.values()):
            dimensions |= dict.fromkeys(dimension.code for dimension in version.definition.dimensions)
            measures |= dict.fromkeys(MEASURES_OF[version.definition.measure])
    ordered = [name for name in ("value", "numerator", "denominator", "weight") if name in measures]
    remarks = ("observation_status", "comment", "evidence")
    return ["indicator", "actor", "period", *dimensions, *(ordered or ["value"]), *remarks, DUE]


def template_csv(owed: list[Owed], neutral: Callable[[str], str]) -> bytes:
    """The template in UTF-8 with a byte order mark, without which spreadsheets read accents wrongly."""
    columns = template_columns(owed)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    for row in template_rows(owed):
        writer.writerow([neutral(_plainly(column, row.get(column, ""))) for column in columns])
    return text.getvalue().encode("utf-8-sig")


def _plainly(column: str, text: str) -> str:
    """A number that could be read two ways, 1.234, with one more zero: it would have to be asked about when it comes back."""
    return f"{text}0" if column in MEASURES and MAY_BE_EITHER.fullmatch(text) else text


def template_rows(owed: Iterable[Owed]) -> Iterator[dict[str, str]]:
    """The rows by column, without the columns that are empty in them. Numbers are canonical texts."""
    for one in owed:
        cells_of = {version.number: expected_cells(version) for version in (one.version, *one.terms.values())}
        for due in one.dues:
            named = {"indicator": one.indicator.code, "actor": due.actor, "period": str(due.period)}
            named[DUE] = due.due_day.isoformat()
            said = one.said.get((due.actor, due.period), {})
            expected = cells_of[one.terms.get(due.period, one.version).number]
            for cell in (*expected, *(cell for cell in said if cell not in set(expected))):
                yield dict(cell) | (_said(said[cell]) if cell in said else {}) | named


def _said(row: LedgerRow) -> dict[str, str]:
    numbers = {name: getattr(row, name) for name in MEASURES}
    texts = {name: getattr(row, name) for name in ("observation_status", "comment", "evidence")}
    return {name: measure_text(number) for name, number in numbers.items() if number is not None} | {
        name: text for name, text in texts.items() if text is not None
    }


def expected_cells(version: Version) -> list[Cell]:
    """The total, and every combination of codes where there are not too many: whoever has the details gives them."""
    dimensions = version.definition.dimensions
    if not dimensions or prod(len(dimension.codes) for dimension in dimensions) > MOST_CELLS:
        return [()]
    combinations = itertools.product(*(dimension.codes for dimension in dimensions))
    names = [dimension.code for dimension in dimensions]
    return [(), *(tuple(sorted(zip(names, codes, strict=True))) for codes in combinations)]


def code_lists(owed: Iterable[Owed]) -> dict[str, dict[str, Mapping[str, str]]]:
    """By dimension, every code that a row may have, the total's first, with what each is called by language, if anything."""
    codes: dict[str, dict[str, Mapping[str, str]]] = {}
    for one in owed:
        for version in (one.version, *one.terms.values()):
            for dimension in version.definition.dimensions:
                labels = dimension.labels or {}
                of_dimension = codes.setdefault(dimension.code, {TOTAL: {}})
                for code in dimension.codes:
                    of_dimension[code] = labels.get(code) or of_dimension.get(code, {})
    return codes


def template_package(owed: list[Owed], community: str, path: str) -> dict[str, Any]:
    """The same as a Data Package (`datapackage.json`): what each column holds, and the codes allowed in it."""
    codes = {dimension: list(labels) for dimension, labels in code_lists(owed).items()}
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


def _field(column: str, indicators: list[str], codes: dict[str, list[str]]) -> dict[str, Any]:
    if column == "indicator":
        return {"name": column, "type": "string", "constraints": {"required": True, "enum": indicators}}
    if column == "actor":
        return {"name": column, "type": "string", "constraints": {"pattern": CODE_PATTERN}}
    if column == "period":
        return {"name": column, "type": "string", "constraints": {"required": True, "pattern": PERIOD_PATTERN}}
    if column in codes:
        return {"name": column, "type": "string", "constraints": {"enum": codes[column]}}
    if column in ("value", "numerator", "denominator", "weight"):
        return {"name": column, "type": "string", "constraints": {"pattern": MEASURE_PATTERN}}
    if column == DUE:
        return {"name": column, "type": "date"}
    return {"name": column, "type": "string"}
