"""Files that spreadsheets and people make and that must not be taken: what each is answered, and where it says the fault is.

The community that they are sent to: `jobs` (quarterly quantity by sex: F, M, NA), `rate` (annual ratio, 0 to 100 percent),
`wait` (annual mean), `old` (retired), `public` (annual, single, reported by b), sent by member `a` in January 2026.
"""

from dataclasses import dataclass, field

HEAD = "indicator,period,sex,value\n"
SEX_RATIO = "indicator,period,sex,numerator,denominator\n"
SEMICOLONS = "indicator;period;sex;value\n"
VALUE_RATIO = "indicator,period,value,numerator,denominator\n"
RATIO = "indicator,period,numerator,denominator\n"
STATUS = "indicator,period,value,observation_status\n"
COMMENT = "indicator,period,value,comment\n"
EVIDENCE = "indicator,period,value,evidence\n"
ACTOR = "indicator,actor,period,value\n"


@dataclass(frozen=True, slots=True)
class Malformed:
    """`status` is an HTTP status, or that of the import. `row` and `column` are those of the first error."""

    name: str
    content: bytes
    status: int | str
    code: str
    row: int | None = None
    column: str | None = None
    asked: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


def _row(name: str, cells: str, code: str, column: str | None, *, row: int = 2, head: str = HEAD) -> Malformed:
    return Malformed(name, (head + cells + "\n").encode(), "rejected", code, row, column)


def _refused(name: str, content: bytes | str, code: str, row: int | None = 1, column: str | None = None) -> Malformed:
    return Malformed(name, content.encode() if isinstance(content, str) else content, 422, code, row, column)


