"""Figures over HTTP: what is asked and refused, who sees what, and that the same question has the same bytes for ever."""

from datetime import timedelta

import pytest

from tests.builders import STARTS, Client, Coalition, Json, coalition, define, refusal

YEAR = {"from": "2025", "to": "2025"}


def made(client: Client) -> Coalition:
    """Three members in two groups, asked on 15 January 2026: jobs by sex, and what only stands side by side."""
    lac = coalition(client, ["a", "b", "c"])
    lac.adopt(
        define("jobs", dimensions=[{"code": "sex", "codes": ["F", "M"]}, {"code": "age", "codes": ["young", "old"]}]),
        define("calm", over_actors="none"),
        *({"kind": "set_membership", "actor": actor, "membership": {"groups": ["north"]}} for actor in ("a", "b")),
    )
    return lac


def figure(lac: Coalition, indicator: str = "jobs", **more: object) -> Json:
    """A figure over 2025 unless `more` says otherwise."""
    return lac.support.get(f"/indicators/{indicator}/figure", **YEAR | more)


def test_the_whole_answer(lac: Coalition) -> None:
    made = lac.report("a", "jobs", "2025-Q1", "3", dimensions={"sex": "F"})
    answer = figure(lac, by="sex")
    assert answer == {
        "indicator": "jobs",
        "from_day": "2025-01-01",
        "to_day": "2025-12-31",
        "version": 1,
        "value": "3",
        "lowest": None,
        "highest": None,
        "unit": {"label": {"fr": "persons"}, "code": None},
        "by_actor": [{"actor": "a", "value": "3", "lowest": None, "highest": None}],
        "standing": None,
        "by_dimension": [{"dimensions": {"sex": "F"}, "value": "3", "lowest": None, "highest": None, "overlap": None}],
        "unallocated": "0",
        "excluded": [],
        "restated": 0,
        "carried_forward": 0,
        "completeness": {
            "due": 9,
            "reported": 1,
            "late": 1,
            "missing": ["a", "b", "c"],
            "actors_due": 3,
            "latest_period": "2025-Q1",
            "latest_recorded_at": made["recorded_at"],
        },
        "flags": ["parts_incomplete"],
        "reason": None,
        "reading": {
            "en": "3 persons in 2025, 0 of 3 members reporting in full (1 of 9 reports); "
            "a total was made of parts with a code missing.",
            "fr": "3 persons en 2025, 0 membre sur 3 a tout déclaré (1 déclaration sur 9)\u00a0; "
            "un total est fait de parties où manque un code.",
        },
        "overlap": None,
        "as_of": made["recorded_at"],
    }


def test_zero(lac: Coalition) -> None:
    lac.report("a", "jobs", "2025-Q1", "0")
    answer = figure(lac)
    assert (answer["value"], answer["reason"], answer["by_actor"][0]["value"]) == ("0", None, "0")


def test_missing(untouched: Coalition) -> None:
    answer = figure(untouched)
    assert (answer["value"], answer["unallocated"], answer["reason"], answer["by_actor"]) == (None, None, "no_entries", [])
    assert answer["completeness"]["latest_period"] is None


def test_values_side_by_side_are_never_added(lac: Coalition) -> None:
    for actor in ("a", "b"):
        lac.report(actor, "calm", "2025-Q1", "3")
    answer = figure(lac, "calm")
    assert (answer["value"], answer["reason"]) == (None, "no_total_over_actors")
    assert [one["value"] for one in answer["by_actor"]] == ["3", "3"]
    assert figure(lac, "calm", actor="a")["value"] == "3", "one actor's total is its own"


def test_an_interval(lac: Coalition) -> None:
    lac.adopt(define("people", over_actors="distinct"))
    lac.report("a", "people", "2025-Q1", "3")
    lac.report("b", "people", "2025-Q1", "0")
    lac.report("c", "people", "2025-Q1", "4")
    answer = figure(lac, "people")
    assert (answer["value"], answer["lowest"], answer["highest"], answer["reason"]) == (None, "4", "7", None)
    assert [(one["value"], one["lowest"]) for one in answer["by_actor"]] == [("3", "3"), ("0", "0"), ("4", "4")]


