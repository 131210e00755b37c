"""Readers in a crowd: so many at once, each caller in turn, and nobody waits for ever."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from service.api.crowd import Crowd
from service.errors import Unavailable


def played(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 20))


class Readers:
    """Who came in, in their order; all stay until they are let out."""

    def __init__(self, crowd: Crowd) -> None:
        self.crowd = crowd
        self.inside: list[str] = []
        self.out = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []

    def come(self, *callers: str) -> None:
        self.tasks += [asyncio.create_task(self._read(caller)) for caller in callers]

    async def _read(self, caller: str) -> None:
        async with self.crowd.place(caller[0]):
            self.inside.append(caller)
            await self.out.wait()

    async def settle(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)

    async def leave(self) -> None:
        """Everybody, one after the other as they come in."""
        self.out.set()
        await asyncio.gather(*self.tasks)


def test_so_many_at_once_and_each_caller_in_turn() -> None:
    async def story() -> None:
        readers = Readers(Crowd(2, 100, 10))
        readers.come("a1", "a2", "a3", "a4", "a5", "b1", "c1", "b2")
        await readers.settle()
        assert readers.inside == ["a1", "a2"]
        await readers.leave()
        assert readers.inside == ["a1", "a2", "a3", "b1", "c1", "a4", "b2", "a5"]
        # All places are free again.
        readers.out.clear()
        readers.come("d1", "d2", "d3")
        await readers.settle()
        assert readers.inside[8:] == ["d1", "d2"]
        await readers.leave()

    played(story())


def test_who_waits_too_long_is_told_so_and_leaves_no_gap() -> None:
    async def story() -> None:
        readers = Readers(Crowd(1, 100, 0.02))
        readers.come("a1", "b1", "b2")
        results = await asyncio.gather(*readers.tasks[1:], return_exceptions=True)
        assert [type(one) for one in results] == [Unavailable, Unavailable]
        readers.come("c1")
        await readers.settle()
        readers.out.set()
        await asyncio.gather(readers.tasks[0], readers.tasks[3])
        assert readers.inside == ["a1", "c1"]

    played(story())


def test_no_more_wait_than_may() -> None:
    async def story() -> None:
        readers = Readers(Crowd(1, 2, 10))
        readers.come("a1", "b1", "c1", "d1")
        await readers.settle()
        with pytest.raises(Unavailable):
            await readers.tasks[3]
        del readers.tasks[3]
        await readers.leave()
        assert readers.inside == ["a1", "b1", "c1"]

    played(story())


@pytest.mark.parametrize("moment", ["waiting", "called"])
def test_who_gives_up_gives_the_place_to_the_next(moment: str) -> None:
    async def story() -> None:
        readers = Readers(Crowd(1, 10, 10))
        readers.come("a1", "b1", "c1")
        await readers.settle()
        if moment == "called":
            # `a1` leaves and calls `b1`, which is cancelled before it could enter.
            readers.out.set()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        readers.tasks[1].cancel()
        readers.out.set()
        await asyncio.gather(*readers.tasks, return_exceptions=True)
        assert readers.inside[0] == "a1" and readers.inside[-1] == "c1"
        readers.come("d1")
        await readers.settle()
        assert readers.inside[-1] == "d1"

    played(story())
