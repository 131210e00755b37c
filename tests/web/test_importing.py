"""Files on pages: sent in, looked at, mended, taken back; and nothing of it but through the interface."""

import io
import time

import pytest
from openpyxl import load_workbook

from tests.builders import POSTGRESQL_AS_PROOF, Client, Coalition, coalition, define
from tests.web.browser import Browser, Page, signed_in

pytestmark = POSTGRESQL_AS_PROOF
GOOD = b"indicator,period,value\njobs,2025-Q3,12\n"
BROKEN = b'indicator,period,value,comment\njobs,2025-Q3,12,\njobs,2025-Q9,7,"<script>alert(1)</script>"\njobs,2025-Q1,n.d.,\n'


@pytest.fixture
def lac(shared: Client) -> Coalition:
    """A coalition that counts jobs."""
    lac = coalition(shared)
    lac.adopt(define())
    return lac


def send(browser: Browser, lac: Coalition, content: bytes, name: str = "jobs.csv", **typed: str | None) -> Page:
    """The page of the import, once it has come to its end."""
    form = browser.get(f"/communities/{lac.code}/imports").form("file")
    page = browser.press(form, typed, files={"file": (name, content, "text/csv")})
    for _ in range(600):
        if browser.status != 200 or "data-waiting" not in browser.response.text:
            break
        time.sleep(0.05)
        page = browser.get(
            next(link for link in page.links if link.endswith(browser.address.rpartition("/")[2].partition("?")[0]))
        )
    return page


def test_broken_mended_and_taken_back(lac: Coalition) -> None:
    browser = signed_in(lac, "a", "fr")
    page = send(browser, lac, BROKEN, "Chiffres d’été.csv")
    assert "Rien n’a été enregistré" in page.text and "Chiffres d’été.csv" in page.text
    rows = [given for tag, given in page.elements if tag == "th" and given.get("scope") == "row"]
    assert len(rows) == 2 and "2025-Q9" in page.text and "n.d." in page.text
    report = next(link for link in page.links if "/report" in link)
    browser.get(report)
    assert browser.status == 200 and "attachment" in browser.response.headers["content-disposition"]
    lines = browser.response.content.decode("utf-8-sig").splitlines()
    mended = "\n".join([lines[0], lines[1], *(line.replace("2025-Q9", "2025-Q2").replace("n.d.", "3") for line in lines[2:])])
    page = send(browser, lac, mended.encode())
    assert "Enregistré" in page.text and len(lac.support.get("/contributions", actor="a")["items"]) == 3
    undo = page.form("confirm")
    page = browser.press(undo)
    assert browser.status == 422 and "Cochez d’abord la case" in page.text
    page = browser.press(page.form("confirm"), confirm="yes")
    assert browser.status == 200 and "3 contributions ont été retirées" in page.text
    assert {one["status"] for one in lac.support.get("/contributions", actor="a")["items"]} == {"withdrawn"}
    assert not [form for form in page.forms if "confirm" in form], "once"


def test_choices_travel_with_the_file(lac: Coalition) -> None:
    lac.members["a"].ask("PUT", "/mappings/ours", json={"columns": [{"column": "Nombre", "field": "value"}]})
    browser = signed_in(lac)
    page = send(browser, lac, BROKEN, on_error="skip_rows", mode="check", decimal="point")
    assert "(only checked)" in page.text
    (one,) = lac.members["a"].get("/imports")["items"]
    assert (one["mode"], one["on_error"], one["decimal"], one["mapping"]) == ("check", "skip_rows", "point", None)
    send(browser, lac, b"indicator,period,Nombre\njobs,2025-Q3,12\n", mapping="ours")
    assert lac.members["a"].get("/imports")["items"][0]["mapping"] == "ours"
    page = browser.get(f"/communities/{lac.code}/imports")
    assert page.text.count("jobs.csv") == 2


