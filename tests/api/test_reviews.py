"""Reviews: a progress frozen, read together, closed; and what became of its figures since."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest

from service.records.verification import verify
from tests.builders import STARTS, Client, Coalition, Json, Voice, coalition, define, refusal

DAY = timedelta(days=1)


def with_jobs(client: Client, **more: Any) -> Coalition:
    """Two members and an observer; jobs of 2025 with a target of 100, of which 30 are reported."""
    lac = coalition(client, ["a", "b", "watcher"], roles={"watcher": "observer"}, **more)
    lac.adopt(define(), target("100"))
    lac.report("a", "jobs", "2025-Q1", "10")
    lac.report("b", "jobs", "2025-Q2", "20")
    return lac


@pytest.fixture
def lac(shared: Client) -> Coalition:
    """A coalition of the test's own."""
    return with_jobs(shared)


@pytest.fixture(scope="module")
def standing(shared_client: Client) -> Coalition:
    """One coalition with an open review for all tests that change nothing."""
    shared_client.clock = STARTS
    made = with_jobs(shared_client)
    opened(made)
    return made


@pytest.fixture
def untouched(standing: Coalition, shared: Client) -> Coalition:
    """A coalition for tests that change nothing: what is refused leaves nothing behind, and the next test would see it."""
    return standing


def target(value: str) -> Json:
    """The change that sets the target of 2025."""
    return {"kind": "set_target", "indicator": "jobs", "period": "2025", "from_period": "2025", "value": value}


def opened(lac: Coalition, **more: Any) -> Json:
    """A review of 2025, opened by the support."""
    return lac.support.post("/reviews", {"title": "2025 together", "at": "2025", **more})


def line(progress: Json, indicator: str = "jobs") -> Json:
    """The line of one indicator."""
    found: Json = next(
        one for objective in progress["objectives"] for one in objective["indicators"] if one["indicator"] == indicator
    )
    return found


def side(progress: Json, indicator: str = "jobs") -> Json:
    """What a correction compares of a progress."""
    names = "value", "lowest", "highest", "target", "target_minimum", "target_maximum", "attainment", "status"
    return {name: line(progress, indicator)[name] for name in names}


def corrections(lac: Coalition, review: str = "1", **asked: str) -> list[Json]:
    """What became of the figures of a review, as the support sees it."""
    found: list[Json] = lac.support.get(f"/reviews/{review}", **asked)["corrections"]
    return found


def supports(voice: Voice, proposal: Json) -> None:
    """The member `a` takes a position."""
    response = voice.ask("PUT", f"/proposals/{proposal['id']}/positions/a", json={"position": "support"})
    assert response.status_code == 200, response.text


def patched(voice: Voice, body: Json, review: str = "1", tag: str = "*") -> tuple[int, str]:
    """The refusal of a PATCH."""
    return refusal(voice.ask("PATCH", f"/reviews/{review}", json=body, headers={"If-Match": tag}))


