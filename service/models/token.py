"""Tokens, and the keys under which answers are remembered for those who ask twice."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKeyConstraint, Integer, LargeBinary, SmallInteger, String, UniqueConstraint
from sqlmodel import Field as ColumnField
from sqlmodel import SQLModel

from service.models.instant import InstantColumn
from service.models.text import JsonText


class Token(SQLModel, table=True):
    """A bearer token of one actor of one community; only its SHA-256 is kept.

    `expires_at` None: it was made before tokens had an end. `addresses` None: it may be used from anywhere. `predecessor`: the
    number of the token that it was made to take over from. `last_used_at`: to the minute, and up to a minute late.
    """

    __table_args__ = (
        ForeignKeyConstraint(["community_id", "actor"], ["actor.community_id", "actor.number"]),
        UniqueConstraint("community_id", "digest"),
    )
    community_id: int = ColumnField(primary_key=True, sa_type=Integer)
    number: int = ColumnField(primary_key=True, sa_type=Integer)
    actor: int = ColumnField(sa_type=Integer)
    name: str = ColumnField(sa_type=String(200))
    scopes: list[str] = ColumnField(sa_column=Column(JsonText, nullable=False))
    digest: bytes = ColumnField(sa_column=Column(LargeBinary(32), nullable=False))
    created_at: datetime = ColumnField(sa_column=Column(InstantColumn, nullable=False))
    expires_at: datetime | None = ColumnField(default=None, sa_column=Column(InstantColumn))
    revoked_at: datetime | None = ColumnField(default=None, sa_column=Column(InstantColumn))
    addresses: list[str] | None = ColumnField(default=None, sa_column=Column(JsonText))
    predecessor: int | None = ColumnField(default=None, sa_type=Integer)
    last_used_at: datetime | None = ColumnField(default=None, sa_column=Column(InstantColumn))


class OperatorToken(SQLModel, table=True):
    """Global: a token of who runs the service, made on the command line only. `expires_at` None: it never ends by itself."""

    __tablename__ = "operator_token"
    number: int | None = ColumnField(default=None, primary_key=True, sa_type=Integer)
    name: str = ColumnField(sa_type=String(200))
    digest: bytes = ColumnField(sa_column=Column(LargeBinary(32), nullable=False, unique=True))
    created_at: datetime = ColumnField(sa_column=Column(InstantColumn, nullable=False))
    revoked_at: datetime | None = ColumnField(default=None, sa_column=Column(InstantColumn))
    expires_at: datetime | None = ColumnField(default=None, sa_column=Column(InstantColumn))
    last_used_at: datetime | None = ColumnField(default=None, sa_column=Column(InstantColumn))


class Person(SQLModel, table=True):
    """Somebody whom an issuer of identities vouches for under `subject`, acting for one actor. Deleted when unlinked."""

    __table_args__ = (
        ForeignKeyConstraint(["community_id", "actor"], ["actor.community_id", "actor.number"]),
        UniqueConstraint("community_id", "issuer", "subject"),
    )
    community_id: int = ColumnField(primary_key=True, sa_type=Integer)
    number: int = ColumnField(primary_key=True, sa_type=Integer)
    actor: int = ColumnField(sa_type=Integer)
    issuer: str = ColumnField(sa_type=String(500))
    subject: str = ColumnField(sa_type=String(255))
    name: str | None = ColumnField(default=None, sa_type=String(200))
    scopes: list[str] = ColumnField(sa_column=Column(JsonText, nullable=False))
    created_at: datetime = ColumnField(sa_column=Column(InstantColumn, nullable=False))


class IdempotencyKey(SQLModel, table=True):
    """Global: the answer given under a caller's `Idempotency-Key`, stored in the transaction of its effect.

    `community_id` is that of the caller's token, None where there is none: a text erased there is taken out of what is kept.
    """

    __tablename__ = "idempotency_key"
    digest: bytes = ColumnField(sa_column=Column(LargeBinary(32), primary_key=True))
    request_digest: bytes = ColumnField(sa_column=Column(LargeBinary(32), nullable=False))
    status: int = ColumnField(sa_type=SmallInteger)
    headers: dict[str, Any] = ColumnField(sa_column=Column(JsonText, nullable=False))
    body: bytes = ColumnField(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = ColumnField(sa_column=Column(InstantColumn, nullable=False, index=True))
    community_id: int | None = ColumnField(default=None, sa_type=Integer)
