"""The pages: they show what the interface for programs tells the same reader, inert, in the reader's language."""

import re
import time
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import httpx2
import pytest

from service.web.rendering import static_file
from tests.builders import POSTGRESQL_AS_PROOF, STARTS, Client, Coalition, Json, coalition, define

ADDRESSES = [
    "", "/indicators", "/indicators/jobs", "/indicators/jobs/entries?from=2025&to=2025", "?at=2025", "/story", "/progress.svg",
    "/indicators/jobs.svg",
]  # fmt: skip
SCRIPTS = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)//</title></svg><svg onload=alert(1)>",
    "=HYPERLINK(\"http://x\")",
    "</style><style>*{display:none}",
]  # fmt: skip
CANARY = "104729"
SEXES = [{"code": "sex", "codes": ["F", "M"]}]
pytestmark = POSTGRESQL_AS_PROOF


def made(client: Client, about: Json | None = None, **more: Any) -> Coalition:
    """Jobs, of which the definition says `about`, with a target, reported by two members in 2025."""
    lac = coalition(client, **{"visibility": "public", **more})
    target = {"kind": "set_target", "indicator": "jobs", "period": "2025", "from_period": "2025", "value": "400"}
    lac.adopt(define(dimensions=SEXES, **(about or {})), target)
    lac.report("a", "jobs", "2025-Q1", "1234.50")
    lac.report("b", "jobs", "2025-Q2", "0", dimensions={"sex": "F"})
    return lac


@pytest.fixture
def lac(shared: Client) -> Coalition:
    """A coalition of the test's own, open to the public."""
    return made(shared)


def look(lac: Coalition, rest: str = "", language: str = "en", token: str | None = None, **query: str) -> httpx2.Response:
    """A page of the community, as a browser of that language asks for it."""
    headers = {"Accept-Language": language, **({"Authorization": f"Bearer {token}"} if token else {})}
    path = f"/communities/{lac.code}{rest}"
    if query:
        path += "?" + "&".join(f"{name}={value}" for name, value in query.items())
    return lac.client.request("GET", path, headers=headers)


