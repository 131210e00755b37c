"""Contributions on pages: what is due, a form that takes numbers as the reader writes them, corrections, taking back."""

from datetime import timedelta

import pytest

from tests.builders import POSTGRESQL_AS_PROOF, STARTS, Client, Coalition, coalition, define
from tests.web.browser import Browser, Page, signed_in

SEXES = [
    {"code": "sex", "codes": ["F", "M"], "name": {"en": "Sex", "fr": "Sexe"}, "labels": {"F": {"en": "Women", "fr": "Femmes"}}}
]


@pytest.fixture
def lac(shared: Client) -> Coalition:
    """A coalition that counts jobs by sex, and shares of hectares."""
    lac = coalition(shared)
    lac.adopt(define(dimensions=SEXES), define("rate", measure="ratio", frequency="A", factor="100"))
    return lac


def entry(browser: Browser, lac: Coalition, indicator: str = "jobs", period: str = "2025-Q3", actor: str = "") -> Page:
    more = f"&actor={actor}" if actor else ""
    return browser.get(f"/communities/{lac.code}/contributions/enter?indicator={indicator}&period={period}{more}")


def standing(lac: Coalition, actor: str = "a") -> dict[tuple[str, str], str | None]:
    items = lac.support.get("/contributions", actor=actor)["items"]
    return {(one["period"], one["dimensions"].get("sex", "")): one["value"] for one in items}


pytestmark = POSTGRESQL_AS_PROOF


def test_from_what_is_due_to_what_stands(lac: Coalition) -> None:
    browser = signed_in(lac, "a", "fr")
    page = browser.get(f"/communities/{lac.code}/contributions")
    due = [link for link in page.links if "/enter?" in link]
    assert len(due) == 5 and "en retard" in page.text, "four quarters and a year"
    page = browser.get(next(link for link in due if "2025-Q3" in link))
    form = page.form("value", "value?sex=F", "value?sex=M")
    assert "Sexe Femmes" in page.text
    page = browser.press(form, {"value": "1,5", "value?sex=F": "0", "comment": "Compté"})
    assert browser.status == 200 and "Enregistré." in page.text and "done=recorded" in browser.address
    assert standing(lac) == {("2025-Q3", ""): "1.5", ("2025-Q3", "F"): "0"}, "zero is reported, what is empty is not"
    assert len([link for link in page.links if "/enter?" in link and "2025-Q3" in link]) == 2, "no longer due, but to correct"
    (stands, _) = lac.support.get("/contributions", actor="a")["items"]
    assert (stands["comment"], stands["revision"]) == ("Compté", 1)


def test_a_correction_shows_what_stands_and_its_revision(lac: Coalition) -> None:
    lac.report("a", "jobs", "2025-Q3", "1234.567", comment="first")
    browser = signed_in(lac, "a", "fr")
    form = entry(browser, lac).form("value")
    assert (form.fields["value"], form.fields["comment"], form.fields["revision"]) == (["1234,567"], ["first"], ["1"])
    browser.press(form, value="1234,6", comment="counted again")
    assert browser.status == 200 and standing(lac)[("2025-Q3", "")] == "1234.6"
    page = browser.press(form, value="7", key=None)
    assert browser.status == 409 and "révision" in page.text, "somebody else was faster: the form is the old one"
    assert standing(lac)[("2025-Q3", "")] == "1234.6"
    assert page.form("value").fields["value"] == ["7"], "what was typed is kept"


def test_a_double_click_acts_once(lac: Coalition) -> None:
    browser = signed_in(lac)
    form = entry(browser, lac).form("value")
    before = lac.support.get("/events/proof")["number"]
    for _ in range(2):
        browser.press(form, value="5")
        assert browser.status == 200
    assert lac.support.get("/events/proof")["number"] == before + 1


