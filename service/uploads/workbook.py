"""Writes workbooks (`.xlsx`), row by row, so that a long one takes no more memory than a short one.

What is written is the least that Office Open XML asks for (ECMA-376, parts 12 and 18): texts inside their cells, a handful of
styles, drop-downs. The same content gives the same bytes.
"""

import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import IO
from xml.sax.saxutils import escape, quoteattr

from service.uploads.marks import address

WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_TEXT = 32_767
"""Characters that Excel takes in one cell."""
GENERAL, TEXT, HEAD, NOTE = range(4)
"""Styles: a number or whatever is typed; a text, which keeps what is typed as it is; a head; a text over several lines."""

_DIGITS_OF_A_DOUBLE = 15
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    "<borders><border><left/><right/><top/><bottom/><diagonal/></border></borders>"
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="4">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyAlignment="1">'
    '<alignment vertical="top" wrapText="1"/></xf></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


@dataclass(frozen=True, slots=True)
class Number:
    """A cell that holds a number: `text` is a decimal in plain notation."""

    text: str


Written = str | Number
"""What a cell holds; the empty text leaves it empty."""


@dataclass(frozen=True, slots=True)
class Column:
    """How wide a column is, in characters, and the style of its cells, empty ones too."""

    width: int = 14
    style: int = TEXT


@dataclass(frozen=True, slots=True)
class Choice:
    """A drop-down in the cells of column `place` (from 0) from row `first` to row `last`: the cells that `source` names are
    the choices, and `message` is shown to whoever types something else. Without a source anything goes, and `message` is a
    word beside the cell."""

    place: int
    first: int
    last: int
    source: str | None
    title: str
    message: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet. `rows` come with their numbers (from 1), in order; row `head` stays in sight, and is none where that is 0."""

    name: str
    rows: Iterable[tuple[int, Sequence[Written]]]
    columns: Sequence[Column]
    head: int = 1
    choices: Sequence[Choice] = field(default=())


def number_or_text(decimal: str) -> Written:
    """A number cell where a spreadsheet keeps every digit of the decimal, else a text."""
    digits = Decimal(decimal).normalize().as_tuple().digits
    return Number(decimal) if len(digits) <= _DIGITS_OF_A_DOUBLE else decimal


def write_workbook(file: IO[bytes], sheets: Sequence[Sheet]) -> None:
    """Writes a workbook to `file`."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in _parts(sheets).items():
            with archive.open(_entry(name), "w") as part:
                part.write((_XML + content).encode())
        for number, sheet in enumerate(sheets, start=1):
            with archive.open(_entry(f"xl/worksheets/sheet{number}.xml"), "w") as part:
                for piece in _sheet(sheet):
                    part.write(piece.encode())


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)  # as of 1980
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _parts(sheets: Sequence[Sheet]) -> dict[str, str]:
    numbers = range(1, len(sheets) + 1)
    types = f"{WORKBOOK_TYPE.removesuffix('sheet')}"
    overrides = [("/xl/workbook.xml", "sheet.main"), ("/xl/styles.xml", "styles")]
    overrides += [(f"/xl/worksheets/sheet{number}.xml", "worksheet") for number in numbers]
    relations = [(number, "worksheet", f"worksheets/sheet{number}.xml") for number in numbers]
    relations.append((len(sheets) + 1, "styles", "styles.xml"))
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        + "".join(f'<Override PartName="{name}" ContentType="{types}{kind}+xml"/>' for name, kind in overrides)
        + "</Types>",
        "_rels/.rels": _related([(1, "officeDocument", "xl/workbook.xml")]),
        "xl/_rels/workbook.xml.rels": _related(relations),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><bookViews><workbookView/></bookViews><sheets>'
        + "".join(
            f'<sheet name={quoteattr(sheet.name)} sheetId="{number}" r:id="rId{number}"/>'
            for number, sheet in enumerate(sheets, start=1)
        )
        + "</sheets></workbook>",
        "xl/styles.xml": _STYLES,
    }


def _related(relations: list[tuple[int, str, str]]) -> str:
    listed = "".join(
        f'<Relationship Id="rId{number}" Type="{_RELATIONS}/{kind}" Target="{target}"/>' for number, kind, target in relations
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'


def _sheet(sheet: Sheet) -> Iterable[str]:
    """The parts of a sheet in the order that the schema has them in."""
    yield f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    if sheet.head:
        below = f"A{sheet.head + 1}"
        yield f'<pane ySplit="{sheet.head}" topLeftCell="{below}" activePane="bottomLeft" state="frozen"/>'
    yield "</sheetView></sheetViews><cols>"
    for number, column in enumerate(sheet.columns, start=1):
        yield f'<col min="{number}" max="{number}" width="{column.width}" style="{column.style}" customWidth="1"/>'
    yield "</cols><sheetData>"
    for row, cells in sheet.rows:
        styles = (HEAD if row == sheet.head else column.style for column in sheet.columns)
        written = (
            _cell(address(place, row), cell, style)
            for place, (cell, style) in enumerate(zip(cells, styles, strict=True))
            if cell != ""
        )
        yield f'<row r="{row}">{"".join(written)}</row>'
    yield "</sheetData>"
    if sheet.choices:
        yield f'<dataValidations count="{len(sheet.choices)}">{"".join(map(_choice, sheet.choices))}</dataValidations>'
    yield "</worksheet>"


def _cell(at: str, cell: Written, style: int) -> str:
    if isinstance(cell, Number):
        return f'<c r="{at}" s="{GENERAL}"><v>{cell.text}</v></c>'
    # A long decimal among numbers is a text for good: typed over, it keeps its digits too.
    kept = TEXT if style == GENERAL else style
    return f'<c r="{at}" s="{kept}" t="inlineStr"><is><t xml:space="preserve">{_escaped(cell)}</t></is></c>'


def _choice(choice: Choice) -> str:
    where = f"{address(choice.place, choice.first)}:{address(choice.place, choice.last)}"
    title, message = quoteattr(_plain(choice.title)[:32]), quoteattr(_plain(choice.message)[:255])
    if choice.source is None:
        said = f"promptTitle={title} prompt={message}"
        return f'<dataValidation allowBlank="1" showInputMessage="1" {said} sqref="{where}"/>'
    said = f"errorTitle={title} error={message}"
    return (
        f'<dataValidation type="list" allowBlank="1" showErrorMessage="1" {said} sqref="{where}">'
        f"<formula1>{escape(choice.source)}</formula1></dataValidation>"
    )


def _escaped(text: str) -> str:
    """As XML holds a text: what looks like an escape of the format's own is one, and the returns that XML would lose."""
    return escape(_plain(_ESCAPE.sub("_x005F_", text)), {"\r": "_x000D_"})


def _plain(text: str) -> str:
    return _CONTROL.sub("\ufffd", text)
