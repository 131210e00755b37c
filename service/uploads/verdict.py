"""The verdict on a file: which of its rows can be recorded, which say the same thing twice, and everything that is wrong.

It is the same for `check` and `commit`, since both are read off it. What the ledger already holds is asked when rows are
landed (`landing.py`): it may change until then, and what the file says does not.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from service.errors import Fault, Refused
from service.indicators.carried import MEASURES
from service.indicators.placing import Circumstances
from service.models.indicator import Cell
from service.uploads.heading import Heading, dimension_names
from service.uploads.judging import Judge
from service.uploads.mapped import MappedTable
from service.uploads.numbers import SIGNS, DecimalSign, Evidence, Numbers
from service.uploads.reading import Integers, Table
from service.uploads.spool import Faults, Pieces

_SAID = (*MEASURES, "observation_status", "comment", "evidence")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a file amounts to. `rows` are its data rows, `folded` those that repeat another word for word.

    `cells` are the cells that pieces name by number, 0 being the total. Where a row can make several contributions, each of
    them counts. It holds files: close it.
    """

    rows: int
    folded: int
    pieces: Pieces
    faults: Faults
    cells: list[Cell]

    @property
    def rejected(self) -> int:
        """How many rows have something wrong with them."""
        return self.faults.rows

    @property
    def acceptable(self) -> int:
        """How many rows can be recorded, each of another contribution."""
        return self.rows - self.folded - self.rejected

    def close(self) -> None:
        """Drops what it holds."""
        self.pieces.close()
        self.faults.close()


def judge_table(
    table: Table | MappedTable,
    circumstances: Circumstances,
    decimal: DecimalSign,
    progress: Callable[[float], None] = lambda share: None,
) -> Verdict:
    """The verdict on `table`. `progress` is told now and then what share of the file has been read, from 0 to 1.

    Raises Refused where the file as a whole cannot be read in one way: what `Table` raises, and `ambiguous_decimal`.
    """
    numbers = _numbers(table, decimal)
    judge = Judge(table.heading, circumstances, numbers, dimension_names(circumstances.register))
    pieces, faults = Pieces(), Faults()
    with ExitStack() as unless_done:
        unless_done.callback(pieces.close)
        unless_done.callback(faults.close)
        rows, keys, numbered = 0, list[Integers](), list[Integers]()
        for chunk in table.chunks():
            judged = judge.judge(chunk)
            rows += judged.rows
            for said in judged.faults:
                faults.add(said)
            if judged.piece.row:
                pieces.add(judged.piece)
                keys.append(judged.keys)
                numbered.append(np.array(judged.piece.row, dtype=np.int64))
            progress(table.share_read)
        folded = _compare(pieces, faults, keys, numbered, table.heading)
        unless_done.pop_all()
    return Verdict(rows, folded, pieces, faults, judge.cells)


def _numbers(table: Table | MappedTable, decimal: DecimalSign) -> Numbers:
    if decimal != "auto":
        return table.reader(SIGNS[decimal], said=True)
    evidence, columns = Evidence(), table.heading.measures
    for chunk in table.chunks([column.place for column in columns]):
        for column in columns:
            cells = chunk.cells[column.place]
            evidence.hear(cells.texts, partial(_first_row, chunk.rows, cells.codes), column.field or "")
    sign = evidence.sign()
    if isinstance(sign, Fault):
        line, field = sign.row or 0, sign.column or ""
        sign = replace(sign, row=table.heading.row_of(line), column=table.heading.head_at(line, field))
        raise Refused(sign.code, sign.detail, faults=(sign,), **sign.context)
    return table.reader(sign, said=False)


def _first_row(rows: Integers, codes: Integers, code: int) -> int:
    return int(rows[np.argmax(codes == code)])


def _compare(pieces: Pieces, faults: Faults, keys: list[Integers], numbered: list[Integers], heading: Heading) -> int:
    """Folds rows that repeat another, and strikes out those that contradict one. How many were folded."""
    if not keys:
        return 0
    every, rows = np.concatenate(keys), np.concatenate(numbered)
    several = pd.Series(every).duplicated(keep=False).to_numpy()
    if not several.any():
        return 0
    key_of = dict(zip(rows[several].tolist(), every[several].tolist(), strict=True))
    said: dict[int, dict[tuple[object, ...], list[int]]] = {}
    for piece in pieces.read():
        carried = [getattr(piece, name) for name in _SAID]
        for place, row in enumerate(piece.row):
            if row in key_of:
                said.setdefault(key_of[row], {}).setdefault(tuple(column[place] for column in carried), []).append(row)
    return _fold(pieces, faults, said, heading)


def _fold(pieces: Pieces, faults: Faults, said: dict[int, dict[tuple[object, ...], list[int]]], heading: Heading) -> int:
    out: list[int] = []
    folded = 0
    for versions in said.values():
        if len(versions) == 1:
            repeated = sorted(*versions.values())[1:]
            folded += len(repeated)
            out += repeated
            continue
        of_row = {row: what for what, repeated in versions.items() for row in repeated}
        rows = sorted(of_row)
        first = rows[0]
        second = next(row for row in rows if of_row[row] != of_row[first])
        for row in rows:
            other = second if of_row[row] == of_row[first] else first
            faults.add_late(_contradiction(row, other, of_row[row], of_row[other], heading))
        out += rows
    pieces.strike(out)
    return folded


def _contradiction(row: int, other: int, said: tuple[object, ...], else_said: tuple[object, ...], heading: Heading) -> Fault:
    field = next(name for name, one, another in zip(_SAID, said, else_said, strict=True) if one != another)
    column = heading.head_at(row, field) or field
    row, other = heading.row_of(row), heading.row_of(other)
    return Fault(
        "duplicate_key",
        f"row {other} reports the same contribution and says something else: only one of the two can be right",
        row=row,
        column=column,
        context={"row": str(row), "other": str(other)},
    )
