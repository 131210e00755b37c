"""What is shown to who is no member where the charter protects something: what was published, and nothing else.

`indicators/disclosure.py` says what that is. Under a charter that protects nothing, which is the usual one, a public community
is read by anybody as by its members, and nothing here is asked.
"""

from dataclasses import replace

from service.api.figure_answers import (
    CompletenessAnswer,
    FigureAnswer,
    SeriesAnswer,
    SeriesPointAnswer,
    answers_of,
    figure_answer,
    say_again,
)
from service.api.naming import dimensions_in_query
from service.api.sight import actors_asked
from service.api.transaction import AskingContext, as_of_now, service_of
from service.errors import Forbidden
from service.indicators.aggregation import Codes
from service.indicators.disclosure import Shown, after
from service.indicators.figure import Figure, Question, figure
from service.indicators.lattice import Place
from service.indicators.register import KnownIndicator
from service.models.period import Period, Window
from service.models.vocabulary import Nature, OverActors
from service.records.publications import Closing, closings, protection_of, publications

NOT_PUBLISHED = "not_published"
MOST_NAMED = 12
"""How many of the windows that can be asked for a refusal names, the latest."""
_NARROWING = ("as_of", "version", "actor", "group")
"""What a published figure cannot be asked by: each would tell apart what is shown together."""


def reads_published(asking: AskingContext) -> bool:
    """Whether the caller is shown published figures only: no member, and the charter protects something.

    The charter of today decides, and besides that of the instant asked for: what is hidden now was perhaps shown then, and what
    was hidden then stays hidden.
    """
    if asking.caller.actor is not None:
        return False
    return bool(protection_of(asking.register.settings.charter) or protection_of(as_of_now(asking).register.settings.charter))


def refuse_narrowing(asking: AskingContext, shown: Shown | None = None) -> None:
    """Raises Forbidden for a question that only members may ask: `actor_values_hidden` as for them, else `not_published`."""
    asked = asking.request.query_params
    actors_asked(asking, asked.get("actor"), asked.get("group"))
    if any(name in asked for name in _NARROWING):
        raise not_published(shown)


def not_published(shown: Shown | None = None) -> Forbidden:
    """The refusal of what is not published, with what is."""
    windows = [str(window) for window in shown.windows()][-MOST_NAMED:] if shown is not None else []
    named = ", ".join(windows) or "–"
    return Forbidden(
        "not_published",
        "Who is no member is shown what was published: closed periods, one reporting period or calendar year at a time, "
        f"without `as_of`, `version`, `actor` or `group`. Of this there is: {named}.",
        windows=named,
    )


class Publications:
    """What was published of a community by now, whatever the instant asked for: for a caller who reads no more than that.

    `hides_actors`: whether actors' values are kept to themselves, now or then.
    """

    def __init__(self, asking: AskingContext) -> None:
        service = service_of(asking.request)
        self.hides_actors = not asking.register.settings.charter.show_actor_values
        self._asking, self._memory, self._registers = as_of_now(asking), service.memory, service.registers
        self.hides_actors |= not self._asking.register.settings.charter.show_actor_values
        self._closings = closings(asking.connection, self._asking.register, self._asking.moment)

    @property
    def asking(self) -> AskingContext:
        """The caller's question, as of the last publication; as of the moment it was asked where there is none yet."""
        if not self._closings:
            return self._asking
        return replace(self._asking, moment=replace(self._asking.moment, instant=self._closings[-1].instant))

    def shown(self, indicator: str) -> Shown:
        """What is shown of one indicator."""
        done, shown = self._remembered(indicator)
        left = self._closings[done:]
        if left:
            evidence = answers_of(self._asking).evidence([indicator])[indicator]
            community_id = self._asking.register.community_id
            for one in publications(self._asking.connection, self._registers, left, evidence, community_id):
                shown = after(shown, one)
            self._memory.keep(self._key(indicator, self._closings), shown)
        return shown

    def _remembered(self, indicator: str) -> tuple[int, Shown]:
        """What is remembered after as many closings as possible."""
        for done in range(len(self._closings), 0, -1):
            found = self._memory.recall(self._key(indicator, self._closings[:done]))
            if found is not None:
                return done, found
        return 0, Shown()

    def _key(self, indicator: str, upto: tuple[Closing, ...]) -> tuple[object, ...]:
        return ("published", self._asking.register.community_id, indicator, upto)


def published_figure(published: Publications, known: KnownIndicator, window: Window | None, by: str | None) -> FigureAnswer:
    """The figure of a published window (None: of the last year, else period). Raises Forbidden `not_published`."""
    shown = published.shown(known.code)
    found = shown.latest() if window is None else shown.window_of(window)
    if found is None:
        raise not_published(shown)
    return _figure_answer(published, known, shown, found, dimensions_in_query(shown.version.definition, by))


