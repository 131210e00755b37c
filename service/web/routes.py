"""The addresses of the pages."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

from service.api.admission import count_request
from service.api.identity import CONTRIBUTE, READ_WITHIN
from service.api.transaction import AskingContext, address_of, service_of
from service.errors import NotFound, ServiceError
from service.web.acting import ask, form_of
from service.web.community import community_page, progress_bar
from service.web.contributions import contributions_page
from service.web.desk import act_at_desk, desk_page
from service.web.entering import enter, entry_page
from service.web.importing import import_page, imports_page, report_of, send_in, template_csv, template_xlsx, undo
from service.web.indicator import indicator_image, indicator_page, indicators_page, opened_page
from service.web.invitation import invitation_page
from service.web.pages import Page, asked
from service.web.proposals import act_on_proposal, proposal_page, proposals_page
from service.web.rendering import fingerprint, page, page_language, refusal, static_file
from service.web.review import review_page, reviews_page
from service.web.sessions import CSRF, came_by_cookie, check_form, end_session, session_of, with_session, without_session
from service.web.signing_in import BACK, sign_in, signed_in
from service.web.speech import Speech
from service.web.story import story_page
from service.web.welcome import public_communities

_STATIC_TYPES = {"style.css": "text/css; charset=utf-8", "progress.js": "text/javascript; charset=utf-8"}
_FOR_EVER = "public, max-age=31536000, immutable"
COMMUNITY = "/communities/{community}"


PAGES = [
    Page(COMMUNITY, "community.html", community_page),
    Page(f"{COMMUNITY}/indicators", "indicators.html", indicators_page),
    Page(f"{COMMUNITY}/indicators/{{indicator}}", "indicator.html", indicator_page),
    Page(f"{COMMUNITY}/indicators/{{indicator}}/entries", "opened.html", opened_page),
    Page(f"{COMMUNITY}/proposals", "proposals.html", proposals_page, access=READ_WITHIN),
    Page(f"{COMMUNITY}/proposals/{{proposal}}", "proposal.html", proposal_page, act_on_proposal, READ_WITHIN),
    Page(f"{COMMUNITY}/story", "story.html", story_page),
    Page(f"{COMMUNITY}/reviews", "reviews.html", reviews_page, access=READ_WITHIN),
    Page(f"{COMMUNITY}/reviews/{{review}}", "review.html", review_page, access=READ_WITHIN),
    Page(f"{COMMUNITY}/desk", "desk.html", desk_page, act_at_desk, READ_WITHIN),
    Page(f"{COMMUNITY}/contributions", "contributions.html", contributions_page, access=READ_WITHIN),
    Page(f"{COMMUNITY}/contributions/enter", "enter.html", entry_page, enter, READ_WITHIN),
    Page(f"{COMMUNITY}/imports", "imports.html", imports_page, send_in, CONTRIBUTE, takes_file=True),
    Page(f"{COMMUNITY}/imports/{{import_id}}", "import.html", import_page, undo, CONTRIBUTE),
]
_FILES = {"template.csv": template_csv, "template.xlsx": template_xlsx, "{import_id}/report": report_of}
"""Files below `imports`, which a browser gets with its cookie."""


class PageRoute(Route):
    """A route that says in the scope which it is, as those of the interface do: logs and measurements name it."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As any route."""
        match, child = super().matches(scope)
        return match, {**child, "route": self}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As any route, with the token of the cookie where there is one: routes of the interface never look at cookies."""
        await super().handle(with_session(scope), receive, send)


def page_routes() -> list[PageRoute]:
    """Every address of the pages. They are no part of the contract."""
    return [
        PageRoute("/", _welcome, methods=["GET"]),
        PageRoute("/static/{fingerprint}/{name}", _static, methods=["GET"]),
        PageRoute(f"{COMMUNITY}/progress.svg", _progress_image, methods=["GET"]),
        PageRoute(f"{COMMUNITY}/indicators/{{indicator}}.svg", _indicator_image, methods=["GET"]),
        PageRoute("/invitations/{text}", invitation_page, methods=["GET", "POST"]),
        PageRoute(BACK, signed_in, methods=["GET"]),
        PageRoute(f"{COMMUNITY}/sign-in", sign_in, methods=["GET"]),
        PageRoute(f"{COMMUNITY}/sign-out", _signed_out, methods=["POST"]),
        *(PageRoute(f"{COMMUNITY}/imports/{path}", _file_of(path), methods=["GET"]) for path in _FILES),
        *(PageRoute(one.path, one.answer, methods=["GET", "POST"] if one.act else ["GET"]) for one in PAGES),
        # The last: who mistypes an address gets a page with a way on, as they asked for one.
        PageRoute(f"{COMMUNITY}/{{rest:path}}", _nowhere, methods=["GET"]),
    ]


async def _signed_out(request: Request) -> Response:
    """Ends the session for good: its token is revoked, and the browser forgets it."""
    community, session = request.path_params["community"], session_of(request) if came_by_cookie(request) else None
    try:
        if session is not None:
            form, _ = await form_of(request)
            check_form(request, form.text(CSRF), session)
            await ask(without_session(request), "POST", "/v1/tokens/revoke", json={"token": session})
    except ServiceError as error:
        return refusal(request, error)
    # Not to the community's page: it may be for members only.
    lang = page_language(request)
    response = RedirectResponse(
        f"/?done=signed_out&lang={lang}" if "lang" in request.query_params else "/?done=signed_out", 303
    )
    end_session(response, request, community)
    return response


def _file_of(path: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            return await asked(request, lambda asking, speech: _FILES[path](asking, speech), CONTRIBUTE)
        except ServiceError as error:
            return refusal(request, error)

    return answer


async def _nowhere(request: Request) -> Response:
    """An address below a community's at which there is nothing."""
    return refusal(request, NotFound("no_such_address", "There is nothing at this address."))


async def _welcome(request: Request) -> Response:
    try:
        count_request(request, service_of(request).limiter, None)
        async with service_of(request).crowd.place(address_of(request)):
            found = await public_communities(request)
        return page(request, "welcome.html", Speech(page_language(request)), {"communities": found})
    except ServiceError as error:
        return refusal(request, error)


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _STATIC_TYPES or request.path_params["fingerprint"] != fingerprint(name):
        return refusal(request, NotFound("no_such_address", "There is nothing at this address."))
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
        return await asked(request, drawn)
    except ServiceError as error:
        return refusal(request, error)
