"""Mappings over HTTP: whose they are, what is kept of them, and files that go in under them, wide ones among them."""

from typing import Any

import pytest

from tests.builders import Client, Coalition, Json, Voice, coalition, define, refusal
from tests.uploads.sending import SEX, counts, send, standing

EXPORT = {
    "columns": [
        {"column": "Trimestre", "field": "period"},
        {"column": "Genre", "dimension": "sex", "labels": {"Femmes": "F", "Hommes": "M"}},
        {"column": "Nombre", "field": "value"},
    ],
    "constants": {"indicator": "jobs"},
    "period": {"format": "QN YYYY"},
    "decimal": "comma",
}
FILE = "Trimestre;Genre;Nombre\nT1 2025;Femmes;1.250,5\nT1 2025;Hommes;0\n"


@pytest.fixture
def lac(shared: Client) -> Coalition:
    made = coalition(shared)
    made.adopt(
        define("jobs", dimensions=SEX),
        define("rate", measure="ratio", frequency="A", factor="100"),
        define("wait", measure="mean", frequency="A"),
    )
    return made


def put(voice: Voice, name: str = "export", terms: Any = EXPORT, **asked: str) -> Json:
    response = voice.ask("PUT", f"/mappings/{name}", json=terms, params=asked)
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    return answer


def test_a_mapping_is_kept_changed_and_deleted_each_by_one_entry(lac: Coalition) -> None:
    a = lac.members["a"]

    def proof() -> int:
        return int(lac.support.get("/events/proof")["number"])

    began = proof()
    made = put(a)
    assert (made["name"], made["actor"], proof()) == ("export", "a", began + 1)
    assert {name: made["terms"][name] for name in ("period", "decimal")} == {
        "period": {"format": "QN YYYY", "frequency": None, "day": "within", "year": None},
        "decimal": "comma",
    }
    assert put(a, terms=made["terms"]) == made
    assert proof() == began + 1, "what is sent again changes nothing"
    read = a.ask("GET", "/mappings/export")
    tag = read.headers["etag"]
    assert read.json() == made
    assert a.ask("GET", "/mappings/export", headers={"If-None-Match": tag}).status_code == 304
    lac.client.clock = lac.client.clock.replace(hour=12)
    changed = a.ask("PUT", "/mappings/export", json=EXPORT | {"decimal": "point"}, headers={"If-Match": tag})
    assert (changed.status_code, changed.json()["terms"]["decimal"], proof()) == (200, "point", began + 2)
    assert refusal(a.ask("PUT", "/mappings/export", json=EXPORT, headers={"If-Match": tag})) == (412, "stale")
    assert refusal(a.ask("PUT", "/mappings/other", json=EXPORT, headers={"If-Match": tag})) == (412, "stale")
    assert a.get("/mappings/export", as_of="2026-01-15T11:00:00Z") == made
    assert a.ask("DELETE", "/mappings/export").status_code == 204
    assert proof() == began + 3
    for method in ("GET", "DELETE"):
        assert refusal(a.ask(method, "/mappings/export")) == (404, "unknown_mapping")
    assert a.get("/mappings")["items"] == []
    assert put(a) == made, "its name may be given again"
    assert a.ask("PUT", "/mappings/Not-A-Code", json=EXPORT).status_code == 422


def test_a_mapping_is_an_actors_own_and_the_support_stands_in(lac: Coalition) -> None:
    a, b = lac.members["a"], lac.members["b"]
    put(a)
    put(b, terms=EXPORT | {"decimal": "point"})
    assert put(lac.support, "theirs", actor="a")["actor"] == "a"
    for method, body in (("GET", None), ("PUT", EXPORT), ("DELETE", None)):
        assert refusal(b.ask(method, "/mappings/export", json=body, params={"actor": "a"})) == (403, "not_your_actor")
    assert refusal(b.ask("GET", "/mappings", params={"actor": "a"})) == (403, "not_your_actor")
    listed = {
        who: [(one["actor"], one["name"]) for one in voice.get("/mappings")["items"]] for who, voice in lac.members.items()
    }
    assert listed == {"a": [("a", "export"), ("a", "theirs")], "b": [("b", "export")]}
    everybody = [(one["actor"], one["name"]) for one in lac.support.get("/mappings")["items"]]
    assert everybody == [("a", "export"), ("a", "theirs"), ("b", "export")]
    assert [one["name"] for one in lac.support.get("/mappings", actor="b")["items"]] == ["export"]
    refused = a.ask("PUT", "/mappings/export", json=EXPORT | {"constants": {"indicator": "job"}})
    (error,) = refused.json()["errors"]
    assert (refused.status_code, error["code"], error["pointer"]) == (422, "unknown_indicator", "/constants/indicator")
    assert error["suggestion"] == "did you mean `jobs`?"


def test_whose_mapping_an_import_names(lac: Coalition) -> None:
    a, b = lac.members["a"], lac.members["b"]
    put(a)
    sent = send(a, FILE, mapping="export")
    assert (counts(sent), sent["mapping"], sent["decimal"]) == ({"rows": 2, "created": 2}, "export", "comma")
    assert standing(a) == {("jobs", "a", "2025-Q1", "F"): "1250.5", ("jobs", "a", "2025-Q1", "M"): "0"}
    # The support names a member's, and rows that name no actor are that member's.
    sent = send(lac.support, FILE.replace("T1", "T2"), mapping="a/export")
    assert (counts(sent), sent["mapping"], sent["actor"]) == ({"rows": 2, "created": 2}, "a/export", "appui")
    assert {key[1] for key in standing(a)} == {"a"}
    for voice, named in ((b, "export"), (b, "a/export"), (lac.support, "export"), (a, "none"), (a, "/"), (a, "a/b/export")):
        response = voice.ask("POST", "/imports", content=FILE, headers={"Content-Type": "text/csv"}, params={"mapping": named})
        assert refusal(response) == (422, "unknown_mapping"), named
        assert response.json()["errors"][0]["parameter"] == "mapping"
    # What is asked for beside the mapping wins.
    said = send(a, "Trimestre;Genre;Nombre\nT3 2025;Femmes;1.5\n", mapping="export", decimal="point", mode="check")
    assert (said["decimal"], counts(said)) == ("point", {"rows": 1, "created": 1})
    assert a.get(f"/imports/{said['id']}")["mapping"] == "export"


