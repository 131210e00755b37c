"""A community full of secrets, and everybody who might ask for them."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from service.api.bearer import new_token
from tests.builders import SCOPES, Client, Coalition, coalition
from tests.trust.access import Caller, Row, changes_to_decide, defined, expected

MEMBERS_SCOPES = ("read", "contribute", "decide")
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Canary:
    """A text that stands in the data once; `may_see`: whether a caller may ever be shown it."""

    text: str
    may_see: Callable[[Caller], bool]


@dataclass(frozen=True, slots=True)
class Scene:
    """A community, the ids of what is in it, its callers and its canaries."""

    lac: Coalition
    ids: dict[str, str]
    callers: list[Caller]
    canaries: list[Canary]
    is_public: bool
    hides_values: bool

    def expects(self, row: Row, caller: Caller) -> frozenset[int] | str:
        """The statuses with which the caller may be refused here, or THROUGH."""
        return expected(row, caller, is_public=self.is_public, hides_values=self.hides_values)


def _belongs(caller: Caller) -> bool:
    return caller.actor is not None


def _owns(caller: Caller) -> bool:
    return caller.actor == "a" or caller.kind == "support"


def stage(client: Client, *, is_public: bool, hides_values: bool) -> Scene:
    """A community in which everything has happened once, at the client's clock and the hours after."""
    sung = {name: f"canary-{name}-{secrets.token_hex(6)}" for name in ("whole", "inside", "own")}
    value = f"27182.{secrets.randbelow(10**9):09}1"
    canaries = [Canary(sung["inside"], _belongs), Canary(sung["own"], _owns)]
    if hides_values or not is_public:
        canaries.append(Canary(value, _owns if hides_values else _belongs))
    if not is_public:
        canaries.append(Canary(sung["whole"], _belongs))
    lac = coalition(
        client,
        ["a", "b", "o"],
        roles={"o": "observer"},
        name=sung["whole"],
        visibility="public" if is_public else "members",
        charter={"show_actor_values": not hides_values},
    )
    lac.support.patch("/actors/a", {"name": sung["whole"]})
    lac.adopt(
        defined(sung["whole"]),
        {"kind": "set_target", "indicator": "jobs", "period": "2025", "from_period": "2025", "value": "90000"},
    )
    ids = _happenings(lac, sung["inside"], sung["own"], value)
    callers, ids["token"] = _callers(client, lac, sung["own"])
    # What ends by itself has ended by now.
    client.clock += 2 * _HOUR
    return Scene(lac, ids, callers, canaries, is_public, hides_values)


def _happenings(lac: Coalition, inside: str, own: str, value: str) -> dict[str, str]:
    ids = {}
    lac.report("a", "jobs", "2024-Q4", value, comment=inside, evidence=inside)
    taken_back = lac.report("a", "jobs", "2024-Q3", "5", comment=inside)
    lac.members["a"].post(f"/contributions/{taken_back['id']}/withdraw", {"comment": inside})
    ids["contribution"] = lac.report("a", "jobs", "2025-Q3", "41", comment=inside)["id"]
    file = {"file": (f"{own}.csv", b"indicator,period,value\njobs,2025-Q2,17\n", "text/csv")}
    response = lac.members["a"].ask("POST", "/imports", files=file, headers={"Prefer": "wait=30"})
    assert (response.status_code, response.json()["status"]) == (200, "succeeded"), response.text
    ids["import"] = response.json()["id"]
    reads = lac.members["a"].ask("PUT", "/mappings/export", json={"ignored": [own]})
    assert reads.status_code == 200, reads.text
    ids["webhook"] = lac.members["a"].post("/webhooks", {"url": "https://hooks.example/a", "description": own})["id"]
    ids["invitation"] = lac.members["a"].post("/actors/a/invitations", {"name": own, "scopes": ["read"]})["id"]
    told = {"addresses": [f"{own}@example.org"], "language": "fr", "every": "day"}
    assert lac.members["a"].ask("PUT", "/actors/a/digest", json=told).status_code == 200
    assert lac.support.ask("PUT", "/closed-periods/2025-Q1").status_code == 200
    lac.support.patch("", {"charter": {"decision_rule": "consent"}})
    member = lac.members["a"]
    proposal = member.post("/proposals", {"title": inside, "rationale": inside, "changes": changes_to_decide(inside)})["id"]
    member.post(f"/proposals/{proposal}/comments", {"comment": inside})
    stands = member.ask("PUT", f"/proposals/{proposal}/positions/a", json={"position": "object", "reason": inside})
    assert stands.status_code == 200, stands.text
    member.post(f"/proposals/{proposal}/trials", {"items": [{"indicator": "jobs", "period": "2025-Q3", "value": "3"}]})
    ids["proposal"] = proposal
    ids["review"] = lac.support.post("/reviews", {"title": inside})["id"]
    member.patch(f"/reviews/{ids['review']}", {"lessons": [{"text": inside}]})
    return ids


def _callers(client: Client, lac: Coalition, own: str) -> tuple[list[Caller], str]:
    """Everybody, and the id of a token of `a`."""

    def made(actor: str, scopes: tuple[str, ...], **more: Any) -> dict[str, Any]:
        # Whoever is signed in reads the name of their own token.
        name = own if actor == "a" else "theirs"
        return lac.support.post(f"/actors/{actor}/tokens", {"name": name, "scopes": list(scopes), **more})

    elsewhere = coalition(client, ["x"], code=f"elsewhere-{secrets.token_hex(4)}", visibility="members")
    soon = (client.clock + _HOUR).isoformat().replace("+00:00", "Z")
    revoked = made("a", MEMBERS_SCOPES)
    assert lac.support.ask("DELETE", f"/tokens/{revoked['id']}").status_code == 204
    whole = made("a", MEMBERS_SCOPES)
    support = lac.support.token or ""
    callers = [
        Caller("nobody", "nobody", None),
        Caller("a word", "broken", "nonsense"),
        Caller("a token that was mistyped", "broken", support[:-1] + ("1" if support[-1] != "1" else "2")),
        Caller("a token that was never given out", "broken", new_token(1)),
        Caller("a token that has ended", "broken", made("a", MEMBERS_SCOPES, expires_at=soon)["token"]),
        Caller("a token that was revoked", "broken", revoked["token"]),
        Caller("the operator", "operator", client.operator_token),
        Caller("another community's support", "outsider", elsewhere.support.token),
        Caller("another community's member", "outsider", elsewhere.members["x"].token),
        Caller("a", "member", whole["token"], "a", frozenset({"administer"})),
        Caller("b", "member", made("b", MEMBERS_SCOPES)["token"], "b", frozenset({"administer"})),
        Caller("the observer", "observer", lac.members["o"].token, "o"),
        Caller("the support", "support", support, "appui"),
    ]
    for actor, kind, scopes in (("a", "member", MEMBERS_SCOPES), ("appui", "support", SCOPES)):
        for lacking in scopes:
            held = tuple(scope for scope in scopes if scope != lacking)
            lacks = frozenset(SCOPES) - frozenset(held)
            callers.append(Caller(f"{actor} without {lacking}", kind, made(actor, held)["token"], actor, lacks))
    return callers, str(whole["id"])
