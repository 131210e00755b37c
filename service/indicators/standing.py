"""Where one actor stands among the others, told without telling what any of them reported."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from service.indicators.aggregation import Codes
from service.indicators.entrywise import read
from service.indicators.evidence import Evidence
from service.indicators.figure import Question, reference_of
from service.models.measure import exactly, rounded
from service.models.vocabulary import Direction

FEWEST_RANKED = 5
"""Among how many actors a rank and quartiles are told at least."""


@dataclass(frozen=True, slots=True)
class RankAmong:
    """An actor's rank among those that have a value, and the quartiles of their values, rounded to 12 decimals.

    `rank` None: the actor has no value, or neither more nor less is better.
    """

    rank: int | None
    of: int
    quartiles: tuple[Decimal, Decimal, Decimal]


def rank_among(values: Mapping[str, Decimal], actor: str, direction: Direction) -> RankAmong | None:
    """Where `actor` stands among those whose `values` these are, the best first; None where they are fewer than five."""
    if len(values) < FEWEST_RANKED:
        return None
    ordered = sorted(values.values())
    rank = None
    if actor in values and direction is not Direction.MAINTAIN:
        sign = 1 if direction is Direction.INCREASE else -1
        rank = 1 + sum(sign * value > sign * values[actor] for value in ordered)
    first, median, third = (_quantile(ordered, Fraction(part, 4)) for part in (1, 2, 3))
    return RankAmong(rank, len(ordered), (first, median, third))


def _quantile(ordered: list[Decimal], share: Fraction) -> Decimal:
    """The value at `share` of the way from the first to the last, on the straight line between the two next to it."""
    way = share * (len(ordered) - 1)
    place = int(way)
    low, high = Fraction(ordered[place]), Fraction(ordered[min(place + 1, len(ordered) - 1)])
    return rounded(low + (way - place) * (high - low))


@dataclass(frozen=True, slots=True)
class Resting:
    """The actors that a figure's numbers rest on: its total, those at each of the codes asked `by`, and what is at none."""

    total: frozenset[str]
    parts: Mapping[Codes, frozenset[str]]
    unallocated: frozenset[str]


def resting(evidence: Evidence, question: Question) -> Resting:
    """On whom the numbers of a figure rest. Raises as `figure`, which is asked before."""
    version = reference_of(evidence, question.version)
    if question.window.first_day > evidence.day:
        return Resting(frozenset(), {}, frozenset())
    with exactly():
        readings = read(evidence, version, question.window, question.by, question.actors).actors
    parts: dict[Codes, set[str]] = {}
    left = set()
    for reading in readings:
        for codes in reading.parts:
            parts.setdefault(codes, set()).add(reading.actor)
        own = sum((part.highest for part in reading.parts.values()), Fraction(0))
        if reading.total is not None and own != reading.total.highest:
            left.add(reading.actor)
    total = frozenset(reading.actor for reading in readings if reading.total is not None)
    return Resting(total, {codes: frozenset(actors) for codes, actors in parts.items()}, frozenset(left))


def withheld(parts: Mapping[Codes | None, frozenset[str]], own: str, fewest: int) -> set[Codes | None]:
    """Which of a total's parts (None: what is at no code) may not be told beside it to `own`, who sees its own ones.

    Those that rest on fewer than `fewest` actors, and as many more as it takes for what is withheld to rest on so many.
    """
    kept = {codes for codes, actors in parts.items() if actors and is_few(actors, own, fewest)}
    others = sorted((codes for codes in parts if codes not in kept and not parts[codes] <= {own}), key=_by_size(parts))
    while kept and others and len({actor for codes in kept for actor in parts[codes]}) < fewest:
        kept.add(others.pop(0))
    return kept


def is_few(actors: Collection[str], own: str, fewest: int) -> bool:
    """Whether a number may not be told to `own` since it rests on fewer than `fewest` actors, and not on itself alone."""
    return 0 < len(actors) < fewest and set(actors) != {own}


def _by_size(parts: Mapping[Codes | None, frozenset[str]]) -> Callable[[Codes | None], tuple[object, ...]]:
    return lambda codes: (len(parts[codes]), codes is None, codes or ())
