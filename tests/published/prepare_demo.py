"""The part of UNHCR's results that `jalon demo` shows: 30 operations, 24 indicators, four years, with their targets.

Chosen so that every operation can be judged on every indicator: operations that work in one place, the 30 with most rows;
of percentages, durations and ordinals the rows on refugees and asylum-seekers alone. Place, and for these population, are
then the same for all and are no dimensions here. Where a title was reworded after 2022 the two are versions of one
indicator. A target of 0 for what should increase is none: the file has one for every operation where nothing was aimed at.
Prepared like the whole set otherwise; run as a module it writes the files of the package.
"""

import json
import lzma
from decimal import Decimal
from functools import cache
from typing import Any

import pandas as pd

from service.demo import packaged
from service.demo.founding import Founding
from tests.published.prepare_unhcr import contributions, operations, records
from tests.published.prepare_unhcr_decisions import LOCATION, POPULATION, define, members, objectives, targets

OPERATIONS = 30
JUDGED_POPULATION = "refugees-and-asylum-seekers"
REWORDED_FROM = "2023"
# Under a code that is short enough to be typed: how its titles begin, and a French name.
INDICATORS: dict[str, tuple[str, str]] = {
    "voluntary-returns": ("4.1 Number", "Réfugiés rentrés volontairement dans leur pays, en sécurité et dans la dignité"),
    "resettlement-departures": ("4.2a Number", "Personnes parties en réinstallation"),
    "complementary-pathways": ("4.2b Number", "Personnes parties par des voies complémentaires"),
    "nationality-granted": ("4.3a Number", "Apatrides dont la nationalité a été accordée ou confirmée"),
    "residency-granted": ("4.3b Number", "Réfugiés dont le statut de résident a été accordé ou confirmé"),
    "resettlement-submissions": ("15.1 Number", "Réfugiés présentés par le HCR en vue d'une réinstallation"),
    "cash-assistance": ("08.1.1 Number", "Personnes ayant reçu une aide en espèces"),
    "health-consultations": ("10.1.1 Number", "Consultations individuelles dans les services de santé soutenus par le HCR"),
    "protection-services": ("07.3.1 Number", "Personnes ayant bénéficié de services de protection"),
    "education-programming": ("11.1.1 Number", "Personnes ayant bénéficié de programmes d'éducation"),
    "asylum-decision-days": ("2.1 Average", "Durée moyenne, en jours, de l'enregistrement à la première décision d'asile"),
    "unemployment": ("13.3 Proportion", "Part des personnes en âge de travailler qui sont au chômage"),
    "legal-framework": ("3.1 Extent", "Conformité du droit national à la Convention de 1951 ou à son Protocole de 1967"),
    "identity-documents": ("1.3 Proportion", "Part des personnes ayant un document d'identité reconnu par la loi"),
    "birth-registration": ("1.2 Proportion of children", "Part des enfants de moins de 5 ans inscrits à l'état civil"),
    "primary-education": ("3.2a Proportion", "Part des enfants et des jeunes inscrits dans l'enseignement primaire"),
    "national-education": ("11.2 Proportion", "Part des enfants et des jeunes inscrits dans le système éducatif national"),
    "skilled-births": ("10.2. Proportion", "Part des naissances assistées par du personnel de santé qualifié"),
    "women-leadership": ("7.3 Proportion", "Part des femmes dans les structures de direction et de gestion"),
    "drinking-water": ("12.1 Proportion", "Part des personnes utilisant au moins un service élémentaire d'eau potable"),
    "health-access": (
        "2.3 Proportion of PoC with access | 2.3 Proportion of people with access",
        "Part des personnes ayant accès aux services de santé",
    ),
    "child-protection": ("5.2 Proportion", "Part des enfants participant à des programmes communautaires de protection"),
    "bank-accounts": ("13.1. Proportion", "Part des personnes ayant un compte bancaire ou d'argent mobile"),
    "clean-cooking": ("8.2 Proportion", "Part des personnes cuisinant surtout avec des énergies propres"),
}


@cache
def prepare() -> Founding:
    """The community of the demo."""
    table = chosen()
    increase = {code for code, rows in table.groupby("indicator") if define(rows)["definition"]["direction"] == "increase"}
    aimed = [one for one in targets(table) if Decimal(one["value"]) != 0 or one["indicator"] not in increase]
    shown = [change for code in INDICATORS for change in _decided(code, table[table["indicator"] == code])]
    return Founding(
        community={
            "code": "demo",
            "name": {"en": "UNHCR operations (demo)", "fr": "Opérations du HCR (démonstration)"},
            "objective": {
                "en": "Protection and solutions for people forced to flee and for stateless people",
                "fr": "Protection et solutions pour les personnes déracinées et les apatrides",
            },
            "language": "en",
            "visibility": "public",
            "charter": {},
            "support": {
                "code": "unhcr",
                "name": {"en": "UNHCR, headquarters", "fr": "HCR, siège"},
                "kind": "organisation",
            },
        },
        decisions=(*members(table, operations()), *objectives(table), *shown, *aimed),
        contributions=contributions(table)[["indicator", "actor", "period", POPULATION, "value"]].to_csv(index=False).encode(),
    )


def chosen() -> pd.DataFrame:
    """The rows that the demo shows, under its own indicator codes."""
    table = records()
    beginnings = {code: tuple(given.split(" | ")) for code, (given, _) in INDICATORS.items()}
    codes = {title: code for title in table["title"].unique() for code, given in beginnings.items() if title.startswith(given)}
    places = table.groupby("actor")["location"].nunique()
    table = table[
        table["title"].isin(codes.keys())
        & table["actor"].isin(places[places == 1].index)
        & (table["adds_up"] | (table["population_type"] == JUDGED_POPULATION))
    ]
    rows = table["actor"].value_counts().sort_index().sort_values(ascending=False, kind="stable")
    table = table[table["actor"].isin(rows.index[:OPERATIONS])]
    return table.assign(
        indicator=table["title"].map(codes),
        population_type=table[POPULATION].where(table["adds_up"], ""),
        **{LOCATION: ""},
    )


def _decided(code: str, rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The indicator as it was first worded, and the revision that reworded it. Where better lies is what was first said."""
    titles = list(rows.sort_values("period", kind="stable")["title"].unique())
    change = define(rows)
    definition = change["definition"] | {"direction": define(rows[rows["title"] == titles[0]])["definition"]["direction"]}
    first, *rest = ({"name": {"en": title, "fr": INDICATORS[code][1]}} for title in titles)
    revisions = [
        {
            "kind": "revise_indicator",
            "indicator": code,
            "based_on": 1,
            "definition": definition | reworded | {"effective_from": REWORDED_FROM},
            "bridge": {"kind": "editorial", "note": {"en": "Reworded by the publisher.", "fr": "Reformulé par l'éditeur."}},
        }
        for reworded in rest
    ]
    return [change | {"definition": definition | first}, *revisions]


def write() -> None:
    """Write the files of the package anew."""
    founding = prepare()
    decided = {"community": founding.community, "decisions": founding.decisions}
    for path, content in (
        (packaged.DECISIONS, json.dumps(decided, ensure_ascii=False, separators=(",", ":")).encode()),
        (packaged.CONTRIBUTIONS, founding.contributions),
    ):
        path.write_bytes(lzma.compress(content, preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    write()
