"""A temporary file as an answer, closed whatever becomes of the client."""

from collections.abc import Iterator
from typing import IO

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

_BLOCK = 1 << 16


class FileAnswer(StreamingResponse):
    """Sends a file from its start, and closes it: also where the client leaves before the first byte."""

    def __init__(self, file: IO[bytes], headers: dict[str, str], media_type: str) -> None:
        super().__init__(_blocks(file), headers=headers, media_type=media_type)
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while block := file.read(_BLOCK):
        yield block
