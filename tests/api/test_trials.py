"""Trials: values under a proposed definition. They enter no figure, suggest a bridge, and are taken over once it is adopted."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.builders import Client, Coalition, Json, coalition, define, definition, refusal

LATER = datetime(2026, 2, 1, 9, 0, tzinfo=UTC)
SEX = [{"code": "sex", "codes": ["F", "M"]}]


def revision(effective_from: str = "2025-Q3", *, based_on: int = 1, indicator: str = "jobs", **more: Any) -> Json:
    """The change that revises an indicator over a conversion of 1; `more` goes into its definition."""
    return {
        "kind": "revise_indicator",
        "indicator": indicator,
        "based_on": based_on,
        "definition": definition(**{"method": "Contracts.", "dimensions": SEX, **more}) | {"effective_from": effective_from},
        "bridge": {"kind": "conversion"},
    }


def proposed(lac: Coalition, *changes: Json) -> str:
    """The path of an open proposal by `a`."""
    made = lac.members["a"].post("/proposals", {"title": "Count contracts", "changes": list(changes) or [revision()]})
    assert made["status"] == "open"
    return f"/proposals/{made['id']}"


def trial(period: str, value: str, **more: Any) -> Json:
    """An item."""
    return {"indicator": "jobs", "period": period, "value": value, **more}


@pytest.fixture
def lac(shared: Client) -> Coalition:
    """Two members who report `jobs` by quarter."""
    return reporting(shared)


def reporting(client: Client, **charter: Any) -> Coalition:
    """Two members and an observer; `a` and `b` reported 2025-Q1 and Q2, `a` Q3."""
    made = coalition(client, ["a", "b", "watcher"], roles={"watcher": "observer"}, charter=charter)
    made.adopt(define(dimensions=SEX), define("other"))
    for actor, period, value in (
        ("a", "2025-Q1", "10"), ("a", "2025-Q2", "30"), ("a", "2025-Q3", "7"), ("b", "2025-Q1", "50"), ("b", "2025-Q2", "10"),
    ):  # fmt: skip
        made.report(actor, "jobs", period, value)
    return made


def everything_read(lac: Coalition) -> list[Json]:
    """All that trials must not change."""
    return [
        lac.support.get("/indicators/jobs/figure", **{"from": "2025", "to": "2026"}),
        lac.support.get("/progress"),
        lac.support.get("/contributions"),
    ]


def without_instants(answers: list[Json]) -> list[Json]:
    return [{name: value for name, value in answer.items() if name != "as_of"} for answer in answers]


def test_they_are_taken_read_back_and_enter_no_figure(lac: Coalition) -> None:
    path = proposed(lac)
    before = everything_read(lac)
    items = [trial("2025-Q1", "11"), trial("2025-Q2", "36", dimensions={"sex": "F"}), trial("2025-Q1", "11")]
    response = lac.members["a"].ask("POST", f"{path}/trials", json={"items": items})
    taken = response.json()["items"]
    assert response.status_code == 201
    assert [(one["period"], one["value"], one["dimensions"], one["round"]) for one in taken] == [
        ("2025-Q1", "11", {}, 1),
        ("2025-Q2", "36", {"sex": "F"}, 1),
        ("2025-Q1", "11", {}, 1),
    ]
    assert taken[0] == taken[2] and taken[0]["numerator"] is None
    assert lac.members["b"].get(f"{path}/trials")["items"] == taken[:2]
    assert without_instants(everything_read(lac)) == without_instants(before)


def test_the_last_one_said_counts_and_saying_it_again_adds_nothing(lac: Coalition) -> None:
    path = proposed(lac)
    first = lac.members["a"].post(f"{path}/trials", {"items": [trial("2025-Q1", "11")]})["items"]
    again = lac.members["a"].ask("POST", f"{path}/trials", json={"items": [trial("2025-Q1", "11.0")]})
    assert (again.status_code, again.json()["items"]) == (200, first)
    (corrected,) = lac.members["a"].post(f"{path}/trials", {"items": [trial("2025-Q1", "0")]})["items"]
    assert lac.support.get(f"{path}/trials")["items"] == [corrected]
    assert corrected["value"] == "0"
    assert lac.support.get(f"{path}/trials", as_of=first[0]["reported_at"])["items"] == first


def test_periods_before_the_proposed_version_and_closed_ones_are_the_very_point(lac: Coalition) -> None:
    path = proposed(lac, revision("2026-Q1"))
    assert lac.support.ask("PUT", "/closed-periods/2025-Q1").status_code == 200
    lac.members["a"].post(f"{path}/trials", {"items": [trial("2025-Q1", "11")]})
    refused = lac.members["a"].ask("POST", "/contributions", json=trial("2025-Q1", "11"))
    assert refusal(refused) == (409, "period_closed")


@pytest.mark.parametrize(
    ("item", "pointer", "code"),
    [
        (trial("2025-Q1", "11", dimensions={"sex": "X"}), "/items/1/dimensions/sex", "unknown_code"),
        (trial("2025-Q1", "11", dimensions={"age": "X"}), "/items/1/dimensions/age", "unknown_dimension"),
        (trial("2025-Q9", "11"), "/items/1/period", "not_a_period"),
        (trial("2025", "11"), "/items/1/period", "wrong_frequency"),
        (trial("2026-Q2", "11"), "/items/1/period", "period_not_begun"),
        ({"indicator": "jobs", "period": "2025-Q1"}, "/items/1/value", "missing_value"),
        ({"indicator": "jobs", "period": "2025-Q1", "numerator": "1"}, "/items/1/numerator", "unexpected_measure"),
        (trial("2025-Q1", "11", indicator="other"), "/items/1/indicator", "not_revised_here"),
        (trial("2025-Q1", "11", indicator="nothing"), "/items/1/indicator", "not_revised_here"),
        (trial("2025-Q1", "-1"), "/items/1/value", "below_minimum"),
        (trial("2025-Q1", "11", comment="Counted."), "/items/1/comment", "not_kept_in_a_trial"),
        (trial("2025-Q1", "11", observation_status="E"), "/items/1/observation_status", "not_kept_in_a_trial"),
        (trial("2025-Q1", "11", expected_revision=0), "/items/1/expected_revision", "not_kept_in_a_trial"),
        (trial("2025-Q3", "12"), "/items/1", "duplicate_key"),
    ],
)
def test_what_a_trial_cannot_be(lac: Coalition, item: Json, pointer: str, code: str) -> None:
    path = proposed(lac, revision(minimum="0"))
    response = lac.members["a"].ask("POST", f"{path}/trials", json={"items": [trial("2025-Q3", "11"), item]})
    assert refusal(response) == (422, code)
    assert (pointer, code) in [(fault["pointer"], fault["code"]) for fault in response.json()["errors"]]
    assert lac.support.get(f"{path}/trials")["items"] == []


def test_who_may(lac: Coalition) -> None:
    path = proposed(lac)
    theirs = {"items": [trial("2025-Q1", "55", actor="b")]}
    assert refusal(lac.members["a"].ask("POST", f"{path}/trials", json=theirs)) == (403, "not_your_actor")
    watching = {"items": [trial("2025-Q1", "55")]}
    assert refusal(lac.members["watcher"].ask("POST", f"{path}/trials", json=watching)) == (403, "beyond_role")
    (taken,) = lac.support.post(f"{path}/trials", theirs)["items"]
    assert (taken["actor"], taken["reported_by"]) == ("b", "appui")
    lac.adopt({"kind": "set_membership", "actor": "b", "membership": {"left": "2025-06-30"}})
    gone = {"items": [trial("2025-Q3", "55", actor="b")]}
    assert refusal(lac.support.ask("POST", f"{path}/trials", json=gone)) == (422, "actor_not_member")
    assert refusal(lac.support.ask("POST", "/proposals/99/trials", json=theirs)) == (404, "unknown_proposal")
    lac.members["a"].post(f"{path}/withdraw")
    assert refusal(lac.support.ask("POST", f"{path}/trials", json=theirs)) == (409, "not_open")


def test_members_see_their_own_where_the_charter_hides_actors_values(shared: Client) -> None:
    lac = reporting(shared, show_actor_values=False)
    path = proposed(lac)
    for actor in ("a", "b"):
        lac.members[actor].post(f"{path}/trials", {"items": [trial("2025-Q1", "11")]})

    def seen(voice: Any) -> list[str]:
        return [one["actor"] for one in voice.get(f"{path}/trials")["items"]]

    assert seen(lac.support) == ["a", "b"]
    assert seen(lac.members["a"]) == ["a"]
    assert seen(lac.members["watcher"]) == []


def test_a_trial_serves_as_long_as_the_definition_is_the_same(lac: Coalition) -> None:
    path = proposed(lac)
    lac.members["a"].post(f"{path}/trials", {"items": [trial("2025-Q1", "11")]})

    def amended(change: Json) -> list[tuple[int, str]]:
        lac.members["a"].post(f"{path}/amend", {"changes": [change], "rationale": "Better."})
        return [(one["round"], one["value"]) for one in lac.support.get(f"{path}/trials")["items"]]

    assert amended(revision("2026-Q1") | {"bridge": {"kind": "break"}}) == [(1, "11")], "another bridge, the same values"
    assert amended(revision(method="Contracts of a month.")) == []
    lac.members["a"].post(f"{path}/trials", {"items": [trial("2025-Q1", "9")]})
    assert amended(revision()) == [(1, "11")]
    lac.members["a"].post(f"{path}/trials", {"items": [trial("2025-Q1", "12")]})
    assert [(one["round"], one["value"]) for one in lac.support.get(f"{path}/trials")["items"]] == [(4, "12")]


def test_they_are_taken_over_once_adopted(lac: Coalition, shared: Client) -> None:
    path = proposed(lac)
    own = [
        trial("2025-Q2", "36"), trial("2025-Q3", "8"), trial("2025-Q4", "5", dimensions={"sex": "F"}), trial("2026-Q1", "1"),
    ]  # fmt: skip
    lac.members["a"].post(f"{path}/trials", {"items": own})
    lac.members["b"].post(f"{path}/trials", {"items": [trial("2025-Q3", "99")]})
    take_over = f"{path}/trials/take-over"
    assert refusal(lac.members["a"].ask("POST", take_over)) == (409, "not_adopted")
    lac.support.post(f"{path}/close")
    assert lac.support.ask("PUT", "/closed-periods/2026-Q1").status_code == 200
    response = lac.members["a"].ask("POST", take_over)
    taken = response.json()
    assert (response.status_code, taken["created"], taken["revised"], taken["unchanged"]) == (201, 1, 1, 0)
    assert [(one["period"], one["outcome"], one["version"], one["value"]) for one in taken["items"]] == [
        ("2025-Q3", "revised", 2, "8"),
        ("2025-Q4", "created", 2, "5"),
    ]
    assert [(one["period"], one["reason"]) for one in taken["left_out"]] == [
        ("2025-Q2", "older_version_governs"),
        ("2026-Q1", "period_closed"),
    ]
    assert {one["recorded_at"] for one in taken["items"]} == {taken["items"][0]["recorded_at"]}, "one entry"
    figure = lac.support.get("/indicators/jobs/figure", **{"from": "2025-Q3", "to": "2025-Q4"})
    assert (figure["value"], figure["by_actor"][0]["actor"], len(figure["by_actor"])) == ("13", "a", 1)
    again = lac.members["a"].ask("POST", take_over)
    assert (again.status_code, again.json()["unchanged"], again.json()["created"]) == (200, 2, 0)
    assert lac.support.get("/contributions", indicator="jobs", actor="b", period="2025-Q3")["items"] == []


def test_what_was_reported_or_decided_since_is_not_overwritten(lac: Coalition) -> None:
    path = proposed(lac, revision("2025-Q1"))
    own = [trial("2025-Q1", "11"), trial("2025-Q2", "36"), trial("2025-Q4", "5")]
    lac.members["a"].post(f"{path}/trials", {"items": own})
    lac.support.post(f"{path}/close")
    corrected = lac.report("a", "jobs", "2025-Q1", "12")
    lac.adopt(revision("2025-Q3", based_on=2, method="Contracts of a month."))
    taken = lac.members["a"].post(f"{path}/trials/take-over")
    assert [(one["period"], one["version"]) for one in taken["items"]] == [("2025-Q2", 2)]
    assert [(one["period"], one["reason"]) for one in taken["left_out"]] == [
        ("2025-Q1", "reported_since"),
        ("2025-Q4", "newer_version_governs"),
    ]
    assert lac.support.get(f"/contributions/{corrected['id']}")["value"] == "12"


def test_what_time_has_decided_is_taken_over(lac: Coalition, shared: Client) -> None:
    lac.adopt({"kind": "set_charter", "charter": {"decision_rule": "consent", "deliberation_days": 3}})
    path = proposed(lac)
    lac.members["a"].post(f"{path}/trials", {"items": [trial("2025-Q4", "5")]})
    for actor in ("a", "b"):
        lac.members[actor].ask("PUT", f"{path}/positions/{actor}", json={"position": "support"})
    shared.clock = LATER
    assert lac.members["a"].post(f"{path}/trials/take-over")["created"] == 1
