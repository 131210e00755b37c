"""Signed in on pages: a cookie that holds a token, and what a form must bring so that no other site can send it.

Only pages know cookies. One with a token in it counts as `Authorization: Bearer …`, and nothing below learns of a difference.
"""

import hashlib
import hmac
import re
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from service.api.admission import count_request
from service.api.bearer import presented
from service.api.transaction import service_of
from service.errors import Refused

COOKIE = "jalon_session"
CSRF = "csrf"
"""The name of the hidden field that every form has."""
_BY_COOKIE = "jalon_by_cookie"
LONGEST_SESSION = 3_800
"""Characters of a token that is kept in a cookie: ours have under 100, an issuer's some hundreds; browsers keep 4,096 bytes."""
_VALUE = re.compile(rf"(?:^|;)\s*{COOKIE}=([!#-+\--:<-~]{{1,{LONGEST_SESSION}}})\s*(?=;|$)", re.ASCII)


def with_session(scope: Scope) -> Scope:
    """The request as if it carried its cookie's token; as it is where it carries a token itself, or no such cookie."""
    headers = Headers(scope=scope)
    # Of several the first was set for the longest path: ours.
    found = next((match for line in headers.getlist("cookie") if (match := _VALUE.search(line))), None)
    if found is None or "authorization" in headers:
        return scope
    return {**scope, "headers": [*scope["headers"], (b"authorization", f"Bearer {found[1]}".encode())], _BY_COOKIE: True}


def without_session(request: Request) -> Request:
    """The same request by somebody who is not signed in."""
    headers = [(name, value) for name, value in request.scope["headers"] if name != b"authorization"]
    return Request({**request.scope, "headers": headers, _BY_COOKIE: False}, request.receive)


def came_by_cookie(request: Request) -> bool:
    """Whether the token of this request is that of its cookie."""
    return bool(request.scope.get(_BY_COOKIE))


def session_of(request: Request) -> str | None:
    """The text of the token that a page was asked with; None without one."""
    return presented(request.headers.get("authorization"))


def begin_session(response: Response, request: Request, community: str, token: str, ends: datetime, now: datetime) -> None:
    """Lets the browser keep a token for the pages of one community, until it ends; no script can read it."""
    seconds = max(0, int((ends - now).total_seconds()))
    response.set_cookie(COOKIE, token, max_age=seconds, **_terms(request, community))


def end_session(response: Response, request: Request, community: str) -> None:
    """Lets the browser forget it."""
    response.set_cookie(COOKIE, "", max_age=0, **_terms(request, community))


def _terms(request: Request, community: str) -> dict[str, Any]:
    secure = request.url.scheme == "https"
    return {"path": f"/communities/{quote(community, safe='')}", "httponly": True, "samesite": "lax", "secure": secure}


def csrf_of(secret: str) -> str:
    """What a form brings that only who holds `secret` can know: the session's token, of an invitation its text."""
    return hmac.new(secret.encode(), b"a form of a page", hashlib.sha256).hexdigest()


def check_form(request: Request, given: str, secret: str) -> None:
    """Raises Refused `foreign_form` for a form that was not shown to who sends it, or that another site sends.

    Such a form counts against the limit of the address that it comes from: it never reaches the interface, which counts others.

    `Sec-Fetch-Site` comes first, which no page can forge and no proxy rewrites; older browsers send `Origin` alone. Its host is
    compared without the scheme, which a proxy in front may have taken off.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        is_ours = site in ("same-origin", "none")
    else:
        is_ours = origin is None or urlsplit(origin).netloc == request.url.netloc
    if not is_ours or not hmac.compare_digest(given.encode(), csrf_of(secret).encode()):
        count_request(request, service_of(request).limiter, None)
        raise Refused("foreign_form", "This form was not sent from the page that was shown to you. Nothing was changed.")
