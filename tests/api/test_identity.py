"""Who may do what: every access against every kind of caller, and what strangers are told."""

from datetime import date, datetime
from typing import Any

import pytest

from service.api.identity import (
    ADMINISTER,
    ANYONE,
    COMMENT,
    CONTRIBUTE,
    DECIDE,
    MEMBER,
    OPERATOR,
    READ,
    SUPPORT,
    Access,
    Caller,
    Holder,
    admit,
)
from service.errors import Forbidden, NotFound, ServiceError, Unauthenticated
from service.indicators.register import KnownActor, Register
from service.models.community import Member, Settings
from service.models.vocabulary import Role, Scope, Visibility
from tests.builders import SCOPES, Client, Coalition, Voice, coalition, found

TODAY = date(2026, 1, 15)
COMMUNITY, ELSEWHERE = 7, 8
EVERY = frozenset(str(scope) for scope in Scope)


def register(visibility: Visibility, left: date | None = None) -> Register:
    def actor(number: int, code: str, role: Role, left: date | None = None) -> KnownActor:
        return KnownActor(number, code, Member(name={"en": code}, kind="x", role=role, left=left))

    actors = {"s": actor(1, "s", Role.SUPPORT, left), "m": actor(2, "m", Role.MEMBER), "o": actor(3, "o", Role.OBSERVER)}
    return Register(COMMUNITY, "c", Settings(name={"en": "c"}, visibility=visibility), actors, {}, {})


CALLERS: dict[str, Holder | None] = {
    "nobody": None,
    "operator": Holder(0, 1, 0, frozenset()),
    "stranger": Holder(ELSEWHERE, 1, 1, EVERY),
    "support": Holder(COMMUNITY, 1, 1, EVERY),
    "support that reads": Holder(COMMUNITY, 1, 1, frozenset({"read"})),
    "member": Holder(COMMUNITY, 1, 2, EVERY),
    "member that reads": Holder(COMMUNITY, 1, 2, frozenset({"read"})),
    "member without scope": Holder(COMMUNITY, 1, 2, frozenset()),
    "observer": Holder(COMMUNITY, 1, 3, EVERY),
}
NO, WHO, WHAT = Forbidden, Unauthenticated, NotFound
MEMBERS_ONLY: dict[str, dict[Access, type[ServiceError] | None]] = {
    "nobody": dict.fromkeys((READ, MEMBER, CONTRIBUTE, DECIDE, ADMINISTER, SUPPORT, OPERATOR), WHO),
    "operator": {**dict.fromkeys((READ, MEMBER, CONTRIBUTE, DECIDE, ADMINISTER, SUPPORT), WHAT), OPERATOR: None},
    "stranger": {**dict.fromkeys((READ, MEMBER, CONTRIBUTE, DECIDE, ADMINISTER, SUPPORT), WHAT), OPERATOR: NO},
    "support": {**dict.fromkeys((READ, MEMBER, CONTRIBUTE, DECIDE, ADMINISTER, SUPPORT)), OPERATOR: NO},
    "support that reads": {READ: None, MEMBER: None, CONTRIBUTE: NO, DECIDE: NO, ADMINISTER: NO, SUPPORT: NO, OPERATOR: NO},
    "member": {**dict.fromkeys((READ, MEMBER, CONTRIBUTE, DECIDE, COMMENT)), ADMINISTER: NO, SUPPORT: NO, OPERATOR: NO},
    "member that reads": {
        READ: None,
        MEMBER: None,
        COMMENT: NO,
        CONTRIBUTE: NO,
        DECIDE: NO,
        ADMINISTER: NO,
        SUPPORT: NO,
        OPERATOR: NO,
    },
    "member without scope": {
        READ: NO,
        MEMBER: None,
        COMMENT: NO,
        CONTRIBUTE: NO,
        DECIDE: NO,
        ADMINISTER: NO,
        SUPPORT: NO,
        OPERATOR: NO,
    },
    "observer": {
        **dict.fromkeys((READ, MEMBER, COMMENT)),
        **dict.fromkeys((CONTRIBUTE, DECIDE, ADMINISTER, SUPPORT, OPERATOR), NO),
    },
}


@pytest.mark.parametrize("caller", CALLERS)
def test_a_community_of_members(caller: str) -> None:
    for access, refusal in MEMBERS_ONLY[caller].items():
        assert outcome(access, CALLERS[caller], register(Visibility.MEMBERS)) is refusal, access.name


@pytest.mark.parametrize("caller", CALLERS)
def test_a_public_community_differs_in_reading_and_in_being_known(caller: str) -> None:
    for access, refusal in MEMBERS_ONLY[caller].items():
        expected = None if access is READ else NO if refusal is WHAT else refusal
        assert outcome(access, CALLERS[caller], register(Visibility.PUBLIC)) is expected, access.name


@pytest.mark.parametrize("access", [READ, MEMBER, CONTRIBUTE, SUPPORT])
def test_a_community_that_does_not_exist_looks_like_a_private_one(access: Access) -> None:
    for caller in ("nobody", "operator", "stranger"):
        assert outcome(access, CALLERS[caller], None) is outcome(access, CALLERS[caller], register(Visibility.MEMBERS))


def outcome(access: Access, holder: Holder | None, known: Register | None) -> type[ServiceError] | None:
    try:
        admit(access, holder, known, TODAY)
    except ServiceError as error:
        return type(error)
    return None


