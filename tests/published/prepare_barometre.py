"""The French government's barometer of results as a community of territories.

Renamed: the columns. Turned into codes: territories and policies; `nb-logement-accompagnement`, which the publisher gives
to two indicators with different names, becomes two. Dates become months. Every number is left as published.

How a record is loaded. Its current value is the contribution of one month; its initial value is the baseline of a target
set for this territory; nothing adds up over territories (`over_actors: none`), for the levels overlap and many are
percentages. The publisher judges the current value against the target even where it is dated after the target's date
(433 records); a value that came later is no evidence for a period that was over, so such a target is set for the month
that it is judged at. A value stands until the next one (`carry_forward`): some are years older than the target.
Which way is better is not published: it is read off the names (`DECREASE`), everything else should grow.
"""

from functools import cache
from typing import Any

import pandas as pd

from service.demo.founding import Founding
from tests.published.source_files import codes_of, read_table

SET = "fr-barometre-etalab"
TERRITORY_COLUMNS = {
    "national": ("maille_geographique", "maille_geographique"),
    "regional": ("code_region", "libelle_region"),
    "departemental": ("code_departement", "libelle_departement"),
}
PREFIXES = {"national": "", "regional": "region-", "departemental": "departement-"}
SAME_CODE = {
    "Nombre de logements rénovés dans les villes moyennes (+ de 20 000 habitants)": "nb-logement-renove-villes-moyennes",
}
DECREASE = {
    "duree-moyenne-traitement-demandes-allocation-adulte-handicape",
    "nb-atteintes-biens",
    "nb-atteintes-personnes",
    "nb-morts-routes",
}
STANDS_FOR_MONTHS = 120


def records() -> pd.DataFrame:
    """Every record of the three levels; `level` and `record` (from 1 in each) name its place in the published files."""
    return pd.concat([_level(level) for level in TERRITORY_COLUMNS], ignore_index=True)


def _level(level: str) -> pd.DataFrame:
    code, name = TERRITORY_COLUMNS[level]
    table = read_table(SET, f"barometre-resultats-synthese-{level}.csv").rename(
        columns={
            code: "territory",
            "valeur_actuelle": "value",
            "valeur_initiale": "baseline",
            "cible": "target",
            "unite": "unit",
        }
    )
    table["territory_name"] = table["territory"] if code == name else table[name]
    return table.assign(
        level=level,
        record=range(1, len(table) + 1),
        indicator=table["indicateur"].map(SAME_CODE).fillna(table["id_indicateur"]),
        actor=PREFIXES[level] + table["territory"].str.lower(),
        period=table["date_valeur_actuelle"].str[:7],
        baseline_period=table["date_valeur_initiale"].str[:7],
        target_period=table["date_cible"].str[:7],
    )


@cache
def prepare() -> Founding:
    """The community: 120 territories, 60 indicators under the policies they belong to, a target wherever one is published."""
    table = records()
    policies = codes_of(list(table["mesure"].str.strip().unique()))
    objectives = [
        {"kind": "set_objective", "objective": code, "name": name, "parent": "common"} for name, code in policies.items()
    ]
    members = [_member(row) for row in table.drop_duplicates("actor").to_dict("records")]
    reporting = {indicator: sorted(set(actors)) for indicator, actors in table.groupby("indicator")["actor"]}
    indicators = [
        _indicator(row, policies[row["mesure"].strip()], reporting[row["indicator"]])
        for row in table.drop_duplicates("indicator").to_dict("records")
    ]
    # One record is given twice, word for word; the import folds it, a proposal would set its target twice.
    with_target = table[table["target"] != ""].drop_duplicates(["actor", "indicator"])
    targets = [_target(row) for row in with_target.to_dict("records")]
    return Founding(
        community={
            "code": "barometre",
            "name": "Baromètre des résultats de l'action publique",
            "objective": "Les résultats de l'action publique, dans chaque territoire",
            "language": "fr",
            "visibility": "public",
            "time_zone": "Europe/Paris",
            "charter": {},
            "support": {"code": "etalab", "name": "Etalab", "kind": "administration"},
        },
        decisions=(*members, *objectives, *indicators, *targets),
        contributions=table[["indicator", "actor", "period", "value"]].to_csv(index=False).encode(),
    )


def _member(row: dict[Any, Any]) -> dict[str, Any]:
    name = {"fr": "France" if row["level"] == "national" else row["territory_name"]}
    membership = {"name": name, "kind": "territoire", "groups": [row["level"]]}
    return {"kind": "set_membership", "actor": row["actor"], "membership": membership}


def _indicator(row: dict[Any, Any], objective: str, contributors: list[str]) -> dict[str, Any]:
    return {
        "kind": "define_indicator",
        "indicator": row["indicator"],
        "objective": objective,
        "definition": {
            "name": row["indicateur"],
            "unit": row["unit"],
            "measure": "quantity",
            "nature": "stock",
            "over_time": "last",
            "over_actors": "none",
            "direction": "decrease" if row["indicator"] in DECREASE else "increase",
            "frequency": "M",
            "carry_forward": STANDS_FOR_MONTHS,
            "contributors": contributors,
            "sources": "Etalab, baromètre des résultats de l'action publique",
        },
    }


def _target(row: dict[Any, Any]) -> dict[str, Any]:
    baseline = {"baseline": {"period": row["baseline_period"], "value": row["baseline"]}} if row["baseline"] else {}
    return {
        "kind": "set_target",
        "indicator": row["indicator"],
        "actor": row["actor"],
        "period": max(row["target_period"], row["period"]),
        "value": row["target"],
        **baseline,
    }
