"""Which entries make a number, each with its coefficient: what somebody knows of them who is told the number."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations

from service.indicators.aggregation import Codes, Landed, Reading
from service.indicators.entrywise import ActorReading
from service.indicators.evidence import Entry
from service.indicators.register import Version
from service.indicators.span import Vector, added, scaled
from service.models.indicator import Definition
from service.models.vocabulary import BridgeKind, DenominatorOverTime, MeasureKind, OverTime

Makeup = tuple[Vector, ...]
"""A number's make-up, component by component: one of a quantity, numerator and denominator (weight) of a ratio or mean.

The unknowns are tuples that begin with the actor: one entry's component, or of a yearly `max` or `min` what stands for it.
"""


def makeups(
    reading: ActorReading, by: Codes, definition: Definition, versions: Sequence[Version], number: int
) -> dict[Codes, Makeup]:
    """What one actor's amounts are made of, at each of the codes asked `by`, in the terms of version `number`."""
    found: dict[Codes, list[Makeup]] = {}
    for period in reading.periods:
        way = period.split if by else period.whole
        landed: dict[Codes, list[Landed]] = {}
        for cell in way.cells if way is not None else ():
            if all(dimension in cell.codes for dimension in by):
                landed.setdefault(tuple(cell.codes[dimension] for dimension in by), []).append(cell)
        for codes, cells in landed.items():
            found.setdefault(codes, []).append(_of_cells(cells, definition, versions, number))
    return {codes: _over_time(definition, periods) for codes, periods in found.items()}


def relations(reading: ActorReading, definition: Definition, versions: Sequence[Version], number: int) -> Iterator[Vector]:
    """What two ways of reporting the same thing have in common: where they agree, one follows from the other for everybody."""
    for period in reading.periods:
        for one, other in combinations(period.ways, 2):
            common = tuple(sorted((one.grain - one.gone) & (other.grain - other.gone)))
            for dimensions in {common, ()}:
                yield from _agreeing(one, other, dimensions, definition, versions, number)


def _agreeing(
    one: Reading, other: Reading, dimensions: Codes, definition: Definition, versions: Sequence[Version], number: int
) -> Iterator[Vector]:
    theirs = other.by(dimensions)
    for codes, components in one.by(dimensions).items():
        if theirs.get(codes) == components:
            sides = [
                _of_cells(
                    [cell for cell in way.cells if all(cell.codes.get(d) == c for d, c in zip(dimensions, codes, strict=True))],
                    definition,
                    versions,
                    number,
                )
                for way in (one, other)
            ]
            for left, right in zip(*sides, strict=True):
                yield added((left, scaled(right, Fraction(-1))))


def _of_cells(cells: Iterable[Landed], definition: Definition, versions: Sequence[Version], number: int) -> Makeup:
    single = [_of_entry(restated.entry, definition.measure, versions, number) for cell in cells for restated in cell.used]
    return tuple(added(column) for column in zip(*single, strict=True))


def _of_entry(entry: Entry, measure: MeasureKind, versions: Sequence[Version], number: int) -> Makeup:
    """What the bridges make of an entry. Offsets of quantities are the same for everybody, and no secret."""
    own = (entry.actor, entry.period, entry.cell, entry.journal)
    bridges = [one.bridge for one in versions if entry.version < one.number <= number and one.bridge is not None]
    conversions = [bridge for bridge in bridges if bridge.kind is BridgeKind.CONVERSION]
    first, second, offset = Fraction(1), Fraction(1), Fraction(0)
    for bridge in conversions:
        if measure is MeasureKind.RATIO:
            first *= Fraction(1 if bridge.numerator_factor is None else bridge.numerator_factor)
            second *= Fraction(1 if bridge.denominator_factor is None else bridge.denominator_factor)
        else:
            factor = Fraction(1 if bridge.factor is None else bridge.factor)
            first, offset = first * factor, offset * factor + Fraction(bridge.offset or 0)
    if measure is MeasureKind.QUANTITY:
        return ({(*own, 0): first} if first else {},)
    top = {(*own, 0): first, (*own, 1): offset if measure is MeasureKind.MEAN else Fraction(0)}
    return {unknown: value for unknown, value in top.items() if value}, {(*own, 1): second} if second else {}


def _over_time(definition: Definition, periods: Sequence[Makeup]) -> Makeup:
    if definition.measure is not MeasureKind.QUANTITY:
        last_only = definition.denominator_over_time is DenominatorOverTime.LAST
        below = periods[-1][1] if last_only else added(period[1] for period in periods)
        return added(period[0] for period in periods), below
    single = [period[0] for period in periods]
    if len(single) == 1 or definition.over_time is OverTime.LAST:
        return (single[-1],)
    if definition.over_time is OverTime.SUM:
        return (added(single),)
    if definition.over_time is OverTime.MEAN:
        return (scaled(added(single), Fraction(1, len(single))),)
    # Which of them is the largest is not told: an unknown of its own.
    actor = next((unknown[0] for vector in single for unknown in vector if isinstance(unknown, tuple)), None)
    return ({(actor, definition.over_time, frozenset(frozenset(vector.items()) for vector in single)): Fraction(1)},)
