"""Contributions one by one and in batches: sent, then read back through other doors."""

from datetime import timedelta
from typing import Any

import pytest

from tests.builders import STARTS, Client, Coalition, Json, coalition, define, refusal

SEX = {"code": "sex", "codes": ["F", "M"]}


def made(client: Client) -> Coalition:
    """Two members and an observer; jobs by sex, a share, a mean."""
    lac = coalition(client, ["a", "b", "watcher"], roles={"watcher": "observer"}, charter={"due_days": 30})
    lac.adopt(
        define("jobs", dimensions=[SEX]),
        define("share", measure="ratio", factor="100"),
        define("age", measure="mean", nature="stock", over_time="last"),
        define("rate", over_actors="single", contributors=["a"], minimum="0", maximum="100"),
    )
    return lac


def figure(lac: Coalition, indicator: str = "jobs", **more: str) -> Any:
    """The value over 2025."""
    return lac.support.get(f"/indicators/{indicator}/figure", **{"from": "2025", "to": "2025"} | more)["value"]


def test_created_then_unchanged_then_revised(lac: Coalition) -> None:
    body = {"indicator": "jobs", "period": "2025-Q1", "value": "3", "comment": "Three.", "evidence": "https://a.example/1"}
    first = lac.members["a"].ask("POST", "/contributions", json=body)
    again = lac.members["a"].ask("POST", "/contributions", json=body)
    other = lac.members["a"].ask("POST", "/contributions", json=body | {"value": "4.50"})
    said = [(r.status_code, r.json()["outcome"], r.json()["revision"], r.json()["value"]) for r in (first, again, other)]
    assert said == [(201, "created", 1, "3"), (200, "unchanged", 1, "3"), (201, "revised", 2, "4.5")]
    assert first.json()["id"] == again.json()["id"] == other.json()["id"]
    standing = lac.support.get(f"/contributions/{first.json()['id']}")
    assert standing == {name: value for name, value in other.json().items() if name != "outcome"}
    assert standing["comment"] == "Three." and standing["reported_by"] == "a"
    assert figure(lac) == "4.5"
    history = lac.support.get(f"/contributions/{first.json()['id']}/history")["items"]
    assert [(entry["kind"], entry["revision"], entry["value"]) for entry in history] == [
        ("report", 1, "3"),
        ("report", 2, "4.5"),
    ]


def test_zero_is_a_value(lac: Coalition) -> None:
    assert lac.report("a", "jobs", "2025-Q1", "0")["value"] == "0"
    assert figure(lac) == "0"
    assert lac.support.get("/contributions")["items"][0]["value"] == "0"


def test_missing_is_missing(untouched: Coalition) -> None:
    response = untouched.members["a"].ask("POST", "/contributions", json={"indicator": "jobs", "period": "2025-Q1"})
    assert refusal(response)[0] == 422
    assert [(fault["pointer"], fault["code"]) for fault in response.json()["errors"]] == [("/value", "missing_value")]
    assert figure(untouched) is None
    assert untouched.support.get("/contributions")["items"] == []


def test_null_is_not_a_value(untouched: Coalition) -> None:
    body = {"indicator": "jobs", "period": "2025-Q1", "value": None}
    assert refusal(untouched.members["a"].ask("POST", "/contributions", json=body))[0] == 422
    assert figure(untouched) is None


def test_a_json_number_is_taken_digit_by_digit(lac: Coalition) -> None:
    text = '{"indicator": "jobs", "period": "2025-Q1", "value": 12345678901234567890.123456789012}'
    response = lac.members["a"].ask("POST", "/contributions", content=text, headers={"Content-Type": "application/json"})
    assert response.json()["value"] == "12345678901234567890.123456789012"
    assert figure(lac) == "12345678901234567890.123456789012"


def test_ratio_and_mean_carry_their_components(lac: Coalition) -> None:
    share = lac.members["a"].post(
        "/contributions", {"indicator": "share", "period": "2025-Q1", "numerator": "1", "denominator": "4"}
    )
    age = lac.members["a"].post("/contributions", {"indicator": "age", "period": "2025-Q4", "value": "40", "weight": "2"})
    assert (share["value"], share["numerator"], share["denominator"], share["weight"]) == (None, "1", "4", None)
    assert (age["value"], age["numerator"], age["denominator"], age["weight"]) == ("40", None, None, "2")
    assert (figure(lac, "share"), figure(lac, "age")) == ("25", "40")


