"""A real browser: Debian's Chromium, driven by Playwright, and watched for what no page may do in it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Request, sync_playwright

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--lang=en-US",
)  # fmt: skip
PATIENCE = 15_000
"""Milliseconds until what is looked for must be there: the machine may be busy."""
REFUSED = "Failed to load resource: the server responded with a status of"
"""What the console says of a page that is a refusal; the page says it too, and better."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser that runs until the block ends; skips where this machine has none, and fails where it should have one."""
    program = shutil.which("chromium")
    if program is None and os.environ.get("CI") == "true":
        pytest.fail("chromium is not installed here")
    if program is None:
        pytest.skip("chromium is not installed here")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield browser
        browser.close()


@dataclass
class Watch:
    """What a browser did that no page of ours may make it do."""

    address: str
    strayed: list[str] = field(default_factory=list)
    """Requests to anybody but the service at `address`."""
    complained: list[str] = field(default_factory=list)
    """What the console was told: errors of scripts, and whatever the policy of the page forbade."""
    asked: list[str] = field(default_factory=list)
    """The words of dialogs."""

    def see_request(self, request: Request) -> None:
        """Notes where it goes."""
        url = urlsplit(request.url)
        if f"{url.scheme}://{url.netloc}" != self.address and url.scheme != "data":
            self.strayed.append(request.url)

    def see_console(self, message: ConsoleMessage) -> None:
        """Notes warnings and errors."""
        if message.type in ("error", "warning") and not message.text.startswith(REFUSED):
            self.complained.append(message.text)

    def see_dialog(self, dialog: Dialog) -> None:
        """Notes it and shuts it."""
        self.asked.append(dialog.message)
        dialog.dismiss()

    def see_page(self, page: Page) -> None:
        """Has an eye on it from now on."""
        page.on("pageerror", lambda error: self.complained.append(str(error)))
        page.on("dialog", self.see_dialog)

    def assert_nothing(self) -> None:
        """Nothing was noted."""
        noted = (self.strayed, self.complained, self.asked)
        assert noted == ([], [], []), noted


@contextmanager
def window(browser: Browser, address: str, language: str = "en", **options: Any) -> Iterator[Page]:
    """A window of somebody who reads `language`, with cookies of its own. Whatever was opened in it is watched till the end.

    `options`: as Playwright's contexts take them.
    """
    context: BrowserContext = browser.new_context(base_url=address, locale=language, **options)
    context.set_default_timeout(PATIENCE)
    watch = Watch(address)
    context.on("request", watch.see_request)
    context.on("console", watch.see_console)
    context.on("page", watch.see_page)
    try:
        yield context.new_page()
    finally:
        context.close()
    watch.assert_nothing()


_FOCUS = "element => [element === document.activeElement, getComputedStyle(document.activeElement).outlineStyle]"
"""Whether an element has the focus, and how that is drawn around whatever has it."""


class Keyboard:
    """Somebody without a mouse: what is reached, is reached with the tabulator, and whoever looks on sees where they are."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, selector: str, most: int = 150) -> None:
        """Goes on until the first element of `selector` has the focus. Fails where it never gets it, or nobody sees it."""
        wanted = self.page.locator(selector).first
        wanted.wait_for(state="attached")
        for _ in range(most):
            self.page.keyboard.press("Tab")
            is_there, outline = wanted.evaluate(_FOCUS)
            if is_there:
                assert outline != "none", f"nobody sees that {selector} has the focus"
                return
        pytest.fail(f"{selector} is not reached with the keyboard")

    def press(self, selector: str, key: str = "Enter") -> None:
        """Reaches it and presses a key there."""
        self.reach(selector)
        self.page.keyboard.press(key)

    def follow(self, selector: str, key: str = "Enter") -> None:
        """Reaches it, presses a key there, and waits for the page that it leads to."""
        self.reach(selector)
        with self.page.expect_navigation(wait_until="load"):
            self.page.keyboard.press(key)

    def type(self, selector: str, text: str) -> None:
        """Reaches a field and writes into it, in the place of what it held."""
        self.reach(selector)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)


class Hand:
    """Somebody with a mouse or a finger, who does the same."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, selector: str, key: str = "") -> None:
        """Clicks."""
        self.page.locator(selector).first.click()

    def follow(self, selector: str, key: str = "") -> None:
        """Clicks, and waits for the page that it leads to."""
        with self.page.expect_navigation(wait_until="load"):
            self.press(selector)

    def type(self, selector: str, text: str) -> None:
        """Fills in a field."""
        self.page.locator(selector).first.fill(text)
