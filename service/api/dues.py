"""Dues: what an actor has still to report, what is late, what of its contributions is contested."""

from dataclasses import replace
from datetime import date
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from service.answers import Answers
from service.api.contribution_answers import CONTESTED, contribution_answers, status_of
from service.api.figure_answers import answers_of
from service.api.figures import From, To, refuse_long, window_asked
from service.api.identity import READ_WITHIN
from service.api.naming import actor_in_query
from service.api.paging import Paged, page
from service.api.routing import Resource
from service.api.sight import sees_contributions_of
from service.api.transaction import Asking
from service.errors import Forbidden
from service.indicators.completeness import due_day, dues
from service.indicators.evidence import Evidence, reference_version
from service.indicators.register import KnownActor, Register
from service.models.period import Period, Window
from service.models.vocabulary import EntryKind
from service.records.ledger import Filters, history_of, list_keys
from service.records.moment import Moment

router = Resource("dues")

TO_REPORT, LATE = "to_report", "late"
_MOST_CONTESTED = 10_000


class DueAnswer(BaseModel):
    """One thing that an actor has to see to."""

    indicator: str
    period: Period
    state: str = Field(
        description="An open list; today `to_report`: the period is over and nothing stands reported; `late`: besides, its "
        "due day has passed; `contested`: somebody doubts what was reported."
    )
    due_on: date | None = Field(description="The last day on which a report is not late; null for what is contested.")
    dimensions: dict[str, str] = Field(description="The contested cell; empty for the total, and for what is to be reported.")
    contribution: str | None = Field(description="The id of the contested contribution, else null.")
    reason: str | None = Field(description="Why it is contested; null where that was erased, and else.")


class DueList(BaseModel):
    """What is contested first, then what is late, then what is to be reported; older periods before newer ones."""

    items: list[DueAnswer]
    next_cursor: str | None


@router.get("/dues", access=READ_WITHIN)
def list_dues(
    asking: Asking,
    paged: Paged,
    actor: Annotated[str | None, Query(max_length=63, description="Whose. Without it: the token's own actor.")] = None,
    begin: From = None,
    to: To = None,
) -> DueList:
    """What an actor has still to report for periods that are over, what of it is late, and what it reported that is contested.

    What is to be reported is looked for between `from` and `to`, which without them are the calendar year before `as_of`'s
    and that of `as_of`. What is contested is listed whatever its period. Who is not expected to contribute owes nothing.
    """
    known = asking.caller.known_actor if actor is None else actor_in_query(asking.register, actor)
    if not sees_contributions_of(asking.caller, asking.register.settings.charter, known.code):
        raise Forbidden("actor_values_hidden", "this community shows actors' values to themselves and the support only")
    window = usual_window(asking.moment.day) if begin is None and to is None else window_asked(begin, to, asking.moment.day)
    return DueList(**page(dues_of(asking.connection, asking.register, asking.moment, answers_of(asking), known, window), paged))


def usual_window(day: date) -> Window:
    """The calendar year before that of `day`, and that of `day`."""
    year = Period.containing("A", day)
    return Window.over(year.next(-1), year)


def dues_of(
    connection: Connection, register: Register, moment: Moment, answers: Answers, known: KnownActor, window: Window
) -> list[DueAnswer]:
    """What an actor has to see to: what is contested, what is late, what is to be reported for periods within the window.

    Raises Refused `window_too_long`.
    """
    owed = _owed(register, moment, answers, known, window)
    owed.sort(key=lambda due: (due.state != LATE, due.period.last_day, due.indicator))
    return [*_contested(connection, register, moment, known), *owed]


def _owed(register: Register, moment: Moment, answers: Answers, known: KnownActor, window: Window) -> list[DueAnswer]:
    codes = [code for code, indicator in register.indicators.items() if not indicator.retired]
    for code in codes:
        refuse_long(window, reference_version(register.indicators[code].versions, moment.day).definition)
    found = answers.evidence(codes)
    return [due for evidence in found.values() for due in _owed_of(evidence, known, window)]


def _owed_of(evidence: Evidence, known: KnownActor, window: Window) -> list[DueAnswer]:
    """The periods that are over and not reported: those that would be due if the charter gave no days to report them in."""
    at_once = replace(evidence, charter=evidence.charter.model_copy(update={"due_days": 0}))
    owed = []
    for due in dues(at_once, reference_version(evidence.versions, evidence.day), window, frozenset({known.code})):
        if due.first_reported_at is None:
            day = due_day(due.period, evidence.charter.due_days)
            state = LATE if evidence.day > day else TO_REPORT
            owed.append(
                DueAnswer(
                    indicator=evidence.indicator,
                    period=due.period,
                    state=state,
                    due_on=day,
                    dimensions={},
                    contribution=None,
                    reason=None,
                )
            )
    return owed


def _contested(connection: Connection, register: Register, moment: Moment, known: KnownActor) -> list[DueAnswer]:
    validation, community_id = register.settings.charter.validation, register.community_id
    found = list_keys(
        connection,
        community_id,
        moment.number,
        Filters(actors={known.number}),
        limit=_MOST_CONTESTED,
        keep=lambda state: status_of(state, validation) == CONTESTED,
    )
    answers = []
    for (key, _), contribution in zip(found, contribution_answers(connection, register, found), strict=True):
        said = history_of(connection, community_id, key, moment.number)
        reasons = [one.row.comment for one in said if one.row.kind == EntryKind.CONTEST]
        answers.append(
            DueAnswer(
                indicator=contribution.indicator,
                period=contribution.period,
                state=CONTESTED,
                due_on=None,
                dimensions=contribution.dimensions,
                contribution=contribution.id,
                reason=reasons[-1],
            )
        )
    return answers
