"""Progress: the objective tree with every indicator's value against its target, in figures and in words."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field

from service.answers import Answers
from service.api.figure_answers import CompletenessAnswer, ExclusionAnswer, completeness_answer, exclusion_answers
from service.api.identity import READ
from service.api.naming import period_asked, period_in
from service.api.objectives import in_tree_order
from service.api.overlap_answers import OverlapAnswer, Sees, overlap_answer
from service.api.routing import Resource
from service.api.sight import seen_by
from service.api.told_progress import told_progress
from service.api.transaction import Asking
from service.indicators.objective import Standing, standings
from service.indicators.progress import Progress
from service.indicators.reading import reading
from service.indicators.redaction import all_redacted
from service.indicators.register import KnownIndicator, KnownObjective, Register
from service.models.indicator import UnitOfMeasure
from service.models.instant import Instant
from service.models.measure import Figure as FigureMeasure
from service.models.measure import Measure
from service.models.period import Period

router = Resource("progress")


class IndicatorProgressAnswer(BaseModel):
    """One indicator's value against its target, at the close of what was asked."""

    indicator: str
    name: dict[str, str] = Field(description="By language, in `version`.")
    weight: Measure = Field(description="Its weight among the children of its objective.")
    version: int = Field(description="The version in force, in whose terms everything here is.")
    unit: UnitOfMeasure
    direction: str = Field(description="Where better lies. An open list; today `increase`, `decrease`, `maintain`.")
    from_day: date = Field(description="The first day of the window the value is read over, inclusive.")
    to_day: date = Field(
        description="Its last day, inclusive: the close of `at`, of the target or of yesterday, whichever is earliest."
    )
    value: FigureMeasure | None = Field(
        description="Null where there is none, with the reason in `value_reason` unless it is an interval."
    )
    lowest: FigureMeasure | None = Field(description="The least it can be, where people may be counted twice; else null.")
    highest: FigureMeasure | None = Field(description="The most it can be, where people may be counted twice; else null.")
    value_reason: str | None = Field(
        description="Why there is no value. An open list; today `no_entries`, `no_such_grain`, `zero_denominator`, "
        "`no_total_over_actors`, `not_started`; where it is kept from the caller, `too_few_actors`, `suppressed`, "
        "`not_published`."
    )
    overlap: OverlapAnswer | None = Field(
        description="What was decided of people counted twice over exactly this window; in force, `value` is what was decided. "
        "Null where nothing was decided."
    )
    baseline: FigureMeasure | None = Field(
        description="Where it starts from: the target's own, or the sum of the actors'; else null."
    )
    baseline_period: Period | None = Field(description="The period at whose end the baseline stood; null without a baseline.")
    target: FigureMeasure | None = Field(
        description="The value aimed at; null without a target, or where it is kept between bounds."
    )
    target_minimum: FigureMeasure | None = Field(
        description="The least allowed, inclusive; null unless it is to be maintained."
    )
    target_maximum: FigureMeasure | None = Field(description="The most allowed, inclusive; null unless it is to be maintained.")
    target_period: Period | None = Field(
        description="The period by whose end the target is to be reached; null without a target."
    )
    targets_set: int = Field(
        description="Where the community has no target of its own but actors do: how many of those expected have one; else 0."
    )
    targets_expected: int = Field(description="Then, of how many contributors a target is expected; else 0.")
    targets_sum: FigureMeasure | None = Field(
        description="Then, what their targets add up to; null where values do not add over actors."
    )
    attainment: FigureMeasure | None = Field(
        description="The share of the way that is gone, never held to 0…1; null with a `reason`."
    )
    expected: FigureMeasure | None = Field(description="The share of the way that should be gone by now, between 0 and 1.")
    status: str = Field(
        description="An open list; today `no_data`, `achieved`, `missed`, `on_track`, `at_risk`, `off_track`, `not_assessed`."
    )
    reason: str | None = Field(
        description="Why there is data and no attainment, or why it is not assessed. An open list; today `no_target`, "
        "`targets_incomplete`, `baseline_required`, `target_equals_baseline`, `target_against_direction`, `no_starting_point`, "
        "`period_running`, and where what it follows from is kept from the caller, `too_few_actors`, `not_published`."
    )
    completeness: CompletenessAnswer
    excluded: list[ExclusionAnswer] = Field(description="What was left out of the value, by reason and version.")
    restated: int = Field(description="How many entries were taken under an older version.")
    carried_forward: int = Field(
        description="How many actors' values are older than the last ended reporting period or the window."
    )
    flags: list[str] = Field(
        description="What to be careful about. An open list; today `parts_incomplete`, `parts_differ_from_total`."
    )
    reading: dict[str, str] = Field(description="All of it in words, by language: what the figure is, or why it is missing.")


