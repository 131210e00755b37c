"""One indicator's page, and the page of a figure opened: what it means, where it comes from, what it was."""

from decimal import Decimal
from typing import Any

from service.api.communities import get_community
from service.api.explanation_answers import ExplanationAnswer
from service.api.explanations import get_explanation
from service.api.figure_answers import FigureAnswer
from service.api.figures import get_figure
from service.api.indicators import IndicatorAnswer, get_indicator, list_indicator_versions
from service.api.paging import LARGEST_PAGE, PageAsked
from service.api.progress import IndicatorProgressAnswer, get_progress
from service.api.transaction import AskingContext
from service.errors import ServiceError
from service.models.vocabulary import OverTime
from service.web.charts import axis_of, series
from service.web.course import Course, course_of
from service.web.speech import Speech

_ENTRIES = 200
"""Entries that a page shows of a figure at most; the rest is asked of the interface for programs."""


def indicator_page(asking: AskingContext, speech: Speech) -> dict[str, Any]:
    """What the template `indicator.html` shows."""
    indicator = get_indicator(asking.request.path_params["indicator"], asking)
    told = _progress_of(asking, indicator.code)
    to_day = told.to_day if told else asking.moment.day
    course = course_of(asking, indicator.code, to_day)
    window = (str(told.from_day), str(told.to_day)) if told else (None, None)
    return {
        "community": get_community(asking),
        "indicator": indicator,
        "progress": told,
        "chart": _chart(indicator, told, course, speech),
        "points": course.answer.items if course.answer else [],
        "figure": _figure(asking, indicator, *window),
        "actors": {actor.code: actor.member.name for actor in asking.register.actors.values()},
        "versions": list(reversed(list_indicator_versions(indicator.code, asking, PageAsked(LARGEST_PAGE, None)).items)),
        "window": window,
        "at": asking.request.query_params.get("at"),
    }


def opened_page(asking: AskingContext, speech: Speech) -> dict[str, Any]:
    """What the template `opened.html` shows: every entry in the figure of the window asked for, and every one left out."""
    indicator = get_indicator(asking.request.path_params["indicator"], asking)
    query = asking.request.query_params
    answer: ExplanationAnswer = get_explanation(
        indicator.code, asking, PageAsked(_ENTRIES, query.get("cursor")), query.get("from"), query.get("to")
    )
    return {
        "community": get_community(asking),
        "indicator": indicator,
        "figure": answer,
        "actors": {actor.code: actor.member.name for actor in asking.register.actors.values()},
    }


def _progress_of(asking: AskingContext, code: str) -> IndicatorProgressAnswer | None:
    """The indicator in the objective tree; None where it was retired from it."""
    tree = get_progress(asking, asking.request.query_params.get("at")).objectives
    known = (one for objective in tree for one in objective.indicators)
    return next((one for one in known if one.indicator == code), None)


def _figure(asking: AskingContext, indicator: IndicatorAnswer, first: str | None, last: str | None) -> FigureAnswer | None:
    """The figure of the window that progress is read over, by the first dimension where there is one; of what is published
    where that window is not. None where all of it is kept from the reader."""
    dimensions = [one.code for one in indicator.definition.dimensions]
    for window in ((first, last), (None, None)):
        for by in (*dimensions[:1], None):
            try:
                return get_figure(indicator.code, asking, *window, by)
            except ServiceError:
                continue
    return None


def _chart(indicator: IndicatorAnswer, told: IndicatorProgressAnswer | None, course: Course, speech: Speech) -> Any:
    shown = [one for dot in course.dots for one in (dot.value, dot.lowest, dot.highest) if one is not None]
    if not shown:
        return None
    target = _comparable_target(indicator, told)
    axis = axis_of(shown if target is None else [*shown, target])
    name, unit = speech.text(indicator.definition.name), speech.text(told.unit.label if told else "")
    known = [dot for dot in course.dots if dot.value is not None]
    sentence = "From %(first)s to %(last)s, in %(unit)s. The table below has every number."
    first, last = (known[place].label if known else "" for place in (0, -1))
    said = speech.say(sentence, first=first, last=last, unit=unit)
    return series(course.dots, target, [speech.number(tick) for tick in axis.ticks], axis, (name, said))


def _comparable_target(indicator: IndicatorAnswer, told: IndicatorProgressAnswer | None) -> Decimal | None:
    """The target as a height among the windows; None where windows add up to it, so that none of them compares with it."""
    if told is None or told.target is None or indicator.definition.over_time is OverTime.SUM:
        return None
    return told.target
