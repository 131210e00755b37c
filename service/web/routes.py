"""The addresses of the pages, and how one is answered: as the interface for programs would tell the same reader."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from service import texts
from service.api.admission import count_request
from service.api.identity import READ, READ_WITHIN, Access
from service.api.problems import STATUSES, reader_language
from service.api.transaction import AskingContext, address_of, identify, reading, service_of
from service.errors import NotFound, Refused, ServiceError
from service.models.instant import parse_instant
from service.web.community import community_page, progress_bar
from service.web.desk import desk_page
from service.web.indicator import indicator_image, indicator_page, indicators_page, opened_page
from service.web.proposals import proposal_page, proposals_page
from service.web.rendering import fingerprint, page, static_file
from service.web.review import review_page, reviews_page
from service.web.sight import reads_within
from service.web.speech import Speech
from service.web.story import story_page
from service.web.welcome import public_communities

_STATIC_TYPES = {"style.css": "text/css; charset=utf-8"}
_FOR_EVER = "public, max-age=31536000, immutable"
COMMUNITY = "/communities/{community}"


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a community: what `show` finds in one snapshot, put into `template`."""

    path: str
    template: str
    show: Callable[[AskingContext, Speech], dict[str, Any]]
    access: Access = READ

    async def answer(self, request: Request) -> Response:
        """The page, or a page that says why there is none."""

        def shown(asking: AskingContext, speech: Speech) -> Response:
            return page(request, self.template, speech, {**self._around(asking), **self.show(asking, speech)})

        try:
            return await _asked(request, shown, self.access)
        except ServiceError as error:
            return _refusal(request, error)

    def _around(self, asking: AskingContext) -> dict[str, Any]:
        """What the layout shows around every page: which it is, and which others the reader may open."""
        return {"is_member": reads_within(asking), "here": self.path.removeprefix(COMMUNITY).strip("/").partition("/")[0]}


PAGES = [
    Page(COMMUNITY, "community.html", community_page),
    Page(f"{COMMUNITY}/indicators", "indicators.html", indicators_page),
    Page(f"{COMMUNITY}/indicators/{{indicator}}", "indicator.html", indicator_page),
    Page(f"{COMMUNITY}/indicators/{{indicator}}/entries", "opened.html", opened_page),
    Page(f"{COMMUNITY}/proposals", "proposals.html", proposals_page, READ_WITHIN),
    Page(f"{COMMUNITY}/proposals/{{proposal}}", "proposal.html", proposal_page, READ_WITHIN),
    Page(f"{COMMUNITY}/story", "story.html", story_page),
    Page(f"{COMMUNITY}/reviews", "reviews.html", reviews_page, READ_WITHIN),
    Page(f"{COMMUNITY}/reviews/{{review}}", "review.html", review_page, READ_WITHIN),
    Page(f"{COMMUNITY}/desk", "desk.html", desk_page, READ_WITHIN),
]


class PageRoute(Route):
    """A route that says in the scope which it is, as those of the interface do: logs and measurements name it."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As any route."""
        match, child = super().matches(scope)
        return match, {**child, "route": self}


def page_routes() -> list[PageRoute]:
    """Every address of the pages. They are no part of the contract."""
    return [
        PageRoute("/", _welcome, methods=["GET"]),
        PageRoute("/static/{fingerprint}/{name}", _static, methods=["GET"]),
        PageRoute(f"{COMMUNITY}/progress.svg", _progress_image, methods=["GET"]),
        PageRoute(f"{COMMUNITY}/indicators/{{indicator}}.svg", _indicator_image, methods=["GET"]),
        *(PageRoute(one.path, one.answer, methods=["GET"]) for one in PAGES),
    ]


async def _welcome(request: Request) -> Response:
    try:
        count_request(request, service_of(request).limiter, None)
        async with service_of(request).crowd.place(address_of(request)):
            found = await public_communities(request)
        return page(request, "welcome.html", Speech(_language(request)), {"communities": found})
    except ServiceError as error:
        return _refusal(request, error)


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _STATIC_TYPES or request.path_params["fingerprint"] != fingerprint(name):
        return _refusal(request, NotFound("no_such_address", "There is nothing at this address."))
    return Response(static_file(name), headers={"Cache-Control": _FOR_EVER}, media_type=_STATIC_TYPES[name])


async def _progress_image(request: Request) -> Response:
    """The bar of the common objective as an image, which other sites may show."""
    return await _image(
        request,
        lambda asking, speech: progress_bar(asking, speech).replace("<svg ", '<svg width="600" height="36" ', 1),
    )


async def _indicator_image(request: Request) -> Response:
    """One indicator's chart as an image."""
    return await _image(request, indicator_image)


async def _image(request: Request, draw: Callable[[AskingContext, Speech], str]) -> Response:
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": "default-src 'none'", "Vary": "Accept-Language"}

    def drawn(asking: AskingContext, speech: Speech) -> Response:
        image = draw(asking, speech)
        if "xmlns=" not in image:
            image = image.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
        return Response(image, headers=headers, media_type="image/svg+xml")

    try:
        return await _asked(request, drawn)
    except ServiceError as error:
        return _refusal(request, error)


async def _asked(request: Request, show: Callable[[AskingContext, Speech], Response], access: Access = READ) -> Response:
    """What `show` makes of one snapshot, for a reader who may: admitted, counted and taking turns as any other."""
    bearer, service = await identify(request), service_of(request)
    count_request(request, service.limiter, bearer)

    def shown(asking: AskingContext) -> Response:
        settings = asking.register.settings
        return show(asking, Speech(_language(request), settings.language, settings.time_zone))

    async with service.crowd.place(bearer.digest if bearer else address_of(request)):
        return await reading(request, access, _as_of(request), shown)


def _as_of(request: Request) -> datetime | None:
    given = request.query_params.get("as_of")
    try:
        return None if given is None else parse_instant(given)
    except ValueError:
        raise Refused("not_an_instant", "`as_of` is written 2026-01-15T00:00:00Z.") from None


def _language(request: Request) -> str:
    """The language asked for in the address, else the one that the reader's browser prefers."""
    asked = request.query_params.get("lang", "")
    return asked if asked in texts.LANGUAGES else reader_language(request)


def _refusal(request: Request, error: ServiceError) -> Response:
    """Why there is no page, in words, with the status that the interface for programs gives it."""
    language = _language(request)
    shown = {
        "title": texts.title(error.code, language),
        "detail": texts.answerable(texts.detail(error.code, language, error.detail, error.context), 500),
    }
    return page(request, "refusal.html", Speech(language), shown, STATUSES[type(error)])
