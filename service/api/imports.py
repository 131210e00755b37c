"""Imports: files sent in, what became of them, their reports, and templates to fill in."""

import asyncio
import json
import re
import tempfile
from contextlib import ExitStack, suppress
from typing import Annotated, Any, Literal

from fastapi import Header, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from service.api.arrivals import Arrived, receive_file
from service.api.file_answer import FileAnswer
from service.api.identity import CONTRIBUTE, Caller
from service.api.import_answers import FINISHED, ImportAnswer, ImportList, import_answer, kept_until, report_cells, undo_options
from service.api.paging import Paged, page_after
from service.api.performing import act_on_arrival
from service.api.routing import Resource
from service.api.tables import MEDIA_TYPE
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
from service.errors import NotFound, refused
from service.indicators.register import Register
from service.models.upload import Upload
from service.records.cells import read_cells
from service.records.jobs import queue_job
from service.records.moment import moment_of
from service.records.uploads import change_upload, create_upload, get_upload, list_uploads, read_part
from service.uploads.decoding import Encoding, as_utf8
from service.uploads.erasing import ERASED
from service.uploads.heading import read_heading
from service.uploads.numbers import DecimalSign
from service.uploads.queue import KIND
from service.uploads.report import write_report
from service.uploads.storing import Packed, fetch_faults, fetch_file
from service.uploads.undoing import take_back

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
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                    "additionalProperties": False,
                }
            },
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
    prefer: Annotated[
        str | None, Header(description="`wait=10`: answer 200 once it is done, or 202 after so many seconds.")
    ] = None,
) -> Response:
    """Sends a file in: a raw `text/csv` body, or a form with one `file`; `Content-Encoding: gzip` is understood.

    202 with `Location`. What cannot be a table at all is refused at once; what is wrong inside makes the import `rejected`.
    """
    request = arriving.request
    arrived = await receive_file(request, service_of(request).settings.upload_limit)
    options: dict[str, str] = {"mode": mode, "on_error": on_error, "decimal": decimal, "encoding": encoding}
    packed = await run_in_threadpool(_inspect, arriving, arrived, encoding)
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


def _inspect(arriving: ArrivingContext, arrived: Arrived, encoding: Encoding) -> Packed:
    """Refuses what is no table, before anything is kept of it. Closes the file."""
    service = service_of(arriving.request)
    with arrived.file as file:
        with as_utf8(file, encoding) as (readable, _), service.database.read() as connection:
            use_community(connection, arriving.community_id)
            moment = moment_of(connection, arriving.community_id, None, arriving.now, service.registers)
            read_heading(readable, service.registers.read(connection, arriving.community_id, moment))
        return Packed(file)


def _begin(acting: ActingContext, packed: Packed, options: dict[str, str], name: str | None) -> ImportAnswer:
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
            upload = _existing(get_upload(connection, arriving.community_id, number))
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
    upload = _visible(asking.connection, asking.register.community_id, import_id, asking.caller)
    return _answer(asking, upload, as_of_now(asking).register)


@router.get("/imports/{import_id}/report", access=CONTRIBUTE, media_types=("text/csv",))
def get_import_report(import_id: str, asking: Asking) -> Response:
    """The file as it came, with the columns `error`, `message` and `suggestion`: mend it and send it again.

    Rows that were recorded come back as unchanged. 404 `not_finished` until the file has been read, `report_erased`
    where it held a text that was erased, `report_dropped` once it is no longer kept (`kept_until`).
    """
    upload = _visible(asking.connection, asking.register.community_id, import_id, asking.caller)
    if upload.status not in FINISHED:
        raise NotFound("not_finished", "The file is still being read.")
    if ERASED in upload.options:
        raise NotFound("report_erased", "The file held a text that was erased: it is gone, and its report with it.")
    if not _is_kept(asking, upload):
        raise NotFound("report_dropped", "The file is no longer kept, nor is its report.")
    kept = fetch_file(asking.connection, asking.register.community_id, upload.number)
    with ExitStack() as unless_whole, kept, as_utf8(kept, upload.options["encoding"]) as (readable, codec):
        report = unless_whole.enter_context(tempfile.TemporaryFile())
        heading = read_heading(readable, as_of_now(asking).register)
        faults = fetch_faults(asking.connection, asking.register.community_id, upload.number)
        write_report(readable, heading, codec, faults, lambda found: report_cells(found, asking.language), report)
        unless_whole.pop_all()
    charset = {"cp1252": "windows-1252", "utf-16": "utf-16"}.get(codec, "utf-8")
    headers = {"Content-Disposition": f'attachment; filename="report-{upload.number}.csv"', "Content-Language": asking.language}
    return FileAnswer(report, headers, MEDIA_TYPE.replace("utf-8", charset))


def _is_kept(asking: AskingContext, upload: Upload) -> bool:
    """Whether the file is there still: not yet swept, nor about to be while it is read."""
    until = kept_until(upload, _kept_days(asking))
    is_there = read_part(asking.connection, upload.community_id, upload.number, "file", 0) is not None
    return is_there and until is not None and asking.now < until


@router.post("/imports/{import_id}/undo", access=CONTRIBUTE, status_code=200)
def undo_import(import_id: str, acting: Acting) -> ImportAnswer:
    """Takes back exactly what an import brought, once. What was revised since is left alone and named in `undo`."""
    community_id, connection = acting.register.community_id, acting.connection
    upload = _visible(connection, community_id, import_id, acting.caller)
    undone = take_back(acting.writing, upload, actor=acting.caller.known_actor.number, token=acting.caller.token)
    cells = read_cells(connection, community_id, {key.cell for key in undone.kept})
    options = upload.options | {"undo": undo_options(undone.withdrawn, undone.restored, undone.kept, cells)}
    change_upload(connection, community_id, upload.number, options=options)
    return _answer(acting, _existing(get_upload(connection, community_id, upload.number)), acting.register)


def upload_in_query(asking: AskingContext, import_id: str) -> Upload:
    """The import that a query names, where the caller may see it. Raises Refused `unknown_import`."""
    try:
        return _visible(asking.connection, asking.register.community_id, import_id, asking.caller)
    except NotFound as absent:
        raise refused("unknown_import", absent.detail, pointer="import") from None


def _visible(connection: Any, community_id: int, import_id: str, caller: Caller) -> Upload:
    """The import of that id, where the caller may see it: their own, or any for the support."""
    is_number = re.fullmatch(r"[1-9][0-9]{0,8}", import_id, re.ASCII) is not None
    upload = _existing(get_upload(connection, community_id, int(import_id)) if is_number else None)
    if not caller.is_support and upload.actor != caller.known_actor.number:
        raise _unknown()
    return upload


def _existing(upload: Upload | None) -> Upload:
    if upload is None:
        raise _unknown()
    return upload


def _unknown() -> NotFound:
    return NotFound("unknown_import", "There is no such import.")
