"""A POST that is sent twice happens once, and answers twice."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from starlette.responses import Response

from service.api.idempotency import Remembered, remember
from service.database import Database
from service.models.tables import table_of
from service.models.token import IdempotencyKey
from tests.builders import Client, Voice, coalition, found

KEY = {"Idempotency-Key": "4f1c7a52"}
ACTOR = {"code": "c", "name": "C", "kind": "company"}


def test_the_same_request_again_gives_the_same_answer(client: Client) -> None:
    support = coalition(client, []).support
    first = support.ask("POST", "/actors", json=ACTOR, headers=KEY)
    again = support.ask("POST", "/actors", json=ACTOR, headers=KEY)
    assert (first.status_code, first.content) == (again.status_code, again.content) == (201, first.content)
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["content-type"] == "application/json"
    assert len(support.get("/actors")["items"]) == 2
    assert support.ask("POST", "/actors", json=ACTOR).json()["code"] == "code_taken", "without the key it is another request"


@pytest.mark.parametrize("path", ["/actors", "/actors/appui/tokens"])
def test_another_request_under_the_same_key_is_refused(client: Client, path: str) -> None:
    support = coalition(client, []).support
    support.post("/actors", ACTOR, headers=KEY)
    other = support.ask(
        "POST", path, json=ACTOR | {"code": "d"} if path == "/actors" else {"name": "x", "scopes": ["read"]}, headers=KEY
    )
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert len(support.get("/actors")["items"]) == 2


def test_a_key_is_its_callers_own(client: Client) -> None:
    lac = coalition(client, ["a"])
    body = {"name": "x", "scopes": ["read"]}
    one = lac.support.post("/actors/a/tokens", body, headers=KEY)
    two = lac.members["a"].post("/actors/a/tokens", body, headers=KEY)
    assert one["id"] != two["id"]
    assert two["token"] is not None


def test_what_was_refused_is_not_remembered(client: Client) -> None:
    support = coalition(client, []).support
    refused = support.ask("POST", "/actors", json={"code": "c"}, headers=KEY)
    assert refused.status_code == 422
    assert support.post("/actors", ACTOR, headers=KEY)["code"] == "c"


def test_a_replayed_secret_is_null_and_nowhere_kept(client: Client) -> None:
    lac = coalition(client, ["a"])
    body = {"name": "x", "scopes": ["read"]}
    first = lac.support.post("/actors/a/tokens", body, headers=KEY)
    again = lac.support.post("/actors/a/tokens", body, headers=KEY)
    assert Voice(client, "lac", first["token"]).get()
    assert again == first | {"token": None}
    with client.database.read() as connection:
        stored = connection.exec_driver_sql("SELECT body, headers FROM idempotency_key").all()
    assert stored
    assert not any(b"jln_" in bytes(row.body) or "jln_" in str(row.headers) for row in stored)


def test_founding_twice_founds_once(client: Client) -> None:
    body = {"code": "x", "name": "x", "objective": "x", "support": {"code": "s", "name": "s", "kind": "company"}}
    first = client.ask("POST", "/v1/communities", client.operator_token, json=body, headers=KEY)
    again = client.ask("POST", "/v1/communities", client.operator_token, json=body, headers=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json() | {"token": None}


def test_a_key_is_kept_for_a_day_and_across_restarts(client: Client) -> None:
    support = coalition(client, []).support
    support.post("/actors", ACTOR, headers=KEY)
    client.clock += timedelta(hours=24)
    with Client(client.database, now=client.clock) as restarted:
        replayed = Voice(restarted, "lac", support.token).ask("POST", "/actors", json=ACTOR, headers=KEY)
        assert replayed.headers["idempotent-replayed"] == "true"
        restarted.clock += timedelta(seconds=1)
        forgotten = Voice(restarted, "lac", support.token).ask("POST", "/actors", json=ACTOR, headers=KEY)
        assert forgotten.json()["code"] == "code_taken"


def test_who_may_no_longer_is_not_answered_again(client: Client) -> None:
    lac = coalition(client, ["a"])
    lac.support.patch("/actors/a", {"role": "support"})
    lac.members["a"].post("/actors", ACTOR, headers=KEY)
    lac.support.patch("/actors/a", {"role": "member"})
    assert lac.members["a"].ask("POST", "/actors", json=ACTOR, headers=KEY).json()["code"] == "support_only"


def test_two_at_once_happen_once(client: Client) -> None:
    support = coalition(client, []).support
    answers = []

    def send() -> None:
        answers.append(support.ask("POST", "/actors", json=ACTOR, headers=KEY))

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [201] * 6
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 5
    assert len(support.get("/actors")["items"]) == 2


@pytest.mark.parametrize("key", ["", "x" * 256, "é".encode(), b"a\tb"])
def test_what_is_no_key(light_client: Client, key: str | bytes) -> None:
    found(light_client)
    body = {"code": "x", "name": "x", "objective": "x", "support": {"code": "s", "name": "s", "kind": "company"}}
    value = key if isinstance(key, bytes) else key.encode()
    headers = [(b"Idempotency-Key", value), (b"Authorization", f"Bearer {light_client.operator_token}".encode())]
    refused = light_client.request("POST", "/v1/communities", json=body, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_idempotency_key")


def test_answers_past_their_day_do_not_pile_up(database: Database) -> None:
    start = datetime(2026, 6, 1, tzinfo=UTC)

    def keep(first_byte: int, hours: int) -> None:
        remembered = Remembered(bytes([first_byte, hours]) + bytes(30), bytes(32))
        with database.write() as connection:
            remember(connection, remembered, Response(b"{}"), b"{}", start + timedelta(hours=hours))

    def kept() -> int:
        with database.read() as connection:
            return int(connection.execute(select(func.count()).select_from(table_of(IdempotencyKey))).scalar_one())

    keep(1, hours=0)
    keep(1, hours=20)
    keep(1, hours=25)
    assert kept() == 3
    keep(0, hours=26)
    assert kept() == 3, "the one of 26 hours ago is gone, the new one is there"
