"""The template as a workbook: what a spreadsheet makes of it, and that it comes back as it went out, or with what was added."""

import io
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import column_index_from_string

from service.database import Database
from tests.builders import Coalition, Voice, define
from tests.uploads.sending import counts, gathered, send, standing
from tests.uploads.test_workbooks import send_book
from tests.uploads.workbooks import XLSX, opened, saved

LONG = "12345678901234567890123456.123456789012"
EVER = {"from": "2024"}
ASKED = {"from": "2025-Q1", "to": "2025-Q4"}


def template(voice: Voice, language: str = "en", **asked: str) -> bytes:
    headers = {"Accept": XLSX, "Accept-Language": language}
    response = voice.ask("GET", "/imports/template", params=asked, headers=headers)
    assert (response.status_code, response.headers["Content-Type"]) == (200, XLSX), response.text
    assert response.headers["Content-Disposition"].endswith('-template.xlsx"')
    return response.content


def told(database: Database) -> Coalition:
    """A coalition of which `a` has reported this and that."""
    made = gathered(database)
    made.adopt(define("codes", frequency="A", dimensions=[{"code": "area", "codes": ["007", "NA"]}]))
    voice = made.members["a"]
    for body in (
        {"indicator": "jobs", "period": "2025-Q1", "value": "1.234", "comment": "=1+1\nand _x0041_ <b>", "evidence": "-a"},
        {"indicator": "jobs", "period": "2025-Q2", "dimensions": {"sex": "NA"}, "value": LONG, "observation_status": "E"},
        {"indicator": "rate", "period": "2024", "numerator": "1", "denominator": "3"},
        {"indicator": "wait", "period": "2024", "value": "0", "weight": "0.1"},
        {"indicator": "codes", "period": "2024", "dimensions": {"area": "007"}, "value": "7"},
    ):
        assert voice.ask("POST", "/contributions", json=body).status_code == 201
    return made


def test_sent_back_as_it_is_it_changes_nothing(database: Database) -> None:
    made = told(database)
    voice = made.members["a"]
    before = standing(made.support)
    for content in (template(voice, **EVER), template(voice, "fr", **EVER), saved(opened(template(voice, **EVER)))):
        assert counts(send_book(voice, content)) == {"rows": 5, "unchanged": 5}
    text = voice.ask("GET", "/imports/template", params=EVER)
    assert text.headers["Content-Type"].startswith("text/csv")
    assert counts(send(voice, text.content)) == {"rows": 5, "unchanged": 5}
    assert standing(made.support) == before


def test_what_is_filled_in_is_recorded(database: Database) -> None:
    made = told(database)
    voice = made.members["a"]
    sheet = opened(template(voice, "fr", indicator="jobs", **ASKED))
    heads = [cell.value for cell in sheet[1]]
    assert heads == ["indicateur", "acteur", "période", "sex", "valeur", "statut", "commentaire", "preuve", "échéance"]
    rows = {(row[2].value, row[3].value): row for row in sheet.iter_rows(min_row=2)}
    assert len(rows) == 16
    rows["2025-Q1", "F"][4].value = 0.1
    rows["2025-Q1", "M"][4].value = 0
    rows["2025-Q2", "NA"][4].value = "0,5"
    assert counts(send_book(voice, saved(sheet))) == {"rows": 4, "created": 2, "revised": 1, "unchanged": 1}
    said = standing(made.support)
    assert [said["jobs", "a", *key] for key in (("2025-Q1", "F"), ("2025-Q1", "M"), ("2025-Q2", "NA"))] == ["0.1", "0", "0.5"]


def test_the_codes_are_choices_and_texts_stay_texts(database: Database) -> None:
    made = told(database)
    book = load_workbook(io.BytesIO(template(made.members["a"], "en", **EVER)))
    assert book.sheetnames == ["Contributions", "Codes", "Notes"]
    sheet, codes = book["Contributions"], book["Codes"]
    heads = {cell.value: cell.column_letter for cell in sheet[1]}
    assert sheet.freeze_panes == "A2"
    choices: dict[str, list[Any]] = {}
    notes = {}
    for one in sheet.data_validations.dataValidation:
        letter = str(one.sqref).split(":")[0].rstrip("0123456789")
        if one.type == "list":
            name, area = one.formula1.split("!")
            assert (name, one.showErrorMessage, str(one.sqref).split(":")[0]) == ("Codes", True, f"{letter}2")
            choices[letter] = [row[0].value for row in codes[area.replace("$", "")]]
        else:
            notes[letter] = one.prompt
    by_head = {head: choices[letter] for head, letter in heads.items() if letter in choices}
    assert by_head["indicator"] == ["jobs", "rate", "wait", "codes"]
    assert (by_head["sex"], by_head["area"]) == (["_T", "F", "M", "NA"], ["_T", "007", "NA"])
    assert by_head["observation_status"][0] == "A" and len(by_head["observation_status"]) > 10
    assert set(by_head["period"]) >= {"2025-Q1", "2025-Q4", "2025"} and by_head["actor"] == ["a"]
    assert {head for head, letter in heads.items() if letter in notes} == {"value", "numerator", "denominator", "weight"}
    assert all("15 digits" in note for note in notes.values())
    widths = list(sheet.column_dimensions.values())  # Columns alike that stand side by side share one.
    places = {head: column_index_from_string(letter) for head, letter in heads.items()}
    formats = {head: one.number_format for head, place in places.items() for one in widths if one.min <= place <= one.max}
    assert {head for head, given in formats.items() if given == "@"} == set(heads) - {
        "value",
        "numerator",
        "denominator",
        "weight",
    }
    cells = {cell.value: (cell.data_type, cell.number_format) for row in sheet.iter_rows(min_row=2) for cell in row}
    assert cells["007"] == cells["2025-Q1"] == cells[LONG] == ("s", "@")
    assert cells[1.234] == ("n", "General")
    assert cells["=1+1\nand _x005F_x0041_ <b>"][0] == "s"


def test_what_cannot_come_back_is_not_in_it(database: Database) -> None:
    """Closed periods take nothing, and what was said in other terms would be said anew."""
    made = told(database)
    voice = made.members["a"]
    assert made.support.ask("PUT", "/closed-periods/2025-Q1").status_code < 300
    assert counts(send_book(voice, template(voice, indicator="jobs"))) == {"rows": 1, "unchanged": 1}
    old = voice.ask("GET", "/imports/template", params={"indicator": "jobs", "format": "csv"}).text
    assert "2025-Q2" in old and "2025-Q1" not in old and "2025-Q1" in voice.ask("GET", "/contributions").text
