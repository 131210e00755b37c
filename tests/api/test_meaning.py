"""Nothing that can be asked is answered with a number that MODEL.md calls meaningless.

Every combination of measure, nature, over_time, over_actors and over_codes there is; what may be defined is reported in full,
in part, as zero, and asked by every set of dimensions, over windows of every kind, of all actors, some and one. Each answer is
that of a model written from MODEL.md alone, and keeps to what is said here in so many words.
"""

from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from service.indicators.evidence import Evidence
from service.models.period import Period, Window
from service.models.vocabulary import MeasureKind, Nature, OverActors, OverCodes, OverTime
from service.records.evidence import read_evidence
from service.records.moment import moment_of
from service.records.register import Registers
from tests.api.test_vectors import opens
from tests.builders import Client, Coalition, Json, coalition, define, refusal
from tests.indicators.test_definition import legal_combinations
from tests.naive.comparing import plain_answer
from tests.naive.overlaps import figure as naive_figure
from tests.records.coalition import reading

ASKED = datetime(2025, 11, 20, tzinfo=UTC)
KINDS = list(product(MeasureKind, Nature, OverTime, OverActors, OverCodes))
WINDOWS = (("2025-Q1", "2025-Q1"), ("2025-Q1", "2025-Q2"), ("2025", "2025"), ("2025-02", "2025-05"), ("2026", "2026"))
SPLITS: tuple[tuple[str, ...], ...] = ((), ("sex",), ("sex", "age"))
ASKERS: tuple[tuple[Json, frozenset[str] | None], ...] = (
    ({}, None),
    ({"actor": "a"}, frozenset("a")),
    ({"group": "north"}, frozenset("ab")),
)
REPORTS = (
    # A total and all its parts, then the parts alone.
    ("a", "2025-Q1", {}, 30),
    ("a", "2025-Q1", {"sex": "F"}, 20),
    ("a", "2025-Q1", {"sex": "M"}, 10),
    ("a", "2025-Q2", {"sex": "F"}, 5),
    ("a", "2025-Q2", {"sex": "M"}, 8),
    # One part of two, then every part of a finer split.
    ("b", "2025-Q1", {"sex": "F"}, 7),
    *(("b", "2025-Q2", {"sex": sex, "age": age}, 1 + place) for place, (sex, age) in enumerate(product("FM", "yo"))),
    # Zero, with nothing to divide by.
    ("c", "2025-Q1", {}, 0),
)
MEASURES = {
    "quantity": lambda number: {"value": str(number)},
    "ratio": lambda number: {"numerator": str(number), "denominator": str(number * number)},
    "mean": lambda number: {"value": str(number), "weight": str(number * 3)},
}


def code_of(kind: tuple[str, ...]) -> str:
    return "-".join(str(part) for part in kind)


def is_legal(kind: tuple[Any, ...]) -> bool:
    return tuple(str(part) for part in kind[:4]) in legal_combinations()


def defined(kind: tuple[Any, ...]) -> Json:
    measure, nature, over_time, over_actors, over_codes = (str(part) for part in kind)
    dimensions = [{"code": "sex", "codes": ["F", "M"]}, {"code": "age", "codes": ["y", "o"]}]
    return define(
        code_of(kind),
        measure=measure,
        nature=nature,
        over_time=over_time,
        over_actors=over_actors,
        over_codes=over_codes,
        dimensions=dimensions,
        contributors=["a"] if over_actors == "single" else "all",
    )


@pytest.fixture
def lac(client: Client) -> Coalition:
    """A community with an indicator of every legal kind, and reports for each."""
    client.clock = datetime(2024, 12, 1, tzinfo=UTC)
    made = coalition(client, ["a", "b", "c"])
    for actor in "ab":
        tag = made.support.ask("GET", f"/actors/{actor}").headers["ETag"]
        answer = made.support.ask("PATCH", f"/actors/{actor}", json={"groups": ["north"]}, headers={"If-Match": tag})
        assert answer.status_code == 200
    made.adopt(*(defined(kind) for kind in KINDS if is_legal(kind)))
    client.clock = datetime(2025, 10, 1, tzinfo=UTC)
    for actor, voice in made.members.items():
        items = [
            {"indicator": code_of(kind), "period": period, "dimensions": cell, **MEASURES[kind[0]](number)}
            for kind in KINDS
            if is_legal(kind) and (kind[3] is not OverActors.SINGLE or actor == "a")
            for reporter, period, cell, number in REPORTS
            if reporter == actor
        ]
        for start in range(0, len(items), 1000):
            voice.post("/contributions/batch", {"items": items[start : start + 1000]})
    client.clock = ASKED
    return made


def evidence_of(lac: Coalition) -> dict[str, Evidence]:
    registers = Registers()
    with reading(lac.client.database) as connection:
        moment = moment_of(connection, 1, None, ASKED, registers)
        register = registers.read(connection, 1, moment)
        return read_evidence(connection, register, moment, list(register.indicators))


