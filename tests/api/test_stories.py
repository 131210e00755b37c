"""Random stories of a community that decides together, through the API and in a naive community at once.

After each thing that happens, or is refused, both show the same; at the end everything that was ever seen is answered with
the same bytes as of then, and instants that nobody asked for agree too.
"""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from service.models.period import Period, Window
from tests.builders import Client, Json
from tests.chance import Chance
from tests.naive.adopting import Indicator
from tests.naive.community import CARRIED, State, evidence_of
from tests.naive.comparing import shown
from tests.naive.deciding import STANCES
from tests.naive.figures import Result, undecided
from tests.naive.taking import REPORT
from tests.played import HAS_PREVIEW, HAS_REVIEWS, SUPPORT, Play

BEGINS = datetime(2024, 12, 10, 9, 17, tzinfo=UTC)
"""The clock goes on by days and hours from here and nowhere shows midnight to the microsecond: a reader is answered as of
today's first moment, and a write at that very moment would still be part of it."""
RULES = ("consent", "majority", "two_thirds", "unanimity", "delegated")
CODES = ("x", "y")
NEWCOMERS = ("n", "m")
WINDOWS = ("2025", "2024", "2024-Q4", "2025-Q1")
"""The days that members decide overlaps of."""
QUANTITY = {"measure": "quantity", "nature": "flow", "over_time": "sum", "over_actors": "sum"}
MEANINGS: dict[str, Json] = {
    "flow": QUANTITY,
    "stock": {**QUANTITY, "nature": "stock", "over_time": "last"},
    "running": {**QUANTITY, "nature": "cumulative", "over_time": "last"},
    "people": {**QUANTITY, "over_actors": "distinct"},
    "ratio": {**QUANTITY, "measure": "ratio", "factor": "100"},
    "mean": {**QUANTITY, "measure": "mean"},
}
PARTS = {"code": "part", "codes": ["p", "q"]}
TICK = timedelta(microseconds=1)


def meaning(kind: str, **more: Any) -> Json:
    """A definition of that kind. All are reported by quarter and should increase, so that every target fits every one."""
    named = {"name": {"en": kind}, "unit": {"en": f"of {kind}"}, "direction": "increase", "frequency": "Q"}
    return {**named, **MEANINGS[kind], "dimensions": [PARTS], **more}


