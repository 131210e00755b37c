"""Rows that can be recorded, beside what the ledger holds: which are new, which revise something, which say it again."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import repeat

from sqlalchemy import Connection

from service.models.indicator import Cell
from service.models.vocabulary import EntryKind
from service.records.cells import find_cells
from service.records.entries import NEVER_REPORTED, Key, KeyState, LedgerRow
from service.records.ledger import states_of
from service.records.standing import is_reported, states_within
from service.uploads.spool import Piece

_MANY = 200
"""Keys of one indicator and period from which on reading everything between them beats asking for each."""


class Outcome(StrEnum):
    """What becomes of a row that can be recorded."""

    CREATED = "created"
    REVISED = "revised"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Compared:
    """A ledger row that would be written, and what it would do. `row` still lacks its batch where none was reserved."""

    row: LedgerRow
    outcome: Outcome


class Comparison:
    """Compares the pieces of one file with the ledger as of one journal entry after another.

    `cells` are the file's, numbered as its pieces name them. Those that the community never used have no number until they
    are given one (`number_cells`), and nothing can have been reported of them.
    """

    def __init__(self, community_id: int, cells: Sequence[Cell], reported_by: int) -> None:
        self.community_id = community_id
        self.batch = 0
        self._cells = cells
        self._numbers: list[int] = []
        self._reported_by = reported_by
        self._reported: dict[tuple[int, int], bool] = {}

    def find_cells(self, connection: Connection) -> None:
        """Looks up the cells that exist. The others are told apart by numbers below zero."""
        known = find_cells(connection, self.community_id, self._cells)
        self._numbers = [known.get(cell, -1 - place) for place, cell in enumerate(self._cells)]

    def number_cells(self, numbers: dict[Cell, int]) -> None:
        """Takes the cells' numbers from `numbers`, which has them all."""
        self._numbers = [numbers[cell] for cell in self._cells]

    def look_around(self, connection: Connection, pieces: Iterator[Piece]) -> None:
        """Finds the indicators and periods of which the ledger has nothing at all, before anything is written there."""
        pairs = {pair for piece in pieces for pair in zip(piece.indicator, piece.period, strict=True)}
        self._reported = {pair: is_reported(connection, self.community_id, *pair) for pair in sorted(pairs)}

    def rows(self, piece: Piece) -> list[LedgerRow]:
        """The ledger rows that a piece stands for."""
        count = len(piece.row)
        measures = (map(_decimal, column) for column in (piece.value, piece.numerator, piece.denominator, piece.weight))
        columns = (
            piece.indicator,
            piece.period,
            piece.actor,
            [self._numbers[cell] for cell in piece.cell],
            repeat(self.batch, count),
            repeat(int(EntryKind.REPORT), count),
            piece.version,
            *measures,
            piece.observation_status,
            repeat(self._reported_by, count),
            piece.comment,
            piece.evidence,
        )
        return [LedgerRow(*values) for values in zip(*columns, strict=True)]

    def compare(self, connection: Connection, rows: Sequence[LedgerRow], number: int) -> list[Compared]:
        """What each of `rows` does to the ledger as it stood after the journal entry of that number."""
        states = self._states(connection, rows, number)
        return [Compared(row, outcome_of(row, states.get(row.key, NEVER_REPORTED))) for row in rows]

    def _states(self, connection: Connection, rows: Sequence[LedgerRow], number: int) -> dict[Key, KeyState]:
        by_pair: dict[tuple[int, int], list[Key]] = {}
        for row in rows:
            if row.cell >= 0 and self._reported.get((row.indicator, row.period), True):
                by_pair.setdefault((row.indicator, row.period), []).append(row.key)
        states: dict[Key, KeyState] = {}
        few: list[Key] = []
        for (indicator, period), keys in by_pair.items():
            if len(keys) < _MANY:
                few += keys
            else:
                actors = {key.actor for key in keys}
                states |= states_within(connection, self.community_id, indicator, period, actors, number)
        return states | states_of(connection, self.community_id, few, number)

    def forget_emptiness(self) -> None:
        """From now on the ledger is asked about every pair: others may have reported where nothing was."""
        self._reported = {}


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def outcome_of(row: LedgerRow, state: KeyState) -> Outcome:
    """What a report does to a key in that state. A report after a withdrawal is a revision: the key has a history."""
    if state.last is None:
        return Outcome.CREATED
    return Outcome.UNCHANGED if row.says_the_same(state.last) else Outcome.REVISED


def tally(compared: Collection[Compared]) -> Counter[Outcome]:
    """How many there are of each outcome."""
    return Counter(one.outcome for one in compared)
