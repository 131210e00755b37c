"""Cells: combinations of dimension codes, each with a small number in its community. 0 is the total, `()`."""

import json
from collections.abc import Collection, Iterable, Mapping
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, insert, select

from service.models.contribution import CellRow
from service.models.indicator import Cell
from service.models.tables import table_of
from service.models.text import canonical_json
from service.records.numbers import next_number
from service.records.pieces import pieces

TOTAL_CELL = 0
_ALL_FROM = 2_000
"""From so many cells on all of a community's are read: it has few more."""


def codes_text(cell: Cell) -> str:
    """The text that a cell is stored by: canonical JSON by dimension."""
    return canonical_json(dict(cell))


@lru_cache(maxsize=100_000)
def cell_of(text: str) -> Cell:
    """The cell that a stored text stands for."""
    return tuple(sorted(json.loads(text).items()))


def intern_cells(connection: Connection, community_id: int, cells: Iterable[Cell]) -> dict[Cell, int]:
    """The number of every one of `cells`, those that were never used before included. Duplicates are fine.

    Where one is new, locks the community until the transaction ends.
    """
    numbers = {(): TOTAL_CELL}
    wanted = {codes_text(cell): cell for cell in cells if cell}
    table = table_of(CellRow)
    known = _known(connection, community_id, list(wanted))
    if len(known) < len(wanted):
        # The counter is the lock: what another transaction has added meanwhile is seen once it has been taken.
        next_number(connection, community_id, "cell", 0)
        known |= _known(connection, community_id, [text for text in wanted if text not in known])
        new = [text for text in wanted if text not in known]
        if new:
            first = next_number(connection, community_id, "cell", len(new))
            given = {text: first + place for place, text in enumerate(new)}
            rows = [{"community_id": community_id, "number": number, "codes": text} for text, number in given.items()]
            connection.execute(insert(table), rows)
            known |= given
    return numbers | {cell: known[text] for text, cell in wanted.items()}


def find_cells(connection: Connection, community_id: int, cells: Iterable[Cell]) -> dict[Cell, int]:
    """The numbers of those of `cells` that were ever used. Nothing is written: the others have no number yet."""
    wanted = {codes_text(cell): cell for cell in cells if cell}
    known = _known(connection, community_id, list(wanted))
    return {(): TOTAL_CELL} | {cell: known[text] for text, cell in wanted.items() if text in known}


def codes_of(connection: Connection, community_id: int, numbers: Collection[int]) -> Mapping[int, str]:
    """The stored texts of cells by number, the total among them whether asked for or not."""
    texts = {TOTAL_CELL: codes_text(())}
    wanted = set(numbers) - {TOTAL_CELL}
    if len(wanted) > _ALL_FROM:
        texts |= {row.number: row.codes for row in connection.execute(_all(), {"community": community_id})}
    else:
        for piece in pieces(wanted):
            asked = {"community": community_id, "numbers": piece}
            texts |= {row.number: row.codes for row in connection.execute(_by_number(), asked)}
    return texts


def read_cells(connection: Connection, community_id: int, numbers: Collection[int]) -> dict[int, Cell]:
    """The cells of these numbers, the total among them whether asked for or not."""
    return {number: cell_of(text) for number, text in codes_of(connection, community_id, numbers).items()}


def _known(connection: Connection, community_id: int, texts: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for piece in pieces(texts):
        asked = {"community": community_id, "texts": piece}
        found |= {row.codes: row.number for row in connection.execute(_by_codes(), asked)}
    return found


# Statements are built once: building one costs more than sending it.
@cache
def _all() -> Select[Any]:
    table = table_of(CellRow)
    return select(table.c.number, table.c.codes).where(table.c.community_id == bindparam("community"))


@cache
def _by_number() -> Select[Any]:
    return _all().where(table_of(CellRow).c.number.in_(bindparam("numbers", expanding=True)))


@cache
def _by_codes() -> Select[Any]:
    return _all().where(table_of(CellRow).c.codes.in_(bindparam("texts", expanding=True)))
