"""A browser and a running service for the tests that look at pages as people do. One of each serves a file of tests."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.web.chromium import chromium


@pytest.fixture(scope="module")
def real_browser() -> Iterator[Browser]:
    """Chromium, headless. It ends with the module: while it runs, nothing else of this process may have an event loop."""
    with chromium() as browser:
        yield browser
