"""JSON bodies and CSV rows pass through the same check: over a table of bad contributions both refuse the same things."""

import csv
import io
from typing import Any

from service.database import Database
from tests.builders import Coalition, Json
from tests.uploads.sending import gathered, send
from tests.uploads.test_malformed import stricken

GOOD: Json = {"indicator": "jobs", "period": "2025-Q1", "value": "1", "dimensions": {"sex": "F"}}
RATE: Json = {"indicator": "rate", "period": "2024", "numerator": "1", "denominator": "2"}
WAIT: Json = {"indicator": "wait", "period": "2024", "value": "1", "weight": "2"}
BAD: list[Json] = [
    GOOD | {"indicator": "job"},
    GOOD | {"indicator": "old", "period": "2024", "dimensions": {}},
    GOOD | {"indicator": "public", "period": "2024", "dimensions": {}},
    GOOD | {"actor": "c"},
    GOOD | {"actor": "b"},
    GOOD | {"period": "T1 2025"},
    GOOD | {"period": "2025-Q5"},
    GOOD | {"period": "2025-03"},
    GOOD | {"period": "2026-Q2"},
    GOOD | {"period": "2020-Q1"},
    GOOD | {"dimensions": {"sex": "X"}},
    GOOD | {"dimensions": {"sex": "f"}},
    RATE | {"dimensions": {"sex": "F"}},
    GOOD | {"value": None},
    GOOD | {"weight": "1"},
    GOOD | {"numerator": "1"},
    RATE | {"value": "1"},
    RATE | {"denominator": None},
    RATE | {"numerator": None},
    RATE | {"numerator": None, "denominator": None},
    RATE | {"denominator": "-2", "numerator": "-1"},
    RATE | {"numerator": "3"},
    RATE | {"numerator": "-1"},
    WAIT | {"weight": None},
    WAIT | {"weight": "-1"},
    GOOD | {"value": "9" * 27},
    GOOD | {"value": "0." + "1" * 13},
    GOOD | {"value": "1e5"},
    GOOD | {"value": "NaN"},
    GOOD | {"value": "1_000"},
    GOOD | {"value": "x"},
    GOOD | {"value": ".5"},
    GOOD | {"value": "１２"},
    GOOD | {"observation_status": "Z"},
    GOOD | {"comment": "x" * 10_001},
    GOOD | {"evidence": "a\x01b"},
    GOOD | {"period": "soon", "indicator": "job"},
    GOOD | {"period": "2026-Q2", "dimensions": {"sex": "X"}, "weight": "1"},
]
STATUS = {"not_in_list": "unknown_observation_status"}
"""What the contract says of a field before the check is reached, by the check's own code."""


def _json_codes(made: Coalition, body: Json) -> set[str]:
    sent = {name: value for name, value in body.items() if value is not None}
    response = made.members["a"].ask("POST", "/contributions", json=sent)
    assert 400 <= response.status_code < 500, (body, response.text)
    return {STATUS.get(error["code"], error["code"]) for error in response.json()["errors"]}


def _csv_codes(made: Coalition, body: Json) -> set[str]:
    cells: dict[str, Any] = {name: value for name, value in body.items() if name != "dimensions" and value is not None}
    cells |= body.get("dimensions", {})
    columns = [*cells, *(name for name in ("value",) if not {"value", "numerator", "denominator"} & cells.keys())]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerow(cells)
    answer = send(made.members["a"], text.getvalue())
    assert (answer["status"], answer["created"]) == ("rejected", 0), (body, answer)
    return {error["code"] for error in answer["errors"]}


def test_both_doors_refuse_the_same(database: Database) -> None:
    made = stricken(database)
    found = [(body, _json_codes(made, body), _csv_codes(made, body)) for body in BAD]
    different = [one for one in found if one[1] != one[2]]
    assert not different, "\n".join(map(str, different))
    assert made.support.get("/contributions")["items"] == []


def test_both_doors_take_the_same(database: Database) -> None:
    """What one door took, the other finds unchanged."""
    made = gathered(database)
    good = [
        GOOD,
        GOOD | {"value": "0", "period": "2025-Q2"},
        GOOD | {"dimensions": {}, "comment": "été", "observation_status": "P"},
        RATE,
        WAIT,
    ]
    for body in good:
        made.members["a"].post("/contributions", body)
    heads = ["indicator", "period", "sex", "value", "numerator", "denominator", "weight", "observation_status", "comment"]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, heads, delimiter=";")
    writer.writeheader()
    for body in good:
        cells = {name: value for name, value in body.items() if name != "dimensions"}
        writer.writerow(cells | body.get("dimensions", {}))
    answer = send(made.members["a"], text.getvalue())
    assert (answer["rows"], answer["unchanged"], answer["errors"]) == (5, 5, [])
