"""The tree above the indicators (`MODEL.md` 5): attainment, its coverage and bounds, and how many are on track."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from service.indicators.attainment import ACHIEVED, ON_TRACK
from service.indicators.register import Register
from service.models.measure import rounded


@dataclass(frozen=True, slots=True)
class Leaf:
    """An indicator under an objective. `attainment` None: it has none."""

    weight: Decimal
    attainment: Fraction | Decimal | None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """An objective under an objective, with its own children."""

    weight: Decimal
    children: tuple["Leaf | Node", ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an objective stands; shares between 0 and 1, rounded to 12 decimals.

    `attainment` None: no child has one. `coverage` is the share of the weight that is known; the true attainment of the
    whole lies between `lowest` and `highest`.
    """

    attainment: Decimal | None
    coverage: Decimal
    lowest: Decimal
    highest: Decimal
    on_track_count: int
    indicator_count: int


@dataclass(frozen=True, slots=True)
class Exact:
    """A standing before rounding. Of an indicator: its attainment held to 0…1, or nothing known."""

    attainment: Fraction | None
    coverage: Fraction
    lowest: Fraction
    highest: Fraction
    on_track_count: int
    indicator_count: int


def standing(children: Sequence[Leaf | Node]) -> Standing:
    """The standing of an objective over its children. Each child's attainment is held to 0…1, so that 200 % never hides 0 %."""
    exact = _over(children)
    return Standing(
        attainment=None if exact.attainment is None else rounded(exact.attainment),
        coverage=rounded(exact.coverage),
        lowest=rounded(exact.lowest),
        highest=rounded(exact.highest),
        on_track_count=exact.on_track_count,
        indicator_count=exact.indicator_count,
    )


class Part(NamedTuple):
    """What a child brings to its objective. `share` is its weight over the weights of those that have an attainment, `part`
    its share times its attainment held to 0…1: the parts add up to the objective's. Both None: it is left out, or nothing
    that has an attainment weighs anything."""

    own: Exact
    share: Fraction | None
    part: Fraction | None


def parts_of(children: Sequence[Leaf | Node]) -> list[Part]:
    """What each child brings, in their order."""
    found = [(Fraction(child.weight), _of(child)) for child in children]
    known_weight = sum((weight for weight, own in found if own.attainment is not None), Fraction(0))
    return [
        Part(own, None, None)
        if own.attainment is None or not known_weight
        else Part(own, weight / known_weight, weight / known_weight * own.attainment)
        for weight, own in found
    ]


def _of(child: Leaf | Node) -> Exact:
    if isinstance(child, Node):
        return _over(child.children)
    on_track = int(child.status in (ON_TRACK, ACHIEVED))
    if child.attainment is None:
        return Exact(None, Fraction(0), Fraction(0), Fraction(1), on_track, 1)
    held = min(max(Fraction(child.attainment), Fraction(0)), Fraction(1))
    return Exact(held, Fraction(1), held, held, on_track, 1)


def _over(children: Sequence[Leaf | Node]) -> Exact:
    found = [(Fraction(child.weight), _of(child)) for child in children]
    known = [(weight, exact.attainment) for weight, exact in found if exact.attainment is not None]
    known_weight = sum((weight for weight, _ in known), Fraction(0))
    total = sum((weight for weight, _ in found), Fraction(0))

    def mean(measure: Callable[[Exact], Fraction], without: Fraction) -> Fraction:
        return sum((weight * measure(exact) for weight, exact in found), Fraction(0)) / total if total else without

    return Exact(
        attainment=sum((weight * value for weight, value in known), Fraction(0)) / known_weight if known_weight else None,
        coverage=mean(lambda exact: exact.coverage, Fraction(0)),
        lowest=mean(lambda exact: exact.lowest, Fraction(0)),
        highest=mean(lambda exact: exact.highest, Fraction(1)),
        on_track_count=sum(exact.on_track_count for _, exact in found),
        indicator_count=sum(exact.indicator_count for _, exact in found),
    )


def standings(register: Register, attained: Mapping[str, tuple[Fraction | None, str]]) -> dict[str, Standing]:
    """The standing of every objective in the tree, from each indicator's attainment and status.

    Retired indicators and removed objectives are out of it. `attained` holds every indicator that is not retired.
    """
    return {
        code: standing(_children(register, code, attained)) for code, node in register.objectives.items() if not node.removed
    }


def _children(
    register: Register, objective: str, attained: Mapping[str, tuple[Fraction | None, str]]
) -> tuple[Leaf | Node, ...]:
    below: list[Leaf | Node] = [
        Node(node.weight, _children(register, code, attained))
        for code, node in sorted(register.objectives.items())
        if node.parent == objective and not node.removed
    ]
    below += [
        Leaf(known.weight, *attained[code])
        for code, known in sorted(register.indicators.items())
        if known.objective == objective and not known.retired
    ]
    return tuple(below)
