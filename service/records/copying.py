"""A community as a whole, table by table, as plain values: out of one database, and into another.

Everything is keyed by the community's number, which is another one elsewhere, so it is left out. What is said in the plain rows
is what the tables hold, to the last digit and byte: the journal's hashes are taken of that, and must come out again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from typing import Any

from sqlalchemy import Column, Connection, LargeBinary, Table, insert, select

from service.models.instant import InstantColumn, instant_text, parse_instant
from service.models.measure import ExactDecimal, measure_text, parse_measure
from service.models.period import Period
from service.models.tables import tables_in_order
from service.models.text import JsonText
from service.models.vocabulary import UploadStatus
from service.records.bulk import COLUMNS, measure_as_text, write_columns

KEPT = frozenset({
    "actor", "cell", "closed_period", "community", "community_state", "indicator", "indicator_version", "journal_entry",
    "ledger_entry", "mapping", "membership", "objective", "objective_state", "overlap_decision", "placement", "position",
    "proposal", "proposal_change", "proposal_comment", "proposal_round", "review", "review_note", "review_proposal",
    "review_state", "target", "trial", "upload",
})  # fmt: skip
"""The tables whose rows a community is made of. A test asks of every new table whether it is one of them."""
LEFT_OUT = {
    "alert": "follows from the journal, and is made again where it is",
    "alert_watch": "how far this service has looked",
    "community_code": "the code itself says it",
    "digest_recipient": "people's addresses, told to nobody",
    "idempotency_key": "what was answered here to whom asked here",
    "invitation": "it is exchanged for a token, which is good for the service that made it",
    "job": "work under way here",
    "operator_token": "who runs the service here",
    "person": "who signs in here, and by which issuer",
    "token": "a token is good for the service that made it",
    "upload_part": "files as they came, kept for some days only; what they brought is in the ledger",
    "webhook": "told from here, and signed with secrets of its own",
    "webhook_turn": "work under way here",
}
"""What stays behind, and why."""
_PERIODS = frozenset({"period", "from_period", "baseline_period", "at_period"})
_FINISHED = (UploadStatus.SUCCEEDED, UploadStatus.REJECTED, UploadStatus.FAILED, UploadStatus.UNDONE)
_AT_ONCE = 5_000
_LARGEST = 2**63

Plain = dict[str, Any]


def kept_tables() -> list[Table]:
    """The tables that are kept, what others point to first. The ledger, which points without foreign keys, comes last."""
    kept = [table for table in tables_in_order() if table.name in KEPT]
    return sorted(kept, key=lambda table: table.name == "ledger_entry")


def plain_rows(connection: Connection, community_id: int, table: Table) -> Iterator[Plain]:
    """The rows of a table by their keys, some thousands in memory at a time; a value that is absent is left out.

    Measures and instants are texts, bytes hexadecimal, periods as SDMX writes them (0: none). Ledger rows that no journal entry
    names, and imports that have not come to their end, are left out: they are not part of what was recorded.
    """
    columns = _columns(table)
    chosen = select(*(_chosen(connection, column) for column in columns)).where(table.c.community_id == community_id)
    if table.name == "ledger_entry":
        entry = next(one for one in tables_in_order() if one.name == "journal_entry")
        named = select(entry.c.batch).where(entry.c.community_id == community_id, entry.c.batch.is_not(None))
        chosen = chosen.where(table.c.batch.in_(named))
    if table.name == "upload":
        chosen = chosen.where(table.c.status.in_(_FINISHED))
    keys = [column for column in table.primary_key if column.name != "community_id"]
    written = [(column.name, _written(column)) for column in columns]
    for row in connection.execute(chosen.order_by(*keys)).yield_per(_AT_ONCE):
        yield {name: write(value) for (name, write), value in zip(written, row, strict=True) if value is not None}


def bring_rows(connection: Connection, community_id: int, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write plain rows into a table, under another community's number.

    Raises ValueError for what is no such row, LookupError where the ledger names what does not exist, and what the database
    says of a row that contradicts others.
    """
    read = {column.name: _read(column) for column in _columns(table)}
    left = iter(rows)
    while piece := [_row(read, row) for row in islice(left, _AT_ONCE)]:
        if table.name == "ledger_entry":
            columns = [[_as_stored(row[name]) for row in piece] for name in COLUMNS[1:]]
            write_columns(connection, [[community_id] * len(piece), *columns])
        else:
            connection.execute(insert(table), [{"community_id": community_id, **row} for row in piece])


def _row(read: Mapping[str, Callable[[Any], Any]], given: Mapping[str, Any]) -> Plain:
    if not given.keys() <= read.keys():
        raise ValueError(f"no column is called {min(given.keys() - read.keys())}")
    return {name: None if given.get(name) is None else back(given[name]) for name, back in read.items()}


def _as_stored(value: Any) -> Any:
    """A value of the ledger as `write_columns` takes it: measures are canonical texts."""
    return measure_text(value) if isinstance(value, Decimal) else value


def _columns(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if column.name != "community_id"]


def _chosen(connection: Connection, column: Column[Any]) -> Any:
    # A million decimals made only to be written out again would take longer than all the rest.
    return measure_as_text(connection, column) if isinstance(column.type, ExactDecimal) else column


def _written(column: Column[Any]) -> Callable[[Any], Any]:
    if isinstance(column.type, InstantColumn):
        return instant_text
    if isinstance(column.type, LargeBinary):
        return bytes.hex
    return _period_text if column.name in _PERIODS else _as_it_is


def _read(column: Column[Any]) -> Callable[[Any], Any]:
    if isinstance(column.type, JsonText):
        return _as_it_is
    if isinstance(column.type, InstantColumn):
        return _instant
    if isinstance(column.type, LargeBinary):
        return _bytes
    if isinstance(column.type, ExactDecimal):
        return _measure
    if column.name in _PERIODS:
        return _period_number
    return {int: _whole, bool: _truth, str: _text}[column.type.python_type]


def _as_it_is(value: Any) -> Any:
    return value


@lru_cache(maxsize=65_536)
def _period_text(number: int) -> str | int:
    """A period as it is written; 0, and what is no period, as the number that it is."""
    try:
        text = str(Period.from_number(number))
        return text if Period.parse(text).number == number else number
    except (ArithmeticError, IndexError, KeyError, ValueError):
        return number


def _period_number(value: Any) -> int:
    return _parsed(value) if isinstance(value, str) else _whole(value)


@lru_cache(maxsize=65_536)
def _parsed(text: str) -> int:
    return Period.parse(text).number


def _whole(value: Any) -> int:
    if type(value) is not int or not -_LARGEST <= value < _LARGEST:
        raise ValueError("a whole number is expected")
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false is expected")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError("a text is expected")
    return value


def _instant(value: Any) -> datetime:
    return parse_instant(_text(value))


def _bytes(value: Any) -> bytes:
    return bytes.fromhex(_text(value))


def _measure(value: Any) -> Decimal:
    return parse_measure(_text(value))
