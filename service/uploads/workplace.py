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
from service.records.register import Registers
from service.records.uploads import change_upload

LEASE = timedelta(seconds=60)
"""For how long a worker that says nothing is taken to be alive."""


class TakenOverError(Exception):
    """The job was given to another worker, who took this one for dead. Nothing that this one does may count."""


class StoppedError(Exception):
    """The service is stopping. The job goes on after the next start."""


def _carry_on() -> None:
    """Nobody runs the work who could stop it."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """What an import is worked on with. `heed` is called often: it raises StoppedError or TakenOverError."""

    database: Database
    registers: Registers
    clock: Callable[[], datetime]
    heed: Callable[[], None] = _carry_on

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
