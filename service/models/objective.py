"""The tree of objectives and its weights."""

from decimal import Decimal

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Integer, String, UniqueConstraint
from sqlmodel import Field as ColumnField
from sqlmodel import SQLModel

from service.models.measure import ExactDecimal
from service.models.text import JsonText

ROOT = "common"
"""The code of the root: the objective that the community pursues in common."""


class Objective(SQLModel, table=True):
    """The stable identity of a node of the tree."""

    __table_args__ = (
        ForeignKeyConstraint(["community_id"], ["community.community_id"]),
        UniqueConstraint("community_id", "code"),
    )
    community_id: int = ColumnField(primary_key=True, sa_type=Integer)
    number: int = ColumnField(primary_key=True, sa_type=Integer)
    code: str = ColumnField(sa_type=String(63))


class ObjectiveState(SQLModel, table=True):
    """Its name, place and weight from a journal entry on. The root has no parent; `removed` takes it out of the tree."""

    __tablename__ = "objective_state"
    __table_args__ = (
        ForeignKeyConstraint(["community_id", "objective"], ["objective.community_id", "objective.number"]),
        ForeignKeyConstraint(["community_id", "parent"], ["objective.community_id", "objective.number"]),
        ForeignKeyConstraint(["community_id", "journal"], ["journal_entry.community_id", "journal_entry.number"]),
    )
    community_id: int = ColumnField(primary_key=True, sa_type=Integer)
    objective: int = ColumnField(primary_key=True, sa_type=Integer)
    journal: int = ColumnField(primary_key=True, sa_type=BigInteger)
    name: dict[str, str] = ColumnField(sa_column=Column(JsonText, nullable=False))
    parent: int | None = ColumnField(default=None, sa_type=Integer)
    weight: Decimal = ColumnField(sa_type=ExactDecimal)
    removed: bool = ColumnField(default=False)