def test_what_is_no_table_is_refused_on_the_page(lac: Coalition) -> None:
    browser = signed_in(lac)
    form = browser.get(f"/communities/{lac.code}/imports").form("file")
    for files in ({"file": ("x.csv", b"\x00\x01", "text/csv")}, {"file": ("", b"", "text/csv")}, None):
        page = browser.press(form, files=files)
        assert browser.status == 422 and page.form("file") and 'role="alert"' in browser.response.text
    page = browser.press(form, files={"file": ("x.csv", GOOD, "text/csv")}, csrf="0" * 64)
    assert browser.status == 422 and "Not from this page" in page.text
    assert not lac.members["a"].get("/imports")["items"]


def test_too_large_a_file_is_refused_as_it_comes(shared: Client) -> None:
    small = Client(shared.database, upload_limit=1_024, body_limit=2_048)
    with small:
        lac = coalition(small, code=f"small-{shared.new_code()}")
        lac.adopt(define())
        browser = signed_in(lac)
        form = browser.get(f"/communities/{lac.code}/imports").form("file")
        for size in (2_500, 200_000):
            browser.press(form, files={"file": ("x.csv", b"a" * size, "text/csv")})
            assert browser.status == 413
        assert not lac.members["a"].get("/imports")["items"]


def test_templates_and_reports_come_with_the_cookie(lac: Coalition) -> None:
    browser = signed_in(lac, "a", "fr")
    page = browser.get(f"/communities/{lac.code}/imports")
    xlsx, csv = (next(link for link in page.links if name in link) for name in ("template.xlsx", "template.csv"))
    browser.get(xlsx)
    assert browser.status == 200
    sheet = load_workbook(io.BytesIO(browser.response.content)).worksheets[0]
    assert sheet.max_row == 5, "the head, and four quarters"
    browser.get(csv)
    assert browser.response.text.startswith("\ufeffindicator,actor,period,value")
    assert Browser(lac.client).get(csv).text and signed_in(lac, scopes=("read",)).get(csv).text
    for stranger in (Browser(lac.client), signed_in(lac, "b", scopes=("read",))):
        stranger.get(csv)
        assert stranger.status in (401, 403)


def test_a_neighbours_file_is_not_there(lac: Coalition) -> None:
    page = send(signed_in(lac), lac, GOOD)
    address = page.address.partition("?")[0]
    other = signed_in(lac, "b")
    for rest in ("", "/report"):
        other.get(address + rest)
        assert other.status == 404
    assert "jobs.csv" not in other.get(f"/communities/{lac.code}/imports").text
    assert "jobs.csv" in signed_in(lac, "appui").get(f"/communities/{lac.code}/imports").text


def test_names_and_cells_of_files_are_inert(lac: Coalition) -> None:
    said = '"><img src=x onerror=alert(1)>{{ 7 * 7 }}.csv'
    content = b'indicator,period,value\n"<script>alert(1)</script>",2025-Q3,"{{ 7 * 7 }}"\njobs,2025-Q3,=1+1\n'
    browser = signed_in(lac)
    for page in (send(browser, lac, content, said.replace('"', "'")), browser.get(f"/communities/{lac.code}/imports")):
        assert browser.status == 200 and "alert(1)" in page.text and "{{ 7 * 7 }}" in page.text
        assert not [tag for tag, given in page.elements if tag in ("img", "style") or (tag == "script" and "src" not in given)]


def test_scripts_are_our_own_and_few(lac: Coalition) -> None:
    browser = signed_in(lac)
    page = browser.get(f"/communities/{lac.code}/imports")
    (source,) = [given["src"] for tag, given in page.elements if tag == "script"]
    assert "script-src 'self'" in browser.response.headers["content-security-policy"]
    browser.get(source)
    assert browser.status == 200 and "javascript" in browser.response.headers["content-type"]
    page = browser.get(f"/communities/{lac.code}/contributions")
    assert not [tag for tag, _ in page.elements if tag == "script"]
