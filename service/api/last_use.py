"""When each token was used last: noted in memory as requests come, written beside them.

A reading changes nothing and waits for no writer, so that what it says of its token cannot be written in its own transaction.
What was noted and not written yet is lost where the process is killed: the day and the hour still tell a token that is in use
from one that is forgotten, and one that is used from where it should lie idle.
"""

import threading
from collections.abc import Callable
from datetime import datetime

import structlog

from service.api.bearer import Bearer
from service.database import Database, use_community
from service.errors import Unavailable, Unsettled
from service.records.tokens import write_last_use

_WRITTEN_AFTER = 15.0
"""Seconds between two writings: each token at most once a minute, since what is noted are minutes."""
_log = structlog.stdlib.get_logger("jalon")


class LastUse:
    """The minutes in which tokens were used, of which those that are not written yet are `flush`ed by a thread of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: dict[Bearer, datetime] = {}
        self._unwritten: dict[Bearer, datetime] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def note(self, bearer: Bearer, now: datetime) -> None:
        """Says that a token, found to be in force, was used."""
        minute = now.replace(second=0, microsecond=0)
        if self._noted.get(bearer) == minute:
            return
        with self._lock:
            self._noted[bearer] = self._unwritten[bearer] = minute

    def flush(self) -> None:
        """Writes what was noted since it was called last, one community at a time. What cannot be written now stays noted."""
        with self._lock:
            unwritten, self._unwritten = self._unwritten, {}
            latest = max(unwritten.values(), default=None)
            if latest is not None:
                # Of earlier minutes nothing is known any more but that another one is to be written.
                self._noted = {bearer: minute for bearer, minute in self._noted.items() if minute >= latest}
        for community_id in sorted({bearer.community_id for bearer in unwritten}):
            used = {bearer: minute for bearer, minute in unwritten.items() if bearer.community_id == community_id}
            try:
                self._write(community_id, used)
            except (Unsettled, Unavailable) as error:
                _log.warning("last_use_not_written", code=error.code, tokens=len(used))
                with self._lock:
                    self._unwritten = used | self._unwritten

    def start(self) -> None:
        """Begins to write now and then, until `stop`."""
        self._thread = threading.Thread(target=_every(self._stopping, self.flush), name="last-use", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Writes what is left."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        self.flush()

    def _write(self, community_id: int, used: dict[Bearer, datetime]) -> None:
        with self._database.write() as connection:
            if community_id:
                use_community(connection, community_id)
            # In one order, so that two processes never wait for each other.
            for bearer in sorted(used, key=lambda one: one.digest):
                write_last_use(connection, community_id, bearer.digest, used[bearer])


def _every(stopping: threading.Event, work: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        while not stopping.wait(_WRITTEN_AFTER):
            work()

    return run
