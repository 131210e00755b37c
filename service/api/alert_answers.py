"""Alerts as they are told, and who is told them."""

from typing import Any

from pydantic import BaseModel, Field

from service.api.identity import Caller
from service.events.kinds import ALERT_KINDS, listed
from service.models.instant import Instant
from service.models.webhook import Alert


class AlertAnswer(BaseModel):
    """Something that time brought about, or that became of a webhook: no entry of the journal says so."""

    number: int = Field(description="Its number, in the order in which alerts were made. It is what `after` names.")
    instant: Instant = Field(description="When it was so: for what a day brings, the first instant of that day.")
    kind: str = Field(description=f"What happened, an open list; today {listed(ALERT_KINDS)}.")
    subject: dict[str, Any] = Field(
        description="What it is about, by names that depend on the kind. `status_changed`: `indicator`, `from`, `to`. "
        "`member_late`: `actor`, its `reports` that became late (100 at most), their `count`. `proposal_closing`: `proposal`, "
        "`round`, `closes_at`, two days away at most. `proposal_closed`: `proposal`, `round`, `status`. `webhook_paused`: "
        "`webhook`, `reason`, `failing_since`, `last_status`, `last_error`."
    )


def alert_answer(alert: Alert) -> AlertAnswer:
    """An alert as it is told."""
    return AlertAnswer(number=alert.number, instant=alert.instant, kind=alert.kind, subject=alert.subject)


def is_told(alert: Alert, caller: Caller) -> bool:
    """Whether a member is told of an alert: the support always is. What could be known when it was made decides."""
    if alert.told_to is None or caller.is_support:
        return True
    return caller.actor is not None and caller.actor.number in alert.told_to
