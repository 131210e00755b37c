"""Attainment, expected and status of a value against a target (`MODEL.md` 5). Pure arithmetic, exact."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise

from service.indicators.aggregation import Answer
from service.indicators.target_rules import starting_day
from service.models.community import Charter
from service.models.indicator import Definition
from service.models.period import Window, last_ended
from service.models.target import TargetTerms
from service.models.vocabulary import Direction, MeasureKind, Nature

NO_DATA, ACHIEVED, MISSED, NOT_ASSESSED = "no_data", "achieved", "missed", "not_assessed"
ON_TRACK, AT_RISK, OFF_TRACK = "on_track", "at_risk", "off_track"
BASELINE_REQUIRED, PERIOD_RUNNING, NO_STARTING_POINT = "baseline_required", "period_running", "no_starting_point"


@dataclass(frozen=True, slots=True)
class Judgement:
    """How far the way is gone, how far it should be, and what that makes. `reason` says why a part of it is missing."""

    attainment: Fraction | None
    expected: Fraction | None
    status: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Course:
    """A target as time runs towards it: `closing_day` is the last day that is over for the question."""

    definition: Definition
    terms: TargetTerms
    closing_day: date

    @property
    def has_ended(self) -> bool:
        """Whether the target's period is over."""
        return self.terms.period.last_day <= self.closing_day

    @property
    def share_elapsed(self) -> Fraction:
        """**s**: the share of the target window's reporting periods that have ended."""
        frequency, window = self.definition.frequency, self.terms.window
        total = window.count(frequency)
        ended = Window(window.first_day, min(window.last_day, self.closing_day)).count(frequency)
        return Fraction(ended, total) if total else Fraction(0)

    @property
    def baseline(self) -> Fraction | None:
        """The baseline; for what runs up, scaled by the number of reporting periods in the two windows."""
        point = self.terms.baseline
        if point is None:
            return None
        if not self.definition.runs_up:
            return Fraction(point.value)
        frequency = self.definition.frequency
        own = Window.over(point.period, point.period).count(frequency)
        return Fraction(point.value) * self.terms.window.count(frequency) / own if own else None

    @property
    def is_value_over_target(self) -> bool:
        """Whether, without a baseline, attainment is value / target."""
        counts_up = self.definition.runs_up or (
            self.definition.nature is Nature.CUMULATIVE and self.definition.measure is MeasureKind.QUANTITY
        )
        target = self.terms.value
        return counts_up and self.definition.direction is Direction.INCREASE and target is not None and target > 0


def judge(answer: Answer, course: Course, charter: Charter) -> Judgement:
    """The judgement of MODEL.md 5, its tests in their order. An interval is judged by its worse end."""
    definition, terms = course.definition, course.terms
    has_data = answer.value is not None or answer.lowest is not None
    expected, line_reason = _expected(course)
    if not has_data:
        return Judgement(None, expected, NO_DATA, None)
    if definition.direction is Direction.MAINTAIN:
        return _maintained(answer, course)
    value = _worse_end(answer, definition.direction)
    attainment, reason = _attainment(value, course)
    status = _status(value, attainment, reason, expected, course, charter)
    if attainment is not None:
        reason = line_reason if status == NOT_ASSESSED else None
    assert terms.value is not None
    return Judgement(attainment, expected, status, reason)


def _worse_end(answer: Answer, direction: Direction) -> Fraction:
    if answer.value is not None:
        return answer.value
    end = answer.lowest if direction is Direction.INCREASE else answer.highest
    assert end is not None
    return end


def _maintained(answer: Answer, course: Course) -> Judgement:
    minimum, maximum = course.terms.minimum, course.terms.maximum
    assert minimum is not None and maximum is not None
    # What was decided on is the value, whatever the ends that it was chosen between.
    given = (answer.lowest, answer.highest) if answer.value is None else (answer.value,)
    ends = [end for end in given if end is not None]
    inside = all(minimum <= end <= maximum for end in ends)
    attainment = Fraction(1 if inside else 0)
    if course.has_ended:
        return Judgement(attainment, None, ACHIEVED if inside else MISSED, None)
    if course.definition.runs_up:
        return Judgement(attainment, None, NOT_ASSESSED, PERIOD_RUNNING)
    return Judgement(attainment, None, ON_TRACK if inside else OFF_TRACK, None)


def _attainment(value: Fraction, course: Course) -> tuple[Fraction | None, str | None]:
    assert course.terms.value is not None
    target, baseline = Fraction(course.terms.value), course.baseline
    if baseline is None:
        return (value / target, None) if course.is_value_over_target else (None, BASELINE_REQUIRED)
    if target == baseline:
        return None, "target_equals_baseline"
    if (target > baseline) != (course.definition.direction is Direction.INCREASE):
        return None, "target_against_direction"
    start = course.share_elapsed * baseline if course.definition.runs_up else baseline
    return (value - start) / (target - baseline), None


def _status(
    value: Fraction,
    attainment: Fraction | None,
    reason: str | None,
    expected: Fraction | None,
    course: Course,
    charter: Charter,
) -> str:
    increases = course.definition.direction is Direction.INCREASE
    assert course.terms.value is not None
    target = Fraction(course.terms.value)
    reached = value >= target if increases else value <= target
    done = attainment >= 1 if attainment is not None else (reason == BASELINE_REQUIRED and reached)
    if course.definition.runs_up:
        done = done and reached and (increases or course.has_ended)
    if done:
        return ACHIEVED
    if course.has_ended and reason in (None, BASELINE_REQUIRED):
        return MISSED
    if attainment is None or expected is None:
        return NOT_ASSESSED
    if attainment >= Fraction(charter.on_track) * expected:
        return ON_TRACK
    return AT_RISK if attainment >= Fraction(charter.at_risk) * expected else OFF_TRACK


def _expected(course: Course) -> tuple[Fraction | None, str | None]:
    """How far the way should be gone, or None and why."""
    if course.definition.direction is Direction.MAINTAIN:
        return None, None
    if course.definition.runs_up:
        return course.share_elapsed, None
    start, target, baseline = starting_day(course.terms), course.terms.value, course.baseline
    if start is None:
        return None, NO_STARTING_POINT
    if target is not None and baseline == target:
        return None, None
    return _on_the_line(course, start), None


def _on_the_line(course: Course, start: date) -> Fraction:
    """The share at the end of the last ended reporting period, on the line from `start` through the milestones to the end."""
    end = course.terms.period.last_day
    now = last_ended(course.definition.frequency, course.closing_day).last_day
    now = min(max(now, start), end)
    points = [(start, Fraction(0)), *_milestones(course), (end, Fraction(1))]
    for (left, low), (right, high) in pairwise(points):
        if left <= now <= right:
            share = low + (high - low) * Fraction((now - left).days, (right - left).days)
            return min(max(share, Fraction(0)), Fraction(1))
    return Fraction(1)


def _milestones(course: Course) -> list[tuple[date, Fraction]]:
    assert course.terms.value is not None
    target, baseline = Fraction(course.terms.value), course.baseline
    if baseline is None:
        if not course.is_value_over_target:
            return []
        baseline = Fraction(0)
    ordered = sorted(course.terms.milestones, key=lambda milestone: milestone.period.last_day)
    return [(m.period.last_day, (Fraction(m.value) - baseline) / (target - baseline)) for m in ordered]