def test_a_cell_is_its_own_key_and_its_total_is_written_three_ways(lac: Coalition) -> None:
    women = lac.report("a", "jobs", "2025-Q1", "2", dimensions={"sex": "F"})
    assert women["dimensions"] == {"sex": "F"}
    total = lac.report("a", "jobs", "2025-Q1", "5")
    same = [lac.report("a", "jobs", "2025-Q1", "5", dimensions=given) for given in ({}, {"sex": "_T"}, {"sex": ""})]
    assert {(one["id"], one["outcome"]) for one in same} == {(total["id"], "unchanged")}
    assert total["id"] != women["id"]
    listed = lac.support.get("/contributions", indicator="jobs")["items"]
    assert sorted((one["value"], tuple(one["dimensions"].items())) for one in listed) == [("2", (("sex", "F"),)), ("5", ())]


def test_the_support_reports_for_others_and_it_shows(lac: Coalition) -> None:
    made = lac.support.post("/contributions", {"indicator": "jobs", "actor": "a", "period": "2025-Q1", "value": "3"})
    assert (made["actor"], made["reported_by"]) == ("a", "appui")
    history = lac.members["a"].get(f"/contributions/{made['id']}/history")["items"]
    assert [(entry["kind"], entry["by"]) for entry in history] == [("report", "appui")]


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        ({"actor": "b"}, 403, "not_your_actor", "/actor"),
        ({"actor": "c"}, 422, "unknown_actor", "/actor"),
        ({"indicator": "jbos"}, 422, "unknown_indicator", "/indicator"),
        ({"period": "2025-01"}, 422, "wrong_frequency", "/period"),
        ({"period": "2026-Q2"}, 422, "period_not_begun", "/period"),
        ({"period": "T1 2025"}, 422, "not_a_period", "/period"),
        ({"dimensions": {"sexe": "F"}}, 422, "unknown_dimension", "/dimensions/sexe"),
        ({"dimensions": {"sex": "W"}}, 422, "unknown_code", "/dimensions/sex"),
        ({"weight": "1"}, 422, "unexpected_measure", "/weight"),
        ({"value": "1e3"}, 422, "not_a_decimal", "/value"),
        ({"value": "0.0000000000001"}, 422, "not_a_decimal", "/value"),
        ({"indicator": "rate", "value": "101"}, 422, "above_maximum", "/value"),
        ({"indicator": "rate", "value": "-1"}, 422, "below_minimum", "/value"),
        ({"valeur": "1"}, 422, "unknown_field", "/valeur"),
    ],
)
def test_what_is_refused(untouched: Coalition, body: Json, status: int, code: str, pointer: str) -> None:
    usual = {"indicator": "jobs", "period": "2025-Q1", "value": "3"}
    response = untouched.members["a"].ask("POST", "/contributions", json=usual | body)
    assert refusal(response) == (status, code)
    assert (pointer, code) in [(fault["pointer"], fault["code"]) for fault in response.json()["errors"]]
    assert untouched.support.get("/contributions")["items"] == []


def test_a_slip_is_answered_with_what_was_meant(untouched: Coalition) -> None:
    response = untouched.members["a"].ask(
        "POST", "/contributions", json={"indicator": "jbos", "period": "2025-Q1", "value": "3"}
    )
    assert "`jobs`" in response.json()["errors"][0]["suggestion"]


def test_who_does_not_report(untouched: Coalition) -> None:
    body = {"indicator": "jobs", "period": "2025-Q1", "value": "3"}
    not_asked = untouched.members["b"].ask("POST", "/contributions", json=body | {"indicator": "rate"})
    assert refusal(not_asked) == (422, "not_expected")
    assert refusal(untouched.members["watcher"].ask("POST", "/contributions", json=body)) == (403, "beyond_role")
    for_it = untouched.support.ask("POST", "/contributions", json=body | {"actor": "watcher"})
    assert refusal(for_it) == (422, "observer_may_not_report")


def test_nobody_reports_for_a_time_before_joining(lac: Coalition) -> None:
    lac.adopt({"kind": "set_membership", "actor": "b", "membership": {"joined": "2025-04-01"}})
    body = {"indicator": "jobs", "period": "2025-Q1", "value": "3"}
    assert refusal(lac.members["b"].ask("POST", "/contributions", json=body)) == (422, "actor_not_member")
    assert lac.report("b", "jobs", "2025-Q2", "3")["outcome"] == "created"


def test_expected_revision(lac: Coalition) -> None:
    body = {"indicator": "jobs", "period": "2025-Q1"}
    assert lac.members["a"].post("/contributions", body | {"value": "1", "expected_revision": 0})["revision"] == 1
    response = lac.members["a"].ask("POST", "/contributions", json=body | {"value": "2", "expected_revision": 0})
    assert refusal(response) == (409, "revision_mismatch")
    assert response.json()["errors"][0]["pointer"] == "/expected_revision"
    assert figure(lac) == "1"
    assert lac.members["a"].post("/contributions", body | {"value": "2", "expected_revision": 1})["revision"] == 2


