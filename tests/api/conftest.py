"""The coalition that a module's tests work with, made by its function `made(client)`."""

from collections.abc import Iterable

import pytest

from tests.builders import STARTS, Client, Coalition

HEAVY = frozenset(
    "test_comparisons test_deciding test_imports test_overlaps test_publication test_reviews test_stories test_trials "
    "test_vectors test_withholding".split()
)
"""Modules of many cases, run on SQLite with every change, and on PostgreSQL as proofs: both together take too long."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Makes proofs of the heavy modules' cases on PostgreSQL, before any are chosen by their marks; what is long stays so."""
    for item in items:
        is_postgresql = isinstance(item, pytest.Function) and "postgresql" in item.name
        is_heavy = item.path.stem in HEAVY and item.path.parent.name == "api"
        if is_postgresql and is_heavy and "long" not in item.keywords:
            item.add_marker(pytest.mark.proof)


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