def test_a_wide_file_by_indicator_names_the_row_and_the_column_and_comes_back_mended(lac: Coalition) -> None:
    a = lac.members["a"]
    jobs: dict[str, Any] = {"field": "value", "fixed": {"indicator": "jobs"}}
    terms = {
        "columns": [
            {"column": "An", "field": "year"},
            {"column": "Trim.", "field": "quarter"},
            {"column": "Emplois", **jobs},
            {"column": "dont femmes", "field": "value", "fixed": {"indicator": "jobs", "dimensions": {"sex": "F"}}},
        ],
        "ignored": ["Note"],
    }
    put(a, "wide", terms)
    content = (
        "An;Trim.;Emplois;dont femmes;Note\r\n2025;T1;12;5;ok\r\n2025;T2;;0;\r\n2025;T9;1;2;\r\n2025;T3;x;3;\r\n;;;;total\r\n"
    )
    sent = send(a, content, mapping="wide")
    assert counts(sent) == {"rows": 7, "rejected": 3}
    assert [(error["row"], error["column"], error["code"]) for error in sent["errors"]] == [
        (4, "An + Trim.", "not_in_period_format"),
        (5, "Emplois", "not_a_decimal"),
    ]
    assert standing(a) == {}
    report = a.ask("GET", f"/imports/{sent['id']}/report").text
    lines = report.split("\r\n")
    assert [line.startswith(came) for line, came in zip(lines, content.split("\r\n"), strict=True)] == [True] * 7
    assert lines[0] == "An;Trim.;Emplois;dont femmes;Note;error;message;suggestion"
    assert [line.split(";")[5] for line in lines[1:5]] == ["", "", "not_in_period_format", "not_a_decimal"]
    mended = report.replace("2025;T9", "2025;T4").replace("T3;x", "T3;7")
    sent = send(a, mended, mapping="wide")
    assert counts(sent) == {"rows": 7, "created": 7}
    assert standing(a) == {
        ("jobs", "a", "2025-Q1", ""): "12",
        ("jobs", "a", "2025-Q1", "F"): "5",
        ("jobs", "a", "2025-Q2", "F"): "0",
        ("jobs", "a", "2025-Q3", ""): "7",
        ("jobs", "a", "2025-Q3", "F"): "3",
        ("jobs", "a", "2025-Q4", ""): "1",
        ("jobs", "a", "2025-Q4", "F"): "2",
    }
    assert counts(send(a, mended, mapping="wide")) == {"rows": 7, "unchanged": 7}
    # The same contribution twice: word for word it is folded, otherwise both rows are named, by their columns.
    sent = send(a, "An;Trim.;Emplois;dont femmes\n2025;T1;12;5\n2025;T1;12;6\n", mapping="wide")
    assert counts(sent) == {"rows": 4, "folded": 1, "rejected": 2}
    named = [(error["row"], error["column"], error["detail"].split(" reports")[0]) for error in sent["errors"]]
    assert named == [(2, "dont femmes", "row 3"), (3, "dont femmes", "row 2")]


def test_a_wide_file_by_period(lac: Coalition) -> None:
    a = lac.members["a"]
    terms = {
        "columns": [{"column": "Indicateur", "field": "indicator", "labels": {"Créations": "jobs"}}],
        "ignored": ["Total"],
        "period_columns": "value",
        "period": {"format": "QN YYYY"},
        "no_value": ["-"],
    }
    put(a, "wide", terms)
    content = "Indicateur,T1 2024,T2 2024,T3 2024,Total\nCréations,10,,0,10\nInconnu,1,2,-,3\n"
    sent = send(a, content, mapping="wide", on_error="skip_rows")
    assert counts(sent) == {"rows": 4, "created": 2, "rejected": 2}
    assert standing(a) == {("jobs", "a", "2024-Q1", ""): "10", ("jobs", "a", "2024-Q3", ""): "0"}
    assert [(error["row"], error["column"], error["code"]) for error in sent["errors"]] == [
        (3, "Indicateur", "unknown_indicator")
    ]
    # Next year's file has one column more, and the mapping is the same.
    grown = content.replace(",Total", ",T4 2024,Total").replace("0,10", "0,4,14").replace("Inconnu,1,2,-,3\n", "")
    assert counts(send(a, grown, mapping="wide")) == {"rows": 3, "created": 1, "unchanged": 2}
    sent = send(a, "Indicateur,T1 2025,T1 2027\nCréations,1,2\n", mapping="wide")
    assert [(error["row"], error["column"], error["code"]) for error in sent["errors"]] == [(2, "T1 2027", "period_not_begun")]
    question = send(a, "Indicateur,T1 2024,T2 2024\nCréations,,1.234\n", mapping="wide")
    assert [(error["row"], error["column"], error["code"]) for error in question["errors"]] == [
        (2, "T2 2024", "ambiguous_decimal")
    ]
