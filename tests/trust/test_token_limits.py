"""Who may do what: a token is worth what its actor's role of today reaches, for as long and from where it was made for."""

from datetime import timedelta
from typing import Any

import pytest

from service.api.bearer import digest_of, new_token, parse_token
from service.database import use_community
from service.models.instant import instant_text
from service.records.tokens import create_operator_token
from tests.builders import (
    POSTGRESQL_AS_PROOF,
    SCOPES,
    STARTS,
    Client,
    Coalition,
    Json,
    Voice,
    coalition,
    contract,
    define,
    found,
    refusal,
)

pytestmark = POSTGRESQL_AS_PROOF
DAY = timedelta(days=1)
EVERY = {"name": "t", "scopes": list(SCOPES)}
REPORT = {"indicator": "jobs", "period": "2025-Q1", "value": "3"}
PROPOSAL = {"title": "Less", "changes": [{"kind": "retire_indicator", "indicator": "jobs"}]}


@pytest.fixture
def client(shared: Client) -> Client:
    """The service on a database that all of these share."""
    return shared


def made(voice: Voice, actor: str, **body: Any) -> Json:
    """A token that `voice` makes for `actor`."""
    answer: Json = voice.post(f"/actors/{actor}/tokens", {"name": "t", "scopes": ["read"], **body})
    return answer


def can(voice: Voice, actor: str) -> set[str]:
    """What a token is good for, by trying each scope."""
    tried = {
        "read": voice.ask("GET", "/contributions"),
        "contribute": voice.ask("POST", "/contributions", json=REPORT),
        "decide": voice.ask("POST", "/proposals", json=PROPOSAL),
        "administer": voice.ask("PATCH", f"/actors/{actor}", json={"groups": []}, headers={"If-Match": "*"}),
    }
    assert all(answer.status_code in (200, 201, 403) for answer in tried.values()), [one.text for one in tried.values()]
    return {scope for scope, answer in tried.items() if answer.status_code != 403}


def test_a_tokens_power_follows_the_role_of_today(client: Client) -> None:
    """Made with every scope before there were limits, or capped when it was made: the role of the day decides."""
    lac = coalition(client, ["a"], charter={"decision_rule": "consent"})
    founding = {"title": "Jobs", "changes": [define()]}
    opened = lac.support.post("/proposals", founding)["id"]
    lac.members["a"].ask("PUT", f"/proposals/{opened}/positions/a", json={"position": "support"})
    assert lac.members["a"].post(f"/proposals/{opened}/close")["status"] == "adopted"
    capped = made(lac.support, "a", **EVERY)
    assert capped["scopes"] == ["read", "contribute", "decide"], "what the role does not reach is left out"
    old, new = lac.members["a"], Voice(client, lac.code, capped["token"])
    assert can(old, "a") == can(new, "a") == {"read", "contribute", "decide"}
    for role, expected, of_new in (
        ("observer", {"read"}, {"read"}),
        ("support", set(SCOPES), {"read", "contribute", "decide"}),
        ("member", {"read", "contribute", "decide"}, {"read", "contribute", "decide"}),
    ):
        client.clock += timedelta(minutes=1)
        lac.support.patch("/actors/a", {"role": role})
        assert (can(old, "a"), can(new, "a")) == (expected, of_new), role


def test_an_observers_token_reads_and_comments(client: Client) -> None:
    lac = coalition(client, ["a", "watcher"], roles={"watcher": "observer"})
    lac.adopt(define())
    capped = made(lac.support, "watcher", **EVERY)
    assert capped["scopes"] == ["read"]
    opened = lac.members["a"].post("/proposals", PROPOSAL)["id"]
    for voice in (lac.members["watcher"], Voice(client, lac.code, capped["token"])):
        assert can(voice, "watcher") == {"read"}
        for path in (f"/proposals/{opened}/amend", f"/proposals/{opened}/withdraw", f"/proposals/{opened}/close"):
            assert voice.ask("POST", path, json=PROPOSAL).status_code == 403
        assert voice.post(f"/proposals/{opened}/comments", {"comment": "I see."})["actor"] == "watcher"
    unread = lac.support.ask("POST", "/actors/watcher/tokens", json={"name": "t", "scopes": ["contribute", "decide"]})
    assert refusal(unread) == (422, "beyond_role")


