"""The README's nginx configuration, run as it stands in front of the service."""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.serving import Served, free_port, jalon

README = Path(__file__).parent.parent.parent / "README.md"
NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(NGINX is None, reason="there is no nginx on this machine: Debian's nginx-light would do"),
]
SECOND = 1
"""What the seconds of the configuration are made, so that the test need not wait for them."""


def configuration(port: int, service: int, folder: Path) -> str:
    """The README's, on other ports and with shorter seconds, in what nginx needs around it to run from a folder."""
    (said,) = re.findall(r"```nginx\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert "listen 80;" in said and "127.0.0.1:8000" in said and "client_header_timeout 10s" in said
    said = said.replace("listen 80;", f"listen 127.0.0.1:{port};").replace("127.0.0.1:8000", f"127.0.0.1:{service}")
    said = re.sub(r"(client_header_timeout|client_body_timeout) \d+s", rf"\1 {SECOND}s", said)
    paths = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    user = "user root;" if os.geteuid() == 0 else ""
    return (
        f"{user} daemon off; pid {folder}/pid; error_log {folder}/log; events {{}} http {{ access_log off; {paths}\n{said} }}"
    )


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, int]]:
    """The service, and the port of an nginx in front of it."""
    folder = tmp_path_factory.mktemp("nginx")
    with jalon(f"sqlite:///{folder}/jalon.db", {}) as running:
        port = free_port()
        (folder / "nginx.conf").write_text(configuration(port, running.port, folder))
        assert NGINX is not None
        process = subprocess.Popen([NGINX, "-p", folder, "-c", folder / "nginx.conf"], stderr=subprocess.DEVNULL)
        try:
            await_answer(process, port, folder)
            yield running, port
        finally:
            process.terminate()
            process.wait(10)


def await_answer(process: "subprocess.Popen[bytes]", port: int, folder: Path) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            assert httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
            return
        except httpx.TransportError:
            log = folder / "log"
            assert process.poll() is None and time.monotonic() < deadline, log.read_text() if log.exists() else "no log"
            time.sleep(0.05)


def test_what_is_asked_and_answered_comes_through(proxied: tuple[Served, int], tmp_path: Path) -> None:
    running, port = proxied
    with httpx.Client(base_url=f"http://127.0.0.1:{port}/v1") as client:
        body = {
            "code": "lac",
            "name": "Lac",
            "objective": "Clean",
            "visibility": "members",
            "support": {"code": "s", "name": "S", "kind": "club"},
        }
        founded = client.post("/communities", json=body, headers={"Authorization": f"Bearer {running.operator}"})
        assert founded.status_code == 201
        client.headers["Authorization"] = f"Bearer {founded.json()['token']}"
        answer = client.get("/communities/lac")
        assert answer.json()["code"] == "lac"
        unchanged = client.get("/communities/lac", headers={"If-None-Match": answer.headers["etag"]})
        assert unchanged.status_code == 304
        assert client.get("/communities/lac/actors/nobody").json()["code"] == "unknown_actor"


@pytest.mark.parametrize("sent", [b"GET /readyz HTTP/1.1\r\nHost: x\r\nX-", b"POST /v1/tokens/revoke HTTP/1.1\r\nHost: x\r\n"
                                  b"Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{"])  # fmt: skip
def test_who_does_not_go_on_is_sent_away(proxied: tuple[Served, int], sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", proxied[1])) as line:
        line.settimeout(10 * SECOND)
        line.sendall(sent)
        said = line.recv(1000)
        assert said == b"" or b" 408 " in said.split(b"\r\n")[0], said


def test_a_file_past_the_limit_is_refused_before_it_is_sent(proxied: tuple[Served, int]) -> None:
    with socket.create_connection(("127.0.0.1", proxied[1])) as line:
        line.settimeout(10)
        line.sendall(b"POST /v1/communities/lac/imports HTTP/1.1\r\nHost: x\r\nContent-Length: 300000000\r\n\r\n")
        assert b" 413 " in line.recv(1000).split(b"\r\n")[0]


def test_one_address_opens_so_many_connections_and_no_more(proxied: tuple[Served, int]) -> None:
    head = b"POST /v1/tokens/revoke HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n"
    lines = []
    try:
        for _ in range(101):
            lines.append(socket.create_connection(("127.0.0.1", proxied[1])))
            lines[-1].sendall(head)
        lines[-1].settimeout(10)
        assert b" 429 " in lines[-1].recv(1000).split(b"\r\n")[0]
    finally:
        for line in lines:
            line.close()
