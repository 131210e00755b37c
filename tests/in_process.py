"""The shortest way to an application of this process: one step into its event loop for each request, and one back.

Starlette's own transport takes eight, so that answers may come piece by piece; most of a test's time was spent on them.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import unquote

import anyio
import httpx2
from anyio.from_thread import BlockingPortal
from starlette.types import ASGIApp, Message


class OneStep(httpx2.BaseTransport):
    """Hands requests to `app`, from the address and port of `client`, in the event loop that `portal` enters."""

    def __init__(
        self, app: ASGIApp, portal: Callable[[], AbstractContextManager[BlockingPortal]], client: tuple[str, int]
    ) -> None:
        self._app = app
        self._portal = portal
        self.client = client

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The whole answer. Raises what the application raises."""
        given, url = [{"type": "http.request", "body": request.read()}], request.url
        scope: dict[str, Any] = {
            "type": "http",
            "http_version": "1.1",
            "method": request.method,
            "path": unquote(url.path),
            "raw_path": url.raw_path.partition(b"?")[0],
            "root_path": "",
            "scheme": url.scheme,
            "query_string": url.query,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "client": self.client,
            "server": [url.host, url.port or 80],
            "state": {},
        }
        told: list[Message] = []

        async def receive() -> Message:
            if not given:
                await anyio.sleep_forever()  # Nobody hangs up here.
            return given.pop()

        async def send(message: Message) -> None:
            told.append(message)

        with self._portal() as portal:
            portal.call(self._app, scope, receive, send)
        body = b"".join(message.get("body", b"") for message in told[1:])
        # As a stream, which the client reads and closes: it says how long an answer took only of one that it has closed.
        stream = httpx2.ByteStream(b"" if request.method == "HEAD" else body)
        return httpx2.Response(told[0]["status"], headers=told[0]["headers"], stream=stream)
