"""Alerts that time brings about: what the community's first instant of a day shows, held against that of the day before.

Both are asked as of their instants, and what was recorded as of an instant never changes. So the alerts of a day are the same
whoever makes them and whenever: a service that was down makes them later, and of two that make them at once those of one are
kept (`records.alerts.look_on`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from service.answers import Answers
from service.database import Database, use_community
from service.errors import NotFound
from service.events.kinds import MEMBER_LATE, PROPOSAL_CLOSED, PROPOSAL_CLOSING, STATUS_CHANGED
from service.indicators.completeness import dues
from service.indicators.evidence import reference_version
from service.indicators.progress import Progress
from service.indicators.redaction import redacted
from service.indicators.register import OpenProposal, Register
from service.models.instant import instant_text
from service.models.period import Period, Window
from service.models.vocabulary import Validation
from service.records.alerts import NewAlert, add_alerts, day_looked_at, decided_by_time, look_on
from service.records.moment import moment_of
from service.records.register import Registers, list_communities

ABOUT_TO_CLOSE = timedelta(days=2)
"""A proposal that closes within this time is about to close."""
SETTLED_AFTER = timedelta(minutes=2)
"""A change that came before midnight may wait for its turn, and be recorded a little after it as of its coming."""
MOST_NAMED = 100
"""How many of an actor's late reports an alert names."""

Late = tuple[str, str, Period, date]
"""An actor, an indicator, a period, and the last day on which a report of it was in time."""


@dataclass(frozen=True, slots=True)
class _View:
    """What the first instant of a day shows. Before the community there was nothing."""

    instant: datetime
    register: Register | None = None
    upto: int = 0
    progress: dict[str, Progress] = field(default_factory=dict)
    late: frozenset[Late] = frozenset()
    closing: tuple[OpenProposal, ...] = ()
    settled: tuple[tuple[int, int, str], ...] = ()


def midnight(day: date, time_zone: str) -> datetime:
    """The first instant of a day, in UTC."""
    return datetime.combine(day, time.min, ZoneInfo(time_zone)).astimezone(UTC)


def alerts_of(connection: Connection, community_id: int, day: date, now: datetime, registers: Registers) -> list[NewAlert]:
    """The alerts of one day of a community, by kind and what they are about. Its community is set."""
    time_zone = _time_zone(connection, community_id, now, registers)
    before = _view(connection, community_id, midnight(day - timedelta(days=1), time_zone), day, now, registers)
    view = _view(connection, community_id, midnight(day, time_zone), day, now, registers)
    if view.register is None or (before.register is not None and before.register.settings.closed):
        return []
    decided = set(decided_by_time(connection, community_id, before.instant, view.instant)) | set(view.settled)
    return [
        *_status_alerts(before, view, view.register),
        *_late_alerts(before, view, view.register),
        *_closing_alerts(before, view),
        *(
            NewAlert(view.instant, view.upto, PROPOSAL_CLOSED, {"proposal": str(number), "round": round_, "status": status})
            for number, round_, status in sorted(decided - set(before.settled))
        ),
    ]


def _view(
    connection: Connection, community_id: int, instant: datetime, day: date, now: datetime, registers: Registers
) -> _View:
    try:
        moment = moment_of(connection, community_id, instant, now, registers)
    except NotFound:
        return _View(instant)
    register = registers.read(connection, community_id, moment)
    answers = Answers(connection, register, moment)
    codes = sorted(code for code, indicator in register.indicators.items() if not indicator.retired)
    year = Period.containing("A", day)
    return _View(
        instant,
        register,
        moment.number,
        answers.progress(codes, None, None),
        frozenset(_late(answers, codes, Window.over(year.next(-1), year))),
        tuple(one for one in register.open_proposals if one.closes_at <= instant + ABOUT_TO_CLOSE),
        tuple((one.proposal.number, one.proposal.round, one.status.value) for one in moment.settled),
    )


