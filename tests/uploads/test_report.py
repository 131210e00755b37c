"""The report: the file as it came, plus columns; mended and sent again it is taken, and what had landed is unchanged."""

import csv
import io
import re
from collections.abc import Callable, Iterator

import pytest

from service.database import open_database
from tests.builders import Coalition, Json, Voice
from tests.uploads.sending import counts, gathered, send, standing

ROWS = [
    ["indicateur", "période", "sex", "valeur", "commentaire"],
    ["jobs", "2025-Q1", "F", "1234,5", "l’été"],
    ["jobs", "T2 2025", "F", "12 %", "«\u00a0a ; b\u00a0»"],
    ["", "", "", "", ""],
    ["jobs", "2025-Q3", "F", "n.d.", 'on "said"\nso'],
    ["jobs", "2025-Q4", "NA", "0", ""],
]
ADDED = 3


@pytest.fixture
def light_made(new_database: Callable[[str], str]) -> Iterator[Coalition]:
    """What a report holds does not depend on the engine: its tests run on SQLite."""
    database = open_database(new_database("sqlite"))
    yield gathered(database)
    database.dispose()


def _file(encoding: str, delimiter: str, end: str) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(ROWS)
    return text.getvalue().encode(encoding)


def _report(voice: Voice, answer: Json, language: str) -> bytes:
    response = voice.ask("GET", f"/imports/{answer['id']}/report", headers={"Accept-Language": language})
    assert (response.status_code, response.headers["content-language"]) == (200, language)
    return response.content


def _read(content: bytes, encoding: str, delimiter: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(encoding), newline=""), delimiter=delimiter))


@pytest.mark.parametrize(
    ("encoding", "delimiter", "end"),
    [("utf-8", ",", "\n"), ("utf-8-sig", ";", "\r\n"), ("utf-16", "\t", "\r\n"), ("cp1252", ";", "\r\n")],
)
def test_a_report_is_mended_and_sent_again(light_made: Coalition, encoding: str, delimiter: str, end: str) -> None:
    voice, content = light_made.members["a"], _file(encoding, delimiter, end)
    answer = send(voice, content, on_error="skip_rows")
    assert (answer["status"], counts(answer)) == ("succeeded", {"rows": 4, "created": 2, "rejected": 2})

    english, french = (_report(voice, answer, language) for language in ("en", "fr"))
    for report, language in ((english, "en"), (french, "fr")):
        read = _read(report, encoding, delimiter)
        assert [row[:-ADDED] if any(row) else row for row in read] == ROWS
        assert [row[-ADDED] for row in read if any(row)] == ["error", "", "not_a_period; not_a_decimal", "not_a_decimal", ""]
        assert report.startswith(content[:2]), "the mark that it came with"
        *_, message, suggestion = read[2]
        found = {"en": "did you mean `2025-Q2`?; did you mean `12`?", "fr": "vouliez-vous dire `2025-Q2`\u00a0?"}[language]
        assert suggestion.startswith(found)
        assert "`T2 2025`" in message and "`12 %`" in message

    # In the report itself: the cells that were wrong are mended, the columns that it added are left where they are.
    mended = french.decode(encoding).replace("T2 2025", "2025-Q2", 1).replace("12 %", "12", 1)
    mended = re.sub(rf"{delimiter}n\.d\.{delimiter}", f"{delimiter}3{delimiter}", mended, count=1)
    again = send(voice, mended.encode(encoding))
    assert (again["status"], counts(again)) == ("succeeded", {"rows": 4, "created": 2, "unchanged": 2}), again["errors"]
    assert standing(voice) == {
        ("jobs", "a", "2025-Q1", "F"): "1234.5",
        ("jobs", "a", "2025-Q2", "F"): "12",
        ("jobs", "a", "2025-Q3", "F"): "3",
        ("jobs", "a", "2025-Q4", "NA"): "0",
    }
    of_report = _read(_report(voice, again, "en"), encoding, delimiter)
    assert of_report[0] == [*ROWS[0], "error", "message", "suggestion"], "its own columns are made anew, not put beside"


def test_a_report_without_its_columns_is_the_file_to_the_byte(light_made: Coalition) -> None:
    voice = light_made.members["a"]
    content = b'"indicator",period, value ,\r\njobs , "x",1,\n\n,,,\r\n"jobs","2025-Q1","1 000",""\njobs,2025-Q1'
    answer = send(voice, content)
    assert (answer["status"], answer["rejected"]) == ("rejected", 3)
    report = _report(voice, answer, "en")
    lines = content.splitlines(keepends=True)
    found = report.splitlines(keepends=True)
    assert len(found) == len(lines)
    for line, reported in zip(lines, found, strict=True):
        body = line.rstrip(b"\r\n")
        assert reported.startswith(body)
        assert reported[len(reported.rstrip(b"\r\n")) :] == line[len(body) :]
    assert found[2:4] == lines[2:4], "blank rows stay blank"


def test_a_hundred_errors_are_answered_and_all_are_in_the_report(light_made: Coalition) -> None:
    voice = light_made.members["a"]
    content = "indicator,period,value\n" + "".join(f"jobs,2025-Q1,x{number}\n" for number in range(150))
    answer = send(voice, content)
    assert (len(answer["errors"]), answer["rejected"], answer["created"]) == (100, 150, 0)
    assert [error["found"] for error in answer["errors"]] == [f"x{number}" for number in range(100)]
    rows = _read(_report(voice, answer, "fr"), "utf-8", ",")
    assert [row[2:4] for row in rows[1:]] == [[f"x{number}", "not_a_decimal"] for number in range(150)]
    assert all(f"`{row[2]}`" in row[4] and row[5] for row in rows[1:])


def test_both_rows_of_a_contradiction_are_named_in_both(light_made: Coalition) -> None:
    voice = light_made.members["a"]
    head = "indicator,period,value\n"
    answer = send(voice, head + "jobs,2025-Q1,1\njobs,2025-Q2,5\njobs,2025-Q2,5.0\njobs,2025-Q1,2\n")
    assert [(error["row"], error["code"]) for error in answer["errors"]] == [(2, "duplicate_key"), (5, "duplicate_key")]
    assert counts(answer) == {"rows": 4, "folded": 1, "rejected": 2}
    rows = _read(_report(voice, answer, "fr"), "utf-8", ",")
    assert "(5)" in rows[1][4] and "(2)" in rows[4][4]
    assert rows[2][3:] == rows[3][3:] == ["", "", ""]
