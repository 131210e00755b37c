"""Deciding together over HTTP: positions, rounds, time that decides by itself, and what everybody is told."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.builders import STARTS, Client, Coalition, Json, coalition, define, refusal
from tests.records.coalition import reading

DAY = timedelta(days=1)
MEMBERS = ("a", "b", "c", "d")


def deciding(client: Client, rule: str = "consent", members: tuple[str, ...] = MEMBERS, **charter: object) -> Coalition:
    """Four members and an observer, who decide by a rule within ten days."""
    roles = {"watcher": "observer"}
    body = {"decision_rule": rule, "deliberation_days": 10, **charter}
    return coalition(client, [*members, "watcher"], roles=roles, charter=body)


def revised(based_on: int = 1, **changes: Any) -> Json:
    """A revision of `jobs` that changes nothing numeric."""
    definition = define()["definition"] | {"effective_from": "2026-Q2"} | changes
    bridge = {"kind": "editorial"}
    return {"kind": "revise_indicator", "indicator": "jobs", "based_on": based_on, "definition": definition, "bridge": bridge}


def proposed(lac: Coalition, *changes: Json, by: str = "a", **more: Any) -> str:
    """The id of a new proposal."""
    body = {"title": "A change", "changes": list(changes) or [define()], **more}
    identifier: str = lac.members[by].post("/proposals", body)["id"]
    return identifier


def say(lac: Coalition, proposal: str, **positions: str) -> None:
    """Each actor takes its position."""
    for actor, position in positions.items():
        body = {"position": position, **({"reason": "No."} if position == "object" else {})}
        response = lac.members[actor].ask("PUT", f"/proposals/{proposal}/positions/{actor}", json=body)
        assert response.status_code == 200, response.text


def journal_length(lac: Coalition) -> int:
    """How many entries the journal has, by the number that the next contribution's history shows."""
    with reading(lac.client.database, lac.code) as connection:
        found = connection.exec_driver_sql(
            "SELECT MAX(e.number) FROM journal_entry e JOIN community_code c ON c.community_id = e.community_id"
            f" WHERE c.code = '{lac.code}'"
        )
        return int(found.scalar_one())


def test_a_round_is_decided_when_all_have_spoken(shared: Client) -> None:
    lac = deciding(shared)
    made = proposed(lac)
    say(lac, made, a="support", b="stand_aside", c="abstain")
    early = lac.members["a"].ask("POST", f"/proposals/{made}/close", json={})
    assert refusal(early) == (409, "too_early")
    assert "consent" in early.json()["detail"] and "d" in early.json()["detail"]
    say(lac, made, d="support")
    closed = lac.members["b"].post(f"/proposals/{made}/close")
    assert closed["status"] == "adopted"
    assert closed["tally"] == {
        "rule": "consent",
        "quorum": "0.5",
        "voters": ["a", "b", "c", "d"],
        "silent": [],
        "support": 2,
        "stand_aside": 1,
        "object": 0,
        "abstain": 1,
        "outcome": "adopted",
        "reason": None,
    }
    assert closed["decision"]["by"] == "b" and closed["decision"]["reason"] is None
    assert closed["decision"]["reading"] == {
        "en": "Adopted (consent): 2 of 4 in favour, 0 against.",
        "fr": "Adoptée (consentement)\xa0: 2 pour sur 4, 0 contre.",
    }
    assert lac.members["d"].get(f"/proposals/{made}") == closed
    assert lac.support.get("/indicators/jobs")["adopted_at"] == closed["decided_at"]


