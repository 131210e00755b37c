"""What Statistics Canada published of six indicators, day by day, read from the files without any of the service's code."""

import re
from collections.abc import Iterator
from decimal import Decimal

from tests.published.source_files import code_of, read_table, read_text

SET = "sdg-canada-cif"
Cell = tuple[tuple[str, str], ...]
Figures = dict[tuple[str, Cell], Decimal]
"""By year and cell; the cell of a total is empty."""

DAYS = {
    "11-1-1": ["2021-05-11_3b9740d6e", "2024-08-15_d511eb750", "2024-08-19_52ddf39b7"],
    "13-1-1": ["2021-05-11_3b9740d6e", "2021-06-10_b3f578185", "2021-06-14_d08c77815", "2024-08-21_c30ef7909"],
    "12-1-1": ["2021-05-11_3b9740d6e", "2024-08-19_9d5a5a31c"],
    "11-6-1": ["2021-06-18_0cece84ac", "2024-08-16_50b7993e5"],
    "5-2-1": ["2021-06-07_bc9025ebe", "2024-07-29_c8121ddf9"],
    "5-3-1": ["2021-05-11_3b9740d6e", "2024-07-29_cafc704cb"],
}
"""The publications of each indicator, the first one first."""


def file_of(indicator: str, day: str) -> str:
    """The name of an indicator's publication of that day (`2024-08-19`), without its ending."""
    return next(f"{indicator}/{name}" for name in DAYS[indicator] if name.startswith(day))


def said_of(indicator: str, day: str, field: str) -> str:
    """A field of the definition published that day, on one line."""
    text = read_text(SET, f"{file_of(indicator, day)}.meta.md")
    found = re.search(rf"(?m)^{field}:(.*(?:\n +.*)*)", text)
    assert found, (indicator, day, field)
    return re.sub(r"\s+", " ", found[1]).strip().strip("'\"").strip()


def target_lines(indicator: str, day: str) -> dict[str, Decimal]:
    """The target lines drawn in the chart published that day, by their unit."""
    text = read_text(SET, f"{file_of(indicator, day)}.meta.md")
    lines = re.findall(r"- *unit: *(.+?)\n +value: *(-?[\d.]+)\n", text)
    return {unit.strip(): Decimal(value) for unit, value in lines}


def rows(indicator: str, day: str) -> Iterator[dict[str, str]]:
    """The rows published that day, their heads and codes without the prefix that some days have."""
    table = read_table(SET, f"{file_of(indicator, day)}.data.csv")
    for row in table.to_dict("records"):
        yield {str(head).removeprefix("data."): str(value).removeprefix("data.") for head, value in row.items()}


def national(indicator: str, day: str, **chosen: str) -> Figures:
    """The national figures of the rows that hold `chosen`, as totals.

    The file of 2024 on greenhouse gases gives them twice, first exactly and then rounded: the first one is taken.
    """
    found: Figures = {}
    for row in rows(indicator, day):
        if row["Value"] and all(row[head] == value for head, value in chosen.items()):
            found.setdefault((row["Year"], ()), Decimal(row["Value"]))
    return found


def by_label(indicator: str, day: str, head: str, dimension: str, **chosen: str) -> Figures:
    """The figures by the labels of a column, each label as a code of `dimension`."""
    return {
        (row["Year"], ((dimension, code_of(row[head])),)): Decimal(row["Value"])
        for row in rows(indicator, day)
        if row["Value"] and row[head] and all(row[name] == value for name, value in chosen.items())
    }
