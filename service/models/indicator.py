"""Indicators: a stable identity, its definitions (`MODEL.md` 1) and the bridges between them (`MODEL.md` 3)."""

from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError
from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Integer, String, UniqueConstraint
from sqlmodel import Field as ColumnField
from sqlmodel import SQLModel

from service.models.measure import ExactDecimal, Measure
from service.models.period import Period
from service.models.text import Body, CellCode, Code, JsonText, Texts, spoken
from service.models.vocabulary import (
    BridgeKind,
    DenominatorOverTime,
    Direction,
    Frequency,
    Level,
    MeasureKind,
    Nature,
    OverActors,
    OverCodes,
    OverTime,
)

TOTAL, OUT_OF_SCOPE = "_T", "_X"
"""SDMX's code for the total; the code that a bridge maps to what no longer belongs."""
MAXIMUM_DIMENSIONS, MAXIMUM_CODES = 8, 5_000

Cell = tuple[tuple[str, str], ...]
"""One combination of dimension codes, sorted by dimension; `()` is the total."""


class Dimension(Body):
    """A breakdown: codes that exclude each other."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: CellCode
    codes: list[CellCode] = Field(min_length=1, max_length=MAXIMUM_CODES)
    name: Texts | None = None
    labels: dict[str, Texts] | None = None


class UnitOfMeasure(Body):
    """A label with an optional code (UCUM, ISO 4217)."""

    label: Texts
    code: Annotated[str, Field(pattern=r"^[!-~]{1,64}$")] | None = None


def _unit(given: Any) -> Any:
    if isinstance(given, dict) and "label" in given:
        return given
    if isinstance(given, (str, dict)):
        return {"label": given}
    if isinstance(given, UnitOfMeasure):
        return given
    raise PydanticCustomError("not_a_text", 'a unit is a text, or {"label": …, "code": …}')


Unit = Annotated[
    UnitOfMeasure,
    BeforeValidator(_unit),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {
                    "type": "object",
                    "properties": {
                        "label": {
                            "anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}]
                        },
                        "code": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                        "en": {"type": "string"},
                        "fr": {"type": "string"},
                    },
                    "additionalProperties": False,
                },
            ],
            "description": "A label, or a label with a UCUM or ISO 4217 code. Answered as an object with `label` and `code`.",
        }
    ),
]


class Definition(Body):
    """What an indicator means, from `effective_from` on. Texts say it to people, the rest to the engine.

    `over_codes` and `denominator_over_time` are filled in with MODEL.md's defaults when left out, so that a stored
    definition reads the same for ever. Which combinations are legal is said in `indicators/definition.py`.
    """

    name: Texts
    unit: Unit
    measure: MeasureKind
    nature: Nature
    over_time: OverTime
    over_actors: OverActors
    over_codes: OverCodes | None = None
    denominator_over_time: DenominatorOverTime | None = None
    direction: Direction
    frequency: Frequency
    dimensions: list[Dimension] = Field(default_factory=list, max_length=MAXIMUM_DIMENSIONS)
    effective_from: Period | None = None
    carry_forward: int = Field(default=1, ge=0, le=10_000)
    minimum: Measure | None = None
    maximum: Measure | None = None
    decimals: int = Field(default=2, ge=0, le=12)
    factor: Measure = Decimal(1)
    contributors: Annotated[
        list[Code] | str, Field(description='`"all"`, or the actors who are expected to report', examples=["all"])
    ] = "all"
    level: Level = Level.OUTCOME
    description: Texts | None = None
    method: Texts | None = None
    limitations: Texts | None = None
    sources: Texts | None = None

    @model_validator(mode="after")
    def _fill_in(self) -> Self:
        if isinstance(self.contributors, str) and self.contributors != "all":
            raise PydanticCustomError("not_contributors", '`contributors` is "all" or a list of actors')
        if self.over_codes is None:
            adds = self.measure is not MeasureKind.QUANTITY or self.over_actors in (OverActors.SUM, OverActors.DISTINCT)
            self.over_codes = OverCodes.SUM if adds else OverCodes.NONE
        if self.denominator_over_time is None and self.measure is MeasureKind.RATIO:
            self.denominator_over_time = DenominatorOverTime(self.over_time) if self.over_time in ("sum", "last") else None
        return self

    def spoken(self, language: str) -> Self:
        """The same with every bare text put under the community's `language`."""
        said = self.model_copy(deep=True)
        said.name = spoken(said.name, language)
        said.unit = UnitOfMeasure(label=spoken(said.unit.label, language), code=said.unit.code)
        for text in ("description", "method", "limitations", "sources"):
            if getattr(said, text) is not None:
                setattr(said, text, spoken(getattr(said, text), language))
        said.dimensions = [
            dimension.model_copy(
                update={
                    "name": dimension.name and spoken(dimension.name, language),
                    "labels": dimension.labels and {code: spoken(label, language) for code, label in dimension.labels.items()},
                }
            )
            for dimension in said.dimensions
        ]
        return said

    @property
    def runs_up(self) -> bool:
        """Whether a longer window makes more of it (`MODEL.md` 5)."""
        if self.measure is MeasureKind.QUANTITY:
            return self.over_time is OverTime.SUM
        return (
            self.measure is MeasureKind.RATIO
            and self.over_time is OverTime.SUM
            and self.denominator_over_time is DenominatorOverTime.LAST
        )


