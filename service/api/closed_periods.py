"""Closed periods: the support says when the books of a period are shut, and opens them again."""

from pydantic import BaseModel

from service.api.identity import READ, SUPPORT
from service.api.naming import period_in
from service.api.paging import Paged, page
from service.api.routing import Resource
from service.api.transaction import Acting, ActingContext, Asking
from service.errors import NotFound
from service.models.period import Period
from service.records.adoption import set_closed

router = Resource("closed periods")


class ClosedPeriodAnswer(BaseModel):
    """A period that takes no contributions, and neither does any period inside it."""

    period: Period


class ClosedPeriodList(BaseModel):
    """Closed periods by their first day, longer ones first."""

    items: list[ClosedPeriodAnswer]
    next_cursor: str | None


@router.get("/closed-periods", access=READ)
def list_closed_periods(asking: Asking, paged: Paged) -> ClosedPeriodList:
    """The periods that take no contributions until they are opened again."""
    ordered = sorted(asking.register.closed, key=lambda period: (period.first_day, period.number))
    return ClosedPeriodList(**page([ClosedPeriodAnswer(period=period) for period in ordered], paged))


@router.put("/closed-periods/{period}", access=SUPPORT)
def close_period(period: str, acting: Acting) -> ClosedPeriodAnswer:
    """Closes a period and every period inside it: reports, withdrawals, validations and contests are refused.

    Figures are not frozen by it: what was recorded before goes on counting. Closing what is closed changes nothing.
    """
    meant = period_in(period, "period")
    if meant not in acting.register.closed:
        _write(acting, meant, closed=True)
    return ClosedPeriodAnswer(period=meant)


@router.delete("/closed-periods/{period}", access=SUPPORT)
def open_period(period: str, acting: Acting) -> None:
    """Opens a closed period again. 404 where exactly this one is not closed; a longer one around it is opened itself."""
    meant = period_in(period, "period")
    if meant not in acting.register.closed:
        raise NotFound("not_closed", f"{meant} is not closed.", period=meant)
    _write(acting, meant, closed=False)


def _write(acting: ActingContext, period: Period, *, closed: bool) -> None:
    writing = acting.writing
    set_closed(writing, period, closed)
    writing.close(
        "period_closed" if closed else "period_opened",
        {"period": str(period)},
        actor=acting.caller.known_actor.number,
        token=acting.caller.token,
    )
