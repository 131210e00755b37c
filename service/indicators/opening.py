"""A figure computed entry by entry, so that an explanation can say what became of each of them.

It is what `tally.py` makes of columns, and must come to the same figure: the tests hold the two against each other, and both
against a model of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from service.indicators.aggregation import (
    PARTS_DIFFER,
    PARTS_INCOMPLETE,
    Amount,
    Answer,
    Codes,
    Reading,
    choose,
    codes_in_order,
    over_time,
    readings,
)
from service.indicators.evidence import Evidence
from service.indicators.figure import Figure, Question, begun, figure_of, value_of
from service.indicators.register import Version
from service.indicators.restatement import Restated, Restater
from service.indicators.taking import Material, Reach, choose_periods, gather, take
from service.indicators.tally import Tally
from service.models.indicator import Definition
from service.models.measure import exactly
from service.models.period import Period
from service.models.vocabulary import OverCodes


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
    """A figure before rounding, with every entry it was made of: what an explanation opens."""

    version: Version
    material: Material
    reach: Reach
    actors: tuple[ActorReading, ...]
    answer: Answer
    parts: tuple[Codes, ...]


def opened(evidence: Evidence, question: Question) -> tuple[Figure, Computed | None]:
    """The figure with all that it was made of; None where its window has not begun. Raises as `figure`."""
    version, complete, unstarted = begun(evidence, question)
    if unstarted is not None:
        return unstarted, None
    with exactly():
        material, reach, actors = _read(evidence, question, version)
        tally = _tally(material, reach, actors, question.by)
        answer = value_of(tally, question)
        return figure_of(tally, answer, question, complete), Computed(
            version, material, reach, actors, answer, tuple(tally.parts)
        )


def _read(evidence: Evidence, question: Question, version: Version) -> tuple[Material, Reach, tuple[ActorReading, ...]]:
    """Steps 1 to 5 of `MODEL.md` 4, exact."""
    own = evidence.of_actors(question.actors)
    reach = Reach(question.window, evidence.day, version)
    restater = Restater(evidence.versions, version)
    material = gather(own, take(own.entries, own.charter.validation), restater, reach)
    return material, reach, tuple(_read_actors(material, question.by, restater, reach))


def _tally(material: Material, reach: Reach, actors: tuple[ActorReading, ...], by: Codes) -> Tally:
    occurring = {codes for reading in actors for codes in reading.parts}
    return Tally(
        version=reach.version,
        totals={reading.actor: reading.total for reading in actors if reading.total is not None},
        parts={
            codes: {reading.actor: reading.parts[codes] for reading in actors if codes in reading.parts}
            for codes in codes_in_order(occurring, by, reach.version.definition)
        },
        flags=frozenset(flag for reading in actors for flag in reading.flags),
        exclusions=material.exclusions,
        restated=material.restated_count,
        carried_forward=_carried_forward(actors, reach),
        found=bool(actors),
    )


def _carried_forward(actors: tuple[ActorReading, ...], reach: Reach) -> int:
    if not reach.takes_last:
        return 0
    return sum(reach.is_carried(reading.periods[0].period) for reading in actors if reading.total is not None or reading.parts)


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
