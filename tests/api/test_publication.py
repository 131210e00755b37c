"""What is published to who is no member where the charter protects something: closed periods, fixed windows, as of the last."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.builders import Client, Coalition, Json, coalition, define, refusal

ACTORS = ("a", "b", "c", "d")
SEX = [{"code": "sex", "codes": ["F", "M"]}]
QUARTERS = ("2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4")


def protected(client: Client, *changes: Json, actors: tuple[str, ...] = ACTORS, **charter: Any) -> Coalition:
    """A public community that protects something; jobs by sex unless `changes` say otherwise."""
    client.clock = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
    lac = coalition(client, actors, charter=charter, visibility="public")
    lac.adopt(*(changes or (define(dimensions=SEX),)))
    return lac


def close(lac: Coalition, *periods: str) -> None:
    """Closes periods, one after the other."""
    for period in periods:
        assert lac.support.ask("PUT", f"/closed-periods/{period}").status_code == 200


def correct(lac: Coalition, period: str, **values: str) -> None:
    """Opens a period, lets actors report other totals, and closes it again."""
    assert lac.support.ask("DELETE", f"/closed-periods/{period}").status_code == 204
    for actor, value in values.items():
        lac.report(actor, "jobs", period, value)
    close(lac, period)


def jobs(lac: Coalition, **asked: str) -> Json:
    """The figure that anybody is answered."""
    return lac.anonymous.get("/indicators/jobs/figure", **asked)


def refused(lac: Coalition, door: str = "figure", **asked: str) -> tuple[int, str]:
    """The refusal that anybody gets."""
    return refusal(lac.anonymous.ask("GET", f"/indicators/jobs/{door}", params=asked))


def test_only_what_is_closed_over_fixed_windows(shared: Client) -> None:
    lac = protected(shared, show_actor_values=False)
    for number, period in enumerate(QUARTERS):
        for actor in ACTORS:
            lac.report(actor, "jobs", period, str(10 + number))
    assert refused(lac) == (403, "not_published"), "nothing is yet"
    close(lac, "2025-Q2", "2025-Q1")
    assert (jobs(lac)["value"], jobs(lac)["from_day"]) == ("44", "2025-04-01"), "the last period that is closed"
    assert jobs(lac, **{"from": "2025-Q1", "to": "2025-Q1"})["value"] == "40"
    assert jobs(lac, to="2025-Q1")["value"] == "40"
    for window in (
        {"from": "2025-Q1", "to": "2025-Q2"},
        {"from": "2025-01", "to": "2025-01"},
        {"to": "2025-Q3"},
        {"to": "2025"},
    ):
        assert refused(lac, **window) == (403, "not_published")
    listed = lac.anonymous.get("/indicators/jobs/series", **{"from": "2025", "to": "2025"})
    assert [(item["period"], item["value"]) for item in listed["items"]] == [("2025-Q1", "40"), ("2025-Q2", "44")]
    close(lac, "2025-Q3", "2025-Q4")
    assert (jobs(lac)["value"], jobs(lac)["to_day"]) == ("184", "2025-12-31"), "the last year that is closed"
    assert [item["value"] for item in lac.anonymous.get("/indicators/jobs/series", frequency="A")["items"]] == ["184"]
    assert refused(lac, "series", frequency="S") == (403, "not_published")
    for narrow in ({"as_of": jobs(lac)["as_of"]}, {"version": "1"}):
        assert refused(lac, **narrow) == (403, "not_published")
    detail = lac.anonymous.ask("GET", "/indicators/jobs/explanation", headers={"Accept-Language": "fr"}).json()["detail"]
    assert "2025-Q3, 2025-Q4, 2025" in detail
    assert lac.anonymous.ask("GET", "/indicators/none/figure").status_code == 404
    assert refusal(lac.anonymous.ask("GET", "/indicators/jobs/figure", params={"by": "age"})) == (422, "unknown_dimension")


def test_as_of_the_last_publication(shared: Client) -> None:
    lac = protected(shared, show_actor_values=False)
    for actor in ACTORS:
        lac.report(actor, "jobs", "2025-Q1", "10")
    close(lac, "2025-Q1")
    response = lac.anonymous.ask("GET", "/indicators/jobs/figure")
    for actor in ACTORS:
        lac.report(actor, "jobs", "2025-Q2", "10")
    again = lac.anonymous.ask("GET", "/indicators/jobs/figure", headers={"If-None-Match": response.headers["etag"]})
    assert again.status_code == 304, "what happened since is nobody else's business"
    lac.support.ask("DELETE", "/closed-periods/2025-Q1")
    assert lac.anonymous.ask("GET", "/indicators/jobs/figure").content == response.content
    close(lac, "2025-Q2")
    assert [item["period"] for item in lac.anonymous.get("/indicators/jobs/series")["items"]] == ["2025-Q2"]


@pytest.mark.parametrize(("who", "value"), [("a", "40"), ("ab", "40"), ("abc", "46"), ("abcd", "48")])
def test_what_one_or_two_corrected_waits_for_more(shared: Client, who: str, value: str) -> None:
    lac = protected(shared, show_actor_values=False)
    for actor in ACTORS:
        lac.report(actor, "jobs", "2025-Q1", "10")
    close(lac, "2025-Q1")
    correct(lac, "2025-Q1", **dict.fromkeys(who, "12"))
    assert jobs(lac)["value"] == value
    assert lac.support.get("/indicators/jobs/figure", to="2025-Q1")["value"] == str(40 + 2 * len(who))
    correct(lac, "2025-Q1", **dict.fromkeys("abcd", "13"))
    assert jobs(lac)["value"] == "52"


def test_a_small_correction_waits_too(shared: Client) -> None:
    lac = protected(shared, minimum_count=5)
    for actor in ACTORS:
        lac.report(actor, "jobs", "2025-Q1", "10")
    close(lac, "2025-Q1")
    correct(lac, "2025-Q1", a="13")
    assert (jobs(lac)["value"], jobs(lac)["by_actor"][0]["value"]) == ("40", "10")
    correct(lac, "2025-Q1", a="16")
    assert (jobs(lac)["value"], jobs(lac)["by_actor"][0]["value"]) == ("46", "16")


def test_small_counts(shared: Client) -> None:
    lac = protected(shared, minimum_count=5)
    for actor, women, men in (("a", "3", "20"), ("b", "0", "30"), ("c", "9", "6")):
        lac.report(actor, "jobs", "2025-Q1", women, dimensions={"sex": "F"})
        lac.report(actor, "jobs", "2025-Q1", men, dimensions={"sex": "M"})
    lac.report("d", "jobs", "2025-Q1", "2")
    close(lac, "2025-Q1")
    answer = jobs(lac, by="sex")
    assert (answer["value"], answer["unallocated"]) == ("70", None)
    assert [(own["actor"], own["value"], own.get("reason")) for own in answer["by_actor"]] == [
        ("a", "23", None), ("b", "30", None), ("c", None, "suppressed"), ("d", None, "suppressed"),
    ]  # fmt: skip
    assert [(part["dimensions"]["sex"], part["value"], part.get("reason")) for part in answer["by_dimension"]] == [
        ("F", None, "suppressed"), ("M", "56", None),
    ]  # fmt: skip
    assert answer["flags"] == [] and answer["completeness"]["latest_recorded_at"] is None
    whole = lac.members["a"].get("/indicators/jobs/figure", to="2025-Q1", by="sex")
    assert ([part["value"] for part in whole["by_dimension"]], whole["unallocated"]) == (["12", "56"], "2"), "members see all"


def test_zero_is_shown_and_little_is_not(shared: Client) -> None:
    lac = protected(shared, define(), minimum_count=5)
    for period, value in zip(QUARTERS, ("0", "3", "0", "9"), strict=True):
        lac.report("a", "jobs", period, value)
    close(lac, *QUARTERS)
    series = lac.anonymous.get("/indicators/jobs/series")["items"]
    assert [(item["value"], item["reason"]) for item in series] == [
        ("0", None), (None, "suppressed"), ("0", None), (None, "suppressed"),
    ]  # fmt: skip
    assert jobs(lac)["value"] == "12", "three and nine are together no little"


@pytest.mark.parametrize(
    ("how", "shown"), [("max", None), ("min", None), ("median", None), ("mean", "5"), ("sum", "20"), ("single", None)]
)
def test_one_actors_value_is_none_of_a_largest_or_a_middle(shared: Client, how: str, shown: str | None) -> None:
    only = how == "single"
    change = define(over_actors=how)
    change["definition"] |= {"contributors": ["a"]} if only else {}
    lac = protected(shared, change, show_actor_values=False)
    for actor, value in zip(ACTORS[: 1 if only else 4], ("2", "8", "4", "6"), strict=False):
        lac.report(actor, "jobs", "2025-Q1", value)
    close(lac, "2025-Q1")
    answer = jobs(lac)
    assert (answer["value"], answer["by_actor"]) == (shown, [])
    assert answer["reason"] == (None if shown else "too_few_actors" if only else "suppressed")


def test_people_counted_twice(shared: Client) -> None:
    """The least is the largest single value: one actor's."""
    lac = protected(shared, define(over_actors="distinct"), show_actor_values=False)
    for actor, value in zip(ACTORS, ("2", "8", "4", "6"), strict=True):
        lac.report(actor, "jobs", "2025-Q1", value)
    close(lac, "2025-Q1")
    answer = jobs(lac)
    assert (answer["value"], answer["lowest"], answer["highest"]) == (None, None, "20")


