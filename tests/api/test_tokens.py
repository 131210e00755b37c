"""Tokens: shown once, kept as digests, ended at once, never worth more than their maker's."""

import pytest

from service.api.bearer import digest_of, new_token
from tests.builders import Client, Voice, coalition
from tests.records.coalition import reading


def test_a_token_is_shown_once_and_kept_as_its_digest(client: Client) -> None:
    lac = coalition(client, ["a"])
    made = lac.support.post("/actors/a/tokens", {"name": "office", "scopes": ["contribute", "read"]})
    text = made.pop("token")
    assert made == {
        "id": "3", "actor": "a", "name": "office", "scopes": ["read", "contribute"],
        "created_at": "2026-01-15T09:00:00Z", "expires_at": "2026-04-15T09:00:00Z", "revoked_at": None,
        "last_used_at": None, "addresses": None,
    }  # fmt: skip
    assert lac.support.get("/actors/a/tokens")["items"][1] == made
    with reading(client.database) as connection:
        digests = {bytes(row) for row in connection.exec_driver_sql("SELECT digest FROM token").scalars()}
    assert digest_of(text) in digests
    assert text not in lac.support.ask("GET", "/actors/a/tokens").text


def test_an_actor_makes_its_own_and_nobody_elses(client: Client) -> None:
    lac = coalition(client, ["a", "b"])
    own = lac.members["a"].post("/actors/a/tokens", {"name": "x", "scopes": ["read"]})
    assert Voice(client, "lac", own["token"]).get("/actors/a/tokens")["items"]
    for refused in (
        lac.members["a"].ask("POST", "/actors/b/tokens", json={"name": "x", "scopes": ["read"]}),
        lac.members["a"].ask("GET", "/actors/b/tokens"),
    ):
        assert (refused.status_code, refused.json()["code"]) == (403, "not_your_actor")


def test_no_token_hands_on_what_it_lacks(client: Client) -> None:
    lac = coalition(client, ["a"])
    reader = Voice(client, "lac", lac.members["a"].post("/actors/a/tokens", {"name": "x", "scopes": ["read"]})["token"])
    refused = reader.ask("POST", "/actors/a/tokens", json={"name": "x", "scopes": ["read", "contribute", "decide"]})
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_not_held")
    assert "contribute, decide" in refused.json()["detail"]
    assert reader.post("/actors/a/tokens", {"name": "x", "scopes": ["read"]})["scopes"] == ["read"]


def test_the_support_needs_administer_to_make_tokens_for_others(client: Client) -> None:
    lac = coalition(client, ["a"])
    reader = Voice(client, "lac", lac.support.post("/actors/appui/tokens", {"name": "x", "scopes": ["read"]})["token"])
    assert reader.ask("POST", "/actors/a/tokens", json={"name": "x", "scopes": ["read"]}).json()["code"] == "not_your_actor"


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"name": "x", "scopes": []}, "too_few", "/scopes"),
        ({"name": "x", "scopes": ["everything"]}, "not_in_list", "/scopes/0"),
        ({"name": "", "scopes": ["read"]}, "too_short", "/name"),
        ({"name": "x" * 201, "scopes": ["read"]}, "too_long", "/name"),
        ({"name": "x", "scopes": ["read"], "expires_at": "2026-01-15T09:00:00Z"}, "expires_in_past", "/expires_at"),
        ({"name": "x", "scopes": ["read"], "expires_at": "2026-01-15"}, "not_an_instant", "/expires_at"),
        ({"name": "x", "scopes": ["read"], "expires_at": "2027-01-16T09:00:00.000001Z"}, "expires_too_late", "/expires_at"),
        ({"name": "x", "scopes": ["administer"]}, "beyond_role", "/scopes"),
        ({"name": "x", "scopes": ["read"], "addresses": []}, "too_few", "/addresses"),
        ({"name": "x", "scopes": ["read"], "addresses": ["10.0.0.0/8"] * 21}, "too_many", "/addresses"),
        ({"name": "x", "scopes": ["read"], "addresses": ["10.0.0.0/8", "office"]}, "not_an_address_range", "/addresses/1"),
        ({"name": "x", "scopes": ["read"], "addresses": ["fe80::%eth0/64"]}, "not_an_address_range", "/addresses/0"),
        ({"scopes": ["read"]}, "missing_field", "/name"),
    ],
)
def test_what_a_token_cannot_be(light_client: Client, body: dict[str, object], code: str, pointer: str) -> None:
    lac = coalition(light_client, ["a"])
    refused = lac.support.ask("POST", "/actors/a/tokens", json=body)
    assert (refused.status_code, refused.json()["code"], refused.json()["errors"][0]["pointer"]) == (422, code, pointer)


