"""Targets: the value aimed at by the end of a period, from a baseline."""

from decimal import Decimal
from typing import Any

from pydantic import Field
from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Integer
from sqlmodel import Field as ColumnField
from sqlmodel import SQLModel

from service.models.measure import ExactDecimal, Measure
from service.models.period import Period, Window
from service.models.text import Body, CellCode, CellCodeOrTotal, Code, JsonText


class Point(Body):
    """A value at the end of a period: a baseline or a milestone."""

    period: Period
    value: Measure


class TargetTerms(Body):
    """What is aimed at: `value`, or for `maintain` both bounds; by the end of `period`, over `from_period` to `period`."""

    actor: Code | None = None
    dimensions: dict[CellCode, CellCodeOrTotal] | None = None
    period: Period
    from_period: Period | None = None
    value: Measure | None = None
    minimum: Measure | None = None
    maximum: Measure | None = None
    baseline: Point | None = None
    milestones: list[Point] = Field(default_factory=list, max_length=1_000)

    @property
    def window(self) -> Window:
        """From the first day of `from_period` (without one: of `period`) to the last day of `period`."""
        return Window.over(self.from_period or self.period, self.period)

    @property
    def cell(self) -> tuple[tuple[str, str], ...]:
        """The cell it is set for; `()` is the total."""
        return tuple(sorted((self.dimensions or {}).items()))

    @property
    def key(self) -> tuple[str | None, tuple[tuple[str, str], ...], Period | None, Period]:
        """What a later target of the same version must share to replace it."""
        return self.actor, self.cell, self.from_period, self.period


class Target(SQLModel, table=True):
    """A target of one version from a journal entry on; `actor` 0 is the community, `from_period` 0 none."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["community_id", "indicator", "version"],
            ["indicator_version.community_id", "indicator_version.indicator", "indicator_version.number"],
        ),
        ForeignKeyConstraint(["community_id", "cell"], ["cell.community_id", "cell.number"]),
        ForeignKeyConstraint(["community_id", "journal"], ["journal_entry.community_id", "journal_entry.number"]),
    )
    community_id: int = ColumnField(primary_key=True, sa_type=Integer)
    indicator: int = ColumnField(primary_key=True, sa_type=Integer)
    version: int = ColumnField(primary_key=True, sa_type=Integer)
    actor: int = ColumnField(primary_key=True, sa_type=Integer)
    cell: int = ColumnField(primary_key=True, sa_type=Integer)
    from_period: int = ColumnField(primary_key=True, sa_type=Integer)
    period: int = ColumnField(primary_key=True, sa_type=Integer)
    journal: int = ColumnField(primary_key=True, sa_type=BigInteger)
    value: Decimal | None = ColumnField(default=None, sa_type=ExactDecimal)
    minimum: Decimal | None = ColumnField(default=None, sa_type=ExactDecimal)
    maximum: Decimal | None = ColumnField(default=None, sa_type=ExactDecimal)
    baseline_period: int | None = ColumnField(default=None, sa_type=Integer)
    baseline_value: Decimal | None = ColumnField(default=None, sa_type=ExactDecimal)
    milestones: list[Any] = ColumnField(default_factory=list, sa_column=Column(JsonText, nullable=False))
    dropped: bool = ColumnField(default=False)
