"""A member's names → ours: what each column of its file holds, and how many contributions one row of it can make.

A row of a long file makes one contribution, a row of a wide file several, one for each indicator, period or code that columns
are fixed to. Each of them has a slot, and a number of its own: a `line`, the row's number times the slots, plus the slot's.
What is found out about a line can so be said of the row and of the very column in which it came.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from service.errors import Fault
from service.indicators.carried import MEASURES
from service.indicators.definition import column_name
from service.indicators.suggestion import shown
from service.models.mapping import Fixed, MappedColumn, MappedField, MappingTerms
from service.uploads.heading import Column, Heading, own_column
from service.uploads.period_formats import period_reader

IGNORED = "ignored"
PARTS = (MappedField.HALF, MappedField.QUARTER, MappedField.MONTH)
_PERIODS = (MappedField.PERIOD, MappedField.YEAR, *PARTS)
Names = tuple[tuple[str, str], ...]
"""What is fixed: pairs of a field, or a dimension's comparable name, and its text; sorted."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A mapping that a file was sent under: as it was named, its terms, and whose rows those are that name no actor.

    `actor` None: the sender's. `dataflow`: that of an SDMX file, whose mapping nobody named; None for any other.
    """

    named: str
    terms: MappingTerms
    actor: str | None = None
    dataflow: str | None = None

    def options(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """What an import keeps of it, as JSON: what becomes of the mapping afterwards changes nothing. What was `asked` for
        beside it wins over what it says."""
        terms = self.terms.model_dump(mode="json", exclude_defaults=True)
        said = {name: getattr(self.terms, name) for name in ("decimal", "encoding") if asked[name] == "auto"}
        return said | {"mapping": {"named": self.named, "terms": terms, "actor": self.actor, "dataflow": self.dataflow}}

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> "Sent | None":
        """The mapping that an import was sent under, None where it was sent without."""
        kept = options.get("mapping")
        return kept and cls(kept["named"], MappingTerms.model_validate(kept["terms"]), kept["actor"], kept.get("dataflow"))


@dataclass(frozen=True, slots=True)
class Slot:
    """One of the contributions that a row can make. Places are those of the file's own columns.

    `own`: where one of these cells has to say something, or there is no contribution; empty: there always is one.
    `only`, `never`: the indicators whose rows it is for (None: all), and those whose rows it is not for.
    """

    fixed: Mapping[str, str]
    measures: Mapping[str, int]
    own: tuple[int, ...] = ()
    only: frozenset[str] | None = None
    never: frozenset[str] = frozenset()

    def takes(self, indicator: str) -> bool:
        """Whether rows of that indicator belong here."""
        return (self.only is None or indicator in self.only) and indicator not in self.never


@dataclass(frozen=True)
class MappedHeading(Heading):
    """What a file's columns amount to. `columns` are ours; `source` is the file's own heading, `slots` what a row can make.

    `places` says where in the file each of ours stands, several places for a period of several columns; those that slots fix
    and measures are in the slots. `constants` are the same in every line.
    """

    source: Heading
    slots: tuple[Slot, ...]
    places: Mapping[str, tuple[int, ...]]
    constants: Mapping[str, str]
    named: Mapping[int, MappedColumn]
    sent: Sent

    @property
    def width(self) -> int:
        """How many cells each row of the file has."""
        return len(self.source.columns)

    def row_of(self, line: int) -> int:
        """The row of the file in which a line stands."""
        return line // len(self.slots)

    def head_at(self, line: int, name: str) -> str | None:
        """The head, in the file, of what a line says under `name`; None where the file has no such column."""
        slot = self.slots[line % len(self.slots)]
        if name in slot.measures:
            places: tuple[int, ...] = (slot.measures[name],)
        elif slot.own and (name in slot.fixed or name in MEASURES):
            places = slot.own[:1]
        else:
            places = self.places.get(name, ())
        return " + ".join(shown(self.source.columns[place].head) for place in places) or None

    @cached_property
    def is_wide(self) -> bool:
        """Whether one row can make several contributions."""
        return any(slot.own for slot in self.slots)


@dataclass(frozen=True, slots=True)
class _Number:
    """A column of numbers of the file."""

    place: int
    measure: str
    fixed: Names
    indicators: frozenset[str]


class Layout:
    """What `heads` are under a mapping. `faults` says what is wrong with that, each with the place of its column as `row`."""

    def __init__(self, heads: Sequence[str], sent: Sent, dimensions: Mapping[str, str]) -> None:
        terms = sent.terms
        self.constants = dict(_names(terms.constants))
        self.places: dict[str, tuple[int, ...]] = {}
        self.named: dict[int, MappedColumn] = {}
        self.columns: list[Column] = []
        self.faults: list[Fault] = []
        self._numbers: list[_Number] = []
        self.dimensions = dict(dimensions)
        self._terms = terms
        self._by_head = {column_name(column.column): column for column in terms.columns}
        self._ignored = {column_name(head) for head in terms.ignored}
        self._reader = period_reader(terms.period)
        for place, head in enumerate(heads):
            self._take(place, head)
        self._join_parts()
        self.slots = tuple(self._slots())
        for slot in self.slots:
            self._look_twice(slot)
        if sent.actor is not None and "actor" not in self.places:
            self.constants.setdefault("actor", sent.actor)

    def missing(self) -> list[str]:
        """Names of what every contribution needs and one of them does not have."""
        there = self.places.keys() | self.constants.keys()
        absent = [name for name in ("indicator", "period") if any(name not in there | slot.fixed.keys() for slot in self.slots)]
        return absent if self._numbers else [*absent, "value"]

    def absent_heads(self) -> list[str]:
        """Heads that the mapping names and the file does not have."""
        there = {column_name(column.head) for column in self.columns}
        return [column.column for name, column in self._by_head.items() if name not in there]

    def _take(self, place: int, head: str) -> None:
        name = column_name(head)
        column = self._by_head.get(name)
        if name in self._ignored:
            self.columns.append(Column(place, head, IGNORED))
            return
        if column is None:
            own = own_column(place, head, self.dimensions)
            period = self._reader(head) if self._terms.period_columns and own.is_blank and head.strip() else None
            if period is not None and self._terms.period_columns:
                own = Column(place, head, self._terms.period_columns.value)
                self._numbers.append(_Number(place, str(own.field), (("period", period),), frozenset()))
            elif own.field in MEASURES:
                self._numbers.append(_Number(place, own.field, (), frozenset()))
            elif not own.is_blank and not own.is_added:
                self._stand(own.field or own.dimension or "", place, head)
            self.columns.append(own)
            return
        self.named[place] = column
        field = None if column.field is None else column.field.value
        dimension = None if column.dimension is None else column_name(column.dimension)
        self.columns.append(Column(place, head, field, dimension))
        if field in MEASURES:
            indicators = frozenset(column.for_indicators)
            self._numbers.append(_Number(place, field, _names(column.fixed), indicators))
        else:
            self._stand(field or dimension or "", place, head)

    def _stand(self, name: str, place: int, head: str) -> None:
        if name in self.places or name in self.constants:
            self._twice(name, place, head)
        self.places[name] = (place,)

    def _join_parts(self) -> None:
        """One period of a column for the year and another one."""
        given = [name for name in _PERIODS if name in self.places]
        parts = [name for name in given if name in PARTS]
        if len(parts) > 1 or (MappedField.PERIOD in given and len(given) > 1) or ("period" in self.constants and parts):
            place = self.places[given[-1]][0]
            self._twice("period", place, self.columns[place].head)
        elif parts and MappedField.YEAR not in given:
            place = self.places[parts[0]][0]
            sentence = f"a {parts[0]} makes a period with a column for the year, and there is none"
            self.faults.append(Fault("year_missing", sentence, row=place, context={"part": parts[0].value}))
        elif MappedField.YEAR in given:
            if "period" in self.constants:
                self._twice("period", self.places["year"][0], self.columns[self.places["year"][0]].head)
            self.places["period"] = (self.places["year"][0], *(self.places[part][0] for part in parts))

    def _slots(self) -> Iterator[Slot]:
        groups = list(dict.fromkeys(number.fixed for number in self._numbers if number.fixed))
        shared = [number for number in self._numbers if not number.fixed]
        for fixed in groups:
            own = [number for number in self._numbers if number.fixed == fixed]
            yield from self._of_group(dict(fixed), own + shared, tuple(number.place for number in own))
        if not groups:
            yield from self._of_group({}, shared, ())

    def _of_group(self, fixed: dict[str, str], numbers: list[_Number], own: tuple[int, ...]) -> Iterator[Slot]:
        """One slot, or one for each set of columns that the rows of some indicator are read from, and one for all others."""
        indicator = fixed.get("indicator", self.constants.get("indicator"))
        listed = sorted({code for number in numbers for code in number.indicators})
        if indicator is not None:
            numbers = [number for number in numbers if not number.indicators or indicator in number.indicators]
            listed = []
        read_from: dict[tuple[_Number, ...], list[str]] = {}
        for code in listed:
            columns = tuple(number for number in numbers if not number.indicators or code in number.indicators)
            read_from.setdefault(columns, []).append(code)
        for columns, codes in read_from.items():
            yield Slot(fixed, self._measures(columns), own, frozenset(codes))
        always = [number for number in numbers if indicator is not None or not number.indicators]
        yield Slot(fixed, self._measures(always), own, None, frozenset(listed))

    def _measures(self, numbers: Sequence[_Number]) -> dict[str, int]:
        found: dict[str, int] = {}
        for number in numbers:
            if number.measure in found:
                self._twice(number.measure, number.place, self.columns[number.place].head)
            found[number.measure] = number.place
        return found

    def _look_twice(self, slot: Slot) -> None:
        """What a slot fixes may stand nowhere else."""
        for name in slot.fixed:
            if name in self.places or name in self.constants:
                self._twice(name, slot.own[0], self.columns[slot.own[0]].head)

    def _twice(self, name: str, place: int, head: str) -> None:
        sentence = f"there are two columns for `{name}`"
        fault = Fault("duplicate_column", sentence, row=place, column=shown(head), context={"column": name})
        if fault not in self.faults:
            self.faults.append(fault)


def _names(fixed: Fixed | None) -> Names:
    if fixed is None:
        return ()
    fields = {name: getattr(fixed, name) for name in ("indicator", "actor", "period", "observation_status")}
    names = {name: str(value) for name, value in fields.items() if value is not None}
    return tuple(sorted((names | {column_name(code): text for code, text in fixed.dimensions.items()}).items()))


def heading_of(layout: Layout, source: Heading, sent: Sent) -> MappedHeading:
    """What a file with the heading `source` amounts to, laid out without faults."""
    own = {name: source.columns[places[0]] for name, places in layout.places.items() if len(places) == 1}
    made = [*layout.constants, *(name for slot in layout.slots for name in (*slot.fixed, *slot.measures))]
    columns, place = [], len(source.columns)
    for name in dict.fromkeys([*layout.places, *made]):
        if name in (MappedField.YEAR, *PARTS):
            continue
        field, dimension = (None, name) if name in layout.dimensions else (name, None)
        head = own[name].head if name in own else name
        columns.append(Column(own[name].place if name in own else place, head, field, dimension))
        place += name not in own
    blank = [column for column in source.columns if column.is_blank]
    return MappedHeading(
        source.delimiter,
        (*columns, *blank),
        source.length,
        source.rows,
        source,
        layout.slots,
        layout.places,
        layout.constants,
        layout.named,
        sent,
    )
