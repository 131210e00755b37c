"""A series (`MODEL.md` 4): the same question per window, breaks shown as breaks, running totals with their increments."""

from dataclasses import dataclass
from decimal import Decimal

from service.indicators.aggregation import Codes
from service.indicators.evidence import Evidence
from service.indicators.figure import Figure, Question, figure, reference_of
from service.indicators.restatement import SERIES_BREAK
from service.indicators.taking import take
from service.models.measure import exactly
from service.models.period import Period, Window
from service.models.vocabulary import Nature

FALLING = "running_total_falls"


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """One window's figure. `comparable` False: it is in the terms of a version behind a break.

    `increment` is what a cumulative indicator grew by since the window before; None where either has no value in
    comparable terms, or the indicator is not cumulative.
    """

    period: Period
    figure: Figure
    comparable: bool
    increment: Decimal | None
    flags: tuple[str, ...]


def series(
    evidence: Evidence,
    frequency: str,
    window: Window,
    *,
    version: int | None = None,
    by: Codes = (),
    actors: frozenset[str] | None = None,
) -> list[SeriesPoint]:
    """A point for each period of `frequency` wholly inside `window`. Raises as `figure` does."""
    reference = reference_of(evidence, version)
    cumulative = reference.definition.nature is Nature.CUMULATIVE
    points: list[SeriesPoint] = []
    before: tuple[Figure, bool] | None = None
    for period in window.periods(frequency):
        if cumulative and before is None:
            before = _at(evidence, period.next(-1), version, by, actors)
        made, comparable = _at(evidence, period, version, by, actors)
        increment = _increment(before, made, comparable) if cumulative else None
        flags = (*made.flags, FALLING) if increment is not None and increment < 0 else made.flags
        points.append(SeriesPoint(period, made, comparable, increment, flags))
        before = made, comparable
    return points


def _increment(before: tuple[Figure, bool] | None, made: Figure, comparable: bool) -> Decimal | None:
    if (
        before is None
        or before[0].value is None
        or made.value is None
        or before[1] != comparable
        or before[0].version != made.version
    ):
        return None
    with exactly():
        return made.value - before[0].value


def _at(
    evidence: Evidence, period: Period, version: int | None, by: Codes, actors: frozenset[str] | None
) -> tuple[Figure, bool]:
    """The figure of one window, and whether it is in the reference version's terms."""
    question = Question(Window.over(period, period), version, by, actors)
    made = figure(evidence, question)
    if made.reason != "no_entries" or not any(left_out.reason == SERIES_BREAK for left_out in made.excluded):
        return made, True
    own = evidence.of_actors(actors)
    counting = take(own.entries, own.charter.validation).counting
    behind = [entry for entry in counting if question.window.contains(entry.period) and entry.version < made.version]
    if not behind:
        # What a `last` would carry into this window lies before it: nothing of its own to show in older terms.
        return made, True
    last = max(behind, key=lambda entry: entry.journal)
    known = [d.code for d in evidence.version(last.version).definition.dimensions]
    older = Question(question.window, last.version, tuple(d for d in by if d in known), actors)
    return figure(evidence, older), False
