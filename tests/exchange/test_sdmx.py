"""SDMX: what the ledger holds goes out under SDMX's names, is read by others' readers digit by digit, and comes in again."""

import csv
import io
from typing import Any

import pysdmx.io
import pytest
import sdmx.message
from pysdmx.io.csv.sdmx20.reader import read as read_csv

from tests.builders import POSTGRESQL_AS_PROOF, STARTS, Client, Coalition, Json, Voice, coalition, define, refusal
from tests.uploads.sending import counts, send

pytestmark = POSTGRESQL_AS_PROOF

LONG = "12345678901234567890123456.123456789012"
AGES = [{"code": "age", "codes": ["0-17", "65+", "n.d"], "labels": {"65+": {"en": "65 and older", "fr": "65 ans et plus"}}}]


@pytest.fixture
def gathered(shared: Client) -> Coalition:
    """Counts by age with all their digits, a ratio, a mean; one withdrawal, one correction."""
    made = coalition(shared)
    made.adopt(
        define("jobs", dimensions=AGES),
        define("rate", measure="ratio", frequency="A", factor="100"),
        define("wait", measure="mean", frequency="M"),
    )
    made.report("a", "jobs", "2025-Q1", LONG, dimensions={"age": "65+"}, comment="=1+1; as told\nby phone")
    made.report("a", "jobs", "2025-Q1", "0", observation_status="E")
    made.report("b", "jobs", "2025-Q2", "7", dimensions={"age": "n.d"})
    made.report("b", "jobs", "2025-Q2", "8", dimensions={"age": "n.d"})
    gone = made.report("b", "jobs", "2025-Q3", "9")
    made.members["b"].post(f"/contributions/{gone['id']}/withdraw", {"comment": "Wrong quarter."})
    made.members["a"].post("/contributions", {"indicator": "rate", "period": "2024", "numerator": "1", "denominator": "3"})
    made.members["a"].post("/contributions", {"indicator": "wait", "period": "2025-03", "value": "2.5", "weight": "4"})
    return made


def data(voice: Voice, **asked: Any) -> str:
    response = voice.ask("GET", "/sdmx/data", params=asked)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("application/vnd.sdmx.data+csv;version=2.0.0")
    return response.text


def lines(text: str) -> list[Json]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_each_standing_contribution_is_one_line_with_its_digits(gathered: Coalition) -> None:
    told = lines(data(gathered.support))
    names = (
        "FREQ",
        "INDICATOR",
        "ACTOR",
        "AGE",
        "TIME_PERIOD",
        "OBS_VALUE",
        "OBS_STATUS",
        "NUMERATOR",
        "DENOMINATOR",
        "WEIGHT",
    )
    assert [tuple(line[name] for name in names) for line in told] == [
        ("Q", "jobs", "a", "_T", "2025-Q1", "0", "E", "", "", ""),
        ("Q", "jobs", "a", "65$2B", "2025-Q1", LONG, "A", "", "", ""),
        ("Q", "jobs", "b", "n$2Ed", "2025-Q2", "8", "A", "", "", ""),
        ("A", "rate", "a", "_Z", "2024", "33.333333333333", "A", "1", "3", ""),
        ("M", "wait", "a", "_Z", "2025-03", "2.5", "A", "", "", "4"),
    ]
    assert {(line["ACTION"], line["STRUCTURE"], line["STRUCTURE_ID"]) for line in told} == {
        ("I", "dataflow", f"JALON:DF_{gathered.code}(1.0)")
    }
    assert told[1]["COMMENT"] == "'=1+1; as told\nby phone"
    chosen = lines(data(gathered.support, indicators="jobs", startPeriod="2025-Q2", endPeriod="2025"))
    assert [line["TIME_PERIOD"] for line in chosen] == ["2025-Q2"]


