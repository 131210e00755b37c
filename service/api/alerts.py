"""Alerts: what time brings about, as a list that is followed like the journal."""

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel

from service.api.alert_answers import AlertAnswer, alert_answer, is_told
from service.api.identity import READ_WITHIN
from service.api.paging import Paged, page_after
from service.api.routing import Resource
from service.api.transaction import Asking, AskingContext
from service.models.webhook import Alert
from service.records.alerts import alerts_after

router = Resource("alerts")


class AlertList(BaseModel):
    """Alerts in the order in which they were made."""

    items: list[AlertAnswer]
    next_cursor: str | None


@router.get("/alerts", access=READ_WITHIN)
def list_alerts(
    asking: Asking,
    paged: Paged,
    after: Annotated[int, Query(ge=0, le=2**53, description="The number of the last alert seen; 0: from the beginning.")] = 0,
    kind: Annotated[
        str | None, Query(max_length=1_000, description="Only alerts of these kinds, by commas: `member_late,status_changed`.")
    ] = None,
) -> AlertList:
    """What time brought about: a status that changed, reports that became late, proposals about to close and closed by time.

    They are made once a day for each community, of its first instant, and compare it with that of the day before. Their numbers
    have gaps where others are told: of a status or a late report whoever may know it by itself, of a webhook its own actor;
    the support is told everything. With `as_of` those made of instants until then.
    """
    kinds = frozenset(name.strip() for name in kind.split(",")) - {""} if kind else frozenset()
    found = _told(asking, paged.after or after, paged.limit + 1, kinds)
    return AlertList(**page_after([alert_answer(one) for one in found], paged, [one.number for one in found]))


def _told(asking: AskingContext, after: int, limit: int, kinds: frozenset[str]) -> list[Alert]:
    until = asking.moment.instant if "as_of" in asking.request.query_params else None
    told: list[Alert] = []
    while len(told) < limit:
        found = alerts_after(asking.connection, asking.register.community_id, after, limit, kinds)
        if not found:
            break
        after = found[-1].number
        told += [one for one in found if is_told(one, asking.caller) and (until is None or one.instant <= until)]
    return told[:limit]
