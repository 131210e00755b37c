"""Overlap decisions, naively: a figure with what members decided of people counted twice, and whether that still holds.

A decision says what one window and one cell come to, over all actors. It holds as long as the very same entries make the
interval, reading the same; and only in terms that mean what the version meant that it was decided in.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise

from service.indicators.evidence import Evidence
from service.indicators.register import DecidedOverlap, Version
from service.models.period import Window
from tests.naive.figures import Answer, Codes, Result, by_codes, chosen_grain, chosen_periods, landed, undecided
from tests.naive.taking import take

NUMERIC = (
    "measure nature over_time over_actors over_codes denominator_over_time direction frequency carry_forward minimum maximum "
    "decimals factor contributors level"
).split()
"""What of a definition is more than words. Dimensions come beside."""


@dataclass(frozen=True)
class Decided(Answer):
    """A figure with what was decided of its total and of its codes: `in_force`, or why not, by the instant of the decision."""

    overlap: tuple[str, str] | None = None
    overlaps: Mapping[Codes, tuple[str, str]] = field(default_factory=dict)


def figure(
    evidence: Evidence,
    window: Window,
    version: int | None = None,
    by: Iterable[str] = (),
    actors: Iterable[str] | None = None,
) -> Decided:
    """The answer to one question of MODEL.md 4, with what was decided of it."""
    dimensions = tuple(by)
    plain = undecided(evidence, window, version, dimensions, actors)
    total, parts, told, by_code = plain.total, dict(plain.by_dimension), None, {}
    started = window.first_day <= evidence.day
    for overlap in standing(evidence) if actors is None and started else []:
        cell = overlap.terms.cell
        state = state_of(evidence, overlap, plain.version)
        if overlap.terms.window != window or state is None:
            continue
        if not cell:
            told = (overlap.decided_at.isoformat(), state)
            total = decided_value(overlap, total) if state == "in_force" else total
        elif cell in parts and {dimension for dimension, _ in cell} == set(dimensions):
            by_code[cell] = (overlap.decided_at.isoformat(), state)
            parts[cell] = decided_value(overlap, parts[cell]) if state == "in_force" else parts[cell]
    own = {name: getattr(plain, name) for name in Answer.__dataclass_fields__ if name not in ("total", "by_dimension")}
    return Decided(total=total, by_dimension=parts, overlap=told, overlaps=by_code, **own)


def standing(evidence: Evidence) -> list[DecidedOverlap]:
    """Those that no later one for the same days and cell has replaced."""
    return [
        overlap
        for place, overlap in enumerate(evidence.overlaps)
        if not any(
            (later.terms.window, later.terms.cell) == (overlap.terms.window, overlap.terms.cell)
            for later in evidence.overlaps[place + 1 :]
        )
    ]


def decided_value(overlap: DecidedOverlap, result: Result) -> Result:
    """The interval with a value in it."""
    if overlap.terms.method == "agreed":
        return replace(result, value=Fraction(str(overlap.terms.value)))
    return replace(result, value=result.highest if overlap.terms.method == "sum" else result.lowest)


def state_of(evidence: Evidence, overlap: DecidedOverlap, number: int) -> str | None:
    """`in_force` in the terms of version `number`, or why it has lapsed; None: it was decided in newer ones."""
    if number < overlap.version:
        return None
    chain = [evidence.version(one) for one in range(overlap.version, number + 1)]
    if any(more_than_words(before, after) for before, after in pairwise(chain)):
        return "definition_revised"
    known_then = [entry for entry in evidence.entries if entry.recorded_at <= overlap.decided_at]
    asked_then = evidence.charter.model_copy(update={"validation": overlap.validation})
    then = replace(
        evidence,
        entries=tuple(known_then),
        versions=tuple(version for version in evidence.versions if version.adopted_at <= overlap.decided_at),
        members=overlap.members,
        charter=asked_then,
        day=overlap.day,
    )
    now = made_of(evidence, overlap, number)
    if made_of(then, overlap, overlap.version) == now:
        return "in_force"
    if made_of(replace(evidence, entries=tuple(known_then)), overlap, number) != now:
        return "entry_changed"
    if made_of(replace(evidence, members=overlap.members), overlap, number) != now:
        return "membership_changed"
    if made_of(replace(evidence, members=overlap.members, charter=asked_then), overlap, number) != now:
        return "charter_changed"
    return "time_passed"


def more_than_words(before: Version, after: Version) -> bool:
    """Whether a revision means something else."""
    if after.bridge is None or after.bridge.kind != "editorial":
        return True
    if any(getattr(before.definition, name) != getattr(after.definition, name) for name in NUMERIC):
        return True
    codes = [[(one.code, one.codes) for one in version.definition.dimensions] for version in (before, after)]
    return codes[0] != codes[1]


def made_of(evidence: Evidence, overlap: DecidedOverlap, number: int) -> dict[object, Fraction]:
    """What makes the interval: each entry by its key and its place in the journal, with the number that it brings."""
    window, cell = overlap.terms.window, overlap.terms.cell
    taken = take(evidence, window, number, None)
    definition, dimensions = taken.version.definition, frozenset(dimension for dimension, _ in cell)
    found: dict[object, Fraction] = {}
    for actor in {reading.entry.actor for reading in taken.readings}:
        own = [reading for reading in taken.readings if reading.entry.actor == actor]
        for period in chosen_periods(definition, {reading.entry.period for reading in own}, window, evidence.day):
            cells = [reading for reading in own if reading.entry.period == period]
            grain = chosen_grain(evidence, number, cells, dimensions)
            used = [] if grain is None else landed(cells, grain)
            for reading in by_codes(used, dimensions).get(cell, []) if cell else used:
                found[reading.entry.key, reading.entry.journal] = reading.top
    return found
