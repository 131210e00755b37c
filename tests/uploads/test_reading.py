"""Bytes to columns: no cell is shifted, changed or guessed, whichever of the two ways the file is read in."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import Refused
from service.indicators.register import Register
from service.models.community import Settings
from service.uploads.decoding import as_utf8
from service.uploads.heading import Column, Heading, read_heading
from service.uploads.reading import Table, is_quick

NOBODY = Register(1, "c", Settings(name={"en": "C"}), {}, {}, {})
HEAD = "indicator,period,value,comment\n"
LETTERS = st.text(alphabet="aé0 .'=-;\t漢", max_size=4)


def table_of(content: bytes, chunk: int = 50_000) -> Table:
    with as_utf8(io.BytesIO(content), "auto") as (readable, _):
        file = io.BytesIO(readable.read())
    return Table(file, read_heading(file, NOBODY), chunk)


def rows_of(table: Table) -> dict[int, list[str]]:
    found = {}
    for chunk in table.chunks():
        for place, row in enumerate(chunk.rows.tolist()):
            found[row] = [cells.texts[cells.codes[place]] for _, cells in sorted(chunk.cells.items())]
    return found


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(LETTERS, min_size=4, max_size=4), max_size=12), st.sampled_from(["\n", "\r\n"]), st.integers(1, 5))
def test_both_ways_of_reading_give_the_same(records: list[list[str]], end: str, chunk: int) -> None:
    # A quote in the last row sends the whole file the careful way; that row is left out of what is compared.
    quick = (HEAD + "".join(",".join(record) + end for record in records)).encode()
    careful = quick + b'"quoted",,,' + end.encode()
    fast, slow = table_of(quick, chunk), table_of(careful, chunk)
    assert is_quick(fast._file, fast.heading)
    assert not is_quick(slow._file, slow.heading)
    expected = rows_of(fast)
    found = rows_of(slow)
    found.pop(len(records) + 2)
    blank = ["", "", "", ""]
    # A line with nothing at all is a row of blanks one way and none the other: neither says anything.
    assert {row: cells for row, cells in found.items() if cells != blank} == {
        row: cells for row, cells in expected.items() if cells != blank
    }


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.text(alphabet='a,"\n\r;é ', max_size=5), min_size=4, max_size=4), min_size=1, max_size=8))
def test_what_the_csv_module_writes_comes_back(records: list[list[str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerows(
        [["indicator", "period", "comment", "evidence"], *records]
    )
    content = text.getvalue().replace("evidence", "value", 1).encode()
    found = rows_of(table_of(content))
    assert list(found.values()) == [[*(cell.strip() for cell in (a, b)), c, d.strip()] for a, b, c, d in records]
    assert list(found) == list(range(2, len(records) + 2))


CELL = st.text(alphabet="aé0 .'=,;\t\"\n\u00a0€", max_size=5)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.lists(st.lists(CELL, min_size=4, max_size=4), max_size=6),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252"]),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    st.integers(1, 5),
)
def test_every_dialect_and_encoding_comes_back(
    records: list[list[str]], encoding: str, delimiter: str, end: str, quoting: Any, chunk: int
) -> None:
    if end == "\r":  # Lines that end in CR alone are told by there being no LF at all.
        records = [[cell.replace("\n", " ") for cell in record] for record in records]
    text = io.StringIO(newline="")
    heads = ["indicator", "période", "valeur", "comment"]
    csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows([heads, *records])
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    found = rows_of(table_of(mark + text.getvalue().encode(encoding), chunk))
    expected = {
        row: [*(_as_read(cell.strip()) for cell in cells[:3]), _as_read(cells[3])] for row, cells in enumerate(records, start=2)
    }
    blank = [""] * 4
    assert {row: cells for row, cells in found.items() if cells != blank} == {
        row: cells for row, cells in expected.items() if cells != blank
    }


def _as_read(cell: str) -> str:
    """Without the apostrophe that keeps a formula from being one."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in ("=", "\t") else cell


@pytest.mark.parametrize("quoted", [False, True])
def test_codes_stay_what_they_are(quoted: bool) -> None:
    cells = ["NA", "007", "1.50", "None"]
    line = ",".join(f'"{cell}"' if quoted else cell for cell in cells)
    assert rows_of(table_of((HEAD + line).encode())) == {2: cells}


