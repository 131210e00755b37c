"""One attempt to deliver: a request that goes to a checked address, takes ten seconds at most, and follows nothing.

It is made on httpcore, on which httpx is made: that is where a network backend can be put in, which resolves, checks, and
connects to the very address that was checked. The name stays in `Host` and in TLS, where the certificate is held against it.
"""

import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpcore
import httpx

from service.events.destinations import Bounds, Destination, Resolve, permitted_addresses, resolve

CONNECT_WITHIN, ANSWER_WITHIN = 5.0, 10.0
"""Seconds for a connection, and for a whole attempt."""
_MOST_READ = 16_384
"""Bytes of an answer's body that are read, and thrown away, so that who answers with a little is not cut off."""
ADDRESS_REFUSED, NAME_UNKNOWN, TIMED_OUT, NOT_REACHED = "address_refused", "name_unknown", "timed_out", "not_reached"
NOT_ACCEPTED = "not_accepted"
GONE = 410


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attempt came to. `status` None: there was no answer. `error` None: it was delivered."""

    status: int | None
    error: str | None

    @property
    def is_delivered(self) -> bool:
        """Whether it was taken in."""
        return self.error is None


class _NotPermittedError(httpcore.ConnectError):
    """The host leads to an address that may not be connected to."""


class _NameUnknownError(httpcore.ConnectError):
    """The host has no address."""


@dataclass
class Postman:
    """Makes attempts. `bounds` says which addresses may be connected to; `resolve` finds the addresses of a name.

    `connects` makes the connections themselves.
    """

    bounds: Bounds = field(default_factory=Bounds)
    resolve: Resolve = resolve
    connects: httpcore.NetworkBackend = field(default_factory=httpcore.SyncBackend)
    make_context: Callable[[], ssl.SSLContext] = httpx.create_ssl_context
    _context: ssl.SSLContext | None = None

    def post(self, to: Destination, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Posts `body`, on a connection of its own, and says what came of it."""
        said = {"Host": to.host_header, "Connection": "close", "Accept": "*/*", **headers}
        sent: list[tuple[bytes | str, bytes | str]] = list(said.items())
        url = httpcore.URL(scheme=to.scheme, host=to.host, port=to.port, target=to.target)
        limits = {"connect": CONNECT_WITHIN, "read": ANSWER_WITHIN, "write": ANSWER_WITHIN, "pool": ANSWER_WITHIN}
        backend = _CheckedBackend(self, to.scheme, time.monotonic() + ANSWER_WITHIN)
        context = self._tls() if to.scheme == "https" else None
        try:
            with (
                httpcore.ConnectionPool(ssl_context=context, network_backend=backend) as pool,
                pool.stream("POST", url, headers=sent, content=body, extensions={"timeout": limits}) as answer,
            ):
                status = answer.status
                _read_a_little(answer)
        except _NotPermittedError:
            return Outcome(None, ADDRESS_REFUSED)
        except _NameUnknownError:
            return Outcome(None, NAME_UNKNOWN)
        except httpcore.TimeoutException:
            return Outcome(None, TIMED_OUT)
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError):
            return Outcome(None, NOT_REACHED)
        return Outcome(status, None if 200 <= status < 300 else NOT_ACCEPTED)

    def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = self.make_context()  # Reading the certificates of the world takes a while: once, when needed.
        return self._context


def _read_a_little(answer: httpcore.Response) -> None:
    """Reads what small answers have; what a large one has besides, or fails to bring, changes nothing of its status."""
    read = 0
    try:
        for piece in answer.iter_stream():
            read += len(piece)
            if read > _MOST_READ:
                return
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException):
        return


class _CheckedBackend(httpcore.NetworkBackend):
    """Connects to permitted addresses only, and lets nobody take longer than until `deadline`, drop by drop or not at all."""

    def __init__(self, postman: Postman, scheme: str, deadline: float) -> None:
        self._postman, self._scheme, self._deadline = postman, scheme, deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first address of `host` that answers."""
        try:
            found = self._postman.resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise _NameUnknownError(str(error)) from error
        addresses = permitted_addresses(found, self._scheme, self._postman.bounds)
        if not addresses:
            raise _NotPermittedError
        for address in addresses[:-1]:
            try:
                return self._connect(address, port, timeout, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return self._connect(addresses[-1], port, timeout, socket_options)

    def _connect(self, address: str, port: int, timeout: float | None, options: Iterable[Any] | None) -> "_BoundedStream":
        left = _left(self._deadline, timeout, httpcore.ConnectTimeout)
        made = self._postman.connects.connect_tcp(address, port, left, socket_options=options)
        return _BoundedStream(made, self._deadline)


class _BoundedStream(httpcore.NetworkStream):
    """A connection whose every step ends by `deadline`: each piece that comes would begin a new wait otherwise."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has come."""
        return self._stream.read(max_bytes, _left(self._deadline, timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Sends."""
        self._stream.write(buffer, _left(self._deadline, timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        """Closes the connection."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """The same connection under TLS, whose certificate is for `server_hostname`."""
        left = _left(self._deadline, timeout, httpcore.ConnectTimeout)
        return _BoundedStream(self._stream.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """What is known of the connection."""
        return self._stream.get_extra_info(info)


def _left(deadline: float, timeout: float | None, error: type[httpcore.TimeoutException]) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise error
    return left if timeout is None else min(left, timeout)
