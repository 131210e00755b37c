"""Every refusal of deciding together that the contract shows, provoked for real and said in both languages."""

import re
from collections.abc import Callable

import httpx2
import pytest

from service.api.refusals import REFUSALS
from tests.api.test_deciding import DAY, deciding, proposed, revised, say
from tests.builders import POSTGRESQL_AS_PROOF, STARTS, Client, Coalition, Json, Voice, coalition, contract, define

Refused = tuple[Voice, str, str, Json]
"""Who asks, the method, the path and the body of what will be refused."""


def _decided(lac: Coalition, *changes: Json) -> str:
    made = proposed(lac, *changes)
    say(lac, made, a="support", b="support", c="support", d="support")
    lac.members["a"].post(f"/proposals/{made}/close")
    return made


def _proposing(*changes: Json, by: str = "a", **more: object) -> Callable[[Client], Refused]:
    def provoke(client: Client) -> Refused:
        lac = deciding(client)
        body = {"title": "A change", "changes": list(changes) or [define()], **more}
        return lac.members[by], "POST", "/proposals", body

    return provoke


def _after(*decisions: Json, then: Json) -> Callable[[Client], Refused]:
    """The change `then` is proposed where `decisions` were taken, one by one."""

    def provoke(client: Client) -> Refused:
        lac = deciding(client)
        for decision in decisions:
            _decided(lac, decision)
        return lac.members["a"], "POST", "/proposals", {"title": "A change", "changes": [then]}

    return provoke


TARGET: Json = {"kind": "set_target", "indicator": "jobs", "period": "2026", "value": "10"}


def _position(body: Json, by: str = "a", whose: str = "a", *, decided: bool = False) -> Callable[[Client], Refused]:
    def provoke(client: Client) -> Refused:
        lac = deciding(client)
        made = _decided(lac) if decided else proposed(lac)
        voice = lac.support if by == "appui" else lac.members[by]
        return voice, "PUT", f"/proposals/{made}/positions/{whose}", body

    return provoke


def _calling(what: str, body: Json, *, by: str = "a", decided: bool = False) -> Callable[[Client], Refused]:
    def provoke(client: Client) -> Refused:
        lac = deciding(client)
        made = _decided(lac) if decided else proposed(lac)
        return lac.members[by], "POST", f"/proposals/{made}/{what}", body

    return provoke


def _stale(what: str, body: Json) -> Callable[[Client], Refused]:
    def provoke(client: Client) -> Refused:
        lac = deciding(client)
        _decided(lac)
        waiting = proposed(lac, revised())
        _decided(lac, revised(description="Exactly."))
        say(lac, waiting, a="support", b="support", c="support", d="support")
        return lac.members["a"], "POST", f"/proposals/{waiting}/{what}", body

    return provoke


def _overlap(value: str, **reported: str) -> Callable[[Client], Refused]:
    """That the people of 2026's first quarter are so many is proposed where members reported so many each."""

    def provoke(client: Client) -> Refused:
        lac = deciding(client)
        _decided(lac, define("people", over_actors="distinct"))
        for actor, count in reported.items():
            lac.report(actor, "people", "2026-Q1", count)
        return lac.members["a"], "POST", "/proposals", {"title": "Once each", "changes": [_resolving("people", value)]}

    return provoke


def _resolving(indicator: str, value: str) -> Json:
    said = {"method": "agreed", "value": value, "reason": "Lists compared."}
    return {"kind": "resolve_overlap", "indicator": indicator, "period": "2026-Q1", **said}


def _closed(client: Client) -> Refused:
    lac = deciding(client)
    _decided(lac, {"kind": "close_community"})
    return lac.members["a"], "POST", "/proposals", {"title": "More", "changes": [define()]}


def _left(client: Client) -> Refused:
    lac = deciding(client)
    lac.support.patch("/actors/a", {"left": "2026-01-14"})
    return lac.members["a"], "POST", "/proposals", {"title": "A change", "changes": [define()]}


def _support_decides(client: Client) -> Refused:
    lac = deciding(client, "delegated")
    return lac.members["a"], "POST", f"/proposals/{proposed(lac)}/close", {}


def _charter(client: Client) -> Refused:
    return coalition(client, charter={"decision_rule": "majority"}).support, "PATCH", "", {"charter": {"due_days": 1}}


