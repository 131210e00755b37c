"""The journal as it is followed: as a list, and by waiting. What a stream does is held in `tests/trust/test_streams.py`."""

import csv
import threading
import time
from datetime import datetime

import pytest

from service.events.feed import MOST_NAMED
from tests.builders import Client, Coalition, coalition, define, found, refusal


@pytest.fixture
def lac(shared: Client) -> Coalition:
    """Two members with an indicator."""
    made = coalition(shared)
    made.adopt(define(dimensions=[{"code": "sex", "codes": ["F", "M"]}]))
    return made


def test_it_is_the_journal_in_order(lac: Coalition) -> None:
    report = lac.report("a", "jobs", "2025-Q1", "3", dimensions={"sex": "F"})
    lac.support.ask("PUT", "/closed-periods/2024")
    events = lac.members["b"].get("/events")
    assert [event["number"] for event in events["items"]] == list(range(1, len(events["items"]) + 1))
    assert events["next_cursor"] is None
    kinds = [event["kind"] for event in events["items"]]
    assert kinds[0] == "community_created" and kinds[-3:] == ["proposal_adopted", "contributions_recorded", "period_closed"]
    assert kinds.count("actor_joined") == 2
    recorded = events["items"][-2]
    assert (recorded["actor"], recorded["subject"], recorded["has_more"]) == ("a", {"contributions": 1}, False)
    assert recorded["contributions"] == [
        {
            "id": report["id"],
            "indicator": "jobs",
            "actor": "a",
            "period": "2025-Q1",
            "dimensions": {"sex": "F"},
            "kind": "report",
        }
    ]
    instants = [datetime.fromisoformat(event["instant"]) for event in events["items"]]
    assert instants == sorted(set(instants))
    proof = lac.support.get("/events/proof")
    assert (proof["number"], proof["instant"]) == (events["items"][-1]["number"], events["items"][-1]["instant"])


def test_who_comes_back_misses_nothing_and_sees_nothing_twice(lac: Coalition) -> None:
    for value in ("1", "2", "3"):
        lac.report("a", "jobs", "2025-Q1", value)
    whole = lac.support.get("/events")["items"]
    paged, after = [], 0
    while page := lac.support.get("/events", after=after, limit=2)["items"]:
        paged += page
        after = page[-1]["number"]
    assert paged == whole
    by_cursor = lac.support.get("/events", after=3, limit=4)
    rest = lac.support.get("/events", after=3, limit=1000, cursor=by_cursor["next_cursor"])
    assert by_cursor["items"] + rest["items"] == whole[3:]
    assert lac.support.get("/events", kind="contributions_recorded, period_closed")["items"] == whole[-3:]
    assert lac.support.get("/events", after=len(whole)) == {"items": [], "next_cursor": None}


def test_what_is_said_of_a_contribution_has_its_kind(shared: Client) -> None:
    lac = coalition(shared, charter={"validation": "support"})
    lac.adopt(define())
    path = f"/contributions/{lac.report('a', 'jobs', '2025-Q1', '3')['id']}"
    lac.support.post(f"{path}/validate")
    lac.support.post(f"{path}/contest", {"reason": "Counted twice"})
    lac.members["a"].post(f"{path}/withdraw")
    said = lac.support.get("/events")["items"][-4:]
    assert [(event["kind"], event["contributions"][0]["kind"]) for event in said] == [
        ("contributions_recorded", "report"),
        ("contribution_validated", "validation"),
        ("contribution_contested", "contest"),
        ("contribution_withdrawn", "withdrawal"),
    ]
    assert "Counted twice" not in str(said)


def test_a_large_import_is_named_in_part(lac: Coalition) -> None:
    rows = [f"jobs,a,{year}-Q{quarter},{sex},1" for year in range(2000, 2026) for quarter in (1, 2, 3, 4) for sex in "FM"]
    body = "\n".join(["indicator,actor,period,sex,value", *rows]).encode()
    headers = {"Content-Type": "text/csv", "Prefer": "wait=30"}
    landed = lac.members["a"].ask("POST", "/imports", content=body, headers=headers).json()
    assert (landed["status"], landed["created"]) == ("succeeded", len(rows))
    (event,) = lac.support.get("/events", kind="import_landed")["items"]
    assert event["subject"]["import"] == landed["id"]
    assert (event["subject"]["rows"], len(event["contributions"]), event["has_more"]) == (len(rows), MOST_NAMED, True)
    assert len({one["id"] for one in event["contributions"]}) == MOST_NAMED