def test_it_freezes_exactly_what_progress_answers(lac: Coalition, shared: Client) -> None:
    review = opened(lac)
    before = lac.support.ask("GET", "/progress", params={"at": "2025", "as_of": review["as_of"]})
    lac.report("a", "jobs", "2025-Q1", "99")
    shared.clock = STARTS + 90 * DAY
    asked = lac.support.ask("GET", "/progress", params={"at": "2025", "as_of": review["as_of"]})
    assert asked.content == before.content
    frozen = json.dumps(asked.json(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    read = lac.support.ask("GET", "/reviews/1")
    assert read.json()["progress"] == review["progress"] == asked.json()
    assert f'"progress":{frozen},"readings":' in read.text
    assert read.json()["sha256"] == review["sha256"] == hashlib.sha256(frozen.encode()).hexdigest()
    assert line(review["progress"])["value"] == "30"


def test_the_whole_review(lac: Coalition) -> None:
    response = lac.support.ask("POST", "/reviews", json={"title": {"en": "2025", "fr": "L’an 2025"}, "at": "2025-Q4"})
    assert response.status_code == 201
    review = response.json()
    del review["progress"], review["sha256"]
    assert review["as_of"] < review["opened_at"]
    assert review == {
        "id": "1",
        "title": {"en": "2025", "fr": "L’an 2025"},
        "status": "open",
        "at": "2025-Q4",
        "as_of": review["as_of"],
        "opened_at": review["opened_at"],
        "opened_by": "appui",
        "closed_at": None,
        "closed_by": None,
        "readings": [],
        "lessons": [],
        "proposals": [],
        "corrections": [],
    }
    assert [opened(lac)["id"], opened(lac)["id"]] == ["2", "3"]
    listed = lac.members["watcher"].get("/reviews")["items"]
    assert [(one["id"], one["title"]) for one in listed] == [
        ("1", {"en": "2025", "fr": "L’an 2025"}),
        ("2", {"fr": "2025 together"}),
        ("3", {"fr": "2025 together"}),
    ]
    assert listed[1] == {name: lac.support.get("/reviews/2")[name] for name in listed[1]}
    assert "progress" not in listed[0]
    assert [one["id"] for one in lac.support.get("/reviews", limit=1)["items"]] == ["1"]


def test_it_freezes_as_of_an_instant_that_is_over(lac: Coalition, shared: Client) -> None:
    instant = lac.report("a", "jobs", "2025-Q3", "5")["recorded_at"]
    lac.report("a", "jobs", "2025-Q3", "6")
    shared.clock = STARTS + 3 * DAY
    review = lac.support.post("/reviews", {"title": "Late", "as_of": instant})
    assert (review["as_of"], review["at"], line(review["progress"])["value"]) == (instant, None, "35")
    (correction,) = review["corrections"]
    assert (correction["then"]["value"], correction["now"]["value"]) == ("35", "36")
    assert review["progress"] == lac.support.get("/progress", as_of=instant)
    now = lac.support.post("/reviews", {"title": "Now"})
    assert now["progress"] == lac.support.get("/progress", as_of=now["as_of"])
    assert line(now["progress"])["value"] == "36"


def test_a_correction_shows_the_figure_then_the_figure_now_and_what_changed_it(lac: Coalition) -> None:
    review = opened(lac)
    lac.support.post("/reviews/1/close")
    revised = lac.report("a", "jobs", "2025-Q1", "15")
    late = lac.report("b", "jobs", "2025-Q3", "0")
    gone = lac.report("b", "jobs", "2025-Q4", "7")
    lac.members["b"].post(f"/contributions/{gone['id']}/withdraw")
    changed = lac.support.get("/reviews/1")
    assert (changed["progress"], changed["sha256"], changed["status"]) == (review["progress"], review["sha256"], "closed")
    (correction,) = changed["corrections"]
    assert (correction["indicator"], correction["then"]) == ("jobs", side(review["progress"]))
    assert correction["now"] == side(lac.support.get("/progress", at="2025"))
    assert (correction["then"]["value"], correction["now"]["value"], correction["now"]["attainment"]) == ("30", "35", "0.35")
    nothing = dict.fromkeys(("numerator", "denominator", "weight"))
    expected = [
        ("contributions_recorded", "a", revised["id"], "2025-Q1", "10", "15"),
        ("contributions_recorded", "b", late["id"], "2025-Q3", None, "0"),
        ("contributions_recorded", "b", gone["id"], "2025-Q4", None, "7"),
        ("contribution_withdrawn", "b", gone["id"], "2025-Q4", "7", None),
    ]
    assert [
        (change["kind"], change["actor"], change["contribution_count"], change["proposal"], change["contributions"])
        for change in correction["changed_by"]
    ] == [
        (kind, actor, 1, None, [
            {
                "id": contribution,
                "actor": actor,
                "period": period,
                "dimensions": {},
                "before": before and {"value": before, **nothing},
                "after": after and {"value": after, **nothing},
            }
        ])
        for kind, actor, contribution, period, before, after in expected
    ]  # fmt: skip
    assert correction["changed_by"][0]["instant"] == revised["recorded_at"]
    journal = [change["journal"] for change in correction["changed_by"]]
    assert journal == sorted(journal)
    history = lac.support.get(f"/contributions/{revised['id']}/history")["items"]
    assert journal[0] == history[-1]["journal"]


def test_a_figure_that_was_put_right_again_is_no_correction(lac: Coalition) -> None:
    opened(lac)
    lac.report("a", "jobs", "2025-Q1", "15")
    assert len(corrections(lac)) == 1
    lac.report("a", "jobs", "2025-Q1", "10")
    assert corrections(lac) == []


def test_time_alone_changes_nothing(lac: Coalition, shared: Client) -> None:
    """Open at the end of a year that runs: what is asked later is judged on the review's own day."""
    lac.adopt(target("100") | {"period": "2026"})
    lac.adopt(define("stock", nature="stock", over_time="last", carry_forward=1))
    lac.report("a", "stock", "2025-Q4", "12")
    review = lac.support.post("/reviews", {"title": "Early", "at": "2026"})
    assert line(review["progress"])["status"] == "at_risk"
    assert line(review["progress"], "stock")["value"] == "12"
    for days in (1, 100, 380):
        shared.clock = STARTS + days * DAY
        assert corrections(lac) == []
    assert side(lac.support.get("/progress", at="2026")) != side(review["progress"])
    assert side(lac.support.get("/progress", at="2026"), "stock") != side(review["progress"], "stock")
    # What is reported for periods that were not over on that day changes nothing of what could be read on it either.
    lac.report("a", "jobs", "2026-Q1", "50")
    lac.report("a", "stock", "2026-Q1", "50")
    assert corrections(lac) == []
    lac.report("b", "stock", "2025-Q4", "3")
    (correction,) = corrections(lac)
    assert (correction["indicator"], correction["now"]["value"], len(correction["changed_by"])) == ("stock", "15", 1)


def test_it_is_corrected_at_its_own_close(lac: Coalition) -> None:
    review = opened(lac, at="2025-Q2")
    assert line(review["progress"])["value"] == "30"
    lac.report("a", "jobs", "2025-Q3", "5")
    assert corrections(lac) == []
    lac.report("a", "jobs", "2025-Q2", "5")
    lac.adopt(target("50"))
    (correction,) = corrections(lac)
    assert (correction["now"]["value"], correction["now"]["attainment"]) == ("35", "0.7")
    assert correction["now"] == side(lac.support.get("/progress", at="2025-Q2"))
    assert [change["kind"] for change in correction["changed_by"]] == ["contributions_recorded", "proposal_adopted"]


def test_what_was_decided_since_is_named_with_its_proposal(lac: Coalition, shared: Client) -> None:
    opened(lac)
    shared.clock = STARTS + 40 * DAY
    proposal = lac.adopt(target("60"))
    lac.support.patch("", {"name": "Another name"})
    (correction,) = corrections(lac)
    assert (correction["then"]["target"], correction["now"]["target"], correction["now"]["attainment"]) == ("100", "60", "0.5")
    (change,) = correction["changed_by"]
    assert (change["kind"], change["proposal"], change["instant"], change["actor"], change["contributions"]) == (
        "proposal_adopted", proposal["id"], proposal["decided_at"], "appui", [],
    )  # fmt: skip


def test_a_definition_made_anew_a_charter_and_a_member_who_left_are_named(lac: Coalition) -> None:
    lac.adopt(define("stock", nature="stock", over_time="last"))
    for actor, value in (("a", "3"), ("b", "4")):
        lac.report(actor, "stock", "2025-Q4", value)
    opened(lac)
    revision = {
        "kind": "revise_indicator",
        "indicator": "jobs",
        "based_on": 1,
        "definition": define()["definition"] | {"effective_from": "2025-Q3"},
        "bridge": {"kind": "conversion", "factor": "2"},
        "targets": "convert",
    }
    revised = lac.adopt(revision)
    left = lac.adopt({"kind": "set_membership", "actor": "b", "membership": {"left": "2025-11-30"}})
    found = {correction["indicator"]: correction for correction in corrections(lac)}
    assert set(found) == {"jobs", "stock"}
    assert [change["proposal"] for change in found["jobs"]["changed_by"]] == [revised["id"]]
    assert (found["jobs"]["now"]["value"], found["jobs"]["now"]["target"]) == ("60", "200")
    assert [change["proposal"] for change in found["stock"]["changed_by"]] == [left["id"]]
    assert (found["stock"]["then"]["value"], found["stock"]["now"]["value"]) == ("7", "3")
    assert found["stock"]["now"] == side(lac.support.get("/progress", at="2025"), "stock")
    lac.support.patch("", {"charter": {"validation": "support"}})
    found = {correction["indicator"]: correction for correction in corrections(lac)}
    assert (found["jobs"]["now"]["value"], found["jobs"]["now"]["status"]) == (None, "no_data")
    assert [change["kind"] for change in found["jobs"]["changed_by"]] == ["proposal_adopted", "community_changed"]


def test_a_definition_for_later_changes_nothing(lac: Coalition) -> None:
    opened(lac)
    lac.adopt(
        {
            "kind": "revise_indicator",
            "indicator": "jobs",
            "based_on": 1,
            "definition": define()["definition"] | {"effective_from": "2026-Q2"},
            "bridge": {"kind": "conversion", "factor": "2"},
            "targets": "convert",
        },
        define("other", effective_from="2026-Q3"),
    )
    assert corrections(lac) == []


def test_an_indicator_of_one_side_only(lac: Coalition) -> None:
    lac.adopt(define("old"))
    opened(lac)
    lac.adopt({"kind": "retire_indicator", "indicator": "old"}, define("new"))
    lac.report("a", "new", "2025-Q1", "1")
    old, new = corrections(lac)
    assert (old["indicator"], old["then"]["status"], old["now"]) == ("old", "no_data", None)
    assert (new["indicator"], new["then"], new["now"]["value"]) == ("new", None, "1")
    assert [change["kind"] for change in old["changed_by"]] == ["proposal_adopted"]
    assert [change["kind"] for change in new["changed_by"]] == ["proposal_adopted", "contributions_recorded"]


def test_where_validation_is_asked_for_what_counts_is_named(shared: Client) -> None:
    lac = coalition(shared, charter={"validation": "support"})
    lac.adopt(define(), target("100"))
    first = lac.report("a", "jobs", "2025-Q1", "10")
    lac.support.post(f"/contributions/{first['id']}/validate")
    opened(lac)
    lac.report("a", "jobs", "2025-Q1", "11")
    assert corrections(lac) == []
    lac.support.post(f"/contributions/{first['id']}/validate")
    (correction,) = corrections(lac)
    (change,) = correction["changed_by"]
    (contribution,) = change["contributions"]
    assert (change["kind"], change["actor"]) == ("contribution_validated", "appui")
    assert (contribution["before"]["value"], contribution["after"]["value"]) == ("10", "11")
    lac.support.post(f"/contributions/{first['id']}/contest", {"reason": "Doubtful."})
    (correction,) = corrections(lac)
    assert correction["now"]["value"] is None
    assert [change["kind"] for change in correction["changed_by"]] == ["contribution_validated", "contribution_contested"]


def test_of_many_contributions_a_hundred_are_shown(lac: Coalition) -> None:
    codes = [f"c{number}" for number in range(120)]
    lac.adopt(define("split", dimensions=[{"code": "place", "codes": codes}]))
    opened(lac)
    items = [{"indicator": "split", "period": "2025-Q1", "value": "1", "dimensions": {"place": code}} for code in codes]
    lac.members["a"].post("/contributions/batch", {"items": items})
    (correction,) = corrections(lac)
    (change,) = correction["changed_by"]
    assert (correction["now"]["value"], change["contribution_count"], len(change["contributions"])) == ("120", 120, 100)
    one = change["contributions"][0]
    assert lac.support.get(f"/contributions/{one['id']}")["dimensions"] == one["dimensions"]
    assert one["dimensions"]["place"] in codes


def test_contributions_are_shown_to_who_may_see_them(shared: Client) -> None:
    lac = coalition(shared, ["a", "b", "c", "watcher"], roles={"watcher": "observer"}, charter={"show_actor_values": False})
    lac.adopt(define(), target("100"))
    for actor, value in (("a", "10"), ("b", "20"), ("c", "0")):
        lac.report(actor, "jobs", "2025-Q1", value)
    opened(lac)
    lac.report("a", "jobs", "2025-Q1", "15")
    lac.report("b", "jobs", "2025-Q1", "21")

    def seen(voice: Voice) -> list[tuple[int, list[str]]]:
        (correction,) = voice.get("/reviews/1")["corrections"]
        assert correction["now"]["value"] == "36"
        return [
            (change["contribution_count"], [one["actor"] for one in change["contributions"]])
            for change in correction["changed_by"]
        ]

    assert seen(lac.support) == [(1, ["a"]), (1, ["b"])]
    assert seen(lac.members["a"]) == [(1, ["a"]), (1, [])]
    assert seen(lac.members["watcher"]) == [(1, []), (1, [])]


def test_what_rests_on_two_actors_is_frozen_and_kept_from_the_others(shared: Client) -> None:
    lac = with_jobs(shared, charter={"show_actor_values": False})
    opened(lac)
    lac.report("a", "jobs", "2025-Q1", "15")
    for voice, value in ((lac.support, "30"), (lac.members["a"], None), (lac.members["watcher"], None)):
        review = voice.get("/reviews/1")
        (line,) = review["progress"]["objectives"][0]["indicators"]
        assert line["value"] == value
        assert (line["value_reason"] == "too_few_actors") is (value is None)
        assert "30" in line["reading"]["en"] or value is None
        assert [one["then"]["value"] for one in review["corrections"]] == ([] if value is None else ["30"])


def test_what_time_has_decided_and_nobody_wrote_down_is_shown(shared: Client) -> None:
    lac = coalition(shared, roles={"b": "observer"}, charter={"decision_rule": "consent", "quorum": "0"})
    supports(lac.members["a"], lac.members["a"].post("/proposals", {"title": "Jobs", "changes": [define(), target("100")]}))
    shared.clock = STARTS + 20 * DAY
    opened(lac)
    changed = lac.members["a"].post("/proposals", {"title": "Less", "changes": [target("50")]})
    supports(lac.members["a"], changed)
    beside = {"kind": "set_membership", "actor": "b", "membership": {"groups": ["north"]}}
    supports(lac.members["a"], lac.members["a"].post("/proposals", {"title": "Beside", "changes": [beside]}))
    assert corrections(lac) == []
    shared.clock = STARTS + 40 * DAY
    (correction,) = corrections(lac)
    (change,) = correction["changed_by"]
    assert (change["journal"], change["kind"], change["instant"], change["actor"], change["proposal"]) == (
        None, "proposal_adopted", changed["closes_at"], None, changed["id"],
    )  # fmt: skip
    opened(lac)
    (written,) = corrections(lac)
    assert written["changed_by"][0]["journal"] is not None
    assert written["changed_by"][0] | {"journal": None} == change


def test_each_actor_says_its_own_and_the_last_word_counts(lac: Coalition) -> None:
    opened(lac)
    a, b = lac.members["a"], lac.members["b"]
    a.patch("/reviews/1", {"readings": [{"indicator": "jobs", "text": "Up."}, {"text": "Well done."}]})
    b.patch("/reviews/1", {"lessons": [{"text": "Ask earlier."}], "readings": [{"objective": "common", "text": "Far."}]})
    review = a.patch("/reviews/1", {"readings": [{"indicator": "jobs", "text": "Up, slowly."}]})
    assert [{name: one[name] for name in ("actor", "indicator", "objective", "text")} for one in review["readings"]] == [
        {"actor": "b", "indicator": None, "objective": "common", "text": "Far."},
        {"actor": "a", "indicator": "jobs", "objective": None, "text": "Up, slowly."},
    ]
    assert [(one["actor"], one["text"]) for one in review["lessons"]] == [("b", "Ask earlier.")]
    assert review["readings"][0]["said_at"] == review["lessons"][0]["said_at"] < review["readings"][1]["said_at"]
    assert lac.support.get("/reviews/1") == review
    assert a.patch("/reviews/1", {"readings": [{"indicator": "jobs", "text": "Up, slowly."}]}) == review
    assert a.patch("/reviews/1", {}) == review
    taken_back = b.patch("/reviews/1", {"readings": []})
    assert [one["actor"] for one in taken_back["readings"]] == ["a"]
    assert len(taken_back["lessons"]) == 1
    then = review["readings"][0]["said_at"]
    assert [one["text"] for one in a.get("/reviews/1", as_of=then)["readings"]] == ["Up.", "Well done.", "Far."]


def test_it_links_the_proposals_that_came_of_it(lac: Coalition) -> None:
    opened(lac)
    second = lac.members["a"].post("/proposals", {"title": "More", "changes": [target("120")]})["id"]
    assert lac.members["a"].patch("/reviews/1", {"proposals": [second, second]})["proposals"] == [second]
    assert lac.members["b"].patch("/reviews/1", {"proposals": [second, "1"]})["proposals"] == [second, "1"]
    assert patched(lac.members["b"], {"proposals": ["3"]}) == (422, "unknown_proposal")
    assert lac.support.get("/reviews/1")["proposals"] == [second, "1"]


def test_only_the_support_gives_the_title(lac: Coalition) -> None:
    opened(lac)
    assert patched(lac.members["a"], {"title": "Mine"}) == (403, "support_only")
    assert lac.support.patch("/reviews/1", {"title": {"en": "Ours"}})["title"] == {"en": "Ours"}
    assert lac.members["a"].get("/reviews")["items"][0]["title"] == {"en": "Ours"}


def test_who_may_what(untouched: Coalition, shared: Client) -> None:
    stranger = coalition(shared, ["far"]).members["far"]
    elsewhere = Voice(shared, untouched.code, stranger.token)
    body = {"title": "x"}
    assert refusal(untouched.members["a"].ask("POST", "/reviews", json=body)) == (403, "support_only")
    assert refusal(untouched.members["a"].ask("POST", "/reviews/1/close", json={})) == (403, "support_only")
    assert patched(untouched.members["watcher"], {"lessons": [{"text": "x"}]}) == (403, "beyond_role")
    assert untouched.members["watcher"].get("/reviews/1") == untouched.support.get("/reviews/1")
    for voice, expected in ((elsewhere, (404, "unknown_community")), (untouched.anonymous, (401, "token_needed"))):
        assert refusal(voice.ask("GET", "/reviews")) == expected
        assert refusal(voice.ask("GET", "/reviews/1")) == expected
        assert refusal(voice.ask("POST", "/reviews", json=body)) == expected
        assert refusal(voice.ask("POST", "/reviews/1/close", json={})) == expected
        assert patched(voice, {}) == expected
    reader = untouched.support.post("/actors/a/tokens", {"name": "reads", "scopes": ["read"]})["token"]
    assert patched(Voice(shared, untouched.code, reader), {}) == (403, "insufficient_scope")
    review = untouched.support.get("/reviews/1")
    assert (review["status"], review["lessons"], len(untouched.support.get("/reviews")["items"])) == ("open", [], 1)


def test_once_closed_nothing_in_it_changes(lac: Coalition) -> None:
    opened(lac)
    lac.members["a"].patch("/reviews/1", {"lessons": [{"text": "Ask earlier."}]})
    closed = lac.support.post("/reviews/1/close")
    assert (closed["status"], closed["closed_by"], closed["closed_at"] > closed["opened_at"]) == ("closed", "appui", True)
    bodies: list[Json] = [{"lessons": []}, {"title": "Else"}, {}]
    for body in bodies:
        assert patched(lac.support, body) == (409, "review_closed")
    assert refusal(lac.support.ask("POST", "/reviews/1/close", json={})) == (409, "review_closed")
    assert lac.support.get("/reviews/1") == closed
    assert lac.support.get("/reviews")["items"][0]["status"] == "closed"


def test_it_is_shown_as_it_was_then(lac: Coalition) -> None:
    review = opened(lac)
    said = lac.members["a"].patch("/reviews/1", {"lessons": [{"text": "Ask earlier."}]})
    first = lac.report("a", "jobs", "2025-Q1", "15")
    corrected = lac.support.get("/reviews/1")
    second = lac.report("a", "jobs", "2025-Q1", "16")
    closed = lac.support.post("/reviews/1/close")
    assert lac.support.get("/reviews/1", as_of=review["opened_at"]) == review
    assert lac.support.get("/reviews/1", as_of=said["lessons"][0]["said_at"]) == said
    assert lac.support.get("/reviews/1", as_of=first["recorded_at"]) == corrected
    assert [one["now"]["value"] for one in corrections(lac, as_of=second["recorded_at"])] == ["36"]
    assert lac.support.get("/reviews", as_of=second["recorded_at"])["items"][0]["status"] == "open"
    assert lac.support.get("/reviews/1", as_of=closed["closed_at"]) == closed
    assert lac.support.get("/reviews", as_of=review["as_of"])["items"] == []
    assert refusal(lac.support.ask("GET", "/reviews/1", params={"as_of": review["as_of"]})) == (404, "unknown_review")


def test_a_change_needs_what_it_was_read_as(lac: Coalition) -> None:
    opened(lac)
    tag = lac.members["a"].ask("GET", "/reviews/1").headers["etag"]
    assert lac.members["a"].ask("GET", "/reviews/1", headers={"If-None-Match": tag}).status_code == 304
    lac.members["b"].patch("/reviews/1", {"lessons": [{"text": "First."}]})
    assert patched(lac.members["a"], {"lessons": [{"text": "Second."}]}, tag=tag) == (412, "stale")
    bare = lac.members["a"].ask("PATCH", "/reviews/1", json={"lessons": []})
    assert refusal(bare) == (428, "if_match_needed")
    assert [one["text"] for one in lac.support.get("/reviews/1")["lessons"]] == ["First."]


@pytest.mark.parametrize("unknown", ["2", "0", "01", "x", "٣", "99999999999999999999"])
def test_a_review_that_is_not_there(untouched: Coalition, unknown: str) -> None:
    assert refusal(untouched.support.ask("GET", f"/reviews/{unknown}")) == (404, "unknown_review")
    assert refusal(untouched.support.ask("POST", f"/reviews/{unknown}/close", json={})) == (404, "unknown_review")
    assert patched(untouched.support, {}, review=unknown) == (404, "unknown_review")


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/title", "missing_field"),
        ({"title": None}, "/title", "not_a_text"),
        ({"title": "x", "at": "the year"}, "/at", "not_a_period"),
        ({"title": "x", "as_of": "today"}, "/as_of", "not_an_instant"),
        ({"title": "x", "as_of": "2026-01-16T09:00:00Z"}, "/as_of", "as_of_in_future"),
        ({"title": "x", "progress": {}}, "/progress", "unknown_field"),
    ],
)
def test_what_a_review_cannot_be(untouched: Coalition, body: Json, pointer: str, code: str) -> None:
    response = untouched.support.ask("POST", "/reviews", json=body)
    assert response.status_code == 422
    assert (pointer, code) in [(fault["pointer"], fault["code"]) for fault in response.json()["errors"]]
    assert len(untouched.support.get("/reviews")["items"]) == 1


