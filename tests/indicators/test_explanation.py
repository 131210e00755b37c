"""What is in a figure and what is not: the worked cases opened, and cases whose parts can be told by heart.

`test_against_naive.py` holds the same of random scenarios.
"""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from service.indicators.evidence import Entry, Evidence
from service.indicators.explanation import Explanation, explanation
from service.indicators.figure import Question
from service.indicators.register import Version
from service.indicators.restatement import Terms
from service.models.community import Charter, Member
from service.models.indicator import Bridge, Definition
from service.models.measure import measure_text
from service.models.period import Period, Window
from service.models.vocabulary import Validation
from tests.indicators.explaining import compare_explanations
from tests.scenarios import Asked, Inquiry
from tests.vectors import Case, cases, evidence_of

AS_OF = datetime(2026, 1, 15, tzinfo=UTC)
QUANTITY = {"measure": "quantity", "nature": "flow", "over_time": "sum", "over_actors": "sum"}
SEX = [{"code": "sex", "codes": ["F", "M"]}]


@pytest.mark.parametrize("case", cases("figure"), ids=lambda case: str(case["name"]))
def test_worked_cases_add_up(case: Case) -> None:
    ask = case["ask"]
    window = Window.over(Period.parse(ask["from"]), Period.parse(ask["to"]))
    asked = Asked(window, ask.get("version"), tuple(ask.get("by", ())), ask.get("actors"))
    compare_explanations(Inquiry(evidence_of(case), (asked,), (), None))


def opened(
    definition: dict[str, Any], *entries: Entry, by: tuple[str, ...] = (), later: tuple[dict[str, Any], Bridge] | None = None
) -> Explanation:
    """The year 2025, opened, of an indicator with this definition and, since, a `later` one behind a bridge."""
    usual = {"name": "x", "unit": "x", "direction": "increase", "frequency": "Q"}
    versions = [Version(1, Definition.model_validate(usual | definition), None, AS_OF)]
    if later is not None:
        versions.append(Version(2, Definition.model_validate(usual | later[0]), later[1], AS_OF))
    member = Member.model_validate({"name": "x", "kind": "association"})
    members = dict.fromkeys(sorted({entry.actor for entry in entries}), member)
    charter = Charter(validation=Validation.NONE)
    evidence = Evidence("x", tuple(versions), tuple(entries), members, charter, AS_OF, AS_OF.date())
    year = Period.parse("2025")
    return explanation(evidence, Question(Window.over(year, year), by=by))


def entry(journal: int, actor: str, period: str, value: str | None = None, sex: str | None = None, **more: Any) -> Entry:
    """A report, of a quantity unless `more` says otherwise."""
    cell = () if sex is None else (("sex", sex),)
    measures: dict[str, Any] = {name: Decimal(more[name]) for name in ("numerator", "denominator", "weight") if name in more}
    if value is not None:
        measures["value"] = Decimal(value)
    report = Entry(actor, Period.parse(period), cell, journal, AS_OF, more.get("version", 1))
    return replace(report, **measures)


def parts(made: Explanation) -> list[tuple[str, ...] | None]:
    """The parts in the order of the journal, as plain fractions."""
    ordered = sorted(made.entries, key=lambda one: one.entry.journal)
    return [None if one.part is None else tuple(str(number) for number in one.part) for one in ordered]


def numbers(terms: Terms | None) -> list[str]:
    """The measures of an entry, in plain notation."""
    return [] if terms is None else [measure_text(number) for number in terms.measures]


THREE = (entry(1, "a", "2025-Q1", "3"), entry(2, "b", "2025-Q1", "0"), entry(3, "c", "2025-Q1", "5"))


@pytest.mark.parametrize(
    ("over_actors", "expected"),
    [
        ("sum", ["3", "0", "5"]),
        ("mean", ["1", "0", "5/3"]),
        ("median", ["3", "0", "0"]),
        ("max", ["0", "0", "5"]),
        ("min", ["0", "0", "0"]),
        ("distinct", ["3", "0", "5"]),
    ],
)
def test_over_actors(over_actors: str, expected: list[str]) -> None:
    made = opened(QUANTITY | {"over_actors": over_actors}, *THREE)
    assert parts(made) == [(part,) for part in expected]
    assert made.lowest_of == (("c", Period.parse("2025-Q1")) if over_actors == "distinct" else None)


def test_a_median_of_four_lies_between_two() -> None:
    made = opened(QUANTITY | {"over_actors": "median"}, *THREE, entry(4, "d", "2025-Q1", "4"))
    assert (parts(made), made.figure.value) == ([("3/2",), ("0",), ("0",), ("2",)], Decimal("3.5"))


@pytest.mark.parametrize(
    ("over_time", "expected"), [("sum", ["3", "7", "7"]), ("mean", ["1", "7/3", "7/3"]), ("max", ["0", "7", "0"])]
)
def test_over_time(over_time: str, expected: list[str]) -> None:
    quarters = [entry(place, "a", f"2025-Q{place}", value) for place, value in enumerate(("3", "7", "7"), 1)]
    assert parts(opened(QUANTITY | {"over_time": over_time}, *quarters)) == [(part,) for part in expected]


def test_of_several_as_small_the_first_has_it() -> None:
    made = opened(QUANTITY | {"over_actors": "min"}, entry(1, "b", "2025-Q1", "2"), entry(2, "a", "2025-Q1", "2"))
    assert parts(made) == [("0",), ("2",)]


