"""DHIS2: data value sets as its Web API writes them, out and in (https://docs.dhis2.org, "Data values")."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from service.indicators.definition import column_name
from service.models.indicator import TOTAL, Cell
from service.models.mapping import Dhis2Element, Dhis2Terms
from service.models.measure import measure_text
from service.models.period import Period
from service.records.entries import LedgerRow

LOST = "observation statuses, evidence, withdrawals"
"""What a data value has no place for."""
_FORMATS = (
    (re.compile(r"([0-9]{4})", re.ASCII), "{0}"),
    (re.compile(r"([0-9]{4})S([12])", re.ASCII), "{0}-S{1}"),
    (re.compile(r"([0-9]{4})Q([1-4])", re.ASCII), "{0}-Q{1}"),
    (re.compile(r"([0-9]{4})([0-9]{2})", re.ASCII), "{0}-{1}"),
    (re.compile(r"([0-9]{4})W([0-9]{1,2})", re.ASCII), "{0}-W{1:0>2}"),
    (re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})", re.ASCII), "{0}-{1}-{2}"),
)
"""How DHIS2 writes years, six-months, quarters, months, ISO weeks and days, and how we do."""


def dhis2_period(period: Period) -> str:
    """The period as DHIS2 writes it: `2025`, `2025S1`, `2025Q1`, `202503`, `2025W9`, `20250305`."""
    text = str(period)
    if period.frequency == "W":
        year, _, week = text.partition("-W")
        return f"{year}W{int(week)}"
    return text.replace("-", "")


def period_of(text: str) -> Period:
    """The period that DHIS2 writes so. Raises ValueError for what is none, and for the kinds that we do not have."""
    for pattern, ours in _FORMATS:
        found = pattern.fullmatch(text)
        if found is not None:
            return Period.parse(ours.format(*found.groups()))
    raise ValueError("not_a_period")


@dataclass(frozen=True, slots=True)
class Meant:
    """What of ours a data element with its category option combo is: a measure of a cell of an indicator."""

    indicator: str
    measure: str
    dimensions: tuple[tuple[str, str], ...]


class Dhis2Names:
    """A mapping, looked up from either side."""

    def __init__(self, terms: Dhis2Terms) -> None:
        self._ours = {(one.data_element, one.category_option_combo): _meant(one) for one in terms.data_elements}
        self._by_cell: dict[tuple[str, Cell], list[Dhis2Element]] = {}
        for one in terms.data_elements:
            cell = tuple(sorted((column_name(name), code) for name, code in _meant(one).dimensions))
            self._by_cell.setdefault((one.indicator, cell), []).append(one)
        self.org_units: Mapping[str, str] = terms.org_units
        self.actors = {unit: actor for actor, unit in terms.org_units.items()}
        self.indicators = frozenset(one.indicator for one in terms.data_elements)

    def meant(self, data_element: str, combo: str | None) -> Meant | None:
        """What they stand for; without a combo of its own in the mapping a data element stands for itself under any."""
        return self._ours.get((data_element, combo)) or self._ours.get((data_element, None))

    def values(self, indicator: str, actor: str, row: LedgerRow, cell: Cell) -> Iterator[dict[str, Any]]:
        """The data values that a report makes; none where the mapping names neither its cell nor its actor."""
        unit = self.org_units.get(actor)
        key = tuple(sorted((column_name(name), code) for name, code in cell))
        for element in self._by_cell.get((indicator, key), ()) if unit is not None else ():
            number = getattr(row, element.measure.value)
            if number is not None:
                value = {"dataElement": element.data_element, "period": dhis2_period(Period.from_number(row.period))}
                combo = element.category_option_combo
                value |= {"orgUnit": str(unit)} | ({} if combo is None else {"categoryOptionCombo": combo})
                yield value | {"value": measure_text(number)} | ({"comment": row.comment} if row.comment else {})


def _meant(one: Dhis2Element) -> Meant:
    dimensions = tuple(sorted((name, code) for name, code in one.dimensions.items() if code != TOTAL))
    return Meant(one.indicator, one.measure.value, dimensions)
