"""Whose target a question is about (`MODEL.md` 5): the community's own, else the sum of the actors', else none."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from service.indicators.completeness import contributors_of
from service.indicators.evidence import Evidence
from service.indicators.register import Version
from service.indicators.target_rules import window_asked
from service.models.measure import exactly
from service.models.period import Window
from service.models.target import Point, TargetTerms
from service.models.vocabulary import MeasureKind, OverActors


@dataclass(frozen=True, slots=True)
class Aim:
    """What is aimed at, and how it came about.

    `terms` None: there is no target, and `reason` says why (`no_target`, `targets_incomplete`). `window` is then still
    that of the actors' targets, where some have one. `targets_set` of `targets_expected` contributors have a target for it
    and `targets_sum` adds those up, None where values do not add over actors; 0, 0 and None for the community's own.
    """

    terms: TargetTerms | None
    window: Window | None
    reason: str | None
    targets_set: int = 0
    targets_expected: int = 0
    targets_sum: Decimal | None = None


def aim_of(evidence: Evidence, version: Version, actor: str | None, day: date) -> Aim:
    """The target that a question about `day` is judged by: an actor's own, or the community's."""
    totals = [target.terms for target in evidence.targets if target.version == version.number and not target.terms.cell]
    own = _nearest([terms for terms in totals if terms.actor == actor], day)
    of_actors = [terms for terms in totals if terms.actor is not None]
    if actor is not None:
        return Aim(own, own.window, None) if own else Aim(None, None, "no_target")
    if own is not None and (own.baseline is not None or not _adds(version)):
        return Aim(own, own.window, None)
    if own is not None:
        return Aim(_with_baseline(own, evidence, version, of_actors), own.window, None)
    if not of_actors:
        return Aim(None, None, "no_target")
    return _summed(evidence, version, of_actors, day)


def _adds(version: Version) -> bool:
    """Whether values are summed over actors: pooled ratios and means are not, and their targets cannot be added."""
    return version.definition.measure is MeasureKind.QUANTITY and version.definition.over_actors is OverActors.SUM


def _nearest(targets: list[TargetTerms], day: date) -> TargetTerms | None:
    window = window_asked((terms.window for terms in targets), day)
    return next((terms for terms in targets if terms.window == window), None)


def _expected(evidence: Evidence, version: Version, window: Window) -> list[str]:
    return [
        actor
        for actor in contributors_of(evidence, version)
        if evidence.members[actor].belongs_in(window.first_day, window.last_day)
    ]


def _summed(evidence: Evidence, version: Version, of_actors: list[TargetTerms], day: date) -> Aim:
    window = window_asked((terms.window for terms in of_actors), day)
    assert window is not None
    theirs = {terms.actor: terms for terms in of_actors if terms.window == window}
    expected = _expected(evidence, version, window)
    having = [actor for actor in expected if actor in theirs]
    if not _adds(version):
        return Aim(None, window, "targets_incomplete", len(having), len(expected))
    with exactly():
        values = [terms.value for terms in theirs.values() if terms.value is not None]
        bounds = [(terms.minimum, terms.maximum) for terms in theirs.values()]
        total = sum(values, Decimal(0)) if values else None
        if not expected or len(having) < len(expected):
            return Aim(None, window, "targets_incomplete", len(having), len(expected), total)
        named = [theirs[actor] for actor in expected]
        first = named[0]
        is_range = all(minimum is not None and maximum is not None for minimum, maximum in bounds)
        summed = TargetTerms(
            period=first.period,
            from_period=first.from_period,
            value=None if is_range else sum((terms.value or Decimal(0) for terms in named), Decimal(0)),
            minimum=sum((terms.minimum or Decimal(0) for terms in named), Decimal(0)) if is_range else None,
            maximum=sum((terms.maximum or Decimal(0) for terms in named), Decimal(0)) if is_range else None,
            baseline=_summed_baseline(named),
        )
    return Aim(summed, window, None, len(having), len(expected), summed.value)


def _summed_baseline(named: list[TargetTerms]) -> Point | None:
    baselines = [terms.baseline for terms in named if terms.baseline is not None]
    if len(baselines) < len(named) or len({point.period for point in baselines}) != 1:
        return None
    return Point.model_construct(period=baselines[0].period, value=sum((point.value for point in baselines), Decimal(0)))


def _with_baseline(own: TargetTerms, evidence: Evidence, version: Version, of_actors: list[TargetTerms]) -> TargetTerms:
    """The community's own target; without a baseline of its own, with the sum of the actors' if every contributor has one."""
    theirs = {terms.actor: terms for terms in of_actors if terms.window == own.window}
    expected = _expected(evidence, version, own.window)
    if not expected or any(actor not in theirs for actor in expected):
        return own
    with exactly():
        return own.model_copy(update={"baseline": _summed_baseline([theirs[actor] for actor in expected])})
