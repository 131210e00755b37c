"""How a figure is answered."""

from dataclasses import replace
from datetime import date
from typing import Any

from pydantic import BaseModel, Field

from service.answers import Answers
from service.api.overlap_answers import OverlapAnswer, overlap_answer
from service.api.sight import seen_by
from service.api.transaction import Asking, service_of
from service.indicators.completeness import Completeness
from service.indicators.figure import Figure
from service.indicators.figure_reading import figure_reading
from service.indicators.register import KnownIndicator
from service.indicators.series import SeriesPoint
from service.indicators.taking import Exclusion
from service.models.indicator import Definition, UnitOfMeasure
from service.models.instant import Instant
from service.models.measure import Figure as FigureMeasure
from service.models.period import Period, Window

WHY_HIDDEN = (
    "Only there where it is kept from the caller: why. An open list; today `too_few_actors` (it rests on fewer than three "
    "actors, whose values this community keeps to themselves) and `suppressed` (a small count, or what it could be worked out "
    "from)."
)


def _is_none(value: object) -> bool:
    return value is None


class QuartilesAnswer(BaseModel):
    """Three values between which a quarter of the actors lie each. Between two of them the straight line is taken."""

    first: FigureMeasure
    median: FigureMeasure
    third: FigureMeasure


class StandingAnswer(BaseModel):
    """Where the caller stands among the actors that have a value, where their values are kept to themselves."""

    rank: int | None = Field(
        description="1 for the best, by the indicator's direction; those alike share a rank. Null where the caller has no "
        "value, or where neither more nor less is better."
    )
    of: int = Field(description="Among how many actors: five at least.")
    quartiles: QuartilesAnswer


class ActorValueAnswer(BaseModel):
    """One actor's own value."""

    actor: str
    value: FigureMeasure | None = Field(
        description="Null where it is an interval that is no point, or has nothing to divide by."
    )
    lowest: FigureMeasure | None = Field(description="Null unless actors' people may be the same people (`distinct`).")
    highest: FigureMeasure | None = Field(description="Null unless actors' people may be the same people (`distinct`).")
    reason: str | None = Field(default=None, description=WHY_HIDDEN, exclude_if=_is_none)


class CodeValueAnswer(BaseModel):
    """The value at one combination of the codes asked `by`."""

    dimensions: dict[str, str] = Field(description="The code in each dimension asked `by`.")
    value: FigureMeasure | None
    lowest: FigureMeasure | None = Field(description="Null unless people may be counted twice (`distinct`).")
    highest: FigureMeasure | None = Field(description="Null unless people may be counted twice (`distinct`).")
    overlap: OverlapAnswer | None = Field(description="What was decided of people counted twice; null where nothing was.")
    reason: str | None = Field(default=None, description=WHY_HIDDEN, exclude_if=_is_none)


class ExclusionAnswer(BaseModel):
    """Entries that were left out of a figure, and why."""

    reason: str = Field(
        description="An open list; today `not_validated`, `left`, `newer_definition`, `series_break`, `out_of_scope`."
    )
    version: int = Field(description="The version the entries were recorded under.")
    entries: int


class CompletenessAnswer(BaseModel):
    """How much of what was due has been reported. Every count is of (actor, period) pairs."""

    due: int = Field(description="Pairs whose period ended the charter's `due_days` ago or more, of actors expected to report.")
    reported: int = Field(description="Pairs among those due for which something stands reported; zero counts as reported.")
    late: int = Field(description="Pairs that were reported, but first after their due day.")
    missing: list[str] = Field(description="The actors with at least one pair due and not reported.")
    actors_due: int = Field(description="How many actors owe at least one of the pairs due.")
    latest_period: Period | None = Field(description="The last period anybody reported for within the window.")
    latest_recorded_at: Instant | None = Field(description="When the last report within the window came in.")


class FigureAnswer(BaseModel):
    """One indicator's value over a window, with everything that is needed to trust it or not."""

    indicator: str
    from_day: date = Field(description="The window's first day, inclusive.")
    to_day: date = Field(description="The window's last day, inclusive.")
    version: int = Field(description="The version in whose terms it is shown.")
    value: FigureMeasure | None = Field(description="Null where there is none; `reason` then says why, except for an interval.")
    lowest: FigureMeasure | None = Field(
        description="The least it can be, where people may be counted twice (`distinct`); else null."
    )
    highest: FigureMeasure | None = Field(
        description="The most it can be, where people may be counted twice (`distinct`); else null."
    )
    unit: UnitOfMeasure = Field(description="The unit of `version`.")
    by_actor: list[ActorValueAnswer] = Field(
        description="Actors that have a value, by code; where the charter keeps actors' values to themselves, the caller's own."
    )
    standing: StandingAnswer | None = Field(
        default=None,
        description="Where the charter keeps actors' values to themselves, how the caller's stands among at least five; else "
        "null.",
    )
    by_dimension: list[CodeValueAnswer] = Field(
        description="One for each combination of codes that occurs; empty unless asked `by`."
    )
    unallocated: FigureMeasure | None = Field(
        description="What reached the total but no code: the parts and it make the total. Null where parts do not make one."
    )
    excluded: list[ExclusionAnswer] = Field(
        description="What was left out, over the entries inside the window or, for `last`, those recent enough to serve."
    )
    restated: int = Field(description="Over the same entries, how many were taken under an older version.")
    carried_forward: int = Field(
        description="How many actors' values are older than the last ended reporting period or the window."
    )
    completeness: CompletenessAnswer
    flags: list[str] = Field(
        description="What to be careful about. An open list; today `parts_incomplete`, `parts_differ_from_total` and, in "
        "a series, `running_total_falls`."
    )
    reason: str | None = Field(
        description="Why there is no value. An open list; today `no_entries`, `no_such_grain`, `zero_denominator`, "
        "`no_total_over_actors`, `not_started`; where it is kept from the caller, `too_few_actors`, `suppressed`, and among "
        "several figures `not_published`."
    )
    reading: dict[str, str] = Field(
        description="All of it in one sentence, by language: the value or why there is none, who reported, what was left out."
    )
    overlap: OverlapAnswer | None = Field(
        description="What was decided of people counted twice, for exactly this window and all actors. In force, `value` is "
        "what was decided; lapsed, the interval is the answer. Null where nothing was decided."
    )
    as_of: Instant = Field(
        description="The instant it was asked as of: asked again with it, the answer has the same bytes for ever."
    )


