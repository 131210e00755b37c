"""What files are under a mapping, without any service: periods, what contradicts itself, and wide tables beside naive ones."""

import csv
import io
import itertools
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import Refused
from service.indicators.register import KnownActor, KnownIndicator, Register, Version
from service.models.community import Settings
from service.models.mapping import MappedField, MappingTerms, PeriodReading
from service.uploads.decoding import as_utf8
from service.uploads.mapped import MappedTable, table_for
from service.uploads.mapping import MappedHeading, Sent
from service.uploads.mapping_faults import check_fit, mapping_faults
from service.uploads.period_formats import part_reader, period_reader
from tests.records.coalition import definition, member

START = datetime(2026, 1, 1, tzinfo=UTC)
Line = tuple[int, dict[str, str]]


def _known(number: int, code: str, **dimensions: list[str]) -> KnownIndicator:
    named = [{"code": name, "codes": codes} for name, codes in dimensions.items()]
    return KnownIndicator(number, code, (Version(1, definition(dimensions=named), None, START),), "common", Decimal(1))


REGISTER = Register(
    1,
    "c",
    Settings(name={"en": "C"}),
    {code: KnownActor(number, code, member(code)) for number, code in enumerate(("a", "b"), start=1)},
    {},
    {one.code: one for one in (_known(1, "jobs", sex=["F", "M"]), _known(2, "rate"), _known(3, "wait", age=["0-17"]))},
)


def read(content: str | bytes, terms: dict[str, Any], *, actor: str | None = None, chunk: int | None = None) -> list[Line]:
    """The lines of a file: the row of each, and what it says in our names; what is empty is left out."""
    sent = Sent("export", MappingTerms.model_validate(terms), actor)
    with as_utf8(io.BytesIO(content.encode() if isinstance(content, str) else content), "auto") as (readable, _):
        table = table_for(readable, REGISTER, sent)
        assert isinstance(table, MappedTable)
        if chunk is not None:
            table._table._chunk = chunk
        return list(itertools.chain.from_iterable(_lines(table.heading, one) for one in table.chunks()))


def _lines(heading: MappedHeading, chunk: Any) -> list[Line]:
    found = []
    for at, line in enumerate(chunk.rows.tolist()):
        named = ((column.field or column.dimension or "", chunk.cells[column.place]) for column in heading.columns)
        said = {name: cells.texts[cells.codes[at]] for name, cells in named}
        found.append((heading.row_of(line), {name: text for name, text in said.items() if text}))
    return found


PERIODS: list[tuple[dict[str, str], dict[str, str | None]]] = [
    ({"format": "SDMX"}, {"2025-q1": "2025-Q1", "T1 2025": None, "2025-W54": None}),
    ({"format": "YYYY"}, {"2025": "2025", "25": None, "2025-Q1": None, "0999": None}),
    ({"format": "YY"}, {"25": "2025", "00": "2000", "2025": None}),
    (
        {"format": "YYYY/YY", "year": "first"},
        {"2024/25": "2024", "2024-2025": "2024", "1999/00": "1999", "2024/26": None, "2024": None},
    ),
    ({"format": "YYYY/YY", "year": "last"}, {"2024/25": "2025", "1999/00": "2000", "2024 / 2025": "2025"}),
    ({"format": "SN YYYY"}, {"S1 2025": "2025-S1", "2025-S2": "2025-S2", "S3 2025": None, "T1 2025": None}),
    (
        {"format": "QN YYYY"},
        {"T1 2025": "2025-Q1", "q4 2025": "2025-Q4", "2025 T2": "2025-Q2", "T5 2025": None, "S1 2025": None, "2025": None},
    ),
    ({"format": "MM/YYYY"}, {"03/2025": "2025-03", "3-2025": "2025-03", "13/2025": None, "2025-03": None}),
    ({"format": "YYYYMM"}, {"202503": "2025-03", "202513": None, "2025-03": None}),
    ({"format": "MMMM YYYY"}, {"mars 2025": "2025-03", "Févr. 2025": "2025-02", "Oct-2025": "2025-10", "brumaire 2025": None}),
    (
        {"format": "DD/MM/YYYY", "frequency": "Q"},
        {"31/03/2025": "2025-Q1", "1.4.2025": "2025-Q2", "31/04/2025": None, "2025-03-31": None},
    ),
    (
        {"format": "DD/MM/YYYY", "frequency": "M", "day": "last"},
        {"31/03/2025": "2025-03", "30/03/2025": None, "29/02/2024": "2024-02", "28/02/2024": None},
    ),
    ({"format": "MM/DD/YYYY", "frequency": "A"}, {"03/31/2025": "2025", "31/03/2025": None}),
    (
        {"format": "YYYY-MM-DD", "frequency": "W"},
        {"2024-12-30": "2025-W01", "2024-12-30 00:00:00": "2025-W01", "2024-12-30T08:00Z": "2025-W01", "30/12/2024": None},
    ),
]


