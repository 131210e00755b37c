"""The history of Canadian indicators, played through proposals as their publisher made it: every old figure is still answered.

Two members decide by consent, and one of them publishes. What was published on a day is read from that day's files.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.builders import Coalition, Json, coalition, refusal
from tests.published.asking import Served
from tests.published.canada import Cell, Figures, by_label, national, said_of, target_lines

PUBLISHER = "statistics-canada"
SOURCES = [
    "oil-and-gas", "electricity", "transportation", "heavy-industry", "buildings", "agriculture", "waste", "coal-production",
    "light-manufacturing-construction-forest-resources",
]  # fmt: skip
RENAMED = {
    "transportation": "transport",
    "light-manufacturing-construction-forest-resources": "light-manufacturing-construction-and-forest-resources",
}


@dataclass
class History:
    """The community, what stands published of each indicator, and what stood published after each day."""

    lac: Coalition
    standing: dict[str, Figures] = field(default_factory=dict)
    dimensions: dict[str, str] = field(default_factory=dict)
    days: list[tuple[str, dict[str, Figures], dict[str, str]]] = field(default_factory=list)

    def on(self, day: str) -> None:
        """It is noon of that day."""
        self.lac.client.clock = datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)

    def decide(self, *changes: Json, rationale: str = "As published.") -> Json:
        """The publisher proposes, both support, and it is closed."""
        voice = self.lac.members[PUBLISHER]
        made = voice.post("/proposals", {"title": "A revision", "rationale": rationale, "changes": list(changes)})
        for member, speaker in self.lac.members.items():
            said = speaker.ask("PUT", f"/proposals/{made['id']}/positions/{member}", json={"position": "support"})
            assert said.status_code == 200
        closed = voice.post(f"/proposals/{made['id']}/close")
        assert closed["status"] == "adopted"
        return closed

    def publish(self, indicator: str, *parts: Figures) -> dict[str, int]:
        """The publisher reports everything that its file holds and withdraws what it holds no more; how often it did what.

        A value under a code that was renamed is withdrawn too: it would count again once its successor is withdrawn.
        """
        figures = {key: value for part in parts for key, value in part.items()}
        voice, counts = self.lac.members[PUBLISHER], {"created": 0, "revised": 0, "unchanged": 0, "withdrawn": 0}
        gone = self.standing.get(indicator, {}).keys() - figures.keys()
        identifiers = self.identifiers(indicator) if gone else {}
        for key in gone:
            voice.post(f"/contributions/{identifiers[key]}/withdraw")
            counts["withdrawn"] += 1
        items = [
            {"indicator": indicator, "period": year, "dimensions": dict(cell), "value": str(value)}
            for (year, cell), value in figures.items()
        ]
        for start in range(0, len(items), 1_000):
            answer = voice.post("/contributions/batch", {"items": items[start : start + 1_000]})
            for outcome in ("created", "revised", "unchanged"):
                counts[outcome] += answer[outcome]
        self.standing = self.standing | {indicator: figures}
        return counts

    def identifiers(self, indicator: str) -> dict[tuple[str, Cell], str]:
        """The ids of what was reported of an indicator, by year and cell."""
        found = self.lac.members[PUBLISHER].get("/contributions", indicator=indicator, limit=1000)["items"]
        return {(one["period"], tuple(sorted(one["dimensions"].items()))): one["id"] for one in found}

    def close_day(self, day: str) -> None:
        """Keeps what stands published at the end of that day."""
        self.days.append((f"{day}T23:00:00Z", self.standing, dict(self.dimensions)))

    def answered(self, indicator: str, as_of: str | None, dimension: str | None, **more: str) -> Figures:
        """What the service answers for every year that is over, comparable with the definition in force."""
        last = (int(as_of[:4]) if as_of else self.lac.client.clock.year) - 1
        asked = {"from": "1990", "to": str(last), "frequency": "A"} | more
        asked |= {"as_of": as_of} if as_of else {}
        asked |= {"by": dimension} if dimension else {}
        points = self.lac.members[PUBLISHER].get(f"/indicators/{indicator}/series", **asked)["items"]
        found: Figures = {}
        for point in points:
            if not point["comparable"]:
                continue
            if point["value"] is not None:
                found[point["period"], ()] = Decimal(point["value"])
            for part in point["by_dimension"]:
                if part["value"] is not None:
                    found[point["period"], tuple(part["dimensions"].items())] = Decimal(part["value"])
        return found


def definition(name: str, unit: str, *, nature: str = "stock", direction: str, **more: Any) -> Json:
    """A national figure that one publisher reports every year."""
    over_time = {"stock": "last", "flow": "sum"}[nature]
    shape = {"measure": "quantity", "nature": nature, "over_time": over_time, "over_actors": "single", "frequency": "A"}
    reported = {"contributors": [PUBLISHER], "carry_forward": 0}
    return {"name": name, "unit": unit, "direction": direction, **shape, **reported, **more}


def define(indicator: str, content: Json) -> Json:
    """The change that defines an indicator."""
    return {"kind": "define_indicator", "indicator": indicator, "definition": content}


def revise(indicator: str, content: Json, kind: str, targets: str | None = None, based_on: int = 1, **terms: Any) -> Json:
    """The change that revises it."""
    change: Json = {"kind": "revise_indicator", "indicator": indicator, "based_on": based_on, "definition": content}
    return change | {"bridge": {"kind": kind, **terms}} | ({"targets": targets} if targets else {})


def target(indicator: str, period: str, value: Decimal, baseline: tuple[str, Decimal] | None = None) -> Json:
    """The change that sets a target."""
    start = {"baseline": {"period": baseline[0], "value": str(baseline[1])}} if baseline else {}
    return {"kind": "set_target", "indicator": indicator, "period": period, "value": str(value), **start}


def dimension(code: str, codes: list[str]) -> Json:
    """The dimensions of an indicator that has one."""
    return {"dimensions": [{"code": code, "codes": codes}]}


def named(indicator: str, day: str, **changes: Any) -> Json:
    """The definition published that day, under the name and unit it was published with."""
    return definition(said_of(indicator, day, "indicator_name"), said_of(indicator, day, "computation_units"), **changes)


@pytest.fixture(scope="module")
def history(served: Served) -> History:
    """All of it, played once on each engine."""
    served.client.clock = datetime(2021, 5, 1, tzinfo=UTC)
    charter = {"decision_rule": "consent"}
    lac = coalition(served.client, [PUBLISHER, "infrastructure-canada"], code="canada", language="en", charter=charter)
    told = History(lac)
    may_2021(told)
    june_2021(told)
    july_2024(told)
    august_2024(told)
    told.on("2024-09-01")
    return told


def may_2021(told: History) -> None:
    """Four indicators and their targets."""
    day = "2021-05-11"
    told.on(day)
    total = national("13-1-1", day, Region="Canada", Source="National Inventory Total")
    by_source = by_label("13-1-1", day, "Source", "source", Region="Canada")
    parts = {key: value for key, value in by_source.items() if key[1] != (("source", "national-inventory-total"),)}
    sexes = dimension("sex", ["female", "male"])
    told.decide(
        define("11-1-1", named("11-1-1", day, direction="decrease")),
        define("13-1-1", named("13-1-1", day, nature="flow", direction="decrease", **dimension("source", SOURCES))),
        define("12-1-1", named("12-1-1", day, direction="increase")),
        define("5-3-1", named("5-3-1", day, direction="decrease", **sexes)),
        target("11-1-1", "2024", target_lines("11-1-1", day)["percentage"]),
        target("13-1-1", "2030", target_lines("13-1-1", day)["Mt CO2 eq"], ("2005", total["2005", ()])),
        target("12-1-1", "2025", Decimal(10)),
        target("12-1-1", "2030", target_lines("12-1-1", day)["Percentage"]),
        target("12-1-1", "2040", Decimal(100)),
    )
    told.dimensions |= {"13-1-1": "source", "5-3-1": "sex"}
    told.publish("11-1-1", national("11-1-1", day, Estimates="Growth since 2016-17"))
    told.publish("13-1-1", total, parts)
    told.publish("12-1-1", national("12-1-1", day, Geography="Canada"))
    unpaid = {"Geography": "Canada", "Activity group": "Unpaid work activities", "Age": "Total, 15 years and over"}
    by_sex = by_label("5-3-1", day, "Sex", "sex", **unpaid)
    told.publish(
        "5-3-1",
        national("5-3-1", day, Sex="Both sexes", **unpaid),
        {key: value for key, value in by_sex.items() if key[1] != (("sex", "both-sexes"),)},
    )
    told.close_day(day)


def june_2021(told: History) -> None:
    """Women in leadership, waste; sources of emissions under other names; a file that was sent again as it was."""
    told.on("2021-06-07")
    leading = by_label("5-2-1", "2021-06-07", "Leadership position", "position")
    codes = sorted({code for _, cell in leading for _, code in cell})
    shape = {"direction": "increase", **dimension("position", codes)}
    lines = target_lines("5-2-1", "2021-06-07")
    told.decide(define("5-2-1", named("5-2-1", "2021-06-07", **shape)))
    assert lines == {"Percentage": Decimal(50)}
    told.dimensions["5-2-1"] = "position"
    told.publish("5-2-1", leading)
    told.close_day("2021-06-07")

    told.on("2021-06-10")
    renamed = [RENAMED.get(code, code) for code in SOURCES]
    shape = {"nature": "flow", "direction": "decrease", "effective_from": "1990", **dimension("source", renamed)}
    before = told.answered("13-1-1", None, "source")
    told.decide(revise("13-1-1", named("13-1-1", "2021-06-10", **shape), "conversion", "convert", code_map={"source": RENAMED}))
    # Until the new file comes, the figures of before are read in the new terms.
    assert told.answered("13-1-1", None, "source") == {
        (year, tuple((name, RENAMED.get(code, code)) for name, code in cell)): value for (year, cell), value in before.items()
    }
    canada = {"Geography": "Canada"}
    whole = national("13-1-1", "2021-06-10", Geography="", Source="")
    told.publish("13-1-1", whole, by_label("13-1-1", "2021-06-10", "Source", "source", **canada))
    told.close_day("2021-06-10")

    told.on("2021-06-14")
    again = told.publish(
        "13-1-1",
        national("13-1-1", "2021-06-14", Geography="", Source=""),
        by_label("13-1-1", "2021-06-14", "Source", "source", **canada),
    )
    assert again == {"created": 0, "revised": 0, "withdrawn": 0, "unchanged": len(told.standing["13-1-1"])}
    told.close_day("2021-06-14")

    told.on("2021-06-18")
    told.decide(define("11-6-1", named("11-6-1", "2021-06-18", direction="decrease")))
    everything = {"Geography": "", "Sources of waste for disposal": ""}
    told.publish("11-6-1", national("11-6-1", "2021-06-18", **everything))
    told.close_day("2021-06-18")


def july_2024(told: History) -> None:
    """Two codes are given to other things: what a break is for. The files of that day still hold the older figures."""
    day = "2024-07-29"
    told.on(day)
    violence = named("5-2-1", day, direction="decrease", effective_from="2024")
    leadership = named("5-3-1", day, direction="increase", effective_from="2024", **dimension("position", ["cabinet"]))
    told.decide(revise("5-2-1", violence, "break"), revise("5-3-1", leadership, "break"))
    told.standing = told.standing | {"5-2-1": {}, "5-3-1": {}}
    told.dimensions.pop("5-2-1")
    told.dimensions["5-3-1"] = "position"
    told.close_day(day)


def august_2024(told: History) -> None:
    """A growth rate becomes a number of people, targets are set anew, figures are revised."""
    told.on("2024-08-15")
    number = "Number of shelter users experiencing chronic homelessness"
    change = "Percentage change in the number of shelter users experiencing chronic homelessness from the 2016 baseline"
    people = national("11-1-1", "2024-08-15", Series=number)
    counted = definition(number, "people", direction="decrease", effective_from="2016")
    voice = told.lac.members[PUBLISHER]
    editorial = {"title": "Only words", "changes": [revise("11-1-1", counted, "editorial", "drop")]}
    assert refusal(voice.ask("POST", "/proposals", json=editorial)) == (422, "code_reused")
    said = voice.ask("POST", "/proposals", json=editorial, headers={"Accept-Language": "fr"}).json()["errors"][0]
    assert said["suggestion"] == "break" and "`break`" in said["detail"]
    unsaid = {"title": "And the target?", "changes": [revise("11-1-1", counted, "break")]}
    assert refusal(voice.ask("POST", "/proposals", json=unsaid)) == (422, "targets_left_behind")
    aim = target_lines("11-1-1", "2024-08-15")["Number"]
    told.decide(
        revise("11-1-1", counted, "break", "drop"),
        target("11-1-1", "2028", aim, ("2016", people["2016", ()])),
        define("11-1-1-b", definition(change, "%", direction="decrease")),
    )
    told.publish("11-1-1", people)
    told.publish("11-1-1-b", national("11-1-1", "2024-08-15", Series=change))
    told.close_day("2024-08-15")

    told.on("2024-08-16")
    everything = {"Geography": "", "Sources of waste for disposal": ""}
    waste = national("11-6-1", "2024-08-16", **everything)
    told.decide(target("11-6-1", "2030", target_lines("11-6-1", "2024-08-16")["Kilograms"], ("2014", waste["2014", ()])))
    told.publish("11-6-1", waste)
    told.close_day("2024-08-16")

    told.on("2024-08-19")
    told.decide(
        target("11-1-1-b", "2028", target_lines("11-1-1", "2024-08-19")["Percentage"]),
        {"kind": "drop_target", "indicator": "12-1-1", "period": "2025"},
        {"kind": "drop_target", "indicator": "12-1-1", "period": "2040"},
        target("12-1-1", "2026", Decimal(20)),
        target("12-1-1", "2030", Decimal(60)),
        target("12-1-1", "2035", Decimal(100)),
    )
    told.publish("12-1-1", national("12-1-1", "2024-08-19", Geography=""))
    told.publish("11-1-1", national("11-1-1", "2024-08-19", Series=number))
    told.close_day("2024-08-19")

    told.on("2024-08-21")
    gases = national("13-1-1", "2024-08-21", Geography="", Source="")
    aim = target_lines("13-1-1", "2024-08-21")["Mt CO2 eq"]
    told.decide(target("13-1-1", "2030", aim, ("2005", gases["2005", ()])))
    told.publish("13-1-1", gases)
    told.close_day("2024-08-21")


def test_every_figure_is_still_answered_as_of_its_day(history: History) -> None:
    compared = 0
    for as_of, published, dimensions in history.days:
        for indicator, figures in published.items():
            assert history.answered(indicator, as_of, dimensions.get(indicator)) == figures, (indicator, as_of)
            compared += len(figures)
    assert compared > 2_000
    last = history.days[-1][1]
    for indicator, figures in last.items():
        assert history.answered(indicator, None, history.dimensions.get(indicator)) == figures, indicator


def test_a_code_that_was_given_to_another_thing_mixes_nothing(history: History) -> None:
    leading = history.days[1][1]["5-2-1"]
    assert history.answered("5-2-1", None, "position", version="1") == leading
    voice = history.lac.members[PUBLISHER]
    figure = voice.get("/indicators/5-2-1/figure", **{"from": "2019", "to": "2019"})
    assert (figure["version"], figure["value"], figure["reason"]) == (2, None, "no_entries")
    assert figure["excluded"] == [{"reason": "series_break", "version": 1, "entries": sum(key[0] == "2019" for key in leading)}]
    versions = voice.get("/indicators/5-2-1/versions")["items"]
    assert [one["definition"]["name"]["en"].split()[2] for one in versions] == ["leadership", "women"]
    assert versions[1]["reading"]["en"] == "Older values are not comparable: they enter no figure of this version."
    assert {one["actor"]: one["position"] for one in versions[1]["positions"]} == dict.fromkeys(history.lac.members, "support")


@pytest.mark.parametrize(
    ("indicator", "as_of", "targets"),
    [
        ("11-1-1", "2024-08-14T00:00:00Z", {"2024": "-31"}),
        ("11-1-1", None, {"2028": "13433"}),
        ("12-1-1", "2024-08-18T00:00:00Z", {"2025": "10", "2030": "30", "2040": "100"}),
        ("12-1-1", None, {"2026": "20", "2030": "60", "2035": "100"}),
        ("13-1-1", "2021-06-09T00:00:00Z", {"2030": "510.82158414"}),
        ("13-1-1", "2024-08-20T00:00:00Z", {"2030": "510.82158414"}),
        ("13-1-1", None, {"2030": "456.8949698"}),
        ("11-6-1", "2024-08-15T00:00:00Z", {}),
        ("11-6-1", None, {"2030": "490"}),
    ],
)
def test_targets_are_those_of_the_day(history: History, indicator: str, as_of: str | None, targets: dict[str, str]) -> None:
    asked = {"as_of": as_of} if as_of else {}
    found = history.lac.members[PUBLISHER].get(f"/indicators/{indicator}", **asked)["targets"]
    assert {one["period"]: one["value"] for one in found} == targets


def test_progress_goes_by_the_target_of_the_day(history: History) -> None:
    """11-6-1: from 699 kg in 2014 to 490 by 2030, said in the target's own words; 2022 is the last year published."""
    voice = history.lac.members[PUBLISHER]
    waste = history.days[-1][1]["11-6-1"]
    year = max(key[0] for key in waste)
    found = [
        one
        for objective in voice.get("/progress", at=year)["objectives"]
        for one in objective["indicators"]
        if one["indicator"] == "11-6-1"
    ]
    attained = (waste[year, ()] - waste["2014", ()]) / (Decimal(490) - waste["2014", ()])
    assert abs(Decimal(found[0]["attainment"]) - attained) < Decimal("1e-11")
    assert "699" in said_of("11-6-1", "2024-08-16", "target_name") and round(waste["2014", ()]) == 699
