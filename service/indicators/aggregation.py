"""Grain, over codes, over time, over actors (`MODEL.md` 4, steps 4 to 6). Exact: nothing here rounds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from statistics import median
from typing import NamedTuple

from service.indicators.restatement import Components, Restated, Restater
from service.models.indicator import Definition
from service.models.vocabulary import DenominatorOverTime, MeasureKind, OverActors, OverCodes, OverTime

PARTS_INCOMPLETE, PARTS_DIFFER = "parts_incomplete", "parts_differ_from_total"
Codes = tuple[str, ...]
"""The codes of the dimensions asked `by`, in that order; `()` is the total."""


class Landed(NamedTuple):
    """What landed on the same codes in the reference version. `components` are those of `used`, added."""

    codes: Mapping[str, str]
    components: Components
    version: int
    entries: Sequence[Restated]

    @property
    def used(self) -> list[Restated]:
        """The entries recorded under `version`, the highest of them, which replace the others."""
        return [entry for entry in self.entries if entry.version == self.version]


@dataclass(frozen=True, slots=True)
class Reading:
    """One way of reading an actor's period: the cells of one grain, as they stand in the reference version."""

    grain: frozenset[str]
    gone: frozenset[str]
    cells: tuple[Landed, ...]
    complete: bool

    @property
    def total(self) -> Components:
        """All cells added."""
        return added(cell.components for cell in self.cells)

    def by(self, dimensions: Codes) -> dict[Codes, Components]:
        """Cells added per codes of `dimensions`; cells without a place in one of them are at no code."""
        parts: dict[Codes, list[Components]] = {}
        for cell in self.cells:
            if all(dimension in cell.codes for dimension in dimensions):
                parts.setdefault(tuple(cell.codes[dimension] for dimension in dimensions), []).append(cell.components)
        return {codes: added(components) for codes, components in parts.items()}


def added(components: Iterable[Components]) -> Components:
    """Sums, component by component. At least one is given."""
    return tuple(sum(column, Decimal(0)) for column in zip(*components, strict=True))


def readings(entries: Sequence[Restated], restater: Restater) -> list[Reading]:
    """Every way of reading one actor's period, best first: complete grains, then few dimensions, then the version's order.

    Cells that land on the same codes: those recorded under the highest version replace the others, those of one version
    add. A grain is complete where the cells of one version have every code that version knew, less what went out of scope.
    """
    by_grain: dict[tuple[frozenset[str], frozenset[str]], list[Restated]] = {}
    for entry in entries:
        by_grain.setdefault((entry.grain, entry.gone), []).append(entry)
    found = [
        Reading(grain, gone, _landed(cells), _is_complete(grain, cells, restater)) for (grain, gone), cells in by_grain.items()
    ]
    definition = restater.reference.definition
    return sorted(found, key=lambda reading: (not reading.complete, grain_order(reading.grain, reading.gone, definition)))


def grain_order(grain: frozenset[str], gone: frozenset[str], definition: Definition) -> tuple[int, list[int], list[str]]:
    """What comes first among equally complete ways of reading: few dimensions, then the order of `definition`."""
    order = {dimension.code: place for place, dimension in enumerate(definition.dimensions)}
    places = sorted(len(order) if dimension in gone else order[dimension] for dimension in grain)
    # Dimensions that are gone have no place in the order any more: their names decide, so that it is one answer.
    return len(grain), places, sorted(gone)


def codes_in_order(occurring: Iterable[Codes], by: Codes, definition: Definition) -> list[Codes]:
    """Combinations of codes of the dimensions `by`, in the order of `definition`."""
    order = {d.code: {code: place for place, code in enumerate(d.codes)} for d in definition.dimensions}
    return sorted(occurring, key=lambda codes: [order[dimension][code] for dimension, code in zip(by, codes, strict=True)])


def _landed(cells: Sequence[Restated]) -> tuple[Landed, ...]:
    landed: dict[tuple[tuple[str, str], ...], list[Restated]] = {}
    for cell in cells:
        landed.setdefault(tuple(sorted(cell.codes.items())), []).append(cell)
    result = []
    for together in landed.values():
        highest = max(cell.version for cell in together)
        components = added(cell.components for cell in together if cell.version == highest)
        result.append(Landed(together[0].codes, components, highest, together))
    return tuple(result)


def _is_complete(grain: frozenset[str], cells: Sequence[Restated], restater: Restater) -> bool:
    if not grain:
        return True
    occurring: dict[int, dict[str, set[str]]] = {}
    for cell in cells:
        seen = occurring.setdefault(cell.version, {dimension: set() for dimension in grain})
        for dimension, code in cell.entry.cell:
            seen[dimension].add(code)
    return any(
        all(restater.codes_required(version, dimension) <= codes for dimension, codes in seen.items())
        for version, seen in occurring.items()
    )


