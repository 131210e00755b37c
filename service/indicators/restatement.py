"""Older values in newer terms (`MODEL.md` 3): forward only, version by version, exact."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar

import numpy.typing as npt

from service.indicators.carried import MEASURES_OF
from service.indicators.evidence import Entry
from service.indicators.register import Version
from service.models.indicator import OUT_OF_SCOPE, Bridge, Cell
from service.models.period import Period
from service.models.vocabulary import BridgeKind, MeasureKind

SERIES_BREAK, NEWER_DEFINITION, OUT_OF_SCOPE_REASON = "series_break", "newer_definition", "out_of_scope"

Components = tuple[Decimal, ...]
"""What adds up: `(value,)` of a quantity, `(numerator, denominator)` of a ratio, `(value × weight, weight)` of a mean."""
Number = TypeVar("Number", Decimal, npt.NDArray[Any])


@dataclass(frozen=True, slots=True)
class Restated:
    """An entry in the reference version's terms.

    `codes` holds the code of each of its dimensions that still has one there; a dimension that is gone, or a code without
    a place, is not among them. `grain` is the dimensions it was reported by, as its own version had them; those `gone`
    since are no longer dimensions that could be asked for, not even where a later version has one of the same name.
    """

    actor: str
    period: Period
    version: int
    grain: frozenset[str]
    gone: frozenset[str]
    codes: Mapping[str, str]
    components: Components
    entry: Entry


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cell of one version stands in the reference version: as `Restated` says of an entry."""

    grain: frozenset[str]
    gone: frozenset[str]
    codes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Terms:
    """How an entry reads in one version: its codes there and its measures in the order of `MEASURES_OF`.

    Of a mean these are value and weight, not their product.
    """

    codes: Mapping[str, str]
    measures: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One bridge that an entry came to, into the version of that number. `after` None: it leads no further for this entry."""

    version: int
    bridge: Bridge
    before: Terms
    after: Terms | None


def components_of(entry: Entry, measure: MeasureKind) -> Components:
    """The additive components of a report, in its own terms. Zero is a value; a report always has its measures."""
    if measure is MeasureKind.QUANTITY:
        assert entry.value is not None
        return (entry.value,)
    if measure is MeasureKind.RATIO:
        assert entry.numerator is not None and entry.denominator is not None
        return entry.numerator, entry.denominator
    assert entry.value is not None and entry.weight is not None
    return entry.value * entry.weight, entry.weight


def converted(components: tuple[Number, ...], measure: MeasureKind, bridge: Bridge) -> tuple[Number, ...]:
    """`components` after one bridge: those of an entry, or columns of them.

    The value of a mean is its first component over its weight, so an offset weighs in.
    """
    if bridge.kind is not BridgeKind.CONVERSION:
        return components
    if measure is MeasureKind.RATIO:
        numerator, denominator = components
        return numerator * _or_one(bridge.numerator_factor), denominator * _or_one(bridge.denominator_factor)
    factor, offset = _or_one(bridge.factor), bridge.offset or Decimal(0)
    if measure is MeasureKind.QUANTITY:
        return (components[0] * factor + offset,)
    total, weight = components
    return total * factor + weight * offset, weight


def _or_one(factor: Decimal | None) -> Decimal:
    return Decimal(1) if factor is None else factor


class Restater:
    """Restates entries in one reference version. Built once per question, so that each cell's codes are traced once."""

    def __init__(self, versions: tuple[Version, ...], reference: Version) -> None:
        self.reference = reference
        self._versions = {version.number: version for version in versions}
        self._trace = lru_cache(maxsize=None)(self._traced)
        self.place = lru_cache(maxsize=None)(self._placed)

    def measure(self, version: int) -> MeasureKind:
        """What the version of that number measures."""
        return self._versions[version].definition.measure

    def restate(self, entry: Entry) -> Restated | str:
        """The entry in the reference version's terms, or the reason why it cannot be read in them."""
        place = self.place(entry.version, entry.cell)
        if isinstance(place, str):
            return place
        components = self.convert(entry.version, components_of(entry, self.measure(entry.version)))
        return Restated(entry.actor, entry.period, entry.version, place.grain, place.gone, place.codes, components, entry)

    def convert(self, version: int, components: tuple[Number, ...]) -> tuple[Number, ...]:
        """Components reported under `version` in the reference version's terms, which no break separates."""
        for number in range(version + 1, self.reference.number + 1):
            later = self._versions[number]
            assert later.bridge is not None
            components = converted(components, later.definition.measure, later.bridge)
        return components

    def _placed(self, version: int, cell: Cell) -> Place | str:
        """Where a cell of `version` stands in the reference version, or the reason why it has no reading there."""
        if version > self.reference.number:
            return NEWER_DEFINITION
        codes = dict(cell)
        grain = frozenset(codes)
        gone: set[str] = set()
        for number in range(version + 1, self.reference.number + 1):
            crossed = self._crossed(number, codes)
            if isinstance(crossed, str):
                return crossed
            codes = crossed
            gone |= grain.difference(dimension.code for dimension in self._versions[number].definition.dimensions)
        return Place(grain, frozenset(gone), codes)

    def steps(self, entry: Entry) -> tuple[Step, ...]:
        """The bridges that `restate` takes the entry over, with how it reads before and after each."""
        measure = self.measure(entry.version)
        # With a weight of 1 the first component of a mean is its value, which a weight of 0 would hide.
        components = components_of(replace(entry, weight=Decimal(1)), measure)
        codes, read = dict(entry.cell), self.own_terms(entry)
        steps: list[Step] = []
        for number in range(entry.version + 1, self.reference.number + 1):
            bridge = self._versions[number].bridge
            assert bridge is not None
            crossed = self._crossed(number, codes)
            if isinstance(crossed, str):
                return (*steps, Step(number, bridge, read, None))
            codes, components = crossed, converted(components, self.measure(number), bridge)
            measures = (components[0], read.measures[1]) if measure is MeasureKind.MEAN else components
            before, read = read, Terms(codes, measures)
            steps.append(Step(number, bridge, before, read))
        return tuple(steps)

    def own_terms(self, entry: Entry) -> Terms:
        """The entry as it was reported, in the terms of its own version."""
        measures = MEASURES_OF[self.measure(entry.version)]
        return Terms(dict(entry.cell), tuple(getattr(entry, name) for name in measures))

    def _crossed(self, number: int, codes: dict[str, str]) -> dict[str, str] | str:
        """Codes after the bridge into version `number`, or the reason why they do not get over it."""
        version = self._versions[number]
        assert version.bridge is not None
        if version.bridge.kind is BridgeKind.BREAK:
            return SERIES_BREAK
        landed = {}
        for dimension, code in codes.items():
            now = self._trace(number, dimension, code)
            if now == OUT_OF_SCOPE:
                return OUT_OF_SCOPE_REASON
            if now is not None:
                landed[dimension] = now
        return landed

    def _traced(self, number: int, dimension: str, code: str) -> str | None:
        """What a code of the version before `number` is in it: a code, `_X`, or None where it has no place."""
        version = self._versions[number]
        assert version.bridge is not None
        mapped = ((version.bridge.code_map or {}).get(dimension) or {}) if version.bridge.kind is BridgeKind.CONVERSION else {}
        landed = mapped.get(code, code)
        if landed == OUT_OF_SCOPE:
            return landed
        known = next((d.codes for d in version.definition.dimensions if d.code == dimension), None)
        # A dimension that is gone has no code any more; one that has never lost it keeps it.
        return landed if known is not None and landed in known else None

    def codes_required(self, number: int, dimension: str) -> frozenset[str]:
        """The codes of `dimension` that cells of version `number` need to be complete: all, less those since out of scope."""
        own = next((d.codes for d in self._versions[number].definition.dimensions if d.code == dimension), [])
        return frozenset(code for code in own if not self._goes_out_of_scope(number, dimension, code))

    def _goes_out_of_scope(self, number: int, dimension: str, code: str) -> bool:
        for later in range(number + 1, self.reference.number + 1):
            landed = self._trace(later, dimension, code)
            if landed == OUT_OF_SCOPE:
                return True
            if landed is None:
                return False
            code = landed
        return False
