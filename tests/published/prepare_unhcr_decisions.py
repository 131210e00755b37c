"""What the operations had to agree on before they could report together: members, result areas, definitions, targets.

An indicator's dimensions hold the populations and places that occur in its rows; expected to report it (`contributors`) is
every operation that has ever published a row for it. `ascending` says where better lies; three titles carry both flags, in
different years, and the more frequent one wins.

Targets are the operations' own. For what adds up, those that an operation has for several populations and places of one
year are added up, and so are their baselines where each has one of the same year. All others stay with the population and
place that they were set for. A baseline is usable if it lies before the year of its target.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd

from tests.published.source_files import code_of, sum_of

POPULATION, LOCATION = "population_type", "location"
DIMENSIONS: dict[str, dict[str, str]] = {
    POPULATION: {"en": "Population type", "fr": "Type de population"},
    LOCATION: {"en": "Location", "fr": "Lieu"},
}
UNITS: dict[str, dict[str, Any]] = {
    "percentage": {"label": {"en": "percent", "fr": "pour cent"}, "code": "%"},
    "ordinal": {"label": {"en": "step of an ordinal scale", "fr": "degré d'une échelle ordinale"}},
    "duration": {"label": {"en": "days", "fr": "jours"}, "code": "d"},
    "consultations": {"label": {"en": "consultations", "fr": "consultations"}},
    "people": {"label": {"en": "people", "fr": "personnes"}},
}
AREAS = {"Impact": {"en": "Impact", "fr": "Impact"}, "Outcome": {"en": "Outcomes", "fr": "Effets"}}


def members(table: pd.DataFrame, operations: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Every operation with rows in `table`, under its latest name, in a group for its region."""
    latest = operations.sort_values("year").drop_duplicates("actor", keep="last").set_index("actor")
    for actor in sorted(table["actor"].unique()):
        name = {language: str(latest.at[actor, f"title_{column}"]) for language, column in (("en", "eng"), ("fr", "fr"))}
        membership = {
            "name": {language: text.split(" (20")[0] for language, text in name.items()},
            "kind": "operation",
            "groups": [actor.split("-")[0]],
        }
        yield {"kind": "set_membership", "actor": actor, "membership": membership}


def objectives(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Impact and outcomes under the common objective, the publisher's areas under these."""
    for kind, name in AREAS.items():
        yield {"kind": "set_objective", "objective": code_of(kind), "name": name, "parent": "common"}
    for row in table.drop_duplicates(["result_type_name", "area"]).to_dict("records"):
        kind = code_of(row["result_type_name"])
        yield {"kind": "set_objective", "objective": f"{kind}-{row['area']}", "name": row["result_title"], "parent": kind}


def define(rows: pd.DataFrame) -> dict[str, Any]:
    """The change that defines the indicator of `rows`."""
    row = rows.iloc[0]
    return {
        "kind": "define_indicator",
        "indicator": row["indicator"],
        "objective": f"{code_of(row['result_type_name'])}-{row['area']}",
        "definition": _definition(rows, row["title"], _unit(row["indicator_measure_name"], row["title"], row["adds_up"])),
    }


def _definition(rows: pd.DataFrame, title: str, unit: str) -> dict[str, Any]:
    adds_up = bool(rows["adds_up"].all())
    return {
        "name": title,
        "unit": UNITS[unit],
        "measure": "quantity",
        "nature": "flow" if adds_up else "stock",
        "over_time": "sum" if adds_up else "last",
        "over_actors": "sum" if adds_up else "none",
        "direction": "increase" if rows["ascending"].value_counts().idxmax() == "1" else "decrease",
        "frequency": "A",
        "carry_forward": 0,
        "dimensions": [_dimension(rows[[code, f"{code}_label"]], code) for code in DIMENSIONS if rows[code].any()],
        "minimum": "0",
        "decimals": 0 if unit in ("people", "consultations", "ordinal") else 2,
        "level": rows["result_type_name"].iloc[0].lower(),
        "contributors": sorted(rows["actor"].unique()),
        "sources": "UNHCR, results published to IATI by XM-DAC-41121",
    }


def _unit(measure: str, title: str, adds_up: bool) -> str:
    if measure != "Unit":
        return measure.lower()
    if not adds_up:
        return "duration"
    return "consultations" if "consultations" in title else "people"


def _dimension(given: pd.DataFrame, code: str) -> dict[str, Any]:
    labels = {row[0]: row[1] for row in sorted(given.drop_duplicates().itertuples(index=False)) if row[0]}
    return {
        "code": code,
        "name": DIMENSIONS[code],
        "codes": list(labels),
        "labels": {label_code: {"en": label} for label_code, label in labels.items()},
    }


def targets(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Every target of `table`, added up per operation and year where the indicator adds up, else cell by cell."""
    aimed = table[table["target_value"] != ""]
    usable = (aimed["baseline_value"] != "") & (aimed["baseline_year"] != "") & (aimed["baseline_year"] < aimed["period"])
    aimed = aimed.assign(baseline_year=aimed["baseline_year"].where(usable, ""))
    columns = ["indicator", "actor", "period", POPULATION, LOCATION, "target_value", "baseline_year", "baseline_value"]
    for key, rows in aimed[aimed["adds_up"]][columns].groupby(columns[:3], sort=True):
        indicator, actor, period = map(str, key)
        yield _target(indicator, actor, period, {}, rows["target_value"], rows["baseline_year"], rows["baseline_value"])
    for row in aimed[~aimed["adds_up"]][columns].sort_values(columns[:5]).itertuples(index=False):
        indicator, actor, period, population, location, value, year, baseline = row
        cell = {code: given for code, given in ((POPULATION, population), (LOCATION, location)) if given}
        yield _target(indicator, actor, period, cell, [value], [year], [baseline])


def _target(
    indicator: str,
    actor: str,
    period: str,
    cell: dict[str, str],
    values: Iterable[str],
    baseline_years: Iterable[str],
    baseline_values: Iterable[str],
) -> dict[str, Any]:
    year, *others = sorted(set(baseline_years))
    baseline = {"baseline": {"period": year, "value": sum_of(baseline_values)}} if year and not others else {}
    dimensions = {"dimensions": cell} if cell else {}
    target = {"kind": "set_target", "indicator": indicator, "actor": actor, "period": period, "value": sum_of(values)}
    return target | dimensions | baseline
