"""Signing in on pages at an OpenID Connect issuer: a code, PKCE, and everything that somebody could put in between."""

import base64
import hashlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import parse_qs, quote, urlsplit

import httpx2
import pytest

from service.database import open_database
from tests.builders import STARTS, Client, Coalition, Json, coalition, define
from tests.issuing import AUDIENCE, NOW, Answers, Issuer, running
from tests.web.browser import ORIGIN, Browser

SECRET = "s3cr/t:"


class SigningIn(Issuer):
    """An issuer that exchanges codes too, as RFC 6749 and RFC 7636 say, each once."""

    def __init__(self) -> None:
        super().__init__()
        self.RequestHandlerClass = _Exchanges
        self.describes = {
            "authorization_endpoint": f"{self.address}/authorize?tenant=1",
            "token_endpoint": f"{self.address}/token",
        }
        self.codes: dict[str, tuple[Json, str]] = {}
        """What the browser asked with, and the token that it is good for."""
        self.credentials: str | None = None

    def authorize(self, asked: Json, **claims: object) -> str:
        """The code that somebody gets who signs in there."""
        code = f"code-{len(self.codes)}"
        self.codes[code] = (asked, self.token(**{"nonce": asked["nonce"], **claims}))
        return code


class _Exchanges(Answers):
    server: SigningIn

    def do_POST(self) -> None:  # noqa: N802  (as it is declared)
        form = {
            name: value for name, (value,) in parse_qs(self.rfile.read(int(self.headers["content-length"])).decode()).items()
        }
        asked, token = self.server.codes.pop(form["code"], ({}, ""))
        self.server.credentials = self.headers["authorization"]
        told = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        good = (
            self.path == "/token"
            and form["grant_type"] == "authorization_code"
            and (form["client_id"], form["redirect_uri"]) == (asked.get("client_id"), asked.get("redirect_uri"))
            and asked.get("code_challenge") == told
        )
        self.answer(200 if good else 400, {"id_token": token} if good else {"error": "invalid_grant"})


@pytest.fixture
def issuer() -> Iterator[SigningIn]:
    """An issuer that runs."""
    with running(SigningIn()) as one:
        yield one


@pytest.fixture
def lac(new_database: Callable[[str], str], issuer: SigningIn) -> Iterator[Coalition]:
    """A community for members only, of whom `a` knows jane."""
    database = open_database(new_database("sqlite"))
    with Client(
        database, oidc_issuer=issuer.address, oidc_audience=AUDIENCE, oidc_sign_in="on", oidc_client_secret=SECRET
    ) as client:
        made = coalition(client, ["a", "b"])
        made.adopt(define())
        made.members["a"].post("/actors/a/people", {"subject": "jane", "name": "Jane Doe", "scopes": ["read", "contribute"]})
        yield made
    database.dispose()


def begin(browser: Browser, lac: Coalition) -> Json:
    """Presses `Sign in`; what the issuer is asked with."""
    page = browser.get(f"/communities/{lac.code}")
    (link,) = [link for link in page.links if link.endswith("/sign-in")]
    answer = browser.client.request("GET", link, follow_redirects=False)
    keep(browser, answer)
    assert answer.status_code == 303 and answer.headers["cache-control"] == "no-store"
    address = urlsplit(answer.headers["location"])
    asked: Json = {name: value for name, (value,) in parse_qs(address.query).items()}
    return asked


def keep(browser: Browser, answer: httpx2.Response) -> None:
    """Keeps the cookies of an answer that leads elsewhere."""
    browser._keep_cookies(answer)
    browser.client.cookies.clear()


def come_back(browser: Browser, **query: str) -> str:
    """What the page says that the issuer sends the browser to."""
    return browser.get("/signed-in?" + "&".join(f"{name}={quote(value)}" for name, value in query.items())).text


def test_from_the_page_to_the_issuer_and_back(lac: Coalition, issuer: SigningIn) -> None:
    browser = Browser(lac.client, "fr")
    asked = begin(browser, lac)
    assert (asked["tenant"], asked["response_type"], asked["scope"], asked["code_challenge_method"]) == (
        "1",
        "code",
        "openid",
        "S256",
    )
    assert (asked["client_id"], asked["redirect_uri"]) == (AUDIENCE, f"{ORIGIN}/signed-in")
    (cookie,) = browser.set_cookies
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/signed-in" in cookie and "Max-Age=600" in cookie
    said = come_back(browser, code=issuer.authorize(asked), state=asked["state"], iss=issuer.address)
    assert browser.status == 200 and browser.address == f"{ORIGIN}/communities/{lac.code}?done=welcome"
    assert "Bienvenue" in said and "Jane Doe, pour Actor a" in said and "Se connecter" not in said
    assert set(browser.jar) == {"jalon_session"} and "Max-Age=300" in browser.set_cookies[1], "as long as the token lasts"
    assert issuer.credentials == "Basic " + base64.b64encode(f"{AUDIENCE}:{quote(SECRET, safe='')}".encode()).decode()
    path = f"/communities/{lac.code}/contributions/enter?indicator=jobs&period=2025-Q1"
    browser.press(browser.get(path).form("value"), value="7")
    (one,) = lac.support.get("/contributions")["items"]
    assert (one["actor"], one["value"]) == ("a", "7")
    page = browser.get(f"/communities/{lac.code}/desk")
    browser.press(page.form(action="/sign-out"))
    assert not browser.jar


