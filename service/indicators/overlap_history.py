"""Every overlap decision of an indicator, and how each stands as of an instant."""

from dataclasses import dataclass

from service.indicators.evidence import Evidence, reference_version
from service.indicators.figure import Question
from service.indicators.overlap import Standing, stands
from service.indicators.register import DecidedOverlap
from service.models.measure import exactly


@dataclass(frozen=True, slots=True)
class ToldOverlap:
    """A decision: how it stands in the version in force, or the later one (`replaced_by`) for the same days and cell."""

    decided: DecidedOverlap
    standing: Standing | None
    replaced_by: DecidedOverlap | None


def overlap_history(evidence: Evidence) -> list[ToldOverlap]:
    """Every decision, the first one first."""
    return [_told(evidence, place, decided) for place, decided in enumerate(evidence.overlaps)]


def _told(evidence: Evidence, place: int, decided: DecidedOverlap) -> ToldOverlap:
    window, cell = decided.terms.key
    replaced_by = next((later for later in evidence.overlaps[place + 1 :] if later.terms.key == (window, cell)), None)
    if replaced_by is not None:
        return ToldOverlap(decided, None, replaced_by)
    version = reference_version(evidence.versions, evidence.day)
    question = Question(window, version.number, tuple(dimension for dimension, _ in cell))
    with exactly():
        return ToldOverlap(decided, stands(decided, evidence, question, version), None)
