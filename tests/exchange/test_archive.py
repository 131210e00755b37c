"""A community in one file: out of one database, back in another of the other kind, the same to the last byte."""

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from service.api.welcoming import first_token
from service.database import Database, open_database
from service.errors import ServiceError
from service.exchange.archive import restore_archive, write_archive
from service.models.period import Period
from service.models.tables import METADATA, table_of
from service.models.upload import Upload
from service.records.copying import KEPT, LEFT_OUT, kept_tables
from service.records.entries import Key
from service.records.verification import verify
from tests.builders import POSTGRESQL_AS_PROOF, Client, Coalition, coalition, define, refusal
from tests.records.coalition import START, adopted, changing, fill_every_table, found_coalition, reading
from tests.trust.test_backup import writing

QUESTIONS = (
    "", "/actors", "/contributions", "/figures?from=2025&to=2025", "/indicators/jobs/figure?from=2025&to=2025&by=sex",
    "/indicators/jobs/series?from=2025&to=2025&frequency=Q", "/indicators/jobs/explanation?from=2025&to=2025",
    "/indicators/jobs/versions", "/progress", "/proposals", "/reviews", "/imports", "/events", "/events/proof", "/targets",
    "/objectives",
)  # fmt: skip

_FROM_SQLITE_WITH_EVERY_RUN = pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.proof)], indirect=True
)


def archived(database: Database, code: str) -> bytes:
    """The archive of a community."""
    file = io.BytesIO()
    with reading(database, code) as connection:
        community = METADATA.tables["community_code"]
        number = connection.execute(select(community.c.community_id).where(community.c.code == code)).scalar_one()
        write_archive(connection, number, code, START, file)
    return file.getvalue()


def rows(database: Database, community_id: int) -> dict[str, list[Any]]:
    """Every row of every table of a community, less its number, with whatever the tables hold."""
    found = {}
    with reading(database, community_id) as connection:
        for table in METADATA.sorted_tables:
            if "community_id" in table.c and table.name not in ("community_code", "job", "idempotency_key"):
                columns = [column for column in table.c if column.name != "community_id"]
                chosen = select(*columns).where(table.c.community_id == community_id).order_by(*table.primary_key)
                found[table.name] = [tuple(row) for row in connection.execute(chosen)]
    return found


@pytest.fixture
def elsewhere(database: Database, new_database: Callable[[str], str]) -> Iterator[Database]:
    """An empty database of the other engine, in which a community of its own has the first number."""
    other = open_database(new_database("postgresql" if database.is_sqlite else "sqlite"))
    fill_every_table(other, "other")
    yield other
    other.dispose()


def test_every_table_is_kept_or_left_out_for_a_reason() -> None:
    assert set(METADATA.tables) == KEPT | set(LEFT_OUT), "is it part of what a community recorded? then it is kept"
    assert not KEPT & set(LEFT_OUT)


@_FROM_SQLITE_WITH_EVERY_RUN
def test_every_row_comes_back_on_the_other_engine(database: Database, elsewhere: Database) -> None:
    fill_every_table(database)
    with changing(database) as connection:
        connection.execute(update(table_of(Upload)).values(status="rejected", finished_at=START + timedelta(hours=1)))
    content = archived(database, "full")
    with elsewhere.write() as connection:
        restored = restore_archive(connection, io.BytesIO(content))
    assert (restored.code, restored.community_id) == ("full", 2)
    here, there = rows(database, 1), rows(elsewhere, 2)
    left = {
        "alert",
        "alert_watch",
        "digest_recipient",
        "invitation",
        "person",
        "token",
        "upload_part",
        "webhook",
        "webhook_turn",
    }
    assert set(here) == KEPT | left
    for table in KEPT:
        assert here[table], table
        assert there[table] == here[table], table
    assert not [table for table in left if there[table]]
    with elsewhere.audit() as connection:
        assert verify(connection) == []
    again = archived(elsewhere, "full")
    with zipfile.ZipFile(io.BytesIO(content)) as first, zipfile.ZipFile(io.BytesIO(again)) as second:
        assert {name: first.read(name) for name in first.namelist()} == {name: second.read(name) for name in second.namelist()}
        french = first.read("README.txt").decode()
        ends = json.loads(first.read("manifest.json"))["journal"]
        assert "jalon import-archive FICHIER" in french and ends["hash"] in french
        assert json.loads(first.read("ledger_entry.ndjson").splitlines()[0])["period"] == "2025-Q4"


