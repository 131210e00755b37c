"""An objective opened over HTTP: parts that add up, what is left out and why, and the way on to the entries."""

from decimal import Decimal
from fractions import Fraction

import pytest

from service.models.measure import rounded
from tests.builders import Client, Coalition, Json, coalition, define, refusal

PATH = "/objectives/common/explanation"


def made(client: Client) -> Coalition:
    """Work weighs twice what water does; asked on 15 January 2026."""
    lac = coalition(client)
    lac.adopt(
        {"kind": "set_objective", "objective": "work", "name": "Travail", "parent": "common", "weight": "2"},
        {"kind": "set_objective", "objective": "water", "name": "Eau", "parent": "common", "weight": "1"},
        {"kind": "set_objective", "objective": "later", "name": "Plus tard", "parent": "common"},
        define("jobs", objective="work", weight="3"),
        define("calm", objective="work"),
        define("fish", objective="water", weight="0.5"),
        define("reeds", objective="water"),
        *({"kind": "set_target", "indicator": code, "period": "2025", "value": "9"} for code in ("jobs", "calm", "fish")),
        {"kind": "set_target", "indicator": "jobs", "actor": "a", "period": "2025", "value": "3"},
    )
    lac.report("a", "jobs", "2025-Q1", "2")
    lac.report("b", "jobs", "2025-Q2", "1")
    lac.report("a", "calm", "2025-Q1", "18")
    lac.report("b", "reeds", "2025-Q1", "0")
    return lac


def children(answer: Json, objective: str) -> dict[str, Json]:
    """The children of one of the objectives, by code."""
    (found,) = [one for one in answer["objectives"] if one["objective"] == objective]
    return {child["objective"] or child["indicator"]: child for child in found["children"]}


def test_the_whole_tree(lac: Coalition) -> None:
    answer = lac.support.get(PATH, at="2025")
    assert [one["objective"] for one in answer["objectives"]] == ["common", "work", "water", "later"]
    common, work, water = (children(answer, code) for code in ("common", "work", "water"))
    # jobs: 3 of 9, three quarters of work; calm: 18 of 9 held to 1, a quarter. Nothing of water can be judged.
    assert {code: child["part"] for code, child in work.items()} == {"jobs": "0.25", "calm": "0.25"}
    assert {code: child["attainment"] for code, child in work.items()} == {"jobs": "0.333333333333", "calm": "2"}
    assert {code: (child["share"], child["part"], child["reason"]) for code, child in common.items()} == {
        "work": ("1", "0.5", None),
        "water": (None, None, "nothing_attained"),
        "later": (None, None, "no_children"),
    }
    assert {code: (child["part"], child["status"], child["reason"]) for code, child in water.items()} == {
        "fish": (None, "no_data", "no_entries"),
        "reeds": (None, "not_assessed", "no_target"),
    }
    assert {code: child["part_of_whole"] for code, child in work.items()} == {"jobs": "0.25", "calm": "0.25"}
    whole = answer["objectives"][0]
    assert (whole["attainment"], whole["coverage"], whole["reason"]) == ("0.5", "0.5", None)
    assert (answer["objectives"][2]["attainment"], answer["objectives"][2]["reason"]) == (None, "nothing_attained")
    assert work["jobs"]["reading"]["en"].startswith("3 persons in 2025.")
    assert (common["work"]["name"], common["work"]["explanation"]) == ({"fr": "Travail"}, None)


def test_it_says_what_progress_says(lac: Coalition) -> None:
    for asked in ({}, {"at": "2025-Q2"}, {"actor": "a"}, {"at": "2025"}, {"at": "2024"}):
        answer, progress = lac.support.get(PATH, **asked), lac.support.get("/progress", **asked)
        names = ("attainment", "coverage", "lowest", "highest", "on_track_count", "indicator_count")
        stands = {one["code"]: [one[name] for name in names] for one in progress["objectives"]}
        assert {one["objective"]: [one[name] for name in names] for one in answer["objectives"]} == stands
        lines = {line["indicator"]: line for one in progress["objectives"] for line in one["indicators"]}
        for one in answer["objectives"]:
            for child in one["children"]:
                if child["indicator"] is not None:
                    line = lines[child["indicator"]]
                    assert all(child[name] == line[name] for name in ("attainment", "status", "reading", "weight", "name"))


def test_the_way_on_to_the_entries(lac: Coalition, shared: Client) -> None:
    answer = lac.support.get(PATH)
    jobs = children(answer, "work")["jobs"]
    opened = shared.ask("GET", jobs["explanation"], lac.support.token)
    assert opened.status_code == 200, opened.text
    figure = opened.json()
    assert (figure["value"], figure["from_day"], figure["to_day"]) == ("3", "2025-01-01", "2025-12-31")
    assert [(one["actor"], one["part"]) for one in figure["actors"]] == [("a", "2"), ("b", "1")]
    assert sum(Decimal(one["part"]) for one in figure["items"]) == 3
    assert Fraction(jobs["attainment"]) == Fraction(rounded(Fraction(3, 9)))
    own = children(lac.support.get(PATH, actor="a"), "work")["jobs"]
    alone = shared.ask("GET", own["explanation"], lac.support.token).json()
    assert (alone["value"], own["attainment"]) == ("2", "0.666666666667")
    lac.report("a", "jobs", "2025-Q3", "100")
    assert shared.ask("GET", jobs["explanation"], lac.support.token).json()["value"] == "3", "as of the same instant"
    assert lac.support.get(PATH, as_of=answer["as_of"]) == answer


def test_below_an_objective_only(lac: Coalition) -> None:
    answer = lac.support.get("/objectives/work/explanation")
    assert [one["objective"] for one in answer["objectives"]] == ["work"]
    assert {code: child["part_of_whole"] for code, child in children(answer, "work").items()} == {
        "jobs": "0.25",
        "calm": "0.25",
    }
    assert lac.support.get("/objectives/later/explanation")["objectives"][0]["reason"] == "no_children"


def test_a_target_whose_window_has_not_begun_has_no_entries_to_show(lac: Coalition) -> None:
    lac.adopt({"kind": "set_target", "indicator": "reeds", "period": "2027", "value": "5"})
    reeds = children(lac.support.get(PATH), "water")["reeds"]
    assert (reeds["explanation"], reeds["reason"]) == (None, "not_started")


def test_hidden_values(shared: Client) -> None:
    lac = coalition(shared, charter={"show_actor_values": False}, visibility="public")
    lac.adopt(define())
    assert refusal(lac.members["a"].ask("GET", PATH, params={"actor": "b"})) == (403, "actor_values_hidden")
    assert lac.anonymous.get(PATH)["objectives"][0]["indicator_count"] == 1


@pytest.mark.parametrize(
    ("path", "asked", "said"),
    [
        ("/objectives/moon/explanation", {}, (404, "unknown_objective")),
        (PATH, {"at": "2025-13"}, (422, "not_a_period")),
        (PATH, {"actor": "moon"}, (422, "unknown_actor")),
        (PATH, {"from": "2025"}, (422, "unknown_parameter")),
    ],
)
def test_what_is_refused(untouched: Coalition, path: str, asked: dict[str, str], said: tuple[int, str]) -> None:
    assert refusal(untouched.support.ask("GET", path, params=asked)) == said