def test_a_rate_needs_counts_that_are_no_little(shared: Client) -> None:
    lac = protected(shared, define(measure="ratio", factor="100"), minimum_count=5)

    def report(period: str, numerator: str, denominator: str) -> None:
        body = {"indicator": "jobs", "period": period, "numerator": numerator, "denominator": denominator}
        lac.members["a"].post("/contributions", body)

    report("2025-Q1", "3", "60")
    report("2025-Q2", "30", "60")
    close(lac, "2025-Q1", "2025-Q2")
    assert [item["value"] for item in lac.anonymous.get("/indicators/jobs/series")["items"]] == [None, "50"]


def test_what_came_behind_a_protection_is_kept(shared: Client) -> None:
    """Who turns protection off shows everything from then on, who turns it on protects what is published at once."""
    lac = protected(shared, define())
    for actor in ("a", "b"):
        lac.report(actor, "jobs", "2025-Q1", "10")
    then = lac.anonymous.get("/indicators/jobs/figure")["as_of"]
    close(lac, "2025-Q1")
    assert len(jobs(lac, **{"from": "2025-Q1", "to": "2025-Q2"})["by_actor"]) == 2
    lac.support.patch("", {"charter": {"show_actor_values": False}})
    assert (jobs(lac)["value"], jobs(lac)["reason"]) == (None, "too_few_actors")
    assert refused(lac, as_of=then) == (403, "not_published"), "nor as of then"
    lac.support.patch("", {"charter": {"show_actor_values": True}})
    assert jobs(lac, to="2025-Q1")["value"] == "20"


