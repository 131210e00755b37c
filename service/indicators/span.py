"""All numbers that follow from some others by adding, subtracting and scaling: exact, sparse linear algebra."""

from collections.abc import Hashable, Iterable, Mapping
from fractions import Fraction

Vector = Mapping[Hashable, Fraction]
"""A number as a sum of unknowns, each with its coefficient. Unknowns that are not named have none; no coefficient is 0."""


class Span:
    """What is known once some vectors are: every combination of them. Kept as a reduced echelon form, so that what is left
    of a vector does not depend on the order in which others came."""

    def __init__(self, vectors: Iterable[Vector] = ()) -> None:
        self._rows: dict[Hashable, Vector] = {}
        for vector in vectors:
            self.add(vector)

    def copy(self) -> "Span":
        """One that goes its own way."""
        other = Span()
        # Rows are never changed in place.
        other._rows = dict(self._rows)
        return other

    @property
    def rank(self) -> int:
        """How many vectors none of which follows from the others are in it."""
        return len(self._rows)

    def rest(self, vector: Vector) -> Vector:
        """What of `vector` does not follow; empty where all of it does."""
        found = dict(vector)
        for unknown in [one for one in vector if one in self._rows]:
            _subtract(found, self._rows[unknown], found[unknown])
        return found

    def add(self, vector: Vector) -> Vector:
        """Takes `vector` in; what of it was new, with a coefficient of 1 at the first unknown: empty where it followed."""
        left = self.rest(vector)
        if not left:
            return left
        pivot = next(iter(left))
        scale = left[pivot]
        new = {unknown: coefficient / scale for unknown, coefficient in left.items()}
        for key, row in self._rows.items():
            if pivot in row:
                changed = dict(row)
                _subtract(changed, new, changed[pivot])
                self._rows[key] = changed
        self._rows[pivot] = new
        return new


def added(vectors: Iterable[Vector]) -> Vector:
    """The sum."""
    total: dict[Hashable, Fraction] = {}
    for vector in vectors:
        for unknown, coefficient in vector.items():
            total[unknown] = total[unknown] + coefficient if unknown in total else coefficient
    return {unknown: coefficient for unknown, coefficient in total.items() if coefficient}


def scaled(vector: Vector, factor: Fraction) -> Vector:
    """`vector` times `factor`."""
    return {unknown: coefficient * factor for unknown, coefficient in vector.items()} if factor else {}


def _subtract(vector: dict[Hashable, Fraction], other: Vector, factor: Fraction) -> None:
    for unknown, coefficient in other.items():
        left = vector.get(unknown, 0) - factor * coefficient
        if left:
            vector[unknown] = left
        else:
            vector.pop(unknown, None)
