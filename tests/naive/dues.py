"""MODEL.md 5 on completeness, naively: every (actor, period) pair that is due, one after the other."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from service.indicators.evidence import Evidence
from service.indicators.register import Version
from service.models.period import Period, Window
from tests.naive.judging import reporting_periods
from tests.naive.taking import REPORT, WITHDRAWAL, by_key


@dataclass(frozen=True)
class Completeness:
    """Counts of pairs, and who has at least one missing."""

    due: int
    reported: int
    late: int
    missing: frozenset[str]
    actors_due: int


def completeness(evidence: Evidence, version: Version, window: Window, actors: frozenset[str] | None) -> Completeness:
    """What is due in the terms of `version` by `as_of`'s day, and what of it stands reported."""
    due = reported = late = 0
    missing, owing = set(), set()
    for actor in contributors(evidence, version):
        for period in reporting_periods(version.definition, window):
            if (actors is not None and actor not in actors) or not is_due(evidence, actor, period):
                continue
            due += 1
            owing.add(actor)
            first = first_report(evidence, actor, period)
            if first is None:
                missing.add(actor)
            else:
                reported += 1
                late += first.astimezone(evidence.time_zone).date() > due_day(evidence, period)
    return Completeness(due, reported, late, frozenset(missing), len(owing))


def pairs(
    evidence: Evidence, version: Version, window: Window, actors: frozenset[str] | None
) -> dict[tuple[str, Period], datetime | None]:
    """When each pair that is due was first reported; None where nothing stands."""
    return {
        (actor, period): first_report(evidence, actor, period)
        for actor in contributors(evidence, version)
        if actors is None or actor in actors
        for period in reporting_periods(version.definition, window)
        if is_due(evidence, actor, period)
    }


def contributors(evidence: Evidence, version: Version) -> set[str]:
    """Who is expected to report: those who are named, or every member."""
    if version.definition.contributors == "all":
        return {actor for actor, member in evidence.members.items() if member.role == "member"}
    return set(version.definition.contributors) & set(evidence.members)


def due_day(evidence: Evidence, period: Period) -> date:
    """The day on which the period has been over for the charter's `due_days`: it ended once its last day was over."""
    return period.last_day + timedelta(days=1) + timedelta(days=evidence.charter.due_days)


def is_due(evidence: Evidence, actor: str, period: Period) -> bool:
    """Whether the actor owes a report of the period by now. A period that no version governs could not be reported."""
    member = evidence.members[actor]
    came_in_time = member.joined is None or member.joined <= period.last_day
    stayed_long_enough = member.left is None or member.left >= period.first_day
    governed = any(
        version.definition.effective_from is None or version.definition.effective_from.first_day <= period.first_day
        for version in evidence.versions
    )
    return came_in_time and stayed_long_enough and governed and due_day(evidence, period) <= evidence.day


def first_report(evidence: Evidence, actor: str, period: Period) -> datetime | None:
    """When the first report came of what stands reported for the period, or for a longer one around it."""
    came = []
    for entries in by_key(evidence, frozenset([actor])):
        sent = [entry for entry in entries if entry.kind in (REPORT, WITHDRAWAL)]
        if sent and sent[-1].kind == REPORT and sent[-1].period.contains(period):
            came.append(min(entry.recorded_at for entry in sent if entry.kind == REPORT))
    return min(came, default=None)
