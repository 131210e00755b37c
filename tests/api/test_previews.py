"""Previews: what adopting a proposal would do, found again once it is adopted; and nothing is written."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from service.models.tables import tables_in_order
from tests.builders import POSTGRESQL_AS_PROOF, Client, Coalition, Json, coalition, define, definition, refusal
from tests.records.coalition import reading

NOW = datetime(2026, 8, 15, 9, 0, tzinfo=UTC)
SEX = [{"code": "sex", "codes": ["F", "M"]}]
AGE = [{"code": "age", "codes": ["young", "middle", "old"]}]
STOCK = {"nature": "stock", "over_time": "last", "over_actors": "sum"}
RATIO = {"measure": "ratio", "factor": "100", "direction": "decrease"}
MEAN = {"measure": "mean"}
DEFINITIONS: dict[str, Json] = {
    "jobs": {"dimensions": SEX},
    "places": {**STOCK, "dimensions": AGE},
    "share": RATIO,
    "grade": MEAN,
}


def revise(indicator: str, bridge: Json, *, effective_from: str = "2026-Q1", based_on: int = 1, **more: Any) -> Json:
    """The change that revises one of `DEFINITIONS`; `targets`, `bridge` are the change's, the rest goes into the definition."""
    targets = {"targets": more.pop("targets")} if "targets" in more else {}
    return {
        "kind": "revise_indicator",
        "indicator": indicator,
        "based_on": based_on,
        "definition": definition(**{**DEFINITIONS[indicator], "effective_from": effective_from, **more}),
        "bridge": bridge,
        **targets,
    }


def target(indicator: str, value: str, **more: Any) -> Json:
    return {"kind": "set_target", "indicator": indicator, "period": "2026", "value": value, **more}


