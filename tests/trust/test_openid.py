"""OpenID Connect against a real issuer that signs: who comes in, who does not, and what happens when the issuer is away."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from service.database import open_database
from tests.builders import Client, Coalition, Json, Voice, coalition, define, refusal
from tests.issuing import AUDIENCE, EC, ED, NOW, RSA, Issuer, Key, running


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with running(Issuer()) as one:
        yield one


@contextmanager
def served(url: str, issuer: Issuer) -> Iterator[Client]:
    """The service with that issuer in its settings."""
    database = open_database(url)
    with Client(database, oidc_issuer=issuer.address, oidc_audience=AUDIENCE) as client:
        yield client
    database.dispose()


@pytest.fixture
def client(database_url: str, issuer: Issuer) -> Iterator[Client]:
    with served(database_url, issuer) as serving:
        yield serving


@pytest.fixture
def lac(client: Client) -> Coalition:
    """A community whose member `a` knows jane."""
    made = coalition(client, ["a", "b"])
    made.adopt(define())
    made.members["a"].post("/actors/a/people", {"subject": "jane", "name": "Jane", "scopes": ["read", "contribute"]})
    return made


def said(lac: Coalition, token: str) -> tuple[int, str]:
    """What reading with a token comes to."""
    answer = Voice(lac.client, lac.code, token).ask("GET", "/contributions")
    return answer.status_code, answer.json().get("code", "")


OK, INVALID, AWAY = (200, ""), (401, "invalid_token"), (503, "issuer_unreachable")


def test_a_person_is_worth_what_our_records_say(lac: Coalition, issuer: Issuer) -> None:
    """Whatever else their token claims."""
    jane = Voice(lac.client, lac.code, issuer.token(roles=["support"], scope="administer decide", actor="b"))
    assert jane.post("/contributions", {"indicator": "jobs", "period": "2025-Q1", "value": "3"})["actor"] == "a"
    assert refusal(jane.ask("POST", "/proposals", json={"title": "x", "changes": [define("x")]})) == (403, "insufficient_scope")
    assert refusal(jane.ask("POST", "/actors", json={})) == (403, "insufficient_scope")
    assert refusal(lac.client.ask("POST", "/v1/communities", jane.token, json={})) == (403, "operator_only")
    lac.client.clock += timedelta(minutes=1)
    lac.support.patch("/actors/a", {"role": "observer"})
    assert refusal(jane.ask("POST", "/contributions", json={})) == (403, "beyond_role")
    stranger = Voice(lac.client, lac.code, issuer.token(sub="john"))
    assert refusal(stranger.ask("GET", "/contributions")) == (404, "unknown_community")
    elsewhere = coalition(lac.client, [])
    assert refusal(Voice(lac.client, elsewhere.code, jane.token).ask("GET")) == (404, "unknown_community")
    with lac.client.database.audit() as connection:
        entries = connection.exec_driver_sql(
            "SELECT token, subject FROM journal_entry WHERE kind = 'contributed' OR actor = 2"
        ).all()
    (person,) = lac.support.get("/actors/a/people")["items"]
    assert str(entries[-1].token) == person["id"], "the journal says which person it was, by number"
    assert not any("jane" in entry.subject.lower() for entry in entries)


def test_who_links_whom(lac: Coalition) -> None:
    body = {"subject": "john", "scopes": ["read", "decide", "administer"]}
    assert refusal(lac.members["a"].ask("POST", "/actors/b/people", json=body)) == (403, "not_your_actor")
    john = lac.support.post("/actors/b/people", body)
    assert (john["actor"], john["scopes"], john["issuer"][:16]) == ("b", ["read", "decide"], "http://127.0.0.1")
    assert refusal(lac.members["a"].ask("POST", "/actors/a/people", json=body)) == (409, "person_linked")
    assert refusal(lac.members["a"].ask("DELETE", f"/people/{john['id']}")) == (404, "unknown_person")
    assert lac.members["b"].ask("DELETE", f"/people/{john['id']}").status_code == 204
    assert lac.members["b"].get("/actors/b/people")["items"] == []
    reader = lac.support.post("/actors/b/tokens", {"name": "t", "scopes": ["read"]})["token"]
    refused = Voice(lac.client, lac.code, reader).ask("POST", "/actors/b/people", json=body)
    assert refusal(refused) == (403, "scope_not_held")


def test_who_is_unlinked_is_out_at_once_in_every_process(lac: Coalition, issuer: Issuer, database_url: str) -> None:
    with served(database_url, issuer) as beside:
        voices = [Voice(one, lac.code, issuer.token()) for one in (lac.client, beside)]
        tags = [{"If-None-Match": voice.ask("GET", "/progress").headers["etag"]} for voice in voices]
        assert [voice.ask("GET", "/progress", headers=tag).status_code for voice, tag in zip(voices, tags, strict=True)] == [
            304
        ] * 2
        (person,) = lac.support.get("/actors/a/people")["items"]
        assert lac.support.ask("DELETE", f"/people/{person['id']}").status_code == 204
        for voice, tag in zip(voices, tags, strict=True):
            for headers in ({}, tag):
                assert refusal(voice.ask("GET", "/progress", headers=headers)) == (404, "unknown_community")


@pytest.mark.parametrize(("key", "algorithm"), [(RSA, "RS256"), (EC, "ES256"), (ED, "Ed25519")])
def test_what_it_signs_with(light: Coalition, issuer: Issuer, key: Key, algorithm: str) -> None:
    assert said(light, issuer.token(key, algorithm)) == OK


@pytest.fixture
def light(new_database: Any, issuer: Issuer) -> Iterator[Coalition]:
    """The same on SQLite only, for what is refused before a database is asked."""
    with served(new_database("sqlite"), issuer) as client:
        made = coalition(client, ["a"])
        made.members["a"].post("/actors/a/people", {"subject": "jane", "scopes": ["read"]})
        yield made


def _part(content: Json | bytes) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _forged(issuer: Issuer, algorithm: str, secret: bytes | None) -> str:
    """By hand: what no library writes any more."""
    claims = {"iss": issuer.address, "aud": AUDIENCE, "sub": "jane", "iat": NOW, "exp": NOW + 300}
    signed = f"{_part({'alg': algorithm, 'kid': 'rsa'})}.{_part(claims)}"
    return f"{signed}.{_part(hmac.new(secret, signed.encode(), hashlib.sha256).digest()) if secret else ''}"


def test_what_is_refused(light: Coalition, issuer: Issuer) -> None:
    foreign = RSAKey.generate_key(2048, {"kid": "rsa"})
    good = issuer.token()
    head, body, signature = good.split(".")
    johns = {"iss": issuer.address, "aud": AUDIENCE, "sub": "john", "iat": NOW, "exp": NOW + 300}
    cases = {
        "another audience": issuer.token(aud="another"),
        "no audience": issuer.token(aud=None),
        "another issuer": issuer.token(iss="https://id.example"),
        "expired": issuer.token(iat=NOW - 300, exp=NOW - 31),
        "no end": issuer.token(exp=None),
        "an end that is none": issuer.token(exp="tomorrow"),
        "not yet": issuer.token(nbf=NOW + 31),
        "from the future": issuer.token(iat=NOW + 31),
        "no instant": issuer.token(iat=None),
        "nobody": issuer.token(sub=None),
        "no name": issuer.token(sub=""),
        "a long name": issuer.token(sub="x" * 256),
        "another's key under its name": issuer.token(foreign),
        "an unknown key": issuer.token(foreign, header={"kid": "unheard-of"}),
        "a key of another kind": issuer.token(RSA, header={"kid": "ec"}),
        "no key named": issuer.token(RSA, header={"kid": ""}),
        "no algorithm": _forged(issuer, "none", None),
        "NONE": _forged(issuer, "NonE", None),
        "the public key as a secret": _forged(issuer, "HS256", RSA.as_pem(private=False)),
        "a signature of the weaker kind": issuer.token(RSA, "RS384"),
        "no signature": f"{head}.{body}.",
        "changed": f"{head}.{_part(johns)}.{signature}",
        "a demand that nobody knows": f"{_part({'alg': 'RS256', 'kid': 'rsa', 'crit': ['x']})}.{body}.{signature}",
        "no JSON": f"{_part(b'{')}.{body}.{signature}",
        "nothing": "..",
        "too long": good + "x" * 20_000,
    }
    assert {name: said(light, token) for name, token in cases.items()} == dict.fromkeys(cases, INVALID)
    print(f"{len(cases)} tokens refused, {issuer.asked} requests to the issuer")
    assert said(light, good) == OK
    assert said(light, issuer.token(aud=["another", AUDIENCE])) == OK
    assert said(light, issuer.token(iat=NOW - 300, exp=NOW - 29, nbf=NOW - 300)) == OK, "clocks differ a little"
    assert issuer.asked == 2, "an unknown name is asked for again after a while, not each time"


def test_keys_are_fetched_anew_when_there_is_a_new_one(light: Coalition, issuer: Issuer) -> None:
    now = 0.0
    light.client.service_app.state.service.issuer._monotonic = lambda: now
    assert said(light, issuer.token()) == OK
    new = RSAKey.generate_key(2048, {"kid": "new"})
    issuer.keys = [new]
    assert said(light, issuer.token(new)) == INVALID, "just asked"
    now = 11.0
    assert said(light, issuer.token(new)) == OK
    assert said(light, issuer.token()) == INVALID, "what the issuer withdrew is good no more"
    issuer.keys = [EC]
    now = 12.0
    assert said(light, issuer.token(new)) == OK
    now = 11.0 + 3_601
    assert said(light, issuer.token(new)) == INVALID, "keys are asked for anew after an hour"
    assert issuer.asked == 6


def test_an_issuer_that_is_away(light: Coalition, issuer: Issuer) -> None:
    now = 0.0
    light.client.service_app.state.service.issuer._monotonic = lambda: now
    issuer.is_away = True
    answer = Voice(light.client, light.code, issuer.token()).ask("GET", "/contributions")
    assert refusal(answer) == AWAY
    assert int(answer.headers["retry-after"]) > 0
    assert light.support.get("/contributions")["items"] == [], "tokens of ours need nobody"
    issuer.is_away, now = False, 11.0
    assert said(light, issuer.token()) == OK
    issuer.is_away, now = True, 4_000.0
    assert said(light, issuer.token()) == OK, "known keys go on serving"
    assert said(light, issuer.token(header={"kid": "new"})) == AWAY, "nobody can say whether it is one of theirs"
    asked = issuer.asked
    assert [said(light, issuer.token(header={"kid": "new"})) for _ in range(5)] == [AWAY] * 5
    assert issuer.asked == asked


def test_an_issuer_that_says_it_is_another(light: Coalition, issuer: Issuer) -> None:
    issuer.describes = {"issuer": "https://id.example"}
    assert said(light, issuer.token()) == AWAY


def test_without_an_issuer_nobody_is_vouched_for(light_client: Client, issuer: Issuer) -> None:
    lac = coalition(light_client, ["a"])
    assert said(lac, issuer.token()) == (401, "malformed_token")
    body = {"subject": "jane", "scopes": ["read"]}
    assert refusal(lac.members["a"].ask("POST", "/actors/a/people", json=body)) == (409, "no_issuer")
    assert issuer.asked == 0
