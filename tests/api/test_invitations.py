"""Invitations: a one-time text, exchanged once for a token of the actor who invites; nothing tells why one is not good."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from service.api.bearer import community_of_invitation, new_token
from service.models.invitation import Invitation
from service.models.journal import JournalEntry
from service.models.tables import table_of
from service.models.token import IdempotencyKey
from tests.builders import POSTGRESQL_AS_PROOF, STARTS, Client, Coalition, Json, Voice, coalition, refusal

pytestmark = POSTGRESQL_AS_PROOF
JANE = {"name": "Jane Doe", "scopes": ["read", "contribute"]}


@pytest.fixture
def lac(shared: Client) -> Coalition:
    """A coalition of the test's own."""
    return coalition(shared)


def invite(voice: Voice, actor: str = "a", **more: object) -> Json:
    return voice.post(f"/actors/{actor}/invitations", {**JANE, **more})


def accept(client: Client, text: str) -> tuple[int, Json]:
    response = client.ask("POST", "/v1/invitations/accept", json={"invitation": text})
    return response.status_code, response.json()


def test_it_is_exchanged_once_for_a_token(lac: Coalition) -> None:
    made = invite(lac.support)
    text = made["invitation"]
    assert re.fullmatch(r"jli_[0-9A-Za-z]{1,6}_[0-9A-Za-z]{49}", text) and made["page"] == f"/invitations/{text}"
    assert (made["actor"], made["invited_by"], made["expires_at"]) == ("a", "appui", "2026-01-29T09:00:00Z")
    status, accepted = accept(lac.client, text)
    assert status == 201 and accepted["community"] == lac.code
    assert (accepted["name"], accepted["scopes"], accepted["expires_at"]) == (
        "Jane Doe",
        JANE["scopes"],
        "2026-02-14T09:00:00Z",
    )
    jane = Voice(lac.client, lac.code, accepted["token"])
    assert accepted["id"] in [one["id"] for one in jane.get("/actors/a/tokens")["items"]]
    (listed,) = jane.get("/actors/a/invitations")["items"]
    assert (listed["accepted_at"], listed["token_id"]) == ("2026-01-15T09:00:00Z", accepted["id"]) and text not in str(listed)
    assert accept(lac.client, text)[1]["code"] == "invalid_invitation"


def test_what_is_not_good_is_not_told_apart(lac: Coalition) -> None:
    client = lac.client
    revoked, used, over = (invite(lac.support)["invitation"] for _ in range(3))
    by_text = {one["id"]: one for one in lac.support.get("/actors/a/invitations")["items"]}
    assert lac.support.ask("DELETE", f"/invitations/{min(by_text, key=int)}").status_code == 204
    assert accept(client, used)[0] == 201
    client.clock = STARTS + timedelta(days=14)
    unknown = over[:-1] + ("0" if over[-1] != "0" else "1")
    told = {str(accept(client, text)[1] | {"instance": ""}) for text in (revoked, used, over, unknown, "", "jli_1_x")}
    assert len(told) == 1 and "invalid_invitation" in told.pop()


def test_it_is_no_token_and_a_token_is_no_invitation(lac: Coalition) -> None:
    text = invite(lac.support)["invitation"]
    assert refusal(Voice(lac.client, lac.code, text).ask("GET")) == (401, "malformed_token")
    assert community_of_invitation(new_token(1)) is None
    assert accept(lac.client, lac.members["a"].token or "")[1]["code"] == "invalid_invitation"


def test_who_invites_whom(lac: Coalition) -> None:
    a = lac.members["a"]
    assert refusal(a.ask("POST", "/actors/b/invitations", json=JANE)) == (403, "not_your_actor")
    theirs = invite(lac.support, "b")["id"]
    assert refusal(a.ask("DELETE", f"/invitations/{theirs}")) == (404, "unknown_invitation")
    assert refusal(a.ask("POST", f"/invitations/{theirs}/renew")) == (404, "unknown_invitation")
    assert invite(a, scopes=["read", "administer"])["scopes"] == ["read"], "as far as the actor's role reaches"
    weak = Voice(lac.client, lac.code, a.post("/actors/a/tokens", {"name": "t", "scopes": ["read"]})["token"])
    assert refusal(weak.ask("POST", "/actors/a/invitations", json=JANE)) == (403, "scope_not_held")
    for body, code in (
        ({"expires_at": "2026-01-15T09:00:00Z"}, "expires_in_past"),
        ({"expires_at": "2026-02-14T09:00:01Z"}, "invitation_too_long"),
        ({"session_days": 91}, "too_big"),
        ({"scopes": ["administer"]}, "beyond_role"),
    ):
        said = a.ask("POST", "/actors/a/invitations", json=JANE | body).json()
        assert (said["status"], said["code"]) == (422, code)


def test_whoever_is_bound_to_an_address_binds_whom_it_invites(lac: Coalition) -> None:
    bound = {"name": "t", "scopes": ["read"], "addresses": ["10.0.0.0/8"]}
    office = Client(lac.client.database, address="10.1.2.3")
    voice = Voice(office, lac.code, lac.members["a"].post("/actors/a/tokens", bound)["token"])
    text = invite(voice, scopes=["read"])["invitation"]
    jane = accept(lac.client, text)[1]
    assert jane["addresses"] == ["10.0.0.0/8"]
    assert refusal(Voice(lac.client, lac.code, jane["token"]).ask("GET")) == (403, "address_not_allowed")


def test_renewed_the_old_one_ends(lac: Coalition) -> None:
    first = invite(lac.support, session_days=7)
    second = lac.support.post(f"/invitations/{first['id']}/renew")
    assert accept(lac.client, first["invitation"])[0] == 422
    status, accepted = accept(lac.client, second["invitation"])
    assert (status, accepted["expires_at"]) == (201, "2026-01-22T09:00:00Z")
    third = lac.support.post(f"/invitations/{second['id']}/renew")
    assert accept(lac.client, third["invitation"])[0] == 201, "also of one that was accepted"
    assert Voice(lac.client, lac.code, accepted["token"]).get("")["code"] == lac.code, "whose token stays in force"


def test_nothing_keeps_the_text_and_the_journal_no_name(lac: Coalition) -> None:
    key = {"Idempotency-Key": "again"}
    response = lac.support.ask("POST", "/actors/a/invitations", json=JANE, headers=key)
    text = response.json()["invitation"]
    again = lac.support.ask("POST", "/actors/a/invitations", json=JANE, headers=key).json()
    assert again["id"] == response.json()["id"] and again["invitation"] is None and again["page"] is None
    accept(lac.client, text)
    lac.support.post(f"/invitations/{again['id']}/renew")
    with lac.client.database.audit() as connection:
        community_id = community_of_invitation(text)
        entry, row, kept = table_of(JournalEntry), table_of(Invitation), table_of(IdempotencyKey)
        entries = connection.execute(select(entry).where(entry.c.community_id == community_id).order_by(entry.c.number)).all()
        rows = connection.execute(select(row).where(row.c.community_id == community_id)).all()
        answers = connection.execute(select(kept.c.body)).scalars().all()
    assert [one.kind for one in entries][-3:] == ["invitation_created", "invitation_accepted", "invitation_created"]
    said = repr(entries)
    assert "Jane" not in said and "jli_" not in said and "jli_" not in repr(rows) and "jli_" not in repr(answers)
    assert lac.support.get("/events/proof")