def test_a_token_ends_after_ninety_days_and_lives_a_year_at_most(client: Client) -> None:
    lac = coalition(client, ["a"])
    code = client.new_code()
    first = Voice(client, code, found(client, code)["token"])
    usual, long = made(lac.support, "a"), made(lac.support, "a", expires_at=instant_text(STARTS + 366 * DAY))
    ends = {"usual": STARTS + 90 * DAY, "long": STARTS + 366 * DAY}
    assert [usual["expires_at"], long["expires_at"]] == list(map(instant_text, ends.values()))
    asked = {"name": "t", "scopes": ["read"], "expires_at": instant_text(STARTS + 367 * DAY)}
    late = lac.support.ask("POST", "/actors/a/tokens", json=asked)
    assert refusal(late) == (422, "expires_too_late")
    assert late.json()["errors"][0]["suggestion"] == instant_text(STARTS + 366 * DAY), "what would do"
    voices = {"usual": Voice(client, lac.code, usual["token"]), "long": Voice(client, lac.code, long["token"])}
    for name, voice in (*voices.items(), ("usual", first)):
        client.clock = ends[name] - timedelta(microseconds=1)
        assert voice.ask("GET").status_code == 200
        client.clock = ends[name]
        assert refusal(voice.ask("GET")) == (401, "invalid_token")
    assert lac.support.get(), "what was made before tokens had an end has none"


def test_an_operators_token_ends_too(client: Client) -> None:
    old = client.operator_token  # Without an end, as all of them were.
    text = new_token(0)
    with client.database.write() as connection:
        create_operator_token(connection, name="new", digest=digest_of(text), now=STARTS, expires_at=STARTS + DAY)
    for token, then, expected in ((text, DAY / 2, 422), (text, DAY, 401), (old, 400 * DAY, 422)):
        client.clock = STARTS + then
        assert client.ask("POST", "/v1/communities", token, json={}).status_code == expected


def rotated(voice: Voice, token: Json, **body: Any) -> Json:
    """What rotating a token answers."""
    answer: Json = voice.post(f"/tokens/{token['id']}/rotate", body)
    return answer


def works(client: Client, lac: Coalition, *tokens: Json) -> list[bool]:
    """Which tokens are in force."""
    return [Voice(client, lac.code, token["token"]).ask("GET").status_code == 200 for token in tokens]


def test_two_of_a_line_are_in_force_and_no_third(client: Client) -> None:
    lac = coalition(client, ["a", "b"])
    first = made(lac.support, "a", name="office", scopes=["read", "contribute"], addresses=["::/0", "0.0.0.0/0"])
    own = Voice(client, lac.code, lac.members["a"].token)
    second = rotated(own, first)
    same = ("actor", "name", "scopes", "addresses")
    assert {name: second[name] for name in same} == {name: first[name] for name in same}
    handed_over = second["predecessor"], second["predecessor_expires_at"]
    assert handed_over == (first["id"], instant_text(STARTS + 7 * DAY))
    assert second["expires_at"] == instant_text(STARTS + 90 * DAY)
    for token, other in ((first, second), (second, first)):
        refused = own.ask("POST", f"/tokens/{token['id']}/rotate", json={})
        assert refusal(refused) == (409, "rotation_under_way")
        assert f"Token {other['id']} " in refused.json()["detail"], "it names what to revoke first"
    assert refusal(lac.members["b"].ask("POST", f"/tokens/{first['id']}/rotate", json={})) == (404, "unknown_token")
    listed = {item["id"]: item["expires_at"] for item in lac.support.get("/actors/a/tokens")["items"]}
    assert listed[first["id"]] == instant_text(STARTS + 7 * DAY)
    with Client(client.database, address="192.0.2.1") as near:
        assert works(near, lac, first, second) == [True, True]
        near.clock = client.clock = STARTS + 7 * DAY
        assert works(near, lac, first, second) == [False, True], "the overlap is over"
        third = rotated(own, second, overlap_days=0, expires_at=instant_text(STARTS + 8 * DAY))
        assert works(near, lac, first, second, third) == [False, False, True]
        near.clock = client.clock = STARTS + 8 * DAY
        assert works(near, lac, third) == [False]
    assert refusal(own.ask("POST", f"/tokens/{third['id']}/rotate", json={})) == (409, "token_not_in_force")


