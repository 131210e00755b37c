"""A figure's steps 1 to 5 (`MODEL.md` 4) entry by entry: what became of each, for an explanation and for who asks of entries.

It is what `tally.py` makes of columns, and must come to the same: the tests hold the two against each other, and both against
a model of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from service.indicators.aggregation import (
    PARTS_DIFFER,
    PARTS_INCOMPLETE,
    Amount,
    Codes,
    Reading,
    choose,
    codes_in_order,
    over_time,
    readings,
)
from service.indicators.evidence import Evidence
from service.indicators.register import Version
from service.indicators.restatement import Restated, Restater
from service.indicators.taking import Material, Reach, choose_periods, gather, take
from service.indicators.tally import Tally
from service.models.indicator import Definition
from service.models.period import Period, Window
from service.models.vocabulary import OverCodes


class PeriodReading(NamedTuple):
    """A period that was chosen, every way of reading it, and which of them made the total and the values at the codes asked
    `by`: None where none of them answers that."""

    period: Period
    ways: tuple[Reading, ...]
    whole: Reading | None
    split: Reading | None


@dataclass(frozen=True, slots=True)
class ActorReading:
    """How one actor's value was read: its chosen periods and what they make."""

    actor: str
    periods: tuple[PeriodReading, ...]
    total: Amount | None
    parts: Mapping[Codes, Amount]
    flags: frozenset[str]


@dataclass(frozen=True, slots=True)
class Read:
    """How a window was read: what was within reach, and every actor's readings of it."""

    material: Material
    reach: Reach
    actors: tuple[ActorReading, ...]

    def tally(self, by: Codes) -> Tally:
        """The same as `tally.tally` finds without looking at each entry; `by` is what was asked."""
        occurring = {codes for reading in self.actors for codes in reading.parts}
        return Tally(
            version=self.reach.version,
            totals={reading.actor: reading.total for reading in self.actors if reading.total is not None},
            parts={
                codes: {reading.actor: reading.parts[codes] for reading in self.actors if codes in reading.parts}
                for codes in codes_in_order(occurring, by, self.reach.version.definition)
            },
            flags=frozenset(flag for reading in self.actors for flag in reading.flags),
            exclusions=self.material.exclusions,
            restated=self.material.restated_count,
            carried_forward=self._carried_forward(),
            found=bool(self.actors),
        )

    def _carried_forward(self) -> int:
        if not self.reach.takes_last:
            return 0
        with_value = [reading for reading in self.actors if reading.total is not None or reading.parts]
        return sum(self.reach.is_carried(reading.periods[0].period) for reading in with_value)


def read(evidence: Evidence, version: Version, window: Window, by: Codes = (), actors: frozenset[str] | None = None) -> Read:
    """What `actors` (None: all) reported of `window`, in the terms of `version`. Exact; to be called within `exactly()`."""
    own = evidence.of_actors(actors)
    reach = Reach(window, evidence.day, version)
    restater = Restater(evidence.versions, version)
    material = gather(own, take(own.entries, own.charter.validation), restater, reach)
    return Read(material, reach, tuple(_read_actors(material, by, restater, reach)))


def _read_actors(material: Material, by: Codes, restater: Restater, reach: Reach) -> list[ActorReading]:
    by_actor: dict[str, dict[Period, list[Restated]]] = {}
    for entry in material.restated:
        by_actor.setdefault(entry.actor, {}).setdefault(entry.period, []).append(entry)
    return [_read_actor(actor, by_actor[actor], by, restater, reach) for actor in sorted(by_actor)]


def _read_actor(actor: str, found: dict[Period, list[Restated]], by: Codes, restater: Restater, reach: Reach) -> ActorReading:
    definition = restater.reference.definition
    periods = tuple(
        _read_period(period, tuple(readings(found[period], restater)), by, definition)
        for period in choose_periods(found, reach)
    )
    totals, flags = [], set()
    parts: dict[Codes, list[tuple[Decimal, ...]]] = {}
    for _, ways, whole, split in periods:
        if whole is not None:
            totals.append(whole.total)
            flags |= _flags(whole, ways, definition)
        for codes, components in (split.by(by) if split else {}).items():
            parts.setdefault(codes, []).append(components)
    return ActorReading(
        actor,
        periods,
        over_time(definition, totals) if totals else None,
        {codes: over_time(definition, made) for codes, made in parts.items()},
        frozenset(flags),
    )


def _read_period(period: Period, ways: tuple[Reading, ...], by: Codes, definition: Definition) -> PeriodReading:
    return PeriodReading(period, ways, choose(ways, (), definition), choose(ways, by, definition) if by else None)


def _flags(whole: Reading, ways: tuple[Reading, ...], definition: Definition) -> set[str]:
    if definition.over_codes is OverCodes.NONE:
        return set()
    flags = set() if whole.complete else {PARTS_INCOMPLETE}
    if len({way.total for way in ways if way.complete}) > 1:
        flags.add(PARTS_DIFFER)
    return flags
