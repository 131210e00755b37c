"""A figure's steps 1 to 5 (`MODEL.md` 4) over columns: take, restate, choose periods, choose the grain, over codes and time.

What `opening.py` decides per entry, since an explanation needs each of them, is decided here for all entries at once:
once per version and cell, per period and per way of reading, however many entries share it. Both make the same figure.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from service.indicators.aggregation import (
    Amount,
    Codes,
    codes_in_order,
    over_time,
)
from service.indicators.columns import Chosen, Columns, Measures, Places, columns_of, distinct, numbered, runs
from service.indicators.evidence import Evidence
from service.indicators.register import Version
from service.indicators.restatement import Place, Restater
from service.indicators.taking import LEFT, NOT_VALIDATED, Exclusion, Reach, choose_periods, exclusions
from service.indicators.ways import Readable, Ways, sums
from service.models.indicator import Definition
from service.models.period import Period, Window
from service.models.vocabulary import MeasureKind, Validation


@dataclass(frozen=True, slots=True)
class Tally:
    """Every actor's amount, and what a figure says of how it came about.

    `totals` are by actor, in order of code; `parts` by the codes asked `by` and actor, codes in the version's order.
    `found`: whether anything could be read at all, in whatever grain.
    """

    version: Version
    totals: Mapping[str, Amount]
    parts: Mapping[Codes, Mapping[str, Amount]]
    flags: frozenset[str]
    exclusions: tuple[Exclusion, ...]
    restated: int
    carried_forward: int
    found: bool


def tally(evidence: Evidence, version: Version, window: Window, by: Codes = (), actors: frozenset[str] | None = None) -> Tally:
    """What `actors` (None: all) make of `window` in the terms of `version`. Exact; to be called within `exactly()`."""
    columns = columns_of(evidence.entries)
    columns = columns if actors is None else columns.of_actors(actors)
    reach, restater = Reach(window, evidence.day, version), Restater(evidence.versions, version)
    material = _gathered(columns, evidence, restater, reach)
    chosen = _of_chosen_periods(material, reach)
    ways = Ways(chosen, restater)
    whole = ways.best(())
    split = ways.best(by) if by else None
    in_time = _in_time(columns.periods)
    totals = _totals(ways, whole, in_time, version.definition)
    parts = {} if split is None else _parts(ways, split, by, in_time, version.definition)
    with_value = {*totals, *(actor for of_actors in parts.values() for actor in of_actors)}
    return Tally(
        version=version,
        totals=totals,
        parts=parts,
        flags=ways.flags(whole),
        exclusions=material.exclusions,
        restated=int(np.count_nonzero(columns.version[material.rows] < version.number)),
        carried_forward=_carried(chosen, reach, with_value),
        found=len(material.rows) > 0,
    )


def _gathered(columns: Columns, evidence: Evidence, restater: Restater, reach: Reach) -> Readable:
    standing = columns.standing(needs_validation=evidence.charter.validation is not Validation.NONE)
    serves = np.array([reach.serves(period) for period in columns.periods], bool)
    waiting = standing.waiting[serves[columns.period[standing.waiting]]]
    left_out = Counter((NOT_VALIDATED, version) for version in columns.version[waiting].tolist())
    rows = standing.counting[serves[columns.period[standing.counting]]]
    has_left = _has_left(columns, rows, evidence, reach)
    left_out.update((LEFT, version) for version in columns.version[rows[has_left]].tolist())
    rows = rows[~has_left]
    forms, form = distinct(columns.version[rows] * len(columns.cells) + columns.cell[rows])
    versions, cells = np.divmod(forms, max(len(columns.cells), 1))
    pairs = zip(versions.tolist(), cells.tolist(), strict=True)
    found = [restater.place(version, columns.cells[cell]) for version, cell in pairs]
    counts = np.bincount(form, minlength=len(forms)).tolist()
    for place, version, count in zip(found, versions.tolist(), counts, strict=True):
        if isinstance(place, str):
            left_out[place, version] += count
    places = [place for place in found if isinstance(place, Place)]
    readable = np.array([isinstance(place, Place) for place in found], bool)
    rows, form = rows[readable[form]], (np.cumsum(readable) - 1)[form[readable[form]]]
    components = _components(columns, rows, restater)
    return Readable(columns, rows, form, versions[readable], cells[readable], places, components, exclusions(left_out))


def _has_left(columns: Columns, rows: Places, evidence: Evidence, reach: Reach) -> Chosen:
    members = [evidence.members.get(code) for code in columns.actors]
    may_have = np.array([member is not None and member.left is not None for member in members], bool)
    gone = np.zeros(len(rows), bool)
    for place in np.flatnonzero(may_have[columns.actor[rows]]).tolist():
        row = rows[place]
        gone[place] = reach.has_left(members[columns.actor[row]], columns.periods[columns.period[row]])
    return gone


def _components(columns: Columns, rows: Places, restater: Restater) -> tuple[Measures, ...]:
    """What adds up of each row, in the terms of the reference version; rows have come over every bridge to it."""
    versions = columns.version[rows]
    found: tuple[Measures, ...] = ()
    for version in distinct(versions)[0].tolist():
        own = versions == version
        converted = restater.convert(version, _of_one_version(columns, rows[own], restater.measure(version)))
        found = found or tuple(np.empty(len(rows), object) for _ in converted)
        for column, values in zip(found, converted, strict=True):
            column[own] = values
    return found


def _of_one_version(columns: Columns, rows: Places, measure: MeasureKind) -> tuple[Measures, ...]:
    if measure is MeasureKind.QUANTITY:
        return (columns.measures["value"][rows],)
    if measure is MeasureKind.RATIO:
        return columns.measures["numerator"][rows], columns.measures["denominator"][rows]
    weight = columns.measures["weight"][rows]
    return columns.measures["value"][rows] * weight, weight


def _of_chosen_periods(material: Readable, reach: Reach) -> Readable:
    """The rows of those periods that make each actor's value."""
    columns, rows = material.columns, material.rows
    pair = columns.actor[rows] * max(len(columns.periods), 1) + columns.period[rows]
    pairs, of_pair = distinct(pair)
    actor, period = np.divmod(pairs, max(len(columns.periods), 1))
    occurring = [columns.periods[place] for place in distinct(period)[0].tolist()]
    if not reach.takes_last and len({one.frequency for one in occurring}) <= 1:
        return material  # None of them lies inside another.
    kept = np.zeros(len(pairs), bool)
    for begin, end in runs(actor):
        own = {columns.periods[place]: begin + at for at, place in enumerate(period[begin:end].tolist())}
        kept[[own[chosen] for chosen in choose_periods(own, reach)]] = True
    return material.kept(kept[of_pair])


