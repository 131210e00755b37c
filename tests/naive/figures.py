"""MODEL.md 4, naively: a figure in seven steps, in exact fractions, rounded by whoever compares it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from statistics import median

from service.indicators.evidence import Evidence
from service.models.indicator import Definition
from service.models.period import Period, Window
from tests.naive.taking import Grain, Reading, ended_after, expected_codes, serves, take

Codes = tuple[tuple[str, str], ...]
"""One combination of the codes asked for, sorted by dimension."""


@dataclass(frozen=True)
class Result:
    """A value or an interval. Neither, where the denominator is zero or no total exists."""

    value: Fraction | None = None
    lowest: Fraction | None = None
    highest: Fraction | None = None


@dataclass(frozen=True)
class Own:
    """What one actor has for the total or for one code: what adds up, and between which bounds where people repeat."""

    top: Fraction
    bottom: Fraction
    largest: Fraction


@dataclass(frozen=True)
class Answer:
    """A figure. `total` is None where nobody has an answer to it; `reason` says why there is no value.

    `own`: what each actor has for the total.
    """

    version: int
    total: Result = Result()
    by_actor: Mapping[str, Result] = field(default_factory=dict)
    by_dimension: Mapping[Codes, Result] = field(default_factory=dict)
    unallocated: Fraction | None = None
    excluded: Mapping[tuple[str, int], int] = field(default_factory=dict)
    restated: int = 0
    carried_forward: int = 0
    flags: frozenset[str] = frozenset()
    reason: str | None = None
    own: Mapping[str, Own] = field(default_factory=dict)


Amounts = list[tuple[Period, Fraction, Fraction]]


def undecided(
    evidence: Evidence,
    window: Window,
    version: int | None = None,
    by: Iterable[str] = (),
    actors: Iterable[str] | None = None,
) -> Answer:
    """The answer to one question of MODEL.md 4, before anything that was decided of people counted twice: `overlaps.figure`."""
    asked, who = frozenset(by), None if actors is None else frozenset(actors)
    taken = take(evidence, window, version, who)
    definition = taken.version.definition
    if window.first_day > evidence.day:
        return Answer(taken.version.number, reason="not_started")
    totals: dict[str, Own] = {}
    parts: dict[str, dict[Codes, Own]] = {}
    carried = 0
    chosen_anything = False
    flags: set[str] = set()
    for actor in sorted({reading.entry.actor for reading in taken.readings}):
        own_readings = [reading for reading in taken.readings if reading.entry.actor == actor]
        total: Amounts = []
        part: dict[Codes, Amounts] = {}
        periods = chosen_periods(definition, {reading.entry.period for reading in own_readings}, window, evidence.day)
        chosen_anything = chosen_anything or bool(periods)
        for period in periods:
            cells = [reading for reading in own_readings if reading.entry.period == period]
            flags |= flags_of(evidence, taken.version.number, cells)
            grain = chosen_grain(evidence, taken.version.number, cells, frozenset())
            if grain is not None:
                total.append((period, *added(landed(cells, grain))))
            grain = chosen_grain(evidence, taken.version.number, cells, asked)
            if asked and grain is not None:
                for codes, readings in by_codes(landed(cells, grain), asked).items():
                    part.setdefault(codes, []).append((period, *added(readings)))
        if total:
            totals[actor] = over_time(definition, total)
        parts[actor] = {codes: over_time(definition, amounts) for codes, amounts in part.items()}
        if (total or part) and definition.over_time == "last":
            carried += is_older(definition, periods[0], window, evidence.day)
    alone = who is not None and len(who) == 1
    codes_found = {codes for found in parts.values() for codes in found}
    return Answer(
        version=taken.version.number,
        total=over_actors(definition, totals, alone),
        by_actor={actor: over_actors(definition, {actor: own}, True) for actor, own in totals.items()},
        by_dimension={
            codes: over_actors(definition, {actor: found[codes] for actor, found in parts.items() if codes in found}, alone)
            for codes in codes_found
        },
        unallocated=unallocated(definition, totals, parts) if asked else None,
        excluded=taken.excluded,
        restated=taken.restated,
        carried_forward=carried,
        flags=frozenset(flags),
        reason=reason(definition, totals, alone, chosen_anything),
        own=totals,
    )


def chosen_periods(definition: Definition, reported: set[Period], window: Window, day: date) -> list[Period]:
    """Step 3, for one actor: `reported` are the periods it has anything for."""
    if definition.over_time == "last":
        earlier = [period for period in reported if period.last_day <= window.last_day]
        if not earlier:
            return []
        last = max(earlier, key=lambda p: (p.last_day, p.frequency == definition.frequency, p.first_day))
        return [last] if serves(definition, last, window, day) else []
    inside = [period for period in reported if window.contains(period)]
    return sorted(
        (period for period in inside if not any(other.contains(period) for other in inside if other != period)),
        key=lambda period: period.last_day,
    )


def chosen_grain(evidence: Evidence, reference: int, cells: list[Reading], by: frozenset[str]) -> Grain | None:
    """Step 4, for one actor and period. A dimension that is gone cannot be asked for."""
    definition = evidence.version(reference).definition
    wanted = frozenset((dimension, True) for dimension in by)
    grains = {reading.grain for reading in cells if wanted <= reading.grain}
    if definition.over_codes == "none":
        grains &= {wanted}
    return min(
        grains,
        key=lambda grain: (not is_complete(evidence, reference, cells, grain), len(grain), place(evidence, reference, grain)),
        default=None,
    )


def place(evidence: Evidence, reference: int, grain: Grain) -> list[tuple[int, int, str]]:
    """Where a grain stands in the reference version's order; dimensions that are gone come after those still there."""
    order = [dimension.code for dimension in evidence.version(reference).definition.dimensions]
    return sorted((0, order.index(code), "") if still_there else (1, 0, code) for code, still_there in grain)


