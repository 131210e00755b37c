"""Why a figure changed, computed by hand: one case for each kind of step, and for each part of a change between windows."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from service.errors import NotFound
from service.indicators.comparison import STEPS, InstantsCompared, compare_instants
from service.indicators.comparison_windows import BOTH, LEAVER, NEWCOMER, compare_windows
from service.indicators.evidence import Entry, Evidence
from service.indicators.figure import Question
from service.indicators.register import Version
from service.models.community import Charter, Member
from service.models.indicator import Bridge, Definition
from service.models.period import Period, Window
from service.models.vocabulary import EntryKind, Validation

YEAR = Window.over(Period.parse("2025"), Period.parse("2025"))
REPORT, WITHDRAWAL, VALIDATION, CONTEST = EntryKind.REPORT, EntryKind.WITHDRAWAL, EntryKind.VALIDATION, EntryKind.CONTEST


def entry(journal: int, actor: str, period: str, value: str | None = None, kind: EntryKind = REPORT, **more: Any) -> Entry:
    at = datetime(2025, 2, 1, journal, tzinfo=UTC)
    numbers: dict[str, Any] = {name: Decimal(more.pop(name)) for name in ("numerator", "denominator", "weight") if name in more}
    own = None if value is None else Decimal(value)
    return Entry(actor, Period.parse(period), (), journal, at, more.pop("version", 1), kind, own, **numbers, **more)


def version(number: int = 1, bridge: Mapping[str, Any] | None = None, **fields: Any) -> Version:
    usual = {"measure": "quantity", "nature": "flow", "over_time": "sum", "over_actors": "sum", "direction": "increase"}
    definition = Definition.model_validate({"name": "x", "unit": "x", "frequency": "Q", **usual, **fields})
    made = None if bridge is None else Bridge.model_validate(bridge)
    return Version(number, definition, made, datetime(2025, 1, number, tzinfo=UTC))


def member(**more: Any) -> Member:
    return Member.model_validate({"name": "x", "kind": "association", **more})


def known(*entries: Entry, day: date = date(2025, 12, 1), **more: Any) -> Evidence:
    given: dict[str, Any] = {
        "versions": (version(),),
        "members": {actor: member() for actor in "abcd"},
        "charter": Charter(),
        "as_of": datetime(day.year, day.month, day.day, tzinfo=UTC),
    }
    return Evidence(indicator="x", entries=entries, day=day, **{**given, **more})


def compared(earlier: Evidence, later: Evidence, **asked: Any) -> Any:
    return compare_instants(earlier, later, Question(YEAR, **asked), asked.get("actors"))


def effects(made: InstantsCompared) -> dict[str, Any]:
    """Those that are not zero."""
    return {step.name: step.effect for step in made.steps if step.effect != 0}


FIRST = (entry(1, "a", "2025-Q1", "30"), entry(2, "b", "2025-Q1", "12"))


def test_nothing_happened() -> None:
    made = compared(known(*FIRST), known(*FIRST))
    assert (made.difference, effects(made)) == (0, {})
    assert not any(step.happened or step.touched for step in made.steps)
    assert tuple(step.name for step in made.steps) == STEPS


def test_new_entries_and_corrections() -> None:
    """4 new entries make 20, of which the last is corrected: that is a correction of an entry that is new."""
    new = [entry(3 + place, "c", f"2025-Q{1 + place}", "5") for place in range(4)]
    corrections = [entry(7, "a", "2025-Q1", "0"), entry(8, "c", "2025-Q4", "3")]
    made = compared(known(*FIRST), known(*FIRST, *new, *corrections))
    assert (made.then.answer.value, made.now.answer.value, made.difference) == (42, 30, -12)
    assert effects(made) == {"new_entries": 20, "corrections": -32}
    touched = made.steps[2].touched
    assert [(one.before and one.before.value, one.after and one.after.value) for one in touched] == [(30, 0), (5, 3)]
    assert [one.before for one in made.steps[1].touched] == [None] * 4


def test_a_report_after_a_withdrawal_is_a_correction() -> None:
    taken_back = entry(3, "a", "2025-Q1", kind=WITHDRAWAL)
    again = entry(4, "a", "2025-Q1", "7")
    assert effects(compared(known(*FIRST), known(*FIRST, taken_back))) == {"withdrawals": -30}
    assert effects(compared(known(*FIRST, taken_back), known(*FIRST, taken_back, again))) == {"corrections": 7}
    # The correction is taken first and stands; the withdrawal before it then changes nothing.
    assert effects(compared(known(*FIRST), known(*FIRST, taken_back, again))) == {"corrections": -23}


def test_validations_and_contests() -> None:
    charter = Charter(validation=Validation.SUPPORT)
    said = (entry(3, "a", "2025-Q1", kind=VALIDATION), entry(4, "b", "2025-Q1", kind=VALIDATION))
    corrected = entry(5, "a", "2025-Q1", "31")
    later = (entry(6, "a", "2025-Q1", kind=VALIDATION), entry(7, "b", "2025-Q1", kind=CONTEST))
    made = compared(known(*FIRST, *said, charter=charter), known(*FIRST, *said, corrected, *later, charter=charter))
    assert (made.then.answer.value, made.now.answer.value) == (42, 31)
    assert effects(made) == {"validations": -11}, "the correction waited until it was validated"
    touched = made.steps[4].touched
    assert [(one.before and one.before.value, one.after and one.after.value) for one in touched] == [(30, 31), (12, None)]


def test_definitions() -> None:
    """What is reported under a newer definition shows where that definition does."""
    newer = (version(), version(2, {"kind": "conversion", "factor": "10"}, effective_from="2025-Q2"))
    new = (entry(3, "c", "2025-Q1", "1"), entry(4, "c", "2025-Q2", "5", version=2))
    made = compared(known(*FIRST), known(*FIRST, *new, versions=newer))
    assert (made.then.version.number, made.now.version.number) == (1, 2)
    assert effects(made) == {"new_entries": 1, "definitions": 435 - 43}
    pinned = compared(known(*FIRST, versions=newer), known(*FIRST, *new, versions=newer), version=1)
    assert effects(pinned) == {"new_entries": 1}
    with pytest.raises(NotFound):
        compared(known(*FIRST), known(*FIRST, versions=newer), version=2)


def test_a_version_that_comes_into_force_by_itself_is_a_matter_of_definitions() -> None:
    newer = (version(), version(2, {"kind": "conversion", "factor": "2"}, effective_from="2025-Q3"))
    made = compared(known(*FIRST, day=date(2025, 6, 30), versions=newer), known(*FIRST, versions=newer))
    assert effects(made) == {"definitions": 42}
    assert [step.name for step in made.steps if step.happened] == ["time", "definitions"]


STOCK: dict[str, Any] = {"nature": "stock", "over_time": "last", "carry_forward": 1}


def test_time_passes() -> None:
    """Of the two, b reports again: a's stock of the first quarter is carried until the third has ended."""
    entries = (*FIRST, entry(3, "b", "2025-Q2", "13"))
    then = known(*entries, day=date(2025, 9, 30), versions=(version(**STOCK),))
    made = compared(then, replace(then, day=date(2025, 10, 1)))
    assert (made.then.answer.value, effects(made)) == (43, {"time": -30})


