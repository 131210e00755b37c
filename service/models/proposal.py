"""Proposals: how the community changes definitions, targets, objectives, charter and membership together."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, JsonValue
from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Integer
from sqlmodel import Field as ColumnField
from sqlmodel import SQLModel
from typing_extensions import TypeAliasType

from service.models.community import Identifier
from service.models.indicator import Bridge, Definition
from service.models.instant import Instant, InstantColumn
from service.models.measure import Measure
from service.models.overlap import OverlapTerms
from service.models.period import Period
from service.models.target import TargetTerms
from service.models.text import Body, CellCode, CellCodeOrTotal, Code, JsonText, Label, Texts
from service.models.vocabulary import DecisionRule, Role, Validation, Visibility


class DefineIndicator(Body):
    """Adopt version 1 of a new indicator under an objective."""

    kind: Literal["define_indicator"]
    indicator: Code
    objective: Code = "common"
    weight: Measure = Decimal(1)
    definition: Definition


class ReviseIndicator(Body):
    """Adopt the next version, with the bridge over which older values are read and what becomes of older targets."""

    kind: Literal["revise_indicator"]
    indicator: Code
    based_on: int = Field(ge=1)
    definition: Definition
    bridge: Bridge
    targets: Literal["convert", "drop"] | None = None


class RetireIndicator(Body):
    """Take an indicator out of the tree: it stays readable and takes no more contributions."""

    kind: Literal["retire_indicator"]
    indicator: Code


class SetTarget(TargetTerms):
    """Set a target, or replace the one of the same version, actor, cell and periods. Without `version`: the latest."""

    kind: Literal["set_target"]
    indicator: Code
    version: int | None = Field(default=None, ge=1)


class DropTarget(Body):
    """Drop the target of these periods, this actor (none: the community's) and this cell (none: the total)."""

    kind: Literal["drop_target"]
    indicator: Code
    actor: Code | None = None
    dimensions: dict[CellCode, CellCodeOrTotal] | None = None
    period: Period
    from_period: Period | None = None
    version: int | None = Field(default=None, ge=1)


RESOLVE_OVERLAP: dict[str, JsonValue] = {
    "kind": "resolve_overlap",
    "indicator": "people-met",
    "period": "2025",
    "method": "agreed",
    "value": "50",
    "reason": {"en": "We compared our lists of names.", "fr": "Nous avons comparé nos listes de noms."},
}
"""How it is written, for the contract."""


class ResolveOverlap(OverlapTerms):
    """Decide what the value of one window and one cell (none: the total) is where people may be counted twice (`distinct`).

    It is said in the terms of the version in force, takes the place of an earlier decision for the same days and cell, and
    lapses once an entry under it changes.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [RESOLVE_OVERLAP]})  # type: ignore[assignment]

    kind: Literal["resolve_overlap"]
    indicator: Code


class PlacedIndicator(Body):
    """An indicator under an objective, with its weight there."""

    indicator: Code
    weight: Measure = Decimal(1)


class SetObjective(Body):
    """Create, rename, move, weigh or remove an objective, and hang indicators under it. What is left out stays as it is."""

    kind: Literal["set_objective"]
    objective: Code
    name: Texts | None = None
    parent: Code | None = None
    weight: Measure | None = None
    indicators: list[PlacedIndicator] | None = None
    removed: bool = False


class CharterChange(Body):
    """The charter's fields to change; what is left out stays as it is."""

    decision_rule: DecisionRule | None = None
    quorum: Measure | None = None
    deliberation_days: int | None = Field(default=None, ge=0, le=3_650)
    validation: Validation | None = None
    due_days: int | None = Field(default=None, ge=0, le=3_650)
    on_track: Measure | None = None
    at_risk: Measure | None = None
    show_actor_values: bool | None = None
    minimum_count: int | None = Field(default=None, ge=0, le=1_000_000)


class CommunityChange(Body):
    """What a community says of itself, to change; what is left out stays as it is."""

    name: Texts | None = None
    visibility: Visibility | None = None
    time_zone: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    charter: CharterChange | None = None


class SetCharter(CommunityChange):
    """Change the charter, and the rest of what a community says of itself."""

    kind: Literal["set_charter"]


class CloseCommunity(Body):
    """End the community's work: it stays readable for ever and is written no more. Proposals that are open lapse."""

    kind: Literal["close_community"]


class MembershipChange(Body):
    """What changes of an actor. What is left out stays as it is; a new actor needs at least `name` and `kind`."""

    name: Texts | None = None
    kind: Label | None = None
    role: Role | None = None
    groups: list[Code] | None = Field(default=None, max_length=100)
    identifiers: list[Identifier] | None = Field(default=None, max_length=20)
    joined: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None
    left: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None


class SetMembership(Body):
    """Let an actor in, change what is known of it, or let it leave (`membership.left`)."""

    kind: Literal["set_membership"]
    actor: Code
    membership: MembershipChange


Change = TypeAliasType(
    "Change",
    Annotated[
        DefineIndicator
        | ReviseIndicator
        | RetireIndicator
        | SetTarget
        | DropTarget
        | ResolveOverlap
        | SetObjective
        | SetCharter
        | SetMembership
        | CloseCommunity,
        Field(discriminator="kind"),
    ],
)


class ProposalBody(Body):
    """A proposal as it is made: all its changes take effect in one instant or none does."""

    title: Texts
    rationale: Texts | None = None
    changes: list[Change] = Field(min_length=1, max_length=2_000)
    closes_at: Instant | None = None


class Proposal(SQLModel, table=True):
    """A proposal, made by `opened_journal`. How it stands is its last round's to say (`deliberation.py`)."""

    __table_args__ = (
        ForeignKeyConstraint(["community_id"], ["community.community_id"]),
        ForeignKeyConstraint(["community_id", "proposer"], ["actor.community_id", "actor.number"]),
    )
    community_id: int = ColumnField(primary_key=True, sa_type=Integer)
    number: int = ColumnField(primary_key=True, sa_type=Integer)
    proposer: int = ColumnField(sa_type=Integer)
    title: dict[str, str] = ColumnField(sa_column=Column(JsonText, nullable=False))
    rationale: dict[str, str] | None = ColumnField(default=None, sa_column=Column(JsonText))
    opened_journal: int = ColumnField(sa_type=BigInteger)
    opened_at: datetime = ColumnField(sa_column=Column(InstantColumn, nullable=False))


class ProposalChange(SQLModel, table=True):
    """One change of one round of a proposal, as it was proposed. `journal` is the entry that brought it."""

    __tablename__ = "proposal_change"
    __table_args__ = (
        ForeignKeyConstraint(["community_id", "proposal"], ["proposal.community_id", "proposal.number"]),
        ForeignKeyConstraint(["community_id", "journal"], ["journal_entry.community_id", "journal_entry.number"]),
    )
    community_id: int = ColumnField(primary_key=True, sa_type=Integer)
    proposal: int = ColumnField(primary_key=True, sa_type=Integer)
    round: int = ColumnField(primary_key=True, sa_type=Integer)
    place: int = ColumnField(primary_key=True, sa_type=Integer)
    journal: int = ColumnField(sa_type=BigInteger)
    content: dict[str, Any] = ColumnField(sa_column=Column(JsonText, nullable=False))
