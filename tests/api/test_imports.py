"""Imports over HTTP: how files arrive, what is answered, what is recorded, undone and reported."""

import csv
import gzip
import io
from typing import Any

import pytest

from service.database import Database
from service.records.verification import verify
from tests.builders import Json, define
from tests.uploads.sending import SEX, counts, gathered, send, standing

FILE = "indicator,period,sex,value\njobs,2025-Q1,F,12.5\njobs,2025-Q1,M,3\njobs,2025-Q2,,0\n"
LANDED = {("jobs", "a", "2025-Q1", "F"): "12.5", ("jobs", "a", "2025-Q1", "M"): "3", ("jobs", "a", "2025-Q2", ""): "0"}
CSV = {"Content-Type": "text/csv"}


def nothing_differs(database: Database) -> None:
    with database.read() as connection:
        assert verify(connection) == []


def test_a_file_lands_and_is_read_back_through_other_doors(database: Database) -> None:
    made = gathered(database)
    answer = send(made.members["a"], FILE)
    assert (answer["status"], counts(answer), answer["progress"], answer["errors"]) == (
        "succeeded",
        {"rows": 3, "created": 3},
        100,
        [],
    )
    assert standing(made.support) == LANDED
    figure = made.support.get("/indicators/jobs/figure", **{"from": "2025-Q1", "to": "2025-Q2", "by": "sex"})
    assert {one["dimensions"]["sex"]: one["value"] for one in figure["by_dimension"]} == {"F": "12.5", "M": "3"}
    again = send(made.members["a"], FILE)
    assert counts(again) == {"rows": 3, "unchanged": 3}
    nothing_differs(database)


def test_an_import_is_answered_as_it_stands_whatever_the_instant(database: Database) -> None:
    """As of an instant at which its actor was not there yet, too."""
    made = gathered(database)
    answer = send(made.members["a"], FILE)
    first = made.support.get("/events/proof", number=1)["instant"]
    for path in ("/imports", f"/imports/{answer['id']}"):
        assert made.members["a"].get(path, as_of=first) == made.members["a"].get(path)
    assert made.members["a"].ask("GET", f"/imports/{answer['id']}/report", params={"as_of": first}).status_code == 200


def test_202_with_a_location_and_200_once_it_is_done(database: Database) -> None:
    made = gathered(database)
    response = made.members["a"].ask("POST", "/imports", content=FILE, headers=CSV)
    assert response.status_code == 202
    location = response.headers["location"]
    assert location == f"/v1/communities/lac/imports/{response.json()['id']}"
    while (found := made.client.ask("GET", location, made.members["a"].token).json())["status"] in ("queued", "running"):
        pass
    assert counts(found) == {"rows": 3, "created": 3}


def test_rows_are_created_revised_unchanged_and_folded(database: Database) -> None:
    made = gathered(database)
    send(made.members["a"], FILE)
    corrected = FILE.replace("M,3", "M,4") + "jobs,2025-Q1,F,12.50\njobs,2025-Q3,,1\n"
    answer = send(made.members["a"], corrected)
    assert counts(answer) == {"rows": 5, "created": 1, "revised": 1, "unchanged": 2, "folded": 1}
    assert standing(made.support)["jobs", "a", "2025-Q1", "M"] == "4"
    nothing_differs(database)


def test_check_says_what_commit_does_and_records_nothing(database: Database) -> None:
    made = gathered(database)
    voice = made.members["a"]
    send(voice, FILE.replace("M,3", "M,4"))
    before = standing(made.support)
    same = ("status", "rows", "created", "revised", "unchanged", "folded", "rejected", "errors")
    for more in ("", "jobs,2025-Q5,,1\n", FILE.split("\n", 1)[1], "jobs,2025-Q1,F,1\n", "jobs,2025-Q3,,1\n"):
        for on_error in ("reject_all", "skip_rows"):
            checked = send(voice, FILE + more, mode="check", on_error=on_error)
            assert standing(made.support) == before
            landed = send(voice, FILE + more, on_error=on_error)
            assert {name: checked[name] for name in same} == {name: landed[name] for name in same}
            if landed["created"] or landed["revised"]:
                voice.post(f"/imports/{landed['id']}/undo")
                assert standing(made.support) == before
    nothing_differs(database)