def test_memberships() -> None:
    versions, stayed = (version(**STOCK),), {actor: member() for actor in "abcd"}
    then = known(*FIRST, day=date(2025, 5, 1), versions=versions)
    left = replace(then, members=stayed | {"b": member(left="2025-03-31")})
    assert effects(compared(then, left)) == {"memberships": -12}
    new = entry(3, "e", "2025-Q1", "5")
    joined = replace(then, entries=(*FIRST, new), members=stayed | {"e": member(left="2025-04-30")})
    assert effects(compared(then, joined)) == {"new_entries": 5, "memberships": -5}


def test_who_belongs_to_a_group_is_a_matter_of_memberships() -> None:
    made: Any = compare_instants(known(*FIRST), known(*FIRST), Question(YEAR, actors=frozenset("ab")), frozenset("a"))
    assert (made.then.answer.value, effects(made)) == (30, {"memberships": 12})


def test_the_charter() -> None:
    validated = (*FIRST, entry(3, "a", "2025-Q1", kind=VALIDATION))
    made = compared(known(*FIRST), known(*validated, charter=Charter(validation=Validation.PEER)))
    assert effects(made) == {"charter": -12}


def test_without_a_value_on_one_side_there_is_a_sequence_and_no_difference() -> None:
    zero = entry(3, "a", "2025-Q2", "0")
    made = compared(known(), known(*FIRST))
    assert (made.difference, [step.effect for step in made.steps]) == (None, [None, None, 0, 0, 0, 0, 0, 0, 0])
    assert [step.after.value for step in made.steps] == [None, 42, 42, 42, 42, 42, 42, 42, 42]
    assert made.then.answer.reason == "no_entries"
    assert compared(known(), known(zero)).now.answer.value == 0
    assert effects(compared(known(*FIRST), known(*FIRST, zero))) == {}, "zero is an entry and no change"
    assert compared(known(*FIRST), known(*FIRST, zero)).steps[1].happened


