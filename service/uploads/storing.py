"""A file and its faults in the database, in compressed parts of 1 MiB: whichever process takes the job up finds them there."""

import hashlib
import io
import json
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from typing import IO, Any

from sqlalchemy import Connection

from service.errors import Fault
from service.records.uploads import drop_parts, read_part, read_parts, write_part
from service.uploads.decoding import as_utf8

FORMAT, SHEET = "format", "xlsx"
"""What the options of an import say whose file is a sheet, kept as the marked CSV of `spreadsheet.py`."""
PART = 1 << 20
_FASTEST = 1
_FAULTS_A_PART = 2_000


class Packed:
    """A file in compressed parts, on disk: packing takes long and needs no lock, keeping them needs one and takes little."""

    def __init__(self, file: IO[bytes], original: IO[bytes] | None = None) -> None:
        """`size` and `sha256` are those of `original`, where `file` is what was read out of it."""
        self._parts = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
        self._lengths: list[int] = []
        came = file if original is None else original
        self.size = came.seek(0, io.SEEK_END)
        came.seek(0)
        digest = hashlib.sha256()
        while block := came.read(PART):
            digest.update(block)
        self.sha256 = digest.digest()
        file.seek(0)
        while block := file.read(PART):
            self._lengths.append(self._parts.write(zlib.compress(block, _FASTEST)))

    def store(self, connection: Connection, community_id: int, upload: int) -> None:
        """Keeps the parts as those of an import's file."""
        self._parts.seek(0)
        for number, length in enumerate(self._lengths):
            write_part(connection, community_id, upload, "file", number, self._parts.read(length))

    def close(self) -> None:
        """Drops the parts on disk."""
        self._parts.close()


def fetch_file(connection: Connection, community_id: int, upload: int) -> IO[bytes]:
    """The file as it came, in a temporary one of one's own, at its start. Whoever gets it closes it."""
    with ExitStack() as unless_whole:
        file = unless_whole.enter_context(tempfile.TemporaryFile())
        for data in read_parts(connection, community_id, upload, "file"):
            file.write(zlib.decompress(data))
        file.seek(0)
        unless_whole.pop_all()
    return file


@contextmanager
def opened_table(file: IO[bytes], options: Mapping[str, Any]) -> Iterator[tuple[IO[bytes], str]]:
    """A kept file as `as_utf8` gives it. What a sheet was made into is UTF-8, whatever encoding was asked for."""
    with as_utf8(file, "utf-8" if options.get(FORMAT) == SHEET else options.get("encoding", "auto")) as opened:
        yield opened


def fault_parts(faults: Iterable[Fault]) -> Iterator[bytes]:
    """The faults as parts to be kept, a few thousand each."""
    piece: list[str] = []
    for fault in faults:
        piece.append(json.dumps(asdict(fault)))
        if len(piece) == _FAULTS_A_PART:
            yield zlib.compress("\n".join(piece).encode(), _FASTEST)
            piece = []
    if piece:
        yield zlib.compress("\n".join(piece).encode(), _FASTEST)


def store_faults(connection: Connection, community_id: int, upload: int, parts: Iterable[bytes]) -> None:
    """Keeps parts that `fault_parts` made, in place of what was there."""
    drop_parts(connection, community_id, upload, "errors")
    for number, data in enumerate(parts):
        write_part(connection, community_id, upload, "errors", number, data)


def fetch_faults(connection: Connection, community_id: int, upload: int) -> Iterator[Fault]:
    """All faults by row. One part is read at a time, while `connection` is open."""
    number = 0
    while (data := read_part(connection, community_id, upload, "errors", number)) is not None:
        number += 1
        for line in zlib.decompress(data).decode().split("\n"):
            yield Fault(**json.loads(line))