def test_what_is_wrong_is_said_at_its_field(lac: Coalition) -> None:
    browser = signed_in(lac)
    form = entry(browser, lac).form("value")
    page = browser.press(form, {"value": "1", "value?sex=F": "many", "value?sex=M": "1.234", "comment": "<b>x</b>"})
    assert browser.status == 422
    faulty = {given["id"]: given for tag, given in page.elements if tag == "input" and given.get("aria-invalid")}
    assert set(faulty) == {"at-value?sex=F", "at-value?sex=M"}
    assert "#at-value?sex=F" in page.links and "1.2340" in page.text and "1234" in page.text
    form = page.form("value")
    assert form.fields["value?sex=F"] == ["many"] and form.fields["comment"] == ["<b>x</b>"]
    assert ("strong", {"id": "at-value?sex=M-wrong"}) in page.elements
    assert faulty["at-value?sex=M"]["aria-describedby"].strip() == "at-value?sex=M-wrong"
    assert not standing(lac), "nothing was recorded"
    page = browser.press(entry(browser, lac, "rate", "2025").form("numerator"), numerator="3")
    assert browser.status == 422 and "no `denominator`" in page.text
    assert [given["id"] for tag, given in page.elements if given.get("aria-invalid")] == ["at-denominator"]
    page = browser.press(page.form("numerator"), denominator="12")
    assert browser.status == 200 and "3 / 12" in page.text


def test_emptied_is_not_taken_back_and_taken_back_is_missing(lac: Coalition) -> None:
    lac.report("a", "jobs", "2025-Q3", "0")
    browser = signed_in(lac)
    page = entry(browser, lac)
    assert page.form("value").fields["value"] == ["0"]
    page = browser.press(page.form("value"), value="")
    assert browser.status == 422 and "nothing is not zero" in page.text
    page = entry(browser, lac)
    page = browser.press(page.form("contribution"), reason="wrong quarter")
    assert browser.status == 200 and "which is not zero" in page.text
    (one,) = lac.support.get("/contributions", actor="a")["items"]
    assert (one["status"], one["value"]) == ("withdrawn", None)
    assert entry(browser, lac).form("value").fields["value"] == [""]


def test_contested_it_says_why(lac: Coalition) -> None:
    made = lac.report("a", "jobs", "2025-Q3", "4")
    lac.members["b"].post(f"/contributions/{made['id']}/contest", {"reason": "Twice <i>counted</i>"})
    page = signed_in(lac).get(f"/communities/{lac.code}/contributions")
    assert "Twice <i>counted</i>" in page.text and "contested" in page.text


def test_the_support_acts_for_others_and_nobody_else_does(lac: Coalition) -> None:
    support = signed_in(lac, "appui")
    page = support.get(f"/communities/{lac.code}/contributions")
    page = support.press(page.form("actor"), actor="b")
    assert "Contributions of Actor b" in page.text
    support.press(support.get(next(link for link in page.links if "2025-Q3" in link)).form("value"), value="2")
    assert support.status == 200 and "actor=b" in support.address and standing(lac, "b") == {("2025-Q3", ""): "2"}
    member = signed_in(lac, "a")
    entry(member, lac, actor="b")
    assert member.status == 403
    form = entry(member, lac).form("value")
    form.action += "&actor=b"
    member.press(form, value="3")
    assert member.status == 403 and standing(lac, "b") == {("2025-Q3", ""): "2"}


def test_a_closed_period_and_a_weak_session(lac: Coalition) -> None:
    assert lac.support.ask("PUT", "/closed-periods/2025-Q3").status_code == 200
    browser = signed_in(lac)
    page = entry(browser, lac)
    assert "This period is closed" in page.text
    browser.press(page.form("value"), value="1")
    assert browser.status == 409
    reader = signed_in(lac, scopes=("read",))
    page = reader.get(f"/communities/{lac.code}/contributions")
    assert reader.status == 200 and not [link for link in page.links if "/enter" in link or "/imports" in link]
    reader.press(entry(reader, lac, period="2025-Q2").form("value"), value="1")
    assert reader.status == 403 and not standing(lac)
    for address in ("?indicator=none&period=2025-Q3", "?indicator=jobs&period=2025-13", ""):
        browser.get(f"/communities/{lac.code}/contributions/enter{address}")
        assert browser.status == 422


def test_a_session_that_ends_before_the_form_is_sent(lac: Coalition) -> None:
    browser = signed_in(lac)
    form = entry(browser, lac).form("value")
    lac.client.clock = STARTS + timedelta(days=31)
    browser.press(form, value="1")
    assert browser.status == 401 and not browser.jar and "Session ended" in browser.response.text
    lac.client.clock = STARTS
    assert not standing(lac)
