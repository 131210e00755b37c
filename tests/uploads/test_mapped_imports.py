"""Imports under a mapping keep the terms that they were sent under, whatever becomes of the mapping meanwhile."""

import pytest

from service.database import Database
from tests.builders import define
from tests.uploads.sending import counts, standing
from tests.uploads.test_landing import Bench, once

TERMS = {
    "columns": [{"column": "Quand", "field": "period"}, {"column": "Combien", "field": "value"}],
    "ignored": ["Age"],
    "constants": {"indicator": "jobs"},
    "period": {"format": "QN YYYY"},
}
FILE = "Quand;Combien;Age\nT1 2025;1;\nT2 2025;2;\n"


@pytest.fixture
def bench(database: Database, monkeypatch: pytest.MonkeyPatch) -> Bench:
    made = Bench(database, monkeypatch)
    assert made.made.members["a"].ask("PUT", "/mappings/export", json=TERMS).status_code == 200
    return made


def test_a_mapping_changed_or_deleted_changes_nothing_of_what_was_sent(bench: Bench) -> None:
    a = bench.made.members["a"]
    waiting = bench.queue(FILE, mapping="export")
    assert a.ask("PUT", "/mappings/export", json=TERMS | {"constants": {"indicator": "rate"}}).status_code == 200
    judged_again = bench.queue(FILE.replace("1;", "5;"), mapping="export")
    assert a.ask("PUT", "/mappings/export", json=TERMS).status_code == 200
    later = bench.queue(FILE.replace("T1", "T3").replace("T2", "T4"), mapping="export")
    assert a.ask("DELETE", "/mappings/export").status_code == 204
    bench.work()
    assert counts(bench.found(waiting)) == {"rows": 2, "created": 2}
    # `rate` is annual and a ratio: it was sent under the terms that said so.
    bench.work()
    assert {error["code"] for error in bench.found(judged_again)["errors"]} == {
        "wrong_frequency",
        "unexpected_measure",
        "missing_value",
    }
    # While it is landed the community decides something: it is judged anew, under the same terms.
    bench.work(once(1, lambda: bench.made.adopt(define("other"))))
    assert counts(bench.found(later)) == {"rows": 2, "created": 2}
    assert standing(bench.made.support) == {("jobs", "a", f"2025-Q{part}", ""): str(2 - part % 2) for part in (1, 2, 3, 4)}
    assert (bench.found(waiting)["mapping"], bench.found(later)["mapping"]) == ("export", "export")
    report = a.ask("GET", f"/imports/{judged_again}/report").text
    assert report.startswith("Quand;Combien;Age;error;message;suggestion\nT1 2025;5;;")
    bench.nothing_differs()


def test_what_no_longer_fits_is_refused_at_the_import(bench: Bench) -> None:
    waiting = bench.queue(FILE, mapping="export")
    bench.made.adopt(define("by-age", dimensions=[{"code": "age", "codes": ["0-17"]}]))
    bench.work()
    done = bench.found(waiting)
    assert (done["status"], [error["code"] for error in done["errors"]]) == ("rejected", ["mapping_unfit"])
    a = bench.made.members["a"]
    refused = a.ask("POST", "/imports", content=FILE, headers={"Content-Type": "text/csv"}, params={"mapping": "export"})
    (error,) = refused.json()["errors"]
    assert (refused.status_code, refused.json()["code"], error["parameter"]) == (422, "mapping_unfit", "mapping")
    assert "`age` is a dimension here" in error["detail"]
    assert standing(bench.made.support) == {}
    assert a.ask("GET", f"/imports/{waiting}/report").text == FILE.replace("Age\n", "Age;error;message;suggestion\n").replace(
        ";\n", ";;;;\n"
    )