def test_reject_all_records_nothing_and_skip_rows_the_good_ones(database: Database) -> None:
    made = gathered(database)
    bad = FILE + "jobs,2025-Q3,X,1\n"
    rejected = send(made.members["a"], bad)
    assert (rejected["status"], counts(rejected), standing(made.support)) == ("rejected", {"rows": 4, "rejected": 1}, {})
    skipped = send(made.members["a"], bad, on_error="skip_rows")
    assert (skipped["status"], counts(skipped)) == ("succeeded", {"rows": 4, "created": 3, "rejected": 1})
    assert standing(made.support) == LANDED
    all_bad = send(made.members["a"], "indicator,period,value\njobs,2025,1\n", on_error="skip_rows")
    assert (all_bad["status"], counts(all_bad)) == ("rejected", {"rows": 1, "rejected": 1})


def test_contradicting_rows_are_both_named_and_neither_lands(database: Database) -> None:
    made = gathered(database)
    content = FILE + "jobs,2025-Q1,F,13\njobs,2025-Q1,F,12.5\n"
    answer = send(made.members["a"], content, on_error="skip_rows")
    assert [(error["row"], error["code"], error["column"]) for error in answer["errors"]] == [
        (2, "duplicate_key", "value"),
        (5, "duplicate_key", "value"),
        (6, "duplicate_key", "value"),
    ]
    assert "row 5" in answer["errors"][0]["detail"]
    assert "row 2" in answer["errors"][1]["detail"]
    assert ("jobs", "a", "2025-Q1", "F") not in standing(made.support)


WITH_ACTOR = "indicator,period,actor,sex,value\njobs,2025-Q1,a,F,12.5\njobs,2025-Q1,,M,3\njobs,2025-Q2,a,,0\n"
REPORTED = (
    "indicator,period,sex,value,error,message,suggestion\njobs,2025-Q1,F,12.5,e,m,s\njobs,2025-Q1,M,3,,,\njobs,2025-Q2,,0,,,\n"
)
WAYS: list[tuple[bytes, dict[str, Any]]] = [
    (FILE.encode("utf-8-sig"), {}),
    (FILE.encode("utf-16"), {}),
    (FILE.replace(",", ";").replace("12.5", "12,5").encode(), {}),
    (FILE.replace(",", "\t").encode(), {}),
    (FILE.replace("\n", "\r\n").encode(), {}),
    (FILE.replace("\n", "\r").encode(), {}),
    (FILE.replace("indicator,period,sex,value", "Indicateur,PÉRIODE,Sex,Valeur").encode("cp1252"), {}),
    (FILE.replace("12.5", '"12,5"').encode(), {}),
    (FILE.replace("12.5", '"12,5"').encode(), {"decimal": "comma"}),
    (FILE.replace("2025-Q2,,0", "2025-Q2,_T,0").encode(), {}),
    (FILE.replace("\n", ",,\n").encode(), {}),
    ((FILE + "\n,,,\n\n").encode(), {}),
    (WITH_ACTOR.encode(), {}),
    (REPORTED.encode(), {}),
]


def test_the_ways_of_writing_one_file(database: Database) -> None:
    made = gathered(database)
    send(made.members["a"], FILE)
    for content, asked in WAYS:
        answer = send(made.members["a"], content, **asked)
        assert (answer["status"], answer["errors"], counts(answer)) == ("succeeded", [], {"rows": 3, "unchanged": 3}), content
    assert standing(made.support) == LANDED


def test_no_break_spaces_group_thousands_and_na_is_a_code(database: Database) -> None:
    made = gathered(database)
    content = "indicator;period;sex;value\njobs;2025-Q1;NA;1\u202f234\u202f567,5\njobs;2025-Q2;NA;-1\u00a0000\n"
    send(made.members["a"], content)
    assert standing(made.support) == {("jobs", "a", "2025-Q1", "NA"): "1234567.5", ("jobs", "a", "2025-Q2", "NA"): "-1000"}


@pytest.mark.parametrize(("sign", "value"), [("point", "1.234"), ("comma", "1234")])
def test_the_question_has_an_answer(database: Database, sign: str, value: str) -> None:
    made = gathered(database)
    content = "indicator,period,value\njobs,2025-Q1,1.234\n"
    asked = send(made.members["a"], content)
    assert (asked["status"], asked["errors"][0]["code"], standing(made.support)) == ("rejected", "ambiguous_decimal", {})
    send(made.members["a"], content, decimal=sign)
    assert standing(made.support) == {("jobs", "a", "2025-Q1", ""): value}


def test_measures_stay_exact(database: Database) -> None:
    made = gathered(database)
    longest = "9" * 26 + "." + "9" * 12
    send(
        made.members["a"],
        f"indicator,period,value,numerator,denominator,weight\njobs,2025-Q1,{longest},,,\nrate,2025,,1,3,\nwait,2024,0.1,,,2\n",
    )
    assert standing(made.support) == {
        ("jobs", "a", "2025-Q1", ""): longest,
        ("rate", "a", "2025", ""): "1/3",
        ("wait", "a", "2024", ""): "0.1",
    }


