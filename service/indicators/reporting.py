"""Completeness by actor and period (`MODEL.md` 5): the pairs behind the counts that stand beside a figure."""

from dataclasses import dataclass
from enum import StrEnum

from service.indicators.completeness import Due, contributors_of, dues
from service.indicators.evidence import Evidence
from service.indicators.register import Version
from service.models.period import Window


class DueState(StrEnum):
    """How a pair that is due stands. Zero reported is reported."""

    ON_TIME = "on_time"
    LATE = "late"
    MISSING = "missing"


def state_of(due: Due) -> DueState:
    """How the pair stands; late is what was first reported after its due day."""
    if due.first_reported_at is None:
        return DueState.MISSING
    return DueState.LATE if due.is_late else DueState.ON_TIME


@dataclass(frozen=True, slots=True)
class ActorReporting:
    """What one contributor owes in a window by `as_of`'s day, period by period; empty where it owes nothing."""

    actor: str
    dues: tuple[Due, ...]


def reporting(evidence: Evidence, version: Version, window: Window, actors: frozenset[str] | None) -> list[ActorReporting]:
    """Everybody of `actors` (None: all) expected to report under `version`, by code, with the pairs `completeness` counts."""
    owed: dict[str, list[Due]] = {
        actor: [] for actor in contributors_of(evidence, version) if actors is None or actor in actors
    }
    for due in dues(evidence, version, window, actors):
        owed[due.actor].append(due)
    return [ActorReporting(actor, tuple(found)) for actor, found in owed.items()]
