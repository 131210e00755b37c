"""When a delivery that failed is tried again, and when no more."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta


def _in_the_middle() -> float:
    return 0.5


@dataclass(frozen=True, slots=True)
class Pauses:
    """Pauses that grow by `factor` from `first` to `longest`, until `given_up_after` since the first failure.

    `chance` gives numbers from 0 to 1, by which a pause is up to a fifth shorter or longer: receivers that came back together
    would be asked by everybody at once otherwise.
    """

    first: timedelta = timedelta(seconds=5)
    longest: timedelta = timedelta(hours=6)
    factor: int = 4
    given_up_after: timedelta = timedelta(days=3)
    chance: Callable[[], float] = _in_the_middle

    def next_attempt(self, attempts: int, failing_since: datetime, now: datetime) -> datetime | None:
        """When the next attempt is due after `attempts` that failed, the first of them at `failing_since`; None: no more.

        The last attempt is the one made when all the time is over.
        """
        end = failing_since + self.given_up_after
        if now >= end:
            return None
        # Beyond this many the pause is the longest one: a power is not worth computing.
        grown: timedelta = self.first * int(self.factor ** min(attempts - 1, 20))
        return min(now + min(grown, self.longest) * (0.8 + 0.4 * self.chance()), end)
