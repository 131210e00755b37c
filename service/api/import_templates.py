"""Templates: what an actor has still to report, as a CSV to fill in and send as an import."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import Query
from starlette.responses import JSONResponse, Response

from service.api.figure_answers import answers_of
from service.api.figures import From, To, refuse_long, window_asked
from service.api.identity import CONTRIBUTE
from service.api.naming import actor_in_query, indicators_in_query
from service.api.routing import Resource
from service.api.tables import MEDIA_TYPE, neutral
from service.api.transaction import Asking, AskingContext
from service.errors import Forbidden
from service.indicators.completeness import due_day, dues
from service.indicators.evidence import Evidence, reference_version
from service.indicators.register import KnownActor, KnownIndicator
from service.models.period import Period, Window
from service.uploads.template import Owed, template_csv, template_package

router = Resource("imports")


@router.get("/imports/template", access=CONTRIBUTE, media_types=("text/csv", "application/json"))
def get_import_template(
    asking: Asking,
    indicator: Annotated[str | None, Query(description="Codes, separated by commas. Without it: every indicator.")] = None,
    actor: Annotated[
        str | None, Query(max_length=63, description="Whose. Without it: the token's own actor, for the support everybody.")
    ] = None,
    begin: From = None,
    to: To = None,
    file_format: Annotated[
        Literal["csv", "datapackage"],
        Query(alias="format", description="`datapackage`: what the columns hold and the codes allowed (`datapackage.json`)."),
    ] = "csv",
) -> Response:
    """A CSV to fill in: the header, and a row for each figure of a period that is over and not reported.

    Periods are looked for between `from` and `to`, which without them are last calendar year and this one. The column `due`
    marks the rows of the template: those of them whose value is still empty are passed over when the file comes back.
    """
    whose = _whose(asking, actor)
    indicators = indicators_in_query(asking.register, indicator, pointer="indicator")
    this_year = Period.containing("A", asking.moment.day)
    window = window_asked(begin or (str(this_year.next(-1)) if to is None else None), to, asking.moment.day)
    evidence = answers_of(asking).evidence([known.code for known in indicators])
    owed = [_owed(known, evidence[known.code], window, whose) for known in indicators]
    name = f"{asking.register.code}-template"
    if file_format == "datapackage":
        return JSONResponse(template_package(owed, asking.register.code, f"{name}.csv"))
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


def _owed(known: KnownIndicator, evidence: Evidence, window: Window, whose: KnownActor | None) -> Owed:
    version = reference_version(evidence.versions, evidence.day)
    refuse_long(window, version.definition)
    # Asked as if the charter gave no days to report in: what is over can be reported, and is waited for.
    at_once = replace(evidence, charter=evidence.charter.model_copy(update={"due_days": 0}))
    actors = None if whose is None else frozenset({whose.code})
    due = [
        replace(one, due_day=due_day(one.period, evidence.charter.due_days))
        for one in dues(at_once, version, window, actors)
        if one.first_reported_at is None
    ]
    return Owed(known, version, tuple(due))
