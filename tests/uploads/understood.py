"""Files that look odd and are understood, each in the one way that the README says: what they land, and nothing else.

They are sent where those of `malformed.py` are. `zone` is annual, by the codes 7 and 07.
"""

import gzip
from dataclasses import dataclass, field

from tests.uploads.malformed import ACTOR, COMMENT, HEAD, RATIO, SEMICOLONS

ZONE = "indicator,period,zone,value\n"
ONE = "jobs,2025-Q1,F,1\n"
LANDS_ONE = {("jobs", "2025-Q1", "F"): "1"}


@dataclass(frozen=True, slots=True)
class Understood:
    """`lands`: what stands after it, by indicator, period and code. `folded` counts rows that repeat another."""

    name: str
    content: bytes
    lands: dict[tuple[str, str, str], str]
    folded: int = 0
    asked: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


def _one(name: str, content: str | bytes, value: str = "1", **more: str) -> Understood:
    """A file that lands one value: that of women in the first quarter."""
    written = content.encode() if isinstance(content, str) else content
    return Understood(name, written, {("jobs", "2025-Q1", "F"): value}, asked=more)


UNDERSTOOD = [
    # Bytes, lines and packing.
    _one("UTF-8 with a mark", (HEAD + ONE).encode("utf-8-sig")),
    _one("UTF-16 as spreadsheets save Unicode text", b"\xff\xfe" + (HEAD + ONE).replace(",", "\t").encode("utf-16-le")),
    _one("UTF-16, the big end first", b"\xfe\xff" + (HEAD + ONE).encode("utf-16-be")),
    _one("Windows-1252 by its accents", "indicateur;période;sex;valeur\njobs;2025-Q1;F;1\n".encode("cp1252")),
    _one("Windows-1252 by its no-break space", (SEMICOLONS + "jobs;2025-Q1;F;1\u00a0234\n").encode("cp1252"), "1234"),
    _one("UTF-16 said", (HEAD + ONE).encode("utf-16"), encoding="utf-16"),
    _one("lines ended by CR LF", (HEAD + ONE).replace("\n", "\r\n")),
    _one("lines ended by CR alone", (HEAD + ONE).replace("\n", "\r")),
    _one("lines ended in LF and CR LF", HEAD.replace("\n", "\r\n") + ONE),
    _one("no end of the last line", (HEAD + ONE).strip()),
    _one("every cell quoted", '"indicator","period","sex","value"\n"jobs","2025-Q1","F","1"\n'),
    Understood("gzip", gzip.compress((HEAD + ONE).encode(), mtime=0), LANDS_ONE, headers={"Content-Encoding": "gzip"}),
    Understood(
        "two gzips on end",
        gzip.compress(HEAD.encode(), mtime=0) + gzip.compress(ONE.encode(), mtime=0),
        LANDS_ONE,
        headers={"Content-Encoding": "gzip"},
    ),
    # Headers.
    _one("heads in French, without accents, in capitals", "INDICATEUR;Periode; SEX ;Valeur\njobs;2025-Q1;F;1\n"),
    _one("columns in another order", "value,sex,period,indicator\n1,F,2025-Q1,jobs\n"),
    _one("the columns of a report", HEAD.strip() + ",error,message,suggestion\njobs,2025-Q1,F,1,too_long,x,y\n"),
    Understood("a header alone", HEAD.encode(), {}),
    Understood("a header without a line end", HEAD.strip().encode(), {}),
    Understood("a header and blank lines", HEAD.encode() + b"\n" * 9, {}),
    Understood("a template that nobody filled in", b"indicator,period,value,due\njobs,2025-Q1,,2026-02-01\n", {}),
    # What spreadsheets leave.
    _one("blank lines above the header", "\n,,,\n" + HEAD + ONE),
    _one("blank rows in between and after", HEAD + "\n,,,\n" + ONE + ",,,\n , ,\u00a0, \n,,,,,,,\n,\n\n"),
    _one("blank columns", "indicator,period,sex,value,,\n,,,,,\njobs,2025-Q1,F,1,,\n"),
    _one("blank rows of a hundred columns", HEAD + ONE + ("," * 99 + "\n") * 50),
    _one("half a million delimiters", HEAD + ONE + "," * 500_000 + "\n"),
    # Codes.
    Understood("NA, Namibia", (HEAD + "jobs,2025-Q1,NA,3\n").encode(), {("jobs", "2025-Q1", "NA"): "3"}),
    Understood("NA in quotes", (HEAD + 'jobs,2025-Q1,"NA",3\n').encode(), {("jobs", "2025-Q1", "NA"): "3"}),
    Understood(
        "7 and 07",
        (ZONE + "zone,2024,7,1\nzone,2024,07,2\n").encode(),
        {("zone", "2024", "7"): "1", ("zone", "2024", "07"): "2"},
    ),
    _one("spaces around codes and numbers", HEAD + " jobs , 2025-Q1\u00a0,\u202fF , 1 \n"),
    Understood("_T and nothing", (HEAD + "jobs,2025-Q1,_T,4\n").encode(), {("jobs", "2025-Q1", ""): "4"}),
    Understood("an actor left out", (ACTOR + "jobs,,2025-Q1,5\n").encode(), {("jobs", "2025-Q1", ""): "5"}),
    # Numbers.
    _one("zero", HEAD + "jobs,2025-Q1,F,0\n", "0"),
    _one("minus zero", HEAD + "jobs,2025-Q1,F,-0.0\n", "0"),
    _one("no-break spaces in groups", HEAD + "jobs,2025-Q1,F,1\u00a0234\u00a0567.5\n", "1234567.5"),
    _one("narrow no-break spaces in groups", SEMICOLONS + "jobs;2025-Q1;F;1\u202f234,5\n", "1234.5"),
    _one("a comma that can only be decimal", SEMICOLONS + "jobs;2025-Q1;F;12,50\n", "12.5"),
    _one("a point that can only be decimal", HEAD + "jobs,2025-Q1,F,0.125\n", "0.125"),
    Understood(
        "a sign that another row settles",
        (HEAD + "jobs,2025-Q1,F,1.234\njobs,2025-Q1,M,0.5\n").encode(),
        {("jobs", "2025-Q1", "F"): "1.234", ("jobs", "2025-Q1", "M"): "0.5"},
    ),
    _one("a point that is said to be decimal", HEAD + "jobs,2025-Q1,F,1.234\n", "1.234", decimal="point"),
    _one("a point that is not the comma said", HEAD + "jobs,2025-Q1,F,1.234\n", "1234", decimal="comma"),
    _one("groups and the sign said", SEMICOLONS + "jobs;2025-Q1;F;1.234.567,5\n", "1234567.5", decimal="comma"),
    _one("every digit there is", HEAD + f"jobs,2025-Q1,F,{'9' * 26}.{'9' * 12}\n", f"{'9' * 26}.{'9' * 12}"),
    _one("an apostrophe before a minus", HEAD + "jobs,2025-Q1,F,'-5\n", "-5"),
    Understood("nothing out of nothing", (RATIO + "rate,2024,0,0\n").encode(), {("rate", "2024", ""): "0/0"}),
    # Rows.
    Understood(
        "a row three times",
        (HEAD + ONE + "jobs,2025-Q1,F,1.0\n" + ONE).encode(),
        LANDS_ONE,
        folded=2,
    ),
    Understood(
        "lines and delimiters in a quoted cell",
        (COMMENT + 'jobs,2025-Q1,1,"one, two;\n\rthree ""four"""\n').encode(),
        {("jobs", "2025-Q1", ""): "1"},
    ),
]
