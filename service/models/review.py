"""Reviews: a frozen progress, what actors read in it and learnt from it, and the proposals that came of it."""

from datetime import datetime

from pydantic import Field
from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Integer, LargeBinary, String, Text
from sqlmodel import Field as ColumnField
from sqlmodel import SQLModel

from service.models.instant import Instant, InstantColumn
from service.models.period import Period
from service.models.text import Body, Code, JsonText, PlainText, Texts


class ReviewBody(Body):
    """A review as it is opened: of the progress at the close of `at` (None: of yesterday), as of `as_of` (None: now)."""

    title: Texts
    at: Period | None = None
    as_of: Instant | None = None


class ReadingBody(Body):
    """What an actor reads in the figures: of one indicator, of one objective, or (neither) of the whole."""

    indicator: Code | None = None
    objective: Code | None = None
    text: PlainText


class LessonBody(Body):
    """What an actor has learnt."""

    text: PlainText


class ReviewChange(Body):
    """What is given replaces what the caller's actor said before; an empty list takes it back. `proposals` are added.

    What is left out stays as it is.
    """

    title: Texts = Field(default_factory=dict)
    readings: list[ReadingBody] = Field(default_factory=list, max_length=500)
    lessons: list[LessonBody] = Field(default_factory=list, max_length=500)
    proposals: list[str] = Field(default_factory=list, max_length=500)


class Review(SQLModel, table=True):
    """A review, opened by `journal`. `progress` is what it froze as of `as_of`: canonical JSON, of that SHA-256.

    `at_period` is a period's number, None for yesterday.
    """

    __table_args__ = (
        ForeignKeyConstraint(["community_id", "opened_by"], ["actor.community_id", "actor.number"]),
        ForeignKeyConstraint(["community_id", "journal"], ["journal_entry.community_id", "journal_entry.number"]),
    )
    community_id: int = ColumnField(primary_key=True, sa_type=Integer)
    number: int = ColumnField(primary_key=True, sa_type=Integer)
    journal: int = ColumnField(sa_type=BigInteger)
    at_period: int | None = ColumnField(default=None, sa_type=BigInteger)
    as_of: datetime = ColumnField(sa_column=Column(InstantColumn, nullable=False))
    opened_at: datetime = ColumnField(sa_column=Column(InstantColumn, nullable=False))
    opened_by: int = ColumnField(sa_type=Integer)
    progress: str = ColumnField(sa_type=Text)
    sha256: bytes = ColumnField(sa_column=Column(LargeBinary(32), nullable=False))


class ReviewState(SQLModel, table=True):
    """What a review is called and whether it is open, from a journal entry on; `actor` said so at `said_at`."""

    __tablename__ = "review_state"
    __table_args__ = (
        ForeignKeyConstraint(["community_id", "review"], ["review.community_id", "review.number"]),
        ForeignKeyConstraint(["community_id", "actor"], ["actor.community_id", "actor.number"]),
        ForeignKeyConstraint(["community_id", "journal"], ["journal_entry.community_id", "journal_entry.number"]),
    )
    community_id: int = ColumnField(primary_key=True, sa_type=Integer)
    review: int = ColumnField(primary_key=True, sa_type=Integer)
    journal: int = ColumnField(primary_key=True, sa_type=BigInteger)
    actor: int = ColumnField(sa_type=Integer)
    said_at: datetime = ColumnField(sa_column=Column(InstantColumn, nullable=False))
    title: dict[str, str] = ColumnField(sa_column=Column(JsonText, nullable=False))
    status: str = ColumnField(sa_type=String(20))


class ReviewNote(SQLModel, table=True):
    """One of the readings or lessons (`kind`) of an actor, from a journal entry on, in place of all it said before of the kind.

    `said` None: it takes them back and says nothing instead, unless `erased` holds the salted digest that stood for the text in
    the journal: then text and salt are gone.
    """

    __tablename__ = "review_note"
    __table_args__ = (
        ForeignKeyConstraint(["community_id", "review"], ["review.community_id", "review.number"]),
        ForeignKeyConstraint(["community_id", "actor"], ["actor.community_id", "actor.number"]),
        ForeignKeyConstraint(["community_id", "indicator"], ["indicator.community_id", "indicator.number"]),
        ForeignKeyConstraint(["community_id", "objective"], ["objective.community_id", "objective.number"]),
        ForeignKeyConstraint(["community_id", "journal"], ["journal_entry.community_id", "journal_entry.number"]),
    )
    community_id: int = ColumnField(primary_key=True, sa_type=Integer)
    review: int = ColumnField(primary_key=True, sa_type=Integer)
    journal: int = ColumnField(primary_key=True, sa_type=BigInteger)
    kind: str = ColumnField(primary_key=True, sa_type=String(20))
    place: int = ColumnField(primary_key=True, sa_type=Integer)
    actor: int = ColumnField(sa_type=Integer)
    said_at: datetime = ColumnField(sa_column=Column(InstantColumn, nullable=False))
    indicator: int | None = ColumnField(default=None, sa_type=Integer)
    objective: int | None = ColumnField(default=None, sa_type=Integer)
    said: str | None = ColumnField(default=None, sa_type=Text)
    salt: bytes | None = ColumnField(default=None, sa_column=Column(LargeBinary(16)))
    erased: bytes | None = ColumnField(default=None, sa_type=LargeBinary)


class ReviewProposal(SQLModel, table=True):
    """A proposal that came of a review, linked by `journal`."""

    __tablename__ = "review_proposal"
    __table_args__ = (
        ForeignKeyConstraint(["community_id", "review"], ["review.community_id", "review.number"]),
        ForeignKeyConstraint(["community_id", "proposal"], ["proposal.community_id", "proposal.number"]),
        ForeignKeyConstraint(["community_id", "journal"], ["journal_entry.community_id", "journal_entry.number"]),
    )
    community_id: int = ColumnField(primary_key=True, sa_type=Integer)
    review: int = ColumnField(primary_key=True, sa_type=Integer)
    proposal: int = ColumnField(primary_key=True, sa_type=Integer)
    journal: int = ColumnField(sa_type=BigInteger)
