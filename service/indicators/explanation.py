"""What is in a figure and what is not (`MODEL.md` 5, "Why"): every entry within its reach, with its part in the total.

An explanation keeps what the figure used; parts are exact, and add up to it before rounding.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from service.indicators.aggregation import Amount, Codes, Landed, Reading, entering, quotient
from service.indicators.entrywise import ActorReading, PeriodReading
from service.indicators.evidence import Entry, Evidence
from service.indicators.figure import Figure, Question
from service.indicators.opening import Computed, opened
from service.indicators.restatement import NEWER_DEFINITION, Restater, Step, Terms
from service.indicators.shares import shares_over_actors, shares_over_time
from service.indicators.taking import LEFT, NOT_VALIDATED
from service.models.indicator import Definition
from service.models.measure import exactly
from service.models.period import Period
from service.models.vocabulary import MeasureKind, OverActors

OLDER_PERIOD, OTHER_PERIOD, INSIDE_LONGER_PERIOD = "older_period", "other_period", "inside_longer_period"
NO_SUCH_GRAIN, OTHER_GRAIN, REPLACED, NOT_EXPECTED = "no_such_grain", "other_grain", "replaced", "not_expected"
LOST_TO_ANOTHER = (OLDER_PERIOD, OTHER_PERIOD, INSIDE_LONGER_PERIOD, NO_SUCH_GRAIN, OTHER_GRAIN, REPLACED, NOT_EXPECTED)
"""Why an entry that could be read is not in the figure, beside the reasons of `taking.REASONS`, which `excluded` counts."""

Part = tuple[Fraction, ...]
"""What something brings: `(value,)` of a quantity, `(numerator, denominator)` of a ratio or mean. Parts of a whole add up."""


@dataclass(frozen=True, slots=True)
class ExplainedEntry:
    """One entry within reach of the figure.

    `reason` says why it is left out, None where it is used: in the total, or at the codes asked `by`. `part` is what it
    brings to the total (0 where another one makes it, as the largest does), None where it is left out, where it counts
    at codes alone, and where there is no total. `codes` are those asked `by` that it counts at, None for none.
    `restated`: how it reads in the reference version, None where it does not or was left out before that was asked;
    `steps` are the bridges that it came to on the way.
    """

    entry: Entry
    reason: str | None
    part: Part | None
    codes: Codes | None
    restated: Terms | None
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class ExplainedPeriod:
    """A period that was chosen. `grain`: the dimensions that its total was read by, as it was reported (empty: a reported
    total); `grain_by`: those that the values at the codes asked `by` were read by; None where there is no such reading.
    `part` None: nothing of it is in a total. `entries` counts those used."""

    period: Period
    grain: tuple[str, ...] | None
    grain_by: tuple[str, ...] | None
    part: Part | None
    entries: int


@dataclass(frozen=True, slots=True)
class ExplainedActor:
    """What one actor brings. `amount` is its own total, None without one; `part` None: it is in no total."""

    actor: str
    amount: Amount | None
    part: Part | None
    periods: tuple[ExplainedPeriod, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A figure opened: `actors` with their periods, and every entry within reach, used or left out.

    `total` is what the parts add up to: the value of a quantity (`highest` for `distinct`), numerator and denominator of a
    ratio or mean; None where there is no total. `lowest_of`: whose largest period `lowest` is, None unless `distinct`.
    """

    figure: Figure
    definition: Definition
    total: Part | None
    lowest_of: tuple[str, Period] | None
    actors: tuple[ExplainedActor, ...]
    entries: tuple[ExplainedEntry, ...]

    def share_of_value(self, part: Part | None) -> Fraction | None:
        """What `part` brings to the value: a ratio's is the factor times its numerator over the whole denominator.

        None without a part or a whole, and where there is nothing to divide by.
        """
        if part is None or self.total is None:
            return None
        if self.definition.measure is MeasureKind.QUANTITY:
            return part[0]
        return quotient((part[0], self.total[1]), self.definition)


def explanation(evidence: Evidence, question: Question) -> Explanation:
    """The figure of `question`, opened. Raises as `figure.figure`."""
    figure, computed = opened(evidence, question)
    if computed is None:
        return Explanation(figure, evidence.version(figure.version).definition, None, None, (), ())
    with exactly():
        return _explained(figure, computed, question, Restater(evidence.versions, computed.version))


def _explained(figure: Figure, computed: Computed, question: Question, restater: Restater) -> Explanation:
    opening = _Opening(computed, question, restater)
    actors = [opening.actor(reading) for reading in computed.actors]
    entries = [entry for _, made in actors for entry in made]
    entries += opening.of_other_periods()
    entries += [opening.entry(entry, reason) for reason, entry in computed.material.left_out]
    return Explanation(
        figure,
        computed.version.definition,
        _added(actor.part for actor, _ in actors),
        _lowest_of(computed),
        tuple(actor for actor, _ in actors),
        tuple(entries),
    )