def test_as_of_reads_what_stood_then(lac: Coalition, shared: Client) -> None:
    made = lac.report("a", "jobs", "2025-Q1", "3")
    shared.clock = STARTS + timedelta(days=1)
    lac.report("a", "jobs", "2025-Q1", "5")
    then, now = made["recorded_at"], lac.support.get(f"/contributions/{made['id']}")["recorded_at"]
    read = [lac.support.get(f"/contributions/{made['id']}", as_of=instant) for instant in (then, now)]
    assert [(one["value"], one["revision"]) for one in read] == [("3", 1), ("5", 2)]
    assert [len(lac.support.get(f"/contributions/{made['id']}/history", as_of=i)["items"]) for i in (then, now)] == [1, 2]
    assert [figure(lac, as_of=instant) for instant in (then, now)] == ["3", "5"]


def test_a_contribution_that_is_not_there(lac: Coalition) -> None:
    made = lac.report("a", "jobs", "2025-Q1", "3")
    for unknown in ("x", made["id"][:-1] + "B", "A" * 200):
        assert refusal(lac.support.ask("GET", f"/contributions/{unknown}")) == (404, "unknown_contribution")
        assert refusal(lac.support.ask("GET", f"/contributions/{unknown}/history")) == (404, "unknown_contribution")
    before = lac.support.get("/proposals/1")["decided_at"]
    assert refusal(lac.support.ask("GET", f"/contributions/{made['id']}", params={"as_of": before})) == (
        404,
        "unknown_contribution",
    )


def test_a_batch_is_one_journal_entry(lac: Coalition) -> None:
    lac.report("a", "jobs", "2025-Q1", "3")
    lac.report("a", "jobs", "2025-Q2", "4")
    items = [{"indicator": "jobs", "period": f"2025-Q{quarter}", "value": value} for quarter, value in enumerate("3567", 1)]
    response = lac.members["a"].ask("POST", "/contributions/batch", json={"items": [*items, items[2]]})
    answer = response.json()
    assert response.status_code == 201
    assert [item["outcome"] for item in answer["items"]] == ["unchanged", "revised", "created", "created", "folded"]
    assert [answer[name] for name in ("created", "revised", "unchanged", "folded")] == [2, 1, 1, 1]
    assert answer["items"][2] == answer["items"][4] | {"outcome": "created"}
    assert figure(lac) == "21"
    entries = {
        entry["journal"]
        for item in answer["items"][1:4]
        for entry in lac.support.get(f"/contributions/{item['id']}/history")["items"][-1:]
    }
    assert len(entries) == 1
    again = lac.members["a"].ask("POST", "/contributions/batch", json={"items": items})
    assert (again.status_code, again.json()["unchanged"]) == (200, 4)


def test_a_batch_is_all_or_none(untouched: Coalition) -> None:
    items = [
        {"indicator": "jobs", "period": "2025-Q1", "value": "3"},
        {"indicator": "jobs", "period": "2025-Q1", "value": "3", "dimensions": {"sex": "W"}},
        {"indicator": "jobs", "period": "2025", "value": "3"},
    ]
    response = untouched.members["a"].ask("POST", "/contributions/batch", json={"items": items})
    assert refusal(response) == (422, "unknown_code")
    pointers = [(fault["pointer"], fault["code"]) for fault in response.json()["errors"]]
    assert pointers == [("/items/1/dimensions/sex", "unknown_code"), ("/items/2/period", "wrong_frequency")]
    assert untouched.support.get("/contributions")["items"] == []


def test_a_batch_does_not_contradict_itself(untouched: Coalition) -> None:
    items = [{"indicator": "jobs", "period": "2025-Q1", "value": value} for value in ("3", "4")]
    response = untouched.members["a"].ask("POST", "/contributions/batch", json={"items": items})
    assert refusal(response) == (422, "duplicate_key")
    assert response.json()["errors"][0]["pointer"] == "/items/1"
    assert figure(untouched) is None


def test_a_batch_has_between_one_and_a_thousand_items(lac: Coalition) -> None:
    items = [{"indicator": "jobs", "period": "2025-Q1", "value": "3"}] * 1_001
    assert refusal(lac.members["a"].ask("POST", "/contributions/batch", json={"items": items})) == (422, "too_many")
    assert refusal(lac.members["a"].ask("POST", "/contributions/batch", json={"items": []})) == (422, "too_few")
    assert lac.members["a"].post("/contributions/batch", {"items": items[:1_000]})["folded"] == 999


