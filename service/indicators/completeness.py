"""Who was due to report, who did, who was late, who is missing (`MODEL.md` 5). Zero reported is reported."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from service.indicators.evidence import Evidence, version_in_force
from service.indicators.register import Version
from service.models.indicator import Cell
from service.models.period import FREQUENCIES, Period, Window
from service.models.vocabulary import EntryKind, Role


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
    reports = _reports(evidence)
    found = []
    for actor in contributors_of(evidence, version):
        if actors is not None and actor not in actors:
            continue
        for period in window.periods(version.definition.frequency):
            day = due_day(period, evidence.charter.due_days)
            if day > evidence.day:
                break
            if evidence.members[actor].belongs_in(period.first_day, period.last_day) and _governed(evidence, period):
                own = reports.get(actor, {})
                first = min((own[holding] for holding in _holding(period) if holding in own), default=None)
                is_late = first is not None and first.astimezone(evidence.time_zone).date() > day
                found.append(Due(actor, period, day, first, is_late))
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


def _reports(evidence: Evidence) -> dict[str, dict[Period, datetime]]:
    """Per actor, the periods with a key whose last entry is a report, and when the first of its reports came in."""
    first: dict[tuple[str, Period, Cell], datetime] = {}
    last: dict[tuple[str, Period, Cell], EntryKind] = {}
    for entry in evidence.entries:
        if entry.kind is EntryKind.REPORT:
            first.setdefault(entry.key, entry.recorded_at)
        if entry.kind in (EntryKind.REPORT, EntryKind.WITHDRAWAL):
            last[entry.key] = entry.kind
    found: dict[str, dict[Period, datetime]] = {}
    for key, kind in last.items():
        if kind is EntryKind.REPORT:
            actor, period, _ = key
            standing = found.setdefault(actor, {})
            standing[period] = min(first[key], standing.get(period, first[key]))
    return found


def completeness(evidence: Evidence, version: Version, window: Window, actors: frozenset[str] | None = None) -> Completeness:
    """The completeness of a figure over `window` in the terms of `version`, over `actors` (None: all)."""
    pairs = dues(evidence, version, window, actors)
    missing = sorted({due.actor for due in pairs if due.first_reported_at is None})
    latest = _latest(evidence, window, actors)
    return Completeness(
        due=len(pairs),
        reported=sum(due.first_reported_at is not None for due in pairs),
        late=sum(due.is_late for due in pairs),
        missing=tuple(missing),
        actors_due=len({due.actor for due in pairs}),
        latest_period=latest[0] if latest else None,
        latest_recorded_at=latest[1] if latest else None,
    )


def _latest(evidence: Evidence, window: Window, actors: frozenset[str] | None) -> tuple[Period, datetime] | None:
    inside = [
        entry
        for entry in evidence.entries
        if entry.kind is EntryKind.REPORT and window.contains(entry.period) and (actors is None or entry.actor in actors)
    ]
    if not inside:
        return None
    last = max((entry.period for entry in inside), key=lambda period: (period.last_day, period.first_day))
    return last, max(entry.recorded_at for entry in inside)
