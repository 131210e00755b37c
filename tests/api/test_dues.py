"""Dues: what is over and not reported, what of it is late. What is contested is in `test_contribution_changes`."""

from datetime import UTC, datetime

import pytest

from tests.builders import Client, Coalition, coalition, define, refusal


@pytest.fixture
def lac(shared: Client) -> Coalition:
    """Two members and an observer, asked on 15 January 2026, thirty days to report in."""
    made = coalition(shared, ["a", "b", "watcher"], roles={"watcher": "observer"}, charter={"due_days": 30})
    made.adopt(define())
    return made


def owed(lac: Coalition, who: str = "a", **more: str) -> list[tuple[str, str, str | None]]:
    """What an actor reads in its own dues: period, state, last day."""
    return [(due["period"], due["state"], due["due_on"]) for due in lac.members[who].get("/dues", **more)["items"]]


def test_what_is_over_and_not_reported(lac: Coalition) -> None:
    lac.report("a", "jobs", "2025-Q1", "3")
    assert owed(lac, **{"from": "2025"}) == [
        ("2025-Q2", "late", "2025-07-31"),
        ("2025-Q3", "late", "2025-10-31"),
        ("2025-Q4", "to_report", "2026-01-31"),
    ]
    assert [period for period, *_ in owed(lac)] == ["2025-Q2", "2025-Q3", "2025-Q4"], "the year before and this one"
    assert [period for period, *_ in owed(lac, "b")] == ["2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4"]


def test_zero_is_reported_and_a_withdrawal_is_owed_again(lac: Coalition) -> None:
    made = lac.report("a", "jobs", "2025-Q4", "0")
    assert "2025-Q4" not in [period for period, *_ in owed(lac)]
    lac.members["a"].post(f"/contributions/{made['id']}/withdraw")
    assert ("2025-Q4", "to_report", "2026-01-31") in owed(lac)


def test_the_last_day_is_not_late(lac: Coalition, shared: Client) -> None:
    states = []
    for day in (datetime(2026, 1, 31, 23, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)):
        shared.clock = day
        states.append({period: state for period, state, _ in owed(lac)}["2025-Q4"])
    assert states == ["to_report", "late"]


def test_only_members_owe_and_only_while_they_are_members(lac: Coalition) -> None:
    lac.adopt({"kind": "set_membership", "actor": "b", "membership": {"joined": "2025-08-01", "left": "2025-09-01"}})
    assert [period for period, *_ in owed(lac, "b")] == ["2025-Q3"]
    assert owed(lac, "watcher") == []
    assert lac.support.get("/dues")["items"] == [], "the support is not expected to report unless it is named"


def test_others_dues_are_read_by_name(lac: Coalition) -> None:
    assert lac.support.get("/dues", actor="a") == lac.members["a"].get("/dues") == lac.members["b"].get("/dues", actor="a")
    assert refusal(lac.support.ask("GET", "/dues", params={"actor": "x"})) == (422, "unknown_actor")


def test_hidden_values_hide_dues(shared: Client) -> None:
    lac = coalition(shared, charter={"show_actor_values": False})
    lac.adopt(define())
    assert refusal(lac.members["a"].ask("GET", "/dues", params={"actor": "b"})) == (403, "actor_values_hidden")
    assert len(lac.support.get("/dues", actor="b")["items"]) == 4


def test_a_retired_indicator_is_owed_no_more(lac: Coalition) -> None:
    before = lac.support.get("/progress")["as_of"]
    lac.adopt({"kind": "retire_indicator", "indicator": "jobs"})
    assert owed(lac) == []
    assert len(owed(lac, as_of=before)) == 4
