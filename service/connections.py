"""What the HTTP server leaves open: how long a connection may take to ask, to go on, to take its answer, and how it parts.

uvicorn waits for ever for the rest of a request's head, for the next piece of its body, and for a client that stopped reading.
A few hundred such clients hold as many connections. This is a bound within; a proxy in front of it turns them away earlier.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_WITHIN = 10.0
"""Seconds from the first moment that a request is awaited on a new connection, or from its first byte on an old one, to the
end of its head."""
GOES_ON_WITHIN = 30.0
"""Seconds between one piece of a body and the next, and in which a client that stopped reading must go on."""
LARGEST_HEAD = 32_768
"""Bytes of a request's head at most; more is answered with 400."""
_ENDING = "jalon_ending"
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class PatientProtocol(H11Protocol):
    """A connection of uvicorn's that is closed when it takes too long: with 408 where no answer has begun."""

    head_within = HEAD_WITHIN
    goes_on_within = GOES_ON_WITHIN
    _waiting: asyncio.TimerHandle | None = None
    _awaits_head = False
    _taking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Waits for the first request."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Takes what came, and waits for what must follow."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Waits for nothing more."""
        self._stop_waiting()
        self.resume_writing()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Lets uvicorn wait for the next request, as long as it keeps idle connections."""
        super().on_response_complete()
        if self.timeout_keep_alive_task is not None:
            self._stop_waiting()
        else:
            self._watch()

    def shutdown(self) -> None:
        """The service is told to end: `Connection: close` goes with the answer that is under way.

        uvicorn only hangs up after it: a client that keeps its connections would send its next request into nothing.
        """
        if self.cycle is not None and not self.cycle.response_complete:
            # What uvicorn does for a client that asks for it.
            self.cycle.scope["headers"] = [*self.cycle.scope["headers"], (b"connection", b"close")]
            self.cycle.scope.setdefault("state", {})[_ENDING] = True
        super().shutdown()

    def pause_writing(self) -> None:
        """The client does not take what it asked for."""
        super().pause_writing()
        self._see_taking(None)

    def resume_writing(self) -> None:
        """It does again."""
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None
            super().resume_writing()

    def _see_taking(self, left_before: int | None) -> None:
        """Look again and again whether anything of the answer was taken. `left_before`: bytes; None: it begins now."""
        left = self.transport.get_write_buffer_size()
        if left == left_before:
            self.transport.abort()
        else:
            self._taking = self.loop.call_later(self.goes_on_within, self._see_taking, left)

    def _watch(self) -> None:
        """Set the clock to what is awaited now. A head has one deadline; a body gets a new one with each piece."""
        state: Any = self.conn.their_state
        if state is h11.IDLE and self.timeout_keep_alive_task is None:
            if not self._awaits_head:
                self._wait(self.head_within, awaits_head=True)
        elif state is h11.SEND_BODY:
            self._wait(self.goes_on_within)
        else:
            self._stop_waiting()

    def _wait(self, seconds: float, *, awaits_head: bool = False) -> None:
        self._stop_waiting()
        self._awaits_head = awaits_head
        self._waiting = self.loop.call_later(seconds, self._give_up)

    def _stop_waiting(self) -> None:
        self._awaits_head = False
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _give_up(self) -> None:
        self._waiting = None
        if self.transport.is_closing():
            return
        if self.flow.read_paused:
            # It is us who do not read: what came before is still being looked at.
            self._wait(self.goes_on_within)
            return
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.write(_TOO_SLOW)
        self.transport.close()


def is_ending(scope: Mapping[str, Any]) -> bool:
    """Whether the service was told to end while it answers the request of that scope: an answer without an end ends then."""
    return _ENDING in scope.get("state", ())
