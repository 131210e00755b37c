"""Rows that can be recorded, beside what the ledger holds: which are new, which revise something, which say it again."""

import secrets
from collections.abc import Iterator, Sequence
from decimal import Decimal
from enum import StrEnum
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection

from service.models.indicator import Cell
from service.models.vocabulary import EntryKind
from service.records.cells import find_cells
from service.records.entries import Key, LedgerRow
from service.records.ledger import states_of
from service.records.standing import SAID, Said, is_reported, reported_periods, said_in, said_within
from service.uploads.spool import Piece

_MANY = 200
"""Keys of one indicator and period from which on reading everything between them beats asking for each."""
_SALT = 16


class Outcome(StrEnum):
    """What becomes of a row that can be recorded."""

    CREATED = "created"
    REVISED = "revised"
    UNCHANGED = "unchanged"


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
        pairs = {pair for piece in pieces for pair in set(zip(piece.indicator, piece.period, strict=True))}
        self._reported = {}
        for indicator, found in groupby(sorted(pairs), key=itemgetter(0)):
            periods = [period for _, period in found]
            if len(periods) < _MANY:
                reported = {period for period in periods if is_reported(connection, self.community_id, indicator, period)}
            else:
                reported = reported_periods(connection, self.community_id, indicator, periods[0], periods[-1])
            self._reported |= {(indicator, period): period in reported for period in periods}

    def keys(self, piece: Piece) -> list[Key]:
        """What the rows of a piece report of."""
        cells = map(self._numbers.__getitem__, piece.cell)
        return list(map(Key, piece.indicator, piece.period, piece.actor, cells))

    def columns(self, piece: Piece) -> list[list[Any]]:
        """The ledger rows that a piece stands for, column by column in the order of LedgerRow; measures are texts."""
        count = len(piece.row)
        has_text = [one is not None or other is not None for one, other in zip(piece.comment, piece.evidence, strict=True)]
        return [
            piece.indicator,
            piece.period,
            piece.actor,
            [self._numbers[cell] for cell in piece.cell],
            [self.batch] * count,
            [int(EntryKind.REPORT)] * count,
            piece.version,
            piece.value,
            piece.numerator,
            piece.denominator,
            piece.weight,
            piece.observation_status,
            [self._reported_by] * count,
            piece.comment,
            piece.evidence,
            [secrets.token_bytes(_SALT) if said else None for said in has_text],
            [None] * count,
        ]

    def rows(self, piece: Piece) -> list[LedgerRow]:
        """The ledger rows that a piece stands for."""
        columns = self.columns(piece)
        for place, name in enumerate(LedgerRow._fields):
            if name in ("value", "numerator", "denominator", "weight"):
                columns[place] = [None if text is None else Decimal(text) for text in columns[place]]
        return [LedgerRow(*values) for values in zip(*columns, strict=True)]

    def compare(self, connection: Connection, piece: Piece, number: int) -> list[Outcome]:
        """What each row of a piece does to the ledger as it stood after the journal entry of that number."""
        pairs = set(zip(piece.indicator, piece.period, strict=True))
        if not any(self._reported.get(pair, True) for pair in pairs):
            return [Outcome.CREATED] * len(piece.row)
        keys = self.keys(piece)
        standing = self._standing(connection, keys, number)
        said = zip(*(getattr(piece, name) for name in SAID), strict=True)
        return [outcome_of(says, standing.get(key)) for key, says in zip(keys, said, strict=True)]

    def _standing(self, connection: Connection, keys: Sequence[Key], number: int) -> dict[Key, Said]:
        by_pair: dict[tuple[int, int], list[Key]] = {}
        for key in keys:
            if key.cell >= 0 and self._reported.get(key[:2], True):
                by_pair.setdefault(key[:2], []).append(key)
        standing: dict[Key, Said] = {}
        few: list[Key] = []
        for (indicator, period), asked in by_pair.items():
            if len(asked) < _MANY:
                few += asked
            else:
                actors = {key.actor for key in asked}
                standing |= said_within(connection, self.community_id, indicator, period, actors, number)
        states = states_of(connection, self.community_id, few, number)
        return standing | {key: said_in(state.last) for key, state in states.items() if state.last is not None}

    def forget_emptiness(self) -> None:
        """From now on the ledger is asked about every pair: others may have reported where nothing was."""
        self._reported = {}


def outcome_of(says: Said, stands: Said | None) -> Outcome:
    """What a report does to a key of which that was said last, None: nothing ever. A report after a withdrawal is a revision:
    the key has a history."""
    if stands is None:
        return Outcome.CREATED
    return Outcome.UNCHANGED if says == stands else Outcome.REVISED
