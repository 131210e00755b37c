"""The command `jalon`: what it prints, what it exits with, what it leaves behind."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from service import cli
from service.api.bearer import digest_of
from service.app import contract_as_text
from service.database import migrate, open_database
from service.records.tokens import find_operator_token
from service.settings import describe_settings
from tests.builders import Client, coalition, define
from tests.postgres import server, tools_folder
from tests.records.coalition import changing
from tests.serving import free_port, jalon

HOUSE = str(Path(cli.__file__).parents[1])
Jalon = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Jalon:
    """Runs the command with a database; its exit code, what it printed, what it complained of."""

    def command(database_url: str | None, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["jalon", *arguments])
        if database_url is not None:
            monkeypatch.setenv("JALON_DATABASE_URL", database_url)
        capsys.readouterr()
        try:
            cli.main()
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return command


def test_an_operators_token_is_the_last_line_and_works(run: Jalon, database_url: str) -> None:
    code, out, _ = run(database_url, "operator-token", "create", "the town")
    token = out.splitlines()[-1]
    assert code == 0
    database = open_database(database_url)
    with database.read() as connection:
        kept = find_operator_token(connection, digest_of(token))
    database.dispose()
    assert kept is not None
    assert kept.name == "the town"
    assert kept.expires_at is not None and (kept.expires_at - kept.created_at).days == 90
    _, listed, _ = run(database_url, "operator-token", "list")
    assert re.fullmatch(rf"{kept.number}\t\S+Z\tin force until \S+Z\tnever used\tthe town\n", listed)
    assert token not in listed
    assert run(database_url, "operator-token", "revoke", str(kept.number))[0] == 0
    assert "revoked" in run(database_url, "operator-token", "list")[1]
    code, _, complaint = run(database_url, "operator-token", "revoke", str(kept.number))
    assert (code, "no operator's token" in complaint) == (1, True)


def test_a_new_sqlite_file_is_made_ready(run: Jalon, tmp_path: Path) -> None:
    code, out, _ = run(f"sqlite:///{tmp_path}/new.db", "operator-token", "create", "x")
    assert code == 0
    assert out.splitlines()[-1].startswith("jln_0_")


def test_a_database_that_is_not_migrated_is_refused(run: Jalon, database_url: str) -> None:
    assert run(database_url, "migrate", "base")[0] == 0
    for command in (["verify"], ["operator-token", "list"], ["operator-token", "revoke", "1"]):
        code, _, complaint = run(database_url, *command)
        assert (code, "jalon migrate" in complaint) == (1, True)
    assert run(database_url, "migrate")[0] == 0
    assert run(database_url, "operator-token", "list") == (0, "", "")
    code, _, complaint = run(database_url, "migrate", "nowhere")
    assert (code, "no revision nowhere" in complaint) == (1, True)


def test_verify_prints_what_differs(run: Jalon, client: Client, database_url: str) -> None:
    lac = coalition(client, ["a"])
    lac.adopt(define("jobs"))
    lac.report("a", "jobs", "2025-Q1", "5")
    assert run(database_url, "verify")[:2] == (0, "Everything is as it was recorded.\n")
    with changing(client.database) as connection:
        connection.exec_driver_sql("UPDATE ledger_entry SET value = '6'")
    code, out, complaint = run(database_url, "verify")
    assert code == 1
    assert "lac" in out
    assert "differences" in complaint


def test_usage_and_refusals_exit_differently(run: Jalon, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    assert run(url, "no-such-command")[0] == 2
    assert run(url, "serve", "--port", "x")[0] == 2
    assert run(url, "operator-token", "create", "")[0] == 2
    code, _, complaint = run(url, "serve", "--workers", "2")
    assert (code, "SQLite allows one worker" in complaint) == (2, True)
    assert run(url, "restore", str(tmp_path / "nothing"))[0] == 1
    monkeypatch.setenv("JALON_RATE_LIMIT", "fast")
    code, _, complaint = run(url, "serve")
    assert (code, "JALON_RATE_LIMIT" in complaint) == (2, True)


def test_serve_lists_every_setting(run: Jalon) -> None:
    _, out, _ = run(None, "serve", "--help")
    for name, _, meaning in describe_settings():
        assert name in out
        assert meaning.split(".")[0][:40] in out


def test_openapi_prints_the_contract(run: Jalon) -> None:
    assert run("sqlite:////nowhere/at/all.db", "openapi") == (0, contract_as_text(), "")


def test_backup_and_restore(
    run: Jalon,
    client: Client,
    database_url: str,
    new_database: Callable[[str], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", f"{tools_folder()}:{os.environ['PATH']}")
    lac = coalition(client, ["a"])
    lac.adopt(define("jobs"))
    lac.report("a", "jobs", "2025-Q1", "12345678901234567890123456.123456789012")
    kept = tmp_path / "kept"
    assert run(database_url, "backup", str(kept))[0] == 0
    assert kept.stat().st_mode & 0o077 == 0, "it holds what members told each other in confidence"
    assert [file.name for file in tmp_path.glob("kept*")] == ["kept"]
    lac.report("a", "jobs", "2025-Q2", "1")
    assert run(database_url, "backup", str(kept))[0] == 1, "a backup is not written over"
    assert run(database_url, "restore", str(kept))[0] == 1, "nor is a database"
    other = new_database("sqlite" if database_url.startswith("sqlite") else "postgresql")
    assert run(other, "migrate", "base")[0] == 0
    _empty(other)
    assert run(other, "restore", str(kept))[0] == 0
    assert run(other, "verify")[0] == 0
    restored = open_database(other)
    with Client(restored, now=client.clock) as again:
        answer = again.ask("GET", "/v1/communities/lac/contributions", lac.members["a"].token).json()
    restored.dispose()
    assert [item["value"] for item in answer["items"]] == ["12345678901234567890123456.123456789012"]


def test_a_community_is_brought_back_from_its_archive(
    run: Jalon, light_client: Client, new_database: Callable[[str], str], tmp_path: Path
) -> None:
    lac = coalition(light_client, ["a"])
    lac.adopt(define("jobs"))
    lac.report("a", "jobs", "2025-Q1", "12345678901234567890123456.123456789012")
    kept = tmp_path / "lac.zip"
    kept.write_bytes(lac.support.ask("GET", "/export").content)
    proof = lac.support.get("/events/proof")
    other = new_database("sqlite")
    code, out, _ = run(other, "import-archive", str(kept))
    assert code == 0 and proof["hash"] in out.splitlines()[0]
    assert run(other, "verify", "--expect", f"lac:{proof['number']}:{proof['hash']}")[0] == 0
    code, _, complaint = run(other, "import-archive", str(kept))
    assert (code, "lac already" in complaint) == (1, True)
    restored = open_database(other)
    with Client(restored) as again:
        answer = again.ask("GET", "/v1/communities/lac/contributions", out.splitlines()[-1]).json()
    restored.dispose()
    assert [item["value"] for item in answer["items"]] == ["12345678901234567890123456.123456789012"]
    assert run(other, "import-archive", str(tmp_path / "nothing"))[0] == 2
    kept.write_bytes(b"PK")
    code, _, complaint = run(other, "import-archive", str(kept))
    assert (code, "damaged" in complaint) == (1, True)


@pytest.mark.parametrize("may_make_roles", [False, pytest.param(True, marks=pytest.mark.proof)])
def test_an_ordinary_owner_backs_up_and_restores_elsewhere(
    run: Jalon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, may_make_roles: bool
) -> None:
    """Row security holds the owner as well, and the other server knows nothing of the role that was granted something."""
    monkeypatch.setenv("PATH", f"{tools_folder()}:{os.environ['PATH']}")
    kept = tmp_path / "kept"
    with server() as here, server() as there:
        source, target = here.owned(may_make_roles=True), there.owned(may_make_roles=may_make_roles)
        assert run(source, "migrate")[0] == 0
        database = open_database(source)
        with Client(database) as client:
            voices = [coalition(client, ["a"]).members["a"] for _ in range(2)]
            before = [voice.ask("GET", "/actors").content for voice in voices]
        database.dispose()
        assert run(source, "backup", str(kept)) == (0, "", "")
        assert run(target, "restore", str(kept)) == (0, "", "")
        assert run(target, "verify")[:2] == (0, "Everything is as it was recorded.\n")
        restored = open_database(target)
        with Client(restored, now=client.clock) as again:
            for voice, answer in zip(voices, before, strict=True):
                assert replace(voice, client=again).ask("GET", "/actors").content == answer
        with restored.read() as connection:
            user = connection.exec_driver_sql("SELECT current_user").scalar()
            assert (user == "jalon_service") == may_make_roles
            assert connection.exec_driver_sql("SELECT count(*) FROM actor").scalar() == 0
        restored.dispose()


def _empty(database_url: str) -> None:
    database = open_database(database_url)
    with database.write() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
    database.dispose()


def test_a_file_that_is_no_backup_is_refused(run: Jalon, tmp_path: Path) -> None:
    nonsense = tmp_path / "nonsense"
    nonsense.write_bytes(b"nonsense" * 1_000)
    code, _, complaint = run(f"sqlite:///{tmp_path}/new.db", "restore", str(nonsense))
    assert (code, "no backup" in complaint) == (1, True)


def test_it_serves_and_ends_when_told_to(tmp_path: Path) -> None:
    """Through a process of its own: what is under way is answered, and then it is gone."""
    url = f"sqlite:///{tmp_path}/served.db"
    with jalon(url, {}) as served:
        body = {"code": "x", "name": "x", "objective": "x", "support": {"code": "s", "name": "s", "kind": "company"}}
        address = f"http://127.0.0.1:{served.port}"
        answer = httpx.post(f"{address}/v1/communities", json=body, headers={"Authorization": f"Bearer {served.operator}"})
        assert answer.status_code == 201
        assert "server" not in answer.headers
        beside = subprocess.run(
            [sys.executable, "-m", "service", "operator-token", "create", "beside"],
            env={"JALON_DATABASE_URL": url, "PYTHONPATH": HOUSE}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        second = beside.stdout.splitlines()[-1]
        answer = httpx.post(f"{address}/v1/communities", json=body, headers={"Authorization": f"Bearer {second}"})
        assert answer.json()["code"] == "code_taken"


def test_it_ends_within_twenty_seconds(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/served.db")
    migrate(database)
    database.dispose()
    port = free_port()
    served = subprocess.Popen(
        [sys.executable, "-m", "service", "serve", "--port", str(port)],
        env={"JALON_DATABASE_URL": f"sqlite:///{tmp_path}/served.db", "PYTHONPATH": HOUSE},
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert served.stderr is not None
    for line in served.stderr:
        if "running on" in line:
            break
    with httpx.stream("GET", f"http://127.0.0.1:{port}/docs", timeout=30):
        served.send_signal(signal.SIGTERM)
        assert served.wait(20) == 0
    served.stderr.close()


def test_a_port_that_is_taken_is_a_refusal(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = subprocess.run(
            [sys.executable, "-m", "service", "serve", "--port", port],
            env=os.environ | {"JALON_DATABASE_URL": f"sqlite:///{tmp_path / 'jalon.db'}"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert ended.returncode == 1
    assert "already in use" in ended.stdout + ended.stderr


def test_alerts_are_made_as_of_an_instant(run: Jalon, new_database: Callable[[str], str]) -> None:
    url = new_database("sqlite")
    database = open_database(url)
    with Client(database) as client:
        coalition(client)
    database.dispose()
    assert run(url, "alerts", "--at", "2026-01-15T09:00:00Z")[:2] == (0, "Looked at 0 days.\n")
    assert run(url, "alerts", "--at", "2026-01-18T00:02:00Z")[:2] == (0, "Looked at 3 days.\n")
    assert run(url, "alerts", "--at", "2026-01-18T00:02:00Z")[:2] == (0, "Looked at 0 days.\n")
    assert run(url, "alerts", "--at", "tomorrow")[0] == 2
