"""Every worked case through HTTP, on both engines: decided, reported and asked at the case's own instants."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from service.indicators.explanation import LOST_TO_ANOTHER
from tests.builders import Client, Coalition, Json, coalition
from tests.vectors import EXPECTED_COUNT, Case, all_cases, cases, instant

FOUNDED = datetime(2022, 6, 1, tzinfo=UTC)
ASKED = datetime(2027, 1, 1, tzinfo=UTC)
"""When every case is asked: all of them ask as of an instant before."""
Event = tuple[datetime, int, Callable[[Coalition], Any]]


def named(kind: str) -> list[Any]:
    """The cases of a kind, each under its name."""
    return [pytest.param(case, id=case["name"]) for case in cases(kind)]


def test_none_is_missing() -> None:
    assert len(all_cases()) == EXPECTED_COUNT == len(named("figure")) + len(named("progress")) + len(named("objective"))


@pytest.mark.parametrize("case", named("figure"))
def test_figure(shared: Client, case: Case) -> None:
    lac, ask, expected = replayed(shared, case), case["ask"], dict(case["expect"])
    question = {name: ask[name] for name in ("from", "to", "version", "as_of") if name in ask}
    if "by" in ask:
        question["by"] = ",".join(ask["by"])
    figure = lac.support.get(f"/indicators/{ask['indicator']}/figure", **question)
    said = {name: figure[name] for name in expected if not name.startswith("by_")}
    said["by_actor"] = {one["actor"]: one["value"] for one in figure["by_actor"]}
    parts = {tuple(one["dimensions"].values()): one for one in figure["by_dimension"]}
    if "by_dimension" in expected:
        said["by_dimension"] = {code: one["value"] for (code,), one in parts.items()}
    if "by_dimension_bounds" in expected:
        bounds = {code: [one["lowest"], one["highest"]] for (code,), one in parts.items()}
        said["by_dimension_bounds"] = {code: bounds[code] for code in expected["by_dimension_bounds"]}
    assert said == expected
    opens(lac.support.get(f"/indicators/{ask['indicator']}/explanation", limit=1000, **question), figure)


def opens(explained: Json, figure: Json) -> None:
    """The explanation is of this figure, its parts make it at every level, and its entries are those that were counted."""
    assert {name: explained[name] for name in figure} == figure
    items, actors, total = explained["items"], explained["actors"], explained["total"]
    used = [one for one in items if one["used"]]
    for name in ("part", "part_numerator", "part_denominator"):
        given = [one[name] for one in used if one[name] is not None]
        if total is None or total[name] is None:
            assert given == []
            continue
        for level in (items, actors, [period for actor in actors for period in actor["periods"]]):
            told = [Decimal(one[name]) for one in level if one[name] is not None]
            # Each is rounded by itself when it is answered, by half of the twelfth decimal at most.
            assert abs(sum(told) - Decimal(total[name])) <= Decimal("0.5e-12") * (len(told) + 1)
    if total is None:
        assert figure["value"] is None and figure["reason"] is not None
    else:
        assert total["part"] == (figure["value"] if figure["highest"] is None else figure["highest"])
    counted = Counter((one["reason"], one["version"]) for one in items if not one["used"])
    for left_out in figure["excluded"]:
        assert counted.pop((left_out["reason"], left_out["version"])) == left_out["entries"]
    assert {reason for reason, _ in counted} <= set(LOST_TO_ANOTHER)
    read = [one for one in items if one["used"] or one["reason"] in LOST_TO_ANOTHER]
    assert sum(one["version"] < figure["version"] for one in read) == figure["restated"]
    assert len({(one["id"], one["journal"]) for one in items}) == len(items)


@pytest.mark.parametrize("case", named("progress"))
def test_progress(shared: Client, case: Case) -> None:
    lac, ask = replayed(shared, case), case["ask"]
    progress = lac.support.get("/progress", at=ask["at"], as_of=ask["as_of"])
    (objective,) = progress["objectives"]
    (indicator,) = objective["indicators"]
    assert {name: indicator[name] for name in case["expect"]} == case["expect"]


@pytest.mark.parametrize("case", named("objective"))
def test_objective(shared: Client, case: Case) -> None:
    shared.clock = FOUNDED
    lac = coalition(shared, ["a"], code=case["name"])
    changes: list[Json] = []
    reports: list[Json] = []
    grow(case["ask"]["children"], "common", changes, reports)
    shared.clock = datetime(2023, 1, 1, tzinfo=UTC)
    lac.adopt(*changes)
    shared.clock = datetime(2026, 1, 15, tzinfo=UTC)
    lac.members["a"].post("/contributions/batch", {"items": reports})
    shared.clock = ASKED
    root = lac.support.get("/progress", at="2025")["objectives"][0]
    assert {name: root[name] for name in case["expect"]} == case["expect"]


def grow(children: list[Json], under: str, changes: list[Json], reports: list[Json]) -> None:
    """The changes that make a bare tree, and reports by which each indicator has the attainment it should."""
    for place, child in enumerate(children):
        code = f"{under}-{place}"
        if "children" in child:
            changes.append(
                {"kind": "set_objective", "objective": code, "name": code, "parent": under, "weight": child["weight"]}
            )
            grow(child["children"], code, changes, reports)
            continue
        usual = {"measure": "quantity", "nature": "flow", "over_time": "sum", "over_actors": "sum", "direction": "increase"}
        definition = {"name": code, "unit": "euros", "frequency": "A", **usual}
        changes.append(
            {
                "kind": "define_indicator",
                "indicator": code,
                "objective": under,
                "weight": child["weight"],
                "definition": definition,
            }
        )
        changes.append({"kind": "set_target", "indicator": code, "period": "2025", "value": "1"})
        if child["attainment"] is not None:
            reports.append({"indicator": code, "period": "2025", "value": child["attainment"]})


def replayed(shared: Client, case: Case) -> Coalition:
    """A community of the case's own to which everything of its scenario happened at its instant, in their order."""
    scenario = case["scenario"]
    actors = sorted({entry["actor"] for entry in scenario["entries"]} | set(scenario.get("left", {})))
    charter = {"validation": "support"} if scenario.get("validation") else {}
    shared.clock = FOUNDED
    lac = coalition(shared, (), code=case["name"], charter=charter)
    joining = {"name": "An actor", "kind": "association"}
    for actor in actors:
        lac.adopt({"kind": "set_membership", "actor": actor, "membership": joining})
    for at, _, happen in sorted(events(case, actors), key=lambda event: event[:2]):
        shared.clock = at
        happen(lac)
    shared.clock = ASKED
    return lac