def test_spaces_around_codes_and_the_apostrophe_before_formulas_are_taken_off() -> None:
    content = HEAD + " a ,\u00a02025,'-5,'=SUM(A1)\n'a,2025,'5, b \n"
    assert rows_of(table_of(content.encode())) == {2: ["a", "2025", "-5", "=SUM(A1)"], 3: ["'a", "2025", "'5", " b "]}


def test_ragged_rows_are_named_and_the_others_keep_their_numbers() -> None:
    table = table_of((HEAD + "a,1,2,c\nb,1,2\n\nc,1,2,3,4\nd,1,2,c\n").encode())
    chunks = list(table.chunks())
    assert [pair for chunk in chunks for pair in chunk.ragged] == [(3, 3), (5, 5)]
    assert {row: cells[0] for row, cells in rows_of(table).items()} == {2: "a", 6: "d"}


@pytest.mark.parametrize(
    ("content", "codec"),
    [
        ((HEAD + "é,1,2,c\n").encode(), "utf-8"),
        ((HEAD + "é,1,2,c\n").encode("utf-8-sig"), "utf-8-sig"),
        ((HEAD + "é,1,2,c\n").encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + (HEAD + "é,1,2,c\n").encode("utf-16-be"), "utf-16"),
        ((HEAD + "é,1,2,c\n").encode("cp1252"), "cp1252"),
        ((HEAD + "é,1,2,c\n").replace("\n", "\r").encode(), "utf-8"),
        ((HEAD + "é,1,2,c\n").replace("\n", "\r\n").encode(), "utf-8"),
        ((HEAD + "é,1,2,c").encode(), "utf-8"),
    ],
)
def test_encodings_and_line_ends(content: bytes, codec: str) -> None:
    with as_utf8(io.BytesIO(content), "auto") as (_, found):
        assert found == codec
    assert rows_of(table_of(content)) == {2: ["é", "1", "2", "c"]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1252"])
def test_an_encoding_that_is_said_is_taken_at_its_word(encoding: Any) -> None:
    content = "indicator,é".encode({"windows-1252": "cp1252"}.get(encoding, encoding))
    with as_utf8(io.BytesIO(content), encoding) as (file, _):
        assert file.read().decode() == "indicator,é"


def test_blank_lines_after_the_table_are_nothing() -> None:
    """pandas breaks off where it meets a great many of them, and takes a mark before the first row for its own."""
    assert rows_of(table_of((HEAD + "\n" * 5).encode())) == {}
    assert rows_of(table_of((HEAD + "a,1,2,c\n" + "\n" * 5).encode())) == {2: ["a", "1", "2", "c"]}
    assert rows_of(table_of((HEAD + "\ufeffa,1,2,c\n").encode())) == {2: ["\ufeffa", "1", "2", "c"]}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_the_one_under_which_heads_are_known(delimiter: str) -> None:
    heads = ["Indicateur", "PÉRIODE", " valeur ", "Commentaire"]
    heading = read_heading(io.BytesIO(delimiter.join(heads).encode()), NOBODY)
    assert heading.delimiter == delimiter
    assert [column.field for column in heading.columns] == ["indicator", "period", "value", "comment"]


def test_every_fault_of_a_header_is_named() -> None:
    with pytest.raises(Refused) as refused:
        read_heading(io.BytesIO(b"indicatr,value,Value\n"), NOBODY)
    said = [(fault.code, fault.column, fault.suggestion) for fault in refused.value.faults]
    assert said == [
        ("unknown_column", "indicatr", "did you mean `indicator`?"),
        ("duplicate_column", "Value", None),
        ("missing_column", "indicator", None),
        ("missing_column", "period", None),
    ]


def test_blank_lines_before_the_header_are_passed_over() -> None:
    table = table_of(b"\n,,,\n" + HEAD.encode() + b"a,1,2,c\n")
    assert table.heading == Heading(
        ",",
        tuple(Column(place, name, name) for place, name in enumerate(["indicator", "period", "value", "comment"])),
        len(HEAD) + 5,
        3,
    )
    assert list(rows_of(table)) == [4]