def test_others_readers_find_every_digit(gathered: Coalition) -> None:
    structure, observed = gathered.support.ask("GET", "/sdmx/structure").content, data(gathered.support)
    own = {(line["INDICATOR"], line["AGE"], line["TIME_PERIOD"]): line["OBS_VALUE"] for line in lines(observed)}
    # pysdmx checks the structures against SDMX's own schemas.
    message = pysdmx.io.read_sdmx(io.BytesIO(structure), validate=True)
    (theirs,) = message.get_data_structure_definitions()
    assert [one.id for one in theirs.components.dimensions] == ["FREQ", "INDICATOR", "ACTOR", "AGE", "TIME_PERIOD"]
    ages = next(one for one in message.get_codelists() if one.id.endswith("_AGE"))
    assert [code.id for code in ages] == ["_T", "_Z", "0-17", "65$2B", "n$2Ed"]
    (frame,) = (one.data for one in read_csv(observed))
    told = zip(frame["INDICATOR"], frame["AGE"], frame["TIME_PERIOD"], frame["OBS_VALUE"], strict=True)
    # Its reader of data lets pandas make floats of columns of numbers: what it finds is as near as those come.
    assert {(indicator, age, period): float(value) for indicator, age, period, value in told} == {
        key: float(value) for key, value in own.items()
    }
    # sdmx1 reads the same, with the structure it has just read.
    read = sdmx.read_sdmx(io.BytesIO(structure))
    assert isinstance(read, sdmx.message.StructureMessage)
    (definition,) = read.structure.values()
    message_of_data = sdmx.read_sdmx(io.BytesIO(observed.encode()), format="CSV", structure=definition)
    assert isinstance(message_of_data, sdmx.message.DataMessage)
    (found,) = message_of_data.data
    assert {(one.key.INDICATOR.value, one.key.AGE.value, one.key.TIME_PERIOD.value): str(one.value) for one in found.obs} == own


def test_what_went_out_comes_in_unchanged(gathered: Coalition) -> None:
    sent = {"Content-Type": "application/vnd.sdmx.data+csv;version=2.0.0"}
    observed = data(gathered.support)
    assert counts(send(gathered.support, observed, headers=sent)) == {"rows": 5, "unchanged": 5}
    assert counts(send(gathered.support, observed)) == {"rows": 5, "unchanged": 5}
    changed = observed.replace(LONG, "41").replace(",1,3,", ",2,3,").replace("2025-03", "2025-M04")
    answer = send(gathered.support, changed)
    assert (counts(answer), answer["mapping"]) == ({"rows": 5, "created": 1, "revised": 2, "unchanged": 2}, None)
    assert [(line["OBS_VALUE"], line["NUMERATOR"]) for line in lines(data(gathered.support))][1::2] == [
        ("41", ""),
        ("66.666666666667", "2"),
        ("2.5", ""),
    ]


@pytest.mark.parametrize(
    ("mend", "column", "code"),
    [
        (("dataflow,", "datastructure,"), "STRUCTURE", "other_structure"),
        (("JALON:DF_", "JALON:DF_no-"), "STRUCTURE_ID", "other_structure"),
        ((",I,M,", ",D,M,"), "ACTION", "unsupported_action"),
        ((",M,wait", ",Q,wait"), "FREQ", "frequency_disagrees"),
        (("wait,a,_Z", "wait,a,65$2B"), "AGE", "unknown_dimension"),
        (("2025-03", "2025-M13"), "TIME_PERIOD", "not_a_period"),
        (("2.5,A", "2.5,Ä"), "OBS_STATUS", "unknown_observation_status"),
    ],
)
def test_a_row_that_is_not_ours_is_refused_where_it_stands(
    gathered: Coalition, mend: tuple[str, str], column: str, code: str
) -> None:
    *before, last = data(gathered.support, indicators="wait").strip().split("\r\n")
    changed = "\r\n".join([*before, last.replace(*mend)])
    answer = send(gathered.support, changed)
    assert [(error["row"], error["column"], error["code"]) for error in answer["errors"]] == [(2, column, code)]
    assert counts(answer) == {"rows": 1, "rejected": 1}
    report = gathered.support.ask("GET", f"/imports/{answer['id']}/report").text
    assert report.startswith(before[0] + ",error,message,suggestion")


