"""The catalogue of seeded bugs: what each patch says of itself, and how it is put into a copy of the tree.

A patch begins with what is wrong, in one sentence, and the tests that catch it:

    # Revoking a token ends the token of that number in every community.
    # Caught by: tests/trust/test_neighbours.py::test_nothing_of_a_neighbour_is_changed
"""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

HOUSE = Path(__file__).parent.parent.parent
FOLDER = Path(__file__).parent
_CAUGHT_BY = "Caught by:"


@dataclass(frozen=True, slots=True)
class SeededBug:
    """One mistake: `says` is what is wrong, `tests` are the pytest ids of those that catch it, the fastest first."""

    name: str
    says: str
    tests: tuple[str, ...]
    patch: Path


def catalogue() -> list[SeededBug]:
    """Every seeded bug, in the order of the names."""
    return [_read(patch) for patch in sorted(FOLDER.glob("*.patch"))]


def _read(patch: Path) -> SeededBug:
    said: list[str] = []
    tests: list[str] = []
    for line in patch.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            break
        words = line.removeprefix("#").strip()
        if words.startswith(_CAUGHT_BY):
            tests.append(words.removeprefix(_CAUGHT_BY).strip())
        else:
            said.append(words)
    return SeededBug(patch.stem, " ".join(said), tuple(tests), patch)


def put_in(bug: SeededBug, tree: Path, *, only_check: bool = False) -> str:
    """Applies the patch to `tree`, or only sees whether it would apply; "" where it does, else what git says.

    A folder inside of somebody's repository is a tree like any other: git is kept from looking above it.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    applied = subprocess.run(
        ["git", "apply", *(["--check"] if only_check else []), str(bug.patch)],
        cwd=tree,
        env={**environment, "GIT_CEILING_DIRECTORIES": str(tree.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if applied.returncode == 0 else applied.stderr or "git apply failed"