class _Opening:
    """Walks through what a figure was made of and says of every entry what became of it."""

    def __init__(self, computed: Computed, question: Question, restater: Restater) -> None:
        self._computed = computed
        self._definition = computed.version.definition
        self._by = question.by
        self._restater = restater
        self._one_asked = question.one_asked
        self._shares = self._standing({one.actor: one.total for one in computed.actors if one.total is not None})
        self._at_codes = {
            codes: self._standing({one.actor: one.parts[codes] for one in computed.actors if codes in one.parts})
            for codes in computed.parts
        }

    def _standing(self, amounts: Mapping[str, Amount]) -> Mapping[str, Fraction | None]:
        """The actors whose amounts stand in one place of the figure, each with its share, None where there is no total."""
        inside = entering(self._definition, amounts, one_asked=self._one_asked)
        if not isinstance(inside, str):
            return shares_over_actors(self._definition, inside)
        # Values that only stand side by side are all in the figure; one that `single` passes over is not.
        return dict.fromkeys(amounts) if self._definition.over_actors is OverActors.NONE else {}

    def actor(self, reading: ActorReading) -> tuple[ExplainedActor, list[ExplainedEntry]]:
        """One actor with its periods, and the entries of these."""
        of_time = iter(
            shares_over_time(self._definition, [one.whole.total for one in reading.periods if one.whole is not None])
        )
        entries: list[ExplainedEntry] = []
        periods = []
        for period in reading.periods:
            made = list(self._of_period(reading.actor, period, () if period.whole is None else next(of_time)))
            grain, grain_by = _grain(period.whole), _grain(period.split)
            used = sum(entry.reason is None for entry in made)
            periods.append(ExplainedPeriod(period.period, grain, grain_by, _added(entry.part for entry in made), used))
            entries += made
        part = _added(period.part for period in periods)
        return ExplainedActor(reading.actor, reading.total, part, tuple(periods)), entries

    def _of_period(self, actor: str, period: PeriodReading, of_time: Part) -> Iterator[ExplainedEntry]:
        share = self._shares.get(actor)
        scale = None if share is None else tuple(share * time for time in of_time)
        for way in period.ways:
            for cell in way.cells:
                for one in cell.entries:
                    is_replaced = one.version != cell.version
                    in_total = way is period.whole and actor in self._shares and not is_replaced
                    codes = self._codes(actor, cell) if way is period.split and not is_replaced else None
                    part = None
                    if in_total and scale is not None:
                        part = tuple(by * Fraction(own) for by, own in zip(scale, one.components, strict=True))
                    reason = None if in_total or codes is not None else self._lost(actor, period, way, cell, one.version)
                    yield self.entry(one.entry, reason, part, codes)

    def _codes(self, actor: str, cell: Landed) -> Codes | None:
        """The codes asked `by` that a cell counts at, None where it is at none."""
        codes = tuple(cell.codes[dimension] for dimension in self._by if dimension in cell.codes)
        return codes if actor in self._at_codes.get(codes, {}) else None

    def _lost(self, actor: str, period: PeriodReading, way: Reading, cell: Landed, version: int) -> str:
        if period.whole is None and period.split is None:
            return NO_SUCH_GRAIN
        if way is not period.whole and way is not period.split:
            return OTHER_GRAIN
        if version != cell.version:
            return REPLACED
        # It has a place at the codes asked for, and somebody else stands there.
        is_passed_over = way is period.split and set(self._by) <= cell.codes.keys()
        return NOT_EXPECTED if is_passed_over or actor not in self._shares else OTHER_GRAIN

    def of_other_periods(self) -> Iterator[ExplainedEntry]:
        """The entries of periods that were not chosen."""
        chosen = {reading.actor: [one.period for one in reading.periods] for reading in self._computed.actors}
        for one in self._computed.material.restated:
            periods = chosen[one.actor]
            if one.period in periods:
                continue
            if not self._computed.reach.takes_last:
                yield self.entry(one.entry, INSIDE_LONGER_PERIOD)
            else:
                is_older = one.period.last_day < periods[0].last_day
                yield self.entry(one.entry, OLDER_PERIOD if is_older else OTHER_PERIOD)

    def entry(self, entry: Entry, reason: str | None, part: Part | None = None, codes: Codes | None = None) -> ExplainedEntry:
        """The entry with the bridges that it came to; what was left out before that came to none."""
        if reason in (NOT_VALIDATED, LEFT, NEWER_DEFINITION):
            return ExplainedEntry(entry, reason, part, codes, None, ())
        steps = self._restater.steps(entry)
        restated = steps[-1].after if steps else self._restater.own_terms(entry)
        return ExplainedEntry(entry, reason, part, codes, restated, steps)


def _grain(reading: Reading | None) -> tuple[str, ...] | None:
    return None if reading is None else tuple(sorted(reading.grain))


def _added(parts: Iterable[Part | None]) -> Part | None:
    """The parts added up, None where there are none. No part is not a part of 0."""
    there = [part for part in parts if part is not None]
    return tuple(sum(column, Fraction(0)) for column in zip(*there, strict=True)) if there else None


def _lowest_of(computed: Computed) -> tuple[str, Period] | None:
    """The actor and period with the largest single value; of several alike the first."""
    if computed.version.definition.over_actors is not OverActors.DISTINCT:
        return None
    found = [
        (Fraction(period.whole.total[0]), reading.actor, period.period)
        for reading in computed.actors
        for period in reading.periods
        if period.whole is not None
    ]
    _, actor, period = max(found, key=lambda one: one[0], default=(None, None, None))
    return None if actor is None or period is None else (actor, period)
