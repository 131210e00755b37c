"""How lists go into conditions, and that what an engine is asked does not change with their lengths."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from service.database import Database
from service.records.pieces import listed, pieces
from tests.builders import Client, coalition, define


@pytest.mark.parametrize(
    ("given", "lengthened"),
    [([], []), ([7], [7]), ([3, 1], [1, 3]), ([3, 1, 2], [1, 2, 3, 3]), (["b", "a", "c"], ["a", "b", "c", "c"])],
)
def test_the_last_value_is_repeated(given: list[int], lengthened: list[int]) -> None:
    assert listed(given) == lengthened


def test_pieces_hold_every_value() -> None:
    found = list(pieces([*range(1_300), *range(100)]))
    assert [len(piece) for piece in found] == [512, 512, 512]
    assert sorted({value for piece in found for value in piece}) == list(range(1_300))
    assert list(pieces([])) == []


@contextmanager
def _asked(database: Database) -> Iterator[set[str]]:
    """The statements with a list in a condition; what looks for jobs in the background has none."""
    found: set[str] = set()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if " IN (" in statement:
            found.add(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield found
    event.remove(database.engine, "before_cursor_execute", note)


def test_a_ledger_that_grows_is_asked_what_it_was_asked_before(client: Client) -> None:
    lac = coalition(client, ["a", "b", "c"])
    lac.adopt(define("jobs"))
    periods = [f"20{year}-Q{quarter}" for year in range(10, 25) for quarter in (1, 2, 3, 4)]
    asked = []
    for period in periods[:48]:
        with _asked(client.database) as statements:
            for actor in ("a", "b"):
                lac.report(actor, "jobs", period, "1")
            lac.members["c"].get("/indicators/jobs/figure?from=2010-Q1&to=2024-Q4")
            lac.members["c"].get("/contributions?limit=200")
            lac.members["c"].get("/events?limit=200")
            lac.members["c"].get("/quality-flags")
        asked.append(statements)
    # 66 to 96 contributions, each of a batch of its own: after the first of them nothing is asked in a new form.
    known = set().union(*asked[:36])
    assert known and set().union(*asked[36:]) - known == set()
