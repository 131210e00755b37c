"""What the worked cases do not say about older values in newer terms (MODEL.md 3 and 4)."""

from typing import Any

from service.indicators.figure import Figure, Question, figure
from service.models.period import Period, Window
from tests.indicators.product import text
from tests.vectors import evidence_of

RULES = {
    "measure": "quantity",
    "nature": "flow",
    "over_time": "sum",
    "over_actors": "sum",
    "direction": "increase",
    "frequency": "Q",
    "carry_forward": 1,
    "factor": "1",
}
YEAR = Window.over(Period.parse("2025"), Period.parse("2025"))


def version(number: int, codes: dict[str, list[str]], adopted_at: str, bridge: dict[str, Any] | None) -> dict[str, Any]:
    """A version of the cases' form that governs 2025, whenever it was adopted."""
    return {
        **RULES,
        "number": number,
        "dimensions": [{"code": dimension, "codes": listed} for dimension, listed in codes.items()],
        "effective_from": "2025" if number > 1 else None,
        "adopted_at": adopted_at,
        "bridge": bridge,
    }


def report(value: str, at: str, **dimensions: str) -> dict[str, Any]:
    """What `a` reported of the first quarter."""
    return {"indicator": "x", "actor": "a", "period": "2025-Q1", "value": value, "at": at, "dimensions": dimensions}


def asked(versions: list[dict[str, Any]], entries: list[dict[str, Any]], *by: str) -> Figure:
    """The figure of 2025 in the middle of 2026."""
    case = {
        "scenario": {"indicators": {"x": {"versions": versions}}, "entries": entries},
        "ask": {"indicator": "x", "as_of": "2026-06-30T12:00:00Z"},
    }
    return figure(evidence_of(case), Question(YEAR, by=by))


BEFORE, LATER = "2025-05-01T00:00:00Z", "2025-07-01T00:00:00Z"
COMES_BACK = [
    version(1, {"sex": ["F", "M"]}, "2023-01-01T00:00:00Z", None),
    version(2, {}, "2025-06-01T00:00:00Z", {"kind": "conversion"}),
    version(3, {"sex": ["women", "men"]}, "2025-06-02T00:00:00Z", {"kind": "editorial"}),
]
"""A dimension goes, and a later one takes its name."""
REPORTED_BEFORE = [report("6", BEFORE, sex="F"), report("3", BEFORE, sex="M")]


def test_a_dimension_that_comes_back_is_another_way_to_split() -> None:
    anew = [report("5", LATER, sex="women"), report("4", LATER, sex="men")]
    made = asked(COMES_BACK, REPORTED_BEFORE + anew, "sex")
    assert (text(made.value), text(made.unallocated)) == ("9", "0")
    assert {part.codes["sex"]: text(part.value) for part in made.by_dimension} == {"women": "5", "men": "4"}


def test_what_was_complete_before_wins_over_what_came_back_in_part() -> None:
    made = asked(COMES_BACK, [*REPORTED_BEFORE, report("5", LATER, sex="women")], "sex")
    assert (text(made.value), text(made.unallocated), made.flags) == ("9", "4", ())


def test_what_the_old_dimension_held_is_at_no_code_of_the_new_one() -> None:
    made = asked(COMES_BACK, REPORTED_BEFORE, "sex")
    assert (text(made.value), made.by_dimension, text(made.unallocated)) == ("9", (), "9")


def test_what_lands_on_the_same_codes_replaces_only_what_it_lands_on() -> None:
    merged = [
        version(1, {"age": ["18-24", "25-29", "30+"]}, "2023-01-01T00:00:00Z", None),
        version(
            2,
            {"age": ["18-29", "30+"]},
            "2025-06-01T00:00:00Z",
            {"kind": "conversion", "code_map": {"age": {"18-24": "18-29", "25-29": "18-29"}}},
        ),
    ]
    before = [report("2", BEFORE, age="18-24"), report("3", BEFORE, age="25-29"), report("4", BEFORE, age="30+")]
    assert text(asked(merged, before).value) == "9"
    assert text(asked(merged, [*before, report("0", LATER, age="18-29")]).value) == "4"