def test_another_actors_item_makes_a_batch_forbidden(lac: Coalition) -> None:
    items = [
        {"indicator": "jobs", "period": "2025-Q1", "value": "3"},
        {"indicator": "jobs", "actor": "b", "period": "2025-Q1", "value": "3"},
    ]
    response = lac.members["a"].ask("POST", "/contributions/batch", json={"items": items})
    assert refusal(response) == (403, "not_your_actor")
    assert response.json()["errors"][0]["pointer"] == "/items/1/actor"


def test_the_list_is_filtered(lac: Coalition, shared: Client) -> None:
    lac.report("a", "jobs", "2025-Q1", "1")
    lac.report("b", "jobs", "2025-Q2", "2")
    shared.clock = STARTS + timedelta(days=1)
    late = lac.members["b"].post(
        "/contributions", {"indicator": "share", "period": "2025-Q1", "numerator": "1", "denominator": "2"}
    )
    lac.members["b"].post(f"/contributions/{late['id']}/withdraw")

    def chosen(**filters: str) -> list[tuple[str, str, str]]:
        found = lac.support.get("/contributions", **filters)["items"]
        return [(one["indicator"], one["actor"], one["period"]) for one in found]

    first, second, third = ("jobs", "a", "2025-Q1"), ("jobs", "b", "2025-Q2"), ("share", "b", "2025-Q1")
    assert chosen() == [first, second, third]
    assert chosen(indicator="jobs") == [first, second]
    assert chosen(actor="b") == [second, third]
    assert chosen(period="2025-Q1") == [first, third]
    assert chosen(period="2025") == []
    assert chosen(status="reported") == [first, second]
    assert chosen(status="withdrawn") == [third]
    assert chosen(updated_since=late["recorded_at"]) == [third]
    assert chosen(actor="b", status="reported") == [second]


def test_the_list_comes_in_pages_and_as_a_table(lac: Coalition) -> None:
    for quarter in range(1, 5):
        lac.report("a", "jobs", f"2025-Q{quarter}", str(quarter))
    seen: list[list[str]] = []
    cursor: dict[str, str] = {}
    while True:
        page = lac.support.get("/contributions", limit=3, **cursor)
        seen.append([one["value"] for one in page["items"]])
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == [["1", "2", "3"], ["4"]]
    table = lac.support.ask("GET", "/contributions", params={"format": "csv"}).text.splitlines()
    assert len(table) == 5 and table[0].startswith("id,indicator,actor,period,") and ",jobs,a,2025-Q1," in table[1]


@pytest.mark.parametrize(
    ("parameters", "status", "code"),
    [
        ({"status": "gone"}, 422, "not_in_list"),
        ({"indicator": "x"}, 422, "unknown_indicator"),
        ({"actor": "x"}, 422, "unknown_actor"),
        ({"period": "x"}, 422, "not_a_period"),
        ({"cursor": "x"}, 422, "invalid_cursor"),
        ({"cursor": "WzFd"}, 422, "invalid_cursor"),
        ({"colour": "x"}, 422, "unknown_parameter"),
    ],
)
def test_what_a_list_cannot_be_asked(untouched: Coalition, parameters: Json, status: int, code: str) -> None:
    assert refusal(untouched.support.ask("GET", "/contributions", params=parameters)) == (status, code)


def test_contributions_are_for_members_even_in_public(shared: Client) -> None:
    lac = coalition(shared, visibility="public")
    lac.adopt(define())
    made = lac.report("a", "jobs", "2025-Q1", "3")
    assert lac.anonymous.get("/indicators/jobs/figure", **{"from": "2025"})["value"] == "3"
    for path in ("/contributions", f"/contributions/{made['id']}", f"/contributions/{made['id']}/history", "/dues"):
        assert refusal(lac.anonymous.ask("GET", path))[0] == 401


def test_hidden_values_are_hidden_here_too(shared: Client) -> None:
    lac = coalition(shared, charter={"show_actor_values": False})
    lac.adopt(define())
    made = lac.report("a", "jobs", "2025-Q1", "3")
    assert [one["actor"] for one in lac.members["a"].get("/contributions")["items"]] == ["a"]
    assert [one["actor"] for one in lac.support.get("/contributions")["items"]] == ["a"]
    assert lac.members["b"].get("/contributions")["items"] == []
    assert refusal(lac.members["b"].ask("GET", f"/contributions/{made['id']}")) == (404, "unknown_contribution")
    assert refusal(lac.members["b"].ask("GET", "/contributions", params={"actor": "a"})) == (403, "actor_values_hidden")
    contest = lac.members["b"].ask("POST", f"/contributions/{made['id']}/contest", json={"reason": "?"})
    assert refusal(contest) == (404, "unknown_contribution")
