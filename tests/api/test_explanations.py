"""Figures opened over HTTP: every entry in and out, its way through the bridges, where it came from, and who sees it."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from service.api.paging import seal_cursor
from tests.builders import STARTS, Client, Coalition, Json, Voice, coalition, define, refusal

YEAR = {"from": "2025", "to": "2025"}
SEX = [{"code": "sex", "codes": ["F", "M"]}]


def made(client: Client) -> Coalition:
    """Three members who count jobs by sex, asked on 15 January 2026."""
    lac = coalition(client, ["a", "b", "c"])
    lac.adopt(
        define("jobs", dimensions=SEX),
        define("calm", over_actors="none"),
        define("people", over_actors="distinct"),
        define("rate", measure="ratio", factor="100"),
    )
    return lac


def explained(voice: Voice, indicator: str = "jobs", **more: object) -> Json:
    """The explanation over 2025 unless `more` says otherwise."""
    return voice.get(f"/indicators/{indicator}/explanation", **YEAR | more)


def entries_of(voice: Voice, indicator: str = "jobs", **more: object) -> Iterator[Json]:
    """All entries, page by page."""
    cursor: Json = {}
    while True:
        answer = explained(voice, indicator, **more | cursor)
        yield from answer["items"]
        if answer["next_cursor"] is None:
            return
        assert cursor.get("cursor") != answer["next_cursor"], "a page that leads to itself"
        cursor = {"cursor": answer["next_cursor"]}


def test_the_whole_answer(lac: Coalition) -> None:
    said = lac.report(
        "a", "jobs", "2025-Q1", "3", dimensions={"sex": "F"}, observation_status="E", comment="By hand.", evidence="list.pdf"
    )
    answer = explained(lac.support, by="sex")
    figure = lac.support.get("/indicators/jobs/figure", by="sex", **YEAR)
    assert {name: answer[name] for name in figure} == figure
    quantity = {"part_numerator": None, "part_denominator": None}
    assert {name: value for name, value in answer.items() if name not in figure} == {
        "total": {"part": "3", **quantity},
        "lowest_of": None,
        "actors": [
            {
                "actor": "a",
                "value": "3",
                "part": "3",
                **quantity,
                "periods": [
                    {"period": "2025-Q1", "part": "3", **quantity, "grain": ["sex"], "grain_by": ["sex"], "entries": 1}
                ],
            }
        ],
        "items": [
            {
                "id": said["id"],
                "actor": "a",
                "period": "2025-Q1",
                "dimensions": {"sex": "F"},
                "used": True,
                "reason": None,
                "part": "3",
                **quantity,
                "counts_at": {"sex": "F"},
                "version": 1,
                "reported": {"value": "3", "numerator": None, "denominator": None, "weight": None},
                "restated": {"value": "3", "numerator": None, "denominator": None, "weight": None, "dimensions": {"sex": "F"}},
                "steps": [],
                "observation_status": "E",
                "comment": "By hand.",
                "evidence": "list.pdf",
                "erased": False,
                "status": "reported",
                "journal": answer["items"][0]["journal"],
                "recorded_at": said["recorded_at"],
                "reported_by": "a",
                "import_id": None,
            }
        ],
        "next_cursor": None,
        "instants": None,
        "windows": None,
    }


def test_zero(lac: Coalition) -> None:
    lac.report("a", "jobs", "2025-Q1", "0")
    answer = explained(lac.support)
    assert (answer["total"]["part"], answer["actors"][0]["part"], answer["items"][0]["part"]) == ("0", "0", "0")


def test_missing(lac: Coalition) -> None:
    answer = explained(lac.support)
    assert (answer["total"], answer["actors"], answer["items"], answer["reason"]) == (None, [], [], "no_entries")
    later = lac.support.get("/indicators/jobs/explanation", **{"from": "2030"})
    assert (later["total"], later["items"], later["reason"]) == (None, [], "not_started")


def test_what_a_correction_replaced_is_history(lac: Coalition) -> None:
    lac.report("a", "jobs", "2025-Q1", "3", comment="Too few.")
    lac.report("a", "jobs", "2025-Q1", "5")
    lac.support.post("/contributions", {"indicator": "jobs", "actor": "b", "period": "2025-Q1", "value": "2"})
    first, second = explained(lac.support)["items"]
    assert (first["part"], first["comment"], first["reported_by"]) == ("5", None, "a")
    assert (second["actor"], second["reported_by"]) == ("b", "appui")
    history = lac.support.get(f"/contributions/{first['id']}/history")["items"]
    assert [one["value"] for one in history] == ["3", "5"]
    assert (history[1]["journal"], history[1]["recorded_at"]) == (first["journal"], first["recorded_at"])


def test_the_import_is_named(lac: Coalition, shared: Client) -> None:
    content = b"indicator,period,value\njobs,2025-Q1,3\njobs,2025-Q2,4\n"
    headers = {"Content-Type": "text/csv", "Prefer": "wait=10"}
    sent = lac.members["a"].ask("POST", "/imports", content=content, headers=headers).json()
    assert sent["status"] == "succeeded", sent
    lac.report("a", "jobs", "2025-Q2", "5")
    assert [(one["part"], one["import_id"]) for one in explained(lac.support)["items"]] == [("3", sent["id"]), ("5", None)]
    before = lac.support.get("/imports/" + sent["id"])["finished_at"]
    assert before is not None


def test_every_bridge_on_the_way(lac: Coalition) -> None:
    lac.report("a", "jobs", "2025-Q1", "3", dimensions={"sex": "F"})
    lac.report("b", "jobs", "2025-Q1", "7")
    renamed = [{"code": "sex", "codes": ["women", "M"]}]
    conversion = {"kind": "conversion", "factor": "0.5", "code_map": {"sex": {"F": "women"}}}
    revise(lac, 1, define(dimensions=renamed)["definition"], conversion)
    revise(lac, 2, define(dimensions=renamed, method="Contracts.")["definition"], {"kind": "editorial"})
    women, whole = explained(lac.support)["items"]
    assert (women["part"], whole["part"]) == ("1.5", "3.5")
    assert (women["reported"]["value"], women["restated"]["value"]) == ("3", "1.5")
    assert (women["dimensions"], women["restated"]["dimensions"]) == ({"sex": "F"}, {"sex": "women"})
    converted, reworded = women["steps"]
    assert (converted["version"], converted["kind"], converted["factor"]) == (2, "conversion", "0.5")
    assert (converted["before"]["value"], converted["after"]["value"]) == ("3", "1.5")
    assert (converted["before"]["dimensions"], converted["after"]["dimensions"]) == ({"sex": "F"}, {"sex": "women"})
    assert (reworded["version"], reworded["kind"], reworded["factor"]) == (3, "editorial", None)
    assert reworded["before"] == reworded["after"] == converted["after"]
    assert [len(one["steps"]) for one in explained(lac.support, version=2)["items"]] == [1, 1]
    revise(lac, 3, define(unit="contracts")["definition"], {"kind": "break"})
    broken = explained(lac.support)
    assert broken["excluded"] == [{"reason": "series_break", "version": 1, "entries": 2}]
    assert {(one["reason"], one["used"], one["part"]) for one in broken["items"]} == {("series_break", False, None)}
    assert [(step["kind"], step["after"] is None) for step in broken["items"][0]["steps"]] == [
        ("conversion", False),
        ("editorial", False),
        ("break", True),
    ]


def revise(lac: Coalition, based_on: int, definition: Json, bridge: Json) -> None:
    """Adopts the next version of `jobs`, in force from the second quarter of 2025."""
    change = {"kind": "revise_indicator", "indicator": "jobs", "based_on": based_on, "bridge": bridge}
    lac.adopt({**change, "definition": definition | {"effective_from": "2025-Q2"}})


def test_what_waits_and_what_is_contested(shared: Client) -> None:
    lac = coalition(shared, charter={"validation": "support"})
    lac.adopt(define())
    first, second = (lac.report(actor, "jobs", "2025-Q1", "3", comment="At first.") for actor in ("a", "b"))
    for one in (first, second):
        lac.support.post(f"/contributions/{one['id']}/validate")
    lac.report("a", "jobs", "2025-Q1", "9", comment="Counted anew.")
    lac.support.post(f"/contributions/{second['id']}/contest", {"reason": "It cannot be."})
    lac.report("a", "jobs", "2025-Q2", "0")
    answer = explained(lac.support)
    assert (answer["value"], answer["excluded"]) == ("3", [{"reason": "not_validated", "version": 1, "entries": 3}])
    told = [(one["period"], one["reported"]["value"], one["reason"], one["status"]) for one in answer["items"]]
    assert told == [
        ("2025-Q1", "3", None, "not_validated"),
        ("2025-Q1", "9", "not_validated", "not_validated"),
        ("2025-Q2", "0", "not_validated", "not_validated"),
        ("2025-Q1", "3", "not_validated", "contested"),
    ]
    comments = [(one["comment"], one["reported_by"]) for one in answer["items"]]
    assert comments == [("At first.", "a"), ("Counted anew.", "a"), (None, "a"), ("At first.", "b")]


def test_a_ratio_adds_up_in_its_components(lac: Coalition) -> None:
    for actor, numerator, denominator in (("a", "90", "100"), ("b", "10", "50")):
        body = {"indicator": "rate", "period": "2025-Q1", "numerator": numerator, "denominator": denominator}
        lac.members[actor].post("/contributions", body)
    answer = explained(lac.support, "rate")
    assert answer["total"] == {"part": "66.666666666667", "part_numerator": "100", "part_denominator": "150"}
    assert [(one["part"], one["part_numerator"], one["part_denominator"]) for one in answer["items"]] == [
        ("60", "90", "100"),
        ("6.666666666667", "10", "50"),
    ]


def test_an_interval_and_values_side_by_side(lac: Coalition) -> None:
    for actor, value in (("a", "3"), ("b", "4")):
        lac.report(actor, "people", "2025-Q1", value)
        lac.report(actor, "calm", "2025-Q1", value)
    people = explained(lac.support, "people")
    assert (people["total"]["part"], people["lowest_of"]) == (people["highest"], {"actor": "b", "period": "2025-Q1"})
    calm = explained(lac.support, "calm")
    assert (calm["total"], calm["reason"], [one["part"] for one in calm["items"]]) == (
        None,
        "no_total_over_actors",
        [None, None],
    )
    assert [(one["value"], one["part"]) for one in calm["actors"]] == [("3", None), ("4", None)]
    assert explained(lac.support, "calm", actor="a")["total"]["part"] == "3"


def test_pages_to_the_end(lac: Coalition) -> None:
    for actor in ("c", "a", "b"):
        for quarter in ("2025-Q2", "2025-Q1", "2024-Q1"):
            for sex in ("F", "M"):
                lac.report(actor, "jobs", quarter, "1", dimensions={"sex": sex})
    whole = explained(lac.support)
    assert (len(whole["items"]), whole["next_cursor"]) == (12, None)
    assert list(entries_of(lac.support, limit=5)) == whole["items"]
    assert list(entries_of(lac.support, limit=1)) == whole["items"]
    assert sum(Decimal(one["part"]) for one in entries_of(lac.support, limit=5)) == Decimal(whole["value"])
    first = lac.support.ask("GET", "/indicators/jobs/explanation", params={**YEAR, "limit": 5})
    assert "cursor=" in first.headers["link"] and len(first.json()["actors"]) == 3
    # What comes in meanwhile moves nothing: the rest is still told, each entry once.
    rest = {"cursor": first.json()["next_cursor"], "limit": 100}
    lac.report("a", "jobs", "2025-Q1", "1")
    assert explained(lac.support, **rest)["items"][-6:] == whole["items"][-6:]
    for cursor in ("x", seal_cursor(1), seal_cursor(1, 2, 3), seal_cursor("a", 1, 1, 1), seal_cursor(1, 1, 1, None)):
        asked = {"cursor": cursor}
        assert refusal(lac.support.ask("GET", "/indicators/jobs/explanation", params=asked)) == (422, "invalid_cursor")


def test_as_a_table(lac: Coalition) -> None:
    lac.report("a", "jobs", "2025-Q1", "3", dimensions={"sex": "F"}, comment="=1+1")
    head, row = lac.support.ask("GET", "/indicators/jobs/explanation", params={**YEAR, "format": "csv"}).text.splitlines()
    told = dict(zip(head.split(","), row.split(","), strict=True))
    assert (told["actor"], told["part"], told["reported.value"], told["dimensions.sex"]) == ("a", "3", "3", "F")
    assert (told["comment"], told["used"], told["reason"]) == ("'=1+1", "true", "")


def test_the_same_question_has_the_same_bytes_for_ever(lac: Coalition, shared: Client) -> None:
    lac.report("a", "jobs", "2025-Q1", "3", comment="Counted.")
    path, asked = "/indicators/jobs/explanation", {**YEAR, "by": "sex"}
    first = lac.support.ask("GET", path, params=asked)
    again = asked | {"as_of": first.json()["as_of"]}
    shared.clock = STARTS + timedelta(hours=3)
    assert lac.support.ask("GET", path, params=asked, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    lac.report("a", "jobs", "2025-Q1", "5")
    revise(lac, 1, define(dimensions=SEX, method="Contracts.")["definition"], {"kind": "editorial"})
    lac.adopt({"kind": "set_membership", "actor": "a", "membership": {"left": "2025-01-01"}})
    shared.clock = STARTS + timedelta(days=400)
    assert lac.support.ask("GET", path, params=again).content == first.content
    assert lac.support.ask("GET", path, params=asked).json()["value"] == "5"
    fresh = Client(shared.database, now=shared.clock)
    assert fresh.ask("GET", f"/v1/communities/{lac.code}{path}", lac.support.token, params=again).content == first.content


def test_hidden_values(shared: Client) -> None:
    lac = coalition(shared, ["a", "b", "c"], charter={"show_actor_values": False}, visibility="public")
    lac.adopt(define(), define("people", over_actors="distinct"))
    for actor, value in (("a", "3"), ("b", "4"), ("c", "5")):
        lac.report(actor, "jobs", "2025-Q1", value, comment="Ours.")
        lac.report(actor, "people", "2025-Q1", value)
    for voice, seen in ((lac.support, ["a", "b", "c"]), (lac.members["a"], ["a"])):
        answer = explained(voice)
        assert (answer["value"], answer["total"]["part"]) == ("12", "12")
        for told in (answer["actors"], answer["by_actor"], answer["items"]):
            assert [one["actor"] for one in told] == seen
        assert [one["actor"] for one in entries_of(voice, limit=1)] == seen
        assert (explained(voice, "people")["lowest_of"] is None) == ("c" not in seen)
        assert (explained(voice, "people")["lowest"] is None) == ("c" not in seen), "it is what `c` reported"
    response = lac.members["b"].ask("GET", "/indicators/jobs/explanation", params={"actor": "a"})
    assert refusal(response) == (403, "actor_values_hidden")
    assert refusal(lac.anonymous.ask("GET", "/indicators/jobs/explanation")) == (403, "not_published")


def test_a_total_over_two_is_kept_with_its_parts(shared: Client) -> None:
    lac = coalition(shared, charter={"show_actor_values": False})
    lac.adopt(define())
    for actor in ("a", "b"):
        lac.report(actor, "jobs", "2025-Q1", "3")
    answer = explained(lac.members["a"])
    assert (answer["value"], answer["reason"], answer["total"]["part"]) == (None, "too_few_actors", None)
    assert [one["part"] for one in answer["actors"]] == ["3"], "its own is its own"


def test_hidden_components(shared: Client) -> None:
    """From a ratio's numerator and denominator, less one's own, the others' could be told."""
    lac = coalition(shared, ["a", "b", "c"], charter={"show_actor_values": False}, visibility="public")
    lac.adopt(define("rate", measure="ratio"))
    for actor, numerator in (("a", "1"), ("b", "3"), ("c", "2")):
        body = {"indicator": "rate", "period": "2025-Q1", "numerator": numerator, "denominator": "4"}
        lac.members[actor].post("/contributions", body)
    assert explained(lac.members["a"], "rate")["total"] == {"part": "0.5", "part_numerator": None, "part_denominator": None}
    for level in ("actors", "items"):
        (own,) = explained(lac.members["a"], "rate")[level]
        assert (own["part"], own["part_numerator"], own["part_denominator"]) == (None, "1", "4")
    assert explained(lac.support, "rate")["total"] == {"part": "0.5", "part_numerator": "6", "part_denominator": "12"}
    alone = explained(lac.members["a"], "rate", actor="a")
    assert (alone["total"]["part_denominator"], alone["items"][0]["part"]) == ("4", "0.25")


