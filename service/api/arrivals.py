"""Files that arrive: streamed to disk as they come, unpacked within a limit, as a raw body or as the one file of a form."""

import re
import tempfile
import zlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import IO

from starlette.concurrency import run_in_threadpool
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from service.api.bodies import too_large
from service.errors import Unreadable, UnsupportedMedia
from service.uploads.workbook import WORKBOOK_TYPE

SDMX_TYPE = "application/vnd.sdmx.data+csv"

_GZIP = 16 + zlib.MAX_WBITS
_UNPACKED_AT_ONCE = 1 << 18
_LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file that has come in whole. `name` is what a form calls it, None for a raw body. Whoever gets it closes it."""

    file: IO[bytes]
    name: str | None


async def receive_file(request: Request, limit: int) -> Arrived:
    """The file that `request` brings: its raw body, or the one `file` of a `multipart/form-data`.

    Raises TooLarge past `limit` bytes, unpacked, as soon as that is known; UnsupportedMedia for anything else than a CSV, a
    workbook or a form, and for encodings other than gzip; Unreadable for a broken form or a broken gzip.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in ("text/csv", SDMX_TYPE, WORKBOOK_TYPE, "multipart/form-data"):
        others = f"as `{SDMX_TYPE}`, as `{WORKBOOK_TYPE}` (.xlsx)"
        raise UnsupportedMedia(
            "csv_needed", f"A file is sent as `text/csv`, {others}, or as the `file` of a `multipart/form-data`."
        )
    pieces = _unpacked(request, limit)
    if media_type == "multipart/form-data":
        return await _from_form(request, pieces)
    with ExitStack() as unless_whole:
        file = unless_whole.enter_context(tempfile.TemporaryFile())
        async for piece in pieces:
            file.write(piece)
        unless_whole.pop_all()
    return Arrived(file, None)


async def _unpacked(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "", "gzip", "x-gzip"):
        raise UnsupportedMedia("unsupported_packing", "A file is sent as it is, or with `Content-Encoding: gzip`.")
    declared = request.headers.get("content-length", "")
    if re.fullmatch(r"[0-9]+", declared, re.ASCII) and (len(declared) > 18 or int(declared) > limit):
        raise too_large(limit)
    count = 0
    async for piece in _gunzipped(request.stream()) if encoding.endswith("gzip") else request.stream():
        count += len(piece)
        if count > limit:
            raise too_large(limit)
        yield piece


async def _gunzipped(packed: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Unpacked a little at a time: a few packed bytes may be many, and their limit is counted before the next ones are made."""
    unpacker = zlib.decompressobj(_GZIP)
    is_begun = False
    async for piece in packed:
        left = piece
        while left:
            is_begun = True
            if unpacker.eof:
                unpacker = zlib.decompressobj(_GZIP)
            try:
                made = await run_in_threadpool(unpacker.decompress, left, _UNPACKED_AT_ONCE)
            except zlib.error:
                raise _broken_gzip() from None
            left = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
            if made:
                yield made
    if is_begun and not unpacker.eof:
        raise _broken_gzip()


def _broken_gzip() -> Unreadable:
    return Unreadable("broken_gzip", "The body is not gzip, or it breaks off.")


async def _from_form(request: Request, pieces: AsyncGenerator[bytes, None]) -> Arrived:
    parser = MultiPartParser(request.headers, pieces, max_files=1, max_fields=0)
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError):
        raise _broken_form() from None
    found = form.multi_items()
    if len(found) != 1 or found[0][0] != "file" or isinstance(found[0][1], str):
        close_files(parser)
        raise _broken_form()
    sent = found[0][1]
    return Arrived(sent.file, _name(sent.filename))


def close_files(parser: MultiPartParser) -> None:
    """Closes the files of a form that broke off. A form knows the parts that have ended, the others the parser alone."""
    for file in parser._files_to_close_on_error:
        file.close()


def _broken_form() -> Unreadable:
    return Unreadable("broken_form", "A form has one part, the file, and its name is `file`.")


def _name(given: str | None) -> str | None:
    """The file's name without folders, unprintable characters and excessive length; None where nothing is left."""
    last = re.split(r"[/\\]", given or "")[-1]
    return "".join(letter for letter in last if letter.isprintable())[:_LONGEST_NAME] or None
