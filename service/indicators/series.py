"""A series (`MODEL.md` 4): the same question per window, breaks shown as breaks, running totals with their increments."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from service.indicators.aggregation import Codes
from service.indicators.evidence import Evidence
from service.indicators.figure import Figure, Question, days_of, figured
from service.indicators.restatement import SERIES_BREAK, Restater
from service.indicators.taking import Reach, take
from service.models.measure import exactly, rounded
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
    points: list[SeriesPoint] = []
    before: _Shown | None = None
    for period in window.periods(frequency):
        before = before or _at(evidence, period.next(-1), version, by, actors)
        shown = _at(evidence, period, version, by, actors)
        growth = _growth(evidence, before, shown)
        flags = (*shown.figure.flags, FALLING) if growth is not None and growth < 0 else shown.figure.flags
        increment = None if growth is None else rounded(growth)
        points.append(SeriesPoint(period, shown.figure, shown.comparable, increment, flags))
        before = shown
    return points


def days_of_series(evidence: Evidence, frequency: str, window: Window, version: int | None) -> Window:
    """The days that a period must have one of to matter to a series, or to the window before it, which it grew from."""
    before = Period.containing(frequency, window.first_day).next(-1)
    # What lies behind a break is shown in its own terms, which may carry a value further than those asked for.
    numbers = {version, *(one.number for one in evidence.versions)}
    first = min(days_of(evidence, Question(Window.over(before, before), number)).first_day for number in numbers)
    return Window(first, window.last_day)


@dataclass(frozen=True, slots=True)
class _Shown:
    """One window's figure, its value before rounding, and whether it is in the reference version's terms."""

    figure: Figure
    value: Fraction | None
    comparable: bool


def _growth(evidence: Evidence, before: _Shown, shown: _Shown) -> Fraction | None:
    # Behind a break the indicator may not have been a running total: the version that the window is shown in says.
    if evidence.version(shown.figure.version).definition.nature is not Nature.CUMULATIVE:
        return None
    if (before.figure.version, before.comparable) != (shown.figure.version, shown.comparable):
        return None
    return None if before.value is None or shown.value is None else shown.value - before.value


def _at(evidence: Evidence, period: Period, version: int | None, by: Codes, actors: frozenset[str] | None) -> _Shown:
    """The figure of one window, in the terms of its own last entry where all it has lies behind a break."""
    window = Window.over(period, period)
    made, answer = figured(evidence, Question(window, version, by, actors))
    if made.reason != "no_entries":
        return _Shown(made, answer.value, True)
    last = _last_behind_a_break(evidence, window, made.version, actors)
    if last is None:
        return _Shown(made, None, True)
    known = [d.code for d in evidence.version(last).definition.dimensions]
    older, answer = figured(evidence, Question(window, last, tuple(d for d in by if d in known), actors))
    return _Shown(older, answer.value, False)


def _last_behind_a_break(evidence: Evidence, window: Window, version: int, actors: frozenset[str] | None) -> int | None:
    """The version of the last entry inside the window that a break keeps out, None where none is.

    What a `last` would carry into the window lies before it: that is nothing of its own to show in older terms.
    """
    own = evidence.of_actors(actors)
    reference = evidence.version(version)
    restater, reach = Restater(evidence.versions, reference), Reach(window, evidence.day, reference)
    with exactly():
        behind = [
            entry
            for entry in take(own.entries, own.charter.validation).counting
            if window.contains(entry.period)
            and not reach.has_left(evidence.members.get(entry.actor), entry.period)
            and restater.restate(entry) == SERIES_BREAK
        ]
    return max(behind, key=lambda entry: (entry.journal, entry.version)).version if behind else None
