"""Signing in at an OpenID Connect issuer: the browser goes there, and comes back with a code that is exchanged for a token.

The code is good for nobody without what the browser keeps meanwhile (PKCE, RFC 7636), nobody is made to sign in as somebody
else (`state`), and a token that was made for another attempt is none (`nonce`). The issuer's token then is the session, until
it ends: what its person may do is asked of our own records with every page, as with every call.
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import httpx
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from service.api.admission import count_request
from service.api.openid import Issuer
from service.api.transaction import service_of
from service.errors import Forbidden, NotFound, Refused, ServiceError, Unavailable
from service.models.text import CODE_PATTERN
from service.settings import NOBODY
from service.web.acting import ask
from service.web.rendering import refusal
from service.web.sessions import LONGEST_SESSION, begin_session

BACK = "/signed-in"
"""Where the issuer sends browsers back to: the one address that it is told beforehand."""
COOKIE = "jalon_signing_in"
_SECONDS, _TIMEOUT, _MOST_BYTES = 600, httpx.Timeout(5.0), 64 * 1024
_SECRET = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a browser keeps while somebody signs in, for the pages of one community."""

    community: str
    state: str
    nonce: str
    verifier: str

    @property
    def challenge(self) -> str:
        """What the issuer is told of `verifier` beforehand."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def kept(self) -> str:
        """As a cookie holds it."""
        return ".".join((self.state, self.nonce, self.verifier, self.community))


def begun(community: str) -> Attempt:
    """A new attempt."""
    return Attempt(community, *(secrets.token_urlsafe(32) for _ in range(3)))


def read_attempt(kept: str | None) -> Attempt | None:
    """The attempt that a cookie holds; None where it holds none."""
    parts = (kept or "").split(".")
    if len(parts) != 4 or not all(parts) or re.fullmatch(CODE_PATTERN, parts[3]) is None:
        return None
    state, nonce, verifier, community = parts
    return Attempt(community, state, nonce, verifier)


async def sign_in(request: Request) -> Response:
    """Sends the browser to the issuer."""
    try:
        issuer, attempt = _issuer(request), begun(request.path_params["community"])
        if re.fullmatch(CODE_PATTERN, attempt.community) is None:
            raise _nothing()
        count_request(request, service_of(request).limiter, None)
        address = await run_in_threadpool(issuer.endpoint, "authorization_endpoint")
    except ServiceError as error:
        return refusal(request, error)
    asked = {
        "response_type": "code", "scope": "openid", "client_id": issuer.audience, "redirect_uri": _back(request),
        "state": attempt.state, "nonce": attempt.nonce, "code_challenge": attempt.challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    response = RedirectResponse(f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}", 303, _SECRET)
    _keep(response, request, attempt.kept(), _SECONDS)
    return response


async def signed_in(request: Request) -> Response:
    """Where the browser comes back: into the community, signed in, or to a page that says why not."""
    try:
        response = await _welcomed(request)
    except ServiceError as error:
        response = refusal(request, error)
    _keep(response, request, "", 0)
    response.headers.update(_SECRET)
    return response


async def _welcomed(request: Request) -> Response:
    issuer, service, given = _issuer(request), service_of(request), request.query_params
    count_request(request, service.limiter, None)
    attempt = read_attempt(request.cookies.get(COOKIE))
    if attempt is None or not hmac.compare_digest(given.get("state", "").encode(), attempt.state.encode()):
        raise _failed()
    if given.get("iss", issuer.issuer) != issuer.issuer or "code" not in given:
        raise _failed()
    exchange = (given["code"], attempt.verifier, _back(request), service.settings.oidc_client_secret)
    token = await run_in_threadpool(_exchanged, issuer, *exchange)
    now = service.clock()
    claims = await run_in_threadpool(issuer.claims_of, token, now)
    if claims.get("nonce") != attempt.nonce:
        raise _failed()
    bearer = {"Authorization": f"Bearer {token}"}
    known = await ask(request, "GET", f"/v1/communities/{attempt.community}/proposals", params={"limit": "1"}, headers=bearer)
    if known.status in (401, 403, 404):
        said = f"The issuer knows you as `{claims['sub']}`; the community does not. Its support can link you to a member."
        raise Forbidden("not_linked", said, subject=str(claims["sub"]))
    if known.is_refused:
        return refusal(request, known.trouble(), known.status)
    response = RedirectResponse(f"/communities/{quote(attempt.community)}?done=welcome", 303)
    begin_session(response, request, attempt.community, token, datetime.fromtimestamp(claims["exp"], UTC), now)
    return response


def _exchanged(issuer: Issuer, code: str, verifier: str, back: str, secret: str) -> str:
    """The token that the issuer gives for a code. Raises Refused, and Unavailable where the issuer does not answer."""
    sent = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
    given: dict[str, Any] = {"data": {**sent, "client_id": issuer.audience}}
    if secret != NOBODY:
        given["auth"] = (quote(issuer.audience, safe=""), quote(secret, safe=""))
    address = issuer.endpoint("token_endpoint")
    try:
        with httpx.Client(timeout=_TIMEOUT, follow_redirects=False) as client:
            answer = client.post(address, **given)
    except (httpx.HTTPError, httpx.InvalidURL):
        raise _away() from None
    if answer.status_code >= 500:
        raise _away()
    try:
        told = answer.json() if answer.status_code == 200 and len(answer.content) <= _MOST_BYTES else {}
    except ValueError:
        told = {}
    token = told.get("id_token") if isinstance(told, dict) else None
    if not isinstance(token, str) or len(token) > LONGEST_SESSION:
        raise _failed()
    return token


def _issuer(request: Request) -> Issuer:
    issuer = service_of(request).issuer
    if issuer is None or service_of(request).settings.oidc_sign_in != "on":
        raise _nothing()
    return issuer


def _back(request: Request) -> str:
    return str(request.base_url).rstrip("/") + BACK


def _keep(response: Response, request: Request, kept: str, seconds: int) -> None:
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, kept, seconds, path=BACK, httponly=True, samesite="lax", secure=secure)


def _failed() -> Refused:
    return Refused(
        "sign_in_failed", "Signing in did not come to its end. Nothing was changed; begin again from the community's page."
    )


def _away() -> Unavailable:
    return Unavailable("issuer_unreachable", "Who vouches for people cannot be reached now; tokens of ours still do.")


def _nothing() -> NotFound:
    return NotFound("no_such_address", "There is nothing at this address.")