class Stories(RuleBasedStateMachine):
    """One community. `client` is the service that it lives on."""

    client: ClassVar[Client]

    @initialize(seed=st.integers(0, 2**48))
    def found(self, seed: int) -> None:
        """The support decides what is counted first and by which rule everybody decides from then on."""
        self.chance = Chance(seed)
        self.reviews: list[int] = []
        self.client.clock = BEGINS
        zone = self.chance.pick(["UTC", "Europe/Paris", "Pacific/Kiritimati"])
        self.play = Play(self.client, ["a", "b", "c", "o"], roles={"o": "observer"}, time_zone=zone, deliberation_days=7)
        self.play.do(
            SUPPORT, "propose", changes=[self.defining("x", self.chance.pick(["people", "people", *sorted(MEANINGS)]))]
        )
        charter = {
            "decision_rule": self.chance.pick([*RULES, *RULES[:4]]),
            "quorum": self.chance.pick(["0.5", "0", "0.7", "1"]),
        }
        self.play.do(SUPPORT, "propose", changes=[{"kind": "set_charter", "charter": charter}])
        self.play.look()

    @rule()
    def something_happens(self) -> None:
        """The next page. What happens is drawn from the story's seed: see `chance.py`."""
        happenings = {
            self.propose: 4,
            self.take_position: 2,
            self.debate: 3,
            self.agree: 3,
            self.compete: 1,
            self.decide_overlap: 3,
            self.time_passes: 3,
            self.time_comes_to_a_closing: 2,
            self.report: 4,
            self.close_or_withdraw: 2,
            self.amend: 1,
            self.come_or_go: 1,
            self.take_back: 1,
            self.foresee: 2 if HAS_PREVIEW else 0,
            self.open_review: 1 if HAS_REVIEWS else 0,
        }
        self.chance.pick([happening for happening, times in happenings.items() for _ in range(times)])()
        self.play.look(only_briefly=not self.chance.one_in(3))

    # What a proposal may say.

    def state(self) -> State:
        return self.play.naive.now(self.client.clock)[0]

    def defining(self, code: str, kind: str) -> Json:
        return {"kind": "define_indicator", "indicator": code, "definition": meaning(kind)}

    def known(self) -> Indicator:
        return self.state().decided.indicators[self.chance.pick(sorted(self.state().decided.indicators))]

    def changes(self) -> list[Json]:
        """What somebody might want: legal by itself today, or too late."""
        made: dict[str, Callable[[], Json]] = {
            "define": lambda: self.defining(self.chance.pick(CODES), self.chance.pick(sorted(MEANINGS))),
            "revise": lambda: self.revising(),
            "target": lambda: self.aiming(),
            "charter": lambda: {"kind": "set_charter", "charter": self.ruling()},
            "member": lambda: {"kind": "set_membership", **self.joining()},
            "overlap": lambda: self.resolving(),
        }
        what = self.chance.pick(["revise", "revise", "target", "target", "define", "charter", "member", "overlap", "overlap"])
        return [made[what]()]

    def revising(self) -> Json:
        """The next version of an indicator: the same in other words, in another unit or other codes, or another thing."""
        known = self.known()
        latest = known.versions[-1]
        definition = latest.definition.model_dump(mode="json")
        quarter = Period.containing("Q", self.client.clock.date())
        begins = {"effective_from": str(quarter.next(self.chance.pick([0, 0, -1, -2, 1])))}
        how = self.chance.pick(["editorial", "conversion", "conversion", "break"])
        bridge: Json = {"kind": how}
        if how == "editorial":
            definition |= {
                "carry_forward": self.chance.pick([0, 1, 2]),
                "dimensions": [with_one_more(definition["dimensions"])],
            }
        elif how == "conversion":
            factor = self.chance.pick(["0.5", "3", "0.001"])
            bridge |= {"numerator_factor": factor} if definition["measure"] == "ratio" else {"factor": factor}
            codes = definition["dimensions"][0]["codes"]
            goes, stays = codes[0], codes[1:] or ["z"]
            bridge["code_map"] = {"part": {goes: self.chance.pick([stays[0], "_X", None])}}
            definition["dimensions"] = [{**PARTS, "codes": stays}]
        else:
            definition = meaning(self.chance.pick(sorted(MEANINGS)))
        return {
            "kind": "revise_indicator",
            "indicator": known.code,
            "based_on": latest.number if self.chance.pick([True] * 9 + [False]) else max(1, latest.number - 1),
            "definition": definition | begins,
            "bridge": bridge,
            "targets": self.chance.pick(["convert", "drop", None]),
        }

    def aiming(self) -> Json:
        change: Json = {
            "kind": "set_target",
            "indicator": self.known().code,
            "period": self.chance.pick(["2025", "2024", "2025-Q1"]),
        }
        change["actor"] = self.chance.pick([None, None, "a", "b", "c"])
        if self.chance.pick([True, False]):
            change["baseline"] = {"period": "2023", "value": self.chance.pick(["0", "2"])}
        return {**change, "value": self.chance.pick(["10", "5", "0"])}

    def resolving(self) -> Json:
        """What people counted twice come to: mostly where some may have been, and a number that may be it."""
        state, instant = self.play.naive.now(self.client.clock)
        intervals = []
        for code, text in itertools.product(state.decided.indicators, WINDOWS):
            period = Period.parse(text)
            total = undecided(evidence_of(state, code, instant), Window.over(period, period)).total
            if total.lowest is not None and total.value is None:
                intervals.append((code, text, total))
        code, text, total = self.chance.pick(intervals * 9 + [(self.known().code, self.chance.pick(WINDOWS), Result())])
        method = self.chance.pick(["sum", "max", "agreed", "agreed"])
        change: Json = {"kind": "resolve_overlap", "indicator": code, "period": text, "method": method}
        if method == "agreed":
            change["value"] = self.chance.pick([shown(total.lowest) or "4", shown(total.highest) or "4", "3", "5.5"])
        if self.chance.one_in(4):
            change["dimensions"] = {"part": self.chance.pick("pqr")}
        return {**change, "reason": {"en": "Because."}}

    def ruling(self) -> Json:
        return self.chance.pick(
            [
                {"decision_rule": self.chance.pick(RULES)},
                {"quorum": self.chance.pick(["0", "0.5", "0.75", "1"])},
                {"due_days": self.chance.pick([0, 30])},
                {"deliberation_days": self.chance.pick([7, 1])},
            ]
        )

    def joining(self) -> Json:
        """Somebody comes, or goes, some days before today or after."""
        actor = self.chance.pick(["b", "c", *NEWCOMERS])
        day = (self.client.clock + timedelta(days=self.chance.pick([-40, -1, 0, 1, 30]))).date().isoformat()
        if actor not in self.state().decided.members:
            return {"actor": actor, "membership": {"name": {"en": actor}, "kind": "club", "joined": day}}
        return {"actor": actor, "membership": self.chance.pick([{"left": day}, {"joined": day}, {"left": None}])}

    def somebody(self) -> str:
        return self.chance.pick(
            ["a", "b", "c", "a", "b", "c", SUPPORT, "o", *(one for one in NEWCOMERS if one in self.play.voices)]
        )

    def proposal(self) -> int:
        """One that is open or may be amended, mostly; where there is none, mostly a new one."""
        proposals = self.state().proposals
        alive = [one.number for one in proposals if one.status == "open" or one.reason == "does_not_fit"]
        if not alive and not self.chance.one_in(4):
            self.propose()
        return self.chance.pick(alive * 5 + [one.number for one in proposals])

    # What may happen.

    def propose(self) -> None:
        more: Json = {}
        if self.chance.pick([False, False, True]):
            closes_at = self.client.clock + timedelta(days=self.chance.pick([3, 1, 10, 0]))
            more["closes_at"] = closes_at.isoformat().replace("+00:00", "Z")
        self.play.attempt(self.somebody(), "propose", changes=self.changes(), **more)

    def take_position(self) -> None:
        number = self.proposal()
        reason = {} if self.chance.one_in(3) else {"reason": "Because."}
        position = self.chance.pick(["support", "support", *STANCES])
        self.play.attempt(self.somebody(), "position", proposal=number, position=position, **reason)

    def agree(self) -> None:
        """Everybody who decides supports; whether somebody closes it then is left open."""
        number = self.proposal()
        proposal = self.state().proposals[number - 1]
        for voter in sorted(proposal.round.electorate.voters & self.play.voices.keys()) if proposal.status == "open" else ():
            self.play.attempt(voter, "position", proposal=proposal.number, position="support")
        if self.chance.one_in(2):
            self.play.attempt(self.somebody(), "close", proposal=proposal.number)

    def debate(self) -> None:
        """Nearly everybody who decides stands somewhere."""
        number = self.proposal()
        proposal = self.state().proposals[number - 1]
        for voter in sorted(proposal.round.electorate.voters & self.play.voices.keys()):
            if not self.chance.one_in(4):
                position = self.chance.pick(["support", "support", *STANCES])
                self.play.attempt(voter, "position", proposal=number, position=position, reason="Because.")

    def compete(self) -> None:
        """Two want to revise the same indicator, everybody agrees with both, and time decides: one is too late."""
        change = self.revising()
        for by in ("a", "b"):
            verdict, answer = self.play.attempt(by, "propose", changes=[change])
            number = 0 if verdict else int(answer.json()["id"])
            voters = self.state().proposals[number - 1].round.electorate.voters if number else frozenset()
            for voter in sorted(voters & self.play.voices.keys()):
                self.play.attempt(voter, "position", proposal=number, position="support")

    def decide_overlap(self) -> None:
        """Two report for one quarter, somebody proposes what that comes to, and whoever decides agrees."""
        known = self.known()
        for actor in self.chance.pick([(), "ab", "bc"]):
            self.play.attempt(actor, "report", items=[{"indicator": known.code, "period": "2024-Q4", **self.measured(known)}])
        verdict, answer = self.play.attempt("a", "propose", changes=[self.resolving()])
        proposal = None if verdict else self.state().proposals[int(answer.json()["id"]) - 1]
        if proposal is not None and proposal.status == "open":
            for voter in sorted(proposal.round.electorate.voters & self.play.voices.keys()):
                self.play.attempt(voter, "position", proposal=proposal.number, position="support")
            self.play.attempt("b", "close", proposal=proposal.number)

    def measured(self, known: Indicator) -> Json:
        """What a contribution to the last quarter of 2024 carries."""
        version = self.state().version_for(known.code, Period.parse("2024-Q4"))
        assert version is not None
        return {name: self.chance.pick(["3", "1", "2.5"]) for name in CARRIED[version.definition.measure.value]}

    def amend(self) -> None:
        number, by = self.proposal(), self.chance.pick([self.somebody(), SUPPORT])
        self.play.attempt(by, "amend", proposal=number, changes=self.changes(), rationale={"en": "Better so."})

    def close_or_withdraw(self) -> None:
        number = self.proposal()
        self.play.attempt(self.somebody(), self.chance.pick(["close", "close", "withdraw"]), proposal=number)

    def time_passes(self) -> None:
        self.client.clock += timedelta(days=self.chance.pick([1, 0, 2, 1, 5, 14, 40]), hours=self.chance.pick([0, 1, 15]))

    def time_comes_to_a_closing(self) -> None:
        """To the instant at which a proposal closes, or just beside; read, and perhaps written at once."""
        ends = [one.round.closes_at for one in self.state().proposals if one.status == "open"]
        if ends:
            self.client.clock = max(self.client.clock, min(ends) + self.chance.pick([-1, 0, 1]) * TICK)
            self.play.look()
            if self.chance.one_in(2):
                self.play.attempt("a", "comment", proposal=1, comment="Now.")

    def come_or_go(self) -> None:
        """The support writes down who comes and goes, without a proposal; a newcomer gets a token."""
        given = self.joining()
        if given["actor"] in self.state().decided.members:
            self.play.attempt(SUPPORT, "let_go", **given)
        for newcomer in NEWCOMERS:
            if newcomer in self.state().decided.members and newcomer not in self.play.voices:
                self.play.do(SUPPORT, "token", actor=newcomer)

    def report(self) -> None:
        """One or two cells of a quarter, in the terms of the version that governs it."""
        known, state = self.known(), self.state()
        quarter = Period.containing("Q", self.client.clock.date()).next(self.chance.pick([0, -1, -1, -2, -3, 1]))
        version = state.version_for(known.code, quarter)
        assert version is not None
        codes = [None, *version.definition.dimensions[0].codes]
        cells = [self.chance.pick(codes), self.chance.pick(codes)][: self.chance.pick([1, 2])]
        actor = self.chance.pick([*"abcabcabco"])
        items = []
        for cell in dict.fromkeys(cells):
            measures = {name: self.chance.pick(["3", "0", "1", "2.5"]) for name in CARRIED[version.definition.measure.value]}
            place = {} if cell is None else {"dimensions": {"part": cell}}
            items.append({"indicator": known.code, "period": str(quarter), **measures, **place})
        self.play.attempt(actor, "report", items=items)

    def take_back(self) -> None:
        sent = [(code, entry) for code, entries in self.state().ledger.items() for entry in entries if entry.kind == REPORT]
        if sent:
            code, entry = self.chance.pick(sent)
            item: Json = {"indicator": code, "period": str(entry.period), "dimensions": dict(entry.cell)}
            self.play.attempt(entry.actor, "take_back", **item)

    def foresee(self) -> None:
        """What adopting a proposal would do now."""
        for proposal in self.state().proposals:
            if proposal.status == "open":
                self.play.foresee(proposal.number)

    def open_review(self) -> None:
        at: Json = self.chance.pick([{}, {"at": "2024"}, {"at": "2024-Q4"}, {"at": "2025"}])
        self.reviews.append(int(self.play.noted(SUPPORT, "POST", "/reviews", {"title": {"en": "A review"}, **at})["id"]))

    def teardown(self) -> None:
        """What is still open is decided by time: that is read, also as of before, and only then written."""
        if hasattr(self, "play"):
            self.client.clock += timedelta(days=20)
            self.play.look((("2024", "2025"),))
            for instant in self.play.instants_of_decisions():
                self.play.look_back(instant)
            self.play.attempt("a", "comment", proposal=1, comment="In the end.")
            self.play.look()
            for review in self.reviews:
                self.play.review(review)
            self.play.remember()


def with_one_more(dimensions: list[Json]) -> Json:
    """The dimension with a code more, as long as there are some left."""
    codes = dimensions[0]["codes"]
    return {**PARTS, "codes": codes + [code for code in "pqrs" if code not in codes][:1]}


def play(client: Client, examples: int, steps: int, *, always_the_same: bool = False) -> None:
    """`examples` stories on `client`, each of at most `steps` happenings."""
    stories = type("Stories", (Stories,), {"client": client})
    run_state_machine_as_test(
        stories,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=always_the_same,
            phases=[Phase.generate],
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )


def test_stories(shared: Client) -> None:
    play(shared, 2, 25, always_the_same=True)


@pytest.mark.proof
def test_more_stories(shared: Client) -> None:
    play(shared, 5, 25, always_the_same=True)


@pytest.mark.long
def test_many_long_stories(shared: Client) -> None:
    play(shared, 400, 60)