def test_gzip_and_forms(database: Database) -> None:
    made = gathered(database)
    voice = made.members["a"]
    assert counts(send(voice, gzip.compress(FILE.encode()), headers={"Content-Encoding": "gzip"})) == {"rows": 3, "created": 3}
    twice = gzip.compress(FILE[:40].encode()) + gzip.compress(FILE[40:].encode())
    assert counts(send(voice, twice, headers={"Content-Encoding": "gzip"})) == {"rows": 3, "unchanged": 3}
    response = voice.ask(
        "POST", "/imports", files={"file": ("C:\\my files\\été.csv", FILE, "text/csv")}, headers={"Prefer": "wait=30"}
    )
    assert (response.status_code, response.json()["filename"], counts(response.json())) == (
        200,
        "été.csv",
        {"rows": 3, "unchanged": 3},
    )
    for files in ({"other": ("x.csv", FILE)}, {"file": ("x.csv", FILE), "more": ("y.csv", FILE)}):
        assert voice.ask("POST", "/imports", files=files).json()["code"] == "broken_form"


def test_a_small_gzip_that_becomes_large_is_refused(database: Database) -> None:
    made = gathered(database, upload_limit=1 << 20)
    bomb = gzip.compress(FILE.encode() + b"\n" * (64 << 20))
    assert len(bomb) < 1 << 17
    response = made.members["a"].ask("POST", "/imports", content=bomb, headers={**CSV, "Content-Encoding": "gzip"})
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")


def test_who_may_send_is_asked_before_the_body_is_read(database: Database) -> None:
    made = gathered(database)
    read: list[bytes] = []

    def body() -> Any:
        for _ in range(100):
            read.append(b"x" * 65_536)
            yield read[-1]

    reader = made.support.post("/actors/a/tokens", {"name": "reader", "scopes": ["read"]})["token"]
    for token, status in ((None, 401), (reader, 403)):
        response = made.client.ask("POST", "/v1/communities/lac/imports", token, content=body(), headers=CSV)
        assert response.status_code == status


def test_an_idempotency_key_makes_one_import_of_two_requests(database: Database) -> None:
    made = gathered(database)
    first = send(made.members["a"], FILE, headers={"Idempotency-Key": "k1"})
    again = send(made.members["a"], FILE, headers={"Idempotency-Key": "k1"})
    assert (first["id"], counts(again)) == (again["id"], {"rows": 3, "created": 3})
    reused = made.members["a"].ask("POST", "/imports", content=FILE + "\n", headers={**CSV, "Idempotency-Key": "k1"})
    assert (reused.status_code, reused.json()["code"]) == (422, "idempotency_key_reused")
    assert len(made.support.get("/imports")["items"]) == 1


def test_imports_are_seen_by_who_sent_them_and_by_the_support(database: Database) -> None:
    made = gathered(database)
    sent = send(made.members["a"], FILE)
    for path in ("", "/report"):
        hidden = made.members["b"].ask("GET", f"/imports/{sent['id']}{path}")
        assert (hidden.status_code, hidden.json()["code"]) == (404, "unknown_import")
    assert made.members["b"].ask("POST", f"/imports/{sent['id']}/undo").status_code == 404
    assert made.members["b"].get("/imports")["items"] == []
    assert made.support.get(f"/imports/{sent['id']}") == made.members["a"].get(f"/imports/{sent['id']}") == sent
    for odd in ("0", "2", "x", "99999999999999999999", "1%00"):
        assert made.support.ask("GET", f"/imports/{odd}").status_code == 404


def test_the_support_reports_for_others_and_members_for_themselves(database: Database) -> None:
    made = gathered(database)
    content = "indicator,actor,period,value\njobs,a,2025-Q1,1\njobs,b,2025-Q1,2\n"
    refused = send(made.members["a"], content)
    assert [(error["row"], error["code"]) for error in refused["errors"]] == [(3, "not_your_actor")]
    send(made.support, content)
    assert standing(made.support) == {("jobs", "a", "2025-Q1", ""): "1", ("jobs", "b", "2025-Q1", ""): "2"}


