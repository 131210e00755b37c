"""Every number that can be asked of one indicator and one calendar year, with what it is made of and how they add up.

The windows are the indicator's own reporting periods and the year; the breakdowns every set of its dimensions; beside the
community's numbers, where actors' values are shown, each actor's own total.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from math import prod
from typing import NamedTuple

from service.indicators.aggregation import Amount, Codes, entering, over_actors
from service.indicators.entrywise import ActorReading, read
from service.indicators.evidence import Evidence
from service.indicators.figure import Question
from service.indicators.makeup import Makeup, makeups, relations
from service.indicators.register import Version
from service.indicators.span import Vector, added, scaled
from service.models.indicator import Definition
from service.models.measure import exactly
from service.models.period import Period, Window
from service.models.vocabulary import MeasureKind, OverActors, OverCodes, OverTime

MOST_ROWS = 1_500
"""How many numbers are weighed against each other at most; of a larger table only the margins are shown."""


class Place(NamedTuple):
    """Where a number stands: its window, the dimensions it is split by, its codes in them, whose it is (None: all).

    `codes` None: what reached the total but none of the codes.
    """

    window: Period
    by: Codes = ()
    codes: Codes | None = ()
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One number. `amounts` are its components, `counts` those of them that count something, `actors` whom it rests on.

    `linear` False: it is no sum, so that what it is made of says little of what it tells. `tells_one`: it is the value of
    one of the actors, or lies between those of two.
    """

    place: Place
    makeup: Makeup
    amounts: tuple[Fraction, ...]
    counts: tuple[Fraction, ...]
    actors: frozenset[str]
    linear: bool = True
    tells_one: bool = False


@dataclass(frozen=True, slots=True)
class Lattice:
    """The numbers by their place, the lines in which they add up to one of them, and what ways of reporting have in common."""

    rows: Mapping[Place, Row]
    lines: Mapping[tuple[Place, object], tuple[Place, ...]]
    relations: tuple[Vector, ...]


def lattice(evidence: Evidence, version: Version, windows: Sequence[Period], year: Period, *, with_actors: bool) -> Lattice:
    """The numbers of `windows`, which are of the version's frequency inside `year` or the year itself."""
    definition = version.definition
    rows: dict[Place, Row] = {}
    common: list[Vector] = []
    for window in windows:
        own = _narrowed(evidence, Window.over(window, window), definition)
        for by in breakdowns(definition, len(windows)):
            question = Question(Window.over(window, window), version.number, by)
            if question.window.first_day > evidence.day:
                continue
            with exactly():
                actors = read(own, version, question.window, by).actors
                if not by:
                    for reading in actors:
                        common += relations(reading, definition, evidence.versions, version.number)
                made = _rows(window, by, actors, definition, evidence.versions, version.number, with_actors)
            rows |= {row.place: row for row in made}
    return Lattice(rows, _lines(rows, year, definition), tuple(vector for vector in common if vector))


def _narrowed(evidence: Evidence, window: Window, definition: Definition) -> Evidence:
    """The evidence without the entries that a window cannot use anyway: a year has many windows."""
    last = definition.over_time is OverTime.LAST
    kept = (one for one in evidence.entries if one.period.last_day <= window.last_day and (last or window.contains(one.period)))
    return replace(evidence, entries=tuple(kept))


def breakdowns(definition: Definition, windows: int) -> list[Codes]:
    """The sets of dimensions that numbers are split by, the total first; the total alone where there would be too many."""
    codes = [dimension.code for dimension in definition.dimensions]
    if windows * prod(len(dimension.codes) + 1 for dimension in definition.dimensions) > MOST_ROWS:
        return [()]
    return [by for size in range(len(codes) + 1) for by in combinations(codes, size)]


def _rows(
    window: Period,
    by: Codes,
    readings: Sequence[ActorReading],
    definition: Definition,
    versions: Sequence[Version],
    number: int,
    with_actors: bool,
) -> list[Row]:
    made = {reading.actor: makeups(reading, by, definition, versions, number) for reading in readings}
    if by:
        occurring = sorted({codes for reading in readings for codes in reading.parts})
        parts = {codes: {r.actor: r.parts[codes] for r in readings if codes in r.parts} for codes in occurring}
    else:
        parts = {(): {reading.actor: reading.total for reading in readings if reading.total is not None}}
    rows = []
    for codes, amounts in parts.items():
        whole = {actor: made[actor][codes] for actor in amounts}
        rows += _of_all(Place(window, by, codes), amounts, whole, definition)
        if with_actors and not by:
            rows += [
                Row(Place(window, actor=actor), whole[actor], *_components(amount, definition), frozenset([actor]))
                for actor, amount in amounts.items()
            ]
    if by and _adds(definition):
        rows += _unallocated(window, by, rows, readings, made, definition, versions, number)
    return rows