AGAIN: Json = {"changes": [define()], "rationale": "Again."}
LEAVING: Json = {"kind": "set_membership", "actor": "appui", "membership": {"left": "2026-02-01"}}
HOURS: Json = revised(name="Hours", unit="hours")
PAST = (STARTS - DAY).isoformat()

PROVOKED: dict[tuple[str, str], Callable[[Client], Refused]] = {
    ("create_proposal", "beyond_role"): _proposing(by="watcher"),
    ("create_proposal", "not_a_member_now"): _left,
    ("create_proposal", "closes_in_the_past"): _proposing(closes_at=PAST),
    ("create_proposal", "code_reused"): _after(define(), then=HOURS),
    ("create_proposal", "targets_left_behind"): _after(define(), TARGET, then=revised()),
    ("create_proposal", "last_support"): _proposing(LEAVING),
    ("create_proposal", "not_distinct"): _after(define(), then=_resolving("jobs", "3")),
    ("create_proposal", "nothing_overlaps"): _overlap("3", a="3"),
    ("create_proposal", "outside_interval"): _overlap("6", a="3", b="2"),
    ("create_proposal", "stale_version"): _after(define(), revised(description="Exactly."), then=revised()),
    ("create_proposal", "code_taken"): _after(define(), then=define()),
    ("create_proposal", "community_closed"): _closed,
    ("set_position", "not_your_position"): _position({"position": "support"}, whose="b"),
    ("set_position", "beyond_role"): _position({"position": "support"}, "watcher", "watcher"),
    ("set_position", "not_a_voter"): _position({"position": "support"}, "appui", "appui"),
    ("set_position", "reason_required"): _position({"position": "object"}),
    ("set_position", "not_open"): _position({"position": "support"}, decided=True),
    ("amend_proposal", "not_your_proposal"): _calling("amend", AGAIN, by="b"),
    ("amend_proposal", "not_open"): _calling("amend", AGAIN, decided=True),
    ("amend_proposal", "stale_version"): _stale("amend", {"changes": [revised()], "rationale": "Again."}),
    ("amend_proposal", "closes_in_the_past"): _calling("amend", AGAIN | {"closes_at": PAST}),
    ("close_proposal", "too_early"): _calling("close", {}),
    ("close_proposal", "support_decides"): _support_decides,
    ("close_proposal", "stale_version"): _stale("close", {}),
    ("close_proposal", "not_open"): _calling("close", {}, decided=True),
    ("withdraw_proposal", "not_your_proposal"): _calling("withdraw", {}, by="b"),
    ("withdraw_proposal", "not_open"): _calling("withdraw", {}, decided=True),
    ("update_community", "charter_by_proposal"): _charter,
}
ALL = [(operation, code) for operation, codes in REFUSALS.items() for code in codes]


def test_every_refusal_that_the_contract_shows_is_provoked_here() -> None:
    assert set(PROVOKED) == set(ALL)


@POSTGRESQL_AS_PROOF
@pytest.mark.parametrize(("operation", "code"), ALL)
def test_the_contract_shows_the_refusal_as_it_comes(shared: Client, operation: str, code: str) -> None:
    shared.clock = STARTS
    voice, method, path, body = PROVOKED[operation, code](shared)
    status = REFUSALS[operation][code]
    responses = next(
        one["responses"] for item in contract()["paths"].values() for one in item.values() if one["operationId"] == operation
    )
    examples = responses[str(status)]["content"]["application/problem+json"]["examples"]
    for language in ("en", "fr"):
        headers = {"Accept-Language": language} | ({"If-Match": "*"} if method == "PATCH" else {})
        response: httpx2.Response = voice.ask(method, path, json=body, headers=headers)
        came, shown = response.json(), examples[f"{code} ({language})"]["value"]
        assert (response.status_code, came["code"]) == (status, code)
        assert {name: came[name] for name in ("type", "title", "status", "code")} == {
            name: shown[name] for name in ("type", "title", "status", "code")
        }
        if language == "fr":
            # The example is filled in with other names; every word that is not a name is the same.
            assert set(re.findall(r"[a-zà-ÿ]{4,}’?", shown["detail"])) & set(re.findall(r"[a-zà-ÿ]{4,}’?", came["detail"]))
    assert examples[f"{code} (en)"]["value"]["detail"] != examples[f"{code} (fr)"]["value"]["detail"]
