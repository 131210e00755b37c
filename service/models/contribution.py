"""Contributions: what one actor reports for one indicator, one period, one cell; and the ledger that keeps them all."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
)
from sqlmodel import Field as ColumnField
from sqlmodel import SQLModel

from service.models.measure import ExactDecimal, Measure
from service.models.text import Body, Code, PlainText
from service.models.vocabulary import ObservationStatus


class ContributionBody(Body):
    """One contribution as it is sent. Which measures it needs is the indicator's to say; `null` is not a value."""

    indicator: Code
    actor: Code | None = None
    period: str = Field(max_length=64)
    value: Measure | None = None
    numerator: Measure | None = None
    denominator: Measure | None = None
    weight: Measure | None = None
    dimensions: dict[str, str] | None = None
    observation_status: ObservationStatus = ObservationStatus.NORMAL
    comment: PlainText | None = None
    evidence: PlainText | None = None
    expected_revision: Annotated[int, Field(ge=0)] | None = None


class CellRow(SQLModel, table=True):
    """A combination of dimension codes used in a community; `codes` is canonical JSON, sorted by dimension. 0 is the total."""

    __tablename__ = "cell"
    __table_args__ = (
        ForeignKeyConstraint(["community_id"], ["community.community_id"]),
        UniqueConstraint("community_id", "codes"),
    )
    community_id: int = ColumnField(primary_key=True, sa_type=Integer)
    number: int = ColumnField(primary_key=True, sa_type=Integer)
    codes: str = ColumnField(sa_type=Text)


class LedgerEntry(SQLModel, table=True):
    """Everything ever received, and what was said of it: reports, withdrawals, validations, contests of one key.

    It counts from the journal entry that names its `batch`. `version` is the definition in force for its period when it
    was recorded. Texts that people wrote enter the chain as salted digests; once they are erased, `erased` holds what stood
    for them: 32 bytes for the comment, then 32 for the evidence, zeros where there was none. Texts and salt are gone then.

    Without foreign keys: `records/bulk.py` looks up what is named, for many rows at once.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (
        Index("ledger_entry_batch", "community_id", "batch"),
        {"sqlite_with_rowid": False},
    )
    community_id: int = ColumnField(primary_key=True, sa_type=Integer)
    indicator: int = ColumnField(primary_key=True, sa_type=Integer)
    period: int = ColumnField(primary_key=True, sa_type=Integer)
    actor: int = ColumnField(primary_key=True, sa_type=Integer)
    cell: int = ColumnField(primary_key=True, sa_type=Integer)
    batch: int = ColumnField(primary_key=True, sa_type=BigInteger)
    kind: int = ColumnField(sa_type=SmallInteger)
    version: int = ColumnField(sa_type=Integer)
    value: Decimal | None = ColumnField(default=None, sa_type=ExactDecimal)
    numerator: Decimal | None = ColumnField(default=None, sa_type=ExactDecimal)
    denominator: Decimal | None = ColumnField(default=None, sa_type=ExactDecimal)
    weight: Decimal | None = ColumnField(default=None, sa_type=ExactDecimal)
    observation_status: str | None = ColumnField(default=None, sa_type=String(1))
    reported_by: int = ColumnField(sa_type=Integer)
    comment: str | None = ColumnField(default=None, sa_type=Text)
    evidence: str | None = ColumnField(default=None, sa_type=Text)
    salt: bytes | None = ColumnField(default=None, sa_column=Column(LargeBinary(16)))
    erased: bytes | None = ColumnField(default=None, sa_type=LargeBinary)
