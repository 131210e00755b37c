"""Alerts: what a day brings, made once, the same whoever makes them and whenever, told to whoever may know."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service.database import open_database
from service.events.alerts import SETTLED_AFTER, AlertJob
from tests.builders import STARTS, Client, Coalition, Json, Voice, coalition, define
from tests.events.receiving import deliveries, listening, receiver

engines = pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.proof)], indirect=True
)
DAY = timedelta(days=1)
TARGET = {"kind": "set_target", "indicator": "jobs", "from_period": "2025", "period": "2026", "value": "800"}


def job(client: Client) -> AlertJob:
    return AlertJob(client.database, client.service_app.state.service.registers)


def look(client: Client, at: datetime) -> int:
    """Lets it be that instant, and the job run."""
    client.clock = at
    return job(client).make(at)


def told(voice: Voice, kind: str | None = None) -> list[Json]:
    items: list[Json] = voice.get("/alerts", **({"kind": kind} if kind else {}))["items"]
    return items


def founded(client: Client, **more: Any) -> Coalition:
    made = coalition(client, **more)
    made.adopt(define(frequency="M"), TARGET)
    # On the way with twelve months of 24 over, and no more with thirteen.
    made.report("a", "jobs", "2025-01", "375")
    return made


@engines
def test_a_report_is_late_from_one_midnight_on(client: Client) -> None:
    lac = founded(client, time_zone="Pacific/Auckland", charter={"due_days": 30})
    assert look(client, STARTS) == 0
    assert look(client, STARTS + DAY) == 1
    first = told(lac.support)
    assert [(one["subject"]["actor"], one["subject"]["count"]) for one in first] == [("a", 10), ("b", 11)], (
        "from the founding on"
    )
    # 2025-12 is due on 31 January; there, 1 February begins at 11:00 the day before.
    midnight = datetime(2026, 1, 31, 11, tzinfo=UTC)
    look(client, midnight + SETTLED_AFTER - timedelta(seconds=1))
    assert told(lac.support) == first, "nothing became late since"
    assert look(client, midnight + SETTLED_AFTER) >= 1
    assert look(client, midnight + SETTLED_AFTER) == 0
    late = told(lac.members["b"], "member_late")[2:]
    reports = [{"indicator": "jobs", "period": "2025-12", "due_on": "2026-01-31"}]
    assert [(one["instant"], one["subject"]) for one in late] == [
        ("2026-01-31T11:00:00Z", {"actor": actor, "reports": reports, "count": 1}) for actor in "ab"
    ]
    for actor in "ab":
        dues = lac.members[actor].get("/dues")["items"]
        assert {"jobs 2025-12 late"} <= {f"{one['indicator']} {one['period']} {one['state']}" for one in dues}
    look(client, midnight + 3 * DAY)
    assert told(lac.members["b"], "member_late") == first + late
    assert lac.support.get("/alerts", after=2, limit=1)["items"] == told(lac.support)[2:3]


@engines
def test_a_status_that_changed_is_what_progress_says(client: Client) -> None:
    lac = founded(client)
    look(client, STARTS)
    look(client, STARTS + 18 * DAY)
    lac.report("b", "jobs", "2025-02", "800")
    look(client, STARTS + 20 * DAY)
    changes = told(lac.members["a"], "status_changed")
    assert len(changes) >= 2

    def status(at: datetime) -> str:
        answer = lac.members["b"].get("/progress", as_of=at.isoformat().replace("+00:00", "Z"))
        found: str = answer["objectives"][0]["indicators"][0]["status"]
        return found

    for one in changes:
        at = datetime.fromisoformat(one["instant"])
        assert at.time() == datetime.min.time()
        assert one["subject"] == {"indicator": "jobs", "from": status(at - DAY), "to": status(at)}
    assert [one["subject"]["from"] for one in changes[1:]] == [one["subject"]["to"] for one in changes[:-1]]
    assert changes[-1]["subject"]["to"] == status(client.clock)
    instants = [one["instant"] for one in changes]
    asked = lac.members["a"].get("/alerts", kind="status_changed", as_of=instants[0])["items"]
    assert asked == changes[:1]


@engines
def test_a_proposal_is_about_to_close_once_and_closes_by_time(client: Client) -> None:
    lac = founded(client)
    lac.support.patch("", {"charter": {"decision_rule": "consent", "deliberation_days": 5}})
    look(client, STARTS)
    proposal = lac.members["a"].post("/proposals", {"title": "T", "rationale": "R", "changes": [TARGET | {"value": "90"}]})
    for actor in ("a", "b"):
        lac.members[actor].ask("PUT", f"/proposals/{proposal['id']}/positions/{actor}", json={"position": "support"})
    closes = datetime.fromisoformat(proposal["closes_at"])
    assert STARTS + 5 * DAY < closes < STARTS + 5 * DAY + timedelta(seconds=1)
    look(client, STARTS + 3 * DAY - timedelta(hours=8, minutes=50))
    assert told(lac.support, "proposal_closing") == []
    for days in (4, 5, 6, 7):
        look(client, STARTS + days * DAY - timedelta(hours=8, minutes=50))
    said = {"proposal": proposal["id"], "round": 1}
    closing, closed = told(lac.members["b"], "proposal_closing"), told(lac.members["b"], "proposal_closed")
    assert [(one["instant"], one["subject"]) for one in closing] == [
        ("2026-01-19T00:00:00Z", said | {"closes_at": proposal["closes_at"]})
    ]
    assert [(one["instant"], one["subject"]) for one in closed] == [("2026-01-21T00:00:00Z", said | {"status": "adopted"})]
    lac.report("a", "jobs", "2025-02", "1")  # Writes down what time has decided.
    look(client, STARTS + 9 * DAY)
    assert told(lac.support, "proposal_closed") == closed


@pytest.mark.proof
def test_who_was_down_for_months_makes_the_same_alerts(new_database: Callable[[str], str]) -> None:
    """One service looks each day, another one once in the end; a third one lets many look at once."""
    found = []
    for pace in ("daily", "once", "crowd"):
        database = open_database(new_database("sqlite"))
        with Client(database) as client:
            lac = founded(client)
            lac.support.patch("", {"charter": {"decision_rule": "consent"}})
            look(client, STARTS)
            lac.members["a"].post("/proposals", {"title": "T", "rationale": "R", "changes": [TARGET | {"value": "90"}]})
            end = STARTS + 20 * DAY
            if pace == "daily":
                for day in range(1, 20):
                    look(client, STARTS + day * DAY)
            if pace == "crowd":
                with ThreadPoolExecutor(4) as pool:
                    assert sum(pool.map(job(client).make, [end] * 4)) >= 20
            look(client, end)
            found.append(told(lac.support))
        database.dispose()
    assert found[0] == found[1] == found[2]
    assert {one["kind"] for one in found[0]} == {"member_late", "proposal_closing", "proposal_closed", "status_changed"}
    assert [one["number"] for one in found[0]] == list(range(1, len(found[0]) + 1))


@engines
def test_what_a_charter_protects_is_told_to_whom_it_concerns(client: Client) -> None:
    lac = founded(client, charter={"show_actor_values": False})
    look(client, STARTS)
    look(client, STARTS + 18 * DAY)
    for kind in ("member_late", "status_changed"):
        assert told(lac.support, kind), kind
    late = {actor: [one["subject"]["actor"] for one in told(lac.members[actor], "member_late")] for actor in "ab"}
    assert {actor: set(about) for actor, about in late.items()} == {"a": {"a"}, "b": {"b"}}
    # The only value is that of `a`: no other member may know how the total stands.
    assert told(lac.members["b"], "status_changed") == []
    assert [one["number"] for one in told(lac.support)] == list(range(1, len(told(lac.support)) + 1))


def test_a_webhook_is_told_what_its_actor_may_know(new_database: Callable[[str], str]) -> None:
    database = open_database(new_database("sqlite"))
    with listening(database) as client, receiver() as there:
        client.clock = STARTS
        lac = founded(client, charter={"show_actor_values": False})
        look(client, STARTS)
        for voice, path in ((lac.members["b"], "/b"), (lac.support, "/support")):
            voice.post("/webhooks", {"url": there.url(path), "kinds": ["member_late", "status_changed", "period_closed"]})
        look(client, STARTS + 18 * DAY)
        lac.support.ask("PUT", "/closed-periods/2024")
        deliveries(client).work_off()
        assert [one["data"] for one in there.taken("/b")[:-1]] == told(lac.members["b"])
        assert [one["data"] for one in there.taken("/support")[:-1]] == told(lac.support)
        assert {one["type"] for one in there.taken("/support")} == {"member_late", "status_changed", "period_closed"}
        (proof,) = {str(one["proof"]) for one in there.taken("/b")[:-1]}
        number = there.taken("/b")[0]["proof"]["number"]
        assert proof == str(
            {name: lac.support.get("/events/proof", number=number)[name] for name in ("community", "number", "hash")}
        )
    database.dispose()
