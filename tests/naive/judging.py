"""MODEL.md 5, naively: how far one target is reached, how far it should be, and in what words."""

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from service.indicators.evidence import Evidence
from service.models.indicator import Definition
from service.models.period import Period, Window
from service.models.target import TargetTerms
from tests.naive.figures import Result
from tests.naive.overlaps import figure
from tests.naive.taking import in_force


@dataclass(frozen=True)
class Judgement:
    """Progress towards one target. `ends` are the value of `result`, or the two ends of its interval."""

    result: Result
    ends: tuple[Fraction, ...]
    attainment: Fraction | None
    expected: Fraction | None
    status: str
    reason: str | None


def judge(evidence: Evidence, terms: TargetTerms, at: Period | None, actor: str | None) -> Judgement:
    """The progress of the community (`actor` None) or of one actor towards `terms`."""
    definition = in_force(evidence.versions, evidence.day).definition
    asked_until = evidence.day - timedelta(days=1)
    if at is not None:
        asked_until = min(asked_until, at.last_day)
    until = min(asked_until, terms.window.last_day)
    period_is_over = terms.window.last_day <= asked_until
    result = reached(evidence, definition, terms, until, actor)
    ends = ends_in(result)
    attainments = [attain(definition, terms, end, until) for end in ends]
    reasons = {reason for _, reason in attainments if reason is not None}
    numbers = [number for number, _ in attainments if number is not None]
    attainment = min(numbers, default=None)
    no_attainment = reasons.pop() if reasons else None
    expected, no_line = expect(definition, terms, until)
    status, status_reason = state(evidence, definition, terms, ends, attainment, no_attainment, expected, period_is_over)
    reason = None
    if ends:
        reason = no_attainment or status_reason or (no_line if status == "not_assessed" else None)
    return Judgement(result, ends, attainment, expected, status, reason)


def reached(evidence: Evidence, definition: Definition, terms: TargetTerms, until: date, actor: str | None) -> Result:
    """The value against the target, from the target's first day to `until`."""
    first = terms.window.first_day
    if definition.over_time == "last":
        first = first_for_last(definition, terms.period.first_day, until)
    if first > until:
        return Result()
    actors = None if actor is None else [actor]
    cell = terms.cell
    answer = figure(evidence, Window(first, until), None, [dimension for dimension, _ in cell], actors)
    return answer.by_dimension.get(cell, Result()) if cell else answer.total


def ends_in(result: Result) -> tuple[Fraction, ...]:
    """The value where there is one, else the two ends that it lies between, if there are."""
    ends = (result.lowest, result.highest) if result.value is None else (result.value,)
    return tuple(end for end in ends if end is not None)


def first_for_last(definition: Definition, first: date, until: date) -> date:
    """Where the days begin that a value at `until` is read over: with `first`, or the last reporting period that has ended.

    It only matters to what was decided of exactly these days: what served before them serves all the same.
    """
    period = Period.containing(definition.frequency, until)
    ended = period if period.last_day <= until else period.next(-1)
    return min(first, ended.first_day)


def runs_up(definition: Definition) -> bool:
    """Whether a longer window makes more of it."""
    if definition.over_time != "sum":
        return False
    return definition.measure == "quantity" or (definition.measure == "ratio" and definition.denominator_over_time == "last")


def reporting_periods(definition: Definition, window: Window) -> list[Period]:
    """The reporting periods wholly inside `window`, in order."""
    periods = []
    period = Period.containing(definition.frequency, window.first_day)
    while period.last_day <= window.last_day:
        if window.first_day <= period.first_day:
            periods.append(period)
        period = period.next()
    return periods


def share_ended(definition: Definition, terms: TargetTerms, until: date) -> Fraction:
    """MODEL.md's s."""
    periods = reporting_periods(definition, terms.window)
    return Fraction(sum(period.last_day <= until for period in periods), len(periods))


def scaled_baseline(definition: Definition, terms: TargetTerms) -> Fraction | None:
    """The baseline, scaled to the target's window for what runs up."""
    if terms.baseline is None:
        return None
    value = Fraction(str(terms.baseline.value))
    if not runs_up(definition):
        return value
    before = Window.over(terms.baseline.period, terms.baseline.period)
    return value * len(reporting_periods(definition, terms.window)) / len(reporting_periods(definition, before))


