"""What a community has published for those who are no members, closing after closing (`MODEL.md` 5, the charter's protections).

Only closed periods are published, over fixed windows: the indicator's own reporting periods and calendar years. A period is
shown as it was when a period was closed last, unless going there from what was shown before would tell what one or two actors
corrected, or a small number: then it stays as it was shown. So what is shown follows from the journal alone, whoever asked
what and when.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import zip_longest

from service.indicators.evidence import Entry, Evidence, reference_version
from service.indicators.lattice import Lattice, Place, lattice
from service.indicators.register import Version
from service.indicators.suppression import FEWEST_ACTORS, Known, Protection, select
from service.indicators.taking import take
from service.models.period import Period, Window
from service.models.vocabulary import OverTime


@dataclass(frozen=True, slots=True)
class Publication:
    """A moment from which something else may be shown: a period was closed, or the charter protects otherwise.

    `evidence` is what was known then, `number` its journal entry, `closed` which periods were closed. With `protection`
    that protects nothing, what was shown then was no matter of publication.
    """

    number: int
    evidence: Evidence
    closed: frozenset[Period]
    protection: Protection


@dataclass(frozen=True, slots=True)
class Table:
    """One calendar year as it is shown: its windows, and where its numbers are not hidden. `mark`: what it was made from."""

    windows: tuple[Period, ...]
    rows: Mapping[Place, frozenset[str]]
    shown: frozenset[Place]
    mark: object


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown after some publications. `shown_at`: up to which journal entry each period's entries are in it."""

    evidence: Evidence | None = None
    protection: Protection = field(default_factory=Protection)
    shown_at: Mapping[Period, int] = field(default_factory=dict)
    tables: Mapping[Period, Table] = field(default_factory=dict)
    known: Known = field(default_factory=Known)

    @property
    def version(self) -> Version:
        """The version in whose terms it is shown."""
        assert self.evidence is not None
        return reference_version(self.evidence.versions, self.evidence.day)

    def windows(self) -> list[Period]:
        """The windows that can be asked for, in order, a year after its periods."""
        found = [window for table in self.tables.values() for window in table.windows]
        return sorted(found, key=lambda window: (window.last_day, window.frequency == "A", window.first_day))

    def latest(self) -> Period | None:
        """The window that is meant where none is named: the last year that is closed, else the last period."""
        windows = self.windows()
        years = [window for window in windows if window.frequency == "A"]
        return next(reversed(years or windows), None)

    def window_of(self, days: Window) -> Period | None:
        """The window that covers exactly these days; None where none is shown."""
        return next((one for one in self.windows() if (one.first_day, one.last_day) == (days.first_day, days.last_day)), None)

    def window_read_over(self, days: Window) -> Period | None:
        """The window whose value is that over these days: of a `last`, any that lies in them and ends with them."""
        alike = [one for one in self.windows() if one.last_day == days.last_day and one.first_day >= days.first_day]
        if alike and self.version.definition.over_time is OverTime.LAST:
            return alike[0]
        return self.window_of(days)

    def shows(self, place: Place) -> bool:
        """Whether the number there is shown."""
        table = self.tables.get(Period.containing("A", place.window.last_day))
        return table is not None and place in table.shown

    def tells_lowest(self, window: Period) -> bool:
        """Whether, where people may be counted twice, the least can be shown, which is the largest single value."""
        table = self.tables[Period.containing("A", window.last_day)]
        return not self.protection.hides_actors and table.shown == table.rows.keys()

    def why_hidden(self, place: Place) -> str:
        """Why the number there is not shown: `too_few_actors` or `suppressed`."""
        table = self.tables.get(Period.containing("A", place.window.last_day))
        actors = table.rows.get(place) if table is not None else None
        few = self.protection.hides_actors and actors is not None and len(actors) < FEWEST_ACTORS
        return "too_few_actors" if few else "suppressed"


def after(shown: Shown, publication: Publication) -> Shown:
    """What is shown once `publication` has come on top of what was."""
    protection, evidence = publication.protection, publication.evidence
    if not protection:
        return replace(shown, evidence=None, protection=protection, tables={})
    version = reference_version(evidence.versions, evidence.day)
    shown_at = _moved_on(shown, publication, version)
    published = _as_shown(evidence, {period: at for period, at in shown_at.items() if _is_closed(period, publication.closed)})
    tables, known = {}, shown.known
    for year, windows in _windows(version, publication.closed).items():
        mark = (_frame(evidence, version, year), protection, windows, _marks(published, version, year))
        before = shown.tables.get(year)
        if before is not None and before.mark == mark:
            tables[year] = before
            continue
        made = lattice(published, version, windows, year, with_actors=_with_actors(protection))
        places, known = select(made, protection, known)
        tables[year] = Table(windows, {place: row.actors for place, row in made.rows.items()}, places, mark)
    return Shown(published, protection, shown_at, tables, known)


