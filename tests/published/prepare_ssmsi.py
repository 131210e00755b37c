"""The offences recorded by the French police and gendarmerie as a community of départements.

The file goes in as it was downloaded, under a mapping that says how it reads: what its columns are called here, the codes of
its classes and of the départements whose leading zero it lost, that years have two digits and numbers a decimal comma, and
that burglaries are counted over dwellings and everything else over people.

A class is a ratio per 1,000: offences over inhabitants, or over dwellings for burglaries of dwellings. `over_actors: sum`
pools numerators and denominators, so that a region's rate is that of its people and never the mean of its départements'.
The published rate itself is left out: it is what the service has to find.
"""

from functools import cache
from typing import Any

import pandas as pd

from service.demo.founding import Founding
from tests.published.source_files import code_of, read_bytes, read_table

SET = "fr-ssmsi-delinquance"
FILE = "donnee-dep-data.gouv-2022-geographie2023-produit-le2023-07-17.csv"
BURGLARIES = "Cambriolages de logement"
DENOMINATORS = {"POP": "habitants", "LOG": "logements"}
UNITS = {
    "victime": "victimes",
    "infraction": "infractions",
    "véhicule": "véhicules",
    "victime entendue": "victimes entendues",
    "Mis en cause": "personnes mises en cause",
}


def records() -> pd.DataFrame:
    """One row per class, year and département: codes, `numerator`, `denominator`, the published `rate`; numbers as they are."""
    table = read_table(SET, FILE, separator=";").rename(
        columns={"classe": "name", "unité.de.compte": "counted", "faits": "numerator", "tauxpourmille": "rate"}
    )
    table["denominator_column"] = table["name"].eq(BURGLARIES).map({True: "LOG", False: "POP"})
    return table.assign(
        indicator=table["name"].map({name: code_of(name) for name in table["name"].unique()}),
        period="20" + table["annee"],
        actor=table["Code.département"].str.zfill(2).str.lower(),
        region="region-" + table["Code.région"].str.zfill(2),
        denominator=table["POP"].where(table["denominator_column"] == "POP", table["LOG"]),
    )


@cache
def prepare() -> Founding:
    """The community: 101 départements in 18 regions, 14 classes, 9,898 contributions in the file as it was published."""
    table = records()
    members = [_member(actor, region) for actor, region in table[["actor", "region"]].drop_duplicates().itertuples(index=False)]
    first = table.drop_duplicates("indicator")
    return Founding(
        community={
            "code": "delinquance-enregistree",
            "name": "Délinquance enregistrée par la police et la gendarmerie",
            "objective": "Moins de victimes, partout",
            "language": "fr",
            "visibility": "public",
            "time_zone": "Europe/Paris",
            "charter": {},
            "support": {
                "code": "ssmsi",
                "name": "Service statistique ministériel de la sécurité intérieure",
                "kind": "service statistique",
            },
        },
        decisions=(*members, *(_indicator(row) for row in first.to_dict("records"))),
        contributions=read_bytes(SET, FILE),
    )


def mapping() -> dict[str, Any]:
    """How the published file reads."""
    table = records()
    classes = {name: code_of(name) for name in table["name"].unique()}
    departements = {written: written.zfill(2).lower() for written in table["Code.département"].unique()}
    changed = {written: code for written, code in departements.items() if written != code}
    return {
        "columns": [
            {"column": "classe", "field": "indicator", "labels": classes},
            {"column": "annee", "field": "period"},
            {"column": "Code.département", "field": "actor", "labels": changed},
            {"column": "faits", "field": "numerator"},
            {"column": "POP", "field": "denominator", "for_indicators": sorted({*classes.values()} - {classes[BURGLARIES]})},
            {"column": "LOG", "field": "denominator", "for_indicators": [classes[BURGLARIES]]},
        ],
        "ignored": ["Code.région", "unité.de.compte", "millPOP", "millLOG", "tauxpourmille"],
        "period": {"format": "YY"},
        "decimal": "comma",
    }


def _member(actor: str, region: str) -> dict[str, Any]:
    name = {"fr": f"Département {actor.upper()}"}
    return {"kind": "set_membership", "actor": actor, "membership": {"name": name, "kind": "département", "groups": [region]}}


def _indicator(row: dict[Any, Any]) -> dict[str, Any]:
    return {
        "kind": "define_indicator",
        "indicator": row["indicator"],
        "definition": {
            "name": row["name"],
            "unit": f"{UNITS[row['counted']]} pour 1 000 {DENOMINATORS[row['denominator_column']]}",
            "measure": "ratio",
            "factor": "1000",
            "nature": "flow",
            "over_time": "sum",
            "over_actors": "sum",
            "direction": "decrease",
            "frequency": "A",
            "sources": "SSMSI, base départementale de la délinquance enregistrée",
        },
    }
