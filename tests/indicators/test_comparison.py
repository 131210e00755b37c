"""Why figures change, against the naive model on random scenarios: the parts make the whole, exactly, whatever happened."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from service.indicators.comparison import STEPS, InstantsCompared, compare_instants
from service.indicators.comparison_windows import BOTH, LEAVER, NEWCOMER, compare_windows
from service.indicators.evidence import Evidence
from service.indicators.figure import Question
from service.models.community import Member
from service.models.period import Window
from service.models.vocabulary import Validation
from tests.chance import Chance
from tests.naive import comparison as naive
from tests.naive.overlaps import figure
from tests.scenarios import ACTORS, Asked, make_evidence, make_question

SEEDS = range(200)


def as_it_was(chance: Chance, later: Evidence) -> Evidence:
    """What may have been known some days before: less, other memberships, another charter."""
    instant = later.as_of - timedelta(days=chance.pick([1, 5, 20, 60, 100, 140, 400]))
    entries = tuple(entry for entry in later.entries if entry.recorded_at <= instant)
    versions = tuple(version for version in later.versions if version.adopted_at <= instant)
    validation = chance.pick([later.charter.validation] * 3 + [Validation.NONE, Validation.SUPPORT])
    reported = {entry.actor for entry in entries}
    members = {actor: member for actor, member in later.members.items() if actor in reported or chance.one_in(3)}
    return replace(
        later,
        versions=versions,
        entries=entries,
        overlaps=tuple(overlap for overlap in later.overlaps if overlap.decided_at <= instant),
        members={actor: _member(chance, member) for actor, member in members.items()},
        charter=later.charter.model_copy(update={"validation": validation}),
        as_of=instant,
        day=instant.astimezone(later.time_zone).date(),
    )


def _member(chance: Chance, member: Member) -> Member:
    left = chance.pick([member.left] * 4 + [None, date(2024, 12, 31), date(2025, 3, 1)])
    return member.model_copy(update={"left": left})


def asked_then(chance: Chance, asked: Asked) -> frozenset[str] | None:
    """The same actors, or for a group those who were in it then."""
    if asked.actors is None:
        return None
    return frozenset(chance.pick([asked.actors, {*asked.actors, "c"}, asked.actors - {"a"}]))


def compared(evidence: Evidence, earlier: Evidence, asked: Asked, then: frozenset[str] | None) -> InstantsCompared:
    return compare_instants(earlier, evidence, Question(asked.window, asked.version, (), asked.actors), then)


def test_the_steps_lead_from_one_figure_to_the_other() -> None:
    """Each is the figure of what was known by then, and their effects add up to the difference, before rounding."""
    happened: Counter[str] = Counter()
    for seed in SEEDS:
        chance = Chance(seed)
        later = make_evidence(chance)
        earlier = as_it_was(chance, later)
        for _ in range(3):
            asked = make_question(chance, later)
            if asked.version is not None and asked.version > len(earlier.versions):
                asked = replace(asked, version=None)
            then = asked_then(chance, asked)
            made = compared(later, earlier, asked, then)
            expected = naive.steps(earlier, later, asked.window, asked.version, then, asked.actors)
            values = {"then": made.then.answer.value} | {step.name: step.after.value for step in made.steps}
            assert values == expected, f"seed {seed}: {asked}"
            assert made.now.answer.value == figure(later, asked.window, asked.version, (), asked.actors).total.value
            in_order = list(values.values())
            happened.update(step for step, (before, after) in zip(STEPS, pairwise(in_order), strict=True) if before != after)
            effects = [step.effect for step in made.steps if step.effect is not None]
            before, after = in_order[0], in_order[-1]
            assert made.difference == (None if before is None or after is None else after - before)
            if None not in in_order:
                assert sum(effects, Fraction(0)) == made.difference
                happened["sum"] += made.difference != 0
            else:
                assert len(effects) < len(STEPS)
    assert all(happened[what] for what in STEPS) and happened["sum"] >= 40, happened


def test_two_windows_differ_by_their_parts() -> None:
    happened: Counter[str] = Counter()
    for seed in SEEDS:
        chance = Chance(seed)
        evidence = make_evidence(chance)
        for _ in range(4):
            asked = make_question(chance, evidence)
            _two_windows(evidence, make_question(chance, evidence).window, asked, f"seed {seed}", happened)
    assert all(happened[what] >= 5 for what in ("alike", "rate", "mix", "both", "newcomer", "leaver", "adds")), happened


def _two_windows(evidence: Evidence, first: Window, asked: Asked, seed: str, happened: Counter[str]) -> None:
    made = compare_windows(evidence, Question(asked.window, asked.version, (), asked.actors), first)
    expected = naive.change(evidence, first, asked.window, asked.version, asked.actors)
    where = f"{seed}: {asked}, {first}"
    assert (made.before.value, made.after.value) == (expected.before.total.value, expected.after.total.value), where
    assert set(made.like_for_like.actors) == expected.alike, where
    assert made.like_for_like.change == expected.like_for_like, where
    happened["alike"] += made.like_for_like.change is not None
    if expected.parts is None:
        assert not made.has_rates
        return
    came, left = made.effect_of(NEWCOMER) or Fraction(0), made.effect_of(LEAVER) or Fraction(0)
    parts = [came, left]
    if expected.parts.keys() == {"rate", "mix", "moved"}:
        assert (made.rate_effect, made.mix_effect, came + left) == tuple(expected.parts.values()), where
        parts += [expected.parts["rate"], expected.parts["mix"]]
        happened.update(rate=bool(parts[2]), mix=bool(parts[3]))
    else:
        assert {name: made.effect_of(name) for name in (BOTH, NEWCOMER, LEAVER)} == expected.parts, where
        parts.append(expected.parts[BOTH])
        happened["both"] += bool(parts[2])
    assert sum(parts, Fraction(0)) == made.change, where
    happened.update(newcomer=bool(came), leaver=bool(left), adds=made.change != 0)


def test_nothing_known_of_an_actor_then_is_no_matter() -> None:
    """Who joined since has entries and no membership at the earlier instant."""
    for seed in range(60):
        chance = Chance(seed)
        later = make_evidence(chance)
        earlier = replace(later, entries=(), members={})
        asked = replace(make_question(chance, later), version=None)
        made = compared(later, earlier, asked, asked.actors)
        assert made.now.answer.value == figure(later, asked.window, None, (), asked.actors).total.value
    assert set(ACTORS) == set(later.members)
