"""Targets: set and dropped by proposals, read by indicator and all together."""

import pytest

from tests.builders import Client, Coalition, coalition, define, refusal


@pytest.fixture
def lac(shared: Client) -> Coalition:
    """Targets of the community and of an actor, of a cell, with baseline and milestones, and one to be maintained."""
    made = coalition(shared)
    made.adopt(
        define("jobs", dimensions=[{"code": "sex", "codes": ["F", "M"]}]),
        define("level", nature="stock", over_time="last", over_actors="mean", direction="maintain"),
    )
    made.adopt(
        {
            "kind": "set_target",
            "indicator": "jobs",
            "from_period": "2025",
            "period": "2026",
            "value": "100.50",
            "baseline": {"period": "2024", "value": "0"},
            "milestones": [{"period": "2025", "value": "40"}],
        },
        {"kind": "set_target", "indicator": "jobs", "actor": "a", "period": "2026", "value": "0"},
        {"kind": "set_target", "indicator": "jobs", "dimensions": {"sex": "F"}, "period": "2026", "value": "50"},
        {"kind": "set_target", "indicator": "level", "period": "2026", "minimum": "1", "maximum": "3"},
    )
    return made


def test_targets_come_back_as_they_were_set(lac: Coalition) -> None:
    found = lac.members["a"].get("/indicators/jobs/targets")["items"]
    assert len(found) == 3
    own = next(target for target in found if target["from_period"])
    assert own == {
        "indicator": "jobs",
        "version": 1,
        "actor": None,
        "dimensions": {},
        "period": "2026",
        "from_period": "2025",
        "value": "100.5",
        "minimum": None,
        "maximum": None,
        "baseline": {"period": "2024", "value": "0"},
        "milestones": [{"period": "2025", "value": "40"}],
    }
    (level,) = lac.support.get("/indicators/level/targets")["items"]
    assert (level["value"], level["minimum"], level["maximum"], level["baseline"]) == (None, "1", "3", None)


def test_zero_is_a_target(lac: Coalition) -> None:
    (zero,) = lac.support.get("/targets", actor="a")["items"]
    assert (zero["value"], zero["baseline"]) == ("0", None)


def test_a_target_without_a_value_is_refused(lac: Coalition) -> None:
    body = {"title": "x", "changes": [{"kind": "set_target", "indicator": "jobs", "period": "2027"}]}
    assert refusal(lac.support.ask("POST", "/proposals", json=body))[0] == 422
    assert lac.support.get("/targets", period="2027")["items"] == []


def test_all_targets_and_some_of_them(lac: Coalition) -> None:
    assert [target["indicator"] for target in lac.support.get("/targets")["items"]] == ["jobs", "jobs", "jobs", "level"]
    assert [target["dimensions"] for target in lac.support.get("/indicators/jobs/targets", actor="a")["items"]] == [{}]
    assert lac.support.get("/targets", period="2025")["items"] == []
    assert lac.support.get("/indicators/jobs/targets", version=2)["items"] == []
    assert refusal(lac.support.ask("GET", "/targets", params={"actor": "x"})) == (422, "unknown_actor")
    assert refusal(lac.support.ask("GET", "/targets", params={"period": "x"})) == (422, "not_a_period")
    assert refusal(lac.support.ask("GET", "/indicators/x/targets")) == (404, "unknown_indicator")
    lines = lac.support.ask("GET", "/targets", params={"format": "csv"}).text.splitlines()
    assert len(lines) == 5 and lines[0].startswith("indicator,version,actor,dimensions.sex,period,from_period,value,")


def test_a_target_is_replaced_and_dropped(lac: Coalition) -> None:
    before = lac.support.get("/progress")["as_of"]
    lac.adopt({"kind": "set_target", "indicator": "jobs", "actor": "a", "period": "2026", "value": "7"})
    assert [target["value"] for target in lac.support.get("/targets", actor="a")["items"]] == ["7"]
    lac.adopt({"kind": "drop_target", "indicator": "jobs", "actor": "a", "period": "2026"})
    assert lac.support.get("/targets", actor="a")["items"] == []
    assert [target["value"] for target in lac.support.get("/targets", actor="a", as_of=before)["items"]] == ["0"]


def test_a_revision_converts_targets_and_leaves_the_older_ones_readable(lac: Coalition) -> None:
    revised = define("jobs", unit="tens", effective_from="2026-Q1", dimensions=[{"code": "sex", "codes": ["F", "M"]}])[
        "definition"
    ]
    bridge = {"kind": "conversion", "factor": "0.1"}
    revision = {"kind": "revise_indicator", "indicator": "jobs", "based_on": 1, "definition": revised, "bridge": bridge}
    response = lac.support.ask("POST", "/proposals", json={"title": "x", "changes": [revision]})
    assert refusal(response) == (422, "targets_left_behind")
    lac.adopt(revision | {"targets": "convert"})
    values = {(t["version"], t["value"]) for t in lac.support.get("/indicators/jobs/targets")["items"]}
    assert {(2, "10.05"), (2, "0"), (2, "5")} <= values
    assert [t["value"] for t in lac.support.get("/indicators/jobs/targets", version=2, actor="a")["items"]] == ["0"]
