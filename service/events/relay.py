"""The mail server that letters are handed to: over TLS that is checked, or on this very machine.

A server that is to be spoken to over STARTTLS and does not offer it is not spoken to at all: somebody on the way may have taken
the offer out, to read along. Each command gets 20 seconds.
"""

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from ipaddress import ip_address
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

from service.errors import Refused, Unavailable

TIMEOUT = 20.0
"""Seconds that connecting, and each answer, may take."""
CONNECTION_LOST = "connection_lost"
"""Instead of a status: the server was lost before it said whether it took the letter in."""
_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where letters are handed over. `user` None: without a login. TLS from the first byte, by STARTTLS, or neither."""

    host: str
    port: int
    user: str | None = None
    password: str = field(default="", repr=False)
    over_tls: bool = False
    starttls: bool = True


def parse_server(url: str) -> MailServer:
    """The server of `smtps://user:password@host:465` or `smtp://user:password@host:587`, both ports usual; `%40` is an @.

    `smtp://` means STARTTLS, save on this machine and where `?starttls=no` is said; `?starttls=yes` asks for it here, too.
    Raises Refused `wrong_setting` for anything else, and for a password that would travel for all to read.
    """
    parts = urlsplit(url)
    try:
        port, host = parts.port or _PORTS[parts.scheme], parts.hostname or ""
    except (KeyError, ValueError):
        raise _wrong("it is no address of a mail server") from None
    asked = parse_qs(parts.query, keep_blank_values=True)
    said = asked.pop("starttls", ["no" if parts.scheme == "smtps" or _is_here(host) else "yes"])
    if not host or parts.path not in ("", "/") or asked or len(said) != 1 or said[0] not in ("yes", "no"):
        raise _wrong("it is no address of a mail server")
    over_tls, starttls = parts.scheme == "smtps", said[0] == "yes"
    if over_tls and starttls:
        raise _wrong("smtps:// is TLS from the first byte, without STARTTLS")
    if parts.username and not (over_tls or starttls or _is_here(host)):
        raise _wrong("a password is not sent without TLS")
    user = unquote(parts.username) if parts.username else None
    return MailServer(host, port, user, unquote(parts.password or ""), over_tls, starttls)


class Relay:
    """Hands letters over, all on one connection, which is made with the first. To be used in a `with`."""

    def __init__(self, server: MailServer, *, context: ssl.SSLContext | None = None, timeout: float = TIMEOUT) -> None:
        self._server = server
        self._context = context
        self._timeout = timeout
        self._connection: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._connection is not None:
            try:
                self._connection.quit()
            except (OSError, smtplib.SMTPException):
                self._connection.close()
            self._connection = None

    def send(self, letter: EmailMessage, sender: str, recipient: str) -> str | None:
        """None once the server has taken the letter in; else the status with which it refused it, or CONNECTION_LOST.

        Raises Unavailable where the server cannot be reached, or turns the login away. No address is logged or told.
        """
        if self._connection is None:
            self._connection = self._connect(sender.rpartition("@")[2])
        try:
            self._connection.send_message(letter, sender, [recipient])
            return None
        except smtplib.SMTPRecipientsRefused as error:
            return str(error.recipients[recipient][0])
        except smtplib.SMTPResponseException as error:
            return str(error.smtp_code)
        except (OSError, smtplib.SMTPException):
            self._connection.close()
            return CONNECTION_LOST
        finally:
            if self._connection.sock is None:
                self._connection = None

    def _connect(self, name: str) -> smtplib.SMTP:
        """A connection that is ready; it calls this machine by the sender's domain, which says nothing of the network here."""
        server = self._server
        connection: smtplib.SMTP | None = None
        context = self._context or ssl.create_default_context()
        try:
            if server.over_tls:
                connection = smtplib.SMTP_SSL(server.host, server.port, name, timeout=self._timeout, context=context)
            else:
                connection = smtplib.SMTP(server.host, server.port, name, timeout=self._timeout)
            if server.starttls:
                connection.starttls(context=context)
            if server.user is not None:
                connection.login(server.user, server.password)
        except (OSError, smtplib.SMTPException) as error:
            if connection is not None:
                connection.close()
            status = error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else type(error).__name__
            raise Unavailable(
                "mail_server_unreachable", f"The mail server cannot be reached, or turns this service away ({status})."
            ) from error
        return connection


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _wrong(why: str) -> Refused:
    return Refused("wrong_setting", f"JALON_SMTP_URL: {why}. It is written smtps://user:password@host or smtp://….")
