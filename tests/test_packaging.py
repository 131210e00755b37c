"""What is published is what was tested: the wheel holds all that a machine without the repository needs, the lock the rest."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from hatchling.build import build_wheel
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.serving import free_port, process

HOUSE = Path(__file__).parent.parent
PROJECT = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))["project"]
LOCK = (HOUSE / "requirements.lock").read_text("utf-8")

# Packages that are there without an import of ours, each with what needs it.
WORK_UNSEEN = {
    "psycopg": "the driver behind postgresql+psycopg:// addresses",
    "python-multipart": "read by Starlette when a form arrives",
    "tzdata": "read by zoneinfo where the system has no time zones",
}
# Packages that are imported without being asked for, each a part of one that is.
COME_ALONG = {
    "numpy": "pandas",
    "pydantic-core": "pydantic, which pins it",
    "typing-extensions": "pydantic; Python 3.11 lacks TypeAliasType",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as `pip install .` makes it, without asking a registry for the backend."""
    folder = tmp_path_factory.mktemp("wheel")
    before = Path.cwd()
    os.chdir(HOUSE)  # The backend builds the project it stands in.
    try:
        return folder / build_wheel(str(folder))
    finally:
        os.chdir(before)


def _tracked(*folders: str) -> set[str]:
    """The files of the repository below these folders, less what the interpreter leaves behind."""
    return {
        path.relative_to(HOUSE).as_posix()
        for folder in folders
        for path in (HOUSE / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_the_service_its_data_and_its_migrations(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    assert _tracked("service") <= held
    assert {f"service/{name}" for name in _tracked("migrations")} <= held
    assert any(name.startswith("service/demo/") and not name.endswith(".py") for name in held), (
        "the demonstration needs its data"
    )


def test_the_wheel_brings_nothing_but_the_service(wheel: Path) -> None:
    """A top-level `tests` or `migrations` would collide with those of whoever installs Jalon beside something else."""
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert tops == {"service", f"jalon-{PROJECT['version']}.dist-info"}


def test_the_wheel_carries_the_licences(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        licences = {name: archive.read(name).decode() for name in archive.namelist() if "/licenses/" in name}
    assert licences[f"jalon-{PROJECT['version']}.dist-info/licenses/LICENSE"] == (HOUSE / "LICENSE").read_text("utf-8")
    assert any("service/demo/" in name and "UNHCR" in text for name, text in licences.items()), "the data's own notice"


def test_an_installation_without_the_repository_can_migrate(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    _run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(site), str(wheel)],
        tmp_path,
    )
    environment = {"PYTHONPATH": str(site), "JALON_DATABASE_URL": f"sqlite:///{tmp_path}/jalon.db"}
    where = _run([sys.executable, "-c", "import service; print(service.__file__)"], tmp_path, environment)
    assert Path(where.strip()).is_relative_to(site), "the repository would answer for the wheel"
    command = [sys.executable, str(site / "bin" / "jalon")]
    _run([*command, "migrate"], tmp_path, environment)
    token = _run([*command, "operator-token", "create", "first"], tmp_path, environment).splitlines()[-1]
    assert token.startswith("jln_")


def _run(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JALON_", "PYTHON"))}
    done = subprocess.run(command, cwd=folder, env=kept | (environment or {}), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def _named(requirements: list[str]) -> dict[str, Requirement]:
    return {canonicalize_name(parsed.name): parsed for parsed in map(Requirement, requirements)}


def test_every_package_is_used_and_every_used_package_named() -> None:
    """A package that comes along with another may go as it came; one that nobody imports costs whoever audits it."""
    distributions = packages_distributions()
    imported = set()
    for path in [*(HOUSE / "service").rglob("*.py"), *(HOUSE / "migrations").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                imported.add(node.module.split(".")[0])
    foreign = imported - set(sys.stdlib_module_names) - {"service"}
    used = {canonicalize_name(distribution) for name in foreign for distribution in distributions[name]}
    assert (used | set(WORK_UNSEEN)) - set(COME_ALONG) == set(_named(PROJECT["dependencies"]))


def _locked() -> dict[str, Version]:
    return {
        canonicalize_name(name): Version(version) for name, version in re.findall(r"^([\w.\[\]-]+)==(\S+)", LOCK, re.MULTILINE)
    }


def test_the_lock_fits_what_the_project_asks_for() -> None:
    locked = _locked()
    asked = _named(PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"])
    assert set(asked) <= set(locked), "make the lock anew, as its head says"
    assert not [name for name, requirement in asked.items() if locked[name] not in requirement.specifier]


def test_the_lock_names_hashes_and_no_registry() -> None:
    pins = re.findall(r"^[\w.\[\]-]+==\S+.*?(?=^\S|\Z)", LOCK, re.MULTILINE | re.DOTALL)
    assert len(pins) == len(_locked())
    assert not [pin.split(" ")[0] for pin in pins if "--hash=sha256:" not in pin]
    assert not re.search(r"://|--(extra-)?index|--find-links|--trusted", LOCK)


@pytest.fixture(scope="module")
def empty_environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a fresh environment after `pip install .` on what an image's builder is given, and on nothing else.

    Every package that the service needs is then one that the project asks for, and every file one that is let through.
    """
    folder = tmp_path_factory.mktemp("image")
    for line in (HOUSE / ".dockerignore").read_text("utf-8").splitlines():
        if line.startswith("!"):
            source, target = HOUSE / line[1:], folder / "source" / line[1:]
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                target.parent.mkdir(exist_ok=True)
                shutil.copyfile(source, target)
    _run([sys.executable, "-m", "venv", str(folder / "jalon")], folder)
    programs = folder / "jalon" / "bin"
    _run([str(programs / "pip"), "install", "--quiet", "."], folder / "source")
    return programs


@pytest.mark.proof
def test_an_empty_environment_gets_all_it_needs(empty_environment: Path, tmp_path: Path) -> None:
    contract = _run([str(empty_environment / "jalon"), "openapi"], tmp_path)
    assert contract == (HOUSE / "openapi" / "openapi.json").read_text("utf-8")


@pytest.mark.proof
def test_the_image_serves_and_its_health_check_sees_it(empty_environment: Path, tmp_path: Path) -> None:
    """The Dockerfile's own commands, for a machine that cannot build images; only the port is another."""
    written = (HOUSE / "Dockerfile").read_text("utf-8")
    check, serve = (json.loads(command) for command in re.findall(r"CMD (\[.*\])$", written, re.MULTILINE))
    port = str(free_port())
    check = [part.replace(":8000", f":{port}") for part in check]
    environment = {"PATH": f"{empty_environment}:{os.environ['PATH']}", "JALON_DATABASE_URL": f"sqlite:///{tmp_path}/jalon.db"}
    with process([str(empty_environment / serve[0]), *serve[1:], "--port", port], environment, int(port), "/readyz"):
        _run([str(empty_environment / check[0]), *check[1:]], tmp_path, environment)
