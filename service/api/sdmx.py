"""SDMX: the ledger as observations, and the structure that they are in."""

import io
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from service.api.contribution_answers import status_of
from service.api.file_answer import FileAnswer
from service.api.identity import READ, READ_WITHIN
from service.api.naming import indicators_in_query, period_asked, period_in
from service.api.routing import Resource
from service.api.sight import contributors_seen
from service.api.tables import neutral
from service.api.transaction import Asking, AskingContext, service_of
from service.errors import refused
from service.exchange.sdmx_data import DATA_TYPE, Observation, SdmxData, Wanted, observations
from service.exchange.sdmx_structure import STRUCTURE_TYPE, structure_message
from service.indicators.register import KnownIndicator
from service.indicators.sdmx import indicators_in_order
from service.models.indicator import Cell
from service.models.instant import Instant
from service.models.period import Period
from service.records.cells import read_cells
from service.records.moment import moment_of
from service.records.walking import walk

router = Resource("sdmx")
_AT_ONCE = 1_000


@router.get("/sdmx/data", access=READ_WITHIN, media_types=(DATA_TYPE,))
def get_sdmx_data(
    asking: Asking,
    indicators: Annotated[
        str | None, Query(max_length=20_000, description="Indicators, separated by commas. Without it: all, retired ones too.")
    ] = None,
    start: Annotated[
        str | None, period_asked("Only periods that begin on this one's first day or later.", alias="startPeriod")
    ] = None,
    end: Annotated[str | None, period_asked("Only periods that end by this one's last day.", alias="endPeriod")] = None,
    updated_after: Annotated[
        Instant | None,
        Query(alias="updatedAfter", description="Only what changed after this instant, withdrawals (`ACTION` `D`) among it."),
    ] = None,
    history: Annotated[
        bool,
        Query(
            alias="includeHistory",
            description="Every revision and withdrawal too, each from `VALID_FROM` to, exclusively, `VALID_TO`.",
        ),
    ] = False,
    at: Annotated[Instant | None, Query(alias="asOf", description="As `as_of`, by the name that SDMX gives it.")] = None,
) -> Response:
    """What stands of every contribution, one line each, as SDMX-CSV 2.0; parameters are named as in SDMX REST 2.1.

    `OBS_VALUE`, `NUMERATOR`, `DENOMINATOR` and `WEIGHT` have the digits that were reported; a ratio's `OBS_VALUE` is what its
    components make, to 12 decimals. `_T` is the total, `_Z` a dimension that the indicator does not have. `SERIES_BREAK` is `B`
    where an actor's series goes on under a definition that no bridge leads to. `ACTION` is `I`; with `updatedAfter` or
    `includeHistory` it is `A`, and `D` for a withdrawal. Sent to `…/imports`, what stands goes in again as `unchanged`.

    Whose contributions are told is as for `…/contributions`. Not told: who sent a contribution for an actor, and who validated
    or contested it.
    """
    asking = _as_of(asking, at)
    chosen = indicators_in_order(asking.register) if indicators is None else indicators_in_query(asking.register, indicators)
    begin, until = (None if one is None else period_in(one, name) for one, name in ((start, "startPeriod"), (end, "endPeriod")))
    wanted = Wanted(updated_after, history)
    with ExitStack() as unless_whole:
        file = unless_whole.enter_context(tempfile.TemporaryFile())
        text = io.TextIOWrapper(file, "utf-8", newline="")
        data = SdmxData(text, asking.register, neutral)
        actors = asking.register.actor_codes
        for known in chosen:
            for one, cell in _told(asking, known, wanted):
                period = Period.from_number(one.row.period)
                is_early = begin is not None and period.first_day < begin.first_day
                if not is_early and (until is None or period.last_day <= until.last_day):
                    data.add(known, one, actors[one.row.actor], cell)
        text.flush()
        text.detach()
        unless_whole.pop_all()
    headers = {"Content-Disposition": f'attachment; filename="{asking.register.code}-sdmx.csv"'}
    return FileAnswer(file, headers, f"{DATA_TYPE};version=2.0.0; charset=utf-8")


@router.get("/sdmx/structure", access=READ, media_types=(STRUCTURE_TYPE,))
def get_sdmx_structure(asking: Asking) -> Response:
    """The community's dataflow, its data structure, concepts and code lists, as SDMX-ML 2.1.

    One structure for all indicators: each keeps its own dimensions, and is `_Z` in the others'. A `+` in a code is written
    `$2B`, a `.` `$2E`, since SDMX has neither. Not told: bridges, targets, who is expected to report, and from when a version
    holds; `…/indicators` and `…/targets` have them.
    """
    content = structure_message(asking.register, asking.moment.instant)
    return Response(content, media_type=f"{STRUCTURE_TYPE};version=2.1")


def _as_of(asking: AskingContext, at: Instant | None) -> AskingContext:
    """The same question as of the instant that `asOf` names. Raises Refused where `as_of` names one as well."""
    if at is None:
        return asking
    if "as_of" in asking.request.query_params:
        raise refused("two_instants", "Ask with `asOf` or with `as_of`, not with both.", pointer="asOf")
    registers, community_id = service_of(asking.request).registers, asking.register.community_id
    moment = moment_of(asking.connection, community_id, at, asking.now, registers)
    return replace(asking, moment=moment, register=registers.read(asking.connection, community_id, moment))


def _told(asking: AskingContext, known: KnownIndicator, wanted: Wanted) -> Iterator[tuple[Observation, Cell]]:
    """One indicator's observations that the caller may see, with their cells."""
    connection, community_id = asking.connection, asking.register.community_id
    actors = contributors_seen(asking)
    if actors is not None and not actors:
        return
    validation = asking.register.settings.charter.validation
    said = walk(connection, community_id, known.number, asking.moment.number, actors)
    told = observations(known, said, wanted, lambda state: status_of(state, validation))
    while some := list(islice(told, _AT_ONCE)):
        cells = read_cells(connection, community_id, {one.row.cell for one in some})
        for one in some:
            yield one, cells[one.row.cell]
