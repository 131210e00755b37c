"""How a preview is answered: what adopting a proposal would do, beside what is."""

from collections.abc import Callable, Sequence

from pydantic import BaseModel, Field

from service.api.figure_answers import FigureAnswer
from service.api.progress import ProgressAnswer
from service.api.targets import TargetAnswer, target_answer
from service.indicators.estimation import ActorPairs, Estimate
from service.indicators.evidence import Entry
from service.indicators.preview import SeriesBreak
from service.indicators.target_outcomes import TargetOutcome
from service.models.instant import Instant
from service.models.measure import Figure as FigureMeasure
from service.models.period import Period
from service.models.vocabulary import MeasureKind

MOST_NAMED = 1_000
"""How many contributions of one actor are named; `count` counts them all."""


class FigurePreview(BaseModel):
    """An indicator's figure of today as it is, and as it would be."""

    indicator: str
    before: FigureAnswer | None = Field(description="As `get_figure` answers it today; null where there is no such indicator.")
    after: FigureAnswer | None = Field(description="As it would be; null where there would be no such indicator.")


class ProgressPreview(BaseModel):
    """Today's progress as it is, and as it would be."""

    before: ProgressAnswer
    after: ProgressAnswer


class BreakAnswer(BaseModel):
    """A series that breaks: what is older does not enter its figures any more."""

    indicator: str
    version: int = Field(description="The version that would break it.")
    from_period: Period | None = Field(description="The first period that this version would govern.")
    kind: str = Field(description="The bridge. An open list; today `break`.")


class NamedContributionAnswer(BaseModel):
    """A contribution by what it is known by."""

    indicator: str
    period: Period
    dimensions: dict[str, str] = Field(description="The cell's codes, as it was reported; empty for the total.")


class ReportAnewAnswer(BaseModel):
    """What one actor would have to report anew: it counts today, and would not be read under the version to govern it."""

    actor: str
    contributions: list[NamedContributionAnswer] = Field(
        description="The first 1,000; none where the caller may not see what this actor reported."
    )
    count: int = Field(description="How many there are.")


class TargetPreview(BaseModel):
    """What would become of one target of an indicator that is revised, or whose targets change."""

    indicator: str
    version: int = Field(description="The version in whose terms it would be set, or was.")
    actor: str | None = Field(description="Whose target it is; null for the community's own.")
    dimensions: dict[str, str] = Field(description="The cell it is set for; empty for the total.")
    period: Period
    from_period: Period | None
    outcome: str = Field(
        description="An open list; today `set`, `converted`, `dropped`, `kept`, and `meaningless`: it stays on its version, "
        "behind a break, where no figure of the new version meets it."
    )
    before: TargetAnswer | None = Field(description="What it takes the place of, or what is lost; null where there was none.")
    after: TargetAnswer | None = Field(description="What would be aimed at; null where nothing would in its place.")


class ActorSuggestionAnswer(BaseModel):
    """What one actor's trials come to, beside what it reported for the same periods."""

    actor: str
    factor: FigureMeasure | None = Field(description="Its own: `trial` over `present`; null where `present` is 0.")
    denominator_factor: FigureMeasure | None = Field(description="For a ratio, that of the denominators; else null.")
    trial: FigureMeasure = Field(description="The values it tried, added; of a mean, times weights; of a ratio, numerators.")
    trial_denominator: FigureMeasure | None = Field(description="The denominators it tried, added; null unless a ratio.")
    present: FigureMeasure = Field(description="The same of what it reported, as it reads in the present version.")
    present_denominator: FigureMeasure | None = Field(description="The same of the denominators; null unless a ratio.")
    periods: list[Period] = Field(description="The periods that it has both of.")


class UnpairedTrialAnswer(BaseModel):
    """A trial that nothing can be set beside."""

    actor: str
    period: Period
    reason: str = Field(
        description="An open list; today `not_reported`: nothing counts for the period; `not_comparable`: what counts cannot "
        "be read in the present version; `no_total`, `parts_incomplete`: one of the two has no whole total."
    )


