"""Overlap decisions over HTTP: in force for one window and cell, lapsed by what changes under them, as of every instant."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.builders import STARTS, Client, Coalition, Json, coalition, contract, define, definition, refusal

SEX = [{"code": "sex", "codes": ["F", "M"]}]
HOUR = timedelta(hours=1)


def resolve(method: str = "agreed", value: str | None = "50", **more: Any) -> Json:
    """The decision that the people of 2025 are 50, unless `more` says otherwise."""
    said = {"kind": "resolve_overlap", "indicator": "people", "period": "2025", "method": method, "reason": "Lists compared."}
    return said | ({} if value is None else {"value": value}) | more


def made(client: Client, **charter: Any) -> Coalition:
    """Two members who may have met the same people: 30 and 12 in the first quarter, 20 of one of them in the second."""
    lac = coalition(client, ["a", "b", "c"])
    lac.adopt(define("people", over_actors="distinct", dimensions=SEX), define("jobs"))
    lac.report("a", "people", "2025-Q1", "18", dimensions={"sex": "F"})
    lac.report("a", "people", "2025-Q1", "12", dimensions={"sex": "M"})
    lac.report("b", "people", "2025-Q1", "12", dimensions={"sex": "F"})
    lac.report("b", "people", "2025-Q2", "20")
    if charter:
        lac.adopt({"kind": "set_charter", "charter": charter})
    return lac


@pytest.fixture
def lac(shared: Client) -> Coalition:
    return made(shared)


def now(lac: Coalition) -> str:
    """An instant between what has happened and what will."""
    lac.client.clock += HOUR
    said = lac.client.clock.isoformat().replace("+00:00", "Z")
    lac.client.clock += HOUR
    return said


def figure(lac: Coalition, period: str = "2025", **more: Any) -> Json:
    return lac.support.get("/indicators/people/figure", **{"from": period, "to": period} | more)


def ends(answer: Json) -> tuple[str | None, ...]:
    return answer["value"], answer["lowest"], answer["highest"]


def overlaps(lac: Coalition, **more: Any) -> list[Json]:
    items: list[Json] = lac.support.get("/indicators/people/overlaps", **more)["items"]
    return items


UNDECIDED = (None, "30", "62")
"""Of both quarters: 30 people if b met only those whom a met, 62 if nobody met anybody twice."""


def test_without_a_decision_the_interval_is_the_answer(lac: Coalition) -> None:
    assert (ends(figure(lac)), figure(lac)["overlap"], overlaps(lac)) == (UNDECIDED, None, [])


@pytest.mark.parametrize(("method", "value"), [("sum", "62"), ("max", "30"), ("agreed", "50.5"), ("agreed", "30")])
def test_what_was_decided_is_the_value_and_the_ends_stay(lac: Coalition, method: str, value: str) -> None:
    before = now(lac)
    change = resolve(method, value if method == "agreed" else None, reason={"en": "Lists compared.", "fr": "Listes comparées."})
    proposal = lac.adopt(change)
    answer = figure(lac)
    assert ends(answer) == (value, "30", "62")
    assert (answer["reason"], answer["by_actor"][1]["value"], answer["by_actor"][1]["highest"]) == (None, None, "32")
    assert answer["overlap"] == {
        "method": method,
        "value": value if method == "agreed" else None,
        "reason": {"en": "Lists compared.", "fr": "Listes comparées."},
        "version": 1,
        "proposal": proposal["id"],
        "decided_at": proposal["decided_at"],
        "status": "in_force",
        "lapsed_because": None,
    }
    (listed,) = overlaps(lac)
    where: Json = {"indicator": "people", "dimensions": {}, "period": "2025", "from_period": None, "replaced_by": None}
    assert listed == answer["overlap"] | where
    assert (ends(figure(lac, as_of=before)), overlaps(lac, as_of=before)) == (UNDECIDED, [])
    explained = lac.support.get("/indicators/people/explanation", **{"from": "2025", "to": "2025"})
    assert (explained["overlap"], explained["value"]) == (answer["overlap"], value)
    assert explained["total"]["part"] == "62" == str(sum(int(actor["part"]) for actor in explained["actors"]))


def test_it_is_adopted_by_vote_and_checked_again(shared: Client) -> None:
    lac = made(shared, decision_rule="consent", deliberation_days=10)
    offers = {}
    for by, value in (("a", "50"), ("b", "60")):
        offers[by] = lac.members[by].post("/proposals", {"title": "Once each", "changes": [resolve(value=value)]})["id"]
        lac.members["c"].ask("PUT", f"/proposals/{offers[by]}/positions/c", json={"position": "support"})
        lac.members["a"].ask("PUT", f"/proposals/{offers[by]}/positions/a", json={"position": "support"})
    preview = lac.support.get(f"/proposals/{offers['a']}/preview")
    shared.clock = STARTS + timedelta(days=11)
    # Nobody has written it down: time has decided, first on the one and then on the other.
    answer = figure(lac)
    assert (ends(answer), answer["overlap"]["proposal"]) == (("60", "30", "62"), offers["b"])
    assert [(one["status"], one["replaced_by"]) for one in overlaps(lac)] == [("replaced", offers["b"]), ("in_force", None)]
    assert [one["indicator"] for one in preview["figures"]] == ["people"]
    late = lac.members["a"].post("/proposals", {"title": "All once", "changes": [resolve(value="61")]})["id"]
    assert (figure(lac), [one["status"] for one in overlaps(lac)]) == (
        answer | {"as_of": figure(lac)["as_of"]},
        ["replaced", "in_force"],
    ), "written down, it is the same"
    for actor in ("a", "b", "c"):
        lac.members[actor].ask("PUT", f"/proposals/{late}/positions/{actor}", json={"position": "support"})
    withdrawn = lac.members["b"].get("/contributions", actor="b", period="2025-Q2")["items"][0]["id"]
    lac.members["b"].post(f"/contributions/{withdrawn}/withdraw", {})
    closed = lac.members["a"].ask("POST", f"/proposals/{late}/close", json={})
    assert refusal(closed) == (422, "outside_interval")
    shared.clock = STARTS + timedelta(days=30)
    ended = lac.support.get(f"/proposals/{late}")
    assert (ended["status"], ended["decision"]["reason"]) == ("rejected", "does_not_fit")
    assert [(one["code"], one["pointer"]) for one in ended["decision"]["errors"]] == [("outside_interval", "/changes/0/value")]


def test_a_preview_is_what_adopting_it_gives(shared: Client) -> None:
    shared.clock = STARTS.replace(year=2025, month=12)
    lac = made(shared, decision_rule="consent")
    made_by = lac.members["a"].post("/proposals", {"title": "Once each", "changes": [resolve()]})["id"]
    preview = lac.support.get(f"/proposals/{made_by}/preview")
    (shown,) = preview["figures"]
    assert (ends(shown["before"]), ends(shown["after"])) == (UNDECIDED, ("50", "30", "62"))
    for actor in "abc":
        lac.members[actor].ask("PUT", f"/proposals/{made_by}/positions/{actor}", json={"position": "support"})
    lac.members["a"].post(f"/proposals/{made_by}/close")
    answer = figure(lac)
    differ = {name for name in answer if answer[name] != shown["after"][name]}
    assert differ == {"as_of", "overlap"}
    assert {name for name in answer["overlap"] if answer["overlap"][name] != shown["after"]["overlap"][name]} == {"decided_at"}


def test_it_says_nothing_of_other_windows_cells_and_groups(lac: Coalition) -> None:
    lac.support.patch("/actors/a", {"groups": ["all"]})
    lac.support.patch("/actors/b", {"groups": ["all"]})
    quarter = {"from": "2025-Q1", "to": "2025-Q1"}
    others: list[Json] = [quarter, {"from": "2025-Q1", "to": "2025-Q2"}, {"group": "all"}, {"actor": "b"}]
    undecided = [figure(lac, **other) for other in others]
    by_sex = figure(lac, "2025-Q1", by="sex")
    lac.adopt(resolve())
    for other, before in zip(others, undecided, strict=True):
        assert figure(lac, **other) | {"as_of": None} == before | {"as_of": None}
    after = figure(lac, "2025-Q1", by="sex")
    assert after | {"as_of": None} == by_sex | {"as_of": None}
    points = lac.support.get("/indicators/people/series", frequency="A", **{"from": "2024", "to": "2025"})["items"]
    assert [(ends(point), point["overlap"] and point["overlap"]["status"]) for point in points] == [
        ((None, None, None), None),
        (("50", "30", "62"), "in_force"),
    ]


def test_a_cell_and_the_same_days_said_otherwise(lac: Coalition) -> None:
    cell = {"dimensions": {"sex": "F"}, "period": "2025-Q1"}
    lac.adopt(resolve("max", None, **cell))
    by_sex = figure(lac, "2025-Q1", by="sex")
    women, men = by_sex["by_dimension"]
    assert (ends(by_sex), ends(women), ends(men)) == ((None, "30", "42"), ("18", "18", "30"), ("12", "12", "12"))
    assert (women["overlap"]["status"], men["overlap"], by_sex["overlap"]) == ("in_force", None, None)
    assert figure(lac, "2025-Q1")["overlap"] is None
    lac.adopt(resolve("sum", None, dimensions={"sex": "_T"}))
    lac.adopt(resolve("agreed", "40", from_period="2025-Q1", period="2025-Q4"))
    assert ends(figure(lac)) == ("40", "30", "62")
    assert [one["status"] for one in overlaps(lac)] == ["in_force", "replaced", "in_force"]
    lac.report("b", "people", "2025-Q1", "1", dimensions={"sex": "M"})
    women = figure(lac, "2025-Q1", by="sex")["by_dimension"][0]
    assert (ends(women), women["overlap"]["status"]) == (("18", "18", "30"), "in_force"), "nothing under it has changed"
    assert figure(lac)["overlap"]["status"] == "lapsed"


def lapsed(lac: Coalition, period: str = "2025") -> Json:
    """Why the decision has lapsed, visibly: as the figure and the list say it."""
    answer = figure(lac, period)
    assert answer["overlap"]["status"] == "lapsed"
    assert overlaps(lac)[-1]["lapsed_because"] == answer["overlap"]["lapsed_because"]
    because: Json = answer["overlap"]["lapsed_because"]
    return because


def by_entry(kind: str, actor: str | None, period: str) -> Json:
    return {"reason": "entry_changed", "kind": kind, "actor": actor, "period": period, "version": None}


def test_it_lapses_by_a_new_entry_a_correction_and_a_withdrawal(lac: Coalition) -> None:
    for value, happens, because in (
        ("50", lambda: lac.report("c", "people", "2025-Q3", "0"), by_entry("report", "c", "2025-Q3")),
        ("50", lambda: lac.report("b", "people", "2025-Q2", "21"), by_entry("report", "b", "2025-Q2")),
        ("50", lambda: withdraw(lac, "c", "2025-Q3"), by_entry("withdrawal", "c", "2025-Q3")),
    ):
        lac.adopt(resolve(value=value))
        assert figure(lac)["value"] == value
        decided = now(lac)
        happens()
        found = lapsed(lac)
        assert {name: found[name] for name in because} == because
        assert found["recorded_at"] > decided
        assert figure(lac)["value"] is None
        assert figure(lac, as_of=decided)["overlap"]["status"] == "in_force"
    assert ends(figure(lac)) == (None, "30", "63")


def withdraw(lac: Coalition, actor: str, period: str) -> None:
    (found,) = lac.members[actor].get("/contributions", actor=actor, period=period)["items"]
    lac.members[actor].post(f"/contributions/{found['id']}/withdraw", {})


def test_what_is_corrected_and_corrected_back_was_changed(lac: Coalition) -> None:
    lac.adopt(resolve())
    lac.report("b", "people", "2025-Q2", "21")
    lac.report("b", "people", "2025-Q2", "20")
    assert ends(figure(lac)) == UNDECIDED
    assert lapsed(lac)["reason"] == "entry_changed"


def test_what_happens_elsewhere_is_no_matter(lac: Coalition) -> None:
    lac.adopt(resolve())
    before = figure(lac)
    lac.report("c", "people", "2024-Q4", "9")
    lac.report("c", "jobs", "2025-Q1", "9")
    lac.report("b", "people", "2025-Q2", "20")
    assert figure(lac) | {"as_of": None} == before | {"as_of": None}


def test_it_lapses_by_a_validation_and_not_by_what_waits_for_one(shared: Client) -> None:
    lac = made(shared, validation="support")
    for item in lac.support.get("/contributions")["items"]:
        lac.support.post(f"/contributions/{item['id']}/validate", {})
    lac.adopt(resolve())
    lac.report("b", "people", "2025-Q2", "22")
    assert (figure(lac)["value"], figure(lac)["overlap"]["status"]) == ("50", "in_force")
    (waiting,) = lac.support.get("/contributions", actor="b", period="2025-Q2")["items"]
    lac.support.post(f"/contributions/{waiting['id']}/validate", {})
    assert lapsed(lac)["kind"] == "validation"
    lac.adopt(resolve())
    lac.support.post(f"/contributions/{waiting['id']}/contest", {"reason": "Whom?"})
    assert lapsed(lac)["kind"] == "contest"


def test_it_lapses_by_a_revision_unless_only_words_change(lac: Coalition) -> None:
    lac.adopt(resolve())
    meaning = definition(over_actors="distinct", dimensions=SEX)
    words = meaning | {"name": "People met", "description": "In person.", "effective_from": "2026-Q1"}
    more = {"kind": "revise_indicator", "indicator": "people", "bridge": {"kind": "editorial"}}
    lac.adopt({**more, "based_on": 1, "definition": words})
    assert (figure(lac)["version"], figure(lac)["value"], figure(lac)["overlap"]["version"]) == (2, "50", 1)
    before = now(lac)
    wider = [{"code": "sex", "codes": ["F", "M", "X"]}]
    adopted = lac.adopt({**more, "based_on": 2, "definition": words | {"dimensions": wider}})
    assert lapsed(lac) == {
        "reason": "definition_revised",
        "recorded_at": adopted["decided_at"],
        "version": 3,
        "kind": None,
        "actor": None,
        "period": None,
    }
    assert ends(figure(lac)) == UNDECIDED
    assert figure(lac, version=1)["value"] == "50", "in the terms that it was decided in it stands"
    assert figure(lac, as_of=before)["value"] == "50"
    lac.adopt(resolve(value="40"))
    assert (figure(lac)["value"], figure(lac, version=1)["overlap"]) == ("40", None)


def test_it_lapses_when_a_stock_leaves_with_its_actor(shared: Client) -> None:
    lac = coalition(shared, ["a", "b", "c"])
    lac.adopt(define("people", over_actors="distinct", nature="stock", over_time="last"))
    for actor, value in (("a", "30"), ("b", "20"), ("c", "5")):
        lac.report(actor, "people", "2025-Q4", value)
    lac.adopt(resolve(value="40", period="2025-Q4"))
    assert ends(figure(lac, "2025-Q4")) == ("40", "30", "55")
    before = now(lac)
    lac.adopt({"kind": "set_membership", "actor": "c", "membership": {"left": "2025-12-01"}})
    assert (ends(figure(lac, "2025-Q4")), lapsed(lac, "2025-Q4")["reason"]) == ((None, "30", "50"), "membership_changed")
    assert figure(lac, "2025-Q4", as_of=before)["value"] == "40"
    lac.support.patch("/actors/c", {"left": None})
    assert figure(lac, "2025-Q4")["value"] == "40", "the interval is the one that it was about"


def test_who_does_not_see_values_is_not_told_whose_entry_it_was(shared: Client) -> None:
    lac = made(shared, show_actor_values=False)
    lac.adopt(resolve())
    lac.report("b", "people", "2025-Q2", "21")
    for voice, actor in ((lac.support, "b"), (lac.members["b"], "b"), (lac.members["a"], None)):
        said = voice.get("/indicators/people/figure", **{"from": "2025", "to": "2025"})["overlap"]["lapsed_because"]
        listed = voice.get("/indicators/people/overlaps")["items"][0]["lapsed_because"]
        assert (said["actor"], said["period"], listed) == (actor, "2025-Q2", said)


def test_a_preview_does_not_tell_it_either(shared: Client) -> None:
    shared.clock = STARTS.replace(year=2025, month=12)
    lac = made(shared, show_actor_values=False)
    lac.adopt(resolve())
    lac.report("b", "people", "2025-Q2", "21")
    shown = [{"kind": "set_charter", "charter": {"show_actor_values": True}}, resolve("max", None)]
    proposal = lac.members["a"].post("/proposals", {"title": "Show it", "changes": shown})["id"]
    for actor, named in (("a", None), ("b", "b")):
        preview = lac.members[actor].get(f"/proposals/{proposal}/preview")
        (people,) = preview["figures"]
        assert people["before"]["overlap"]["lapsed_because"]["actor"] == named


def test_progress_is_judged_by_what_was_decided(lac: Coalition) -> None:
    lac.adopt({"kind": "set_target", "indicator": "people", "period": "2025", "value": "50"})

    def line() -> Json:
        (found,) = [one for one in lac.support.get("/progress")["objectives"][0]["indicators"] if one["indicator"] == "people"]
        assert isinstance(found, dict)
        return found

    assert (line()["value"], line()["attainment"], line()["status"]) == (None, "0.6", "missed"), "by its worse end"
    lac.adopt(resolve(value="51"))
    assert (line()["value"], line()["attainment"], line()["status"]) == ("51", "1.02", "achieved")
    assert line()["overlap"]["status"] == "in_force"
    assert "agreed on" in line()["reading"]["en"] and "convenu" in line()["reading"]["fr"]
    lac.report("c", "people", "2025-Q3", "1")
    assert (line()["value"], line()["attainment"], line()["overlap"]["status"]) == (None, "0.6", "lapsed")
    assert "has lapsed" in line()["reading"]["en"] and "caduc" in line()["reading"]["fr"]


def test_a_decision_and_its_lapse_show_in_a_comparison(lac: Coalition) -> None:
    year = {"from": "2025", "to": "2025"}

    def steps(then: str, **more: Any) -> Json:
        found = lac.support.get("/indicators/people/explanation", **year, compare_as_of=then, **more)["instants"]
        assert isinstance(found, dict)
        return found

    lac.adopt(resolve(value="50"))
    decided = now(lac)
    second = lac.adopt(resolve(value="44"))
    found = steps(decided)
    assert (found["difference"], found["then"]["value"], found["now"]["value"]) == ("-6", "50", "44")
    assert {step["step"]: step["effect"] for step in found["steps"] if step["effect"] != "0"} == {"overlaps": "-6"}
    (entry,) = found["steps"][-1]["entries"]
    assert (entry["kind"], entry["instant"]) == ("proposal_adopted", second["decided_at"])
    assert "the overlap decision −6" in found["reading"]["en"]
    again = now(lac)
    lac.adopt(resolve("max", None, dimensions={"sex": "F"}, period="2025-Q1"))
    assert not any(step["entries"] for step in steps(again)["steps"]), "another window's decision is no part of it"
    lac.report("c", "people", "2025-Q3", "1")
    found = steps(again)
    assert (found["difference"], found["steps"][1]["step"], found["steps"][1]["value_after"]) == (None, "new_entries", None)
    windows = lac.support.get(
        "/indicators/people/explanation", **year, compare_from="2025-Q2", compare_to="2025-Q2", as_of=again
    )["windows"]
    assert windows["change"] == "24", "44 of the year less 20 of the quarter"


def test_as_of_every_instant_it_is_the_same_for_ever(lac: Coalition) -> None:
    seen: dict[str, list[bytes]] = {}
    paths = [
        "/indicators/people/figure?from=2025&to=2025",
        "/indicators/people/overlaps?",
        "/indicators/people/explanation?from=2025&to=2025",
        "/progress?",
    ]

    def look(instant: str) -> list[bytes]:
        return [lac.support.ask("GET", f"{path}&as_of={instant}").content for path in paths]

    happenings: list[Callable[[], object]] = [
        lambda: lac.adopt(resolve()),
        lambda: lac.report("b", "people", "2025-Q2", "25"),
        lambda: lac.adopt(resolve("sum", None)),
        lambda: lac.adopt({"kind": "set_membership", "actor": "b", "membership": {"left": "2025-05-05"}}),
    ]
    for happens in happenings:
        instant = now(lac)
        seen[instant] = look(instant)
        happens()
    for instant, answers in seen.items():
        assert look(instant) == answers
    assert len({answers[0] for answers in seen.values()}) == len(seen)


WRONG: list[tuple[Json, str, str]] = [
    (resolve(indicator="jobs"), "not_distinct", "/indicator"),
    (resolve(indicator="nobody"), "unknown_indicator", "/indicator"),
    (resolve(dimensions={"age": "y"}), "unknown_dimension", "/dimensions/age"),
    (resolve(dimensions={"sex": "X"}), "unknown_code", "/dimensions/sex"),
    (resolve(value="29.999999999999"), "outside_interval", "/value"),
    (resolve(value="62.000000000001"), "outside_interval", "/value"),
    (resolve(value=None), "agreed_value_missing", "/value"),
    (resolve("sum", "62"), "agreed_value_unused", "/value"),
    (resolve("max", "0"), "agreed_value_unused", "/value"),
    (resolve(period="2024"), "nothing_overlaps", "/period"),
    (resolve(period="2030"), "nothing_overlaps", "/period"),
    (resolve("sum", None, period="2025-Q2"), "nothing_overlaps", "/period"),
    (resolve("sum", None, period="2025-Q2", dimensions={"sex": "F"}), "nothing_overlaps", "/period"),
    (resolve(from_period="2026"), "periods_crossed", "/from_period"),
    (resolve(period="2025-13"), "not_a_period", "/period"),
    (resolve("mean", None), "not_in_list", "/method"),
    (resolve(reason=None), "not_a_text", "/reason"),
    ({name: value for name, value in resolve().items() if name != "reason"}, "missing_field", "/reason"),
]


@pytest.mark.parametrize(("change", "code", "pointer"), WRONG)
def test_what_cannot_be_decided_is_refused(untouched: Coalition, change: Json, code: str, pointer: str) -> None:
    body = {"title": "x", "changes": [define("other"), change]}
    before = untouched.support.get("/proposals")["items"]
    response = untouched.support.ask("POST", "/proposals", json=body)
    assert refusal(response) == (422, code)
    (error,) = response.json()["errors"]
    assert error["pointer"].replace("/resolve_overlap", "") == f"/changes/1{pointer}", error
    assert (untouched.support.get("/proposals")["items"], ends(figure(untouched))) == (before, UNDECIDED)
    french = untouched.support.ask("POST", "/proposals", json=body, headers={"Accept-Language": "fr"}).json()
    assert french["detail"] != response.json()["detail"] or code in ("not_a_text",)


def test_the_example_of_the_contract_is_taken(shared: Client) -> None:
    lac = coalition(shared)
    lac.adopt(define("people-met", over_actors="distinct"))
    for actor in ("a", "b"):
        lac.report(actor, "people-met", "2025-Q4", "40")
    (example,) = contract()["components"]["schemas"]["ResolveOverlap"]["examples"]
    lac.adopt(example)
    assert lac.support.get("/indicators/people-met/figure", **{"from": "2025", "to": "2025"})["value"] == example["value"]


def test_the_way_out_of_the_interval_is_said(lac: Coalition) -> None:
    for value, nearest in (("10", "30"), ("70", "62")):
        response = lac.support.ask("POST", "/proposals", json={"title": "x", "changes": [resolve(value=value)]})
        (error,) = response.json()["errors"]
        assert (error["detail"], error["suggestion"]) == (
            "by what was reported it lies between 30 and 62, both included",
            nearest,
        )


def test_one_proposal_decides_upon_what_it_leaves(lac: Coalition) -> None:
    """The members who stay, the version adopted beside it, and the last word on the same days."""
    wider = definition(over_actors="distinct", dimensions=SEX, effective_from="2026-Q1")
    revise = {
        "kind": "revise_indicator",
        "indicator": "people",
        "based_on": 1,
        "definition": wider,
        "bridge": {"kind": "conversion", "factor": "10"},
    }
    lac.adopt(resolve(value="333"), resolve(value="444"), revise)
    answer = figure(lac)
    assert (ends(answer), answer["version"], answer["overlap"]["version"]) == (("444", "300", "620"), 2, 2)
    assert [one["value"] for one in overlaps(lac)] == ["444"]


def test_a_review_says_what_was_decided_since(lac: Coalition) -> None:
    lac.adopt({"kind": "set_target", "indicator": "people", "period": "2025", "value": "50"})
    review = lac.support.post("/reviews", {"title": "2025", "at": "2025"})["id"]
    decided = lac.adopt(resolve(value="51"))
    (correction,) = lac.support.get(f"/reviews/{review}")["corrections"]
    assert (correction["then"]["value"], correction["now"]["value"], correction["now"]["status"]) == (None, "51", "achieved")
    assert [one["proposal"] for one in correction["changed_by"]] == [decided["id"]]
    lac.report("c", "people", "2025-Q3", "0")
    assert lac.support.get(f"/reviews/{review}")["corrections"] == [], "it has lapsed, and is judged by its worse end again"