def test_an_objection_stands_and_stays_on_record(shared: Client) -> None:
    lac = deciding(shared)
    made = proposed(lac)
    say(lac, made, a="support", b="object")
    amended = lac.members["a"].post(f"/proposals/{made}/amend", {"changes": [define(unit="jobs")], "rationale": "As b says."})
    assert (amended["id"], amended["round"], amended["positions"]) == (made, 2, [])
    assert [one["positions"] for one in amended["rounds"]] == [
        [
            {"actor": "a", "position": "support", "reason": None, "erased": False},
            {"actor": "b", "position": "object", "reason": "No.", "erased": False},
        ],
        [],
    ]
    assert (amended["rationale"], amended["rounds"][1]["amended_by"]) == ({"fr": "As b says."}, "a")
    say(lac, made, a="support", b="support", c="support", d="support")
    closed = lac.members["a"].post(f"/proposals/{made}/close")
    assert closed["status"] == "adopted"
    version = lac.members["a"].get("/indicators/jobs/versions/1")
    assert version["definition"]["unit"]["label"] == {"fr": "jobs"}
    assert (version["rationale"], version["proposal"]) == ({"fr": "As b says."}, made)
    assert [one["actor"] for one in version["positions"]] == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("rule", "positions", "status", "reason"),
    [
        ("consent", {"a": "support", "b": "abstain"}, "adopted", None),
        ("consent", {"a": "support"}, "rejected", "no_quorum"),
        ("consent", {"a": "support", "b": "object"}, "rejected", "objection_stands"),
        ("majority", {"a": "support", "b": "support", "c": "object"}, "adopted", None),
        ("majority", {"a": "support", "b": "object"}, "rejected", "no_majority"),
        ("two_thirds", {"a": "support", "b": "support", "c": "object"}, "adopted", None),
        ("two_thirds", {"a": "support", "b": "object", "c": "abstain"}, "rejected", "no_majority"),
        ("unanimity", {"a": "support", "b": "support", "c": "support", "d": "support"}, "adopted", None),
        ("unanimity", {"a": "support", "b": "support", "c": "support"}, "rejected", "not_unanimous"),
        ("delegated", {}, "rejected", "not_decided"),
    ],
)
def test_time_decides_whether_anybody_calls_or_not(
    shared: Client, rule: str, positions: Mapping[str, str], status: str, reason: str | None
) -> None:
    """Read before it is written and after, it is the same to the byte, in force from `closes_at`."""
    shared.clock = STARTS
    lac = deciding(shared, rule)
    made = proposed(lac)
    say(lac, made, **positions)
    shared.clock = STARTS + 10 * DAY - timedelta(microseconds=1)
    assert lac.members["a"].get(f"/proposals/{made}")["status"] == "open"
    shared.clock = STARTS + 12 * DAY
    before, written = lac.members["a"].get(f"/proposals/{made}"), journal_length(lac)
    assert (before["status"], before["decision"]["reason"]) == (status, reason)
    assert before["decided_at"] == before["closes_at"] and before["decision"]["by"] is None
    questions = ["", "/actors", "/indicators", "/objectives", "/progress", "/proposals", f"/proposals/{made}"]
    questions += ["/indicators/jobs", "/indicators/jobs/versions", "/indicators/jobs/figure"] if status == "adopted" else []
    as_of = {"as_of": lac.support.get("/progress")["as_of"]}
    seen = {question: lac.support.ask("GET", question, params=as_of).content for question in questions}
    assert journal_length(lac) == written
    lac.support.post("/actors", {"code": "late", "name": "Late", "kind": "association"})
    assert journal_length(lac) == written + 2
    assert {question: lac.support.ask("GET", question, params=as_of).content for question in questions} == seen
    assert refusal(lac.members["a"].ask("POST", f"/proposals/{made}/withdraw", json={})) == (409, "not_open")
    day_before = {"as_of": "2026-01-25T08:59:59.999999Z"}
    assert lac.support.ask("GET", f"/proposals/{made}", params=day_before).json()["status"] == "open"
    if status == "adopted":
        assert lac.support.get("/indicators/jobs")["adopted_at"] == before["closes_at"]


def test_a_position_counts_until_the_close_and_not_after(shared: Client) -> None:
    shared.clock = STARTS
    lac = deciding(shared)
    made = proposed(lac, closes_at=(STARTS + 10 * DAY).isoformat())
    say(lac, made, a="support", b="object")
    shared.clock = STARTS + 10 * DAY - timedelta(microseconds=1)
    say(lac, made, b="support")
    shared.clock = STARTS + 10 * DAY
    late = lac.members["c"].ask("PUT", f"/proposals/{made}/positions/c", json={"position": "object", "reason": "Late."})
    assert refusal(late) == (409, "not_open")
    assert lac.members["a"].get(f"/proposals/{made}")["status"] == "adopted"


def test_saying_the_same_again_is_no_entry(shared: Client) -> None:
    lac = deciding(shared)
    made = proposed(lac)
    say(lac, made, a="support")
    length = journal_length(lac)
    say(lac, made, a="support")
    assert journal_length(lac) == length
    say(lac, made, a="abstain")
    assert journal_length(lac) == length + 1


