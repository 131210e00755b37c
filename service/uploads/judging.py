"""One chunk of a file judged: which rows can be recorded, and everything that is wrong with the others."""

from dataclasses import dataclass, replace

import numpy as np

from service.errors import Fault
from service.indicators.carried import remark_faults
from service.indicators.definition import column_name
from service.indicators.placing import Circumstances
from service.indicators.suggestion import shown
from service.models.indicator import Cell
from service.uploads.heading import DUE, Column, Heading
from service.uploads.marks import as_shown
from service.uploads.numbers import Numbers
from service.uploads.places import Found, Places
from service.uploads.reading import TEXTS, Cells, Chunk, Integers
from service.uploads.spool import Piece
from service.uploads.weighing import Measure, read_measures, weigh

_CELL_BITS = 32
_REMARKS = ("observation_status", "comment", "evidence")


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a chunk. `rows` counts data rows: neither blank ones nor those of a template that are still empty.

    `keys` says of each row of `piece` which contribution it is, one integer a key; `faults` are by row, in their order.
    """

    rows: int
    piece: Piece
    keys: Integers
    faults: list[list[Fault]]


class Judge:
    """Judges the chunks of one file, in their order."""

    def __init__(
        self, heading: Heading, circumstances: Circumstances, numbers: Numbers, dimension_names: dict[str, str]
    ) -> None:
        self._heading = heading
        self._numbers = numbers
        self._places = Places(heading, circumstances, dimension_names)

    @property
    def cells(self) -> list[Cell]:
        """The cells by the numbers that pieces name them by; 0 is the total."""
        return list(self._places.cells)

    def judge(self, chunk: Chunk) -> Judged:
        """What became of the rows of `chunk`."""
        live = self._live(chunk)
        rows = chunk.rows[live]
        cells = {place: replace(column, codes=column.codes[live]) for place, column in chunk.cells.items()}
        found: Found = {}
        stood, definition, head = self._places.stand(cells, len(rows), found)
        cell = self._places.place(cells, definition, found)
        measures = read_measures(self._heading, cells, len(rows), self._numbers)
        weigh(measures, definition, self._places.versions, self._numbers, found)
        self._remark(cells, found)
        self._look_beside(cells, found)
        _say_unread(cells, found)
        good = np.ones(len(rows), dtype=bool)
        good[list(found)] = False
        order = np.flatnonzero(good)
        named = self._places.keys_of(stood[order])
        # By key, as the ledger keeps them: written in its order, rows meet each of its pages once.
        by_key = np.lexsort((cell[order], named[:, 2], named[:, 1], named[:, 0]))
        order, named = order[by_key], named[by_key]
        keys = (head[order] << _CELL_BITS) | cell[order]
        faults = {int(rows[place]): self._located(int(rows[place]), place, said, cells) for place, said in found.items()}
        faults |= {row: [self._ragged(row, count)] for row, count in chunk.ragged}
        faults |= chunk.refused
        return Judged(
            len(rows) + len(chunk.ragged) + len(chunk.refused),
            self._piece(order, named, rows, cell, measures, cells),
            keys,
            self._said_once(faults),
        )

    def _live(self, chunk: Chunk) -> Integers:
        """The places of the rows that say anything."""
        silent = np.ones(len(chunk.rows), dtype=bool)
        for column in self._heading.columns:
            if not column.is_added:
                silent &= chunk.cells[column.place].blank()
        due = self._heading.of(DUE)
        if due is not None:
            unanswered = ~chunk.cells[due.place].blank()
            for column in self._heading.measures:
                unanswered &= chunk.cells[column.place].blank()
            silent |= unanswered
        return np.flatnonzero(~silent).astype(np.int64)

    def _remark(self, cells: dict[int, Cells], found: Found) -> None:
        """What is wrong with observation statuses and texts, found per distinct one."""
        for name in _REMARKS:
            column = self._heading.of(name)
            if column is None:
                continue
            given = cells[column.place]
            said = [_remark_faults(name, text) for text in given.texts]
            faulty = np.array([bool(faults) for faults in said], dtype=bool)
            for place in np.flatnonzero(faulty[given.codes]).tolist():
                found.setdefault(place, []).extend(said[given.codes[place]])

    def _look_beside(self, cells: dict[int, Cells], found: Found) -> None:
        """Columns without a head must be empty, or nobody knows what is in them."""
        for column in self._heading.columns:
            if column.is_blank:
                for place in np.flatnonzero(~cells[column.place].blank()).tolist():
                    number = str(column.place + 1)
                    sentence = f"there is something in column {number}, which has no head"
                    found.setdefault(place, []).append(Fault("column_without_head", sentence, context={"place": number}))

    def _piece(
        self,
        order: Integers,
        named: Integers,
        rows: Integers,
        cell: Integers,
        measures: dict[str, Measure],
        cells: dict[int, Cells],
    ) -> Piece:
        texts = {name: self._texts(name, cells, order) for name in _REMARKS}
        return Piece(
            row=rows[order].tolist(),
            indicator=named[:, 0].tolist(),
            period=named[:, 1].tolist(),
            actor=named[:, 2].tolist(),
            cell=cell[order].tolist(),
            version=named[:, 3].tolist(),
            **{name: measure.read[order].tolist() for name, measure in measures.items()},
            observation_status=[text or "A" for text in texts["observation_status"]],
            comment=[text or None for text in texts["comment"]],
            evidence=[text or None for text in texts["evidence"]],
        )

    def _texts(self, name: str, cells: dict[int, Cells], order: Integers) -> list[str]:
        column = self._heading.of(name)
        if column is None:
            return [""] * len(order)
        given = cells[column.place]
        return [given.texts[code] for code in given.codes[order].tolist()]

    def _ragged(self, row: int, count: int) -> Fault:
        expected = self._heading.width
        sentence = f"the row has {count} cells and the header {expected}: is a cell with a delimiter in it lacking its quotes?"
        context = {"count": str(count), "expected": str(expected)}
        return Fault("ragged_row", sentence, row=self._heading.row_of(row), context=context)

    def _located(self, line: int, place: int, faults: list[Fault], cells: dict[int, Cells]) -> list[Fault]:
        """The faults of the line at `place`, each with its row, its column and what stands there.

        A comment is not repeated: it can be about a person, and what is kept in pieces could not be found to erase it.
        """
        located = []
        for fault in faults:
            name = _name_pointed_at(fault)
            column = self._column(name)
            is_told = column is not None and column.field not in TEXTS
            found = {"given": shown(as_shown(cells[column.place].text(place)))} if column is not None and is_told else {}
            head = None if name is None else self._heading.head_at(line, name) or name
            row = self._heading.row_of(line)
            located.append(replace(fault, row=row, column=head, pointer=None, context=fault.context | found))
        return located

    def _column(self, name: str | None) -> Column | None:
        """The column that a fault points at, by the name of its field or dimension; None where the file lacks it."""
        known = (column for column in self._heading.columns if not column.is_blank)
        return next((column for column in known if name in (column.field, column.dimension)), None)

    def _said_once(self, faults: dict[int, list[Fault]]) -> list[list[Fault]]:
        """The faults in the order of their lines. What several lines of one row have in common is said by the first of them."""
        ordered: list[list[Fault]] = []
        row, said = 0, set[tuple[str | None, str, str]]()
        for line in sorted(faults):
            if self._heading.row_of(line) != row:
                row, said = self._heading.row_of(line), set()
            ordered.append([fault for fault in faults[line] if (fault.column, fault.code, fault.detail) not in said])
            said |= {(fault.column, fault.code, fault.detail) for fault in ordered[-1]}
        return ordered


def _name_pointed_at(fault: Fault) -> str | None:
    """The name of the field, or of the dimension as headers have it, that a fault points at; None where it points nowhere."""
    if fault.code == "column_without_head" or fault.pointer is None:
        return None
    _, field, *rest = fault.pointer.split("/")
    return column_name(rest[0].replace("~1", "/").replace("~0", "~")) if rest else field


def _say_unread(cells: dict[int, Cells], found: Found) -> None:
    """What a mapping could not read is wrong for that reason, and not for what it would be taken for."""
    for column in cells.values():
        for place in np.flatnonzero(np.isin(column.codes, list(column.unread))).tolist() if column.unread else ():
            fault = column.unread[int(column.codes[place])]
            found[place] = [fault, *(other for other in found.get(place, []) if other.pointer != fault.pointer)]


def _remark_faults(name: str, text: str) -> list[Fault]:
    if not text:
        return []
    if name == "observation_status":
        return remark_faults(text, None, None)
    return remark_faults("A", text if name == "comment" else None, text if name == "evidence" else None)