def published_or_not(published: Publications, known: KnownIndicator, window: Window | None, by: str | None) -> FigureAnswer:
    """The same among others: where it is not published, without a value, `not_published` being the reason."""
    shown = published.shown(known.code)
    found = shown.latest() if window is None else shown.window_of(window)
    if found is not None:
        return _figure_answer(published, known, shown, found, dimensions_in_query(shown.version.definition, by))
    asking = published.asking
    evidence = answers_of(asking).evidence([known.code], [])[known.code]
    days = window or Window.over(*[Period.containing("A", asking.moment.day)] * 2)
    made = figure(evidence, Question(days, None, dimensions_in_query(known.versions[-1].definition, by)))
    answer = figure_answer(asking, known, days, made)
    # Who has reported what is not published is not told either.
    unknown = CompletenessAnswer(
        due=0, reported=0, late=0, missing=[], actors_due=0, latest_period=None, latest_recorded_at=None
    )
    answer = answer.model_copy(update={"reason": NOT_PUBLISHED, "completeness": unknown})
    say_again(answer, known.versions[answer.version - 1].definition, asking.moment.day)
    return answer


def published_series(
    published: Publications, known: KnownIndicator, frequency: str | None, window: Window | None, by: str | None
) -> SeriesAnswer:
    """The figures of the published windows of a length inside `window` (None: the year of the last that is published).

    Raises Forbidden `not_published` for another length than the reporting period's or the year's.
    """
    shown = published.shown(known.code)
    if shown.evidence is None:
        raise not_published(shown)
    own = shown.version.definition.frequency
    length = frequency or own
    if length not in (own, "A"):
        raise not_published(shown)
    latest = shown.latest()
    year = None if latest is None else Period.containing("A", latest.last_day)
    days = window or (None if year is None else Window.over(year, year))
    dimensions = dimensions_in_query(shown.version.definition, by)
    points: list[SeriesPointAnswer] = []
    for period in shown.windows():
        if period.frequency == length and days is not None and days.contains(period):
            answer = _figure_answer(published, known, shown, period, dimensions)
            before = _figure_answer(published, known, shown, period.next(-1), ()) if _is_shown(shown, period) else None
            growth = None
            if before is not None and answer.value is not None and before.value is not None:
                growth = answer.value - before.value
            points.append(SeriesPointAnswer(**dict(answer), period=period, comparable=True, increment=growth))
    return SeriesAnswer(indicator=known.code, frequency=length, items=points, as_of=published.asking.moment.instant)


def _is_shown(shown: Shown, period: Period) -> bool:
    """Whether of a running total the window before `period` is shown, too."""
    return shown.version.definition.nature is Nature.CUMULATIVE and period.next(-1) in shown.windows()


def _figure_answer(published: Publications, known: KnownIndicator, shown: Shown, window: Period, by: Codes) -> FigureAnswer:
    assert shown.evidence is not None
    days = Window.over(window, window)
    made = figure(shown.evidence, Question(days, shown.version.number, by))
    answer = figure_answer(published.asking, known, days, made)
    hide(answer, made, shown, window, by)
    say_again(answer, shown.version.definition, published.asking.moment.day)
    return answer


def hide(answer: FigureAnswer, made: Figure, shown: Shown, window: Period, by: Codes) -> None:
    """Takes out of `answer` whatever is not shown of that window, and says why."""
    definition = shown.version.definition
    in_order = tuple(dimension.code for dimension in definition.dimensions if dimension.code in by)
    total = Place(window)
    is_interval = definition.over_actors is OverActors.DISTINCT
    tells_lowest = shown.tells_lowest(window)
    if not shown.shows(total) and _says_something(answer):
        answer.value = answer.lowest = answer.highest = None
        answer.reason = shown.why_hidden(total)
    elif is_interval and not tells_lowest:
        answer.value = answer.lowest = None
    for code in answer.by_dimension:
        place = Place(window, in_order, tuple(code.dimensions[dimension] for dimension in in_order))
        if not shown.shows(place):
            code.value = code.lowest = code.highest = None
            code.reason = shown.why_hidden(place)
        elif is_interval and not tells_lowest:
            code.value = code.lowest = None
    if by and not shown.shows(Place(window, in_order, None)):
        answer.unallocated = None
    answer.by_actor = [] if shown.protection.hides_actors else answer.by_actor
    for own in answer.by_actor:
        if not shown.shows(Place(window, actor=own.actor)):
            own.value = own.lowest = own.highest = None
            own.reason = shown.why_hidden(Place(window, actor=own.actor))
        elif is_interval and not tells_lowest:
            own.value = own.lowest = None
    # What members decided of people counted twice is theirs to know.
    answer.overlap = None
    for code in answer.by_dimension:
        code.overlap = None
    # Flags speak of what single actors reported, and when the last report came in tells whose correction it was.
    answer.flags = []
    answer.completeness.latest_recorded_at = None


def _says_something(answer: FigureAnswer) -> bool:
    measures = (answer.value, answer.lowest, answer.highest)
    return any(measure is not None for measure in measures) or answer.reason == "zero_denominator"
