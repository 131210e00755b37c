"""SDMX-CSV 2.0 in: a file that its header says to be one reads as under a mapping that follows from the community itself."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import IO

import numpy as np

from service.errors import Fault
from service.indicators.definition import column_name
from service.indicators.register import Register
from service.indicators.sdmx import (
    AGENCY,
    DERIVED,
    EDITION,
    code_of,
    dataflow_id,
    has_derived_value,
    indicators_in_order,
    sdmx_dimensions,
)
from service.indicators.suggestion import shown
from service.models.mapping import MappedColumn, MappedField, MappingTerms
from service.models.period import Period
from service.uploads.heading import DELIMITERS, Column, read_heads
from service.uploads.mapped import MappedTable
from service.uploads.mapping import Sent
from service.uploads.places import combined
from service.uploads.reading import Cells, Chunk

_FIRST = ("STRUCTURE", "STRUCTURE_ID")
_CHECKED = (*_FIRST, "ACTION", "FREQ", "TIME_PERIOD")
_REPORTS = ("", "I", "A", "R", "M")
"""What ACTION may be: a row that reports. Nothing is SDMX's own default, `I`."""
_FIELDS = {
    "TIME_PERIOD": MappedField.PERIOD,
    "OBS_VALUE": MappedField.VALUE,
    "OBS_STATUS": MappedField.OBSERVATION_STATUS,
}
_MOST_LISTED = 1_000
_REPORTING_PERIOD = re.compile(r"([0-9]{4})-(?:A1|M([0-9]{2}))", re.ASCII)


def sdmx_sent(file: IO[bytes], register: Register) -> Sent | None:
    """How a UTF-8 file reads that its first heads, STRUCTURE and STRUCTURE_ID, say to be SDMX-CSV 2.0; None where it is not.

    What SDMX tells beside a contribution is passed over. A head that is neither that, nor a dimension here, is refused where
    the file is read. Raises what `read_heads` does.
    """
    dimensions = {one.id: one.code for one in sdmx_dimensions(register)}
    _, heads, _, _ = read_heads(file, {column_name(head) for head in (*_CHECKED, *_FIELDS, *dimensions)}, DELIMITERS)
    if tuple(heads[:2]) != _FIRST:
        return None
    columns = [MappedColumn(column=head, field=_FIELDS[head]) for head in heads if head in _FIELDS]
    columns += [MappedColumn(column=head, dimension=dimensions[head]) for head in heads if head in dimensions]
    ignored = [head for head in heads if head in (*_CHECKED[:-1], *DERIVED)]
    derived = [one.code for one in indicators_in_order(register) if has_derived_value(one)]
    given = [one.code for one in indicators_in_order(register) if not has_derived_value(one)]
    if derived and not given:
        ignored += [head for head in heads if head == "OBS_VALUE"]
        columns = [column for column in columns if column.column != "OBS_VALUE"]
    elif derived and len(given) <= _MOST_LISTED:
        columns = [
            column.model_copy(update={"for_indicators": given}) if column.column == "OBS_VALUE" else column
            for column in columns
        ]
    terms = MappingTerms(columns=columns, ignored=list(dict.fromkeys(ignored)), decimal="point")
    return Sent("", terms, dataflow=dataflow_id(register))


class SdmxTable(MappedTable):
    """A table of observations. Rows that are another community's, or report nothing, are refused; codes are read as ours."""

    def _deciding(self) -> Iterator[int]:
        yield from super()._deciding()
        yield from (column.place for column in self._source.columns if column.head in _CHECKED)

    def _translated(self, place: int, cells: Cells) -> Cells:
        column = self._source.columns[place]
        if column.dimension is not None:
            return Cells(cells.codes, [code_of(text) for text in cells.texts])
        if column.head == "TIME_PERIOD":
            return Cells(cells.codes, [_as_ours(text) for text in cells.texts])
        return super()._translated(place, cells)

    def _mapped(self, chunk: Chunk, columns: list[Column]) -> Chunk:
        checked = [column for column in self._source.columns if column.head in _CHECKED]
        ids, first = combined([chunk.cells[column.place].codes for column in checked])
        wrong = [self._fault({column.head: chunk.cells[column.place].text(at) for column in checked}) for at in first.tolist()]
        if any(wrong):
            bad = np.array([fault is not None for fault in wrong], dtype=bool)[ids]
            refused = dict(chunk.refused)
            for at in np.flatnonzero(bad).tolist():
                fault, row = wrong[ids[at]], int(chunk.rows[at])
                refused[row] = [] if fault is None else [replace(fault, row=row)]
            cells = {place: replace(column, codes=column.codes[~bad]) for place, column in chunk.cells.items()}
            chunk = Chunk(chunk.rows[~bad], cells, chunk.ragged, refused)
        return super()._mapped(chunk, columns)

    def _fault(self, said: dict[str, str]) -> Fault | None:
        """What is wrong with what a row says of itself; None for a blank row, and where nothing is."""
        structure, expected = said["STRUCTURE_ID"], f"{AGENCY}:{self.heading.sent.dataflow}({EDITION})"
        if not any(said.values()):
            return None
        if said.get("ACTION", "") not in _REPORTS:
            given = shown(said["ACTION"])
            sentence = f"`{given}` is not taken: rows that report (I, A, R, M) are, withdrawals are made one by one"
            return Fault("unsupported_action", sentence, column="ACTION", context={"given": given})
        named = structure.rpartition(":")[2].partition("(")[0]
        if said["STRUCTURE"] != "dataflow" or named != self.heading.sent.dataflow:
            column = "STRUCTURE" if said["STRUCTURE"] != "dataflow" else "STRUCTURE_ID"
            context = {"given": shown(said[column]), "expected": f"dataflow {expected}"}
            sentence = f"`{context['given']}` is not the structure of this community, which is {context['expected']}"
            return Fault("other_structure", sentence, column=column, context=context)
        frequency = said.get("FREQ", "")
        try:
            period = Period.parse(_as_ours(said.get("TIME_PERIOD", "")))
        except ValueError:
            return None
        if frequency and frequency != period.frequency:
            context = {"given": shown(frequency), "period": str(period)}
            sentence = f"`{context['given']}` is not the frequency of the period {period}"
            return Fault("frequency_disagrees", sentence, column="FREQ", context=context)
        return None


def _as_ours(period: str) -> str:
    """A period as ours are written, where SDMX has another way for it: `2025-A1`, `2025-M03`."""
    found = _REPORTING_PERIOD.fullmatch(period)
    return period if found is None else found[1] + (f"-{found[2]}" if found[2] else "")
