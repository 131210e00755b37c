"""Who follows what happens: questions that wait for an answer, and streams that go on. They hold no thread and no connection
to the database while nothing happens, and there is a bound to how many there are."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from starlette.requests import Request

from service.connections import is_ending
from service.errors import Forbidden, NotFound, Unauthenticated, Unavailable, refused

Found = TypeVar("Found")
LOOKED_AFTER = 0.5
"""Seconds between two looks for something new: where several processes write, none of them tells the others."""
STREAMED_FOR = 900.0
"""Seconds after which a stream ends; its reader comes back with the last number it has seen, and is admitted anew."""
_SIGN_OF_LIFE = 15.0
"""Seconds without an event after which a stream says that it is still there."""


class Followers:
    """At most `most` who wait or stream at once in this process."""

    def __init__(self, most: int) -> None:
        self._free = most

    def require_place(self) -> None:
        """Raises Unavailable (`too_many_readers`) where there is none."""
        if self._free <= 0:
            raise Unavailable("too_many_readers", "Too many wait for what happens next. Nothing was changed.")

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place for whoever enters. Raises what `require_place` raises."""
        self.require_place()
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1


async def waited_for(look: Callable[[], Awaitable[Found]], seconds: float, request: Request) -> Found:
    """What `look` finds, as soon as it is something, or after so many seconds whatever it is."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    found = await look()
    while not found and not is_ending(request.scope) and (left := until - loop.time()) > 0:
        await asyncio.sleep(min(LOOKED_AFTER, left))
        found = await look()
    return found


async def stream(
    look: Callable[[int], Awaitable[list[tuple[int, bytes]]]], after: int, request: Request, followers: Followers
) -> AsyncIterator[bytes]:
    """Server-sent events: what `look` finds after a number, each with its own, until the service ends or the reader leaves.

    It ends too when the reader may read no more: what it is then told is asked for by coming back.
    """
    loop = asyncio.get_running_loop()
    with followers.place():
        ends = loop.time() + STREAMED_FOR
        silent_until = loop.time() + _SIGN_OF_LIFE
        yield b"retry: 3000\n\n"
        while loop.time() < ends and not is_ending(request.scope):
            try:
                found = await look(after)
            except (Unauthenticated, Forbidden, NotFound):
                return
            for number, event in found:
                after = number
                yield event
            if found:
                silent_until = loop.time() + _SIGN_OF_LIFE
                continue
            if loop.time() >= silent_until:
                silent_until = loop.time() + _SIGN_OF_LIFE
                yield b": still there\n\n"
            await asyncio.sleep(LOOKED_AFTER)


def last_event_id(text: str | None) -> int | None:
    """The number in a `Last-Event-ID` header, None without one. Raises Refused for what no stream gave out."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise refused("invalid_event_id", "`Last-Event-ID` is the `id` of an event of this stream.", pointer="Last-Event-ID")
    return int(text)
