"""What no client would send, collected: texts, numbers, values, headers, queries, bytes; and bodies to put them into."""

import gzip
import json
from functools import cache

from tests.builders import Json, define, definition
from tests.uploads.malformed import MALFORMED

ODD_TEXTS = [
    # What no text can hold, what turns it around, what looks the same and is not.
    "\x00", "a\x00b", "\ud800", "\udfff\ud800", "\x1b[31m", "\x7f", "\u202e", "\u2066a\u2069", "\ufeff", "\ufeffjobs",
        "\u200b", "é",
    "e\u0301", "ﬁ", "K", "ß", "İ", "😀", "\U0010ffff", "a\nb", "a\tb", "a\rb", "a\u2028b", "jоbs", "ｊｏｂｓ", "１２", "٣", "१",
    # Long, empty, and what stands for something elsewhere.
    "", " ", "  jobs ", "a" * 65, "a" * 300, "é" * 10_001, ",", "a,b", "a:b", "*", "%", "%00", "%25", "null", "undefined",
        "true", "[]", "{}",
    # What would be run where it is pasted into a statement, a page, a format, a path, a spreadsheet.
    "'; DROP TABLE actor; --", "\" OR 1=1 --", "') UNION ALL (", "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>", "&lt;&#0;",
    "{0}", "{}{}", "{code.__class__}", "%s%s%n", "%(limit)s", "${7*7}", "{{7*7}}", "$(id)", "`id`", "a|b", "../..",
        "..\\..", "/etc/passwd",
    "file:///etc/passwd", "C:\\", "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "__proto__", "constructor", "__class__",
    # Numbers, days and periods that are none, and the last ones that are.
    "NaN", "Infinity", "-0", "0", "00", "007", "1e999999", "1E5", "1_000", "1,5", "0x1", "0b1", "1/2", "1.", ".5", "١٢٣",
        "9" * 27, "9" * 5_000,
    "0." + "1" * 13, "2147483648", "9223372036854775808", "-9223372036854775809", "2025-02-30", "2025-13", "0000",
        "0000-01", "0001",
    "0001-01-01", "9999", "9999-12-31", "9999-Q4", "10000", "2025-W53", "2025-W54", "2025-Q0", "2025-Q5", "2025-S3",
        "2024-02-29", "2025-2-3",
    "20250101", "2025-Q1/2025-Q2", "2025Q1", "٢٠٢٥", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z",
        "2026-01-15T09:00:00",
    "2026-01-15T09:00:00+25:00", "2026-01-15T09:00:00-23:59", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
        "2026-02-30T00:00:00Z",
    "2026-01-15T24:00:00Z", "2026-01-15T23:59:60Z", "1768467600", "-P1D", "Europe/Nowhere", "../../etc/localtime",
    # Cursors, ids and tokens that were never given out.
    "eyJ", "eyJhZnRlciI6IDF9", "W10", "bnVsbA==", "MQ", "AAAA", "====", "-_-_", "1", "2", "99", "2147483647", "0-0", "1.1",
        "1-1-1-1",
    "00000000-0000-0000-0000-000000000000", "jln_1_ExampleExampleExampleExampleExampleExampleE0ek585",
        "jln_zzzzzz_" + "0" * 49,
]  # fmt: skip
PLAUSIBLE_TEXTS = [
    "jobs", "common", "a", "b", "appui", "sex", "F", "M", "2025", "2026", "2025-Q1", "2025-Q3", "2025-03", "2024-Q4",
        "2025-S1", "2027-Q1",
    "2025-W09", "2025-03-05", "2025-01-01", "2026-01-15T10:00:00Z", "2020-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "0",
        "1", "0.5", "-3", "12.25",
    "100", "A", "Q", "M", "W", "sum", "mean", "last", "maximum", "quantity", "ratio", "flow", "stock", "en", "fr",
        "members", "public", "member", "observer",
    "support", "consent", "majority", "delegated", "object", "abstain", "agreed", "csv", "json", "check", "open", "adopted",
        "withdrawn", "active",
    "actor", "period", "sex,actor", "true", "false", "Europe/Paris", "read", "decide", "text with spaces", "Un texte: à côté",
]  # fmt: skip
"""Right in one place and wrong in most others: what comes past the grammar, to what is checked behind it."""
ODD_NUMBERS = [
    "0", "-0", "-1", "1", "0.0", "1.5", "1e400", "-1e400", "1E5", "1e-400", "1e999999", "1e999999999", "NaN", "Infinity",
        "-Infinity", "9" * 26,
    "9" * 27, "9" * 40, "9" * 41, "9" * 5_000, "0." + "1" * 12, "0." + "1" * 13, "0." + "1" * 400, "2147483647",
        "2147483648", "-2147483649",
    "9007199254740993", "9223372036854775807", "9223372036854775808", "18446744073709551616", "3.0", "1e2",
]  # fmt: skip
_DEEP = [
    opening * depth + closing * depth for depth in (7, 33, 200, 20_000) for opening, closing in (("[", "]"), ('{"a":', "}"))
]
ODD_VALUES = [
    *(json.dumps(text) for text in ODD_TEXTS),
    *(json.dumps(text) for text in PLAUSIBLE_TEXTS),
    *ODD_NUMBERS,
    *(depth.replace(":}", ":1}") for depth in _DEEP),
    *("null", "true", "false", "[]", "{}", "[[]]", "[null]", '[""]', '[{"a": [1]}]', '{"": ""}', '{"en": null}',
        '{"en": ""}', '{"xx": "a"}'),
    *('{"en": "a", "fr": "b"}', '{"a": 1, "a": 2}', '{"\\u0061": 1, "a": 2}', "[" + "1," * 5_000 + "1]", '["a", "a"]',
        '{"kind": "x"}', '{"kind": null}'),
    *('"\\ud83d"', '"\\u0000"', '"\\x"', '"' + "x" * 70_000 + '"', "01", "+1", "1.", ".5", "0x10", "1_000", "'a'",
        "undefined", "True", "None", "/**/1", "１"),
]  # fmt: skip
"""JSON, or nearly, as it is written; some of it no encoder would write."""
ODD_NAMES = [
    "",
    "a",
    "Code",
    "CODE",
    "code ",
    "\u202ekind",
    "__proto__",
    "$ref",
    "ｎａｍｅ",
    "x" * 5_000,
    "a/b~c",
    "\x00",
    "\ud800",
    "id",
    "community_id",
]
ODD_HEADERS = [
    *(("Accept", value) for value in ("\x7f", "text/csv", "text/csv;q=nan", "*/*;q=-1", "application/xml", "a" * 9_000,
        ",,;=")),
    *(("Accept-Language", value) for value in ("fr" * 5_000, "fr;q=1e9", "fr;q=", "*", "zz", "en;q=0,fr;q=0.001", "\xe9",
        "fr-\x00")),
    *(("If-None-Match", value) for value in ('"' * 500, "*", 'W/"x"', "\xff", '"a", "b"', "", ",")),
    *(("If-Match", value) for value in (",,,", '"x"', "", 'W/"1"', "\xff", "*, *", '"' + "9" * 9_000 + '"')),
    *(("X-Request-ID", value) for value in ("a\tb" * 90, "", "%s", "a" * 65, "<b>", "\xff")),
    *(("Content-Length", value) for value in ("-1", "9" * 40, "0", "1e3", "\xef\xbc\x91", "5, 5", "\xb2")),
    *(("Content-Type", value) for value in (
        "", "application/json; charset=utf-16", "application/json; charset=utf-8", "APPLICATION/JSON",
            "application/problem+json", "text/plain",
        "text/csv", "text/csv; charset=latin-9", "multipart/form-data", "multipart/form-data; boundary=x",
            "multipart/form-data; boundary=" + "x" * 300,
        "multipart/form-data; boundary=\xff", "multipart/form-data; boundary*=utf-8''x",
            "application/x-www-form-urlencoded", "json", ";;;", "\xff", "application/json;",
    )),
    *(("Content-Encoding", value) for value in ("gzip", "x-gzip", "br", "deflate", "identity", "gzip, gzip", "\xff", "")),
    *(("Transfer-Encoding", value) for value in ("chunked", "gzip", "x")),
    *(("Idempotency-Key", value) for value in ("\xff", "", " ", "a" * 256, "a\tb", "same", "%00", "'; --", "\x00")),
    *(("Authorization", value) for value in (
        "", "Bearer", "Bearer ", "Bearer \xff", "bearer x", "Basic YTpi", "Bearer jln_1_" + "0" * 49,
            "Bearer jln_zzzzzz_" + "0" * 49,
        "Bearer " + "a" * 9_000, "Bearer a b", "Negotiate x", "Bearer jln_0_\u00e9",
    )),
    *(("Prefer", value) for value in ("wait=-1e9", "wait=999999", "wait=1e9", "wait", "wait=\xb2", "respond-async", ",;=,")),
    *(("Host", value) for value in ("", "a b", "evil.example", "[::1", "x:99999", "\xff")),
    *(("X-Forwarded-For", value) for value in ("999.1.1.1", "::", "a" * 300)),
    ("X-HTTP-Method-Override", "DELETE"), ("Range", "bytes=0-0,-1"), ("Cookie", "a=\xff;" * 90), ("Expect", "100-continue"),
    ("Origin", "null"), ("Upgrade", "h2c"), ("Accept-Encoding", "gzip;q=nan"), ("X-Odd", "x" * 60_000),
]  # fmt: skip
"""Names and values, in Latin-1 as they travel."""
ODD_QUERIES = [
    b"%", b"%zz", b"&&&", b"=", b"=x", b"a", b"?", b"a=1;b=2", b"%00=1", b"as_of=%FF", b"limit=%", b"limit=1&limit=2",
        b"limit[]=1", b"from=a&to=b",
    b"as_of=2026-01-15T10:00:00+00:00", b"\xff=\xff", b"cursor=" + b"A" * 9_000,
        b"&".join(b"p%d=1" % number for number in range(1_001)), b"limit=+5",
    b"limit=0", b"limit=-1", b"limit=1e3", b"limit=1001", b"limit=99999999999999999999", b"from=2025&to=1925",
        b"from=1500-01-01&to=9999-12-31",
    b"from=0001&to=9999", b"by=sex,sex,sex", b"by=" + b"sex," * 2_000, b"indicators=" + b"jobs," * 2_000, b"format=xml",
        b"format=CSV",
]  # fmt: skip
ODD_PATHS = [
    b"/",
    b"//",
    b"/.",
    b"/..",
    b"/%2e%2e",
    b"%2F",
    b"%00",
    b"%FF",
    b"%ED%A0%80",
    b";x=1",
    b"%3F",
    b"%23",
    b"%0d%0aX-A:%20b",
    b"\\",
    b"/" * 300,
    b"%25%30%30",
]
"""What is put behind an address that is right."""


