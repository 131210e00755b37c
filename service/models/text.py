"""Texts and names as they come in and go out, and the columns and bodies they stand in.

A text is a string in the community's language or `{"en": …, "fr": …}`; it is always answered as the latter. Control
characters are refused (PostgreSQL takes no NUL), and so are lone surrogates, which no database and no file can hold.
"""

import json
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ConfigDict, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError
from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

LANGUAGES = ("en", "fr")
CODE_PATTERN = r"^[a-z0-9][a-z0-9-]{0,62}$"
CELL_CODE_PATTERN = r"^[A-Za-z0-9+.-][A-Za-z0-9_+.-]{0,63}$"
TEXT_LIMIT = 10_000
_UNSAID = ""
"""Stands for "the community's language" until `spoken` knows which that is."""

Code = Annotated[str, StringConstraints(pattern=CODE_PATTERN)]
"""A code in a path: given by whoever creates the thing, never changed, never used again."""

CellCode = Annotated[str, StringConstraints(pattern=CELL_CODE_PATTERN)]
"""A dimension's code or one of its codes (`MODEL.md` 1)."""


CellCodeOrTotal = Annotated[str, StringConstraints(pattern=rf"^(_T|{CELL_CODE_PATTERN[1:-1]})$")]
"""A code, or `_T` for the total, which is the same as leaving the dimension out."""


def _printable(text: str) -> str:
    for character in text:
        if (ord(character) < 32 and character not in "\n\t\r") or 0xD800 <= ord(character) <= 0xDFFF or ord(character) == 0x7F:
            raise PydanticCustomError("control_character", "a text may not hold control characters")
    return text


PlainText = Annotated[str, StringConstraints(min_length=1, max_length=TEXT_LIMIT), AfterValidator(_printable)]
"""A text in one language: a comment, a reason, a source."""

Label = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_printable)]
"""A short name in one language."""


def _texts(given: Any) -> dict[str, str]:
    if isinstance(given, str):
        given = {_UNSAID: given}
    if not isinstance(given, dict) or not given:
        raise PydanticCustomError("not_a_text", 'a text is a string or {"en": …, "fr": …}')
    for language, text in given.items():
        if language not in LANGUAGES and language != _UNSAID:
            raise PydanticCustomError("unknown_language", 'a text is given in "en" and "fr"')
        if not isinstance(text, str) or not text.strip() or len(text) > TEXT_LIMIT:
            raise PydanticCustomError("not_a_text", "a text has between 1 and 10000 characters")
        _printable(text)
    return given


Texts = Annotated[
    dict[str, str],
    BeforeValidator(_texts),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1, "maxLength": TEXT_LIMIT},
                {
                    "type": "object",
                    "properties": {language: {"type": "string"} for language in LANGUAGES},
                    "additionalProperties": False,
                    "minProperties": 1,
                },
            ],
            "description": "A string in the community's language, or an object by language. Answered as an object.",
        }
    ),
]
"""A text by language. Given as a bare string it waits under "" for `spoken`."""


def spoken(texts: dict[str, str], language: str) -> dict[str, str]:
    """The texts with a bare string put under the community's `language`."""
    return {(language if said == _UNSAID else said): text for said, text in texts.items()}


def in_language(texts: dict[str, str], language: str) -> str:
    """One text of several: the reader's language, else English, else whatever there is."""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()))


def canonical_json(content: Any) -> str:
    """JSON with sorted keys, no white space, no ASCII escapes: the same content gives the same bytes."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


class JsonText(TypeDecorator[Any]):
    """JSON kept as canonical text, so that both engines hold the same bytes and the journal's digests can be made again."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Canonical text, or NULL for None."""
        return None if value is None else canonical_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """What the text holds, or None."""
        return None if value is None else json.loads(value)


class Body(SQLModel):
    """What a request brings. Fields that are not named are refused."""

    model_config = ConfigDict(extra="forbid")  # type: ignore[assignment]