def _of_all(place: Place, amounts: Mapping[str, Amount], made: Mapping[str, Makeup], definition: Definition) -> list[Row]:
    """The community's number; none where there is none."""
    entered = entering(definition, amounts, one_asked=False)
    if isinstance(entered, str):
        return []
    how, actors = definition.over_actors, frozenset(entered)
    makeup = tuple(added(column) for column in zip(*(made[actor] for actor in sorted(actors)), strict=True))
    linear = definition.over_time not in (OverTime.MAX, OverTime.MIN)
    if definition.measure is MeasureKind.QUANTITY and how in (OverActors.MEDIAN, OverActors.MAX, OverActors.MIN):
        value = over_actors(definition, amounts, one_asked=False).value or Fraction(0)
        return [Row(place, makeup, (value,), (value,), actors, linear=False, tells_one=True)]
    components = [_components(entered[actor], definition)[0] for actor in sorted(actors)]
    amount = tuple(sum(column, Fraction(0)) for column in zip(*components, strict=True))
    if definition.measure is MeasureKind.QUANTITY and how is OverActors.MEAN:
        share = Fraction(1, len(actors))
        makeup, amount = tuple(scaled(vector, share) for vector in makeup), tuple(part * share for part in amount)
    return [Row(place, makeup, amount, _counts(amount, definition), actors, linear)]


def _components(amount: Amount, definition: Definition) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
    """An amount's components, and those of them that count something."""
    components = (amount.highest,) if definition.measure is MeasureKind.QUANTITY else amount.components
    return components, _counts(components, definition)


def _counts(components: tuple[Fraction, ...], definition: Definition) -> tuple[Fraction, ...]:
    # Of a mean the weights are counted; what was averaged was measured.
    return components[1:] if definition.measure is MeasureKind.MEAN else components


def _adds(definition: Definition) -> bool:
    """Whether what reached the total but no code is answered."""
    return (
        definition.measure is MeasureKind.QUANTITY
        and definition.over_codes is OverCodes.SUM
        and definition.over_actors is OverActors.SUM
        and definition.over_time in (OverTime.SUM, OverTime.LAST)
    )


def _unallocated(
    window: Period,
    by: Codes,
    parts: Sequence[Row],
    readings: Sequence[ActorReading],
    made: Mapping[str, Mapping[Codes, Makeup]],
    definition: Definition,
    versions: Sequence[Version],
    number: int,
) -> list[Row]:
    """The total less its parts: whose it is are those for whom the two differ."""
    makeup: list[Vector] = []
    left, actors = Fraction(0), set()
    for reading in readings:
        if reading.total is None:
            continue
        own = reading.total.highest - sum((part.highest for part in reading.parts.values()), Fraction(0))
        total = makeups(reading, (), definition, versions, number)[()]
        makeup += [total[0], *(scaled(part[0], Fraction(-1)) for part in made[reading.actor].values())]
        left += own
        actors |= {reading.actor} if own else set()
    outside = {actor for row in parts for actor in row.actors} - {r.actor for r in readings if r.total is not None}
    if outside:
        makeup += [scaled(part[0], Fraction(-1)) for actor in sorted(outside) for part in made[actor].values()]
        left -= sum((p.highest for r in readings if r.actor in outside for p in r.parts.values()), Fraction(0))
        actors |= outside
    return [Row(Place(window, by, None), (added(makeup),), (left,), (left,), frozenset(actors))]


def _lines(rows: Iterable[Place], year: Period, definition: Definition) -> dict[tuple[Place, object], tuple[Place, ...]]:
    """What adds up to what: periods to the year, actors to all, codes and what is at none of them to what they split."""
    lines: dict[tuple[Place, object], list[Place]] = {}
    for place in rows:
        if place.window != year and definition.over_time is OverTime.SUM:
            lines.setdefault((place._replace(window=year), "periods"), []).append(place)
        if place.actor is not None:
            lines.setdefault((place._replace(actor=None), "actors"), []).append(place)
        if place.by:
            lines.setdefault((Place(place.window), place.by), []).append(place)
        if place.codes is not None and len(place.by) > 1:
            for at, dimension in enumerate(place.by):
                fewer = place._replace(by=_without(place.by, at), codes=_without(place.codes, at))
                lines.setdefault((fewer, dimension), []).append(place)
    return {line: tuple(places) for line, places in lines.items()}


def _without(codes: Codes, at: int) -> Codes:
    return codes[:at] + codes[at + 1 :]
