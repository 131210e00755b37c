"""What members are not told where the charter keeps actors' values to themselves.

Each sees its own values, its rank and the quartiles among at least five, and otherwise what rests on three actors or more. The
support sees all. Who is no member is shown what is published: `publication.py`.
"""

from collections.abc import Sequence
from dataclasses import replace

from service.api.comparison_answers import InstantsComparison
from service.api.figure_answers import (
    CodeValueAnswer,
    FigureAnswer,
    QuartilesAnswer,
    SeriesPointAnswer,
    StandingAnswer,
    answers_of,
    say_again,
)
from service.api.overlap_answers import OverlapAnswer
from service.api.transaction import AskingContext
from service.api.window_comparison_answers import WindowsComparison
from service.indicators.aggregation import Codes
from service.indicators.comparison import MEMBERSHIPS, InstantsCompared
from service.indicators.comparison_windows import WindowsCompared
from service.indicators.evidence import Evidence
from service.indicators.figure import Figure, Question
from service.indicators.overlap import IN_FORCE
from service.indicators.redaction import TOO_FEW, is_kept, keeps_lowest
from service.indicators.register import KnownIndicator
from service.indicators.standing import is_few, rank_among, resting, withheld
from service.indicators.suppression import FEWEST_ACTORS
from service.models.indicator import Definition
from service.models.vocabulary import OverlapMethod

_UNTOLD = {
    "en": "What changed rests on fewer than three actors, whose values this community keeps to themselves.",
    "fr": "Ce qui a changé repose sur moins de trois acteurs, dont cette communauté garde les valeurs pour eux.",
}


def reader_of(asking: AskingContext) -> str | None:
    """The actor from whom others' values are kept; None where the caller may see every actor's."""
    if asking.register.settings.charter.show_actor_values or asking.caller.is_support:
        return None
    return "" if asking.caller.actor is None else asking.caller.actor.code


def told_figure(
    asking: AskingContext, known: KnownIndicator, question: Question, made: Figure, answer: FigureAnswer
) -> FigureAnswer:
    """`answer`, made from `made`, without what is kept from the caller, and with where it stands among the others."""
    reader = reader_of(asking)
    if reader is None:
        return answer
    definition = known.versions[made.version - 1].definition
    asked = replace(question, version=made.version)
    having = frozenset(own.actor for own in made.by_actor)
    if withhold_total(answer, having, definition, reader) or _would_tell_the_rest(asking, known, asked, reader):
        _withhold_all(answer)
    elif question.by:
        _withhold_parts(asking, known, asked, reader, answer)
    if not question.one_asked:
        answer.standing = _standing(made, definition, reader)
    say_again(answer, definition, asking.moment.day)
    return answer


def withhold_growth(asking: AskingContext, items: Sequence[SeriesPointAnswer]) -> None:
    """Takes out of a series what a running total grew by since a window whose value is kept from the caller, or is not told."""
    if reader_of(asking) is not None:
        for place, item in enumerate(items):
            if place == 0 or TOO_FEW in (item.reason, items[place - 1].reason):
                item.increment = None


def withhold_total(answer: FigureAnswer, having: frozenset[str], definition: Definition, reader: str) -> bool:
    """Takes the total, made by the actors `having` a value, out of `answer` where it is kept from `reader`; whether it is."""
    if is_kept(having, definition, reader):
        answer.value = answer.lowest = answer.highest = answer.unallocated = None
        answer.flags, answer.reason = [], TOO_FEW
        return True
    if keeps_lowest(having, definition, reader):
        everything: list[FigureAnswer | CodeValueAnswer] = [answer, *answer.by_dimension]
        for told in everything:
            told.lowest = None
            if not _is_decided(told.overlap):
                told.value = None
    return False


def _is_decided(overlap: OverlapAnswer | None) -> bool:
    """Whether the value is what members decided, and not the largest single one."""
    return overlap is not None and overlap.status == IN_FORCE and overlap.method != OverlapMethod.MAX