class ProgressRow(IndicatorProgressAnswer):
    """One indicator's progress as a row of a table."""

    objective: str = Field(description="The objective it hangs under.")


class ObjectiveProgressAnswer(BaseModel):
    """One objective with the indicators under it, and what they and the objectives under it come to.

    Shares are between 0 and 1. Each child's attainment is held to 0…1, so that 200 % here never hides 0 % there.
    """

    code: str
    name: dict[str, str] = Field(description="By language.")
    parent: str | None = Field(description="The objective it hangs under; null for the root, the common objective.")
    weight: Measure = Field(description="Its weight among the children of its parent.")
    attainment: FigureMeasure | None = Field(
        description="The weighted mean over the children that have one; null where none has."
    )
    coverage: FigureMeasure = Field(description="The share of the weight whose attainment is known.")
    lowest: FigureMeasure = Field(description="The attainment if everything unknown were 0.")
    highest: FigureMeasure = Field(description="The attainment if everything unknown were 1.")
    on_track_count: int = Field(description="How many of `indicator_count` are on track or achieved.")
    indicator_count: int = Field(description="How many indicators hang under it, at any depth.")
    indicators: list[IndicatorProgressAnswer]


class ProgressAnswer(BaseModel):
    """Where a community, or one actor of it, stands."""

    at: Period | None = Field(
        description="The period at whose close it was asked; null: as of yesterday, the last day that is over."
    )
    actor: str | None = Field(description="Whose progress; null: the community's.")
    objectives: list[ObjectiveProgressAnswer] = Field(
        description="The objective tree, parents before children, each naming its parent."
    )
    as_of: Instant = Field(
        description="The instant it was asked as of: asked again with it, the answer has the same bytes for ever."
    )


def _indicator(known: KnownIndicator, made: Progress, sees: Sees) -> IndicatorProgressAnswer:
    definition, terms, figure = made.version.definition, made.aim.terms, made.figure
    baseline = terms.baseline if terms else None
    return IndicatorProgressAnswer(
        indicator=known.code,
        name=definition.name,
        weight=known.weight,
        version=made.version.number,
        unit=definition.unit,
        direction=definition.direction.value,
        from_day=made.window.first_day,
        to_day=made.window.last_day,
        value=figure.value,
        lowest=figure.lowest,
        highest=figure.highest,
        value_reason=figure.reason,
        overlap=overlap_answer(figure.overlap, sees),
        baseline=baseline.value if baseline else None,
        baseline_period=baseline.period if baseline else None,
        target=terms.value if terms else None,
        target_minimum=terms.minimum if terms else None,
        target_maximum=terms.maximum if terms else None,
        target_period=terms.period if terms else None,
        targets_set=made.aim.targets_set,
        targets_expected=made.aim.targets_expected,
        targets_sum=made.aim.targets_sum,
        attainment=made.attainment,
        expected=made.expected,
        status=made.status,
        reason=made.reason,
        completeness=completeness_answer(figure.completeness),
        excluded=exclusion_answers(figure.excluded),
        restated=figure.restated,
        carried_forward=figure.carried_forward,
        flags=list(figure.flags),
        reading=reading(made),
    )


