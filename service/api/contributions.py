"""Contributions: what actors report, one by one or in batches, and all that was ever said of it."""

from typing import Annotated

from fastapi import Query, Response
from pydantic import Field

from service.api.contribution_answers import (
    STATUSES,
    BatchAnswer,
    ContributionAnswer,
    ContributionList,
    HistoryList,
    Naming,
    RecordedContribution,
    contribution_answers,
    history_entries,
    status_of,
)
from service.api.identity import CONTRIBUTE, READ_WITHIN
from service.api.naming import actor_in_query, indicator_in_query, period_asked, period_in
from service.api.paging import Paged, open_cursor, page, seal_cursor
from service.api.recording import CREATED, FOLDED, REVISED, UNCHANGED, Outcome, record
from service.api.routing import Resource
from service.api.sight import contributors_seen, sees_contributions_of
from service.api.transaction import Acting, ActingContext, Asking, AskingContext
from service.errors import Forbidden, NotFound, refused
from service.models.contribution import ContributionBody
from service.models.instant import Instant
from service.models.text import Body
from service.records.entries import Key, KeyState, parse_key_id
from service.records.ledger import Filters, history_of, instants_of, list_keys, state_of

router = Resource("contributions")

LARGEST_BATCH = 1_000


class BatchBody(Body):
    """Contributions to be recorded together: all of them or none."""

    items: list[ContributionBody] = Field(min_length=1, max_length=LARGEST_BATCH)


def recorded_answers(acting: ActingContext, outcomes: list[Outcome]) -> list[RecordedContribution]:
    """What became of each contribution of a request, as it is answered."""
    naming = Naming(acting.connection, acting.register, [outcome.key for outcome in outcomes])
    journals = {outcome.state.last_journal or 0 for outcome in outcomes} - {acting.writing.number}
    instants = instants_of(acting.connection, acting.register.community_id, journals) | {
        acting.writing.number: acting.writing.instant
    }
    return [
        RecordedContribution.model_validate(
            naming.fields(outcome.key, outcome.state, instants[outcome.state.last_journal or 0]) | {"outcome": outcome.outcome}
        )
        for outcome in outcomes
    ]


def recorded_counts(outcomes: list[Outcome]) -> dict[str, int]:
    """How many contributions of a request had which outcome, by the outcome's name."""
    return {name: sum(one.outcome == name for one in outcomes) for name in (CREATED, REVISED, UNCHANGED, FOLDED)}


@router.post("/contributions", access=CONTRIBUTE, or_status=200)
def create_contribution(body: ContributionBody, acting: Acting, response: Response) -> RecordedContribution:
    """Records a contribution: 201 where it is `created` or `revised`, 200 where it says what stands already (`unchanged`).

    `actor` is the token's own where it is left out; the support may report for others, and `reported_by` shows it. Which
    measures are needed is the indicator's to say. `expected_revision` (0: never reported) refuses to write over what
    somebody else wrote in between: 409 `revision_mismatch`.
    """
    (outcome,) = record(acting, [body], [""])
    (answer,) = recorded_answers(acting, [outcome])
    if outcome.outcome == UNCHANGED:
        response.status_code = 200
    return answer


@router.post("/contributions/batch", access=CONTRIBUTE, or_status=200)
def create_contributions(body: BatchBody, acting: Acting, response: Response) -> BatchAnswer:
    """Records up to 1,000 contributions, all or none, in one journal entry; 200 where nothing of it is new.

    An item that repeats an earlier one alike is `folded` into it; one that contradicts an earlier one refuses the batch
    (`duplicate_key`).
    """
    outcomes = record(acting, body.items, [f"/items/{place}" for place in range(len(body.items))])
    counts = recorded_counts(outcomes)
    if not counts[CREATED] + counts[REVISED]:
        response.status_code = 200
    return BatchAnswer(items=recorded_answers(acting, outcomes), **counts)