def _in_time(periods: Sequence[Period]) -> Places:
    """The places of `periods` in the order in which they end."""
    ordered = sorted(range(len(periods)), key=lambda place: (periods[place].last_day, periods[place].first_day))
    places = np.zeros(len(periods), np.int64)
    places[ordered] = range(len(periods))
    return places


def _totals(ways: Ways, whole: Places, in_time: Places, definition: Definition) -> dict[str, Amount]:
    components = tuple(column[whole] for column in ways.totals)
    amounts = _amounts(ways.actor[whole], in_time[ways.period[whole]], components, definition)
    return _by_code({ways.material.columns.actors[actor]: amount for actor, amount in amounts.items()})


def _by_code(amounts: dict[str, Amount]) -> dict[str, Amount]:
    return {actor: amounts[actor] for actor in sorted(amounts)}


def _amounts(key: Places, time: Places, components: tuple[Measures, ...], definition: Definition) -> dict[int, Amount]:
    """What the periods of each key make, over time."""
    order = np.lexsort((time, key))
    ranked = key[order]
    listed = list(zip(*(column[order].tolist() for column in components), strict=True))
    return {int(ranked[begin]): over_time(definition, listed[begin:end]) for begin, end in runs(ranked)}


def _parts(ways: Ways, split: Places, by: Codes, in_time: Places, definition: Definition) -> dict[Codes, dict[str, Amount]]:
    """Each actor's amount at every combination of codes that occurs."""
    places = ways.material.places
    combinations, of_form = numbered(
        tuple(place.codes[dimension] for dimension in by) if all(dimension in place.codes for dimension in by) else None
        for place in places
    )
    has_codes = np.array([codes is not None for codes in combinations], bool)
    is_split = np.zeros(len(ways.pair), bool)
    is_split[split] = True
    rows = np.flatnonzero(is_split[ways.way] & has_codes[of_form[ways.form]]) if len(ways.way) else ways.way
    columns = ways.material.columns
    many = max(len(combinations), 1)
    keys, totals = sums(ways.way[rows] * many + of_form[ways.form[rows]], tuple(c[rows] for c in ways.components))
    way, combination = np.divmod(keys, many)
    actors = max(len(columns.actors), 1)
    amounts = _amounts(combination * actors + ways.actor[way], in_time[ways.period[way]], totals, definition)
    found: dict[Codes, dict[str, Amount]] = {}
    for key, amount in amounts.items():
        codes = combinations[key // actors]
        assert codes is not None
        found.setdefault(codes, {})[columns.actors[key % actors]] = amount
    return {codes: _by_code(found[codes]) for codes in codes_in_order(found, by, definition)}


def _carried(chosen: Readable, reach: Reach, with_value: set[str]) -> int:
    """How many of the actors with a value owe it to a period older than the last ended one or than the window."""
    if not reach.takes_last:
        return 0
    columns = chosen.columns
    is_carried = [reach.is_carried(period) for period in columns.periods]
    own = set(zip(columns.actor[chosen.rows].tolist(), columns.period[chosen.rows].tolist(), strict=True))
    return sum(is_carried[period] for actor, period in own if columns.actors[actor] in with_value)
