"""Answers kept as they travelled, the least recently asked dropped first."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

Key = tuple[str, bytes, str, str, bytes | None]
_MOST_BYTES = 32 * 1024 * 1024
_OVERHEAD = 2_000
"""Bytes that keeping an answer takes beside its body."""


@dataclass(frozen=True, slots=True)
class ReadyAnswer:
    """A response as it travelled. `last` was the last entry of its community's journal; it holds until the instant `until`."""

    community_id: int
    last: int
    until: datetime
    body: bytes
    headers: list[tuple[bytes, bytes]]

    def response(self) -> Response:
        """The response again."""
        response = Response(self.body)
        response.raw_headers = list(self.headers)
        return response


class ReadyAnswers:
    """The answers asked for last, up to `most_bytes` of them. Safe for many threads."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[Key, ReadyAnswer] = OrderedDict()
        self._lock = threading.Lock()

    def recall(self, key: Key) -> ReadyAnswer | None:
        """The answer to `key`, None where it is not kept."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key]

    def keep(self, key: Key, answer: ReadyAnswer) -> None:
        """Keeps `answer`; the least recently asked go where there are too many bytes."""
        with self._lock:
            self._forget(self._kept.pop(key, None))
            self._kept[key] = answer
            self._bytes += len(answer.body) + _OVERHEAD
            while self._bytes > self._most_bytes:
                self._forget(self._kept.popitem(last=False)[1])

    def _forget(self, answer: ReadyAnswer | None) -> None:
        if answer is not None:
            self._bytes -= len(answer.body) + _OVERHEAD
