"""Whether anything at all was changed in a database, seen from beside the service."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from service.models.tables import METADATA

FREE_TO_MOVE = frozenset({"last_used_at"})
"""Columns that a refused request may change: when a token was last seen is told of one that is refused, too."""
_TABLES = {
    table.name: [column.name for column in table.columns if column.name not in FREE_TO_MOVE] for table in METADATA.sorted_tables
}
_PATIENCE = 30.0

State = dict[str, Any]


class Watch:
    """Looks at a database through a connection of its own, which no policy on its rows hinders.

    `mark` costs next to nothing and moves with every transaction that writes; where it has not moved, nothing was changed.
    Where it has, `state` tells what. It moves on PostgreSQL when a change is undone, too.
    """

    def __init__(self, execute: Any, is_sqlite: bool) -> None:
        self._execute = execute
        self._is_sqlite = is_sqlite

    def mark(self) -> int:
        """A number that moves with every transaction that writes."""
        question = "PRAGMA data_version" if self._is_sqlite else "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
        number: int = self._execute(question).fetchone()[0]
        return number

    def state(self) -> State:
        """Something of each table that is another one as soon as a row is."""
        if self._is_sqlite:
            return {
                name: hash(tuple(self._execute(f"SELECT {', '.join(map(_quoted, columns))} FROM {_quoted(name)}")))
                for name, columns in _TABLES.items()
            }
        return dict(self._execute(_EVERY_ROW).fetchall())

    def settled(self) -> State:
        """The state once the imports that were sent in are done."""
        deadline = time.monotonic() + _PATIENCE
        while self._execute("SELECT count(*) FROM job").fetchone()[0]:
            assert time.monotonic() < deadline, "an import does not end"
            time.sleep(0.005)
        return self.state()


def _quoted(name: str) -> str:
    return f'"{name}"'


_EVERY_ROW = sql.SQL(" UNION ALL ").join(
    sql.SQL("SELECT {}, concat(count(*), ' ', sum(hashtextextended(concat_ws('|', {}), 0))) FROM {}").format(
        sql.Literal(name),
        sql.SQL(", ").join(sql.SQL("coalesce({}::text, '-')").format(sql.Identifier(column)) for column in columns),
        sql.Identifier(name),
    )
    for name, columns in _TABLES.items()
)


@contextmanager
def watching(url: str) -> Iterator[Watch]:
    """A watch over the database at `url`, as long as the block lasts."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        assert address.database is not None
        connection = sqlite3.connect(address.database, isolation_level=None)
        try:
            yield Watch(connection.execute, is_sqlite=True)
        finally:
            connection.close()
        return
    with psycopg.connect(url, autocommit=True) as server:
        yield Watch(server.execute, is_sqlite=False)
