"""The ledger of one indicator as columns: what a figure is computed from when there are ten thousand entries.

A row is an entry. Actors, periods, cells and journal entries are numbers into lists of the distinct ones; measures stay
`Decimal`s, so that a sum over a column is as exact as one made entry by entry.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import repeat
from typing import Any, TypeVar, overload

import numpy as np
import numpy.typing as npt

from service.indicators.evidence import Entry
from service.models.indicator import Cell
from service.models.period import Period
from service.models.vocabulary import EntryKind

Places = npt.NDArray[np.int64]
"""Whole numbers: places of rows, or of distinct things, from 0."""
Chosen = npt.NDArray[np.bool_]
Measures = npt.NDArray[Any]
"""Decimals; None where a row has no such measure."""

MEASURES = ("value", "numerator", "denominator", "weight")
_KINDS = {kind.value: kind for kind in EntryKind}
Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands of every key: rows that count, and last reports that do not (yet) count, both in journal order."""

    counting: Places
    waiting: Places


@dataclass(frozen=True, eq=False)
class Columns(Sequence[Entry]):
    """Ledger entries in journal order; as a sequence it makes them when they are first asked for.

    `actor`, `period`, `cell` and `journal` hold, row by row, places in `actors`, `periods`, `cells` and `entries_at` (the
    number and the instant of a journal entry). `measures` has the columns that are there; `status` is None for normal values.
    """

    actors: Sequence[str]
    periods: Sequence[Period]
    cells: Sequence[Cell]
    entries_at: Sequence[tuple[int, datetime]]
    actor: Places
    period: Places
    cell: Places
    journal: Places
    kind: Places
    version: Places
    measures: Mapping[str, Measures]
    status: Sequence[str | None] | None = None

    def __len__(self) -> int:
        return len(self.actor)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    @overload
    def __getitem__(self, place: int) -> Entry: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Entry, ...]: ...
    def __getitem__(self, place: int | slice) -> Entry | tuple[Entry, ...]:
        return self.entries[place]

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """All of them, as plain values."""
        places = (self.actor, self.period, self.cell, self.journal, self.version, self.kind)
        measures = (self.measures.get(name, repeat(None)) for name in MEASURES)
        status = repeat(None) if self.status is None else self.status
        made = []
        for actor, period, cell, at, version, kind, value, numerator, denominator, weight, said in zip(
            *(column.tolist() for column in places), *measures, status, strict=False
        ):
            key = self.actors[actor], self.periods[period], self.cells[cell]
            number, instant = self.entries_at[at]
            its = value, numerator, denominator, weight
            made.append(Entry(*key, number, instant, version, _KINDS[kind], *its, said or "A"))
        return tuple(made)

    def of_actors(self, actors: Collection[str]) -> "Columns":
        """The rows of `actors` only."""
        rows = np.flatnonzero(np.array([code in actors for code in self.actors], bool)[self.actor])
        return replace(
            self,
            actor=self.actor[rows],
            period=self.period[rows],
            cell=self.cell[rows],
            journal=self.journal[rows],
            kind=self.kind[rows],
            version=self.version[rows],
            measures={name: column[rows] for name, column in self.measures.items()},
            status=None if self.status is None else [self.status[row] for row in rows.tolist()],
        )

    def standing(self, *, needs_validation: bool) -> Standing:
        """What counts of each key.

        Without validation a key counts by its last report, unless a withdrawal follows it. With validation it counts by
        its last entry validated after its last contest; a withdrawal waits for validation like any other entry, since
        taking a validated value out changes the figure as much as correcting it.
        """
        keys = self._keys
        counted = keys.validated if needs_validation else keys.last
        is_report = self.kind[keys.order] == EntryKind.REPORT
        counting = counted[(counted >= 0) & is_report[counted]]
        waiting = keys.last[is_report[keys.last] & (counted != keys.last)]
        return Standing(np.sort(keys.order[counting]), np.sort(keys.order[waiting]))

    def first_reports(self) -> tuple[Places, Places, Places]:
        """Actor, period and the row of the first report of each pair that something stands reported for.

        What stands is asked key by key, whether validated or not; a key's first report is its first ever.
        """
        keys = self._keys
        is_report = self.kind[keys.order] == EntryKind.REPORT
        place = np.where(is_report, self._rows, len(self))
        firsts = np.minimum.reduceat(place, keys.starts) if len(self) else place
        first = keys.order[firsts[is_report[keys.last]]]
        pair = self.period[first] * len(self.actors) + self.actor[first]
        order, starts = grouped(pair)
        rows = np.minimum.reduceat(first[order], starts) if len(first) else first
        return self.actor[rows], self.period[rows], rows

    @cached_property
    def _rows(self) -> Places:
        return np.arange(len(self), dtype=np.int64)

    @cached_property
    def _keys(self) -> "_Keys":
        key = (self.period * len(self.actors) + self.actor) * len(self.cells) + self.cell
        order, starts = grouped(key)
        kind = self.kind[order]
        says = (kind == EntryKind.REPORT) | (kind == EntryKind.WITHDRAWAL)
        # Nothing is judged before it was reported: a key's first row says something, so nothing runs over from the key before.
        said = np.maximum.accumulate(np.where(says, self._rows, -1))
        judged = np.maximum.accumulate(np.where(says, -1, self._rows))
        ends = np.append(starts[1:], len(key)) - 1 if len(key) else starts
        at = judged[ends]
        is_valid = (at >= starts) & (kind[at] == EntryKind.VALIDATION)
        return _Keys(order, starts, said[ends], np.where(is_valid, said[at], -1))


