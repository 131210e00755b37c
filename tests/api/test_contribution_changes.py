"""Withdrawn, validated, contested: who may, what counts then, and what an actor reads of it in its dues."""

from typing import Any

import pytest

from tests.builders import Client, Coalition, Json, coalition, define, refusal


def made_with(shared: Client, validation: str, **charter: Any) -> tuple[Coalition, str]:
    """A coalition with that validation, an observer in it, and the path of what `a` reported: 3."""
    lac = coalition(shared, ["a", "b", "watcher"], roles={"watcher": "observer"}, charter={"validation": validation, **charter})
    lac.adopt(define())
    return lac, f"/contributions/{lac.report('a', 'jobs', '2025-Q1', '3')['id']}"


def standing(lac: Coalition, path: str) -> tuple[str, Any, list[Json]]:
    """The status of the contribution, the figure, and what is left out of it."""
    figure = lac.support.get("/indicators/jobs/figure", **{"from": "2025", "to": "2025"})
    return lac.support.get(path)["status"], figure["value"], figure["excluded"]


NOT_VALIDATED = [{"reason": "not_validated", "version": 1, "entries": 1}]


def test_a_withdrawn_contribution_is_missing_not_zero(shared: Client) -> None:
    lac, path = made_with(shared, "none")
    withdrawn = lac.members["a"].post(f"{path}/withdraw", {"comment": "Counted twice."})
    assert (withdrawn["outcome"], withdrawn["status"], withdrawn["value"], withdrawn["revision"]) == (
        "withdrawn",
        "withdrawn",
        None,
        2,
    )
    assert standing(lac, path) == ("withdrawn", None, [])
    again = lac.members["a"].post(f"{path}/withdraw")
    assert (again["outcome"], again["revision"]) == ("unchanged", 2)
    history = lac.support.get(f"{path}/history")["items"]
    assert [(entry["kind"], entry["value"], entry["comment"]) for entry in history] == [
        ("report", "3", None),
        ("withdrawal", None, "Counted twice."),
    ]
    anew = lac.report("a", "jobs", "2025-Q1", "3")
    assert (anew["outcome"], anew["revision"]) == ("revised", 3)
    assert standing(lac, path) == ("reported", "3", [])


def test_only_the_actor_and_the_support_withdraw(shared: Client) -> None:
    lac, path = made_with(shared, "none")
    assert refusal(lac.members["b"].ask("POST", f"{path}/withdraw", json={})) == (403, "not_your_actor")
    assert standing(lac, path)[1] == "3"
    assert lac.support.post(f"{path}/withdraw")["reported_by"] == "appui"


def test_the_support_validates(shared: Client) -> None:
    lac, path = made_with(shared, "support")
    assert standing(lac, path) == ("not_validated", None, NOT_VALIDATED)
    for member in ("a", "b"):
        assert refusal(lac.members[member].ask("POST", f"{path}/validate", json={})) == (403, "support_validates")
    assert lac.support.post(f"{path}/validate")["outcome"] == "validated"
    assert standing(lac, path) == ("validated", "3", [])
    assert lac.support.post(f"{path}/validate")["outcome"] == "unchanged"
    lac.report("a", "jobs", "2025-Q1", "4")
    assert standing(lac, path) == ("not_validated", "3", NOT_VALIDATED)
    assert [entry["kind"] for entry in lac.support.get(f"{path}/history")["items"]] == ["report", "validation", "report"]


def test_a_peer_validates_but_not_its_own(shared: Client) -> None:
    lac, path = made_with(shared, "peer")
    for member, code in (("a", "peers_validate"), ("watcher", "beyond_role")):
        assert refusal(lac.members[member].ask("POST", f"{path}/validate", json={})) == (403, code)
    assert lac.members["b"].post(f"{path}/validate")["status"] == "validated"
    assert standing(lac, path) == ("validated", "3", [])
    for_a = lac.support.post("/contributions", {"indicator": "jobs", "actor": "a", "period": "2025-Q2", "value": "1"})
    assert refusal(lac.support.ask("POST", f"/contributions/{for_a['id']}/validate", json={})) == (403, "peers_validate")


def test_peers_read_what_they_validate_even_where_values_are_hidden(shared: Client) -> None:
    lac, path = made_with(shared, "peer", show_actor_values=False)
    assert lac.members["b"].get(path)["value"] == "3"
    assert lac.members["b"].post(f"{path}/validate")["status"] == "validated"
    assert lac.members["b"].get("/indicators/jobs/figure", **{"from": "2025"})["by_actor"] == []


def test_without_validation_there_is_nothing_to_validate(shared: Client) -> None:
    lac, path = made_with(shared, "none")
    assert refusal(lac.support.ask("POST", f"{path}/validate", json={})) == (409, "validation_not_asked")