def test_a_revoked_token_ends_at_once(client: Client) -> None:
    lac = coalition(client, ["a"])
    made = lac.support.post("/actors/a/tokens", {"name": "x", "scopes": ["read"]})
    voice = Voice(client, "lac", made["token"])
    assert voice.get()
    assert lac.members["a"].ask("DELETE", f"/tokens/{made['id']}").status_code == 204
    assert voice.ask("GET").json()["code"] == "invalid_token"
    assert lac.support.get("/actors/a/tokens")["items"][1]["revoked_at"] == "2026-01-15T09:00:00Z"
    assert lac.support.ask("DELETE", f"/tokens/{made['id']}").status_code == 204, "again changes nothing"


def test_others_tokens_are_not_to_be_seen(client: Client) -> None:
    lac = coalition(client, ["a", "b"])
    made = lac.members["a"].post("/actors/a/tokens", {"name": "x", "scopes": ["read"]})
    for number in (made["id"], "999", "0", "x", "-1", "9" * 30, "%00", "１"):
        refused = lac.members["b"].ask("DELETE", f"/tokens/{number}")
        assert (refused.status_code, refused.json()["code"]) == (404, "unknown_token")
    assert Voice(client, "lac", made["token"]).get()


def test_whoever_holds_a_leaked_token_ends_it(client: Client) -> None:
    lac = coalition(client, ["a"])
    made = lac.support.post("/actors/a/tokens", {"name": "x", "scopes": ["read"]})
    for _ in range(2):
        assert client.ask("POST", "/v1/tokens/revoke", json={"token": made["token"]}).status_code == 204
    assert Voice(client, "lac", made["token"]).ask("GET").status_code == 401
    assert lac.members["a"].get()
    token = client.operator_token
    assert client.ask("POST", "/v1/tokens/revoke", json={"token": token}).status_code == 204
    assert client.ask("POST", "/v1/communities", token, json={}).json()["code"] == "invalid_token"


def test_tokens_that_nobody_knows_are_told_apart_from_nonsense_only(client: Client) -> None:
    coalition(client, ["a"])
    for community in (0, 1, 2, 2**31 - 1):
        assert client.ask("POST", "/v1/tokens/revoke", json={"token": new_token(community)}).status_code == 204
    refused = client.ask("POST", "/v1/tokens/revoke", json={"token": "jln_x"})
    assert (refused.status_code, refused.json()["code"]) == (422, "malformed_token")
    assert "jln_x" not in refused.text


def test_what_happened_to_tokens_is_in_the_journal_without_them(client: Client) -> None:
    lac = coalition(client, ["a"])
    made = lac.support.post("/actors/a/tokens", {"name": "my secret name", "scopes": ["read"]})
    lac.support.ask("DELETE", f"/tokens/{made['id']}")
    with reading(client.database) as connection:
        entries = connection.exec_driver_sql("SELECT kind, subject FROM journal_entry ORDER BY number").all()
    assert [entry.kind for entry in entries][-2:] == ["token_created", "token_revoked"]
    assert not any("secret" in entry.subject or "jln_" in entry.subject for entry in entries)