def _would_tell_the_rest(asking: AskingContext, known: KnownIndicator, question: Question, reader: str) -> bool:
    """Whether a group leaves so few actors outside that the total over all would tell theirs."""
    if question.actors is None or question.one_asked:
        return False
    evidence = answers_of(asking).evidence([known.code])[known.code]
    outside = resting(evidence, replace(question, actors=None, by=())).total - question.actors
    return is_few(outside, reader, FEWEST_ACTORS)


def _withhold_all(answer: FigureAnswer) -> None:
    answer.value = answer.lowest = answer.highest = answer.unallocated = None
    answer.flags, answer.reason = [], TOO_FEW
    for part in answer.by_dimension:
        part.value = part.lowest = part.highest = None
        part.reason = TOO_FEW


def _withhold_parts(
    asking: AskingContext, known: KnownIndicator, question: Question, reader: str, answer: FigureAnswer
) -> None:
    rests = resting(answers_of(asking).evidence([known.code], question.actors)[known.code], question)
    parts: dict[Codes | None, frozenset[str]] = {None: rests.unallocated}
    for codes, actors in rests.parts.items():
        parts[codes] = actors
    kept = withheld(parts, reader, FEWEST_ACTORS)
    if None in kept:
        answer.unallocated = None
    for part in answer.by_dimension:
        if tuple(part.dimensions[dimension] for dimension in question.by) in kept:
            part.value = part.lowest = part.highest = None
            part.reason = TOO_FEW


def _standing(made: Figure, definition: Definition, reader: str) -> StandingAnswer | None:
    values = {own.actor: own.value for own in made.by_actor if own.value is not None}
    found = rank_among(values, reader, definition.direction)
    if found is None:
        return None
    first, median, third = found.quartiles
    return StandingAnswer(rank=found.rank, of=found.of, quartiles=QuartilesAnswer(first=first, median=median, third=third))


def told_instants(
    asking: AskingContext,
    answer: InstantsComparison,
    compared: InstantsCompared,
    sides: tuple[tuple[Evidence, Question], tuple[Evidence, Question]],
    moved: frozenset[str],
) -> InstantsComparison:
    """A comparison of two instants without what rests on too few actors: its steps are all told, or none is."""
    reader = reader_of(asking)
    if reader is None:
        return answer
    definition = compared.now.version.definition
    then, now = (
        _is_kept(resting(evidence, replace(question, version=side.version.number)).total, definition, reader)
        for (evidence, question), side in zip(sides, (compared.then, compared.now), strict=True)
    )
    touched = [
        moved if step.name == MEMBERSHIPS else frozenset(one.entry.actor for one in step.touched)
        for step in compared.steps
        if step.effect
    ]
    if not (then or now or any(is_few(actors, reader, FEWEST_ACTORS) for actors in touched)):
        return answer
    for step in answer.steps:
        step.effect = step.value_after = step.lowest_after = step.highest_after = None
        step.reason_after = TOO_FEW
    answer.difference, answer.reading = None, dict(_UNTOLD)
    for side, few in ((answer.then, True), (answer.now, now)):
        if few:
            side.value = side.lowest = side.highest = None
            side.reason = TOO_FEW
    return answer


def told_windows(asking: AskingContext, answer: WindowsComparison, compared: WindowsCompared) -> WindowsComparison:
    """A comparison of two windows without a side that rests on too few actors, and then without the change."""
    reader = reader_of(asking)
    if reader is None:
        return answer
    definition = compared.version.definition
    kept = False
    for side, name in ((answer.before, "before"), (answer.after, "after")):
        having = frozenset(part.actor for part in compared.parts if getattr(part, name) is not None)
        if _is_kept(having, definition, reader):
            side.value = side.lowest = side.highest = None
            side.reason, kept = TOO_FEW, True
    if kept:
        answer.change, answer.reading = None, dict(_UNTOLD)
    return answer


def _is_kept(having: frozenset[str], definition: Definition, reader: str) -> bool:
    return is_kept(having, definition, reader) or keeps_lowest(having, definition, reader)
