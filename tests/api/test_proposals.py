"""Proposals: adopted at once by the support under `delegated`, open otherwise; all of their changes or none."""

from datetime import timedelta

import pytest

from tests.builders import STARTS, Client, Coalition, Json, coalition, define, refusal


def made(client: Client) -> Coalition:
    """Two members and an observer."""
    return coalition(client, ["a", "b", "watcher"], roles={"watcher": "observer"})


def proposal(*changes: Json, **more: object) -> Json:
    """A proposal of `changes`."""
    return {"title": "Count jobs", "changes": list(changes), **more}


def indicators(lac: Coalition) -> list[str]:
    """The indicators that are adopted."""
    return [one["code"] for one in lac.support.get("/indicators")["items"]]


def test_the_support_adopts_at_once(lac: Coalition) -> None:
    response = lac.support.ask("POST", "/proposals", json=proposal(define(), rationale={"en": "To see.", "fr": "Pour voir."}))
    made = response.json()
    assert response.status_code == 201
    assert {
        name: made[name] for name in ("status", "round", "proposer", "positions", "change_count", "title", "rationale")
    } == {
        "status": "adopted",
        "round": 1,
        "proposer": "appui",
        "positions": [],
        "change_count": 1,
        "title": {"fr": "Count jobs"},
        "rationale": {"en": "To see.", "fr": "Pour voir."},
    }
    assert made["decided_at"] == made["opened_at"]
    assert lac.support.get(f"/proposals/{made['id']}") == made
    version = lac.support.get("/indicators/jobs/versions/1")
    assert (version["proposal"], version["adopted_at"]) == (made["id"], made["decided_at"])
    assert made["changes"][0]["definition"] == version["definition"]


def test_a_members_proposal_stays_open_until_the_support_adopts_it(lac: Coalition, shared: Client) -> None:
    made = lac.members["a"].post("/proposals", proposal(define()))
    assert (made["status"], made["proposer"], made["decided_at"]) == ("open", "a", None)
    assert indicators(lac) == []
    assert refusal(lac.support.ask("GET", "/indicators/jobs")) == (404, "unknown_indicator")
    shared.clock = STARTS + timedelta(days=3)
    assert refusal(lac.members["a"].ask("POST", f"/proposals/{made['id']}/close", json={})) == (403, "support_decides")
    closed = lac.support.post(f"/proposals/{made['id']}/close")
    assert closed["status"] == "adopted"
    assert closed["decided_at"] >= "2026-01-18T09:00:00"
    assert lac.members["b"].get(f"/proposals/{made['id']}") == closed
    assert indicators(lac) == ["jobs"]
    assert lac.support.get("/indicators/jobs/versions/1")["adopted_at"] == closed["decided_at"]
    for what in ("close", "withdraw"):
        assert refusal(lac.support.ask("POST", f"/proposals/{made['id']}/{what}", json={})) == (409, "not_open")


def test_it_closes_when_the_charter_says_or_when_it_says_itself(lac: Coalition) -> None:
    usual = lac.members["a"].post("/proposals", proposal(define()))
    assert usual["closes_at"].startswith("2026-01-29T09:00:00")
    own = lac.members["a"].post("/proposals", proposal(define(), closes_at="2026-02-01T00:00:00+01:00"))
    assert own["closes_at"] == "2026-01-31T23:00:00Z"
    late = lac.members["a"].ask("POST", "/proposals", json=proposal(define(), closes_at="2026-01-01T00:00:00Z"))
    assert refusal(late) == (422, "closes_in_the_past")


def test_who_made_it_withdraws_it(lac: Coalition) -> None:
    made = lac.members["a"].post("/proposals", proposal(define()))
    for other in (lac.members["b"], lac.support):
        assert refusal(other.ask("POST", f"/proposals/{made['id']}/withdraw", json={})) == (403, "not_your_proposal")
    assert lac.members["a"].post(f"/proposals/{made['id']}/withdraw")["status"] == "withdrawn"
    assert lac.support.get(f"/proposals/{made['id']}")["status"] == "withdrawn"
    assert refusal(lac.support.ask("POST", f"/proposals/{made['id']}/close", json={})) == (409, "not_open")
    assert indicators(lac) == []


