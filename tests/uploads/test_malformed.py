"""Every malformed file is answered with its code, row and column, never with a failure, and none of its rows lands."""

from collections.abc import Callable

import pytest

from service.database import Database, open_database
from tests.builders import Client, Coalition, coalition, define
from tests.uploads.malformed import MALFORMED, Malformed

SEX = [{"code": "sex", "codes": ["F", "M", "NA"]}]
RATIO = {"measure": "ratio", "frequency": "A", "factor": "100", "minimum": "0", "maximum": "100"}


def stricken(database: Database) -> Coalition:
    """The community that the files are sent to."""
    made = coalition(Client(database, upload_limit=1 << 20))
    made.adopt(
        define("jobs", dimensions=SEX),
        define("rate", **RATIO),
        define("wait", measure="mean", frequency="A"),
        define("old", frequency="A"),
        define("public", frequency="A", over_actors="single", contributors=["b"]),
    )
    made.adopt({"kind": "retire_indicator", "indicator": "old"})
    response = made.support.ask("PUT", "/closed-periods/2020")
    assert response.status_code < 300, response.text
    return made


def _differences(made: Coalition, case: Malformed) -> list[str]:
    headers = {"Content-Type": "text/csv", "Prefer": "wait=20", **case.headers}
    response = made.members["a"].ask("POST", "/imports", content=case.content, headers=headers, params=case.asked)
    answer = response.json()
    status = answer["status"] if response.status_code in (200, 202) else response.status_code
    if isinstance(case.status, int):
        found = [answer.get("code"), *((answer.get("errors") or [{}])[0].get(name) for name in ("row", "column"))]
    else:
        found = [(answer.get("errors") or [{}])[0].get(name) for name in ("code", "row", "column")]
        if answer.get("created") or answer.get("revised"):
            return [f"{case.name}: rows landed"]
    expected = [case.code, case.row, case.column]
    if [status, *found] != [case.status, *expected]:
        return [f"{case.name}: {[case.status, *expected]} expected, {[status, *found]} answered"]
    return []


# What a file is answered does not depend on the engine: every sixth is enough to see that nothing else does either.
@pytest.mark.parametrize(
    ("engine", "step"), [("sqlite", 1), ("postgresql", 6), pytest.param("postgresql", 1, marks=pytest.mark.proof)]
)
def test_malformed_files(new_database: Callable[[str], str], engine: str, step: int) -> None:
    opened = open_database(new_database(engine))
    made = stricken(opened)
    differences = [difference for case in MALFORMED[::step] for difference in _differences(made, case)]
    assert not differences, "\n".join(differences)
    assert made.support.get("/contributions")["items"] == []
    opened.dispose()


def test_the_table_is_long_enough_and_names_each_file_once() -> None:
    names = [case.name for case in MALFORMED]
    assert len(names) == len(set(names)) >= 50


@pytest.mark.parametrize("bad", ["x", "1.234"])
def test_skipping_rows_never_skips_what_makes_the_file_unreadable(database: Database, bad: str) -> None:
    made = stricken(database)
    content = f"indicator,period,sex,value\njobs,2025-Q1,F,1\njobs,2025-Q1,M,{bad}\n"
    headers = {"Content-Type": "text/csv", "Prefer": "wait=20"}
    response = made.members["a"].ask("POST", "/imports?on_error=skip_rows", content=content, headers=headers)
    landed = {item["dimensions"]["sex"]: item["value"] for item in made.support.get("/contributions")["items"]}
    if bad == "x":
        assert (response.json()["status"], landed) == ("succeeded", {"F": "1"})
    else:
        assert (response.json()["status"], landed) == ("rejected", {})
