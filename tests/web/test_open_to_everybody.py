"""No page keeps anybody out: axe-core finds nothing, in both themes and languages, and each page fits a window of 320 pixels.

What axe-core cannot judge by itself is in `test_told_in_chromium.py`: that all can be done with the keyboard alone, for one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize
from sqlalchemy import update

from service.models.tables import table_of
from service.models.upload import Upload
from tests.builders import Client, Coalition, coalition, define
from tests.web.chromium import window
from tests.web.furnished import Furnished, furnish, served_after

pytestmark = pytest.mark.proof
OPTIONS: dict[str, Any] = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
"""All rules that axe-core has on by default, and that of WCAG 2.2 on how small a target may be."""
DESK, PHONE, NARROWEST = (ViewportSize(width=width, height=800) for width in (1280, 390, 320))
WAYS = [("en", "light", DESK), ("fr", "dark", PHONE)]
WAY = pytest.mark.parametrize(("language", "scheme", "size"), WAYS, ids=["light", "dark"])


@dataclass(frozen=True, slots=True)
class World:
    """A running service and the communities that are looked at."""

    address: str
    furnished: Furnished
    wide: str
    """The code of a community with many objectives and indicators."""
    half_read: str
    """The number of a file that is being read, and stays so."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A community with something on every page."""
    made: list[tuple[Furnished, str, str]] = []

    def prepare(client: Client) -> None:
        furnished = furnish(client, str.capitalize)
        made.append((furnished, _wide(client), _half_read(furnished.lac)))

    with served_after(tmp_path_factory.mktemp("open"), prepare) as served:
        yield World(f"http://127.0.0.1:{served.port}", *made[0])


def _half_read(lac: Coalition) -> str:
    """A file as it stands while a large one is read; nobody is at work on this one, so that it can be looked at."""
    file = b"indicator,actor,period,value\njobs,a,2025-Q4,11\n"
    sent = lac.support.ask("POST", "/imports", content=file, headers={"Content-Type": "text/csv", "Prefer": "wait=10"})
    number: str = sent.json()["id"]
    with lac.client.database.write() as connection:
        chosen = table_of(Upload).c.number == int(number)
        connection.execute(update(table_of(Upload)).where(chosen).values(status="running", progress=1, finished_at=None))
    return number


def _wide(client: Client) -> str:
    lac = coalition(client, visibility="public")
    name = "People who found work, a place to live or somebody to ask, in the year after they had come, {}"
    areas = [f"area-{number}" for number in range(8)]
    lac.adopt(
        *({"kind": "set_objective", "objective": area, "parent": "common", "name": f"What we do in {area}"} for area in areas)
    )
    lac.adopt(*(define(f"of-{place}", objective=areas[place // 3], name=name.format(place)) for place in range(24)))
    return lac.code


def faults(page: Page) -> list[str]:
    """What is wrong with the page as it stands, all that can be unfolded unfolded."""
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = Axe().run(page, options=OPTIONS).response["violations"]
    return [f"{page.url} {one['id']}: {node['html'][:200]} {node['failureSummary']}" for one in found for node in one["nodes"]]


def is_too_wide(page: Page) -> list[str]:
    """The page, where it is wider than the narrowest window."""
    before = page.viewport_size
    page.set_viewport_size(NARROWEST)
    wide = page.evaluate("document.scrollingElement.scrollWidth > innerWidth")
    assert before is not None
    page.set_viewport_size(before)
    return [f"{page.url} is too wide"] * wide


@WAY
def test_pages_that_everybody_sees(real_browser: Browser, world: World, language: str, scheme: Any, size: ViewportSize) -> None:
    home, wrong = f"/communities/{world.furnished.lac.code}", []
    rest = ["", "?at=2025", "/indicators", "/indicators/jobs", "/indicators/jobs/entries?from=2025&to=2025", "/story", "/none"]
    with window(real_browser, world.address, language, color_scheme=scheme, viewport=size, bypass_csp=True) as page:
        for address in ["/", "/?done=signed_out", world.furnished.spare_invitation, *(home + one for one in rest)]:
            page.goto(address)
            wrong += [*faults(page), *is_too_wide(page)]
    assert not wrong, "\n".join(wrong)


@WAY
def test_pages_of_members(real_browser: Browser, world: World, language: str, scheme: Any, size: ViewportSize) -> None:
    invitations, wrong = world.furnished.invitations, []
    with window(real_browser, world.address, language, color_scheme=scheme, viewport=size, bypass_csp=True) as page:
        page.goto(invitations[scheme == "dark"])
        page.locator("main button").click()
        half_read = f"/communities/{world.furnished.lac.code}/imports/{world.half_read}"
        for address in [*world.furnished.addresses(), half_read]:
            answer = page.goto(address)
            assert answer is not None and answer.status == 200, address
            policy = answer.headers["content-security-policy"]
            assert policy.startswith("default-src 'none'; ") and "unsafe" not in policy, (
                "axe came in around it, nobody else does"
            )
            wrong += [*faults(page), *is_too_wide(page)]
            assert page.locator("progress").count() == (address == half_read)
        wrong += _after_forms(page, f"/communities/{world.furnished.lac.code}")
    assert not wrong, "\n".join(wrong)


def test_two_dozen_indicators_are_printed_on_two_sheets(real_browser: Browser, world: World) -> None:
    with window(real_browser, world.address) as page:
        page.goto(f"/communities/{world.wide}")
        assert page.locator(".indicators li").count() == 24
        assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))) == 2
        page.emulate_media(media="print")
        assert page.locator(".places").is_hidden() and page.locator("header nav").is_hidden(), "paper leads nowhere"


def _after_forms(page: Page, home: str) -> list[str]:
    """What is wrong with pages that refuse a form, and with one that shows what it shows once."""
    page.goto(f"{home}/contributions/enter?indicator=jobs&period=2025-Q1&actor=a")
    page.locator("#at-value").fill("many")
    page.locator("form:has(#at-value) p > button").click()
    page.locator(".trouble").wait_for()
    found = [*faults(page), *is_too_wide(page)]
    page.goto(f"{home}/desk")
    page.locator("#atperiod").fill("soon")
    page.locator("button[value=close_period]").click()
    page.locator(".trouble").wait_for()
    found += [*faults(page), *is_too_wide(page)]
    page.locator("#at-name").fill("Somebody")
    page.locator("button[value=invite]").click()
    page.locator(".secret").wait_for()
    return [*found, *faults(page), *is_too_wide(page)]
