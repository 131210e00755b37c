"""Why a figure is another over another window (`MODEL.md` 5): plain change, like for like, and what it is made of.

Where values add over actors, the change is what the actors in both windows changed by, what newcomers brought and what
leavers took along. A ratio or a mean splits further. Of the actors in both windows, with w an actor's share of their
denominators (weights) and bars the means of the two windows, the rate effect is Σ w̄·Δr, the mix effect Σ r̄·Δw. Newcomers
are measured against the actors in both: those whose rate is no other change nothing, however many they are. So

    rate effect + mix effect + newcomers + leavers = plain change, before rounding.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from service.indicators.aggregation import Amount, Answer, over_actors
from service.indicators.comparison import minus
from service.indicators.completeness import dues
from service.indicators.evidence import Evidence
from service.indicators.figure import Question, reference_of, tallied, valued
from service.indicators.register import Version
from service.models.indicator import Definition
from service.models.measure import exactly
from service.models.period import Window
from service.models.vocabulary import MeasureKind, OverActors

BOTH, NEWCOMER, LEAVER = "both", "newcomer", "leaver"
NO_ACTORS = "no_actors"

Totals = Mapping[str, Amount]
"""What each actor has over a window, of those that have anything."""


@dataclass(frozen=True, slots=True)
class Part:
    """One actor: its value over both windows, and its part in the change, exact.

    `effect` is None where values do not add over actors. Where a ratio or mean splits, `rate_effect` and `mix_effect` are those
    of an actor in both windows and make its effect; else they are None. An actor whose denominator is zero in one of the
    windows has no rate there: it counts as a newcomer or a leaver.
    """

    actor: str
    standing: str
    before: Fraction | None
    after: Fraction | None
    effect: Fraction | None = None
    rate_effect: Fraction | None = None
    mix_effect: Fraction | None = None


@dataclass(frozen=True, slots=True)
class LikeForLike:
    """The figure over the actors that have a value in both windows and reported every period of theirs that was due in both."""

    actors: tuple[str, ...]
    before: Answer
    after: Answer

    @property
    def change(self) -> Fraction | None:
        """None where one of the two has no value."""
        return minus(self.after.value, self.before.value)


@dataclass(frozen=True, slots=True)
class WindowsCompared:
    """A figure over two windows as of one instant, both in the terms of `version`; `parts` by actor.

    `splits`: the parts' effects add up to the change. `has_rates`: those of the actors in both are rate and mix effects.
    """

    version: Version
    before: Answer
    after: Answer
    like_for_like: LikeForLike
    parts: tuple[Part, ...]
    splits: bool
    has_rates: bool

    @property
    def change(self) -> Fraction | None:
        """None where one of the two has no value."""
        return minus(self.after.value, self.before.value)

    @property
    def rate_effect(self) -> Fraction | None:
        """Σ w̄·Δr over the actors in both windows; None where it is no ratio or mean, or one window has no value."""
        return _sum(part.rate_effect for part in self.parts) if self.has_rates else None

    @property
    def mix_effect(self) -> Fraction | None:
        """Σ r̄·Δw over the actors in both windows; None as for the rate effect."""
        return _sum(part.mix_effect for part in self.parts) if self.has_rates else None

    def of(self, standing: str) -> tuple[Part, ...]:
        """The parts of the actors in both windows, of newcomers or of leavers."""
        return tuple(part for part in self.parts if part.standing == standing)

    def effect_of(self, standing: str) -> Fraction | None:
        """What these actors did to the value; None where the change does not split."""
        return _sum(part.effect for part in self.of(standing)) if self.splits else None


def _sum(effects: Iterable[Fraction | None]) -> Fraction:
    return sum((effect for effect in effects if effect is not None), Fraction(0))


def compare_windows(evidence: Evidence, question: Question, other: Window) -> WindowsCompared:
    """`question` over its own window beside the same over `other`, which is where the change starts from.

    Raises NotFound (`unknown_version`) for a version that was not adopted.
    """
    version = reference_of(evidence, question.version)
    definition, one_asked = version.definition, question.actors is not None and len(question.actors) == 1
    with exactly():
        start, totals_before = _of_window(evidence, replace(question, window=other), version)
        end, totals_after = _of_window(evidence, question, version)
        before = _counted(definition, totals_before)
        after = _counted(definition, totals_after)
        missing = _missing(evidence, version, question, other)
        alike = tuple(sorted(actor for actor in before if actor in after and actor not in missing))
        like_for_like = LikeForLike(
            alike, *(_over(definition, alike, totals, one_asked=one_asked) for totals in (before, after))
        )
        has_values = start.value is not None and end.value is not None
        splits = has_values and (definition.over_actors in (OverActors.SUM, OverActors.SINGLE) or one_asked)
        splits = splits and definition.over_actors is not OverActors.DISTINCT
        has_rates = splits and definition.measure is not MeasureKind.QUANTITY
        make = _of_rates if has_rates else _of_sums if splits else _side_by_side
        return WindowsCompared(version, start, end, like_for_like, make(definition, before, after), splits, has_rates)


def _of_window(evidence: Evidence, question: Question, version: Version) -> tuple[Answer, dict[str, Amount]]:
    if question.window.first_day > evidence.day:
        return Answer(None, reason="not_started"), {}
    made = tallied(evidence, question, version)
    return valued(evidence, question, made).answer, dict(made.totals)


def _counted(definition: Definition, totals: Totals) -> Totals:
    """Those that make the community's value: where one actor speaks for the whole territory, no other does beside it."""
    if definition.over_actors is OverActors.SINGLE and len(totals) > 1 and isinstance(definition.contributors, list):
        return {actor: amount for actor, amount in totals.items() if actor in definition.contributors}
    return totals