def is_complete(evidence: Evidence, reference: int, cells: list[Reading], grain: Grain) -> bool:
    """Whether the cells recorded under one of the versions have every code of each dimension of the grain."""
    of_grain = [reading for reading in cells if reading.grain == grain]
    return any(
        all(
            expected_codes(evidence, number, evidence.version(reference), dimension)
            <= {dict(reading.entry.cell)[dimension] for reading in of_grain if reading.entry.version == number}
            for dimension, _ in grain
        )
        for number in {reading.entry.version for reading in of_grain}
    )


def landed(cells: list[Reading], grain: Grain) -> list[Reading]:
    """The cells of a grain, less those that land on the same codes as one recorded under a higher version."""
    of_grain = [reading for reading in cells if reading.grain == grain]
    return [
        reading
        for reading in of_grain
        if not any(other.codes == reading.codes and other.entry.version > reading.entry.version for other in of_grain)
    ]


def by_codes(cells: list[Reading], by: frozenset[str]) -> dict[Codes, list[Reading]]:
    """The cells at each combination of the codes asked for; a cell without a place in one of them is at none."""
    found: dict[Codes, list[Reading]] = {}
    for reading in cells:
        codes = tuple((dimension, code) for dimension, code in reading.codes if dimension in by and code is not None)
        if len(codes) == len(by):
            found.setdefault(codes, []).append(reading)
    return found


def added(cells: list[Reading]) -> tuple[Fraction, Fraction]:
    """Step 5, first half: codes exclude each other, so their components add."""
    return sum((cell.top for cell in cells), Fraction(0)), sum((cell.bottom for cell in cells), Fraction(0))


def flags_of(evidence: Evidence, reference: int, cells: list[Reading]) -> set[str]:
    """What a reader of this actor's total in this period should know."""
    flags = set()
    grain = chosen_grain(evidence, reference, cells, frozenset())
    if grain is not None and not is_complete(evidence, reference, cells, grain):
        flags.add("parts_incomplete")
    if evidence.version(reference).definition.over_codes == "sum":
        complete = [g for g in {reading.grain for reading in cells} if is_complete(evidence, reference, cells, g)]
        if len({added(landed(cells, g)) for g in complete}) > 1:
            flags.add("parts_differ_from_total")
    return flags


