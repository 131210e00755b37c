"""MODEL.md 5 over a whole community, naively: every indicator judged against the target that is meant, and the tree above."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from service.indicators.evidence import Evidence
from service.models.period import Period, Window
from service.models.target import TargetTerms
from tests.naive.aims import aim
from tests.naive.community import State, evidence_of
from tests.naive.figures import Result
from tests.naive.judging import Judgement, ends_in, first_for_last, judge
from tests.naive.objectives import Child, Standing, standing
from tests.naive.overlaps import figure
from tests.naive.taking import in_force


@dataclass(frozen=True)
class Line:
    """One indicator's progress; `terms` None: there is no target, and the judgement's reason says why."""

    version: int
    terms: TargetTerms | None
    judgement: Judgement


def line_of(state: State, code: str, instant: datetime, at: Period | None) -> Line:
    """The progress of an indicator, of all actors together, at the close of `at` (None: of the last day that is over)."""
    evidence = evidence_of(state, code, instant)
    version = in_force(evidence.versions, evidence.day)
    yesterday = evidence.day - timedelta(days=1)
    asked = yesterday if at is None else at.last_day
    own = [t.terms for t in evidence.targets if t.version == version.number and not t.terms.cell]
    communitys = [terms for terms in own if terms.actor is None]
    if not own:
        # Without any target it is what was asked for that is looked at, or the calendar year.
        whole = at or Period.containing("A", yesterday)
        judgement = _unjudged(evidence, Window.over(whole, whole), min(asked, yesterday), "no_target")
        return Line(version.number, None, judgement)
    window = window_meant([terms.window for terms in communitys or own], asked)
    terms = aim(_only(evidence, window), version, None)
    if terms is None:
        return Line(version.number, None, _unjudged(evidence, window, min(asked, yesterday), "targets_incomplete"))
    return Line(version.number, terms, judge(evidence, terms, at, None))


def _unjudged(evidence: Evidence, window: Window, close: date, reason: str) -> Judgement:
    """The value of the days of `window` up to `close`, and why nothing is said of it."""
    until = min(window.last_day, close)
    definition = in_force(evidence.versions, evidence.day).definition
    first = window.first_day
    if definition.over_time == "last":
        first = first_for_last(definition, first, until)
    result = figure(evidence, Window(first, until)).total if first <= until else Result()
    ends = ends_in(result)
    status = "not_assessed" if ends else "no_data"
    return Judgement(result, ends, None, None, status, reason if ends else None)


def _only(evidence: Evidence, window: Window) -> Evidence:
    """With the targets for one window alone."""
    return replace(evidence, targets=tuple(target for target in evidence.targets if target.terms.window == window))


def window_meant(windows: list[Window], day: date) -> Window:
    """Of several, the first that ends on or after `day`, else the one that ended last; the shorter of two that end together."""
    running = [window for window in windows if window.last_day >= day]
    end = min(window.last_day for window in running) if running else max(window.last_day for window in windows)
    return max((window for window in windows if window.last_day == end), key=lambda window: window.first_day)


@dataclass(frozen=True)
class Branch:
    """What an objective comes to, and how many of how many indicators below it are on track."""

    standing: Standing
    on_track: int
    indicators: int


def branches(state: State, lines: dict[str, Line], statuses: dict[str, str]) -> dict[str, Branch]:
    """Every objective's; `statuses` are those of all indicators."""
    return {code: _branch(state, lines, statuses, code) for code in state.decided.objectives}


def _branch(state: State, lines: dict[str, Line], statuses: dict[str, str], code: str) -> Branch:
    below = _indicators_below(state, code)
    on_track = sum(statuses[indicator] in ("on_track", "achieved") for indicator in below)
    return Branch(standing(_children(state, lines, code)), on_track, len(below))


def _children(state: State, lines: dict[str, Line], code: str) -> list[Child]:
    children: list[Child] = [
        {"weight": objective.weight, "children": _children(state, lines, objective.code)}
        for objective in state.decided.objectives.values()
        if objective.parent == code
    ]
    for indicator in state.decided.indicators.values():
        if indicator.objective == code:
            children.append({"weight": indicator.weight, "attainment": lines[indicator.code].judgement.attainment})
    return children


def _indicators_below(state: State, code: str) -> list[str]:
    found = [indicator.code for indicator in state.decided.indicators.values() if indicator.objective == code]
    for objective in state.decided.objectives.values():
        if objective.parent == code:
            found += _indicators_below(state, objective.code)
    return found
