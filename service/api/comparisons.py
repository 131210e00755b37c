"""Why a figure changed, since an instant or from one window to another: what an explanation says beside the figure."""

from dataclasses import replace
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query

from service.api.comparison_answers import (
    InstantsComparison,
    instant_answer,
    shown_number,
    step_answer,
)
from service.api.comparison_journal import happened
from service.api.figure_answers import answers_of
from service.api.figures import refuse_long
from service.api.naming import period_asked
from service.api.sight import seen_by, sees_entries_of, sees_values_of
from service.api.transaction import AskingContext, service_of
from service.api.window_comparison_answers import WindowsComparison, windows_answer
from service.api.withholding import told_instants, told_windows
from service.errors import Forbidden, refused
from service.indicators.comparison import compare_instants, moved_members
from service.indicators.comparison_windows import compare_windows
from service.indicators.comparison_words import instants_reading
from service.indicators.figure import Question, reference_of
from service.indicators.register import KnownIndicator
from service.models.instant import Instant
from service.models.period import Window
from service.records.moment import moment_of

CompareAsOf = Annotated[
    Instant | None, Query(description="Compare with the same figure as of this instant. Not together with another window.")
]
CompareFrom = Annotated[
    str | None, period_asked("Compare with the window that begins on this period's first day: as `from`, `to` say a window.")
]
CompareTo = Annotated[
    str | None, period_asked("Compare with the window that ends on this period's last day: as `from`, `to` say a window.")
]


def refuse_two_comparisons(compare_as_of: Instant | None, compare_from: str | None, compare_to: str | None) -> None:
    """Raises Refused `one_comparison` where both ways to compare are asked for."""
    if compare_as_of is not None and (compare_from is not None or compare_to is not None):
        raise refused(
            "one_comparison",
            "compare with an instant (`compare_as_of`) or with a window (`compare_from`, `compare_to`), not with both",
            pointer="compare_as_of",
        )


def compared_windows(asking: AskingContext, known: KnownIndicator, question: Question, other: Window) -> WindowsComparison:
    """The figure over the window of `question` beside that over `other`, as of one instant, as this caller may see it.

    Raises Refused `window_too_long`.
    """
    evidence = answers_of(asking).evidence([known.code], question.actors)[known.code]
    refuse_long(other, reference_of(evidence, question.version).definition, "compare_from")
    compared = compare_windows(evidence, question, other)
    answer = windows_answer(compared, other, question.window, seen_by(asking))
    return told_windows(asking, answer, compared)


def compared_instants(
    asking: AskingContext, known: KnownIndicator, question: Question, instant: Instant, group: str | None = None
) -> InstantsComparison:
    """The figure as of `instant` beside that of the moment of `asking`, with all that happened in between, as this caller may
    see it. `group`: the one that chose the question's actors, who are those of each instant.

    Raises Refused: `as_of_in_future`, `instants_reversed`, and `not_decided_then` where indicator or version are younger;
    NotFound `not_found_as_of` before the community's first entry; Forbidden `actor_values_hidden` as `actors_asked` does.
    """
    then = _asking_then(asking, instant)
    before = then.register.indicators.get(known.code)
    if before is None or (question.version or 0) > len(before.versions):
        what = f"`{known.code}`" if before is None else f"{known.code} {question.version}"
        raise refused(
            "not_decided_then", f"as of `compare_as_of` {what} was not decided yet", pointer="compare_as_of", what=what
        )
    actors_then = question.actors if group is None else _in_group(then, group)
    both = None if question.actors is None else question.actors | (actors_then or frozenset())
    later = answers_of(asking).evidence([known.code], both)[known.code]
    earlier = answers_of(then).evidence([known.code], None if both is None else both & then.register.actors.keys())[known.code]
    compared = compare_instants(earlier, later, question, actors_then)
    moved = moved_members(earlier, later, actors_then, question.actors)
    codes = asking.register.actor_codes
    answer = InstantsComparison(
        then=instant_answer(compared.then, then.moment.instant),
        now=instant_answer(compared.now, asking.moment.instant),
        difference=shown_number(compared.difference),
        steps=[
            step_answer(
                step,
                happened(asking, then, known, question.window, step, moved),
                codes,
                lambda actor: sees_entries_of(asking, actor) and sees_entries_of(then, actor),
            )
            for step in compared.steps
        ],
        reading=instants_reading(
            compared, then.moment.instant, asking.moment.instant, ZoneInfo(asking.register.settings.time_zone)
        ),
    )
    sides = ((earlier, replace(question, actors=actors_then)), (later, question))
    return told_instants(asking, answer, compared, sides, moved)


def _asking_then(asking: AskingContext, instant: Instant) -> AskingContext:
    """The same caller, asking as of `instant`."""
    if instant > asking.now:
        raise refused("as_of_in_future", "That instant has not come yet.", pointer="compare_as_of")
    if instant > asking.moment.instant:
        if "as_of" in asking.request.query_params:
            raise refused("instants_reversed", "`compare_as_of` is after `as_of`", pointer="compare_as_of")
        # Since then nothing has happened: the moment of `asking` is put where the last thing did.
        instant = asking.moment.instant
    registers, community = service_of(asking.request).registers, asking.register.community_id
    moment = moment_of(asking.connection, community, instant, asking.now, registers)
    return replace(asking, moment=moment, register=registers.read(asking.connection, community, moment))


def _in_group(then: AskingContext, group: str) -> frozenset[str]:
    """Who was in the group then: perhaps nobody."""
    within = frozenset(code for code, actor in then.register.actors.items() if group in actor.member.groups)
    if len(within) == 1 and not sees_values_of(then, *within):
        raise Forbidden("actor_values_hidden", "this community shows actors' values to themselves and the support only")
    return within
