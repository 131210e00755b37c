"""Why a figure changed, over HTTP: what made it, who sees what, what cannot be compared, and that it stays the answer."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from service.indicators.comparison import STEPS
from tests.builders import STARTS, Client, Coalition, Json, coalition, define, definition, refusal

YEAR = {"from": "2025", "to": "2025"}
QUARTERS = {"from": "2025-Q2", "to": "2025-Q2", "compare_from": "2025-Q1", "compare_to": "2025-Q1"}


def made(client: Client) -> Coalition:
    """Three members: jobs that are summed, a rate in percent, a stock."""
    lac = coalition(client, ["a", "b", "c"])
    lac.adopt(
        define("jobs", dimensions=[{"code": "sex", "codes": ["F", "M"]}]),
        define("rate", measure="ratio", factor="100"),
        define("stock", nature="stock", over_time="last", carry_forward=9),
    )
    return lac


def instant(client: Client) -> str:
    """An instant between what has happened and what will: what happens at one time is put microseconds apart."""
    client.clock += timedelta(hours=1)
    now = client.clock.isoformat()
    client.clock += timedelta(hours=1)
    return now


def comparison(lac: Coalition, indicator: str = "jobs", **more: object) -> Json:
    return lac.support.get(f"/indicators/{indicator}/explanation", **YEAR | more)


def effects(answer: Json) -> dict[str, str]:
    """Those that are not zero."""
    return {step["step"]: step["effect"] for step in answer["instants"]["steps"] if step["effect"] != "0"}


def step(answer: Json, name: str) -> Json:
    (found,) = [step for step in answer["instants"]["steps"] if step["step"] == name]
    assert isinstance(found, dict)
    return found


def test_between_two_instants(lac: Coalition, shared: Client) -> None:
    lac.report("a", "jobs", "2025-Q1", "30", dimensions={"sex": "F"})
    lac.report("b", "jobs", "2025-Q1", "12")
    then = instant(shared)
    for quarter in ("Q1", "Q2", "Q3", "Q4"):
        lac.report("c", "jobs", f"2025-{quarter}", "5")
    shared.clock += timedelta(days=1)
    corrected = lac.report("a", "jobs", "2025-Q1", "0", dimensions={"sex": "F"})
    contribution = lac.members["b"].get("/contributions", actor="b")["items"][0]["id"]
    lac.members["b"].post(f"/contributions/{contribution}/withdraw", {"expected_revision": 1})
    answer = comparison(lac, compare_as_of=then)
    assert (answer["windows"], answer["as_of"]) == (None, answer["instants"]["now"]["as_of"])
    between = answer["instants"]
    assert (between["then"]["value"], between["now"]["value"], between["difference"]) == ("42", "20", "-22")
    assert [step["step"] for step in between["steps"]] == list(STEPS)
    assert effects(answer) == {"new_entries": "20", "corrections": "-30", "withdrawals": "-12"}
    assert [step["value_after"] for step in between["steps"]] == ["42", "62", "32", "20", "20", "20", "20", "20", "20"]
    assert between["reading"]["en"] == "22 fewer than as of 15 January: 4 new entries +20, 1 correction −30, 1 withdrawal −12."
    new = step(answer, "new_entries")
    assert (new["entry_count"], new["contribution_count"], len(new["entries"])) == (4, 4, 4)
    (entry,) = step(answer, "corrections")["entries"]
    assert (entry["kind"], entry["actor"], entry["instant"]) == ("contributions_recorded", "a", corrected["recorded_at"])
    absent = {"numerator": None, "denominator": None, "weight": None}
    assert entry["contributions"] == [
        {
            "actor": "a",
            "period": "2025-Q1",
            "dimensions": {"sex": "F"},
            "kind": "report",
            "before": {"version": 1, "value": "30", **absent},
            "after": {"version": 1, "value": "0", **absent},
        }
    ]
    (entry,) = step(answer, "withdrawals")["entries"]
    assert (entry["contributions"][0]["before"]["value"], entry["contributions"][0]["after"]) == ("12", None)


def test_the_ends_are_the_figures(lac: Coalition, shared: Client) -> None:
    lac.report("a", "jobs", "2025-Q1", "3")
    then = instant(shared)
    lac.report("b", "jobs", "2025-Q1", "4")
    answer = comparison(lac, compare_as_of=then, actor="b")
    path = "/indicators/jobs/figure"
    for side, asked in ((answer["instants"]["then"], {"as_of": then}), (answer["instants"]["now"], {})):
        figure = lac.support.get(path, **YEAR, **asked, actor="b")
        assert {name: figure[name] for name in side} == side
    assert answer["instants"]["difference"] is None, "b had nothing then, which is not zero"
    assert answer["instants"]["reading"]["fr"] == "4, contre aucune valeur au 15 janvier, 10:00\u00a0: 1 nouvelle contribution."


def test_decisions_are_named(lac: Coalition, shared: Client) -> None:
    for actor in ("a", "b"):
        lac.report(actor, "stock", "2025-Q1", "3")
    then = instant(shared)
    revised = definition(nature="stock", over_time="last", carry_forward=9, unit="dozens", effective_from="2025-Q3")
    bridge = {"kind": "conversion", "factor": "0.5"}
    change = {"kind": "revise_indicator", "indicator": "stock", "based_on": 1, "definition": revised, "bridge": bridge}
    lac.adopt(change)
    lac.adopt({"kind": "set_membership", "actor": "c", "membership": {"groups": ["north"]}})
    lac.adopt({"kind": "set_membership", "actor": "b", "membership": {"left": "2025-06-30"}})
    lac.adopt({"kind": "set_membership", "actor": "b", "membership": {"kind": "company"}})
    lac.support.patch("", {"charter": {"validation": "support"}})
    lac.support.patch("", {"name": "Le grand lac"})
    answer = comparison(lac, "stock", compare_as_of=then)
    ends = [(side["version"], side["value"], side["unit"]["label"]["fr"]) for side in _sides(answer)]
    assert ends == [(1, "6", "persons"), (2, None, "dozens")]
    assert [step["value_after"] for step in answer["instants"]["steps"]] == ["6", "6", "6", "6", "6", "3", "1.5", None, None]
    assert effects(answer) == {"definitions": "-3", "memberships": "-1.5", "charter": None, "overlaps": None}
    named = {one["step"]: [entry["kind"] for entry in one["entries"]] for one in answer["instants"]["steps"] if one["entries"]}
    assert named == {
        "definitions": ["proposal_adopted"],
        "memberships": ["proposal_adopted"],
        "charter": ["community_changed"],
    }, "c's group, what b is and the community's name are no matter to a figure over all"
    assert {one["actor"] for one in step(answer, "definitions")["entries"]} == {"appui"}


def _sides(answer: Json) -> list[Json]:
    return [answer["instants"]["then"], answer["instants"]["now"]]


def test_what_time_has_decided_and_nobody_wrote_down_is_named_too(shared: Client) -> None:
    lac = coalition(shared, charter={"decision_rule": "consent", "deliberation_days": 1, "quorum": "0"})
    _consented(lac, shared, define("jobs"))
    lac.report("a", "jobs", "2025-Q1", "3")
    then = instant(shared)
    bridge = {"kind": "conversion", "factor": "2"}
    meant = definition(effective_from="2025")
    revised = {"kind": "revise_indicator", "indicator": "jobs", "based_on": 1, "definition": meant, "bridge": bridge}
    proposal = _consented(lac, shared, revised)
    answer = comparison(lac, compare_as_of=then)
    (entry,) = step(answer, "definitions")["entries"]
    assert effects(answer) == {"definitions": "3"}
    assert (entry["number"], entry["kind"], entry["instant"]) == (None, "proposal_adopted", proposal["closes_at"])
    lac.report("a", "jobs", "2025-Q2", "1")
    (entry,) = step(comparison(lac, compare_as_of=then), "definitions")["entries"]
    assert entry["number"] is not None and entry["instant"] == proposal["closes_at"]
    since = comparison(lac, compare_as_of=proposal["closes_at"])
    assert (effects(since), step(since, "definitions")["entries"]) == ({"new_entries": "1"}, [])


def test_what_time_had_decided_by_then_did_not_happen_since(shared: Client) -> None:
    """By two proposals that close two days apart a member leaves and is back: as of the day between, it has left."""
    lac = coalition(shared, ["a", "b", "c"], charter={"decision_rule": "consent", "deliberation_days": 1, "quorum": "0"})
    _consented(lac, shared, define("stock", nature="stock", over_time="last", carry_forward=9))
    for actor in ("a", "b", "c"):
        lac.report(actor, "stock", "2025-Q1", "3")
    closes = [shared.clock + timedelta(days=days) for days in (1, 3)]
    for left, day in zip(("2025-06-30", None), closes, strict=True):
        change = {"kind": "set_membership", "actor": "a", "membership": {"left": left}}
        body = {"title": "A farewell", "rationale": "Agreed.", "changes": [change], "closes_at": day.isoformat()}
        proposal = lac.members["c"].post("/proposals", body)
        for actor in ("b", "c"):
            lac.members[actor].ask("PUT", f"/proposals/{proposal['id']}/positions/{actor}", json={"position": "support"})
    then = (closes[0] + timedelta(days=1)).isoformat()
    shared.clock += timedelta(days=5)
    for written in (False, True):
        answer = comparison(lac, "stock", compare_as_of=then)
        assert ([side["value"] for side in _sides(answer)], effects(answer)) == (["6", "9"], {"memberships": "3"})
        (entry,) = step(answer, "memberships")["entries"]
        assert (entry["number"] is not None, entry["instant"]) == (written, proposal["closes_at"])
        lac.members["c"].post("/contributions", {"indicator": "stock", "period": "2023-Q1", "value": "1"})


def _consented(lac: Coalition, client: Client, change: Json) -> Json:
    proposal = lac.members["a"].post("/proposals", {"title": "A decision", "rationale": "Agreed.", "changes": [change]})
    for actor in ("a", "b"):
        lac.members[actor].ask("PUT", f"/proposals/{proposal['id']}/positions/{actor}", json={"position": "support"})
    client.clock += timedelta(days=2)
    return proposal


def test_over_a_group_of_other_actors(lac: Coalition, shared: Client) -> None:
    for actor in ("a", "b", "c"):
        lac.report(actor, "jobs", "2025-Q1", "3")
    lac.adopt({"kind": "set_membership", "actor": "a", "membership": {"groups": ["north"]}})
    then = instant(shared)
    lac.adopt({"kind": "set_membership", "actor": "b", "membership": {"groups": ["north"]}})
    lac.report("b", "jobs", "2025-Q1", "5")
    answer = comparison(lac, compare_as_of=then, group="north")
    assert [side["value"] for side in _sides(answer)] == ["3", "8"]
    assert effects(answer) == {"memberships": "5"}
    assert len(step(answer, "memberships")["entries"]) == 1
    lac.adopt({"kind": "set_membership", "actor": "a", "membership": {"groups": []}})
    answer = comparison(lac, compare_as_of=then, group="north")
    assert ([side["value"] for side in _sides(answer)], effects(answer)) == (["3", "5"], {"memberships": "2"})
    assert len(step(answer, "memberships")["entries"]) == 2


def test_at_most_a_hundred_are_named_and_all_are_counted(lac: Coalition, shared: Client) -> None:
    then = instant(shared)
    rows = "".join(f"jobs,{actor},2025-Q{quarter},1\n" for actor in "abc" for quarter in range(1, 5))
    more = "".join(f"jobs,a,{year}-Q{quarter},1\n" for year in range(1990, 2025) for quarter in range(1, 5))
    lac.support.ask("POST", "/imports", content=f"indicator,actor,period,value\n{rows}{more}".encode(), headers=CSV)
    answer = comparison(lac, compare_as_of=then, **{"from": "1990"})
    new = step(answer, "new_entries")
    (entry,) = new["entries"]
    assert (entry["kind"], len(entry["contributions"]), new["contribution_count"]) == ("import_landed", 100, 152)
    assert answer["instants"]["reading"]["en"].endswith("152 new entries.")


CSV = {"Content-Type": "text/csv", "Prefer": "wait=10"}


def reported(lac: Coalition) -> None:
    """A goes from 90 of 100 to 46 of 50, b from 10 of 50 to 25 of 100."""
    for actor, quarter, numerator, denominator in (
        ("a", "Q1", "90", "100"),
        ("b", "Q1", "10", "50"),
        ("a", "Q2", "46", "50"),
        ("b", "Q2", "25", "100"),
    ):
        body = {"indicator": "rate", "period": f"2025-{quarter}", "numerator": numerator, "denominator": denominator}
        lac.members[actor].post("/contributions", body)


def test_both_improve_and_the_whole_falls(lac: Coalition) -> None:
    reported(lac)
    answer = comparison(lac, "rate", **QUARTERS)
    assert answer["instants"] is None
    windows = answer["windows"]
    assert (windows["before"]["from_day"], windows["before"]["value"]) == ("2025-01-01", "66.666666666667")
    assert (windows["after"]["from_day"], windows["after"]["value"]) == ("2025-04-01", "47.333333333333")
    assert (windows["change"], windows["rate_effect"], windows["mix_effect"]) == ("-19.333333333333", "3.5", "-22.833333333333")
    assert windows["reading"] == {
        "en": "−19.33 points: rates rose by 3.5, the mix took 22.83.",
        "fr": "−19,33 points\u00a0: les taux ont gagné 3,5, la composition a coûté 22,83.",
    }
    assert [(one["actor"], one["before"], one["after"], one["rate_effect"]) for one in windows["by_actor"]] == [
        ("a", "90", "92", "1"),
        ("b", "20", "25", "2.5"),
    ]
    assert windows["like_for_like"]["actors"] == ["a", "b"]
    assert windows["like_for_like"]["change"] == windows["change"]
    assert (windows["both"], windows["newcomers"]) == (
        {"actors": 2, "effect": "-19.333333333333"},
        {"actors": 0, "effect": "0"},
    )


def test_sums_between_two_windows(lac: Coalition) -> None:
    for actor, quarter, value in (("a", "Q1", "10"), ("b", "Q1", "2"), ("a", "Q2", "0"), ("c", "Q2", "4")):
        lac.report(actor, "jobs", f"2025-{quarter}", value)
    windows = comparison(lac, **QUARTERS)["windows"]
    assert (windows["change"], windows["rate_effect"], windows["mix_effect"]) == ("-8", None, None)
    parts = [(windows[name]["actors"], windows[name]["effect"]) for name in ("both", "newcomers", "leavers")]
    assert parts == [(1, "-10"), (1, "4"), (1, "-2")]
    assert [(one["standing"], one["effect"]) for one in windows["by_actor"]] == [
        ("both", "-10"),
        ("leaver", "-2"),
        ("newcomer", "4"),
    ]
    assert sum(Decimal(effect) for _, effect in parts) == Decimal(windows["change"])
    assert windows["like_for_like"] == {"actors": ["a"], "before": "10", "after": "0", "change": "-10"}
    alone = comparison(lac, **QUARTERS | {"compare_to": "2025-Q1"}, actor="b")["windows"]
    assert (alone["after"]["reason"], alone["change"]) == ("no_entries", None)
    assert alone["reading"]["en"] == "No value, 2 in the window compared with."


@pytest.mark.parametrize(
    ("asked", "status", "code", "parameter"),
    [
        ({"compare_as_of": "2026-01-15T09:00:00Z", "compare_to": "2025"}, 422, "one_comparison", "compare_as_of"),
        ({"compare_as_of": "2026-01-15T09:00:01Z"}, 422, "as_of_in_future", "compare_as_of"),
        (
            {"compare_as_of": "2026-01-15T08:59:59Z", "as_of": "2026-01-15T08:00:00Z"},
            404,
            "not_found_as_of",
            None,
        ),
        ({"compare_as_of": "2026-01-01T00:00:00Z"}, 404, "not_found_as_of", None),
        ({"compare_as_of": "soon"}, 422, "not_an_instant", "compare_as_of"),
        ({"compare_from": "Q1"}, 422, "not_a_period", "compare_from"),
        ({"compare_to": "Q1"}, 422, "not_a_period", "compare_to"),
        ({"compare_from": "2025", "compare_to": "2024"}, 422, "window_reversed", "compare_from"),
        ({"compare_from": "2025", "from": "2025", "to": "2024"}, 422, "window_reversed", "from"),
        ({"compare_from": "2025", "version": "2"}, 404, "unknown_version", "version"),
        ({"compare_from": "2025", "actor": "a", "group": "x"}, 422, "actor_and_group", "group"),
    ],
)
def test_what_cannot_be_asked(untouched: Coalition, asked: Json, status: int, code: str, parameter: str | None) -> None:
    response = untouched.support.ask("GET", "/indicators/jobs/explanation", params=asked)
    assert refusal(response) == (status, code)
    assert [fault["parameter"] for fault in response.json().get("errors", [])] == ([] if parameter is None else [parameter])


def test_what_cannot_be_compared_with_then(lac: Coalition, shared: Client) -> None:
    then = instant(shared)
    lac.adopt(define("late"))
    meant = definition(dimensions=[{"code": "sex", "codes": ["F", "M"]}], effective_from="2025")
    revised = {"kind": "revise_indicator", "indicator": "jobs", "based_on": 1, "definition": meant}
    lac.adopt(revised | {"bridge": {"kind": "editorial"}})
    later = instant(shared)
    for path, asked in (("late", {}), ("jobs", {"version": 2})):
        response = lac.support.ask("GET", f"/indicators/{path}/explanation", params={"compare_as_of": then, **asked})
        assert refusal(response) == (422, "not_decided_then")
    response = lac.support.ask("GET", "/indicators/jobs/explanation", params={"compare_as_of": later, "as_of": then})
    assert refusal(response) == (422, "instants_reversed")
    assert comparison(lac, compare_as_of=instant(shared))["instants"]["reading"]["en"].startswith("Unchanged since")
    lac.adopt(define("daily", frequency="D"))
    response = lac.support.ask("GET", "/indicators/daily/explanation", params={"compare_from": "1900"})
    assert (refusal(response), response.json()["errors"][0]["parameter"]) == ((422, "window_too_long"), "compare_from")


def test_the_same_question_has_the_same_bytes_for_ever(lac: Coalition, shared: Client) -> None:
    lac.report("a", "jobs", "2025-Q1", "3")
    then = instant(shared)
    lac.report("a", "jobs", "2025-Q1", "4")
    path = "/indicators/jobs/explanation"
    for asked in ({**YEAR, "compare_as_of": then}, QUARTERS):
        first = lac.support.ask("GET", path, params=asked)
        again = asked | {"as_of": first.json()["as_of"]}
        shared.clock += timedelta(hours=3)
        assert lac.support.ask("GET", path, params=asked, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
        lac.report("a", "jobs", "2025-Q1", str(shared.clock.hour))
        lac.adopt({"kind": "set_membership", "actor": "a", "membership": {"left": f"2025-01-{shared.clock.hour:02}"}})
        assert lac.support.ask("GET", path, params=again).content == first.content
        assert lac.support.ask("GET", path, params=asked).content != first.content


def test_a_day_passes(lac: Coalition, shared: Client) -> None:
    lac.adopt(define("brief", nature="stock", over_time="last", carry_forward=0))
    lac.report("a", "brief", "2025-Q4", "3")
    then = instant(shared)
    shared.clock = datetime(2026, 4, 1, 9, tzinfo=UTC)
    answer = lac.support.get("/indicators/brief/explanation", **{"from": "2026", "compare_as_of": then})
    assert [step["value_after"] for step in answer["instants"]["steps"]] == [None] * len(STEPS)
    assert answer["instants"]["then"]["value"] == "3"
    assert answer["instants"]["reading"]["en"] == "No value, 3 as of 15 January: time passing."


def test_hidden_values(shared: Client) -> None:
    shared.clock = STARTS
    actors = ["a", "b", "c", "d", "e", "f"]
    lac = coalition(shared, actors, charter={"show_actor_values": False}, visibility="public")
    lac.adopt(define(), {"kind": "set_membership", "actor": "a", "membership": {"groups": ["alone", "two"]}})
    for actor in ("a", "b", "c"):
        lac.report(actor, "jobs", "2025-Q1", "3")
    then = instant(shared)
    lac.adopt({"kind": "set_membership", "actor": "b", "membership": {"groups": ["two"]}})
    for actor in actors:
        lac.report(actor, "jobs", "2025-Q1", "5")
    path = "/indicators/jobs/explanation"
    for voice, seen in ((lac.support, ["a", "b", "c"]), (lac.members["a"], ["a"])):
        answer = voice.get(path, **YEAR, compare_as_of=then)
        assert effects(answer) == {"new_entries": "15", "corrections": "6"}
        corrections = step(answer, "corrections")
        assert [entry["contributions"][0]["actor"] for entry in corrections["entries"]] == seen
        assert (corrections["entry_count"], corrections["contribution_count"]) == (3, 3)
        windows = voice.get(path, **QUARTERS)["windows"]
        assert [one["actor"] for one in windows["by_actor"]] == [*seen, *(["d", "e", "f"] if len(seen) == 3 else [])]
    for asked in ({"actor": "a"}, {"group": "alone"}, {"group": "two"}):
        response = lac.members["b"].ask("GET", path, params={**YEAR, **asked, "compare_as_of": then})
        assert refusal(response) == (403, "actor_values_hidden"), "then, `two` was a alone"
    assert lac.support.ask("GET", path, params={**YEAR, "group": "two", "compare_as_of": then}).status_code == 200
    assert refusal(lac.anonymous.ask("GET", path, params={**YEAR, "compare_as_of": then})) == (403, "not_published")


def test_what_two_corrected_is_not_told(shared: Client) -> None:
    lac = coalition(shared, ["a", "b", "c"], charter={"show_actor_values": False})
    lac.adopt(define())
    for actor in ("a", "b", "c"):
        lac.report(actor, "jobs", "2025-Q1", "3")
    then = instant(shared)
    for actor in ("a", "b"):
        lac.report(actor, "jobs", "2025-Q1", "5")
    for voice, told in ((lac.support, True), (lac.members["a"], False), (lac.members["c"], False)):
        instants = voice.get("/indicators/jobs/explanation", **YEAR, compare_as_of=then)["instants"]
        assert (instants["difference"] == "4") is told
        assert (instants["then"]["value"] == "9") is told
        assert instants["now"]["value"] == "13"
        assert any(one["effect"] is not None for one in instants["steps"]) is told
        assert ("2 corrections" in instants["reading"]["en"]) is told


def test_what_was_hidden_then_stays_hidden(shared: Client) -> None:
    lac = coalition(shared, charter={"show_actor_values": False})
    lac.adopt(define())
    lac.report("a", "jobs", "2025-Q1", "3")
    then = instant(shared)
    lac.support.patch("", {"charter": {"show_actor_values": True}})
    since = instant(shared)
    lac.report("a", "jobs", "2025-Q1", "5")
    for instant_asked, named in ((then, 0), (since, 1)):
        answer = lac.members["b"].get("/indicators/jobs/explanation", **YEAR, compare_as_of=instant_asked)
        assert len(step(answer, "corrections")["entries"]) == named
        assert effects(answer) == {"corrections": "2"}


def test_the_public_sees_no_single_entry(shared: Client) -> None:
    lac = coalition(shared, visibility="public")
    lac.adopt(define())
    lac.report("a", "jobs", "2025-Q1", "3")
    then = instant(shared)
    lac.report("a", "jobs", "2025-Q1", "5")
    asked = {**YEAR, "compare_as_of": then}
    assert step(lac.anonymous.get("/indicators/jobs/explanation", **asked), "corrections")["entries"] == []
    assert len(step(lac.members["b"].get("/indicators/jobs/explanation", **asked), "corrections")["entries"]) == 1
    private = coalition(shared)
    private.adopt(define())
    assert private.anonymous.ask("GET", "/indicators/jobs/explanation", params=asked).status_code == 401


@pytest.mark.parametrize(("came", "told"), [(["c"], False), (["c", "d", "e"], True)])
def test_parts_that_rest_on_few_are_withheld(shared: Client, came: list[str], told: bool) -> None:
    lac = coalition(shared, ["a", "b", "c", "d", "e", "f"], charter={"show_actor_values": False})
    lac.adopt(define())
    stayed = ["a", "b", "f"]
    for actor in stayed:
        lac.report(actor, "jobs", "2025-Q1", "3")
    for actor in (*stayed, *came):
        lac.report(actor, "jobs", "2025-Q2", "4")
    answer = lac.members["a"].get("/indicators/jobs/explanation", **QUARTERS)["windows"]
    assert (answer["parts_withheld"], answer["change"]) == (not told, str(3 + 4 * len(came)))
    assert [answer[name]["effect"] for name in ("both", "newcomers", "leavers")] == (
        ["3", "12", "0"] if told else [None, None, None]
    )
    assert answer["like_for_like"]["change"] == ("3" if told else None)
    assert ("newcomers" in answer["reading"]["en"]) is told
    assert lac.support.get("/indicators/jobs/explanation", **QUARTERS)["windows"]["newcomers"]["effect"] == str(4 * len(came))
