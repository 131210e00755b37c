"""The README is run as written: a newcomer copies it line by line, and so does this."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.settings import describe_settings
from tests.serving import jalon

HOUSE = Path(__file__).parent.parent
README = (HOUSE / "README.md").read_text("utf-8")
PROGRAMS = Path(sys.executable).parent


def _section(title: str) -> str:
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def _fenced(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_every_promise_names_tests_that_are_there() -> None:
    rows = [line for line in _section("Promises").splitlines() if line.startswith("| ") and not line.startswith("| ---")][1:]
    assert len(rows) >= 11
    for row in rows:
        named = re.findall(r"`(tests/[\w/]+\.py)`", row)
        assert named, row
        for path in named:
            assert (HOUSE / path).is_file(), path
            assert "/test_" not in path or "\ndef test_" in (HOUSE / path).read_text("utf-8"), path


def test_every_picture_is_there_and_small() -> None:
    pictures = re.findall(r"^!\[[^]]{20,}\]\((\S+)\)$", README, re.MULTILINE)
    assert len(pictures) == 2
    assert {path.name for path in (HOUSE / "tests/web/screenshots").iterdir()} == {Path(picture).name for picture in pictures}
    assert all((HOUSE / picture).stat().st_size <= 150_000 for picture in pictures)


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """That of somebody in an empty folder, beside a running `jalon serve`."""
    database = f"sqlite:///{tmp_path}/jalon.db"
    with jalon(database, {}) as served:
        yield {
            "JALON": f"http://127.0.0.1:{served.port}",
            "JALON_DATABASE_URL": database,
            "HOME": str(tmp_path),
            "PATH": f"{tmp_path / 'programs'}:{PROGRAMS}:{os.environ['PATH']}",
        }


HAS_CURL = bool(shutil.which("curl"))
STAND_IN = pytest.param(False, id="no curl", marks=[pytest.mark.long] * HAS_CURL)
"""It starts Python for each request, which takes longer than all else; where there is curl it need not stand in for it."""


@pytest.mark.parametrize("real_curl", [pytest.param(True, id="curl")] * HAS_CURL + [STAND_IN])
def test_the_story_runs_as_written(real_curl: bool, environment: dict[str, str], tmp_path: Path) -> None:
    if not real_curl:
        stand_in = tmp_path / "programs" / "curl"
        stand_in.parent.mkdir()
        stand_in.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{HOUSE / "tests" / "curl.py"}" "$@"\n')
        stand_in.chmod(0o755)
    story = _section("A coalition's story")
    script = "\nprintf '\\036'\n".join(_fenced(story, "sh"))
    folder = tmp_path / "empty"
    folder.mkdir()
    told = subprocess.run(
        ["/bin/sh", "-eu"], input=script, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout + told.stderr
    (printed,) = _fenced(story, "json")
    assert _shows(json.loads(told.stdout.split("\036")[-1]), json.loads(printed))


def _shows(answer: Any, printed: Any) -> bool:
    """Whether all that is printed in the README is so in the answer, which may hold more fields."""
    if isinstance(printed, dict):
        return all(_shows(answer[name], value) for name, value in printed.items())
    if isinstance(printed, list):
        return len(answer) == len(printed) and all(map(_shows, answer, printed))
    return bool(answer == printed)


def test_the_two_commands_are_the_ones_agreed() -> None:
    assert [block.strip() for block in _fenced(_section("Two commands"), "sh")] == [
        "pip install . && jalon demo",
        "pip install -e '.[dev]' && pytest",
    ]


def test_the_check_of_every_change_runs_the_test_command() -> None:
    assert "pip install -e '.[dev]' && pytest;" in (HOUSE / ".ci" / "run").read_text("utf-8")


def test_the_image_takes_the_first_step() -> None:
    """Written out in the Dockerfile too: where no image can be built, the step is still one that is tried."""
    assert "/bin/pip install --no-cache-dir .\n" in (HOUSE / "Dockerfile").read_text("utf-8")


def test_every_setting_is_told_as_it_is() -> None:
    rows = re.findall(r"^\| `(JALON_\w+)` \| `?(.*?)`? \| (.*) \|$", _section("Settings"), re.MULTILINE)
    assert rows == describe_settings()


def test_every_room_named_is_there() -> None:
    rooms = re.findall(r"^\| `([\w/]+)` \|", _section("Where things live"), re.MULTILINE)
    assert all((HOUSE / room).is_dir() for room in rooms)
    assert {f"service/{path.name}" for path in (HOUSE / "service").iterdir() if (path / "__init__.py").exists()} <= set(rooms)