def test_observers_do_not_propose(untouched: Coalition) -> None:
    refused = untouched.members["watcher"].ask("POST", "/proposals", json=proposal(define()))
    assert refusal(refused) == (403, "beyond_role")
    assert untouched.support.get("/proposals")["items"] == []


def test_all_changes_or_none(untouched: Coalition) -> None:
    response = untouched.support.ask(
        "POST", "/proposals", json=proposal(define("good"), define("bad", nature="stock"), define("good"))
    )
    assert response.status_code in (409, 422)
    assert indicators(untouched) == []
    assert untouched.support.get("/proposals")["items"] == []


def test_an_illegal_definition_is_refused_when_it_is_proposed(untouched: Coalition) -> None:
    response = untouched.members["a"].ask("POST", "/proposals", json=proposal(define("good"), define("bad", nature="stock")))
    assert refusal(response)[0] == 422
    assert [fault["pointer"] for fault in response.json()["errors"]] == ["/changes/1/definition/over_time"]
    assert untouched.support.get("/proposals")["items"] == []


def test_a_revision_of_what_is_not_the_latest_is_stale(lac: Coalition) -> None:
    lac.adopt(define())
    revised = define()["definition"] | {"effective_from": "2026-Q2", "description": "More exactly."}
    revision = {
        "kind": "revise_indicator",
        "indicator": "jobs",
        "based_on": 1,
        "definition": revised,
        "bridge": {"kind": "editorial"},
    }
    waiting = lac.members["a"].post("/proposals", proposal(revision))
    lac.adopt(revision)
    assert refusal(lac.support.ask("POST", "/proposals", json=proposal(revision))) == (409, "stale_version")
    assert refusal(lac.support.ask("POST", f"/proposals/{waiting['id']}/close", json={})) == (409, "stale_version")
    assert lac.support.get(f"/proposals/{waiting['id']}")["status"] == "open"
    assert len(lac.support.get("/indicators/jobs/versions")["items"]) == 2


def test_under_another_rule_nothing_is_adopted_at_once(shared: Client) -> None:
    lac = coalition(shared, charter={"decision_rule": "consent"})
    made = lac.support.post("/proposals", proposal(define()))
    assert made["status"] == "open"
    response = lac.support.ask("POST", f"/proposals/{made['id']}/close", json={})
    assert refusal(response) == (409, "too_early")
    assert indicators(lac) == []


def test_the_list_is_without_changes_and_filtered(lac: Coalition) -> None:
    lac.adopt(define())
    lac.members["a"].post("/proposals", proposal(define("other"), define("another")))
    listed = lac.members["b"].get("/proposals")["items"]
    assert [(one["id"], one["status"], one["change_count"]) for one in listed] == [("1", "adopted", 1), ("2", "open", 2)]
    assert "changes" not in listed[0]
    assert [one["id"] for one in lac.support.get("/proposals", status="open")["items"]] == ["2"]
    assert refusal(lac.support.ask("GET", "/proposals", params={"status": "lost"})) == (422, "not_in_list")


def test_a_proposal_is_read_as_of_then(lac: Coalition, shared: Client) -> None:
    made = lac.members["a"].post("/proposals", proposal(define()))
    shared.clock = STARTS + timedelta(days=1)
    lac.support.post(f"/proposals/{made['id']}/close")
    then = {"as_of": made["opened_at"]}
    assert lac.support.get(f"/proposals/{made['id']}", **then) == made
    assert [one["status"] for one in lac.support.get("/proposals", **then)["items"]] == ["open"]
    before = {"as_of": "2026-01-15T09:00:00Z"}
    assert lac.support.get("/proposals", **before)["items"] == []
    assert refusal(lac.support.ask("GET", f"/proposals/{made['id']}", params=before)) == (404, "unknown_proposal")


