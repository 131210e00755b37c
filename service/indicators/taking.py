"""What counts of every key (`MODEL.md` 2), and which of it a window can use (`MODEL.md` 4, steps 1 to 3)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from service.indicators.evidence import Entry, Evidence
from service.indicators.register import Version
from service.indicators.restatement import NEWER_DEFINITION, OUT_OF_SCOPE_REASON, SERIES_BREAK, Restated, Restater
from service.models.community import Member
from service.models.indicator import Cell
from service.models.period import Period, Window, last_ended
from service.models.vocabulary import EntryKind, Nature, OverTime, Validation

NOT_VALIDATED, LEFT = "not_validated", "left"
REASONS = (NOT_VALIDATED, LEFT, NEWER_DEFINITION, SERIES_BREAK, OUT_OF_SCOPE_REASON)
"""Why an entry is left out, in the order in which they are tried and told."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The entries that count, and the last reports of keys whose last entry does not (yet) count."""

    counting: tuple[Entry, ...]
    waiting: tuple[Entry, ...]


def take(entries: Iterable[Entry], validation: Validation) -> Taken:
    """What counts of each key. `entries` are in journal order.

    Without validation a key counts by its last report, unless a withdrawal follows it. With validation it counts by its
    last entry validated after its last contest; a withdrawal waits for validation like any other entry, since taking a
    validated value out changes the figure as much as correcting it.
    """
    needs_validation = validation is not Validation.NONE
    last: dict[tuple[str, Period, Cell], Entry] = {}
    valid: dict[tuple[str, Period, Cell], Entry | None] = {}
    for entry in entries:
        if entry.kind in (EntryKind.REPORT, EntryKind.WITHDRAWAL):
            last[entry.key] = entry
        elif entry.kind is EntryKind.VALIDATION:
            valid[entry.key] = last[entry.key]
        else:
            valid[entry.key] = None
    counting, waiting = [], []
    for key, entry in last.items():
        counted = valid.get(key) if needs_validation else entry
        if counted is not None and counted.kind is EntryKind.REPORT:
            counting.append(counted)
        if entry.kind is EntryKind.REPORT and counted is not entry:
            waiting.append(entry)
    return Taken(tuple(counting), tuple(waiting))


@dataclass(frozen=True, slots=True)
class Reach:
    """Which periods a window can use, and for `last`, up to when one may be late."""

    window: Window
    day: date
    version: Version

    @property
    def closing_day(self) -> date:
        """The window's end or the last day before `as_of`'s, whichever is earlier: the last day that is over by then."""
        return min(self.window.last_day, self.day - timedelta(days=1))

    @property
    def takes_last(self) -> bool:
        """Whether one period serves, rather than all inside."""
        return self.version.definition.over_time is OverTime.LAST

    @property
    def days(self) -> Window:
        """Of the periods that have none of these days, neither value nor completeness depends on anything."""
        if not self.takes_last:
            return self.window
        definition = self.version.definition
        if definition.nature is Nature.CUMULATIVE:
            return Window(date.min, self.window.last_day)
        ended = last_ended(definition.frequency, self.closing_day)
        first = Period.containing(definition.frequency, date.min).ordinal
        earliest = Period(definition.frequency, max(first, ended.ordinal - definition.carry_forward))
        return Window(min(earliest.last_day, self.window.first_day), self.window.last_day)

    def serves(self, period: Period) -> bool:
        """Whether entries of `period` can enter: inside the window, or for `last` recent enough."""
        if not self.takes_last:
            return self.window.contains(period)
        if period.last_day > self.window.last_day:
            return False
        if self.version.definition.nature is Nature.CUMULATIVE:
            return True
        frequency = self.version.definition.frequency
        ended_after = last_ended(frequency, self.closing_day).ordinal - last_ended(frequency, period.last_day).ordinal
        return ended_after <= self.version.definition.carry_forward

    def is_carried(self, period: Period) -> bool:
        """Whether a chosen period is older than the last ended reporting period or than the window."""
        ended = last_ended(self.version.definition.frequency, self.closing_day)
        return period.last_day < ended.last_day or period.last_day < self.window.first_day

    def has_left(self, member: Member | None, period: Period) -> bool:
        """Whether a stock of `period` went with the actor that reported it."""
        if member is None or member.left is None or self.version.definition.nature is not Nature.STOCK:
            return False
        if period.last_day >= member.left:
            return True
        return self.takes_last and min(self.window.last_day, self.day) >= member.left


@dataclass(frozen=True, slots=True)
class Exclusion:
    """How many entries of one version were left out for one reason."""

    reason: str
    version: int
    entries: int


@dataclass(frozen=True, slots=True)
class Material:
    """What a figure is made of: restated entries within reach, and those left out with the reason."""

    restated: tuple[Restated, ...]
    left_out: tuple[tuple[str, Entry], ...]
    reference: Version

    @property
    def restated_count(self) -> int:
        """How many entries were taken under an older version."""
        return sum(item.version < self.reference.number for item in self.restated)

    @property
    def exclusions(self) -> tuple[Exclusion, ...]:
        """What is left out, counted by reason and the entry's own version."""
        return exclusions(Counter((reason, entry.version) for reason, entry in self.left_out))


def exclusions(counts: Mapping[tuple[str, int], int]) -> tuple[Exclusion, ...]:
    """How many entries were left out by reason and version, in the order of `REASONS`."""
    ordered = sorted(counts, key=lambda pair: (REASONS.index(pair[0]), pair[1]))
    return tuple(Exclusion(reason, version, counts[reason, version]) for reason, version in ordered)


def gather(evidence: Evidence, taken: Taken, restater: Restater, reach: Reach) -> Material:
    """Takes and restates what is within `reach`; every entry that stays out is named with the first reason that applies."""
    restated: list[Restated] = []
    left_out: list[tuple[str, Entry]] = [(NOT_VALIDATED, entry) for entry in taken.waiting if reach.serves(entry.period)]
    for entry in taken.counting:
        if not reach.serves(entry.period):
            continue
        if reach.has_left(evidence.members.get(entry.actor), entry.period):
            left_out.append((LEFT, entry))
            continue
        read = restater.restate(entry)
        if isinstance(read, str):
            left_out.append((read, entry))
        else:
            restated.append(read)
    return Material(tuple(restated), tuple(left_out), restater.reference)


def choose_periods(by_period: Mapping[Period, object], reach: Reach) -> tuple[Period, ...]:
    """The periods of one actor that make its value, in order of their last day (`MODEL.md` 4, step 3)."""
    if reach.takes_last:
        own = reach.version.definition.frequency
        return (max(by_period, key=lambda p: (p.last_day, p.frequency == own, p.first_day)),)
    chosen: list[Period] = []
    reached = date.min
    # Longer ones first among those that begin together: whatever holds a period comes before it, and reaches furthest.
    for period in sorted(by_period, key=lambda p: (p.first_day, -p.last_day.toordinal())):
        if period.last_day > reached:
            chosen.append(period)
            reached = period.last_day
    return tuple(sorted(chosen, key=lambda period: (period.last_day, period.first_day)))
