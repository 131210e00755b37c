"""Where readers wait while too many ask at once, each caller in turn.

What is not remembered is computed, on threads that share the processor: the more at once, the later all of them. So a bounded
number is computed and the others wait, in the event loop, where that costs nothing. Whoever is next is taken from another
caller than the last: forty questions of one make the one question of another wait for one of them, not for forty.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager

from service.errors import Unavailable


class Crowd:
    """At most `at_once` readers inside. Who waits longer than `patience` seconds, or behind `most_waiting`, is sent away."""

    def __init__(self, at_once: int, most_waiting: int, patience: float) -> None:
        self._free = at_once
        self._most_waiting = most_waiting
        self._patience = patience
        self._waiting = 0
        self._lines: dict[Hashable, deque[asyncio.Future[None]]] = {}
        """Of each caller who waits, the one whose turn is next first."""

    @asynccontextmanager
    async def place(self, caller: Hashable) -> AsyncIterator[None]:
        """A place inside for whoever enters. Raises Unavailable (`too_many_readers`) where none comes free in time."""
        if self._free:
            self._free -= 1
        else:
            await self._wait(caller)
        try:
            yield
        finally:
            self._hand_on()

    async def _wait(self, caller: Hashable) -> None:
        if self._waiting >= self._most_waiting:
            raise _too_many()
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lines.setdefault(caller, deque()).append(turn)
        self._waiting += 1
        try:
            async with asyncio.timeout(self._patience):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                self._hand_on()
            else:
                self._leave(caller, turn)
            if isinstance(error, TimeoutError):
                raise _too_many() from None
            raise

    def _leave(self, caller: Hashable, turn: "asyncio.Future[None]") -> None:
        self._waiting -= 1
        line = self._lines[caller]
        line.remove(turn)
        if not line:
            del self._lines[caller]

    def _hand_on(self) -> None:
        """The place that came free goes to the caller who has waited longest for a turn, or to nobody."""
        if not self._lines:
            self._free += 1
            return
        caller = next(iter(self._lines))
        line = self._lines.pop(caller)
        turn = line.popleft()
        if line:
            self._lines[caller] = line
        self._waiting -= 1
        turn.set_result(None)


def _too_many() -> Unavailable:
    return Unavailable("too_many_readers", "Too many questions wait to be computed. Nothing was changed.")
