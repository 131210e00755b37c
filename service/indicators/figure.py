"""A figure (`MODEL.md` 4): take → restate → periods → grain → codes → time → actors → round."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from service.errors import NotFound, refused
from service.indicators.aggregation import Amount, Answer, Codes, Reading, choose, over_actors, over_time, readings
from service.indicators.completeness import Completeness, completeness
from service.indicators.evidence import Evidence, reference_version
from service.indicators.overlap import NOTHING_DECIDED, Standing, Standings, resolved
from service.indicators.register import Version
from service.indicators.restatement import Restated, Restater
from service.indicators.taking import Exclusion, Material, Reach, choose_periods, gather, take
from service.models.indicator import Definition
from service.models.measure import exactly, rounded
from service.models.period import Period, Window
from service.models.vocabulary import MeasureKind, OverActors, OverCodes, OverTime

PARTS_INCOMPLETE, PARTS_DIFFER = "parts_incomplete", "parts_differ_from_total"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a window, a version (None: the one in force), dimensions to split `by`, actors (None: all)."""

    window: Window
    version: int | None = None
    by: Codes = ()
    actors: frozenset[str] | None = None

    @property
    def one_asked(self) -> bool:
        """Whether it is about exactly one actor, whose own value the total then is."""
        return self.actors is not None and len(self.actors) == 1


@dataclass(frozen=True, slots=True)
class ActorValue:
    """One actor's total. `value` None: an interval that is no point, or nothing to divide by. Bounds only for `distinct`."""

    actor: str
    value: Decimal | None
    lowest: Decimal | None
    highest: Decimal | None


@dataclass(frozen=True, slots=True)
class CodeValue:
    """The community's value at one combination of codes; None as for the total. `overlap`: what was decided of it, if any."""

    codes: Mapping[str, str]
    value: Decimal | None
    lowest: Decimal | None
    highest: Decimal | None
    overlap: Standing | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """The answer. Measures are rounded to 12 decimals, half-even; `unallocated` is None where it is not defined.

    `overlap`: what was decided of this window and all actors, in force, then `value` is what was decided, or lapsed; or None.
    """

    version: int
    value: Decimal | None
    lowest: Decimal | None
    highest: Decimal | None
    by_actor: tuple[ActorValue, ...]
    by_dimension: tuple[CodeValue, ...]
    unallocated: Decimal | None
    excluded: tuple[Exclusion, ...]
    restated: int
    carried_forward: int
    completeness: Completeness
    flags: tuple[str, ...]
    reason: str | None
    overlap: Standing | None = None


class PeriodReading(NamedTuple):
    """A period that was chosen, every way of reading it, and which of them made the total and the values at the codes asked
    `by`: None where none of them answers that."""

    period: Period
    ways: tuple[Reading, ...]
    whole: Reading | None
    split: Reading | None


@dataclass(frozen=True, slots=True)
class ActorReading:
    """How one actor's value was read: its chosen periods and what they make."""

    actor: str
    periods: tuple[PeriodReading, ...]
    total: Amount | None
    parts: Mapping[Codes, Amount]
    flags: frozenset[str]


@dataclass(frozen=True, slots=True)
class Computed:
    """A figure before rounding, with everything it was made of: what an explanation opens."""

    version: Version
    material: Material
    reach: Reach
    actors: tuple[ActorReading, ...]
    answer: Answer
    parts: Mapping[Codes, Answer]
    overlaps: Standings = NOTHING_DECIDED


def reference_of(evidence: Evidence, number: int | None) -> Version:
    """The version asked for, or the one in force. Raises NotFound for one that was not adopted by then."""
    if number is None:
        return reference_version(evidence.versions, evidence.day)
    try:
        return evidence.version(number)
    except KeyError:
        raise NotFound("unknown_version", f"the indicator has no version {number}", version=number) from None


def figure(evidence: Evidence, question: Question) -> Figure:
    """The answer to `question` from `evidence`. Raises NotFound for an unknown version, Refused for an unknown dimension."""
    return figured(evidence, question)[0]


def figured(evidence: Evidence, question: Question) -> tuple[Figure, Answer]:
    """The figure, and beside it the answer before rounding, for what is computed further from it. Raises as `figure`."""
    made, computed = opened(evidence, question)
    return made, Answer(None, reason=made.reason) if computed is None else computed.answer


def opened(evidence: Evidence, question: Question) -> tuple[Figure, Computed | None]:
    """The figure with all that it was made of; None where its window has not begun. Raises as `figure`."""
    version = reference_of(evidence, question.version)
    _check_by(version.definition, question.by)
    complete = completeness(evidence, version, question.window, question.actors)
    if question.window.first_day > evidence.day:
        unstarted = Figure(version.number, None, None, None, (), (), None, (), 0, 0, complete, (), "not_started")
        return unstarted, None
    with exactly():
        computed = decided(evidence, question, version)
        return _answered(computed, question, complete), computed


def _check_by(definition: Definition, by: Codes) -> None:
    known = [dimension.code for dimension in definition.dimensions]
    for dimension in by:
        if dimension not in known:
            raise refused(
                "unknown_dimension",
                f"this version has no such dimension; it has: {', '.join(known) or 'none'}",
                suggestion=known[0] if len(known) == 1 else None,
                known=", ".join(known),
            )
    if len(set(by)) != len(by):
        raise refused("duplicate_dimension", "a dimension is named twice in `by`")


def decided(evidence: Evidence, question: Question, version: Version) -> Computed:
    """`compute`, with what was decided where the same people may be counted twice. To be called within `exactly()`."""
    return resolved(evidence, question, compute(evidence, question, version), compute)


