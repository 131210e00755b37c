"""The numbers of a chunk: read once per distinct text, looked at one by one only where something can be wrong with them."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from service.errors import Fault
from service.indicators.carried import MEASURES, MEASURES_OF, measure_faults
from service.indicators.register import Version
from service.uploads.heading import Column, Heading
from service.uploads.numbers import Numbers
from service.uploads.places import Found
from service.uploads.reading import Cells, Integers, Texts, Truths

_ABSENT, _READ, _UNREADABLE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure of each row: absent, read or unreadable; whether it is below zero; its canonical text, and the given one."""

    state: Integers
    negative: Truths
    read: Texts
    given: Texts


def read_measures(heading: Heading, cells: dict[int, Cells], count: int, numbers: Numbers) -> dict[str, Measure]:
    """Every measure of `count` rows, whether the file has a column for it or not."""
    return {name: _measure(heading.of(name), cells, count, numbers) for name in MEASURES}


def _measure(column: Column | None, cells: dict[int, Cells], count: int, numbers: Numbers) -> Measure:
    if column is None:
        nothing = np.full(count, None, dtype=object)
        return Measure(np.zeros(count, dtype=np.int64), np.zeros(count, dtype=bool), nothing, nothing)
    given = cells[column.place]
    read = [numbers.read(text) if text else None for text in given.texts]
    paired = zip(read, given.texts, strict=True)
    states = [_READ if number is not None else _UNREADABLE if text else _ABSENT for number, text in paired]
    below = [number is not None and number.startswith("-") for number in read]
    return Measure(
        np.array(states, dtype=np.int64)[given.codes],
        np.array(below, dtype=bool)[given.codes],
        np.array(read, dtype=object)[given.codes],
        np.array(given.texts, dtype=object)[given.codes],
    )


def weigh(
    measures: dict[str, Measure], definition: Integers, versions: list[tuple[str, Version]], numbers: Numbers, found: Found
) -> None:
    """Adds to `found` what is wrong with the numbers. `definition` is each row's place in `versions`, below 0 where unknown.

    Nothing can be wrong in a row that has every measure it needs, read, none that it does not, and no bound to keep.
    """
    doubtful: Truths = np.logical_or.reduce([measure.state == _UNREADABLE for measure in measures.values()])
    for number in np.unique(definition[definition >= 0]).tolist():
        terms = versions[number][1].definition
        needed = MEASURES_OF[terms.measure]
        doubt: Truths = np.full(len(definition), terms.minimum is not None or terms.maximum is not None)
        for name, measure in measures.items():
            doubt |= (measure.state != _READ) if name in needed else (measure.state != _ABSENT)
            if name in ("denominator", "weight"):
                doubt |= measure.negative
        doubtful |= doubt & (definition == number)
    for place in np.flatnonzero(doubtful).tolist():
        version = versions[definition[place]][1] if definition[place] >= 0 else None
        faults = list(_faults(measures, place, version, numbers))
        if faults:
            found.setdefault(place, []).extend(faults)


def _faults(measures: dict[str, Measure], place: int, version: Version | None, numbers: Numbers) -> Iterator[Fault]:
    given: dict[str, Decimal | None] = {}
    unreadable = set()
    for name, measure in measures.items():
        text = measure.read[place]
        given[name] = None if text is None else Decimal(text)
        if measure.state[place] == _UNREADABLE:
            unreadable.add(f"/{name}")
            yield numbers.fault(measure.given[place], f"/{name}")
    if version is None:
        return
    for fault in measure_faults(version.definition, given):
        # A number that cannot be read is not a missing one: it is said once, as what it is.
        if fault.pointer not in unreadable and not (unreadable and fault.code == "missing_value"):
            yield fault