def attain(definition: Definition, terms: TargetTerms, value: Fraction, until: date) -> tuple[Fraction | None, str | None]:
    """The attainment, or why there is none."""
    if definition.direction == "maintain":
        return Fraction(int(bounds(terms)[0] <= value <= bounds(terms)[1])), None
    target = aim(terms)
    baseline = scaled_baseline(definition, terms)
    if baseline is None:
        if value_over_target(definition, terms):
            return value / target, None
        return None, "baseline_required"
    if target == baseline:
        return None, "target_equals_baseline"
    if (target > baseline) != (definition.direction == "increase"):
        return None, "target_against_direction"
    start = share_ended(definition, terms, until) * baseline if runs_up(definition) else baseline
    return (value - start) / (target - baseline), None


def value_over_target(definition: Definition, terms: TargetTerms) -> bool:
    """Whether, without a baseline, attainment is simply value / target."""
    from_nothing = runs_up(definition) or (definition.measure == "quantity" and definition.nature == "cumulative")
    return from_nothing and definition.direction == "increase" and aim(terms) > 0


def aim(terms: TargetTerms) -> Fraction:
    """The value aimed at, where it is one."""
    assert terms.value is not None
    return Fraction(str(terms.value))


def bounds(terms: TargetTerms) -> tuple[Fraction, Fraction]:
    """What a maintained value should stay between, both inclusive."""
    assert terms.minimum is not None and terms.maximum is not None
    return Fraction(str(terms.minimum)), Fraction(str(terms.maximum))


def expect(definition: Definition, terms: TargetTerms, until: date) -> tuple[Fraction | None, str | None]:
    """How far one should be by the end of the last ended reporting period, or why no line can be drawn."""
    if definition.direction == "maintain":
        return None, None
    if runs_up(definition):
        return share_ended(definition, terms, until), None
    baseline = scaled_baseline(definition, terms)
    if baseline is not None and baseline == aim(terms):
        return None, "target_equals_baseline"
    if terms.baseline is not None:
        start = terms.baseline.period.last_day
    elif terms.from_period is not None:
        start = terms.from_period.first_day - timedelta(days=1)
    else:
        return None, "no_starting_point"
    points = {start: Fraction(0), terms.period.last_day: Fraction(1)}
    for milestone in terms.milestones:
        height = Fraction(str(milestone.value))
        if baseline is not None:
            points[milestone.period.last_day] = (height - baseline) / (aim(terms) - baseline)
        elif value_over_target(definition, terms):
            points[milestone.period.last_day] = height / aim(terms)
    points[terms.period.last_day] = Fraction(1)
    period = Period.containing(definition.frequency, until)
    ended = period.last_day if period.last_day <= until else period.first_day - timedelta(days=1)
    return min(max(on_line(points, ended), Fraction(0)), Fraction(1)), None


def on_line(points: dict[date, Fraction], day: date) -> Fraction:
    """The height at `day` of the line through the points; level before the first and after the last."""
    if day <= min(points):
        return points[min(points)]
    if day >= max(points):
        return points[max(points)]
    before = max(known for known in points if known <= day)
    after = min(known for known in points if known > day)
    return points[before] + (points[after] - points[before]) * Fraction((day - before).days, (after - before).days)


def state(
    evidence: Evidence,
    definition: Definition,
    terms: TargetTerms,
    ends: tuple[Fraction, ...],
    attainment: Fraction | None,
    no_attainment: str | None,
    expected: Fraction | None,
    period_is_over: bool,
) -> tuple[str, str | None]:
    """The status, tested in MODEL.md's order, and a reason where the status itself has one."""
    if not ends:
        return "no_data", None
    rises = definition.direction == "increase"
    if definition.direction == "maintain":
        assert attainment is not None
        if period_is_over:
            return ("achieved" if attainment >= 1 else "missed"), None
        if runs_up(definition):
            return "not_assessed", "period_running"
        return ("on_track" if attainment >= 1 else "off_track"), None
    reached = all(end >= aim(terms) if rises else end <= aim(terms) for end in ends)
    achieved = reached if no_attainment == "baseline_required" else attainment is not None and attainment >= 1
    if achieved and runs_up(definition):
        achieved = reached and (rises or period_is_over)
    if achieved:
        return "achieved", None
    if period_is_over and no_attainment in (None, "baseline_required"):
        return "missed", None
    if attainment is None or expected is None:
        return "not_assessed", None
    if attainment >= Fraction(str(evidence.charter.on_track)) * expected:
        return "on_track", None
    if attainment >= Fraction(str(evidence.charter.at_risk)) * expected:
        return "at_risk", None
    return "off_track", None
