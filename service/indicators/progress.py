"""Progress of one indicator (`MODEL.md` 5): its value against its target, up to the close of what is asked."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from service.indicators.aggregation import Answer
from service.indicators.aim import Aim, aim_of
from service.indicators.attainment import NO_DATA, NOT_ASSESSED, Course, Judgement, judge
from service.indicators.evidence import Evidence
from service.indicators.figure import Figure, Question, figured, reference_of
from service.indicators.register import Version
from service.models.measure import rounded
from service.models.period import Period, Window, last_ended
from service.models.vocabulary import OverTime


@dataclass(frozen=True, slots=True)
class Progress:
    """One indicator's line. Measures are rounded to 12 decimals; `exact_attainment` is not, for the objective above it.

    `figure` holds the value over `window` with its completeness and what was left out; its `reason` says why there is no
    value, while `reason` here says why there is no attainment or no judgement. `aim` holds the target, or why there is none.
    """

    indicator: str
    version: Version
    window: Window
    figure: Figure
    aim: Aim
    attainment: Decimal | None
    expected: Decimal | None
    status: str
    reason: str | None
    exact_attainment: Fraction | None

    @property
    def value(self) -> Decimal | None:
        """The value up to the close, None where there is none."""
        return self.figure.value


@dataclass(frozen=True, slots=True)
class ProgressAsked:
    """What progress is asked of, before anything reported is looked at: the target, and the question its value answers."""

    version: Version
    aim: Aim
    closing_day: date
    question: Question


def progress_asked(evidence: Evidence, at: Period | None, actor: str | None = None) -> ProgressAsked:
    """What is asked at the close of `at`, or of the last day before `as_of`'s, whichever is earlier."""
    version = reference_of(evidence, None)
    yesterday = evidence.day - timedelta(days=1)
    closing_day = yesterday if at is None else min(at.last_day, yesterday)
    aim = aim_of(evidence, version, actor, yesterday if at is None else at.last_day)
    window = _window(version, aim, at, closing_day)
    actors = None if actor is None else frozenset([actor])
    return ProgressAsked(version, aim, closing_day, Question(window, version.number, (), actors))


def indicator_progress(evidence: Evidence, at: Period | None, actor: str | None = None) -> Progress:
    """The progress at the close of `at`, or of the last day before `as_of`'s, whichever is earlier; of all, or of one actor."""
    asked = progress_asked(evidence, at, actor)
    version, aim = asked.version, asked.aim
    figure, answer = figured(evidence, asked.question)
    judgement = _judged(answer, aim, version, asked.closing_day, evidence)
    return Progress(
        indicator=evidence.indicator,
        version=version,
        window=asked.question.window,
        figure=figure,
        aim=aim,
        attainment=None if judgement.attainment is None else rounded(judgement.attainment),
        expected=None if judgement.expected is None else rounded(judgement.expected),
        status=judgement.status,
        reason=judgement.reason,
        exact_attainment=judgement.attainment,
    )


def _window(version: Version, aim: Aim, at: Period | None, closing_day: date) -> Window:
    """The window the value is read over.

    For `last` it always holds the reporting period that ended last, so that completeness speaks of the reports the value
    rests on. Without any target it is `at`, else the calendar year so far.
    """
    asked = aim.window
    if asked is None:
        period = at or Period.containing("A", closing_day)
        asked = Window.over(period, period)
    last_day = min(asked.last_day, closing_day)
    if version.definition.over_time is not OverTime.LAST:
        return Window(asked.first_day, last_day)
    period_start = aim.terms.period.first_day if aim.terms is not None else asked.first_day
    return Window(min(period_start, last_ended(version.definition.frequency, last_day).first_day), last_day)


def _judged(answer: Answer, aim: Aim, version: Version, closing_day: date, evidence: Evidence) -> Judgement:
    if aim.terms is not None:
        return judge(answer, Course(version.definition, aim.terms, closing_day), evidence.charter)
    if answer.value is None and answer.lowest is None:
        return Judgement(None, None, NO_DATA, None)
    return Judgement(None, None, NOT_ASSESSED, aim.reason)