def test_before_the_community_there_is_nothing_to_freeze(untouched: Coalition) -> None:
    early = {"title": "x", "as_of": "2020-01-01T00:00:00Z"}
    assert refusal(untouched.support.ask("POST", "/reviews", json=early)) == (404, "not_found_as_of")


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"title": None}, "/title", "not_a_text"),
        ({"title": {}}, "/title", "not_a_text"),
        ({"readings": None}, "/readings", "list_expected"),
        ({"lessons": None}, "/lessons", "list_expected"),
        ({"proposals": None}, "/proposals", "list_expected"),
        ({"readings": [{"text": ""}]}, "/readings/0/text", "too_short"),
        ({"readings": [{"indicator": "jobs"}]}, "/readings/0/text", "missing_field"),
        ({"readings": [{"text": "x"}, {"indicator": "none", "text": "x"}]}, "/readings/1/indicator", "unknown_indicator"),
        ({"readings": [{"objective": "none", "text": "x"}]}, "/readings/0/objective", "unknown_objective"),
        (
            {"readings": [{"indicator": "jobs", "objective": "common", "text": "x"}]},
            "/readings/0",
            "indicator_and_objective",
        ),
        ({"lessons": [{"text": "x", "indicator": "jobs"}]}, "/lessons/0/indicator", "unknown_field"),
        ({"proposals": ["1", "9"]}, "/proposals/1", "unknown_proposal"),
        ({"proposals": ["01"]}, "/proposals/0", "unknown_proposal"),
        ({"status": "closed"}, "/status", "unknown_field"),
    ],
)
def test_what_cannot_be_said(untouched: Coalition, body: Json, pointer: str, code: str) -> None:
    before = untouched.support.get("/reviews/1")
    response = untouched.support.ask("PATCH", "/reviews/1", json=body, headers={"If-Match": "*"})
    assert response.status_code == 422
    assert (pointer, code) in [(fault["pointer"], fault["code"]) for fault in response.json()["errors"]]
    assert untouched.support.get("/reviews/1") == before


