"""Which definitions are legal: every combination there is, against MODEL.md 1 written out once more; then its other rules."""

from itertools import product
from typing import Any

import pytest

from service.indicators.bridging import bridge_faults
from service.indicators.definition import definition_faults
from service.models.indicator import Bridge, Definition
from service.models.vocabulary import MeasureKind, Nature, OverActors, OverTime

LEGAL = """
quantity flow       sum  sum mean median max min single distinct none
quantity flow       mean sum mean median max min single none
quantity flow       max  sum mean median max min single none
quantity flow       min  sum mean median max min single none
quantity stock      last sum mean median max min single distinct none
quantity stock      mean sum mean median max min single none
quantity stock      max  sum mean median max min single none
quantity stock      min  sum mean median max min single none
quantity cumulative last sum mean median max min single distinct none
ratio    flow       sum  sum single none
ratio    stock      last sum single none
ratio    cumulative last sum single none
mean     flow       sum  sum single none
mean     stock      last sum single none
mean     cumulative last sum single none
"""
"""Measure, nature, over_time, and every over_actors that goes with them. What is not here is refused."""
COMBINATIONS = list(product(MeasureKind, Nature, OverTime, OverActors))


def legal_combinations() -> set[tuple[str, str, str, str]]:
    rows = [line.split() for line in LEGAL.strip().splitlines()]
    return {(measure, nature, over_time, rule) for measure, nature, over_time, *rules in rows for rule in rules}


def definition(**fields: Any) -> Definition:
    """A legal definition, changed in what is said."""
    usual = {
        "name": "x",
        "unit": "x",
        "measure": "quantity",
        "nature": "flow",
        "over_time": "sum",
        "over_actors": "sum",
        "direction": "increase",
        "frequency": "Q",
    }
    return Definition.model_validate(usual | fields)


def test_there_are_360_combinations_of_which_84_are_legal() -> None:
    assert (len(COMBINATIONS), len(legal_combinations())) == (360, 84)


@pytest.mark.parametrize(("measure", "nature", "over_time", "over_actors"), COMBINATIONS)
def test_combination(measure: str, nature: str, over_time: str, over_actors: str) -> None:
    contributors = ["a"] if over_actors == "single" else "all"
    faults = definition_faults(
        definition(measure=measure, nature=nature, over_time=over_time, over_actors=over_actors, contributors=contributors)
    )
    is_legal = (measure, nature, over_time, over_actors) in legal_combinations()
    assert (not faults) == is_legal
    assert all(fault.detail and fault.pointer in ("/over_time", "/over_actors") for fault in faults)


@pytest.mark.parametrize("fields", [{"contributors": "all"}, {"contributors": []}, {"contributors": ["a", "b"]}])
def test_single_names_the_one_who_reports(fields: dict[str, Any]) -> None:
    assert definition_faults(definition(over_actors="single", **fields))
    assert not definition_faults(definition(over_actors="single", contributors=["a"]))


@pytest.mark.parametrize(
    ("fields", "default"),
    [
        ({"over_actors": "sum"}, "sum"),
        ({"over_actors": "distinct"}, "sum"),
        ({"over_actors": "mean"}, "none"),
        ({"over_actors": "median"}, "none"),
        ({"over_actors": "max"}, "none"),
        ({"over_actors": "single", "contributors": ["a"]}, "none"),
        ({"over_actors": "none"}, "none"),
        ({"measure": "ratio", "over_actors": "none"}, "sum"),
        ({"measure": "mean", "over_actors": "single", "contributors": ["a"]}, "sum"),
    ],
)
def test_over_codes_has_a_default(fields: dict[str, Any], default: str) -> None:
    assert definition(**fields).over_codes == default
    for said in ("sum", "none"):
        chosen = definition(**fields, over_codes=said)
        assert chosen.over_codes == said and not definition_faults(chosen)