def _late(answers: Answers, codes: list[str], window: Window) -> Iterator[Late]:
    for code, evidence in answers.evidence(codes).items():
        for due in dues(evidence, reference_version(evidence.versions, evidence.day), window, None):
            if due.first_reported_at is None and evidence.day > due.due_day:
                yield due.actor, code, due.period, due.due_day


def _status_alerts(before: _View, view: _View, register: Register) -> Iterator[NewAlert]:
    for code, made in view.progress.items():
        was = before.progress.get(code)
        if was is None or was.status == made.status:
            continue
        told_to = None
        if not _shows_values(before) or not _shows_values(view):
            # As far as a member may know the status itself, then and now.
            told_to = tuple(
                actor.number
                for actor in register.actors.values()
                if (redacted(was, actor.code).status, redacted(made, actor.code).status) == (was.status, made.status)
            )
        subject = {"indicator": code, "from": was.status, "to": made.status}
        yield NewAlert(view.instant, view.upto, STATUS_CHANGED, subject, told_to)


def _shows_values(view: _View) -> bool:
    return view.register is not None and view.register.settings.charter.show_actor_values


def _late_alerts(before: _View, view: _View, register: Register) -> Iterator[NewAlert]:
    charter = register.settings.charter
    is_open = charter.show_actor_values or charter.validation is Validation.PEER
    found: dict[str, list[Late]] = {}
    for late in sorted(view.late - before.late, key=lambda one: (one[0], one[3], one[1], one[2].number)):
        found.setdefault(late[0], []).append(late)
    for actor, own in found.items():
        reports = [{"indicator": one[1], "period": str(one[2]), "due_on": one[3].isoformat()} for one in own[:MOST_NAMED]]
        subject = {"actor": actor, "reports": reports, "count": len(own)}
        told_to = None if is_open else (register.actors[actor].number,)
        yield NewAlert(view.instant, view.upto, MEMBER_LATE, subject, told_to)


def _closing_alerts(before: _View, view: _View) -> Iterator[NewAlert]:
    told = {(one.number, one.round) for one in before.closing}
    for one in view.closing:
        if (one.number, one.round) not in told:
            subject = {"proposal": str(one.number), "round": one.round, "closes_at": instant_text(one.closes_at)}
            yield NewAlert(view.instant, view.upto, PROPOSAL_CLOSING, subject)


@dataclass(frozen=True, slots=True)
class AlertJob:
    """Makes the alerts of every day that has begun where a community lives."""

    database: Database
    registers: Registers
    heed: Callable[[], bool] = bool
    """Whether to stop."""

    def make(self, now: datetime) -> int:
        """Makes the alerts that `now` is late for, day by day, of every community, and says how many days those were.

        A community that nobody has looked at yet begins with the next day: what was so before is no news.
        """
        with self.database.read() as connection:
            communities = list_communities(connection)
        made = 0
        for community_id, _ in communities:
            while not self.heed() and self._make_next(community_id, now):
                made += 1
        return made

    def _make_next(self, community_id: int, now: datetime) -> bool:
        """Makes the alerts of one community's next day. False where it has not begun."""
        with self.database.read() as connection:
            use_community(connection, community_id)
            looked = day_looked_at(connection, community_id)
            zone = ZoneInfo(_time_zone(connection, community_id, now, self.registers))
            today = (now - SETTLED_AFTER).astimezone(zone).date()
            if looked is not None and looked >= today:
                return False
            day = today if looked is None else looked + timedelta(days=1)
            found = [] if looked is None else alerts_of(connection, community_id, day, now, self.registers)
        with self.database.write() as connection:
            use_community(connection, community_id)
            if look_on(connection, community_id, looked, day):
                add_alerts(connection, community_id, found)
        return looked is not None


def _time_zone(connection: Connection, community_id: int, now: datetime, registers: Registers) -> str:
    moment = moment_of(connection, community_id, None, now, registers)
    return registers.read(connection, community_id, moment).settings.time_zone
