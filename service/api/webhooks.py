"""Webhooks: where an actor is told what happens, as soon as it does. What is delivered is `telling.py`'s to say."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import Query
from sqlalchemy import Connection

from service.api.answering import require_current
from service.api.identity import LISTEN, Caller
from service.api.naming import actor_in_query, number_of_id
from service.api.paging import Paged, page_after
from service.api.routing import Resource
from service.api.transaction import Acting, ActingContext, Asking, service_of
from service.api.webhook_answers import (
    DeliveriesAnswer,
    ReplayBody,
    WebhookAnswer,
    WebhookBody,
    WebhookChange,
    WebhookCreated,
    WebhookList,
    created_answer,
    deliveries_answer,
    webhook_answer,
)
from service.errors import Conflict, Forbidden, NotFound, refused
from service.events.delivery import BY_HAND
from service.events.destinations import check_url
from service.events.signing import new_secret
from service.indicators.register import Register
from service.models.vocabulary import Scope
from service.models.webhook import Webhook
from service.records import webhooks
from service.records.alerts import last_alert
from service.records.happenings import proof_of

router = Resource("webhooks")
MOST_WEBHOOKS = 20
"""How many one actor has at most."""
OVERLAP = timedelta(hours=24)
"""For how long the secret before the last signs as well."""


@router.post("/webhooks", access=LISTEN, shows_token=True)
def create_webhook(body: WebhookBody, acting: Acting) -> WebhookCreated:
    """Makes a webhook of the token's actor: what happens from now on is posted to `url`, signed as Standard Webhooks are.

    It is told exactly what the actor would be answered by `…/events` and `…/alerts` at the time, each event in order and at
    least once: `webhook-id` is the same where one is sent again. The body is `{type, timestamp, data, proof}`, where `proof` is
    the number and hash that the journal ended with when it happened. Any 2xx within ten seconds is success; redirects are not
    followed. What fails is tried again for three days with growing pauses, in which nothing else is delivered to it; then it is
    paused, which is an alert; 410 pauses it at once. Its `secret` is shown once.
    """
    _require_administering(acting.caller)
    check_url(body.url, service_of(acting.request).sender.bounds)
    own, community_id = acting.caller.known_actor, acting.register.community_id
    if webhooks.count_webhooks(acting.connection, community_id, own.number) >= MOST_WEBHOOKS:
        raise Conflict("too_many_webhooks", f"An actor has {MOST_WEBHOOKS} webhooks at most.", most=MOST_WEBHOOKS)
    webhook = Webhook(
        community_id=community_id,
        number=acting.writing.number,
        actor=own.number,
        url=body.url,
        kinds=None if body.kinds is None else list(dict.fromkeys(body.kinds)),
        description=body.description,
        secret=new_secret(),
        created_at=acting.now,
        position=acting.writing.number,
        alert_position=last_alert(acting.connection, community_id),
    )
    webhooks.add_webhook(acting.connection, webhook)
    _close(acting, "webhook_created", webhook)
    return created_answer(webhook, acting.register)


@router.get("/webhooks", access=LISTEN)
def list_webhooks(
    asking: Asking,
    paged: Paged,
    actor: Annotated[str | None, Query(max_length=63, description="Whose, for the support; else one's own.")] = None,
) -> WebhookList:
    """One's own webhooks; the support sees everybody's, or those of one actor."""
    register, caller = asking.register, asking.caller
    _require_administering(caller)
    owner = None
    if actor is not None or not caller.is_support:
        owner = caller.known_actor if actor in (None, caller.known_actor.code) else actor_in_query(register, actor or "")
        if owner.number != caller.known_actor.number and not caller.is_support:
            raise Forbidden("not_your_actor", "Those are another actor's webhooks: only it and the support may.")
    found = webhooks.list_webhooks(
        asking.connection,
        register.community_id,
        None if owner is None else owner.number,
        after=paged.after,
        limit=paged.limit + 1,
    )
    answers = [webhook_answer(one, register) for one in found]
    return WebhookList(**page_after(answers, paged, [one.number for one in found]))


@router.get("/webhooks/{webhook}", access=LISTEN, etag=True)
def get_webhook(webhook: str, asking: Asking) -> WebhookAnswer:
    """A webhook as it is set, for its actor and the support."""
    return webhook_answer(_in_path(webhook, asking.connection, asking.register, asking.caller), asking.register)


@router.get("/webhooks/{webhook}/deliveries", access=LISTEN)
def get_deliveries(webhook: str, asking: Asking) -> DeliveriesAnswer:
    """How far it was delivered to, what became of the last attempt, and when the next one is."""
    found = _in_path(webhook, asking.connection, asking.register, asking.caller)
    waiting = webhooks.next_attempts(asking.connection, found.community_id)
    return deliveries_answer(found, waiting.get(found.number))


@router.patch("/webhooks/{webhook}", access=LISTEN)
def update_webhook(webhook: str, body: WebhookChange, acting: Acting) -> WebhookAnswer:
    """Changes where it leads, what it is told, or whether it is paused. What waited for its next attempt is tried at once."""
    found = _in_path(webhook, acting.connection, acting.register, acting.caller)
    require_current(acting.request, webhook_answer(found, acting.register))
    changes = body.model_dump(exclude_unset=True)
    paused = changes.pop("paused", None)
    if changes.get("url", "") is None:
        raise refused("url_needed", "A webhook leads somewhere: pause or delete it instead.", pointer="/url")
    if body.url is not None:
        check_url(body.url, service_of(acting.request).sender.bounds)
    if paused is not None and paused != (found.paused_at is not None):
        changes |= {"paused_at": acting.now if paused else None, "pause_reason": BY_HAND if paused else None}
    changed = {name: value for name, value in changes.items() if value != getattr(found, name)}
    if not changed:
        return webhook_answer(found, acting.register)
    if "url" in changed or changed.get("paused_at", "") is None:
        changed |= {"failing_since": None, "attempts": 0}
    return webhook_answer(_changed(acting, found, "webhook_changed", changed), acting.register)


@router.delete("/webhooks/{webhook}", access=LISTEN)
def delete_webhook(webhook: str, acting: Acting) -> None:
    """Deletes a webhook, with its secret. What is under way may still arrive."""
    found = _in_path(webhook, acting.connection, acting.register, acting.caller)
    webhooks.delete_webhook(acting.connection, found.community_id, found.number)
    _close(acting, "webhook_deleted", found)


@router.post("/webhooks/{webhook}/rotate", access=LISTEN, status_code=200, shows_token=True)
def rotate_webhook_secret(webhook: str, acting: Acting) -> WebhookCreated:
    """Gives it a new secret, shown once. For 24 hours deliveries are signed with both, so that none is refused meanwhile.

    Rotated again within these, what was the newest until then is the older of the two.
    """
    found = _in_path(webhook, acting.connection, acting.register, acting.caller)
    changes = {"secret": new_secret(), "old_secret": found.secret, "old_secret_until": acting.now + OVERLAP}
    return created_answer(_changed(acting, found, "webhook_rotated", changes), acting.register)


@router.post("/webhooks/{webhook}/replay", access=LISTEN, status_code=200)
def replay_webhook(webhook: str, body: ReplayBody, acting: Acting) -> DeliveriesAnswer:
    """Delivers again, in order, whatever came after an event: events, and alerts of later instants. Ids stay what they were.

    What was recorded before the webhook was made can be asked for as well. One that is paused stays so.
    """
    found = _in_path(webhook, acting.connection, acting.register, acting.caller)
    head, before = acting.writing.number - 1, proof_of(acting.connection, found.community_id, body.after)
    if body.after > head:
        raise refused("unknown_entry", f"The journal ends with entry {head}.", pointer="/after", last=head)
    moved = {
        "position": body.after,
        "alert_position": 0 if before is None else last_alert(acting.connection, found.community_id, before.instant),
    }
    webhooks.change_webhook(acting.connection, found.community_id, found.number, **moved)
    if found.paused_at is None:
        webhooks.add_turn(acting.connection, found.community_id, found.number)
    return deliveries_answer(Webhook(**(found.model_dump() | moved)), None)


def _in_path(webhook: str, connection: Connection, register: Register, caller: Caller) -> Webhook:
    """The webhook that a path names. Raises NotFound, also where it is another actor's and the caller is not the support."""
    _require_administering(caller)
    found = webhooks.get_webhook(connection, register.community_id, number_of_id(webhook))
    if found is None or not (caller.is_support or found.actor == caller.known_actor.number):
        raise NotFound("unknown_webhook", "There is no such webhook, or it is not yours to see.")
    return found


def _require_administering(caller: Caller) -> None:
    """Of the support's tokens those that may administer: theirs are everybody's webhooks."""
    if caller.is_support and Scope.ADMINISTER not in caller.scopes:
        raise Forbidden("insufficient_scope", "This token was not given the scope `administer`.", scope=Scope.ADMINISTER)


def _changed(acting: ActingContext, found: Webhook, kind: str, changes: dict[str, Any]) -> Webhook:
    webhooks.change_webhook(acting.connection, found.community_id, found.number, **changes)
    changed = Webhook(**(found.model_dump() | changes))
    if changed.paused_at is None:
        webhooks.add_turn(acting.connection, found.community_id, found.number)
    else:
        webhooks.drop_turn(acting.connection, found.community_id, found.number)
    _close(acting, kind, changed)
    return changed


def _close(acting: ActingContext, kind: str, webhook: Webhook) -> None:
    """Closes a change of a webhook with its entry: which of whom. Where it leads is nobody else's, and its secret nobody's."""
    actor = acting.register.actor_codes[webhook.actor]
    caller = acting.caller
    acting.writing.close(
        kind, {"actor": actor, "webhook": str(webhook.number)}, actor=caller.known_actor.number, token=caller.token
    )
