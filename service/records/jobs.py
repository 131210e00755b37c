"""Work that waits for a worker. A worker leases a job for a while and renews the lease as long as it lives.

`attempts` tells leases of one job apart: a worker that was taken for dead and goes on after all finds that its lease is gone.
"""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, or_, select, update

from service.models.tables import table_of
from service.models.upload import Job


def queue_job(connection: Connection, community_id: int, kind: str, subject: int) -> int:
    """Let a job of that kind on the thing of number `subject` wait for a worker, and return the job's number."""
    table = table_of(Job)
    row = {"community_id": community_id, "kind": kind, "subject": subject, "attempts": 0, "leased_until": None}
    return int(connection.execute(insert(table).values(row).returning(table.c.number)).scalar_one())


def lease_job(connection: Connection, now: datetime, until: datetime) -> Job | None:
    """The job that has waited longest, leased until that instant; None where none waits.

    One whose lease has run out waits again. Two workers that ask at once are given different ones.
    """
    table = table_of(Job)
    waiting = (
        select(table)
        .where(or_(table.c.leased_until.is_(None), table.c.leased_until < now))
        .order_by(table.c.number)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = connection.execute(waiting).first()
    if row is None:
        return None
    leased = {"attempts": row.attempts + 1, "leased_until": until}
    connection.execute(update(table).where(table.c.number == row.number).values(leased))
    return Job(**(dict(row._mapping) | leased))


def renew_lease(connection: Connection, job: Job, until: datetime) -> bool:
    """Keep a leased job until that instant. False where it was given to another worker meanwhile, or is finished."""
    table = table_of(Job)
    mine = update(table).where(table.c.number == job.number, table.c.attempts == job.attempts)
    return connection.execute(mine.values(leased_until=until)).rowcount == 1


def finish_job(connection: Connection, job: Job) -> bool:
    """Take a leased job out of the queue. False where it was given to another worker meanwhile: undo the transaction."""
    table = table_of(Job)
    return connection.execute(delete(table).where(table.c.number == job.number, table.c.attempts == job.attempts)).rowcount == 1


def has_waiting(connection: Connection, now: datetime) -> bool:
    """Whether `lease_job` would find one. Asked without a lock, so that looking costs writers nothing."""
    table = table_of(Job)
    waiting = select(table.c.number).where(or_(table.c.leased_until.is_(None), table.c.leased_until < now)).limit(1)
    return connection.execute(waiting).first() is not None


def give_back(connection: Connection, job: Job) -> None:
    """Let a leased job wait for a worker again, as when this one stops. Nothing happens where it is another's by now."""
    table = table_of(Job)
    mine = update(table).where(table.c.number == job.number, table.c.attempts == job.attempts)
    connection.execute(mine.values(leased_until=None))


def end_leases(connection: Connection) -> None:
    """Let every leased job wait again: for the start of the only process there is, which holds none of them."""
    table = table_of(Job)
    connection.execute(update(table).where(table.c.leased_until.is_not(None)).values(leased_until=None))
