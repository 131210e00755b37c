"""Webhooks: what is sent to set one, and how one is answered."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError

from service.events.destinations import LONGEST_URL
from service.events.kinds import ALERT_KINDS, EVENT_KINDS
from service.events.signing import PREFIX
from service.indicators.register import Register
from service.models.instant import Instant
from service.models.text import Body, Label
from service.models.webhook import Webhook

KINDS = (*EVENT_KINDS, *ALERT_KINDS)


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise PydanticCustomError("unknown_kind", "there are no events or alerts of this kind")
    return kind


Kind = Annotated[str, Field(max_length=40), AfterValidator(_known)]
Kinds = Annotated[list[Kind], Field(min_length=1, max_length=len(KINDS))]
Url = Annotated[str, Field(min_length=1, max_length=LONGEST_URL)]


class WebhookBody(Body):
    """A webhook to be made."""

    url: Url = Field(description="Where to post what happens: `https://`, in the public internet.")
    kinds: Kinds | None = Field(default=None, description="Only events and alerts of these kinds; without it: all.")
    description: Label | None = Field(default=None, description="What it is for.")


class WebhookChange(Body):
    """What to change of a webhook; what is left out stays as it is."""

    url: Url | None = None
    kinds: Kinds | None = Field(default=None, description="Null: all kinds.")
    description: Label | None = None
    paused: bool | None = Field(
        default=None, description="`true` pauses it; `false` goes on where it was, which also ends a pause for its failures."
    )


class ReplayBody(Body):
    """From where to deliver again."""

    after: int = Field(ge=0, le=2**53, description="The number of the last event not to be delivered again; 0: from the first.")


class WebhookAnswer(BaseModel):
    """A webhook, without its secret."""

    id: str
    actor: str = Field(description="Whose it is: it is told what this actor may know.")
    url: str
    kinds: list[str] | None = Field(description="Only events and alerts of these kinds; null: all.")
    description: str | None
    paused: bool = Field(description="Whether nothing is delivered at the moment.")
    pause_reason: str | None = Field(
        description="Why it is paused, an open list; today `by_hand`, `failing` (for three days), `gone` (answered 410); "
        "null: it is not."
    )
    created_at: Instant
    old_secret_until: Instant | None = Field(
        description="Until when the secret before the last rotation signs as well; null: it was never rotated."
    )


class WebhookCreated(WebhookAnswer):
    """A webhook that was just made, or whose secret was just rotated."""

    secret: str | None = Field(
        description=f"What its deliveries are signed with: `{PREFIX}…`. Shown once: null when the answer is replayed."
    )


class WebhookList(BaseModel):
    """Webhooks in the order in which they were made."""

    items: list[WebhookAnswer]
    next_cursor: str | None


class DeliveriesAnswer(BaseModel):
    """How far a webhook was delivered to."""

    position: int = Field(description="The number of the last event that was delivered, or passed over.")
    alert_position: int = Field(description="The number of the last alert that was delivered, or passed over.")
    failing_since: Instant | None = Field(description="The first failure since the last success; null: it does not fail.")
    attempts: int = Field(description="How often what comes next was tried in vain.")
    next_attempt_at: Instant | None = Field(
        description="When it is tried again; null: as soon as there is something, or never."
    )
    last_status: int | None = Field(description="What the last attempt was answered; null: nothing, or there was none.")
    last_error: str | None = Field(
        description="Why the last attempt failed, an open list; today `not_accepted` (no status of success), `timed_out`, "
        "`not_reached`, `name_unknown`, `address_refused` (it leads inside a network); null: it did not."
    )
    last_attempt_at: Instant | None
    last_delivered_at: Instant | None


def webhook_answer(webhook: Webhook, register: Register) -> WebhookAnswer:
    """A webhook as it is answered."""
    return WebhookAnswer(**_said(webhook, register))


def created_answer(webhook: Webhook, register: Register) -> WebhookCreated:
    """A webhook with its secret."""
    return WebhookCreated(**_said(webhook, register), secret=webhook.secret)


def deliveries_answer(webhook: Webhook, next_attempt_at: datetime | None) -> DeliveriesAnswer:
    """How far a webhook was delivered to."""
    return DeliveriesAnswer(
        position=webhook.position,
        alert_position=webhook.alert_position,
        failing_since=webhook.failing_since,
        attempts=webhook.attempts,
        next_attempt_at=next_attempt_at,
        last_status=webhook.last_status,
        last_error=webhook.last_error,
        last_attempt_at=webhook.last_attempt_at,
        last_delivered_at=webhook.last_delivered_at,
    )


def _said(webhook: Webhook, register: Register) -> dict[str, Any]:
    return {
        "id": str(webhook.number),
        "actor": register.actor_codes[webhook.actor],
        "url": webhook.url,
        "kinds": webhook.kinds,
        "description": webhook.description,
        "paused": webhook.paused_at is not None,
        "pause_reason": webhook.pause_reason,
        "created_at": webhook.created_at,
        "old_secret_until": webhook.old_secret_until,
    }
