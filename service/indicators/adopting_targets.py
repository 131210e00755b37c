"""Setting, dropping and converting targets, in a draft of the register (`MODEL.md` 3 and 5)."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from service.indicators.draft import Draft
from service.indicators.plan import TargetSet
from service.indicators.register import KnownIndicator, SetTargetOf, Version
from service.indicators.target_rules import target_faults
from service.models.indicator import OUT_OF_SCOPE, TOTAL, Bridge, Cell
from service.models.measure import DIGITS_BEFORE, rounded
from service.models.proposal import DropTarget, ReviseIndicator, SetTarget
from service.models.target import Point, TargetTerms
from service.models.vocabulary import BridgeKind, MeasureKind


def set_target(draft: Draft, change: SetTarget) -> None:
    """Sets a target, or replaces the one of the same version, actor, cell and periods."""
    known = draft.known_indicator(change.indicator)
    version = _version_of(draft, known, change.version)
    if known is None or version is None:
        return
    terms = TargetTerms.model_construct(
        **{name: getattr(change, name) for name in TargetTerms.model_fields}
        | {"dimensions": _without_totals(change.dimensions)}
    )
    if draft.take_faults(target_faults(terms, version.definition, draft.actors)):
        return
    _put(draft, known.code, SetTargetOf(version.number, terms))


def drop_target(draft: Draft, change: DropTarget) -> None:
    """Drops the target of one version, actor, cell and periods."""
    known = draft.known_indicator(change.indicator)
    version = _version_of(draft, known, change.version)
    if known is None or version is None:
        return
    wanted = TargetTerms.model_construct(
        actor=change.actor,
        dimensions=_without_totals(change.dimensions),
        period=change.period,
        from_period=change.from_period,
        milestones=[],
    )
    for target in known.targets:
        if target.version == version.number and target.terms.key == wanted.key:
            draft.indicators[known.code] = replace(known, targets=tuple(t for t in known.targets if t is not target))
            draft.steps.append(TargetSet(known.code, version.number, target.terms, dropped=True))
            return
    draft.blame("no_such_target", "there is no target of these periods, this actor and this cell", "/period")


def _version_of(draft: Draft, known: KnownIndicator | None, number: int | None) -> Version | None:
    if known is None:
        return None
    if number is None:
        return known.versions[-1]
    version = next((version for version in known.versions if version.number == number), None)
    if version is None:
        draft.blame("unknown_version", f"the indicator has no version {number}", "/version", version=number)
    return version


def _without_totals(dimensions: dict[str, str] | None) -> dict[str, str] | None:
    return {dimension: code for dimension, code in (dimensions or {}).items() if code != TOTAL} or None


def _put(draft: Draft, indicator: str, target: SetTargetOf, converted_from: SetTargetOf | None = None) -> None:
    known = draft.indicators[indicator]
    # Actors are compared first: a proposal may set thousands of targets, and their keys are dear to make.
    actor, key = target.terms.actor, (target.version, target.terms.key)
    kept = tuple(t for t in known.targets if t.terms.actor != actor or (t.version, t.terms.key) != key)
    draft.indicators[indicator] = replace(known, targets=(*kept, target))
    draft.steps.append(TargetSet(indicator, target.version, target.terms, dropped=False, converted_from=converted_from))


def carry_targets_over(draft: Draft, change: ReviseIndicator, before: Version, after: Version) -> None:
    """What becomes of the older version's targets: converted, dropped in words or set anew; else `targets_left_behind`."""
    older = [target.terms for target in draft.indicators[change.indicator].targets if target.version == before.number]
    anew = {
        _subject(other)
        for other in draft.changes
        if isinstance(other, SetTarget | DropTarget) and other.indicator == change.indicator
    }
    left = [terms for terms in older if (terms.actor, terms.cell) not in anew]
    if change.targets == "drop" or not left:
        return
    if change.targets is None:
        draft.blame(
            "targets_left_behind",
            f"{len(left)} targets of version {before.number} would be left behind: say `convert` or `drop`, or set them anew",
            "/targets",
            suggestion="drop" if change.bridge.kind is BridgeKind.BREAK else "convert",
            count=len(left),
            version=before.number,
        )
        return
    if change.bridge.kind is BridgeKind.BREAK:
        draft.blame(
            "targets_cannot_convert",
            "across a break nothing can be converted: set them anew or drop them",
            "/targets",
            suggestion="drop",
        )
        return
    for terms in left:
        _convert(draft, change, terms, before, after)


def _subject(change: SetTarget | DropTarget) -> tuple[str | None, Cell]:
    return change.actor, tuple(sorted((_without_totals(change.dimensions) or {}).items()))


def _convert(draft: Draft, change: ReviseIndicator, terms: TargetTerms, before: Version, after: Version) -> None:
    dimensions = _restated_cell(terms, change.bridge, after)
    if dimensions is None:
        draft.blame(
            "target_without_place",
            f"the target for {dict(terms.cell)} has no place in the new version: drop it or set it anew",
            "/targets",
            suggestion="drop",
        )
        return

    def value(given: Decimal | None) -> Decimal | None:
        return None if given is None else _restated_value(given, change.bridge, before, after)

    def point(given: Point) -> Point:
        return Point.model_construct(period=given.period, value=_restated_value(given.value, change.bridge, before, after))

    minimum, maximum = value(terms.minimum), value(terms.maximum)
    if minimum is not None and maximum is not None and minimum > maximum:
        minimum, maximum = maximum, minimum
    restated = TargetTerms.model_construct(
        actor=terms.actor,
        dimensions=dimensions or None,
        period=terms.period,
        from_period=terms.from_period,
        value=value(terms.value),
        minimum=minimum,
        maximum=maximum,
        baseline=None if terms.baseline is None else point(terms.baseline),
        milestones=[point(milestone) for milestone in terms.milestones],
    )
    figures = [restated.value, minimum, maximum, *(p.value for p in restated.milestones)]
    if any(given is not None and abs(given) >= 10**DIGITS_BEFORE for given in figures):
        draft.blame("measure_too_long", "a converted target would have more than 26 digits before the point", "/bridge")
    elif not draft.take_faults(target_faults(restated, after.definition, draft.actors), "/targets"):
        _put(draft, change.indicator, SetTargetOf(after.number, restated), SetTargetOf(before.number, terms))


def _restated_cell(terms: TargetTerms, bridge: Bridge, after: Version) -> dict[str, str] | None:
    """The cell in the new version's codes; None where a code of it has no place there."""
    known = {dimension.code: dimension.codes for dimension in after.definition.dimensions}
    restated: dict[str, str] = {}
    for dimension, code in terms.cell:
        landed = ((bridge.code_map or {}).get(dimension) or {}).get(code, code)
        if landed is None or landed == OUT_OF_SCOPE or landed not in known.get(dimension, []):
            return None
        restated[dimension] = landed
    return restated


def _restated_value(given: Decimal, bridge: Bridge, before: Version, after: Version) -> Decimal:
    """A target in the new version's terms, to the 12 decimals that a measure keeps.

    A ratio is seen through its factor: doubling numerators doubles it, doubling denominators halves it, and a percent that
    becomes a per mille is ten times the number.
    """
    exact = Fraction(given)
    if after.definition.measure is MeasureKind.RATIO:
        exact *= Fraction(bridge.numerator_factor or 1) / Fraction(bridge.denominator_factor or 1)
        exact *= Fraction(after.definition.factor) / Fraction(before.definition.factor)
    else:
        exact = exact * Fraction(1 if bridge.factor is None else bridge.factor) + Fraction(bridge.offset or 0)
    return rounded(exact)
