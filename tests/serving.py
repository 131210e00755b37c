"""Real processes on free ports: the service as `jalon serve` runs it, and others beside it."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

_HOUSE = Path(__file__).parent.parent
_JALON = [sys.executable, "-m", "service"]
_PATIENCE = 30.0
"""Seconds until a process must answer."""


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Served:
    """A service that runs: its port, an operator's token for it, its process."""

    port: int
    operator: str
    process_id: int


@contextmanager
def process(command: Sequence[str], environment: Mapping[str, str], port: int, path: str) -> Iterator[int]:
    """Run `command` until the block ends; enter with its process id once `path` is answered with 200.

    Raises RuntimeError with what the process said where it never is.
    """
    with tempfile.TemporaryFile("w+") as said:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("JALON_")}
        running = subprocess.Popen(command, cwd=_HOUSE, env={**kept, **environment}, stdout=said, stderr=subprocess.STDOUT)
        try:
            if not _answers(running, f"http://127.0.0.1:{port}{path}"):
                said.seek(0)
                raise RuntimeError(said.read())
            yield running.pid
        finally:
            running.terminate()
            running.wait(_PATIENCE)


def _answers(running: "subprocess.Popen[bytes]", address: str) -> bool:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and running.poll() is None:
        try:
            if httpx.get(address).status_code == 200:
                return True
        except httpx.TransportError:
            pass  # Not listening yet.
        time.sleep(0.05)
    return False


@contextmanager
def jalon(database_url: str, environment: Mapping[str, str]) -> Iterator["Served"]:
    """Serve the database, migrated."""
    settings = {"JALON_DATABASE_URL": database_url, **environment}
    _command(settings, "migrate")
    token = _command(settings, "operator-token", "create", "benchmark").splitlines()[-1].strip()
    port = free_port()
    with process([*_JALON, "serve", "--port", str(port)], settings, port, "/readyz") as process_id:
        yield Served(port, token, process_id)


def _command(settings: Mapping[str, str], *arguments: str) -> str:
    command = [*_JALON, *arguments]
    return subprocess.run(
        command, cwd=_HOUSE, env={**os.environ, **settings}, check=True, capture_output=True, text=True
    ).stdout


@contextmanager
def application(module_and_name: str, path: str) -> Iterator[Served]:
    """Serve an ASGI application as uvicorn does by default, less its log, once `path` is answered with 200. No token: ""."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        module_and_name,
        "--port",
        str(port),
        "--log-level",
        "warning",
        "--no-access-log",
    ]
    with process(command, {}, port, path) as process_id:
        yield Served(port, "", process_id)