@pytest.mark.parametrize(
    ("actor", "whose", "body", "expected"),
    [
        ("a", "b", {"position": "support"}, (403, "not_your_position")),
        ("watcher", "watcher", {"position": "support"}, (403, "beyond_role")),
        ("a", "a", {"position": "object"}, (422, "reason_required")),
        ("a", "a", {"position": "object", "reason": "  "}, (422, "reason_required")),
        ("a", "a", {"position": "perhaps"}, (422, "not_in_list")),
        ("a", "a", {}, (422, "missing_field")),
    ],
)
def test_what_is_no_position(shared: Client, actor: str, whose: str, body: Json, expected: tuple[int, str]) -> None:
    lac = deciding(shared)
    made = proposed(lac)
    length = journal_length(lac)
    response = lac.members[actor].ask("PUT", f"/proposals/{made}/positions/{whose}", json=body)
    assert refusal(response) == expected
    french = lac.members[actor].ask("PUT", f"/proposals/{made}/positions/{whose}", json=body, headers={"Accept-Language": "fr"})
    assert french.json()["title"] != response.json()["title"]
    assert journal_length(lac) == length


def test_the_support_and_newcomers_have_no_vote(shared: Client) -> None:
    shared.clock = STARTS
    lac = deciding(shared)
    made = proposed(lac)
    response = lac.support.ask("PUT", f"/proposals/{made}/positions/appui", json={"position": "support"})
    assert refusal(response) == (403, "not_a_voter")
    assert "consent" in response.json()["detail"]
    shared.clock = STARTS + DAY
    lac.support.post("/actors", {"code": "new", "name": "New", "kind": "association", "joined": "2026-01-16"})
    token = lac.support.post("/actors/new/tokens", {"name": "t", "scopes": ["read", "decide"]})["token"]
    path = f"/v1/communities/{lac.code}/proposals/{made}"
    newcomer = shared.ask("PUT", f"{path}/positions/new", token, json={"position": "support"})
    assert refusal(newcomer) == (403, "not_a_voter")
    assert shared.ask("POST", f"{path}/comments", token, json={"comment": "Welcome."}).status_code == 201
    amended = lac.members["a"].post(f"/proposals/{made}/amend", {"changes": [define()], "rationale": "Again."})
    assert amended["tally"]["voters"] == ["a", "b", "c", "d", "new"]
    assert shared.ask("PUT", f"{path}/positions/new", token, json={"position": "support"}).status_code == 200


def test_who_leaves_in_mid_round_keeps_its_vote(shared: Client) -> None:
    shared.clock = STARTS
    lac = deciding(shared)
    made = proposed(lac)
    shared.clock = STARTS + 2 * DAY
    lac.support.patch("/actors/d", {"left": "2026-01-16"})
    say(lac, made, a="support", d="object")
    assert lac.members["a"].get(f"/proposals/{made}")["tally"]["voters"] == ["a", "b", "c", "d"]
    shared.clock = STARTS + 11 * DAY
    assert lac.members["a"].get(f"/proposals/{made}")["decision"]["reason"] == "objection_stands"


def test_a_rule_that_comes_after_the_question_does_not_decide_it(shared: Client) -> None:
    shared.clock = STARTS
    lac = deciding(shared, "majority", deliberation_days=5)
    charter = proposed(lac, {"kind": "set_charter", "charter": {"decision_rule": "unanimity"}})
    older = proposed(lac, closes_at="2026-02-15T00:00:00Z")
    say(lac, charter, a="support", b="support", c="support")
    lac.members["a"].post(f"/proposals/{charter}/close")
    younger = proposed(lac, define("more"), closes_at="2026-02-15T00:00:00Z")
    for made in (older, younger):
        say(lac, made, a="support", b="support", c="support", d="abstain")
    assert lac.members["a"].get(f"/proposals/{older}")["tally"]["outcome"] == "adopted"
    assert lac.members["a"].get(f"/proposals/{younger}")["tally"]["reason"] == "not_unanimous"


