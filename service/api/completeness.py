"""Completeness of one indicator: who owed a report of which period, who sent it in time, who late, who not yet."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from pydantic import BaseModel, Field

from service.api.figure_answers import answers_of
from service.api.figures import ActorAsked, From, GroupAsked, To, VersionAsked, one_question
from service.api.identity import READ_WITHIN
from service.api.paging import Paged, page
from service.api.routing import Resource
from service.api.sight import sees_entries_of
from service.api.transaction import Asking
from service.indicators.completeness import Due
from service.indicators.figure import reference_of
from service.indicators.reporting import ActorReporting, DueState, reporting, state_of
from service.models.instant import Instant
from service.models.period import Period

router = Resource("figures")


class ReportingCounts(BaseModel):
    """Counts of (actor, period) pairs. What is due is reported or missing; what is reported came on time or late."""

    due: int = Field(description="Pairs whose period ended the charter's `due_days` ago or more, of actors expected to report.")
    reported: int = Field(description="Pairs among those due for which something stands reported; zero counts as reported.")
    on_time: int = Field(description="Pairs reported, for the first time on their due day or before.")
    late: int = Field(description="Pairs reported, but first after their due day.")
    missing: int = Field(description="Pairs due for which nothing stands reported; what was withdrawn does not stand.")


class PeriodReporting(BaseModel):
    """One period that an actor owed."""

    period: Period
    due_on: date = Field(description="The last day on which a report was not late.")
    state: str = Field(description="An open list; today `on_time`, `late`, `missing`.")
    first_reported_at: Instant | None = Field(
        description="When the first report came in of what stands reported for it, or for a longer period around it; null "
        "where nothing does."
    )


class Reporter(BaseModel):
    """An actor who is expected to report."""

    actor: str


class ActorReportingAnswer(ReportingCounts, Reporter):
    """One actor who is expected to report, with the periods that it owed in the window."""

    periods: list[PeriodReporting] = Field(description="In order; empty where it owed nothing, not being a member then.")


class CompletenessByActor(BaseModel):
    """Who reported what was due, over all actors asked for and by actor."""

    indicator: str
    from_day: date = Field(description="The window's first day, inclusive.")
    to_day: date = Field(description="The window's last day, inclusive.")
    version: int = Field(description="The version that says who is expected to report, and how often.")
    total: ReportingCounts = Field(description="Over everybody asked for, whatever page this is: as beside the figure.")
    items: list[ActorReportingAnswer] = Field(
        description="Everybody expected to report, by code; where the charter keeps actors' values to themselves and no peers "
        "validate, the caller alone."
    )
    next_cursor: str | None
    as_of: Instant


@router.get("/indicators/{indicator}/completeness", access=READ_WITHIN)
def get_completeness(
    indicator: str,
    asking: Asking,
    paged: Paged,
    begin: From = None,
    to: To = None,
    version: VersionAsked = None,
    actor: ActorAsked = None,
    group: GroupAsked = None,
) -> CompletenessByActor:
    """What was due of one indicator over a window, by actor and period: reported on time, late, or missing.

    The window is that of `get_figure`, and `total` counts what its `completeness` counts. A period that is over and not due
    yet is in `list_dues`.
    """
    known, question = one_question(asking, indicator, begin, to, None, version, actor, group)
    evidence = answers_of(asking).evidence([known.code], question.actors)[known.code]
    reference = reference_of(evidence, question.version)
    found = reporting(evidence, reference, question.window, question.actors)
    cut = page([one for one in found if sees_entries_of(asking, one.actor)], paged)
    return CompletenessByActor(
        indicator=known.code,
        from_day=question.window.first_day,
        to_day=question.window.last_day,
        version=reference.number,
        total=_counts(due for one in found for due in one.dues),
        items=[_answer(one) for one in cut["items"]],
        next_cursor=cut["next_cursor"],
        as_of=asking.moment.instant,
    )


def _counts(dues: Iterable[Due]) -> ReportingCounts:
    states = Counter(state_of(due) for due in dues)
    on_time, late, missing = states[DueState.ON_TIME], states[DueState.LATE], states[DueState.MISSING]
    return ReportingCounts(due=on_time + late + missing, reported=on_time + late, on_time=on_time, late=late, missing=missing)


def _answer(one: ActorReporting) -> ActorReportingAnswer:
    return ActorReportingAnswer(
        actor=one.actor,
        **_counts(one.dues).model_dump(),
        periods=[
            PeriodReporting(period=due.period, due_on=due.due_day, state=state_of(due), first_reported_at=due.first_reported_at)
            for due in one.dues
        ],
    )
