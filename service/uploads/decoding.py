"""Bytes to text: which encoding a file is in is found by decoding it, never by statistics, and what follows reads UTF-8.

A byte order mark settles it. Without one a file that decodes as UTF-8 is UTF-8, since text in another encoding that has any
accent in it practically never does; everything else is Windows-1252, which is what spreadsheets in Western Europe save.
"""

import codecs
import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Literal

from service.errors import Fault, Refused

Encoding = Literal["auto", "utf-8", "utf-16", "windows-1252"]

_BLOCK = 1 << 20
_CODECS = {"utf-8": "utf-8-sig", "utf-16": "utf-16", "windows-1252": "cp1252"}
_NUL, _CR, _LF = "\0", "\r", "\n"


@contextmanager
def as_utf8(file: IO[bytes], encoding: Encoding) -> Iterator[tuple[IO[bytes], str]]:
    """`file` as UTF-8 without a mark, its lines ended by LF or CR LF, at its start; and the codec that it came in.

    The file itself where it is that already, else a copy that lasts as long as the block. An `encoding` other than auto is
    taken at its word.
    Raises Refused: `undecodable` where it is not in that encoding, `nul_character` where it holds a NUL, as programs' own
    formats do and no table does; `empty_file` where there is nothing in it.
    """
    file.seek(0)
    start = file.read(4)
    if not start:
        raise _refused("empty_file", "The file is empty.")
    codec = _CODECS[encoding] if encoding != "auto" else _marked(start)
    if codec is None:
        codec = "utf-8" if _decodes(file, "utf-8") else "cp1252"
    has_lines, has_returns = _check(file, codec)
    file.seek(0)
    only_returns = has_returns and not has_lines
    if codec == "utf-8" and not only_returns:
        yield file, codec
        return
    with tempfile.TemporaryFile() as copy:
        for text in _texts(file, codec):
            copy.write((text.replace(_CR, _LF) if only_returns else text).encode())
        copy.seek(0)
        yield copy, codec


def _marked(start: bytes) -> str | None:
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return None


def _texts(file: IO[bytes], codec: str) -> Iterator[str]:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(codec)()
    while block := file.read(_BLOCK):
        yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


def _decodes(file: IO[bytes], codec: str) -> bool:
    try:
        for _ in _texts(file, codec):
            pass
    except UnicodeDecodeError:
        return False
    return True


def _check(file: IO[bytes], codec: str) -> tuple[bool, bool]:
    """Whether the text has line feeds, and carriage returns."""
    lines, line_feeds, returns, something = 1, False, False, False
    try:
        for text in _texts(file, codec):
            if _NUL in text:
                row = lines + text[: text.index(_NUL)].count(_LF)
                raise _refused("nul_character", "The file holds a NUL, as no text does. Is it a spreadsheet's own format?", row)
            lines += text.count(_LF)
            line_feeds = line_feeds or _LF in text
            returns = returns or _CR in text
            something = something or bool(text)
    except UnicodeError as error:  # UTF-16 without a mark is one of its own, and says no place.
        if isinstance(error, UnicodeDecodeError):
            lines += error.object[: error.start].decode(error.encoding, "ignore").count(_LF)
        raise _refused("undecodable", "The file is not in the encoding it is said to be in.", lines) from None
    if not something:
        raise _refused("empty_file", "The file is empty.")
    return line_feeds, returns


def _refused(code: str, detail: str, row: int | None = None) -> Refused:
    return Refused(code, detail, faults=(Fault(code, detail, row=row),))


def text_lines(file: IO[bytes]) -> io.TextIOWrapper:
    """The lines of a UTF-8 file as text, ended by LF only, from where it stands. Leave it with `detach`, or the file closes."""
    return io.TextIOWrapper(file, "utf-8", newline="\n")