class Reader(HTMLParser):
    """What a page says, and what a browser would do about it."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def read(response: httpx2.Response) -> Reader:
    """The page, parsed."""
    assert response.status_code == 200, response.text
    reader = Reader()
    reader.feed(response.text)
    return reader


def test_pages_show_what_the_interface_tells(lac: Coalition) -> None:
    told = lac.anonymous.get("/progress")["objectives"][0]["indicators"][0]
    assert (told["value"], told["attainment"], told["status"]) == ("1234.5", "3.08625", "achieved")
    page = read(look(lac)).text
    assert "A clean lake" in page and "Jobs created" in page
    assert "1,234.5 persons" in page and "target 400 by 2025" in page and "Achieved" in page
    assert "2 of 6 figures due are in" in page
    opened = read(look(lac, "/indicators/jobs")).text
    assert "309% of the way, 100% expected by now" in opened
    assert "Actor a 1,234.5" in opened and "Actor b 0" in opened, "zero is not missing"
    assert "F 0" in opened


def test_a_figure_opened(lac: Coalition) -> None:
    window = {"from": "2025", "to": "2025"}
    opened = read(look(lac, "/indicators/jobs/entries", token=lac.members["a"].token, **window)).text
    assert "Actor a 1,234.5 1,234.5" in opened and "Actor b 0 0" in opened, "each one's value and part"
    assert "Actor a 2025-Q1 total 1,234.5 1,234.5 15 Jan 2026" in opened and "Actor b 2025-Q2 F 0 0 15 Jan 2026" in opened
    assert "Single entries are shown to members." in read(look(lac, "/indicators/jobs/entries", **window)).text


def test_in_french(lac: Coalition) -> None:
    page = read(look(lac, language="fr-CH, en;q=0.5"))
    assert ("html", {"lang": "fr"}) in page.elements
    assert "Un lac propre" in page.text and "Emplois créés" in page.text and "1\u202f234,5" in "".join(page.words)
    assert "cible 400 pour 2025" in page.text and "Atteint" in page.text
    assert "Atteint" in read(look(lac, "?lang=fr")).text, "the address wins over the browser"
    assert "Achieved" in read(look(lac, "?lang=xx")).text


def test_what_is_known_of_a_part_is_never_shown_as_the_whole(lac: Coalition) -> None:
    """An objective judged by a tenth of its weight: the bar is dark for what is certain, and the page says so in words."""
    lac.adopt(define("forests", weight="9"))
    root = lac.anonymous.get("/progress")["objectives"][0]
    assert (root["attainment"], root["coverage"], root["lowest"], root["highest"]) == ("1", "0.1", "0.1", "1")
    page = read(look(lac))
    assert "10–100% of the way" in page.text and "the 10% of the weight that can be judged are at 100%" in page.text
    assert "Between 10% and 100%" in page.text
    widths = [
        attributes["width"] for tag, attributes in page.elements if tag == "rect" and attributes.get("class") == "reached"
    ]
    assert widths == ["100"], "of 1000"


def test_an_address_as_of_an_instant_shows_what_was_known_then(lac: Coalition) -> None:
    client = lac.client
    client.clock = STARTS + timedelta(days=1)
    lac.report("a", "jobs", "2025-Q1", CANARY, expected_revision=1)
    assert "104,729" in read(look(lac)).text
    before = (STARTS + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    assert "104,729" not in read(look(lac, as_of=before)).text
    assert look(lac, as_of="yesterday").status_code == 422
    client.clock = STARTS


def test_who_may_not_read_sees_a_page_that_says_so(shared: Client) -> None:
    lac = made(shared, visibility="members")
    for rest in ADDRESSES:
        refused = look(lac, rest)
        assert refused.status_code == 401 and "text/html" in refused.headers["content-type"]
        assert "1,234" not in refused.text and "clean lake" not in refused.text
        assert look(lac, rest, token=lac.members["a"].token).status_code == 200


def test_what_the_charter_protects_is_on_no_page(shared: Client) -> None:
    lac = made(shared, charter={"show_actor_values": False})
    lac.report("a", "jobs", "2025-Q3", CANARY)
    assert "104,729" in look(lac, "/indicators/jobs", token=lac.members["a"].token).text, "its own"
    for rest in ADDRESSES:
        for page in (look(lac, rest), look(lac, rest, token=lac.members["b"].token)):
            assert "104,729" not in page.text and CANARY not in page.text, (rest, page.status_code)


def test_texts_are_inert(shared: Client) -> None:
    said = " ".join(SCRIPTS)
    text = dict.fromkeys(("name", "unit", "description", "method", "sources", "limitations"), said)
    lac = made(shared, text, name=said, objective=said)
    for rest in ADDRESSES:
        page = read(look(lac, rest))
        assert not [element for element in page.elements if element[0] in ("script", "style", "iframe", "img")]
        assert not [attributes for tag, attributes in page.elements if tag == "form" and "action" in attributes]
        names = {name for _, attributes in page.elements for name in attributes}
        assert not [name for name in names if name.startswith("on") or name == "style"]
        if not rest.endswith(".svg"):
            assert "alert(1)" in page.text and "{{ 7 * 7 }}" in page.text, "it is there, and does nothing"


def test_nothing_comes_from_elsewhere(lac: Coalition) -> None:
    for rest in (*ADDRESSES, "/indicators/none", "?as_of=x"):
        response = look(lac, rest)
        policy = response.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        page = Reader()
        page.feed(response.text)
        addresses = [attributes[name] for _, attributes in page.elements for name in ("href", "src") if attributes.get(name)]
        assert all(re.match(r"/[^/]|/$|\?|#|data:,$", address or "") for address in addresses), addresses


def test_pages_that_are_not_there(lac: Coalition) -> None:
    assert look(lac, "/indicators/none").status_code == 404
    assert "no indicator" in look(lac, "/indicators/none").text.lower()
    assert look(lac, at="20x5").status_code == 422
    assert lac.client.request("GET", "/static/000000000000/style.css").status_code == 404
    assert lac.client.request("POST", f"/communities/{lac.code}").status_code == 405


def test_what_a_page_brings_along_is_kept_for_ever(lac: Coalition) -> None:
    (address,) = [attributes["href"] for tag, attributes in read(look(lac)).elements if attributes.get("rel") == "stylesheet"]
    style = lac.client.request("GET", address or "")
    assert style.status_code == 200 and "immutable" in style.headers["cache-control"]
    assert "@import" not in style.text and "url(" not in style.text


def test_the_first_page_names_the_public_communities_only(shared: Client) -> None:
    public, closed = made(shared), made(shared, visibility="members")
    page = read(shared.request("GET", "/"))
    found = [attributes["href"] for tag, attributes in page.elements if tag == "a"]
    assert f"/communities/{public.code}" in found and f"/communities/{closed.code}" not in found


def test_a_hundred_indicators_weigh_less_than_100_kb_and_take_300_ms(shared: Client) -> None:
    """With all that is loaded before the page is painted; and once its figures are remembered, by processor time."""
    lac = coalition(shared, visibility="public")
    lac.adopt(*(define(f"jobs-{number}") for number in range(100)))
    items = [
        {"indicator": f"jobs-{number}", "period": f"2025-Q{quarter}", "value": f"{number * 317 + quarter}.5"}
        for number in range(100) for quarter in (1, 2, 3, 4)
    ]  # fmt: skip
    lac.members["a"].post("/contributions/batch", {"items": items})
    page = look(lac)
    assert page.text.count('class="spark"') == 100
    assert len(page.content) + len(static_file("style.css")) < 100_000
    seconds = []
    for _ in range(5):
        before = time.process_time()
        assert look(lac).content == page.content
        seconds.append(time.process_time() - before)
    assert min(seconds) < 0.3
