"""Who receives what webhooks deliver: a real server on loopback, which answers as it is told to; and who delivers to it."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from service.api.telling import Telling
from service.database import Database
from service.events.attempting import Postman
from service.events.delivery import Deliveries
from service.events.destinations import Bounds
from service.events.retrying import Pauses
from tests.builders import Client, Coalition, Json, coalition, define

LOOPBACK = "127.0.0.0/8"
DROPPED = 0
"""Instead of a status: the message is taken in, and the connection closed without an answer."""


@dataclass(frozen=True, slots=True)
class Received:
    """A message as it came, and what it was answered."""

    path: str
    headers: dict[str, str]
    body: bytes
    status: int

    @property
    def said(self) -> Json:
        """What it says."""
        content: Json = json.loads(self.body)
        return content


@dataclass
class Receiver:
    """Answers each message with what `answer` says of its path and body: a status, or DROPPED."""

    answer: Callable[[str, bytes], int] = lambda path, body: 204
    received: list[Received] = field(default_factory=list)
    more_headers: dict[str, str] = field(default_factory=dict)
    port: int = 0

    def url(self, path: str = "/hook") -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}{path}"

    def taken(self, path: str = "/hook") -> list[Json]:
        """What it took in, in order."""
        return [one.said for one in self.received if one.path == path and (one.status == DROPPED or one.status < 300)]


@contextmanager
def receiver(context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver that listens until the block ends, over TLS where a context is given."""
    there = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = there.answer(self.path, body)
            there.received.append(Received(self.path, {k.lower(): v for k, v in self.headers.items()}, body, status))
            if status != DROPPED:
                self.send_response(status)
                for name, value in there.more_headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

        def handle(self) -> None:
            with suppress(OSError):  # Who connected may go away again without a word.
                super().handle()

        def log_message(self, *said: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if context is not None:
            # The handshake is the handler's to make: one that fails ends no more than its own connection.
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        there.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield there
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def listening(database: Database, **settings: Any) -> Iterator[Client]:
    """The service, from now on, where webhooks may lead to this machine."""
    now = datetime.now(UTC).replace(microsecond=0)
    with Client(database, now, webhook_allowed_ranges=LOOPBACK, **settings) as client:
        yield client


def founded(client: Client, **more: Any) -> Coalition:
    """Two members with an indicator."""
    made = coalition(client, **more)
    made.adopt(define())
    return made


def deliveries(client: Client, pauses: Pauses | None = None) -> Deliveries:
    """Who delivers, at the client's clock."""
    registers = client.service_app.state.service.registers
    postman = Postman(Bounds((LOOPBACK,)))
    return Deliveries(client.database, Telling(registers), lambda: client.clock, postman, pauses or Pauses())