def escaped(text: str) -> bytes:
    """Percent-encoded, half characters too."""
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass")).encode()


@cache
def odd_files() -> tuple[tuple[bytes, dict[str, str], dict[str, str]], ...]:
    """Files that must not be taken, each with the headers and the parameters that are sent with it."""
    table = b"indicator,period,value\njobs,2025-Q3,4\n"
    form = b'--x\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\n\r\n' + table + b"\r\n--x--\r\n"
    in_form, packed = {"Content-Type": "multipart/form-data; boundary=x"}, {"Content-Encoding": "gzip"}
    bomb = gzip.compress(bytes(16 << 20), 9)
    made: list[tuple[bytes, dict[str, str]]] = [
        (bomb, packed),
        (gzip.compress(b"indicator,period,value\n" + b"jobs,2025-Q3,4\n" * 400_000, 9), packed),
        (gzip.compress(bomb), packed),
        (gzip.compress(table) * 3, packed),
        (gzip.compress(table)[:-5], packed),
        (gzip.compress(table) + b"x", packed),
        (b"", packed),
        (b"\xef\xbb\xbf" * 2 + table, {}),
        (table.replace(b"4", b"1e999999"), {}),
        (table.replace(b"4", "４".encode()), {}),
        (table.replace(b"\n", b"\r"), {}),
        (table.replace(b"jobs", b'"jobs'), {}),
        (table * 2, {}),
        (b'"' * 70_000, {}),
        (b"," * 200_000, {}),
        (b"\n" * 200_000, {}),
        (form % (b"file", b"a.csv"), in_form),
        (form % (b"file", b"../../a\x00.csv"), in_form),
        (form % (b"file", b"\xff" * 300), in_form),
        (form % (b"other", b"a.csv"), in_form),
        ((form % (b"file", b"a"))[:-12], in_form),
        ((form % (b"file", b"a")).replace(b"\r\n--x--", b"\r\n--x") + form % (b"file", b"b"), in_form),
        (b"--x\r\n" + b"A: b\r\n" * 5_000 + b"\r\n--x--", in_form),
        (b"--x\r\n" + b"A" * 70_000, in_form),
    ]
    return (
        *((case.content, case.headers, case.asked) for case in MALFORMED),
        *((content, headers, {}) for content, headers in made),
    )


