"""Who was due to report, who did, who was late, who is missing (`MODEL.md` 5). Zero reported is reported."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from service.indicators.columns import Columns, Places, columns_of, grouped, runs
from service.indicators.evidence import Evidence, version_in_force
from service.indicators.register import Version
from service.models.period import FREQUENCIES, Period, Window
from service.models.vocabulary import EntryKind, Role

NEVER = np.iinfo(np.int64).max
"""Stands for the row of a report that never came."""


@dataclass(frozen=True, slots=True)
class Completeness:
    """Counts of (actor, period) pairs, and the actors with at least one pair missing, of the `actors_due` who owe any.

    `late` counts pairs that were reported, but the first time after their due day. `latest_period` and `latest_recorded_at` say
    how fresh the figure is: the last period anyone reported within the window, and when the last report came in.
    """

    due: int
    reported: int
    late: int
    missing: tuple[str, ...]
    actors_due: int
    latest_period: Period | None
    latest_recorded_at: datetime | None


@dataclass(frozen=True, slots=True)
class Due:
    """One pair that is due: `first_reported_at` is None while nothing stands reported."""

    actor: str
    period: Period
    due_day: date
    first_reported_at: datetime | None
    is_late: bool


def contributors_of(evidence: Evidence, version: Version) -> tuple[str, ...]:
    """Who is expected to report under `version`: those it names, or all actors but observers; in order of code.

    The support is expected with the others only where it is named: it runs the evaluation and need not be evaluated.
    """
    named = version.definition.contributors
    if isinstance(named, list):
        return tuple(sorted(actor for actor in named if actor in evidence.members))
    return tuple(sorted(actor for actor, member in evidence.members.items() if member.role is Role.MEMBER))


def due_day(period: Period, due_days: int) -> date:
    """The day from which a report of `period` is due: it has been over for `due_days` days."""
    return period.last_day + timedelta(days=1 + due_days)


def dues(evidence: Evidence, version: Version, window: Window, actors: frozenset[str] | None) -> list[Due]:
    """Every pair due by `as_of`'s day in `window`, by actor and period."""
    columns = columns_of(evidence.entries)
    found: dict[str, list[Due]] = {actor: [] for actor in _asked(evidence, version, actors)}
    for pairs in _pairs(evidence, version, window, actors):
        for actor, row in zip(pairs.actors, pairs.first.tolist(), strict=True):
            at = None if row == NEVER else columns.entries_at[columns.journal[row]][1]
            is_late = at is not None and at.astimezone(evidence.time_zone).date() > pairs.due_day
            found[actor].append(Due(actor, pairs.period, pairs.due_day, at, is_late))
    return [due for own in found.values() for due in own]


def completeness(evidence: Evidence, version: Version, window: Window, actors: frozenset[str] | None = None) -> Completeness:
    """The completeness of a figure over `window` in the terms of `version`, over `actors` (None: all)."""
    columns = columns_of(evidence.entries)
    due = reported = late = 0
    missing: set[str] = set()
    owing: set[str] = set()
    for pairs in _pairs(evidence, version, window, actors):
        is_missing = pairs.first == NEVER
        due += len(pairs.actors)
        owing.update(pairs.actors)
        reported += len(pairs.actors) - int(np.count_nonzero(is_missing))
        missing.update(pairs.actors[place] for place in np.flatnonzero(is_missing).tolist())
        entries, times = np.unique(columns.journal[pairs.first[~is_missing]], return_counts=True)
        for entry, count in zip(entries.tolist(), times.tolist(), strict=True):
            if columns.entries_at[entry][1].astimezone(evidence.time_zone).date() > pairs.due_day:
                late += count
    latest = _latest(columns, window, actors)
    return Completeness(
        due=due,
        reported=reported,
        late=late,
        missing=tuple(sorted(missing)),
        actors_due=len(owing),
        latest_period=latest[0] if latest else None,
        latest_recorded_at=latest[1] if latest else None,
    )


@dataclass(frozen=True, slots=True)
class _Pairs:
    """The actors that owe one period, and each one's row with its first report of it, or `NEVER`."""

    period: Period
    due_day: date
    actors: Sequence[str]
    first: Places


def _pairs(evidence: Evidence, version: Version, window: Window, actors: frozenset[str] | None) -> Iterator[_Pairs]:
    """Period by period, the pairs that are due by `as_of`'s day."""
    asked = _asked(evidence, version, actors)
    moving = [place for place, actor in enumerate(asked) if evidence.members[actor].is_temporary]
    first_reports = _first_reports(evidence, asked)
    for period in window.periods(version.definition.frequency):
        day = due_day(period, evidence.charter.due_days)
        if day > evidence.day:
            return
        if not _governed(evidence, period):
            continue
        holding = [first_reports[one] for one in _holding(period) if one in first_reports]
        first = np.minimum.reduce(holding) if holding else np.full(len(asked), NEVER)
        away = [place for place in moving if not evidence.members[asked[place]].belongs_in(period.first_day, period.last_day)]
        if away:
            owing = np.delete(np.arange(len(asked)), away)
            yield _Pairs(period, day, [asked[place] for place in owing.tolist()], first[owing])
        else:
            yield _Pairs(period, day, asked, first)


def _asked(evidence: Evidence, version: Version, actors: frozenset[str] | None) -> list[str]:
    return [actor for actor in contributors_of(evidence, version) if actors is None or actor in actors]


def _first_reports(evidence: Evidence, asked: Sequence[str]) -> dict[Period, Places]:
    """Per period that something stands reported for, the row of the first report of each actor of `asked`, or `NEVER`."""
    columns = columns_of(evidence.entries)
    places = {actor: place for place, actor in enumerate(asked)}
    place_of = np.array([places.get(actor, len(asked)) for actor in columns.actors], np.int64)
    actor, period, row = columns.first_reports()
    order, _ = grouped(period)
    found = {}
    for begin, end in runs(period[order]):
        own = order[begin:end]
        # One place more, for those that are not asked about.
        first = np.full(len(asked) + 1, NEVER)
        first[place_of[actor[own]]] = row[own]
        found[columns.periods[period[own[0]]]] = first[:-1]
    return found


def _holding(period: Period) -> Iterator[Period]:
    """The periods that hold `period`, itself among them: at most one of each frequency."""
    for frequency in FREQUENCIES:
        holding = Period.containing(frequency, period.first_day)
        if holding.contains(period):
            yield holding


def _governed(evidence: Evidence, period: Period) -> bool:
    # A period before the first version's could not be reported: nobody owes it.
    return version_in_force(evidence.versions, period.first_day) is not None


def _latest(columns: Columns, window: Window, actors: frozenset[str] | None) -> tuple[Period, datetime] | None:
    """The last period inside the window that anybody reported, and when the last report of any came in."""
    is_inside = np.array([window.contains(period) for period in columns.periods], bool)
    is_asked = np.array([actors is None or actor in actors for actor in columns.actors], bool)
    is_report = columns.kind == EntryKind.REPORT
    rows = np.flatnonzero(is_report & is_inside[columns.period] & is_asked[columns.actor]) if len(columns) else columns.actor
    if not len(rows):
        return None
    periods = [columns.periods[place] for place in np.unique(columns.period[rows]).tolist()]
    # The journal is in the order of time.
    last = columns.entries_at[columns.journal[rows[-1]]][1]
    return max(periods, key=lambda period: (period.last_day, period.first_day)), last
