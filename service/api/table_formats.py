"""The formats in which a list can be read besides JSON: CSV, what a Data Package says of that CSV, a workbook."""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request

from service.api.problems import reader_language
from service.api.tables import MEDIA_TYPE as CSV_TYPE
from service.api.tables import Table, as_csv, prefers, table_of
from service.api.transaction import AskingContext
from service.errors import refused
from service.exchange import datapackage
from service.models.indicator import TOTAL
from service.models.vocabulary import ObservationStatus, Scope, Visibility
from service.uploads.workbook import (
    GENERAL,
    NOTE,
    TEXT,
    WORKBOOK_TYPE,
    Column,
    Number,
    Sheet,
    Written,
    number_or_text,
    write_workbook,
)

PACKAGE_TYPE = datapackage.MEDIA_TYPE
_LONGEST_NAME = 31
"""Characters that Excel takes as the name of a sheet."""
_NOTES = {
    "en": (
        "Numbers are numbers as long as a spreadsheet keeps all of their digits. One of more than 15 digits is a text here, or "
        "it would be rounded: sums of a column pass it over.",
        "An empty cell is a value that is absent; zero is 0. Periods, days and instants are texts, and lists are JSON.",
        "Nothing here is a formula. The same question without `format` is answered as JSON, with `format=csv` as CSV.",
    ),
    "fr": (
        "Les nombres sont des nombres tant qu’un tableur en garde tous les chiffres. Un nombre de plus de 15 chiffres est ici "
        "un texte, sans quoi il serait arrondi : la somme d’une colonne ne le compte pas.",
        "Une cellule vide est une valeur absente ; zéro est 0. Les périodes, les jours et les instants sont des textes, les "
        "listes sont du JSON.",
        "Rien ici n’est une formule. La même question sans `format` est répondue en JSON, avec `format=csv` en CSV.",
    ),
}


@dataclass(frozen=True, slots=True)
class Tabular:
    """How an answer is read as a table: the type of a row, and the rows of an answer. `workbook`: also as a workbook."""

    row_type: type[BaseModel]
    rows: Callable[[Any], Sequence[BaseModel]]
    workbook: bool = False

    @property
    def media_types(self) -> tuple[str, ...]:
        """What it can be besides JSON."""
        return ("text/csv", PACKAGE_TYPE, *((WORKBOOK_TYPE,) if self.workbook else ()))


def format_wanted(request: Request, tabular: Tabular) -> str:
    """What is asked for, `json`, `csv`, `datapackage` or `xlsx`: by `format`, else by an `Accept` that prefers it to JSON.

    Raises Refused (`unknown_format`) for another format.
    """
    offered = {"csv": "text/csv", "datapackage": PACKAGE_TYPE} | ({"xlsx": WORKBOOK_TYPE} if tabular.workbook else {})
    asked = request.query_params.get("format")
    if asked is None:
        return next((name for name, media_type in offered.items() if prefers(request, media_type, "application/json")), "json")
    if asked != "json" and asked not in offered:
        known = ", ".join(f"`{name}`" for name in ("json", *offered))
        raise refused("unknown_format", f"`format` is one of {known}.", pointer="format", known=known)
    return asked


def write_table(
    request: Request, tabular: Tabular, answer: Any, wanted: str, context: AskingContext | None
) -> tuple[bytes, str, dict[str, str]]:
    """The answer in the format wanted, its media type, and what else the response says of it."""
    made = table_of(tabular.row_type, tabular.rows(answer))
    name = request.scope["route"].path.rpartition("/")[2]
    package = f"{request.path_params.get('community', 'jalon')}-{name}"
    if wanted == "xlsx":
        said = {"Content-Disposition": f'attachment; filename="{package}.xlsx"', "Content-Language": reader_language(request)}
        return _workbook(made, name, reader_language(request)), WORKBOOK_TYPE, said
    if wanted == "csv":
        return as_csv(made), CSV_TYPE, {}
    codes = {} if context is None else _codes(context)
    fields = [
        datapackage.Field(column.name, column.holds, column.description, _allowed(made, place, codes.get(column.name)))
        for place, column in enumerate(made.columns)
    ]
    described = datapackage.datapackage(package, name, fields, as_csv(made))
    return json.dumps(described, indent=2, ensure_ascii=False).encode(), PACKAGE_TYPE, {}


def described_by(request: Request) -> str:
    """The `Link` header from a CSV to what says what it holds."""
    address = request.url.include_query_params(format="datapackage")
    return f'<{address.path}?{address.query}>; rel="describedby"; type="{PACKAGE_TYPE}"'


def _codes(context: AskingContext) -> Mapping[str, list[str]]:
    """By the head of a column, the codes that it may hold; nothing for who may not read the definitions."""
    register = context.register
    if Scope.READ not in context.caller.scopes and register.settings.visibility is not Visibility.PUBLIC:
        return {}
    codes: dict[str, list[str]] = {
        "indicator": sorted(register.indicators),
        "actor": sorted(register.actors),
        "observation_status": [status.value for status in ObservationStatus],
    }
    for known in register.indicators.values():
        for version in known.versions:
            for dimension in version.definition.dimensions:
                listed = codes.setdefault(f"dimensions.{dimension.code}", [TOTAL])
                listed += [code for code in dimension.codes if code not in listed]
    return codes


def _allowed(made: Table, place: int, codes: Sequence[str] | None) -> list[str] | None:
    """The codes of a column, and those that stand in it though no definition has them yet: trials of a proposed one."""
    if codes is None:
        return None
    return [*codes, *sorted({row[place] for row in made.rows} - {*codes, ""})]


def _workbook(made: Table, name: str, language: str) -> bytes:
    is_number = [column.holds in (Decimal, int) for column in made.columns]
    heads: list[Written] = [column.name for column in made.columns]
    rows = [
        [_number(cell) if number and cell else cell for cell, number in zip(row, is_number, strict=True)] for row in made.rows
    ]
    columns = [Column(16, GENERAL if number else TEXT) for number in is_number]
    notes: list[list[Written]] = [[note] for note in _NOTES[language]]
    written = io.BytesIO()
    table = Sheet(name[:_LONGEST_NAME], enumerate([heads, *rows], start=1), columns)
    write_workbook(written, [table, Sheet("Notes", enumerate(notes, start=1), [Column(100, NOTE)], head=0)])
    return written.getvalue()


def _number(cell: str) -> Number | str:
    return number_or_text(cell)