def said(figure: Json) -> Json:
    """An answered figure as the plain values of the naive model's."""
    return {
        "version": figure["version"],
        "total": [figure["value"], figure["lowest"], figure["highest"]],
        "by_actor": {one["actor"]: [one["value"], one["lowest"], one["highest"]] for one in figure["by_actor"]},
        "by_dimension": {
            tuple(sorted(one["dimensions"].items())): [one["value"], one["lowest"], one["highest"]]
            for one in figure["by_dimension"]
        },
        "unallocated": figure["unallocated"],
        "excluded": sorted((one["reason"], one["version"], one["entries"]) for one in figure["excluded"]),
        "restated": figure["restated"],
        "carried_forward": figure["carried_forward"],
        "flags": sorted(flag for flag in figure["flags"] if flag in ("parts_incomplete", "parts_differ_from_total")),
        "reason": figure["reason"],
    }


def keeps_to_the_model(kind: tuple[Any, ...], figure: Json, actors: frozenset[str] | None) -> None:
    """What MODEL.md forbids in so many words."""
    measure, _, over_time, over_actors, over_codes = kind
    everything = [figure, *figure["by_actor"], *figure["by_dimension"]]
    if over_actors is OverActors.NONE and (actors is None or len(actors) > 1):
        assert {one["value"] for one in (figure, *figure["by_dimension"])} == {None}
        assert figure["unallocated"] is None and figure["reason"] is not None
    if over_actors is OverActors.DISTINCT:
        assert all(one["value"] is None or one["value"] == one["lowest"] == one["highest"] for one in everything)
    else:
        assert all(one["lowest"] is one["highest"] is None for one in everything)
    adds = (measure, over_codes, over_actors) == (MeasureKind.QUANTITY, OverCodes.SUM, OverActors.SUM)
    if not adds or over_time not in (OverTime.SUM, OverTime.LAST):
        assert figure["unallocated"] is None
    if figure["reason"] is not None:
        assert figure["value"] is figure["lowest"] is figure["highest"] is None


@pytest.mark.proof
def test_no_figure_is_without_meaning(lac: Coalition) -> None:
    known = evidence_of(lac)
    legal = [kind for kind in KINDS if is_legal(kind)]
    assert len(known) == len(legal) == 168
    values = 0
    # What is computed of what was read is the same on every engine.
    windows = WINDOWS if lac.client.database.is_sqlite else WINDOWS[1:2]
    for (begin, end), by, (who, actors) in product(windows, SPLITS, ASKERS):
        question = {"from": begin, "to": end, **({"by": ",".join(by)} if by else {}), **who}
        window = Window.over(Period.parse(begin), Period.parse(end))
        items = lac.support.get("/figures", limit=1000, **question)["items"]
        for kind, figure in zip(legal, items, strict=True):
            assert figure["indicator"] == code_of(kind)
            expected = plain_answer(naive_figure(known[code_of(kind)], window, None, by, actors))
            assert (expected.pop("overlap"), expected.pop("overlaps")) == (None, {}) == (figure["overlap"], {})
            assert said(figure) == expected, (kind, question)
            keeps_to_the_model(kind, figure, actors)
            values += figure["value"] is not None
    assert values > 300 * len(windows)


@pytest.mark.proof
def test_nothing_else_tells_a_number_that_a_figure_does_not(lac: Coalition) -> None:
    lines = {line["indicator"]: line for line in lac.support.get("/progress", at="2025")["objectives"][0]["indicators"]}
    legal = [kind for kind in KINDS if is_legal(kind)]
    for kind in legal if lac.client.database.is_sqlite else legal[::5]:
        code, question = code_of(kind), {"from": "2025-Q1", "to": "2025-Q2"}
        figure = lac.support.get(f"/indicators/{code}/figure", **question, by="sex")
        opens(lac.support.get(f"/indicators/{code}/explanation", limit=1000, **question, by="sex"), figure)
        (year,) = lac.support.get(f"/indicators/{code}/series", frequency="A", **{"from": "2025", "to": "2025"})["items"]
        assert {name: year[name] for name in figure} == lac.support.get(f"/indicators/{code}/figure", to="2025")
        for point in lac.support.get(f"/indicators/{code}/series", by="sex,age", **{"from": "2025", "to": "2025"})["items"]:
            keeps_to_the_model(kind, point, None)
            assert point["increment"] is None or kind[1] is Nature.CUMULATIVE
        if kind[3] is OverActors.NONE:
            assert lines[code]["value"] is lines[code]["attainment"] is None


@pytest.mark.proof
def test_what_has_no_meaning_is_not_defined(light_client: Client) -> None:
    lac = coalition(light_client, ["a"])
    for kind in KINDS:
        if not is_legal(kind):
            proposal = {"title": "A kind", "rationale": "To see.", "changes": [defined(kind)]}
            status, code = refusal(lac.support.ask("POST", "/proposals", json=proposal))
            assert (status, code) in ((422, "illegal_over_time"), (422, "illegal_over_actors"), (422, "illegal_definition")), (
                kind
            )
    assert lac.support.get("/indicators")["items"] == []
