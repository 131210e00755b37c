"""MODEL.md 5, "whose target", naively: the community's own, else the sum of the actors', else none."""

from collections.abc import Iterable
from decimal import Context, Decimal

from service.indicators.evidence import Evidence
from service.indicators.register import Version
from service.models.target import Point, TargetTerms
from tests.naive.dues import contributors

WIDE = Context(prec=1_000)


def aim(evidence: Evidence, version: Version, actor: str | None) -> TargetTerms | None:
    """The target of the total. All targets in `evidence` are taken to be for one and the same window.

    Which of several windows a question is about is no matter of this model: MODEL.md does not say.
    """
    of_version = [target.terms for target in evidence.targets if target.version == version.number and not target.terms.cell]
    own = [terms for terms in of_version if terms.actor == actor]
    theirs = {terms.actor: terms for terms in of_version if terms.actor is not None}
    if actor is not None:
        return own[0] if own else None
    parts = everybodys(evidence, version, theirs)
    if own:
        if own[0].baseline is not None or parts is None:
            return own[0]
        return own[0].model_copy(update={"baseline": summed_baseline(parts)})
    if parts is None:
        return None
    return parts[0].model_copy(
        update={
            "actor": None,
            "milestones": [],
            "value": None if parts[0].value is None else summed(terms.value for terms in parts),
            "minimum": None if parts[0].minimum is None else summed(terms.minimum for terms in parts),
            "maximum": None if parts[0].maximum is None else summed(terms.maximum for terms in parts),
            "baseline": summed_baseline(parts),
        }
    )


def everybodys(evidence: Evidence, version: Version, theirs: dict[str, TargetTerms]) -> list[TargetTerms] | None:
    """Every contributor's target, where values are summed over actors and every contributor has one."""
    if version.definition.measure != "quantity" or version.definition.over_actors != "sum":
        return None
    # Who is out on every day of the window has nothing to reach in it, whatever was agreed with it before.
    bound = [
        actor
        for actor in sorted(contributors(evidence, version))
        if not any(was_out(evidence, actor, terms) for terms in theirs.values())
    ]
    return [theirs[actor] for actor in bound] if bound and theirs.keys() >= set(bound) else None


def was_out(evidence: Evidence, actor: str, terms: TargetTerms) -> bool:
    """Whether the actor was no member on any day of the target's window."""
    member = evidence.members[actor]
    joined_after = member.joined is not None and member.joined > terms.window.last_day
    return joined_after or (member.left is not None and member.left < terms.window.first_day)


def summed_baseline(parts: list[TargetTerms]) -> Point | None:
    """The sum of the actors' baselines, if every contributor has one for the same period."""
    points = [terms.baseline for terms in parts if terms.baseline is not None]
    if len(points) < len(parts) or len({point.period for point in points}) > 1:
        return None
    # A sum may be longer than a measure, which is what a Point that is built the usual way holds.
    return Point.model_construct(period=points[0].period, value=summed(point.value for point in points))


def summed(numbers: Iterable[Decimal | None]) -> Decimal:
    """The exact sum."""
    total = Decimal(0)
    for number in numbers:
        assert number is not None
        total = WIDE.add(total, number)
    return total
