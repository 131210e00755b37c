"""What members are told where actors' values are kept to themselves: their own, their standing, and what rests on three."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.builders import STARTS, Client, Coalition, Json, Voice, coalition, define, refusal

YEAR = {"from": "2025", "to": "2025"}
SEX = [{"code": "sex", "codes": ["F", "M", "X"]}]


def hiding(client: Client, actors: Iterable[str] = "abcdef", **definition: Any) -> Coalition:
    """A community that keeps actors' values to themselves."""
    client.clock = STARTS
    lac = coalition(client, list(actors), charter={"show_actor_values": False})
    change = define()
    change["definition"] |= definition
    lac.adopt(change)
    return lac


def jobs(voice: Voice, **asked: str) -> Json:
    """The figure of 2025 unless `asked` says otherwise."""
    return voice.get("/indicators/jobs/figure", **YEAR | asked)


def test_a_total_rests_on_three(shared: Client) -> None:
    lac = hiding(shared)
    for number, actor in enumerate("abc"):
        lac.report(actor, "jobs", "2025-Q1", "10")
        told = [(jobs(lac.members[voice])["value"], jobs(lac.members[voice])["reason"]) for voice in "ad"]
        kept, total = (None, "too_few_actors"), (str(10 * number + 10), None)
        assert told == [total if number in (0, 2) else kept, total if number == 2 else kept], "one's own is one's own"
        assert jobs(lac.support)["value"] == total[0]
    (line,) = lac.members["d"].get("/progress", at="2025")["objectives"][0]["indicators"]
    assert line["value"] == "30"


def test_progress_rests_on_three_too(shared: Client) -> None:
    lac = hiding(shared)
    lac.adopt({"kind": "set_target", "indicator": "jobs", "period": "2025", "value": "100"})
    for actor in "ab":
        lac.report(actor, "jobs", "2025-Q1", "10")

    def line(voice: Voice) -> tuple[Any, ...]:
        answer = voice.get("/progress", at="2025")
        (root,) = answer["objectives"]
        (found,) = root["indicators"]
        assert ("0 persons in 2025" in found["reading"]["en"]) == (found["value"] is not None)
        assert ("not shown" in found["reading"]["en"]) == (found["value"] is None)
        return found["value"], found["value_reason"], found["attainment"], found["status"], root["attainment"]

    assert line(lac.support) == ("20", None, "0.2", "missed", "0.2")
    assert line(lac.members["a"]) == (None, "too_few_actors", None, "not_assessed", None)
    lac.report("c", "jobs", "2025-Q1", "10")
    assert line(lac.members["a"]) == line(lac.support)


@pytest.mark.parametrize(("direction", "ranks"), [("increase", [6, 4, 4, 1]), ("decrease", [1, 2, 2, 6])])
def test_rank_and_quartiles(shared: Client, direction: str, ranks: list[int]) -> None:
    lac = hiding(shared, "abcdefw", direction=direction)
    for actor, value in zip("abcd", ("0", "20", "20", "40"), strict=True):
        lac.report(actor, "jobs", "2025-Q1", value)
    assert jobs(lac.members["a"])["standing"] is None, "among four"
    for actor, value in zip("ef", ("30", "50"), strict=True):
        lac.report(actor, "jobs", "2025-Q1", value)
    quartiles = {"first": "20", "median": "25", "third": "37.5"}
    found = [jobs(lac.members[actor])["standing"] for actor in "abcf"]
    assert found == [{"rank": rank, "of": 6, "quartiles": quartiles} for rank in ranks]
    assert jobs(lac.members["w"])["standing"]["rank"] is None, "it has no value"
    assert jobs(lac.support)["standing"] is None, "it sees them all"
    assert jobs(lac.members["a"], actor="a")["standing"] is None
    (window,) = lac.members["a"].get("/indicators/jobs/series", frequency="A", **YEAR)["items"]
    assert window["standing"] == found[0]
    lac.support.patch("", {"charter": {"show_actor_values": True}})
    assert jobs(lac.members["a"])["standing"] is None, "it sees them all, too"


def test_codes_rest_on_three(shared: Client) -> None:
    lac = hiding(shared, dimensions=SEX)
    for code, actors in (("F", "abcd"), ("M", "b"), ("X", "cde")):
        for actor in actors:
            lac.report(actor, "jobs", "2025-Q1", "10", dimensions={"sex": code})

    def told(voice: Voice) -> list[tuple[str, str | None, str | None]]:
        answer = jobs(voice, by="sex")
        assert (answer["value"], answer["unallocated"]) == ("80", "0")
        return [(part["dimensions"]["sex"], part["value"], part.get("reason")) for part in answer["by_dimension"]]

    kept = "too_few_actors"
    assert told(lac.support) == [("F", "40", None), ("M", "10", None), ("X", "30", None)]
    assert told(lac.members["a"]) == [("F", "40", None), ("M", None, kept), ("X", None, kept)], "else the total would tell"
    assert told(lac.members["b"]) == [("F", "40", None), ("M", "10", None), ("X", "30", None)], "M is its own"


