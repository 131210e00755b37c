"""Workbooks for the tests, made by openpyxl, which knows nothing of what reads them here; and those that must not be taken.

The community that they are sent to is that of `malformed.py`.
"""

import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEAD = ("indicator", "period", "sex", "value")
SHEET = "xl/worksheets/sheet1.xml"
Change = Callable[[Worksheet], object]


def book(*rows: Sequence[Any], change: Change | None = None) -> bytes:
    """A workbook whose first sheet has these rows."""
    made = Workbook()
    sheet = made.worksheets[0]
    for row in rows:
        sheet.append(list(row))
    if change is not None:
        change(sheet)
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


def opened(content: bytes) -> Worksheet:
    """The first sheet of a workbook, as openpyxl reads it."""
    sheet: Worksheet = load_workbook(io.BytesIO(content)).worksheets[0]
    return sheet


def saved(sheet: Worksheet) -> bytes:
    """The workbook of a sheet, saved again."""
    written = io.BytesIO()
    sheet.parent.save(written)
    return written.getvalue()


def patched(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with one of its parts changed."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return written.getvalue()


def packed(**parts: bytes) -> bytes:
    """An archive of other things; `__` in a name stands for a slash."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return written.getvalue()


MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
TEXTS = (
    b"<x:si><x:t>indicator</x:t></x:si><x:si><x:r><x:t>per</x:t></x:r><x:r><x:rPr><x:b/></x:rPr><x:t>iod</x:t></x:r></x:si>"
    b"<x:si><x:t>value</x:t></x:si><x:si><x:t>comment</x:t></x:si><x:si><x:t>jobs</x:t><x:rPh sb='0' eb='1'><x:t>yobs</x:t>"
    b"</x:rPh></x:si><x:si><x:t xml:space='preserve'>two_x000D_\nlines, &lt;b&gt; _x005F_x0041_</x:t></x:si>"
)
FORMATS = (
    b"<x:numFmts><x:numFmt numFmtId='164' formatCode='0000'/></x:numFmts>"
    b"<x:cellXfs><x:xf numFmtId='0'/><x:xf numFmtId='164'/></x:cellXfs>"
)


def excel(texts: bytes = TEXTS) -> bytes:
    """A workbook as Excel writes them and openpyxl does not: shared texts, some of them in pieces, here with a prefix as other
    programs write one, cells that say nothing of their place, and a hidden sheet before the one that is meant."""
    related = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    listed = (
        (b"1", b"worksheet", b"worksheets/sheet1.xml"),
        (b"2", b"sharedStrings", b"/xl/shared.xml"),
        (b"3", b"styles", b"styles.xml"),
    )
    relations = b"".join(
        b"<Relationship Id='r%b' Type='%b/%b' Target='%b'/>" % (one, related, kind, to) for one, kind, to in listed
    )
    rows = b"<x:row>" + b"".join(b"<x:c t='s'><x:v>%d</x:v></x:c>" % number for number in range(4)) + b"</x:row>"
    rows += (
        b"<x:row r='3'><x:c t='s'><x:v>4</x:v></x:c><x:c s='1'><x:v>2024</x:v></x:c><x:c><x:v>0.10000000000000001</x:v></x:c>"
    )
    rows += b"<x:c t='s'><x:v>5</x:v></x:c></x:row>"
    package = b"<Relationship Id='a' Type='%b/officeDocument' Target='xl/workbook.xml'/>" % related
    book = b"<x:sheet name='old' r:id='r9' state='hidden'/><x:sheet name='jobs' r:id='r1'/>"
    return packed(
        **{
            "[Content_Types].xml": b"<Types/>",
            "_rels/.rels": b"<Relationships>%b</Relationships>" % package,
            "xl/workbook.xml": b"<x:workbook xmlns:r='%b'><x:sheets>%b</x:sheets></x:workbook>" % (related, book),
            "xl/_rels/workbook.xml.rels": b"<Relationships>%b</Relationships>" % relations,
            "xl/worksheets/sheet1.xml": b"<x:worksheet xmlns:x='%b'><x:sheetData>%b</x:sheetData></x:worksheet>" % (MAIN, rows),
            "xl/shared.xml": b"<x:sst xmlns:x='%b'>%b</x:sst>" % (MAIN, texts),
            "xl/styles.xml": b"<x:styleSheet xmlns:x='%b'>%b</x:styleSheet>" % (MAIN, FORMATS),
        }
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bad:
    """`status` is an HTTP status, or that of the import; the others those of the first error, whose sentence names `cell`."""

    name: str
    content: bytes
    status: int | str
    code: str
    row: int | None = None
    column: str | None = None
    cell: str | None = None


GOOD = ("jobs", "2025-Q1", "F", 1)
PLAIN = book(HEAD, GOOD)


def _cell(name: str, row: Sequence[Any], code: str, column: str | None, cell: str | None, change: Change | None = None) -> Bad:
    return Bad(name, book(HEAD, GOOD, row, change=change), "rejected", code, 3, column, cell)


def _styled(cell: str, number_format: str) -> Change:
    def change(sheet: Worksheet) -> None:
        sheet[cell].number_format = number_format

    return change


def _raw(name: str, old: bytes, new: bytes, code: str = "broken_workbook", part: str = SHEET, status: int = 422) -> Bad:
    content = patched(PLAIN, part, lambda given: given.replace(old, new))
    assert content != patched(PLAIN, part, lambda given: given), name
    return Bad(name, content, status, code)


def _ole(within: str) -> bytes:
    """As much of a compound file as tells what it is: a header, and a directory with one entry in its first sector."""
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(30, b"\0") + (9).to_bytes(2, "little")
    return header.ljust(512, b"\0") + within.encode("utf-16-le").ljust(4096, b"\0")


DOCTYPE = b'<!DOCTYPE a [<!ENTITY b "x">]>'
DEEP = b"<a>" * 500 + b"</a>" * 500


def _central(content: bytes, at: int, new: bytes) -> bytes:
    """With other bytes in the entry that the archive's directory has of the sheet."""
    start = content.rindex(SHEET.encode()) - 46 + at
    return content[:start] + new + content[start + len(new) :]


LONG = patched(PLAIN, SHEET, lambda given: given.replace(b"<v>1<", b"<v>12345678901234567891<"))
SEVENTEEN = patched(PLAIN, SHEET, lambda given: given.replace(b"<v>1<", b"<v>0.30000000000000004<"))
BOMB = patched(PLAIN, SHEET, lambda given: given.replace(b"<row", b" " * 5_000_000 + b"<row", 1))


def _merging(area: str) -> Change:
    return lambda sheet: sheet.merge_cells(area)


BAD = [
    # What is no workbook that is read here.
    Bad("an old workbook", _ole("Workbook"), 422, "legacy_workbook"),
    Bad("a workbook with a password", _ole("EncryptedPackage"), 422, "encrypted_workbook"),
    Bad("half of one", PLAIN[: len(PLAIN) // 2], 422, "broken_workbook"),
    Bad("its first bytes", PLAIN[:30], 422, "broken_workbook"),
    Bad("OpenDocument", packed(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"), 422, "other_workbook"),
    Bad("a binary workbook", packed(xl__workbook=b"").replace(b"xl/workbook", b"xl/workboo."), 422, "not_a_workbook"),
    Bad("a zipped CSV", packed(jobs=b"indicator,period,value\n"), 422, "not_a_workbook"),
    Bad("an empty archive", packed(), 422, "nul_character", 1),
    Bad("an encrypted part", _central(PLAIN, 8, b"\x01"), 422, "broken_workbook"),
    Bad("another way to pack", _central(PLAIN, 10, b"\x0e"), 422, "broken_workbook"),
    Bad("ten thousand parts", packed(**{f"a{number}": b"" for number in range(10_001)}), 413, "workbook_too_large"),
    Bad("a bomb", BOMB, 413, "workbook_too_large"),
    Bad("a bomb of texts", book(HEAD, *[("jobs", "2025-Q1", "F", "x" * 30_000)] * 100), 413, "workbook_too_large"),
    # Its parts.
    _raw("an entity", b"<worksheet", DOCTYPE + b"<worksheet"),
    _raw("five hundred elements deep", b"<sheetData>", DEEP + b"<sheetData>"),
    _raw("an endless tag", b"<sheetData>", b"<a b='" + bytes(range(33, 38)) * 500_000 + b"'/><sheetData>"),
    _raw("no end", b"</worksheet>", b""),
    _raw("no sheet", b"<sheet ", b"<other ", part="xl/workbook.xml"),
    _raw("a sheet that is not there", b"sheet1.xml", b"sheet9.xml", part="xl/_rels/workbook.xml.rels"),
    _raw("rows that go back", b'<row r="2"', b'<row r="1"'),
    _raw("a row below the last", b'<row r="2"', b'<row r="1048577"'),
    _raw("a cell in another row", b'r="B2"', b'r="B3"'),
    _raw("a cell before the last", b'r="B2"', b'r="A2"'),
    _raw("a cell beyond XFD", b'r="D2"', b'r="XFE2"'),
    _raw("a cell without a name", b'r="D2"', b'r="2"'),
    _raw("a number that is none", b"<v>1</v></c></row></sheetData>", b"<v>NaN</v></c></row></sheetData>"),
    _raw("a text that is not there", b't="n"><v>1</v>', b't="s"><v>0</v>'),
    _raw("a kind of cell nobody knows", b't="n"><v>1</v>', b't="z"><v>0</v>'),
    Bad("more texts than are read", excel(b"<x:si/>" * 700_000), 413, "workbook_too_large"),
    # Sheets without a table.
    Bad("nothing in it", book(), 422, "empty_file"),
    Bad("blanks in it", book(("", " "), (None, " ")), 422, "empty_file"),
    Bad("no header but data", book(GOOD), 422, "unknown_column", 1, "jobs"),
    Bad("a title above", book(("Our report",), HEAD, GOOD), 422, "unknown_column", 1, "Our report"),
    Bad("a merged title", book(("Our report",), HEAD, GOOD, change=_merging("A1:D1")), 422, "merged_cell", 1, None, "A1"),
    Bad("a head that is a formula", book(("indicator", "period", "=1", "value")), 422, "formula_cell", 1, None, "C1"),
    Bad("a head that is a date", book(("indicator", "period", date(2025, 1, 1))), 422, "date_cell", 1, None, "C1"),
    Bad("too many columns", book([f"c{number}" for number in range(1_001)]), 422, "too_many_columns", 1),
    # Cells.
    _cell("a formula", ("jobs", "2025-Q2", "F", "=D2+1"), "formula_cell", "value", "D3"),
    _cell("a formula for a code", ("jobs", '=CONCATENATE("2025-","Q2")', "F", 1), "formula_cell", "period", "B3"),
    _cell("a row of totals", (None, None, None, "=SUM(D2:D2)"), "formula_cell", "value", "D3"),
    _cell("#N/A", ("jobs", "2025-Q2", "F", "#N/A"), "error_cell", "value", "D3"),
    _cell("#REF!", ("jobs", "#REF!", "F", 1), "error_cell", "period", "B3"),
    _cell("TRUE", ("jobs", "2025-Q2", True, 1), "boolean_cell", "sex", "C3"),
    _cell("a date for a period", ("jobs", date(2025, 4, 1), "F", 1), "date_cell", "period", "B3"),
    _cell("a time for a value", ("jobs", "2025-Q2", "F", datetime(2025, 4, 1, 12)), "date_cell", "value", "D3"),  # noqa: DTZ001
    _cell("a percentage", ("jobs", "2025-Q2", "F", 0.12), "percent_cell", "value", "D3", _styled("D3", "0 %")),
    Bad("20 digits", LONG, "rejected", "inexact_number", 2, "value", "D2"),
    _cell("merged codes", ("jobs", "2025-Q1", "M", 1), "merged_cell", "indicator", "A3", _merging("A3:A4")),
    _cell("a remark beside the table", (*GOOD[:2], "M", 1, None, "checked"), "column_without_head", None, "F3"),
    # What a text of a file is refused for, a cell is.
    Bad("a number with 17 decimals", SEVENTEEN, "rejected", "not_a_decimal", 2, "value"),
    _cell("a number with an exponent", ("jobs", "2025-Q2", "F", 1e300), "not_a_decimal", "value", None),
    _cell("a year for a quarter", ("jobs", 2025, "F", 1), "wrong_frequency", "period", None),
    _cell("007 that is a number", ("jobs", "2025-Q2", 7, 1), "unknown_code", "sex", None, _styled("C3", "000")),
    Bad("one key, two values", book(HEAD, GOOD, (*GOOD[:3], 2)), "rejected", "duplicate_key", 2, "value"),
    _cell("a value missing", ("jobs", "2025-Q2", "F", None), "missing_value", "value", None),
    _cell("a cell of 66 kB", ("jobs", "2025-Q2", "x" * 32_767, 1), "unknown_code", "sex", None),
    Bad("blank rows before", book((), (), HEAD, (), ("jobs", "2025-Q1", "F", "x")), "rejected", "not_a_decimal", 5, "value"),
    Bad("a column before", book((None, *HEAD), (None, *GOOD[:3], "=1")), "rejected", "formula_cell", 2, "value", "E2"),
]  # fmt: skip
"""No file of this table may land a row."""
