"""The course of an indicator over the last years, window by window, as its series answers it."""

from dataclasses import dataclass
from datetime import date

from service.api.figure_answers import SeriesAnswer
from service.api.figures import get_series
from service.api.transaction import AskingContext
from service.errors import ServiceError
from service.indicators.evidence import reference_version
from service.models.vocabulary import Frequency
from service.web.charts import Dot

_YEARS = {Frequency.DAILY: 1, Frequency.WEEKLY: 3}
"""Years that are shown of an indicator by its reporting period; of others `_USUAL`. A series has at most 400 windows."""
_USUAL = 5


@dataclass(frozen=True, slots=True)
class Course:
    """A series as dots. `answer` None: it is kept from the reader, or there is none."""

    answer: SeriesAnswer | None
    dots: list[Dot]


def course_of(asking: AskingContext, indicator: str, to_day: date, *, raises: bool = False) -> Course:
    """The indicator's course over the years up to the one of `to_day`. With `raises`, why there is none is raised."""
    version = reference_version(asking.register.indicators[indicator].versions, asking.moment.day)
    first = to_day.year - _YEARS.get(version.definition.frequency, _USUAL) + 1
    try:
        answer = get_series(indicator, asking, None, str(first), str(to_day.year))
    except ServiceError:
        if raises:
            raise
        return Course(None, [])
    dots: list[Dot] = []
    known_version: int | None = None
    for point in answer.items:
        breaks = known_version is not None and point.value is not None and point.version != known_version
        dots.append(
            Dot(
                str(point.period),
                point.value,
                point.lowest,
                point.highest,
                breaks=breaks,
                is_carried=point.carried_forward > 0,
            )
        )
        if point.value is not None:
            known_version = point.version
    return Course(answer, dots)
