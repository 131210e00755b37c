"""What people do on pages of what they decide together and on the desk: each shows over the interface, refusals say why."""

import re
from datetime import timedelta

from tests.builders import POSTGRESQL_AS_PROOF, STARTS, Client, Voice, coalition, define
from tests.web.browser import Browser, Page, ShownForm, signed_in
from tests.web.test_memory import deliberating

pytestmark = POSTGRESQL_AS_PROOF


def test_a_position_a_comment_and_the_end(shared: Client) -> None:
    lac, number = deliberating(shared)
    browser, path = signed_in(lac, "c"), f"/communities/{lac.code}/proposals/{number}"
    page = browser.get(path)
    page = browser.press(page.form("position"), position="object")
    assert browser.status == 422 and "an objection says why" in page.text
    form = page.form("position")
    assert form.fields["position"] == ["object"], "what was chosen is still there"
    page = browser.press(form, reason="Not like this. <b>")
    assert browser.status == 200 and browser.address.endswith("?done=position_taken") and "Your position is taken." in page.text
    assert "Actor c Objects Not like this. <b>" in page.text
    told = lac.members["c"].get(f"/proposals/{number}")["positions"]
    assert [(one["actor"], one["position"], one["reason"]) for one in told][2:] == [("c", "object", "Not like this. <b>")]
    form = page.form("comment")
    for _ in range(2):  # A double click sends it twice.
        page = browser.press(form, comment="Let us meet.")
    said = lac.members["c"].get(f"/proposals/{number}/comments")["items"]
    assert [one["comment"] for one in said if one["actor"] == "c"] == ["Let us meet."]
    page = browser.press(button(page, "close"), act="close")  # All have spoken.
    assert "The proposal is decided." in page.text and "Not adopted" in page.text
    assert lac.members["c"].get(f"/proposals/{number}")["status"] == "rejected"


def test_who_made_a_proposal_takes_it_back(shared: Client) -> None:
    lac, number = deliberating(shared)
    path = f"/communities/{lac.code}/proposals/{number}"
    for actor in ("o", "b"):
        page = signed_in(lac, actor).get(path)
        assert "Take the proposal back" not in page.text
        assert any("position" in form for form in page.forms) == (actor == "b"), "observers comment"
        assert any("comment" in form for form in page.forms)
    browser = signed_in(lac, "a", language="fr")
    page = browser.get(path)
    form = button(page, "withdraw")
    page = browser.press(form, act="withdraw")
    assert "La proposition est retirée." in page.text
    assert lac.members["a"].get(f"/proposals/{number}")["status"] == "withdrawn"
    page = browser.press(form, act="withdraw", key="another")
    assert browser.status == 409, "the refusal of the interface"


def test_inviting_renewing_and_taking_back(shared: Client) -> None:
    lac = coalition(shared)
    browser = signed_in(lac, "appui")
    page = browser.press(desk(browser, lac.code).form("actor"), act="invite", actor="b", name="Jane of b", scopes="read")
    assert browser.response.headers["cache-control"] == "no-store"
    assert "Send this address to Jane of b, and to nobody else: it signs in who opens it first, until 29 Jan 2026." in page.text
    shown = address_shown(page)
    assert shown not in desk(browser, lac.code).text
    (row,) = [one for one in lac.support.get("/actors/b/invitations")["items"] if one["accepted_at"] is None]
    assert (row["name"], row["scopes"]) == ("Jane of b", ["read"])
    page = browser.press(button(desk(browser, lac.code), "renew"), act="renew")
    renewed = address_shown(page)
    guest = Browser(shared)
    assert guest.get(shown).forms == [] and guest.status == 422, "the old one has ended"
    guest.press(guest.get(renewed).form("csrf"))
    assert guest.status == 200 and "Jane of b, for Actor b" in guest.get(f"/communities/{lac.code}/desk").text
    browser.press(desk(browser, lac.code).form("actor"), act="invite", actor="b", name="Joe", scopes="read")
    page = browser.press(button(desk(browser, lac.code), "revoke_invitation"), act="revoke_invitation")
    assert "The invitation is taken back." in page.text and "Joe" not in page.text


def test_a_token_is_shown_once_and_revoked(shared: Client) -> None:
    lac = coalition(shared)
    lac.adopt(define())
    browser = signed_in(lac, "a")
    form = desk(browser, lac.code).form("actor")
    assert form.options["actor"] == ["a"], "its own only"
    page = browser.press(form, act="token", name="Nightly export", scopes="read")
    token = re.search(r"jln_\S+", page.text)
    assert token is not None and Voice(shared, lac.code, token[0]).get("/proposals")["items"]
    again = browser.press(form, act="token", name="Nightly export", scopes="read")
    assert token[0] not in again.text and "It was shown before." in again.text, "a double click"
    page = desk(browser, lac.code)
    assert page.text.count("Nightly export") == 2 and token[0] not in page.text, "in its row, and in the row's button"
    (made,) = [one for one in lac.support.get("/actors/a/tokens")["items"] if one["name"] == "Nightly export"]
    browser.press(button(page, "revoke_token", made["id"]), act="revoke_token")
    assert Voice(shared, lac.code, token[0]).ask("GET", "/proposals").status_code == 401
    page = browser.press(desk(browser, lac.code).form("actor"), act="token", actor="b", name="Theirs", scopes="read")
    assert browser.status == 403 and "Theirs" in page.form("actor").fields["name"]
    page = browser.press(desk(browser, lac.code).form("actor"), act="token", name="None", scopes=None)
    assert browser.status == 422


def test_closing_and_opening_a_period(shared: Client) -> None:
    lac = coalition(shared)
    browser = signed_in(lac, "appui")
    page = browser.press(desk(browser, lac.code).form("period"), act="close_period", period="2024-Q1")
    assert "The period is closed." in page.text
    assert lac.support.get("/closed-periods")["items"] == [{"period": "2024-Q1"}]
    page = browser.press(page.form("period"), act="open_period")
    assert "The period is open again." in page.text and lac.support.get("/closed-periods")["items"] == []
    for period in ("soon", "../../x", ""):
        page = browser.press(desk(browser, lac.code).form("period"), act="close_period", period=period)
        assert browser.status in (404, 422) and page.form("period").fields["period"] == [period]
    assert not [form for form in desk(signed_in(lac, "a"), lac.code).forms if "period" in form], "the support's"


def test_a_session_that_has_ended_does_nothing(shared: Client) -> None:
    lac, number = deliberating(shared)
    browser = signed_in(lac, "c")
    form = browser.get(f"/communities/{lac.code}/proposals/{number}").form("position")
    shared.clock = STARTS + timedelta(days=31)
    browser.press(form, position="support")
    assert browser.status in (401, 409) and not browser.jar
    shared.clock = STARTS
    assert len(lac.members["a"].get(f"/proposals/{number}")["positions"]) == 2


def desk(browser: Browser, community: str) -> Page:
    """The desk as the browser shows it."""
    page = browser.get(f"/communities/{community}/desk")
    assert browser.status == 200, browser.response.text
    return page


def button(page: Page, act: str, number: str | None = None) -> ShownForm:
    """The first form that has that button, of the row of that number where one is named."""
    found = (form for form in page.forms if act in form.options.get("act", ()))
    return next(form for form in found if number is None or form.fields["id"] == [number])


def address_shown(page: Page) -> str:
    """The address of an invitation that the page shows."""
    found = re.search(r"http://jalon\.test(/invitations/\S+)", page.text)
    assert found is not None, page.text
    return found[1]
