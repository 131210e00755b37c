"""What adopting a proposal would do, beside the figures themselves: which series break, what would have to be reported anew.

Figures and progress are not computed here: they are asked of the same evidence with the register that adopting would leave.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from service.indicators.evidence import Entry, Evidence, version_in_force
from service.indicators.plan import IndicatorPlaced, OverlapResolved, Plan, TargetSet, VersionAdopted
from service.indicators.register import KnownIndicator, Version
from service.indicators.restatement import OUT_OF_SCOPE_REASON, SERIES_BREAK, Restater
from service.indicators.taking import take
from service.models.measure import exactly
from service.models.period import Period
from service.models.vocabulary import BridgeKind, Validation


@dataclass(frozen=True, slots=True)
class SeriesBreak:
    """A series that older values do not enter any more, from `from_period` on."""

    indicator: str
    version: int
    from_period: Period | None
    kind: BridgeKind


def touched(planned: Plan) -> frozenset[str]:
    """The indicators that a plan defines, revises, retires, places, sets or drops a target of, or decides an overlap of."""
    kinds = (VersionAdopted, IndicatorPlaced, TargetSet, OverlapResolved)
    return frozenset(step.indicator for step in planned.steps if isinstance(step, kinds))


def breaks(planned: Plan) -> list[SeriesBreak]:
    """The series that a plan breaks, in the order in which it does."""
    return [
        SeriesBreak(step.indicator, step.version.number, step.version.definition.effective_from, step.version.bridge.kind)
        for step in planned.steps
        if isinstance(step, VersionAdopted) and step.version.bridge and step.version.bridge.kind is BridgeKind.BREAK
    ]


def to_report_anew(before: KnownIndicator, after: Evidence, validation: Validation) -> list[Entry]:
    """The contributions that count today and would not count for their period any more, by actor, period and cell.

    They are of periods that a new version of `after` would govern, and lie behind its break or out of its scope.
    `before` is the indicator as it is decided today, `validation` today's charter's.
    """
    if len(after.versions) == len(before.versions):
        return []
    counting = take(after.entries, validation).counting
    with exactly():
        lost = list(_lost(counting, before, after, _Readers(after.versions)))
    return sorted(lost, key=lambda entry: (entry.actor, entry.period.first_day, entry.period.number, entry.cell))


class _Readers:
    """A restater for each version in whose terms entries are read, made once."""

    def __init__(self, versions: tuple[Version, ...]) -> None:
        self._versions = versions
        self._made: dict[int, Restater] = {}

    def reason(self, entry: Entry, version: Version) -> str | None:
        """Why the entry cannot be read in the terms of `version`; None where it can."""
        if version.number not in self._made:
            self._made[version.number] = Restater(self._versions, version)
        read = self._made[version.number].restate(entry)
        return read if isinstance(read, str) else None


def _lost(counting: tuple[Entry, ...], before: KnownIndicator, after: Evidence, readers: _Readers) -> Iterator[Entry]:
    for entry in counting:
        governed = version_in_force(before.versions, entry.period.first_day)
        governs = version_in_force(after.versions, entry.period.first_day)
        if governed is None or governs is None or governs.number <= len(before.versions):
            continue
        if readers.reason(entry, governs) in (SERIES_BREAK, OUT_OF_SCOPE_REASON) and readers.reason(entry, governed) is None:
            yield entry
