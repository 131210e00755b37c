"""The product's answers as the plain values of `tests.naive.comparing`."""

from decimal import Decimal
from typing import Any

from service.indicators.figure import Figure
from service.indicators.overlap import Standing
from service.indicators.progress import Progress
from service.models.measure import measure_text


def text(number: Decimal | None) -> str | None:
    """Plain notation, or None."""
    return None if number is None else measure_text(number)


def plain_figure(figure: Figure) -> dict[str, Any]:
    """A figure, without its completeness."""
    return {
        "version": figure.version,
        "total": [text(figure.value), text(figure.lowest), text(figure.highest)],
        "by_actor": {part.actor: [text(part.value), text(part.lowest), text(part.highest)] for part in figure.by_actor},
        "by_dimension": {
            tuple(sorted(part.codes.items())): [text(part.value), text(part.lowest), text(part.highest)]
            for part in figure.by_dimension
        },
        "unallocated": text(figure.unallocated),
        "excluded": sorted((item.reason, item.version, item.entries) for item in figure.excluded),
        "restated": figure.restated,
        "carried_forward": figure.carried_forward,
        "flags": sorted(figure.flags),
        "reason": figure.reason,
        "overlap": _standing(figure.overlap),
        "overlaps": {
            tuple(sorted(part.codes.items())): _standing(part.overlap)
            for part in figure.by_dimension
            if part.overlap is not None
        },
    }


def _standing(overlap: Standing | None) -> tuple[str, str] | None:
    """When it was decided, and how it stands: in force, or why not."""
    if overlap is None:
        return None
    return overlap.decided.decided_at.isoformat(), overlap.lapse.reason if overlap.lapse else overlap.status


def plain_progress(progress: Progress) -> dict[str, str | None]:
    """One indicator's progress, as the cases say it."""
    return {
        "value": text(progress.value),
        "attainment": text(progress.attainment),
        "expected": text(progress.expected),
        "status": progress.status,
        "reason": progress.reason,
    }
