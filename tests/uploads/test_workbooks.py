"""Workbooks come in as files of text do: the same rules and the same report, and each cell is what it is or is refused."""

import io
import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from service.database import Database, open_database
from service.errors import ServiceError, TooLarge
from service.uploads.archive import is_workbook
from service.uploads.spreadsheet import sheet_as_csv
from tests.builders import Voice, define
from tests.uploads.sending import counts, gathered, send, standing
from tests.uploads.test_malformed import stricken
from tests.uploads.workbooks import BAD, HEAD, PLAIN, SHEET, TEXTS, XLSX, Bad, book, excel, opened, patched, saved

SENT = {"Content-Type": XLSX}


def send_book(voice: Voice, content: bytes, **asked: Any) -> dict[str, Any]:
    """What became of a workbook."""
    return send(voice, content, headers=SENT, **asked)


def report_of(voice: Voice, answer: dict[str, Any]) -> bytes:
    """Its report, which is a workbook."""
    response = voice.client.ask("GET", answer["report"], voice.token)
    assert (response.status_code, response.headers["Content-Type"]) == (200, XLSX)
    return response.content


def _differences(voice: Voice, bad: Bad) -> list[str]:
    response = voice.ask("POST", "/imports", content=bad.content, headers={**SENT, "Prefer": "wait=30"})
    answer = response.json()
    status = answer["status"] if response.status_code in (200, 202) else response.status_code
    (first, *_) = answer.get("errors") or [{}]
    code = answer.get("code") if isinstance(bad.status, int) else first.get("code")
    found = [status, code, first.get("row"), first.get("column")]
    expected = [bad.status, bad.code, bad.row, bad.column]
    named = bad.cell is None or f"cell {bad.cell} " in first["detail"]
    return [] if found == expected and named else [f"{bad.name}: {expected} expected, {found} answered, {first.get('detail')}"]


@pytest.mark.parametrize(("engine", "step"), [("sqlite", 1), ("postgresql", 8)])
def test_workbooks_that_must_not_be_taken(new_database: Callable[[str], str], engine: str, step: int) -> None:
    database = open_database(new_database(engine))
    made = stricken(database)
    assert len({bad.name for bad in BAD}) == len(BAD) > 50
    differences = [difference for bad in BAD[::step] for difference in _differences(made.members["a"], bad)]
    assert not differences, "\n".join(differences)
    assert made.support.get("/contributions")["items"] == []
    database.dispose()


def test_what_a_cell_holds_is_what_is_recorded(database: Database) -> None:
    """Numbers as they were typed, whatever a binary number makes of them and whatever the texts beside them look like."""
    made = gathered(database)
    typed = [0.1, 1e20, 1.234, 25.0, -3, "0,5", 1234567.89, "12345678901234567890123456.123456789012".replace(".", ",")]
    written = ["0.1", "1" + "0" * 20, "1.234", "25", "-3", "0.5", "1234567.89", "12345678901234567890123456.123456789012"]
    periods = [f"{year}-Q{quarter}" for year in (2023, 2024) for quarter in (1, 2, 3, 4)]
    rows = [("jobs", period, "NA", value, None, "checked") for period, value in zip(periods, typed, strict=True)]

    def change(sheet: Any) -> None:
        sheet.row_dimensions[3].hidden = True
        sheet["D4"].number_format = '#,##0.0 "€"'
        sheet["A40"].number_format = "@"
        sheet.parent.create_sheet("Notes").append(["indicator", "nothing"])

    content = book((*HEAD, None, "comment"), *rows[:4], (), *rows[4:], change=change)
    assert counts(send_book(made.members["a"], content)) == {"rows": 8, "created": 8}
    assert standing(made.support) == {("jobs", "a", period, "NA"): said for period, said in zip(periods, written, strict=True)}
    form = (
        made.members["a"].ask("POST", "/imports", files={"file": ("jobs.xlsx", content)}, headers={"Prefer": "wait=30"}).json()
    )
    assert (form["filename"], counts(form)) == ("jobs.xlsx", {"rows": 8, "unchanged": 8})
    said = send_book(made.members["a"], book((*HEAD, "comment"), ("jobs", "2023-Q1", "NA", 1.234, 7)), decimal="comma")
    assert counts(said) == {"rows": 1, "revised": 1}
    assert made.support.get("/contributions", period="2023-Q1")["items"][0]["comment"] == "7"


