"""Erasing what people wrote: which texts, and why."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from service.models.text import Body, Code, PlainText


class WrittenKind(StrEnum):
    """What people write: with a contribution, on a proposal, on where they stand, in a review."""

    CONTRIBUTION = "contribution"
    COMMENT = "proposal_comment"
    POSITION = "position"
    NOTE = "review_note"


class WrittenBody(Body):
    """Texts about one contribution, proposal or review: all of a kind, or fewer."""

    kind: WrittenKind
    id: str = Field(min_length=1, max_length=64, description="Of the contribution, of the proposal, or of the review.")
    actor: Code | None = Field(default=None, description="Only what this actor wrote, or what was reported for it.")
    journal: Annotated[
        int | None,
        Field(ge=1, le=2**53, description="Only what came with this journal entry, as a contribution's history says."),
    ] = None


class ErasureBody(Body):
    """What is to go, and why. The reason stays in the journal for ever: it should not say again what is erased."""

    what: WrittenBody
    reason: PlainText
