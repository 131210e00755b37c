"""The page of an invitation: it says who invites whom; only its button accepts. Mail scanners open links, and press nothing."""

from datetime import datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from service.api.admission import count_request
from service.api.invitations import open_invitation
from service.api.transaction import address_of, service_of
from service.errors import ServiceError
from service.models.instant import parse_instant
from service.records.moment import moment_of
from service.web.acting import ask, form_of
from service.web.rendering import page, page_language, refusal
from service.web.sessions import CSRF, begin_session, check_form, csrf_of
from service.web.speech import Speech

_SECRET = {"Cache-Control": "no-store", "Referrer-Policy": "strict-origin"}
"""The address is the secret: nobody keeps the page, and nobody is told where its reader came from. Unlike `no-referrer` this
lets browsers say on which site the button was pressed."""


async def invitation_page(request: Request) -> Response:
    """Who invites whom, with a button; where that was pressed, the way into the community, signed in."""
    try:
        response = await (_accepted(request) if request.method == "POST" else _shown(request))
    except ServiceError as error:
        response = refusal(request, error)
    response.headers.update(_SECRET)
    return response


async def _shown(request: Request) -> Response:
    service, text = service_of(request), request.path_params["text"]
    count_request(request, service.limiter, None)

    def run() -> tuple[dict[str, Any], Speech]:
        now = service.clock()
        with service.database.read() as connection:
            row = open_invitation(connection, text, now)
            moment = moment_of(connection, row.community_id, None, now, service.registers)
            register = service.registers.read(connection, row.community_id, moment)
        settings, codes = register.settings, register.actor_codes
        shown = {
            "community": settings.name,
            "objective": register.objectives["common"].name,
            "actor": register.actors[codes[row.actor]].member.name,
            "invited_by": register.actors[codes[row.invited_by]].member.name,
            "invitation": row,
            "csrf": csrf_of(text),
        }
        return shown, Speech(page_language(request), settings.language, settings.time_zone)

    async with service.crowd.place(address_of(request)):
        shown, speech = await run_in_threadpool(run)
    return page(request, "invitation.html", speech, shown)


async def _accepted(request: Request) -> Response:
    text = request.path_params["text"]
    form, _ = await form_of(request)
    check_form(request, form.text(CSRF), text)
    answered = await ask(request, "POST", "/v1/invitations/accept", json={"invitation": text})
    if answered.is_refused:
        return refusal(request, answered.trouble(), answered.status)
    made = answered.json()
    response = RedirectResponse(f"/communities/{made['community']}?done=welcome", 303)
    ends: datetime = parse_instant(made["expires_at"])
    begin_session(response, request, made["community"], made["token"], ends, service_of(request).clock())
    return response