def reporting(client: Client, **charter: Any) -> Coalition:
    """Two members who reported four indicators for the first half of 2026, and targets for two of them."""
    client.clock = NOW
    lac = coalition(client, ["a", "b"], charter=charter)
    lac.adopt(*(define(code, **terms) for code, terms in DEFINITIONS.items()))
    lac.adopt(
        target("jobs", "400", baseline={"period": "2025", "value": "100"}),
        target("jobs", "150", actor="a"),
        target("jobs", "200", dimensions={"sex": "F"}),
        target("share", "5", baseline={"period": "2025", "value": "20"}),
    )
    items: list[Json] = []
    for period, shift in (("2026-Q1", 0), ("2026-Q2", 7)):
        for actor, base in (("a", 40), ("b", 60)):
            key = {"actor": actor, "period": period}
            items += [
                {"indicator": "jobs", "value": str(base + shift), "dimensions": {"sex": sex}, **key} for sex in ("F", "M")
            ]
            items += [
                {"indicator": "places", "value": str(base + place), "dimensions": {"age": age}, **key}
                for place, age in enumerate(("young", "middle", "old"))
            ]
            items.append({"indicator": "share", "numerator": str(base // 10), "denominator": str(base + shift), **key})
            items.append({"indicator": "grade", "value": str(base // 4), "weight": str(shift + 3), **key})
    lac.support.post("/contributions/batch", {"items": items})
    return lac


@pytest.fixture
def lac(shared: Client) -> Coalition:
    return reporting(shared)


def propose(lac: Coalition, *changes: Json) -> str:
    made = lac.members["a"].post("/proposals", {"title": "Anew", "changes": list(changes)})
    assert made["status"] == "open"
    return f"/proposals/{made['id']}"


def preview(lac: Coalition, *changes: Json) -> Json:
    return lac.members["a"].get(f"{propose(lac, *changes)}/preview")


def timeless(answer: Any) -> Any:
    """The answer without the instants it was asked as of."""
    if isinstance(answer, dict):
        return {name: timeless(value) for name, value in answer.items() if name != "as_of"}
    return [timeless(value) for value in answer] if isinstance(answer, list) else answer


def figures(lac: Coalition) -> dict[str, Json]:
    codes = {one["indicator"] for one in lac.support.get("/progress")["objectives"] for one in one["indicators"]}
    codes |= {one["code"] for one in lac.support.get("/indicators")["items"]} | set(DEFINITIONS)
    return {code: timeless(lac.members["a"].get(f"/indicators/{code}/figure")) for code in codes}


def row_counts(lac: Coalition) -> dict[str, int]:
    with reading(lac.client.database, lac.code) as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables_in_order()
        }


EDITORIAL, BREAK = {"kind": "editorial"}, {"kind": "break"}
OLDER = {"age": {"middle": "old"}}
TWO_AGES = [{"code": "age", "codes": ["young", "old"]}]
CASES: dict[str, list[Json]] = {
    "define": [define("homes", dimensions=SEX), target("homes", "10")],
    "editorial": [revise("jobs", EDITORIAL, targets="convert", description="As before.", dimensions=[*SEX, *AGE])],
    "factor": [revise("jobs", {"kind": "conversion", "factor": "2.5"}, targets="convert")],
    "ratio": [revise("share", {"kind": "conversion", "numerator_factor": "3", "denominator_factor": "2"}, targets="convert")],
    "mean": [revise("grade", {"kind": "conversion", "factor": "10", "offset": "-1"})],
    "code_map": [revise("places", {"kind": "conversion", "code_map": OLDER}, dimensions=TWO_AGES)],
    "out_of_scope": [
        revise("places", {"kind": "conversion", "code_map": {"age": {"middle": "_X"}}}, dimensions=TWO_AGES, carry_forward=0)
    ],
    "break": [revise("jobs", BREAK, effective_from="2026-Q2", targets="drop")],
    "break, targets anew": [
        revise("jobs", BREAK),
        target("jobs", "300", baseline={"period": "2025", "value": "10"}),
        target("jobs", "70", actor="a"),
        target("jobs", "70", dimensions={"sex": "F"}),
    ],
    "later": [revise("jobs", {"kind": "conversion", "factor": "2"}, effective_from="2026-Q4", targets="convert")],
    "retire": [{"kind": "retire_indicator", "indicator": "jobs"}],
    "set_target": [target("jobs", "500"), target("places", "90", actor="b")],
    "drop_target": [{"kind": "drop_target", "indicator": "jobs", "period": "2026"}],
    "set_objective": [
        {"kind": "set_objective", "objective": "work", "name": "Work", "weight": "3",
         "indicators": [{"indicator": "jobs", "weight": "2"}, {"indicator": "share", "weight": "5"}]},
    ],
    "thresholds": [{"kind": "set_charter", "charter": {"on_track": "0.2", "at_risk": "0.1", "due_days": 60}}],
    "validation": [{"kind": "set_charter", "charter": {"validation": "support"}}],
    "time_zone": [{"kind": "set_charter", "time_zone": "Pacific/Kiritimati"}],
    "leaves": [{"kind": "set_membership", "actor": "b", "membership": {"left": "2026-05-01"}}],
    "joins": [{"kind": "set_membership", "actor": "c", "membership": {"name": "C", "kind": "company"}}],
    "together": [
        define("homes"),
        revise("jobs", {"kind": "conversion", "factor": "2"}, targets="convert"),
        revise("places", BREAK),
        revise("share", EDITORIAL, targets="drop"),
        {"kind": "set_objective", "objective": "work", "name": "Work", "indicators": [{"indicator": "homes", "weight": "2"}]},
        {"kind": "set_charter", "charter": {"on_track": "0.5", "at_risk": "0.4"}},
        {"kind": "set_membership", "actor": "b", "membership": {"left": "2026-05-01"}},
        {"kind": "retire_indicator", "indicator": "grade"},
    ],
}  # fmt: skip


@POSTGRESQL_AS_PROOF
@pytest.mark.parametrize("case", CASES)
def test_adopted_it_is_exactly_what_was_previewed(lac: Coalition, shared: Client, case: str) -> None:
    # In the proposed time zone the third quarter is over by then, here it is not.
    shared.clock = NOW if case != "time_zone" else datetime(2026, 9, 30, 12, tzinfo=UTC)
    path = propose(lac, *CASES[case])
    before, rows = (figures(lac), timeless(lac.support.get("/progress"))), row_counts(lac)
    seen = lac.members["a"].get(f"{path}/preview")
    assert row_counts(lac) == rows
    assert timeless(lac.members["a"].get(f"{path}/preview")) == timeless(seen)
    assert (figures(lac), timeless(lac.support.get("/progress"))) == before, "a preview is not remembered as what is"
    lac.support.post(f"{path}/close")
    after = figures(lac)
    previewed = {one["indicator"]: one for one in timeless(seen["figures"])}
    assert {code: one["after"] for code, one in previewed.items()} == {code: after[code] for code in previewed}
    assert {code: one["before"] for code, one in previewed.items()} == {code: before[0].get(code) for code in previewed}
    assert all(after[code] == before[0].get(code) for code in after if code not in previewed), "what differs is named"
    assert timeless(seen["progress"]["before"]) == before[1]
    assert timeless(seen["progress"]["after"]) == timeless(lac.support.get("/progress"))
    changed = {one["indicator"] for one in CASES[case] if "indicator" in one}
    assert changed <= set(previewed)


def test_what_changes_is_what_was_meant(lac: Coalition) -> None:
    """Against numbers made by hand: 2 × (40 + 47 + 60 + 67) jobs in the half year."""
    (jobs,) = preview(lac, revise("jobs", {"kind": "conversion", "factor": "2.5"}, targets="convert"))["figures"]
    assert (jobs["before"]["value"], jobs["after"]["value"], jobs["after"]["restated"]) == ("428", "1070", 8)
    (jobs,) = preview(lac, revise("jobs", BREAK, effective_from="2026-Q2", targets="drop"))["figures"]
    assert (jobs["after"]["value"], jobs["after"]["reason"]) == (None, "no_entries")
    assert jobs["after"]["excluded"] == [{"reason": "series_break", "version": 1, "entries": 8}]
    (homes,) = preview(lac, define("homes"))["figures"]
    assert homes["before"] is None and homes["after"]["reason"] == "no_entries"
    left = preview(lac, {"kind": "set_membership", "actor": "b", "membership": {"left": "2026-05-01"}})
    (places,) = [one for one in left["figures"] if one["indicator"] == "places"]
    assert (places["before"]["value"], places["after"]["value"]) == (str(3 * 40 + 3 + 3 * 60 + 3), str(3 * 40 + 3))


def test_breaks_and_what_is_to_be_reported_anew(lac: Coalition) -> None:
    seen = preview(
        lac,
        revise("jobs", BREAK, effective_from="2026-Q2", targets="drop"),
        revise("places", {"kind": "conversion", "code_map": {"age": {"middle": "_X"}}}, dimensions=TWO_AGES),
        revise("grade", {"kind": "conversion", "factor": "2"}),
    )
    assert seen["breaks"] == [{"indicator": "jobs", "version": 2, "from_period": "2026-Q2", "kind": "break"}]
    assert [(one["actor"], one["count"]) for one in seen["to_report_anew"]] == [("a", 4), ("b", 4)]
    assert [(one["indicator"], one["period"], one["dimensions"]) for one in seen["to_report_anew"][0]["contributions"]] == [
        ("jobs", "2026-Q2", {"sex": "F"}),
        ("jobs", "2026-Q2", {"sex": "M"}),
        ("places", "2026-Q1", {"age": "middle"}),
        ("places", "2026-Q2", {"age": "middle"}),
    ]


def test_only_what_counts_today_is_to_be_reported_anew(shared: Client) -> None:
    lac = reporting(shared, validation="support")
    first = lac.support.get("/contributions", indicator="jobs", actor="a", period="2026-Q1")["items"][0]
    lac.support.post(f"/contributions/{first['id']}/validate")
    seen = preview(lac, revise("jobs", BREAK, targets="drop"))
    assert [(one["actor"], one["count"]) for one in seen["to_report_anew"]] == [("a", 1)]


def outcomes(seen: Json) -> list[tuple[Any, ...]]:
    return [
        (
            one["indicator"], one["version"], one["actor"], one["dimensions"].get("sex"), one["outcome"],
            one["before"] and one["before"]["value"], one["after"] and one["after"]["value"],
        )
        for one in seen["targets"]
    ]  # fmt: skip


def test_what_becomes_of_targets(lac: Coalition) -> None:
    """The community's 400, its 200 for women, 150 of `a`."""
    doubled = {"kind": "conversion", "factor": "2"}
    seen = preview(lac, revise("jobs", doubled, targets="convert"), target("jobs", "170", actor="a"), target("share", "4"))
    assert outcomes(seen) == [
        ("jobs", 2, None, None, "converted", "400", "800"),
        ("jobs", 2, None, "F", "converted", "200", "400"),
        ("jobs", 2, "a", None, "set", "150", "170"),
        ("share", 1, None, None, "set", "5", "4"),
    ]
    assert seen["targets"][0]["after"]["baseline"] == {"period": "2025", "value": "200"}
    assert outcomes(preview(lac, revise("jobs", doubled, targets="drop"))) == [
        ("jobs", 1, None, None, "dropped", "400", None),
        ("jobs", 1, None, "F", "dropped", "200", None),
        ("jobs", 1, "a", None, "dropped", "150", None),
    ]
    assert outcomes(preview(lac, revise("jobs", BREAK, targets="drop"), target("jobs", "9"))) == [
        ("jobs", 1, None, "F", "meaningless", "200", None),
        ("jobs", 1, "a", None, "meaningless", "150", None),
        ("jobs", 2, None, None, "set", "400", "9"),
    ]
    dropped = {"kind": "drop_target", "indicator": "jobs", "period": "2026", "actor": "a"}
    assert outcomes(preview(lac, dropped, target("jobs", "1", from_period="2026-Q1"))) == [
        ("jobs", 1, None, None, "kept", "400", "400"),
        ("jobs", 1, None, None, "set", None, "1"),
        ("jobs", 1, None, "F", "kept", "200", "200"),
        ("jobs", 1, "a", None, "dropped", "150", None),
    ]
    assert outcomes(preview(lac, {"kind": "retire_indicator", "indicator": "jobs"})) == []


def try_out(lac: Coalition, path: str, indicator: str, *said: tuple[str, str, Json]) -> None:
    items = [{"indicator": indicator, "actor": actor, "period": period, **measures} for actor, period, measures in said]
    lac.support.post(f"{path}/trials", {"items": items})


def test_trials_suggest_a_factor(lac: Coalition) -> None:
    """`a` reported 80 and 94 jobs, `b` 120 and 134; tried are 88, 94 and 180: 362/294 in all, 182/174 and 180/120 of each."""
    path = propose(lac, revise("jobs", BREAK, effective_from="2026-Q4", targets="drop"))
    halves = [("a", "2026-Q1", {"value": half, "dimensions": {"sex": sex}}) for sex, half in (("F", "38"), ("M", "50"))]
    try_out(
        lac, path, "jobs", *halves, ("a", "2026-Q2", {"value": "94"}), ("b", "2026-Q1", {"value": "180"}),
        ("b", "2026-Q2", {"value": "1", "dimensions": {"sex": "F"}}), ("b", "2025-Q4", {"value": "3"}),
    )  # fmt: skip
    (found,) = lac.members["a"].get(f"{path}/preview")["suggestions"]
    assert (found["indicator"], found["version"], found["factor"], found["reason"]) == ("jobs", 2, "1.231292517007", None)
    assert (found["lowest"], found["highest"], found["numerator_factor"]) == ("1.045977011494", "1.5", None)
    assert [(one["actor"], one["factor"], one["trial"], one["present"], one["periods"]) for one in found["actors"]] == [
        ("a", "1.045977011494", "182", "174", ["2026-Q1", "2026-Q2"]),
        ("b", "1.5", "180", "120", ["2026-Q1"]),
    ]
    assert found["left_out"] == [
        {"actor": "b", "period": "2025-Q4", "reason": "not_reported"},
        {"actor": "b", "period": "2026-Q2", "reason": "parts_incomplete"},
    ]
    lac.members["a"].post(
        f"{path}/amend",
        {"changes": [revise("jobs", BREAK, targets="drop", method="Otherwise.")], "rationale": "Otherwise."},
    )
    assert lac.members["a"].get(f"{path}/preview")["suggestions"] == []


def test_trials_of_ratios_and_means(lac: Coalition) -> None:
    """`a` reported 4 of 40 and 4 of 47, and grades of 10 by 3: tried are 6 of 20 and 6 of 67, and 5 by 12."""
    path = propose(lac, revise("share", BREAK, targets="drop"), revise("grade", BREAK))
    shares = [{"numerator": "6", "denominator": "20"}, {"numerator": "6", "denominator": "67"}]
    try_out(lac, path, "share", ("a", "2026-Q1", shares[0]), ("a", "2026-Q2", shares[1]))
    try_out(lac, path, "grade", ("a", "2026-Q1", {"value": "5", "weight": "12"}))
    by_indicator = {one["indicator"]: one for one in lac.support.get(f"{path}/preview")["suggestions"]}
    share, grade = by_indicator["share"], by_indicator["grade"]
    assert (share["factor"], share["numerator_factor"], share["denominator_factor"]) == (None, "1.5", "1")
    assert (share["lowest"], share["highest"], share["denominator_lowest"]) == ("1.5", "1.5", "1")
    assert (share["actors"][0]["trial"], share["actors"][0]["present_denominator"]) == ("12", "87")
    assert (grade["factor"], grade["denominator_factor"], grade["actors"][0]["trial"]) == ("2", None, "60")


def test_why_nothing_is_suggested(lac: Coalition) -> None:
    lac.report("a", "jobs", "2025-Q1", "0")
    path = propose(
        lac, revise("jobs", BREAK, targets="drop"), revise("grade", BREAK, measure="quantity"), revise("places", BREAK)
    )
    try_out(lac, path, "jobs", ("a", "2025-Q1", {"value": "5"}))
    try_out(lac, path, "grade", ("a", "2026-Q1", {"value": "5"}))
    try_out(lac, path, "places", ("b", "2025-Q4", {"value": "5"}))
    found = lac.support.get(f"{path}/preview")["suggestions"]
    assert [(one["indicator"], one["factor"], one["reason"], one["actor_count"]) for one in found] == [
        ("jobs", None, "present_is_zero", 1),
        ("places", None, "no_pairs", 0),
        ("grade", None, "measure_changes", 0),
    ]
    assert found[0]["lowest"] is None


def test_what_the_charter_hides_stays_hidden(shared: Client) -> None:
    """Also where the proposal is to show it: proposing is not deciding."""
    lac = reporting(shared, show_actor_values=False)
    path = propose(
        lac, revise("jobs", BREAK, targets="drop"), {"kind": "set_charter", "charter": {"show_actor_values": True}},
        target("places", "4"),
    )  # fmt: skip
    try_out(lac, path, "jobs", ("a", "2026-Q1", {"value": "88"}), ("b", "2026-Q1", {"value": "180"}))

    def shown(answer: Json) -> tuple[Any, ...]:
        places = next(one for one in answer["figures"] if one["indicator"] == "places")
        (suggestion,) = answer["suggestions"]
        return (
            [own["actor"] for own in places["before"]["by_actor"]],
            [own["actor"] for own in places["after"]["by_actor"]],
            [(one["actor"], len(one["contributions"]), one["count"]) for one in answer["to_report_anew"]],
            [one["actor"] for one in suggestion["actors"]],
            suggestion["actor_count"],
        )

    assert shown(lac.members["a"].get(f"{path}/preview")) == (["a"], ["a"], [("a", 4, 4), ("b", 0, 4)], ["a"], 2)
    assert shown(lac.support.get(f"{path}/preview")) == (
        ["a", "b"], ["a", "b"], [("a", 4, 4), ("b", 4, 4)], ["a", "b"], 2,
    )  # fmt: skip


def test_nobody_learns_a_hidden_value_by_proposing_to_count_one_actor_alone(shared: Client) -> None:
    lac = reporting(shared, show_actor_values=False)
    alone = revise("grade", EDITORIAL, over_actors="single", contributors=["b"])
    leaving = {"kind": "set_membership", "actor": "a", "membership": {"left": "2026-05-01"}}
    for change in (alone, leaving):
        path = propose(lac, change)
        assert refusal(lac.members["a"].ask("GET", f"{path}/preview")) == (403, "actor_values_hidden")
        assert lac.members["b"].get(f"{path}/preview")["figures"]
        assert lac.support.get(f"{path}/preview")["figures"]
    assert preview(lac, define("homes", over_actors="single", contributors=["b"]))["figures"]


def test_when_there_is_none(lac: Coalition, shared: Client) -> None:
    revision = revise("jobs", EDITORIAL, targets="convert", description="More exactly.")
    path, other = propose(lac, revision), propose(lac, revision)
    lac.support.post(f"{path}/close")
    assert refusal(lac.members["a"].ask("GET", f"{path}/preview")) == (409, "not_open")
    assert refusal(lac.members["a"].ask("GET", f"{other}/preview")) == (409, "stale_version")
    gone = propose(lac, target("share", "1"))
    lac.adopt({"kind": "retire_indicator", "indicator": "share"})
    assert refusal(lac.members["a"].ask("GET", f"{gone}/preview")) == (422, "indicator_retired")
    assert refusal(lac.members["a"].ask("GET", "/proposals/99/preview")) == (404, "unknown_proposal")
    assert lac.anonymous.ask("GET", f"{other}/preview").status_code == 401
    shared.clock = datetime(2026, 10, 1, tzinfo=UTC)
    assert refusal(lac.members["a"].ask("GET", f"{gone}/preview")) == (409, "not_open"), "its time has come"


def test_it_is_read_as_of_then_and_kept_by_its_tag(lac: Coalition, shared: Client) -> None:
    path = propose(lac, revise("jobs", {"kind": "conversion", "factor": "2"}, targets="convert"))
    response = lac.members["a"].ask("GET", f"{path}/preview")
    tagged = {"If-None-Match": response.headers["etag"]}
    assert lac.members["a"].ask("GET", f"{path}/preview", headers=tagged).status_code == 304
    lac.report("a", "jobs", "2026-Q1", "1000")
    assert lac.members["a"].get(f"{path}/preview") != response.json()
    lac.support.post(f"{path}/close")
    then = {"as_of": response.json()["as_of"]}
    assert lac.members["a"].get(f"{path}/preview", **then) == response.json()
