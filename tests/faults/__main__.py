"""`python -m tests.faults`: puts each seeded bug into a copy of the tree, and sees whether the tests notice.

Exits 1 unless every bug asked for is caught, and unless the same tests pass on the tree as it is: a test that fails anyway
catches nothing. Needs git, and what the tests need.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.faults.catalogue import HOUSE, SeededBug, catalogue, put_in

_FAILED = re.compile(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", re.MULTILINE)
_OF_THE_CATALOGUE = ("tests/faults/", "tests/test_faults.py")
"""Not copied: that a patch no longer applies where it was applied says nothing of the bug."""


@dataclass(frozen=True, slots=True)
class Ran:
    """How pytest ended: its exit code, the ids of the tests that failed, and its last lines."""

    code: int
    failed: tuple[str, ...]
    ending: str


def main() -> int:
    """Parse the command line, run, print a line per bug; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="bugs whose names contain this (default: all)")
    parser.add_argument("--whole", action="store_true", help="run the whole default tier against each, not the tests it names")
    parser.add_argument("--jobs", type=int, default=1, help="how many bugs to run at once (default: 1)")
    asked = parser.parse_args()
    bugs = [bug for bug in catalogue() if not asked.names or any(name in bug.name for name in asked.names)]
    if not bugs:
        parser.error("no bug has such a name")
    with tempfile.TemporaryDirectory(prefix="jalon-faults-") as folder:
        # The server of the tests runs as another user where we are root; that user must be able to pass through.
        Path(folder).chmod(0o755)
        pristine = Path(folder) / "as-it-is"
        copy_tree(pristine)
        named = () if asked.whole else tuple(dict.fromkeys(test for bug in bugs for test in bug.tests))
        as_it_is = run_tests(pristine, named, to_the_end=True)
        if as_it_is.code != 0:
            print(f"The tests do not pass on the tree as it is:\n{as_it_is.ending}")
            return 1
        with ThreadPoolExecutor(asked.jobs) as running:
            caught = list(running.map(lambda bug: is_caught(bug, pristine, whole=asked.whole), bugs))
    print(f"{sum(caught)} of {len(caught)} caught")
    return 0 if all(caught) else 1


def copy_tree(to: Path) -> None:
    """Copies what git knows or would add, and nothing that is ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=HOUSE, capture_output=True, check=True
    )
    for name in sorted(set(listed.stdout.decode().split("\0")) - {""}):
        if (HOUSE / name).is_file() and not name.startswith(_OF_THE_CATALOGUE):
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(HOUSE / name, to / name)


def is_caught(bug: SeededBug, pristine: Path, *, whole: bool) -> bool:
    """Whether the tests that `bug` names, or the whole default tier, fail once it is in; prints which did."""
    tree, started = pristine.parent / bug.name, time.monotonic()
    shutil.copytree(pristine, tree)
    refused = put_in(bug, tree)
    ran = Ran(0, (), refused) if refused else run_tests(tree, () if whole else bug.tests)
    shutil.rmtree(tree)
    took = f"({time.monotonic() - started:.0f} s)"
    # 1: tests failed. Any other code says that they could not run, and then they caught nothing.
    if ran.code == 1 and ran.failed:
        print(f"caught      {bug.name} {took} by {ran.failed[0]}", flush=True)
        return True
    why = refused or (f"pytest ended with {ran.code}\n{ran.ending}" if ran.code else "every test passes")
    print(f"NOT CAUGHT  {bug.name} {took}: {why}", flush=True)
    return False


def run_tests(tree: Path, tests: Sequence[str], *, to_the_end: bool = False) -> Ran:
    """Runs `tests` in `tree` whatever their marks, or (none named) the default tier, to the first failure or `to_the_end`."""
    chosen = ["-m", "", "-n", "0", *tests] if tests else []
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--tb=no", "-p", "no:cacheprovider", *([] if to_the_end else ["-x"]), *chosen],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )
    ending = "\n".join((ran.stdout + ran.stderr).splitlines()[-15:])
    return Ran(ran.returncode, tuple(_FAILED.findall(ran.stdout)), ending)


if __name__ == "__main__":
    sys.exit(main())
