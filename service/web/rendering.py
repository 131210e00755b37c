"""From what a page shows to what travels: a template, a language, and a policy that lets nothing in from elsewhere."""

import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from service.texts import LANGUAGES
from service.web.speech import Speech

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SYMBOLS = {
    "achieved": "M3 8.5 6.5 12 13 4.5",
    "on_track": "M3 11 8 5l5 6",
    "at_risk": "M3 8h10",
    "off_track": "M3 5l5 6 5-6",
    "missed": "M4 4l8 8M12 4l-8 8",
}
"""The shapes of statuses, in a square of 16: nobody has to tell them by colour."""


def page(request: Request, template: str, speech: Speech, shown: dict[str, Any], status_code: int = 200) -> Response:
    """The page of `template` in the language of `speech`."""
    content = (
        environment()
        .get_template(template)
        .render(
            speech=speech,
            _=speech.say,
            ngettext=speech.count,
            other_languages=_others(request, speech),
            **shown,
        )
    )
    headers = {
        "Content-Security-Policy": POLICY,
        "Content-Language": speech.language,
        "Cache-Control": "private, no-cache",
        "Vary": "Accept-Language, Authorization",
    }
    return Response(content, status_code, headers, "text/html; charset=utf-8")


@cache
def environment() -> Environment:
    """The templates, with all that is put into them escaped; a name that nothing was given for is a mistake, not a blank."""
    made = Environment(
        loader=PackageLoader("service.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"style": f"/static/{fingerprint('style.css')}/style.css", "symbols": SYMBOLS}
    return made


@cache
def static_file(name: str) -> bytes:
    """A file that pages bring along. Raises FileNotFoundError."""
    return files("service.web").joinpath("static", name).read_bytes()


@cache
def fingerprint(name: str) -> str:
    """Stands in the address of a file, so that it may be kept for ever: another content has another address."""
    return hashlib.sha256(static_file(name)).hexdigest()[:12]


def _others(request: Request, speech: Speech) -> list[tuple[str, str]]:
    """The same page in the other languages: each language and its address."""
    others = [language for language in LANGUAGES if language != speech.language]
    return [
        (language, str(request.url.include_query_params(lang=language).replace(scheme="", netloc=""))) for language in others
    ]
