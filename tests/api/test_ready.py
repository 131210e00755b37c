"""Answers that are kept as they travelled: never given where anything that they rest on has changed."""

from collections.abc import Iterator
from datetime import timedelta
from unittest.mock import patch

import pytest

from service.answers import Answers
from service.api.ready import ReadyAnswer, ReadyAnswers
from tests.builders import STARTS, Client, Coalition, coalition, define

FIGURE = "/indicators/jobs/figure"


@pytest.fixture
def lac(client: Client) -> Coalition:
    made = coalition(client)
    made.adopt(define())
    made.report("a", "jobs", "2025-Q1", "3")
    return made


@pytest.fixture
def computed() -> Iterator[list[str]]:
    """The questions that were not answered as they travelled before."""
    asked: list[str] = []

    def figures(self: Answers, questions: dict[str, object]) -> object:
        asked.extend(questions)
        return whole(self, questions)  # type: ignore[arg-type]

    whole = Answers.figures
    with patch.object(Answers, "figures", figures):
        yield asked


def test_the_same_question_is_answered_as_it_travelled(lac: Coalition, computed: list[str]) -> None:
    path = f"/v1/communities/{lac.code}{FIGURE}"
    first = lac.client.ask("GET", path, lac.support.token, params={"to": "2025"})
    again = lac.client.ask("GET", path, lac.support.token, params={"to": "2025"})
    assert computed == ["jobs"]
    assert (first.content, first.status_code) == (again.content, again.status_code)
    own = ("x-request-id", "date")
    assert {k: v for k, v in first.headers.items() if k not in own} == {k: v for k, v in again.headers.items() if k not in own}
    unchanged = lac.client.ask(
        "GET", path, lac.support.token, params={"to": "2025"}, headers={"If-None-Match": first.headers["ETag"]}
    )
    assert (unchanged.status_code, unchanged.content, unchanged.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert computed == ["jobs"]


def test_another_question_is_another_answer(lac: Coalition, computed: list[str]) -> None:
    lac.support.get(FIGURE, to="2025")
    lac.support.get(FIGURE, to="2024")
    lac.members["a"].get(FIGURE, to="2025")
    lac.client.ask(
        "GET", f"/v1/communities/{lac.code}/figures", lac.support.token, params={"to": "2025"}, headers={"Accept": "text/csv"}
    )
    assert len(computed) == 4


def test_an_entry_makes_it_another_answer(lac: Coalition) -> None:
    assert lac.support.get(FIGURE, to="2025")["value"] == "3"
    lac.client.clock = STARTS + timedelta(hours=2)
    lac.report("b", "jobs", "2025-Q1", "4")
    assert lac.support.get(FIGURE, to="2025")["value"] == "7"


def test_the_next_day_makes_it_another_answer(lac: Coalition) -> None:
    before = lac.support.get(FIGURE, to="2025")["completeness"]["due"]
    lac.client.clock = STARTS + timedelta(days=400)
    assert lac.support.get(FIGURE, to="2025")["completeness"]["due"] > before


def test_what_time_decides_makes_it_another_answer(client: Client) -> None:
    lac = coalition(client, charter={"decision_rule": "majority"})
    changes = [define()]
    made = lac.members["a"].post("/proposals", {"title": "Jobs", "rationale": "To count them.", "changes": changes})
    for code, voice in lac.members.items():
        place = f"/proposals/{made['id']}/positions/{code}"
        assert voice.ask("PUT", place, json={"position": "support"}).status_code == 200
    assert lac.support.get("/progress")["objectives"][0]["indicators"] == []
    client.clock = STARTS + timedelta(days=14, minutes=1)
    assert [line["indicator"] for line in lac.support.get("/progress")["objectives"][0]["indicators"]] == ["jobs"]


def test_a_token_that_is_revoked_or_expired_gets_none(lac: Coalition) -> None:
    kept = lac.support.post("/actors/a/tokens", {"name": "kept", "scopes": ["read"]})
    until = (STARTS + timedelta(hours=3)).isoformat().replace("+00:00", "Z")
    short = lac.support.post("/actors/a/tokens", {"name": "short", "scopes": ["read"], "expires_at": until})
    path = f"/v1/communities/{lac.code}{FIGURE}"
    for made in (kept, short):
        assert [lac.client.ask("GET", path, made["token"]).status_code for _ in range(2)] == [200, 200]
    assert lac.support.ask("DELETE", f"/tokens/{kept['id']}").status_code == 204
    assert lac.client.ask("GET", path, kept["token"]).status_code == 401
    # Revoking is an entry, which ages every answer; a token ends without one, while its answer still holds.
    assert lac.client.ask("GET", path, short["token"]).status_code == 200
    lac.client.clock = STARTS + timedelta(hours=3)
    assert lac.client.ask("GET", path, short["token"]).status_code == 401


def test_the_least_recently_asked_goes_when_there_are_too_many_bytes() -> None:
    def answer(length: int) -> ReadyAnswer:
        return ReadyAnswer(1, 1, STARTS, b"x" * length, [])

    ready = ReadyAnswers(most_bytes=20_000)
    keys = [(name, b"", "", "", None) for name in "abc"]
    ready.keep(keys[0], answer(5_000))
    ready.keep(keys[1], answer(5_000))
    assert ready.recall(keys[0]) is not None
    ready.keep(keys[2], answer(5_000))
    assert [ready.recall(key) is not None for key in keys] == [True, False, True]
    ready.keep(keys[2], answer(50_000))
    assert [ready.recall(key) for key in keys] == [None, None, None]