def test_groups(shared: Client) -> None:
    lac = hiding(shared)
    groups = {"two": "ab", "three": "abc", "most": "abcde"}
    for actor in "abcdef":
        lac.report(actor, "jobs", "2025-Q1", "10")
        within = [group for group, actors in groups.items() if actor in actors]
        lac.adopt({"kind": "set_membership", "actor": actor, "membership": {"groups": within}})
    for voice, seen in ((lac.support, ["20", "30", "50"]), (lac.members["a"], [None, "30", None])):
        assert [jobs(voice, group=group)["value"] for group in groups] == seen, "f is the total less the most"
    assert jobs(lac.members["f"], group="most")["value"] == "50", "it knows its own"
    assert refusal(lac.members["f"].ask("GET", "/indicators/jobs/figure", params={"actor": "a"})) == (
        403,
        "actor_values_hidden",
    )


@pytest.mark.parametrize(("how", "told"), [("max", None), ("min", None), ("median", "4"), ("mean", "4"), ("sum", "20")])
def test_no_ones_value(shared: Client, how: str, told: str | None) -> None:
    lac = hiding(shared, "abcde", over_actors=how)
    for actor, value in zip("abcde", ("2", "3", "4", "5", "6"), strict=True):
        lac.report(actor, "jobs", "2025-Q1", value)
    assert jobs(lac.members["a"])["value"] == told
    assert jobs(lac.members["a"])["by_actor"][0]["value"] == "2"
    assert jobs(lac.support)["value"] is not None


def test_growth_tells_no_kept_value(shared: Client) -> None:
    lac = hiding(shared, "abcd", nature="cumulative", over_time="last")
    for actor in "ab":
        lac.report(actor, "jobs", "2025-Q1", "10")
    for actor in "abcd":
        lac.report(actor, "jobs", "2025-Q2", "20")
        lac.report(actor, "jobs", "2025-Q3", "30")

    def growth(voice: Voice) -> list[tuple[str | None, str | None]]:
        items = voice.get("/indicators/jobs/series", **YEAR)["items"]
        return [(item["value"], item["increment"]) for item in items][:3]

    assert growth(lac.support) == [("20", None), ("80", "60"), ("120", "40")]
    assert growth(lac.members["a"]) == [(None, None), ("80", None), ("120", "40")]


def test_a_preview_rests_on_three(shared: Client) -> None:
    shared.clock = STARTS
    lac = coalition(shared, ["a", "b", "c"], charter={"show_actor_values": False, "decision_rule": "consent"})
    proposal = lac.members["a"].post("/proposals", {"title": "Jobs", "rationale": "Why.", "changes": [define()]})
    for voice in lac.members.values():
        actor = next(code for code, one in lac.members.items() if one is voice)
        voice.ask("PUT", f"/proposals/{proposal['id']}/positions/{actor}", json={"position": "support"})
    lac.support.post(f"/proposals/{proposal['id']}/close")
    target = {"kind": "set_target", "indicator": "jobs", "period": "2026", "value": "100"}
    shared.clock = STARTS.replace(month=6)
    for actor in "ab":
        lac.report(actor, "jobs", "2026-Q1", "10")
    revised = lac.members["a"].post("/proposals", {"title": "T", "rationale": "W.", "changes": [target]})
    path = f"/proposals/{revised['id']}/preview"

    def seen(voice: Voice) -> set[str | None]:
        answer = voice.get(path)
        lines = [side["objectives"][0]["indicators"][0] for side in answer["progress"].values()]
        return {line["value"] for line in lines} | {one["after"]["value"] for one in answer["figures"]}

    assert (seen(lac.support), seen(lac.members["a"])) == ({"20"}, {None})
    lac.report("c", "jobs", "2026-Q1", "10")
    assert seen(lac.members["a"]) == {"30"}


def test_no_sentence_tells_what_is_kept(client: Client) -> None:
    """Whatever is answered to a member, or to nobody in particular, has none of the digits of what is kept from them."""
    client.clock = datetime(2025, 1, 2, tzinfo=UTC)
    lac = coalition(client, ["a", "b", "c"], visibility="public", charter={"show_actor_values": False})
    lac.adopt(define(), {"kind": "set_target", "indicator": "jobs", "period": "2025", "value": "50000000"})
    client.clock = datetime(2026, 2, 1, tzinfo=UTC)
    for actor, value in (("a", "1234567"), ("b", "7654321")):
        lac.report(actor, "jobs", "2025-Q1", value)
    assert lac.support.ask("PUT", "/closed-periods/2025").status_code in (200, 201)
    client.clock = datetime(2026, 3, 1, tzinfo=UTC)
    jobs = "/indicators/jobs"
    assert "8,888,888" in lac.support.get(f"{jobs}/figure", to="2025")["reading"]["en"]
    for voice, doors in (
        (lac.members["c"], (f"{jobs}/figure", f"{jobs}/series", f"{jobs}/explanation", "/figures")),
        (lac.anonymous, (f"{jobs}/figure", f"{jobs}/series", "/figures")),
    ):
        told = [voice.ask("GET", door, params={"to": "2025"}).text for door in doors]
        told += [voice.ask("GET", door, params={"at": "2025"}).text for door in ("/progress", "/objectives/common/explanation")]
        for text in told:
            digits = re.sub(r"[,\s\u00a0\u202f.]|\\u202f|\\u00a0", "", text)
            assert "jobs" in text or "not_published" in text
            assert not [secret for secret in ("1234567", "7654321", "8888888", "1777") if secret in digits]
