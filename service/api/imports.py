"""Imports: files sent in, what became of them, their reports, and templates to fill in."""

import asyncio
import json
import re
from contextlib import ExitStack, suppress
from typing import Annotated, Any, Literal

from fastapi import Header, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from service.api.arrivals import SDMX_TYPE, Arrived, receive_file
from service.api.contract import REFERENCE
from service.api.identity import CONTRIBUTE
from service.api.import_answers import FINISHED, ImportAnswer, ImportList, import_answer, undo_options
from service.api.import_sight import existing_upload, visible_upload
from service.api.mappings import mapping_sent
from service.api.paging import Paged, page_after
from service.api.performing import act_on_arrival
from service.api.routing import Resource
from service.api.transaction import (
    Acting,
    ActingContext,
    Arriving,
    ArrivingContext,
    Asking,
    AskingContext,
    as_of_now,
    service_of,
)
from service.database import use_community
from service.indicators.register import Register
from service.models.upload import Upload
from service.records.cells import read_cells
from service.records.jobs import queue_job
from service.records.moment import moment_of
from service.records.uploads import change_upload, create_upload, get_upload, list_uploads
from service.uploads.archive import is_workbook
from service.uploads.decoding import Encoding
from service.uploads.mapped import heading_for
from service.uploads.numbers import DecimalSign
from service.uploads.queue import KIND
from service.uploads.sdmx_csv import sdmx_sent
from service.uploads.spreadsheet import sheet_as_csv
from service.uploads.storing import FORMAT, SHEET, Packed, opened_table
from service.uploads.undoing import take_back
from service.uploads.workbook import WORKBOOK_TYPE

router = Resource("imports")

LONGEST_WAIT = 60
_FIRST_GLANCE, _LAST_GLANCE = 0.01, 0.16
_FILE_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {
                "schema": {"type": "string", "format": "binary"},
                "example": "indicator,period,value\njobs,2025-Q1,12\n",
            },
            SDMX_TYPE: {"schema": {"type": "string", "format": "binary"}},
            WORKBOOK_TYPE: {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {"schema": {"$ref": REFERENCE.format(model="ImportForm")}},
        },
    }
}


@router.post("/imports", access=CONTRIBUTE, status_code=202, or_status=200, answer=ImportAnswer, extras=_FILE_BODY)
async def create_import(
    arriving: Arriving,
    mode: Annotated[
        Literal["commit", "check"], Query(description="`check`: the same verdict, and nothing is recorded.")
    ] = "commit",
    on_error: Annotated[
        Literal["reject_all", "skip_rows"], Query(description="`skip_rows`: record the rows without faults all the same.")
    ] = "reject_all",
    decimal: Annotated[
        DecimalSign,
        Query(description="The decimal sign. `auto`: what the file shows, and where it shows none, the import asks."),
    ] = "auto",
    encoding: Annotated[Encoding, Query(description="`auto`: found by decoding.")] = "auto",
    mapping: Annotated[
        str | None,
        Query(
            description="How the file reads: a mapping of the sender's, by its name. `ACTOR/NAME`, from the support: an "
            "actor's; rows that name no actor are then that actor's. What is asked for beside it wins over what it says."
        ),
    ] = None,
    prefer: Annotated[
        str | None, Header(description="`wait=10`: answer 200 once it is done, or 202 after so many seconds.")
    ] = None,
) -> Response:
    """Sends a file in: a raw CSV or workbook (`.xlsx`), or a form with one `file`; `Content-Encoding: gzip` is understood.

    202 with `Location`. What cannot be a table at all is refused at once; what is wrong inside makes the import `rejected`.
    UTF-8, UTF-16 with a mark, or Windows-1252; comma, semicolon or tab; heads in English or French. Blank rows and columns
    and outer spaces are passed over, no-break spaces may group digits, an empty code is the total. Anything else is refused
    with its row, column, code, what was found and what would do: `#N/A`, `-`, `n.d.`, percent signs, dates for periods,
    rows of totals, rows of another length. `1.234` is a question unless the file shows its decimal sign, or `decimal` says it.
    Two rows with one key are folded where they say the same, and both refused where they do not.

    SDMX-CSV 2.0 is known by its first heads, `STRUCTURE` and `STRUCTURE_ID`: what `…/sdmx/data` gives goes in again. `ACTION`
    is `I`, `A`, `R` or `M`; `D` is refused with its row. Of ratios `OBS_VALUE` is not read, their components are.

    Whether a file is a workbook shows in its content. Of a workbook the first visible sheet is read, hidden rows included:
    values only. A formula, an error, TRUE or FALSE, a percentage, merged cells, and a date anywhere but in `comment`,
    `evidence` and `due` are refused by cell. A number cell is read as it is, whatever its format shows of it or `decimal` says.
    """
    request = arriving.request
    arrived = await receive_file(request, service_of(request).settings.upload_limit)
    options: dict[str, Any] = {"mode": mode, "on_error": on_error, "decimal": decimal, "encoding": encoding}
    packed = await run_in_threadpool(_inspect, arriving, arrived, options, mapping)
    try:

        def begin(acting: ActingContext) -> ImportAnswer:
            return _begin(acting, packed, options, arrived.name)

        response = await act_on_arrival(arriving, begin, packed.sha256)
    finally:
        packed.close()
    service_of(request).imports.wake()
    number = json.loads(bytes(response.body))["id"]
    response.headers["Location"] = f"{request.url.path}/{number}"
    wait = _wait_of(prefer)
    return await _waited(arriving, response, int(number), wait) if wait else response


