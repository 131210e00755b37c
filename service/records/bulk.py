"""How many ledger rows at a time reach the table: what they name is looked up, then they are written as the engine is fastest.

The ledger has no foreign keys: PostgreSQL looks them up row by row, which took three quarters of the time that an import's rows
took to be written. What a piece names is looked up once for the piece instead. Nothing that it can name is ever deleted.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain
from typing import Any

import psycopg
from sqlalchemy import Column, ColumnElement, Connection, Text, cast, func, type_coerce
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError

from service.models.contribution import LedgerEntry
from service.models.tables import table_of
from service.records.entries import LedgerRow

COLUMNS = ("community_id", *LedgerRow._fields)
_NAMED = ("indicator", "actor", "cell")
_COPIED = 200
"""Rows from which on making a table for COPY to fill costs PostgreSQL less than lists do."""
_TOGETHER = 50
"""Rows of one statement on SQLite: 200 gain nothing more."""
_MARKED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def write_columns(connection: Connection, columns: Sequence[Sequence[Any]]) -> None:
    """Write ledger rows given column by column, in the order of `COLUMNS`; measures as the engine takes them, or as canonical
    texts. Raises LookupError for an indicator, actor or cell that does not exist, IntegrityError for a key twice in a batch."""
    _look_up(connection, columns)
    if connection.dialect.name == "sqlite":
        _insert_together(connection, columns)
    elif len(columns[0]) < _COPIED:
        connection.exec_driver_sql(_insert_lists(), tuple(map(_listed, columns)))
    else:
        _copy(connection, columns)


def measure_as_text(connection: Connection, column: Column[Any]) -> ColumnElement[Any]:
    """A measure of the ledger as its canonical text, which SQLite keeps anyway."""
    if connection.dialect.name == "sqlite":
        return type_coerce(column, Text)
    return cast(func.trim_scale(column), Text)


def _look_up(connection: Connection, columns: Sequence[Sequence[Any]]) -> None:
    """Whether there is all that the rows name. The rows of a call are those of one community."""
    counts, wanted = list[str](), list[int]()
    for name in _NAMED:
        numbers = {int(number) for number in columns[COLUMNS.index(name)]} - ({0} if name == "cell" else set())
        listed = ", ".join(map(str, sorted(numbers)))
        if numbers:
            wanted.append(len(numbers))
            where = f"community_id = {int(columns[0][0])} AND number IN ({listed})"
            counts.append(f"(SELECT count(*) FROM {name} WHERE {where})")  # noqa: S608  (numbers of ours)
    if tuple(connection.exec_driver_sql(f"SELECT {', '.join(counts)}").one()) != tuple(wanted):
        raise LookupError("ledger rows name an indicator, an actor or a cell that does not exist")


def _insert_together(connection: Connection, columns: Sequence[Sequence[Any]]) -> None:
    """Many rows a statement, without what none of them has, and with the numbers that all of them share written into it: most
    of the time that SQLite takes goes into taking values one by one. A few rows go by a statement that is always the same."""
    shared, given = dict[str, int](), dict[str, Sequence[Any]]()
    for name, column in zip(COLUMNS, columns, strict=True):
        same = column[0] if len(column) >= _TOGETHER and column.count(column[0]) == len(column) else ...
        if type(same) is int:
            shared[name] = same
        elif same is not None:
            given[name] = column
    names = ", ".join([*given, *shared])
    row = f"({', '.join(['?'] * len(given) + [str(number) for number in shared.values()])})"
    rows = list(zip(*given.values(), strict=True))
    whole = len(rows) - len(rows) % _TOGETHER
    for some, together in ((rows[:whole], _TOGETHER), (rows[whole:], 1)):
        if some:
            statement = f"INSERT INTO ledger_entry ({names}) VALUES {', '.join([row] * together)}"  # noqa: S608  (of ours)
            pieces = (some[start : start + together] for start in range(0, len(some), together))
            connection.exec_driver_sql(statement, [tuple(chain.from_iterable(piece)) for piece in pieces])


def _copy(connection: Connection, columns: Sequence[Sequence[Any]]) -> None:
    """By COPY into a table of this transaction's own: COPY refuses tables with row security, which the ledger has. From there
    one statement takes them, under its policy. On Citus such a table is local and may feed a distributed one."""
    given = [(name, column) for name, column in zip(COLUMNS, columns, strict=True) if any(one is not None for one in column)]
    names = ", ".join(name for name, _ in given)
    connection.exec_driver_sql("CREATE TEMPORARY TABLE IF NOT EXISTS arriving (LIKE ledger_entry) ON COMMIT DROP")
    lines = map("\t".join, zip(*(_marked(column) for _, column in given), strict=True))
    try:
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY arriving ({names}) FROM STDIN") as copy:
            copy.write("\n".join(lines) + "\n")
    except psycopg.Error as error:
        # The driver was called past SQLAlchemy, whose errors are what everybody above knows.
        raise DBAPIError.instance("COPY", None, error, psycopg.Error, dialect=connection.dialect) from error
    connection.exec_driver_sql(f"INSERT INTO ledger_entry ({names}) SELECT {names} FROM arriving")  # noqa: S608  (names of ours)
    connection.exec_driver_sql("TRUNCATE arriving")


def _marked(column: Sequence[Any]) -> Iterable[str]:
    """A column as COPY's text format writes it."""
    if any(isinstance(one, (str, bytes)) or one is None for one in column):
        return map(_mark, column)
    return map(str, column)


def _mark(value: Any) -> str:
    if value is None:
        return r"\N"
    if isinstance(value, bytes):
        return rf"\\x{value.hex()}"
    return value.translate(_MARKED) if isinstance(value, str) else str(value)


@cache
def _insert_lists() -> str:
    """The insert of a list for each of `COLUMNS`."""
    dialect, ledger = postgresql.dialect(), table_of(LedgerEntry)  # type: ignore[no-untyped-call]
    lists = ", ".join(f"%s::{ledger.c[name].type.compile(dialect)}[]" for name in COLUMNS)
    return f"INSERT INTO ledger_entry ({', '.join(COLUMNS)}) SELECT * FROM unnest({lists})"  # noqa: S608  (names of ours)


def _listed(column: Sequence[Any]) -> str | list[Any]:
    """A column as PostgreSQL takes a list. Numbers are written out here: the driver looks at each for a type of its own."""
    if any(isinstance(value, (str, bytes)) for value in column):
        return list(column)
    return f"{{{','.join('NULL' if value is None else str(value) for value in column)}}}"
