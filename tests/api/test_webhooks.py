"""Webhooks as they are set: by an actor for itself, watched by the support, their secrets shown once."""

import pytest

from service.api.webhooks import MOST_WEBHOOKS
from tests.builders import POSTGRESQL_AS_PROOF, Client, Coalition, Json, Voice, coalition, refusal

pytestmark = POSTGRESQL_AS_PROOF
URL = "https://hooks.example.org/jalon"


@pytest.fixture
def lac(shared: Client) -> Coalition:
    """Two members of a public community."""
    return coalition(shared, visibility="public")


def made(voice: Voice, **more: object) -> Json:
    return voice.post("/webhooks", {"url": URL} | more)


def test_a_secret_is_shown_once(lac: Coalition) -> None:
    member, headers = lac.members["a"], {"Idempotency-Key": "one"}
    first = member.ask("POST", "/webhooks", json={"url": URL, "kinds": ["period_closed"] * 2}, headers=headers)
    again = member.ask("POST", "/webhooks", json={"url": URL, "kinds": ["period_closed"] * 2}, headers=headers)
    assert again.headers["idempotent-replayed"] == "true" and again.json() == first.json() | {"secret": None}
    rotated = member.post(f"/webhooks/{first.json()['id']}/rotate")
    assert rotated["old_secret_until"] == "2026-01-16T09:00:00Z"
    told = member.get(f"/webhooks/{rotated['id']}")
    assert told == {name: value for name, value in rotated.items() if name != "secret"} and told["kinds"] == ["period_closed"]
    assert member.get("/webhooks")["items"] == [told]
    for path in ("/webhooks", f"/webhooks/{told['id']}", f"/webhooks/{told['id']}/deliveries", "/events"):
        assert "whsec_" not in member.ask("GET", path).text


def test_it_is_its_actors_and_the_supports(lac: Coalition) -> None:
    own, other = made(lac.members["a"]), made(lac.members["b"])
    assert [one["id"] for one in lac.members["a"].get("/webhooks")["items"]] == [own["id"]]
    assert [one["actor"] for one in lac.support.get("/webhooks")["items"]] == ["a", "b"]
    assert [one["actor"] for one in lac.support.get("/webhooks", actor="b", limit=1)["items"]] == ["b"]
    assert refusal(lac.members["a"].ask("GET", "/webhooks?actor=b")) == (403, "not_your_actor")
    for method, path in (("GET", ""), ("GET", "/deliveries"), ("DELETE", ""), ("POST", "/rotate")):
        assert refusal(lac.members["a"].ask(method, f"/webhooks/{other['id']}{path}")) == (404, "unknown_webhook")
    reads = lac.support.post("/actors/appui/tokens", {"name": "x", "scopes": ["read"]})["token"]
    assert refusal(Voice(lac.client, lac.code, reads).ask("POST", "/webhooks", json={"url": URL})) == (
        403,
        "insufficient_scope",
    )
    assert lac.support.ask("DELETE", f"/webhooks/{other['id']}").status_code == 204
    assert lac.members["b"].get("/webhooks")["items"] == []


def test_its_changes_are_journaled_and_where_it_leads_is_not(lac: Coalition) -> None:
    member = lac.members["a"]
    path = f"/webhooks/{made(member)['id']}"
    assert refusal(member.ask("PATCH", path, json={"paused": True})) == (428, "if_match_needed")
    changed = member.patch(path, {"paused": True, "description": "Ours", "kinds": ["status_changed"]})
    assert (changed["paused"], changed["pause_reason"], changed["description"]) == (True, "by_hand", "Ours")
    assert member.patch(path, {"paused": True}) == changed, "nothing changed"
    resumed = member.patch(path, {"paused": False, "kinds": None})
    assert (resumed["paused"], resumed["pause_reason"], resumed["kinds"]) == (False, None, None)
    member.post(f"{path}/rotate")
    member.ask("DELETE", path)
    kinds = ["webhook_created", "webhook_changed", "webhook_changed", "webhook_rotated", "webhook_deleted"]
    for voice, subject in ((lac.members["b"], {"actor": "a", "webhook": path.rpartition("/")[2]}), (lac.anonymous, {})):
        said = [one for one in voice.get("/events")["items"] if one["kind"].startswith("webhook_")]
        assert [one["kind"] for one in said] == kinds
        assert all(one["subject"] == subject and one["actor"] == ("a" if subject else None) for one in said)
    assert "hooks.example.org" not in lac.members["b"].ask("GET", "/events").text


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"url": "http://hooks.example.org"}, "https_only", "/url"),
        ({"url": "https://127.1/x"}, "destination_inside", "/url"),
        ({"url": "https://[::ffff:10.0.0.1]/x"}, "destination_inside", "/url"),
        ({"url": "https://user@hooks.example.org"}, "not_a_destination", "/url"),
        ({"url": URL, "kinds": ["period_close"]}, "unknown_kind", "/kinds/0"),
        ({"url": URL, "kinds": []}, "too_few", "/kinds"),
        ({"url": URL, "secret": "whsec_mine"}, "unknown_field", "/secret"),
    ],
)
def test_what_is_refused_changes_nothing(lac: Coalition, body: Json, code: str, pointer: str) -> None:
    response = lac.members["a"].ask("POST", "/webhooks", json=body)
    assert refusal(response) == (422, code)
    assert response.json()["errors"][0]["pointer"] == pointer
    path = f"/webhooks/{made(lac.members['a'])['id']}"
    tag = lac.members["a"].ask("GET", path).headers["etag"]
    response = lac.members["a"].ask("PATCH", path, json=body, headers={"If-Match": tag})
    assert refusal(response) == (422, code)
    assert lac.members["a"].ask("GET", path).headers["etag"] == tag
    nowhere = lac.members["a"].ask("PATCH", path, json={"url": None}, headers={"If-Match": tag})
    assert refusal(nowhere) == (422, "url_needed")


def test_an_actor_has_so_many_at_most(lac: Coalition) -> None:
    for _ in range(MOST_WEBHOOKS):
        last = made(lac.members["a"])
    assert refusal(lac.members["a"].ask("POST", "/webhooks", json={"url": URL})) == (409, "too_many_webhooks")
    made(lac.members["b"])
    lac.members["a"].ask("DELETE", f"/webhooks/{last['id']}")
    assert made(lac.members["a"])["id"] != last["id"], "an id is never given again"
