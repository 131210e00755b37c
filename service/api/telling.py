"""What webhooks are told: exactly what their actor would be answered now by `GET …/events` and `GET …/alerts`."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import Connection

from service.api.alert_answers import AlertAnswer, alert_answer, is_told
from service.api.event_answers import EventAnswer, event_answer
from service.api.identity import Caller, is_there, reach_of
from service.events.delivery import Message, Next
from service.events.feed import Event, events_after
from service.events.kinds import ALERT_KINDS
from service.indicators.register import Register
from service.models.instant import Instant
from service.models.vocabulary import Role, Scope
from service.models.webhook import Alert, Webhook
from service.records.alerts import alerts_after
from service.records.happenings import proof_of
from service.records.moment import Moment, moment_of
from service.records.register import Registers

_ALERTS_AT_ONCE = 100


class DeliveredProof(BaseModel):
    """What the journal ended with when it happened: whoever keeps it notices where the journal is cut or written anew."""

    community: str
    number: int
    hash: str


class DeliveredBody(BaseModel):
    """What is posted to a webhook: `type` is the kind, `data` the event or alert as it is answered."""

    type: str
    timestamp: Instant
    data: EventAnswer | AlertAnswer
    proof: DeliveredProof


class Telling:
    """Knows what a webhook is told next."""

    def __init__(self, registers: Registers) -> None:
        self._registers = registers

    def next(self, connection: Connection, webhook: Webhook, now: datetime) -> Next:
        """What comes next for the webhook, whose community is set: of an event and an alert the one that was first."""
        moment = moment_of(connection, webhook.community_id, None, now, self._registers)
        register = self._registers.read(connection, webhook.community_id, moment)
        caller = _stands_behind(webhook, register, moment)
        if Scope.READ not in caller.scopes:
            return Next(None, webhook.position, webhook.alert_position, moment.last)
        kinds = webhook.kinds or ()
        found = _next_event(connection, webhook, moment, kinds)
        alert, passed = _next_alert(connection, webhook, caller, kinds)
        if alert is not None and (found is None or alert.instant < found.instant):
            number = alert.number
            body = _body(connection, register, alert_answer(alert), alert.upto, alert.instant)
            message = Message(f"alert-{register.code}-{number}", body, webhook.position, number)
        elif found is not None:
            answer = event_answer(register, caller, found)
            body = _body(connection, register, answer, found.number, found.instant)
            message = Message(f"event-{register.code}-{found.number}", body, found.number, webhook.alert_position)
        else:
            return Next(None, max(webhook.position, moment.last), passed, moment.last)
        return Next(message, message.position, message.alert_position, moment.last)


def _next_event(connection: Connection, webhook: Webhook, moment: Moment, kinds: Sequence[str]) -> Event | None:
    wanted = frozenset(kinds) - {*ALERT_KINDS}
    if kinds and not wanted:
        return None
    found = events_after(connection, webhook.community_id, webhook.position, moment.number, 1, wanted)
    return found[0] if found else None


def _next_alert(connection: Connection, webhook: Webhook, caller: Caller, kinds: Sequence[str]) -> tuple[Alert | None, int]:
    """The next alert that the webhook is told, and up to where there is none before it."""
    wanted, passed = frozenset(kinds) & {*ALERT_KINDS}, webhook.alert_position
    if kinds and not wanted:
        return None, passed
    while found := alerts_after(connection, webhook.community_id, passed, _ALERTS_AT_ONCE, wanted):
        told = next((alert for alert in found if is_told(alert, caller)), None)
        if told is not None:
            return told, told.number
        passed = found[-1].number
    return None, passed


def _stands_behind(webhook: Webhook, register: Register, moment: Moment) -> Caller:
    """Whom a webhook speaks to, as if its actor asked today with a token of all scopes."""
    actor = next(one for one in register.actors.values() if one.number == webhook.actor)
    is_support = actor.member.role is Role.SUPPORT and is_there(actor.member, moment.day)
    return Caller(actor, None, reach_of(actor.member, moment.day), is_support)


def _body(connection: Connection, register: Register, data: EventAnswer | AlertAnswer, upto: int, instant: datetime) -> bytes:
    proof = proof_of(connection, register.community_id, upto)
    assert proof is not None
    said = DeliveredProof(community=register.code, number=proof.number, hash=proof.hash.hex())
    return DeliveredBody(type=data.kind, timestamp=instant, data=data, proof=said).model_dump_json().encode()
