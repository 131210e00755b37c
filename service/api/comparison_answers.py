"""How a comparison of two instants is answered: what a figure was, what it is, and the steps that lead there."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from pydantic import BaseModel, Field

from service.indicators.aggregation import Answer
from service.indicators.comparison import Side, Step, Touched
from service.indicators.evidence import Entry
from service.models.indicator import UnitOfMeasure
from service.models.instant import Instant
from service.models.measure import Figure as FigureMeasure
from service.models.measure import Measure, rounded
from service.models.period import Period
from service.records.happenings import Happening

MOST_NAMED = 100
"""How many contributions of one step are named, and how many journal entries; counts count them all."""


class ComparedValue(BaseModel):
    """A figure at one end."""

    value: FigureMeasure | None = Field(description="Null where there is none; `reason` then says why, except for an interval.")
    lowest: FigureMeasure | None = Field(description="Null unless people may be counted twice (`distinct`).")
    highest: FigureMeasure | None = Field(description="Null unless people may be counted twice (`distinct`).")
    reason: str | None = Field(description="Why there is no value: an open list, as for a figure.")


class ComparedInstant(ComparedValue):
    """The figure as of one instant."""

    as_of: Instant
    version: int = Field(description="The version in whose terms it is shown: where none was asked for, its own day's.")
    unit: UnitOfMeasure = Field(description="The unit of `version`.")


class ReportedAnswer(BaseModel):
    """What was reported, in the terms of its own version."""

    version: int
    value: Measure | None
    numerator: Measure | None
    denominator: Measure | None
    weight: Measure | None


class TouchedContribution(BaseModel):
    """A contribution that a journal entry touched."""

    actor: str
    period: Period
    dimensions: dict[str, str] = Field(description="The cell's codes; empty for the total.")
    kind: str = Field(description="An open list; today `report`, `withdrawal`, `validation`, `contest`.")
    before: ReportedAnswer | None = Field(
        description="What stood reported of it before; of a validation or contest, what stood validated. Null: nothing did."
    )
    after: ReportedAnswer | None = Field(description="The same afterwards.")


class HappeningAnswer(BaseModel):
    """A journal entry that made part of a difference."""

    number: int | None = Field(description="Null where time has decided a proposal and nothing was written since.")
    instant: Instant
    kind: str = Field(description="What happened, in the journal's words: an open list.")
    actor: str | None = Field(description="Who did it; null where nobody was behind it.")
    contributions: list[TouchedContribution]


class ChangeStepAnswer(BaseModel):
    """One step from the earlier figure to the later one, taken on top of those before it."""

    step: str = Field(
        description="An open list; today, in this order: `time` (the day moves on), `new_entries` (of keys never reported "
        "before), `corrections`, `withdrawals`, `validations` (contests too), `definitions` (versions, and which one the "
        "figure is shown in), `memberships` (and groups), `charter` (whether entries are validated), `overlaps` (what was "
        "decided of people who may be counted twice)."
    )
    effect: FigureMeasure | None = Field(description="What it did to the value; null where there is none before or after it.")
    value_after: FigureMeasure | None = Field(description="The value once it is taken.")
    lowest_after: FigureMeasure | None = Field(description="Null unless people may be counted twice (`distinct`).")
    highest_after: FigureMeasure | None = Field(description="Null unless people may be counted twice (`distinct`).")
    reason_after: str | None = Field(description="Why there is no value: an open list, as for a figure.")
    entries: list[HappeningAnswer] = Field(
        description="The journal entries that made it, the first 100, with the first 100 contributions that they touched: "
        "those that the question is about and the caller may see."
    )
    entry_count: int = Field(description="How many journal entries made it.")
    contribution_count: int = Field(description="How many contributions they touched, as often as they did.")


class InstantsComparison(BaseModel):
    """The same question as of two instants. The effects add up to the difference, before rounding."""

    then: ComparedInstant
    now: ComparedInstant
    difference: FigureMeasure | None = Field(
        description="The later value less the earlier, as numbers, whatever their units; null where one of them is missing."
    )
    steps: list[ChangeStepAnswer]
    reading: dict[str, str] = Field(description="All of it in one sentence, by language.")


def instant_answer(side: Side, instant: datetime) -> ComparedInstant:
    """The figure at one end, as it is answered."""
    return ComparedInstant(
        as_of=instant, version=side.version.number, unit=side.version.definition.unit, **value_fields(side.answer)
    )


def step_answer(
    step: Step, happenings: Sequence[Happening], actors: Mapping[int, str], sees: Callable[[str], bool]
) -> ChangeStepAnswer:
    """A step as it is answered; `happenings` are its journal entries in order, `actors` their codes by number.

    Of entries that touched contributions, those that touched one that the caller `sees` are named.
    """
    by_number: dict[int, list[Touched]] = {}
    for touched in [one for one in step.touched if sees(one.entry.actor)][:MOST_NAMED]:
        by_number.setdefault(touched.entry.journal, []).append(touched)
    shown = [one for one in happenings if not step.touched or one.number in by_number]
    return ChangeStepAnswer(
        step=step.name,
        effect=shown_number(step.effect),
        value_after=shown_number(step.after.value),
        lowest_after=shown_number(step.after.lowest),
        highest_after=shown_number(step.after.highest),
        reason_after=step.after.reason,
        entries=[
            HappeningAnswer(
                number=one.number,
                instant=one.instant,
                kind=one.kind,
                actor=None if one.actor is None else actors[one.actor],
                contributions=[_touched(touched) for touched in by_number.get(one.number or 0, ())],
            )
            for one in shown[:MOST_NAMED]
        ],
        entry_count=len(happenings),
        contribution_count=len(step.touched),
    )


def shown_number(value: Fraction | None) -> FigureMeasure | None:
    """An exact number as it is answered, rounded only here."""
    return None if value is None else rounded(value)


def value_fields(answer: Answer) -> dict[str, Any]:
    """What a `ComparedValue` says."""
    measures = {"value": answer.value, "lowest": answer.lowest, "highest": answer.highest}
    return {name: shown_number(value) for name, value in measures.items()} | {"reason": answer.reason}


def _touched(touched: Touched) -> TouchedContribution:
    entry = touched.entry
    return TouchedContribution(
        actor=entry.actor,
        period=entry.period,
        dimensions=dict(entry.cell),
        kind=entry.kind.name.lower(),
        before=_measures(touched.before),
        after=_measures(touched.after),
    )


def _measures(entry: Entry | None) -> ReportedAnswer | None:
    if entry is None:
        return None
    return ReportedAnswer(
        version=entry.version,
        value=entry.value,
        numerator=entry.numerator,
        denominator=entry.denominator,
        weight=entry.weight,
    )
