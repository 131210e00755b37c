"""A workbook's parts: XML in a zip archive, opened within limits that hold before any memory is spent.

What comes out of an archive may be a thousand times what went in, and XML has its own ways to grow: entities, endless tags,
depth, names without number. Each is refused as soon as it shows. Python's own `zipfile` and `expat` read; no document type is
let through, so there is nothing to expand.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import IO
from xml.parsers import expat

from service.errors import Fault, Refused, TooLarge

Begin = Callable[[Mapping[str, str]], None]
ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_ENTRY = b"PK\x01\x02"
MOST_PARTS = 10_000
MOST_TIMES_LARGER = 100
"""A part is refused once it has become so many times what was packed; sheets of real programs come to 10 or 20."""
_SMALL = 1 << 24
"""Bytes up to which no part is suspect, however well it was packed."""
_BLOCK = 1 << 16
_LONGEST_TAG = 1 << 20
_DEEPEST = 64
_MOST_NAMES = 10_000
_READ_ERRORS = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError),
    *(RuntimeError, ValueError, OverflowError),
)
"""What zipfile raises on archives that are damaged, or made to be."""


def is_workbook(file: IO[bytes]) -> bool:
    """Whether what stands in `file`, whatever it was called, is an archive as `.xlsx` files are. It is left at its start.

    Raises Refused for what Excel writes and nobody else reads: `encrypted_workbook`, `legacy_workbook`.
    """
    file.seek(0)
    start = file.read(512)
    if start.startswith(_OLE) and len(start) == 512:
        # A compound file: its directory, at the sector that the header names, tells an .xls from a packed and locked .xlsx.
        shift, sector = struct.unpack_from("<H", start, 30)[0], struct.unpack_from("<I", start, 48)[0]
        file.seek((sector + 1) << min(shift, 12))
        if _ENCRYPTED in file.read(1 << 12):
            raise _refused(
                "encrypted_workbook", "The workbook is protected by a password: save it without one and send it again."
            )
        raise _refused(
            "legacy_workbook", "This is Excel's format of before 2007 (.xls): save it as .xlsx or as CSV and send that."
        )
    file.seek(0)
    return start.startswith(ZIP)


def broken(cell: str | None = None) -> Refused:
    """What a workbook that no program wrote like this is refused with. `cell`: where it showed."""
    where = f" (at {cell})" if cell else ""
    return _refused("broken_workbook", f"The workbook is damaged{where}: open it, save it anew and send that, or send a CSV.")


def too_large() -> TooLarge:
    """What a workbook is refused with that holds more than is read."""
    sentence = "The workbook holds more than is read of one: send the table as CSV, or in several files."
    return TooLarge("workbook_too_large", sentence)


class Archive:
    """The parts of the workbook in `file`, of which at most `most` bytes are unpacked in all. Names are told without case.

    Raises Refused (`broken_workbook`, `not_a_workbook`, `other_workbook`) and TooLarge (`workbook_too_large`).
    """

    def __init__(self, file: IO[bytes], most: int) -> None:
        file.seek(0)
        # zipfile keeps some hundred bytes for each entry before anyone can ask how many there are.
        if sum(block.count(_ENTRY) for block in iter(lambda: file.read(1 << 20), b"")) > MOST_PARTS:
            raise too_large()
        try:
            self._zip = zipfile.ZipFile(file)
            self._parts = {info.filename.lower().replace("\\", "/").lstrip("/"): info for info in self._zip.infolist()}
        except _READ_ERRORS:
            raise broken() from None
        self._left = most
        self._refuse_others()

    def _refuse_others(self) -> None:
        if self.has("mimetype") or self.has("xl/workbook.bin") or self.has("index/document.iwa"):
            raise _refused(
                "other_workbook", "Of spreadsheets only .xlsx is read, not .ods, .xlsb or .numbers: save it as .xlsx or as CSV."
            )
        if not self.has("[content_types].xml") or not any(name.endswith("workbook.xml") for name in self._parts):
            raise _refused("not_a_workbook", "This archive holds no workbook: send the .xlsx or the CSV itself, unpacked.")

    def has(self, name: str) -> bool:
        """Whether there is such a part."""
        return name.lower().lstrip("/") in self._parts

    def blocks(self, name: str) -> Iterator[bytes]:
        """What stands in a part, a little at a time."""
        info = self._parts.get(name.lower().lstrip("/"))
        if info is None or info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise broken()
        most, read = max(_SMALL, info.compress_size * MOST_TIMES_LARGER), 0
        try:
            with self._zip.open(info) as part:
                while block := part.read(_BLOCK):
                    read += len(block)
                    if read > min(most, self._left):
                        raise too_large()
                    yield block
        except _READ_ERRORS:
            raise broken() from None
        self._left -= read

    def walk(
        self,
        name: str,
        begin: Mapping[str, Begin],
        end: Mapping[str, Callable[[], None]] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> None:
        """Reads a part's elements in order: `begin` and `end` say what to do by name, the prefix left aside."""
        names: dict[str, str] = {}
        # Under their full names: whichever prefix a program writes is looked through once.
        begins, ends = dict[str, Begin](begin), dict[str, Callable[[], None]](end or {})
        depth = 0

        def start_element(tag: str, attributes: dict[str, str]) -> None:
            nonlocal depth
            depth += 1
            if depth > _DEEPEST:
                raise broken()
            if tag not in begins:
                begins[tag] = begin.get(tag.rpartition(":")[2], _pass_over)
            begins[tag](attributes)

        def end_element(tag: str) -> None:
            nonlocal depth
            depth -= 1
            if tag not in ends:
                ends[tag] = (end or {}).get(tag.rpartition(":")[2], _pass_on)
            ends[tag]()

        parser = expat.ParserCreate(intern=names)
        parser.buffer_text = True
        parser.StartElementHandler = start_element
        parser.EndElementHandler = end_element
        parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = _refuse_document_type
        given = 0
        try:
            for block in self.blocks(name):
                parser.Parse(block)
                given += len(block)
                # What it has not passed on yet is a tag it waits for the end of.
                if given - parser.CurrentByteIndex > _LONGEST_TAG or len(names) > _MOST_NAMES:
                    raise broken()
            parser.Parse(b"", True)
        except (expat.ExpatError, ValueError):
            raise broken() from None

    def related(self, name: str) -> list[tuple[str, str, str]]:
        """What a part refers to: the id, the last word of the type, and the name of the other part. "" is the package."""
        of = PurePosixPath(name)
        listed, found = str(of.parent / "_rels" / f"{of.name}.rels"), list[tuple[str, str, str]]()

        def relation(attributes: Mapping[str, str]) -> None:
            target = attributes.get("Target", "")
            path = target if target.startswith("/") else f"{of.parent}/{target}"
            kind = attributes.get("Type", "").rpartition("/")[2]
            found.append((attributes.get("Id", ""), kind, _plain_path(path)))

        if self.has(listed):
            self.walk(listed, {"Relationship": relation})
        return found


def _plain_path(path: str) -> str:
    steps: list[str] = []
    for step in re.split(r"[/\\]", path):
        if step == ".." and steps:
            steps.pop()
        elif step not in ("", ".", ".."):
            steps.append(step)
    return "/".join(steps)


def _pass_over(attributes: Mapping[str, str]) -> None:
    """An element that says nothing to us."""


def _pass_on() -> None:
    """Nor does its end."""


def _refuse_document_type(*declared: object) -> None:
    raise broken()


def _refused(code: str, detail: str) -> Refused:
    return Refused(code, detail, faults=(Fault(code, detail),))
