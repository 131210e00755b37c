"""The catalogue of seeded bugs fits the tree: that each is caught is seen on demand, by `python -m tests.faults`."""

import ast
from pathlib import Path

import pytest

from tests.faults.catalogue import HOUSE, SeededBug, catalogue, put_in

BUGS = catalogue()


def _tests_in(path: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.FunctionDef)}


def test_there_are_twenty_seeded_bugs() -> None:
    assert len(BUGS) >= 20
    assert len({bug.says for bug in BUGS}) == len(BUGS)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_seeded_bug_is_one_mistake_in_the_service_as_it_is(bug: SeededBug) -> None:
    changed = [line.split()[-1] for line in bug.patch.read_text("utf-8").splitlines() if line.startswith("+++ ")]
    assert len(changed) == 1 and changed[0].startswith("b/service/")
    assert put_in(bug, HOUSE, only_check=True) == ""


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_seeded_bug_says_what_is_wrong_and_names_who_catches_it(bug: SeededBug) -> None:
    assert bug.says.endswith(".")
    assert 1 <= len(bug.tests) <= 3
    for test in bug.tests:
        path, _, name = test.partition("::")
        assert name.partition("[")[0] in _tests_in(HOUSE / path), f"{test} is not there"
