"""Connections that take too long are closed, those that are merely slow are not, against a real server on a socket."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import uvicorn
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from service.connections import LARGEST_HEAD, PatientProtocol

HEAD_WITHIN, GOES_ON_WITHIN = 0.3, 0.4
PAUSE = 0.15
"""Shorter than either."""
LONG = b"x" * 16_000_000
Story = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class HastyProtocol(PatientProtocol):
    head_within = HEAD_WITHIN
    goes_on_within = GOES_ON_WITHIN


class App:
    """Answers with what was sent; `/slow` thinks first, `/long` has much to say. `left`: those who left in mid-body."""

    def __init__(self) -> None:
        self.left = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        if scope["path"] == "/slow":
            await asyncio.sleep(3 * max(HEAD_WITHIN, GOES_ON_WITHIN))
        try:
            body = await request.body()
        except ClientDisconnect:
            self.left += 1
            return
        await Response(LONG if scope["path"] == "/long" else body)(scope, receive, send)


@contextlib.asynccontextmanager
async def serving(app: App) -> AsyncIterator[int]:
    config = uvicorn.Config(
        app, http=HastyProtocol, h11_max_incomplete_event_size=LARGEST_HEAD, lifespan="off", log_config=None
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        task = asyncio.create_task(server.serve([listening]))
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            await task


def played(story: Story) -> App:
    """`story` on one connection; the application afterwards."""
    app = App()

    async def whole() -> None:
        async with serving(app) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
            await story(reader, writer)
            writer.close()

    asyncio.run(asyncio.wait_for(whole(), 30))
    return app


async def answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """The status line and body of the next answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return head.split(b"\r\n")[0], await reader.readexactly(length)


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nX-A: "])
def test_a_head_that_does_not_come_is_given_up(sent: bytes) -> None:
    async def story(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(sent)
        assert (await answer(reader))[0] == b"HTTP/1.1 408 Request Timeout"
        assert await reader.read() == b"", "and the connection is closed"

    played(story)


def test_a_head_that_drips_has_one_deadline() -> None:
    async def story(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        start = asyncio.get_running_loop().time()
        dripping = asyncio.create_task(drip(writer))
        assert (await answer(reader))[0] == b"HTTP/1.1 408 Request Timeout"
        assert asyncio.get_running_loop().time() - start < 3 * HEAD_WITHIN
        dripping.cancel()

    async def drip(writer: asyncio.StreamWriter) -> None:
        for letter in b"GET /a-long-address":
            writer.write(bytes([letter]))
            await asyncio.sleep(HEAD_WITHIN / 5)

    played(story)


def test_the_second_head_has_its_own_deadline_from_its_first_byte() -> None:
    async def story(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok")
            assert await answer(reader) == (b"HTTP/1.1 200 OK", b"ok")
            await asyncio.sleep(2 * HEAD_WITHIN)  # An idle connection is kept, as long as uvicorn keeps them.
        writer.write(b"GET")
        assert (await answer(reader))[0] == b"HTTP/1.1 408 Request Timeout"

    played(story)


def test_a_body_that_goes_on_is_read_to_its_end_and_one_that_stops_is_not() -> None:
    async def story(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n")
        for letter in b"hello":
            await asyncio.sleep(PAUSE)
            writer.write(bytes([letter]))
        assert await answer(reader) == (b"HTTP/1.1 200 OK", b"hello")
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe")
        assert (await answer(reader))[0] == b"HTTP/1.1 408 Request Timeout"
        assert await reader.read() == b""

    assert played(story).left == 1, "the application is told"


def test_who_waits_for_a_slow_answer_is_not_sent_away() -> None:
    async def story(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # More than uvicorn reads ahead: it is the service that does not read.
        body = b"y" * 300_000
        writer.write(b"POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        assert await answer(reader) == (b"HTTP/1.1 200 OK", body)

    played(story)


def test_who_does_not_take_the_answer_is_left() -> None:
    async def story(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(3 * GOES_ON_WITHIN)
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readexactly(len(LONG))

    played(story)


def test_who_takes_it_slowly_gets_it_whole() -> None:
    async def story(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        start, left = asyncio.get_running_loop().time(), len(LONG)
        while left:
            left -= len(await reader.readexactly(min(left, 2_000_000)))
            await asyncio.sleep(PAUSE)
        assert asyncio.get_running_loop().time() - start > 2 * GOES_ON_WITHIN

    played(story)


def test_a_head_that_is_too_large_is_refused() -> None:
    async def story(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX-Much: " + b"z" * 2 * LARGEST_HEAD)
        assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 400")

    played(story)
