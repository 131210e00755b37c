"""The journal: everything that ever happened in a community, numbered without gaps, each entry at one instant."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlmodel import Field as ColumnField
from sqlmodel import SQLModel

from service.models.instant import InstantColumn
from service.models.text import JsonText


class JournalEntry(SQLModel, table=True):
    """One transaction that changed a community.

    `batch` names the ledger rows it makes count (None where it brings none); an import's rows are written before it,
    under a batch that nothing points to yet. `register_number` is the number of the last
    entry, this one included, that changed more than the ledger: what the community had decided as of any entry is read
    once and remembered by it. `subject` says in JSON what happened; `digest` is the SHA-256 over everything the entry
    brought, `hash` over this entry and the hash of the one before.
    """

    __tablename__ = "journal_entry"
    __table_args__ = (
        ForeignKeyConstraint(["community_id"], ["community.community_id"]),
        UniqueConstraint("community_id", "batch"),
        Index("journal_entry_instant", "community_id", "instant"),
    )
    community_id: int = ColumnField(primary_key=True, sa_type=Integer)
    number: int = ColumnField(primary_key=True, sa_type=BigInteger)
    instant: datetime = ColumnField(sa_column=Column(InstantColumn, nullable=False))
    register_number: int = ColumnField(sa_type=BigInteger)
    kind: str = ColumnField(sa_type=String(40))
    actor: int | None = ColumnField(default=None, sa_type=Integer)
    token: int | None = ColumnField(default=None, sa_type=Integer)
    batch: int | None = ColumnField(default=None, sa_type=BigInteger)
    subject: dict[str, Any] = ColumnField(sa_column=Column(JsonText, nullable=False))
    digest: bytes = ColumnField(sa_column=Column(LargeBinary(32), nullable=False))
    previous: bytes | None = ColumnField(default=None, sa_column=Column(LargeBinary(32)))
    hash: bytes = ColumnField(sa_column=Column(LargeBinary(32), nullable=False))