def test_the_second_of_two_is_told_what_came_between_and_can_be_amended(shared: Client) -> None:
    lac = deciding(shared)
    first = proposed(lac)
    say(lac, first, **dict.fromkeys(MEMBERS, "support"))
    lac.members["a"].post(f"/proposals/{first}/close")
    one, other = proposed(lac, revised(description="Exactly.")), proposed(lac, revised(decimals=0), by="b")
    for made in (one, other):
        say(lac, made, **dict.fromkeys(MEMBERS, "support"))
    lac.members["a"].post(f"/proposals/{one}/close")
    late = lac.members["b"].ask("POST", f"/proposals/{other}/close", json={})
    assert refusal(late) == (409, "stale_version")
    assert f"2 (proposal {one}): " in late.json()["detail"] and "description" in late.json()["detail"]
    french = lac.members["b"].ask("POST", f"/proposals/{other}/close", json={}, headers={"Accept-Language": "fr"})
    assert "description" in french.json()["detail"] and "version 2" in french.json()["detail"]
    assert lac.members["b"].get(f"/proposals/{other}")["status"] == "open"
    lac.members["b"].post(
        f"/proposals/{other}/amend",
        {"changes": [revised(2, description="Exactly.", decimals=0, effective_from="2026-Q3")], "rationale": "On top of it."},
    )
    say(lac, other, **dict.fromkeys(MEMBERS, "support"))
    lac.members["b"].post(f"/proposals/{other}/close")
    versions = lac.support.get("/indicators/jobs/versions")["items"]
    assert [(one["number"], one["proposal"]) for one in versions] == [(1, first), (2, one), (3, other)]
    assert [change["field"] for change in versions[2]["changed"]] == ["effective_from", "decimals"]


def test_what_is_carried_and_no_longer_fits_says_so_and_can_be_amended(shared: Client) -> None:
    shared.clock = STARTS
    lac = deciding(shared)
    first, second = proposed(lac), proposed(lac, by="b")
    for made in (first, second):
        say(lac, made, a="support", b="support")
    shared.clock = STARTS + 11 * DAY
    assert lac.members["a"].get(f"/proposals/{first}")["status"] == "adopted"
    rejected = lac.members["a"].get(f"/proposals/{second}")
    assert (rejected["status"], rejected["decision"]["reason"]) == ("rejected", "does_not_fit")
    assert rejected["decision"]["errors"][0]["code"] == "code_taken"
    again = {"changes": [define("other")], "rationale": "Another code."}
    assert refusal(lac.members["c"].ask("POST", f"/proposals/{second}/amend", json=again)) == (403, "not_your_proposal")
    amended = lac.members["b"].post(f"/proposals/{second}/amend", again)
    assert (amended["status"], amended["round"], amended["decision"]) == ("open", 2, None)
    before = lac.members["b"].get(f"/proposals/{second}", as_of=rejected["decided_at"])
    assert (before["status"], before["round"]) == ("rejected", 1)
    assert refusal(lac.members["b"].ask("POST", f"/proposals/{first}/amend", json=again)) == (409, "not_open")


def test_proposals_are_settled_in_the_order_of_their_closing(shared: Client) -> None:
    """Both define the same code: who closes first has it, whatever their numbers."""
    shared.clock = STARTS
    lac = deciding(shared)
    later = proposed(lac, closes_at="2026-01-20T00:00:00Z")
    sooner = proposed(lac, closes_at="2026-01-19T00:00:00Z")
    for made in (later, sooner):
        say(lac, made, a="support", b="support")
    shared.clock = datetime.fromisoformat("2026-01-21T00:00:00+00:00")
    seen = {made: lac.support.get(f"/proposals/{made}")["status"] for made in (later, sooner)}
    assert seen == {later: "rejected", sooner: "adopted"}
    lac.members["a"].post(f"/proposals/{later}/comments", {"comment": "A pity."})
    assert {made: lac.support.get(f"/proposals/{made}")["status"] for made in (later, sooner)} == seen
    assert lac.support.get("/indicators/jobs/versions/1")["proposal"] == sooner


def test_everybody_comments_and_it_stays(shared: Client) -> None:
    lac = deciding(shared)
    made = proposed(lac)
    for actor in ("watcher", "b"):
        lac.members[actor].post(f"/proposals/{made}/comments", {"comment": f"{actor} says"})
    lac.members["a"].post(f"/proposals/{made}/amend", {"changes": [define()], "rationale": "Again."})
    lac.support.post(f"/proposals/{made}/comments", {"comment": "I see."})
    said = lac.members["a"].get(f"/proposals/{made}/comments")["items"]
    assert [(one["actor"], one["round"], one["comment"]) for one in said] == [
        ("watcher", 1, "watcher says"),
        ("b", 1, "b says"),
        ("appui", 2, "I see."),
    ]
    assert len(lac.members["a"].get(f"/proposals/{made}/comments", round=2)["items"]) == 1
    assert len(lac.members["a"].get(f"/proposals/{made}/comments", as_of=said[0]["said_at"])["items"]) == 1
    assert refusal(lac.anonymous.ask("GET", f"/proposals/{made}/comments")) == (401, "token_needed")


