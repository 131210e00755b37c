"""Whose part of a whole is how large (`MODEL.md` 4, steps 5 and 6): shares that, times what they are of, add up to it."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from service.indicators.aggregation import Amount
from service.indicators.restatement import Components
from service.models.indicator import Definition
from service.models.vocabulary import DenominatorOverTime, MeasureKind, OverActors, OverTime

_ALL, _NONE = Fraction(1), Fraction(0)


def shares_over_time(definition: Definition, periods: Sequence[Components]) -> list[tuple[Fraction, ...]]:
    """How much of each component of one actor's periods is in its amount, as `over_time` makes it of the same periods.

    Of several periods that are the largest, or the smallest, the first one has it all. For `distinct` the shares make
    `highest`.
    """
    count = len(periods)
    if not periods:
        return []
    if definition.measure is not MeasureKind.QUANTITY:
        only_last = definition.denominator_over_time is DenominatorOverTime.LAST
        return [(_ALL, _NONE if only_last and place < count - 1 else _ALL) for place in range(count)]
    values = [components[0] for components in periods]
    match definition.over_time:
        case OverTime.SUM:
            return [(_ALL,)] * count
        case OverTime.MEAN:
            return [(Fraction(1, count),)] * count
        case OverTime.LAST:
            chosen = count - 1
        case OverTime.MAX:
            chosen = values.index(max(values))
        case OverTime.MIN:
            chosen = values.index(min(values))
    return [(_ALL if place == chosen else _NONE,) for place in range(count)]


def shares_over_actors(definition: Definition, amounts: Mapping[str, Amount]) -> dict[str, Fraction]:
    """How much of each actor's amount is in the community's, given those `entering` it; for `distinct`, in `highest`.

    A median lies on one actor's value or half on each of two. Of several alike, the first by code has it.
    """
    actors = sorted(amounts)
    if definition.measure is not MeasureKind.QUANTITY:
        return dict.fromkeys(actors, _ALL)
    by_value = sorted(actors, key=lambda actor: amounts[actor].highest)
    middle = {by_value[(len(actors) - 1) // 2], by_value[len(actors) // 2]}
    match definition.over_actors:
        case OverActors.MEAN:
            return dict.fromkeys(actors, Fraction(1, len(actors)))
        case OverActors.MEDIAN:
            return {actor: Fraction(1, len(middle)) if actor in middle else _NONE for actor in actors}
        case OverActors.MIN:
            return dict.fromkeys(actors, _NONE) | {by_value[0]: _ALL}
        case OverActors.MAX:
            largest = max(amount.highest for amount in amounts.values())
            first = next(actor for actor in actors if amounts[actor].highest == largest)
            return dict.fromkeys(actors, _NONE) | {first: _ALL}
        case _:
            return dict.fromkeys(actors, _ALL)
