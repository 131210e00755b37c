"""UNHCR's published results as a community of its operations.

Renamed: the columns. Turned into codes: indicator titles (each spelling is an indicator of its own, as the publisher's own
totals have it), operations (`XM-DAC-41121-2024-AME-BRA` is the year 2024 of `ame-bra`), population types and locations, of
which five places are spelled in several ways. Added up: rows with the same key, which occurs once, and what
`prepare_unhcr_decisions.py` says of targets.

What adds up is the publisher's to say: `aggregation_status` 1 and `measure` 1 (a number of people or consultations). These
are flows, summed over operations. Everything else (percentages, ordinals, average durations) has no total over operations,
populations or places, and nothing of one year stands for the next (`carry_forward: 0`).
"""

from functools import cache

import pandas as pd

from service.demo.founding import Founding
from tests.published.prepare_unhcr_decisions import LOCATION, POPULATION, define, members, objectives, targets
from tests.published.source_files import code_of, codes_of, read_table, sum_of

SET = "iati-unhcr-results"
KEY = ["indicator", "actor", "period", POPULATION, LOCATION]
IDENTIFIER = r"^XM-DAC-41121-\d{4}-"
ONE_PLACE = {
    "congo-republic-of": "republic-of-the-congo",
    "dem-rep-of-the-congo": "democratic-republic-of-the-congo",
    "iran-islamic-republic-of": "islamic-republic-of-iran",
    "republic-of-turkiye": "turkiye",
    "tanzania-united-republic-of": "united-republic-of-tanzania",
    "the-republic-of-the-congo": "republic-of-the-congo",
    "united-rep-of-tanzania": "united-republic-of-tanzania",
}


def records() -> pd.DataFrame:
    """Every published row, with codes; `population_type` and `location` are empty where none is given, as values are."""
    table = read_table(SET, "results.csv").rename(columns=lambda name: name.removeprefix("result_indicator_"))
    first_years = table.groupby("title")["period_end"].min().reset_index().sort_values(["period_end", "title"])
    locations = _first_given(table["actual_location_ref"], table["target_location_ref"], table["baseline_location_ref"])
    populations = _first_given(table["actual_value_1"], table["target_value_1"], table["baseline_dimension_value_1"])
    return table.assign(
        indicator=table["title"].map(codes_of(list(first_years["title"]))),
        actor=_operation(table),
        period=table["period_end"].str[:4],
        location=locations.map({label: _place(label) for label in locations.unique()}),
        location_label=locations.str.strip(),
        population_type=populations.map({label: code_of(label) for label in populations.unique()}),
        population_type_label=populations,
        area=table["result_title"].map({title: title.split(".")[0] for title in table["result_title"].unique()}),
        adds_up=(table["measure"] == "1") & (table["aggregation_status"] == "1"),
    )


def operations() -> pd.DataFrame:
    """Every activity that UNHCR publishes, by operation and year, with its names in two languages."""
    activities = read_table(SET, "activities.csv")
    return activities.assign(actor=_operation(activities))


def _operation(table: pd.DataFrame) -> "pd.Series[str]":
    return table["iati_identifier"].str.replace(IDENTIFIER, "", regex=True).str.lower()


def _first_given(*columns: "pd.Series[str]") -> "pd.Series[str]":
    """The columns never contradict each other: a row has one population and one place, said beside each of its values."""
    first, *rest = columns
    for column in rest:
        first = first.where(first != "", column)
    return first


def _place(label: str) -> str:
    code = code_of(label)
    return ONE_PLACE.get(code, code)


@cache
def prepare() -> Founding:
    """The community: 60 operations, 123 indicators under 20 areas, every target and every contribution that was published."""
    table = records()
    return Founding(
        community={
            "code": "unhcr-results",
            "name": "UNHCR operations",
            "objective": "Protection and solutions for people forced to flee and for stateless people",
            "language": "en",
            "visibility": "public",
            "charter": {},
            "support": {"code": "unhcr", "name": "UNHCR, headquarters", "kind": "organisation"},
        },
        decisions=(
            *members(table, operations()),
            *objectives(table),
            *(define(rows) for _, rows in table.groupby("indicator", sort=True)),
            *targets(table),
        ),
        contributions=contributions(table).to_csv(index=False).encode(),
    )


def contributions(table: pd.DataFrame) -> pd.DataFrame:
    """What was reported, one row per key. Raises ValueError where a value that does not add up is given twice for one key."""
    reported = table[table["actual_value"] != ""].rename(columns={"actual_value": "value"})[[*KEY, "adds_up", "value"]]
    given_twice = reported.duplicated(KEY, keep=False)
    if not reported.loc[given_twice, "adds_up"].all():
        raise ValueError("a value that does not add up is given twice for one key")
    sums = reported[given_twice].groupby(KEY, as_index=False).agg(value=("value", sum_of))
    return pd.concat([reported[~given_twice], sums], ignore_index=True)[[*KEY, "value"]]