@pytest.mark.parametrize(
    ("reading", "cases"), PERIODS, ids=[f"{reading['format']}-{n}" for n, (reading, _) in enumerate(PERIODS)]
)
def test_periods_are_read_in_their_format_and_in_no_other(reading: dict[str, str], cases: dict[str, str | None]) -> None:
    read_period = period_reader(PeriodReading.model_validate(reading))
    assert {text: read_period(text) for text in cases} == cases


def test_periods_of_two_columns() -> None:
    years = PeriodReading()
    cases = {
        (MappedField.MONTH, "2025", "3"): "2025-03",
        (MappedField.MONTH, "2025", "03"): "2025-03",
        (MappedField.MONTH, "2025", "août"): "2025-08",
        (MappedField.MONTH, "2025", "13"): None,
        (MappedField.QUARTER, "2025", "T2"): "2025-Q2",
        (MappedField.QUARTER, "2025", "2"): "2025-Q2",
        (MappedField.QUARTER, "2025", "5"): None,
        (MappedField.HALF, "2025", "S2"): "2025-S2",
        (MappedField.HALF, "25", "S2"): None,
    }
    assert {case: part_reader(years, case[0])(*case[1:]) for case in cases} == cases
    assert part_reader(PeriodReading.model_validate({"format": "YY"}), MappedField.QUARTER)("25", "1") == "2025-Q1"
    assert part_reader(years, None)("2025", "2025") == "2025"


LONG = [{"column": "Quoi", "field": "indicator", "labels": {"Emplois": "jobs"}}, {"column": "Quand", "field": "period"}]
VALUE = {"column": "Combien", "field": "value"}


def _one(said: dict[str, Any]) -> dict[str, Any]:
    return {"columns": [{"column": "x"} | said]}


