"""Eleven vintages of one barometer, a million records, sent in one after the other as an organisation would send its exports.

Nothing is told to the service of what changed between them: what is new, revised, repeated or the same comes out as it was
counted without it, and so does every total, after each vintage and as of each.
"""

import csv
import io
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

import pytest

from service.database import open_database
from service.models.instant import instant_text
from tests.builders import Client, Coalition, Json, coalition, define
from tests.conftest import ENGINES
from tests.published.source_files import read_bytes, read_expected

SET = "volume-barometre"
PREFIXES = {"national": "", "regional": "region-", "region": "region-", "departement": "departement-"}
ASKED = ("nb-morts-routes", "nb-atteintes-biens", "nb-beneficiaires-siae", "nombre-recrutements-jeunes")
"""Of these the totals are asked for: each was revised by several vintages."""
_ENDS_WITHIN = 300.0

Observation = tuple[str, str, str, str]


def vintages() -> Iterator[tuple[str, list[Observation]]]:
    """The name of each vintage and its records: indicator, actor, month, value as published."""
    records = csv.DictReader(io.TextIOWrapper(io.BytesIO(read_bytes(SET, "observations-tous-millesimes.csv")), newline=""))
    for name, found in groupby(records, key=itemgetter("millesime", "commit")):
        yield (
            "/".join(name),
            [
                (row["id_indicateur"], PREFIXES[row["maille"]] + row["code_territoire"].lower(), row["date"][:7], row["valeur"])
                for row in found
            ],
        )


def gathered(client: Client, every: list[tuple[str, list[Observation]]]) -> Coalition:
    """The community of the territories, with the barometer's indicators."""
    made = coalition(client)
    rows = [row for _, rows in every for row in rows]
    actors, indicators = (sorted({row[place] for row in rows}) for place in (1, 0))
    members = [
        {"kind": "set_membership", "actor": actor, "membership": {"name": actor, "kind": "territoire"}} for actor in actors
    ]
    made.adopt(*members, *(define(indicator, frequency="M") for indicator in indicators))
    return made


def sent(made: Coalition, rows: list[Observation]) -> Json:
    """What became of one vintage."""
    file = io.StringIO()
    csv.writer(file).writerows([("indicator", "actor", "period", "value"), *rows])
    headers = {"Content-Type": "text/csv", "Prefer": "wait=60"}
    answer: Json = made.support.ask("POST", "/imports", content=file.getvalue().encode(), headers=headers).json()
    deadline = time.monotonic() + _ENDS_WITHIN
    while answer["status"] in ("queued", "running"):
        assert time.monotonic() < deadline, answer
        time.sleep(0.1)
        answer = made.support.get(f"/imports/{answer['id']}")
    return answer


def totals(made: Coalition, **asked: Any) -> dict[str, Decimal | None]:
    """What the service adds up."""
    window = {"from": "1990-01", "to": "2025-12"} | asked
    figures = {code: made.support.get(f"/indicators/{code}/figure", **window)["value"] for code in ASKED}
    return {code: None if value is None else Decimal(value) for code, value in figures.items()}


def added_up(standing: dict[tuple[str, str, str], Decimal]) -> dict[str, Decimal | None]:
    """The same, by hand."""
    found: dict[str, Decimal | None] = dict.fromkeys(ASKED)
    by_indicator = defaultdict(list)
    for (indicator, _, _), value in standing.items():
        by_indicator[indicator].append(value)
    return found | {code: sum(by_indicator[code], Decimal(0)) for code in ASKED if code in by_indicator}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("count", [pytest.param(3, marks=pytest.mark.proof), pytest.param(11, marks=pytest.mark.long)])
def test_vintage_by_vintage(new_database: Callable[[str], str], engine: str, count: int) -> None:
    every = list(islice(vintages(), count))
    assert len(every) == count
    expected = read_expected(SET)["per_vintage"]
    database = open_database(new_database(engine))
    standing: dict[tuple[str, str, str], Decimal] = {}
    seen: list[tuple[str, dict[str, Decimal | None]]] = []
    with Client(database) as client:
        made = gathered(client, every)
        for name, rows in every:
            client.clock += timedelta(days=1)
            answer = sent(made, rows)
            counted = expected[name]
            assert answer["status"] == "succeeded", answer["errors"]
            created, revised = counted["new_keys"], counted["value_revised_vs_previous_vintage_holding_the_key"]
            assert (answer["created"], answer["revised"], answer["folded"]) == (created, revised, counted["duplicate_keys"]), (
                name
            )
            assert (
                answer["rows"] == counted["rows"] == sum(answer[one] for one in ("created", "revised", "unchanged", "folded"))
            )
            standing |= {row[:3]: Decimal(row[3]) for row in rows}
            assert totals(made) == added_up(standing), name
            seen.append((instant_text(client.clock), totals(made)))
        for instant, found in seen:
            assert totals(made, as_of=instant) == found, instant
        assert len({str(found) for _, found in seen}) > count // 2
    database.dispose()
    print(f"{engine}: {len(every)} vintages, {sum(len(rows) for _, rows in every)} records, {len(standing)} observations")