def _inspect(arriving: ArrivingContext, arrived: Arrived, options: dict[str, Any], mapping: str | None) -> Packed:
    """Refuses what is no table, before anything is kept of it. Puts into `options` the mapping's terms, and of a workbook,
    whose sheet is kept, that it is one. Closes the file."""
    service, community_id = service_of(arriving.request), arriving.community_id
    with ExitStack() as opened:
        file = opened.enter_context(arrived.file)
        with service.database.read() as connection:
            use_community(connection, community_id)
            moment = moment_of(connection, community_id, None, arriving.now, service.registers)
            register = service.registers.read(connection, community_id, moment)
            sent = mapping and mapping_sent(connection, register, arriving.caller, mapping, moment.number)
        if sent:
            options |= sent.options(options)
        kept = file
        if is_workbook(file):
            options[FORMAT] = SHEET
            kept = opened.enter_context(sheet_as_csv(file, service.settings.upload_limit))
        with opened_table(kept, options) as (readable, _):
            sdmx = None if sent else sdmx_sent(readable, register)
            heading_for(readable, register, sent or sdmx)
        if sdmx:
            options |= sdmx.options(options)
        return Packed(kept, file)


def _begin(acting: ActingContext, packed: Packed, options: dict[str, Any], name: str | None) -> ImportAnswer:
    community_id = acting.register.community_id
    caller = acting.caller
    upload = create_upload(
        acting.connection,
        community_id,
        actor=caller.known_actor.number,
        token=caller.token or 0,
        on_behalf=caller.is_support,
        options=options,
        filename=name,
        sha256=packed.sha256,
        size=packed.size,
        now=acting.now,
    )
    packed.store(acting.connection, community_id, upload.number)
    queue_job(acting.connection, community_id, KIND, upload.number)
    return _answer(acting, upload, acting.register)


def _answer(context: ActingContext | AskingContext, upload: Upload, register: Register) -> ImportAnswer:
    return import_answer(upload, register, context.language, _kept_days(context), context.now)


def _kept_days(context: ActingContext | AskingContext) -> int:
    return service_of(context.request).settings.files_kept_days


def _wait_of(prefer: str | None) -> int:
    """The seconds of `Prefer: wait=…` (RFC 7240), 0 without it."""
    found = re.search(r"(?:^|[,;])\s*wait\s*=\s*\"?([0-9]{1,6})\"?\s*(?:$|[,;])", prefer or "", re.IGNORECASE | re.ASCII)
    return min(int(found[1]), LONGEST_WAIT) if found else 0


async def _waited(arriving: ArrivingContext, response: Response, number: int, seconds: int) -> Response:
    """The import as it stands after at most so many seconds: with 200 once it is done."""
    service = service_of(arriving.request)

    def look() -> ImportAnswer:
        with service.database.read() as connection:
            use_community(connection, arriving.community_id)
            moment = moment_of(connection, arriving.community_id, None, service.clock(), service.registers)
            register = service.registers.read(connection, arriving.community_id, moment)
            upload = existing_upload(get_upload(connection, arriving.community_id, number))
            return import_answer(upload, register, arriving.language, service.settings.files_kept_days, service.clock())

    answer, pause = await run_in_threadpool(look), _FIRST_GLANCE
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while answer.status not in FINISHED:
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LAST_GLANCE)
                answer = await run_in_threadpool(look)
    kept = {name: response.headers[name] for name in ("Location", "Idempotent-Replayed") if name in response.headers}
    status = 200 if answer.status in FINISHED else 202
    return JSONResponse(answer.model_dump(mode="json"), status, {**kept, "Preference-Applied": f"wait={seconds}"})


@router.get("/imports", access=CONTRIBUTE)
def list_imports(asking: Asking, paged: Paged) -> ImportList:
    """One's own imports, the latest first; the support sees everybody's."""
    caller = asking.caller
    found = list_uploads(
        asking.connection,
        asking.register.community_id,
        actor=None if caller.is_support else caller.known_actor.number,
        before=paged.after or None,
        limit=paged.limit + 1,
    )
    # An import is answered as it stands: its actor may not have been there yet at the instant asked for.
    register = as_of_now(asking).register
    answers = [_answer(asking, upload, register) for upload in found]
    return ImportList(**page_after(answers, paged, [upload.number for upload in found]))


@router.get("/imports/{import_id}", access=CONTRIBUTE)
def get_import(import_id: str, asking: Asking) -> ImportAnswer:
    """An import as it stands."""
    upload = visible_upload(asking.connection, asking.register.community_id, import_id, asking.caller)
    return _answer(asking, upload, as_of_now(asking).register)


@router.post("/imports/{import_id}/undo", access=CONTRIBUTE, status_code=200)
def undo_import(import_id: str, acting: Acting) -> ImportAnswer:
    """Takes back exactly what an import brought, once. What was revised since is left alone and named in `undo`."""
    community_id, connection = acting.register.community_id, acting.connection
    upload = visible_upload(connection, community_id, import_id, acting.caller)
    undone = take_back(acting.writing, upload, actor=acting.caller.known_actor.number, token=acting.caller.token)
    cells = read_cells(connection, community_id, {key.cell for key in undone.kept})
    options = upload.options | {"undo": undo_options(undone.withdrawn, undone.restored, undone.kept, cells)}
    change_upload(connection, community_id, upload.number, options=options)
    return _answer(acting, existing_upload(get_upload(connection, community_id, upload.number)), acting.register)
