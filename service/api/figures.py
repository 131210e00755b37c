"""Figures: one, several, and one per window of a series."""

from dataclasses import replace
from datetime import date
from typing import Annotated

from fastapi import Query

from service.answers import Answers
from service.api.figure_answers import (
    FigureAnswer,
    FigureList,
    SeriesAnswer,
    answers_of,
    figure_answer,
    point_answer,
)
from service.api.identity import READ
from service.api.naming import dimensions_in_query, indicator_in_path, indicators_in_query, period_asked, period_in
from service.api.paging import PageAsked, Paged, page
from service.api.publication import (
    Publications,
    published_figure,
    published_or_not,
    published_series,
    reads_published,
    refuse_narrowing,
)
from service.api.routing import Resource
from service.api.sight import actors_asked
from service.api.transaction import Asking, AskingContext
from service.api.withholding import told_figure, withhold_growth
from service.errors import Fault, NotFound, Refused, refused
from service.indicators.evidence import reference_version
from service.indicators.figure import Question
from service.indicators.register import KnownIndicator, Version
from service.models.indicator import Definition
from service.models.period import Period, Window
from service.models.vocabulary import Frequency

router = Resource("figures")

LONGEST_SERIES = 400
"""How many windows a series has at most: a year of days and a month."""
LONGEST_WINDOW = 20_000
"""How many reporting periods a window has at most: 54 years of days. Whether each was due has to be looked at."""

From = Annotated[
    str | None,
    period_asked(
        "The window begins on this period's first day, inclusive. Without it: with `to`; without both: with the calendar year "
        "of `as_of`'s day.",
        alias="from",
    ),
]
To = Annotated[
    str | None,
    period_asked(
        "The window ends on this period's last day, inclusive. Without it: with the calendar year of `as_of`'s day, or with "
        "`from` where that ends later."
    ),
]
By = Annotated[
    str | None,
    Query(max_length=1_000, description="Dimensions to split by, separated by commas: a value for each combination of codes."),
]
VersionAsked = Annotated[
    int | None, Query(ge=1, description="In the terms of this version. Without it: of the version in force on `as_of`'s day.")
]
ActorAsked = Annotated[str | None, Query(max_length=63, description="Over this actor alone. Not together with `group`.")]
GroupAsked = Annotated[
    str | None, Query(max_length=63, description="Over the actors of this group. Not together with `actor`.")
]


def window_asked(first: str | None, last: str | None, day: date, names: tuple[str, str] = ("from", "to")) -> Window:
    """The window of `from` and `to`, or of two parameters of other `names`.

    Raises Refused: `not_a_period`, `window_reversed` where `from` begins after `to` has ended.
    """
    year = Period.containing("A", day)
    begin = None if first is None else period_in(first, names[0])
    end = None if last is None else period_in(last, names[1])
    if begin is None:
        begin = end or year
    elif end is None:
        end = year if begin.last_day <= year.last_day else begin
    end = end or year
    if begin.first_day > end.last_day:
        raise refused(
            "window_reversed",
            f"`{names[0]}` is {begin}, which begins after `{names[1]}`, {end}",
            pointer=names[0],
            begin=begin,
            end=end,
        )
    return Window.over(begin, end)


def refuse_long(window: Window, definition: Definition, pointer: str = "from") -> None:
    """Raises Refused `window_too_long`."""
    if window.count(definition.frequency) > LONGEST_WINDOW:
        raise refused(
            "window_too_long", f"a window has at most {LONGEST_WINDOW} reporting periods", pointer=pointer, most=LONGEST_WINDOW
        )


def _version(known: KnownIndicator, number: int | None, day: date) -> Version:
    """The version asked for. Raises NotFound `unknown_version`."""
    if number is None:
        return reference_version(known.versions, day)
    if number > len(known.versions):
        detail = f"`{known.code}` has no version {number}; its latest is {len(known.versions)}"
        fault = Fault("unknown_version", detail, pointer="version", suggestion=str(len(known.versions)))
        raise NotFound("unknown_version", detail, faults=(fault,), indicator=known.code, version=number)
    return known.versions[number - 1]


def window_named(first: str | None, last: str | None, day: date) -> Window | None:
    """The window of `from` and `to`; None where neither is given. Raises as `window_asked`."""
    return None if first is None and last is None else window_asked(first, last, day)


def question_asked(
    known: KnownIndicator, window: Window, by: str | None, number: int | None, actors: frozenset[str] | None, day: date
) -> Question:
    """What is asked. Raises as `figure` does, NotFound `unknown_version` and Refused `window_too_long`."""
    version = _version(known, number, day)
    refuse_long(window, version.definition)
    return Question(window, number, dimensions_in_query(version.definition, by), actors)


def one_question(
    asking: AskingContext,
    indicator: str,
    begin: str | None,
    to: str | None,
    by: str | None,
    version: int | None,
    actor: str | None,
    group: str | None,
) -> tuple[KnownIndicator, Question]:
    """The indicator of a path and what a query asks of it. Raises what its parts raise."""
    known = indicator_in_path(asking.register, indicator)
    window = window_asked(begin, to, asking.moment.day)
    actors = actors_asked(asking, actor, group)
    return known, question_asked(known, window, by, version, actors, asking.moment.day)


