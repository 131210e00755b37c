"""Figures opened: of what, from whom, since when, and what was left out."""

from dataclasses import replace

from service.api.comparisons import (
    CompareAsOf,
    CompareFrom,
    CompareTo,
    compared_instants,
    compared_windows,
    refuse_two_comparisons,
)
from service.api.explanation_answers import (
    ExplanationAnswer,
    LargestAnswer,
    PartAnswer,
    actor_answer,
    entry_answers,
    part_fields,
)
from service.api.figure_answers import answers_of, figure_fields
from service.api.figures import ActorAsked, By, From, GroupAsked, To, VersionAsked, one_question, window_asked
from service.api.identity import READ
from service.api.naming import indicator_in_path
from service.api.paging import Paged, open_cursor, seal_cursor
from service.api.publication import Publications, not_published, reads_published, refuse_narrowing
from service.api.routing import Resource
from service.api.sight import sees_entries_of, sees_values_of
from service.api.transaction import Asking, AskingContext
from service.api.withholding import told_figure
from service.errors import refused
from service.indicators.explanation import ExplainedEntry, Explanation
from service.indicators.redaction import TOO_FEW
from service.models.vocabulary import MeasureKind
from service.records.cells import find_cells
from service.records.entries import Key
from service.records.ledger import histories_of
from service.records.uploads import uploads_of

router = Resource("figures")

Place = tuple[int, int, int, int]
"""Where an entry stands in the list: the numbers of its actor, period and cell, and of its journal entry."""


@router.get("/indicators/{indicator}/explanation", access=READ, etag=True)
def get_explanation(
    indicator: str,
    asking: Asking,
    paged: Paged,
    begin: From = None,
    to: To = None,
    by: By = None,
    version: VersionAsked = None,
    actor: ActorAsked = None,
    group: GroupAsked = None,
    compare_as_of: CompareAsOf = None,
    compare_from: CompareFrom = None,
    compare_to: CompareTo = None,
) -> ExplanationAnswer:
    """A figure, opened: `get_figure`'s answer to the same question, with what it is made of and what was left out of it.

    `actors` says what each actor and each of its periods brings, `items` every ledger entry within reach: inside the window
    or, for `last`, recent enough to serve. The parts at each level add up to `total` before rounding, those of what one
    caller may not see included. With `by`, parts are still of the total; `counts_at` says where an entry counts.

    With `compare_as_of`, `instants` splits the difference from the same figure as of then into steps, each taken on top of
    those before it, with the journal entries that made it. With `compare_from` or `compare_to`, `windows` splits that from
    another window by actors: for ratios and means into what their rates and what their shares did, for sums by actor, with
    newcomers and leavers apart. One of the two, 422 `one_comparison`; codes asked `by` are no matter to it.

    Pages after the first are best asked with the `as_of` of the first: what is reported in between would change the figure.
    """
    refuse_two_comparisons(compare_as_of, compare_from, compare_to)
    if reads_published(asking):
        shown = Publications(asking).shown(indicator_in_path(asking.register, indicator).code)
        refuse_narrowing(asking, shown)
        raise not_published(shown)
    known, question = one_question(asking, indicator, begin, to, by, version, actor, group)
    whole, instants, windows = replace(question, by=()), None, None
    if compare_as_of is not None:
        instants = compared_instants(asking, known, whole, compare_as_of, group)
    elif compare_from is not None or compare_to is not None:
        other = window_asked(compare_from, compare_to, asking.moment.day, ("compare_from", "compare_to"))
        windows = compared_windows(asking, known, whole, other)
    explained = answers_of(asking).explanation(known.code, question)
    found, next_cursor = _page(asking, known.number, explained, paged.limit, paged.cursor)
    histories = histories_of(asking.connection, asking.register.community_id, [key for key, _ in found], asking.moment.number)
    batches = {said.row.batch for history in histories.values() for said in history}
    imports = uploads_of(asking.connection, asking.register.community_id, batches)
    largest, told = explained.lowest_of, _told(asking, explained)
    total = None if explained.total is None else PartAnswer.model_validate(part_fields(explained, explained.total))
    if total is not None and told.total is None:
        total.part_numerator = total.part_denominator = None
    answer = ExplanationAnswer(
        **figure_fields(asking, known, question.window, explained.figure),
        total=total,
        lowest_of=None
        if largest is None or not sees_values_of(asking, largest[0])
        else LargestAnswer(actor=largest[0], period=largest[1]),
        actors=[actor_answer(told, one) for one in explained.actors if sees_values_of(asking, one.actor)],
        items=entry_answers(asking.register, known, told, question.by, found, histories, imports),
        next_cursor=next_cursor,
        instants=instants,
        windows=windows,
    )
    told_figure(asking, known, question, explained.figure, answer)
    if answer.reason == TOO_FEW and answer.total is not None:
        answer.total = PartAnswer(part=None, part_numerator=None, part_denominator=None)
    return answer


def _told(asking: AskingContext, explained: Explanation) -> Explanation:
    """The explanation as far as this caller may know the whole.

    The components of a ratio or mean say more than its value: less one's own, they would be the other's where there are two.
    So they are kept from who may not see every actor's, and with them what one's own part of the value is.
    """
    sees_all = all(sees_values_of(asking, one.actor) or sees_entries_of(asking, one.actor) for one in explained.actors)
    if sees_all or explained.definition.measure is MeasureKind.QUANTITY:
        return explained
    return replace(explained, total=None)


def _page(
    asking: AskingContext, indicator: int, explained: Explanation, limit: int, cursor: str | None
) -> tuple[list[tuple[Key, ExplainedEntry]], str | None]:
    """The entries of the page that this caller may see, with their keys, and the cursor of the next.

    A cursor names the last entry rather than a count, so that none is skipped or told twice if something comes in between.
    """
    after = _after(cursor)
    actors = {code: known.number for code, known in asking.register.actors.items() if sees_entries_of(asking, code)}
    seen = [one for one in explained.entries if one.entry.actor in actors]
    cells = find_cells(asking.connection, asking.register.community_id, {one.entry.cell for one in seen})
    placed: dict[Place, ExplainedEntry] = {
        (actors[one.entry.actor], one.entry.period.number, cells[one.entry.cell], one.entry.journal): one for one in seen
    }
    listed = sorted(place for place in placed if after is None or place > after)
    shown = listed[:limit]
    found = [(Key(indicator, period, actor, cell), placed[place]) for place in shown for actor, period, cell, _ in [place]]
    return found, seal_cursor(*shown[-1]) if len(listed) > len(shown) else None


def _after(cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    place = open_cursor(cursor)
    if len(place) != 4 or not all(type(number) is int for number in place):
        raise refused("invalid_cursor", "This cursor was not given out by this list.", pointer="cursor")
    actor, period, cell, journal = place
    return actor, period, cell, journal
