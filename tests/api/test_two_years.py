"""Two years of a community that decides together, through the API and in a naive community at once.

At each step everything that can be seen agrees with the naive community, and whatever was seen at an earlier step is answered
with the same bytes as of then. Previews and reviews join in as soon as the contract has them.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.builders import Client, Json, refusal
from tests.played import HAS_PREVIEW, HAS_REVIEWS, SUPPORT, Play, undated

FIVE = ["anglers", "city", "farmers", "schools", "tourism"]
BOTH_YEARS = (("2024", "2025"),)
MANY_WINDOWS = (*BOTH_YEARS, ("2024", "2024"), ("2025", "2025"), ("2024-Q4", "2024-Q4"))


def defined(name: str, unit: str, **rules: Any) -> Json:
    """A definition; texts are given by language, so that both keep them as they are."""
    usual = {
        "measure": "quantity",
        "nature": "flow",
        "over_time": "sum",
        "over_actors": "sum",
        "direction": "increase",
        "frequency": "Q",
    }
    return {"name": {"en": name}, "unit": {"en": unit}, **usual, **rules}


def define(indicator: str, definition: Json, **more: Any) -> Json:
    return {"kind": "define_indicator", "indicator": indicator, "definition": definition, **more}


def target(indicator: str, period: str, **terms: Any) -> Json:
    return {"kind": "set_target", "indicator": indicator, "period": period, **terms}


def revise(indicator: str, based_on: int, definition: Json, bridge: Json, **more: Any) -> Json:
    change = {"kind": "revise_indicator", "indicator": indicator, "based_on": based_on, "definition": definition}
    return {**change, "bridge": bridge, **more}


KINDS = {"code": "kind", "codes": ["plastic", "glass", "other"]}
WASTE = defined("Waste picked up", "kg", dimensions=[KINDS])
VOLUNTEERS = defined("People who helped", "persons", over_actors="distinct", dimensions=[{"code": "age", "codes": ["Y", "O"]}])
MOORINGS = defined("Boats moored", "boats", nature="stock", over_time="last", direction="maintain")
REEDS = defined("Reeds planted since the start", "m²", nature="cumulative", over_time="last")
CLEAR = defined("Days of clear water", "%", measure="ratio", factor="100")
NITRATES = defined("Nitrates", "mg/l", measure="mean", direction="decrease")
OUTINGS = defined("Outings", "outings")
FISH = defined(
    "Kinds of fish", "species", nature="stock", over_time="last", over_actors="single", contributors=["city"], frequency="A"
)
BASELINE = {"period": "2023", "value": "800"}
WHAT_WE_COUNT: list[Json] = [
    {"kind": "set_objective", "objective": "shores", "name": {"en": "Clean shores"}, "parent": "common", "weight": "2"},
    define("waste", WASTE, objective="shores", weight="3"),
    define("volunteers", VOLUNTEERS, objective="shores"),
    define("moorings", MOORINGS, objective="shores"),
    define("reeds", REEDS, objective="shores"),
    define("clear", CLEAR),
    define("nitrates", NITRATES, weight="0.5"),
    define("outings", OUTINGS),
    define("fish", FISH),
    target("waste", "2024", value="1000", baseline=BASELINE),
    target("waste", "2025", value="1200", baseline=BASELINE),
    target("volunteers", "2025", from_period="2024", value="100"),
    target("moorings", "2025", minimum="20", maximum="40"),
    target("reeds", "2025", from_period="2024", value="90", milestones=[{"period": "2024", "value": "30"}]),
    target("clear", "2025", value="80", baseline={"period": "2023", "value": "50"}),
    target("nitrates", "2025", value="10", baseline={"period": "2023", "value": "25"}),
    *(target("outings", "2024", actor=actor, value="8") for actor in FIVE),
    target("fish", "2025", value="12", baseline={"period": "2023", "value": "9"}),
]


@pytest.fixture
def told(shared: Client) -> "Told":
    """The story before its first page."""
    shared.clock = datetime(2024, 1, 8, 9, 0, tzinfo=UTC)
    return Told(shared)


class Told(Play):
    """The play with what happens again and again in this one."""

    def __init__(self, client: Client) -> None:
        roles = {"prefecture": "observer"}
        charter = {"decision_rule": "consent", "quorum": "0.6"}
        super().__init__(client, [*FIVE, "prefecture"], roles=roles, time_zone="Europe/Paris", **charter)
        self.reviewed: int | None = None

    def on(self, year: int, month: int, day: int, hour: int = 10) -> None:
        """Turns the page: the clock goes on."""
        self.client.clock = datetime(year, month, day, hour, tzinfo=UTC)
        self.seen()

    def seen(self) -> None:
        """Everything there is to see agrees; where it is told thoroughly, what was seen before is seen again."""
        self.look(BOTH_YEARS)
        if self.thorough:
            self.remember("/progress", "/figures", "/proposals")

    def propose(self, by: str, *changes: Json, **more: Any) -> int:
        made = self.do(by, "propose", changes=list(changes), rationale={"en": "So that we agree."}, **more)
        return int(made["id"])

    def stand(self, proposal: int, position: str, *actors: str, **more: Any) -> None:
        for actor in actors:
            self.do(actor, "position", proposal=proposal, position=position, **more)

    def close(self, by: str, proposal: int) -> Json:
        """Closes it, and what adopting does is what its preview said."""
        foretold = self.foretold(proposal)
        closed = self.do(by, "close", proposal=proposal)
        if closed["status"] == "adopted":
            self.came_true(foretold)
        self.seen()
        return closed

    def foretold(self, proposal: int) -> Json | None:
        """The preview, which agrees with the naive community."""
        if not HAS_PREVIEW:
            return None
        self.foresee(proposal)
        return self.lac.support.get(f"/proposals/{proposal}/preview")

    def came_true(self, preview: Json | None) -> None:
        """What the preview said would be seen is seen, now that it is adopted on the same day."""
        if preview is None:
            return
        for figure in preview["figures"]:
            assert undated(figure["after"]) == undated(self.figure_like(figure["after"]))
        assert undated(preview["progress"]["after"]) == undated(self.lac.support.get("/progress"))

    def figure_like(self, figure: Json) -> Json:
        """The figure over the same days."""
        days = {"from": figure["from_day"], "to": figure["to_day"]}
        return self.lac.support.get(f"/indicators/{figure['indicator']}/figure", **days)

    def report(self, by: str, period: str, **values: Any) -> None:
        """One actor's report of a period: a quantity, or the measures and codes of several items."""
        items = []
        for indicator, given in values.items():
            for one in given if isinstance(given, list) else [given]:
                measures = one if isinstance(one, dict) else {"value": str(one)}
                items.append({"indicator": indicator, "period": period, **measures})
        self.do(by, "report", items=items)

    def quarter(self, period: str, actors: list[str], step: int) -> None:
        """What everybody reports: each something else, every quarter something else, now and then a zero."""
        for place, actor in enumerate(actors):
            size = (step * 7 + place * 3) % 11
            self.report(
                actor,
                period,
                waste=self.waste(period, size),
                volunteers=[part("age", "Y", size), part("age", "O", size // 2)],
                moorings=place + size,
                reeds=step * (place + 1) * 2,
                clear={"numerator": str(40 + size), "denominator": "90"},
                outings=size % 4,
                **self.nitrates(period, size),
            )
        self.seen()

    def waste(self, period: str, size: int) -> list[Json]:
        """In kilograms of three kinds, since the third quarter in tonnes of two."""
        if period < "2024-Q3":
            return [part("kind", "plastic", size * 10), part("kind", "glass", size), part("kind", "other", 5)]
        return [part("kind", "plastic", f"0.0{size}"), part("kind", "rest", "0.005")]

    def nitrates(self, period: str, size: int) -> Json:
        """A mean of samples at first; then shares of the samples that were too high."""
        if period < "2024-Q4":
            return {"nitrates": {"value": str(20 + size), "weight": str(size)}}
        return {"nitrates": {"numerator": str(size), "denominator": "30"}}


def part(dimension: str, code: str, value: object) -> Json:
    """A value at one code."""
    return {"value": str(value), "dimensions": {dimension: code}}


@pytest.mark.parametrize(
    "shared_client",
    [pytest.param("sqlite", marks=pytest.mark.proof), pytest.param("postgresql", marks=pytest.mark.long)],
    indirect=True,
    scope="module",
)
def test_two_years(told: Told) -> None:
    tell(told)


@pytest.mark.long
def test_two_years_and_every_step_of_them_at_every_step(told: Told) -> None:
    told.thorough = True
    tell(told)


def tell(told: Told) -> None:
    """The whole story; what was seen of earlier chapters is seen again at the end of each."""
    for chapter in (
        agree_on_indicators,
        report_the_first_half_year,
        convert_and_break,
        part_with_a_member_and_lapse,
        review_the_year,
        play_the_second_year,
        end_it,
    ):
        chapter(told)
        told.look(MANY_WINDOWS)
        told.remember("/progress")
    told.remember()
    for instant in told.instants_of_decisions():
        told.look_back(instant)
    for weeks in range(0, 100, 7):
        told.look_back(datetime(2024, 1, 12, 3, 30, tzinfo=UTC) + timedelta(weeks=weeks))


def agree_on_indicators(told: Told) -> None:
    """Eight indicators by consent: an objection leads to an amendment, and stays on record."""
    told.on(2024, 1, 10)
    with_limit = [change for change in WHAT_WE_COUNT if change.get("indicator") != "moorings"]
    with_limit += [define("moorings", MOORINGS, objective="shores"), target("moorings", "2025", minimum="0", maximum="10")]
    first = told.propose("anglers", *with_limit)
    told.seen()
    told.on(2024, 1, 12)
    told.stand(first, "support", "anglers", "city", "schools")
    assert told.refuses("prefecture", "position", proposal=first, position="support") == "beyond_role"
    assert told.refuses("tourism", "position", proposal=first, position="object") == "reason_required"
    assert told.refuses(SUPPORT, "position", proposal=first, position="support") == "not_a_voter"
    told.stand(first, "object", "tourism", reason="Ten boats would be the end of the harbour.")
    told.do("prefecture", "comment", proposal=first, comment="We have licences for forty.")
    told.stand(first, "abstain", "city")  # Positions may change until the close.
    told.seen()
    told.on(2024, 1, 15)
    assert told.refuses("city", "amend", proposal=first, changes=WHAT_WE_COUNT, rationale="x") == "not_your_proposal"
    amended = told.do("anglers", "amend", proposal=first, changes=WHAT_WE_COUNT, rationale={"en": "Twenty to forty boats."})
    assert (amended["round"], amended["positions"]) == (2, [])
    assert amended["rounds"][0]["positions"][-1]["reason"] == "Ten boats would be the end of the harbour."
    told.stand(first, "support", "anglers", "city", "schools", "tourism")
    assert told.refuses("anglers", "close", proposal=first) == "too_early"
    told.stand(first, "stand_aside", "farmers")
    told.on(2024, 1, 16)
    assert told.close("anglers", first)["status"] == "adopted"
    assert len(told.lac.support.get("/indicators")["items"]) == 8


def report_the_first_half_year(told: Told) -> None:
    """Two quarters: one report comes late, one is corrected, one taken back, one said again."""
    told.on(2024, 4, 10)
    told.quarter("2024-Q1", FIVE[:4], 1)
    told.on(2024, 6, 3)
    told.quarter("2024-Q1", FIVE[4:], 2)
    told.on(2024, 7, 9)
    told.quarter("2024-Q2", FIVE, 2)
    assert (
        told.refuses("city", "report", items=[{"indicator": "waste", "period": "2024-Q4", "value": "1"}]) == "period_not_begun"
    )
    told.report("city", "2024-Q2", waste=[part("kind", "glass", 44)])
    told.do("farmers", "take_back", indicator="reeds", period="2024-Q2")
    told.report("city", "2024-Q2", waste=[part("kind", "glass", "44.0")])
    told.seen()


def convert_and_break(told: Told) -> None:
    """Waste goes on in tonnes of two kinds; nitrates become another measure. Two want to revise at once: one is too late."""
    told.on(2024, 7, 20)
    tonnes = {**WASTE, "unit": {"en": "t"}, "dimensions": [{"code": "kind", "codes": ["plastic", "rest"]}]}
    bridge = {"kind": "conversion", "factor": "0.001", "code_map": {"kind": {"glass": "rest", "other": "rest"}}}
    change = revise("waste", 1, {**tonnes, "effective_from": "2024-Q3"}, bridge)
    assert told.refuses("city", "propose", changes=[change]) == "targets_left_behind"
    second = told.propose("city", {**change, "targets": "convert"})
    told.stand(second, "support", *FIVE)
    told.on(2024, 7, 22)
    assert told.close("schools", second)["status"] == "adopted"
    told.on(2024, 10, 8)
    told.report("tourism", "2024-Q2", waste=[part("kind", "other", 7)])  # Late, and of a quarter before: in kilograms.
    told.quarter("2024-Q3", FIVE, 3)
    told.on(2024, 10, 20)
    share = {"measure": "ratio", "factor": "100", "name": {"en": "Samples with too much nitrate"}, "unit": {"en": "%"}}
    anew = {**NITRATES, **share, "effective_from": "2024-Q4"}
    aimed = target("nitrates", "2025", value="5", baseline={"period": "2024-Q4", "value": "20"})
    third = told.propose("city", revise("nitrates", 1, anew, {"kind": "break"}), aimed)
    words = {"description": {"en": "In the middle of the lake."}, "effective_from": "2025-Q1"}
    fourth = told.propose("farmers", revise("nitrates", 1, {**NITRATES, **words}, {"kind": "editorial"}, targets="convert"))
    told.stand(third, "support", *FIVE)
    told.stand(fourth, "support", *FIVE)
    told.seen()
    told.on(2024, 10, 21)
    assert told.close("city", third)["status"] == "adopted"
    assert told.refuses("farmers", "close", proposal=fourth) == "stale_version"
    told.on(2024, 11, 4)  # Its time has come: it was carried, and fits no more.
    stale = told.lac.support.get(f"/proposals/{fourth}")
    assert (stale["status"], stale["decision"]["reason"]) == ("rejected", "does_not_fit")
    assert [one["code"] for one in stale["decision"]["errors"]] == ["stale_version"]
    told.on(2024, 11, 5)
    onto = revise("nitrates", 2, {**anew, **words}, {"kind": "editorial"}, targets="convert")
    told.do("farmers", "amend", proposal=fourth, changes=[onto], rationale={"en": "The same of the shares."})
    told.stand(fourth, "support", *FIVE)
    told.on(2024, 11, 6)
    assert told.close("farmers", fourth)["status"] == "adopted"


def part_with_a_member_and_lapse(told: Told) -> None:
    """A member leaves; one proposal lapses without a quorum, another is adopted, with nobody calling."""
    told.on(2024, 11, 20)
    leaving = {"kind": "set_membership", "actor": "tourism", "membership": {"left": "2024-12-31"}}
    fifth = told.propose("tourism", leaving)
    told.stand(fifth, "support", *FIVE)
    assert told.close("tourism", fifth)["status"] == "adopted"
    told.on(2024, 12, 2)
    sixth = told.propose("schools", {"kind": "set_charter", "charter": {"quorum": "0.1"}})
    told.stand(sixth, "support", "schools", "city")
    seventh = told.propose("city", {"kind": "set_charter", "charter": {"decision_rule": "majority", "quorum": "0.5"}})
    told.stand(seventh, "support", "schools", "city", "anglers")
    told.on(2024, 12, 15)
    told.on(2024, 12, 17)  # Both have come to their ends, and nobody has written anything: read twice, and then written.
    told.remember("/progress")
    for instant in told.instants_of_decisions():
        told.look_back(instant)
    ends = {one: told.lac.support.get(f"/proposals/{one}") for one in (sixth, seventh)}
    assert [(one["status"], one["decision"]["reason"]) for one in ends.values()] == [
        ("rejected", "no_quorum"),
        ("adopted", None),
    ]
    assert told.lac.support.get("")["charter"]["decision_rule"] == "majority"
    told.report("schools", "2024-Q3", outings=11)
    assert {one: told.lac.support.get(f"/proposals/{one}") for one in ends} == ends
    told.remember()
    told.seen()
    told.on(2025, 1, 9)
    told.quarter("2024-Q4", FIVE, 4)
    told.report("city", "2024", fish=11)


def review_the_year(told: Told) -> None:
    """The year is read together, and a target turns out to have been too much."""
    told.on(2025, 2, 3)
    opened = opened_review(told)
    eighth = told.propose("anglers", target("clear", "2025", value="60", baseline={"period": "2023", "value": "50"}))
    assert told.refuses("farmers", "close", proposal=eighth) == "too_early"
    told.stand(eighth, "support", "anglers", "city")
    assert told.refuses("tourism", "position", proposal=eighth, position="object", reason="No.") == "not_a_voter"
    told.stand(eighth, "object", "farmers", reason="We could do better.")
    told.on(2025, 2, 4)
    assert told.refuses("anglers", "close", proposal=eighth) == "too_early"  # Two to two would be no majority.
    told.stand(eighth, "abstain", "schools")
    assert told.close("anglers", eighth)["status"] == "adopted"
    if opened is not None:
        read_and_close(told, opened, eighth)
    told.seen()


def opened_review(told: Told) -> int | None:
    """The id of a review of 2024, which keeps the progress at its close."""
    if not HAS_REVIEWS:
        return None
    frozen = told.lac.support.get("/progress", at="2024")
    made = told.noted(SUPPORT, "POST", "/reviews", {"title": {"en": "2024"}, "at": "2024"})
    assert made["progress"] == frozen
    assert told.review(int(made["id"]))["corrections"] == []
    return int(made["id"])


def read_and_close(told: Told, review: int, proposal: int) -> None:
    """Members add what they learnt, and what came of it; closed, it changes no more."""
    path = f"/reviews/{review}"
    body = {"lessons": [{"text": "Clear water takes longer than a year."}], "proposals": [str(proposal)]}
    told.noted("anglers", "PATCH", path, body)
    closed = told.noted(SUPPORT, "POST", f"{path}/close", {})
    assert (closed["proposals"], closed["lessons"][0]["actor"]) == ([str(proposal)], "anglers")
    told.reviewed = review
    assert corrected(told) == {"clear": {str(proposal)}}
    tag = told.lac.support.ask("GET", path).headers["etag"]
    again = told.voices["city"].ask("PATCH", path, json=body, headers={"If-Match": tag})
    assert refusal(again) == (409, "review_closed")


def corrected(told: Told) -> dict[str, set[str | None]]:
    """What would be read otherwise today in the review, and by which proposals that came (None: by a report)."""
    assert told.reviewed is not None
    answer = told.review(told.reviewed)
    return {one["indicator"]: {change["proposal"] for change in one["changed_by"]} for one in answer["corrections"]}


def play_the_second_year(told: Told) -> None:
    """Four members report on; the year before is corrected; a new member comes."""
    four = FIVE[:4]
    told.on(2025, 4, 11)
    told.quarter("2025-Q1", four, 5)
    assert told.refuses("tourism", "report", items=[{"indicator": "outings", "period": "2025-Q1", "value": "1"}]) == (
        "actor_not_member"
    )
    told.on(2025, 5, 2)
    told.report("anglers", "2024-Q2", waste=[part("kind", "plastic", 333)])
    if told.reviewed is not None:
        assert corrected(told) == {"waste": {None}, "clear": {"8"}}
    told.seen()
    told.on(2025, 7, 14)
    told.quarter("2025-Q2", four, 6)
    told.on(2025, 8, 1)
    joining = {"name": {"en": "Sailors"}, "kind": "club", "joined": "2025-07-01"}
    ninth = told.propose("schools", {"kind": "set_membership", "actor": "sailors", "membership": joining})
    told.stand(ninth, "support", "schools", "city", "farmers")
    assert told.close("city", ninth)["status"] == "adopted"
    told.do(SUPPORT, "token", actor="sailors")
    told.on(2025, 10, 10)
    told.quarter("2025-Q3", [*four, "sailors"], 7)
    told.on(2025, 12, 30)
    told.quarter("2025-Q4", ["sailors"], 8)


def end_it(told: Told) -> None:
    """The community ends its work: what is open lapses, and all of it is read for ever."""
    told.on(2026, 1, 12)
    open_still = told.propose("farmers", {"kind": "set_charter", "charter": {"quorum": "1"}})
    last = told.propose("city", {"kind": "close_community"})
    told.stand(last, "support", "city", "schools", "anglers")
    assert told.close("city", last)["status"] == "adopted"
    lapsed = told.lac.support.get(f"/proposals/{open_still}")
    assert (lapsed["status"], lapsed["decision"]["reason"]) == ("rejected", "community_closed")
    assert told.refuses("city", "propose", changes=[{"kind": "close_community"}]) == "community_closed"
    told.on(2026, 3, 1)
    response = told.lac.support.ask("POST", "/actors", json={"code": "late", "name": "Late", "kind": "club"})
    assert refusal(response) == (409, "community_closed")
