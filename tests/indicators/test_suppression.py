"""What a table may show: small counts, few actors, and what could be worked out from the rest."""

from collections.abc import Mapping
from fractions import Fraction

import pytest

from service.indicators.lattice import Lattice, Place, Row
from service.indicators.span import Span, Vector, added, scaled
from service.indicators.suppression import Known, Protection, select
from service.models.period import Period

QUARTER, YEAR = Period.parse("2025-Q1"), Period.parse("2025")
COUNTS, ACTORS = Protection(minimum=5), Protection(hides_actors=True)


def vector(**unknowns: int) -> Vector:
    """A sum of unknowns."""
    return {unknown: Fraction(value) for unknown, value in unknowns.items()}


@pytest.mark.parametrize(
    ("asked", "rest"),
    [
        (vector(), 0),
        (vector(a=1, b=1), 0),
        (vector(a=1, c=-1), 0),
        (vector(a=2, b=3, c=1), 0),
        (vector(a=1), 1),
        (vector(d=1), 1),
    ],
)
def test_what_follows(asked: Vector, rest: int) -> None:
    """From a + b and b + c: their difference, every combination, and nothing of a alone."""
    span = Span([vector(a=1, b=1), vector(b=1, c=1)])
    assert bool(span.rest(asked)) == bool(rest)
    assert bool(span.copy().add(asked)) == bool(rest)
    assert len({frozenset(span.rest(scaled(asked, Fraction(k))).items()) for k in (1, 1)}) == 1


def test_a_copy_goes_its_own_way() -> None:
    span = Span([vector(a=1, b=1)])
    other = span.copy()
    other.add(vector(b=1))
    assert (bool(span.rest(vector(a=1))), bool(other.rest(vector(a=1)))) == (True, False)
    assert (span.rank, other.rank) == (1, 2)


def table(cells: Mapping[str, Mapping[str, int]], protection: Protection) -> set[str]:
    """Of cells by code and actor, with their total, what is shown: codes, `total`, and under counts the actors."""
    total = Place(QUARTER)
    rows = {}

    def row(place: Place, entries: list[tuple[str, str]]) -> None:
        amount = Fraction(sum(cells[code][actor] for code, actor in entries))
        makeup: Vector = {(actor, code): Fraction(1) for code, actor in entries}
        rows[place] = Row(place, (makeup,), (amount,), (amount,), frozenset(actor for _, actor in entries))

    everything = [(code, actor) for code, own in cells.items() for actor in own]
    row(total, everything)
    for code in cells:
        row(Place(QUARTER, ("code",), (code,)), [one for one in everything if one[0] == code])
    lines: dict[tuple[Place, object], tuple[Place, ...]] = {(total, ("code",)): tuple(p for p in rows if p.by)}
    if not protection.hides_actors:
        for actor in sorted({actor for _, actor in everything}):
            row(Place(QUARTER, actor=actor), [one for one in everything if one[1] == actor])
        lines[total, "actors"] = tuple(p for p in rows if p.actor)
    shown, _ = select(Lattice(rows, lines, ()), protection, Known())
    return {place.actor or (place.codes or ("total",))[0] for place in shown}


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        ({"F": {"a": 7}, "M": {"a": 9}}, {"total", "F", "M", "a"}),
        ({"F": {"a": 3}, "M": {"a": 9}}, {"total", "a"}),
        ({"F": {"a": 3}, "M": {"a": 9}, "X": {"a": 90}}, {"total", "X", "a"}),
        ({"F": {"a": 3}, "M": {"a": 4}, "X": {"a": 90}}, {"total", "X", "a"}),
        ({"F": {"a": 1}, "M": {"a": 2}, "X": {"a": 90}}, {"total", "a"}),
        ({"F": {"a": 1}, "M": {"a": 2}, "X": {"a": 9}, "Y": {"a": 90}}, {"total", "Y", "a"}),
        ({"F": {"a": 0}, "M": {"a": 9}}, {"total", "F", "M", "a"}),
        ({"F": {"a": 0}, "M": {"a": 3}, "X": {"a": 90}, "Y": {"a": 9}}, {"total", "F", "X", "a"}),
        ({"F": {"a": 0}}, {"total", "F", "a"}),
        ({"F": {"a": 2}}, set()),
        ({"F": {"a": 9, "b": 2}, "M": {"c": 50}}, {"total", "F", "M", "c"}),
    ],
)
def test_small_counts_take_the_smallest_others_along(cells: Mapping[str, Mapping[str, int]], shown: set[str]) -> None:
    """Zero is shown; what is hidden of a line is together no small count, and nothing of it follows from the rest."""
    assert table(cells, COUNTS) == shown


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        ({"F": dict.fromkeys("abc", 1)}, {"total", "F"}),
        ({"F": dict.fromkeys("abc", 1), "M": dict.fromkeys("abc", 1)}, {"total", "F", "M"}),
        ({"F": dict.fromkeys("abc", 1), "M": dict.fromkeys("ab", 1)}, {"total"}),
        ({"F": dict.fromkeys("abc", 1), "M": dict.fromkeys("d", 1), "X": dict.fromkeys("abcd", 1)}, {"total", "X"}),
        ({"F": dict.fromkeys("abc", 1), "M": dict.fromkeys("de", 1), "X": dict.fromkeys("ef", 1)}, {"total", "F"}),
        ({"F": dict.fromkeys("ab", 1)}, set()),
    ],
)
def test_what_rests_on_few_actors_takes_others_along(cells: Mapping[str, Mapping[str, int]], shown: set[str]) -> None:
    """Neither a number nor what follows from several rests on one or two actors."""
    assert table(cells, ACTORS) == shown


def test_what_was_shown_before_counts() -> None:
    """After a total over four, one over three of them would tell the fourth's."""
    place = Place(QUARTER)

    def total(actors: str) -> Lattice:
        makeup: Vector = {(actor, "F"): Fraction(1) for actor in actors}
        return Lattice({place: Row(place, (makeup,), (Fraction(9),), (Fraction(9),), frozenset(actors))}, {}, ())

    shown, known = select(total("abcd"), ACTORS, Known())
    assert shown == {place}
    assert select(total("abcd"), ACTORS, known) == (frozenset({place}), known), "the same again is nothing new"
    assert select(total("abc"), ACTORS, known)[0] == frozenset()
    assert select(total("abcdefg"), ACTORS, known)[0] == {place}, "three more at once may come"
    assert select(total("abc"), ACTORS, Known())[0] == {place}


def test_what_agrees_is_the_same() -> None:
    """Who reported a total that is the sum of its parts has told the parts' sum, whatever was read."""
    makeup: Vector = {(actor, "T"): Fraction(1) for actor in "abc"}
    parts: Vector = added([{(actor, code): Fraction(1) for code in "FM"} for actor in "ab"])
    relations = tuple(
        added([{(actor, "T"): Fraction(1)}, {(actor, "F"): Fraction(-1)}, {(actor, "M"): Fraction(-1)}]) for actor in "ab"
    )
    known = Known(shown=(parts,))
    place = Place(YEAR)
    row = Row(place, (makeup,), (Fraction(9),), (Fraction(9),), frozenset("abc"))
    assert select(Lattice({place: row}, {}, ()), ACTORS, known)[0] == {place}
    assert select(Lattice({place: row}, {}, relations), ACTORS, known)[0] == frozenset(), "c's own would be left"
