"""Where the rows of a file belong, judged once per distinct combination: who reports what for when, then which cell of it."""

from dataclasses import replace

import numpy as np
import pandas as pd

from service.errors import Fault
from service.indicators.definition import column_name
from service.indicators.placing import Circumstances, Standing, cell_of, stand
from service.indicators.register import Version
from service.models.indicator import Cell
from service.uploads.heading import Column, Heading
from service.uploads.reading import Cells, Integers

Found = dict[int, list[Fault]]
"""What is wrong with the rows of a chunk, by their place in it."""
UNKNOWN = -1
_MOST_SUGGESTED = 1_000
"""Combinations with faults after which nobody looks for what was meant any more: a person mends the first of them first."""


def combined(columns: list[Integers]) -> tuple[Integers, Integers]:
    """Numbers the distinct combinations of the columns' codes: the number of each row's, and the first row of each."""
    ids = columns[0]
    for column in (*columns[1:], np.zeros_like(ids)):
        # Dense again after each step: multiplied out at once, the numbers of many wide columns would pass 64 bits.
        ids = pd.factorize(ids * (int(column.max(initial=0)) + 1) + column)[0].astype(np.int64)
    first = np.zeros(int(ids.max(initial=-1)) + 1, dtype=np.int64)
    first[ids[::-1]] = np.arange(len(ids) - 1, -1, -1)
    return ids, first


class Places:
    """The combinations of one file. `cells` numbers the cells that it met, 0 being the total."""

    def __init__(self, heading: Heading, circumstances: Circumstances, dimension_names: dict[str, str]) -> None:
        self.cells: dict[Cell, int] = {(): 0}
        self.versions: list[tuple[str, Version]] = []
        self.stood: list[Standing] = []
        self._heading = heading
        self._circumstances = circumstances
        self._dimension_names = dimension_names
        self._standings: dict[tuple[str, str, str], int] = {}
        self._definitions: dict[tuple[int, int], int] = {}
        self._definition_of: list[int] = []
        self._heads: dict[tuple[int, int, int], int] = {}
        self._head_of: list[int] = []
        self._placed: dict[tuple[int, tuple[str, ...]], tuple[int, tuple[Fault, ...]]] = {}
        self._faulty = 0

    def stand(self, cells: dict[int, Cells], count: int, found: Found) -> tuple[Integers, Integers, Integers]:
        """Of each of `count` rows: which of `stood`, which of `versions` (UNKNOWN where none is), and one number for what it
        reports by whom for when."""
        if not count:
            nothing = np.zeros(0, dtype=np.int64)
            return nothing, nothing, nothing
        columns = [self._heading.of(name) for name in ("indicator", "actor", "period")]
        ids, first = combined([cells[column.place].codes for column in columns if column is not None])
        known = [self._standing(*(_text(cells, column, at) for column in columns)) for at in first.tolist()]
        stood = np.array(known, dtype=np.int64)
        faulty = np.array([bool(self.stood[number].faults) for number in known], dtype=bool)
        for place in np.flatnonzero(faulty[ids]).tolist():
            found.setdefault(place, []).extend(self.stood[known[ids[place]]].faults)
        definition = np.array([self._definition_of[number] for number in known], dtype=np.int64)
        head = np.array([self._head_of[number] for number in known], dtype=np.int64)
        return stood[ids], definition[ids], head[ids]

    def place(self, cells: dict[int, Cells], definition: Integers, found: Found) -> Integers:
        """Of each row: the number of its cell. It is the total's where there is no version to judge the codes by."""
        columns = self._heading.dimensions
        if not columns or not len(definition):
            return np.zeros(len(definition), dtype=np.int64)
        ids, first = combined([definition - UNKNOWN, *(cells[column.place].codes for column in columns)])
        firsts = [(int(definition[at]), tuple(_text(cells, column, at) for column in columns)) for at in first.tolist()]
        known = [self._cell(number, texts) for number, texts in firsts]
        faulty = np.array([bool(faults) for _, faults in known], dtype=bool)
        for place in np.flatnonzero(faulty[ids]).tolist():
            found.setdefault(place, []).extend(known[ids[place]][1])
        return np.array([cell for cell, _ in known], dtype=np.int64)[ids]

    def keys_of(self, stood: Integers) -> Integers:
        """Of each of `stood`, none of which has faults, the numbers of indicator, period, actor and version: four columns."""
        distinct, inverse = np.unique(stood, return_inverse=True)
        keys = np.array([self._key_of(self.stood[number]) for number in distinct.tolist()], dtype=np.int64)
        return keys.reshape(-1, 4)[inverse]

    @staticmethod
    def _key_of(standing: Standing) -> tuple[int, int, int, int]:
        assert standing.indicator is not None
        assert standing.period is not None
        assert standing.actor is not None
        assert standing.version is not None
        return standing.indicator.number, standing.period.number, standing.actor.number, standing.version.number

    def _standing(self, indicator: str, actor: str, period: str) -> int:
        texts = (indicator, actor, period)
        known = self._standings.get(texts)
        if known is not None:
            return known
        if indicator and period:
            standing = stand(indicator, actor or None, period, self._suggesting())
        else:
            standing = Standing(None, None, None, None, tuple(_missing(indicator=indicator, period=period)))
        self._faulty += bool(standing.faults)
        definition = head = UNKNOWN
        if standing.indicator is not None and standing.version is not None:
            named = (standing.indicator.number, standing.version.number)
            definition = self._definitions.setdefault(named, len(self._definitions))
            if definition == len(self.versions):
                self.versions.append((standing.indicator.code, standing.version))
            if standing.actor is not None and standing.period is not None:
                key = (standing.indicator.number, standing.period.number, standing.actor.number)
                head = self._heads.setdefault(key, len(self._heads))
        self._standings[texts] = len(self.stood)
        self.stood.append(standing)
        self._definition_of.append(definition)
        self._head_of.append(head)
        return self._standings[texts]

    def _cell(self, definition: int, texts: tuple[str, ...]) -> tuple[int, tuple[Fault, ...]]:
        if definition == UNKNOWN:
            return 0, ()
        known = self._placed.get((definition, texts))
        if known is None:
            indicator, version = self.versions[definition]
            own = {column_name(dimension.code): dimension.code for dimension in version.definition.dimensions}
            named = zip((column.dimension or "" for column in self._heading.dimensions), texts, strict=True)
            given = {own.get(name, self._dimension_names[name]): text for name, text in named}
            cell, faults = cell_of(given, version.definition, indicator, suggests=self._suggesting().suggests)
            self._faulty += bool(faults)
            known = (0 if faults else self.cells.setdefault(cell, len(self.cells)), faults)
            self._placed[definition, texts] = known
        return known

    def _suggesting(self) -> Circumstances:
        if self._circumstances.suggests and self._faulty >= _MOST_SUGGESTED:
            self._circumstances = replace(self._circumstances, suggests=False)
        return self._circumstances


def _text(cells: dict[int, Cells], column: Column | None, at: int) -> str:
    """What stands in the row at `at`; nothing where the file has no such column."""
    if column is None:
        return ""
    return cells[column.place].text(at)


def _missing(**codes: str) -> list[Fault]:
    return [
        Fault("missing_code", f"there is no {name} here", pointer=f"/{name}", context={"field": name})
        for name, code in codes.items()
        if not code
    ]
