"""UNHCR's results: totals as published for what the publisher says adds up, and no total for anything else, in no answer."""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd
import pytest

from tests.published.asking import Asking, Served, opened
from tests.published.prepare_unhcr import SET, contributions, prepare, records
from tests.published.prepare_unhcr_decisions import LOCATION, POPULATION
from tests.published.source_files import code_of, read_expected

Lines = dict[tuple[str, str], dict[str, Any]]
"""Published groups or the service's figures, by indicator and year."""
YEARS = ("2022", "2023", "2024", "2025")
NO_TOTAL = "no_total_over_actors"


@pytest.fixture(scope="module")
def asking(served: Served) -> Asking:
    """Questions to the community, loaded once for each engine."""
    return served.found(prepare())


@pytest.fixture(scope="module")
def groups() -> Lines:
    """What has to come out, by indicator and year."""
    codes = records().drop_duplicates("title").set_index("title")["indicator"]
    return {(codes[group["indicator"]], group["period_end"][:4]): group for group in read_expected(SET)["groups"]}


@pytest.fixture(scope="module")
def figures(asking: Asking) -> Lines:
    """Every indicator's figure of every year, by population type."""
    return {
        (figure["indicator"], year): figure
        for year in YEARS
        for figure in asking.get("figures", {"from": year, "to": year, "by": "population_type", "limit": "1000"})["items"]
    }


def number(text: str | None) -> Decimal | None:
    """A measure as it travels; null is no number."""
    return None if text is None else Decimal(text)


def test_every_published_value_landed(asking: Asking, groups: Lines) -> None:
    # Two rows have one key and are added up before.
    rows = sum(group["rows_with_actual"] for group in groups.values()) - 1
    assert (asking.imported["rows"], asking.imported["created"]) == (rows, rows)
    reported: defaultdict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for one in asking.every("contributions"):
        reported[one["indicator"], one["period"]].append(Decimal(one["value"]))
    found = {key: (str(len(values)), min(values), max(values)) for key, values in reported.items()}
    twice = next(key for key, group in groups.items() if found.get(key, ("0",))[0] != str(group["rows_with_actual"]))
    assert twice[0].startswith("4-2a-number-of-poc-who-departed-on-resettlement") and twice[1] == "2022"
    for key, group in groups.items():
        if group["rows_with_actual"] and key != twice:
            assert found[key] == (str(group["rows_with_actual"]), Decimal(group["actual_min"]), Decimal(group["actual_max"]))


def test_every_published_target_landed(asking: Asking, groups: Lines) -> None:
    by_cell: defaultdict[tuple[str, str], int] = defaultdict(int)
    added_up: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for target in asking.every("targets"):
        key = target["indicator"], target["period"]
        assert target["actor"] is not None
        if "total" in groups[key]:
            assert target["dimensions"] == {}
            added_up[key] += Decimal(target["value"])
        else:
            assert target["dimensions"].keys() <= {"population_type", "location"} and "location" in target["dimensions"]
            by_cell[key] += 1
    for key, group in groups.items():
        if "total" in group:
            assert added_up.get(key) == number(group["total"]["target_sum_all_rows"])
        else:
            assert by_cell[key] == group["rows_with_target"]


def test_totals_of_what_adds_up(figures: Lines, groups: Lines) -> None:
    adding = {key: group for key, group in groups.items() if "total" in group}
    assert len(adding) == 45
    for key, group in adding.items():
        figure = figures[key]
        assert number(figure["value"]) == number(group["total"]["actual_sum_all_rows"])
        by_population = {part["dimensions"]["population_type"]: number(part["value"]) for part in figure["by_dimension"]}
        assert by_population == {
            code_of(label): number(part["actual_sum_all_rows"])
            for label, part in group["by_population_type"].items()
            if part["actual_sum_all_rows"] is not None
        }
        assert number(figure["unallocated"]) == (0 if figure["value"] is not None else None)
        assert figure["reason"] == (None if figure["value"] is not None else "no_entries")


def test_totals_of_targets(asking: Asking, groups: Lines) -> None:
    compared = 0
    for year in YEARS:
        for line in asking.progress({"at": year}):
            group = groups.get((line["indicator"], year), {})
            if group.get("total", {}).get("target_sum_all_rows") is None:
                continue
            compared += 1
            assert number(line["targets_sum"]) == number(group["total"]["target_sum_all_rows"])
            assert number(line["value"]) == number(group["total"]["actual_sum_all_rows"])
            assert 0 < line["targets_set"] <= line["targets_expected"]
            if line["targets_set"] < line["targets_expected"]:
                # The sum of some is not the community's target: it is told, and nothing is judged by it.
                assert (line["target"], line["attainment"]) == (None, None)
                assert line["reason"] == "targets_incomplete" or line["status"] == "no_data"
            else:
                assert line["target"] == line["targets_sum"]
    assert compared == sum(group["total"]["target_sum_all_rows"] is not None for group in groups.values() if "total" in group)


