"""Every way of reading what actors reported of their periods, and which one answers (`MODEL.md` 4, step 4), over columns."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from service.indicators.aggregation import PARTS_DIFFER, PARTS_INCOMPLETE, Codes, answers_by, grain_order
from service.indicators.columns import Chosen, Columns, Measures, Places, distinct, grouped, numbered, starts_of
from service.indicators.restatement import Place, Restater
from service.indicators.taking import Exclusion
from service.models.vocabulary import OverCodes

_WORD = 62
"""How many codes' bits fit one machine number; Python's numbers take more, ten times slower."""


@dataclass(frozen=True, slots=True)
class Readable:
    """The rows that can be read in the reference version. `form`, row by row, is a place in `places`: where rows of one
    version and cell stand there. `cells` and `versions` are those of each form. `components`: what adds up, there."""

    columns: Columns
    rows: Places
    form: Places
    versions: Places
    cells: Places
    places: Sequence[Place]
    components: tuple[Measures, ...]
    exclusions: tuple[Exclusion, ...] = ()

    def kept(self, chosen: Chosen) -> "Readable":
        """The chosen rows only."""
        return Readable(
            self.columns,
            self.rows[chosen],
            self.form[chosen],
            self.versions,
            self.cells,
            self.places,
            tuple(column[chosen] for column in self.components),
        )


class Ways:
    """Every way of reading each actor's periods: the rows of one grain of one actor and period.

    `rows` are places in the material; those that a higher version replaces are not among them. `way`, row by row, is a place
    in `pair` (actor and period), `grain`, `complete`, and `totals`.
    """

    def __init__(self, material: Readable, restater: Restater) -> None:
        columns = material.columns
        self.material, self._restater = material, restater
        self._definition = restater.reference.definition
        self.grains, grain_of_form = numbered((place.grain, place.gone) for place in material.places)
        pair = columns.actor[material.rows] * max(len(columns.periods), 1) + columns.period[material.rows]
        of_grain = max(len(self.grains), 1)
        ways, way = distinct(pair * of_grain + grain_of_form[material.form])
        self.pair, self.grain = np.divmod(ways, of_grain)
        self.actor, self.period = np.divmod(self.pair, max(len(columns.periods), 1))
        self.complete = self._completeness(way)
        standing = self._standing(way)
        self.form, self.way = material.form[standing], way[standing]
        self.components = tuple(column[standing] for column in material.components)
        self.totals = sums(self.way, self.components)[1]

    def _completeness(self, way: Places) -> Chosen:
        """Whether one version's cells of a way have every code that version knew, less what went out of scope."""
        bits: dict[tuple[str, str], int] = {}
        cells = [self.material.columns.cells[cell] for cell in self.material.cells.tolist()]
        versions = self.material.versions.tolist()
        seen = [sum(1 << bits.setdefault(code, len(bits)) for code in cell) for cell in cells]
        needed = []
        for version, cell in zip(versions, cells, strict=True):
            required = ((d, code) for d, _ in cell for code in self._restater.codes_required(version, d))
            needed.append(sum(1 << bits.setdefault(code, len(bits)) for code in required))
        whole = np.int64 if len(bits) <= _WORD else object
        form, highest = self.material.form, max([0, *versions]) + 1
        together = way * highest + self.material.versions[form] if len(form) else way
        order, starts = grouped(together)
        complete = np.zeros(len(self.pair), bool)
        if len(order):
            occurring = np.bitwise_or.reduceat(np.array(seen, whole)[form[order]], starts)
            lacking = np.array(needed, whole)[form[order[starts]]] & ~occurring
            complete[way[order[starts[lacking == 0]]]] = True
        return complete

    def _standing(self, way: Places) -> Places:
        """The rows that no row of a higher version replaces: one that landed on the same codes, in the same way of reading."""
        form = self.material.form
        versions = self.material.versions[form]
        if len(distinct(versions)[0]) <= 1:
            return np.arange(len(form), dtype=np.int64)
        landings, landing = numbered(tuple(sorted(place.codes.items())) for place in self.material.places)
        _, together = distinct(way * len(landings) + landing[form])
        highest = np.zeros(int(together.max()) + 1, np.int64)
        np.maximum.at(highest, together, versions)
        return np.flatnonzero(versions == highest[together])

    def best(self, by: Codes) -> Places:
        """Per actor and period, the way that answers a question `by` these dimensions, where there is one; in order."""
        may = np.array([answers_by(grain, gone, by, self._definition) for grain, gone in self.grains], bool)
        ways = np.flatnonzero(may[self.grain])
        order = ways[np.lexsort((self._rank()[self.grain[ways]], ~self.complete[ways], self.pair[ways]))]
        return order[starts_of(self.pair[order])]

    def _rank(self) -> Places:
        """The place of each grain in the order in which ways of reading are preferred."""
        ordered = sorted(range(len(self.grains)), key=lambda place: grain_order(*self.grains[place], self._definition))
        places = np.zeros(len(ordered), np.int64)
        places[ordered] = range(len(ordered))
        return places

    def flags(self, whole: Places) -> frozenset[str]:
        """What the totals that were chosen give reason to doubt."""
        if self._definition.over_codes is OverCodes.NONE:
            return frozenset()
        found = set() if self.complete[whole].all() else {PARTS_INCOMPLETE}
        complete = np.flatnonzero(self.complete)
        pair = self.pair[complete]
        second = np.flatnonzero(pair[1:] == pair[:-1])
        if any((column[complete[second]] != column[complete[second + 1]]).any() for column in self.totals):
            found.add(PARTS_DIFFER)
        return frozenset(found)


def sums(key: Places, components: tuple[Measures, ...]) -> tuple[Places, tuple[Measures, ...]]:
    """The distinct keys in order, and per key the sum of each component of its rows."""
    order, starts = grouped(key)
    if not len(order):
        return key, components
    return key[order[starts]], tuple(np.add.reduceat(column[order], starts) for column in components)
