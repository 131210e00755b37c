"""Clients generated from the contract: without a warning, compiled, and telling one story to the running service."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.serving import Served, jalon

HERE = Path(__file__).parent
CONTRACT = HERE.parents[1] / "openapi" / "openapi.json"
PATIENCE = 600
pytestmark = pytest.mark.proof

JAVA_CLIENTS = ("python", "typescript-fetch", "java")
UNREACHABLE = re.compile(
    "ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|NewConnectionError|NameResolutionError|Max retries|ProxyError"
)
NOISE = re.compile(
    # It says so of every contract of version 3.1.
    "OpenAPI 3.1 support is still in beta"
    # A varying number of times for the same contract, also of one with a single path; we do not know what it means by it.
    "|Failed to get the schema name: null"
    # Of the query parameters `from` and `import`: it tries their names for a model, and makes none.
    r"|(From|Import) \(reserved word\) cannot be used as model name"
    # Java shows no example in the comment of a method whose body is an object.
    "|Ignoring complex example on request body"
)
"""What the generator of openapi-generator says of any contract like this one. What else it warns of fails."""


def _program(name: str, found: str | None) -> str:
    """Where the program is; skips the test where this machine lacks it, and fails where it should be there."""
    if found is None and os.environ.get("CI") == "true":
        pytest.fail(f"{name} is not installed here")
    if found is None:
        pytest.skip(f"{name} is not installed here")
    return found


def _run(command: Sequence[str | Path], where: Path, **environment: str) -> str:
    said = subprocess.run(
        command, cwd=where, env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert said.returncode == 0, said.stdout[-5000:] + said.stderr[-5000:]
    return said.stdout + said.stderr


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One running service for all stories, each in a community of its own."""
    with jalon(f"sqlite:///{tmp_path_factory.mktemp('served')}/jalon.db", {}) as running:
        yield running


def _fetch(command: Sequence[str | Path], where: Path) -> None:
    """Run what installs packages; skips, and says so, where the registry cannot be reached."""
    try:
        _run(command, where)
    except AssertionError as failed:
        if not UNREACHABLE.search(str(failed)):
            raise
        pytest.skip(f"{command[0]} reaches no registry")


def _install_programs(folder: Path) -> Path:
    _run([sys.executable, "-m", "venv", folder], folder)
    _fetch([folder / "bin" / "pip", "install", "--quiet", "-r", HERE / "generators.txt"], folder)
    return folder / "bin"


def _install_packages(folder: Path) -> Path:
    for name in ("node", "npm"):
        _program(name, shutil.which(name))
    for file in HERE.iterdir():
        if file.suffix in (".json", ".ts", ".yaml"):
            shutil.copy(file, folder)
    _fetch(["npm", "ci", "--prefer-offline", "--no-audit", "--no-fund"], folder)
    return folder


@pytest.fixture(scope="module")
def installing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Future[Path], Future[Path]]]:
    """What is fetched from PyPI and from npm, both at once."""
    with ThreadPoolExecutor(2) as two:
        pypi, npm = (tmp_path_factory.mktemp(name) for name in ("generators", "node"))
        yield two.submit(_install_programs, pypi), two.submit(_install_packages, npm)


@pytest.fixture(scope="module")
def programs(installing: tuple[Future[Path], Future[Path]]) -> Path:
    """The programs of an environment with the pinned generators of PyPI."""
    return installing[0].result()


@pytest.fixture(scope="module")
def node(installing: tuple[Future[Path], Future[Path]]) -> Path:
    """A folder with the pinned packages, the stories and `bin`, the folder of their programs."""
    return installing[1].result()


def _bin(folder: Path, name: str) -> Path:
    return folder / "node_modules" / ".bin" / name


def _tell(command: Sequence[str | Path], served: Served, *more: Path) -> None:
    address = f"http://127.0.0.1:{served.port}"
    assert _run([*command, address, served.operator, *more], HERE, NODE_NO_WARNINGS="1").strip() == "told"


