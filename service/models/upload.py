"""Imports: a file that came in, what became of it, and the queue it waits in."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Integer, LargeBinary, String
from sqlmodel import Field as ColumnField
from sqlmodel import SQLModel

from service.models.instant import InstantColumn
from service.models.text import JsonText


class Upload(SQLModel, table=True):
    """One import. Counts are of data rows; `errors` holds the first hundred; `batch` names the ledger rows it wrote."""

    __table_args__ = (
        ForeignKeyConstraint(["community_id"], ["community.community_id"]),
        ForeignKeyConstraint(["community_id", "actor"], ["actor.community_id", "actor.number"]),
    )
    community_id: int = ColumnField(primary_key=True, sa_type=Integer)
    number: int = ColumnField(primary_key=True, sa_type=Integer)
    actor: int = ColumnField(sa_type=Integer)
    token: int = ColumnField(sa_type=Integer)
    on_behalf: bool = ColumnField(default=False)
    status: str = ColumnField(sa_type=String(20))
    options: dict[str, Any] = ColumnField(sa_column=Column(JsonText, nullable=False))
    filename: str | None = ColumnField(default=None, sa_type=String(255))
    sha256: bytes = ColumnField(sa_column=Column(LargeBinary(32), nullable=False))
    size: int = ColumnField(sa_type=BigInteger)
    progress: int = ColumnField(default=0, sa_type=BigInteger)
    rows: int = ColumnField(default=0, sa_type=BigInteger)
    created: int = ColumnField(default=0, sa_type=BigInteger)
    revised: int = ColumnField(default=0, sa_type=BigInteger)
    unchanged: int = ColumnField(default=0, sa_type=BigInteger)
    folded: int = ColumnField(default=0, sa_type=BigInteger)
    rejected: int = ColumnField(default=0, sa_type=BigInteger)
    errors: list[Any] = ColumnField(default_factory=list, sa_column=Column(JsonText, nullable=False))
    batch: int | None = ColumnField(default=None, sa_type=BigInteger)
    journal: int | None = ColumnField(default=None, sa_type=BigInteger)
    undone_journal: int | None = ColumnField(default=None, sa_type=BigInteger)
    created_at: datetime = ColumnField(sa_column=Column(InstantColumn, nullable=False))
    finished_at: datetime | None = ColumnField(default=None, sa_column=Column(InstantColumn))


class UploadPart(SQLModel, table=True):
    """A piece of an import's file (`content` = file) or of its full list of errors (`content` = errors), compressed."""

    __tablename__ = "upload_part"
    __table_args__ = (ForeignKeyConstraint(["community_id", "upload"], ["upload.community_id", "upload.number"]),)
    community_id: int = ColumnField(primary_key=True, sa_type=Integer)
    upload: int = ColumnField(primary_key=True, sa_type=Integer)
    content: str = ColumnField(primary_key=True, sa_type=String(10))
    part: int = ColumnField(primary_key=True, sa_type=Integer)
    data: bytes = ColumnField(sa_column=Column(LargeBinary, nullable=False))


class Job(SQLModel, table=True):
    """Global: work that waits for a worker. A lease that has run out gives it to another."""

    number: int | None = ColumnField(default=None, primary_key=True, sa_type=Integer)
    community_id: int = ColumnField(sa_type=Integer)
    kind: str = ColumnField(sa_type=String(20))
    subject: int = ColumnField(sa_type=Integer)
    attempts: int = ColumnField(default=0, sa_type=Integer)
    leased_until: datetime | None = ColumnField(default=None, sa_column=Column(InstantColumn))