def compute(evidence: Evidence, question: Question, version: Version) -> Computed:
    """Steps 1 to 6, exact. To be called within `exactly()`."""
    own = evidence.of_actors(question.actors)
    reach = Reach(question.window, evidence.day, version)
    restater = Restater(evidence.versions, version)
    material = gather(own, take(own.entries, own.charter.validation), restater, reach)
    actors = tuple(_read_actors(material, question.by, restater, reach))
    definition, one_asked = version.definition, question.one_asked
    totals = {reading.actor: reading.total for reading in actors if reading.total is not None}
    answer = over_actors(definition, totals, one_asked=one_asked) if actors else Answer(None, reason="no_entries")
    parts = {
        codes: over_actors(definition, {r.actor: r.parts[codes] for r in actors if codes in r.parts}, one_asked=one_asked)
        for codes in _codes_in_order(definition, question.by, actors)
    }
    return Computed(version, material, reach, actors, answer, parts)


def _read_actors(material: Material, by: Codes, restater: Restater, reach: Reach) -> list[ActorReading]:
    by_actor: dict[str, dict[Period, list[Restated]]] = {}
    for entry in material.restated:
        by_actor.setdefault(entry.actor, {}).setdefault(entry.period, []).append(entry)
    return [_read_actor(actor, by_actor[actor], by, restater, reach) for actor in sorted(by_actor)]


def _read_actor(actor: str, found: dict[Period, list[Restated]], by: Codes, restater: Restater, reach: Reach) -> ActorReading:
    definition = restater.reference.definition
    periods = tuple(
        _read_period(period, tuple(readings(found[period], restater)), by, definition)
        for period in choose_periods(found, reach)
    )
    totals, flags = [], set()
    parts: dict[Codes, list[tuple[Decimal, ...]]] = {}
    for _, ways, whole, split in periods:
        if whole is not None:
            totals.append(whole.total)
            flags |= _flags(whole, ways, definition)
        for codes, components in (split.by(by) if split else {}).items():
            parts.setdefault(codes, []).append(components)
    return ActorReading(
        actor,
        periods,
        over_time(definition, totals) if totals else None,
        {codes: over_time(definition, made) for codes, made in parts.items()},
        frozenset(flags),
    )


def _read_period(period: Period, ways: tuple[Reading, ...], by: Codes, definition: Definition) -> PeriodReading:
    return PeriodReading(period, ways, choose(ways, (), definition), choose(ways, by, definition) if by else None)


def _flags(whole: Reading, ways: tuple[Reading, ...], definition: Definition) -> set[str]:
    if definition.over_codes is OverCodes.NONE:
        return set()
    flags = set() if whole.complete else {PARTS_INCOMPLETE}
    if len({way.total for way in ways if way.complete}) > 1:
        flags.add(PARTS_DIFFER)
    return flags


def _codes_in_order(definition: Definition, by: Codes, actors: tuple[ActorReading, ...]) -> list[Codes]:
    order = {d.code: {code: place for place, code in enumerate(d.codes)} for d in definition.dimensions}
    occurring = {codes for reading in actors for codes in reading.parts}
    return sorted(occurring, key=lambda codes: [order[dimension][code] for dimension, code in zip(by, codes, strict=True)])


def _answered(computed: Computed, question: Question, complete: Completeness) -> Figure:
    definition = computed.version.definition
    return Figure(
        version=computed.version.number,
        value=_shown(computed.answer.value),
        lowest=_shown(computed.answer.lowest),
        highest=_shown(computed.answer.highest),
        by_actor=tuple(_actor_value(r.actor, r.total, definition) for r in computed.actors if r.total is not None),
        by_dimension=tuple(
            _code_value(dict(zip(question.by, codes, strict=True)), part, computed.overlaps.parts.get(codes))
            for codes, part in computed.parts.items()
        ),
        unallocated=_shown(_unallocated(computed, question.by)),
        excluded=computed.material.exclusions,
        restated=computed.material.restated_count,
        carried_forward=_carried_forward(computed),
        completeness=complete,
        flags=tuple(sorted({flag for reading in computed.actors for flag in reading.flags})),
        reason=computed.answer.reason,
        overlap=computed.overlaps.total,
    )


def _shown(value: Fraction | None) -> Decimal | None:
    return None if value is None else rounded(value)


def _actor_value(actor: str, amount: Amount, definition: Definition) -> ActorValue:
    is_interval = definition.over_actors is OverActors.DISTINCT
    return ActorValue(
        actor,
        _shown(amount.value(definition)),
        _shown(amount.lowest) if is_interval else None,
        _shown(amount.highest) if is_interval else None,
    )


def _code_value(codes: Mapping[str, str], part: Answer, overlap: Standing | None) -> CodeValue:
    return CodeValue(codes, _shown(part.value), _shown(part.lowest), _shown(part.highest), overlap)


def _unallocated(computed: Computed, by: Codes) -> Fraction | None:
    """What reached the total but no code; only where quantities add over codes, actors and time."""
    definition = computed.version.definition
    adds = (
        definition.measure is MeasureKind.QUANTITY
        and definition.over_codes is OverCodes.SUM
        and definition.over_actors is OverActors.SUM
        and definition.over_time in (OverTime.SUM, OverTime.LAST)
    )
    if not by or not adds or computed.answer.value is None:
        return None
    return computed.answer.value - sum((part.value or Fraction(0) for part in computed.parts.values()), Fraction(0))


def _carried_forward(computed: Computed) -> int:
    if not computed.reach.takes_last:
        return 0
    return sum(
        computed.reach.is_carried(reading.periods[0].period)
        for reading in computed.actors
        if reading.total is not None or reading.parts
    )
