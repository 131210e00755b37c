"""What the preparations hand to the service already adds up to the published figures, before any service is involved."""

import csv
import io
from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter

from service.demo.founding import Founding
from service.models.proposal import Change
from tests.published import prepare_barometre, prepare_ssmsi, prepare_unhcr
from tests.published.source_files import code_of, read_expected, read_table


def _rows(founding: Founding, separator: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(founding.contributions.decode()), delimiter=separator))


def _decided(founding: Founding, kind: str) -> list[dict[str, Any]]:
    return [change for change in founding.decisions if change["kind"] == kind]


def _sums(pairs: list[tuple[Any, str]]) -> dict[Any, Decimal]:
    sums: defaultdict[Any, Decimal] = defaultdict(Decimal)
    for key, value in pairs:
        sums[key] += Decimal(value)
    return dict(sums)


@pytest.mark.parametrize("prepared", [prepare_unhcr.prepare, prepare_ssmsi.prepare, prepare_barometre.prepare])
def test_every_decision_is_a_change_that_can_be_proposed(prepared: Any) -> None:
    changes: TypeAdapter[Any] = TypeAdapter(Change)
    for decision in prepared().decisions:
        changes.validate_python(decision)


def test_unhcr_totals_of_actuals_and_targets() -> None:
    founding = prepare_unhcr.prepare()
    codes = prepare_unhcr.records().drop_duplicates("title").set_index("title")["indicator"]
    rows = _rows(founding)
    actuals = _sums([((row["indicator"], row["period"]), row["value"]) for row in rows])
    by_population = _sums([((row["indicator"], row["period"], row["population_type"]), row["value"]) for row in rows])
    targets = _sums([((t["indicator"], t["period"]), t["value"]) for t in _decided(founding, "set_target")])
    adding = [group for group in read_expected(prepare_unhcr.SET)["groups"] if "total" in group]
    assert len(adding) == 45
    for group in adding:
        key = (codes[group["indicator"]], group["period_end"][:4])
        assert actuals.get(key) == _number(group["total"]["actual_sum_all_rows"])
        assert targets.get(key) == _number(group["total"]["target_sum_all_rows"])
        for label, part in group["by_population_type"].items():
            assert by_population.get((*key, code_of(label))) == _number(part["actual_sum_all_rows"])


def test_unhcr_keeps_every_published_value() -> None:
    founding = prepare_unhcr.prepare()
    groups = read_expected(prepare_unhcr.SET)["groups"]
    # Two rows have the same key and become one; nothing else is added up.
    assert len(_rows(founding)) == sum(group["rows_with_actual"] for group in groups) - 1
    assert len(_decided(founding, "define_indicator")) == len({group["indicator"] for group in groups}) == 123
    assert len(_decided(founding, "set_membership")) == 60
    by_cell = [target for target in _decided(founding, "set_target") if "dimensions" in target]
    assert len(by_cell) == sum(group["rows_with_target"] for group in groups if "total" not in group)


def test_ssmsi_rates_follow_from_what_is_contributed() -> None:
    rows = prepare_ssmsi.records().to_dict("records")
    assert len(rows) == read_expected(prepare_ssmsi.SET)["rows"]
    for row in rows:
        derived = _comma(row["numerator"]) / _comma(row["denominator"]) * 1000
        assert abs(derived - _comma(row["rate"])) <= Decimal("1e-8")


def test_barometre_loses_no_record_and_judges_none_against_a_value_of_later() -> None:
    founding = prepare_barometre.prepare()
    table = prepare_barometre.records()
    counts = {level: part["counts"] for level, part in read_expected(prepare_barometre.SET).items()}
    assert table["level"].value_counts().to_dict() == {level: count["rows"] for level, count in counts.items()}
    assert (table["target"] != "").groupby(table["level"]).sum().to_dict() == {
        level: count["with_target"] for level, count in counts.items()
    }
    periods = {(row["indicator"], row["actor"]): row["period"] for row in _rows(founding)}
    targets = _decided(founding, "set_target")
    assert len(periods) == len(table) - 1  # one record is given twice, word for word
    assert len(targets) == sum(count["with_target"] for count in counts.values()) - 1
    assert all(periods[target["indicator"], target["actor"]] <= target["period"] for target in targets)


def test_barometre_reads_directions_so_that_the_exceptions_alone_have_their_target_on_the_wrong_side() -> None:
    founding = prepare_barometre.prepare()
    directions = {change["indicator"]: change["definition"]["direction"] for change in _decided(founding, "define_indicator")}
    wrong = {
        (target["indicator"], target["actor"])
        for target in _decided(founding, "set_target")
        if "baseline" in target
        and Decimal(target["value"]) != Decimal(target["baseline"]["value"])
        and (Decimal(target["value"]) > Decimal(target["baseline"]["value"])) != (directions[target["indicator"]] == "increase")
    }
    records = prepare_barometre.records()
    records["file"] = "synthese-" + records["level"]
    records["record"] = records["record"].astype(str)
    exceptions = read_table(prepare_barometre.SET, "exceptions.csv").merge(records, on=["file", "record"])
    named = set(zip(exceptions["indicator"], exceptions["actor"], strict=True))
    assert wrong == named and len(named) == 72


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _comma(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))
