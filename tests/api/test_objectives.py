"""The objective tree: parents before children, indicators under them, as it stood."""

import pytest

from tests.builders import Client, Coalition, Json, coalition, define, refusal


@pytest.fixture
def lac(shared: Client) -> Coalition:
    """A tree of three objectives with an indicator on each level."""
    made = coalition(shared, ["a"])
    made.adopt(
        {
            "kind": "set_objective",
            "objective": "water",
            "name": {"en": "Water", "fr": "Eau"},
            "parent": "common",
            "weight": "2",
        },
        {"kind": "set_objective", "objective": "fish", "name": "Fish", "parent": "water"},
        {"kind": "set_objective", "objective": "work", "name": "Work", "parent": "common"},
        define("jobs", objective="work", weight="3"),
        define("carp", objective="fish"),
        define("members"),
    )
    return made


def tree(lac: Coalition, **more: str) -> list[tuple[str, str | None, str, list[Json]]]:
    """The tree: code, parent, weight, indicators."""
    items = lac.support.get("/objectives", **more)["items"]
    return [(one["code"], one["parent"], one["weight"], one["indicators"]) for one in items]


def test_the_tree(lac: Coalition) -> None:
    assert tree(lac) == [
        ("common", None, "1", [{"indicator": "members", "weight": "1"}]),
        ("water", "common", "2", []),
        ("fish", "water", "1", [{"indicator": "carp", "weight": "1"}]),
        ("work", "common", "1", [{"indicator": "jobs", "weight": "3"}]),
    ]
    water = lac.support.get("/objectives/water")
    assert water["name"] == {"en": "Water", "fr": "Eau"}
    assert lac.support.get("/objectives")["items"][1] == water
    assert lac.support.get("/objectives/common")["name"] == {"en": "A clean lake", "fr": "Un lac propre"}


def test_what_moves_is_found_in_its_new_place_and_then_in_its_old_one(lac: Coalition) -> None:
    before = lac.support.get("/progress")["as_of"]
    lac.adopt(
        {"kind": "set_objective", "objective": "work", "indicators": [{"indicator": "carp", "weight": "7"}]},
        {"kind": "set_objective", "objective": "fish", "removed": True},
    )
    assert [(code, indicators) for code, _, _, indicators in tree(lac)] == [
        ("common", [{"indicator": "members", "weight": "1"}]),
        ("water", []),
        ("work", [{"indicator": "jobs", "weight": "3"}, {"indicator": "carp", "weight": "7"}]),
    ]
    assert [code for code, *_ in tree(lac, as_of=before)] == ["common", "water", "fish", "work"]
    assert refusal(lac.support.ask("GET", "/objectives/fish")) == (404, "unknown_objective")
    assert lac.support.get("/objectives/fish", as_of=before)["parent"] == "water"


def test_an_objective_that_is_not_there(lac: Coalition) -> None:
    assert refusal(lac.support.ask("GET", "/objectives/x")) == (404, "unknown_objective")
