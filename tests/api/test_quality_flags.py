"""Quality flags over HTTP: listed by indicator, actor, import and period, in pages and as a table; who sees whose."""

import csv
import io

import pytest

from service.database import Database
from tests.builders import Client, Coalition, Json, Voice, coalition, define, refusal
from tests.uploads.sending import SEX, gathered, send

PATH = "/quality-flags"


def made(client: Client) -> Coalition:
    """Jobs by sex and people served so far, asked on 15 January 2026."""
    lac = coalition(client)
    lac.adopt(
        define("jobs", dimensions=SEX, unit={"en": "jobs", "fr": "emplois"}),
        define("served", nature="cumulative", over_time="last"),
    )
    return lac


def report_odd_things(lac: Coalition) -> None:
    """One of each: `a` has a slipped value and a falling total, `b` parts that differ, and that are incomplete."""
    for quarter, value in (("2025-Q1", "3"), ("2025-Q2", "3"), ("2025-Q3", "300")):
        lac.report("a", "jobs", quarter, value, dimensions={"sex": "F"})
        lac.report("a", "jobs", quarter, "0")
    lac.report("a", "served", "2025-Q1", "9")
    lac.report("a", "served", "2025-Q2", "0")
    lac.report("b", "jobs", "2025-Q1", "9")
    for code, value in (("F", "1"), ("M", "2"), ("NA", "3")):
        lac.report("b", "jobs", "2025-Q1", value, dimensions={"sex": code})
    lac.report("b", "jobs", "2025-Q2", "4", dimensions={"sex": "F"})


def listed(voice: Voice, **asked: object) -> list[str]:
    """The flags, in short."""
    return [f"{one['indicator']} {one['actor']} {one['period']} {one['code']}" for one in voice.get(PATH, **asked)["items"]]


ALL = [
    "jobs a 2025-Q3 hundredfold",
    "jobs b 2025-Q1 parts_differ_from_total",
    "jobs b 2025-Q2 parts_incomplete",
    "served a 2025-Q2 running_total_falls",
]


def test_the_whole_answer(lac: Coalition) -> None:
    report_odd_things(lac)
    answer = lac.support.get(PATH)
    assert [f"{one['indicator']} {one['actor']} {one['period']} {one['code']}" for one in answer["items"]] == ALL
    assert answer["next_cursor"] is None
    slip = answer["items"][0]
    entries = slip.pop("entries")
    assert slip == {
        "code": "hundredfold",
        "indicator": "jobs",
        "actor": "a",
        "period": "2025-Q3",
        "dimensions": {"sex": "F"},
        "version": 1,
        "value": "300",
        "compared_with": "3",
        "since": "2025-Q1",
        "count": 2,
        "entry_count": 1,
        "message": {
            "en": "300 jobs for 2025-Q3 is about 100 times what was usual, 3 jobs (the median of 2 values since 2025-Q1): "
            "look whether a unit or a percentage slipped.",
            "fr": "300 emplois pour 2025-Q3, c’est environ 100 fois l’ordinaire, 3 emplois (médiane de 2 valeurs depuis "
            "2025-Q1)\u00a0: voir si l’unité ou un pourcentage a glissé.",
        },
    }
    assert entries[0]["import_id"] is None
    behind = lac.support.get(f"/contributions/{entries[0]['contribution']}")
    assert (behind["value"], behind["dimensions"], behind["actor"]) == ("300", {"sex": "F"}, "a")
    fall = answer["items"][3]
    assert (fall["value"], fall["compared_with"], fall["since"], fall["dimensions"]) == ("0", "9", "2025-Q1", {})
    differ = answer["items"][1]
    assert (differ["value"], differ["compared_with"], differ["entry_count"]) == ("9", "6", 4)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"indicator": "served"}, ALL[3:]),
        ({"actor": "b"}, ALL[1:3]),
        ({"indicator": "jobs", "actor": "a"}, ALL[:1]),
        ({"from": "2025-Q3"}, ALL[:1]),
        ({"to": "2025-Q1"}, ALL[1:2]),
        ({"from": "2025-Q2", "to": "2025-Q2"}, ALL[2:]),
        ({"to": "2024"}, []),
    ],
)
def test_filters(lac: Coalition, asked: dict[str, str], expected: list[str]) -> None:
    report_odd_things(lac)
    assert listed(lac.support, **asked) == expected


