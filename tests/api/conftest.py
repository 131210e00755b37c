"""The coalition that a module's tests work with, made by its function `made(client)`."""

import pytest

from tests.builders import STARTS, Client, Coalition


@pytest.fixture
def lac(request: pytest.FixtureRequest, shared: Client) -> Coalition:
    """A coalition of the test's own."""
    coalition: Coalition = request.module.made(shared)
    return coalition


@pytest.fixture(scope="module")
def standing(request: pytest.FixtureRequest, shared_client: Client) -> Coalition:
    """One coalition for all tests that change nothing."""
    shared_client.clock = STARTS
    coalition: Coalition = request.module.made(shared_client)
    return coalition


@pytest.fixture
def untouched(standing: Coalition, shared: Client) -> Coalition:
    """A coalition for tests that change nothing: what is refused leaves nothing behind, and the next test would see it."""
    return standing