def choose(found: Sequence[Reading], by: Codes, definition: Definition) -> Reading | None:
    """The reading that answers a question `by` those dimensions, or None where no grain contains them."""
    return next((reading for reading in found if answers_by(reading.grain, reading.gone, by, definition)), None)


def answers_by(grain: frozenset[str], gone: frozenset[str], by: Codes, definition: Definition) -> bool:
    """Whether what was reported by the dimensions of `grain` answers a question `by` these."""
    if definition.over_codes is OverCodes.NONE:
        return grain == frozenset(by) and not gone
    return (grain - gone).issuperset(by)


@dataclass(frozen=True, slots=True)
class Amount:
    """What one actor's periods make: components of a ratio or mean, or a quantity between `lowest` and `highest`.

    The two differ only for `distinct` over several periods: the same people may have come again.
    """

    components: tuple[Fraction, ...]
    lowest: Fraction
    highest: Fraction

    def value(self, definition: Definition) -> Fraction | None:
        """The value, or None: an interval that is no point, or nothing to divide by."""
        if definition.measure is MeasureKind.QUANTITY:
            return self.highest if self.lowest == self.highest else None
        return quotient(self.components, definition)


def quotient(components: tuple[Fraction, ...], definition: Definition) -> Fraction | None:
    """The value of a ratio's or mean's components; None where there is nothing to divide by."""
    numerator, denominator = components
    if denominator == 0:
        return None
    return Fraction(definition.factor) * numerator / denominator


def over_time(definition: Definition, periods: Sequence[Components]) -> Amount:
    """One actor's amount over its chosen periods, which come in order of their last day; at least one is given."""
    # Added as decimals, which is as exact and ten times faster than fractions.
    if definition.measure is not MeasureKind.QUANTITY:
        numerator, denominator = (Fraction(total) for total in added(periods))
        if definition.denominator_over_time is DenominatorOverTime.LAST:
            denominator = Fraction(periods[-1][1])
        return Amount((numerator, denominator), numerator, numerator)
    values = [components[0] for components in periods]
    if definition.over_time is OverTime.SUM:
        highest = Fraction(sum(values))
        lowest = Fraction(max(values)) if definition.over_actors is OverActors.DISTINCT else highest
        return Amount((highest,), lowest, highest)
    made = _of_periods(definition.over_time, values)
    return Amount((made,), made, made)


def _of_periods(how: OverTime, values: list[Decimal]) -> Fraction:
    match how:
        case OverTime.MEAN:
            return Fraction(sum(values)) / len(values)
        case OverTime.MAX:
            return Fraction(max(values))
        case OverTime.MIN:
            return Fraction(min(values))
        case _:
            return Fraction(values[-1])


@dataclass(frozen=True, slots=True)
class Answer:
    """A community's value, or the interval it lies in, or the reason why there is none. Bounds only for `distinct`."""

    value: Fraction | None
    lowest: Fraction | None = None
    highest: Fraction | None = None
    reason: str | None = None


def entering(definition: Definition, amounts: Mapping[str, Amount], *, one_asked: bool) -> Mapping[str, Amount] | str:
    """Those of the actors' amounts that make the community's, or the reason why none does. `one_asked`: see `over_actors`."""
    if definition.over_actors is OverActors.NONE and not one_asked:
        return "no_total_over_actors"
    if not amounts:
        return "no_such_grain"
    if definition.over_actors is OverActors.SINGLE and len(amounts) > 1:
        named = definition.contributors[0] if isinstance(definition.contributors, list) else ""
        return {named: amounts[named]} if named in amounts else "no_total_over_actors"
    return amounts


def over_actors(definition: Definition, found: Mapping[str, Amount], *, one_asked: bool) -> Answer:
    """The actors' amounts as one. `one_asked`: the question is about exactly one actor, whose own value it then is."""
    amounts = entering(definition, found, one_asked=one_asked)
    if isinstance(amounts, str):
        return Answer(None, reason=amounts)
    if definition.over_actors is OverActors.DISTINCT:
        lowest = max(amount.lowest for amount in amounts.values())
        highest = sum((amount.highest for amount in amounts.values()), Fraction(0))
        return Answer(highest if lowest == highest else None, lowest, highest)
    if definition.measure is not MeasureKind.QUANTITY:
        pooled = tuple(sum(column, Fraction(0)) for column in zip(*(a.components for a in amounts.values()), strict=True))
        value = quotient(pooled, definition)
        return Answer(value, reason="zero_denominator" if value is None else None)
    values = [amount.highest for amount in amounts.values()]
    return Answer(_of_quantities(definition.over_actors, values))


def _of_quantities(how: OverActors, values: list[Fraction]) -> Fraction:
    match how:
        case OverActors.MEAN:
            return sum(values, Fraction(0)) / len(values)
        case OverActors.MEDIAN:
            return Fraction(median(values))
        case OverActors.MAX:
            return max(values)
        case OverActors.MIN:
            return min(values)
        case _:
            return sum(values, Fraction(0))
