"""Mappings: how one actor's recurring export reads. Its column names, labels, periods and numbers, and ours for them."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints
from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Integer, String
from sqlmodel import Field as ColumnField
from sqlmodel import SQLModel

from service.models.period import Period
from service.models.text import Body, CellCode, CellCodeOrTotal, Code, JsonText, Label
from service.models.vocabulary import Frequency, ObservationStatus


class MappedField(StrEnum):
    """What a column can hold besides dimension codes. `year` and one of the others make a period of two columns."""

    INDICATOR = "indicator"
    ACTOR = "actor"
    PERIOD = "period"
    YEAR = "year"
    HALF = "half"
    QUARTER = "quarter"
    MONTH = "month"
    VALUE = "value"
    NUMERATOR = "numerator"
    DENOMINATOR = "denominator"
    WEIGHT = "weight"
    OBSERVATION_STATUS = "observation_status"
    COMMENT = "comment"
    EVIDENCE = "evidence"


class MappedMeasure(StrEnum):
    """What the cells of a file with a column per period hold."""

    VALUE = "value"
    NUMERATOR = "numerator"
    DENOMINATOR = "denominator"
    WEIGHT = "weight"


class PeriodFormat(StrEnum):
    """How periods are written. `SDMX` is how this service writes them; the other formats take nothing else than themselves.

    `YYYY` 2025 · `YY` 25, of this century · `YYYY/YY` 2024/25, 2024-2025 · `SN YYYY` S1 2025, 2025 S1 ·
    `QN YYYY` T1 2025, Q1 2025, 2025-T1 · `MM/YYYY` 03/2025, 3-2025 · `YYYYMM` 202503 · `MMMM YYYY` mars 2025, Mar. 2025 ·
    `DD/MM/YYYY` 31/03/2025, 31.3.2025 · `MM/DD/YYYY` 03/31/2025 · `YYYY-MM-DD` 2025-03-31, with or without a time.
    """

    SDMX = "SDMX"
    YEAR = "YYYY"
    SHORT_YEAR = "YY"
    TWO_YEARS = "YYYY/YY"
    HALF_YEAR = "SN YYYY"
    QUARTER_YEAR = "QN YYYY"
    MONTH_YEAR = "MM/YYYY"
    YEAR_MONTH = "YYYYMM"
    NAMED_MONTH = "MMMM YYYY"
    DAY_FIRST = "DD/MM/YYYY"
    MONTH_FIRST = "MM/DD/YYYY"
    ISO_DAY = "YYYY-MM-DD"


OF_DAYS = frozenset({PeriodFormat.DAY_FIRST, PeriodFormat.MONTH_FIRST, PeriodFormat.ISO_DAY})


Head = Annotated[Label, StringConstraints(pattern=r"\S")]
"""A column's head as the file writes it; compared without case, accents and outer spaces."""

Labels = Annotated[dict[Label, CellCodeOrTotal], Field(max_length=10_000)]


class Fixed(Body):
    """What is the same wherever it applies: in every row, or in every cell of one column."""

    indicator: Code | None = None
    actor: Code | None = None
    period: Period | None = None
    observation_status: ObservationStatus | None = None
    dimensions: dict[CellCode, CellCodeOrTotal] = Field(default_factory=dict, max_length=100)


class MappedColumn(Body):
    """One column of the file: what it holds, a `field` or the codes of a `dimension`, and the codes that its labels stand for.

    Labels are compared without case, accents and outer spaces; what is no label stands for itself. `fixed` makes the file a
    wide one: the column's numbers are for that indicator, period or code. `for_indicators`: its numbers are read in rows of
    these indicators only; empty: in all.
    """

    column: Head
    field: MappedField | None = None
    dimension: CellCode | None = None
    labels: Labels = Field(default_factory=dict)
    fixed: Fixed | None = None
    for_indicators: list[Code] = Field(default_factory=list, max_length=1_000)


class PeriodReading(Body):
    """How periods are written.

    Days need the `frequency` of the periods they stand for: that in which the day lies (`within`), or, with `day: last`, that
    which it ends: any other day is refused. `YYYY/YY` needs `year`, which of the two it is.
    """

    format: PeriodFormat = PeriodFormat.SDMX
    frequency: Frequency | None = None
    day: Literal["within", "last"] = "within"
    year: Literal["first", "last"] | None = None


ForeignName = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"\S")]
"""What another system calls something: a UID of DHIS2, or a code."""


class Dhis2Element(Body):
    """A data element of DHIS2, with one category option combo or (None) whichever, and the measure of a cell that it is."""

    data_element: ForeignName
    category_option_combo: ForeignName | None = None
    indicator: Code
    measure: MappedMeasure = MappedMeasure.VALUE
    dimensions: dict[CellCode, CellCodeOrTotal] = Field(default_factory=dict, max_length=100)


class Dhis2Terms(Body):
    """What DHIS2 calls things: its data elements, and the organisation units that our actors (the keys) are there."""

    data_elements: list[Dhis2Element] = Field(min_length=1, max_length=10_000)
    org_units: dict[Code, ForeignName] = Field(min_length=1, max_length=1_000)


class MappingTerms(Body):
    """How a file reads. Columns that it does not name are read as without it: by our heads, or refused as unknown.

    `constants` stand in for columns that the file lacks. `period_columns`: every column that is not named and whose head is a
    period, as `period` writes them, holds that measure of that period. `no_value`: what stands in cells of numbers where there
    is none. A row, or a cell of a wide file, whose value or numerator says so is no contribution; so is an empty cell of a
    wide file. `dhis2`: what DHIS2 calls things, for `…/dhis2/data-value-sets`; it is nothing to files.
    """

    columns: list[MappedColumn] = Field(default_factory=list, max_length=1_000)
    ignored: list[Head] = Field(default_factory=list, max_length=1_000)
    constants: Fixed = Field(default_factory=Fixed)
    period: PeriodReading = Field(default_factory=PeriodReading)
    period_columns: MappedMeasure | None = None
    no_value: list[Label] = Field(default_factory=list, max_length=100)
    decimal: Literal["auto", "point", "comma"] = "auto"
    encoding: Literal["auto", "utf-8", "utf-16", "windows-1252"] = "auto"
    delimiter: Annotated[str, StringConstraints(pattern=r"^(auto|[,;|\t])$")] = "auto"
    dhis2: Dhis2Terms | None = None


class Mapping(SQLModel, table=True):
    """How files of an actor read under a name from a journal entry on; `terms` is a MappingTerms, None: it was deleted."""

    __table_args__ = (
        ForeignKeyConstraint(["community_id", "actor"], ["actor.community_id", "actor.number"]),
        ForeignKeyConstraint(["community_id", "journal"], ["journal_entry.community_id", "journal_entry.number"]),
    )
    community_id: int = ColumnField(primary_key=True, sa_type=Integer)
    actor: int = ColumnField(primary_key=True, sa_type=Integer)
    name: str = ColumnField(primary_key=True, sa_type=String(63))
    journal: int = ColumnField(primary_key=True, sa_type=BigInteger)
    terms: dict[str, Any] | None = ColumnField(default=None, sa_column=Column(JsonText))
