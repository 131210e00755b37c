"""Indicators and their versions: 404 until adopted, as they stand, as they stood, and what changed in between."""

from datetime import timedelta

import pytest

from tests.builders import STARTS, Client, Coalition, coalition, define, definition, refusal


def made(client: Client) -> Coalition:
    """A member, and jobs with a target, adopted on the first day."""
    lac = coalition(client, ["a"])
    lac.adopt(
        {"kind": "set_objective", "objective": "work", "name": "Work", "parent": "common", "weight": "3"},
        define("jobs", objective="work", weight="2.5", dimensions=[{"code": "sex", "codes": ["F", "M"]}]),
        {"kind": "set_target", "indicator": "jobs", "period": "2026", "value": "100"},
    )
    return lac


def revise(lac: Coalition, **more: object) -> None:
    """Adopts version 2 from `effective_from` on, its targets converted."""
    revised = definition(dimensions=[{"code": "sex", "codes": ["F", "M"]}], **more)
    bridge = {"kind": "conversion", "factor": "10"}
    lac.adopt(
        {
            "kind": "revise_indicator",
            "indicator": "jobs",
            "based_on": 1,
            "definition": revised,
            "bridge": bridge,
            "targets": "convert",
        }
    )


def test_an_indicator_as_it_stands(untouched: Coalition) -> None:
    jobs = untouched.members["a"].get("/indicators/jobs")
    assert {name: jobs[name] for name in ("code", "version", "latest_version", "objective", "weight", "retired")} == {
        "code": "jobs",
        "version": 1,
        "latest_version": 1,
        "objective": "work",
        "weight": "2.5",
        "retired": False,
    }
    assert jobs["definition"]["name"] == {"en": "Jobs created", "fr": "Emplois créés"}
    assert (jobs["definition"]["over_codes"], jobs["definition"]["factor"], jobs["definition"]["carry_forward"]) == (
        "sum",
        "1",
        1,
    )
    assert [(target["period"], target["value"]) for target in jobs["targets"]] == [("2026", "100")]
    assert untouched.support.get("/indicators")["items"] == [jobs]


def test_404_until_adopted(untouched: Coalition) -> None:
    response = untouched.support.ask("GET", "/indicators/jbos")
    assert refusal(response) == (404, "unknown_indicator")
    assert "`jobs`" in response.json()["errors"][0]["suggestion"]
    before = {"as_of": "2026-01-15T09:00:00Z"}
    assert refusal(untouched.support.ask("GET", "/indicators/jobs", params=before)) == (404, "unknown_indicator")
    assert untouched.support.get("/indicators", **before)["items"] == []
    for door in ("versions", "versions/1", "targets", "figure", "series"):
        assert refusal(untouched.support.ask("GET", f"/indicators/jbos/{door}")) == (404, "unknown_indicator")


def test_a_version_is_in_force_from_its_first_period_on(lac: Coalition, shared: Client) -> None:
    revise(lac, unit="tens of persons", effective_from="2026-Q2")
    now = lac.support.get("/indicators/jobs")
    assert (now["version"], now["latest_version"], now["definition"]["unit"]["label"]) == (1, 2, {"fr": "persons"})
    shared.clock = STARTS + timedelta(days=100)
    later = lac.support.get("/indicators/jobs")
    assert (later["version"], later["definition"]["unit"]["label"]) == (2, {"fr": "tens of persons"})
    assert [(target["version"], target["value"]) for target in later["targets"]] == [(2, "1000")]


def test_versions_say_what_changed_field_by_field(lac: Coalition) -> None:
    revise(lac, unit="tens of persons", effective_from="2026-Q2", description={"en": "Anew."})
    first, second = lac.support.get("/indicators/jobs/versions")["items"]
    assert (first["changed"], first["bridge"], first["proposal"]) == ([], None, "1")
    assert second["changed"] == [
        {
            "field": "unit",
            "before": {"label": {"fr": "persons"}, "code": None},
            "after": {"label": {"fr": "tens of persons"}, "code": None},
        },
        {"field": "effective_from", "before": None, "after": "2026-Q2"},
        {"field": "description", "before": None, "after": {"en": "Anew."}},
    ]
    assert (second["bridge"]["kind"], second["bridge"]["factor"], second["proposal"]) == ("conversion", "10", "2")
    assert lac.support.get("/indicators/jobs/versions/2") == second
    assert lac.support.get("/indicators/jobs/versions/1") == first
    before = {"as_of": first["adopted_at"]}
    assert lac.support.get("/indicators/jobs/versions", **before)["items"] == [first]
    assert refusal(lac.support.ask("GET", "/indicators/jobs/versions/2", params=before)) == (404, "unknown_version")


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [
        ("0", 404, "unknown_version"),
        ("2", 404, "unknown_version"),
        ("9" * 30, 404, "unknown_version"),
        ("x", 422, "whole_number_expected"),
    ],
)
def test_a_version_that_is_not_there(untouched: Coalition, number: str, status: int, code: str) -> None:
    assert refusal(untouched.support.ask("GET", f"/indicators/jobs/versions/{number}")) == (status, code)


def test_a_retired_indicator_stays_readable(lac: Coalition) -> None:
    lac.report("a", "jobs", "2025-Q1", "3")
    lac.adopt({"kind": "retire_indicator", "indicator": "jobs"})
    assert lac.support.get("/indicators/jobs")["retired"] is True
    assert lac.support.get("/indicators", retired="false")["items"] == []
    assert lac.support.get("/indicators/jobs/figure", **{"from": "2025", "to": "2025"})["value"] == "3"
    body = {"indicator": "jobs", "period": "2025-Q2", "value": "3"}
    assert refusal(lac.members["a"].ask("POST", "/contributions", json=body)) == (422, "indicator_retired")
    assert all(not objective["indicators"] for objective in lac.support.get("/objectives")["items"])
    assert all(not objective["indicators"] for objective in lac.support.get("/progress")["objectives"])


def test_the_list_is_filtered_and_comes_as_a_table(lac: Coalition) -> None:
    lac.adopt(define("other"))
    assert [one["code"] for one in lac.support.get("/indicators")["items"]] == ["jobs", "other"]
    assert [one["code"] for one in lac.support.get("/indicators", objective="work")["items"]] == ["jobs"]
    first = lac.support.get("/indicators", limit=1)
    assert [one["code"] for one in first["items"]] == ["jobs"]
    assert [one["code"] for one in lac.support.get("/indicators", limit=1, cursor=first["next_cursor"])["items"]] == ["other"]
    lines = lac.support.ask("GET", "/indicators", headers={"Accept": "text/csv"}).text.splitlines()
    assert lines[0].startswith("code,version,latest_version,definition.name.en,") and lines[1].startswith(
        "jobs,1,1,Jobs created,"
    )


def test_an_indicator_is_tagged(lac: Coalition) -> None:
    tag = lac.support.ask("GET", "/indicators/jobs").headers["etag"]
    assert lac.support.ask("GET", "/indicators/jobs", headers={"If-None-Match": tag}).status_code == 304
    lac.report("a", "jobs", "2025-Q1", "3")
    assert lac.support.ask("GET", "/indicators/jobs", headers={"If-None-Match": tag}).status_code == 304
    lac.adopt({"kind": "set_target", "indicator": "jobs", "period": "2027", "value": "0"})
    assert lac.support.ask("GET", "/indicators/jobs", headers={"If-None-Match": tag}).status_code == 200
