"""The catalogue of sentences: what the service says no with, by code, in every language it speaks.

The sentences stand in `sentences/en.toml` and `fr.toml`, one table per code with `title` and `detail`; `{name}` in a detail
is filled from the error's context. What a file can be refused for has a `remedy`, too: what would do.
"""

import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

LANGUAGES = ("en", "fr")


def title(code: str, language: str) -> str:
    """The short title of `code`. A code without one (a test holds that there is none) is its own title."""
    return _catalogue(language).get(code, {}).get("title") or code.replace("_", " ").capitalize()


def detail(code: str, language: str, english: str, context: Mapping[str, str]) -> str:
    """The sentence of `code`, filled in from `context`.

    `english` is what the error says itself, which is more exact than the catalogue: it wins in English, and anywhere else
    where the catalogue's sentence names something that `context` does not hold.
    """
    if language == "en" and english:
        return english
    template = _catalogue(language).get(code, {}).get("detail")
    if template is None:
        return english
    try:
        return template.format_map(context)
    except KeyError:
        return english or template


def suggestion(english: str | None, language: str, context: Mapping[str, str]) -> str | None:
    """What may have been meant, said in the reader's language where the error's context holds it as `meant`."""
    if english is None or "meant" not in context:
        return english
    return detail("did_you_mean", language, english, context)


def remedy(code: str, language: str) -> str | None:
    """What would do about an error in a row of a file where nothing is known that was meant; None where `code` says it all."""
    return _catalogue(language).get(code, {}).get("remedy")


def answerable(text: str, limit: int) -> str:
    """At most `limit` characters of `text`, without control characters, half characters and those that turn the line around."""
    return "".join(character if _is_harmless(character) else "\ufffd" for character in text[:limit])


def _is_harmless(character: str) -> bool:
    # Not str.isprintable: the no-break spaces of French are not printable to it.
    category = unicodedata.category(character)
    return character == "\n" or (category[0] != "C" and category not in ("Zl", "Zp"))


def codes(language: str) -> Mapping[str, Mapping[str, str]]:
    """The whole catalogue of a language."""
    return _catalogue(language)


@cache
def _catalogue(language: str) -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((files("service") / "sentences" / f"{language}.toml").read_text("utf-8"))