def test_the_window_when_it_is_not_said(lac: Coalition, shared: Client) -> None:
    for quarter in ("2024-Q4", "2025-Q4", "2026-Q1"):
        lac.report("a", "jobs", quarter, quarter[3])

    def days(**asked: str) -> tuple[str, str]:
        answer = lac.support.get("/indicators/jobs/figure", **asked)
        return answer["from_day"], answer["to_day"]

    assert days() == ("2026-01-01", "2026-12-31"), "the calendar year of today"
    assert days(to="2025-Q4") == ("2025-10-01", "2025-12-31"), "`to` alone asks for that period alone"
    assert days(**{"from": "2024-Q4"}) == ("2024-10-01", "2026-12-31"), "`from` alone asks for everything since"
    assert days(**{"from": "2025", "to": "2025-Q2"}) == ("2025-01-01", "2025-06-30")
    assert days(**{"from": "2025-Q4", "to": "2025"}) == ("2025-10-01", "2025-12-31")
    assert days(**{"from": "2030-Q1"}) == ("2030-01-01", "2030-03-31")
    assert lac.support.get("/indicators/jobs/figure", **{"from": "2024-Q4"})["value"] == "15"
    assert lac.support.get("/indicators/jobs/figure", **{"from": "2030"})["reason"] == "not_started"


def test_over_an_actor_and_over_a_group(lac: Coalition) -> None:
    for place, actor in enumerate(("a", "b", "c"), 1):
        lac.report(actor, "jobs", "2025-Q1", str(place))
    assert [figure(lac, **more)["value"] for more in ({}, {"actor": "b"}, {"group": "north"})] == ["6", "2", "3"]
    assert [one["actor"] for one in figure(lac, group="north")["by_actor"]] == ["a", "b"]
    assert figure(lac, group="north")["completeness"]["due"] == 6


def test_by_two_dimensions(lac: Coalition) -> None:
    lac.report("a", "jobs", "2025-Q1", "3", dimensions={"sex": "M", "age": "old"})
    lac.report("a", "jobs", "2025-Q1", "2", dimensions={"sex": "F", "age": "young"})
    parts = figure(lac, by="age,sex")["by_dimension"]
    assert [(part["dimensions"], part["value"]) for part in parts] == [
        ({"age": "young", "sex": "F"}, "2"),
        ({"age": "old", "sex": "M"}, "3"),
    ]


@pytest.mark.parametrize(
    ("asked", "status", "code", "parameter"),
    [
        ({"from": "2026", "to": "2025"}, 422, "window_reversed", "from"),
        ({"from": "2025-Q4", "to": "2025-Q3"}, 422, "window_reversed", "from"),
        ({"from": "T1 2025"}, 422, "not_a_period", "from"),
        ({"to": "2025-02-30"}, 422, "not_a_period", "to"),
        ({"by": "sexe"}, 422, "unknown_dimension", "by"),
        ({"actor": "d"}, 422, "unknown_actor", "actor"),
        ({"group": "nord"}, 422, "unknown_group", "group"),
        ({"actor": "a", "group": "north"}, 422, "actor_and_group", "group"),
        ({"version": "2"}, 404, "unknown_version", "version"),
        ({"version": "0"}, 422, "too_small", "version"),
        ({"version": "x"}, 422, "whole_number_expected", "version"),
        ({"as_of": "yesterday"}, 422, "not_an_instant", "as_of"),
        ({"as_of": "2030-01-01T00:00:00Z"}, 422, "as_of_in_future", "as_of"),
        ({"as_of": "2020-01-01T00:00:00Z"}, 404, "not_found_as_of", None),
        ({"since": "2025"}, 422, "unknown_parameter", "since"),
    ],
)
def test_what_cannot_be_asked(untouched: Coalition, asked: Json, status: int, code: str, parameter: str | None) -> None:
    response = untouched.support.ask("GET", "/indicators/jobs/figure", params=asked)
    assert refusal(response) == (status, code)
    assert [fault["parameter"] for fault in response.json().get("errors", [])] == ([] if parameter is None else [parameter])


@pytest.mark.parametrize(("asked", "meant"), [({"by": "sxe"}, "sex"), ({"group": "nroth"}, "north")])
def test_a_slip_is_answered_with_what_was_meant(untouched: Coalition, asked: Json, meant: str) -> None:
    fault = untouched.support.ask("GET", "/indicators/jobs/figure", params=asked).json()["errors"][0]
    assert f"`{meant}`" in fault["suggestion"]


def test_windows_and_series_have_an_end(lac: Coalition) -> None:
    lac.adopt(define("daily", frequency="D"))
    asked = {"from": "1900", "to": "2025"}
    assert refusal(lac.support.ask("GET", "/indicators/daily/figure", params=asked)) == (422, "window_too_long")
    assert refusal(lac.support.ask("GET", "/indicators/jobs/series", params=asked)) == (422, "series_too_long")
    assert lac.support.ask("GET", "/indicators/jobs/figure", params=asked).status_code == 200
    longest = lac.support.get("/indicators/daily/series", **{"from": "2024-12-01", "to": "2025-12-31"})
    assert len(longest["items"]) == 396


