"""Progress over HTTP: the tree with every indicator, what is missing and why, in figures and in words."""

from datetime import timedelta
from typing import Any

import pytest

from tests.builders import STARTS, Client, Coalition, Json, coalition, define, refusal


@pytest.fixture
def lac(shared: Client) -> Coalition:
    """Two members; jobs under work, asked on 15 January 2026, thirty days to report in."""
    made = coalition(shared)
    made.adopt(
        {
            "kind": "set_objective",
            "objective": "work",
            "name": {"en": "Work", "fr": "Travail"},
            "parent": "common",
            "weight": "3",
        },
        define("jobs", objective="work", weight="2"),
    )
    return made


def target(indicator: str = "jobs", **more: Any) -> Json:
    """The change that sets a target for 2025."""
    return {"kind": "set_target", "indicator": indicator, "period": "2025", **more}


def line(lac: Coalition, indicator: str = "jobs", **asked: str) -> Json:
    """The line of one indicator."""
    objectives = lac.support.get("/progress", **asked)["objectives"]
    return next(one for objective in objectives for one in objective["indicators"] if one["indicator"] == indicator)


def test_the_whole_line(lac: Coalition) -> None:
    lac.adopt(target(value="100", baseline={"period": "2024", "value": "40"}))
    made = lac.report("a", "jobs", "2025-Q1", "80")
    assert line(lac) == {
        "indicator": "jobs",
        "name": {"en": "Jobs created", "fr": "Emplois créés"},
        "weight": "2",
        "version": 1,
        "unit": {"label": {"fr": "persons"}, "code": None},
        "direction": "increase",
        "from_day": "2025-01-01",
        "to_day": "2025-12-31",
        "value": "80",
        "lowest": None,
        "highest": None,
        "value_reason": None,
        "overlap": None,
        "baseline": "40",
        "baseline_period": "2024",
        "target": "100",
        "target_minimum": None,
        "target_maximum": None,
        "target_period": "2025",
        "targets_set": 0,
        "targets_expected": 0,
        "targets_sum": None,
        "attainment": "0.666666666667",
        "expected": "1",
        "status": "missed",
        "reason": None,
        "completeness": {
            "due": 6,
            "reported": 1,
            "late": 1,
            "missing": ["a", "b"],
            "actors_due": 2,
            "latest_period": "2025-Q1",
            "latest_recorded_at": made["recorded_at"],
        },
        "excluded": [],
        "restated": 0,
        "carried_forward": 0,
        "flags": [],
        "reading": {
            "en": "80 persons in 2025. The target 100 persons by the end of 2025 was missed. 1 of 6 reports due are in.",
            "fr": "80 persons en 2025. La cible 100 persons à la fin de 2025 est manquée. "
            "1 des 6 déclarations dues sont arrivées.",
        },
    }


def test_zero_is_data(lac: Coalition) -> None:
    lac.adopt(target(value="100"))
    lac.report("a", "jobs", "2025-Q1", "0")
    found = line(lac)
    assert (found["value"], found["attainment"], found["status"], found["value_reason"]) == ("0", "0", "missed", None)


def test_missing_is_no_data(lac: Coalition) -> None:
    lac.adopt(target(value="100"))
    found = line(lac)
    assert (found["value"], found["attainment"], found["status"], found["value_reason"]) == (
        None,
        None,
        "no_data",
        "no_entries",
    )
    assert found["reading"]["en"] == "No value: nothing has been reported in 2025. 0 of 6 reports due are in."
    assert found["reading"]["fr"].startswith("Pas de valeur : rien n'a été déclaré en 2025.")


def test_the_tree_above(lac: Coalition) -> None:
    lac.adopt(define("members"), target(value="100"))
    lac.report("a", "jobs", "2025-Q1", "50")
    root, work = lac.support.get("/progress")["objectives"]
    assert {name: root[name] for name in root if name != "indicators"} == {
        "code": "common",
        "name": {"en": "A clean lake", "fr": "Un lac propre"},
        "parent": None,
        "weight": "1",
        "attainment": "0.5",
        "coverage": "0.75",
        "lowest": "0.375",
        "highest": "0.625",
        "on_track_count": 0,
        "indicator_count": 2,
    }
    assert (work["code"], work["parent"], work["attainment"], work["coverage"]) == ("work", "common", "0.5", "1")
    assert [one["indicator"] for one in root["indicators"]] == ["members"]


def test_how_many_are_on_track(lac: Coalition) -> None:
    lac.adopt(define("members"), define("boats"), *(target(one, value="100") for one in ("jobs", "members", "boats")))
    for indicator, value in (("jobs", "100"), ("members", "0")):
        lac.report("a", indicator, "2025-Q1", value)
    root, work = lac.support.get("/progress")["objectives"]
    assert [(one["on_track_count"], one["indicator_count"]) for one in (root, work)] == [(1, 3), (1, 1)]


def test_without_a_target(lac: Coalition) -> None:
    lac.report("a", "jobs", "2025-Q1", "3")
    found = line(lac, at="2025")
    assert (found["value"], found["target"], found["target_period"]) == ("3", None, None)
    assert (found["status"], found["reason"]) == ("not_assessed", "no_target")
    assert "No target is set." in found["reading"]["en"]


def test_targets_of_actors_are_summed_where_all_have_one(lac: Coalition) -> None:
    lac.adopt(target(actor="a", value="60"))
    lac.report("a", "jobs", "2025-Q1", "50")
    some = line(lac)
    assert (some["target"], some["status"], some["reason"]) == (None, "not_assessed", "targets_incomplete")
    assert (some["targets_set"], some["targets_expected"], some["targets_sum"]) == (1, 2, "60")
    assert "1 of 2 contributors have one, together 60 persons" in some["reading"]["en"]
    lac.adopt(target(actor="b", value="40"))
    both = line(lac)
    assert (both["target"], both["attainment"], both["reason"]) == ("100", "0.5", None)