def test_openapi_python_client(served: Served, programs: Path, tmp_path: Path) -> None:
    generator = programs / "openapi-python-client"
    command: list[str | Path] = ["generate", "--path", CONTRACT, "--output-path", tmp_path / "jalon_client", "--meta", "none"]
    said = _run([generator, *command, "--config", HERE / "openapi-python-client.yaml"], tmp_path)
    assert "warning" not in said.lower() and "error" not in said.lower(), said
    _run([sys.executable, "-m", "compileall", "-q", "jalon_client"], tmp_path)
    _tell([programs / "python", HERE / "story_python_client.py"], served, tmp_path)


def test_openapi_fetch(served: Served, node: Path) -> None:
    # Without the flag whatever has a default would have to be sent.
    types = node / "generated" / "schema.d.ts"
    said = _run([_bin(node, "openapi-typescript"), CONTRACT, "--default-non-nullable=false", "-o", types], node)
    assert "warn" not in said.lower(), said
    _run([_bin(node, "tsc"), "-p", "."], node)
    _tell(["node", node / "told" / "story_fetch.js"], served)


def test_hey_api(node: Path) -> None:
    said = _run([_bin(node, "openapi-ts"), "-i", CONTRACT, "-o", "hey", "-c", "@hey-api/client-fetch"], node)
    assert "warn" not in said.lower() and "error" not in said.lower(), said
    _compile(node, "hey")


def _compile(node: Path, what: str) -> None:
    settings = json.loads((node / "tsconfig.json").read_text("utf-8"))
    settings["compilerOptions"] |= {"noEmit": True}
    (node / f"tsconfig.{what}.json").write_text(json.dumps({**settings, "include": [f"{what}/**/*.ts"]}), "utf-8")
    _run([_bin(node, "tsc"), "-p", f"tsconfig.{what}.json"], node)


@pytest.fixture(scope="module")
def by_java(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, str]]:
    """The clients of openapi-generator, by its name for them: where each was written, and what was said meanwhile."""
    _program("java", shutil.which("java"))
    generator = programs / "openapi-generator-cli"
    folder = tmp_path_factory.mktemp("java")

    def generate(name: str) -> tuple[Path, str]:
        written = folder / name
        # It leaves out the model of a form, also where the form is one of several bodies, and imports it all the same.
        forms = ["--global-property", "skipFormModel=false"]
        return written, _run([generator, "generate", "-g", name, "-i", CONTRACT, "-o", written, *forms], folder)

    with ThreadPoolExecutor(2) as two:
        return dict(zip(JAVA_CLIENTS, two.map(generate, JAVA_CLIENTS), strict=True))


@pytest.mark.parametrize("name", JAVA_CLIENTS)
def test_openapi_generator(name: str, by_java: dict[str, tuple[Path, str]], request: pytest.FixtureRequest) -> None:
    written, said = by_java[name]
    warned = [line for line in said.splitlines() if " WARN " in line or " ERROR " in line]
    assert [line for line in warned if not NOISE.search(line)] == []
    if name == "python":
        _run([sys.executable, "-m", "compileall", "-q", "openapi_client"], written)
    if name == "typescript-fetch":
        node: Path = request.getfixturevalue("node")
        shutil.copytree(written, node / "fetch")
        _compile(node, "fetch")


LINTERS: dict[str, Callable[[Path], list[str | Path]]] = {
    "redocly": lambda node: [_bin(node, "redocly"), "lint", "--extends=recommended", "--max-problems=500", CONTRACT],
    "spectral": lambda node: [_bin(node, "spectral"), "lint", "--fail-severity=hint", "-r", node / "spectral.yaml", CONTRACT],
}


@pytest.mark.parametrize("linter", LINTERS)
def test_lint_is_clean(linter: str, node: Path) -> None:
    said = _run(LINTERS[linter](node), node, REDOCLY_TELEMETRY="off", REDOCLY_SUPPRESS_UPDATE_NOTICE="true")
    assert not re.search(r"\b[1-9]\d* (warning|error|problem)", said), said
