"""Whose turn it is to write to a SQLite file: first come, first served, in this process and beside others.

SQLite's own busy handler sleeps and tries again, so that under load a writer can starve although every wait is short.
Here the threads of one process stand in line, and whoever is first holds a lock on a file that the command line takes too.
"""

import fcntl
import os
import threading
import time
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import Self

from service.errors import Unsettled

_GLANCE = 0.002
"""Seconds between two looks at the file's lock. Long enough to cost nothing, short enough that a command beside a busy
service finds the gap between two of its writes."""


class Queue:
    """A lock that is handed to whoever has waited longest. Any thread may release it: FastAPI leaves where it likes."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False

    def acquire(self, timeout: float) -> bool:
        """Wait for the turn for at most `timeout` seconds; False when it did not come."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            ticket = threading.Lock()
            ticket.acquire()
            self._waiting.append(ticket)
        if ticket.acquire(timeout=timeout):
            return True
        with self._guard:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
                return False
        return True  # The turn came between the timeout and the guard: whoever had it has already handed it over.

    def release(self) -> None:
        """Hand the turn to the next in line."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


def _too_long() -> Unsettled:
    return Unsettled("database_busy", "Other writers kept the database for too long; nothing was changed.")


class FileTurn:
    """The one writer of a SQLite file: the line of this process, then the lock on `path`, which is created if missing.

    Entering raises Unsettled (`database_busy`) where the turn does not come within `timeout` seconds.
    """

    def __init__(self, path: Path, timeout: float) -> None:
        self._queue = Queue()
        self._timeout = timeout
        # Kept open: closing and opening it again for every write would cost more than the lock itself.
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def __enter__(self) -> Self:
        deadline = time.monotonic() + self._timeout
        if not self._queue.acquire(self._timeout):
            raise _too_long()
        while True:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    self._queue.release()
                    raise _too_long() from None
                time.sleep(_GLANCE)
            except BaseException:
                self._queue.release()
                raise
            else:
                return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        self._queue.release()

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)