def test_who_the_caller_is() -> None:
    known = register(Visibility.PUBLIC)
    assert admit(READ, None, known, TODAY) == admit(READ, CALLERS["stranger"], known, TODAY) == Caller()
    assert admit(OPERATOR, CALLERS["operator"], None, TODAY) == Caller(token=1, operator=True)
    assert admit(READ, CALLERS["member"], known, TODAY) == Caller(known.actors["m"], 1, EVERY - {"administer"})
    assert admit(READ, CALLERS["support"], known, TODAY) == Caller(known.actors["s"], 1, EVERY, is_support=True)


def test_a_support_that_left_is_none() -> None:
    on_its_last_day = register(Visibility.MEMBERS, left=TODAY)
    assert admit(SUPPORT, CALLERS["support"], on_its_last_day, TODAY).is_support
    with pytest.raises(Forbidden, match="support"):
        admit(SUPPORT, CALLERS["support"], on_its_last_day, date(2026, 1, 16))


def said(response: Any) -> tuple[int, str]:
    return response.status_code, response.json().get("code", "")


def test_what_a_private_community_tells_strangers(client: Client) -> None:
    lac = coalition(client)
    foreign = found(client, "mer")["token"]
    for path in ("", "/actors", "/actors/a"):
        assert said(lac.anonymous.ask("GET", path)) == (401, "token_needed")
        assert said(Voice(client, "lac", foreign).ask("GET", path)) == (404, "unknown_community")
        assert said(Voice(client, "lac", client.operator_token).ask("GET", path)) == (404, "unknown_community")
        assert said(Voice(client, "nowhere", foreign).ask("GET", path)) == (404, "unknown_community")
        assert said(Voice(client, "nowhere", None).ask("GET", path)) == (401, "token_needed")
        assert lac.members["a"].ask("GET", path).status_code == 200
    assert lac.anonymous.ask("GET").headers["www-authenticate"].startswith("Bearer")
    assert said(Voice(client, "lac", foreign).ask("POST", "/actors", json={})) == (404, "unknown_community")


def test_what_a_public_community_tells_strangers(client: Client) -> None:
    lac = coalition(client, visibility="public")
    foreign = Voice(client, "lac", found(client, "mer")["token"])
    assert lac.anonymous.get("/actors/a") == foreign.get("/actors/a") == lac.members["a"].get("/actors/a")
    assert said(lac.anonymous.ask("POST", "/actors", json={})) == (401, "token_needed")
    assert said(foreign.ask("POST", "/actors", json={})) == (403, "not_a_member")
    assert said(foreign.ask("GET", "/actors/a/tokens")) == (403, "not_a_member")


def test_strangers_are_told_so_before_their_question_is_looked_at(client: Client) -> None:
    lac = coalition(client)
    assert said(lac.anonymous.ask("GET", "/actors", params={"limit": "x", "nonsense": "1"})) == (401, "token_needed")
    assert said(lac.anonymous.ask("POST", "/actors", content=b"{")) == (401, "token_needed")
    assert said(lac.members["a"].ask("POST", "/actors", content=b"{")) == (403, "support_only")


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("Basic eDp5", "unknown_scheme"),
        ("Bearer", "malformed_token"),
        ("Bearer jln_1_x", "malformed_token"),
        ("", "unknown_scheme"),
    ],
)
def test_headers_that_hold_no_token(light_client: Client, header: str, code: str) -> None:
    lac = coalition(light_client, [], visibility="public")
    assert said(lac.anonymous.ask("GET", headers={"Authorization": header})) == (401, code)


def test_a_token_ends_at_its_instant(client: Client) -> None:
    lac = coalition(client)
    body = {"name": "short", "scopes": ["read"], "expires_at": "2026-01-15T10:00:00Z"}
    voice = Voice(client, "lac", lac.support.post("/actors/a/tokens", body)["token"])
    client.clock = datetime.fromisoformat("2026-01-15T09:59:59Z")
    assert voice.get()
    client.clock = datetime.fromisoformat("2026-01-15T10:00:00Z")
    assert said(voice.ask("GET")) == (401, "invalid_token")


def test_a_token_does_what_its_scopes_say(client: Client) -> None:
    lac = coalition(client)
    for scope in SCOPES:
        actor = "appui" if scope == "administer" else "a"
        voice = Voice(client, "lac", lac.support.post(f"/actors/{actor}/tokens", {"name": scope, "scopes": [scope]})["token"])
        assert said(voice.ask("GET"))[0] == (200 if scope == "read" else 403)
        expected = (422, "missing_field") if scope == "administer" else (403, "insufficient_scope")
        assert said(voice.ask("POST", "/actors", json={})) == expected


def test_being_the_support_is_asked_for_today(client: Client) -> None:
    lac: Coalition = coalition(client)
    client.clock = client.clock.replace(hour=10)
    lac.support.patch("/actors/a", {"role": "support"})
    assert lac.members["a"].post("/actors", {"code": "c", "name": "c", "kind": "company"})["code"] == "c"
    lac.members["a"].patch("/actors/appui", {"role": "member"})
    assert said(lac.support.ask("POST", "/actors", json={})) == (403, "support_only")
    when_it_was = {"as_of": "2026-01-15T09:30:00Z"}
    assert lac.support.get("/actors/appui", **when_it_was)["role"] == "support"
    assert said(lac.support.ask("GET", "/actors/a/tokens", params=when_it_was)) == (403, "not_your_actor")


def test_no_token_is_looked_at_where_anyone_may(light_client: Client) -> None:
    assert ANYONE.name == "anyone"
    assert light_client.ask("GET", "/healthz", "nonsense").status_code == 200