_WOMEN = {"dimensions": {"sex": "F"}}
WRONG: list[tuple[dict[str, Any], str, str]] = [
    (_one({"field": "indicator", "labels": {"Emplois": "job"}}), "unknown_indicator", "/columns/0/labels/Emplois"),
    (_one({"field": "actor", "labels": {"A/B": "c"}}), "unknown_actor", "/columns/0/labels/A~1B"),
    (_one({"dimension": "sexe"}), "unknown_dimension", "/columns/0/dimension"),
    (_one({"dimension": "sex", "labels": {"Femmes": "W"}}), "unknown_code", "/columns/0/labels/Femmes"),
    (_one({"field": "observation_status", "labels": {"p": "Z"}}), "unknown_observation_status", "/columns/0/labels/p"),
    (_one({"field": "value", "for_indicators": ["job"]}), "unknown_indicator", "/columns/0/for_indicators/0"),
    (_one({"field": "value", "fixed": _WOMEN | {"indicator": "rate"}}), "unknown_dimension", "/columns/0/fixed/dimensions/sex"),
    (_one({"field": "value", "fixed": {"dimensions": {"age": "65+"}}}), "unknown_code", "/columns/0/fixed/dimensions/age"),
    ({"constants": {"actor": "c"}}, "unknown_actor", "/constants/actor"),
    ({"constants": {"indicator": "job"}}, "unknown_indicator", "/constants/indicator"),
    (_one({}), "field_or_dimension", "/columns/0"),
    (_one({"field": "value", "dimension": "sex"}), "field_or_dimension", "/columns/0"),
    (_one({"field": "period", "labels": {"a": "b"}}), "column_option_unused", "/columns/0/labels"),
    (_one({"field": "period", "fixed": {"actor": "a"}}), "column_option_unused", "/columns/0/fixed"),
    (_one({"field": "actor", "for_indicators": ["jobs"]}), "column_option_unused", "/columns/0/for_indicators"),
    (_one({"field": "actor", "labels": {"É": "a", "e": "b"}}), "ambiguous_label", "/columns/0/labels/e"),
    ({"columns": [{"column": "Été", "field": "period"}], "ignored": ["ete"]}, "column_named_twice", "/columns/0/column"),
    ({"columns": [{"column": "Message", "field": "comment"}]}, "reserved_column", "/columns/0/column"),
    ({"ignored": ["Sex"]}, "ignored_dimension", "/ignored/0"),
    ({"period": {"format": "DD/MM/YYYY"}}, "period_option_missing", "/period/frequency"),
    ({"period": {"format": "YYYY/YY"}}, "period_option_missing", "/period/year"),
    ({"period": {"format": "YYYY", "frequency": "A"}}, "period_option_unused", "/period/frequency"),
    ({"columns": [*LONG, {"column": "y", "field": "period"}]}, "duplicate_column", "/columns/2"),
    ({"columns": LONG, "constants": {"indicator": "jobs"}}, "duplicate_column", "/columns/0"),
    ({"columns": [VALUE, {"column": "y", "field": "value"}]}, "duplicate_column", "/columns/1"),
    ({"columns": [VALUE, {"column": "y", "field": "value", "for_indicators": ["jobs"]}]}, "duplicate_column", "/columns/1"),
    ({"columns": [*LONG, {"column": "y", "field": "value", "fixed": {"indicator": "jobs"}}]}, "duplicate_column", "/columns/2"),
    ({"columns": [{"column": "m", "field": "month"}]}, "year_missing", "/columns/0"),
    ({"columns": [*LONG, {"column": "y", "field": "year"}]}, "duplicate_column", "/columns/2"),
    ({"columns": LONG, "period_columns": "value"}, "duplicate_column", "/period_columns"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("terms", "code", "pointer"), WRONG, ids=[f"{code}-{number}" for number, (_, code, _) in enumerate(WRONG)]
)
def test_what_contradicts_itself_or_the_community_is_refused(terms: dict[str, Any], code: str, pointer: str) -> None:
    found = mapping_faults(MappingTerms.model_validate(terms), REGISTER)
    assert (code, pointer) in {(fault.code, fault.pointer) for fault in found}
    with pytest.raises(Refused, match="no longer fits"):
        check_fit("export", MappingTerms.model_validate(terms), REGISTER)


def test_a_long_file_in_our_names() -> None:
    terms = {
        "columns": [
            *LONG,
            {"column": "Sexe", "dimension": "sex", "labels": {"Femmes": "F", "Ensemble": "_T"}},
            {"column": "Qui", "field": "actor", "labels": {"1": "a"}},
            VALUE,
            {"column": "Statut publié", "field": "observation_status", "labels": {"provisoire": "P"}},
        ],
        "ignored": ["Note"],
        "period": {"format": "QN YYYY"},
        "no_value": ["n.d."],
        "delimiter": "|",
    }
    content = (
        "quoi|QUAND|Sexe|Qui|Combien|Statut publié|Note|comment\n"
        "EMPLOIS|T1 2025|femmes|1|12|Provisoire|x| as is \n"
        "jobs|T2 2025|ensemble|b|0|||\n"
        "jobs|T3 2025|M||n.d.|||\n"
        "||||||Source: us|\n"
        "rate|2025|M|3||||\n"
    )
    assert read(content, terms, actor="b") == [
        (
            2,
            {"indicator": "jobs", "period": "2025-Q1", "sex": "F", "actor": "a"}
            | {"value": "12", "observation_status": "P", "comment": " as is "},
        ),
        (3, {"indicator": "jobs", "period": "2025-Q2", "sex": "_T", "actor": "b", "value": "0"}),
        (6, {"indicator": "rate", "period": "2025", "sex": "M", "actor": "3"}),
    ]


def test_columns_of_numbers_that_only_some_indicators_are_read_from() -> None:
    columns = [
        *LONG,
        {"column": "Nb", "field": "numerator"},
        {"column": "POP", "field": "denominator", "for_indicators": ["jobs", "rate"]},
        {"column": "LOG", "field": "denominator", "for_indicators": ["wait"]},
    ]
    content = "Quoi,Quand,Nb,POP,LOG\nEmplois,2025,1,10,20\nwait,2025,2,10,20\nrate,2025,3,,20\nother,2025,4,10,20\n"
    common = {"period": "2025"}
    assert read(content, {"columns": columns}) == [
        (2, common | {"indicator": "jobs", "numerator": "1", "denominator": "10"}),
        (3, common | {"indicator": "wait", "numerator": "2", "denominator": "20"}),
        (4, common | {"indicator": "rate", "numerator": "3"}),
        (5, common | {"indicator": "other", "numerator": "4"}),
    ]


def test_a_column_per_period_and_one_that_is_none() -> None:
    terms = {"columns": LONG[:1], "period_columns": "value", "period": {"format": "QN YYYY"}, "no_value": ["-"]}
    content = "Quoi;T1 2025;T2 2025;2025-T3\nEmplois;1;;0\nrate;-;;2,5\n"
    assert read(content, terms) == [
        (2, {"indicator": "jobs", "period": "2025-Q1", "value": "1"}),
        (2, {"indicator": "jobs", "period": "2025-Q3", "value": "0"}),
        (3, {"indicator": "rate", "period": "2025-Q3", "value": "2,5"}),
    ]
    with pytest.raises(Refused) as refusal:
        read(content.replace("T2 2025", "T7 2025"), terms)
    assert [(fault.code, fault.row, fault.column) for fault in refusal.value.faults] == [("unknown_column", 1, "T7 2025")]
    with pytest.raises(Refused) as refusal:
        read("Quoi;Total\nEmplois;1\n", terms | {"ignored": ["Total"]})
    assert [(fault.code, fault.column) for fault in refusal.value.faults] == [
        ("missing_column", "period"),
        ("missing_column", "value"),
    ]
    with pytest.raises(Refused) as refusal:
        read("Qui;T1 2025\na;1\n", terms)
    assert {(fault.code, fault.column) for fault in refusal.value.faults} == {
        ("missing_column", "Quoi"),
        ("unknown_column", "Qui"),
    }


CELL = st.sampled_from(["", "0", "1", "-2.5", "n.d.", "x"])


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["", "Femmes", "M"]), *([CELL] * 5)), max_size=8),
    st.integers(1, 4),
    st.booleans(),
)
def test_wide_tables_beside_a_naive_reading(rows: list[tuple[str, ...]], chunk: int, quoted: bool) -> None:
    """Two indicators, one of them by two codes and with a number of its own beside, over a weight that all of them share."""
    columns: list[dict[str, Any]] = [
        {"column": "Sexe", "dimension": "sex", "labels": {"Femmes": "F"}},
        {"column": "jobs", "field": "value", "fixed": {"indicator": "jobs"}},
        {"column": "rate young", "field": "numerator", "fixed": {"indicator": "wait", "dimensions": {"age": "0-17"}}},
        {"column": "rate young of", "field": "denominator", "fixed": {"indicator": "wait", "dimensions": {"age": "0-17"}}},
        {"column": "rate all", "field": "numerator", "fixed": {"indicator": "wait"}},
        {"column": "all", "field": "weight"},
    ]
    terms = {"columns": columns, "constants": {"period": "2025"}, "no_value": ["n.d."]}
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL, lineterminator="\n")
    writer.writerow([column["column"] for column in columns])
    writer.writerows(rows)
    expected = []
    for number, (sex, jobs, young, young_of, every, weight) in enumerate(rows, start=2):
        common = {"period": "2025", "sex": {"Femmes": "F"}.get(sex, sex), "weight": weight.replace("n.d.", "")}
        of_slots = [
            ((jobs,), {"indicator": "jobs", "value": jobs}),
            ((young, young_of), {"indicator": "wait", "age": "0-17", "numerator": young, "denominator": young_of}),
            ((every,), {"indicator": "wait", "numerator": every}),
        ]
        for own, said in of_slots:
            if own[0] != "n.d." and any(cell not in ("", "n.d.") for cell in own):
                line = {name: cell for name, cell in (common | said).items() if cell not in ("", "n.d.")}
                expected.append((number, line))
    assert read(text.getvalue(), terms, chunk=chunk) == expected
