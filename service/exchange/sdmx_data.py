"""SDMX-CSV 2.0: what the ledger holds, one observation a line, digits as they were reported."""

import csv
from bisect import bisect
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TextIO

from service.indicators.carried import MEASURES, one_value
from service.indicators.definition import column_name
from service.indicators.register import KnownIndicator, Register, Version
from service.indicators.sdmx import (
    ATTRIBUTES,
    KEYS,
    NOT_APPLICABLE,
    code_id,
    has_derived_value,
    sdmx_dimensions,
    structure_id,
)
from service.models.indicator import TOTAL, Cell
from service.models.instant import instant_text
from service.models.measure import measure_text, rounded
from service.models.period import Period
from service.models.vocabulary import BridgeKind, EntryKind, MeasureKind
from service.records.entries import NEVER_REPORTED, Key, KeyState, LedgerRow
from service.records.ledger import Recorded

DATA_TYPE = "application/vnd.sdmx.data+csv"
INFORMATION, APPEND, DELETE = "I", "A", "D"
BREAK = "B"
_TOLD = 1 + len(ATTRIBUTES) - 3
"""OBS_VALUE and the attributes, but those that say how the observation stands and since when."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for beside what stands: only what changed after an instant, and what stood before it was changed."""

    updated_after: datetime | None = None
    history: bool = False

    @property
    def tells_changes(self) -> bool:
        """Whether withdrawals are told."""
        return self.history or self.updated_after is not None


@dataclass(frozen=True, slots=True)
class Observation:
    """A report or a withdrawal of one key. `begins`: the series breaks here. `status`: how it stands; "" once replaced."""

    row: LedgerRow
    action: str
    begins: bool
    status: str
    since: datetime
    until: datetime | None


def observations(
    indicator: KnownIndicator,
    said: Iterable[tuple[Key, Sequence[Recorded]]],
    wanted: Wanted,
    status: Callable[[KeyState], str],
) -> Iterator[Observation]:
    """What is told of one indicator's keys, which come by period, each with all that was said of it, oldest first.

    A series, one actor's cell, breaks at its first period on the other side of a `break` from the period before it.
    """
    breaks = [one.number for one in indicator.versions if one.bridge is not None and one.bridge.kind is BridgeKind.BREAK]
    eras: dict[tuple[str, int, int], int] = {}
    for key, recorded in said:
        series = Period.from_number(key.period).frequency, key.actor, key.cell
        before = eras.get(series)
        state = NEVER_REPORTED
        for one in recorded:
            state = state.after(one.row, one.journal)
        if breaks and state.last is not None and not state.withdrawn:
            eras[series] = bisect(breaks, state.last.version)
        told = [one for one in recorded if one.row.kind in (EntryKind.REPORT, EntryKind.WITHDRAWAL)]
        touched = recorded[-1].instant
        for place, one in enumerate(told):
            following = told[place + 1].instant if place + 1 < len(told) else None
            changed = one.instant if wanted.history else touched
            is_report = one.row.kind == EntryKind.REPORT
            if following is not None and not wanted.history:
                continue
            if wanted.updated_after is not None and changed <= wanted.updated_after:
                continue
            if not is_report and not wanted.tells_changes:
                continue
            begins = is_report and before is not None and bisect(breaks, one.row.version) != before
            action = DELETE if not is_report else APPEND if wanted.tells_changes else INFORMATION
            yield Observation(one.row, action, begins, status(state) if following is None else "", one.instant, following)


class SdmxData:
    """Writes observations of one community to `file`, beginning with the header."""

    def __init__(self, file: TextIO, register: Register, neutral: Callable[[str], str]) -> None:
        self._write = csv.writer(file, lineterminator="\r\n").writerow
        self._register = register
        self._neutral = neutral
        self._structure = structure_id(register)
        self._dimensions = [dimension.name for dimension in sdmx_dimensions(register)]
        ids = [dimension.id for dimension in sdmx_dimensions(register)]
        self._write(["STRUCTURE", "STRUCTURE_ID", "ACTION", *KEYS, *ids, "TIME_PERIOD", "OBS_VALUE", *ATTRIBUTES])

    def add(self, indicator: KnownIndicator, observation: Observation, actor: str, cell: Cell) -> None:
        """Writes one observation of `indicator`."""
        row = observation.row
        version = indicator.versions[row.version - 1]
        period = Period.from_number(row.period)
        told = [""] * _TOLD if observation.action == DELETE else self._told(indicator, version, observation)
        until = "" if observation.until is None else instant_text(observation.until)
        self._write(
            [
                "dataflow",
                self._structure,
                observation.action,
                period.frequency,
                indicator.code,
                actor,
                *self._codes(version, cell),
                str(period),
                *told,
                observation.status,
                instant_text(observation.since),
                until,
            ]
        )

    def _codes(self, version: Version, cell: Cell) -> list[str]:
        own = {column_name(dimension.code): TOTAL for dimension in version.definition.dimensions}
        own |= {column_name(dimension): code_id(code) for dimension, code in cell}
        return [own.get(name, NOT_APPLICABLE) for name in self._dimensions]

    def _told(self, indicator: KnownIndicator, version: Version, observation: Observation) -> list[str]:
        row, unit = observation.row, version.definition.unit
        measures = {name: getattr(row, name) for name in MEASURES}
        texts = {name: "" if number is None else measure_text(number) for name, number in measures.items()}
        if version.definition.measure is MeasureKind.RATIO and has_derived_value(indicator):
            value = one_value(version.definition, measures)
            texts["value"] = "" if value is None else measure_text(rounded(value))
        label = unit.code or unit.label.get(self._register.settings.language) or next(iter(unit.label.values()))
        return [
            texts["value"],
            row.observation_status or "",
            texts["numerator"],
            texts["denominator"],
            texts["weight"],
            self._neutral(row.comment or ""),
            self._neutral(row.evidence or ""),
            self._neutral(label),
            BREAK if observation.begins else "",
            str(row.version),
        ]
