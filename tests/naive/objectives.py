"""MODEL.md 5 on objectives, naively: what a bare tree of weights and attainments makes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

Child = Mapping[str, Any]
"""`weight`, and either `attainment` (a number, its text, or None) or `children`."""


@dataclass(frozen=True)
class Standing:
    """An objective's figures. `attainment` None: no child has one."""

    attainment: Fraction | None
    coverage: Fraction
    lowest: Fraction
    highest: Fraction


def standing(children: Sequence[Child]) -> Standing:
    """Attainments weigh among the children that have one; the other three among all of them."""
    weights = [Fraction(str(child["weight"])) for child in children]
    own = [_of(child) for child in children]
    known = [(weight, each.attainment) for weight, each in zip(weights, own, strict=True) if each.attainment is not None]
    known_weight = sum(weight for weight, _ in known)
    all_weight = sum(weights)
    if all_weight == 0:
        # Nothing weighs anything: nothing is known.
        return Standing(None, Fraction(0), Fraction(0), Fraction(1))
    return Standing(
        attainment=sum((weight * a for weight, a in known), Fraction(0)) / known_weight if known_weight else None,
        coverage=sum((w * each.coverage for w, each in zip(weights, own, strict=True)), Fraction(0)) / all_weight,
        lowest=sum((w * each.lowest for w, each in zip(weights, own, strict=True)), Fraction(0)) / all_weight,
        highest=sum((w * each.highest for w, each in zip(weights, own, strict=True)), Fraction(0)) / all_weight,
    )


def _of(child: Child) -> Standing:
    if "children" in child:
        return standing(child["children"])
    if child["attainment"] is None:
        return Standing(None, Fraction(0), Fraction(0), Fraction(1))
    held = min(max(Fraction(str(child["attainment"])), Fraction(0)), Fraction(1))
    return Standing(held, Fraction(1), held, held)
