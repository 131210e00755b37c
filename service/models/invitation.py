"""Invitations: one-time texts with which somebody gets a token of an actor."""

from datetime import datetime

from sqlalchemy import Column, ForeignKeyConstraint, Integer, LargeBinary, String, UniqueConstraint
from sqlmodel import Field as ColumnField
from sqlmodel import SQLModel

from service.models.instant import InstantColumn
from service.models.text import JsonText


class Invitation(SQLModel, table=True):
    """An invitation to act for one actor, made by `invited_by`; only the SHA-256 of its text is kept.

    `number` is one of the tokens'. `name`, `scopes` and `addresses` are those of the token that it will be exchanged for, which
    lives `session_days`; `addresses` None: from anywhere. `accepted_at` None: it was not exchanged; else `token` is the number
    of what it was exchanged for. `revoked_at` None: it was not taken back.
    """

    __table_args__ = (
        ForeignKeyConstraint(["community_id", "actor"], ["actor.community_id", "actor.number"]),
        ForeignKeyConstraint(["community_id", "invited_by"], ["actor.community_id", "actor.number"]),
        UniqueConstraint("community_id", "digest"),
    )
    community_id: int = ColumnField(primary_key=True, sa_type=Integer)
    number: int = ColumnField(primary_key=True, sa_type=Integer)
    actor: int = ColumnField(sa_type=Integer)
    invited_by: int = ColumnField(sa_type=Integer)
    name: str = ColumnField(sa_type=String(200))
    scopes: list[str] = ColumnField(sa_column=Column(JsonText, nullable=False))
    addresses: list[str] | None = ColumnField(default=None, sa_column=Column(JsonText))
    session_days: int = ColumnField(sa_type=Integer)
    digest: bytes = ColumnField(sa_column=Column(LargeBinary(32), nullable=False))
    created_at: datetime = ColumnField(sa_column=Column(InstantColumn, nullable=False))
    expires_at: datetime = ColumnField(sa_column=Column(InstantColumn, nullable=False))
    accepted_at: datetime | None = ColumnField(default=None, sa_column=Column(InstantColumn))
    revoked_at: datetime | None = ColumnField(default=None, sa_column=Column(InstantColumn))
    token: int | None = ColumnField(default=None, sa_type=Integer)
