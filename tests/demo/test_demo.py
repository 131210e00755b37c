"""`jalon demo` as a newcomer runs it: it says what to try, that works, and nothing stays behind."""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.demo.serving import YEAR
from tests.serving import free_port

HOUSE = Path(__file__).parent.parent.parent
PATIENCE = 60.0


@contextmanager
def demo(port: int, folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """The command, with its temporary files in `folder`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JALON_")}
    running = subprocess.Popen(
        [sys.executable, "-c", "from service.cli import main; main()", "demo", "--port", str(port)],
        cwd=HOUSE,
        env={**kept, "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


def _said(running: "subprocess.Popen[str]") -> Iterator[str]:
    """What it prints until the community stands, or to the end."""
    assert running.stdout is not None
    for line in running.stdout:
        yield line.rstrip("\n")
        if "Ctrl-C" in line:
            return


def test_what_it_prints_works_and_nothing_stays_behind(tmp_path: Path) -> None:
    port, began = free_port(), time.monotonic()
    with demo(port, tmp_path) as running:
        said = list(_said(running))
        assert time.monotonic() - began < PATIENCE, said
        docs = next(line.strip() for line in said if line.strip().endswith("/docs"))
        assert httpx.get(docs, timeout=PATIENCE).status_code == 200
        commands = [shlex.split(line) for line in said if line.startswith("  curl ")]
        assert len(commands) == 3
        together, alone, contribution = (json.loads(_curl(command[1:])) for command in commands)
        for progress in (together, alone):
            lines = _lines(progress)
            assert progress["at"] == YEAR and len(lines) == 24
            assert all(line["reading"]["en"] and line["reading"]["fr"] for line in lines)
        # Percentages, durations and ordinals have no value for all operations together.
        assert sum(line["value"] is not None for line in _lines(together)) == 10
        assert sum(line["attainment"] is not None for line in _lines(alone)) >= 8
        assert contribution["outcome"] == "created"
        assert list(tmp_path.iterdir())
        running.send_signal(signal.SIGTERM)
        assert running.wait(PATIENCE) == 0
    assert not list(tmp_path.iterdir())


def _lines(progress: dict[str, Any]) -> list[dict[str, Any]]:
    return [line for objective in progress["objectives"] for line in objective["indicators"]]


def _curl(arguments: list[str]) -> str:
    command = [sys.executable, str(HOUSE / "tests" / "curl.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE).stdout


def test_a_taken_port_ends_it_with_an_error_and_without_leftovers(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with demo(taken.getsockname()[1], tmp_path) as running:
            said, _ = running.communicate(timeout=PATIENCE)
            assert running.returncode == 1, said
            assert "Address already in use" in said and "Traceback" not in said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_can_be_stopped_while_it_loads(tmp_path: Path, number: signal.Signals) -> None:
    port = free_port()
    with demo(port, tmp_path) as running:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            _wait_for(client)
        running.send_signal(number)
        said, _ = running.communicate(timeout=PATIENCE)
        assert running.returncode == 0, said
        assert "Traceback" not in said
    assert not list(tmp_path.iterdir())


def _wait_for(client: httpx.Client) -> None:
    """Until the service answers: from then on the community is being founded."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if client.get("/healthz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.01)
    raise AssertionError("it never answered")
