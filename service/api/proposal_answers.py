"""How a proposal is answered."""

from typing import Any

from pydantic import BaseModel, Field, TypeAdapter

from service.models.instant import Instant
from service.models.proposal import Change

_CHANGES: TypeAdapter[list[Change]] = TypeAdapter(list[Change])


class PositionAnswer(BaseModel):
    """Where one actor stands on the proposal, in the present round."""

    actor: str
    position: str = Field(description="An open list; today `support`, `stand_aside`, `object`, `abstain`.")
    reason: str | None


class ProposalSummary(BaseModel):
    """A proposal without its changes."""

    id: str
    title: dict[str, str] = Field(description="By language.")
    rationale: dict[str, str] | None = Field(description="By language; null where none was given.")
    proposer: str = Field(description="The actor who made it.")
    status: str = Field(description="An open list; today `open`, `adopted`, `rejected`, `withdrawn`.")
    round: int = Field(description="1 at first; amending it opens the next.")
    change_count: int = Field(description="How many changes it holds.")
    opened_at: Instant
    closes_at: Instant = Field(description="When positions are counted. Under `delegated` the support may decide before.")
    decided_at: Instant | None = Field(description="When it was adopted, rejected or withdrawn; null while it is open.")


class ProposalAnswer(ProposalSummary):
    """A proposal, its changes as they were proposed, and where actors stand."""

    changes: list[Change]
    positions: list[PositionAnswer]


class ProposalList(BaseModel):
    """Proposals, the first one first."""

    items: list[ProposalSummary]
    next_cursor: str | None


def stored_changes(changes: list[Change], language: str) -> list[dict[str, Any]]:
    """Changes as they are kept: what was left out stays left out, bare texts are under the community's `language`."""
    dumped = _CHANGES.dump_python(changes, mode="json", exclude_unset=True)
    return [_said(change, language) for change in dumped]


def read_changes(stored: list[dict[str, Any]]) -> list[Change]:
    """What `stored_changes` kept."""
    return _CHANGES.validate_python(stored)


def _said(content: Any, language: str) -> Any:
    if isinstance(content, dict):
        # A bare text waits under "" until somebody knows the language: no code and no field is ever called that.
        return {(key or language): _said(value, language) for key, value in content.items()}
    if isinstance(content, list):
        return [_said(value, language) for value in content]
    return content