def _objective(
    objective: KnownObjective, stands: Standing, indicators: list[IndicatorProgressAnswer]
) -> ObjectiveProgressAnswer:
    return ObjectiveProgressAnswer(
        code=objective.code,
        name=dict(objective.name),
        parent=objective.parent,
        weight=objective.weight,
        attainment=stands.attainment,
        coverage=stands.coverage,
        lowest=stands.lowest,
        highest=stands.highest,
        on_track_count=stands.on_track_count,
        indicator_count=stands.indicator_count,
        indicators=indicators,
    )


def progress_rows(answer: ProgressAnswer) -> list[ProgressRow]:
    """The indicators of the tree, in its order. What the objectives come to has no place in it."""
    return [
        ProgressRow(**dict(indicator), objective=objective.code)
        for objective in answer.objectives
        for indicator in objective.indicators
    ]


@router.get("/progress", access=READ, etag=True, kept=True, rows=(ProgressRow, progress_rows), workbook=True)
def get_progress(
    asking: Asking,
    at: Annotated[
        str | None,
        period_asked("At the close of this period, or of yesterday where it has not ended. Without it: of yesterday."),
    ] = None,
    actor: Annotated[
        str | None,
        Query(max_length=63, description="This actor's own values against its own targets. Without it: the community's."),
    ] = None,
) -> ProgressAnswer:
    """The objective tree with every indicator's value against its target, its completeness, and what was left out.

    Where no figure or no judgement can be given, `value_reason` and `reason` say why, and `reading` says it in words. An
    indicator is judged by the target whose window ends first on or after `at` (yesterday without it), else by the last one.
    As a table it has a row per indicator; what the objectives come to is in the JSON alone.
    """
    close_of = None if at is None else period_in(at, "at")
    told = told_progress(asking, standing_indicators(asking.register), close_of, actor)
    return tree_answer(asking.register, told.as_of, close_of, actor, told.made, seen_by(asking))


def _nobody(actor: str) -> bool:
    return False


def progress_answer(
    register: Register,
    instant: datetime,
    answers: Answers,
    at: Period | None,
    actor: str | None,
    sees: Sees = _nobody,
    reader: str | None = None,
) -> ProgressAnswer:
    """The progress at the close of `at` (None: of yesterday), of all or of one actor, as `answers` know it at `instant`.

    `register` is what they take for decided. `sees`: whom an answer may name by what it reported; nobody in what all will read.
    `reader` is the actor from whom others' values are kept, None: nothing is.
    """
    codes = [known.code for known in standing_indicators(register)]
    made = answers.progress(codes, at, actor)
    return tree_answer(register, instant, at, actor, all_redacted(made, reader), sees)


def standing_indicators(register: Register) -> list[KnownIndicator]:
    """The indicators that are in the tree, in the order they were made."""
    return sorted((one for one in register.indicators.values() if not one.retired), key=lambda known: known.number)


def tree_answer(
    register: Register,
    instant: datetime,
    at: Period | None,
    actor: str | None,
    made: Mapping[str, Progress],
    sees: Sees = _nobody,
) -> ProgressAnswer:
    """The tree of `register` with the progress `made` of each of its standing indicators. `sees`: as in `progress_answer`."""
    placed: dict[str, list[KnownIndicator]] = {}
    for known in standing_indicators(register):
        placed.setdefault(known.objective, []).append(known)
    stands = standings(register, {code: (one.exact_attainment, one.status) for code, one in made.items()})
    return ProgressAnswer(
        at=at,
        actor=actor,
        objectives=[
            _objective(
                objective,
                stands[objective.code],
                [_indicator(known, made[known.code], sees) for known in placed.get(objective.code, [])],
            )
            for objective, _ in in_tree_order(register)
        ],
        as_of=instant,
    )