def test_several_figures_and_progress(shared: Client) -> None:
    target = {"kind": "set_target", "period": "2025", "value": "200"}
    lac = protected(
        shared, define(), define("late"), {**target, "indicator": "jobs"}, {**target, "indicator": "late"},
        show_actor_values=False,
    )  # fmt: skip
    for period in QUARTERS:
        for actor in ACTORS:
            lac.report(actor, "jobs", period, "10")
    lac.report("a", "late", "2025-Q1", "77")
    close(lac, "2025-Q1", "2025-Q2")
    progress = lac.anonymous.get("/progress")
    lines = {line["indicator"]: line for line in progress["objectives"][0]["indicators"]}
    assert (lines["jobs"]["value"], lines["jobs"]["value_reason"]) == (None, "not_published"), "half a year is no fixed window"
    assert progress["objectives"][0]["coverage"] == "0"
    lines = {line["indicator"]: line for line in lac.anonymous.get("/progress", at="2025-Q1")["objectives"][0]["indicators"]}
    assert (lines["jobs"]["value"], lines["jobs"]["attainment"], lines["late"]["value"]) == ("40", "0.2", None)
    assert "77" not in str(lines["late"]), lines["late"]
    close(lac, "2025-Q3", "2025-Q4")
    lines = {line["indicator"]: line for line in lac.anonymous.get("/progress")["objectives"][0]["indicators"]}
    assert (lines["jobs"]["value"], lines["jobs"]["attainment"]) == ("160", "0.8")
    assert (lines["late"]["value"], lines["late"]["value_reason"]) == (None, "too_few_actors")
    figures = lac.anonymous.get("/figures", to="2025-Q1")["items"]
    assert [(one["indicator"], one["value"], one["reason"]) for one in figures] == [
        ("jobs", "40", None), ("late", None, "too_few_actors"),
    ]  # fmt: skip
    unpublished = lac.anonymous.get("/figures", to="2024")["items"]
    assert {(one["value"], one["reason"], one["completeness"]["due"]) for one in unpublished} == {(None, "not_published", 0)}
    assert refusal(lac.anonymous.ask("GET", "/progress", params={"as_of": progress["as_of"]})) == (403, "not_published")


