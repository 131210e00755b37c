"""From what a page shows to what travels: a template, a language, and a policy that lets nothing in from elsewhere."""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Protocol
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from service import texts
from service.api.problems import STATUSES, reader_language
from service.api.transaction import service_of
from service.errors import ServiceError
from service.texts import LANGUAGES
from service.web.speech import Speech

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
SYMBOLS = {
    "achieved": "M3 8.5 6.5 12 13 4.5",
    "on_track": "M3 11 8 5l5 6",
    "at_risk": "M3 8h10",
    "off_track": "M3 5l5 6 5-6",
    "missed": "M4 4l8 8M12 4l-8 8",
}
"""The shapes of statuses, in a square of 16: nobody has to tell them by colour."""


class Said(Protocol):
    """A refusal in words."""

    @property
    def title(self) -> str:
        """In short."""

    @property
    def detail(self) -> str:
        """In a sentence."""


@dataclass(frozen=True, slots=True)
class Words:
    """A refusal of ours in words."""

    title: str
    detail: str


def page_language(request: Request) -> str:
    """The language asked for in the address, else the one that the reader's browser prefers."""
    asked = request.query_params.get("lang", "")
    return asked if asked in LANGUAGES else reader_language(request)


def refusal(request: Request, error: ServiceError | Said, status_code: int | None = None) -> Response:
    """Why there is no page, in words, with the status that the interface for programs gives it."""
    language = page_language(request)
    if isinstance(error, ServiceError):
        status_code = status_code or STATUSES[type(error)]
        said = texts.detail(error.code, language, error.detail, error.context)
        error = Words(texts.title(error.code, language), texts.answerable(said, 500))
    shown = {"title": error.title, "detail": error.detail}
    return page(request, "refusal.html", Speech(language), shown, status_code or 400)


def page(request: Request, template: str, speech: Speech, shown: dict[str, Any], status_code: int = 200) -> Response:
    """The page of `template` in the language of `speech`. `shown` may hold a `visitor`, and `done`, the code of a notice."""
    content = (
        environment()
        .get_template(template)
        .render(
            speech=speech,
            _=speech.say,
            ngettext=speech.count,
            other_languages=_others(request, speech),
            **{
                "visitor": None,
                "sign_in": _sign_in(request),
                "script": None,
                "done": request.query_params.get("done"),
                **shown,
            },
        )
    )
    headers = {
        "Content-Security-Policy": POLICY,
        "Content-Language": speech.language,
        "Cache-Control": "private, no-cache",
        "Vary": "Accept-Language, Authorization, Cookie",
        # Browsers then say on which site a form was sent, and no other site is told where its readers come from.
        "Referrer-Policy": "same-origin",
    }
    return Response(content, status_code, headers, "text/html; charset=utf-8")


def _sign_in(request: Request) -> str | None:
    """Where somebody signs in for the community of the page; None where the settings offer it nowhere, and for no community."""
    service, community = service_of(request), request.path_params.get("community")
    if community is None or service.issuer is None or service.settings.oidc_sign_in != "on":
        return None
    return f"/communities/{quote(community, safe='')}/sign-in"


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


def script(name: str) -> str:
    """The address of a script, for the few pages that get better by one."""
    return f"/static/{fingerprint(name)}/{name}"


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
