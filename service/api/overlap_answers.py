"""How an overlap decision is answered: what was decided, whether it is in force, and why not."""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, Field

from service.indicators.overlap import Lapse, Standing
from service.indicators.register import DecidedOverlap
from service.models.instant import Instant
from service.models.measure import Measure
from service.models.period import Period


class LapseAnswer(BaseModel):
    """Why an overlap decision is no longer in force."""

    reason: str = Field(
        description="An open list; today `entry_changed`, `definition_revised` (by more than other words), "
        "`membership_changed` (a stock left with its actor), `charter_changed` (what is asked of validation), `time_passed` (a "
        "value is no longer carried this far)."
    )
    recorded_at: Instant | None = Field(
        description="When the entry came in, or the version was adopted; null where it was neither."
    )
    kind: str | None = Field(
        description="What the first entry since that made the difference did. An open list; today `report`, `withdrawal`, "
        "`validation`, `contest`; null unless `entry_changed`."
    )
    actor: str | None = Field(description="Whose entry it is; null unless the caller may see what this actor reported.")
    period: Period | None = Field(description="Of which period; null unless `entry_changed`.")
    version: int | None = Field(description="The version that means something else; null unless `definition_revised`.")


class OverlapAnswer(BaseModel):
    """What was decided of people who may be counted twice, and whether it is in force. Else the interval is the answer."""

    method: str = Field(
        description="An open list; today `sum` (the value is the highest), `max` (the lowest), `agreed` (`value` itself)."
    )
    value: Measure | None = Field(description="The number agreed on; null unless `agreed`.")
    reason: dict[str, str] = Field(description="Why, by language.")
    version: int = Field(description="The version in whose terms it was decided.")
    proposal: str | None = Field(description="The proposal that decided it.")
    decided_at: Instant
    status: str = Field(description="An open list; today `in_force`, `lapsed` and, in the list of decisions, `replaced`.")
    lapsed_because: LapseAnswer | None = Field(description="Null unless it has lapsed.")


Sees = Callable[[str], bool]
"""Whether the caller may see what an actor reported."""


def overlap_answer(standing: Standing | None, sees: Sees) -> OverlapAnswer | None:
    """How a decision stands, as it is answered; None where there is none."""
    if standing is None:
        return None
    because = None if standing.lapse is None else _lapse(standing.lapse, sees)
    return OverlapAnswer(**terms_of(standing.decided), status=standing.status, lapsed_because=because)


def terms_of(decided: DecidedOverlap) -> dict[str, Any]:
    """What an answer says of a decision itself."""
    return {
        "method": decided.terms.method.value,
        "value": decided.terms.value,
        "reason": decided.terms.reason,
        "version": decided.version,
        "proposal": None if decided.proposal is None else str(decided.proposal),
        "decided_at": decided.decided_at,
    }


def _lapse(lapse: Lapse, sees: Sees) -> LapseAnswer:
    entry, version = lapse.entry, lapse.version
    return LapseAnswer(
        reason=lapse.reason,
        recorded_at=entry.recorded_at if entry else version.adopted_at if version else None,
        kind=entry.kind.name.lower() if entry else None,
        actor=entry.actor if entry and sees(entry.actor) else None,
        period=entry.period if entry else None,
        version=version.number if version else None,
    )
