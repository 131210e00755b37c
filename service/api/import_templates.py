"""Templates: what an actor is due to report, as a CSV or a workbook to fill in and send as an import."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from operator import itemgetter
from typing import Annotated, Any, Literal

from fastapi import Query
from starlette.responses import JSONResponse, Response

from service.api.figure_answers import answers_of
from service.api.figures import From, To, refuse_long, window_asked
from service.api.identity import CONTRIBUTE
from service.api.naming import actor_in_query, indicators_in_query
from service.api.routing import Resource
from service.api.tables import MEDIA_TYPE, neutral, prefers
from service.api.transaction import Asking, AskingContext
from service.errors import Forbidden
from service.indicators.carried import MEASURES
from service.indicators.completeness import Due, due_day, dues
from service.indicators.evidence import Evidence, reference_version, version_in_force
from service.indicators.register import KnownActor, KnownIndicator, Version
from service.models.indicator import Cell
from service.models.period import Period, Window
from service.models.vocabulary import EntryKind
from service.records.cells import read_cells
from service.records.entries import Key, LedgerRow
from service.records.standing import SAID, WITHDRAWN, Said, said_within
from service.uploads.template import Owed, template_csv, template_package
from service.uploads.template_workbook import template_workbook
from service.uploads.workbook import WORKBOOK_TYPE

router = Resource("imports")


@router.get("/imports/template", access=CONTRIBUTE, media_types=("text/csv", WORKBOOK_TYPE, "application/json"))
def get_import_template(
    asking: Asking,
    indicator: Annotated[str | None, Query(description="Codes, separated by commas. Without it: every indicator.")] = None,
    actor: Annotated[
        str | None, Query(max_length=63, description="Whose. Without it: the token's own actor, for the support everybody.")
    ] = None,
    begin: From = None,
    to: To = None,
    file_format: Annotated[
        Literal["csv", "xlsx", "datapackage"] | None,
        Query(
            alias="format",
            description="`xlsx`: a workbook with drop-downs, like `Accept` with its media type. `datapackage`: what the "
            "columns hold and the codes allowed (`datapackage.json`). `csv`: the default.",
        ),
    ] = None,
) -> Response:
    """A table to fill in: the header, and a row for each figure of a period that is over, with what was reported of it.

    Periods are looked for between `from` and `to`, which without them are last calendar year and this one; closed ones are
    left out. The column `due` marks the rows of the template: those of them whose value is still empty are passed over when
    the file comes back, and those that were not touched are `unchanged`. What was reported in the terms of an earlier version
    is not filled in. The workbook speaks the reader's language; in CSV the heads are always the same.
    """
    whose = _whose(asking, actor)
    indicators = indicators_in_query(asking.register, indicator, pointer="indicator")
    this_year = Period.containing("A", asking.moment.day)
    window = window_asked(begin or (str(this_year.next(-1)) if to is None else None), to, asking.moment.day)
    evidence = answers_of(asking).evidence([known.code for known in indicators])
    owed = [_owed(asking, known, evidence[known.code], window, whose) for known in indicators]
    name = f"{asking.register.code}-template"
    if file_format == "datapackage":
        return JSONResponse(template_package(owed, asking.register.code, f"{name}.csv"))
    if file_format == "xlsx" or (file_format is None and prefers(asking.request, WORKBOOK_TYPE, "text/csv")):
        headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"', "Content-Language": asking.language}
        return Response(template_workbook(owed, asking.language), headers=headers, media_type=WORKBOOK_TYPE)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(template_csv(owed, neutral), headers=headers, media_type=MEDIA_TYPE)


def _whose(asking: AskingContext, code: str | None) -> KnownActor | None:
    """The actor whose dues are wanted; None for everybody's."""
    caller = asking.caller
    if code is None:
        return None if caller.is_support else caller.known_actor
    known = actor_in_query(asking.register, code)
    if not caller.is_support and known.number != caller.known_actor.number:
        sentence = f"`{code}` is another actor: only it and the support report for it"
        raise Forbidden("not_your_actor", sentence, actor=code)
    return known


def _owed(asking: AskingContext, known: KnownIndicator, evidence: Evidence, window: Window, whose: KnownActor | None) -> Owed:
    version = reference_version(evidence.versions, evidence.day)
    refuse_long(window, version.definition)
    if known.retired:
        return Owed(known, version, ())
    # Asked as if the charter gave no days to report in: what is over can be reported, and is waited for.
    at_once = replace(evidence, charter=evidence.charter.model_copy(update={"due_days": 0}))
    actors = None if whose is None else frozenset({whose.code})
    found = tuple(
        replace(one, due_day=due_day(one.period, evidence.charter.due_days))
        for one in dues(at_once, version, window, actors)
        if not asking.register.is_closed(one.period)
    )
    in_force = {period: version_in_force(evidence.versions, period.first_day) for period in {one.period for one in found}}
    terms = {period: one for period, one in in_force.items() if one is not None and one.number != version.number}
    return Owed(known, version, found, terms, _said(asking, known, found, terms, version.number))


def _said(
    asking: AskingContext, known: KnownIndicator, found: tuple[Due, ...], terms: Mapping[Period, Version], version: int
) -> dict[tuple[str, Period], dict[Cell, LedgerRow]]:
    """What was reported of each pair, where it was in the terms that it would be reported in today."""
    community_id, register = asking.register.community_id, asking.register
    rows = list[tuple[tuple[str, Period], LedgerRow]]()
    for period in sorted({one.period for one in found if one.first_reported_at is not None}, key=lambda one: one.number):
        numbers = {register.actors[one.actor].number: one.actor for one in found if one.period == period}
        stands = said_within(asking.connection, community_id, known.number, period.number, list(numbers), asking.moment.number)
        wanted = terms[period].number if period in terms else version
        for key, last in sorted(stands.items(), key=itemgetter(0)):
            if key.actor in numbers and last != WITHDRAWN and (row := _as_row(key, last)).version == wanted:
                rows.append(((numbers[key.actor], period), row))
    cells = read_cells(asking.connection, community_id, {row.cell for _, row in rows})
    said: dict[tuple[str, Period], dict[Cell, LedgerRow]] = {}
    for pair, row in rows:
        said.setdefault(pair, {})[cells[row.cell]] = row
    return said


def _as_row(key: Key, last: Said) -> LedgerRow:
    """What was said last of a key, as a row of the ledger."""
    said: dict[str, Any] = dict(zip(SAID, last, strict=True))
    said |= {name: Decimal(said[name]) for name in MEASURES if said[name] is not None}
    return LedgerRow(*key, batch=0, kind=EntryKind.REPORT, **said)