def test_the_same_question_has_the_same_bytes_for_ever(lac: Coalition, shared: Client) -> None:
    lac.report("a", "jobs", "2025-Q1", "3")
    path, asked = "/indicators/jobs/figure", {**YEAR, "by": "sex"}
    first = lac.support.ask("GET", path, params=asked)
    again = asked | {"as_of": first.json()["as_of"]}
    shared.clock = STARTS + timedelta(hours=3)
    assert lac.support.ask("GET", path, params=asked, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    lac.report("a", "jobs", "2025-Q1", "5")
    lac.adopt({"kind": "set_membership", "actor": "a", "membership": {"groups": [], "left": "2025-01-01"}})
    lac.adopt({"kind": "retire_indicator", "indicator": "jobs"})
    shared.clock = STARTS + timedelta(days=400)
    assert lac.support.ask("GET", path, params=again).content == first.content
    assert lac.support.ask("GET", path, params=asked).json()["value"] == "5"
    fresh = Client(shared.database, now=shared.clock)
    assert fresh.ask("GET", f"/v1/communities/{lac.code}{path}", lac.support.token, params=again).content == first.content


def test_a_figure_is_new_when_the_day_turns(lac: Coalition, shared: Client) -> None:
    lac.report("a", "jobs", "2025-Q1", "3")
    first = lac.support.get("/indicators/jobs/figure", **YEAR)
    shared.clock = STARTS + timedelta(days=30)
    later = lac.support.get("/indicators/jobs/figure", **YEAR)
    assert (first["completeness"]["due"], later["completeness"]["due"]) == (9, 12)
    assert later["as_of"] == "2026-02-14T00:00:00Z"


def test_hidden_values(shared: Client) -> None:
    lac = coalition(shared, ["a", "b", "c"], charter={"show_actor_values": False}, visibility="public")
    lac.adopt(define(), {"kind": "set_membership", "actor": "a", "membership": {"groups": ["alone"]}})
    for actor in ("a", "b", "c"):
        lac.report(actor, "jobs", "2025-Q1", "3")
    for voice, seen in ((lac.support, ["a", "b", "c"]), (lac.members["a"], ["a"])):
        answer = voice.get("/indicators/jobs/figure", **YEAR)
        assert (answer["value"], [one["actor"] for one in answer["by_actor"]]) == ("9", seen)
        several = voice.get("/figures", **YEAR)["items"][0]
        assert several == answer
        (window,) = voice.get("/indicators/jobs/series", frequency="A", **YEAR)["items"]
        assert [one["actor"] for one in window["by_actor"]] == seen
    for door in ("/indicators/jobs/figure", "/indicators/jobs/series", "/figures", "/progress"):
        for voice in (lac.members["b"], lac.anonymous):
            assert refusal(voice.ask("GET", door, params={"actor": "a"})) == (403, "actor_values_hidden")
            if door != "/progress":
                assert refusal(voice.ask("GET", door, params={"group": "alone"})) == (403, "actor_values_hidden")
        assert lac.members["a"].ask("GET", door, params={"actor": "a"}).status_code == 200
    patched = lac.support.patch("", {"charter": {"show_actor_values": True}})
    assert patched["charter"]["show_actor_values"] is True
    assert len(lac.anonymous.get("/indicators/jobs/figure", **YEAR)["by_actor"]) == 3


def test_several_figures_are_the_single_ones(lac: Coalition) -> None:
    lac.report("a", "jobs", "2025-Q1", "3")
    lac.report("a", "calm", "2025-Q1", "0")
    listed = lac.support.get("/figures", indicators="calm,jobs", **YEAR)
    assert listed["items"] == [figure(lac, "calm"), figure(lac, "jobs")]
    assert listed["as_of"] == listed["items"][0]["as_of"]
    assert [one["indicator"] for one in lac.support.get("/figures", **YEAR)["items"]] == ["jobs", "calm"]
    assert [one["value"] for one in lac.support.get("/figures", indicators="jobs,jobs", **YEAR)["items"]] == ["3"]
    first = lac.support.get("/figures", limit=1, **YEAR)
    assert [one["indicator"] for one in lac.support.get("/figures", limit=1, cursor=first["next_cursor"], **YEAR)["items"]] == [
        "calm"
    ]
    response = lac.support.ask("GET", "/figures", params={"indicators": "jobs,x,y"})
    assert refusal(response) == (422, "unknown_indicator")
    assert len(response.json()["errors"]) == 2
    assert refusal(lac.support.ask("GET", "/figures", params={"by": "sex"})) == (422, "unknown_dimension")
    lines = lac.support.ask("GET", "/figures", params={"format": "csv", **YEAR}).text.splitlines()
    assert len(lines) == 3 and lines[1].startswith("jobs,2025-01-01,2025-12-31,1,3,,,")


def test_a_series_is_the_same_question_per_window(lac: Coalition) -> None:
    for quarter, value in (("2024-Q3", "1"), ("2025-Q1", "3"), ("2025-Q2", "0")):
        lac.report("a", "jobs", quarter, value)
    series = lac.support.get("/indicators/jobs/series", **YEAR)
    assert (series["frequency"], series["next_cursor"]) == ("Q", None)
    assert [(one["period"], one["value"], one["reason"]) for one in series["items"]] == [
        ("2025-Q1", "3", None),
        ("2025-Q2", "0", None),
        ("2025-Q3", None, "no_entries"),
        ("2025-Q4", None, "no_entries"),
    ]
    extra = ("period", "comparable", "increment")
    for one in series["items"]:
        alone = figure(lac, **{"from": one["period"], "to": one["period"]})
        assert {name: value for name, value in one.items() if name not in extra} == alone
        assert (one["comparable"], one["increment"]) == (True, None)
    years = lac.support.get("/indicators/jobs/series", frequency="A", **{"from": "2024", "to": "2025"})["items"]
    assert [(one["period"], one["value"]) for one in years] == [("2024", "1"), ("2025", "3")]
    assert refusal(lac.support.ask("GET", "/indicators/jobs/series", params={"frequency": "X"})) == (422, "not_in_list")
    lines = lac.support.ask("GET", "/indicators/jobs/series", params={"format": "csv", **YEAR}).text.splitlines()
    assert len(lines) == 5


def test_a_running_total_shows_what_it_grew_by(lac: Coalition) -> None:
    lac.adopt(define("planted", nature="cumulative", over_time="last"))
    for quarter, value in (("2024-Q4", "5"), ("2025-Q1", "5"), ("2025-Q2", "9"), ("2025-Q3", "8")):
        lac.report("a", "planted", quarter, value)
    items = lac.support.get("/indicators/planted/series", **{"from": "2025-Q1", "to": "2025-Q3"})["items"]
    assert [(one["value"], one["increment"]) for one in items] == [("5", "0"), ("9", "4"), ("8", "-1")]
    assert ["running_total_falls" in one["flags"] for one in items] == [False, False, True]


def test_behind_a_break_a_series_is_in_its_own_terms(lac: Coalition, shared: Client) -> None:
    lac.report("a", "calm", "2025-Q1", "3")
    revised = define(over_actors="none", unit="decibels", effective_from="2025-Q3")["definition"]
    bridge = {"kind": "break"}
    lac.adopt({"kind": "revise_indicator", "indicator": "calm", "based_on": 1, "definition": revised, "bridge": bridge})
    lac.report("a", "calm", "2025-Q3", "7")
    items = lac.support.get("/indicators/calm/series", actor="a", **YEAR)["items"]
    assert [(one["value"], one["comparable"], one["version"], one["unit"]["label"]["fr"]) for one in items[::2]] == [
        ("3", False, 1, "persons"),
        ("7", True, 2, "decibels"),
    ]
    assert items[1]["value"] is None and items[1]["comparable"] is True
    whole = figure(lac, "calm", actor="a")
    assert (whole["value"], whole["excluded"]) == ("7", [{"reason": "series_break", "version": 1, "entries": 1}])
    assert figure(lac, "calm", actor="a", version=1)["excluded"] == [{"reason": "newer_definition", "version": 2, "entries": 1}]


def test_a_figure_reads_alike_wherever_it_stands(lac: Coalition) -> None:
    lac.report("a", "jobs", "2025-Q1", "1234")
    answer = figure(lac)
    said = answer["reading"]
    assert said["en"] == "1,234 persons in 2025, 0 of 3 members reporting in full (1 of 9 reports)."
    assert lac.support.get("/figures", indicators="jobs", **YEAR)["items"][0]["reading"] == said
    assert lac.support.get("/indicators/jobs/series", frequency="A", **YEAR)["items"][0]["reading"] == said
    assert lac.support.get("/indicators/jobs/explanation", **YEAR)["reading"] == said
    assert figure(lac, as_of=answer["as_of"])["reading"] == said
