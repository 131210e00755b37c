"""Nothing is rewritten unseen: whatever is altered past the service is found, its earliest entry named first."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, delete, select, update

from service.database import Database
from service.models.community import Community, CommunityCode
from service.models.contribution import LedgerEntry
from service.models.journal import JournalEntry
from service.models.tables import METADATA, table_of
from service.records.verification import Receipt
from tests.builders import Client, coalition, define
from tests.forging import rechain, tampered, verified
from tests.records.coalition import START, fill_every_table
from tests.tampering import UNHEARD, Tamperer, Tampering, heard_columns, journaled
from tests.uploads.sending import send

ENTRY, HEAD, LEDGER = table_of(JournalEntry), table_of(Community), table_of(LedgerEntry)
SEEN_ANYWAY = {("journal_entry", column) for column in (None, "number", "digest", "previous", "hash")}
COUNTS = [pytest.param(500, 20261123, marks=pytest.mark.proof), pytest.param(10_000, None, marks=pytest.mark.long)]
"""How many, and from which seed: the gate repeats the same ones, and those on demand are new each time (None)."""


def fill(database: Database) -> None:
    """Two communities with something in every journaled table, and one whose work has ended; imports, undone and standing."""
    with Client(database, now=START + timedelta(days=30)) as client:
        lac = coalition(client, ["a", "b"])
        lac.adopt(
            define("jobs"), {"kind": "set_target", "indicator": "jobs", "period": "2026", "from_period": "2026", "value": "9"}
        )
        lac.report("a", "jobs", "2025-Q1", "5", comment="Enfin", evidence="https://example.org")
        key = lac.report("b", "jobs", "2025-Q1", "6", comment="À part")["id"]
        head = "indicator,period,value,comment\n"
        send(lac.members["a"], f"{head}jobs,2025-Q2,1,Un\njobs,2025-Q3,2,\n")
        undone = send(lac.members["b"], f"{head}jobs,2025-Q2,3,Deux\n")["id"]
        lac.members["b"].post(f"/imports/{undone}/undo")
        lac.support.post("/erasures", {"what": {"kind": "contribution", "id": key}, "reason": "Asked for."})
        lac.members["a"].post("/proposals/1/comments", {"comment": "Bien"})
        lac.support.post("/erasures", {"what": {"kind": "proposal_comment", "id": "1"}, "reason": "Asked for."})
        lac.members["a"].post("/proposals", {"title": "Late", "rationale": "Soon.", "changes": [define("late")]})
        lac.adopt({"kind": "close_community"})
    fill_every_table(database, "lab")


def receipts_of(connection: Connection) -> list[Receipt]:
    """A receipt of every entry of every community."""
    codes: dict[int, str] = {row.community_id: row.code for row in connection.execute(select(table_of(CommunityCode)))}
    return [
        Receipt(codes[row.community_id], row.number, row.hash)
        for row in connection.execute(select(ENTRY).order_by(ENTRY.c.number))
    ]


class Held:
    """Holds what verify says of a tampering against what the tampering touched."""

    def __init__(self, connection: Connection) -> None:
        self.connection, self.receipts = connection, receipts_of(connection)
        rows = connection.execute(select(table_of(CommunityCode)))
        self.codes: dict[int, str] = {row.community_id: row.code for row in rows}
        self.last = {row.community_id: row.last_number for row in connection.execute(select(HEAD))}
        self.wrong: list[str] = []

    def check(self, tampering: Tampering, found: Sequence[str], how: str = "") -> None:
        """Notes where nothing is found, or another entry is named first than the earliest touched."""
        if not found:
            self.wrong.append(f"{tampering.what}{how}: nothing was found")
        elif tampering.touched:
            community, number = min(tampering.touched)
            rows = self.connection.execute(select(table_of(CommunityCode)))
            codes = {self.codes[community], *(row.code for row in rows if row.community_id == community), f"number {community}"}
            whose = tuple(f"community {code}:" for code in codes)
            if tampering.column == "community_id":  # Where a row was moved to, something is wrong as well, and may come first.
                found = [said for said in found if said.startswith(whose)] or found
            named = re.search(r"entry (\d+)", found[0])
            if named is None or int(named[1]) != number or not found[0].startswith(whose):
                self.wrong.append(f"{tampering.what}{how}: entry {number} of {community} was touched, and found {found[:3]}")


def cut(connection: Connection, community_id: int, last: int) -> None:
    """Takes everything after an entry away, and lets the head say that it is the last: a journal that holds in itself."""
    batches = select(ENTRY.c.batch).where(ENTRY.c.community_id == community_id, ENTRY.c.number > last)
    connection.execute(delete(LEDGER).where(LEDGER.c.community_id == community_id, LEDGER.c.batch.in_(batches)))
    for table in reversed(journaled(METADATA.sorted_tables)):
        connection.execute(delete(table).where(table.c.community_id == community_id, table.c.journal > last))
    connection.execute(delete(ENTRY).where(ENTRY.c.community_id == community_id, ENTRY.c.number > last))
    row = connection.execute(select(ENTRY).where(ENTRY.c.community_id == community_id, ENTRY.c.number == last)).one()
    ends: dict[str, Any] = {"last_number": row.number, "last_instant": row.instant, "last_hash": row.hash}
    connection.execute(update(HEAD).where(HEAD.c.community_id == community_id).values(ends))


@pytest.mark.parametrize(("count", "fixed"), COUNTS)
def test_every_tampering_is_found_and_the_first_entry_named(database: Database, count: int, fixed: int | None) -> None:
    """Each column once, then at random; one in ten with all hashes taken anew or the end cut off, which only receipts show."""
    seed = Random().randrange(2**32) if fixed is None else fixed
    print(f"seed {seed}")
    random = Random(seed)
    fill(database)
    kinds: Counter[str] = Counter()
    with tampered(database) as connection:
        assert verified(connection) == []
        held, tamperer = Held(connection), Tamperer(connection, random)
        assert verified(connection, held.receipts) == []
        columns = list(tamperer.columns)
        assert len(columns) < count
        for done in range(count):
            savepoint = connection.begin_nested()
            if done % 10 == 9:
                kinds[_forge(tamperer, held)] += 1
            else:
                tampering = tamperer.of_column(columns.pop()) if columns else tamperer.at_random()
                kinds[tampering.table] += 1
                held.check(tampering, verified(connection))
            savepoint.rollback()
        assert not columns
        assert verified(connection, held.receipts) == []
    print(f"{count} tamperings: {dict(kinds)}")
    assert not held.wrong, "\n".join(held.wrong)


def _forge(tamperer: Tamperer, held: Held) -> str:
    """Alters something and hides it from the chain: then receipts find it, the last one alone as well."""
    connection, random = tamperer.connection, tamperer.random
    if random.randrange(3) == 0:
        community, code = random.choice(sorted(held.codes.items()))
        highest = max(receipt.number for receipt in held.receipts if receipt.community == code)
        last = random.randrange(1, highest)
        cut(connection, community, last)
        touched = Tampering(f"everything after entry {last} of {code} gone", "", None, frozenset({(community, last + 1)}), True)
        held.check(touched, [said for said in verified(connection, held.receipts) if "receipt" in said], " (receipts)")
        return "cut off"
    while True:
        savepoint = connection.begin_nested()
        tampering = tamperer.at_random()
        communities = {community for community, _ in tampering.touched}
        is_there = all(1 <= number <= held.last[community] for community, number in tampering.touched)
        # What the hashes are taken of: they themselves come back as they were, and the numbers must stay without gaps.
        is_hidden = tampering.in_chain and (tampering.table, tampering.column) not in SEEN_ANYWAY
        if is_there and is_hidden and len(communities) == 1 and tampering.column != "community_id":
            savepoint.commit()
            break
        savepoint.rollback()
    (community,) = communities
    rechain(connection, community, held.codes[community])
    found = verified(connection, held.receipts)
    said = [one for one in found if "receipt" in one] or found
    held.check(tampering, said, " (hashes anew)")
    ends = {receipt.community: receipt for receipt in held.receipts}
    anywhere = Tampering(tampering.what, "", None, frozenset(), True)
    held.check(anywhere, verified(connection, list(ends.values())), " (last receipt)")
    return "hashes anew"


def test_whatever_may_change_unheard_is_there() -> None:
    """A name that is no longer a table's or a column's would excuse nothing, and hide that it does."""
    columns = {f"{table.name}.{column.name}" for table in METADATA.sorted_tables for column in table.columns}
    assert set(UNHEARD) <= columns | set(METADATA.tables)
    heard = {f"{column.table.name}.{column.name}" for column in heard_columns()}
    assert heard | {name for name in columns if name in UNHEARD or name.partition(".")[0] in UNHEARD} == columns