class FigureList(BaseModel):
    """Several figures over the same window."""

    items: list[FigureAnswer]
    next_cursor: str | None
    as_of: Instant


class SeriesPointAnswer(FigureAnswer):
    """The figure of one window of a series."""

    period: Period
    comparable: bool = Field(
        description="False: everything in this window lies behind a break, so it is shown in the version of its own last entry."
    )
    increment: FigureMeasure | None = Field(
        description="For a cumulative indicator, what it grew by since the window before; null where they do not compare."
    )


class SeriesAnswer(BaseModel):
    """The same question per window."""

    indicator: str
    frequency: str = Field(description="The windows' length, an SDMX letter. An open list; today `A`, `S`, `Q`, `M`, `W`, `D`.")
    items: list[SeriesPointAnswer]
    next_cursor: str | None = Field(default=None, description="Always null: a series comes whole.")
    as_of: Instant


def answers_of(asking: Asking) -> Answers:
    """What is asked as of the moment of `asking`, with the memory of the service."""
    return Answers(asking.connection, asking.register, asking.moment, service_of(asking.request).memory)


def completeness_answer(complete: Completeness) -> CompletenessAnswer:
    """The completeness as it is answered."""
    return CompletenessAnswer(
        due=complete.due,
        reported=complete.reported,
        late=complete.late,
        missing=list(complete.missing),
        actors_due=complete.actors_due,
        latest_period=complete.latest_period,
        latest_recorded_at=complete.latest_recorded_at,
    )


def exclusion_answers(excluded: tuple[Exclusion, ...]) -> list[ExclusionAnswer]:
    """What was left out as it is answered."""
    return [
        ExclusionAnswer(reason=left_out.reason, version=left_out.version, entries=left_out.entries) for left_out in excluded
    ]


def figure_answer(asking: Asking, known: KnownIndicator, window: Window, made: Figure) -> FigureAnswer:
    """A figure as this caller may see it."""
    return FigureAnswer(**figure_fields(asking, known, window, made))


def say_again(answer: FigureAnswer, definition: Definition, day: date) -> None:
    """Puts into words what is left in `answer` after something was taken out of it.

    `definition` is that of its version, `day` that of the instant asked for.
    """
    left = Figure(
        version=answer.version,
        value=answer.value,
        lowest=answer.lowest,
        highest=answer.highest,
        by_actor=(),
        by_dimension=(),
        unallocated=None,
        excluded=tuple(Exclusion(one.reason, one.version, one.entries) for one in answer.excluded),
        restated=answer.restated,
        carried_forward=answer.carried_forward,
        completeness=Completeness(**{**dict(answer.completeness), "missing": tuple(answer.completeness.missing)}),
        flags=tuple(answer.flags),
        reason=answer.reason,
    )
    answer.reading = figure_reading(left, definition, Window(answer.from_day, answer.to_day), day)


def point_answer(asking: Asking, known: KnownIndicator, point: SeriesPoint) -> SeriesPointAnswer:
    """One window of a series as this caller may see it."""
    made = replace(point.figure, flags=point.flags)
    fields = figure_fields(asking, known, Window.over(point.period, point.period), made)
    return SeriesPointAnswer(**fields, period=point.period, comparable=point.comparable, increment=point.increment)


def figure_fields(asking: Asking, known: KnownIndicator, window: Window, made: Figure) -> dict[str, Any]:
    """What a `FigureAnswer` says of a figure, as this caller may see it."""
    definition = known.versions[made.version - 1].definition
    sees = seen_by(asking)
    return {
        "indicator": known.code,
        "from_day": window.first_day,
        "to_day": window.last_day,
        "version": made.version,
        "value": made.value,
        "lowest": made.lowest,
        "highest": made.highest,
        "unit": definition.unit,
        "by_actor": [
            ActorValueAnswer(actor=own.actor, value=own.value, lowest=own.lowest, highest=own.highest)
            for own in made.by_actor
            if sees(own.actor)
        ],
        "by_dimension": [
            CodeValueAnswer(
                dimensions=dict(part.codes),
                value=part.value,
                lowest=part.lowest,
                highest=part.highest,
                overlap=overlap_answer(part.overlap, sees),
            )
            for part in made.by_dimension
        ],
        "unallocated": made.unallocated,
        "excluded": exclusion_answers(made.excluded),
        "restated": made.restated,
        "carried_forward": made.carried_forward,
        "completeness": completeness_answer(made.completeness),
        "flags": list(made.flags),
        "reason": made.reason,
        "reading": figure_reading(made, definition, window, asking.moment.day),
        "overlap": overlap_answer(made.overlap, sees),
        "as_of": asking.moment.instant,
    }
