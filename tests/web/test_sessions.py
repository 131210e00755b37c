"""Signed in on pages: by an invitation, until the session ends; and no form acts that another site sends."""

from datetime import timedelta

import pytest

from service.web.sessions import csrf_of
from tests.builders import POSTGRESQL_AS_PROOF, STARTS, Client, Coalition, coalition, define
from tests.web.browser import ORIGIN, Browser, signed_in

pytestmark = POSTGRESQL_AS_PROOF


@pytest.fixture
def lac(shared: Client) -> Coalition:
    """A coalition of the test's own, whose pages are for its members."""
    lac = coalition(shared)
    lac.adopt(define())
    return lac


def home(lac: Coalition) -> str:
    return f"/communities/{lac.code}"


def test_an_invitation_is_accepted_by_its_button_only(lac: Coalition) -> None:
    made = lac.support.post("/actors/a/invitations", {"name": "Jane Doe", "scopes": ["read"]})
    browser = Browser(lac.client, "fr")
    for _ in range(2):  # A mail scanner opened it before.
        page = browser.get(made["page"])
        assert browser.status == 200 and "L'appui invite Jane Doe à agir ici pour Actor a." in page.text
        assert browser.response.headers["cache-control"] == "no-store" and not browser.jar
        assert browser.response.headers["referrer-policy"] == "strict-origin"
    page = browser.press(page.form("csrf"))
    assert browser.status == 200 and browser.address == f"{ORIGIN}{home(lac)}?done=welcome"
    assert "Bienvenue" in page.text and "Jane Doe, pour Actor a" in page.text and "Emplois créés" in page.text
    (cookie,) = browser.set_cookies
    assert f"Path={home(lac)}" in cookie and "HttpOnly" in cookie and "SameSite=lax" in cookie and "Secure" not in cookie
    assert f"Max-Age={30 * 86400}" in cookie
    other = Browser(lac.client)
    assert "accepted or revoked" in other.get(made["page"]).text and other.status == 422


def test_over_https_the_cookie_is_secure(lac: Coalition) -> None:
    text = lac.support.post("/actors/a/invitations", {"name": "Jane", "scopes": ["read"]})["invitation"]
    answer = lac.client.request(
        "POST", f"https://jalon.test/invitations/{text}", data={"csrf": csrf_of(text)}, follow_redirects=False
    )
    assert answer.status_code == 303 and "Secure" in answer.headers["set-cookie"]
    lac.client.cookies.clear()


def test_cookies_count_on_pages_only(lac: Coalition) -> None:
    browser = signed_in(lac)
    cookie = {"Cookie": f"jalon_session={browser.jar['jalon_session'][1]}"}
    assert lac.client.request("GET", home(lac), headers=cookie).status_code == 200
    assert lac.client.request("GET", f"/v1{home(lac)}", headers=cookie).status_code == 401
    theirs = {**cookie, "Authorization": f"Bearer {lac.members['b'].token}"}
    assert "test, for Actor b" in lac.client.request("GET", home(lac), headers=theirs).text, "a token goes before a cookie"
    elsewhere = coalition(lac.client)
    assert lac.client.request("GET", home(elsewhere), headers=cookie).status_code == 404


def test_signing_out_ends_the_session_for_good(lac: Coalition) -> None:
    browser = signed_in(lac)
    kept = dict(browser.jar)
    page = browser.get(home(lac))
    page = browser.press(page.form(action="/sign-out"))
    assert not browser.jar and browser.status == 200 and "You are signed out." in page.text
    browser.jar = kept
    assert "Your session has ended" in browser.get(home(lac)).text and browser.status == 401 and not browser.jar
    assert lac.members["a"].get("/actors/a/tokens")["items"][-1]["revoked_at"] is not None


def test_a_session_that_has_ended_shows_what_everybody_sees(shared: Client) -> None:
    lac = coalition(shared, visibility="public")
    lac.adopt(define())
    browser = signed_in(lac, language="fr")
    shared.clock = STARTS + timedelta(days=30)
    page = browser.get(home(lac))
    assert browser.status == 200 and "Votre session est terminée" in page.text and "pour Actor a" not in page.text
    assert not browser.jar, "the browser forgets it"
    browser.jar = {"jalon_session": (home(lac), "nonsense")}
    assert "Votre session est terminée" in browser.get(home(lac)).text and not browser.jar


@pytest.mark.parametrize(
    ("csrf", "headers"),
    [
        (None, {}),
        ("", {}),
        ("0" * 64, {}),
        ("é", {}),
        ("other", {}),
        ("good", {"Sec-Fetch-Site": "cross-site", "Origin": ORIGIN}),
        ("good", {"Sec-Fetch-Site": "same-site", "Origin": ORIGIN}),
        ("good", {"Origin": "http://evil.test"}),
        ("good", {"Origin": "null"}),
    ],
)
def test_a_form_from_elsewhere_does_nothing(lac: Coalition, csrf: str | None, headers: dict[str, str]) -> None:
    browser = signed_in(lac)
    form = browser.get(home(lac)).form(action="/sign-out")
    good = form.fields["csrf"][0]
    other = signed_in(lac, "b").get(home(lac)).form(action="/sign-out").fields["csrf"][0]
    assert good != other
    browser.press(form, headers=headers, csrf={"good": good, "other": other}.get(csrf or "", csrf))
    assert browser.status == 422 and "Not from this page" in browser.response.text
    browser.get(home(lac))
    assert browser.status == 200, "still signed in"


def test_forms_from_elsewhere_are_counted(lac: Coalition) -> None:
    known = signed_in(lac)
    form = known.get(home(lac)).form(action="/sign-out")
    with Client(lac.client.database, rate_limit=1, rate_burst=3) as limited:
        browser = Browser(limited)
        browser.jar = known.jar
        statuses = []
        for _ in range(4):
            browser.press(form, csrf="x")
            statuses.append(browser.status)
    assert statuses == [422, 422, 422, 429]


def test_an_invitation_is_not_accepted_from_elsewhere(lac: Coalition) -> None:
    made = lac.support.post("/actors/a/invitations", {"name": "Jane", "scopes": ["read"]})
    browser = Browser(lac.client)
    form = browser.get(made["page"]).form("csrf")
    browser.press(form, headers={"Sec-Fetch-Site": "cross-site"})
    browser.press(form, csrf=None)
    assert browser.status == 422 and not browser.jar
    browser.press(form, headers={})
    assert browser.status == 200, "browsers that say nothing of where a form is from"


def test_what_invitations_say_is_inert(shared: Client) -> None:
    said = '<script>alert(1)</script>"><img src=x onerror=alert(1)>{{ 7 * 7 }}'
    lac = coalition(shared, name=said, objective=said)
    lac.support.patch("/actors/a", {"name": said})
    made = lac.support.post("/actors/a/invitations", {"name": said, "scopes": ["read"]})
    browser = Browser(shared)
    first = browser.get(made["page"])
    for page in (first, browser.press(first.form("csrf"))):
        assert browser.status == 200 and page.text.count("alert(1)") > 2
        assert not [tag for tag, _ in page.elements if tag in ("script", "img")]
    browser.get(f"{home(lac)}?done=<script>")
    assert browser.status == 200 and 'class="notice"' not in browser.response.text
