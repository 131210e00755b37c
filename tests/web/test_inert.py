"""Whatever is written into any text field comes out of every page as text, in a browser that would run it.

The browser disregards the policy of the pages here: that nothing runs is the escaping's doing alone. What goes into a
spreadsheet is held by `tests/api/test_formulas.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page

from tests.builders import Client
from tests.web.chromium import window
from tests.web.furnished import Furnished, furnish, served_after
from tests.web.test_pages import SCRIPTS

pytestmark = pytest.mark.proof
CORPUS = [
    *SCRIPTS,
    "<svg/onload=alert(1)><math><mtext></mtext></math>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "--><!--<img src=x onerror=alert(1)>",
    "</textarea></option></select></button></a></code></q><body onload=alert(1)>",
    "`${alert(1)}`<a href=javascript:alert(1)>x</a>",
    "&lt;img src=x onerror=alert(1)&gt;&#60;b&#62;",
    "]]><form action=//x><input name=csrf>",
    "<base href=//x><meta http-equiv=refresh content=0;url=//x><link rel=stylesheet href=//x>",
    "\u202e<b>\u2028</b>",
]
PIECES = [" ".join(CORPUS[start::3]) for start in range(3)]
"""Each in a community of its own: a label, which has 200 characters, holds the beginning of each."""
UNSEEN = {"unit code", "comment of a withdrawal", "cell of a file", "name of a file"}
"""What no page shows, and what they show a part of: of a cell the beginning, of a file's name what follows the last stroke."""
SURELY = 150
"""How much of a text is looked for."""
MADE = """() => {
    const known = new Set(["HTML", "HEAD", "META", "TITLE", "LINK", "SCRIPT"]);
    const odd = [...document.querySelectorAll("*")].filter(one =>
        [...one.attributes].some(given => /^on/i.test(given.name) || /^\\s*javascript:/i.test(given.value))
        || ["IMG", "IFRAME", "OBJECT", "EMBED", "MATH", "BASE", "STYLE", "B"].includes(one.tagName.toUpperCase())
        || (one.tagName === "SCRIPT" && !/^\\/static\\//.test(one.getAttribute("src") || ""))
        || (one.tagName === "META" && one.httpEquiv) || (one.tagName === "FORM" && new URL(one.action).host !== location.host));
    return odd.map(one => one.outerHTML.slice(0, 200));
}"""
"""What stands in the page that no template of ours makes."""


@dataclass(frozen=True, slots=True)
class World:
    """A running service, and communities that are made of the corpus: of each, what stands in which field."""

    address: str
    furnished: list[tuple[Furnished, dict[str, str]]]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Communities in which every text field holds its own name and a piece of the corpus."""
    made: list[tuple[Furnished, dict[str, str]]] = []

    def prepare(client: Client) -> None:
        for piece in PIECES:
            fields: dict[str, str] = {}
            made.append((furnish(client, partial(marked, fields, piece)), fields))

    with served_after(tmp_path_factory.mktemp("inert"), prepare) as served:
        yield World(f"http://127.0.0.1:{served.port}", made)


def marked(fields: dict[str, str], piece: str, field: str) -> str:
    """What stands in a field, and is noted there: a name that no other has, and the piece."""
    fields[field] = f"[{field}] {piece}"
    return fields[field]


def plain(text: str) -> str:
    """With single spaces, as pages are read."""
    return " ".join(text.split())


def read(page: Page) -> str:
    """All that the page says, in its title and its fields as well."""
    fields = "[...document.querySelectorAll('input, textarea')].map(one => one.value)"
    return plain(" ".join(page.evaluate(f"[document.title, document.body.textContent, ...{fields}]")))


@pytest.mark.parametrize("piece", range(len(PIECES)))
def test_no_page_runs_what_people_write(real_browser: Browser, world: World, piece: int) -> None:
    furnished, fields = world.furnished[piece]
    home, told, odd = f"/communities/{furnished.lac.code}", [], []
    with window(real_browser, world.address, bypass_csp=True) as page:
        for address in (
            "/",
            home,
            f"{home}/indicators/jobs",
            f"{home}/story",
            furnished.spare_invitation,
            furnished.invitations[0],
        ):
            page.goto(address)
            told.append(read(page))
            odd += page.evaluate(MADE)
        page.locator("main button").click()
        for address in furnished.addresses():
            page.goto(address)
            told.append(read(page))
            odd += page.evaluate(MADE)
        odd += _typed(page, home, PIECES[piece])
    assert not odd, "\n".join(odd)
    everything = "\n".join(told)
    unseen = {field for field, text in fields.items() if plain(text)[:SURELY] not in everything}
    assert unseen == UNSEEN, "what stands nowhere, as it was written"


def _typed(page: Page, home: str, piece: str) -> list[str]:
    """What forms make of what they show again, refused as it was."""
    page.goto(f"{home}/contributions/enter?indicator=jobs&period=2025-Q2&actor=a&lang={quote(piece)}")
    for field in ("#at-value", "#at-comment", "#at-evidence"):
        page.locator(field).fill(piece)
    page.locator("form:has(#at-value) p > button").click()
    page.locator(".trouble").wait_for()
    assert plain(page.locator("#at-comment").input_value()) == plain(piece)
    return list(page.evaluate(MADE))