def events(case: Case, actors: list[str]) -> Iterator[Event]:
    """What happens in a case; of what happens at one instant, decisions come first, and what is said of a report after it."""
    (code,) = case["scenario"]["indicators"]
    versions = case["scenario"]["indicators"][code]["versions"]
    for version in versions:
        yield instant(version["adopted_at"]), 0, adoption(code, version, actors)
    if "target" in case["ask"]:
        target = {"kind": "set_target", "indicator": code, **case["ask"]["target"]}
        yield instant(versions[-1]["adopted_at"]) + timedelta(seconds=1), 1, lambda lac: lac.adopt(target)
    for entry in case["scenario"]["entries"]:
        key = {name: entry[name] for name in ("indicator", "actor", "period", "dimensions") if name in entry}
        if entry.get("withdrawn"):
            yield instant(entry["at"]), 2, said_of(key, "withdraw", {})
        else:
            yield instant(entry["at"]), 2, report(entry)
        if "validated_at" in entry:
            yield instant(entry["validated_at"]), 3, said_of(key, "validate", {})
        if "contested_at" in entry:
            yield instant(entry["contested_at"]), 3, said_of(key, "contest", {"reason": "It cannot be."})
    for actor, day in case["scenario"].get("left", {}).items():
        yield instant(case["ask"]["as_of"]), 4, leaving(actor, day)


def leaving(actor: str, day: str) -> Callable[[Coalition], Any]:
    """The actor leaves; `day` is its last."""
    change = {"kind": "set_membership", "actor": actor, "membership": {"left": day}}
    return lambda lac: lac.adopt(change)


def adoption(code: str, version: Json, actors: list[str]) -> Callable[[Coalition], Any]:
    """Adopts a version, the first or the next."""
    own = {name: value for name, value in version.items() if name not in ("number", "adopted_at", "bridge")}
    definition = {"name": "x", "unit": "x", **own}
    if own["over_actors"] == "single":
        definition["contributors"] = actors
    if version["bridge"] is None:
        change = {"kind": "define_indicator", "indicator": code, "objective": "common", "definition": definition}
    else:
        based_on = version["number"] - 1
        change = {
            "kind": "revise_indicator",
            "indicator": code,
            "based_on": based_on,
            "definition": definition,
            "bridge": version["bridge"],
        }
    return lambda lac: lac.adopt(change)


def report(entry: Json) -> Callable[[Coalition], Any]:
    """The support reports for the actor, which asks for no token of its own."""
    body = {name: value for name, value in entry.items() if name not in ("at", "validated_at", "contested_at")}
    return lambda lac: lac.support.post("/contributions", body)


def said_of(key: Json, what: str, body: Json) -> Callable[[Coalition], Any]:
    """The support validates or contests what stands of a key, or withdraws it; its id is looked up in the list."""

    def say(lac: Coalition) -> None:
        chosen = {name: key[name] for name in ("indicator", "actor", "period")}
        found = lac.support.get("/contributions", **chosen)["items"]
        (contribution,) = [one for one in found if one["dimensions"] == key.get("dimensions", {})]
        lac.support.post(f"/contributions/{contribution['id']}/{what}", body)

    return say