def test_without_a_value_in_between() -> None:
    """Everything is withdrawn under the old definition, and a break brings what was reported under the new one."""
    versions = (version(), version(2, {"kind": "break"}, effective_from="2025-Q2"))
    new = entry(3, "a", "2025-Q2", "5", version=2)
    gone = (entry(4, "a", "2025-Q1", kind=WITHDRAWAL), entry(5, "b", "2025-Q1", kind=WITHDRAWAL))
    made = compared(known(*FIRST), known(*FIRST, new, *gone, versions=versions))
    assert made.difference == -37
    assert [step.after.value for step in made.steps] == [42, 42, 42, None, None, 5, 5, 5, 5]
    assert [step.effect for step in made.steps] == [0, 0, 0, None, None, None, 0, 0, 0]


def test_only_entries_that_the_question_is_about_are_named() -> None:
    new = (entry(3, "a", "2024-Q4", "1"), entry(4, "b", "2025-Q2", "2"), entry(5, "c", "2025-Q2", "3"))
    made = compared(known(*FIRST), known(*FIRST, *new), actors=frozenset("ab"))
    assert [one.entry.journal for step in made.steps for one in step.touched] == [4]
    stock = (version(**STOCK),)
    made = compared(known(*FIRST, versions=stock), known(*FIRST, *new, versions=stock, day=date(2025, 2, 1)))
    assert [one.entry.journal for one in made.steps[1].touched] == [3, 4, 5], "what can be carried into the window is"


Q1, Q2 = (Window.over(Period.parse(quarter), Period.parse(quarter)) for quarter in ("2025-Q1", "2025-Q2"))
RATIO = (version(measure="ratio", factor="100"),)


def ratio(actor: str, period: str, numerator: str, denominator: str) -> Entry:
    return entry(1, actor, period, numerator=numerator, denominator=denominator)


def windows(*entries: Entry, actors: frozenset[str] | None = None, **more: Any) -> Any:
    return compare_windows(known(*entries, **more), Question(Q2, actors=actors), Q1)


PARADOX = (
    ratio("a", "2025-Q1", "90", "100"),
    ratio("b", "2025-Q1", "10", "50"),
    ratio("a", "2025-Q2", "46", "50"),
    ratio("b", "2025-Q2", "25", "100"),
)


def test_both_improve_and_the_whole_falls() -> None:
    made = windows(*PARADOX, versions=RATIO)
    assert made.change == Fraction(7100, 150) - Fraction(10000, 150)
    assert (made.rate_effect, made.mix_effect) == (Fraction(7, 2), Fraction(-137, 6))
    assert made.rate_effect + made.mix_effect == made.change
    assert (made.effect_of(NEWCOMER), made.effect_of(LEAVER)) == (0, 0)
    assert [(part.actor, part.before, part.after) for part in made.parts] == [("a", 90, 92), ("b", 20, 25)]
    assert (made.like_for_like.actors, made.like_for_like.change) == (("a", "b"), made.change)


def test_a_mean_has_rates_and_a_mix() -> None:
    def mean(actor: str, period: str, value: str, weight: str) -> Entry:
        return entry(1, actor, period, value, weight=weight)

    entries = (mean("a", "2025-Q1", "10", "1"), mean("b", "2025-Q1", "20", "1"), mean("a", "2025-Q2", "10", "3"))
    made = windows(*entries, mean("b", "2025-Q2", "20", "1"), versions=(version(measure="mean"),))
    assert (made.change, made.rate_effect, made.mix_effect) == (Fraction(-5, 2), 0, Fraction(-5, 2))


def test_who_comes_and_goes_is_measured_against_those_who_stay() -> None:
    entries = (*PARADOX[::2], ratio("c", "2025-Q2", "92", "100"), ratio("d", "2025-Q1", "0", "100"))
    made = windows(*entries, versions=RATIO)
    assert (made.before.value, made.after.value) == (45, 92)
    assert (made.rate_effect, made.mix_effect) == (2, 0), "a's share of those in both is all of it, in both windows"
    assert made.effect_of(NEWCOMER) == 0, "c's rate is a's: it changes nothing, however large it is"
    assert made.effect_of(LEAVER) == 45, "without d it would have been 90"


