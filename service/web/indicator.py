"""One indicator's page, and the page of a figure opened: what it means, where it comes from, what it was."""

from decimal import Decimal
from typing import Any

from markupsafe import Markup

from service import texts
from service.api.communities import get_community
from service.api.explanation_answers import ExplanationAnswer
from service.api.explanations import get_explanation
from service.api.figure_answers import FigureAnswer
from service.api.figures import get_figure
from service.api.indicators import IndicatorAnswer, get_indicator, list_indicator_versions, list_indicators
from service.api.paging import LARGEST_PAGE, PageAsked
from service.api.progress import IndicatorProgressAnswer, get_progress
from service.api.transaction import AskingContext
from service.errors import ServiceError
from service.models.vocabulary import OverTime
from service.web.charts import Dot, axis_of, series, standalone
from service.web.course import Course, course_of
from service.web.since import instant_of, since
from service.web.speech import Speech
from service.web.terms import Terms, choices

_ALL = 1_000_000
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
        "chart": _chart(indicator, told, course, speech) if any(map(_is_known, course.dots)) else None,
        "points": course.answer.items if course.answer else [],
        "figure": _figure(asking, indicator, *window),
        "actors": asking.register.actor_names,
        "versions": list(reversed(list_indicator_versions(indicator.code, asking, PageAsked(LARGEST_PAGE, None)).items)),
        "window": window,
        "at": asking.request.query_params.get("at"),
        "terms": Terms(speech, asking.register),
        "words": choices(speech),
    }


def opened_page(asking: AskingContext, speech: Speech) -> dict[str, Any]:
    """What the template `opened.html` shows: every entry in the figure of the window asked for, and every one left out; and,
    asked `since` a day, why it changed."""
    indicator = get_indicator(asking.request.path_params["indicator"], asking)
    answer, why_not = _compared(asking, indicator.code, speech)
    terms = Terms(speech, asking.register)
    title = speech.say("Why %(name)s changed", name=terms.indicator(indicator.code))
    return {
        "community": get_community(asking),
        "indicator": indicator,
        "figure": answer,
        "actors": asking.register.actor_names,
        "since": since(answer.instants, terms, title) if answer.instants else None,
        "since_day": asking.request.query_params.get("since", ""),
        "why_not": why_not,
        "today": asking.moment.day,
    }


def _compared(asking: AskingContext, code: str, speech: Speech) -> tuple[ExplanationAnswer, str]:
    """The figure opened, compared with that of the day asked for; where that cannot be, why not, in words."""
    query, day = asking.request.query_params, asking.request.query_params.get("since")
    instant = instant_of(day, speech) if day else None
    asked = (code, asking, PageAsked(_ENTRIES, query.get("cursor")), query.get("from"), query.get("to"))
    if instant is None:
        return get_explanation(*asked), speech.say("This is no day: it is written 2026-01-31.") if day else ""
    try:
        return get_explanation(*asked, compare_as_of=instant), ""
    except ServiceError as error:
        return get_explanation(*asked), texts.detail(error.code, speech.language, error.detail, error.context)


def indicators_page(asking: AskingContext, speech: Speech) -> dict[str, Any]:
    """What the template `indicators.html` shows: every indicator, those that were retired last."""
    found = list_indicators(asking, PageAsked(_ALL, None), None, None).items
    return {
        "community": get_community(asking),
        "indicators": sorted(found, key=lambda one: one.retired),
        "terms": Terms(speech, asking.register),
        "words": choices(speech),
    }


def indicator_image(asking: AskingContext, speech: Speech) -> Markup:
    """One indicator's chart by itself, as an image for members' own sites. Raises what its series does."""
    indicator = get_indicator(asking.request.path_params["indicator"], asking)
    told = _progress_of(asking, indicator.code)
    course = course_of(asking, indicator.code, told.to_day if told else asking.moment.day, raises=True)
    return standalone(_chart(indicator, told, course, speech), speech.text(indicator.definition.name))


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


def _chart(indicator: IndicatorAnswer, told: IndicatorProgressAnswer | None, course: Course, speech: Speech) -> Markup:
    shown = [one for dot in course.dots for one in (dot.value, dot.lowest, dot.highest) if one is not None]
    target = _comparable_target(indicator, told)
    axis = axis_of(shown if target is None else [*shown, target])
    name, unit = speech.text(indicator.definition.name), speech.text(told.unit.label if told else "")
    known = [dot for dot in course.dots if dot.value is not None]
    first, last = (known[place].label if known else "" for place in (0, -1))
    said = speech.say("From %(first)s to %(last)s, in %(unit)s.", first=first, last=last, unit=unit)
    return series(course.dots, target, [speech.number(tick) for tick in axis.ticks], axis, (name, said))


def _is_known(dot: Dot) -> bool:
    return dot.value is not None or dot.lowest is not None


def _comparable_target(indicator: IndicatorAnswer, told: IndicatorProgressAnswer | None) -> Decimal | None:
    """The target as a height among the windows; None where windows add up to it, so that none of them compares with it."""
    if told is None or told.target is None or indicator.definition.over_time is OverTime.SUM:
        return None
    return told.target
