"""Lists as CSV: nothing that a spreadsheet would run, nothing lost, zero and nothing told apart."""

import csv
import io
from decimal import Decimal

import pytest
from pydantic import BaseModel

from service.api.tables import neutral, table
from service.models.measure import Measure
from tests.builders import Client, coalition


class Inner(BaseModel):
    label: str


class Row(BaseModel):
    code: str
    value: Measure | None
    count: int
    flag: bool | None = None
    inner: Inner | None = None
    dimensions: dict[str, str] = {}
    many: list[str] = []


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


@pytest.mark.parametrize("cell", ["=1+1", "+33 1", "-cmd", "@SUM(A1)", "\tx", "\rx", "-1+1", "-1e5", "-"])
def test_formulas_leave_neutralised(cell: str) -> None:
    assert neutral(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["", "-1", "-0.25", "1", "a=b", "'x", "é"])
def test_the_rest_is_left_alone(cell: str) -> None:
    assert neutral(cell) == cell


def test_zero_is_written_and_nothing_is_empty() -> None:
    rows = [Row(code="a", value=Decimal(0), count=0, flag=False), Row(code="b", value=None, count=1)]
    assert read(table(Row, rows)) == [
        ["code", "value", "count", "flag", "inner.label", "many"],
        ["a", "0", "0", "false", "", "[]"],
        ["b", "", "1", "", "", "[]"],
    ]


def test_objects_become_columns_and_lists_json() -> None:
    rows = [
        Row(code="a", value=Decimal("-1.50"), count=1, inner=Inner(label='x,"y"\n'), dimensions={"sex": "F"}, many=["p", "é"]),
        Row(code="b", value=None, count=1, dimensions={"age": "-25"}),
    ]
    head, first, second = read(table(Row, rows))
    assert dict(zip(head, first, strict=True)) == {
        "code": "a", "value": "-1.5", "count": "1", "flag": "", "inner.label": 'x,"y"\n',
        "dimensions.age": "", "dimensions.sex": "F", "many": '["p","é"]',
    }  # fmt: skip
    assert second[head.index("dimensions.age")] == "-25"


def test_an_empty_list_has_its_head() -> None:
    assert read(table(Row, [])) == [["code", "value", "count", "flag", "inner.label", "many"]]


def test_a_list_is_asked_for_as_a_table(light_client: Client) -> None:
    lac = coalition(light_client, ["a"])
    lac.support.post("/actors", {"code": "b", "name": {"en": "=HYPERLINK(1)"}, "kind": "@x", "groups": ["g"]})
    by_name = lac.support.ask("GET", "/actors", params={"format": "csv"})
    by_type = lac.support.ask("GET", "/actors", headers={"Accept": "text/csv, application/json;q=0.5"})
    assert by_name.headers["content-type"].startswith("text/csv")
    assert by_type.content == by_name.content
    head, *rows = read(by_name.content)
    assert rows[2][head.index("code")] == "b"
    assert rows[2][head.index("name.en")] == "'=HYPERLINK(1)"
    assert rows[2][head.index("kind")] == "'@x"
    assert rows[2][head.index("groups")] == '["g"]'


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/csv;q=0.1, */*", "text/csv;q=0", "text/csv;q=x", ",;,"])
def test_json_unless_a_table_is_preferred(light_client: Client, accept: str) -> None:
    lac = coalition(light_client, [])
    assert lac.support.ask("GET", "/actors", headers={"Accept": accept}).headers["content-type"] == "application/json"


def test_another_format_is_refused(light_client: Client) -> None:
    lac = coalition(light_client, [])
    refused = lac.support.ask("GET", "/actors", params={"format": "xml"})
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_format")
    assert refused.json()["errors"][0]["parameter"] == "format"


def test_a_table_has_pages_too(light_client: Client) -> None:
    lac = coalition(light_client, ["a"])
    first = lac.support.ask("GET", "/actors", params={"format": "csv", "limit": 1})
    assert len(read(first.content)) == 2
    following = first.links["next"]["url"]
    second = light_client.ask("GET", following, lac.support.token)
    assert read(second.content)[1][0] == "a"
    assert "next" not in second.links
