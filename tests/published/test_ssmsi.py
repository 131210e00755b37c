"""The French police's figures: every published rate comes out, and those of regions and of the country are pooled."""

from decimal import Decimal
from fractions import Fraction
from statistics import median
from typing import Any

import pytest

from tests.published.asking import Asking, Served, opened
from tests.published.prepare_ssmsi import SET, mapping, prepare, records
from tests.published.source_files import read_expected

ALL_YEARS = {"frequency": "A", "from": "2016", "to": "2022"}
PUBLISHED_WITHIN = Decimal("1e-8")


@pytest.fixture(scope="module")
def asking(served: Served) -> Asking:
    """Questions to the community, loaded once for each engine."""
    return served.found_under(prepare(), mapping())


@pytest.fixture(scope="module")
def country(asking: Asking) -> dict[tuple[str, str], dict[str, Any]]:
    """The figure of every class and year."""
    return {
        (code, point["period"]): point
        for code in sorted(records()["indicator"].unique())
        for point in asking.get(f"indicators/{code}/series", ALL_YEARS)["items"]
    }


def per_thousand(numerator: Fraction, denominator: Fraction) -> Decimal:
    """The rate to the service's twelve decimals, half-even, by a way of its own: exact fractions."""
    return Decimal(round(numerator / denominator * 1000 * 10**12)).scaleb(-12)


def number(text: str) -> Fraction:
    """What the publisher wrote, with its decimal comma."""
    return Fraction(text.replace(",", "."))


def test_the_file_lands_whole_as_it_was_downloaded(asking: Asking) -> None:
    imported = asking.imported
    assert imported["mapping"] == "published"
    assert (imported["rows"], imported["created"]) == (9_898, 9_898)
    assert (imported["revised"], imported["unchanged"], imported["folded"], imported["rejected"]) == (0, 0, 0, 0)


def test_every_published_rate_of_a_departement(country: dict[tuple[str, str], dict[str, Any]]) -> None:
    published = {
        (row["indicator"], row["actor"], row["period"]): Decimal(row["rate"].replace(",", "."))
        for row in records().to_dict("records")
    }
    found = {
        (code, one["actor"], year): Decimal(one["value"])
        for (code, year), point in country.items()
        for one in point["by_actor"]
    }
    assert found.keys() == published.keys()
    assert len(found) == 9_898
    assert not [key for key, rate in published.items() if abs(found[key] - rate) > PUBLISHED_WITHIN]


def test_the_rates_of_the_country_are_pooled(country: dict[tuple[str, str], dict[str, Any]]) -> None:
    national = read_expected(SET)["national"]
    names = {row["name"]: row["indicator"] for row in records().drop_duplicates("name").to_dict("records")}
    assert len(country) == len(national) == 14 * 7
    for line in national:
        figure = country[names[line["classe"]], line["annee"]]
        assert Decimal(figure["value"]) == per_thousand(Fraction(line["faits"]), Fraction(line["denominateur"]))
        assert round(Decimal(figure["value"]), 6) == Decimal(line["taux_pour_mille"])
        mean_of_rates = sum(Decimal(one["value"]) for one in figure["by_actor"]) / len(figure["by_actor"])
        assert Decimal(figure["value"]) != mean_of_rates
        assert figure["completeness"]["due"] == figure["completeness"]["reported"] == line["departements"]
        assert (figure["reason"], figure["flags"], figure["excluded"]) == (None, [], [])


def test_the_rates_of_the_regions_are_pooled(asking: Asking) -> None:
    table = records()
    denominators: dict[tuple[Any, ...], Fraction] = {}
    for row in table.to_dict("records"):
        key = row["name"], row["period"], row["region"]
        denominators[key] = denominators.get(key, Fraction(0)) + number(row["denominator"])
    names = {row["indicator"]: row["name"] for row in table.drop_duplicates("name").to_dict("records")}
    found = {
        (names[code], point["period"], region): point
        for code in names
        for region in sorted(table["region"].unique())
        for point in asking.get(f"indicators/{code}/series", ALL_YEARS | {"group": region})["items"]
    }
    regional = {
        (line["classe"], line["annee"], f"region-{line['region'].zfill(2)}"): Fraction(line["faits"])
        for line in read_expected(SET)["par_region"]
    }
    assert found.keys() == regional.keys()
    for key, numerator in regional.items():
        assert Decimal(found[key]["value"]) == per_thousand(numerator, denominators[key])


def test_nothing_published_is_flagged_and_a_number_typed_wrongly_is(asking: Asking) -> None:
    """Burglaries in Ain in 2022, with two digits too many: found among 9,898 numbers, and gone once it is put right."""
    assert asking.get("quality-flags", {"limit": "1000"})["items"] == []
    rows = records().query("name == 'Cambriolages de logement' and actor == '01'").sort_values("period").to_dict("records")
    rates = [number(row["rate"]) for row in rows[-6:-1]]
    names = ("indicator", "actor", "period", "numerator", "denominator")
    row = {name: str(rows[-1][name]).replace(",", ".") for name in names}
    try:
        asking.post("contributions", row | {"numerator": row["numerator"] + "00"})
        (flag,) = asking.get("quality-flags", {"limit": "1000"})["items"]
    finally:
        asking.post("contributions", row)
    assert (flag["code"], flag["indicator"], flag["actor"], flag["period"]) == ("hundredfold", row["indicator"], "01", "2022")
    assert (flag["since"], flag["count"]) == ("2017", 5)
    assert abs(Fraction(flag["compared_with"]) - median(rates)) < PUBLISHED_WITHIN
    assert Decimal(flag["value"]) == per_thousand(Fraction(row["numerator"]) * 100, Fraction(row["denominator"]))
    assert asking.get("quality-flags", {"limit": "1000"})["items"] == []


def test_every_rate_opens_down_to_the_entries(asking: Asking) -> None:
    last = max(records()["period"])
    for code in sorted(records()["indicator"].unique()):
        explained = opened(asking, code, {"from": last, "to": last})
        published = records()[(records()["indicator"] == code) & (records()["period"] == last)]
        assert len(explained["items"]) == len(published)
        assert sum(Fraction(one["part_numerator"]) for one in explained["items"]) == sum(
            number(text) for text in published["numerator"]
        )
