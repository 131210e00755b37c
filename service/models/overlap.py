"""Overlap decisions: what a total is of people whom several actors, or several periods, may have counted."""

from decimal import Decimal

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Integer, String
from sqlmodel import Field as ColumnField
from sqlmodel import SQLModel

from service.models.indicator import TOTAL, Cell
from service.models.measure import ExactDecimal, Measure
from service.models.period import Period, Window
from service.models.text import Body, CellCode, CellCodeOrTotal, JsonText, Texts
from service.models.vocabulary import OverlapMethod


class OverlapTerms(Body):
    """What the value of one window and one cell is, where it may lie anywhere between two ends, and why.

    `sum`: nobody was counted twice, it is the highest. `max`: everybody is among the most that one counted, it is the lowest.
    `agreed`: it is `value`, which no other method has.
    """

    dimensions: dict[CellCode, CellCodeOrTotal] | None = None
    period: Period
    from_period: Period | None = None
    method: OverlapMethod
    value: Measure | None = None
    reason: Texts

    @property
    def window(self) -> Window:
        """From the first day of `from_period` (without one: of `period`) to the last day of `period`."""
        return Window.over(self.from_period or self.period, self.period)

    @property
    def cell(self) -> Cell:
        """The cell it is for; `()` is the total."""
        return tuple(sorted((dimension, code) for dimension, code in (self.dimensions or {}).items() if code != TOTAL))

    @property
    def key(self) -> tuple[Window, Cell]:
        """What a later decision must share to replace it."""
        return self.window, self.cell


class OverlapDecision(SQLModel, table=True):
    """A decision in the terms of one version, from a journal entry on; `from_period` 0 is none, `cell` 0 the total."""

    __tablename__ = "overlap_decision"
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
    cell: int = ColumnField(primary_key=True, sa_type=Integer)
    from_period: int = ColumnField(primary_key=True, sa_type=Integer)
    period: int = ColumnField(primary_key=True, sa_type=Integer)
    journal: int = ColumnField(primary_key=True, sa_type=BigInteger)
    version: int = ColumnField(sa_type=Integer)
    proposal: int | None = ColumnField(default=None, sa_type=Integer)
    method: str = ColumnField(sa_type=String(20))
    value: Decimal | None = ColumnField(default=None, sa_type=ExactDecimal)
    reason: dict[str, str] = ColumnField(sa_column=Column(JsonText, nullable=False))
