"""What an objective's attainment is made of (`MODEL.md` 5): its children with their parts, and why some are left out.

Parts are exact: those of an objective's children add up to its attainment, and those of all indicators below to the whole.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from service.indicators.objective import Leaf, Node, Part, Standing, parts_of, standing
from service.indicators.register import KnownIndicator, KnownObjective, Register

NO_CHILDREN, NOTHING_ATTAINED, WEIGHTLESS = "no_children", "nothing_attained", "weightless"
"""Why an objective has no attainment: nothing hangs under it, nothing there has one, nothing that has one weighs anything."""


class Attained(NamedTuple):
    """Where an indicator stands: its attainment, never held to 0…1, and why it has none (None where it has)."""

    attainment: Fraction | None
    status: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class ExplainedChild:
    """One child of an objective; `objective` or `indicator` is its code.

    `attainment` is its own: an indicator's may lie outside 0…1. `share` and `part`: see `objective.Part`; `part_of_whole` is
    its part in the attainment of the objective that was asked for. All three None: it is left out, `reason` says why.
    """

    objective: str | None
    indicator: str | None
    weight: Decimal
    attainment: Fraction | None
    coverage: Fraction
    share: Fraction | None
    part: Fraction | None
    part_of_whole: Fraction | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class ExplainedObjective:
    """An objective with its children, objectives before indicators, as they were made. `reason`: why it has no attainment."""

    code: str
    standing: Standing
    reason: str | None
    children: tuple[ExplainedChild, ...]


def indicators_below(register: Register, objective: str) -> list[str]:
    """The codes of the indicators under an objective at any depth, less those retired."""
    own = [known.code for known in _indicators(register, objective)]
    return own + [code for child in _objectives(register, objective) for code in indicators_below(register, child.code)]


def explain_objective(register: Register, objective: str, attained: Mapping[str, Attained]) -> list[ExplainedObjective]:
    """The objective and all below it, parents before children. `attained` holds every indicator below."""
    return list(_explained(register, objective, attained, Fraction(1)))


def _objectives(register: Register, parent: str) -> list[KnownObjective]:
    below = [known for known in register.objectives.values() if known.parent == parent and not known.removed]
    return sorted(below, key=lambda known: known.number)


def _indicators(register: Register, objective: str) -> list[KnownIndicator]:
    below = [known for known in register.indicators.values() if known.objective == objective and not known.retired]
    return sorted(below, key=lambda known: known.number)


def _nodes(register: Register, objective: str, attained: Mapping[str, Attained]) -> tuple[Leaf | Node, ...]:
    return (
        *(Node(known.weight, _nodes(register, known.code, attained)) for known in _objectives(register, objective)),
        *(
            Leaf(known.weight, attained[known.code].attainment, attained[known.code].status)
            for known in _indicators(register, objective)
        ),
    )


def _explained(
    register: Register, objective: str, attained: Mapping[str, Attained], of_whole: Fraction | None
) -> Iterator[ExplainedObjective]:
    """`of_whole`: the share of this objective in the one asked for; None where it, or one above it, is left out."""
    nodes = _nodes(register, objective, attained)
    stands, parts = standing(nodes), parts_of(nodes)
    below: list[KnownObjective | KnownIndicator] = [*_objectives(register, objective), *_indicators(register, objective)]
    children = [_child(known, node, part, attained, of_whole) for known, node, part in zip(below, nodes, parts, strict=True)]
    yield ExplainedObjective(objective, stands, _reason(nodes), tuple(children))
    for child, part in zip(_objectives(register, objective), parts, strict=False):
        share = None if of_whole is None or part.share is None else of_whole * part.share
        yield from _explained(register, child.code, attained, share)


def _child(
    known: KnownObjective | KnownIndicator,
    node: Leaf | Node,
    part: Part,
    attained: Mapping[str, Attained],
    of_whole: Fraction | None,
) -> ExplainedChild:
    is_indicator = isinstance(known, KnownIndicator)
    if part.share is not None:
        reason = None
    elif part.own.attainment is not None:
        reason = WEIGHTLESS
    else:
        reason = attained[known.code].reason if isinstance(node, Leaf) else _reason(node.children)
    return ExplainedChild(
        objective=None if is_indicator else known.code,
        indicator=known.code if is_indicator else None,
        weight=known.weight,
        attainment=attained[known.code].attainment if is_indicator else part.own.attainment,
        coverage=part.own.coverage,
        share=part.share,
        part=part.part,
        part_of_whole=None if of_whole is None or part.part is None else of_whole * part.part,
        reason=reason,
    )


def _reason(children: tuple[Leaf | Node, ...]) -> str | None:
    """Why an objective with these children has no attainment; None where it has one."""
    if not children:
        return NO_CHILDREN
    parts = parts_of(children)
    if all(part.own.attainment is None for part in parts):
        return NOTHING_ATTAINED
    return WEIGHTLESS if all(part.share is None for part in parts) else None