def test_revoking_one_of_a_line_lets_the_other_rotate(client: Client) -> None:
    lac = coalition(client, ["a"])
    first = made(lac.support, "a", expires_at=instant_text(STARTS + 2 * DAY))
    second = rotated(lac.support, first)
    assert second["predecessor_expires_at"] == first["expires_at"], "rotating never prolongs the old one"
    lac.support.ask("DELETE", f"/tokens/{second['id']}")
    again = rotated(lac.support, first)
    lac.support.ask("DELETE", f"/tokens/{first['id']}")
    last = rotated(Voice(client, lac.code, again["token"]), again)
    assert works(client, lac, first, second, again, last) == [False, False, True, True]
    with client.database.audit() as connection:
        community_id = parse_token(last["token"]).community_id
        chosen = f"SELECT kind, subject FROM journal_entry WHERE community_id = {community_id} ORDER BY number DESC"
        entries = connection.exec_driver_sql(chosen).all()
    assert entries[0].kind == "token_rotated"
    assert f'"predecessor":"{again["id"]}"' in entries[0].subject and "jln_" not in entries[0].subject


def test_rotating_hands_on_nothing_that_ones_own_token_lacks(client: Client) -> None:
    lac = coalition(client, ["a"])
    strong = made(lac.support, "a", scopes=["read", "decide"])
    reader = Voice(client, lac.code, made(lac.support, "a")["token"])
    assert refusal(reader.ask("POST", f"/tokens/{strong['id']}/rotate", json={})) == (403, "scope_not_held")
    replayed = lac.support.ask("POST", f"/tokens/{strong['id']}/rotate", json={}, headers={"Idempotency-Key": "k"})
    again = lac.support.ask("POST", f"/tokens/{strong['id']}/rotate", json={}, headers={"Idempotency-Key": "k"})
    assert (replayed.json()["token"] is None, again.json()["token"]) == (False, None)


def test_a_token_is_good_from_its_addresses_only(client: Client) -> None:
    lac = coalition(client, ["a"])
    lac.adopt(define())
    bound = made(lac.support, "a", scopes=["read", "contribute"], addresses=["::ffff:192.0.2.99/120", "2001:db8::/32"])
    assert bound["addresses"] == ["192.0.2.0/24", "2001:db8::/32"]
    for address, inside in (("192.0.2.7", True), ("::ffff:192.0.2.7", True), ("2001:db8::7", True), ("192.0.3.7", False),
                            ("testclient", False)):  # fmt: skip
        with Client(client.database, address=address) as here:
            voice = Voice(here, lac.code, bound["token"])
            for answer in (
                voice.ask("GET", "/contributions"),
                voice.ask("POST", "/contributions", json=REPORT),
                voice.ask("GET", "/actors/a/tokens"),
            ):
                if inside:
                    assert answer.status_code in (200, 201)
                else:
                    assert refusal(answer) == (403, "address_not_allowed")


def test_a_kept_answer_is_for_the_addresses_of_its_token_too(client: Client) -> None:
    lac = coalition(client, ["a"])
    lac.adopt(define())
    bound = made(lac.support, "a", addresses=["192.0.2.0/24"])
    with Client(client.database, address="192.0.2.7") as here:
        voice = Voice(here, lac.code, bound["token"])
        tag = voice.ask("GET", "/indicators/jobs/figure").headers["etag"]
        known = {"If-None-Match": tag}
        assert voice.ask("GET", "/indicators/jobs/figure", headers=known).status_code == 304
        here._transport.client = ("192.0.3.7", 1)  # type: ignore[attr-defined]
        for headers in ({}, known):
            assert refusal(voice.ask("GET", "/indicators/jobs/figure", headers=headers)) == (403, "address_not_allowed")


def test_a_bound_token_makes_no_free_one(client: Client) -> None:
    lac = coalition(client, ["a"])
    bound = made(lac.support, "a", addresses=["192.0.2.0/24"])
    free = made(lac.support, "a")
    with Client(client.database, address="192.0.2.7") as here:
        voice = Voice(here, lac.code, bound["token"])
        assert made(voice, "a")["addresses"] == ["192.0.2.0/24"]
        assert made(voice, "a", addresses=["192.0.2.128/25"])["addresses"] == ["192.0.2.128/25"]
        wide = voice.ask("POST", "/actors/a/tokens", json={"name": "t", "scopes": ["read"], "addresses": ["192.0.0.0/16"]})
        assert refusal(wide) == (403, "address_not_held")
        assert rotated(voice, free)["addresses"] == ["192.0.2.0/24"]


