"""How a page of a community is answered: as the interface for programs would tell the same reader, and act for them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from service.api.admission import check_caller, count_request
from service.api.identity import READ, Access
from service.api.openid import looks_signed
from service.api.problems import STATUSES
from service.api.transaction import AskingContext, address_of, identify, reading, service_of
from service.errors import NotFound, Refused, ServiceError, Unauthenticated
from service.models.instant import parse_instant
from service.web.acting import Answered, Done, Form, Outcome, Sent, Told, Trouble, form_of, new_key
from service.web.rendering import page, page_language, refusal
from service.web.sessions import CSRF, came_by_cookie, check_form, end_session, session_of, without_session
from service.web.sight import reads_within
from service.web.speech import Speech
from service.web.visitor import visitor_of


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a community: what `show` finds in one snapshot, put into `template`."""

    path: str
    template: str
    show: Callable[[AskingContext, Speech], dict[str, Any]]
    act: Callable[[Sent], Awaitable[Outcome]] | None = None
    """What a form of the page does; None: it has none. `{{ hidden() }}` of `forms.html` is in every form."""
    access: Access = READ
    takes_file: bool = False

    async def answer(self, request: Request) -> Response:
        """The page, or a page that says why there is none."""
        try:
            return await (self._acted(request) if request.method == "POST" else self._shown(request))
        except Unauthenticated as error:
            if not came_by_cookie(request):
                return refusal(request, error)
            return await self._over(request, error)
        except NotFound as error:
            # So it is told to somebody with an issuer's token whom the community does not know, or no longer.
            is_persons = came_by_cookie(request) and looks_signed(session_of(request) or "")
            is_over = is_persons and error.code == "unknown_community"
            return await self._over(request, error) if is_over else refusal(request, error)
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

        return await asked(request, show, self.access)

    async def _acted(self, request: Request) -> Response:
        """Does what the form says, and leads to where it shows; refused, the page again with what was typed."""
        assert self.act is not None
        session = session_of(request)
        if session is None:
            raise Unauthenticated("token_needed", "Sign in first: a form is somebody's.")
        await identify(request)
        await check_caller(request, self.access)
        form, file = await form_of(request, takes_file=self.takes_file)
        try:
            check_form(request, form.text(CSRF), session)
            outcome = await self.act(Sent(request, form, file))
        finally:
            if file is not None:
                await file.close()
        if isinstance(outcome, Answered):
            if outcome.status == STATUSES[Unauthenticated]:
                raise Unauthenticated("invalid_token", "This token is not known, was revoked or has expired.")
            return await self._shown(request, outcome.status, form, outcome.trouble())
        if isinstance(outcome, Told):
            response = await self._shown(request, told=outcome.said)
            response.headers["Cache-Control"] = "no-store"
            return response
        return RedirectResponse(_address_after(request, outcome), 303)

    async def _over(self, request: Request, error: ServiceError) -> Response:
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
        here = self.path.removeprefix("/communities/{community}").strip("/").partition("/")[0]
        return {"is_member": reads_within(asking), "here": here}


def _address_after(request: Request, done: Done) -> str:
    """Where what was done shows, in the language of the page."""
    query = {"done": done.notice, **({"lang": lang} if (lang := request.query_params.get("lang")) else {})}
    sign = "&" if "?" in done.path else "?"
    return f"/communities/{quote(request.path_params['community'])}{done.path}{sign}{urlencode(query)}"


async def asked(request: Request, show: Callable[[AskingContext, Speech], Response], access: Access = READ) -> Response:
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
