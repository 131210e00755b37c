"""What is installed is what was meant: no package older than its lower bound, none without one, and the lock within them."""

import re
import tomllib
from importlib.metadata import requires, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

HOUSE = Path(__file__).parent.parent


def declared() -> list[Requirement]:
    """The packages of pyproject.toml, those of its extras too."""
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))["project"]
    extras = (one for packages in project.get("optional-dependencies", {}).values() for one in packages)
    return [Requirement(one) for one in (*project["dependencies"], *extras)]


def test_every_package_has_a_lower_bound_and_what_is_installed_keeps_it() -> None:
    assert len(declared()) > 10
    for one in declared():
        assert any(bound.operator in (">=", "==") for bound in one.specifier), f"{one.name} has no lower bound"
        if one.marker is None or one.marker.evaluate():
            assert one.specifier.contains(version(one.name), prereleases=True), (
                f"{one.name} {version(one.name)}: {one.specifier}"
            )


def test_the_lock_keeps_every_bound_that_anything_asks_for() -> None:
    lines = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", (HOUSE / "requirements.lock").read_text("utf-8"), re.MULTILINE)
    locked = {re.sub(r"[-_.]+", "-", name).lower(): Version(number) for name, number in lines}
    for one in declared():
        number = locked[re.sub(r"[-_.]+", "-", one.name).lower()]
        assert one.specifier.contains(number, prereleases=True), f"{one.name} {number}: {one.specifier}"
    # Only what is installed can say what it asks for; of other versions pip asks, where `.ci/run` resolves the lock.
    present = [name for name, number in locked.items() if Version(version(name)) == number]
    assert present
    for name in present:
        for text in requires(name) or []:
            needed = Requirement(text)
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                assert needed.specifier.contains(locked[re.sub(r"[-_.]+", "-", needed.name).lower()], prereleases=True), text
