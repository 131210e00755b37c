"""Targets in force: the community's and its actors'."""

from collections.abc import Iterable
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field

from service.api.identity import READ
from service.api.naming import actor_in_query, indicator_in_path, period_asked, period_in
from service.api.paging import PageAsked, Paged, page
from service.api.publication import Publications, reads_published
from service.api.published_progress import shown_targets
from service.api.routing import Resource
from service.api.transaction import Asking, AskingContext
from service.indicators.register import KnownIndicator, SetTargetOf
from service.models.measure import Measure
from service.models.period import Period

router = Resource("targets")


class PointAnswer(BaseModel):
    """A value at the end of a period: a baseline or a milestone."""

    period: Period
    value: Measure


class TargetAnswer(BaseModel):
    """What is aimed at by the end of `period`: `value`, or to be kept between `minimum` and `maximum`, both inclusive."""

    indicator: str
    version: int = Field(description="The version in whose terms it is set.")
    actor: str | None = Field(description="Whose target it is; null for the community's own.")
    dimensions: dict[str, str] = Field(description="The cell it is set for; empty for the total.")
    period: Period
    from_period: Period | None = Field(
        description="Its window runs from here to `period`, both inclusive; null: over `period` alone."
    )
    value: Measure | None = Field(description="Null where it is to be maintained between bounds.")
    minimum: Measure | None = Field(description="Null unless it is to be maintained.")
    maximum: Measure | None = Field(description="Null unless it is to be maintained.")
    baseline: PointAnswer | None = Field(
        description="Where it starts from; null where nobody knows, and to who is no member where it would tell what is hidden."
    )
    milestones: list[PointAnswer]


class TargetList(BaseModel):
    """Targets by indicator, version, actor and period."""

    items: list[TargetAnswer]
    next_cursor: str | None


def target_answers(
    known: KnownIndicator, *, version: int | None = None, actor: str | None = None, period: Period | None = None
) -> list[TargetAnswer]:
    """The targets in force of one indicator. None asks for every version, whoever's they are, whatever the period."""
    wanted = [
        target
        for target in known.targets
        if (version is None or target.version == version)
        and (actor is None or target.terms.actor == actor)
        and (period is None or target.terms.period == period)
    ]
    wanted.sort(key=lambda target: (target.version, target.terms.actor or "", target.terms.period.number, target.terms.cell))
    return [target_answer(known.code, target) for target in wanted]


def target_answer(indicator: str, target: SetTargetOf) -> TargetAnswer:
    """A target as it is answered."""
    terms = target.terms
    return TargetAnswer(
        indicator=indicator,
        version=target.version,
        actor=terms.actor,
        dimensions=dict(terms.cell),
        period=terms.period,
        from_period=terms.from_period,
        value=terms.value,
        minimum=terms.minimum,
        maximum=terms.maximum,
        baseline=terms.baseline and PointAnswer(period=terms.baseline.period, value=terms.baseline.value),
        milestones=[PointAnswer(period=point.period, value=point.value) for point in terms.milestones],
    )


def told(asking: AskingContext, indicators: Iterable[KnownIndicator]) -> list[KnownIndicator]:
    """These indicators with their targets as far as the caller may know them: see `published_progress`."""
    if not reads_published(asking):
        return list(indicators)
    published = Publications(asking)
    return [shown_targets(published, known) if known.targets else known for known in indicators]


TheirsAsked = Annotated[
    str | None, Query(max_length=63, description="Only this actor's. Without it: the community's own and every actor's.")
]
ReachedBy = Annotated[str | None, period_asked("Only those to be reached by the end of this period.")]


def _listed(
    asking: AskingContext,
    indicators: Iterable[KnownIndicator],
    paged: PageAsked,
    actor: str | None,
    version: int | None,
    period: str | None,
) -> TargetList:
    whose = None if actor is None else actor_in_query(asking.register, actor).code
    by_then = None if period is None else period_in(period, "period")
    ordered = sorted(told(asking, indicators), key=lambda known: known.number)
    answers = [answer for known in ordered for answer in target_answers(known, version=version, actor=whose, period=by_then)]
    return TargetList(**page(answers, paged))


@router.get("/targets", access=READ)
def list_targets(asking: Asking, paged: Paged, actor: TheirsAsked = None, period: ReachedBy = None) -> TargetList:
    """Every target in force, of every version of every indicator. They are changed by proposals."""
    return _listed(asking, asking.register.indicators.values(), paged, actor, None, period)


@router.get("/indicators/{indicator}/targets", access=READ)
def list_indicator_targets(
    indicator: str,
    asking: Asking,
    paged: Paged,
    actor: TheirsAsked = None,
    version: Annotated[int | None, Query(ge=1, description="Only those of this version. Without it: every version's.")] = None,
    period: ReachedBy = None,
) -> TargetList:
    """The targets in force of one indicator, of every version. They are changed by proposals."""
    return _listed(asking, [indicator_in_path(asking.register, indicator)], paged, actor, version, period)
