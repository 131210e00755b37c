"""What is said about a proposal: its rounds, the positions and comments of actors, values tried under its definitions."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import Field
from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Integer, LargeBinary, String, Text
from sqlmodel import Field as ColumnField
from sqlmodel import SQLModel

from service.models.contribution import ContributionBody
from service.models.instant import Instant, InstantColumn
from service.models.measure import ExactDecimal
from service.models.proposal import Change
from service.models.text import Body, JsonText, PlainText, Texts
from service.models.vocabulary import Stance


class PositionBody(Body):
    """Where an actor stands. An objection says why."""

    position: Stance
    reason: PlainText | None = None


class CommentBody(Body):
    """What an actor has to say about a proposal."""

    comment: PlainText


class AmendmentBody(Body):
    """What the proposal says from the next round on: all of its changes, and why. `closes_at` as in a new proposal."""

    changes: list[Change] = Field(min_length=1, max_length=2_000)
    rationale: Texts
    closes_at: Instant | None = None


class TrialsBody(Body):
    """Values of periods under a proposed definition, for comparison only. All are taken or none."""

    items: list[ContributionBody] = Field(min_length=1, max_length=1_000)


class ProposalRound(SQLModel, table=True):
    """One round: opened by `journal`, closing at `closes_at`, decided by `decided_journal` (None: it is open).

    `journal` is None for the first round of a proposal that was made before rounds were kept: the proposal's own entry opened
    it. `rationale` is that of an amendment; the first round's stands in the proposal. `decision` says why it ended so:
    `{"reason": …, "faults": […]}`.
    """

    __tablename__ = "proposal_round"
    __table_args__ = (
        ForeignKeyConstraint(["community_id", "proposal"], ["proposal.community_id", "proposal.number"]),
        ForeignKeyConstraint(["community_id", "journal"], ["journal_entry.community_id", "journal_entry.number"]),
    )
    community_id: int = ColumnField(primary_key=True, sa_type=Integer)
    proposal: int = ColumnField(primary_key=True, sa_type=Integer)
    number: int = ColumnField(primary_key=True, sa_type=Integer)
    journal: int | None = ColumnField(default=None, sa_type=BigInteger)
    amended_by: int | None = ColumnField(default=None, sa_type=Integer)
    rationale: dict[str, str] | None = ColumnField(default=None, sa_column=Column(JsonText))
    opened_at: datetime = ColumnField(sa_column=Column(InstantColumn, nullable=False))
    closes_at: datetime = ColumnField(sa_column=Column(InstantColumn, nullable=False))
    status: str = ColumnField(sa_type=String(20))
    decided_journal: int | None = ColumnField(default=None, sa_type=BigInteger)
    decided_at: datetime | None = ColumnField(default=None, sa_column=Column(InstantColumn))
    decided_by: int | None = ColumnField(default=None, sa_type=Integer)
    decision: dict[str, Any] | None = ColumnField(default=None, sa_column=Column(JsonText))


class Position(SQLModel, table=True):
    """An actor's position in one round, from a journal entry on.

    The reason enters the journal as a salted digest; once it is erased, `erased` holds that digest. A reason without a salt
    was given before reasons had one, and is in the journal as it stands.
    """

    __table_args__ = (
        ForeignKeyConstraint(["community_id", "proposal"], ["proposal.community_id", "proposal.number"]),
        ForeignKeyConstraint(["community_id", "actor"], ["actor.community_id", "actor.number"]),
        ForeignKeyConstraint(["community_id", "journal"], ["journal_entry.community_id", "journal_entry.number"]),
    )
    community_id: int = ColumnField(primary_key=True, sa_type=Integer)
    proposal: int = ColumnField(primary_key=True, sa_type=Integer)
    round: int = ColumnField(primary_key=True, sa_type=Integer)
    actor: int = ColumnField(primary_key=True, sa_type=Integer)
    journal: int = ColumnField(primary_key=True, sa_type=BigInteger)
    stance: str = ColumnField(sa_type=String(20))
    reason: str | None = ColumnField(default=None, sa_type=Text)
    salt: bytes | None = ColumnField(default=None, sa_column=Column(LargeBinary(16)))
    erased: bytes | None = ColumnField(default=None, sa_type=LargeBinary)


class ProposalComment(SQLModel, table=True):
    """What an actor said about a proposal. The text enters the journal as a salted digest.

    Once it is erased, `erased` holds that digest, and text and salt are gone.
    """

    __tablename__ = "proposal_comment"
    __table_args__ = (
        ForeignKeyConstraint(["community_id", "proposal"], ["proposal.community_id", "proposal.number"]),
        ForeignKeyConstraint(["community_id", "actor"], ["actor.community_id", "actor.number"]),
        ForeignKeyConstraint(["community_id", "journal"], ["journal_entry.community_id", "journal_entry.number"]),
    )
    community_id: int = ColumnField(primary_key=True, sa_type=Integer)
    proposal: int = ColumnField(primary_key=True, sa_type=Integer)
    journal: int = ColumnField(primary_key=True, sa_type=BigInteger)
    round: int = ColumnField(sa_type=Integer)
    actor: int = ColumnField(sa_type=Integer)
    said_at: datetime = ColumnField(sa_column=Column(InstantColumn, nullable=False))
    comment: str | None = ColumnField(default=None, sa_type=Text)
    salt: bytes | None = ColumnField(default=None, sa_type=LargeBinary)
    erased: bytes | None = ColumnField(default=None, sa_type=LargeBinary)


class Trial(SQLModel, table=True):
    """A value of one key under a definition proposed in one round; a later one replaces it. It enters no figure."""

    __table_args__ = (
        ForeignKeyConstraint(["community_id", "proposal"], ["proposal.community_id", "proposal.number"]),
        ForeignKeyConstraint(["community_id", "indicator"], ["indicator.community_id", "indicator.number"]),
        ForeignKeyConstraint(["community_id", "actor"], ["actor.community_id", "actor.number"]),
        ForeignKeyConstraint(["community_id", "cell"], ["cell.community_id", "cell.number"]),
        ForeignKeyConstraint(["community_id", "journal"], ["journal_entry.community_id", "journal_entry.number"]),
    )
    community_id: int = ColumnField(primary_key=True, sa_type=Integer)
    proposal: int = ColumnField(primary_key=True, sa_type=Integer)
    round: int = ColumnField(primary_key=True, sa_type=Integer)
    indicator: int = ColumnField(primary_key=True, sa_type=Integer)
    period: int = ColumnField(primary_key=True, sa_type=BigInteger)
    actor: int = ColumnField(primary_key=True, sa_type=Integer)
    cell: int = ColumnField(primary_key=True, sa_type=Integer)
    journal: int = ColumnField(primary_key=True, sa_type=BigInteger)
    reported_by: int = ColumnField(sa_type=Integer)
    value: Decimal | None = ColumnField(default=None, sa_type=ExactDecimal)
    numerator: Decimal | None = ColumnField(default=None, sa_type=ExactDecimal)
    denominator: Decimal | None = ColumnField(default=None, sa_type=ExactDecimal)
    weight: Decimal | None = ColumnField(default=None, sa_type=ExactDecimal)