def _over(definition: Definition, actors: tuple[str, ...], totals: Totals, *, one_asked: bool) -> Answer:
    if not actors:
        return Answer(None, reason=NO_ACTORS)
    return over_actors(definition, {actor: totals[actor] for actor in actors}, one_asked=one_asked)


def _missing(evidence: Evidence, version: Version, question: Question, other: Window) -> set[str]:
    """Who owes a report of a period of one of the windows."""
    return {
        due.actor
        for window in (question.window, other)
        for due in dues(evidence, version, window, question.actors)
        if due.first_reported_at is None
    }


def _value(definition: Definition, totals: Totals, actor: str) -> Fraction | None:
    return totals[actor].value(definition) if actor in totals else None


def _standing(actor: str, before: object, after: object) -> str:
    return BOTH if before and after else NEWCOMER if after else LEAVER


def _side_by_side(definition: Definition, before: Totals, after: Totals) -> tuple[Part, ...]:
    return tuple(
        Part(
            actor,
            _standing(actor, actor in before, actor in after),
            _value(definition, before, actor),
            _value(definition, after, actor),
        )
        for actor in sorted({*before, *after})
    )


def _of_sums(definition: Definition, before: Totals, after: Totals) -> tuple[Part, ...]:
    return tuple(
        replace(part, effect=(part.after or Fraction(0)) - (part.before or Fraction(0)))
        for part in _side_by_side(definition, before, after)
    )


def _of_rates(definition: Definition, before: Totals, after: Totals) -> tuple[Part, ...]:
    both = [actor for actor in before if actor in after and before[actor].components[1] and after[actor].components[1]]
    start, end = _Pool(definition, before, both), _Pool(definition, after, both)
    parts = []
    for plain in _side_by_side(definition, before, after):
        actor = plain.actor
        if plain.standing == BOTH and actor in both:
            rate_before, rate_after = start.rate(actor), end.rate(actor)
            share_before, share_after = start.share(actor), end.share(actor)
            rate = (share_before + share_after) / 2 * (rate_after - rate_before)
            mix = (rate_before + rate_after) / 2 * (share_after - share_before)
            parts.append(replace(plain, effect=rate + mix, rate_effect=rate, mix_effect=mix))
        else:
            comes = actor in after and (actor not in before or bool(after[actor].components[1]))
            effect = end.weight_of(actor) - start.weight_of(actor)
            parts.append(replace(plain, standing=NEWCOMER if comes else LEAVER, effect=effect))
    return tuple(parts)


class _Pool:
    """The pooled value of one window, and in it that of the actors who are in both."""

    def __init__(self, definition: Definition, totals: Totals, both: list[str]) -> None:
        self._factor = Fraction(definition.factor)
        self._totals = totals
        self._denominator = sum((amount.components[1] for amount in totals.values()), Fraction(0))
        self._shared = sum((totals[actor].components[1] for actor in both), Fraction(0))
        numerator = sum((totals[actor].components[0] for actor in both), Fraction(0))
        self._value = numerator / self._shared if self._shared else Fraction(0)

    def rate(self, actor: str) -> Fraction:
        """The value of an actor in both windows."""
        numerator, denominator = self._totals[actor].components
        return self._factor * numerator / denominator

    def share(self, actor: str) -> Fraction:
        """Its share of the denominators of those in both."""
        return self._totals[actor].components[1] / self._shared

    def weight_of(self, actor: str) -> Fraction:
        """By how much an actor that is not in both moves the whole away from those who are; all of it where nobody is."""
        if actor not in self._totals:
            return Fraction(0)
        numerator, denominator = self._totals[actor].components
        return self._factor * (numerator - self._value * denominator) / self._denominator
