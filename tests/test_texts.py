"""The catalogue: every code that anything here can raise, in every language, saying the same."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from service import texts
from service.api.faults import _CODES

SERVICE = Path(texts.__file__).parent
# Who makes an error, and the place of its code among the arguments.
MAKERS = {
    "Fault": 0, "refused": 0, "Refused": 0, "NotFound": 0, "Conflict": 0, "Forbidden": 0, "Unauthenticated": 0, "Unreadable": 0,
    "TooLarge": 0, "UnsupportedMedia": 0, "Stale": 0, "PreconditionRequired": 0, "TooMany": 0, "Unavailable": 0, "Unsettled": 0,
    "ServiceError": 0, "PydanticCustomError": 0, "blame": 0,
}  # fmt: skip
MADE_ELSEWHERE = {"invalid_value", "unreadable", "no_such_address", "method_not_allowed", "internal_error"}
"""Codes that a table holds and no call names."""


def raised() -> Iterator[tuple[str, str]]:
    """Every code that is written where an error is made, with the place."""
    for path in sorted(SERVICE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                place = MAKERS.get(name)
                if place is not None and len(node.args) > place:
                    given = node.args[place]
                    for code in (given.body, given.orelse) if isinstance(given, ast.IfExp) else (given,):
                        if isinstance(code, ast.Constant) and isinstance(code.value, str):
                            yield code.value, f"{path.relative_to(SERVICE)}:{node.lineno}"


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_every_code_has_its_sentences(language: str) -> None:
    catalogue = texts.codes(language)
    missing = {code: place for code, place in raised() if code not in catalogue}
    assert not missing
    assert not (set(_CODES.values()) | MADE_ELSEWHERE) - set(catalogue)


def test_the_languages_have_the_same_codes_in_order() -> None:
    for language in texts.LANGUAGES:
        assert list(texts.codes(language)) == sorted(texts.codes("en"))


def test_no_sentence_is_left_from_a_code_that_went() -> None:
    written = "\n".join(path.read_text("utf-8") for path in SERVICE.rglob("*.py"))
    unused = [code for code in texts.codes("en") if f'"{code}"' not in written]
    assert not unused


def test_a_translation_names_what_the_original_names() -> None:
    def names(sentence: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}

    for code, english in texts.codes("en").items():
        french = texts.codes("fr")[code]
        assert set(english) == set(french)
        assert set(english) - {"remedy"} == {"title", "detail"}
        assert names(french["detail"]) == names(english["detail"]), code
        assert french["detail"] != english["detail"], code


def test_french_typography() -> None:
    for code, french in texts.codes("fr").items():
        for text in french.values():
            plain = "".join(text.split("`")[::2])
            assert "'" not in plain, f"{code}: an apostrophe is ’"
            assert " :" not in plain and " ;" not in plain and " ?" not in plain, f"{code}: a no-break space belongs there"


def test_the_sentence_of_the_error_wins_in_english() -> None:
    assert texts.detail("too_deep", "en", "Just so.", {}) == "Just so."
    assert texts.detail("too_deep", "fr", "Just so.", {"limit": "3"}) == "Le corps est imbriqué sur plus de 3 niveaux."
    assert texts.detail("too_deep", "fr", "Just so.", {}) == "Just so.", "a sentence with a hole in it is none"
    assert texts.detail("no_such_code", "fr", "Just so.", {}) == "Just so."
    assert texts.title("no_such_code", "fr") == "No such code"


@pytest.mark.parametrize(
    ("given", "answered"),
    [
        ("a\u00a0: b", "a\u00a0: b"),
        ("a\x00b\ud800c\u202ed\u2028e", "a\ufffdb\ufffdc\ufffdd\ufffde"),
        ("é😀\n", "é😀\n"),
        ("x" * 99, "x" * 50),
    ],
)
def test_what_is_answered_of_what_was_given(given: str, answered: str) -> None:
    assert texts.answerable(given, 50) == answered
