"""What imports are worked on with: the database, the registers, the clock, and a word from whoever runs the work."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from service.database import Database, use_community
from service.records.register import Registers


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
