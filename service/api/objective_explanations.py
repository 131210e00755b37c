"""An objective opened: which of its children brings how much of its attainment, which is left out, and where to read on."""

from fractions import Fraction
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query
from pydantic import BaseModel, Field

from service.api.identity import READ
from service.api.naming import period_asked, period_in
from service.api.objectives import known_objective
from service.api.routing import COMMUNITY, Resource
from service.api.told_progress import ToldProgress, told_progress
from service.api.transaction import Asking, AskingContext
from service.indicators.objective_explanation import (
    Attained,
    ExplainedChild,
    ExplainedObjective,
    explain_objective,
    indicators_below,
)
from service.indicators.progress import Progress
from service.indicators.reading import reading
from service.models.instant import Instant, instant_text
from service.models.measure import Figure as FigureMeasure
from service.models.measure import Measure, rounded
from service.models.period import Period

router = Resource("objectives")


class ObjectiveChildAnswer(BaseModel):
    """One child of an objective, and what it brings. Shares and parts are rounded half-even to 12 decimals, after adding up."""

    objective: str | None = Field(description="Its code, where it is an objective; its own children are beside it. Else null.")
    indicator: str | None = Field(description="Its code, where it is an indicator; else null.")
    name: dict[str, str] = Field(description="By language.")
    weight: Measure = Field(description="Its weight among the children of its objective.")
    attainment: FigureMeasure | None = Field(
        description="Its own: an indicator's is never held to 0…1 here. Null with a `reason`."
    )
    share: FigureMeasure | None = Field(
        description="Its weight over the weights of the children that have an attainment. Null where it is left out."
    )
    part: FigureMeasure | None = Field(
        description="Its share times its attainment held to 0…1: the parts of an objective's children add up to its "
        "attainment. Null where it is left out."
    )
    part_of_whole: FigureMeasure | None = Field(
        description="Its part in the attainment of the objective asked for: those of all indicators add up to it. Null where "
        "it, or an objective above it, is left out."
    )
    coverage: FigureMeasure = Field(description="The share of its weight whose attainment is known: of an indicator 1 or 0.")
    status: str | None = Field(description="An indicator's status, an open list as in progress; null for an objective.")
    reason: str | None = Field(
        description="Why it is left out; null where it is not. An open list; today, of an indicator, as in progress "
        "`no_target`, `targets_incomplete`, `baseline_required`, `target_equals_baseline`, `target_against_direction`, and as "
        "of its figure `no_entries`, `no_such_grain`, `zero_denominator`, `no_total_over_actors`, `not_started`; of an "
        "objective `no_children`, `nothing_attained`; of both `weightless`: nothing that has an attainment weighs anything."
    )
    reading: dict[str, str] | None = Field(description="An indicator's progress in words, by language; null for an objective.")
    explanation: str | None = Field(
        description="Where to read on: the address of the explanation of an indicator's value, over the window and in the "
        "version that it was judged by, as of the same instant. Null for an objective, where that window has not begun, and "
        "for who is shown what is published."
    )


class ExplainedObjectiveAnswer(BaseModel):
    """One objective with what its attainment is made of."""

    objective: str
    name: dict[str, str] = Field(description="By language.")
    attainment: FigureMeasure | None = Field(description="What the parts add up to; null with a `reason`.")
    coverage: FigureMeasure = Field(description="The share of the weight whose attainment is known.")
    lowest: FigureMeasure = Field(description="The attainment if everything unknown were 0.")
    highest: FigureMeasure = Field(description="The attainment if everything unknown were 1.")
    on_track_count: int = Field(description="How many of `indicator_count` are on track or achieved.")
    indicator_count: int = Field(description="How many indicators hang under it, at any depth.")
    reason: str | None = Field(
        description="Why it has no attainment. An open list; today `no_children`, `nothing_attained`, `weightless`."
    )
    children: list[ObjectiveChildAnswer] = Field(description="Objectives, then indicators, each as they were made.")


