"""Where writers wait for their turn, before they take a thread.

Endpoints run on a bounded pool of threads. A writer that waited for the database's lock inside a thread would hold one of
them; forty such writers would leave none for the one that holds the lock. So they queue here, first come, first served, in
the event loop, where waiting costs nothing, and only the one whose turn it is takes a thread.
"""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager

from service.errors import Unavailable


class Gate:
    """A fair queue per key: one on SQLite, where one process writes one thing at a time, one per community on PostgreSQL."""

    def __init__(self, most_waiting: int) -> None:
        self._most_waiting = most_waiting
        self._waiting = 0
        self._locks: dict[Hashable, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def turn(self, key: Hashable) -> AsyncIterator[None]:
        """Waits for the turn of whoever enters. Raises Unavailable at once where too many are waiting already."""
        if self._waiting >= self._most_waiting:
            raise Unavailable("too_many_waiting", "Too many changes are waiting for their turn. Nothing was changed.")
        lock = self._join(key)
        try:
            await self._wait(lock)
            try:
                yield
            finally:
                lock.release()
        finally:
            self._leave(key)

    async def _wait(self, lock: asyncio.Lock) -> None:
        self._waiting += 1
        try:
            await lock.acquire()
        finally:
            self._waiting -= 1

    def _join(self, key: Hashable) -> asyncio.Lock:
        lock, users = self._locks.get(key) or (asyncio.Lock(), 0)
        self._locks[key] = lock, users + 1
        return lock

    def _leave(self, key: Hashable) -> None:
        lock, users = self._locks[key]
        if users == 1:
            del self._locks[key]
        else:
            self._locks[key] = lock, users - 1
