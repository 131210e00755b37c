"""Webhooks: where what happens is delivered to, how far it was, and the alerts that time brings about."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Date, ForeignKeyConstraint, Integer, String, Text, UniqueConstraint
from sqlmodel import Field as ColumnField
from sqlmodel import SQLModel

from service.models.instant import InstantColumn
from service.models.text import JsonText


class Webhook(SQLModel, table=True):
    """An address of an actor's that is told what happens. `number` is that of the journal entry that made it.

    `kinds` None: of every kind. `secret` signs, and until `old_secret_until` `old_secret` does beside it: what is signed with a
    secret cannot be checked by its digest, so that these are kept as they are. `position` and `alert_position`: the last event
    and the last alert that were delivered, or passed over as they are of other kinds. `paused_at` None: it is delivered to.
    `failing_since`: the first failure since the last success; None: the last attempt, where there was any, succeeded.
    `attempts` counts since then. `last_status`: what the last attempt was answered; None where it was not answered at all.
    """

    __table_args__ = (ForeignKeyConstraint(["community_id", "actor"], ["actor.community_id", "actor.number"]),)
    community_id: int = ColumnField(primary_key=True, sa_type=Integer)
    number: int = ColumnField(primary_key=True, sa_type=BigInteger)
    actor: int = ColumnField(sa_type=Integer)
    url: str = ColumnField(sa_column=Column(Text, nullable=False))
    kinds: list[str] | None = ColumnField(default=None, sa_column=Column(JsonText))
    description: str | None = ColumnField(default=None, sa_type=String(200))
    secret: str = ColumnField(sa_type=String(80))
    old_secret: str | None = ColumnField(default=None, sa_type=String(80))
    old_secret_until: datetime | None = ColumnField(default=None, sa_column=Column(InstantColumn))
    created_at: datetime = ColumnField(sa_column=Column(InstantColumn, nullable=False))
    position: int = ColumnField(sa_type=BigInteger)
    alert_position: int = ColumnField(sa_type=BigInteger)
    paused_at: datetime | None = ColumnField(default=None, sa_column=Column(InstantColumn))
    pause_reason: str | None = ColumnField(default=None, sa_type=String(20))
    failing_since: datetime | None = ColumnField(default=None, sa_column=Column(InstantColumn))
    attempts: int = ColumnField(default=0, sa_type=Integer)
    last_status: int | None = ColumnField(default=None, sa_type=Integer)
    last_error: str | None = ColumnField(default=None, sa_type=String(40))
    last_attempt_at: datetime | None = ColumnField(default=None, sa_column=Column(InstantColumn))
    last_delivered_at: datetime | None = ColumnField(default=None, sa_column=Column(InstantColumn))


class WebhookTurn(SQLModel, table=True):
    """Global: a webhook that is delivered to, for workers to lease; there is none for one that is paused.

    `due_at` None: as soon as there is something to tell. `lease` tells leases apart, as a job's `attempts` do.
    """

    __tablename__ = "webhook_turn"
    __table_args__ = (UniqueConstraint("community_id", "webhook"),)
    number: int | None = ColumnField(default=None, primary_key=True, sa_type=Integer)
    community_id: int = ColumnField(sa_type=Integer)
    webhook: int = ColumnField(sa_type=BigInteger)
    due_at: datetime | None = ColumnField(default=None, sa_column=Column(InstantColumn))
    leased_until: datetime | None = ColumnField(default=None, sa_column=Column(InstantColumn))
    lease: int = ColumnField(default=0, sa_type=Integer)


class Alert(SQLModel, table=True):
    """What time brought about, or the sender of webhooks, and no entry of the journal says.

    `upto` is the number of the entry that the journal ended with at `instant`. `subject` says in JSON what happened; `told_to`
    holds the numbers of the actors who may know besides the support, None: every member may.
    """

    __table_args__ = (ForeignKeyConstraint(["community_id"], ["community.community_id"]),)
    community_id: int = ColumnField(primary_key=True, sa_type=Integer)
    number: int = ColumnField(primary_key=True, sa_type=BigInteger)
    instant: datetime = ColumnField(sa_column=Column(InstantColumn, nullable=False))
    upto: int = ColumnField(sa_type=BigInteger)
    kind: str = ColumnField(sa_type=String(40))
    subject: dict[str, Any] = ColumnField(sa_column=Column(JsonText, nullable=False))
    told_to: list[int] | None = ColumnField(default=None, sa_column=Column(JsonText))


class AlertWatch(SQLModel, table=True):
    """How far a community was looked at: alerts are made of every day up to `day`, which had begun. It counts the alerts."""

    __tablename__ = "alert_watch"
    __table_args__ = (ForeignKeyConstraint(["community_id"], ["community.community_id"]),)
    community_id: int = ColumnField(primary_key=True, sa_type=Integer)
    day: date | None = ColumnField(default=None, sa_column=Column(Date))
    last_number: int = ColumnField(default=0, sa_type=BigInteger)