@pytest.mark.parametrize("unknown", ["2", "0", "01", "x", "٣", "99999999999999999999"])
def test_a_proposal_that_is_not_there(untouched: Coalition, unknown: str) -> None:
    assert refusal(untouched.support.ask("GET", f"/proposals/{unknown}")) == (404, "unknown_proposal")
    assert refusal(untouched.support.ask("POST", f"/proposals/{unknown}/close", json={})) == (404, "unknown_proposal")


def test_bare_texts_are_in_the_communitys_language_everywhere(lac: Coalition) -> None:
    dimension = {"code": "sex", "codes": ["F", "M"], "name": "Sexe", "labels": {"F": "Femmes"}}
    made = lac.adopt(
        define("jobs", name="Emplois", dimensions=[dimension]),
        {"kind": "set_objective", "objective": "water", "name": "Eau", "parent": "common"},
    )
    definition, objective = made["changes"][0]["definition"], made["changes"][1]
    assert (definition["name"], definition["unit"]["label"]) == ({"fr": "Emplois"}, {"fr": "persons"})
    assert (definition["dimensions"][0]["name"], definition["dimensions"][0]["labels"]) == (
        {"fr": "Sexe"},
        {"F": {"fr": "Femmes"}},
    )
    assert objective["name"] == {"fr": "Eau"}
    assert lac.support.get("/indicators/jobs")["definition"] == definition


def test_what_a_change_left_out_stays_as_it_is_when_it_is_adopted_later(lac: Coalition) -> None:
    lac.adopt({"kind": "set_membership", "actor": "b", "membership": {"left": "2026-12-31", "groups": ["north"]}})
    made = lac.members["a"].post("/proposals", proposal({"kind": "set_membership", "actor": "b", "membership": {"left": None}}))
    assert lac.support.get("/actors/b")["left"] == "2026-12-31"
    lac.support.post(f"/proposals/{made['id']}/close")
    actor = lac.support.get("/actors/b")
    assert (actor["left"], actor["groups"], actor["role"]) == (None, ["north"], "member")


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"title": "x", "changes": []}, "/changes", "too_few"),
        ({"changes": [define()]}, "/title", "missing_field"),
        ({"title": "x", "changes": [{"kind": "conquer"}]}, "/changes/0", "not_in_list"),
        ({"title": "x", "changes": [{"indicator": "jobs"}]}, "/changes/0", "missing_kind"),
        ({"title": "x", "changes": [define() | {"colour": "red"}]}, "/changes/0/colour", "unknown_field"),
        ({"title": "x", "changes": [define(colour="red")]}, "/changes/0/definition/colour", "unknown_field"),
        ({"title": "x", "changes": [define(factor="NaN")]}, "/changes/0/definition/factor", "not_a_decimal"),
        ({"title": "x", "changes": [define()], "closes_at": "tomorrow"}, "/closes_at", "not_an_instant"),
    ],
)
def test_what_a_proposal_cannot_be(untouched: Coalition, body: Json, pointer: str, code: str) -> None:
    response = untouched.support.ask("POST", "/proposals", json=body)
    assert response.status_code == 422
    assert (pointer, code) in [(fault["pointer"], fault["code"]) for fault in response.json()["errors"]]
    assert untouched.support.get("/proposals")["items"] == []


def test_proposals_are_for_members_even_in_public(shared: Client) -> None:
    lac = coalition(shared, visibility="public")
    made = lac.adopt(define())
    assert lac.anonymous.get("/indicators/jobs")["code"] == "jobs"
    for path in ("/proposals", f"/proposals/{made['id']}", f"/proposals/{made['id']}/comments"):
        assert refusal(lac.anonymous.ask("GET", path))[0] == 401
        assert lac.members["a"].ask("GET", path).status_code == 200
