"""How fast a caller may go: a bucket of requests per token, or per address for those without one.

A bucket of our own and not a package: the one that was tried starts a thread to forget old callers, which cost a lone request
half a millisecond; this one costs a microsecond and is right about bursts.
"""

import math
import time
from collections.abc import Callable

from service.api.bearer import Bearer
from service.errors import TooMany

_MOST_CALLERS = 10_000


class Limiter:
    """`per_second` requests a second on average, of which up to `burst` may come at once; 0 a second: no limit.

    Counted in this process only: with several workers the limit of all together is that many times higher. Called from the
    event loop, so nothing needs a lock.
    """

    def __init__(self, per_second: int, burst: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = max(burst, 1)
        self._monotonic = monotonic
        self._buckets: dict[bytes | str, tuple[float, float]] = {}

    def count(self, bearer: Bearer | None, address: str) -> str:
        """Counts one request. What is left, as the header `RateLimit` says it: how many at once, and when it is full again.

        Raises TooMany past the limit, with the seconds after which one more will be let through.
        """
        if not self._per_second:
            return ""
        caller, now = bearer.digest if bearer else address, self._monotonic()
        left, seen = self._buckets.get(caller, (float(self._burst), now))
        left = min(self._burst, left + (now - seen) * self._per_second)
        if left < 1:
            wait = math.ceil((1 - left) / self._per_second)
            raise TooMany("too_many_requests", "Too many requests in a short time.", retry_after=wait)
        self._buckets[caller] = left - 1, now
        if len(self._buckets) > _MOST_CALLERS:
            self._forget(now)
        return f'"caller";r={int(left - 1)};t={math.ceil((self._burst - left + 1) / self._per_second)}'

    @property
    def policy(self) -> str | None:
        """The limit, as the header `RateLimit-Policy` says it: so many requests in so many seconds. None: there is none."""
        if not self._per_second:
            return None
        return f'"caller";q={self._burst};w={math.ceil(self._burst / self._per_second)}'

    def _forget(self, now: float) -> None:
        """Drop the buckets that are full again by now: forgetting them changes nothing."""
        full_after = self._burst / self._per_second
        self._buckets = {caller: bucket for caller, bucket in self._buckets.items() if now - bucket[1] < full_after}