def test_a_withdrawal_waits_for_validation_too(shared: Client) -> None:
    lac, path = made_with(shared, "support")
    lac.support.post(f"{path}/validate")
    lac.members["a"].post(f"{path}/withdraw")
    assert standing(lac, path)[:2] == ("withdrawn", "3")
    assert lac.support.post(f"{path}/validate")["outcome"] == "validated"
    assert standing(lac, path) == ("withdrawn", None, [])


def test_what_is_contested_is_out_until_validated_again(shared: Client) -> None:
    lac, path = made_with(shared, "support")
    lac.support.post(f"{path}/validate")
    contested = lac.members["b"].post(f"{path}/contest", {"reason": "Those are last year's."})
    assert (contested["outcome"], contested["status"], contested["revision"]) == ("contested", "contested", 1)
    assert standing(lac, path) == ("contested", None, NOT_VALIDATED)
    (due,) = [due for due in lac.members["a"].get("/dues")["items"] if due["state"] == "contested"]
    assert (due["period"], due["reason"], f"/contributions/{due['contribution']}") == (
        "2025-Q1",
        "Those are last year's.",
        path,
    )
    assert lac.support.get("/contributions", status="contested")["items"][0]["id"] == due["contribution"]
    lac.report("a", "jobs", "2025-Q1", "2")
    assert standing(lac, path) == ("not_validated", None, NOT_VALIDATED)
    assert [due for due in lac.members["a"].get("/dues")["items"] if due["state"] == "contested"] == []
    lac.support.post(f"{path}/validate")
    assert standing(lac, path) == ("validated", "2", [])


def test_without_validation_a_contest_is_a_mark(shared: Client) -> None:
    lac, path = made_with(shared, "none")
    lac.members["b"].post(f"{path}/contest", {"reason": "Really?"})
    assert standing(lac, path) == ("contested", "3", [])
    lac.report("a", "jobs", "2025-Q1", "2")
    assert standing(lac, path) == ("reported", "2", [])


def test_who_contests_what(shared: Client) -> None:
    lac, path = made_with(shared, "none")
    doubt = {"reason": "?"}
    assert refusal(lac.members["a"].ask("POST", f"{path}/contest", json=doubt)) == (403, "own_contribution")
    assert refusal(lac.members["watcher"].ask("POST", f"{path}/contest", json=doubt)) == (403, "beyond_role")
    assert refusal(lac.members["b"].ask("POST", f"{path}/contest", json={})) == (422, "missing_field")
    assert refusal(lac.members["b"].ask("POST", f"{path}/contest", json={"reason": ""})) == (422, "too_short")
    lac.members["a"].post(f"{path}/withdraw")
    assert refusal(lac.members["b"].ask("POST", f"{path}/contest", json=doubt)) == (409, "already_withdrawn")
    assert [entry["kind"] for entry in lac.support.get(f"{path}/history")["items"]] == ["report", "withdrawal"]


@pytest.mark.parametrize("what", ["withdraw", "validate", "contest"])
def test_what_moved_on_since_it_was_read(shared: Client, what: str) -> None:
    lac, path = made_with(shared, "support")
    lac.report("a", "jobs", "2025-Q1", "4")
    body = {"expected_revision": 1} | ({"reason": "?"} if what == "contest" else {})
    response = lac.support.ask("POST", f"{path}/{what}", json=body)
    assert refusal(response) == (409, "revision_mismatch")
    assert response.json()["errors"][0]["pointer"] == "/expected_revision"
    assert len(lac.support.get(f"{path}/history")["items"]) == 2
    assert lac.support.ask("POST", f"{path}/{what}", json=body | {"expected_revision": 2}).status_code == 200


@pytest.mark.parametrize("what", ["withdraw", "validate", "contest"])
def test_nothing_is_said_of_what_is_not_there(shared: Client, what: str) -> None:
    lac, path = made_with(shared, "support")
    body = {"reason": "?"} if what == "contest" else {}
    assert refusal(lac.support.ask("POST", f"{path[:-2]}zz/{what}", json=body)) == (404, "unknown_contribution")


def test_an_entry_keeps_the_version_in_force_when_it_was_recorded(shared: Client) -> None:
    lac, path = made_with(shared, "support")
    revised = define()["definition"] | {"effective_from": "2025-Q1", "description": "More exactly."}
    lac.adopt(
        {"kind": "revise_indicator", "indicator": "jobs", "based_on": 1, "definition": revised, "bridge": {"kind": "editorial"}}
    )
    lac.support.post(f"{path}/validate")
    history = lac.support.get(f"{path}/history")["items"]
    assert [(entry["kind"], entry["version"]) for entry in history] == [("report", 1), ("validation", 2)]
    assert lac.report("a", "jobs", "2025-Q1", "3")["outcome"] == "revised", (
        "the same fields under another version say something new"
    )
