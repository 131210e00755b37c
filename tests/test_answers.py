"""Answers are remembered by what was known when they were asked, and dropped when there are many."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from service.answers import Memory
from service.indicators.evidence import Evidence
from service.records.evidence import EvidenceReader
from tests.builders import STARTS, Client, coalition, define


def test_the_least_recently_asked_goes_first() -> None:
    memory = Memory(2)
    memory.keep("a", 1)
    memory.keep("b", 2)
    assert memory.recall("a") == 1
    memory.keep("c", 3)
    assert [memory.recall(key) for key in "abc"] == [1, None, 3]


@pytest.mark.parametrize("size", [0, 1])
def test_a_small_memory_forgets(size: int) -> None:
    memory = Memory(size)
    for key in "abc":
        memory.keep(key, key)
    assert [memory.recall(key) for key in "abc"] == [None, None, "c" if size else None]


def test_what_is_remembered_is_what_is_read_anew(shared: Client) -> None:
    lac = coalition(shared)
    lac.adopt(define(), {"kind": "set_target", "indicator": "jobs", "period": "2025", "value": "10"})
    doors = ("/indicators/jobs/figure", "/indicators/jobs/series", "/figures", "/progress")
    for hour, value in enumerate(("0", "3", "4")):
        shared.clock = STARTS + timedelta(hours=hour)
        lac.report("a", "jobs", "2025-Q1", value)
        for door in doors:
            answers = [lac.support.get(door, at="2025") if door == "/progress" else lac.support.get(door, to="2025")]
            answers.append(lac.support.get(door, at="2025") if door == "/progress" else lac.support.get(door, to="2025"))
            fresh = Client(shared.database, now=shared.clock)
            path, asked = f"/v1/communities/{lac.code}{door}", {"at": "2025"} if door == "/progress" else {"to": "2025"}
            answers.append(fresh.ask("GET", path, lac.support.token, params=asked).json())
            assert answers[0] == answers[1] == answers[2]
        assert lac.support.get(doors[0], to="2025")["value"] == value


def test_an_entry_ages_its_own_indicator_only(shared: Client) -> None:
    lac = coalition(shared)
    lac.adopt(define(), define("trees"))
    lac.report("a", "jobs", "2025-Q1", "3")
    asked: list[str] = []
    whole = EvidenceReader.read

    def read(self: EvidenceReader, decided: Evidence, *parameters: Any) -> Evidence:
        asked.append(decided.indicator)
        return whole(self, decided, *parameters)

    with patch.object(EvidenceReader, "read", read):
        for hour, (indicator, value, expected) in enumerate(
            (("jobs", "4", ["jobs", "trees"]), ("trees", "5", ["trees"]), ("jobs", "6", ["jobs"])), start=1
        ):
            shared.clock = STARTS + timedelta(hours=hour)
            lac.report("a", indicator, "2025-Q1", value)
            asked.clear()
            lines = lac.support.get("/progress", at="2025")["objectives"][0]["indicators"]
            assert {line["indicator"]: line["value"] for line in lines}[indicator] == value
            assert sorted(asked) == expected
            asked.clear()
            before = (STARTS + timedelta(hours=hour, microseconds=-1)).isoformat().replace("+00:00", "Z")
            lines = lac.support.get("/progress", at="2025", as_of=before)["objectives"][0]["indicators"]
            assert {line["indicator"]: line["value"] for line in lines}[indicator] != value
