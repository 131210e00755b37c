"""`Idempotency-Key`: a POST that is sent twice happens once, and answers twice.

The answer is kept in the transaction of its effect, so that either both are there or neither. It is looked up under the lock
that the effect needs, so that two that run at once meet there; in one process they already meet in `KeysInUse`.
"""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from service.api.bearer import Bearer
from service.errors import Conflict, refused
from service.records.idempotency import forget_answers, recall_answer, remember_answer

KEPT = timedelta(hours=24)
PATIENCE = 5.0
"""Seconds that a request waits for another with the same key to end."""
HEADER = "Idempotency-Key"
_KEY = re.compile(r"[!-~]([ -~]{0,253}[!-~])?", re.ASCII)
_KEPT_HEADERS = ("content-type", "location")


@dataclass(frozen=True, slots=True)
class Remembered:
    """The key of a request and what it asked for, both as digests: `key` is that of one caller only.

    `community_id` is that of the caller's token; None for an operator's, and without one.
    """

    key: bytes
    request: bytes
    community_id: int | None = None


def remembered_as(request: Request, bearer: Bearer | None, content_digest: bytes) -> Remembered | None:
    """Under which key this POST is remembered; None where it brings none. Raises Refused for a key that is none."""
    given = request.headers.get(HEADER)
    if given is None or request.method != "POST":
        return None
    if _KEY.fullmatch(given) is None:
        raise refused("invalid_idempotency_key", "`Idempotency-Key` has 1 to 255 printable ASCII characters.")
    caller = bearer.digest if bearer else bytes(32)
    asked = f"{request.method} {request.url.path}?{request.url.query}".encode()
    return Remembered(
        hashlib.sha256(caller + given.encode()).digest(),
        hashlib.sha256(hashlib.sha256(asked).digest() + content_digest).digest(),
        None if bearer is None or bearer.is_operators else bearer.community_id,
    )


def replay(connection: Connection, remembered: Remembered, now: datetime) -> Response | None:
    """The answer given before, None where there is none. Raises Refused where the key was used for something else."""
    stored = recall_answer(connection, remembered.key, now - KEPT)
    if stored is None:
        return None
    if stored.request_digest != remembered.request:
        raise refused("idempotency_key_reused", "This `Idempotency-Key` was used for another request.")
    return Response(stored.body, stored.status, {**dict(stored.headers), "Idempotent-Replayed": "true"})


def remember(connection: Connection, remembered: Remembered, response: Response, body: bytes, now: datetime) -> None:
    """Keep `response`, with `body` for its content: the same without secrets."""
    if remembered.key[0] == 0:
        # A digest begins with a zero one time in 256: often enough that old answers do not pile up, without a clock of its own.
        forget_answers(connection, now - KEPT)
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    remember_answer(
        connection,
        remembered.key,
        remembered.request,
        response.status_code,
        headers,
        body,
        now,
        now - KEPT,
        remembered.community_id,
    )


class KeysInUse:
    """The keys of the requests that this process is working on."""

    def __init__(self) -> None:
        self._running: dict[bytes, asyncio.Event] = {}

    @asynccontextmanager
    async def hold(self, key: bytes | None) -> AsyncIterator[None]:
        """Waits until no other request with this key runs. Raises Conflict where that takes too long."""
        if key is None:
            yield
            return
        try:
            async with asyncio.timeout(PATIENCE):
                while key in self._running:
                    await self._running[key].wait()
        except TimeoutError:
            raise Conflict("idempotency_key_in_use", "A request with this `Idempotency-Key` is still running.") from None
        self._running[key] = asyncio.Event()
        try:
            yield
        finally:
            self._running.pop(key).set()
