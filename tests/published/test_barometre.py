"""The French government's barometer: the published share of the way to each target comes out, record by record."""

from decimal import Decimal
from typing import Any

import pytest

from tests.published.asking import Asking, Served, opened
from tests.published.prepare_barometre import SET, prepare, records
from tests.published.source_files import read_expected, read_table

LEVELS = ("national", "regional", "departemental")
ROUNDED_BY = Decimal("0.5")


@pytest.fixture(scope="module")
def asking(served: Served) -> Asking:
    """Questions to the community, loaded once for each engine."""
    return served.found(prepare())


@pytest.fixture(scope="module")
def progress(asking: Asking) -> dict[tuple[str, str], dict[str, Any]]:
    """Where each territory stands on each indicator, by indicator and territory."""
    return {
        (line["indicator"], actor): line
        for actor in sorted(records()["actor"].unique())
        for line in asking.progress({"actor": actor})
    }


def test_the_record_that_is_given_twice_is_folded(asking: Asking) -> None:
    imported = asking.imported
    assert (imported["rows"], imported["created"], imported["folded"]) == (6_272, 6_271, 1)


@pytest.mark.parametrize("level", LEVELS)
def test_the_published_share_of_the_way(progress: dict[tuple[str, str], dict[str, Any]], level: str) -> None:
    exceptions = read_table(SET, "exceptions.csv")
    excepted = set(exceptions.loc[exceptions["file"] == f"synthese-{level}", "record"])
    expected = read_expected(SET)[level]["counts"]
    outcomes: dict[str, int] = {}
    for row in records().query("level == @level").to_dict("records"):
        line = progress[row["indicator"], row["actor"]]
        outcome = judged(line, row, is_exception=str(row["record"]) in excepted)
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    assert outcomes.pop("agrees") == expected["pourcentage_cible_checked"] - expected.get("pourcentage_cible_diff", 0)
    assert outcomes.pop("target_against_direction", 0) == expected.get("pourcentage_cible_diff", 0) == len(excepted)
    assert outcomes.pop("no_target") == expected["rows"] - expected["with_target"]
    # What is left has a target that no share of the way leads to, and the publisher gives none either.
    assert sum(outcomes.values()) == expected["with_target"] - expected["pourcentage_cible_checked"]
    assert outcomes.keys() <= {"target_equals_baseline", "baseline_required"}


def judged(line: dict[str, Any], row: dict[Any, Any], *, is_exception: bool) -> str:
    """How a record came out: `agrees` with the published share, or the reason why there is none to agree with."""
    assert Decimal(line["value"]) == Decimal(row["value"])
    assert (line["target"] is None) == (row["target"] == "")
    if line["target"] is not None:
        assert Decimal(line["target"]) == Decimal(row["target"])
    if line["attainment"] is None:
        assert line["reason"] is not None
        assert is_exception == (line["reason"] == "target_against_direction")
        assert is_exception or row["pourcentage_cible"] == ""
        return str(line["reason"])
    assert not is_exception
    share = min(max(Decimal(line["attainment"]) * 100, Decimal(0)), Decimal(100))
    assert abs(share - Decimal(row["pourcentage_cible"])) <= ROUNDED_BY, (row["record"], share)
    return "agrees"


def test_levels_never_add_up(asking: Asking) -> None:
    for line in asking.progress({}):
        assert (line["value"], line["value_reason"], line["attainment"]) == (None, "no_total_over_actors", None)


def test_every_last_value_opens_down_to_its_entry(progress: dict[tuple[str, str], dict[str, Any]], asking: Asking) -> None:
    seen = set()
    for (indicator, actor), line in progress.items():
        last = line["completeness"]["latest_period"]
        if indicator in seen or line["value"] is None or last is None:
            continue
        seen.add(indicator)
        window = {"from": last, "to": last, "actor": actor}
        explained = opened(asking, indicator, window)
        assert [one["part"] for one in explained["items"] if one["used"]] == [explained["value"]]
    assert len(seen) > 20
