"""Closed periods: shut and opened by the support, and what they refuse in between."""

import pytest

from tests.builders import Client, Coalition, coalition, define, refusal


@pytest.fixture
def lac(shared: Client) -> Coalition:
    """Two members with an indicator, whose contributions the support validates."""
    made = coalition(shared, charter={"validation": "support"})
    made.adopt(define())
    return made


def closed(lac: Coalition, **more: str) -> list[str]:
    """The periods that are closed."""
    return [one["period"] for one in lac.members["a"].get("/closed-periods", **more)["items"]]


def test_a_closed_period_takes_no_entry_of_any_kind(lac: Coalition) -> None:
    path = f"/contributions/{lac.report('a', 'jobs', '2025-Q1', '3')['id']}"
    response = lac.support.ask("PUT", "/closed-periods/2025")
    assert (response.status_code, response.json()) == (200, {"period": "2025"})
    assert closed(lac) == ["2025"]
    body = {"indicator": "jobs", "period": "2025-Q1", "value": "4"}
    assert refusal(lac.members["a"].ask("POST", "/contributions", json=body)) == (409, "period_closed")
    assert refusal(lac.members["a"].ask("POST", "/contributions/batch", json={"items": [body]})) == (409, "period_closed")
    assert refusal(lac.members["a"].ask("POST", f"{path}/withdraw", json={})) == (409, "period_closed")
    assert refusal(lac.support.ask("POST", f"{path}/validate", json={})) == (409, "period_closed")
    assert refusal(lac.members["b"].ask("POST", f"{path}/contest", json={"reason": "?"})) == (409, "period_closed")
    assert len(lac.support.get(f"{path}/history")["items"]) == 1
    assert lac.support.ask("DELETE", "/closed-periods/2025").status_code == 204
    assert closed(lac) == []
    assert lac.report("a", "jobs", "2025-Q1", "4")["outcome"] == "revised"


def test_what_lies_outside_goes_on(lac: Coalition) -> None:
    lac.support.ask("PUT", "/closed-periods/2025-Q1")
    assert lac.report("a", "jobs", "2025-Q2", "4")["outcome"] == "created"
    assert lac.report("a", "jobs", "2024-Q4", "4")["outcome"] == "created"


def test_what_is_wrong_besides_comes_first(lac: Coalition) -> None:
    lac.support.ask("PUT", "/closed-periods/2025-Q1")
    response = lac.members["a"].ask("POST", "/contributions", json={"indicator": "jobs", "period": "2025-Q1"})
    assert response.status_code == 422
    assert {fault["code"] for fault in response.json()["errors"]} == {"period_closed", "missing_value"}


def test_closing_twice_is_closing_once(lac: Coalition) -> None:
    tags = []
    for _ in range(2):
        assert lac.support.ask("PUT", "/closed-periods/2025-Q1").status_code == 200
        tags.append(lac.support.get("/progress")["as_of"])
    assert tags[0] == tags[1], "the second wrote no journal entry"
    assert closed(lac) == ["2025-Q1"]


def test_closings_are_read_as_of_then(lac: Coalition) -> None:
    before = lac.support.get("/progress")["as_of"]
    lac.support.ask("PUT", "/closed-periods/2025-Q1")
    assert (closed(lac), closed(lac, as_of=before)) == (["2025-Q1"], [])


def test_only_the_support_closes(lac: Coalition) -> None:
    assert refusal(lac.members["a"].ask("PUT", "/closed-periods/2025")) == (403, "support_only")
    lac.support.ask("PUT", "/closed-periods/2025")
    assert refusal(lac.members["a"].ask("DELETE", "/closed-periods/2025")) == (403, "support_only")
    assert closed(lac) == ["2025"]


@pytest.mark.parametrize(
    ("method", "period", "status", "code"),
    [("PUT", "2025-Q5", 422, "not_a_period"), ("DELETE", "x", 422, "not_a_period"), ("DELETE", "2025-Q1", 404, "not_closed")],
)
def test_what_cannot_be_closed_or_opened(lac: Coalition, method: str, period: str, status: int, code: str) -> None:
    lac.support.ask("PUT", "/closed-periods/2025")
    assert refusal(lac.support.ask(method, f"/closed-periods/{period}")) == (status, code)
    assert closed(lac) == ["2025"]