def test_baselines_and_actors_targets_tell_nothing(shared: Client) -> None:
    """A baseline may be what somebody reported: it is told where it is what is published, or nobody reported of its time."""
    lac = protected(shared, define(), show_actor_values=False)
    for actor in ACTORS:
        lac.report(actor, "jobs", "2024-Q4", "10")
    base = {"kind": "set_target", "indicator": "jobs"}
    lac.adopt(
        {**base, "period": "2025", "value": "90", "baseline": {"period": "2024-Q4", "value": "40"}},
        {**base, "period": "2026", "value": "90", "baseline": {"period": "2024-Q4", "value": "39"}},
        {**base, "period": "2027", "value": "90", "baseline": {"period": "2020", "value": "7"}},
        {**base, "actor": "a", "period": "2025", "value": "20", "baseline": {"period": "2024-Q4", "value": "10"}},
    )

    def baselines(voice: Any) -> list[str | None]:
        answers = [
            voice.get("/targets")["items"],
            voice.get("/indicators/jobs/targets")["items"],
            voice.get("/indicators/jobs")["targets"],
            voice.get("/indicators")["items"][0]["targets"],
        ]
        assert all(one == answers[0] for one in answers)
        return [one["baseline"] and one["baseline"]["value"] for one in answers[0]]

    assert baselines(lac.members["b"]) == ["40", "39", "7", "10"]
    assert baselines(lac.anonymous) == [None, None, "7"], "not published yet"
    close(lac, "2024-Q4")
    assert baselines(lac.anonymous) == ["40", None, "7"]


def test_nothing_is_protected_by_default(shared: Client) -> None:
    lac = protected(shared)
    lac.report("a", "jobs", "2025-Q1", "1", dimensions={"sex": "F"})
    for asked in ({"from": "2025-01-01", "to": "2025-05"}, {"actor": "a", "to": "2025"}, {"by": "sex", "to": "2025"}):
        assert jobs(lac, **asked) == lac.support.get("/indicators/jobs/figure", **asked)


def test_a_revision_takes_nobody_out_visibly(shared: Client) -> None:
    """Where a code that one actor reports goes out of scope, the total with it less the total without it is its value."""
    lac = protected(shared, show_actor_values=False)
    for actor in ACTORS:
        lac.report(actor, "jobs", "2025-Q1", "10", dimensions={"sex": "F"})
        lac.report(actor, "jobs", "2025-Q2", "10", dimensions={"sex": "F"})
    lac.report("a", "jobs", "2025-Q1", "7", dimensions={"sex": "M"})
    close(lac, "2025-Q1")
    assert (jobs(lac)["value"], [part["value"] for part in jobs(lac, by="sex")["by_dimension"]]) == ("47", [None, None])
    revised = define(dimensions=[{"code": "sex", "codes": ["F"]}])["definition"] | {"effective_from": "2026-Q1"}
    bridge = {"kind": "conversion", "code_map": {"sex": {"M": "_X"}}}
    lac.adopt({"kind": "revise_indicator", "indicator": "jobs", "based_on": 1, "definition": revised, "bridge": bridge})
    close(lac, "2025-Q2")
    assert lac.support.get("/indicators/jobs/figure", to="2025-Q1")["value"] == "40"
    listed = lac.anonymous.get("/indicators/jobs/series")["items"]
    assert [(item["value"], item["reason"]) for item in listed] == [(None, "suppressed"), ("40", None)]


def test_who_leaves_takes_nothing_out_visibly(shared: Client) -> None:
    """A stock goes with its actor: the total without it, less the total with it, would be its value."""
    lac = protected(shared, define(nature="stock", over_time="last"), show_actor_values=False)
    for actor, value in zip(ACTORS, ("10", "20", "30", "40"), strict=True):
        lac.report(actor, "jobs", "2025-Q1", value)
    close(lac, "2025-Q1")
    assert jobs(lac)["value"] == "100"
    lac.adopt({"kind": "set_membership", "actor": "a", "membership": {"left": "2025-02-01"}})
    close(lac, "2025-Q2")
    assert lac.support.get("/indicators/jobs/figure", to="2025-Q1")["value"] == "90"
    assert jobs(lac, to="2025-Q1")["value"] is None
    assert jobs(lac, to="2025-Q2")["value"] is None, "it would be carried into it"


def test_one_who_reports_while_others_are_late(shared: Client) -> None:
    """Three are carried into the next period, and one reports there: the difference would be its value."""
    lac = protected(shared, define(nature="stock", over_time="last"), show_actor_values=False)
    for actor in "abc":
        lac.report(actor, "jobs", "2025-Q1", "10")
    lac.report("d", "jobs", "2025-Q2", "77")
    close(lac, "2025-Q1", "2025-Q2")
    assert (jobs(lac, to="2025-Q1")["value"], jobs(lac, to="2025-Q2")["value"]) == ("30", None)
    assert lac.support.get("/indicators/jobs/figure", to="2025-Q2")["value"] == "107"
