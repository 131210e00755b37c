"""Files that hold a text that was erased: they are dropped, and with them their reports."""

import csv
import json
from collections.abc import Collection
from typing import IO

from sqlalchemy import Connection

from service.errors import Refused
from service.models.vocabulary import UploadStatus
from service.records.uploads import change_upload, drop_parts, list_uploads, read_part
from service.uploads.decoding import text_lines
from service.uploads.mapped import MAPPED_DELIMITERS
from service.uploads.marks import as_shown
from service.uploads.storing import fetch_file, opened_table

ERASED = "erased"
"""What the options of an import say whose file was dropped."""
_WAITING = frozenset({UploadStatus.QUEUED, UploadStatus.RUNNING})
_BLOCK = 1 << 20
_PAGE = 100


def drop_files_with(connection: Connection, community_id: int, texts: Collection[str]) -> list[int]:
    """Drop the file and the report of every import that has one of `texts` in a cell, whatever came of it; their numbers.

    What an import is about to read is left: what it records is said anew.
    """
    dropped, before = list[int](), None
    while page := list_uploads(connection, community_id, before=before, limit=_PAGE):
        for upload in page:
            if upload.status in _WAITING or read_part(connection, community_id, upload.number, "file", 0) is None:
                continue
            with fetch_file(connection, community_id, upload.number) as file:
                if not _holds(file, upload.options, texts):
                    continue
            for content in ("file", "errors"):
                drop_parts(connection, community_id, upload.number, content)
            errors = [fault for fault in upload.errors if not any(text in _strings(fault) for text in texts)]
            options = upload.options | {ERASED: True}
            change_upload(connection, community_id, upload.number, options=options, errors=errors)
            dropped.append(upload.number)
        before = page[-1].number
    return sorted(dropped)


def _holds(file: IO[bytes], options: dict[str, str], texts: Collection[str]) -> bool:
    """Whether a cell is one of the texts. A file that cannot be read as text could hold anything, and is taken to."""
    try:
        with opened_table(file, options) as (readable, _):
            return _may_hold(readable, texts) and any(_in_cells(readable, delimiter, texts) for delimiter in MAPPED_DELIMITERS)
    except Refused:
        return True


def _may_hold(file: IO[bytes], texts: Collection[str]) -> bool:
    """Whether the first line of a text stands anywhere in the file, as a cell would write it: quick, and enough for most."""
    pieces = [text.splitlines()[0].replace('"', '""').encode() for text in texts if text.splitlines()]
    if len(pieces) < len(texts):
        return True
    file.seek(0)
    before, longest = b"", max(map(len, pieces))
    while block := file.read(_BLOCK):
        read = before + block
        if any(piece in read or piece.replace(b'""', b'"') in read for piece in pieces):
            return True
        before = read[-longest:]
    return False


def _in_cells(file: IO[bytes], delimiter: str, texts: Collection[str]) -> bool:
    file.seek(0)
    wanted = {_as_read(text) for text in texts}
    lines = text_lines(file)
    try:
        return any(_as_read(cell) in wanted for record in csv.reader(lines, delimiter=delimiter) for cell in record)
    except csv.Error:
        return True
    finally:
        lines.detach()


def _as_read(text: str) -> str:
    """A cell without what tables put before a formula, without outer spaces, its lines ended in one way."""
    return "\n".join(as_shown(text).removeprefix("'").strip().splitlines())


def _strings(fault: object) -> str:
    return json.dumps(fault, ensure_ascii=False)