def test_what_does_not_add_up_is_never_added(asking: Asking, figures: Lines, groups: Lines) -> None:
    apart = {code for (code, _), group in groups.items() if "total" not in group}
    assert len(apart) == 90
    question = {"from": "2022", "to": "2025", "indicators": ",".join(sorted(apart)), "limit": "1000"}
    for by in ({}, {"by": "location"}, {"by": "population_type,location"}):
        for figure in asking.get("figures", question | by)["items"]:
            _has_no_total(figure)
    for (code, year), figure in figures.items():
        if code in apart:
            _has_no_total(figure)
            has_entries = groups.get((code, year), {}).get("rows_with_actual", 0) > 0
            assert figure["reason"] == (NO_TOTAL if has_entries else "no_entries")
    for code in sorted(apart):
        for point in asking.get(f"indicators/{code}/series", {"frequency": "A", "from": "2022", "to": "2025"})["items"]:
            _has_no_total(point)


def _has_no_total(figure: dict[str, Any]) -> None:
    assert (figure["value"], figure["lowest"], figure["highest"], figure["unallocated"]) == (None, None, None, None)
    assert figure["reason"] in (NO_TOTAL, "no_entries")
    for part in figure["by_dimension"]:
        assert (part["value"], part["lowest"], part["highest"]) == (None, None, None)


def test_progress_has_every_indicator_and_says_in_words_why_a_figure_is_missing(asking: Asking, groups: Lines) -> None:
    for year in YEARS:
        lines = asking.progress({"at": year})
        assert {line["indicator"] for line in lines} == {code for code, _ in groups}
        for line in lines:
            assert line["completeness"].keys() >= {"due", "reported", "late", "missing"}
            assert line["excluded"] == []
            assert line["reading"]["en"] and line["reading"]["fr"]
            if "total" not in next(group for (code, _), group in groups.items() if code == line["indicator"]):
                assert (line["value"], line["target"], line["targets_sum"], line["attainment"]) == (None, None, None, None)
                assert line["value_reason"] in (NO_TOTAL, "no_entries", "not_started")


def test_published_shares_of_the_way(asking: Asking) -> None:
    """The sample of rows in the expectation, as far as they add up and an operation has one row only for the year."""
    table = records()
    alone = table[table["adds_up"] & ~table.duplicated(["iati_identifier", "title"], keep=False)]
    rows = {(row["iati_identifier"], row["title"]): row for row in alone.to_dict("records")}
    compared = 0
    for sample in read_expected(SET)["progress_sample_every_50th"]:
        row = rows.get((sample["activity"], sample["indicator"]))
        if row is None:
            continue
        compared += 1
        lines = asking.progress({"actor": row["actor"], "at": row["period"]})
        line = next(line for line in lines if line["indicator"] == row["indicator"])
        assert [number(line[name]) for name in ("baseline", "target", "value")] == [
            number(sample[name]) for name in ("baseline", "target", "actual")
        ]
        if Decimal(sample["target"]) < Decimal(sample["baseline"]):
            assert (line["attainment"], line["reason"]) == (None, "target_against_direction")
        else:
            assert Decimal(line["attainment"]).quantize(Decimal("0.0001"), ROUND_HALF_UP) == Decimal(sample["progress"])
    assert compared == 6


def test_totals_made_of_some_parts_only_are_flagged(asking: Asking) -> None:
    """Where an operation reports for some population types or places only, its total says so; nothing else does."""
    table = records()
    adding = table[table["adds_up"] & (table["actual_value"] != "")]
    expected = {
        (code, actor, year)
        for (code, actor, year), rows in adding.groupby(["indicator", "actor", "period"])
        if not _is_whole(rows, table[table["indicator"] == code])
    }
    flags = list(asking.every("quality-flags"))
    assert {(flag["indicator"], flag["actor"], flag["period"]) for flag in flags} == expected
    assert {flag["code"] for flag in flags} == {"parts_incomplete"}
    assert len(flags) == len(expected) > 1_000
    # Read in the file: of the three types that people are registered by, Brazil reports refugees and asylum-seekers alone.
    brazil = [flag for flag in flags if (flag["actor"], flag["period"]) == ("ame-bra", "2024") and flag["value"] == "62060"]
    assert [flag["indicator"] for flag in brazil] == ["01-1-1-number-of-people-registered-on-an-individual-basis"]


def _is_whole(rows: pd.DataFrame, of_indicator: pd.DataFrame) -> bool:
    """Whether one way of splitting the rows has every code that the indicator knows, or splits nothing."""
    ways = rows.groupby([rows[POPULATION] != "", rows[LOCATION] != ""])
    return any(
        all(
            set(of_indicator[name]) - {""} == set(way[name])
            for name, is_split in zip((POPULATION, LOCATION), split, strict=True)
            if is_split
        )
        for split, way in ways
    )


def test_every_figure_of_a_year_opens_down_to_the_entries(figures: Lines, asking: Asking) -> None:
    sent = contributions(records())
    for indicator, year in figures:
        if year == YEARS[-1]:
            explained = opened(asking, indicator, {"from": year, "to": year})
            own = sent[(sent["indicator"] == indicator) & (sent["period"] == year)]
            assert sorted(one["actor"] for one in explained["items"]) == sorted(own["actor"])
