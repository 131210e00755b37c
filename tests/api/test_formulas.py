"""Every table of the contract, of a community whose every text is a formula: no spreadsheet that opens one runs anything."""

import csv
import io
import itertools
import re
import zipfile
from collections.abc import Iterator

import pytest
from openpyxl import load_workbook

from tests.builders import POSTGRESQL_AS_PROOF, Client, contract
from tests.web.furnished import Furnished, furnish

FORMULAS = [
    "=1+1", "=cmd|' /C calc'!A0", "+1+1", "-1+1|x", "@SUM(1)", "\t=1+1", "\r=1+1", '=HYPERLINK("http://x")', " =1+1", "\n=1+1",
    '";=1+1;"', "=1+1\n=2+2",
]  # fmt: skip
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
RUNS = re.compile(r"[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
NUMBER = re.compile(r"-[0-9]+(\.[0-9]+)?")
pytestmark = POSTGRESQL_AS_PROOF
TABLES = ("text/csv", "application/vnd.sdmx.data+csv", XLSX)


@pytest.fixture(scope="module")
def furnished(shared_client: Client) -> Furnished:
    """The community, and a webhook and a mapping that are formulas as well."""
    texts = itertools.cycle(FORMULAS)
    made = furnish(shared_client, lambda field: next(texts))
    columns = [
        {"column": text.strip(), "field": field} for text, field in zip(FORMULAS, ("period", "value", "comment"), strict=False)
    ]
    asked = made.lac.support.ask("PUT", "/mappings/ours", json={"columns": columns})
    assert asked.status_code == 200, asked.text
    return made


def tables() -> Iterator[tuple[str, str, str]]:
    """Each operation, address and format that a spreadsheet opens."""
    for path, methods in contract()["paths"].items():
        answers = methods.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        for kind in answers:
            if kind in TABLES:
                yield methods["get"]["operationId"], path.removeprefix("/v1/communities/{community}"), kind


def address(furnished: Furnished, path: str) -> str:
    """Where something is to be found."""
    (contribution, *_) = furnished.lac.support.get("/contributions", status="contested")["items"]
    given = {
        "actor": "a", "indicator": "jobs", "proposal": furnished.proposal, "contribution": contribution["id"],
        "import_id": furnished.imports[0],
    }  # fmt: skip
    return path.format(**given)


def test_no_cell_of_any_table_is_a_formula(furnished: Furnished) -> None:
    seen: set[str] = set()
    wrong: list[tuple[str, ...]] = []
    for operation, path, kind in tables():
        answer = furnished.lac.support.ask("GET", address(furnished, path), headers={"Accept": kind})
        assert answer.status_code == 200, (operation, kind, answer.text)
        if answer.headers["content-type"].startswith(XLSX):
            wrong += [(operation, kind, *cell) for cell in in_workbook(answer.content)]
        else:
            rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
            cells = [cell for row in rows for cell in row]
            wrong += [(operation, kind, cell) for cell in cells if RUNS.match(cell) and not NUMBER.fullmatch(cell)]
            seen.update(text for text in FORMULAS if any(text in cell for cell in cells))
    assert not wrong
    assert seen == set(FORMULAS), "they do come out, as texts"


def in_workbook(content: bytes) -> list[tuple[str, str]]:
    """The cells of a workbook that are formulas, and its links to elsewhere."""
    book = load_workbook(io.BytesIO(content))
    found = [
        (cell.coordinate, str(cell.value))
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    ]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return found + [("link", name) for name in archive.namelist() if "externalLink" in name or "hyperlink" in name.lower()]