def test_who_is_no_member_sees_no_entries(shared: Client) -> None:
    lac = coalition(shared, visibility="public")
    lac.adopt(define())
    lac.report("a", "jobs", "2025-Q1", "3", comment="Among us.")
    without = lac.support.post("/actors/a/tokens", {"name": "narrow", "scopes": ["contribute"]})["token"]
    for voice in (lac.anonymous, Voice(shared, lac.code, without)):
        answer = explained(voice)
        assert ([one["part"] for one in answer["actors"]], answer["items"]) == (["3"], [])
        assert voice.ask("GET", "/contributions").status_code in (401, 403)
    assert explained(lac.members["b"])["items"][0]["comment"] == "Among us."


def test_peers_who_validate_see_what_they_validate(shared: Client) -> None:
    lac = coalition(shared, charter={"show_actor_values": False, "validation": "peer"})
    lac.adopt(define())
    lac.report("a", "jobs", "2025-Q1", "3")
    answer = explained(lac.members["b"])
    assert [one["reason"] for one in answer["items"]] == ["not_validated"]
    assert lac.members["b"].get("/contributions")["items"][0]["id"] == answer["items"][0]["id"]


def test_what_cannot_be_asked(untouched: Coalition) -> None:
    for asked, status, code in (
        ({"from": "2026", "to": "2025"}, 422, "window_reversed"),
        ({"by": "age"}, 422, "unknown_dimension"),
        ({"version": "2"}, 404, "unknown_version"),
        ({"actor": "z"}, 422, "unknown_actor"),
        ({"limit": "0"}, 422, "too_small"),
        ({"since": "2025"}, 422, "unknown_parameter"),
    ):
        assert refusal(untouched.support.ask("GET", "/indicators/jobs/explanation", params=asked)) == (status, code)
    assert refusal(untouched.support.ask("GET", "/indicators/none/explanation")) == (404, "unknown_indicator")