def test_what_does_not_fit_signs_nobody_in(lac: Coalition, issuer: SigningIn) -> None:
    browser = Browser(lac.client)
    asked = begin(browser, lac)
    kept = dict(browser.jar)
    cases: list[Json] = [
        {"state": asked["state"]},
        {"state": asked["state"], "error": "access_denied"},
        {"state": "other", "code": issuer.authorize(asked)},
        {"code": issuer.authorize(asked)},
        {"state": asked["state"], "code": "never-given"},
        {"state": asked["state"], "code": issuer.authorize(asked), "iss": "http://127.0.0.1:1"},
        {"state": asked["state"], "code": issuer.authorize(asked, nonce="other")},
        {"state": asked["state"], "code": issuer.authorize(asked, nonce=None)},
        {"state": asked["state"], "code": issuer.authorize({**asked, "code_challenge": "other"})},
        {"state": asked["state"], "code": issuer.authorize(asked, padding="x" * 4_000)},
    ]
    for query in cases:
        browser.jar = dict(kept)
        assert "Signing in did not come to its end" in come_back(browser, **query) and browser.status == 422, query
        assert not browser.jar, "neither signed in nor tried again with the same"
    for claims in ({"aud": "another"}, {"exp": NOW - 60}, {"iss": "http://127.0.0.1:1"}):
        browser.jar = dict(kept)
        come_back(browser, state=asked["state"], code=issuer.authorize(asked, **claims))
        assert browser.status == 401 and not browser.jar, claims
    browser.jar = {}
    come_back(browser, state=asked["state"], code=issuer.authorize(asked))
    assert browser.status == 422, "somebody else's browser"
    browser.jar = {"jalon_signing_in": ("/signed-in", kept["jalon_signing_in"][1] + "/../x")}
    come_back(browser, state=asked["state"], code=issuer.authorize(asked))
    assert browser.status == 422


def test_who_is_not_linked_and_who_is_no_longer(lac: Coalition, issuer: SigningIn) -> None:
    browser = Browser(lac.client)
    asked = begin(browser, lac)
    said = come_back(browser, state=asked["state"], code=issuer.authorize(asked, sub="john<b>"))
    assert browser.status == 403 and "The issuer knows you as `john<b>`" in said and not browser.jar
    asked = begin(browser, lac)
    come_back(browser, state=asked["state"], code=issuer.authorize(asked))
    (jane,) = lac.support.get("/actors/a/people")["items"]
    assert lac.support.ask("DELETE", f"/people/{jane['id']}").status_code == 204
    assert "Your session has ended" in browser.get(f"/communities/{lac.code}").text and not browser.jar


def test_a_session_ends_with_its_token(lac: Coalition, issuer: SigningIn) -> None:
    browser = Browser(lac.client)
    asked = begin(browser, lac)
    come_back(browser, state=asked["state"], code=issuer.authorize(asked))
    assert browser.get(f"/communities/{lac.code}").text and browser.status == 200
    lac.client.clock = STARTS + timedelta(minutes=6)
    page = browser.get(f"/communities/{lac.code}")
    assert browser.status == 401 and not browser.jar and any(link.endswith("/sign-in") for link in page.links)


def test_an_issuer_that_is_away(lac: Coalition, issuer: SigningIn) -> None:
    issuer.is_away = True
    assert lac.client.request("GET", f"/communities/{lac.code}/sign-in", follow_redirects=False).status_code == 503


def test_nothing_of_it_where_it_is_off(light_client: Client) -> None:
    lac = coalition(light_client, visibility="public")
    browser = Browser(light_client)
    assert not [link for link in browser.get(f"/communities/{lac.code}").links if "sign-in" in link]
    for path in (f"/communities/{lac.code}/sign-in", "/signed-in?code=x&state=y"):
        browser.get(path)
        assert browser.status == 404
