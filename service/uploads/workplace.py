"""What imports are worked on with: the database, the registers, the clock, and a word from whoever runs the work."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from service.database import Database, use_community
from service.models.upload import Job
from service.records.jobs import renew_lease
from service.records.ledger import sweep
from service.records.moment import Moment, moment_of
from service.records.register import Registers, list_communities
from service.records.uploads import change_upload, drop_old_parts, old_parts

LEASE = timedelta(seconds=60)
"""For how long a worker that says nothing is taken to be alive."""

KEPT_FOR = timedelta(days=90)
_PARTS_AT_ONCE = 8


class TakenOverError(Exception):
    """The job was given to another worker, who took this one for dead. Nothing that this one does may count."""


class StoppedError(Exception):
    """The service is stopping. The job goes on after the next start."""


def _carry_on() -> None:
    """Nobody runs the work who could stop it."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """What an import is worked on with. `heed` is called often: it raises StoppedError or TakenOverError. `kept_for` is for
    how long a file and its report are kept once it has been read."""

    database: Database
    registers: Registers
    clock: Callable[[], datetime]
    heed: Callable[[], None] = _carry_on
    kept_for: timedelta = KEPT_FOR

    @contextmanager
    def reading(self, community_id: int) -> Iterator[Connection]:
        """A snapshot, for the community."""
        with self.database.read() as connection:
            use_community(connection, community_id)
            yield connection

    @contextmanager
    def writing(self, community_id: int) -> Iterator[Connection]:
        """A transaction that writes, for the community."""
        with self.database.write() as connection:
            use_community(connection, community_id)
            yield connection


def drop_old_files(workplace: Workplace) -> int:
    """Drops the files and reports of imports that finished longer ago than they are kept. How many parts they had."""
    with workplace.database.read() as connection:
        communities = list_communities(connection)
    finished_before, dropped = workplace.clock() - workplace.kept_for, 0
    for community_id, _ in communities:
        while _has_old_files(workplace, community_id, finished_before):
            workplace.heed()
            # A few parts at a time: others wait for their turn to write.
            with workplace.writing(community_id) as connection:
                dropped += drop_old_parts(connection, community_id, finished_before, _PARTS_AT_ONCE)
    return dropped


def _has_old_files(workplace: Workplace, community_id: int, finished_before: datetime) -> bool:
    with workplace.reading(community_id) as connection:
        return bool(old_parts(connection, community_id, finished_before, 1))


@dataclass(frozen=True, slots=True)
class HeldJob:
    """An import that this worker holds. Nothing is written for it once another worker has it."""

    workplace: Workplace
    job: Job

    @property
    def community_id(self) -> int:
        """Whose import it is."""
        return self.job.community_id

    @property
    def number(self) -> int:
        """The import's number."""
        return self.job.subject

    def heed(self) -> None:
        """Raises StoppedError or TakenOverError where the work has to end."""
        self.workplace.heed()

    def reading(self) -> AbstractContextManager[Connection]:
        """A snapshot."""
        return self.workplace.reading(self.community_id)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction of whoever holds the job. Raises TakenOverError where that is another worker by now: what one who was
        taken for dead still writes would never be swept, and would overwrite what the other one says of the import."""
        with self.workplace.writing(self.community_id) as connection:
            if not renew_lease(connection, self.job, self.workplace.clock() + LEASE):
                raise TakenOverError
            yield connection

    def moment(self, connection: Connection) -> Moment:
        """The present moment of the community."""
        return moment_of(connection, self.community_id, None, self.workplace.clock(), self.workplace.registers)

    def change(self, **changes: Any) -> None:
        """Sets columns of the import."""
        with self.writing() as connection:
            change_upload(connection, self.community_id, self.number, **changes)

    def sweep(self, batch: int | None) -> None:
        """Deletes what an attempt that did not come to its end has left under its batch."""
        left = batch is not None
        while left:
            self.heed()
            with self.writing() as connection:
                left = batch is not None and sweep(connection, self.community_id, batch) > 0