def test_under_delegated_the_support_decides_and_it_shows(shared: Client) -> None:
    lac = deciding(shared, "delegated")
    made = proposed(lac)
    assert refusal(lac.members["a"].ask("PUT", f"/proposals/{made}/positions/a", json={"position": "support"})) == (
        403, "not_a_voter",
    )  # fmt: skip
    closed = lac.support.post(f"/proposals/{made}/close")
    assert (closed["status"], closed["decision"]["by"]) == ("adopted", "appui")
    assert closed["positions"] == [{"actor": "appui", "position": "support", "reason": None, "erased": False}]
    refused = proposed(lac, define("other"))
    response = lac.support.ask("PUT", f"/proposals/{refused}/positions/appui", json={"position": "object", "reason": "No."})
    assert response.status_code == 200
    closed = lac.support.post(f"/proposals/{refused}/close")
    assert (closed["status"], closed["decision"]["reason"]) == ("rejected", "objection_stands")
    assert refusal(lac.support.ask("GET", "/indicators/other")) == (404, "unknown_indicator")


def test_nobody_there_nobody_decides(shared: Client) -> None:
    shared.clock = STARTS
    lac = coalition(shared, [], charter={"decision_rule": "consent"})
    made = lac.support.post("/proposals", {"title": "Alone", "changes": [define()]})
    assert made["tally"]["voters"] == [] and made["tally"]["reason"] == "no_voters"
    closed = lac.support.post(f"/proposals/{made['id']}/close")
    assert (closed["status"], closed["decision"]["reason"]) == ("rejected", "no_voters")


def test_no_days_to_deliberate_need_a_day_to_close(shared: Client) -> None:
    lac = deciding(shared, deliberation_days=0)
    body = {"title": "At once", "changes": [define()]}
    assert refusal(lac.members["a"].ask("POST", "/proposals", json=body)) == (422, "closes_in_the_past")
    assert lac.members["a"].post("/proposals", body | {"closes_at": "2026-02-01T00:00:00Z"})["status"] == "open"


def test_a_closed_community_is_read_and_written_no_more(shared: Client) -> None:
    shared.clock = STARTS
    lac = deciding(shared, "majority")
    first = proposed(lac)
    say(lac, first, a="support", b="support", c="support")
    lac.members["a"].post(f"/proposals/{first}/close")
    lac.report("a", "jobs", "2025-Q4", "4")
    waiting = proposed(lac, define("never"), closes_at="2026-03-01T00:00:00Z")
    ending = proposed(lac, {"kind": "close_community"})
    say(lac, ending, a="support", b="support")
    shared.clock = STARTS + 11 * DAY
    for _ in range(2):
        assert lac.support.get()["closed"] is True
        lapsed = lac.members["a"].get(f"/proposals/{waiting}")
        assert (lapsed["status"], lapsed["decision"]["reason"]) == ("rejected", "community_closed")
        assert lac.support.get("/indicators/jobs/figure", **{"from": "2025-Q4", "to": "2025-Q4"})["value"] == "4"
        shared.clock = STARTS + 90 * DAY
        # Tokens are still made and revoked; doing so writes down what time has decided.
        lac.support.post("/actors/a/tokens", {"name": "reader", "scopes": ["read"]})
    body = {"indicator": "jobs", "period": "2025-Q4", "value": "5"}
    attempts: list[tuple[str, str, Json]] = [
        ("POST", "/contributions", body),
        ("POST", "/proposals", {"title": "More", "changes": [define("more")]}),
        ("POST", f"/proposals/{waiting}/comments", {"comment": "Too late."}),
    ]
    for method, path, content in attempts:
        assert refusal(lac.members["a"].ask(method, path, json=content)) == (409, "community_closed")
    assert refusal(lac.support.ask("POST", "/actors", json={"code": "x", "name": "X", "kind": "company"})) == (
        409, "community_closed",
    )  # fmt: skip
