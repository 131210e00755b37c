"""Deliveries: signed, in order, tried again, and what only their actor may know."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from service.database import Database
from service.events.retrying import Pauses
from service.records.webhooks import due_turns, lease_turn
from tests.builders import Client, Coalition, Voice, refusal
from tests.events.receiving import DROPPED, Receiver, deliveries, founded, listening, receiver

pytestmark = pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.proof)], indirect=True
)


@pytest.fixture
def client(database: Database) -> Iterator[Client]:
    with listening(database) as running:
        yield running


@pytest.fixture
def lac(client: Client) -> Coalition:
    return founded(client)


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as listens:
        yield listens


def verifies(secret: str, there: Receiver) -> bool:
    last = there.received[-1]
    try:
        Webhook(secret).verify(last.body, last.headers)
    except WebhookVerificationError:
        return False
    return True


def head(voice: Voice) -> int:
    number: int = voice.get("/events/proof")["number"]
    return number


def test_what_happens_is_delivered_signed_and_in_order(client: Client, lac: Coalition, there: Receiver) -> None:
    member = lac.members["a"]
    made = member.post("/webhooks", {"url": there.url(), "description": "Ours"})
    assert made["secret"].startswith("whsec_") and (made["actor"], made["paused"], made["kinds"]) == ("a", False, None)
    for value in ("1", "0", "2"):
        lac.report("b", "jobs", "2025-Q1", value)
    lac.support.ask("PUT", "/closed-periods/2024")
    assert deliveries(client).work_off() == 4
    told = member.get("/events", after=int(made["id"]))["items"]
    assert len(told) == 4
    assert [one["data"] for one in there.taken()] == told
    for sent, event in zip(there.received, told, strict=True):
        Webhook(made["secret"]).verify(sent.body, sent.headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(made["secret"]).verify(sent.body + b" ", sent.headers)
        proof = member.get("/events/proof", number=event["number"])
        said = {name: proof[name] for name in ("community", "number", "hash")}
        assert sent.said == {"type": event["kind"], "timestamp": event["instant"], "data": event, "proof": said}
        assert sent.headers["webhook-id"] == f"event-{lac.code}-{event['number']}"
        assert sent.headers["content-type"] == "application/json"
    assert deliveries(client).work_off() == 0
    state = member.get(f"/webhooks/{made['id']}/deliveries")
    assert (state["position"], state["last_status"], state["last_error"], state["attempts"]) == (head(member), 204, None, 0)


def test_both_secrets_sign_for_a_day(client: Client, lac: Coalition, there: Receiver) -> None:
    member = lac.members["a"]
    made = member.post("/webhooks", {"url": there.url()})
    rotated = member.post(f"/webhooks/{made['id']}/rotate")
    assert rotated["secret"] != made["secret"] and rotated["id"] == made["id"]
    deliveries(client).work_off()
    assert verifies(made["secret"], there) and verifies(rotated["secret"], there)
    client.clock += timedelta(hours=24)
    lac.report("b", "jobs", "2025-Q1", "1")
    deliveries(client).work_off()
    # The package takes nothing of tomorrow: what is signed now is verified as if it had been sent now.
    assert there.received[-1].headers["webhook-signature"].count("v1,") == 1
    client.clock -= timedelta(hours=24)
    member.post(f"/webhooks/{made['id']}/replay", {"after": head(member) - 1})
    deliveries(client).work_off()
    assert there.received[-1].headers["webhook-signature"].count("v1,") == 2


def test_a_failure_holds_up_its_own_webhook_and_grows_until_it_is_paused(
    client: Client, lac: Coalition, there: Receiver
) -> None:
    member, begun = lac.members["a"], client.clock
    failing = member.post("/webhooks", {"url": there.url("/failing")})
    lac.members["b"].post("/webhooks", {"url": there.url("/well")})
    first = head(member)
    for value in ("1", "2"):
        lac.report("b", "jobs", "2025-Q1", value)
    there.answer = lambda path, body: 500 if path == "/failing" else 204
    sent = deliveries(client, Pauses(chance=lambda: 0.5))
    path = f"/webhooks/{failing['id']}"
    pauses, tried = [], 0
    while not member.get(path)["paused"]:
        assert sent.work_off() >= 1
        assert sent.work_off() == 0, "it was not time yet"
        tried += 1
        if due := member.get(f"{path}/deliveries")["next_attempt_at"]:
            pauses.append(datetime.fromisoformat(due) - client.clock)
            client.clock = datetime.fromisoformat(due)
    assert pauses[0] == timedelta(seconds=5) and pauses[:-1] == sorted(pauses[:-1]) and max(pauses) == timedelta(hours=6)
    assert client.clock - begun == timedelta(days=3)
    of_failing = [one.said["data"]["number"] for one in there.received if one.path == "/failing"]
    assert of_failing == [first] * tried, "what comes after a failure was sent before it"
    assert [one["data"]["number"] for one in there.taken("/well")] == [first + 1, first + 2], "others wait for it"
    assert member.get(path)["pause_reason"] == "failing"
    state = member.get(f"{path}/deliveries")
    assert (state["last_status"], state["last_error"], state["attempts"]) == (500, "not_accepted", tried)
    for voice, is_told in ((member, True), (lac.support, True), (lac.members["b"], False)):
        alerts = voice.get("/alerts", kind="webhook_paused")["items"]
        assert [one["subject"]["webhook"] for one in alerts] == [failing["id"]] * is_told, (
            "its actor and the support know of it"
        )
    there.answer = lambda path, body: 204
    member.patch(path, {"paused": False})
    deliveries(client).work_off()
    told = [(one["type"], one["data"]["number"]) for one in there.taken("/failing")]
    assert sorted(number for kind, number in told if kind != "webhook_paused") == list(range(first, head(member) + 1))
    assert [kind for kind, _ in told].count("webhook_paused") == 1


@pytest.mark.parametrize(("status", "reason", "error"), [(410, "gone", "not_accepted"), (302, None, "not_accepted")])
def test_what_an_answer_means(
    client: Client, lac: Coalition, there: Receiver, status: int, reason: str | None, error: str
) -> None:
    """410 ends it at once; a redirect leads nowhere."""
    member = lac.members["a"]
    path = f"/webhooks/{member.post('/webhooks', {'url': there.url()})['id']}"
    there.answer, there.more_headers = (lambda path, body: status), {"Location": there.url("/elsewhere")}
    lac.report("b", "jobs", "2025-Q1", "1")
    assert deliveries(client).work_off() == 1
    assert [one.path for one in there.received] == ["/hook"]
    state = member.get(f"{path}/deliveries")
    assert (state["last_status"], state["last_error"]) == (status, error)
    assert (member.get(path)["pause_reason"], member.get(path)["paused"]) == (reason, reason is not None)


def test_what_got_no_answer_is_sent_again_under_the_same_id(client: Client, lac: Coalition, there: Receiver) -> None:
    lac.members["a"].post("/webhooks", {"url": there.url()})
    lac.report("b", "jobs", "2025-Q1", "1")
    there.answer = lambda path, body: DROPPED
    deliveries(client).work_off()
    there.answer = lambda path, body: 200
    client.clock += timedelta(minutes=1)
    deliveries(client).work_off()
    first, second = there.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"] and first.body == second.body


def test_it_is_told_what_its_actor_may_know_and_no_more(client: Client, there: Receiver) -> None:
    lac = founded(client, visibility="public", charter={"show_actor_values": False})
    voices = {"/a": lac.members["a"], "/b": lac.members["b"], "/support": lac.support}
    made = {path: voice.post("/webhooks", {"url": there.url(path)}) for path, voice in voices.items()}
    mine = lac.report("a", "jobs", "2025-Q1", "1", comment="canary")["id"]
    lac.members["a"].ask("PUT", "/mappings/export", json={"ignored": ["canary"]})
    deliveries(client).work_off()
    for path, voice in voices.items():
        assert [one["data"] for one in there.taken(path)] == voice.get("/events", after=int(made[path]["id"]))["items"]
        told = b"".join(one.body for one in there.received if one.path == path)
        assert b"canary" not in told and (mine.encode() in told) == (path != "/b")


def test_kinds_are_chosen_and_anything_can_be_replayed(client: Client, lac: Coalition, there: Receiver) -> None:
    member = lac.members["a"]
    made = member.post("/webhooks", {"url": there.url(), "kinds": ["period_closed", "contributions_recorded"]})
    lac.report("b", "jobs", "2025-Q1", "1")
    member.ask("PUT", "/mappings/export", json={"ignored": ["x"]})
    lac.support.ask("PUT", "/closed-periods/2024")
    assert deliveries(client).work_off() == 2
    assert [one["type"] for one in there.taken()] == ["contributions_recorded", "period_closed"]
    path = f"/webhooks/{made['id']}"
    member.patch(path, {"kinds": None})
    there.received.clear()
    assert member.post(f"{path}/replay", {"after": 0})["position"] == 0
    deliveries(client).work_off()
    assert [one["data"] for one in there.taken()] == member.get("/events")["items"]
    assert refusal(member.ask("POST", f"{path}/replay", json={"after": head(member) + 1})) == (422, "unknown_entry")


def test_a_worker_that_died_is_followed_by_another(client: Client, lac: Coalition, there: Receiver) -> None:
    lac.members["a"].post("/webhooks", {"url": there.url()})
    lac.report("b", "jobs", "2025-Q1", "1")
    sent = deliveries(client)
    with client.database.write() as connection:
        (turn,) = due_turns(connection, client.clock)
        assert lease_turn(connection, turn, client.clock + sent.lease) is not None
    assert (sent.work_off(), sent.serve(turn), there.received) == (0, 0, []), "another one holds it"
    client.clock += sent.lease + timedelta(seconds=1)
    assert sent.work_off() == 1
