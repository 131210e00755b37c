"""A figure with every entry it was made of: what an explanation opens."""

from dataclasses import dataclass

from service.indicators.aggregation import Answer, Codes
from service.indicators.entrywise import ActorReading, read
from service.indicators.evidence import Evidence
from service.indicators.figure import Figure, Question, begun, figure_of, valued
from service.indicators.register import Version
from service.indicators.taking import Material, Reach
from service.models.measure import exactly


@dataclass(frozen=True, slots=True)
class Computed:
    """A figure before rounding, and how each entry came into it."""

    version: Version
    material: Material
    reach: Reach
    actors: tuple[ActorReading, ...]
    answer: Answer
    parts: tuple[Codes, ...]


def opened(evidence: Evidence, question: Question) -> tuple[Figure, Computed | None]:
    """The figure with all that it was made of; None where its window has not begun. Raises as `figure`."""
    version, complete, unstarted = begun(evidence, question)
    if unstarted is not None:
        return unstarted, None
    with exactly():
        found = read(evidence, version, question.window, question.by, question.actors)
        tally = found.tally(question.by)
        made = valued(evidence, question, tally)
        computed = Computed(version, found.material, found.reach, found.actors, made.answer, tuple(made.parts))
        return figure_of(tally, made, question, complete), computed