def over_time(definition: Definition, amounts: Amounts) -> Own:
    """Step 5, second half: one actor's periods make the window."""
    tops = [top for _, top, _ in amounts]
    bottoms = [bottom for _, _, bottom in amounts]
    top = as_one(definition.over_time, tops)
    bottom = sum(bottoms, Fraction(0))
    if definition.measure == "ratio" and definition.denominator_over_time == "last":
        bottom = max(amounts, key=lambda amount: amount[0].last_day)[2]
    return Own(top, bottom, max(tops))


def as_one(rule: str, values: list[Fraction]) -> Fraction:
    """One value of several, of which there is at least one. `last` and `single` come with one, as does what is nobody's sum."""
    if rule == "mean":
        return sum(values, Fraction(0)) / len(values)
    if rule == "median":
        return Fraction(median(values))
    if rule == "max":
        return max(values)
    if rule == "min":
        return min(values)
    return sum(values, Fraction(0))


def counted(definition: Definition, by_actor: Mapping[str, Own], alone: bool) -> list[Own]:
    """Whose values make the community's. `alone`: the question is about one actor, which shows its own whatever the rule.

    With `single` nobody but the one who is named reports. Where others did, under an older version, nothing says how two
    values for one territory would make one: the one who is named counts, else nobody does.
    """
    if definition.over_actors == "none" and not alone:
        return []
    if definition.over_actors == "single" and len(by_actor) > 1:
        return [own for actor, own in by_actor.items() if actor in definition.contributors]
    return list(by_actor.values())


def over_actors(definition: Definition, by_actor: Mapping[str, Own], alone: bool) -> Result:
    """Step 6, for the total or for one code."""
    own = counted(definition, by_actor, alone)
    if not own:
        return Result()
    if definition.measure != "quantity":
        bottom = sum((each.bottom for each in own), Fraction(0))
        if bottom == 0:
            return Result()
        factor = Fraction(str(definition.factor)) if definition.measure == "ratio" else Fraction(1)
        return Result(factor * sum((each.top for each in own), Fraction(0)) / bottom)
    tops = [each.top for each in own]
    if definition.over_actors == "distinct":
        lowest, highest = max(each.largest for each in own), sum(tops, Fraction(0))
        return Result(lowest if lowest == highest else None, lowest, highest)
    return Result(as_one(definition.over_actors, tops))


def unallocated(definition: Definition, totals: dict[str, Own], parts: dict[str, dict[Codes, Own]]) -> Fraction | None:
    """What reached the total and no code, where quantities add over codes, actors and time."""
    adds = definition.measure == "quantity" and definition.over_codes == "sum" and definition.over_actors == "sum"
    if not (adds and definition.over_time in ("sum", "last") and totals):
        return None
    at_codes = [own.top for found in parts.values() for own in found.values()]
    return sum((own.top for own in totals.values()), Fraction(0)) - sum(at_codes, Fraction(0))


def is_older(definition: Definition, period: Period, window: Window, day: date) -> bool:
    """Whether a value of `period` is older than the last ended reporting period or than the window."""
    return bool(ended_after(definition.frequency, period, window, day)) or period.last_day < window.first_day


def reason(definition: Definition, totals: Mapping[str, Own], alone: bool, chosen_anything: bool) -> str | None:
    """Why there is no value, the first that applies."""
    own = counted(definition, totals, alone)
    if not chosen_anything:
        return "no_entries"
    if (definition.over_actors == "none" and not alone) or (totals and not own):
        return "no_total_over_actors"
    if not totals:
        return "no_such_grain"
    if definition.measure != "quantity" and sum(each.bottom for each in own) == 0:
        return "zero_denominator"
    return None
