"""Texts about people can go: out of every answer as of every instant, every row, every kept file; and the chain holds."""

import io
import json
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from service.database import Database
from service.records.verification import verify
from tests.builders import POSTGRESQL_AS_PROOF, Client, Coalition, Json, Voice, coalition, contract, define, refusal
from tests.forging import rechain, tampered
from tests.uploads.sending import send

COMMUNITY = "/v1/communities/{community}"
ASKED = {
    "get_explanation": {"from": "2025-Q1", "to": "2025-Q4"},
    "get_indicator_explanation": {"from": "2025-Q1", "to": "2025-Q4"},
}
TEXTS = (
    "comment", "evidence", "replaced", "contest", "withdrawal", "validation", "imported", "checked", "unused", "said",
    "objection", "first-objection", "reading", "lesson", "replaced-lesson",
)  # fmt: skip


def canary(name: str) -> str:
    """A text nobody writes by chance, with what every format writes in its own way: quotes, commas, accents."""
    return f'"é, kanari-{name}-kanari"; ça'


def sung(content: bytes) -> set[str]:
    """The names of the canaries that sing somewhere in it."""
    return {name for name in TEXTS if f"kanari-{name}-kanari".encode() in content}


def cell(name: str) -> str:
    """A canary as a cell of a CSV file."""
    return '"' + canary(name).replace('"', '""') + '"'


