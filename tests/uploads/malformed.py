"""Files that spreadsheets and people make and that must not be taken: what each is answered, and where it says the fault is.

The community that they are sent to: `jobs` (quarterly quantity by sex: F, M, NA), `rate` (annual ratio, 0 to 100 percent),
`wait` (annual mean), `old` (retired), `public` (annual, single, reported by b), sent by member `a` in January 2026.
"""

import gzip
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
GZIP = {"Content-Encoding": "gzip"}


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


def _row(name: str, cells: str, code: str, column: str | None, *, row: int = 2, head: str = HEAD, **asked: str) -> Malformed:
    return Malformed(name, (head + cells + "\n").encode(), "rejected", code, row, column, asked)


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
    _refused("neither UTF-8 nor Windows-1252", HEAD.encode() + b"jobs,2025-Q1,\x81\xff,1\n", "undecodable", 2),
    _refused("not the UTF-8 that its mark says", b"\xef\xbb\xbf" + HEAD.encode() + b"\n\njobs,,\xe9,1\n", "undecodable", 4),
    _refused("half a surrogate", b"\xff\xfe" + HEAD.encode("utf-16-le") + b"\x00\xd8a\x00\n\x00", "undecodable", 2),
    _refused("UTF-16 without a mark", (HEAD + "jobs,2025-Q1,,1\n").encode("utf-16-le"), "nul_character"),
    _refused("two byte order marks", b"\xef\xbb\xbf" * 2 + HEAD.encode(), "unknown_column", 1, "\ufffdindicator"),
    _refused("a gzip that nobody announced", gzip.compress(HEAD.encode(), mtime=0), "nul_character"),
    _refused("an old spreadsheet's own format", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(64), "nul_character"),
    _refused("a page", "<!DOCTYPE html>\n<html><body>502</body></html>\n", "unknown_column", 1, "<!DOCTYPE html>"),
    _refused("an object", '{"indicator": "jobs"}\n', "unknown_column", 1, '{"indicator": "jobs"}'),
    Malformed("not UTF-8 as said", HEAD.encode() + b"jobs,,\xe9,1\n", 422, "undecodable", 2, None, {"encoding": "utf-8"}),
    Malformed("not UTF-16 as said", HEAD.encode(), 422, "undecodable", 1, None, {"encoding": "utf-16"}),
    Malformed("not Windows-1252 as said", "é".encode(), 422, "unknown_column", 1, "Ã©", {"encoding": "windows-1252"}),
    Malformed("an unknown encoding", HEAD.encode(), 422, "not_in_list", None, None, {"encoding": "latin-9"}),
    Malformed("an unknown mode", HEAD.encode(), 422, "not_in_list", None, None, {"mode": "try"}),
    Malformed("an unknown parameter", HEAD.encode(), 422, "unknown_parameter", None, None, {"delimiter": ";"}),
    Malformed("JSON", b"{}", 415, "csv_needed", headers={"Content-Type": "application/json"}),
    Malformed("an unknown packing", b"x", 415, "unsupported_packing", headers={"Content-Encoding": "br"}),
    Malformed("no gzip", HEAD.encode(), 400, "broken_gzip", headers=GZIP),
    Malformed("half a gzip", b"\x1f\x8b\x08\x00\x00\x00\x00\x00", 400, "broken_gzip", headers=GZIP),
    Malformed("a gzip without its end", gzip.compress(HEAD.encode(), mtime=0)[:-4], 400, "broken_gzip", headers=GZIP),
    Malformed("something after a gzip", gzip.compress(HEAD.encode(), mtime=0) + b"more", 400, "broken_gzip", headers=GZIP),
    Malformed("a gzip of ten times the limit", gzip.compress(bytes(10 << 20), mtime=0), 413, "body_too_large", headers=GZIP),
    Malformed("many gzips over the limit", gzip.compress(bytes(1 << 19), mtime=0) * 3, 413, "body_too_large", headers=GZIP),
    Malformed("a gzip of nothing", gzip.compress(b"", mtime=0), 422, "empty_file", headers=GZIP),
    Malformed("an empty form", b"--x--\r\n", 400, "broken_form", headers={"Content-Type": "multipart/form-data; boundary=x"}),
    Malformed(
        "a form that breaks off in its file",
        b'--x\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\n\r\nindicator,',
        400, "broken_form", headers={"Content-Type": "multipart/form-data; boundary=x"},
    ),
    Malformed("a form without boundary", b"x", 400, "broken_form", headers={"Content-Type": "multipart/form-data"}),
    Malformed("a body over the limit", HEAD.encode() + b"x" * 1_100_000, 413, "body_too_large"),
    # Headers.
    _refused("an unknown column", "indicator,period,valu\n", "unknown_column", 1, "valu"),
    _refused("no indicator", "period,value\n2025-Q1,1\n", "missing_column", 1, "indicator"),
    _refused("no column for the period", "indicator,value\njobs,1\n", "missing_column", 1, "period"),
    _refused("no measure", "indicator,period\njobs,2025-Q1\n", "missing_column", 1, "value"),
    _refused("a column twice", "indicator,period,value,Value\n", "duplicate_column", 1, "Value"),
    _refused("a column in two languages", "indicator,period,value,valeur\n", "duplicate_column", 1, "valeur"),
    _refused("a dimension twice", "indicator,period,sex,SEX,value\n", "duplicate_column", 1, "SEX"),
    _refused("ten thousand columns", ",".join(["sex"] * 10_000) + "\n", "too_many_columns"),
    _refused("ten thousand blank columns", "indicator,period,value" + "," * 9_997 + "\n", "too_many_columns"),
    _refused("ten thousand unknown columns", ";".join(f"c{number}" for number in range(10_000)) + "\n", "too_many_columns"),
    _refused("a header of 300 kB", "indicator,period,value," + "x" * 300_000 + "\n", "header_too_long"),
    _refused("a hint for a spreadsheet", "sep=;\n" + SEMICOLONS, "unknown_column", 1, "sep="),
    _refused("a remark above the header", "# from our system\n" + HEAD, "unknown_column", 1, "# from our system"),
    _refused("bars for delimiters", "indicator|period|value\n", "unknown_column", 1, "indicator|period|value"),
    _refused("a carriage return in the header", "indicator,period\r,value\n", "no_header"),
    _refused("a line end in a head", 'indicator,"se\nx",period,value\n', "unknown_column", 1, 'indicator,"se'),
    _refused("text after a quoted head", '"indicator"x,period,value\n', "no_header"),
    _refused("a measure twice", "indicator,period,numerator,denominator,numérateur\n", "duplicate_column", 1, "numérateur"),
    _refused("blank lines, then no header", "\n\njobs,2025-Q1,F,1\n", "unknown_column", 3, "jobs"),
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
    _row("a row of one cell", "jobs", "ragged_row", None),
    _row("a remark below the table", "jobs,2025-Q1,F,1\nSource: our own survey", "ragged_row", None, row=3),
    _row("the other delimiter", "jobs;2025-Q1;F;1", "ragged_row", None),
    _row("the end of a file of long ago", "jobs,2025-Q1,F,1\n\x1a", "ragged_row", None, row=3),
    _row("a quarter of a million cells", "1," * 250_000, "ragged_row", None),
    _row("a short row among quoted ones", '"jobs","2025-Q1","F","1"\n"jobs","2025-Q2"', "ragged_row", None, row=3),
    _row("900 kB without a line end", "x" * 900_000, "cell_too_long", None),
    _row("an odd number of quotes", 'jobs,2025-Q1,"""F,1', "unterminated_quote", None),
    _row("100,001 quotes", '"' * 100_001, "unterminated_quote", None),
    _row("a quote closed too late", 'jobs,2025-Q1,"F,1\njobs,2025-Q1,"M",1', "stray_quote", None),
    _row("lines ended in two ways", "jobs,2025-Q1,F,1\njobs,2025-Q2,F,1\rjobs,,,", "lone_carriage_return", None, row=3),
    _row("text after a quote", 'jobs,2025-Q1,"F"x,1', "stray_quote", None),
    _row("a lone carriage return", "jobs,2025-Q1,F,1\rjobs,2025-Q2,F,1", "lone_carriage_return", None),
    _row("a cell of 66 kB", "jobs,2025-Q1," + "F" * 66_000 + ",1", "cell_too_long", None),
    _row("a quoted cell of 66 kB", 'jobs,2025-Q1,"' + "F" * 66_000 + '",1', "cell_too_long", None),
    _row("something under no head", "jobs,2025-Q1,F,1,x", "column_without_head", None, head="indicator,period,sex,value,\n"),
    # Codes.
    _row("an unknown indicator", "job,2025-Q1,F,1", "unknown_indicator", "indicator"),
    _row("an indicator in capitals", "JOBS,2025-Q1,F,1", "unknown_indicator", "indicator"),
    _row("a totals row", "Total,,,17", "missing_code", "period"),
    _row("a totals row with its period", "Total,2025-Q1,,17", "unknown_indicator", "indicator"),
    _row("a row of all the sum", "jobs,2025-Q1,F,1\n,,,17", "missing_code", "indicator", row=3),
    _row("a total of the years", "jobs,Total,,17", "not_a_period", "period"),
    _row("a total in a code", "jobs,2025-Q1,Ensemble,17", "unknown_code", "sex"),
    _row("a remark in the first cell", "jobs,2025-Q1,F,1\nSource: our own survey,,,", "missing_code", "period", row=3),
    _row("the header again", "jobs,2025-Q1,F,1\n" + HEAD.strip(), "unknown_indicator", "indicator", row=3),
    _row("two files in one", "jobs,2025-Q1,F,1\n\ufeff" + HEAD.strip(), "unknown_indicator", "indicator", row=3),
    _row("a no-break space in a code", "jo\u00a0bs,2025-Q1,F,1", "unknown_indicator", "indicator"),
    _row("a letter nobody sees in a code", "jobs\u200b,2025-Q1,F,1", "unknown_indicator", "indicator"),
    _row("n.d. for a code", "jobs,2025-Q1,n.d.,1", "unknown_code", "sex"),
    _row("no indicator in a row", ",2025-Q1,F,1", "missing_code", "indicator"),
    _row("a retired indicator", "old,2024,,1", "indicator_retired", "indicator"),
    _row("an unknown actor", "jobs,c,2025-Q1,1", "unknown_actor", "actor", head=ACTOR),
    _row("another actor", "jobs,b,2025-Q1,1", "not_your_actor", "actor", head=ACTOR),
    _row("not the only one expected", "public,2024,,1", "not_expected", "actor"),
    _row("an unknown code", "jobs,2025-Q1,X,1", "unknown_code", "sex"),
    _row("a code in small letters", "jobs,2025-Q1,f,1", "unknown_code", "sex"),
    _row("007 is not 07", "zone,2024,007,1", "unknown_code", "zone", head="indicator,period,zone,value\n"),
    _row("7.0 is not 7", "zone,2024,7.0,1", "unknown_code", "zone", head="indicator,period,zone,value\n"),
    _row("NA where it is no code", "zone,2024,NA,1", "unknown_code", "zone", head="indicator,period,zone,value\n"),
    _row("a dimension it lacks", "rate,2024,F,1,2", "unknown_dimension", "sex", head=SEX_RATIO),
    # Periods.
    _row("a date", "jobs,01/03/2025,F,1", "not_a_period", "period"),
    _row("a French quarter", "jobs,T1 2025,F,1", "not_a_period", "period"),
    _row("a school year", "jobs,2016/17,F,1", "not_a_period", "period"),
    _row("a month in words", "jobs,mars 2025,F,1", "not_a_period", "period"),
    _row("a month in figures", "jobs,03/2025,F,1", "not_a_period", "period"),
    _row("a month as spreadsheets show it", "jobs,mars-25,F,1", "not_a_period", "period"),
    _row("a day as spreadsheets count it", "jobs,45717,F,1", "not_a_period", "period"),
    _row("a year as a fraction", "zone,2024.0,07,1", "not_a_period", "period", head="indicator,period,zone,value\n"),
    _row("a quarter in words", "jobs,1er trimestre 2025,F,1", "not_a_period", "period"),
    _row("a quarter of a short year", "jobs,Q1-25,F,1", "not_a_period", "period"),
    _row("a quarter in small letters", "jobs,2025-q1,F,1", "not_a_period", "period"),
    _row("a day of a short year", "jobs,1/3/25,F,1", "not_a_period", "period"),
    _row("an instant", "jobs,2025-03-01 00:00:00,F,1", "not_a_period", "period"),
    _row("a span of years", "rate,2024-2025,1,2", "not_a_period", "period", head=RATIO),
    _row("n.d. for a period", "jobs,n.d.,F,1", "not_a_period", "period"),
    _row("no period in a row", "jobs,,F,1", "missing_code", "period"),
    _row("a formula for a period", 'jobs,="2025-Q1",F,1', "not_a_period", "period"),
    _row("a month that does not exist", "jobs,2025-13,F,1", "not_a_period", "period"),
    _row("a year of five digits", "rate,20250,1,2", "not_a_period", "period", head=RATIO),
    _row("a year where quarters are due", "jobs,2025,F,1", "wrong_frequency", "period"),
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
    _row("#DIV/0!", "jobs,2025-Q1,F,#DIV/0!", "not_a_decimal", "value"),
    _row("#REF!", "jobs,2025-Q1,F,#REF!", "not_a_decimal", "value"),
    _row("null", "jobs,2025-Q1,F,null", "not_a_decimal", "value"),
    _row("two dots", "jobs,2025-Q1,F,..", "not_a_decimal", "value"),
    _row("a question mark", "jobs,2025-Q1,F,?", "not_a_decimal", "value"),
    _row("a truth", "jobs,2025-Q1,F,TRUE", "not_a_decimal", "value"),
    _row("infinity", "jobs,2025-Q1,F,inf", "not_a_decimal", "value"),
    _row("another base", "jobs,2025-Q1,F,0x10", "not_a_decimal", "value"),
    _row("about", "jobs,2025-Q1,F,~12", "not_a_decimal", "value"),
    _row("a range", "jobs,2025-Q1,F,12-15", "not_a_decimal", "value"),
    _row("a bound", "jobs,2025-Q1,F,<5", "not_a_decimal", "value"),
    _row("a word beside a number", "jobs,2025-Q1,F,12 persons", "not_a_decimal", "value"),
    _row("less, as accountants write it", "jobs,2025-Q1,F,(5)", "not_a_decimal", "value"),
    _row("a minus of printers", "jobs,2025-Q1,F,\u22125", "not_a_decimal", "value"),
    _row("a thin space", "jobs,2025-Q1,F,1\u2009234", "not_a_decimal", "value"),
    _row("a Swiss thousand", "jobs,2025-Q1,F,1'234", "not_a_decimal", "value"),
    _row("a percent sign without a space", "jobs,2025-Q1,F,12%", "not_a_decimal", "value"),
    _row("a percent sign after a no-break space", "rate,2024,12\u00a0%,100", "not_a_decimal", "numerator", head=RATIO),
    _row("groups and a decimal sign", 'jobs,2025-Q1,F,"1,234.5"', "not_a_decimal", "value"),
    _row("points for groups", "jobs,2025-Q1,F,1.234.567", "not_a_decimal", "value"),
    _row("a decimal sign and nothing after", "jobs,2025-Q1,F,12.", "not_a_decimal", "value"),
    _row("a letter nobody sees in a number", "jobs,2025-Q1,F,12\u200b", "not_a_decimal", "value"),
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
    _row("a thousand that may be one", "jobs,2025-Q1,F,12\njobs,2025-Q2,F,1.000", "ambiguous_decimal", "value", row=3),
    _row("a comma, said to be a point", "jobs;2025-Q1;F;1,5", "not_a_decimal", "value", head=SEMICOLONS, decimal="point"),
    _row("a point, said to be a comma", "jobs,2025-Q1,F,1.5", "not_a_decimal", "value", decimal="comma"),
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
    _row("one key, two comments", "jobs,2025-Q1,1,so\njobs,2025-Q1,1,otherwise", "duplicate_key", "comment", head=COMMENT),
    _row("one key thrice", "jobs,2025-Q1,F,1\njobs,2025-Q1,F,1\njobs,2025-Q1,F,2", "duplicate_key", "value"),
    _row("one key, spaces about it", "jobs,2025-Q1,F,1\n jobs ,2025-Q1,\u00a0F,2", "duplicate_key", "value"),
    _row("one key, written in two ways", "jobs,2025-Q1,,1\njobs,2025-Q1,_T,2", "duplicate_key", "value"),
    _row("a good row before a bad one", "jobs,2025-Q1,F,1\njobs,2025-Q1,M,x", "not_a_decimal", "value", row=3),
    _row("blank lines before a bad row", "\n,,,\njobs,2025-Q1,M,x", "not_a_decimal", "value", row=4),
    _row("a quoted line end before", '"jobs",2025-Q1,F,1\n"jo\nbs",2025-Q1,M,1', "unknown_indicator", "indicator", row=3),
]  # fmt: skip
