"""Figures, series and progress as workbooks: numbers are numbers, long ones texts, formulas nothing at all."""

import csv
import io
import shutil
import subprocess
from pathlib import Path

import pytest

from service.api.tables import neutral
from service.uploads.spreadsheet import sheet_as_csv
from tests.builders import Client, Coalition, coalition, define
from tests.uploads.workbooks import XLSX, opened

LONG = "12345678901234567890.5"
_UTF_8 = "csv:Text - txt - csv (StarCalc):44,34,76"
PATHS = ("/figures?from=2025&to=2025&by=sex", "/indicators/jobs/series?from=2024&to=2025", "/progress?at=2025")


def told(client: Client) -> Coalition:
    """Three indicators: a number, a long one, a zero; a name that a spreadsheet would run."""
    lac = coalition(client, ["a"])
    sex = [{"code": "sex", "codes": ["F", "M"]}]
    formula = {"en": "=1+1", "fr": "@x"}
    lac.adopt(define("jobs", dimensions=sex, name=formula), define("long", dimensions=sex), define("none", dimensions=sex))
    lac.adopt({"kind": "set_target", "indicator": "jobs", "period": "2025", "from_period": "2025", "value": "-7.25"})
    for indicator, value in (("jobs", "-2.5"), ("long", LONG), ("none", "0")):
        lac.report("a", indicator, "2025-Q1", value)
    return lac


def rows_of(content: bytes) -> list[list[str]]:
    """The first sheet as our own reader reads it, without the column that says where a row stood."""
    with sheet_as_csv(io.BytesIO(content), 1 << 24) as file:
        return list(csv.reader(io.StringIO(file.read().decode(), newline="")))


def test_a_workbook_holds_what_the_csv_holds(light_client: Client) -> None:
    lac = told(light_client)
    for path in PATHS:
        by_format = lac.support.ask("GET", f"{path}&format=xlsx")
        response = lac.support.ask("GET", path, headers={"Accept": XLSX, "Accept-Language": "fr"})
        assert response.headers["content-type"] == by_format.headers["content-type"] == XLSX
        assert 'filename="lac-' in response.headers["content-disposition"]
        table = list(csv.reader(io.StringIO(lac.support.ask("GET", f"{path}&format=csv").text, newline="")))
        sheet = opened(response.content)
        heads = [cell.value for cell in sheet[1]]
        assert heads == table[0]
        cells = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
        for written, expected in zip(cells, table[1:], strict=True):
            for head, cell, said in zip(heads, written, expected, strict=True):
                if isinstance(cell, (int, float)):
                    assert cell == float(said), (path, head)
                else:
                    assert neutral(cell or "") == said, (path, head)
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"n", "s"}, "no formula"
        assert "15 chiffres" in str(sheet.parent["Notes"]["A1"].value)
    sheet = opened(lac.support.ask("GET", f"{PATHS[0]}&format=xlsx").content)
    place = [cell.value for cell in sheet[1]].index("value")
    assert [row[place].value for row in sheet.iter_rows(min_row=2)] == [-2.5, LONG, 0]
    assert rows_of(lac.support.ask("GET", f"{PATHS[2]}&format=xlsx").content)[0][:2] == ["indicator", "name.en"]


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed: `soffice` is not on the path")
@pytest.mark.proof
def test_libreoffice_opens_it(light_client: Client, tmp_path: Path) -> None:
    lac = told(light_client)
    (tmp_path / "figures.xlsx").write_bytes(lac.support.ask("GET", f"{PATHS[0]}&format=xlsx").content)
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", _UTF_8]
    subprocess.run([*command, "--outdir", str(tmp_path), str(tmp_path / "figures.xlsx")], check=True, timeout=240)
    converted = list(csv.reader(io.StringIO((tmp_path / "figures.csv").read_text("utf-8"), newline="")))
    place = converted[0].index("value")
    assert [row[place] for row in converted[1:]] == ["-2.5", LONG, "0"]