def test_errors_speak_the_readers_language_and_suggest(database: Database) -> None:
    made = gathered(database)
    sent = send(made.members["a"], "indicateur;période;sex;valeur\njob;2025-Q1;;1\njobs;T2 2025;;1\njobs;2025-Q1;f;12 %\n")
    assert [(error["row"], error["column"], error["code"], error["suggestion"]) for error in sent["errors"]] == [
        (2, "indicateur", "unknown_indicator", "did you mean `jobs`?"),
        (3, "période", "not_a_period", "did you mean `2025-Q2`?"),
        (4, "sex", "unknown_code", "did you mean `F`?"),
        (4, "valeur", "not_a_decimal", "did you mean `12`?"),
    ]
    read = made.members["a"].ask("GET", f"/imports/{sent['id']}", headers={"Accept-Language": "fr"}).json()
    said = [error["suggestion"].replace("\u202f", " ") for error in read["errors"]]
    assert said[:2] == ["vouliez-vous dire `jobs` ?", "vouliez-vous dire `2025-Q2` ?"]
    assert read["errors"][0]["detail"] == "Cet indicateur n’existe pas."


def _report(made: Any, sent: Json, language: str = "en") -> Any:
    response = made.members["a"].ask(
        "GET", sent["report"].removeprefix("/v1/communities/lac"), headers={"Accept-Language": language}
    )
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/csv")
    return response


def test_the_report_is_mended_and_sent_again_in_one_step(database: Database) -> None:
    made = gathered(database)
    sent = send(made.members["a"], FILE + "jobs,2025-Q3,X,1\n", on_error="skip_rows")
    report = _report(made, sent).text
    assert report.startswith("indicator,period,sex,value,error,message,suggestion\njobs,2025-Q1,F,12.5,,,\n")
    remedy = "write a code of this dimension; the total is an empty cell"
    assert report.endswith(f"jobs,2025-Q3,X,1,unknown_code,sex: `X` is no code of `sex`,{remedy}\n")
    again = send(made.members["a"], report.replace("2025-Q3,X", "2025-Q3,F"))
    assert counts(again) == {"rows": 4, "created": 1, "unchanged": 3}
    unmended = send(made.members["a"], report)
    assert _report(made, unmended).text == report


def test_the_report_of_more_than_a_hundred_errors_has_them_all(database: Database) -> None:
    made = gathered(database)
    sent = send(made.members["a"], "indicator,period,value\n" + "jobs,2025-Q1,x\n" * 2_500)
    assert (len(sent["errors"]), sent["rejected"]) == (100, 2_500)
    rows = list(csv.DictReader(io.StringIO(_report(made, sent).text)))
    assert [row["error"] for row in rows] == ["not_a_decimal"] * 2_500


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_report_keeps_the_files_own_encoding(database: Database, encoding: str) -> None:
    made = gathered(database)
    content = "Indicateur;Période;Commentaire;Valeur\r\njobs;2025-Q1;été;x\r\n".encode(encoding)
    response = _report(made, send(made.members["a"], content), "fr")
    head, row, end = response.content.decode(encoding).split("\r\n")
    assert (head, end) == ("Indicateur;Période;Commentaire;Valeur;error;message;suggestion", "")
    assert row.startswith("jobs;2025-Q1;été;x;not_a_decimal;")
    assert "?" not in row


def test_only_added_cells_are_neutralised(database: Database) -> None:
    made = gathered(database)
    sent = send(made.members["a"], 'indicator,period,comment,value\n=cmd,2025-Q1,"=1+1, ""x""",1\n')
    assert '\n=cmd,2025-Q1,"=1+1, ""x""",1,unknown_indicator,' in _report(made, sent).text


def test_undo_takes_back_exactly_what_was_brought(database: Database) -> None:
    made = gathered(database)
    made.report("a", "jobs", "2025-Q1", "7", dimensions={"sex": "F"})
    made.report("a", "jobs", "2025-Q1", "3", dimensions={"sex": "M"})
    before = standing(made.support)
    sent = send(made.members["a"], FILE + "jobs,2025-Q3,,5\n")
    assert counts(sent) == {"rows": 4, "created": 2, "revised": 1, "unchanged": 1}
    made.report("a", "jobs", "2025-Q3", "6")
    undone = made.members["a"].post(f"/imports/{sent['id']}/undo")
    kept = [{"indicator": "jobs", "actor": "a", "period": "2025-Q3", "dimensions": {}}]
    assert (undone["status"], undone["undo"]) == ("undone", {"withdrawn": 1, "restored": 1, "kept": kept})
    assert standing(made.support) == before | {("jobs", "a", "2025-Q3", ""): "6"}
    twice = made.members["a"].ask("POST", f"/imports/{sent['id']}/undo")
    assert (twice.status_code, twice.json()["code"]) == (409, "not_undoable")
    assert made.members["a"].get(f"/imports/{sent['id']}") == undone
    nothing_differs(database)


