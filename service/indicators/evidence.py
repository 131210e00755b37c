"""What a question is answered from: entries, versions, members and targets, all as of one instant. Plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal

from service.indicators.register import DecidedOverlap, SetTargetOf, Version
from service.models.community import Charter, Member
from service.models.indicator import Cell
from service.models.period import Period
from service.models.vocabulary import EntryKind


@dataclass(frozen=True, slots=True)
class Entry:
    """One ledger entry. `journal` orders the entries of a key; `version` was in force for its period when it was recorded.

    Which measures are there follows from its version: `value`, or `numerator` and `denominator`, or `value` and
    `weight`. Withdrawals, validations and contests carry none.
    """

    actor: str
    period: Period
    cell: Cell
    journal: int
    recorded_at: datetime
    version: int
    kind: EntryKind = EntryKind.REPORT
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    weight: Decimal | None = None
    observation_status: str = "A"

    @property
    def key(self) -> tuple[str, Period, Cell]:
        """Actor, period and cell: with the indicator, the key of a contribution."""
        return self.actor, self.period, self.cell


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known of one indicator as of an instant.

    `versions` are those adopted by then, in order; `entries` every ledger entry by then, in journal order; `members` every
    actor by code; `day` is the day of `as_of` in the community's `time_zone`; `overlaps` every decision by then on what people
    counted twice come to, those since replaced among them, the first one first. Narrowing it to what a question needs
    (`of_actors`) or adding a proposed version gives another evidence, asked in the same way.
    """

    indicator: str
    versions: tuple[Version, ...]
    entries: Sequence[Entry]
    members: Mapping[str, Member]
    charter: Charter
    as_of: datetime
    day: date
    targets: tuple[SetTargetOf, ...] = ()
    time_zone: tzinfo = UTC
    overlaps: tuple[DecidedOverlap, ...] = ()

    def of_actors(self, actors: frozenset[str] | None) -> "Evidence":
        """The same with the entries of `actors` only; None keeps all."""
        if actors is None:
            return self
        return replace(self, entries=tuple(entry for entry in self.entries if entry.actor in actors))

    def version(self, number: int) -> Version:
        """The version of that number. Raises KeyError where none was adopted."""
        for version in self.versions:
            if version.number == number:
                return version
        raise KeyError(number)


def version_in_force(versions: tuple[Version, ...], day: date) -> Version | None:
    """The highest-numbered version whose `effective_from` does not begin after `day`; None before the first one's."""
    for version in reversed(versions):
        effective_from = version.definition.effective_from
        if effective_from is None or effective_from.first_day <= day:
            return version
    return None


def reference_version(versions: tuple[Version, ...], day: date) -> Version:
    """The version a figure is shown in by default: in force on `day`, else the first to come into force.

    The second only matters to an indicator whose first definition begins in the future: it has no entries yet, and its
    figure says so in its own terms.
    """
    return version_in_force(versions, day) or versions[0]
