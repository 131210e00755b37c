"""Which numbers of a table can be shown so that what is hidden cannot be computed from them, nor from what was shown before.

Two things are hidden. Where actors' values are kept to themselves: whatever rests on one or two actors. With a minimum count:
counts above zero and below it. Numbers are taken one after the other, the margins first; one is shown where, together with
all that is known by then, no combination of numbers tells what is hidden. What is not shown for that reason is what a
complementary suppression takes out: in every line, the smallest others that it takes.
"""

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations

from service.indicators.lattice import Lattice, Place, Row
from service.indicators.span import Span, Vector, added, scaled
from service.models.period import FREQUENCIES

FEWEST_ACTORS = 3
"""On how many actors a number rests at least where actors' values are kept to themselves."""


MOST_WEIGHINGS = 50_000
"""How much is weighed for one table at most; of one that would take more only the margins are shown."""


@dataclass(frozen=True, slots=True)
class Protection:
    """What a charter keeps from who is no member. `minimum`: the smallest count above zero that is shown; 0: all are."""

    hides_actors: bool = False
    minimum: int = 0

    def __bool__(self) -> bool:
        return self.hides_actors or self.minimum > 0

    def is_small(self, count: Fraction) -> bool:
        """Whether a count is above zero and below the minimum; one below zero by less than it is as telling."""
        return 0 < abs(count) < self.minimum


@dataclass(frozen=True, slots=True)
class Known:
    """What was ever shown, what was ever hidden for being small, and what ways of reporting have in common."""

    shown: tuple[Vector, ...] = ()
    small: tuple[Vector, ...] = ()
    relations: tuple[Vector, ...] = ()


def select(lattice: Lattice, protection: Protection, known: Known) -> tuple[frozenset[Place], Known]:
    """The places whose numbers are shown, on top of what is `known`; and what is known then."""
    small = {row.place for row in lattice.rows.values() if any(protection.is_small(count) for count in row.counts)}
    if small and not all(row.linear for row in lattice.rows.values()):
        # What a largest or a middle value tells of the others is no matter of sums.
        return frozenset(), known
    known = Known(
        known.shown,
        _joined(known.small, _sensitive(lattice, protection, small)),
        _joined(known.relations, lattice.relations),
    )
    candidates = [
        row for row in lattice.rows.values() if row.place not in small and not (protection.hides_actors and row.tells_one)
    ]
    candidates.sort(key=lambda row: _order(row, protection))
    audit = _Audit(known, candidates, protection)
    if audit.weighings * len(candidates) > MOST_WEIGHINGS:
        candidates = [row for row in candidates if not row.place.by]
        audit = _Audit(known, candidates, protection)
    shown = frozenset(row.place for row in candidates if row.tells_one or audit.admits(row.makeup))
    return shown, Known((*known.shown, *audit.told), known.small, known.relations)


def _joined(known: tuple[Vector, ...], more: Iterable[Vector]) -> tuple[Vector, ...]:
    found = {frozenset(vector.items()): vector for vector in (*known, *more) if vector}
    return tuple(found.values())


def _order(row: Row, protection: Protection) -> tuple[object, ...]:
    """The margins first: fewer dimensions, then the longer window. Zeros tell nothing of a size and come before others.

    Then the larger before the smaller, so that what must stay back is the smallest that does. Where only actors' values are
    hidden, sizes do not matter to it.
    """
    place = row.place
    size = max((abs(count) for count in row.counts), default=Fraction(0)) if protection.minimum else Fraction(0)
    return (
        len(place.by) + (place.actor is not None),
        FREQUENCIES.index(place.window.frequency),
        size != 0,
        -size,
        -len(row.actors),
        place.window.ordinal,
        place.by,
        place.codes is None,
        place.codes or (),
        place.actor or "",
    )


def _sensitive(lattice: Lattice, protection: Protection, small: Collection[Place]) -> Iterator[Vector]:
    """What may not be told: every component of a small number; and of each line its small parts together, what is in none of
    its parts, and both together, where that is small."""
    if not protection.minimum:
        return
    for place in small:
        yield from lattice.rows[place].makeup
    for (margin, _), places in lattice.lines.items():
        parts = [lattice.rows[place] for place in places]
        little = [row for row in parts if row.place in small]
        whole = lattice.rows.get(margin)
        sides = [little]
        if whole is not None:
            sides += [[whole, *map(_negative, parts)], [whole, *(_negative(row) for row in parts if row.place not in small)]]
        for side in sides:
            amounts = [sum(column, Fraction(0)) for column in zip(*(row.amounts for row in side), strict=True)]
            if any(protection.is_small(amount) for amount in amounts):
                yield from (added(column) for column in zip(*(row.makeup for row in side), strict=True))


def _negative(row: Row) -> Row:
    return replace(
        row,
        makeup=tuple(scaled(vector, Fraction(-1)) for vector in row.makeup),
        amounts=tuple(-amount for amount in row.amounts),
    )