class Talkative:
    """A community in which somebody has written a text wherever one can be written, and what has to be known to read it."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.lac: Coalition = coalition(
            client, ["a", "b", "o"], roles={"o": "observer"}, charter={"validation": "peer", "decision_rule": "consent"}
        )
        self.a, self.b, self.support = self.lac.members["a"], self.lac.members["b"], self.lac.support
        self._define()
        report = {"indicator": "jobs", "period": "2025-Q1", "value": "1", "comment": canary("replaced")}
        self.key: str = self.a.post("/contributions", report)["id"]
        self.resent = {**report, "value": "2", "comment": canary("comment"), "evidence": canary("evidence")}
        self.a.post("/contributions", self.resent, headers={"Idempotency-Key": "resent"})
        self.b.post(f"/contributions/{self.key}/contest", {"reason": canary("contest")})
        self.b.post(f"/contributions/{self.key}/validate", {"comment": canary("validation")})
        other = self.a.post("/contributions", {"indicator": "jobs", "period": "2025-Q2", "value": "1"})["id"]
        self.a.post(f"/contributions/{other}/withdraw", {"comment": canary("withdrawal")})
        self.keys = [self.key, other]
        head = "indicator,period,value,comment\n"
        self.imports = [
            send(self.a, f"{head}jobs,2025-Q3,3,{cell('imported')}\n")["id"],
            send(self.a, f"{head}jobs,2025-Q3,3,{cell('imported')}\n")["id"],
            send(self.a, f"{head}jobs,2025-Q3,4,{cell('checked')}\n".encode("utf-16"), mode="check")["id"],
            send(self.a, f"{head}jobs,2025-Q3,x,{cell('unused')}\n".encode("cp1252"))["id"],
        ]
        imported = self.a.get("/contributions", period="2025-Q3")["items"]
        self.keys += [one["id"] for one in imported]
        self.a.post("/contributions", {"indicator": "jobs", "period": "2025-Q3", "value": "5", "comment": canary("checked")})
        self.a.post("/contributions", {"indicator": "jobs", "period": "2025-Q3", "value": "6", "comment": canary("unused")})
        sets = {"data_elements": [{"data_element": "f7n9E0hX8qk", "indicator": "jobs"}], "org_units": {"a": "DiszpKrYNg8"}}
        mapping = {"columns": [{"column": "Montant", "field": "value"}], "dhis2": sets}
        assert self.a.ask("PUT", "/mappings/ours", json=mapping).status_code in (200, 201)
        self._deliberate()
        self._review()
        self.webhook: str = self.support.post("/webhooks", {"url": "https://hooks.example.org/"})["id"]
        digest = {"addresses": ["office@a.example"], "language": "en", "every": "day"}
        assert self.a.ask("PUT", "/actors/a/digest", json=digest).status_code == 200
        self.before: str = self.support.get("/events/proof")["instant"]
        client.clock += timedelta(hours=1)

    def _define(self) -> None:
        proposal = self.a.post("/proposals", {"title": "Jobs", "rationale": "All do.", "changes": [define("jobs")]})["id"]
        for actor in ("a", "b"):
            path = f"/proposals/{proposal}/positions/{actor}"
            assert self.lac.members[actor].ask("PUT", path, json={"position": "support"}).status_code == 200
        assert self.support.post(f"/proposals/{proposal}/close")["status"] == "adopted"

    def _deliberate(self) -> None:
        self.proposal: str = self.a.post(
            "/proposals", {"title": "More", "rationale": "Asked for.", "changes": [define("more")]}
        )["id"]
        said = {"comment": canary("said")}
        self.lac.members["o"].post(f"/proposals/{self.proposal}/comments", said, headers={"Idempotency-Key": "said"})
        for reason in ("first-objection", "objection"):
            body = {"position": "object", "reason": canary(reason)}
            assert self.b.ask("PUT", f"/proposals/{self.proposal}/positions/b", json=body).status_code == 200
        amended = {"changes": [define("more", unit="people")], "rationale": "Clearer."}
        self.a.post(f"/proposals/{self.proposal}/amend", amended, headers={"Idempotency-Key": "amended"})

    def _review(self) -> None:
        self.review: str = self.support.post("/reviews", {"title": "2025", "at": "2025-Q4"})["id"]
        reading = {"indicator": "jobs", "text": canary("reading")}
        self.b.patch(f"/reviews/{self.review}", {"readings": [reading], "lessons": [{"text": canary("replaced-lesson")}]})
        self.b.patch(f"/reviews/{self.review}", {"lessons": [{"text": canary("lesson")}]})
        self.support.post(f"/reviews/{self.review}/close", headers={"Idempotency-Key": "closed"})

    def replay(self) -> dict[str, Json]:
        """What is answered again to the requests that were sent with a key."""
        return {
            "resent": self.a.post("/contributions", self.resent, headers={"Idempotency-Key": "resent"}),
            "said": self.lac.members["o"].post(
                f"/proposals/{self.proposal}/comments", {"comment": canary("said")}, headers={"Idempotency-Key": "said"}
            ),
            "closed": self.support.post(f"/reviews/{self.review}/close", headers={"Idempotency-Key": "closed"}),
            "amended": self.a.post(
                f"/proposals/{self.proposal}/amend",
                {"changes": [define("more", unit="people")], "rationale": "Clearer."},
                headers={"Idempotency-Key": "amended"},
            ),
        }

    def erase(self, voice: Voice, kind: str, thing: str, **more: Any) -> Json:
        """Erases texts."""
        return voice.post("/erasures", {"what": {"kind": kind, "id": thing, **more}, "reason": "Asked for."})

    def erase_all(self) -> None:
        """The support erases every text there is."""
        for key in self.keys:
            self.erase(self.support, "contribution", key)
        self.erase(self.support, "proposal_comment", self.proposal)
        self.erase(self.support, "position", self.proposal)
        self.erase(self.support, "review_note", self.review)

    def answers(self) -> Iterator[tuple[str, bytes]]:
        """What every reading of the contract answers: to the support and to a writer; as of before; as CSV."""
        known = {
            "actor": ["a"],
            "objective": ["common"],
            "indicator": ["jobs"],
            "number": ["1"],
            "proposal": ["1", self.proposal],
            "contribution": self.keys,
            "import_id": self.imports,
            "review": [self.review],
            "name": ["ours"],
            "webhook": [self.webhook],
        }
        for path, item in contract()["paths"].items():
            if "get" not in item or not path.startswith(COMMUNITY):
                continue
            operation = item["get"]
            names = [parameter["name"] for parameter in operation.get("parameters", [])]
            media_types = operation["responses"]["200"]["content"]
            paths = [path.removeprefix(COMMUNITY)]
            for name, values in known.items():
                paths = [one.replace(f"{{{name}}}", value) for one in paths for value in values]
            for one in dict.fromkeys(paths):
                assert "{" not in one, f"this test must know a value for {one}"
                queries: list[Json] = [{}]
                if "as_of" in names:
                    queries.append({"as_of": self.before})
                if {"from", "to"} <= set(names):
                    queries = [{**query, "from": "2025-Q1", "to": "2025-Q4"} for query in queries]
                if "mapping" in names:
                    queries = [{**query, "mapping": "ours"} for query in queries]
                if "indicators" in names:
                    queries = [{**query, "indicators": "jobs"} for query in queries]
                accepted = [accept for accept in ("application/json", "text/csv") if accept in media_types] or ["*/*"]
                sent = [(self.support, query, accept) for query in queries for accept in accepted]
                for voice, query, accept in (*sent, (self.a, queries[0], accepted[0])):
                    answer = voice.ask("GET", one, params=query, headers={"Accept": accept})
                    assert answer.status_code < 500
                    yield operation["operationId"] if answer.status_code == 200 else "", _unzipped(answer.content)


def _unzipped(content: bytes) -> bytes:
    """What an archive or a workbook holds, file after file; anything else as it is."""
    if not content.startswith(b"PK\x03\x04"):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return b"\n".join(archive.read(name) for name in archive.namelist())


def rows(connection: Connection) -> Iterator[tuple[str, bytes]]:
    """Every row of every table, as bytes; what is compressed is unpacked."""
    for name in all_tables(connection):
        for row in connection.execute(text(f"SELECT * FROM {name}")):
            kept = [_unpacked(bytes(value)) if isinstance(value, (bytes, memoryview)) else str(value).encode() for value in row]
            yield name, b"\n".join(kept)


def all_tables(connection: Connection) -> list[str]:
    """The names of all tables, ours or not."""
    if connection.dialect.name == "sqlite":
        return list(connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars())
    return list(connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars())


def _unpacked(value: bytes) -> bytes:
    try:
        unpacked = zlib.decompress(value)
    except zlib.error:
        return value
    return unpacked.decode("utf-16").encode() if unpacked[:2] in (b"\xff\xfe", b"\xfe\xff") else unpacked


def differences(database: Database) -> list[str]:
    """What `jalon verify` says."""
    with database.audit() as connection:
        return verify(connection)


@pytest.mark.proof
def test_what_was_erased_is_nowhere(shared: Client) -> None:
    talk = Talkative(shared)
    answered = list(talk.answers())
    heard = set().union(*(sung(content) for operation, content in answered if operation != "get_export"))
    taken_away = set().union(*(sung(content) for operation, content in answered if operation == "get_export"))
    reached = {operation for operation, _ in answered} - {""}
    readings = {
        item["get"]["operationId"] for path, item in contract()["paths"].items() if path.startswith(COMMUNITY) and "get" in item
    }
    assert reached == readings, "this test must know how to ask all of them"
    replaced = {"replaced-lesson", "first-objection"}
    assert heard == set(TEXTS) - replaced, "what was replaced is in answers as of before only, and these came at one instant"
    assert taken_away == set(TEXTS), "an archive holds all that was said"
    assert sung(json.dumps(talk.replay(), ensure_ascii=False).replace('\\"', '"').encode()) >= {"comment", "said", "reading"}
    with shared.database.audit() as connection:
        kept = {(table, name) for table, row in rows(connection) for name in sung(row)}
    assert {name for _, name in kept} == set(TEXTS)
    assert {table for table, _ in kept} == {
        "ledger_entry", "proposal_comment", "position", "review_note", "idempotency_key", "upload_part",
    }  # fmt: skip

    talk.erase_all()

    asked = 0
    for operation, content in talk.answers():
        asked += 1
        assert not sung(content), operation
    replays = talk.replay()
    assert not sung(json.dumps(replays).encode())
    assert (replays["resent"]["comment"], replays["resent"]["erased"], replays["resent"]["value"]) == (None, True, "2")
    assert (replays["said"]["comment"], replays["said"]["erased"]) == (None, True)
    with shared.database.audit() as connection:
        assert not {(table, name) for table, row in rows(connection) for name in sung(row)}
        assert verify(connection) == []
    print(f"{len(TEXTS)} texts erased, {asked} answers without them")


def test_no_byte_of_it_is_left_in_the_file(light_client: Client, tmp_path: Path) -> None:
    """SQLite overwrites what it deletes; what its log still holds goes with the next checkpoint."""
    talk = Talkative(light_client)
    kept = sorted(tmp_path.glob("jalon-*"))
    assert set().union(*(sung(file.read_bytes()) for file in kept))
    talk.erase_all()
    with closing(sqlite3.connect(kept[0])) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert not any(sung(file.read_bytes()) for file in sorted(tmp_path.glob("jalon-*")))


def test_what_was_erased_says_so_and_by_whom(client: Client) -> None:
    talk = Talkative(client)
    before = talk.a.get(f"/contributions/{talk.key}")
    assert (before["comment"], before["erased"]) == (canary("comment"), False)
    made = talk.erase(talk.support, "contribution", talk.key)
    assert (made["kind"], made["id"], made["texts"], made["imports"]) == ("contribution", talk.key, 4, [])
    after = talk.a.get(f"/contributions/{talk.key}")
    assert after == before | {"comment": None, "evidence": None, "erased": True}
    history = talk.a.get(f"/contributions/{talk.key}/history")["items"]
    assert [(one["kind"], one["comment"], one["erased"]) for one in history] == [
        ("report", None, True),
        ("report", None, True),
        ("contest", None, True),
        ("validation", None, True),
    ]
    talk.erase(talk.support, "proposal_comment", talk.proposal)
    (said,) = talk.a.get(f"/proposals/{talk.proposal}/comments")["items"]
    assert (said["actor"], said["comment"], said["erased"]) == ("o", None, True)
    assert talk.erase(talk.support, "position", talk.proposal)["texts"] == 2
    first = talk.a.get(f"/proposals/{talk.proposal}")["rounds"][0]
    assert first["positions"] == [{"actor": "b", "position": "object", "reason": None, "erased": True}]
    assert talk.erase(talk.support, "review_note", talk.review)["texts"] == 3
    review = talk.a.get(f"/reviews/{talk.review}")
    assert [(one["actor"], one["text"], one["erased"]) for one in review["readings"] + review["lessons"]] == [
        ("b", None, True)
    ] * 2
    with client.database.audit() as connection:
        entry = connection.execute(text("SELECT * FROM journal_entry WHERE kind = 'texts_erased' ORDER BY number")).first()
    assert entry is not None
    subject = json.loads(entry.subject)
    assert (entry.number, subject["kind"], subject["id"], subject["reason"]) == (
        made["journal"],
        "contribution",
        talk.key,
        "Asked for.",
    )
    assert len(subject["texts"]) == 4
    assert differences(client.database) == []


def test_an_imports_file_goes_with_the_text_in_it(client: Client) -> None:
    talk = Talkative(client)
    unheard = send(talk.a, "indicator,period,value,comment\njobs,2025-Q4,3,kanari\n")["id"]
    made = talk.erase(talk.support, "contribution", talk.keys[2])
    assert made["imports"] == talk.imports
    for number in talk.imports:
        assert talk.a.get(f"/imports/{number}")["report"] is None
        assert refusal(talk.a.ask("GET", f"/imports/{number}/report")) == (404, "report_erased")
    assert talk.a.ask("GET", f"/imports/{unheard}/report").status_code == 200
    # What was reported stands, and can be taken back; what is said again is another text.
    assert talk.a.get(f"/contributions/{talk.keys[2]}")["value"] == "6"
    talk.a.post("/contributions", {"indicator": "jobs", "period": "2025-Q3", "value": "6", "comment": "Again"})
    assert talk.a.get(f"/contributions/{talk.keys[2]}")["erased"] is False
    assert differences(client.database) == []


def test_undoing_an_import_does_not_bring_a_text_back(client: Client) -> None:
    lac = coalition(client, ["a"])
    lac.adopt(define("jobs"))
    key = lac.report("a", "jobs", "2025-Q1", "1", comment=canary("comment"))["id"]
    number = send(lac.members["a"], "indicator,period,value\njobs,2025-Q1,2\n")["id"]
    lac.support.post("/erasures", {"what": {"kind": "contribution", "id": key}, "reason": "Asked for."})
    lac.members["a"].post(f"/imports/{number}/undo")
    stands = lac.members["a"].get(f"/contributions/{key}")
    assert (stands["value"], stands["comment"], stands["erased"]) == ("1", None, False)
    assert differences(client.database) == []


@POSTGRESQL_AS_PROOF
def test_who_may_erase_what(shared: Client) -> None:
    """Everybody what is theirs: who wrote it and, of a report, whom it was written for. The support anything."""
    talk = Talkative(shared)
    a, b, o = talk.a, talk.b, talk.lac.members["o"]

    def refused(voice: Voice, kind: str, thing: str, **more: Any) -> tuple[int, str]:
        return refusal(voice.ask("POST", "/erasures", json={"what": {"kind": kind, "id": thing, **more}, "reason": "."}))

    assert refused(a, "position", talk.proposal, actor="b") == (403, "not_your_text")
    assert refused(a, "position", talk.proposal) == (409, "nothing_to_erase")
    assert refused(a, "proposal_comment", talk.proposal) == (409, "nothing_to_erase")
    assert talk.erase(o, "proposal_comment", talk.proposal)["texts"] == 1
    assert refused(o, "proposal_comment", talk.proposal) == (409, "nothing_to_erase")
    history = a.get(f"/contributions/{talk.key}/history")["items"]
    assert talk.erase(b, "contribution", talk.key, journal=history[3]["journal"])["texts"] == 1
    assert refused(b, "contribution", talk.key, journal=history[0]["journal"]) == (409, "nothing_to_erase")
    assert talk.erase(a, "contribution", talk.key)["texts"] == 2
    left = [one["comment"] for one in b.get(f"/contributions/{talk.key}/history")["items"]]
    assert left == [None, None, canary("contest"), None]
    for_b = {"indicator": "jobs", "actor": "b", "period": "2025-Q1", "value": "1", "comment": "x"}
    own = talk.support.post("/contributions", for_b)
    assert talk.erase(b, "contribution", own["id"])["texts"] == 1
    assert talk.erase(talk.support, "position", talk.proposal, actor="b")["texts"] == 2
    for kind, thing, code in (
        ("contribution", "AAAA", "unknown_contribution"),
        ("contribution", "nothing", "unknown_contribution"),
        ("position", "99", "unknown_proposal"),
        ("proposal_comment", "01", "unknown_proposal"),
        ("review_note", "x", "unknown_review"),
    ):
        assert refused(talk.support, kind, thing) == (422, code)
    assert refused(talk.support, "position", talk.proposal, actor="nobody") == (422, "unknown_actor")
    token = talk.support.post("/actors/a/tokens", {"name": "feed", "scopes": ["read", "contribute"]})["token"]
    assert refused(Voice(shared, talk.lac.code, token), "contribution", talk.key) == (403, "insufficient_scope")
    assert refused(talk.lac.anonymous, "contribution", talk.key) == (401, "token_needed")
    assert differences(shared.database) == []


def test_who_keeps_values_to_itself_keeps_texts_too(client: Client) -> None:
    """A contribution that one may not see is not told from one that is not there."""
    lac = coalition(client, ["a", "b"], charter={"show_actor_values": False})
    lac.adopt(define("jobs"))
    key = lac.report("a", "jobs", "2025-Q1", "1", comment="x")["id"]
    body = {"what": {"kind": "contribution", "id": key}, "reason": "."}
    assert refusal(lac.members["b"].ask("POST", "/erasures", json=body)) == (422, "unknown_contribution")


def test_texts_go_where_the_work_has_ended_too(client: Client) -> None:
    lac = coalition(client, ["a"])
    lac.adopt(define("jobs"))
    key = lac.report("a", "jobs", "2025-Q1", "1", comment=canary("comment"))["id"]
    lac.adopt({"kind": "close_community"})
    body = {"what": {"kind": "contribution", "id": key}, "reason": "Asked for."}
    assert lac.members["a"].post("/erasures", body)["texts"] == 1
    assert lac.members["a"].get(f"/contributions/{key}")["erased"] is True
    assert differences(client.database) == []


def test_an_answer_kept_for_another_community_keeps_its_text(client: Client) -> None:
    """Two communities say the same word for word: one has it erased, and the other's answer is still what it was."""
    made = []
    for _ in range(2):
        lac = coalition(client, ["a"])
        lac.adopt(define("jobs"))
        body = {"indicator": "jobs", "period": "2025-Q1", "value": "1", "comment": "Counted"}
        made.append((lac, body, lac.members["a"].post("/contributions", body, headers={"Idempotency-Key": "k"})))
    (lac, body, mine), (other, _, theirs) = made
    lac.support.post("/erasures", {"what": {"kind": "contribution", "id": mine["id"]}, "reason": "Asked for."})
    assert lac.members["a"].post("/contributions", body, headers={"Idempotency-Key": "k"})["comment"] is None
    assert other.members["a"].post("/contributions", body, headers={"Idempotency-Key": "k"}) == theirs


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE ledger_entry SET erased = {other}, salt = NULL WHERE erased IS NOT NULL", "what entry {report} brought"),
        ("UPDATE proposal_comment SET erased = {other} WHERE erased IS NOT NULL", "what entry {comment} brought"),
        ("UPDATE ledger_entry SET erased = NULL WHERE erased IS NOT NULL", "what entry {report} brought"),
        ("UPDATE ledger_entry SET comment = 'Back' WHERE erased IS NOT NULL", "what entry {report} brought"),
        ("UPDATE ledger_entry SET salt = {other} WHERE erased IS NOT NULL", "what entry {report} brought"),
        ("UPDATE journal_entry SET subject = '{{}}' WHERE kind = 'texts_erased'", "entry {erasure} is not what its hash"),
        ("UPDATE journal_entry SET kind = 'nothing' WHERE kind = 'texts_erased'", "entry {erasure} is not what its hash"),
    ],
)
def test_an_erased_row_is_held_to_its_digest(client: Client, statement: str, found: str) -> None:
    lac = coalition(client, ["a"], charter={})
    lac.adopt(define("jobs"))
    key = lac.report("a", "jobs", "2025-Q1", "1", comment="x")["id"]
    said = lac.support.post("/proposals/1/comments", {"comment": "Yes"})
    (report,) = lac.support.get(f"/contributions/{key}/history")["items"]
    lac.support.post("/erasures", {"what": {"kind": "contribution", "id": key}, "reason": "."})
    erasure = lac.support.post("/erasures", {"what": {"kind": "proposal_comment", "id": "1"}, "reason": "."})
    assert differences(client.database) == []
    names = {"report": report["journal"], "comment": said["journal"], "erasure": erasure["journal"] - 1}
    other = "X'AB'" if client.database.is_sqlite else r"'\xab'::bytea"
    with tampered(client.database) as connection:
        connection.execute(text(statement.format(other=other)))
        first = verify(connection)[0]
    assert found.format(**names) in first


def test_who_erases_past_the_service_is_found(client: Client) -> None:
    """With the digest in its place the chain holds, and no entry says so. Nor does a text come back unseen."""
    lac = coalition(client, ["a"])
    lac.adopt(define("jobs"))
    key = lac.report("a", "jobs", "2025-Q1", "1", comment="x")["id"]
    with client.database.audit() as connection:
        kept = connection.execute(text("SELECT comment, salt FROM ledger_entry")).one()
    lac.support.post("/erasures", {"what": {"kind": "contribution", "id": key}, "reason": "."})
    with tampered(client.database) as connection:
        back = "UPDATE ledger_entry SET comment = :comment, salt = :salt, erased = NULL"
        connection.execute(text(back), {"comment": kept.comment, "salt": kept.salt})
        assert verify(connection) == ["community lac: a text that came with entry 5 is there, and entry 6 erased it"]
    with tampered(client.database) as connection:
        connection.execute(text("DELETE FROM journal_entry WHERE kind = 'texts_erased'"))
        rechain(connection, 1, "lac")
        (found,) = verify(connection)
        assert "a text that came with entry 5 is gone, and no entry erased it" in found
