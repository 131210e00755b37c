"""A receipt of the journal, kept elsewhere, shows what no chain can show by itself: that its end is gone, or all of it new."""

import sys
from typing import Any

import pytest
from sqlalchemy import Connection, delete, select, text, update

from service import cli
from service.models.community import Community
from service.models.instant import instant_text
from service.models.journal import JournalEntry
from service.models.tables import table_of
from service.records.verification import Receipt, verify
from tests.builders import Client, Coalition, coalition, define, refusal
from tests.forging import rechain, tampered

ENTRY, HEAD = table_of(JournalEntry), table_of(Community)


def _lac(client: Client, **more: Any) -> Coalition:
    lac = coalition(client, ["a"], **more)
    lac.adopt(define("jobs"))
    lac.report("a", "jobs", "2025-Q1", "5")
    return lac


def _receipt(answer: dict[str, Any]) -> Receipt:
    return Receipt(answer["community"], answer["number"], bytes.fromhex(answer["hash"]))


def _entries(connection: Connection, code: str) -> list[Any]:
    numbered = text("SELECT community_id FROM community_code WHERE code = :code")
    number = connection.execute(numbered, {"code": code}).scalar_one()
    return list(connection.execute(select(ENTRY).where(ENTRY.c.community_id == number).order_by(ENTRY.c.number)))


def test_every_entry_is_proved_by_what_is_in_the_journal(shared: Client) -> None:
    lac = _lac(shared)
    before = lac.support.get("/events/proof")
    lac.report("a", "jobs", "2025-Q2", "6")
    with shared.database.audit() as connection:
        entries = _entries(connection, lac.code)
    for entry in entries:
        assert lac.members["a"].get("/events/proof", number=entry.number) == {
            "community": lac.code,
            "number": entry.number,
            "instant": instant_text(entry.instant),
            "hash": entry.hash.hex(),
            "previous": entry.previous.hex() if entry.previous else None,
        }
    last = lac.support.get("/events/proof")
    assert last == lac.support.get("/events/proof", number=len(entries))
    assert (last["number"], last["previous"]) == (before["number"] + 1, before["hash"])
    assert lac.support.get("/events/proof", as_of=before["instant"]) == before
    assert lac.support.get("/events/proof", number=before["number"]) == before
    beyond = lac.support.ask("GET", "/events/proof", params={"number": len(entries) + 1})
    assert refusal(beyond) == (404, "unknown_entry")
    assert str(len(entries)) in beyond.json()["detail"]
    later = {"number": last["number"], "as_of": before["instant"]}
    assert refusal(lac.support.ask("GET", "/events/proof", params=later)) == (404, "unknown_entry")


def test_a_proof_is_asked_again_for_nothing_new(shared: Client) -> None:
    lac = _lac(shared)
    tag = lac.support.ask("GET", "/events/proof").headers["etag"]
    assert lac.support.ask("GET", "/events/proof", headers={"If-None-Match": tag}).status_code == 304
    lac.report("a", "jobs", "2025-Q2", "6")
    assert lac.support.ask("GET", "/events/proof", headers={"If-None-Match": tag}).status_code == 200


def test_who_may_hold_a_proof(shared: Client) -> None:
    """Anybody of a public community; where its charter protects single actors, members: when something came in tells whose."""
    assert refusal(_lac(shared).anonymous.ask("GET", "/events/proof")) == (401, "token_needed")
    public = _lac(shared, visibility="public")
    assert public.anonymous.get("/events/proof") == public.support.get("/events/proof")
    guarded = _lac(shared, visibility="public", charter={"show_actor_values": False})
    assert guarded.members["a"].get("/events/proof")["number"] == guarded.support.get("/events/proof")["number"]
    assert refusal(guarded.anonymous.ask("GET", "/events/proof")) == (403, "not_published")


def test_a_receipt_finds_what_the_chain_cannot(client: Client) -> None:
    """The end cut off, and everything written anew, each with its head made to fit: in itself such a chain holds."""
    lac = _lac(client)
    receipts = [_receipt(lac.support.get("/events/proof", number=number)) for number in range(1, 6)]
    with tampered(client.database) as connection:
        assert verify(connection, receipts) == []
        connection.execute(delete(ENTRY).where(ENTRY.c.number == 5))
        connection.execute(text("DELETE FROM ledger_entry"))
        rechain(connection, 1, lac.code)
        assert verify(connection) == []
        (found,) = verify(connection, receipts)
        assert found == "community lac: entry 5 is missing, and a receipt names it: the journal was cut"
    with tampered(client.database) as connection:
        connection.execute(text("UPDATE ledger_entry SET value = '6'"))
        assert verify(connection) == ["community lac: what entry 5 brought is not what it is now"]
        rechain(connection, 1, lac.code)
        assert verify(connection) == []
        (found,) = verify(connection, receipts)
        assert found == "community lac: entry 5 is not the one that a receipt names: the journal was rewritten"
    with tampered(client.database) as connection:
        for table in ("community", "community_code", "journal_entry"):
            connection.execute(text(f"DELETE FROM {table}"))
        assert verify(connection) == []
        assert verify(connection, receipts) == ["community lac: it is not there, and a receipt names it"]


@pytest.mark.parametrize(
    ("change", "expected", "code"),
    [
        ("{code}:{number}:{hash}", "as it was recorded", 0),
        ("{code}:{number}:" + "0" * 64, "entry 5 is not the one", 1),
        ("{code}:6:{hash}", "entry 6 is missing", 1),
        ("other:{number}:{hash}", "community other: it is not there", 1),
        ("{number}:{hash}", "CODE:NUMBER:HASH", 2),
        ("{code}:{number}:abc", "CODE:NUMBER:HASH", 2),
    ],
)
def test_receipts_are_checked_on_the_command_line(
    client: Client,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    change: str,
    expected: str,
    code: int,
) -> None:
    lac = _lac(client)
    answer = lac.support.get("/events/proof")
    first = lac.support.get("/events/proof", number=1)
    said = change.format(code=answer["community"], number=answer["number"], hash=answer["hash"])
    monkeypatch.setenv("JALON_DATABASE_URL", database_url)
    monkeypatch.setattr(sys, "argv", ["jalon", "verify", "--expect", f"lac:1:{first['hash']}", "--expect", said])
    ended = 0
    try:
        cli.main()
    except SystemExit as exit_:
        ended = int(exit_.code or 0)
    printed = capsys.readouterr()
    assert ended == code
    assert expected in printed.out + printed.err


def test_a_community_without_its_code_is_still_checked(client: Client) -> None:
    lac = _lac(client)
    with tampered(client.database) as connection:
        connection.execute(text("DELETE FROM community_code"))
        assert "community number 1: its code is missing" in verify(connection)
    with tampered(client.database) as connection:
        connection.execute(update(HEAD).values(last_number=4))
        (found,) = verify(connection)
        assert "entry 5" in found
    assert lac.code == "lac"