def test_a_head_that_is_nothing_here_is_refused(gathered: Coalition) -> None:
    head = data(gathered.support).partition("\r\n")[0].replace("EVIDENCE", "CONF_STATUS")
    response = gathered.support.ask("POST", "/imports", content=head, headers={"Content-Type": "text/csv"})
    assert refusal(response) == (422, "unknown_column")
    assert response.json()["errors"][0]["column"] == "CONF_STATUS"


def test_what_changed_and_what_was_before(shared: Client) -> None:
    made = coalition(shared)
    made.adopt(define("jobs"))
    first = made.report("a", "jobs", "2025-Q1", "1")
    shared.clock = STARTS.replace(hour=11)
    made.report("a", "jobs", "2025-Q1", "2")
    made.report("b", "jobs", "2025-Q2", "5")
    shared.clock = STARTS.replace(hour=13)
    made.members["a"].post(f"/contributions/{first['id']}/withdraw", {"comment": "Never happened."})

    def told(**asked: Any) -> list[tuple[str, ...]]:
        found = lines(data(made.support, **asked))
        return [
            (one["ACTION"], one["ACTOR"], one["OBS_VALUE"], one["VALID_FROM"][11:13], one["VALID_TO"][11:13]) for one in found
        ]

    assert told() == [("I", "b", "5", "11", "")]
    history = [("A", "a", "1", "09", "11"), ("A", "a", "2", "11", "13"), ("D", "a", "", "13", ""), ("A", "b", "5", "11", "")]
    assert told(includeHistory="true") == history
    assert told(updatedAfter="2026-01-15T12:00:00Z") == [("D", "a", "", "13", "")]
    assert told(updatedAfter="2026-01-15T10:00:00Z", includeHistory="true") == history[1:]
    assert told(asOf="2026-01-15T12:00:00Z") == [("I", "a", "2", "11", ""), ("I", "b", "5", "11", "")]
    asked = {"asOf": "2026-01-15T12:00:00Z", "as_of": "2026-01-15T12:00:00Z"}
    assert refusal(made.support.ask("GET", "/sdmx/data", params=asked)) == (422, "two_instants")


def test_a_break_is_marked_where_the_series_goes_on(shared: Client) -> None:
    made = coalition(shared)
    made.adopt(define("jobs"))
    for actor, period in (("a", "2025-Q1"), ("a", "2025-Q2"), ("b", "2025-Q1")):
        made.report(actor, "jobs", period, "1")
    revised = define("jobs", effective_from="2025-Q3")["definition"]
    change = {
        "kind": "revise_indicator",
        "indicator": "jobs",
        "based_on": 1,
        "definition": revised,
        "bridge": {"kind": "break"},
    }
    made.adopt(change)
    for actor, period in (("a", "2025-Q3"), ("a", "2025-Q4"), ("b", "2025-Q4")):
        made.report(actor, "jobs", period, "1")
    told = [
        (one["ACTOR"], one["TIME_PERIOD"], one["DEFINITION_VERSION"])
        for one in lines(data(made.support))
        if one["SERIES_BREAK"]
    ]
    assert told == [("a", "2025-Q3", "2"), ("b", "2025-Q4", "2")]


def test_members_see_their_own_where_values_are_kept(shared: Client) -> None:
    made = coalition(shared, charter={"show_actor_values": False}, visibility="public")
    made.adopt(define("jobs"))
    made.report("a", "jobs", "2025-Q1", "1")
    made.report("b", "jobs", "2025-Q1", "2")
    assert [line["OBS_VALUE"] for line in lines(data(made.members["b"]))] == ["2"]
    assert [line["OBS_VALUE"] for line in lines(data(made.support))] == ["1", "2"]
    assert made.anonymous.ask("GET", "/sdmx/data").status_code == 401
    assert b"CL_" in made.anonymous.ask("GET", "/sdmx/structure").content
