"""A real mail server for the tests: what it takes in can be read, and it refuses whom it is told to refuse."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

from tests.serving import free_port


@dataclass
class Mailbox:
    """What arrived, by the address that it was handed over for; `refuses`: addresses that are answered 550."""

    port: int
    refuses: set[str] = field(default_factory=set)
    arrived: list[tuple[str, EmailMessage]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The server as the setting names it."""
        return f"smtp://127.0.0.1:{self.port}"

    def taken(self) -> list[tuple[str, EmailMessage]]:
        """What arrived since this was asked last."""
        taken, self.arrived = self.arrived, []
        return taken

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        """Takes a recipient, or refuses it."""
        if address in self.refuses:
            return f"550 5.1.1 {address} is unknown here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Takes a letter in."""
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.raw.append(envelope.content)
        self.arrived += [(address, message) for address in envelope.rcpt_tos]
        return "250 OK"


@contextmanager
def mailbox(context: ssl.SSLContext | None = None) -> Iterator[Mailbox]:
    """A mail server that runs; with `context` it insists on STARTTLS."""
    box = Mailbox(free_port())
    running = Controller(box, "127.0.0.1", box.port, tls_context=context, require_starttls=context is not None)
    running.start()
    try:
        yield box
    finally:
        running.stop()
