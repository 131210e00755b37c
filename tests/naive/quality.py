"""Quality flags, naively: every value that counts, beside all that the same actor said of the same cell before.

Written from the rules in the public docstring of `list_quality_flags`, with the naive model's own taking, restating and grain.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from service.indicators.evidence import Evidence
from service.models.indicator import Definition
from service.models.period import Period
from tests.naive.figures import added, chosen_grain, flags_of, is_complete, landed, place
from tests.naive.taking import REPORT, Grain, Reading, by_key, in_force, restate, standing

Codes = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Found:
    """One flag. `since` and `count` say what it was compared with."""

    code: str
    actor: str
    period: Period
    cell: Codes
    value: Fraction | None
    compared_with: Fraction | None
    since: Period | None
    count: int


@dataclass(frozen=True)
class Stands:
    """What a cell stands at in one period."""

    period: Period
    value: Fraction


def flags(evidence: Evidence) -> set[Found]:
    """Every flag of the indicator as of the instant."""
    found: set[Found] = set()
    reference = in_force(evidence.versions, evidence.day)
    definition = reference.definition
    for actor in evidence.members:
        readings = [reading for reading in counting(evidence, reference.number) if reading.entry.actor == actor]
        periods = {reading.entry.period for reading in readings}
        by_cell: dict[Codes, list[Stands]] = {}
        for period in sorted(periods, key=lambda p: (p.last_day, p.first_day)):
            cells = [reading for reading in readings if reading.entry.period == period]
            found |= set(of_parts(evidence, reference.number, actor, period, cells))
            for cell, value in standing_at(evidence, reference.number, cells).items():
                by_cell.setdefault(cell, []).append(Stands(period, value))
        for cell, stands in by_cell.items():
            if definition.nature == "cumulative":
                found |= set(falling(actor, cell, stands))
            for frequency in "ASQMWD":
                own = [each for each in stands if each.period.frequency == frequency]
                found |= set(slipping(actor, cell, own))
                found |= set(standing_still(actor, cell, own))
    return found


def counting(evidence: Evidence, reference: int) -> Iterator[Reading]:
    """What counts and can be read in the reference version, less stocks of periods that ended when the actor had left."""
    version = evidence.version(reference)
    for entries in by_key(evidence, None):
        entry = standing(evidence, entries)[1]
        if entry is None or entry.kind != REPORT:
            continue
        left = evidence.members[entry.actor].left
        if version.definition.nature == "stock" and left is not None and left <= entry.period.last_day:
            continue
        reading = restate(evidence, version, entry)[1]
        if reading is not None:
            yield reading


def value_of(definition: Definition, readings: list[Reading]) -> Fraction | None:
    """A quantity, or the quotient of a ratio or mean."""
    top, bottom = added(readings)
    if definition.measure == "quantity":
        return top
    if bottom == 0:
        return None
    return top / bottom * (Fraction(str(definition.factor)) if definition.measure == "ratio" else 1)


def of_parts(evidence: Evidence, reference: int, actor: str, period: Period, cells: list[Reading]) -> Iterator[Found]:
    """What the figure of that actor's period says of its parts."""
    definition = evidence.version(reference).definition
    grain = chosen_grain(evidence, reference, cells, frozenset())
    if grain is None:
        return
    own = landed(cells, grain)
    said = flags_of(evidence, reference, cells)
    if "parts_incomplete" in said:
        yield Found("parts_incomplete", actor, period, (), value_of(definition, own), None, None, 0)
    if "parts_differ_from_total" in said:
        other = next(
            landed(cells, way)
            for way in in_order(evidence, reference, cells)
            if is_complete(evidence, reference, cells, way) and added(landed(cells, way)) != added(own)
        )
        compared = value_of(definition, other)
        yield Found("parts_differ_from_total", actor, period, (), value_of(definition, own), compared, None, 0)


def in_order(evidence: Evidence, reference: int, cells: list[Reading]) -> list[Grain]:
    """The ways of reading one total, the one that a figure prefers first."""
    return sorted(
        {cell.grain for cell in cells},
        key=lambda grain: (not is_complete(evidence, reference, cells, grain), len(grain), place(evidence, reference, grain)),
    )


def standing_at(evidence: Evidence, reference: int, cells: list[Reading]) -> dict[Codes, Fraction]:
    """What each cell stands at in the period of `cells`."""
    definition = evidence.version(reference).definition
    found: dict[Codes, Fraction] = {}
    for grain in reversed(in_order(evidence, reference, cells)):
        some_gone = any(not still_there for _, still_there in grain)
        if some_gone and not is_complete(evidence, reference, cells, grain):
            continue
        own = landed(cells, grain)
        for codes in {reading.codes for reading in own}:
            value = value_of(definition, [reading for reading in own if reading.codes == codes])
            if all(code is not None for _, code in codes) and value is not None:
                found[tuple((dimension, str(code)) for dimension, code in codes)] = value
    return found


def falling(actor: str, cell: Codes, stands: list[Stands]) -> Iterator[Found]:
    """Running totals below the one of the period that ended last before; of several that ended together, the shortest."""
    for own in stands:
        before = [each for each in stands if each.period.last_day < own.period.last_day]
        if before:
            last = max(before, key=lambda each: (each.period.last_day, each.period.first_day))
            if own.value < last.value:
                yield Found("running_total_falls", actor, own.period, cell, own.value, last.value, last.period, 1)


def slipping(actor: str, cell: Codes, stands: list[Stands]) -> Iterator[Found]:
    """Values about 100 or 0.01 times the median of the last five before that are not zero."""
    for place_in_line, own in enumerate(stands):
        past = [each for each in stands[:place_in_line] if each.value != 0][-5:]
        if len(past) < 2:
            continue
        ordered = sorted(each.value for each in past)
        usual = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
        for code, expected in (("hundredfold", 100 * usual), ("hundredth", usual / 100)):
            low, high = sorted((expected * 2 / 3, expected * 3 / 2))
            if own.value != 0 and usual != 0 and low <= own.value <= high:
                yield Found(code, actor, own.period, cell, own.value, usual, past[0].period, len(past))


def standing_still(actor: str, cell: Codes, stands: list[Stands]) -> Iterator[Found]:
    """Runs of five or more of one value."""
    ends = [place for place, (own, after) in enumerate(pairwise(stands)) if own.value != after.value] + [len(stands) - 1]
    begin = 0
    for end in ends:
        run = stands[begin : end + 1]
        begin = end + 1
        if len(run) >= 5 and run[0].value != 0:
            yield Found("never_changes", actor, run[-1].period, cell, run[0].value, None, run[0].period, len(run))
