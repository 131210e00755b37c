"""The sender: in each process that serves, one thread that looks what is to be told, and a few that deliver it.

Processes share the webhooks by leasing them. All threads end with the process, whatever a receiver or a name server makes them
wait for: what is under way then is delivered again.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import structlog
from sqlalchemy.exc import OperationalError, ProgrammingError

from service.database import is_migrated
from service.errors import Unavailable, Unsettled
from service.events.alerts import AlertJob
from service.events.delivery import Deliveries
from service.events.destinations import Bounds
from service.models.webhook import WebhookTurn
from service.records.webhooks import end_turns, has_leases

_LOOKED_AFTER = 2.0
"""Seconds between two looks where nobody says that something happened, as other processes cannot."""
_BREATH = 0.05
"""Seconds between two looks at least, while one change follows the other."""
_ALERTS_AFTER = 300.0
"""Seconds between two looks whether a day has begun somewhere."""
_AT_ONCE = 8
"""How many webhooks one process delivers to at once: one whose receiver is slow holds up no other."""
_log = structlog.get_logger(__name__)


class Sender:
    """Delivers to webhooks and makes alerts; `start` and `stop` belong to the life of the application."""

    def __init__(self, deliveries: Deliveries, alerts: AlertJob) -> None:
        self._stopping = threading.Event()
        self._deliveries = replace(deliveries, heed=self._stopping.is_set)
        self._alerts = replace(alerts, heed=self._stopping.is_set)
        self._woken = threading.Event()
        self._guard = threading.Lock()
        self._busy: dict[int, threading.Thread] = {}
        self._has_webhooks = False
        self._alerts_next = 0.0
        self._thread: threading.Thread | None = None

    @property
    def bounds(self) -> Bounds:
        """Where webhooks may lead."""
        return self._deliveries.postman.bounds

    def start(self) -> None:
        """Begins to look, until `stop`. On SQLite, where this is the only process, what another left leased is taken over."""
        self._thread = threading.Thread(target=self._work, name="sender", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Says that something happened. Where there is nobody to tell it costs nothing."""
        if self._has_webhooks:
            self._woken.set()

    def tell_to_stop(self) -> None:
        """Lets nothing more be begun."""
        self._stopping.set()
        self._woken.set()

    def stop(self, timeout: float) -> None:
        """Waits about `timeout` seconds at most for what is under way."""
        self.tell_to_stop()
        ends = time.monotonic() + timeout
        with self._guard:
            threads = [*self._busy.values(), *([self._thread] if self._thread else [])]
        for thread in threads:
            thread.join(max(0.0, ends - time.monotonic()))

    def _work(self) -> None:
        self._try(self._take_over)
        while not self._stopping.is_set():
            self._woken.clear()
            self._try(self._look)
            self._woken.wait(_LOOKED_AFTER)
            self._stopping.wait(_BREATH)

    def _take_over(self) -> None:
        database = self._deliveries.database
        if not database.is_sqlite:
            return
        with database.read() as connection:
            left = has_leases(connection)
        if left:
            with database.write() as connection:
                end_turns(connection)

    def _look(self) -> None:
        if time.monotonic() >= self._alerts_next:
            self._alerts_next = time.monotonic() + _ALERTS_AFTER
            self._alerts.make(self._now())
        waiting = self._deliveries.waiting()
        self._has_webhooks = bool(waiting)
        for turn in waiting:
            if self._is_free(turn) and self._deliveries.has_news(turn):
                self._deliver_beside(turn)

    def _is_free(self, turn: WebhookTurn) -> bool:
        with self._guard:
            return turn.number not in self._busy and len(self._busy) < _AT_ONCE and not self._stopping.is_set()

    def _deliver_beside(self, turn: WebhookTurn) -> None:
        assert turn.number is not None
        number = turn.number

        def deliver() -> None:
            try:
                self._try(lambda: self._deliveries.serve(turn))
            finally:
                with self._guard:
                    self._busy.pop(number, None)
                self._woken.set()

        thread = threading.Thread(target=deliver, name=f"webhook-{number}", daemon=True)
        with self._guard:
            self._busy[number] = thread
        thread.start()

    def _try(self, work: Callable[[], object]) -> None:
        """Does `work`; where the database cannot be asked now it is done another time."""
        try:
            work()
        except (Unsettled, Unavailable) as error:
            _log.warning("sender_unreachable", code=error.code)
        except (ProgrammingError, OperationalError):
            if self._is_migrated():
                raise
            # The tables are not there yet, or are being migrated: they are looked for again.
            _log.warning("sender_unreachable", code="not_migrated")

    def _is_migrated(self) -> bool:
        with self._deliveries.database.read() as connection:
            return is_migrated(connection)

    def _now(self) -> datetime:
        return self._deliveries.clock()
