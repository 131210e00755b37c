"""MODEL.md 4, the last paragraph, naively: a figure per window, its version where it lies behind a break, its increment."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from service.indicators.evidence import Entry, Evidence
from service.models.period import Period, Window
from tests.naive.overlaps import Decided, figure
from tests.naive.taking import WITHDRAWAL, by_key, has_left, restate, standing


@dataclass(frozen=True)
class Point:
    """One window's figure. `increment` is for what is cumulative; None where there is nothing to compare it with."""

    period: Period
    answer: Decided
    comparable: bool
    increment: Fraction | None


def series(
    evidence: Evidence,
    periods: list[Period],
    version: int | None = None,
    by: Iterable[str] = (),
    actors: Iterable[str] | None = None,
) -> list[Point]:
    """A point per period; `periods` follow on each other."""
    asked, who = frozenset(by), None if actors is None else frozenset(actors)
    points = []
    for period in periods:
        answer, comparable = of_window(evidence, period, version, asked, who)
        increment = None
        # A window is what the version says it is shown in: behind a break, the indicator may not have been a running total.
        if evidence.version(answer.version).definition.nature == "cumulative":
            before, was_comparable = of_window(evidence, period.next(-1), version, asked, who)
            same_terms = (comparable, answer.version) == (was_comparable, before.version)
            if same_terms and answer.total.value is not None and before.total.value is not None:
                increment = answer.total.value - before.total.value
        points.append(Point(period, answer, comparable, increment))
    return points


def of_window(
    evidence: Evidence, period: Period, version: int | None, by: frozenset[str], actors: frozenset[str] | None
) -> tuple[Decided, bool]:
    """The figure, in the terms of the window's own last entry if all it has lies behind a break."""
    window = Window.over(period, period)
    answer = figure(evidence, window, version, by, actors)
    if answer.reason != "no_entries":
        return answer, True
    behind = behind_a_break(evidence, window, answer.version, actors)
    if not behind:
        return answer, True
    own = max(behind, key=lambda entry: (entry.journal, entry.version)).version
    known = {dimension.code for dimension in evidence.version(own).definition.dimensions}
    return figure(evidence, window, own, by & known, actors), False


def behind_a_break(evidence: Evidence, window: Window, version: int, actors: frozenset[str] | None) -> list[Entry]:
    """What counts inside the window and cannot be read in `version` for a break."""
    reference = evidence.version(version)
    found = []
    for entries in by_key(evidence, actors):
        _, counting = standing(evidence, entries)
        if counting is None or counting.kind == WITHDRAWAL or not window.contains(counting.period):
            continue
        if not has_left(evidence, reference, window, counting) and restate(evidence, reference, counting)[0] == "series_break":
            found.append(counting)
    return found