class SuggestionAnswer(BaseModel):
    """The conversion factor that the trials of a revision suggest, and what it rests on."""

    indicator: str
    version: int = Field(description="The version that the revision would make.")
    factor: FigureMeasure | None = Field(
        description="The sum of what was tried over the sum of what was reported, over the same actors and periods, as "
        "totals; 12 decimals, half-even. Null for a ratio, and with a `reason`."
    )
    numerator_factor: FigureMeasure | None = Field(description="For a ratio, that of the numerators; else null.")
    denominator_factor: FigureMeasure | None = Field(description="For a ratio, that of the denominators; else null.")
    lowest: FigureMeasure | None = Field(description="The least of the actors' own; of a ratio, of the numerators'.")
    highest: FigureMeasure | None = Field(description="The most of the actors' own; of a ratio, of the numerators'.")
    denominator_lowest: FigureMeasure | None = Field(description="For a ratio, the least of the denominators'; else null.")
    denominator_highest: FigureMeasure | None = Field(description="For a ratio, the most of the denominators'; else null.")
    reason: str | None = Field(
        description="Why a factor is missing. An open list; today `present_is_zero`, `no_pairs`: nobody reported and tried the "
        "same period; `measure_changes`: the two are not of one kind."
    )
    actors: list[ActorSuggestionAnswer] = Field(description="Who it rests on, as far as the caller may see their values.")
    actor_count: int = Field(description="On how many it rests.")
    left_out: list[UnpairedTrialAnswer]


class PreviewAnswer(BaseModel):
    """What adopting a proposal now would do. Nothing of it is written; adopted, it is computed in the same way."""

    figures: list[FigurePreview] = Field(description="Of every indicator that the proposal touches or whose figure differs.")
    progress: ProgressPreview
    breaks: list[BreakAnswer]
    to_report_anew: list[ReportAnewAnswer]
    targets: list[TargetPreview]
    suggestions: list[SuggestionAnswer] = Field(description="For every revision that has trials.")
    as_of: Instant


def break_answer(one: SeriesBreak) -> BreakAnswer:
    """A break as it is answered."""
    return BreakAnswer(indicator=one.indicator, version=one.version, from_period=one.from_period, kind=one.kind.value)


def report_anew_answer(actor: str, lost: Sequence[tuple[str, Entry]], is_seen: bool) -> ReportAnewAnswer:
    """What an actor would have to report anew, each entry with its indicator's code, as far as the caller may see it."""
    named = [
        NamedContributionAnswer(indicator=code, period=entry.period, dimensions=dict(entry.cell))
        for code, entry in lost[:MOST_NAMED]
    ]
    return ReportAnewAnswer(actor=actor, contributions=named if is_seen else [], count=len(lost))


def target_preview(one: TargetOutcome) -> TargetPreview:
    """What would become of a target, as it is answered."""
    terms = one.target.terms
    return TargetPreview(
        indicator=one.indicator,
        version=one.target.version,
        actor=terms.actor,
        dimensions=dict(terms.cell),
        period=terms.period,
        from_period=terms.from_period,
        outcome=one.outcome,
        before=one.before and target_answer(one.indicator, one.before),
        after=one.after and target_answer(one.indicator, one.after),
    )


def suggestion_answer(
    indicator: str, version: int, measure: MeasureKind, made: Estimate, sees: Callable[[str], bool]
) -> SuggestionAnswer:
    """A suggestion as it is answered, with what `sees` lets the caller see of single actors."""
    first, second = made.factors[0], made.factors[1] if len(made.factors) > 1 else None
    is_ratio = measure is MeasureKind.RATIO
    return SuggestionAnswer(
        indicator=indicator,
        version=version,
        factor=None if is_ratio else first.factor,
        numerator_factor=first.factor if is_ratio else None,
        denominator_factor=second and second.factor,
        lowest=first.lowest,
        highest=first.highest,
        denominator_lowest=second and second.lowest,
        denominator_highest=second and second.highest,
        reason=made.reason,
        actors=[_actor(one) for one in made.actors if sees(one.actor)],
        actor_count=len(made.actors),
        left_out=[UnpairedTrialAnswer(actor=one.actor, period=one.period, reason=one.reason) for one in made.left_out],
    )


def _actor(one: ActorPairs) -> ActorSuggestionAnswer:
    is_ratio = len(one.factors) > 1
    return ActorSuggestionAnswer(
        actor=one.actor,
        factor=one.factors[0],
        denominator_factor=one.factors[1] if is_ratio else None,
        trial=one.trial[0],
        trial_denominator=one.trial[1] if is_ratio else None,
        present=one.present[0],
        present_denominator=one.present[1] if is_ratio else None,
        periods=list(one.periods),
    )
