"""Communities, their charter, their actors and memberships."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Integer, LargeBinary, String, UniqueConstraint
from sqlmodel import Field as ColumnField
from sqlmodel import SQLModel

from service.models.instant import InstantColumn
from service.models.measure import Measure
from service.models.text import Body, Code, JsonText, Label, Texts
from service.models.vocabulary import DecisionRule, Role, Validation, Visibility


class Charter(Body):
    """The rules a community gave itself. Shares are between 0 and 1, days whole."""

    decision_rule: DecisionRule = DecisionRule.DELEGATED
    quorum: Measure = Decimal("0.5")
    deliberation_days: int = Field(default=14, ge=0, le=3_650)
    validation: Validation = Validation.NONE
    due_days: int = Field(default=30, ge=0, le=3_650)
    on_track: Measure = Decimal("0.9")
    at_risk: Measure = Decimal("0.6")
    show_actor_values: bool = True
    minimum_count: int = Field(default=0, ge=0, le=1_000_000)


class Identifier(Body):
    """The same organisation elsewhere: SIREN, ROR, org-id."""

    scheme: Annotated[str, Field(min_length=1, max_length=64)]
    value: Annotated[str, Field(min_length=1, max_length=200)]


class Member(Body):
    """An actor as the community knows it. `joined` None: from the beginning; `left` None: still there, else its last day."""

    name: Texts
    kind: Label
    role: Role = Role.MEMBER
    groups: list[Code] = Field(default_factory=list, max_length=100)
    identifiers: list[Identifier] = Field(default_factory=list, max_length=20)
    joined: date | None = None
    left: date | None = None

    @property
    def is_temporary(self) -> bool:
        """Whether the membership has a beginning or an end that is known."""
        return self.joined is not None or self.left is not None

    def belongs_in(self, first_day: date, last_day: date) -> bool:
        """Whether the membership overlaps the days from `first_day` to `last_day`, both inclusive."""
        return (self.joined is None or self.joined <= last_day) and (self.left is None or self.left >= first_day)


class Settings(Body):
    """What a community says of itself; with its charter, one journaled state. `closed`: it is written no more."""

    name: Texts
    language: Annotated[str, Field(pattern="^(en|fr)$")] = "en"
    visibility: Visibility = Visibility.MEMBERS
    time_zone: str = "UTC"
    closed: bool = False
    charter: Charter = Field(default_factory=Charter)


class CommunityCode(SQLModel, table=True):
    """Global: which community a code names. Codes are never used again."""

    __tablename__ = "community_code"
    community_id: int | None = ColumnField(default=None, primary_key=True, sa_type=Integer)
    code: str = ColumnField(sa_column=Column(String(63), nullable=False, unique=True))


class Community(SQLModel, table=True):
    """The head of a community: the row that a writer locks, its counters and the last entry of its journal."""

    community_id: int = ColumnField(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    last_number: int = ColumnField(default=0, sa_type=BigInteger)
    last_instant: Any = ColumnField(default=None, sa_column=Column(InstantColumn))
    last_hash: bytes | None = ColumnField(default=None, sa_column=Column(LargeBinary(32)))
    last_actor: int = ColumnField(default=0, sa_type=Integer)
    last_objective: int = ColumnField(default=0, sa_type=Integer)
    last_indicator: int = ColumnField(default=0, sa_type=Integer)
    last_cell: int = ColumnField(default=0, sa_type=Integer)
    last_batch: int = ColumnField(default=0, sa_type=BigInteger)
    last_proposal: int = ColumnField(default=0, sa_type=Integer)
    last_upload: int = ColumnField(default=0, sa_type=Integer)
    last_token: int = ColumnField(default=0, sa_type=Integer)


class CommunityState(SQLModel, table=True):
    """The settings and charter of a community from a journal entry on."""

    __tablename__ = "community_state"
    __table_args__ = (
        ForeignKeyConstraint(["community_id"], ["community.community_id"]),
        ForeignKeyConstraint(["community_id", "journal"], ["journal_entry.community_id", "journal_entry.number"]),
    )
    community_id: int = ColumnField(primary_key=True, sa_type=Integer)
    journal: int = ColumnField(primary_key=True, sa_type=BigInteger)
    settings: dict[str, Any] = ColumnField(sa_column=Column(JsonText, nullable=False))


class Actor(SQLModel, table=True):
    """The stable identity of a member organisation. `number` 0 is never used: targets write the community itself as 0."""

    __table_args__ = (
        ForeignKeyConstraint(["community_id"], ["community.community_id"]),
        UniqueConstraint("community_id", "code"),
    )
    community_id: int = ColumnField(primary_key=True, sa_type=Integer)
    number: int = ColumnField(primary_key=True, sa_type=Integer)
    code: str = ColumnField(sa_type=String(63))


class Membership(SQLModel, table=True):
    """An actor as the community knew it from a journal entry on: `member` holds a `Member`."""

    __table_args__ = (
        ForeignKeyConstraint(["community_id", "actor"], ["actor.community_id", "actor.number"]),
        ForeignKeyConstraint(["community_id", "journal"], ["journal_entry.community_id", "journal_entry.number"]),
    )
    community_id: int = ColumnField(primary_key=True, sa_type=Integer)
    actor: int = ColumnField(primary_key=True, sa_type=Integer)
    journal: int = ColumnField(primary_key=True, sa_type=BigInteger)
    member: dict[str, Any] = ColumnField(sa_column=Column(JsonText, nullable=False))


class ClosedPeriod(SQLModel, table=True):
    """Whether a period takes entries, from a journal entry on."""

    __tablename__ = "closed_period"
    __table_args__ = (
        ForeignKeyConstraint(["community_id", "journal"], ["journal_entry.community_id", "journal_entry.number"]),
    )
    community_id: int = ColumnField(primary_key=True, sa_type=Integer)
    period: int = ColumnField(primary_key=True, sa_type=Integer)
    journal: int = ColumnField(primary_key=True, sa_type=BigInteger)
    closed: bool