def test_waiting_is_answered_when_something_happens(lac: Coalition) -> None:
    last = lac.support.get("/events/proof")["number"]
    begun = time.monotonic()
    later = threading.Timer(0.7, lambda: lac.report("a", "jobs", "2025-Q2", "4"))
    later.start()
    (event,) = lac.members["b"].get("/events", after=last, wait=30)["items"]
    later.join()
    assert (event["number"], event["kind"]) == (last + 1, "contributions_recorded")
    assert 0.5 < time.monotonic() - begun < 20
    begun = time.monotonic()
    assert lac.members["b"].get("/events", after=last + 1, wait=1)["items"] == []
    assert time.monotonic() - begun >= 1


def test_who_is_no_member_is_told_what_happened_in_public(shared: Client) -> None:
    lac = coalition(shared, visibility="public")
    lac.adopt(define())
    mapping = {"columns": [{"column": "Montant", "field": "value"}]}
    assert lac.members["a"].ask("PUT", "/mappings/ours", json=mapping).status_code == 200
    lac.report("a", "jobs", "2025-Q1", "3")
    told = lac.anonymous.get("/events")["items"]
    assert [event["kind"] for event in told] == [event["kind"] for event in lac.support.get("/events")["items"]]
    hidden = [event for event in told if event["kind"].startswith(("token", "mapping"))]
    assert all((event["actor"], event["subject"]) == (None, {}) for event in hidden)
    assert {event["kind"] for event in hidden} == {"token_created", "mapping_set"}
    assert told[-1]["actor"] == "a" and told[-1]["contributions"] == []


def test_what_a_charter_protects_is_not_told(shared: Client) -> None:
    lac = coalition(shared, visibility="public", charter={"show_actor_values": False})
    lac.adopt(define())
    lac.report("a", "jobs", "2025-Q1", "3")
    assert refusal(lac.anonymous.ask("GET", "/events")) == (403, "not_published")
    own, others = (lac.members[actor].get("/events")["items"][-1] for actor in "ab")
    assert len(own["contributions"]) == 1 and others["contributions"] == []
    assert (others["kind"], others["actor"]) == ("contributions_recorded", "a")


def test_another_community_sees_none_of_it(lac: Coalition, shared: Client) -> None:
    other = found(shared, "elsewhere")
    answer = shared.ask("GET", f"/v1/communities/{lac.code}/events", other["token"])
    assert answer.status_code == 404


def test_it_can_be_read_as_a_table(lac: Coalition) -> None:
    lac.report("a", "jobs", "2025-Q1", "3")
    lines = list(csv.DictReader(lac.support.ask("GET", "/events?format=csv").text.splitlines()))
    assert [line["kind"] for line in lines] == [event["kind"] for event in lac.support.get("/events")["items"]]


def test_a_stream_is_refused_as_a_list_is(lac: Coalition, shared: Client) -> None:
    stream = {"Accept": "text/event-stream"}
    assert lac.anonymous.ask("GET", "/events", headers=stream).status_code == 401
    seen = lac.support.ask("GET", "/events", headers={**stream, "Last-Event-ID": "x"})
    assert refusal(seen) == (422, "invalid_event_id")
    assert refusal(lac.support.ask("GET", "/events?wait=31")) == (422, "too_big")
    crowded = shared.service_app.state.service.followers
    free, crowded._free = crowded._free, 0
    try:
        assert refusal(lac.support.ask("GET", "/events?wait=1")) == (503, "too_many_readers")
        assert refusal(lac.support.ask("GET", "/events", headers=stream)) == (503, "too_many_readers")
    finally:
        crowded._free = free
