"""Every malformed file is answered with its code, row and column, never with a failure, and none of its rows lands; every odd
one that is understood lands what it says. Over HTTP on both engines, and through the command line."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from sqlalchemy import func, select
from typer.testing import CliRunner

from service.cli import commands
from service.database import Database, open_database
from service.models.contribution import LedgerEntry
from service.models.tables import table_of
from tests.builders import Client, Coalition, Json, Voice, coalition, define
from tests.serving import free_port
from tests.uploads.malformed import MALFORMED, Malformed
from tests.uploads.understood import UNDERSTOOD, Understood

SEX = [{"code": "sex", "codes": ["F", "M", "NA"]}]
RATIO = {"measure": "ratio", "frequency": "A", "factor": "100", "minimum": "0", "maximum": "100"}
SAYABLE = {"encoding", "decimal"}
"""What the command line can ask of it."""


def stricken(database: Database) -> Coalition:
    """The community that the files are sent to."""
    made = coalition(Client(database, upload_limit=1 << 20))
    made.adopt(
        define("jobs", dimensions=SEX),
        define("rate", **RATIO),
        define("wait", measure="mean", frequency="A"),
        define("old", frequency="A"),
        define("public", frequency="A", over_actors="single", contributors=["b"]),
        define("zone", frequency="A", dimensions=[{"code": "zone", "codes": ["7", "07"]}]),
    )
    made.adopt({"kind": "retire_indicator", "indicator": "old"})
    response = made.support.ask("PUT", "/closed-periods/2020")
    assert response.status_code < 300, response.text
    return made


def _entries(database: Database) -> int:
    """How many rows the ledger has."""
    with database.audit() as connection:
        return int(connection.execute(select(func.count()).select_from(table_of(LedgerEntry))).scalar_one())


def _sent(voice: Voice, case: Malformed | Understood) -> tuple[int | str, Json]:
    headers = {"Content-Type": "text/csv", "Prefer": "wait=60", **case.headers}
    response = voice.ask("POST", "/imports", content=case.content, headers=headers, params=case.asked)
    answer: Json = response.json()
    return (answer["status"] if response.status_code in (200, 202) else response.status_code), answer


def _differences(made: Coalition, case: Malformed) -> Iterator[str]:
    status, answer = _sent(made.members["a"], case)
    first = (answer.get("errors") or [{}])[0]
    code = answer["code"] if isinstance(case.status, int) else first.get("code")
    expected, found = [case.status, case.code, case.row, case.column], [status, code, first.get("row"), first.get("column")]
    if found != expected:
        yield f"{case.name}: {expected} expected, {found} answered"
    if _entries(made.client.database):
        yield f"{case.name}: rows landed"
    if case.row and not all(fault.get("suggestion") for fault in answer["errors"]):
        yield f"{case.name}: nothing is said that would do"


# All of them on both engines as a proof; a part with every run, which is enough to see that nothing fell over.
@pytest.mark.parametrize(
    ("engine", "step"),
    [
        ("sqlite", 2),
        ("postgresql", 12),
        pytest.param("sqlite", 1, marks=pytest.mark.proof),
        pytest.param("postgresql", 1, marks=pytest.mark.proof),
    ],
)
def test_malformed_files(new_database: Callable[[str], str], engine: str, step: int) -> None:
    opened = open_database(new_database(engine))
    made = stricken(opened)
    differences = [difference for case in MALFORMED[::step] for difference in _differences(made, case)]
    assert not differences, "\n".join(differences)
    different = [difference for case in UNDERSTOOD[::step] for difference in _misread(made, case)]
    assert not different, "\n".join(different)
    print(f"{engine}: {len(MALFORMED[::step])} malformed files, {len(UNDERSTOOD[::step])} odd ones")
    opened.dispose()


def _misread(made: Coalition, case: Understood) -> Iterator[str]:
    """What of it was not understood. What it landed is taken back, so that the next one lands its own."""
    voice, before = made.members["a"], _entries(made.client.database)
    status, answer = _sent(voice, case)
    landed = {_key(item): item["value"] or f"{item['numerator']}/{item['denominator']}" for item in _standing(voice)}
    if (status, answer.get("folded"), landed) != ("succeeded", case.folded, case.lands):
        yield f"{case.name}: {status}, {answer.get('folded')} folded, {landed}, {answer.get('errors')}"
    elif _entries(made.client.database) - before != len(case.lands):
        yield f"{case.name}: more landed than stands"
    elif case.lands:
        voice.post(f"/imports/{answer['id']}/undo")


def _standing(voice: Voice) -> list[Json]:
    return [item for item in voice.get("/contributions", limit=100)["items"] if item["status"] != "withdrawn"]


def _key(item: Json) -> tuple[str, str, str]:
    return item["indicator"], item["period"], "/".join(item["dimensions"].values())


@contextmanager
def _listening(made: Coalition) -> Iterator[str]:
    """The address at which the service of `made` can be reached while the block lasts."""
    port = free_port()
    config = uvicorn.Config(made.client.service_app, port=port, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    running = threading.Thread(target=server.run, name="service")
    running.start()
    while not server.started:
        assert running.is_alive()
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        running.join()


def _at_a_terminal(
    folder: Path, address: str, made: Coalition, case: Malformed | Understood, *more: str
) -> tuple[int, str, str]:
    """`jalon import` of the file: its exit code, what it said, and the report that it left, as text."""
    file, report = folder / "sent.csv", folder / "sent.report.csv"
    file.write_bytes(case.content)
    report.unlink(missing_ok=True)
    options = [word for name, value in case.asked.items() for word in (f"--{name}", value)]
    environment = {"JALON_SERVER": address, "JALON_TOKEN": made.members["a"].token or ""}
    command = ["import", str(file), "--community", made.code, *options, *more]
    done = CliRunner().invoke(commands, command, env=environment)
    said = f"{done.output}\n{getattr(done.exception, 'detail', '')}"
    return done.exit_code, said, report.read_bytes().replace(b"\0", b"").decode("cp1252") if report.exists() else ""


@pytest.mark.parametrize("step", [12, pytest.param(1, marks=pytest.mark.proof)])
def test_malformed_files_on_the_command_line(new_database: Callable[[str], str], tmp_path: Path, step: int) -> None:
    opened = open_database(new_database("sqlite"))
    made = stricken(opened)
    different = []
    malformed = [case for case in MALFORMED if not case.headers and case.asked.keys() <= SAYABLE][::step]
    understood = [case for case in UNDERSTOOD if not case.headers][::step]
    with _listening(made) as address:
        for case in malformed:
            code, said, report = _at_a_terminal(tmp_path, address, made, case)
            where = ", ".join(f"{name} {value}" for name, value in (("row", case.row), ("column", case.column)) if value)
            seen = (code, f"{where}: {case.code}:" in said if where else f"{case.code}:" in said, case.code in report)
            if seen != (1, True, isinstance(case.status, str)) or _entries(opened):
                different.append(f"{case.name}: {seen}, {_entries(opened)} rows landed: {said}")
        for odd in understood:
            code, said, report = _at_a_terminal(tmp_path, address, made, odd, "--check")
            if (code, report) != (0, "") or f"{len(odd.lands)} created" not in said:
                different.append(f"{odd.name}: {code}, {said}")
    assert not different, "\n".join(different)
    print(f"{len(malformed)} malformed files and {len(understood)} odd ones through the command line")
    opened.dispose()


def test_the_table_is_long_enough_and_names_each_file_once() -> None:
    names = [*(case.name for case in MALFORMED), *(case.name for case in UNDERSTOOD)]
    assert len(names) == len(set(names))
    assert len(MALFORMED) >= 150


@pytest.mark.parametrize("bad", ["x", "1.234"])
def test_skipping_rows_never_skips_what_makes_the_file_unreadable(database: Database, bad: str) -> None:
    made = stricken(database)
    content = f"indicator,period,sex,value\njobs,2025-Q1,F,1\njobs,2025-Q1,M,{bad}\n"
    headers = {"Content-Type": "text/csv", "Prefer": "wait=20"}
    response = made.members["a"].ask("POST", "/imports?on_error=skip_rows", content=content, headers=headers)
    landed = {item["dimensions"]["sex"]: item["value"] for item in made.support.get("/contributions")["items"]}
    if bad == "x":
        assert (response.json()["status"], landed) == ("succeeded", {"F": "1"})
    else:
        assert (response.json()["status"], landed) == ("rejected", {})