def test_targets_that_do_not_add_are_counted_and_never_added(lac: Coalition) -> None:
    lac.adopt(define("calm", over_actors="none"), target("calm", actor="a", value="60"), target("calm", actor="b", value="40"))
    lac.report("a", "calm", "2025-Q1", "50")
    found = line(lac, "calm")
    assert (found["value"], found["value_reason"], found["status"]) == (None, "no_total_over_actors", "no_data")
    assert (found["targets_set"], found["targets_expected"], found["targets_sum"], found["target"]) == (2, 2, None, None)
    assert "side by side" in found["reading"]["en"] and "do not add up" in found["reading"]["en"]


def test_one_actors_progress_is_against_its_own_target(lac: Coalition) -> None:
    lac.adopt(target(value="100"), target(actor="a", value="10"))
    lac.report("a", "jobs", "2025-Q1", "5")
    lac.report("b", "jobs", "2025-Q1", "20")
    assert [line(lac, **asked)["attainment"] for asked in ({}, {"actor": "a"}, {"actor": "b"})] == ["0.25", "0.5", None]
    answer = lac.members["a"].get("/progress", actor="a", at="2025-Q2")
    assert (answer["actor"], answer["at"]) == ("a", "2025-Q2")
    assert refusal(lac.support.ask("GET", "/progress", params={"actor": "x"})) == (422, "unknown_actor")


def test_at_the_close_of_a_period(lac: Coalition) -> None:
    lac.adopt(target(value="100"))
    for quarter, value in enumerate(("10", "20", "30", "40"), 1):
        lac.report("a", "jobs", f"2025-Q{quarter}", value)
    found = [line(lac, at=at) for at in ("2025-Q1", "2025-S1", "2025-11", "2025")]
    assert [one["value"] for one in found] == ["10", "30", "60", "100"]
    assert [one["to_day"] for one in found] == ["2025-03-31", "2025-06-30", "2025-11-30", "2025-12-31"]
    assert [one["status"] for one in found] == ["off_track", "at_risk", "at_risk", "achieved"]
    assert refusal(lac.support.ask("GET", "/progress", params={"at": "spring"})) == (422, "not_a_period")


def test_what_is_to_be_maintained_has_bounds(lac: Coalition) -> None:
    lac.adopt(
        define("level", nature="stock", over_time="last", over_actors="mean", direction="maintain"),
        target("level", minimum="0", maximum="3"),
    )
    lac.report("a", "level", "2025-Q4", "2")
    found = line(lac, "level")
    assert (found["target"], found["target_minimum"], found["target_maximum"], found["status"]) == (None, "0", "3", "achieved")
    assert "It stayed within 0–3 persons." in found["reading"]["en"]


def test_what_was_left_out_is_named(shared: Client) -> None:
    lac = coalition(shared, charter={"validation": "support"})
    lac.adopt(define(), target(value="100"))
    lac.report("a", "jobs", "2025-Q1", "80")
    found = line(lac)
    assert (found["value"], found["value_reason"]) == (None, "no_entries")
    assert found["excluded"] == [{"reason": "not_validated", "version": 1, "entries": 1}]
    assert found["reading"]["en"].startswith("No value in 2025: nothing of what was reported can be used.")
    assert "Left out: 1 not validated." in found["reading"]["en"]
    assert "Laissées de côté : 1 non validées." in found["reading"]["fr"]


def test_an_interval_is_told_as_one(lac: Coalition) -> None:
    lac.adopt(define("people", over_actors="distinct"), target("people", value="100"))
    for actor in ("a", "b"):
        lac.report(actor, "people", "2025-Q1", "80")
    found = line(lac, "people")
    assert (found["value"], found["lowest"], found["highest"], found["attainment"]) == (None, "80", "160", "0.8")
    assert found["reading"]["en"].startswith("Between 80 and 160 persons in 2025:")


def test_the_same_question_has_the_same_bytes_for_ever(lac: Coalition, shared: Client) -> None:
    lac.adopt(target(value="100"))
    lac.report("a", "jobs", "2025-Q1", "80")
    first = lac.support.ask("GET", "/progress")
    as_of = {"as_of": first.json()["as_of"]}
    shared.clock = STARTS + timedelta(hours=5)
    assert lac.support.ask("GET", "/progress", headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    lac.report("a", "jobs", "2025-Q1", "90")
    lac.adopt(
        target(value="50"),
        {"kind": "set_objective", "objective": "work", "weight": "9", "name": "Jobs"},
        {"kind": "set_charter", "charter": {"due_days": 0}},
    )
    shared.clock = STARTS + timedelta(days=400)
    assert lac.support.ask("GET", "/progress", params=as_of).content == first.content
    fresh = Client(shared.database, now=shared.clock)
    assert fresh.ask("GET", f"/v1/communities/{lac.code}/progress", lac.support.token, params=as_of).content == first.content
    assert line(lac)["attainment"] == "1.8"


def test_a_public_community_shows_its_progress(shared: Client) -> None:
    lac = coalition(shared, visibility="public")
    lac.adopt(define())
    assert lac.anonymous.get("/progress") == lac.support.get("/progress")
    closed = coalition(shared, code="closed")
    assert refusal(closed.anonymous.ask("GET", "/progress"))[0] == 401
