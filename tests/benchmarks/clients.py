"""Clients that cost less than the server they ask: HTTP/1.1 on kept-alive sockets, requests made ready beforehand.

A comfortable client spends more processor time on a request than a bare server does, and two cores are all there is:
the measure would be the client's.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """A status and the body's bytes."""

    status: int
    body: bytes


def request(method: str, path: str, *, token: str | None = None, body: bytes | None = None) -> bytes:
    """The bytes of one request, to be sent as they are."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    if token is not None:
        lines.append(f"Authorization: Bearer {token}")
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


class Line:
    """One kept-alive connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int) -> "Line":
        """Connect to this machine's `port`."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def ask(self, sent: bytes) -> Answer:
        """Send one request and read its answer whole."""
        self._writer.write(sent)
        head = await self._reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        at = head.lower().find(b"content-length:")
        length = int(head[at + 15 : head.index(b"\r\n", at)]) if at >= 0 else 0
        return Answer(status, await self._reader.readexactly(length))

    async def close(self) -> None:
        """Hang up."""
        self._writer.close()
        await self._writer.wait_closed()


def throughput(port: int, requests: Sequence[bytes], clients: int, seconds: float, expected: int) -> float:
    """Answers a second that `clients` get together, each asking again as soon as it has its answer.

    Every request is sent once at most. Raises RuntimeError for an answer with another status than `expected`, and where the
    requests run out before the time does.
    """
    return asyncio.run(_throughput(port, requests, clients, seconds, expected))


async def _throughput(port: int, requests: Sequence[bytes], clients: int, seconds: float, expected: int) -> float:
    lines = [await Line.open(port) for _ in range(clients)]
    waiting = iter(requests)
    answered = 0
    start = time.perf_counter()

    async def client(line: Line, waiting: Iterator[bytes]) -> None:
        nonlocal answered
        while time.perf_counter() - start < seconds:
            sent = next(waiting, None)
            if sent is None:
                raise RuntimeError("too few requests were made ready")
            answer = await line.ask(sent)
            if answer.status != expected:
                raise RuntimeError(f"{answer.status} {answer.body[:300]!r}")
            answered += 1

    async with asyncio.TaskGroup() as group:
        for line in lines:
            group.create_task(client(line, waiting))
    spent = time.perf_counter() - start
    for line in lines:
        await line.close()
    return answered / spent


def latencies(port: int, requests: Sequence[bytes]) -> tuple[list[float], list[Answer]]:
    """Seconds that each request took, one after the other on one connection, and the answers."""
    return asyncio.run(_latencies(port, requests))


async def _latencies(port: int, requests: Sequence[bytes]) -> tuple[list[float], list[Answer]]:
    line = await Line.open(port)
    taken, answers = [], []
    for sent in requests:
        start = time.perf_counter()
        answers.append(await line.ask(sent))
        taken.append(time.perf_counter() - start)
    await line.close()
    return taken, answers