class Bridge(Body):
    """How a value under the version before reads under this one. Absent factors are 1, an absent offset is 0."""

    kind: BridgeKind
    factor: Measure | None = None
    offset: Measure | None = None
    numerator_factor: Measure | None = None
    denominator_factor: Measure | None = None
    code_map: dict[str, dict[str, str | None]] | None = None
    note: Texts | None = None


class Indicator(SQLModel, table=True):
    """A stable identity. What it means stands in its versions, where it hangs in its placements."""

    __table_args__ = (
        ForeignKeyConstraint(["community_id"], ["community.community_id"]),
        UniqueConstraint("community_id", "code"),
    )
    community_id: int = ColumnField(primary_key=True, sa_type=Integer)
    number: int = ColumnField(primary_key=True, sa_type=Integer)
    code: str = ColumnField(sa_type=String(63))


class IndicatorVersion(SQLModel, table=True):
    """One adopted definition: never edited, never deleted. `bridge` of version 1 is None."""

    __tablename__ = "indicator_version"
    __table_args__ = (
        ForeignKeyConstraint(["community_id", "indicator"], ["indicator.community_id", "indicator.number"]),
        ForeignKeyConstraint(["community_id", "journal"], ["journal_entry.community_id", "journal_entry.number"]),
    )
    community_id: int = ColumnField(primary_key=True, sa_type=Integer)
    indicator: int = ColumnField(primary_key=True, sa_type=Integer)
    number: int = ColumnField(primary_key=True, sa_type=Integer)
    journal: int = ColumnField(sa_type=BigInteger)
    proposal: int | None = ColumnField(default=None, sa_type=Integer)
    definition: dict[str, Any] = ColumnField(sa_column=Column(JsonText, nullable=False))
    bridge: dict[str, Any] | None = ColumnField(default=None, sa_column=Column(JsonText))
    change_note: dict[str, str] | None = ColumnField(default=None, sa_column=Column(JsonText))


class Placement(SQLModel, table=True):
    """Under which objective an indicator hangs, with what weight, from a journal entry on; `retired` ends its reporting."""

    __table_args__ = (
        ForeignKeyConstraint(["community_id", "indicator"], ["indicator.community_id", "indicator.number"]),
        ForeignKeyConstraint(["community_id", "objective"], ["objective.community_id", "objective.number"]),
        ForeignKeyConstraint(["community_id", "journal"], ["journal_entry.community_id", "journal_entry.number"]),
    )
    community_id: int = ColumnField(primary_key=True, sa_type=Integer)
    indicator: int = ColumnField(primary_key=True, sa_type=Integer)
    journal: int = ColumnField(primary_key=True, sa_type=BigInteger)
    objective: int = ColumnField(sa_type=Integer)
    weight: Decimal = ColumnField(sa_type=ExactDecimal)
    retired: bool = ColumnField(default=False)