def test_a_workbook_as_excel_writes_it(database: Database) -> None:
    made = gathered(database)
    made.adopt(define("yearly", frequency="A"))
    content = excel(TEXTS.replace(b"jobs", b"yearly"))
    assert counts(send_book(made.members["a"], content)) == {"rows": 1, "created": 1}
    (item,) = made.support.get("/contributions")["items"]
    assert (item["period"], item["value"], item["comment"]) == ("2024", "0.1", "two\r\nlines, <b> _x0041_")


def test_a_report_is_mended_and_sent_again(database: Database) -> None:
    made = gathered(database)
    rows = [("jobs", "2025-Q1", "F", 1.234), ("jobs", "2025-Q2", "F", "=A1"), (), ("jobs", "2025-Q5", "F", "0,5")]
    answer = send_book(made.members["a"], book(HEAD, *rows), on_error="skip_rows")
    assert [(error["row"], error["column"], error["code"]) for error in answer["errors"]] == [
        (3, "value", "formula_cell"),
        (5, "period", "not_a_period"),
    ]
    assert counts(answer) == {"rows": 3, "created": 1, "rejected": 2}
    report = opened(report_of(made.members["a"], answer))
    assert [cell.value for cell in report[1]] == [*HEAD, "error", "message", "suggestion"]
    assert [(cell.value, cell.data_type) for cell in report[2]][3:5] == [(1.234, "n"), (None, "n")]
    assert [(cell.value, cell.data_type) for cell in report[3]][3:5] == [("=A1", "s"), ("formula_cell", "s")]
    assert report["E5"].value == "not_a_period"
    assert report.freeze_panes == "A2"
    report["D3"].value, report["B5"].value = 8, "2025-Q4"
    again = send_book(made.members["a"], saved(report))
    assert counts(again) == {"rows": 3, "created": 2, "unchanged": 1}
    once_more = send_book(made.members["a"], book(HEAD, ("jobs", "2025-Q9", "F", 1)))
    assert opened(report_of(made.members["a"], once_more)).max_column == 7


def test_damage_is_always_an_answer() -> None:
    """Workbooks with a few bytes changed, of what is packed or of what it is packed in: read, or refused, and nothing else."""
    seed, count, read = 61, 300, 0
    chance = random.Random(seed)
    plain = excel()
    parts = [SHEET, "xl/workbook.xml", "xl/styles.xml", "xl/shared.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml"]

    def damaged(content: bytes) -> bytes:
        changed = bytearray(content)
        for _ in range(chance.randint(1, 4)):
            changed[chance.randrange(len(changed))] = chance.choice([chance.randrange(256), 34, 48, 60, 62])
        return bytes(changed)

    codes = set()
    for number in range(count):
        content = patched(plain, chance.choice(parts), damaged) if number % 2 else damaged(plain)
        try:
            if is_workbook(io.BytesIO(content)):
                sheet_as_csv(io.BytesIO(content), 1 << 20).close()
                read += 1
        except ServiceError as error:
            codes.add(error.code)
    print(f"seed {seed}: {count} workbooks, {read} read, the others {sorted(codes)}")
    assert 0 < read < count and "broken_workbook" in codes


def test_every_number_that_was_typed_comes_back() -> None:
    chance = random.Random(62)
    values = [Decimal(chance.randrange(10**15)).scaleb(-chance.randrange(13)) for _ in range(300)]
    content = book(HEAD, *[("jobs", "2025-Q1", f"c{place}", float(value)) for place, value in enumerate(values)])
    with sheet_as_csv(io.BytesIO(content), 1 << 20) as table:
        cells = [line.decode().split(",")[3].removeprefix("\x02") for line in table.readlines()[1:]]
    assert [Decimal(cell) for cell in cells] == values


def test_a_bomb_is_put_out_early() -> None:
    """What grows more than any sheet does is refused long before the limit of what a file may hold."""
    bomb = patched(PLAIN, SHEET, lambda given: given.replace(b"<row", b" " * 30_000_000 + b"<row", 1))
    assert len(bomb) < 100_000
    with pytest.raises(TooLarge):
        sheet_as_csv(io.BytesIO(bomb), 1 << 28)
