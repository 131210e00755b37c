"""A conversion factor from trials: what actors tried under a proposed definition beside what they reported under the present.

Pairs are of one actor and one period, both read as totals by the rules that a figure follows, each in its own version.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from service.indicators.aggregation import added, choose, readings
from service.indicators.evidence import Entry
from service.indicators.register import Version
from service.indicators.restatement import Components, Restated, Restater
from service.models.measure import exactly, rounded
from service.models.period import Period
from service.models.vocabulary import MeasureKind

NOT_REPORTED, NOT_COMPARABLE, NO_TOTAL, PARTS_INCOMPLETE = "not_reported", "not_comparable", "no_total", "parts_incomplete"
"""Why a trial has no part in a suggestion."""
MEASURE_CHANGES, NO_PAIRS, PRESENT_IS_ZERO = "measure_changes", "no_pairs", "present_is_zero"
"""Why there is no suggestion."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A factor over all, and the least and the most of the actors' own. None where the present sum is zero."""

    factor: Decimal | None
    lowest: Decimal | None
    highest: Decimal | None


@dataclass(frozen=True, slots=True)
class ActorPairs:
    """One actor's pairs, added: a sum for each factor (of a ratio: numerators, denominators), and its own factors."""

    actor: str
    trial: Components
    present: Components
    factors: tuple[Decimal | None, ...]
    periods: tuple[Period, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A trial of one actor and period that nothing can be set beside, and why."""

    actor: str
    period: Period
    reason: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """The suggested factor, or the two of a ratio (numerators, denominators), and what it rests on.

    `reason` says why a factor is missing; None where none is.
    """

    factors: tuple[Spread, ...]
    actors: tuple[ActorPairs, ...]
    left_out: tuple[LeftOut, ...]
    reason: str | None


def estimate(
    versions: tuple[Version, ...], present: Version, proposed: Version, counting: Iterable[Entry], trials: Sequence[Entry]
) -> Estimate:
    """What `trials` under `proposed`, the last of `versions`, suggest beside the entries `counting` now, read as `present`.

    Older entries count as far as they read in the present version's terms.
    """
    count = 2 if proposed.definition.measure is MeasureKind.RATIO else 1
    if present.definition.measure is not proposed.definition.measure:
        return Estimate((_NONE,) * count, (), (), MEASURE_CHANGES)
    with exactly():
        pairs, left_out = _pairs(
            _totals(trials, Restater(versions, proposed)), _totals(counting, Restater(versions, present)), count
        )
        actors = tuple(_of_actor(actor, found) for actor, found in sorted(pairs.items()))
        factors = tuple(_spread(actors, place) for place in range(count))
    reason = NO_PAIRS if not actors else PRESENT_IS_ZERO if any(one.factor is None for one in factors) else None
    return Estimate(factors, actors, tuple(left_out), reason)


_NONE = Spread(None, None, None)
_Place = tuple[str, Period]
_Pair = tuple[Period, Components, Components]


def _totals(entries: Iterable[Entry], restater: Restater) -> dict[_Place, Components | str]:
    """The total of each actor and period in the restater's terms, or why there is none."""
    found: dict[_Place, list[Restated]] = {}
    for entry in entries:
        read = restater.restate(entry)
        of_place = found.setdefault((entry.actor, entry.period), [])
        if not isinstance(read, str):
            of_place.append(read)
    return {place: _total(restated, restater) for place, restated in found.items()}


def _total(restated: list[Restated], restater: Restater) -> Components | str:
    if not restated:
        return NOT_COMPARABLE
    whole = choose(readings(restated, restater), (), restater.reference.definition)
    if whole is None:
        return NO_TOTAL
    return whole.total if whole.complete else PARTS_INCOMPLETE


def _pairs(
    tried: dict[_Place, Components | str], reported: dict[_Place, Components | str], count: int
) -> tuple[dict[str, list[_Pair]], list[LeftOut]]:
    pairs: dict[str, list[_Pair]] = {}
    left_out = []
    for actor, period in sorted(tried, key=lambda place: (place[0], place[1].first_day, place[1].number)):
        trial, present = tried[actor, period], reported.get((actor, period), NOT_REPORTED)
        if isinstance(trial, str) or isinstance(present, str):
            left_out.append(LeftOut(actor, period, trial if isinstance(trial, str) else str(present)))
        else:
            # Of a mean the weights stay as they are: its factor is that of the weighted sums.
            pairs.setdefault(actor, []).append((period, trial[:count], present[:count]))
    return pairs, left_out


def _of_actor(actor: str, pairs: list[_Pair]) -> ActorPairs:
    trial, present = added(trial for _, trial, _ in pairs), added(present for _, _, present in pairs)
    factors = tuple(_ratio(*sums) for sums in zip(trial, present, strict=True))
    return ActorPairs(actor, trial, present, factors, tuple(period for period, _, _ in pairs))


def _spread(actors: tuple[ActorPairs, ...], place: int) -> Spread:
    own = [factor for one in actors if (factor := one.factors[place]) is not None]
    trial = sum((one.trial[place] for one in actors), Decimal(0))
    present = sum((one.present[place] for one in actors), Decimal(0))
    return Spread(_ratio(trial, present), min(own, default=None), max(own, default=None))


def _ratio(trial: Decimal, present: Decimal) -> Decimal | None:
    return rounded(Fraction(trial) / Fraction(present)) if present else None
