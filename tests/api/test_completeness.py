"""Completeness over HTTP: every (actor, period) pair that was due, and the same counts as beside the figure."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from tests.builders import STARTS, Client, Coalition, Json, coalition, define, refusal

YEAR = {"from": "2025", "to": "2025"}
PATH = "/indicators/jobs/completeness"


def made(client: Client) -> Coalition:
    """Two members and an observer, asked on 15 January 2026, thirty days to report in; the fourth quarter is not due yet."""
    lac = coalition(client, ["a", "b", "watcher"], roles={"watcher": "observer"}, charter={"due_days": 30})
    lac.adopt(define())
    return lac


def states(answer: Json) -> dict[str, list[str]]:
    """How each actor's periods stand."""
    return {one["actor"]: [f"{due['period']} {due['state']}" for due in one["periods"]] for one in answer["items"]}


def test_the_whole_answer(shared: Client) -> None:
    shared.clock = datetime(2025, 5, 1, 23, tzinfo=UTC)
    lac = made(shared)
    first = lac.report("a", "jobs", "2025-Q1", "0")
    shared.clock = STARTS
    lac.report("a", "jobs", "2025-Q1", "7")
    late = lac.report("a", "jobs", "2025-Q2", "0")
    answer = lac.support.get(PATH, **YEAR)
    as_of = answer.pop("as_of")
    assert answer == {
        "indicator": "jobs",
        "from_day": "2025-01-01",
        "to_day": "2025-12-31",
        "version": 1,
        "total": {"due": 6, "reported": 2, "on_time": 1, "late": 1, "missing": 4},
        "items": [
            {
                "actor": "a",
                "due": 3,
                "reported": 2,
                "on_time": 1,
                "late": 1,
                "missing": 1,
                "periods": [
                    {
                        "period": "2025-Q1",
                        "due_on": "2025-05-01",
                        "state": "on_time",
                        "first_reported_at": first["recorded_at"],
                    },
                    {
                        "period": "2025-Q2",
                        "due_on": "2025-07-31",
                        "state": "late",
                        "first_reported_at": late["recorded_at"],
                    },
                    {"period": "2025-Q3", "due_on": "2025-10-31", "state": "missing", "first_reported_at": None},
                ],
            },
            {
                "actor": "b",
                "due": 3,
                "reported": 0,
                "on_time": 0,
                "late": 0,
                "missing": 3,
                "periods": [
                    {"period": f"2025-Q{quarter}", "due_on": day, "state": "missing", "first_reported_at": None}
                    for quarter, day in ((1, "2025-05-01"), (2, "2025-07-31"), (3, "2025-10-31"))
                ],
            },
        ],
        "next_cursor": None,
    }
    beside = lac.support.get("/indicators/jobs/figure", **YEAR, as_of=as_of)["completeness"]
    assert {name: beside[name] for name in ("due", "reported", "late")} == {"due": 6, "reported": 2, "late": 1}


def test_a_withdrawal_is_missing_again_and_as_of_before_it_is_not(lac: Coalition, shared: Client) -> None:
    sent = lac.report("a", "jobs", "2025-Q3", "0")
    before = lac.support.get(PATH, **YEAR, actor="a")
    shared.clock += timedelta(days=1)
    lac.members["a"].post(f"/contributions/{sent['id']}/withdraw")
    after = lac.support.get(PATH, **YEAR, actor="a")
    assert (before["total"]["missing"], after["total"]["missing"]) == (2, 3)
    assert lac.support.get(PATH, **YEAR, actor="a", as_of=before["as_of"]) == before


def test_who_was_no_member_owes_nothing(lac: Coalition) -> None:
    lac.adopt({"kind": "set_membership", "actor": "b", "membership": {"joined": "2025-08-01"}})
    found = states(lac.support.get(PATH, **YEAR))
    assert found["b"] == ["2025-Q3 missing"]
    assert states(lac.support.get(PATH, **{"from": "2025-Q1", "to": "2025-Q2"}))["b"] == []
    assert "watcher" not in found


def test_what_is_missing_of_the_past_is_late_in_the_dues(lac: Coalition) -> None:
    lac.report("a", "jobs", "2025-Q2", "0")
    for actor in ("a", "b"):
        (line,) = lac.support.get(PATH, **YEAR, actor=actor)["items"]
        missing = [due["period"] for due in line["periods"] if due["state"] == "missing"]
        dues = lac.support.get("/dues", actor=actor, **YEAR)["items"]
        assert missing and missing == [due["period"] for due in dues if due["state"] == "late"]
        assert [due["due_on"] for due in line["periods"] if due["state"] == "missing"] == [
            due["due_on"] for due in dues if due["state"] == "late"
        ]


def test_pages_are_of_actors_and_the_total_is_of_all(lac: Coalition) -> None:
    whole = lac.support.get(PATH, **YEAR)
    first = lac.support.get(PATH, **YEAR, limit=1)
    second = lac.support.get(PATH, **YEAR, limit=1, cursor=first["next_cursor"])
    assert [*first["items"], *second["items"]] == whole["items"]
    assert first["total"] == second["total"] == whole["total"]
    assert second["next_cursor"] is None


def test_as_a_table(lac: Coalition) -> None:
    lac.report("a", "jobs", "2025-Q1", "0")
    asked = lac.support.ask("GET", PATH, params={**YEAR, "format": "csv"})
    rows = list(csv.DictReader(io.StringIO(asked.text, newline="")))
    assert next(iter(rows[0])) == "actor"
    assert [(row["actor"], row["due"], row["reported"], row["missing"]) for row in rows] == [
        ("a", "3", "1", "2"),
        ("b", "3", "0", "3"),
    ]


def test_where_values_are_hidden_one_sees_ones_own(shared: Client) -> None:
    lac = coalition(shared, charter={"show_actor_values": False}, visibility="public")
    lac.adopt(define())
    own = lac.members["a"].get(PATH, **YEAR)
    assert list(states(own)) == ["a"]
    assert own["total"]["due"] == 6, "as beside the figure"
    assert list(states(lac.support.get(PATH, **YEAR))) == ["a", "b"]
    assert refusal(lac.members["a"].ask("GET", PATH, params={**YEAR, "actor": "b"})) == (403, "actor_values_hidden")
    assert refusal(lac.anonymous.ask("GET", PATH, params=YEAR)) == (401, "token_needed")


@pytest.mark.parametrize(
    ("path", "asked", "said"),
    [
        ("/indicators/moon/completeness", {}, (404, "unknown_indicator")),
        (PATH, {"from": "2025-13"}, (422, "not_a_period")),
        (PATH, {"actor": "moon"}, (422, "unknown_actor")),
        (PATH, {"actor": "a", "group": "north"}, (422, "actor_and_group")),
        (PATH, {"version": "2"}, (404, "unknown_version")),
        (PATH, {"by": "sex"}, (422, "unknown_parameter")),
    ],
)
def test_what_is_refused(untouched: Coalition, path: str, asked: dict[str, str], said: tuple[int, str]) -> None:
    assert refusal(untouched.support.ask("GET", path, params=asked)) == said