def test_a_community_that_has_ended_is_reviewed_no_more(lac: Coalition) -> None:
    review = opened(lac)
    lac.adopt({"kind": "close_community"})
    assert refusal(lac.support.ask("POST", "/reviews", json={"title": "x"})) == (409, "community_closed")
    assert patched(lac.members["a"], {"lessons": [{"text": "x"}]}) == (409, "community_closed")
    assert lac.support.get("/reviews/1") == review


def test_refusals_are_said_in_both_languages(lac: Coalition) -> None:
    opened(lac)
    lac.support.post("/reviews/1/close")
    said = [
        lac.support.ask("POST", "/reviews/1/close", json={}, headers={"Accept-Language": language}).json()["detail"]
        for language in ("en", "fr")
    ]
    assert said == [
        "This review is closed: nothing in it changes any more.",
        "Cette revue d’évaluation est close\u00a0: plus rien n’y change.",
    ]


def test_what_was_kept_is_whole(lac: Coalition) -> None:
    opened(lac)
    lac.members["a"].patch("/reviews/1", {"readings": [{"indicator": "jobs", "text": "Up."}], "proposals": ["1"]})
    lac.support.post("/reviews/1/close")
    with lac.client.database.read() as connection:
        assert [difference for difference in verify(connection) if f"community {lac.code}:" in difference] == []
