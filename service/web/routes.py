"""The addresses of the pages, and how one is answered: as the interface for programs would tell the same reader."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

from service.api.admission import count_request
from service.api.identity import READ, READ_WITHIN, Access
from service.api.problems import STATUSES
from service.api.transaction import AskingContext, address_of, identify, reading, service_of
from service.errors import NotFound, Refused, ServiceError, Unauthenticated
from service.models.instant import parse_instant
from service.web.acting import Answered, Done, Form, Outcome, Sent, Told, Trouble, ask, form_of, new_key
from service.web.community import community_page, progress_bar
from service.web.desk import act_at_desk, desk_page
from service.web.indicator import indicator_image, indicator_page, indicators_page, opened_page
from service.web.invitation import invitation_page
from service.web.proposals import act_on_proposal, proposal_page, proposals_page
from service.web.rendering import fingerprint, page, page_language, refusal, static_file
from service.web.review import review_page, reviews_page
from service.web.sessions import CSRF, came_by_cookie, check_form, end_session, session_of, with_session, without_session
from service.web.sight import reads_within
from service.web.speech import Speech
from service.web.story import story_page
from service.web.visitor import visitor_of
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
    act: Callable[[Sent], Awaitable[Outcome]] | None = None
    """What a form of the page does; None: it has none. `{{ hidden() }}` of `forms.html` is in every form."""
    access: Access = READ

    async def answer(self, request: Request) -> Response:
        """The page, or a page that says why there is none."""
        try:
            return await (self._acted(request) if request.method == "POST" else self._shown(request))
        except Unauthenticated as error:
            if not came_by_cookie(request):
                return refusal(request, error)
            return await self._over(request, error)
        except ServiceError as error:
            return refusal(request, error)

    async def _shown(
        self, request: Request, status_code: int = 200, typed: Form | None = None, problem: Trouble | None = None, **more: Any
    ) -> Response:
        def show(asking: AskingContext, speech: Speech) -> Response:
            common = {
                "visitor": visitor_of(asking),
                "typed": typed or Form(),
                "problem": problem,
                "key": new_key(),
                "told": None,
                **more,
            }
            return page(request, self.template, speech, common | self._around(asking) | self.show(asking, speech), status_code)

        return await _asked(request, show, self.access)

    async def _acted(self, request: Request) -> Response:
        """Does what the form says, and leads to where it shows; refused, the page again with what was typed."""
        assert self.act is not None
        session = session_of(request)
        if session is None:
            raise Unauthenticated("token_needed", "Sign in first: a form is somebody's.")
        await identify(request)
        form = await form_of(request)
        check_form(request, form.text(CSRF), session)
        outcome = await self.act(Sent(request, form))
        if isinstance(outcome, Answered):
            if outcome.status == STATUSES[Unauthenticated]:
                raise Unauthenticated("invalid_token", "This token is not known, was revoked or has expired.")
            return await self._shown(request, outcome.status, form, outcome.trouble())
        if isinstance(outcome, Told):
            response = await self._shown(request, told=outcome.said)
            response.headers["Cache-Control"] = "no-store"
            return response
        return RedirectResponse(_address_of(request, outcome), 303)

    async def _over(self, request: Request, error: Unauthenticated) -> Response:
        """A session that has ended: the browser forgets it, and sees what everybody may see."""
        stranger = without_session(request)
        try:
            response = await self._shown(stranger, done="session_over")
        except ServiceError:
            response = refusal(stranger, Unauthenticated("session_over", "Your session has ended."))
        end_session(response, request, request.path_params["community"])
        return response

    def _around(self, asking: AskingContext) -> dict[str, Any]:
        """What the layout shows around every page: which it is, and which others the reader may open."""
        return {"is_member": reads_within(asking), "here": self.path.removeprefix(COMMUNITY).strip("/").partition("/")[0]}


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
]


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
        PageRoute(f"{COMMUNITY}/sign-out", _signed_out, methods=["POST"]),
        *(PageRoute(one.path, one.answer, methods=["GET", "POST"] if one.act else ["GET"]) for one in PAGES),
    ]


async def _signed_out(request: Request) -> Response:
    """Ends the session for good: its token is revoked, and the browser forgets it."""
    community, session = request.path_params["community"], session_of(request) if came_by_cookie(request) else None
    try:
        if session is not None:
            check_form(request, (await form_of(request)).text(CSRF), session)
            await ask(without_session(request), "POST", "/v1/tokens/revoke", json={"token": session})
    except ServiceError as error:
        return refusal(request, error)
    response = RedirectResponse(_address_of(request, Done("", "signed_out")), 303)
    end_session(response, request, community)
    return response


def _address_of(request: Request, done: Done) -> str:
    """Where what was done shows, in the language of the page."""
    query = {"done": done.notice, **({"lang": lang} if (lang := request.query_params.get("lang")) else {})}
    return f"/communities/{quote(request.path_params['community'])}{done.path}?{urlencode(query)}"


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
        return await _asked(request, drawn)
    except ServiceError as error:
        return refusal(request, error)


async def _asked(request: Request, show: Callable[[AskingContext, Speech], Response], access: Access = READ) -> Response:
    """What `show` makes of one snapshot, for a reader who may: admitted, counted and taking turns as any other."""
    bearer, service = await identify(request), service_of(request)
    count_request(request, service.limiter, bearer)

    def shown(asking: AskingContext) -> Response:
        settings = asking.register.settings
        return show(asking, Speech(page_language(request), settings.language, settings.time_zone))

    async with service.crowd.place(bearer.digest if bearer else address_of(request)):
        return await reading(request, access, _as_of(request), shown)


def _as_of(request: Request) -> datetime | None:
    given = request.query_params.get("as_of")
    try:
        return None if given is None else parse_instant(given)
    except ValueError:
        raise Refused("not_an_instant", "`as_of` is written 2026-01-15T00:00:00Z.") from None