def test_pages_and_a_table(lac: Coalition) -> None:
    report_odd_things(lac)
    found: list[Json] = []
    asked: dict[str, str] = {}
    for _ in ALL:
        page: Json = lac.support.get(PATH, limit=1, **asked)
        found += page["items"]
        asked = {"cursor": page["next_cursor"]}
    assert page["next_cursor"] is None
    assert found == lac.support.get(PATH)["items"]
    table = lac.support.ask("GET", PATH, params={"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(table.text, newline="")))
    assert [f"{row['indicator']} {row['actor']} {row['period']} {row['code']}" for row in rows] == ALL
    assert (rows[0]["dimensions.sex"], rows[0]["value"], rows[3]["value"], rows[2]["compared_with"]) == ("F", "300", "0", "")
    assert rows[0]["message.en"].startswith("300 jobs")


def test_what_was_corrected_is_flagged_no_more_and_still_was_then(lac: Coalition) -> None:
    report_odd_things(lac)
    before = lac.support.get(PATH)
    lac.report("a", "jobs", "2025-Q3", "3", dimensions={"sex": "F"})
    lac.report("a", "served", "2025-Q2", "9")
    assert listed(lac.support) == ALL[1:3]
    assert lac.support.get(PATH, as_of=before["as_of"]) == before


def test_a_retired_indicator_is_only_looked_at_by_name(lac: Coalition) -> None:
    report_odd_things(lac)
    lac.adopt({"kind": "retire_indicator", "indicator": "served"})
    assert listed(lac.support) == ALL[:3]
    assert listed(lac.support, indicator="served") == ALL[3:]


def test_those_of_an_import(database: Database) -> None:
    lac = gathered(database)
    head = "indicator,period,sex,value\n"
    first = send(lac.members["a"], f"{head}jobs,2025-Q1,,1\njobs,2025-Q2,,1\njobs,2025-Q3,F,4\n")["id"]
    second = send(lac.members["a"], f"{head}jobs,2025-Q3,,100\njobs,2025-Q3,M,4\njobs,2025-Q3,NA,4\n")["id"]
    lac.members["b"].post(
        "/contributions", {"indicator": "jobs", "period": "2025-Q1", "value": "5", "dimensions": {"sex": "F"}}
    )
    assert listed(lac.support) == [
        "jobs a 2025-Q3 parts_differ_from_total",
        "jobs a 2025-Q3 hundredfold",
        "jobs b 2025-Q1 parts_incomplete",
    ]
    (differ, slip, _) = lac.support.get(PATH)["items"]
    assert sorted(entry["import_id"] for entry in differ["entries"]) == sorted([first, second, second, second])
    assert [entry["import_id"] for entry in slip["entries"]] == [second]
    asked = {"import": first}
    assert listed(lac.members["a"], **asked) == ["jobs a 2025-Q3 parts_differ_from_total"]
    assert listed(lac.members["a"], **{"import": second}) == listed(lac.support)[:2]
    assert refusal(lac.members["b"].ask("GET", PATH, params=asked)) == (422, "unknown_import"), "not theirs to read"
    assert listed(lac.members["a"], indicator="rate", **asked) == []
    rejected = send(lac.members["a"], f"{head}jobs,2025-Q1,X,1\n")
    assert rejected["status"] == "rejected" and listed(lac.support, **{"import": rejected["id"]}) == []
    lac.members["a"].post(f"/imports/{second}/undo")
    assert listed(lac.support, **{"import": second}) == []
    assert listed(lac.support, **{"import": first}) == ["jobs a 2025-Q3 parts_incomplete"]


def test_where_values_are_hidden_one_sees_ones_own(shared: Client) -> None:
    lac = coalition(shared, charter={"show_actor_values": False}, visibility="public")
    lac.adopt(
        define("jobs", dimensions=SEX, unit={"en": "jobs", "fr": "emplois"}),
        define("served", nature="cumulative", over_time="last"),
    )
    report_odd_things(lac)
    assert listed(lac.support) == ALL
    assert listed(lac.members["a"]) == [ALL[0], ALL[3]]
    assert listed(lac.members["b"]) == ALL[1:3]
    assert refusal(lac.members["a"].ask("GET", PATH, params={"actor": "b"})) == (403, "actor_values_hidden")
    assert refusal(lac.anonymous.ask("GET", PATH)) == (401, "token_needed")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"indicator": "moon"}, (422, "unknown_indicator")),
        ({"actor": "moon"}, (422, "unknown_actor")),
        ({"import": "7"}, (422, "unknown_import")),
        ({"import": "-1"}, (422, "unknown_import")),
        ({"from": "2025-13"}, (422, "not_a_period")),
        ({"from": "2025", "to": "2024"}, (422, "window_reversed")),
        ({"cursor": "WzFd"}, (422, "invalid_cursor")),
        ({"group": "north"}, (422, "unknown_parameter")),
    ],
)
def test_what_is_refused(untouched: Coalition, asked: dict[str, str], said: tuple[int, str]) -> None:
    refused = untouched.support.ask("GET", PATH, params=asked)
    assert refusal(refused) == said
    assert refused.json()["errors"][0]["parameter"] == next(iter(asked))