@_FROM_SQLITE_WITH_EVERY_RUN
def test_what_waits_for_an_entry_is_not_part_of_it(database: Database) -> None:
    """Rows of an import under way belong to nothing yet, and the import itself would wait for ever elsewhere."""
    full = fill_every_table(database)
    ledger = METADATA.tables["ledger_entry"]
    with changing(database) as connection:
        row = connection.execute(select(ledger).limit(1)).one()._asdict() | {"batch": 99}
        connection.execute(ledger.insert().values(row))
        counted = connection.execute(select(func.count()).select_from(ledger)).scalar_one()
    assert full.community_id == 1
    with zipfile.ZipFile(io.BytesIO(archived(database, "full"))) as archive:
        assert len(archive.read("ledger_entry.ndjson").splitlines()) == counted - 1
        assert archive.read("upload.ndjson") == b""


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux says how much memory was needed at most")
@pytest.mark.parametrize("count", [20_000, 1_000_000])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_memory_does_not_grow_with_the_ledger(
    database: Database, new_database: Callable[[str], str], count: int, tmp_path: Path
) -> None:
    lab = found_coalition(database)
    lab.change(START, adopted("daily", frequency="D", effective_from=None))
    first = Period.parse("1500-01-01").number
    for start in range(0, count, 100_000):
        piece = range(start, min(start + 100_000, count))
        lab.record(START, *((Key(2, first + number % 100_000, 2 + number // 100_000 % 2, 0), str(number)) for number in piece))
    elsewhere = open_database(new_database("postgresql"))
    with (tmp_path / "lab.zip").open("w+b") as file:
        Path("/proc/self/clear_refs").write_text("5")
        before = _kilobytes("VmRSS")
        began = time.perf_counter()
        with reading(database) as connection:
            write_archive(connection, 1, "lab", START, file)
        written = time.perf_counter()
        with elsewhere.write() as connection:
            restored = restore_archive(connection, file)
        back = time.perf_counter()
        grown = _kilobytes("VmHWM") - before
        print(f"{count} rows, {file.seek(0, 2)} bytes, {grown} kB more at most, {restored.number} entries")
        print(f"written in {written - began:.1f} s, brought back in {back - written:.1f} s")
    elsewhere.dispose()
    assert grown < 100_000


def _kilobytes(name: str) -> int:
    """What Linux says of this process's memory."""
    return int(next(line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name)))


def played(client: Client) -> Coalition:
    """A community of which there is something to ask: parts, corrections, texts, an import, a decision under way."""
    lac = coalition(client, ["a", "b"])
    lac.adopt(
        define("jobs", dimensions=[{"code": "sex", "codes": ["F", "M"]}]),
        {"kind": "set_target", "indicator": "jobs", "period": "2025", "from_period": "2025", "value": "90"},
    )
    lac.report("a", "jobs", "2025-Q1", "12345678901234567890123456.123456789012", comment="=A1 é")
    lac.report("a", "jobs", "2025-Q2", "0", dimensions={"sex": "F"})
    lac.report("b", "jobs", "2025-Q1", "-0.5")
    lac.report("b", "jobs", "2025-Q1", "7", evidence="https://example.org")
    file = "indicator,period,value\r\n" + "".join(f"jobs,2024-Q{quarter},{quarter}\r\n" for quarter in range(1, 5))
    headers = {"Content-Type": "text/csv", "Prefer": "wait=30"}
    assert lac.members["a"].ask("POST", "/imports", content=file.encode(), headers=headers).json()["status"] == "succeeded"
    lac.support.post("/reviews", {"title": "2025"})
    lac.support.patch("", {"charter": {"decision_rule": "consent"}})
    change = {"kind": "set_target", "indicator": "jobs", "period": "2026", "from_period": "2026", "value": "9"}
    lac.members["a"].post("/proposals", {"title": "More", "rationale": "r", "changes": [change]})
    return lac


@pytest.mark.proof
def test_it_answers_the_same_elsewhere(client: Client, elsewhere: Database) -> None:
    lac = played(client)
    response = lac.support.ask("GET", "/export")
    assert (response.status_code, response.headers["content-type"]) == (200, "application/zip")
    assert 'filename="lac.zip"' in response.headers["content-disposition"]
    with elsewhere.write() as connection:
        community_id = restore_archive(connection, io.BytesIO(response.content)).community_id
        token = first_token(connection, community_id, client.clock)
    with Client(elsewhere, now=client.clock) as there:
        for question in QUESTIONS:
            path = f"/v1/communities/{lac.code}{question}"
            here, back = client.ask("GET", path, lac.support.token), there.ask("GET", path, token)
            assert (back.status_code, back.content) == (here.status_code, here.content) == (200, here.content), question
        for secret in (lac.support.token, lac.members["a"].token):
            assert there.ask("GET", f"/v1/communities/{lac.code}", secret).status_code == 401, (
                "tokens stay where they were made"
            )


@pytest.mark.proof
def test_taken_while_members_write_it_is_one_instant(client: Client, elsewhere: Database) -> None:
    lac = coalition(client, ["a"])
    lac.adopt(define("jobs", dimensions=[{"code": "sex", "codes": ["F", "M"]}]))
    with writing(lac) as statuses:
        while len(statuses) < 10:
            time.sleep(0.01)
        content = lac.support.ask("GET", "/export").content
        taken = len(statuses)
        while len(statuses) < taken + 10:
            time.sleep(0.01)
    assert set(statuses) <= {200, 201}, "writers go on"
    with elsewhere.write() as connection:
        restored = restore_archive(connection, io.BytesIO(content))
    ends = lac.support.get("/events/proof", number=restored.number)
    assert ends["hash"] == restored.hash, "what does not verify would not have been let in"
    assert lac.support.get("/events/proof")["number"] > restored.number


@POSTGRESQL_AS_PROOF
def test_members_do_not_take_it_away(shared: Client) -> None:
    lac = coalition(shared)
    assert refusal(lac.members["a"].ask("GET", "/export")) == (403, "support_only")
    body = {"name": "no reader", "scopes": ["administer"]}
    blind = lac.support.post("/actors/appui/tokens", body)["token"]
    path = f"/v1/communities/{lac.code}/export"
    assert refusal(shared.ask("GET", path, blind)) == (403, "insufficient_scope")


def _changed(content: bytes, name: str, change: Callable[[bytes], bytes | None], mend: bool = False) -> bytes:
    """The archive with one file changed or (None) gone; with `mend` the manifest is made to fit."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(made, "w") as written:
        parts = {one: archive.read(one) for one in archive.namelist()}
        after = change(parts[name])
        parts = {one: part for one, part in parts.items() if one != name} | ({} if after is None else {name: after})
        if mend and after is not None:
            manifest = json.loads(parts["manifest.json"])
            for part in manifest["files"]:
                if part["path"] == name:
                    part["sha256"] = sha256(after).hexdigest()
            parts["manifest.json"] = json.dumps(manifest).encode()
        for one, part in parts.items():
            written.writestr(one, part)
    return made.getvalue()


def _newer(manifest: bytes) -> bytes:
    return manifest.replace(b'"version": 1', b'"version": 2')


_FAULTS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("broken_archive", lambda content: b"PK nothing of the sort"),
    ("broken_archive", lambda content: content[: len(content) // 2]),
    ("broken_archive", lambda content: _changed(content, "cell.ndjson", lambda part: None)),
    ("broken_archive", lambda content: _changed(content, "manifest.json", lambda part: b"[]")),
    ("broken_archive", lambda content: _changed(content, "actor.ndjson", lambda part: part + b"[1]\n", mend=True)),
    ("broken_archive", lambda content: _changed(content, "actor.ndjson", lambda part: part + part, mend=True)),
    ("broken_archive", lambda content: _changed(content, "actor.ndjson", lambda part: part + b'{"nu": 1}\n', mend=True)),
    ("broken_archive", lambda content: _changed(content, "actor.ndjson", lambda part: part + b'{"number": 9}\n', mend=True)),
    ("broken_archive", lambda content: _changed(content, "target.ndjson", lambda p: p.replace(b'"12.5"', b"12.5"), mend=True)),
    ("broken_archive", lambda content: _changed(content, "ledger_entry.ndjson", _of_nobody, mend=True)),
    ("archive_altered", lambda content: _changed(content, "ledger_entry.ndjson", lambda part: part.replace(b'"2"', b'"3"'))),
    ("archive_too_new", lambda content: _changed(content, "manifest.json", _newer)),
    ("archive_not_as_recorded", lambda content: _changed(content, "ledger_entry.ndjson", _three_for_two, mend=True)),
    ("archive_not_as_recorded", lambda content: _changed(content, "manifest.json", lambda p: p.replace(b'"full"', b'"fool"'))),
    ("code_taken", lambda content: _changed(content, "manifest.json", lambda p: p.replace(b'"full"', b'"other"'))),
]


def _of_nobody(part: bytes) -> bytes:
    return part.replace(b'"actor":2', b'"actor":77')


def _three_for_two(part: bytes) -> bytes:
    assert b'"value":"2"' in part
    return part.replace(b'"value":"2"', b'"value":"3"')


@pytest.mark.proof
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_not_as_it_was_written_is_refused_and_leaves_nothing(database: Database, elsewhere: Database) -> None:
    """Back into the engine it came from as well: each tells mistakes in words of its own."""
    fill_every_table(database)
    content = archived(database, "full")
    with database.write() as connection:
        connection.execute(METADATA.tables["community_code"].update().values(code="other"))
    for target in (database, elsewhere):
        before = rows(target, 1)
        for code, spoilt in _FAULTS:
            with pytest.raises(ServiceError) as refused, target.write() as connection:
                restore_archive(connection, io.BytesIO(spoilt(content)))
            assert refused.value.code == code, (refused.value.code, refused.value.detail)
        with target.audit() as connection:
            codes = connection.execute(select(METADATA.tables["community_code"].c.code)).scalars().all()
        assert codes == ["other"] and rows(target, 1) == before
        assert {table.name for table in kept_tables()} == KEPT