def test_a_ratio_is_its_components() -> None:
    definition = {"measure": "ratio", "nature": "flow", "over_time": "sum", "over_actors": "sum", "factor": "100"}
    reports = (
        entry(1, "a", "2025-Q1", numerator="1", denominator="10"),
        entry(2, "a", "2025-Q2", numerator="0", denominator="30"),
    )
    made = opened(definition, *reports)
    assert (parts(made), made.total) == ([("1", "10"), ("0", "30")], (Fraction(1), Fraction(40)))
    assert [made.share_of_value(one.part) for one in made.entries] == [Fraction(5, 2), 0]
    standing = opened(definition | {"denominator_over_time": "last"}, *reports)
    assert (parts(standing), standing.total) == ([("1", "0"), ("0", "30")], (Fraction(1), Fraction(30)))
    empty = opened(definition, entry(1, "a", "2025-Q1", numerator="1", denominator="0"))
    assert (parts(empty), empty.share_of_value(empty.entries[0].part)) == ([("1", "0")], None), "components without a quotient"


def test_a_mean_shows_its_value_even_where_it_weighs_nothing() -> None:
    definition = {"measure": "mean", "nature": "flow", "over_time": "sum", "over_actors": "sum"}
    bridge = Bridge.model_validate({"kind": "conversion", "factor": "2", "offset": "1"})
    made = opened(
        definition,
        entry(1, "a", "2025-Q1", "3", weight="4"),
        entry(2, "b", "2025-Q1", "5", weight="0"),
        later=(definition, bridge),
    )
    assert parts(made) == [("28", "4"), ("0", "0")]
    assert [numbers(one.restated) for one in made.entries] == [["7", "4"], ["11", "0"]]


def test_side_by_side_there_are_no_parts() -> None:
    made = opened(QUANTITY | {"over_actors": "none"}, *THREE)
    assert (parts(made), made.total, made.figure.reason) == ([None, None, None], None, "no_total_over_actors")
    assert [one.reason for one in made.entries] == [None, None, None], "each of them is in its actor's value"


def test_who_lost_to_what() -> None:
    definition = QUANTITY | {"dimensions": SEX}
    whole, women, men = (entry(1, "a", "2025-Q1", "9"), entry(2, "a", "2025-Q1", "4", "F"), entry(3, "a", "2025-Q1", "5", "M"))
    made = opened(definition, whole, women, men)
    assert [one.reason for one in made.entries] == [None, "other_grain", "other_grain"]
    split = opened(definition, whole, women, men, by=("sex",))
    assert [(one.reason, one.codes, one.part) for one in split.entries] == [
        (None, None, (9,)),
        (None, ("F",), None),
        (None, ("M",), None),
    ]
    only_women = opened(definition | {"over_codes": "none"}, women)
    assert ([one.reason for one in only_women.entries], only_women.total) == (["no_such_grain"], None)


def test_what_was_reported_anew_replaces() -> None:
    before = QUANTITY | {"dimensions": SEX}
    merged = QUANTITY | {"dimensions": [{"code": "sex", "codes": ["all"]}]}
    bridge = Bridge.model_validate({"kind": "conversion", "code_map": {"sex": {"F": "all", "M": "all"}}})
    older = (entry(1, "a", "2025-Q1", "4", "F"), entry(2, "a", "2025-Q1", "5", "M"))
    made = opened(before, *older, later=(merged, bridge))
    assert (parts(made), made.figure.value) == ([("4",), ("5",)], Decimal(9))
    (step,) = made.entries[0].steps
    assert (step.before.codes, step.after and step.after.codes) == ({"sex": "F"}, {"sex": "all"})
    anew = opened(before, *older, entry(3, "a", "2025-Q1", "8", "all", version=2), later=(merged, bridge))
    assert [one.reason for one in sorted(anew.entries, key=lambda one: one.entry.journal)] == ["replaced", "replaced", None]


def test_at_a_code_that_two_fill_and_one_alone_may_neither_is_another_cells_doing() -> None:
    # Revised into what one actor alone reports: d's total stands alone, at F it meets b's, and no one is the one expected.
    before = QUANTITY | {"over_codes": "none", "dimensions": SEX}
    alone = before | {"over_actors": "single", "contributors": ["a"]}
    entries = (entry(1, "d", "2025-Q1", "9"), entry(2, "d", "2025-Q1", "4", "F"), entry(3, "b", "2025-Q1", "2", "F"))
    made = opened(before, *entries, by=("sex",), later=(alone, Bridge.model_validate({"kind": "editorial"})))
    assert [(value.codes, value.value) for value in made.figure.by_dimension] == [({"sex": "F"}, None)]
    told = {one.entry.journal: (one.reason, one.part) for one in made.entries}
    assert told == {1: (None, (9,)), 2: ("not_expected", None), 3: ("not_expected", None)}


def test_the_period_that_serves() -> None:
    definition = {"measure": "quantity", "nature": "stock", "over_time": "last", "over_actors": "sum"}
    made = opened(definition, entry(1, "a", "2025-Q3", "7"), entry(2, "a", "2025-Q4", "5"))
    assert [one.reason for one in sorted(made.entries, key=lambda one: one.entry.journal)] == ["older_period", None]
    assert [period.period for period in made.actors[0].periods] == [Period.parse("2025-Q4")]


def test_a_break_ends_the_way() -> None:
    bridge = Bridge.model_validate({"kind": "break"})
    made = opened(QUANTITY, entry(1, "a", "2025-Q1", "3"), later=(QUANTITY, bridge))
    (one,) = made.entries
    assert (one.reason, one.part, one.restated, one.steps[0].after) == ("series_break", None, None, None)
    assert numbers(one.steps[0].before) == ["3"]