@pytest.mark.parametrize(
    ("nature", "over_time", "said", "means"),
    [
        ("flow", "sum", None, "sum"),
        ("flow", "sum", "last", "last"),
        ("stock", "last", None, "last"),
        ("cumulative", "last", None, "last"),
    ],
)
def test_denominator_over_time_has_a_default(nature: str, over_time: str, said: str | None, means: str) -> None:
    ratio = definition(measure="ratio", nature=nature, over_time=over_time, denominator_over_time=said)
    assert ratio.denominator_over_time == means and not definition_faults(ratio)


SEX = {"code": "sex", "codes": ["F", "M"]}
AGE = {"code": "age", "codes": ["18-24", "25-29", "30+"]}
HIGHEST = {"over_actors": "max", "over_time": "max"}
"""Rules that add nothing up, so that over_codes is `none` unless it is said."""
EDITORIAL, CONVERSION, BREAK = {"kind": "editorial"}, {"kind": "conversion"}, {"kind": "break"}
MERGED = {"age": {"18-24": "18-29", "25-29": "18-29"}}
REVISIONS: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any], str | None]] = [
    ("measure by a break", {}, {"measure": "mean"}, BREAK, None),
    ("measure by a conversion", {}, {"measure": "mean"}, CONVERSION, "measure_needs_break"),
    ("measure by an edit", {}, {"measure": "mean"}, EDITORIAL, "measure_needs_break"),
    ("nature by a break", {}, {"nature": "stock", "over_time": "last"}, BREAK, None),
    ("nature by a conversion", {}, {"nature": "stock", "over_time": "last"}, CONVERSION, "measure_needs_break"),
    ("another name", {}, {"name": "y"}, EDITORIAL, None),
    ("another unit", {}, {"unit": "y"}, EDITORIAL, None),
    ("another thing", {}, {"name": "y", "unit": "y"}, EDITORIAL, "code_reused"),
    ("another thing, declared", {}, {"name": "y", "unit": "y"}, BREAK, None),
    ("another frequency", {}, {"frequency": "M"}, EDITORIAL, None),
    ("a dimension more", {}, {"dimensions": [SEX]}, EDITORIAL, None),
    ("a code more", {"dimensions": [SEX]}, {"dimensions": [{**SEX, "codes": ["F", "M", "X"]}]}, EDITORIAL, None),
    ("a code less", {"dimensions": [SEX]}, {"dimensions": [{**SEX, "codes": ["F"]}]}, EDITORIAL, "code_removed"),
    ("a dimension less", {"dimensions": [SEX]}, {}, EDITORIAL, "dimension_removed"),
    ("another factor", {"measure": "ratio"}, {"measure": "ratio", "factor": "100"}, EDITORIAL, "factor_changed"),
    ("another factor, declared", {"measure": "ratio"}, {"measure": "ratio", "factor": "100"}, CONVERSION, None),
    ("a number in an edit", {}, {}, {**EDITORIAL, "factor": "2"}, "bridge_term_unused"),
    ("a number across a break", {}, {}, {**BREAK, "factor": "2"}, "bridge_term_unused"),
    ("half as much", {}, {}, {**CONVERSION, "factor": "0.5"}, None),
    ("nothing left", {}, {}, {**CONVERSION, "factor": "0"}, "factor_zero"),
    ("a ratio's numerator", {"measure": "ratio"}, {"measure": "ratio"}, {**CONVERSION, "numerator_factor": "2"}, None),
    ("a ratio's factor", {"measure": "ratio"}, {"measure": "ratio"}, {**CONVERSION, "factor": "2"}, "bridge_term_unused"),
    ("a quantity's numerator", {}, {}, {**CONVERSION, "numerator_factor": "2"}, "bridge_term_unused"),
    ("offset on a mean", {"measure": "mean"}, {"measure": "mean"}, {**CONVERSION, "offset": "1"}, None),
    ("offset on the highest", HIGHEST, HIGHEST, {**CONVERSION, "offset": "1"}, None),
    ("offset on a sum over time", {}, {"over_actors": "max"}, {**CONVERSION, "offset": "1"}, "offset_on_a_sum"),
    ("offset on a sum over actors", {}, {"over_time": "max"}, {**CONVERSION, "offset": "1"}, "offset_on_a_sum"),
    (
        "offset on a sum over codes",
        {**HIGHEST, "dimensions": [SEX]},
        {**HIGHEST, "dimensions": [SEX], "over_codes": "sum"},
        {**CONVERSION, "offset": "1"},
        "offset_on_a_sum",
    ),
    (
        # Each cell of the dimension that goes would be shifted, and then they are added together.
        "offset on what is added because its dimension goes",
        {**HIGHEST, "dimensions": [SEX], "over_codes": "sum"},
        {**HIGHEST, "over_codes": "sum"},
        {**CONVERSION, "offset": "1"},
        "offset_on_a_sum",
    ),
    ("codes without a word", {"dimensions": [SEX]}, {"dimensions": [{**SEX, "codes": ["F"]}]}, CONVERSION, "code_unmapped"),
    (
        "codes merged",
        {"dimensions": [AGE]},
        {"dimensions": [{**AGE, "codes": ["18-29", "30+"]}]},
        {**CONVERSION, "code_map": MERGED},
        None,
    ),
    (
        "codes merged that do not add",
        {**HIGHEST, "dimensions": [AGE]},
        {**HIGHEST, "dimensions": [{**AGE, "codes": ["18-29", "30+"]}]},
        {**CONVERSION, "code_map": MERGED},
        "merge_needs_sum",
    ),
    (
        "a code merged into one that stays",
        {**HIGHEST, "dimensions": [SEX]},
        {**HIGHEST, "dimensions": [{**SEX, "codes": ["F"]}]},
        {**CONVERSION, "code_map": {"sex": {"M": "F"}}},
        "merge_needs_sum",
    ),
    (
        "a code without a place, another out of scope",
        {"dimensions": [AGE]},
        {"dimensions": [{**AGE, "codes": ["30+"]}]},
        {**CONVERSION, "code_map": {"age": {"18-24": None, "25-29": "_X"}}},
        None,
    ),
    (
        "a code mapped to none of the new ones",
        {"dimensions": [SEX]},
        {"dimensions": [SEX]},
        {**CONVERSION, "code_map": {"sex": {"M": "man"}}},
        "unknown_code",
    ),
    (
        "a code mapped that never was",
        {"dimensions": [SEX]},
        {"dimensions": [SEX]},
        {**CONVERSION, "code_map": {"sex": {"man": "M"}}},
        "unknown_code",
    ),
    ("codes of what never was", {}, {}, {**CONVERSION, "code_map": {"sex": {"M": "F"}}}, "unknown_dimension"),
    ("a dimension goes", {"dimensions": [SEX]}, {}, CONVERSION, None),
    ("a dimension goes that does not add", {**HIGHEST, "dimensions": [SEX]}, HIGHEST, CONVERSION, "dropping_needs_sum"),
    ("a dimension goes across a break", {**HIGHEST, "dimensions": [SEX]}, HIGHEST, BREAK, None),
]
"""What is revised, before, after, by which bridge; and the fault that it makes, None where it is legal (MODEL.md 3)."""


@pytest.mark.parametrize(
    ("before", "after", "bridge", "fault"), [case[1:] for case in REVISIONS], ids=[case[0] for case in REVISIONS]
)
def test_bridge(before: dict[str, Any], after: dict[str, Any], bridge: dict[str, Any], fault: str | None) -> None:
    faults = bridge_faults(definition(**before), definition(**after), Bridge.model_validate(bridge))
    assert {found.code for found in faults} == ({fault} if fault else set())
    assert all(found.detail and found.pointer for found in faults)
