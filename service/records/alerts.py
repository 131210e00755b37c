"""Alerts in and out: numbered without gaps, each day of a community looked at once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from service.database import insert_unless_there
from service.models.deliberation import ProposalRound
from service.models.tables import table_of
from service.models.vocabulary import ProposalStatus
from service.models.webhook import Alert, AlertWatch
from service.records.pieces import listed


@dataclass(frozen=True, slots=True)
class NewAlert:
    """An alert to be made; as in `models.webhook.Alert`."""

    instant: datetime
    upto: int
    kind: str
    subject: dict[str, Any]
    told_to: tuple[int, ...] | None = None


def day_looked_at(connection: Connection, community_id: int) -> date | None:
    """The last day that a community's alerts were made of; None where nobody has looked yet."""
    watch = table_of(AlertWatch)
    found: date | None = connection.execute(select(watch.c.day).where(watch.c.community_id == community_id)).scalar()
    return found


def look_on(connection: Connection, community_id: int, before: date | None, day: date) -> bool:
    """Say that the community was looked at up to `day`, where it was up to `before` until now. False: another was faster."""
    watch = table_of(AlertWatch)
    _watch(connection, community_id)
    chosen = update(watch).where(watch.c.community_id == community_id)
    chosen = chosen.where(watch.c.day.is_(None) if before is None else watch.c.day == before)
    return connection.execute(chosen.values(day=day)).rowcount == 1


def add_alerts(connection: Connection, community_id: int, found: Sequence[NewAlert]) -> None:
    """Make alerts, in their order. Who makes others waits for the transaction to end: numbers are committed in their order."""
    if not found:
        return
    watch = table_of(AlertWatch)
    _watch(connection, community_id)
    taken = update(watch).where(watch.c.community_id == community_id).values(last_number=watch.c.last_number + len(found))
    last = int(connection.execute(taken.returning(watch.c.last_number)).scalar_one())
    rows = [
        {
            "community_id": community_id,
            "number": number,
            "instant": one.instant,
            "upto": one.upto,
            "kind": one.kind,
            "subject": one.subject,
            "told_to": None if one.told_to is None else sorted(one.told_to),
        }
        for number, one in enumerate(found, last - len(found) + 1)
    ]
    connection.execute(insert(table_of(Alert)), rows)


def alerts_after(connection: Connection, community_id: int, after: int, limit: int, kinds: Collection[str] = ()) -> list[Alert]:
    """At most `limit` alerts with numbers above `after`, of `kinds` only where any are named."""
    alert = table_of(Alert)
    chosen = select(alert).where(alert.c.community_id == community_id, alert.c.number > after)
    if kinds:
        chosen = chosen.where(alert.c.kind.in_(listed(kinds)))
    return [Alert(**row._mapping) for row in connection.execute(chosen.order_by(alert.c.number).limit(limit))]


def last_alert(connection: Connection, community_id: int, by: datetime | None = None) -> int:
    """The number of the last alert, or of the last before the first that is of a later instant than `by`; 0: there is none."""
    alert = table_of(Alert)
    of_community = alert.c.community_id == community_id
    if by is not None:
        later = select(func.min(alert.c.number)).where(of_community, alert.c.instant > by)
        first = connection.execute(later).scalar()
        if first is not None:
            return int(first) - 1
    return int(connection.execute(select(func.coalesce(func.max(alert.c.number), 0)).where(of_community)).scalar_one())


def decided_by_time(connection: Connection, community_id: int, after: datetime, upto: datetime) -> list[tuple[int, int, str]]:
    """The proposals that nobody but time decided behind `after`, up to `upto`: number, round, status."""
    opened = table_of(ProposalRound)
    chosen = select(opened.c.proposal, opened.c.number, opened.c.status).where(
        opened.c.community_id == community_id,
        opened.c.decided_by.is_(None),
        opened.c.decided_at > after,
        opened.c.decided_at <= upto,
        opened.c.status.in_([ProposalStatus.ADOPTED.value, ProposalStatus.REJECTED.value]),
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(chosen.order_by(opened.c.proposal, opened.c.number))]


def _watch(connection: Connection, community_id: int) -> None:
    row = {"community_id": community_id, "day": None, "last_number": 0}
    connection.execute(insert_unless_there(connection, table_of(AlertWatch)).values(row))