MALFORMED = [
    # What is no table at all.
    _refused("nothing", b"", "empty_file", None),
    _refused("a byte order mark alone", b"\xef\xbb\xbf", "empty_file", None),
    _refused("blank lines", "\n\n\n", "no_header"),
    _refused("delimiters alone", ",,,\n", "no_header"),
    _refused("a NUL", HEAD + "jobs,2025-Q1,,1\x00\n", "nul_character", 2),
    _refused("half a workbook", b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00", "broken_workbook", None),
    _refused("UTF-32", (HEAD + "jobs,2025-Q1,,1\n").encode("utf-32"), "nul_character"),
    _refused("half a UTF-16 character", (HEAD + "jobs,2025-Q1,,1\n").encode("utf-16")[:-1], "undecodable", 2),
    _refused("neither UTF-8 nor Windows-1252", HEAD.encode() + b"jobs,2025-Q1,\x81\xff,1\n", "undecodable", 1),
    Malformed("not UTF-8 as said", HEAD.encode() + b"jobs,,\xe9,1\n", 422, "undecodable", 1, None, {"encoding": "utf-8"}),
    Malformed("an unknown encoding", HEAD.encode(), 422, "not_in_list", None, None, {"encoding": "latin-9"}),
    Malformed("an unknown mode", HEAD.encode(), 422, "not_in_list", None, None, {"mode": "try"}),
    Malformed("an unknown parameter", HEAD.encode(), 422, "unknown_parameter", None, None, {"delimiter": ";"}),
    Malformed("JSON", b"{}", 415, "csv_needed", headers={"Content-Type": "application/json"}),
    Malformed("an unknown packing", b"x", 415, "unsupported_packing", headers={"Content-Encoding": "br"}),
    Malformed("no gzip", HEAD.encode(), 400, "broken_gzip", headers={"Content-Encoding": "gzip"}),
    Malformed("half a gzip", b"\x1f\x8b\x08\x00\x00\x00\x00\x00", 400, "broken_gzip", headers={"Content-Encoding": "gzip"}),
    Malformed("an empty form", b"--x--\r\n", 400, "broken_form", headers={"Content-Type": "multipart/form-data; boundary=x"}),
    Malformed("a form without boundary", b"x", 400, "broken_form", headers={"Content-Type": "multipart/form-data"}),
    Malformed("a body over the limit", HEAD.encode() + b"x" * 1_100_000, 413, "body_too_large"),
    # Headers.
    _refused("an unknown column", "indicator,period,valu\n", "unknown_column", 1, "valu"),
    _refused("no indicator", "period,value\n2025-Q1,1\n", "missing_column", 1, "indicator"),
    _refused("no period", "indicator,value\njobs,1\n", "missing_column", 1, "period"),
    _refused("no measure", "indicator,period\njobs,2025-Q1\n", "missing_column", 1, "value"),
    _refused("a column twice", "indicator,period,value,Value\n", "duplicate_column", 1, "Value"),
    _refused("a column in two languages", "indicator,period,value,valeur\n", "duplicate_column", 1, "valeur"),
    _refused("a dimension twice", "indicator,period,sex,SEX,value\n", "duplicate_column", 1, "SEX"),
    _refused("ten thousand columns", ",".join(["sex"] * 10_000) + "\n", "too_many_columns"),
    _refused("an endless header", "indicator," * 8_000 + "\n", "too_many_columns"),
    _refused("a header's quote never closed", 'indicator,"period,value\n', "unknown_column", 1, 'indicator,"period,value'),
    _refused("no header but data", "jobs,2025-Q1,F,1\n", "unknown_column", 1, "jobs"),
    _refused("spaces for delimiters", "indicator period value\n", "unknown_column", 1, "indicator period value"),
    _refused("a title above the header", "Our report\nindicator,period,value\n", "unknown_column", 1, "Our report"),
    # Structure.
    _row("too few cells", "jobs,2025-Q1,F", "ragged_row", None),
    _row("too many cells", "jobs,2025-Q1,F,1,2", "ragged_row", None),
    _row("an unquoted decimal comma", "jobs,2025-Q1,F,12,5", "ragged_row", None),
    _row("a trailing delimiter", "jobs,2025-Q1,F,1,", "ragged_row", None),
    _row("a quote never closed", 'jobs,2025-Q1,"F,1', "unterminated_quote", None),
    _row("a quote open at the end", 'jobs,2025-Q1,F,1\njobs,2025-Q2,"F,1\njobs,2025-Q3,F,1', "unterminated_quote", None, row=3),
    _row("text after a quote", 'jobs,2025-Q1,"F"x,1', "stray_quote", None),
    _row("a lone carriage return", "jobs,2025-Q1,F,1\rjobs,2025-Q2,F,1", "lone_carriage_return", None),
    _row("a cell of 66 kB", "jobs,2025-Q1," + "F" * 66_000 + ",1", "cell_too_long", None),
    _row("a quoted cell of 66 kB", 'jobs,2025-Q1,"' + "F" * 66_000 + '",1', "cell_too_long", None),
    _row("something under no head", "jobs,2025-Q1,F,1,x", "column_without_head", None, head="indicator,period,sex,value,\n"),
    # Codes.
    _row("an unknown indicator", "job,2025-Q1,F,1", "unknown_indicator", "indicator"),
    _row("an indicator in capitals", "JOBS,2025-Q1,F,1", "unknown_indicator", "indicator"),
    _row("a totals row", "Total,,,17", "missing_code", "period"),
    _row("no indicator in a row", ",2025-Q1,F,1", "missing_code", "indicator"),
    _row("a retired indicator", "old,2024,,1", "indicator_retired", "indicator"),
    _row("an unknown actor", "jobs,c,2025-Q1,1", "unknown_actor", "actor", head=ACTOR),
    _row("another actor", "jobs,b,2025-Q1,1", "not_your_actor", "actor", head=ACTOR),
    _row("not the only one expected", "public,2024,,1", "not_expected", "actor"),
    _row("an unknown code", "jobs,2025-Q1,X,1", "unknown_code", "sex"),
    _row("a code in small letters", "jobs,2025-Q1,f,1", "unknown_code", "sex"),
    _row("007 is not 7", "jobs,2025-Q1,007,1", "unknown_code", "sex"),
    _row("a dimension it lacks", "rate,2024,F,1,2", "unknown_dimension", "sex", head=SEX_RATIO),
    # Periods.
    _row("a date", "jobs,01/03/2025,F,1", "not_a_period", "period"),
    _row("a French quarter", "jobs,T1 2025,F,1", "not_a_period", "period"),
    _row("a school year", "jobs,2016/17,F,1", "not_a_period", "period"),
    _row("a month in words", "jobs,mars 2025,F,1", "not_a_period", "period"),
    _row("a quarter that does not exist", "jobs,2025-Q5,F,1", "not_a_period", "period"),
    _row("another frequency", "jobs,2025-03,F,1", "wrong_frequency", "period"),
    _row("a period to come", "jobs,2026-Q2,F,1", "period_not_begun", "period"),
    _row("a closed period", "jobs,2020-Q1,F,1", "period_closed", "period"),
    # Numbers.
    _row("no value", "jobs,2025-Q1,F,", "missing_value", "value"),
    _row("a space for a value", "jobs,2025-Q1,F, ", "missing_value", "value"),
    _row("#N/A", "jobs,2025-Q1,F,#N/A", "not_a_decimal", "value"),
    _row("a dash", "jobs,2025-Q1,F,-", "not_a_decimal", "value"),
    _row("n.d.", "jobs,2025-Q1,F,n.d.", "not_a_decimal", "value"),
    _row("NR", "jobs,2025-Q1,F,NR", "not_a_decimal", "value"),
    _row("NA", "jobs,2025-Q1,F,NA", "not_a_decimal", "value"),
    _row("NaN", "jobs,2025-Q1,F,NaN", "not_a_decimal", "value"),
    _row("an exponent", "jobs,2025-Q1,F,1e5", "not_a_decimal", "value"),
    _row("a plus", "jobs,2025-Q1,F,+5", "not_a_decimal", "value"),
    _row("a percent sign", "jobs,2025-Q1,F,12 %", "not_a_decimal", "value"),
    _row("a currency", "jobs,2025-Q1,F,12 €", "not_a_decimal", "value"),
    _row("a plain space in a number", "jobs,2025-Q1,F,1 234", "not_a_decimal", "value"),
    _row("groups of two", "jobs,2025-Q1,F,12\u00a034", "not_a_decimal", "value"),
    _row("an underscore", "jobs,2025-Q1,F,1_000", "not_a_decimal", "value"),
    _row("digits of another script", "jobs,2025-Q1,F,１２", "not_a_decimal", "value"),
    _row("27 digits", f"jobs,2025-Q1,F,{'9' * 27}", "not_a_decimal", "value"),
    _row("13 decimals", f"jobs,2025-Q1,F,0.{'1' * 13}", "not_a_decimal", "value"),
    _row("a formula", "jobs,2025-Q1,F,=1+1", "not_a_decimal", "value"),
    _row("a point that may be either", "jobs,2025-Q1,F,1.234", "ambiguous_decimal", "value"),
    _row("a comma that may be either", "jobs;2025-Q1;F;1,234", "ambiguous_decimal", "value", head=SEMICOLONS),
    _row("both signs", "jobs;2025-Q1;F;1,5\njobs;2025-Q2;F;1.5", "ambiguous_decimal", "value", row=3, head=SEMICOLONS),
    _row("groups beside commas", "jobs;2025-Q1;F;1,5\njobs;2025-Q2;F;1.234", "not_a_decimal", "value", row=3, head=SEMICOLONS),
    _row("a value for a ratio", "rate,2024,5,1,2", "unexpected_measure", "value", head=VALUE_RATIO),
    _row("no denominator", "rate,2024,1,", "missing_measure", "denominator", head=RATIO),
    _row("no column for the denominator", "rate,2024,1", "missing_measure", "denominator", head="indicator,period,numerator\n"),
    _row("a negative denominator", "rate,2024,-1,-2", "negative_denominator", "denominator", head=RATIO),
    _row("above the maximum", "rate,2024,3,2", "above_maximum", "numerator", head=RATIO),
    _row("below the minimum", "rate,2024,-1,2", "below_minimum", "numerator", head=RATIO),
    _row("a negative weight", "wait,2024,1,-1", "negative_weight", "weight", head="indicator,period,value,weight\n"),
    # The rest.
    _row("an unknown status", "jobs,2025-Q1,1,Z", "unknown_observation_status", "observation_status", head=STATUS),
    _row("a comment of 10,001 letters", f"jobs,2025-Q1,1,{'x' * 10_001}", "too_long", "comment", head=COMMENT),
    _row("a control character", "jobs,2025-Q1,1,a\x01b", "control_character", "evidence", head=EVIDENCE),
    _row("one key, two values", "jobs,2025-Q1,F,1\njobs,2025-Q1,F,2", "duplicate_key", "value"),
    _row("one key, written in two ways", "jobs,2025-Q1,,1\njobs,2025-Q1,_T,2", "duplicate_key", "value"),
    _row("a good row before a bad one", "jobs,2025-Q1,F,1\njobs,2025-Q1,M,x", "not_a_decimal", "value", row=3),
    _row("blank lines before a bad row", "\n,,,\njobs,2025-Q1,M,x", "not_a_decimal", "value", row=4),
    _row("a quoted line end before", '"jobs",2025-Q1,F,1\n"jo\nbs",2025-Q1,M,1', "unknown_indicator", "indicator", row=3),
]  # fmt: skip