class _Audit:
    """What is known, number after number, and whether the next one would tell too much.

    Unknowns that occur alike in everything that is or may be told are one, with all the actors that have one of them.
    """

    def __init__(self, known: Known, candidates: Sequence[Row], protection: Protection) -> None:
        self.told: list[Vector] = []
        new = [vector for row in candidates for vector in row.makeup]
        common, shown, small = _reaching(new, (known.relations, known.shown, known.small))
        self._common = Span(common)
        own, before, secrets = ([self._common.rest(vector) for vector in vectors] for vectors in (new, shown, small))
        self._alike = _alike([*before, *secrets, *own])
        self._known = Span(self._drawn_together(vector) for vector in before)
        self._secrets = [self._known.rest(self._drawn_together(vector)) for vector in secrets]
        self._few = [
            (kept, Span(_within(self._drawn_together(vector), kept) for vector in before))
            for kept in (self._all_but_few() if protection.hides_actors else ())
        ]

    @property
    def weighings(self) -> int:
        """How often each number is weighed: for every one or two actors whose entries it could tell apart."""
        return len(self._few)

    def admits(self, makeup: Sequence[Vector]) -> bool:
        """Whether a number can be told; from then on it is known."""
        known, few, secrets = self._known, [span for _, span in self._few], self._secrets
        fresh: list[Vector] = []
        for vector in makeup:
            own = self._drawn_together(self._common.rest(vector))
            new = known.rest(own)
            if not new:
                continue
            if not fresh:
                known, few = known.copy(), [span.copy() for span in few]
            fresh.append(vector)
            new = known.add(own)
            for (kept, _), span in zip(self._few, few, strict=True):
                if not span.add(_within(own, kept)):
                    return False
            pivot = next(iter(new))
            secrets = [known.rest(secret) if pivot in secret else secret for secret in secrets]
        if any(secret and not left for secret, left in zip(self._secrets, secrets, strict=True)):
            return False
        self._known, self._secrets = known, secrets
        self._few = [(kept, span) for (kept, _), span in zip(self._few, few, strict=True)]
        self.told += fresh
        return True

    def _drawn_together(self, vector: Vector) -> Vector:
        """`vector` with one unknown for all that are alike."""
        return {self._alike.representative[unknown]: coefficient for unknown, coefficient in vector.items()}

    def _all_but_few(self) -> list[frozenset[Hashable]]:
        """The unknowns that are left without those of one or two actors alone, for each two where that takes any away."""
        exposed = {one: actors for one, actors in self._alike.actors.items() if len(actors) < FEWEST_ACTORS}
        apart = sorted({actor for actors in exposed.values() for actor in actors})
        gone = {
            frozenset(one for one, actors in exposed.items() if actors <= {*two})
            for two in (combinations(apart, 2) if len(apart) > 1 else [tuple(apart)])
        }
        return [frozenset(self._alike.actors) - one for one in gone if one]


@dataclass(frozen=True, slots=True)
class _Alike:
    """For each unknown the one that stands for all alike, and for each of these the actors behind them."""

    representative: Mapping[Hashable, Hashable]
    actors: Mapping[Hashable, frozenset[str]]


def _alike(vectors: Sequence[Vector]) -> _Alike:
    columns: dict[Hashable, list[tuple[int, Fraction]]] = {}
    for number, vector in enumerate(vectors):
        for unknown, coefficient in vector.items():
            columns.setdefault(unknown, []).append((number, coefficient))
    first: dict[Hashable, Hashable] = {}
    representative: dict[Hashable, Hashable] = {}
    actors: dict[Hashable, set[str]] = {}
    for unknown, column in columns.items():
        assert isinstance(unknown, tuple)
        standing = first.setdefault(tuple(column), unknown)
        representative[unknown] = standing
        actors.setdefault(standing, set()).add(unknown[0])
    return _Alike(representative, {one: frozenset(behind) for one, behind in actors.items()})


def _reaching(own: Iterable[Vector], known: Sequence[Iterable[Vector]]) -> list[list[Vector]]:
    """Of each kind of `known` those that have to do with `own`, be it by way of others."""
    reached = {unknown for vector in own for unknown in vector}
    found: list[list[Vector]] = [[] for _ in known]
    left = [(kind, vector) for kind, vectors in enumerate(known) for vector in vectors]
    while left:
        near = [(kind, vector) for kind, vector in left if not reached.isdisjoint(vector)]
        left = [(kind, vector) for kind, vector in left if reached.isdisjoint(vector)]
        if not near:
            break
        for kind, vector in near:
            found[kind].append(vector)
            reached.update(vector)
    return found


def _within(vector: Vector, kept: frozenset[Hashable]) -> Vector:
    return {unknown: coefficient for unknown, coefficient in vector.items() if unknown in kept}