def _with_actors(protection: Protection) -> bool:
    return not protection.hides_actors


def _is_closed(period: Period, closed: Iterable[Period]) -> bool:
    return any(one.contains(period) for one in closed)


def _windows(version: Version, closed: frozenset[Period]) -> dict[Period, tuple[Period, ...]]:
    """By calendar year, its closed reporting periods, and the year itself where it has no other. Years in order."""
    frequency = version.definition.frequency
    found = {period for one in closed for period in Window.over(one, one).periods(frequency)}
    by_year: dict[Period, tuple[Period, ...]] = {}
    for period in sorted(found, key=lambda period: period.ordinal):
        year = Period.containing("A", period.last_day)
        by_year[year] = (*by_year.get(year, ()), period)
    for year, periods in by_year.items():
        if frequency != "A" and {*Window.over(year, year).periods(frequency)} <= {*periods}:
            by_year[year] = (*periods, year)
    return by_year


def _moved_on(shown: Shown, publication: Publication, version: Version) -> dict[Period, int]:
    """Up to which journal entry each period's entries are shown from now on."""
    evidence, protection = publication.evidence, publication.protection
    moved = dict(shown.shown_at)
    later: list[Period] = []
    for period, entries in _by_period(evidence.entries, publication.closed).items():
        if period not in moved:
            moved[period] = publication.number
            continue
        touched = _touched(entries, moved[period], evidence)
        if not touched:
            moved[period] = publication.number
        elif not protection.hides_actors or len(touched) >= FEWEST_ACTORS:
            later.append(period)
    for period in later:
        ahead = moved | {period: publication.number}
        if not protection.minimum or not _differs_little(evidence, version, period, (moved, ahead), protection):
            moved = ahead
    return moved


def _by_period(entries: Iterable[Entry], closed: frozenset[Period]) -> dict[Period, list[Entry]]:
    found: dict[Period, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.period, []).append(entry)
    return {period: own for period, own in found.items() if _is_closed(period, closed)}


def _touched(entries: list[Entry], number: int, evidence: Evidence) -> set[str]:
    """The actors for whom, of one period's entries, others count than did up to the journal entry `number`."""
    validation = evidence.charter.validation
    now = {(one.key, one.journal) for one in take(entries, validation).counting}
    then = {(one.key, one.journal) for one in take([one for one in entries if one.journal <= number], validation).counting}
    return {actor for (actor, _, _), _ in now ^ then}


def _differs_little(
    evidence: Evidence,
    version: Version,
    period: Period,
    states: tuple[Mapping[Period, int], Mapping[Period, int]],
    protection: Protection,
) -> bool:
    """Whether some number of the window that `period` lies in would differ by a small one."""
    own = Period.containing(version.definition.frequency, period.last_day)
    window = own if own.contains(period) else period
    before, ahead = (
        lattice(_as_shown(evidence, state), version, (window,), window, with_actors=_with_actors(protection))
        for state in states
    )
    return any(protection.is_small(difference) for difference in _differences(before, ahead))


def _differences(one: Lattice, other: Lattice) -> Iterator[Fraction]:
    for place in one.rows.keys() | other.rows.keys():
        before, ahead = (side.rows[place].counts if place in side.rows else () for side in (one, other))
        yield from (late - early for early, late in zip_longest(before, ahead, fillvalue=Fraction(0)))


def _as_shown(evidence: Evidence, shown_at: Mapping[Period, int]) -> Evidence:
    """The evidence with the entries of these periods only, each up to its journal entry."""
    return replace(evidence, entries=tuple(one for one in evidence.entries if one.journal <= shown_at.get(one.period, -1)))


def _frame(evidence: Evidence, version: Version, year: Period) -> object:
    """All but entries that a number of `year` depends on. The day does not matter once the year is over."""
    day = None if year.ended_by(evidence.day) else evidence.day
    members = tuple(sorted((actor, member.joined, member.left) for actor, member in evidence.members.items()))
    return version.number, len(evidence.versions), repr(members), evidence.charter.validation, day


def _marks(published: Evidence, version: Version, year: Period) -> object:
    """The entries that the numbers of `year` can rest on: those of its periods, and for `last` those before."""
    earlier = version.definition.over_time is OverTime.LAST
    return tuple(
        (one.key, one.journal)
        for one in published.entries
        if one.period.last_day <= year.last_day and (earlier or one.period.last_day >= year.first_day)
    )