def test_operators_see_no_values(client: Client) -> None:
    """Every call of a community of members, with a token of who runs the service: all it hears is that there is no such one."""
    lac = coalition(client, ["a"])
    lac.adopt(define())
    lac.report("a", "jobs", "2025-Q1", "8675309", comment="canary")
    named = {"community": lac.code, "actor": "a", "indicator": "jobs", "objective": "common", "period": "2025"}
    tried = 0
    for path, item in contract()["paths"].items():
        if "{community}" not in path:
            continue
        for method in item:
            places = {piece.strip("{}"): "1" for piece in path.split("/") if piece.startswith("{")} | named
            body: Json | None = None if method == "get" else {}
            answer = client.ask(method.upper(), path.format(**places), client.operator_token, json=body)
            assert answer.status_code in (403, 404), (method, path, answer.text)
            assert not {"8675309", "canary"} & set(answer.text.replace('"', " ").split())
            tried += 1
    print(f"{tried} calls refused to an operator")
    assert tried > 50
    assert "8675309" in lac.support.ask("GET", "/contributions").text, "they are there to be seen"


def used(lac: Coalition, token: Json) -> str | None:
    """When a token was used last, as it is shown."""
    (item,) = (item for item in lac.support.get("/actors/a/tokens")["items"] if item["id"] == token["id"])
    said: str | None = item["last_used_at"]
    return said


def test_the_last_use_is_shown_to_the_minute(client: Client) -> None:
    lac = coalition(client, ["a"])
    lac.adopt(define())
    token, last_use = made(lac.support, "a"), client.service_app.state.service.last_use
    voice, path = Voice(client, lac.code, token["token"]), "/indicators/jobs/figure"
    with client.database.audit() as connection:
        before = connection.exec_driver_sql("SELECT count(*) FROM journal_entry").scalar()
    for passed in (timedelta(seconds=59), timedelta(seconds=61), timedelta(minutes=5, seconds=7)):
        client.clock = STARTS + passed
        assert voice.ask("GET", path).status_code == 200  # The second and third time it is answered as it was kept.
        last_use.flush()
        assert used(lac, token) == instant_text((STARTS + passed).replace(second=0))
    client.clock = STARTS
    voice.ask("GET", path)
    last_use.flush()
    assert used(lac, token) == "2026-01-15T09:05:00Z", "another process knows of a later use"
    client.ask("POST", "/v1/communities", client.operator_token, json={})
    last_use.flush()
    with client.database.audit() as connection:
        after = connection.exec_driver_sql("SELECT count(*) FROM journal_entry").scalar()
        operators = connection.exec_driver_sql("SELECT max(last_used_at) FROM operator_token").scalar()
    assert (before, str(operators)[:10]) == (after, "2026-01-15"), "and no entry of the journal says so"


def test_what_was_refused_is_no_use(client: Client) -> None:
    lac = coalition(client, ["a"])
    token = made(lac.support, "a", addresses=["192.0.2.0/24"])
    assert Voice(client, lac.code, token["token"]).ask("GET").status_code == 403
    client.service_app.state.service.last_use.flush()
    assert used(lac, token) is None


def test_a_reading_waits_for_no_writer_to_note_its_token(client: Client) -> None:
    """A writer that holds what everybody writes: reading goes on, and what was noted is written when it can be."""
    lac = coalition(client, ["a"])
    token = made(lac.support, "a")
    community_id = parse_token(token["token"]).community_id
    with client.database.write() as connection:
        use_community(connection, community_id)
        assert connection.exec_driver_sql(f"UPDATE token SET name = 'held' WHERE community_id = {community_id}").rowcount > 1
        client.clock += timedelta(hours=1)
        assert Voice(client, lac.code, token["token"]).get()
    client.service_app.state.service.last_use.flush()
    assert used(lac, token) == "2026-01-15T10:00:00Z"


def test_what_is_noted_is_written_when_the_service_ends(client: Client) -> None:
    with Client(client.database) as first:
        lac = coalition(first, ["a"], code=client.new_code())
        token = made(lac.support, "a")
        Voice(first, lac.code, token["token"]).get()
    with Client(client.database) as second:
        assert used(Coalition(second, lac.code, Voice(second, lac.code, lac.support.token), {}, lac.anonymous), token)