def figures_of_today(asking: AskingContext, answers: Answers) -> dict[str, FigureAnswer]:
    """The figure of every indicator, retired ones included, as `get_figure` answers it to one who asks for nothing more."""
    day, register = asking.moment.day, asking.register
    window = window_asked(None, None, day)
    known = sorted(register.indicators.values(), key=lambda known: known.number)
    made = answers.figures({one.code: question_asked(one, window, None, None, None, day) for one in known})
    return {one.code: figure_answer(asking, one, window, made[one.code]) for one in known}


@router.get("/indicators/{indicator}/figure", access=READ, etag=True, kept=True)
def get_figure(
    indicator: str,
    asking: Asking,
    begin: From = None,
    to: To = None,
    by: By = None,
    version: VersionAsked = None,
    actor: ActorAsked = None,
    group: GroupAsked = None,
) -> FigureAnswer:
    """One indicator's value over a window, with what is in it, what was left out and how complete it is.

    Without `from` and `to` the window is the calendar year of `as_of`'s day; `to` alone asks for that period alone, `from`
    alone for everything since. The answer carries the instant it was asked as of: with it, the same question has the same
    answer for ever.
    """
    if reads_published(asking):
        known = indicator_in_path(asking.register, indicator)
        published = Publications(asking)
        refuse_narrowing(asking, published.shown(known.code))
        return published_figure(published, known, window_named(begin, to, asking.moment.day), by)
    known, question = one_question(asking, indicator, begin, to, by, version, actor, group)
    made = answers_of(asking).figures({known.code: question})[known.code]
    return told_figure(asking, known, question, made, figure_answer(asking, known, question.window, made))


@router.get("/figures", access=READ, etag=True, kept=True, workbook=True)
def list_figures(
    asking: Asking,
    paged: Paged,
    indicators: Annotated[
        str | None,
        Query(max_length=20_000, description="Indicators, separated by commas. Without it: all that are not retired."),
    ] = None,
    begin: From = None,
    to: To = None,
    by: By = None,
    actor: ActorAsked = None,
    group: GroupAsked = None,
) -> FigureList:
    """The figures of several indicators over the same window, in the order asked for. See `get_figure`.

    `by` must name dimensions that every one of them has.
    """
    if reads_published(asking):
        return _published_figures(asking, paged, indicators, window_named(begin, to, asking.moment.day), by)
    window = window_asked(begin, to, asking.moment.day)
    actors = actors_asked(asking, actor, group)
    cut = page(indicators_in_query(asking.register, indicators), paged)
    known: list[KnownIndicator] = cut["items"]
    questions = {one.code: question_asked(one, window, by, None, actors, asking.moment.day) for one in known}
    made = answers_of(asking).figures(questions)
    return FigureList(
        items=[
            told_figure(asking, one, questions[one.code], made[one.code], figure_answer(asking, one, window, made[one.code]))
            for one in known
        ],
        next_cursor=cut["next_cursor"],
        as_of=asking.moment.instant,
    )


def _published_figures(
    asking: AskingContext, paged: PageAsked, indicators: str | None, window: Window | None, by: str | None
) -> FigureList:
    refuse_narrowing(asking)
    published = Publications(asking)
    cut = page(indicators_in_query(asking.register, indicators), paged)
    return FigureList(
        items=[published_or_not(published, known, window, by) for known in cut["items"]],
        next_cursor=cut["next_cursor"],
        as_of=published.asking.moment.instant,
    )


@router.get("/indicators/{indicator}/series", access=READ, etag=True, kept=True, workbook=True)
def get_series(
    indicator: str,
    asking: Asking,
    frequency: Annotated[
        Frequency | None,
        Query(description="The windows' length, an SDMX letter. Without it: the indicator's reporting period."),
    ] = None,
    begin: From = None,
    to: To = None,
    by: By = None,
    version: VersionAsked = None,
    actor: ActorAsked = None,
    group: GroupAsked = None,
) -> SeriesAnswer:
    """The same question for every period of `frequency` wholly inside the window, at most 400.

    Without `from` and `to` the window is the calendar year of `as_of`'s day. A period that only has entries behind a break
    is shown in the version of its own last entry, with `comparable` false.
    """
    if reads_published(asking):
        known = indicator_in_path(asking.register, indicator)
        published = Publications(asking)
        refuse_narrowing(asking, published.shown(known.code))
        return published_series(published, known, frequency, window_named(begin, to, asking.moment.day), by)
    known, question = one_question(asking, indicator, begin, to, by, version, actor, group)
    length = frequency or _version(known, version, asking.moment.day).definition.frequency
    if question.window.count(length) > LONGEST_SERIES:
        raise Refused(
            "series_too_long",
            f"a series has at most {LONGEST_SERIES} windows; ask for a shorter stretch or longer windows",
            faults=(Fault("series_too_long", f"a series has at most {LONGEST_SERIES} windows", pointer="from"),),
            most=LONGEST_SERIES,
        )
    points = answers_of(asking).series(known.code, length, question.window, version, question.by, question.actors)
    items = [point_answer(asking, known, point) for point in points]
    for point, answer in zip(points, items, strict=True):
        told_figure(asking, known, replace(question, window=Window.over(point.period, point.period)), point.figure, answer)
    withhold_growth(asking, items)
    return SeriesAnswer(indicator=known.code, frequency=length, items=items, as_of=asking.moment.instant)