class ObjectiveExplanationAnswer(BaseModel):
    """An objective's attainment opened, down to the indicators."""

    at: Period | None = Field(description="The period at whose close it was asked; null: as of yesterday.")
    actor: str | None = Field(description="Whose; null: the community's.")
    objectives: list[ExplainedObjectiveAnswer] = Field(
        description="The objective asked for first, then those below it, parents before children."
    )
    as_of: Instant


@router.get("/objectives/{objective}/explanation", access=READ, etag=True)
def get_objective_explanation(
    objective: str,
    asking: Asking,
    at: Annotated[
        str | None,
        period_asked("At the close of this period, or of yesterday where it has not ended. Without it: of yesterday."),
    ] = None,
    actor: Annotated[
        str | None,
        Query(max_length=63, description="This actor's own values against its own targets. Without it: the community's."),
    ] = None,
) -> ObjectiveExplanationAnswer:
    """What an objective's attainment is made of: `get_progress`, opened from the objective down to its indicators.

    Each child has its weight, its attainment and its part; what has no attainment is left out of the mean, and `reason` says
    why. `explanation` of an indicator leads on to the actors, periods, cells and ledger entries behind its value.
    """
    known = known_objective(asking.register, objective)
    close_of = None if at is None else period_in(at, "at")
    below = [asking.register.indicators[code] for code in indicators_below(asking.register, known.code)]
    told = told_progress(asking, below, close_of, actor)
    explained = explain_objective(asking.register, known.code, {code: _attained(one) for code, one in told.made.items()})
    return ObjectiveExplanationAnswer(
        at=close_of,
        actor=actor,
        objectives=[_objective(asking, one, told, actor) for one in explained],
        as_of=told.as_of,
    )


def _attained(made: Progress) -> Attained:
    reason = made.reason or made.figure.reason or made.status
    return Attained(made.exact_attainment, made.status, reason if made.exact_attainment is None else None)


def _objective(
    asking: AskingContext, one: ExplainedObjective, told: ToldProgress, actor: str | None
) -> ExplainedObjectiveAnswer:
    stands = one.standing
    return ExplainedObjectiveAnswer(
        objective=one.code,
        name=dict(asking.register.objectives[one.code].name),
        attainment=stands.attainment,
        coverage=stands.coverage,
        lowest=stands.lowest,
        highest=stands.highest,
        on_track_count=stands.on_track_count,
        indicator_count=stands.indicator_count,
        reason=one.reason,
        children=[_child(asking, child, told, actor) for child in one.children],
    )


def _child(asking: AskingContext, child: ExplainedChild, told: ToldProgress, actor: str | None) -> ObjectiveChildAnswer:
    progress = None if child.indicator is None else told.made[child.indicator]
    if progress is not None:
        name = progress.version.definition.name
    else:
        name = dict(asking.register.objectives[child.objective or ""].name)
    return ObjectiveChildAnswer(
        objective=child.objective,
        indicator=child.indicator,
        name=name,
        weight=child.weight,
        attainment=_shown(child.attainment),
        share=_shown(child.share),
        part=_shown(child.part),
        part_of_whole=_shown(child.part_of_whole),
        coverage=rounded(child.coverage),
        status=None if progress is None else progress.status,
        reason=child.reason,
        reading=None if progress is None else reading(progress),
        explanation=None if progress is None or told.is_published else _address(asking, progress, actor),
    )


def _address(asking: AskingContext, made: Progress, actor: str | None) -> str | None:
    """Where the value is explained; a window is written by its first and last day, which are periods of their own."""
    window = made.window
    if window.first_day > window.last_day:
        return None
    asked = {"from": window.first_day, "to": window.last_day, "version": made.version.number}
    if actor is not None:
        asked["actor"] = actor
    asked["as_of"] = instant_text(asking.moment.instant)
    path = COMMUNITY.replace("{community}", asking.register.code)
    return f"{path}/indicators/{made.indicator}/explanation?{urlencode(asked, safe=':')}"


def _shown(number: Fraction | None) -> FigureMeasure | None:
    return None if number is None else rounded(number)
