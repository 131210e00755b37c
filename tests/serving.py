"""Real processes on free ports: the service as `jalon serve` runs it, and others beside it."""

import multiprocessing
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path

import httpx

from service import cli
from service.api.bearer import OPERATOR, digest_of, new_token
from service.database import migrate, open_database
from service.records.tokens import create_operator_token

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
            if not _answers(lambda: running.poll() is None, f"http://127.0.0.1:{port}{path}"):
                said.seek(0)
                raise RuntimeError(said.read())
            yield running.pid
        finally:
            running.terminate()
            running.wait(_PATIENCE)


def _answers(runs: Callable[[], bool], address: str, pause: float = 0.05) -> bool:
    deadline = time.monotonic() + _PATIENCE
    # Reading the certificates of the world would cost more than the question.
    with httpx.Client(verify=False, trust_env=False) as client:
        while time.monotonic() < deadline and runs():
            try:
                if client.get(address).status_code == 200:
                    return True
            except httpx.TransportError:
                pass  # Not listening yet.
            time.sleep(pause)
    return False


@contextmanager
def jalon(database_url: str, environment: Mapping[str, str]) -> Iterator["Served"]:
    """Serve the database, migrated: here, as processes of their own for that would take longer to start than they work."""
    settings = {"JALON_DATABASE_URL": database_url, **environment}
    database, token = open_database(database_url), new_token(OPERATOR)
    migrate(database)
    with database.write() as connection:
        create_operator_token(connection, name="tests", digest=digest_of(token), now=datetime.now(UTC))
    database.dispose()
    port = free_port()
    with process([*_JALON, "serve", "--port", str(port)], settings, port, "/readyz") as process_id:
        yield Served(port, token, process_id)


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


_FORKS = multiprocessing.get_context("forkserver")
# Half of a start is reading the modules. A process that has read them and done nothing else is copied for each start.
_FORKS.set_forkserver_preload(["tests.warmed"])


@dataclass
class Restartable:
    """The service as `jalon serve` runs it, in a process of its own each time it is started: one port, one database, one log.

    The database must be migrated. Whoever starts it kills or stops it.
    """

    database_url: str
    log: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=lambda: lasting_port())
    _running: BaseProcess | None = None

    @property
    def address(self) -> str:
        """Where it listens while it runs."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def process_id(self) -> int:
        """That of the process that runs now."""
        assert self._running is not None and self._running.pid is not None
        return self._running.pid

    def start(self) -> None:
        """Returns once it is ready. Raises RuntimeError with what it said where it never is."""
        assert self._running is None
        settings = {"JALON_DATABASE_URL": self.database_url, "JALON_LOG_LEVEL": "warning", "JALON_RATE_LIMIT": "0"}
        running = _FORKS.Process(target=_serve, args=(self.port, settings | dict(self.settings), str(self.log)))
        running.start()
        self._running = running
        if not _answers(running.is_alive, f"{self.address}/readyz", 0.02):
            raise RuntimeError(self.said())

    def kill(self) -> None:
        """Ends it without a word, where it runs, and returns once it is gone."""
        if self._running is not None:
            self._running.kill()
            self._running.join()
            self._running = None

    def stop(self) -> tuple[int | None, float]:
        """Tells it to end; the code it ended with (None: it did not, and was killed) and the seconds it took."""
        assert self._running is not None
        before = time.monotonic()
        self._running.terminate()
        self._running.join(_PATIENCE)
        code, seconds = self._running.exitcode, time.monotonic() - before
        self.kill()
        return code, seconds

    def said(self) -> str:
        """All that it logged since the first start."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""


def lasting_port() -> int:
    """A port that stays free while nobody listens on it.

    The system gives none of these to clients, whose own end a port could else become: while the service is away, a client that
    keeps asking would now and then be connected with itself.
    """
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def _serve(port: int, settings: Mapping[str, str], log: str) -> None:
    written = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(written, 1)
    os.dup2(written, 2)
    for name in [name for name in os.environ if name.startswith("JALON_")]:
        del os.environ[name]
    os.environ.update(settings)
    sys.argv = ["jalon", "serve", "--port", str(port)]
    cli.main()