_TARGET = {
    "kind": "set_target",
    "indicator": "jobs",
    "period": "2026",
    "from_period": "2025-Q4",
    "value": "1",
    "baseline": {"period": "2025", "value": "0"},
    "milestones": [{"period": "2026-Q1", "value": "0.5"}],
}
_OVERLAP = {
    "kind": "resolve_overlap",
    "indicator": "jobs",
    "period": "2025",
    "from_period": "2025-Q1",
    "dimensions": {"sex": "F"},
    "method": "agreed",
    "value": "1",
    "reason": {"en": "x"},
}
_RATIO: Json = {
    "measure": "ratio",
    "minimum": "0",
    "maximum": "100",
    "factor": "100",
    "decimals": 1,
    "dimensions": [{"code": "sex", "codes": ["F", "M"]}],
}
_REVISION = {
    "kind": "revise_indicator",
    "indicator": "jobs",
    "based_on": 1,
    "definition": definition(effective_from="2025-Q3", dimensions=[{"code": "sex", "codes": ["F", "M"]}]),
    "bridge": {"kind": "conversion", "factor": "2", "offset": "1", "reason": {"en": "x"}},
    "targets": "drop",
}
_CHANGES: list[Json] = [
    define("more", minimum="0"),
    define("part", **_RATIO),
    _REVISION,
    {"kind": "retire_indicator", "indicator": "jobs"},
    _TARGET,
    {"kind": "drop_target", "indicator": "jobs", "period": "2025", "from_period": "2025", "dimensions": {"sex": "F"}},
    _OVERLAP,
    {
        "kind": "set_objective",
        "objective": "o",
        "name": {"en": "o"},
        "parent": "common",
        "weight": "2",
        "indicators": [{"indicator": "jobs"}],
    },
    {"kind": "set_charter", "decision_rule": "majority", "quorum": "0.5", "due_days": 1, "show_actor_values": False},
    {
        "kind": "set_membership",
        "actor": "z",
        "membership": {"name": "z", "kind": "club", "role": "member", "joined": "2025-01-01"},
    },
]
_CONTRIBUTION: Json = {
    "indicator": "jobs",
    "period": "2025-Q2",
    "value": "1",
    "dimensions": {"sex": "F"},
    "comment": "x",
    "expected_revision": 0,
}
BODIES: dict[str, list[Json]] = {
    "create_proposal": [
        *({"title": "t", "rationale": "r", "changes": [change]} for change in _CHANGES),
        {"title": {"en": "t"}, "changes": _CHANGES[:2], "closes_at": None},
    ],
    "amend_proposal": [{"changes": [change], "closes_at": "2026-06-01T00:00:00Z"} for change in _CHANGES],
    "create_contribution": [
        _CONTRIBUTION,
        {"indicator": "jobs", "period": "2025-Q3", "numerator": "1", "denominator": "2", "weight": "3"},
    ],
    "create_contributions": [
        {"items": [_CONTRIBUTION, _CONTRIBUTION | {"period": "2025-Q4", "observation_status": "P", "evidence": "e"}]}
    ],
    "create_trials": [{"items": [_CONTRIBUTION]}],
    "update_actor": [
        {
            "name": "c",
            "left": None,
            "groups": ["x"],
            "identifiers": [{"scheme": "SIREN", "value": "552100554"}],
            "role": "member",
        }
    ],
    "update_community": [{"name": "c"}, {"name": "c", "charter": {"quorum": "0.5", "due_days": 1}, "visibility": "members"}],
}
"""Bodies beside those of the contract's examples, by operation: what these leave out."""