def test_nobody_is_in_both() -> None:
    made = windows(PARADOX[0], PARADOX[3], versions=RATIO)
    assert (made.rate_effect, made.mix_effect) == (0, 0)
    assert (made.effect_of(NEWCOMER), made.effect_of(LEAVER), made.change) == (25, -90, -65)
    assert (made.like_for_like.actors, made.like_for_like.change) == ((), None)


def test_a_denominator_of_zero_has_no_rate() -> None:
    made = windows(*PARADOX, ratio("c", "2025-Q1", "5", "0"), ratio("c", "2025-Q2", "5", "10"), versions=RATIO)
    assert [part.standing for part in made.parts] == [BOTH, BOTH, NEWCOMER]
    newcomers = made.effect_of(NEWCOMER)
    assert newcomers == (Fraction(7600, 160) - Fraction(7100, 150)) - (Fraction(10500, 150) - Fraction(10000, 150))
    assert made.change == sum([made.rate_effect or 0, made.mix_effect or 0, newcomers], Fraction(0))


def test_sums_change_actor_by_actor() -> None:
    later = (entry(3, "a", "2025-Q2", "31"), entry(4, "c", "2025-Q2", "0"), entry(5, "d", "2025-Q2", "4"))
    made = windows(*FIRST, *later)
    assert [(part.actor, part.standing, part.effect) for part in made.parts] == [
        ("a", BOTH, 1),
        ("b", LEAVER, -12),
        ("c", NEWCOMER, 0),
        ("d", NEWCOMER, 4),
    ]
    assert (made.change, made.rate_effect, made.mix_effect) == (-7, None, None)
    assert (made.like_for_like.actors, made.like_for_like.change) == (("a",), 1)


def test_like_for_like_needs_every_due_period() -> None:
    """Over halves of a year: a reported all quarters, b lacks one that was due, c lacks one that is not due yet."""
    values = {"a": ("1", "2", "3", "4"), "b": ("1", None, "3", "4"), "c": ("5", "6", "7", None)}
    # What came late has come: a's first quarter was due at the end of April.
    entries = [
        replace(entry(1, actor, f"2025-Q{place}", value), recorded_at=datetime(2025, 11, 30, tzinfo=UTC))
        for actor, own in values.items()
        for place, value in enumerate(own, 1)
        if value is not None
    ]
    first, second = (Window.over(Period.parse(half), Period.parse(half)) for half in ("2025-S1", "2025-S2"))
    made: Any = compare_windows(known(*entries), Question(second), first)
    assert (made.like_for_like.actors, made.like_for_like.change, made.change) == (("a", "c"), 0, 21 - 15)
    later: Any = compare_windows(known(*entries, day=date(2026, 2, 1)), Question(second), first)
    assert (later.like_for_like.actors, later.like_for_like.change) == (("a",), 4), "by then c owes its last quarter"


@pytest.mark.parametrize(("over_actors", "change"), [("mean", Fraction(10, 2)), ("max", 1), ("distinct", None), ("none", None)])
def test_what_does_not_add_is_not_split(over_actors: str, change: Fraction | None) -> None:
    later = (entry(3, "a", "2025-Q2", "31"), entry(4, "b", "2025-Q2", "21"))
    made = windows(*FIRST, *later, versions=(version(over_actors=over_actors),))
    assert (made.change, made.splits, [part.effect for part in made.parts]) == (change, False, [None, None])
    assert [(part.before, part.after) for part in made.parts] == [(30, 31), (12, 21)]
    assert made.like_for_like.change == change
    alone = windows(*FIRST, *later, versions=(version(over_actors=over_actors),), actors=frozenset("a"))
    assert alone.change == 1


def test_beside_the_one_who_speaks_for_the_territory_nobody_counts() -> None:
    versions = (version(over_actors="single", contributors=["a"]),)
    made = windows(*FIRST, entry(3, "a", "2025-Q2", "31"), versions=versions)
    assert (made.change, [(part.actor, part.effect) for part in made.parts]) == (1, [("a", 1)])


def test_a_window_that_has_not_begun() -> None:
    made: Any = compare_windows(known(*FIRST, day=date(2025, 3, 31)), Question(Q2), Q1)
    assert (made.before.value, made.after.reason, made.change, made.splits) == (42, "not_started", None, False)