@dataclass(frozen=True, slots=True)
class _Keys:
    """The rows in the `order` of their keys, each key's beginning at one of `starts`.

    `last` and `validated` are, key by key, the place in that order of its last report or withdrawal, and of the one that
    validation left standing, -1 for none.
    """

    order: Places
    starts: Places
    last: Places
    validated: Places


def grouped(key: Places) -> tuple[Places, Places]:
    """The rows in the order of their `key`, those of one key in the order they come in, and where each key begins."""
    if (key[1:] >= key[:-1]).all():  # As the ledger is kept: there is nothing to sort where all came at once.
        return np.arange(len(key), dtype=np.int64), starts_of(key)
    order = np.argsort(key, kind="stable")
    return order, starts_of(key[order])


def distinct(key: Places) -> tuple[Places, Places]:
    """The distinct numbers of `key` in order, and the place of each row's in them, as `numpy.unique` finds them.

    Without sorting where they lie close together, as numbers of actors, cells and their combinations do: eight times faster.
    """
    least = int(key.min()) if len(key) else 0
    if not len(key) or int(key.max()) - least > 4 * len(key) + 1_000:
        return np.unique(key, return_inverse=True)
    occurs = np.zeros(int(key.max()) - least + 1, bool)
    occurs[key - least] = True
    return np.flatnonzero(occurs) + least, (np.cumsum(occurs) - 1)[key - least]


def starts_of(ranked: Places) -> Places:
    """Where each run of equal numbers begins."""
    return np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1])[: len(ranked)])


def runs(ranked: Places) -> Iterator[tuple[int, int]]:
    """Where each run of equal numbers begins and where the next one does."""
    starts = starts_of(ranked).tolist()
    return zip(starts, [*starts[1:], len(ranked)], strict=False)


def numbered(things: Iterable[Thing]) -> tuple[list[Thing], Places]:
    """The distinct `things`, in the order they first come in, and the place of each in them."""
    known: dict[Thing, int] = {}
    places = [known.setdefault(thing, len(known)) for thing in things]
    return list(known), np.array(places, np.int64)


def columns_of(entries: Sequence[Entry]) -> Columns:
    """`entries`, which are in journal order, as columns."""
    if isinstance(entries, Columns):
        return entries
    actors, actor = numbered(entry.actor for entry in entries)
    periods, period = numbered(entry.period for entry in entries)
    cells, cell = numbered(entry.cell for entry in entries)
    entries_at, journal = numbered((entry.journal, entry.recorded_at) for entry in entries)
    return Columns(
        actors,
        periods,
        cells,
        entries_at,
        actor,
        period,
        cell,
        journal,
        np.array([entry.kind for entry in entries], np.int64),
        np.array([entry.version for entry in entries], np.int64),
        {name: _measures([getattr(entry, name) for entry in entries]) for name in MEASURES},
        [entry.observation_status for entry in entries],
    )


def _measures(found: list[Any]) -> Measures:
    column = np.empty(len(found), object)
    column[:] = found
    return column
