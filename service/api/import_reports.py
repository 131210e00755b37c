"""The report on an import: the file as it came, and beside each row what is wrong with it."""

import tempfile
from contextlib import ExitStack
from functools import partial

from starlette.responses import Response

from service.api.file_answer import FileAnswer
from service.api.identity import CONTRIBUTE
from service.api.import_answers import FINISHED, kept_until, report_cells
from service.api.import_sight import visible_upload
from service.api.routing import Resource
from service.api.tables import MEDIA_TYPE
from service.api.transaction import Asking, AskingContext, as_of_now, service_of
from service.errors import NotFound
from service.models.upload import Upload
from service.records.uploads import read_part
from service.uploads.erasing import ERASED
from service.uploads.mapped import heading_for, source_of
from service.uploads.mapping import Sent
from service.uploads.report import write_report
from service.uploads.sheet_report import write_sheet_report
from service.uploads.storing import FORMAT, SHEET, fetch_faults, fetch_file, opened_table
from service.uploads.workbook import WORKBOOK_TYPE

router = Resource("imports")


@router.get("/imports/{import_id}/report", access=CONTRIBUTE, media_types=("text/csv", WORKBOOK_TYPE))
def get_import_report(import_id: str, asking: Asking) -> Response:
    """The file as it came, with the columns `error`, `message` and `suggestion`: mend it and send it again.

    It speaks the language of this request, whoever sent the file, and has the file's delimiter and encoding; a character of a
    message that the encoding lacks becomes `?`. Of a workbook it is a workbook: the sheet that was read, each row in its place,
    what was refused as the text of it. When it comes back, its three columns are passed over, and rows that were recorded are
    unchanged. 404 `not_finished` until the file has been read, `report_erased` where it held an erased text, `report_dropped`
    once it is no longer kept (`kept_until`).
    """
    upload = visible_upload(asking.connection, asking.register.community_id, import_id, asking.caller)
    if upload.status not in FINISHED:
        raise NotFound("not_finished", "The file is still being read.")
    if ERASED in upload.options:
        raise NotFound("report_erased", "The file held a text that was erased: it is gone, and its report with it.")
    if not _is_kept(asking, upload):
        raise NotFound("report_dropped", "The file is no longer kept, nor is its report.")
    kept = fetch_file(asking.connection, asking.register.community_id, upload.number)
    is_sheet = upload.options.get(FORMAT) == SHEET
    with ExitStack() as unless_whole, kept, opened_table(kept, upload.options) as (readable, codec):
        report = unless_whole.enter_context(tempfile.TemporaryFile())
        heading = source_of(heading_for(readable, as_of_now(asking).register, Sent.of(upload.options)))
        faults = fetch_faults(asking.connection, asking.register.community_id, upload.number)
        say = partial(report_cells, language=asking.language)
        if is_sheet:
            write_sheet_report(readable, heading, faults, say, report)
        else:
            write_report(readable, heading, codec, faults, say, report)
        unless_whole.pop_all()
    charset = {"cp1252": "windows-1252", "utf-16": "utf-16"}.get(codec, "utf-8")
    name, media_type = ("xlsx", WORKBOOK_TYPE) if is_sheet else ("csv", MEDIA_TYPE.replace("utf-8", charset))
    said = f'attachment; filename="report-{upload.number}.{name}"'
    return FileAnswer(report, {"Content-Disposition": said, "Content-Language": asking.language}, media_type)


def _is_kept(asking: AskingContext, upload: Upload) -> bool:
    """Whether the file is there still: not yet swept, nor about to be while it is read."""
    until = kept_until(upload, service_of(asking.request).settings.files_kept_days)
    is_there = read_part(asking.connection, upload.community_id, upload.number, "file", 0) is not None
    return is_there and until is not None and asking.now < until
