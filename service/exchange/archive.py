"""A community in one file: a zip of its tables as lines of JSON, and a manifest of their hashes and of the journal's end.

What comes back out of it has the journal's own chain of hashes to prove that it is the same; the manifest's are there so that a
damaged file is told before anything is written.
"""

import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import IO, Any

from sqlalchemy import Connection, select
from sqlalchemy.exc import OperationalError, StatementError

from service.errors import Refused
from service.exchange.archive_readme import readme
from service.models.community import Community
from service.models.instant import instant_text
from service.models.tables import table_of
from service.models.text import canonical_json
from service.records.copying import bring_rows, kept_tables, plain_rows
from service.records.founding import take_code
from service.records.verification import Receipt, verify_community

MEDIA_TYPE = "application/zip"
FORMAT, VERSION = "jalon-archive", 1
"""A table or column more is a higher version; whoever reads an archive knows those up to its own."""
_MANIFEST, _README = "manifest.json", "README.txt"
_LARGEST_MANIFEST = 1 << 20
_LONGEST_LINE = 1 << 26
"""Bytes of one row at most. The longest is what a review froze of thousands of indicators."""
_BLOCK = 1 << 20
_LINES_AT_ONCE = 1_000
_LEVEL = 3
"""Of compression: half the time of the usual 6, and a tenth larger."""
_SHOWN = 5
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, RuntimeError, UnicodeDecodeError)
"""What zipfile raises on files that are damaged, or made to be."""


@dataclass(frozen=True, slots=True)
class Restored:
    """A community that was brought back: its number here, its code, and the number and hash that its journal ends with."""

    community_id: int
    code: str
    number: int
    hash: str


def write_archive(connection: Connection, community_id: int, code: str, now: datetime, file: IO[bytes]) -> None:
    """Write the archive of a community, as it stands in the snapshot of `connection`, into `file`."""
    head = table_of(Community)
    ends = connection.execute(select(head).where(head.c.community_id == community_id)).one()
    tables = kept_tables()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        text = readme(code, ends.last_number, ends.last_hash.hex(), [table.name for table in tables])
        written = [_write_part(archive, _README, text.splitlines(), now)]
        for table in tables:
            lines = map(canonical_json, plain_rows(connection, community_id, table))
            written.append(_write_part(archive, _part_of(table.name), lines, now))
        journal = {"number": ends.last_number, "instant": instant_text(ends.last_instant), "hash": ends.last_hash.hex()}
        manifest = {
            "format": FORMAT,
            "version": VERSION,
            "community": code,
            "exported_at": instant_text(now),
            "journal": journal,
            "files": written,
        }
        content = json.dumps(manifest, indent=2, ensure_ascii=False).splitlines()
        _write_part(archive, _MANIFEST, content, now)


def restore_archive(connection: Connection, file: IO[bytes]) -> Restored:
    """Write the community of an archive into a database that has none of that code, and check it as `jalon verify` does.

    Raises Refused for what is no archive (`broken_archive`), was changed (`archive_altered`), was made by a newer Jalon
    (`archive_too_new`) or does not verify (`archive_not_as_recorded`), Conflict (`code_taken`). The transaction is to be undone
    then.
    """
    with _told_apart(), zipfile.ZipFile(file) as archive:
        manifest = _manifest(archive)
        _check_hashes(archive, manifest)
        code, ends = manifest["community"], manifest["journal"]
        community_id = take_code(connection, code)
        for table in kept_tables():
            bring_rows(connection, community_id, table, _rows(archive, _part_of(table.name)))
        receipt = Receipt(code, ends["number"], bytes.fromhex(ends["hash"]))
        if differences := verify_community(connection, community_id, receipt):
            first = "; ".join(differences[:_SHOWN])
            raise Refused("archive_not_as_recorded", f"What the archive holds is not as it was recorded: {first}.", first=first)
    return Restored(community_id, code, ends["number"], ends["hash"])


def _part_of(table: str) -> str:
    return f"{table}.ndjson"


def _write_part(archive: zipfile.ZipFile, name: str, lines: Iterable[str], now: datetime) -> dict[str, Any]:
    """Write a file of the archive, and say what the manifest says of it."""
    part = zipfile.ZipInfo(name, now.timetuple()[:6])
    part.compress_type = zipfile.ZIP_DEFLATED
    part.external_attr = 0o600 << 16
    digest, rows, size = sha256(), 0, 0
    with archive.open(part, "w", force_zip64=True) as opened:
        for piece in _pieces(lines):
            content = "".join(f"{line}\n" for line in piece).encode()
            digest.update(content)
            opened.write(content)
            rows, size = rows + len(piece), size + len(content)
    return {"path": name, "rows": rows, "bytes": size, "sha256": digest.hexdigest()}


def _pieces(lines: Iterable[str]) -> Iterator[list[str]]:
    piece: list[str] = []
    for line in lines:
        piece.append(line)
        if len(piece) == _LINES_AT_ONCE:
            yield piece
            piece = []
    yield piece


def _manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    with archive.open(_MANIFEST) as opened:
        manifest = json.loads(opened.read(_LARGEST_MANIFEST))
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT or type(manifest.get("version")) is not int:
        raise _broken(_MANIFEST)
    if manifest["version"] > VERSION:
        sentence = f"The archive is of version {manifest['version']}, this Jalon reads up to {VERSION}: bring it up to date."
        raise Refused("archive_too_new", sentence, version=manifest["version"], known=VERSION)
    named = {_README, *(_part_of(table.name) for table in kept_tables())}
    listed, held = [part["path"] for part in manifest["files"]], [info.filename for info in archive.infolist()]
    if sorted(listed) != sorted(named) or sorted(held) != sorted({*named, _MANIFEST}):
        raise _broken(_MANIFEST)
    return manifest


def _check_hashes(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    for part in manifest["files"]:
        digest = sha256()
        with archive.open(part["path"]) as opened:
            while block := opened.read(_BLOCK):
                digest.update(block)
        if digest.hexdigest() != part["sha256"]:
            sentence = f"{part['path']} in the archive is not what its manifest says: it was changed since."
            raise Refused("archive_altered", sentence, file=part["path"])


def _rows(archive: zipfile.ZipFile, name: str) -> Iterator[dict[str, Any]]:
    with archive.open(name) as opened:
        for line in _lines(opened):
            row = json.loads(line)
            if not isinstance(row, dict):
                raise _broken(name)
            yield row


def _lines(opened: IO[bytes]) -> Iterator[bytes]:
    """As the file's own `readline` would with a limit, which takes fifty times as long."""
    begun = b""
    while block := opened.read(_BLOCK):
        *whole, begun = (begun + block).split(b"\n")
        if len(begun) > _LONGEST_LINE:
            raise ValueError("a line is too long")
        yield from whole
    if begun:
        yield begun


@contextmanager
def _told_apart() -> Iterator[None]:
    """Turn whatever a file can make the reader or the database say into one refusal. A lost database is none of them."""
    try:
        yield
    except OperationalError:
        raise
    except (*_DAMAGED, LookupError, TypeError, ValueError, StatementError) as error:
        raise _broken(str(error).splitlines()[0] if str(error) else type(error).__name__) from error


def _broken(where: str) -> Refused:
    return Refused("broken_archive", f"The archive is damaged, or was never one of a community: {where}.", where=where)
