"""A figure (`MODEL.md` 4): what the actors' amounts make (`tally.py`), over actors, rounded, with what it rests on."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from service.errors import NotFound, refused
from service.indicators.aggregation import Amount, Answer, Codes, over_actors
from service.indicators.completeness import Completeness, completeness
from service.indicators.evidence import Evidence, reference_version
from service.indicators.overlap import Standing, Valued, resolved
from service.indicators.register import Version
from service.indicators.taking import Exclusion, Reach
from service.indicators.tally import Tally, tally
from service.models.indicator import Definition
from service.models.measure import exactly, rounded
from service.models.period import Window
from service.models.vocabulary import MeasureKind, OverActors, OverCodes, OverTime


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a window, a version (None: the one in force), dimensions to split `by`, actors (None: all)."""

    window: Window
    version: int | None = None
    by: Codes = ()
    actors: frozenset[str] | None = None

    @property
    def one_asked(self) -> bool:
        """Whether it is about exactly one actor, whose own value the total then is."""
        return self.actors is not None and len(self.actors) == 1


@dataclass(frozen=True, slots=True)
class ActorValue:
    """One actor's total. `value` None: an interval that is no point, or nothing to divide by. Bounds only for `distinct`."""

    actor: str
    value: Decimal | None
    lowest: Decimal | None
    highest: Decimal | None


@dataclass(frozen=True, slots=True)
class CodeValue:
    """The community's value at one combination of codes; None as for the total. `overlap`: what was decided of it, if any."""

    codes: Mapping[str, str]
    value: Decimal | None
    lowest: Decimal | None
    highest: Decimal | None
    overlap: Standing | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """The answer. Measures are rounded to 12 decimals, half-even; `unallocated` is None where it is not defined.

    `overlap`: what was decided of this window and all actors, in force, then `value` is what was decided, or lapsed; or None.
    """

    version: int
    value: Decimal | None
    lowest: Decimal | None
    highest: Decimal | None
    by_actor: tuple[ActorValue, ...]
    by_dimension: tuple[CodeValue, ...]
    unallocated: Decimal | None
    excluded: tuple[Exclusion, ...]
    restated: int
    carried_forward: int
    completeness: Completeness
    flags: tuple[str, ...]
    reason: str | None
    overlap: Standing | None = None


def reference_of(evidence: Evidence, number: int | None) -> Version:
    """The version asked for, or the one in force. Raises NotFound for one that was not adopted by then."""
    if number is None:
        return reference_version(evidence.versions, evidence.day)
    try:
        return evidence.version(number)
    except KeyError:
        raise NotFound("unknown_version", f"the indicator has no version {number}", version=number) from None


def days_of(evidence: Evidence, question: Question) -> Window:
    """The days that a period must have one of to matter to `question`; of `evidence`, only what was decided is looked at."""
    return Reach(question.window, evidence.day, reference_of(evidence, question.version)).days


def figure(evidence: Evidence, question: Question) -> Figure:
    """The answer to `question` from `evidence`. Raises NotFound for an unknown version, Refused for an unknown dimension."""
    return figured(evidence, question)[0]


def figured(evidence: Evidence, question: Question) -> tuple[Figure, Answer]:
    """The figure, and beside it the answer before rounding, for what is computed further from it. Raises as `figure`."""
    version, complete, unstarted = begun(evidence, question)
    if unstarted is not None:
        return unstarted, Answer(None, reason=unstarted.reason)
    with exactly():
        made = tallied(evidence, question, version)
        found = valued(evidence, question, made)
        return figure_of(made, found, question, complete), found.answer


def begun(evidence: Evidence, question: Question) -> tuple[Version, Completeness, Figure | None]:
    """The answer's version and completeness; and the whole of it where the window has not begun. Raises as `figure`."""
    version = reference_of(evidence, question.version)
    _check_by(version.definition, question.by)
    complete = completeness(evidence, version, question.window, question.actors)
    if question.window.first_day <= evidence.day:
        return version, complete, None
    return version, complete, Figure(version.number, None, None, None, (), (), None, (), 0, 0, complete, (), "not_started")


def _check_by(definition: Definition, by: Codes) -> None:
    known = [dimension.code for dimension in definition.dimensions]
    for dimension in by:
        if dimension not in known:
            raise refused(
                "unknown_dimension",
                f"this version has no such dimension; it has: {', '.join(known) or 'none'}",
                suggestion=known[0] if len(known) == 1 else None,
                known=", ".join(known),
            )
    if len(set(by)) != len(by):
        raise refused("duplicate_dimension", "a dimension is named twice in `by`")


def tallied(evidence: Evidence, question: Question, version: Version) -> Tally:
    """Every actor's amount, exact. To be called within `exactly()`."""
    return tally(evidence, version, question.window, question.by, question.actors)


def valued(evidence: Evidence, question: Question, made: Tally) -> Valued:
    """The actors' amounts as one (`MODEL.md` 4, step 6), before rounding, with what was decided where they may overlap."""
    definition, one_asked = made.version.definition, question.one_asked
    answer = Answer(None, reason="no_entries")
    if made.found:
        answer = over_actors(definition, made.totals, one_asked=one_asked)
    parts = {codes: over_actors(definition, own, one_asked=one_asked) for codes, own in made.parts.items()}
    return resolved(evidence, question, made.version, Valued(answer, parts))


def figure_of(made: Tally, found: Valued, question: Question, complete: Completeness) -> Figure:
    """The actors' amounts and the value they make, rounded. To be called within `exactly()`."""
    definition, answer, overlaps = made.version.definition, found.answer, found.overlaps
    return Figure(
        version=made.version.number,
        value=_shown(answer.value),
        lowest=_shown(answer.lowest),
        highest=_shown(answer.highest),
        by_actor=tuple(_actor_value(actor, amount, definition) for actor, amount in made.totals.items()),
        by_dimension=tuple(
            _code_value(dict(zip(question.by, codes, strict=True)), part, overlaps.parts.get(codes))
            for codes, part in found.parts.items()
        ),
        unallocated=_shown(_unallocated(definition, answer, found.parts)) if question.by else None,
        excluded=made.exclusions,
        restated=made.restated,
        carried_forward=made.carried_forward,
        completeness=complete,
        flags=tuple(sorted(made.flags)),
        reason=answer.reason,
        overlap=overlaps.total,
    )


def _shown(value: Fraction | None) -> Decimal | None:
    return None if value is None else rounded(value)


def _actor_value(actor: str, amount: Amount, definition: Definition) -> ActorValue:
    is_interval = definition.over_actors is OverActors.DISTINCT
    return ActorValue(
        actor,
        _shown(amount.value(definition)),
        _shown(amount.lowest) if is_interval else None,
        _shown(amount.highest) if is_interval else None,
    )


def _code_value(codes: Mapping[str, str], part: Answer, overlap: Standing | None) -> CodeValue:
    return CodeValue(codes, _shown(part.value), _shown(part.lowest), _shown(part.highest), overlap)


def _unallocated(definition: Definition, answer: Answer, parts: Mapping[Codes, Answer]) -> Fraction | None:
    """What reached the total but no code; only where quantities add over codes, actors and time."""
    adds = (
        definition.measure is MeasureKind.QUANTITY
        and definition.over_codes is OverCodes.SUM
        and definition.over_actors is OverActors.SUM
        and definition.over_time in (OverTime.SUM, OverTime.LAST)
    )
    if not adds or answer.value is None:
        return None
    return answer.value - sum((part.value or Fraction(0) for part in parts.values()), Fraction(0))
