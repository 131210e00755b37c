"""How long files are kept: until then the report is there, afterwards neither it nor a part of the file; what landed stays."""

import asyncio
import tempfile
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from starlette.requests import ClientDisconnect
from starlette.types import Message

from service.api.file_answer import FileAnswer
from service.database import Database
from service.models.instant import instant_text
from service.models.tables import table_of
from service.models.upload import UploadPart
from service.uploads.workplace import Workplace, drop_old_files
from tests.builders import Coalition, refusal
from tests.records.coalition import reading
from tests.uploads.sending import gathered, send, standing

DAYS = 7
FILE = "indicator,period,sex,value\njobs,2025-Q1,F,12\njobs,2025-Q1,X,1\n"


def sweep(made: Coalition) -> int:
    service = made.client.service_app.state.service
    return drop_old_files(Workplace(service.database, service.registers, service.clock, kept_for=timedelta(days=DAYS)))


def parts(database: Database) -> int:
    with reading(database) as connection:
        return int(connection.execute(select(func.count()).select_from(table_of(UploadPart))).scalar_one())


def test_a_file_is_kept_as_long_as_it_says_and_no_longer(database: Database) -> None:
    made = gathered(database, files_kept_days=DAYS)
    sent = send(made.members["a"], FILE, on_error="skip_rows")
    until = made.client.clock + timedelta(days=DAYS)
    assert (sent["kept_until"], sent["report"] is not None) == (instant_text(until), True)
    made.client.clock = until - timedelta(seconds=1)
    later = send(made.members["b"], FILE, on_error="skip_rows")
    assert (sweep(made), parts(database)) == (0, 4)
    assert made.members["a"].ask("GET", f"/imports/{sent['id']}/report").status_code == 200
    made.client.clock = until
    assert refusal(made.members["a"].ask("GET", f"/imports/{sent['id']}/report")) == (404, "report_dropped")
    assert (sweep(made), parts(database), sweep(made)) == (2, 2, 0)
    assert refusal(made.members["a"].ask("GET", f"/imports/{sent['id']}/report")) == (404, "report_dropped")
    assert made.members["b"].ask("GET", f"/imports/{later['id']}/report").status_code == 200
    found = made.members["a"].get(f"/imports/{sent['id']}")
    assert found == sent | {"report": None}
    assert standing(made.support) == {("jobs", "a", "2025-Q1", "F"): "12", ("jobs", "b", "2025-Q1", "F"): "12"}
    assert made.members["a"].post(f"/imports/{sent['id']}/undo")["undo"]["withdrawn"] == 1


def test_a_file_that_waits_is_kept(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    made = gathered(database, files_kept_days=DAYS)
    monkeypatch.setattr(type(made.client.service_app.state.service.imports), "wake", lambda worker: None)
    response = made.members["a"].ask("POST", "/imports", content=FILE, headers={"Content-Type": "text/csv"})
    assert (response.json()["status"], response.json()["kept_until"]) == ("queued", None)
    made.client.clock += timedelta(days=2 * DAYS)
    assert (sweep(made), parts(database)) == (0, 1)


def test_a_report_is_closed_where_its_reader_leaves_before_it_begins() -> None:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the answer
    file.write(b"row")

    async def leave(message: Message) -> None:
        raise OSError

    async def wait() -> Message:
        await asyncio.sleep(60)
        raise AssertionError

    scope = {"type": "http", "asgi": {"spec_version": "2.4"}}
    with pytest.raises(ClientDisconnect):
        asyncio.run(FileAnswer(file, {}, "text/csv")(scope, wait, leave))
    assert file.closed


def test_the_worker_sweeps(database: Database) -> None:
    made = gathered(database, files_kept_days=DAYS)
    send(made.members["a"], FILE)
    worker = made.client.service_app.state.service.imports
    made.client.clock += timedelta(days=DAYS)
    worker._resident = True
    worker._tidy()
    assert parts(database) == 0
    made.client.clock -= timedelta(days=DAYS)
    send(made.members["a"], FILE)
    made.client.clock += timedelta(days=DAYS)
    worker._tidy()
    assert parts(database) > 0, "it looks once an hour"
    worker.stop(10)  # It stays where it is called resident, and would take the jobs of whoever gets this database next.
