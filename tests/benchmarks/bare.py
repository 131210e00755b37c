"""What Jalon is held against: an application that does nothing with a request, and a server that has its answer ready."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from fastapi import FastAPI

_Message = MutableMapping[str, Any]

no_op = FastAPI(openapi_url=None)


@no_op.get("/nothing")
@no_op.post("/nothing")
async def nothing() -> dict[str, str]:
    """Take a request and do nothing with it."""
    return {}


async def ready_answer(
    scope: _Message, receive: Callable[[], Awaitable[_Message]], send: Callable[[_Message], Awaitable[None]]
) -> None:
    """Answer `GET /n` with n bytes, without a framework in between. Reads no body."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    body = b" " * int(scope["path"][1:])
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
