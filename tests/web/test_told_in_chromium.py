"""The story of a coalition as people live it, in a real browser: by mouse or keyboard, in both languages, without script.

Every request of the browser is watched, and so is what its console says: nothing leaves the machine, and nothing is done that
the policy of the pages forbids.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Download, Page

from tests.builders import Client, Coalition, coalition, define, definition
from tests.web.chromium import Hand, Keyboard, window
from tests.web.furnished import served_after

pytestmark = pytest.mark.proof
FIVE = ("a", "b", "c", "d", "e")
BROKEN = "indicateur;periode;sexe;valeur\njobs;2025-Q3;F;1204,5\njobs;2025-Q9;M;7\njobs;2025-Q4;M;n.d.\n"
BY: dict[str, type[Hand] | type[Keyboard]] = {"hand": Hand, "keyboard": Keyboard}
SAID = {
    "en": {
        "objective": "A clean lake", "value": "1,234.5", "made of": "What is in it",
        "refused": "Nothing was recorded: something is wrong in it", "recorded": "Recorded", "undone": "3 contributions were",
        "taken": "Your position is taken.", "adopted": "Adopted", "version": "Version 2",
    },
    "fr": {
        "objective": "Un lac propre", "value": "1\u202f234,5", "made of": "De quoi il est fait",
        "refused": "Rien n’a été enregistré", "recorded": "Enregistré", "undone": "3 contributions ont été",
        "taken": "Votre position est prise.", "adopted": "Adoptée", "version": "Version 2",
    },
}  # fmt: skip
SEXES = [{"code": "sexe", "codes": ["F", "M"]}]


@dataclass(frozen=True, slots=True)
class World:
    """A running service, a coalition that reports, and one for each language that deliberates: its code and its proposal."""

    address: str
    lac: Coalition
    deliberating: dict[str, tuple[Coalition, str]]

    def contributions(self, actor: str) -> list[str]:
        """How what an actor reported stands, as the interface for programs tells it."""
        path = f"/v1/communities/{self.lac.code}/contributions?actor={actor}"
        answer = httpx.get(self.address + path, headers={"Authorization": f"Bearer {self.lac.support.token}"}, trust_env=False)
        return [one["status"] for one in answer.json()["items"]]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """What the tests of this file look at, on SQLite: the pages ask the same of both engines."""
    made: list[Coalition] = []
    deliberating = {}

    def prepare(client: Client) -> None:
        client.clock = datetime.now(UTC) - timedelta(days=10)
        made.append(_reporting(client))
        for language in SAID:
            deliberating[language] = _deliberating(client)

    with served_after(tmp_path_factory.mktemp("told"), prepare) as served:
        yield World(f"http://127.0.0.1:{served.port}", made[0], deliberating)


def _reporting(client: Client) -> Coalition:
    lac = coalition(client, visibility="public")
    target = {"kind": "set_target", "indicator": "jobs", "period": "2025", "from_period": "2025", "value": "4000"}
    lac.adopt(define(dimensions=SEXES), target)
    lac.report("a", "jobs", "2025-Q1", "1200")
    client.clock += timedelta(days=5)
    lac.report("a", "jobs", "2025-Q1", "1234.5", expected_revision=1)
    lac.report("b", "jobs", "2025-Q2", "0")
    return lac


def _deliberating(client: Client) -> tuple[Coalition, str]:
    lac = coalition(client, FIVE, visibility="public")
    lac.adopt(define())
    for quarter in (1, 2, 3, 4):
        lac.report("a", "jobs", f"2025-Q{quarter}", f"{quarter * 10}")
    lac.support.patch("", {"charter": {"decision_rule": "consent"}})
    revised = definition(
        description={"en": "Only those that last.", "fr": "Seulement ceux qui durent."}, effective_from="2026-Q1"
    )
    change = {
        "kind": "revise_indicator", "indicator": "jobs", "based_on": 1, "definition": revised, "bridge": {"kind": "break"}
    }  # fmt: skip
    return lac, lac.members["a"].post("/proposals", {"title": "Count what lasts", "changes": [change]})["id"]


def invitation(world: World, lac: Coalition, actor: str) -> str:
    """The address of an invitation to act for that actor."""
    body = {"name": f"Jane of {actor}", "scopes": ["read", "contribute", "decide"]}
    address = f"{world.address}/v1/communities/{lac.code}/actors/{actor}/invitations"
    answer = httpx.post(address, json=body, headers={"Authorization": f"Bearer {lac.members[actor].token}"}, trust_env=False)
    assert answer.status_code == 201, answer.text
    page: str = answer.json()["page"]
    return page


@pytest.mark.parametrize(
    ("language", "by", "script"),
    [("en", "hand", True), ("fr", "hand", False), ("fr", "keyboard", True), ("en", "keyboard", False)],
)
def test_a_public_reader_opens_a_number(real_browser: Browser, world: World, language: str, by: str, script: bool) -> None:
    said, home = SAID[language], f"/communities/{world.lac.code}"
    with window(real_browser, world.address, language, java_script_enabled=script) as page:
        reader = BY[by](page)
        page.goto("/")
        assert page.locator("html").get_attribute("lang") == language
        reader.follow(f"a[href='{home}']")
        assert page.locator("h1").inner_text() == said["objective"]
        reader.follow(f"a[href='{home}/indicators/jobs']")
        assert said["value"] in page.locator(".headline").inner_text() and page.locator("svg.chart circle").count() == 2
        if by == "keyboard":
            reader.press(".versions ~ details summary, section details summary", "Space")
            assert page.locator("details table").first.is_visible(), "every number of the chart, as text"
        reader.follow("a[href*='/entries?']")
        assert page.locator("h1").inner_text() == said["made of"]
        rows = page.locator("section table tbody tr").all_inner_texts()
        assert [re.sub(r"[ \t\n]+", " ", row) for row in rows] == [f"Actor a {said['value']} {said['value']}", "Actor b 0 0"], (
            "zero is one"
        )
        _ask_why(page, reader)
        told = " ".join(page.locator("section").first.inner_text().split())
        assert "34.5" in told or "34,5" in told, "the correction, and what it did"
        assert page.locator("section svg").first.is_visible()
        reader.follow("nav[lang], header nav a")
        assert page.locator("html").get_attribute("lang") == {"en": "fr", "fr": "en"}[language], (
            "the same in the other language"
        )


def _ask_why(page: Page, reader: Hand | Keyboard) -> None:
    """Asks why the figure is another than it was eight days ago."""
    since = datetime.now(UTC) - timedelta(days=8)
    if isinstance(reader, Keyboard):
        reader.reach("#since")
        # The parts of a day stand in the order of the browser's own language, whatever its pages are in.
        page.keyboard.type(since.strftime("%m%d%Y"))
        reader.follow(".ask button")
    else:
        page.locator("#since").fill(since.date().isoformat())
        reader.follow(".ask button")


@pytest.mark.parametrize(
    ("language", "by", "actor", "kind"),
    [("en", "hand", "b", "xlsx"), ("fr", "keyboard", "a", "csv")],
)
def test_a_member_sends_a_broken_file_mends_it_and_takes_it_back(
    real_browser: Browser, world: World, tmp_path: Path, language: str, by: str, actor: str, kind: str
) -> None:
    said, home, before = SAID[language], f"/communities/{world.lac.code}", world.contributions(actor)
    with window(real_browser, world.address, language, accept_downloads=True) as page:
        person = BY[by](page)
        page.goto(invitation(world, world.lac, actor))
        person.follow("main button")
        person.follow(f".places a[href='{home}/imports']")
        broken = tmp_path / f"broken.{kind}"
        _break(broken)
        _send(page, person, broken)
        assert said["refused"] in page.locator(".lead").inner_text()
        assert page.locator("section table tbody tr").count() == 2 and "2025-Q9" in page.locator("section table").inner_text()
        with page.expect_download() as downloading:
            person.press("a[download]")
        mended = tmp_path / f"mended.{kind}"
        _mend(downloading.value, mended)
        person.follow(f"main a[href='{home}/imports']")
        _send(page, person, mended)
        assert said["recorded"] in page.locator(".lead").inner_text(), page.locator("main").inner_text()
        assert world.contributions(actor).count("reported") == before.count("reported") + 3
        person.press("main details summary", "Enter")
        person.press("#at-confirm", "Space")
        person.follow("main details button")
        assert said["undone"] in page.locator("main").inner_text()
        assert world.contributions(actor).count("reported") == before.count("reported")
        assert page.locator("#at-confirm").count() == 0, "once"


def _break(file: Path) -> None:
    """Writes three rows of which two are wrong, as CSV or as a workbook."""
    if file.suffix == ".csv":
        file.write_text(BROKEN, "utf-8")
        return
    from openpyxl import Workbook

    book = Workbook()
    for row in BROKEN.splitlines():
        book.active.append(row.replace("1204,5", "1204.5").split(";"))
    book.save(file)


def _mend(report: Download, mended: Path) -> None:
    """Writes what was wrong in the report anew, and nothing else."""
    right = {"2025-Q9": "2025-Q2", "n.d.": "0"}
    if mended.suffix == ".csv":
        text = report.path().read_text("utf-8-sig")
        # In the columns of the file only: the report's own say what was found there.
        lines = [
            re.sub("^((?:[^;]*;){1,3})(n\\.d\\.|2025-Q9)", lambda m: m[1] + right[m[2]], line) for line in text.splitlines()
        ]
        mended.write_text("\n".join(lines), "utf-8")
        return
    report.save_as(mended)
    book = load_workbook(mended)
    for row in book.active.iter_rows(max_col=4):
        for cell in row:
            cell.value = right.get(cell.value, cell.value)
    book.save(mended)


def _send(page: Page, person: Hand | Keyboard, file: Path) -> None:
    """Chooses a file, sends it and waits for what became of it: the page looks again by itself."""
    with page.expect_file_chooser() as choosing:
        person.press("#at-file", "Enter")
    choosing.value.set_files(file)
    person.follow("form[enctype] button")
    page.locator("#live:not([data-waiting])").wait_for()


@pytest.mark.parametrize(("language", "by"), [("en", "hand"), ("fr", "keyboard")])
def test_five_members_adopt_a_revision(real_browser: Browser, world: World, language: str, by: str) -> None:
    said, (lac, number) = SAID[language], world.deliberating[language]
    home = f"/communities/{lac.code}"
    for actor in FIVE:
        with window(real_browser, world.address, language) as page:
            person = BY[by](page)
            page.goto(invitation(world, lac, actor))
            person.follow("main button")
            if actor == FIVE[0]:
                person.follow(f".places a[href='{home}/proposals']")
                person.follow(f"main a[href='{home}/proposals/{number}']")
            else:
                page.goto(f"{home}/proposals/{number}")
            assert page.locator(".diff ins, .diff + p, section table ins").count(), "what it changes"
            if by == "keyboard":
                # Of a choice the keyboard reaches the first, and what is chosen is the one that the arrows lead to.
                person.press("input[name=position]", "Space")
            else:
                person.press("input[name=position][value=support]")
            person.follow("form:has(input[name=position]) > button")
            assert page.locator(".notice").inner_text() == said["taken"]
            if actor == FIVE[-1]:
                person.follow("button[value=close]")
                assert said["adopted"] in page.locator("main").inner_text()
                _see_the_break(page, person, home, said["version"])


def _see_the_break(page: Page, person: Hand | Keyboard, home: str, version: str) -> None:
    """Reports the first figure under the new version, and looks at the chart before and after."""
    person.follow(f"main a[href='{home}/indicators/jobs']")
    assert version in page.locator(".versions").inner_text()
    assert page.locator("svg.chart line.break").count() == 0, "nothing lies behind it yet"
    page.goto(f"{home}/contributions/enter?indicator=jobs&period=2026-Q1")
    person.type("#at-value", "7")
    person.follow("form:has(#at-value) p > button")
    page.goto(f"{home}/indicators/jobs")
    assert page.locator("svg.chart line.break").count() == 1, "what lies before does not compare"
    assert page.locator("svg.chart path.course").count() == 2, "the line ends there and begins anew"
    cells = "rows => rows.map(row => [...row.cells].map(cell => cell.textContent.trim()))"
    rows = page.locator("details table").first.locator("tbody tr").evaluate_all(cells)
    assert [row for row in rows if row[0] in ("2025-Q4", "2026-Q1")] == [
        ["2025-Q4", "40", "1/5", "1"],
        ["2026-Q1", "7", "1/5", "2"],
    ]


def test_a_refused_form_is_told_to_who_cannot_see(real_browser: Browser, world: World) -> None:
    """The focus goes to what is wrong, and from there by a link into the field that it speaks of."""
    with window(real_browser, world.address) as page:
        keyboard = Keyboard(page)
        page.goto(invitation(world, world.lac, "b"))
        keyboard.follow("main button")
        page.goto(f"/communities/{world.lac.code}/contributions/enter?indicator=jobs&period=2025-Q4")
        keyboard.type("#at-value", "many")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        page.locator("#trouble:focus").wait_for()
        assert page.locator("#trouble").get_attribute("role") == "alert" and page.title().startswith("Error: ")
        keyboard.press("#trouble a")
        assert page.evaluate("document.activeElement.id") == "at-value"
        assert page.locator("#at-value").get_attribute("aria-invalid") == "true"
        assert page.locator("#at-value").input_value() == "many", "what was typed is still there"