@router.get("/contributions", access=READ_WITHIN)
def list_contributions(
    asking: Asking,
    paged: Paged,
    indicator: Annotated[str | None, Query(max_length=63, description="Only those for this indicator.")] = None,
    actor: Annotated[str | None, Query(max_length=63, description="Only this actor's.")] = None,
    period: Annotated[str | None, period_asked("Only those for exactly this period.")] = None,
    status: Annotated[
        str | None, Query(max_length=20, description=f"Only those that stand so: {', '.join(f'`{one}`' for one in STATUSES)}.")
    ] = None,
    updated_since: Annotated[
        Instant | None, Query(description="Only those of which something was said at this instant or later.")
    ] = None,
) -> ContributionList:
    """What stands of every key that was ever reported, withdrawn ones included.

    Where the charter keeps actors' values to themselves, and no peers validate, members see their own; the support sees all.
    """
    filters = _filters(asking, indicator, actor, period, updated_since)
    if filters.actors is not None and not filters.actors:
        return ContributionList(items=[], next_cursor=None)
    if status is not None and status not in STATUSES:
        raise refused("not_in_list", f"`status` is one of {', '.join(STATUSES)}", pointer="status", allowed=", ".join(STATUSES))
    validation = asking.register.settings.charter.validation
    found = list_keys(
        asking.connection,
        asking.register.community_id,
        asking.moment.number,
        filters,
        after=_after(paged.cursor),
        limit=paged.limit + 1,
        keep=None if status is None else lambda state: status_of(state, validation) == status,
    )
    shown = found[: paged.limit]
    return ContributionList(
        items=contribution_answers(asking.connection, asking.register, shown),
        next_cursor=seal_cursor(*shown[-1][0]) if len(found) > len(shown) else None,
    )


@router.get("/contributions/{contribution}", access=READ_WITHIN, etag=True)
def get_contribution(contribution: str, asking: Asking) -> ContributionAnswer:
    """What stands of one key. 404 where nothing was reported by then."""
    (answer,) = contribution_answers(asking.connection, asking.register, [_found(contribution, asking)])
    return answer


@router.get("/contributions/{contribution}/history", access=READ_WITHIN)
def list_contribution_history(contribution: str, asking: Asking, paged: Paged) -> HistoryList:
    """All that was ever said of one key, oldest first: reports, withdrawals, validations and contests."""
    key, _ = _found(contribution, asking)
    recorded = history_of(asking.connection, asking.register.community_id, key, asking.moment.number)
    return HistoryList(**page(history_entries(asking.register, recorded), paged))


def _filters(
    asking: AskingContext, indicator: str | None, actor: str | None, period: str | None, updated_since: Instant | None
) -> Filters:
    actors = contributors_seen(asking)
    if actor is not None:
        known = actor_in_query(asking.register, actor)
        if actors is not None and known.number not in actors:
            raise Forbidden("actor_values_hidden", "this community shows actors' values to themselves and the support only")
        actors = {known.number}
    chosen = None if indicator is None else indicator_in_query(asking.register, indicator).number
    return Filters(chosen, actors, None if period is None else period_in(period, "period").number, updated_since)


def _after(cursor: str | None) -> Key | None:
    if cursor is None:
        return None
    place = open_cursor(cursor)
    if len(place) != 4 or not all(type(number) is int and 0 <= number < 2**31 for number in place):
        raise refused("invalid_cursor", "This cursor was not given out by this list.", pointer="cursor")
    return Key(*place)


def _found(contribution: str, asking: AskingContext) -> tuple[Key, KeyState]:
    key = parse_key_id(contribution)
    state = state_of(asking.connection, asking.register.community_id, key, asking.moment.number)
    codes = asking.register.actor_codes
    charter = asking.register.settings.charter
    if state.last is None or not sees_contributions_of(asking.caller, charter, codes[key.actor]):
        # Hidden and absent answer alike: the one must not tell that the other is there.
        raise NotFound("unknown_contribution", "There is no such contribution.")
    return key, state
