"""Pages speak English and French: every sentence is in the catalogue, numbers keep all their digits."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import service.web
from service.web.speech import Speech

WEB = Path(service.web.__file__).parent
KEYWORDS = {"_": None, "say": None, "count": (1, 2), "ngettext": (1, 2)}
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]


def test_every_sentence_is_translated_and_none_is_left_over() -> None:
    used = {message for _, _, message, _, _ in extract_from_dir(WEB, METHODS, keywords=KEYWORDS)}
    assert len(used) > 50
    catalogue = read_po(io.BytesIO((WEB / "locales" / "fr.po").read_bytes()), locale="fr")
    translated = {message.id if isinstance(message.id, str) else tuple(message.id) for message in catalogue if message.id}
    assert used == translated
    assert not [message.id for message in catalogue if message.id and (not message.string or message.fuzzy)]
    assert not [error for _, errors in catalogue.check() for error in errors]


def test_french_spaces_do_not_break() -> None:
    text = (WEB / "locales" / "fr.po").read_text()
    said = [line for line in text.splitlines() if line.startswith("msgstr") and " " in line][1:]
    assert not [line for line in said if any(f" {mark}" in line.removeprefix("msgstr ") for mark in ":;?!»")]
    assert "'" not in "".join(said)


@pytest.mark.parametrize(
    ("value", "english", "french"),
    [
        ("1234567.500000", "1,234,567.5", "1\u202f234\u202f567,5"),
        ("0", "0", "0"),
        ("-0.000000000001", "-0.000000000001", "-0,000000000001"),
        ("12345678901234567890", "12,345,678,901,234,567,890", "12\u202f345\u202f678\u202f901\u202f234\u202f567\u202f890"),
    ],
)  # fmt: skip
def test_numbers_keep_all_their_digits(value: str, english: str, french: str) -> None:
    assert (Speech("en").number(Decimal(value)), Speech("fr").number(Decimal(value))) == (english, french)


@pytest.mark.parametrize(
    ("share", "said"), [("0.625", "62%"), ("0.996", "99%"), ("1", "100%"), ("0", "0%"), ("3.08625", "309%"), ("-0.2", "-20%")]
)
def test_what_is_not_quite_there_is_not_there(share: str, said: str) -> None:
    assert Speech("en").share(Decimal(share)) == said


@pytest.mark.parametrize(
    ("lowest", "highest", "said"),
    [("0.05", "0.99", "5–99"), ("0.986", "0.994", "99"), ("0", "1", "0–100"), ("-0.2", "0", "-20–0")],
)
def test_a_share_that_is_not_known_is_both_its_ends(lowest: str, highest: str, said: str) -> None:
    assert Speech("en").shares(Decimal(lowest), Decimal(highest)) == f"{said}%"
    assert Speech("fr").shares(Decimal(lowest), Decimal(highest)) == f"{said}\xa0%"


def test_days_and_minutes_of_the_community() -> None:
    paris = Speech("fr", "fr", "Europe/Paris")
    assert paris.day(date(2025, 12, 31)) == "31 déc. 2025" and Speech("en").day(date(2025, 12, 31)) == "31 Dec 2025"
    assert "00:30" in paris.instant(datetime(2025, 12, 30, 23, 30, tzinfo=UTC))


def test_a_text_in_another_language_says_so() -> None:
    english = Speech("en", "fr")
    assert (english.text({"fr": "Lac", "de": "See"}), english.speaks_otherwise({"fr": "Lac", "de": "See"})) == ("Lac", "fr")
    assert (english.text({"en": "Lake", "fr": "Lac"}), english.speaks_otherwise({"en": "Lake"})) == ("Lake", None)
    assert english.text(None) == "" and english.text("as is") == "as is"
