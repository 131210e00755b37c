"""Delivery: webhook by webhook, one message at a time and in order, at least once, however often the sender dies.

What was delivered is known from two positions that stand in the database. They move in the transaction that also renews the
lease, after the receiver has taken the message in: who dies in between has it sent again, and nothing is left out.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog
from sqlalchemy import Connection

from service.database import Database, use_community
from service.events.attempting import GONE, Outcome, Postman
from service.events.destinations import parse_url
from service.events.kinds import WEBHOOK_PAUSED
from service.events.retrying import Pauses
from service.events.signing import signed_headers
from service.models.instant import instant_text
from service.models.webhook import Webhook, WebhookTurn
from service.records.alerts import NewAlert, add_alerts
from service.records.webhooks import (
    change_webhook,
    drop_turn,
    due_turns,
    get_webhook,
    give_back_turn,
    lease_turn,
    move_webhook,
    renew_turn,
)

LEASE = timedelta(seconds=60)
"""For how long a worker that says nothing is taken to be alive: an attempt takes ten seconds, and finding the address some."""
BY_HAND, FAILING, GONE_FOR_GOOD = "by_hand", "failing", "gone"
"""Why a webhook is paused."""
_SKIPPED_AT_ONCE = 100
"""How many entries of other kinds a webhook is moved past in one step of its own."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """What is delivered: `id` is the same at every attempt. The positions are those of the webhook once it is delivered."""

    id: str
    body: bytes
    position: int
    alert_position: int


@dataclass(frozen=True, slots=True)
class Next:
    """What a webhook is to be told next; `message` None: nothing by now, and it may be moved to the positions.

    `upto` is the number of the entry that the journal ends with.
    """

    message: Message | None
    position: int
    alert_position: int
    upto: int


class Tells(Protocol):
    """Who knows what a webhook's actor may be told: `api/telling.py`."""

    def next(self, connection: Connection, webhook: Webhook, now: datetime) -> Next:
        """What comes next for the webhook, whose community is set."""


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Delivers what is due. `clock` gives the present instant in UTC; `heed` says whether to stop."""

    database: Database
    tells: Tells
    clock: Callable[[], datetime]
    postman: Postman = field(default_factory=Postman)
    pauses: Pauses = field(default_factory=Pauses)
    heed: Callable[[], bool] = bool
    lease: timedelta = LEASE

    def waiting(self) -> Sequence[WebhookTurn]:
        """The turns that can be taken now, whether or not there is anything to tell."""
        with self.database.read() as connection:
            return due_turns(connection, self.clock())

    def has_news(self, turn: WebhookTurn) -> bool:
        """Whether there is anything to tell. What is passed over, being of other kinds, is passed over for good."""
        webhook, found = self._read(turn)
        if webhook is not None and found.message is None and found.position - webhook.position >= _SKIPPED_AT_ONCE:
            with self._writing(turn) as connection:
                move_webhook(connection, webhook, position=found.position, alert_position=found.alert_position)
        return found.message is not None

    def serve(self, turn: WebhookTurn) -> int:
        """Delivers to one webhook until there is nothing left, one delivery fails, or it is another's. How many attempts."""
        with self.database.write() as connection:
            leased = lease_turn(connection, turn, self.clock() + self.lease)
        made = 0
        while leased is not None:
            webhook, found = self._read(leased)
            if self.heed() or webhook is None or found.message is None:
                with self.database.write() as connection:
                    give_back_turn(connection, leased)
                break
            made += 1
            if not self._deliver(leased, webhook, found.message, found.upto):
                break
        return made

    def work_off(self) -> int:
        """Delivers all that is due, one webhook after the other, on the calling thread. How many attempts it took."""
        made = 0
        while served := sum(self.serve(turn) for turn in self.waiting() if self.has_news(turn)):
            made += served
        return made

    def _read(self, turn: WebhookTurn) -> tuple[Webhook | None, Next]:
        with self.database.read() as connection:
            use_community(connection, turn.community_id)
            webhook = get_webhook(connection, turn.community_id, turn.webhook)
            if webhook is None or webhook.paused_at is not None:
                return None, Next(None, 0, 0, 0)
            return webhook, self.tells.next(connection, webhook, self.clock())

    def _deliver(self, turn: WebhookTurn, webhook: Webhook, message: Message, upto: int) -> bool:
        """Makes one attempt and writes down what came of it. False where this worker is to leave the webhook alone."""
        now = self.clock()
        secrets = [webhook.secret]
        if webhook.old_secret is not None and webhook.old_secret_until is not None and now < webhook.old_secret_until:
            secrets.append(webhook.old_secret)
        signed = signed_headers(message.id, now, message.body, secrets)
        headers = {"Content-Type": "application/json", "User-Agent": "Jalon", **signed}
        outcome = self.postman.post(parse_url(webhook.url), headers, message.body)
        if outcome.is_delivered:
            return self._move_on(turn, webhook, message, outcome)
        _log.info("webhook_failed", community=webhook.community_id, webhook=webhook.number, error=outcome.error)
        self._put_off(turn, webhook, outcome, upto)
        return False

    def _move_on(self, turn: WebhookTurn, webhook: Webhook, sent: Message, outcome: Outcome) -> bool:
        now = self.clock()
        with self._writing(turn) as connection:
            if not renew_turn(connection, turn, now + self.lease):
                return False
            # Where the webhook was replayed or paused meanwhile, that stands.
            move_webhook(
                connection,
                webhook,
                position=sent.position,
                alert_position=sent.alert_position,
                failing_since=None,
                attempts=0,
                last_delivered_at=now,
                **_said(outcome, now),
            )
        return True

    def _put_off(self, turn: WebhookTurn, webhook: Webhook, outcome: Outcome, upto: int) -> None:
        now = self.clock()
        since, attempts = webhook.failing_since or now, webhook.attempts + 1
        due_at = None if outcome.status == GONE else self.pauses.next_attempt(attempts, since, now)
        with self._writing(turn) as connection:
            if not renew_turn(connection, turn, now + self.lease):
                return
            moved = move_webhook(connection, webhook, failing_since=since, attempts=attempts, **_said(outcome, now))
            if moved and due_at is None:
                reason = GONE_FOR_GOOD if outcome.status == GONE else FAILING
                _pause(connection, webhook, reason, since, outcome, now, upto)
            else:
                give_back_turn(connection, turn, due_at if moved else None)

    @contextmanager
    def _writing(self, turn: WebhookTurn) -> Iterator[Connection]:
        with self.database.write() as connection:
            use_community(connection, turn.community_id)
            yield connection


def _said(outcome: Outcome, now: datetime) -> dict[str, Any]:
    return {"last_status": outcome.status, "last_error": outcome.error, "last_attempt_at": now}


def _pause(
    connection: Connection, webhook: Webhook, reason: str, since: datetime, outcome: Outcome, now: datetime, upto: int
) -> None:
    """Pauses a webhook, and lets its actor and the support know."""
    community_id = webhook.community_id
    change_webhook(connection, community_id, webhook.number, paused_at=now, pause_reason=reason)
    drop_turn(connection, community_id, webhook.number)
    subject = {
        "webhook": str(webhook.number),
        "reason": reason,
        "failing_since": instant_text(since),
        "last_status": outcome.status,
        "last_error": outcome.error,
    }
    add_alerts(connection, community_id, [NewAlert(now, upto, WEBHOOK_PAUSED, subject, (webhook.actor,))])