def test_what_cannot_be_undone(database: Database) -> None:
    made = gathered(database)
    rejected = send(made.members["a"], "indicator,period,value\njobs,2025,1\n")
    checked = send(made.members["a"], FILE, mode="check")
    sent = send(made.members["a"], FILE)
    unchanged = send(made.members["a"], FILE)
    for one in (rejected, checked, unchanged):
        assert made.members["a"].ask("POST", f"/imports/{one['id']}/undo").json()["code"] == "not_undoable"
    assert made.support.ask("PUT", "/closed-periods/2025-Q1").status_code < 300
    closed = made.members["a"].ask("POST", f"/imports/{sent['id']}/undo")
    assert (closed.status_code, closed.json()["code"]) == (409, "period_closed")
    assert standing(made.support) == LANDED


def test_an_earlier_report_under_another_definition_is_not_restored(database: Database) -> None:
    made = gathered(database)
    made.report("a", "jobs", "2025-Q1", "7")
    made.adopt(
        {
            "kind": "revise_indicator",
            "indicator": "jobs",
            "based_on": 1,
            "definition": define("jobs", dimensions=SEX, effective_from="2025-Q1")["definition"],
            "bridge": {"kind": "editorial"},
        }
    )
    sent = send(made.members["a"], "indicator,period,value\njobs,2025-Q1,8\n")
    assert counts(sent) == {"rows": 1, "revised": 1}
    undone = made.members["a"].post(f"/imports/{sent['id']}/undo")
    assert (undone["undo"]["restored"], len(undone["undo"]["kept"])) == (0, 1)
    assert standing(made.support) == {("jobs", "a", "2025-Q1", ""): "8"}
    nothing_differs(database)


def test_a_template_comes_back_with_only_what_was_filled_in(database: Database) -> None:
    made = gathered(database)
    made.report("a", "jobs", "2025-Q4", "1")
    response = made.members["a"].ask("GET", "/imports/template", params={"indicator": "jobs", "from": "2025-Q3"})
    template = response.text.removeprefix("\ufeff")
    assert template.splitlines() == [
        "indicator,actor,period,sex,value,observation_status,comment,evidence,due",
        "jobs,a,2025-Q3,,,,,,2025-10-31",
        "jobs,a,2025-Q3,F,,,,,2025-10-31",
        "jobs,a,2025-Q3,M,,,,,2025-10-31",
        "jobs,a,2025-Q3,NA,,,,,2025-10-31",
        "jobs,a,2025-Q4,,1,A,,,2026-01-31",
        "jobs,a,2025-Q4,F,,,,,2026-01-31",
        "jobs,a,2025-Q4,M,,,,,2026-01-31",
        "jobs,a,2025-Q4,NA,,,,,2026-01-31",
    ]
    filled = template.replace("2025-Q3,F,", "2025-Q3,F,0")
    assert counts(send(made.members["a"], filled)) == {"rows": 2, "created": 1, "unchanged": 1}
    unmarked = "\n".join(line.rpartition(",")[0] for line in filled.splitlines())
    refused = send(made.members["a"], unmarked)
    assert {error["code"] for error in refused["errors"]} == {"missing_value"}
    assert refused["rejected"] == 6


def test_who_gets_which_template(database: Database) -> None:
    made = gathered(database)
    everybody = made.support.ask("GET", "/imports/template", params={"indicator": "rate", "from": "2024", "to": "2024"})
    assert [line.split(",")[1] for line in everybody.text.splitlines()[1:]] == ["a", "b"]
    assert made.support.ask("GET", "/imports/template?actor=b&indicator=rate&from=2024&to=2024").text.count("rate,b,2024") == 1
    other = made.members["a"].ask("GET", "/imports/template?actor=b")
    assert (other.status_code, other.json()["code"]) == (403, "not_your_actor")
    unknown = made.members["a"].ask("GET", "/imports/template?indicator=job")
    assert (unknown.status_code, unknown.json()["errors"][0]["suggestion"]) == (422, "did you mean `jobs`?")
    package = made.members["a"].ask("GET", "/imports/template?format=datapackage").json()
    fields = {field["name"]: field for field in package["resources"][0]["schema"]["fields"]}
    assert fields["sex"]["constraints"]["enum"] == ["_T", "F", "M", "NA"]
    assert list(fields)[-1] == "due"


def test_a_missing_value_is_an_error_and_zero_is_a_value(database: Database) -> None:
    made = gathered(database)
    answer = send(made.members["a"], "indicator,period,value\njobs,2025-Q1,0\njobs,2025-Q2,\n", on_error="skip_rows")
    assert [(error["row"], error["code"]) for error in answer["errors"]] == [(3, "missing_value")]
    assert standing(made.support) == {("jobs", "a", "2025-Q1", ""): "0"}
