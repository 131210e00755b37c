"""Quality flags: what looks wrong among the values that count, told and never refused (what is odd may be true).

Values are compared within one actor and one cell, in the terms of the version in force, whatever they were recorded under.
Of a ratio or mean they are its quotients; one over nothing is left out. Two ways of splitting one period that come down to
the same codes since give the value that a figure would prefer; what only a part of a dropped dimension makes gives none.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from statistics import median
from typing import NamedTuple

from service.indicators.aggregation import PARTS_DIFFER, PARTS_INCOMPLETE, Reading, choose, quotient, readings
from service.indicators.evidence import Entry, Evidence, reference_version
from service.indicators.restatement import Components, Restated, Restater
from service.indicators.series import FALLING
from service.indicators.taking import take
from service.models.indicator import Cell, Definition
from service.models.measure import exactly
from service.models.period import Period
from service.models.vocabulary import MeasureKind, Nature, OverCodes

HUNDREDFOLD, HUNDREDTH, NEVER_CHANGES = "hundredfold", "hundredth", "never_changes"
FLAGS = (PARTS_DIFFER, PARTS_INCOMPLETE, FALLING, HUNDREDFOLD, HUNDREDTH, NEVER_CHANGES)

SLIP, MARGIN = 100, Fraction(3, 2)
"""A value is a slipped one where it is between 100 / 1.5 and 100 × 1.5 times what was usual before, or one over that."""
PAST, LEAST_PAST = 5, 2
"""What was usual is the median of the last five values before it that are not zero; of fewer than two nothing is said."""
STILL = 5
"""So many reported periods in a row with one value, other than zero, are told as never changing."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One thing to look at. `cell`: its codes in the reference version; empty for the total and for flags of a whole period.

    `compared_with` is the earlier value of a running total that falls, the median of a slip's past, the other way's total of
    parts that differ, None elsewhere. `since` is the first period that the comparison reaches back to and `count` how many
    values it is with (of a value that never changes: how long the run is); None and 0 for what is about parts. `value` is
    None only where parts make a ratio over nothing. `entries` are those that the value was made of.
    """

    code: str
    actor: str
    period: Period
    cell: Cell
    value: Fraction | None
    compared_with: Fraction | None
    since: Period | None
    count: int
    entries: tuple[Entry, ...]


class _Point(NamedTuple):
    """What one cell stands at in one period."""

    period: Period
    value: Fraction
    entries: tuple[Entry, ...]


def quality_flags(evidence: Evidence) -> list[Flag]:
    """All flags of what counts as of the instant, by actor, period, cell and code.

    `parts_incomplete`, `parts_differ_from_total`: as in the figure of that actor's period. `running_total_falls`: a cumulative
    value is below the one of the period that ended last before. `hundredfold`, `hundredth`: about 100 or 0.01 times the median
    of up to five values before it (`SLIP`, `PAST`), of periods of one length. `never_changes`: five or more periods of one
    length, as they were reported one after the other, have one value that is not zero (`STILL`); told once, of the last.
    """
    reference = reference_version(evidence.versions, evidence.day)
    restater = Restater(evidence.versions, reference)
    with exactly():
        found = [
            flag
            for actor, by_period in _restated(evidence, restater).items()
            for flag in _of_actor(actor, by_period, restater, reference.definition)
        ]
    return sorted(found, key=lambda flag: (flag.actor, *_place(flag.period), flag.cell, FLAGS.index(flag.code)))


def _place(period: Period) -> tuple[int, int]:
    return period.last_day.toordinal(), period.first_day.toordinal()


def _restated(evidence: Evidence, restater: Restater) -> dict[str, dict[Period, list[Restated]]]:
    """What counts and can be read in the reference version, less the stocks that went with actors who left."""
    is_stock = restater.reference.definition.nature is Nature.STOCK
    found: dict[str, dict[Period, list[Restated]]] = {}
    for entry in take(evidence.entries, evidence.charter.validation).counting:
        left = evidence.members[entry.actor].left
        if is_stock and left is not None and entry.period.last_day >= left:
            continue
        read = restater.restate(entry)
        if not isinstance(read, str):
            found.setdefault(entry.actor, {}).setdefault(entry.period, []).append(read)
    return found


def _of_actor(
    actor: str, by_period: Mapping[Period, Sequence[Restated]], restater: Restater, definition: Definition
) -> Iterator[Flag]:
    cells: dict[Cell, list[_Point]] = {}
    for period in sorted(by_period, key=_place):
        ways = readings(by_period[period], restater)
        yield from _parts(actor, period, ways, definition)
        for cell, point in _points(period, ways, definition).items():
            cells.setdefault(cell, []).append(point)
    for cell, points in cells.items():
        if definition.nature is Nature.CUMULATIVE:
            yield from _falls(actor, cell, points)
        for frequency in sorted({point.period.frequency for point in points}):
            alike = [point for point in points if point.period.frequency == frequency]
            yield from _slips(actor, cell, alike)
            yield from _still(actor, cell, alike)


def _parts(actor: str, period: Period, ways: Sequence[Reading], definition: Definition) -> Iterator[Flag]:
    whole = choose(ways, (), definition)
    if definition.over_codes is OverCodes.NONE or whole is None:
        return
    own = _value(whole.total, definition)
    if not whole.complete:
        yield Flag(PARTS_INCOMPLETE, actor, period, (), own, None, None, 0, _entries(whole))
    other = next((way for way in ways if way.complete and whole.complete and way.total != whole.total), None)
    if other is not None:
        compared = _value(other.total, definition)
        yield Flag(PARTS_DIFFER, actor, period, (), own, compared, None, 0, (*_entries(whole), *_entries(other)))


def _entries(way: Reading) -> tuple[Entry, ...]:
    return tuple(one.entry for cell in way.cells for one in cell.used)


def _value(components: Components, definition: Definition) -> Fraction | None:
    if definition.measure is MeasureKind.QUANTITY:
        return Fraction(components[0])
    return quotient((Fraction(components[0]), Fraction(components[1])), definition)


def _points(period: Period, ways: Sequence[Reading], definition: Definition) -> dict[Cell, _Point]:
    """What stands at each cell: of several ways of reading the period, the best has it."""
    found: dict[Cell, _Point] = {}
    for way in ways:
        if way.gone and not way.complete:
            continue
        for landed in way.cells:
            cell = tuple(sorted(landed.codes.items()))
            value = _value(landed.components, definition)
            has_its_place = landed.codes.keys() == way.grain - way.gone
            if has_its_place and cell not in found and value is not None:
                found[cell] = _Point(period, value, tuple(one.entry for one in landed.used))
    return found


def _falls(actor: str, cell: Cell, points: Sequence[_Point]) -> Iterator[Flag]:
    before: _Point | None = None
    # Of periods that end together the shortest comes last: it is what the next one is compared with.
    for _, together in groupby(points, key=lambda point: point.period.last_day):
        ending = list(together)
        for point in ending:
            if before is not None and point.value < before.value:
                yield _flag(FALLING, actor, cell, point, before.value, before.period, 1)
        before = ending[-1]


def _slips(actor: str, cell: Cell, points: Sequence[_Point]) -> Iterator[Flag]:
    past: list[_Point] = []
    for point in points:
        if not point.value:
            continue
        if len(past) >= LEAST_PAST:
            usual = Fraction(median(before.value for before in past))
            code = _slip(point.value, usual)
            if code is not None:
                yield _flag(code, actor, cell, point, usual, past[0].period, len(past))
        past = [*past, point][-PAST:]


def _slip(value: Fraction, usual: Fraction) -> str | None:
    if not usual:
        return None
    times = value / usual
    if SLIP / MARGIN <= times <= SLIP * MARGIN:
        return HUNDREDFOLD
    return HUNDREDTH if times and SLIP / MARGIN <= 1 / times <= SLIP * MARGIN else None


def _still(actor: str, cell: Cell, points: Sequence[_Point]) -> Iterator[Flag]:
    for value, alike in groupby(points, key=lambda point: point.value):
        run = list(alike)
        if value and len(run) >= STILL:
            yield _flag(NEVER_CHANGES, actor, cell, run[-1], None, run[0].period, len(run))


def _flag(
    code: str, actor: str, cell: Cell, point: _Point, compared: Fraction | None, since: Period | None, count: int
) -> Flag:
    return Flag(code, actor, point.period, cell, point.value, compared, since, count, point.entries)
