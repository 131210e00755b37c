"""Checks everything that was recorded: the chain of each journal, what each entry brought, and all that can be derived."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, select

from service.database import use_community
from service.models.community import Actor, Community, CommunityCode, Membership
from service.models.contribution import CellRow
from service.models.indicator import Indicator, IndicatorVersion
from service.models.journal import JournalEntry
from service.models.objective import Objective, ObjectiveState
from service.models.period import Period
from service.models.proposal import Proposal
from service.models.tables import table_of, tables_in_order
from service.models.token import Person, Token
from service.models.upload import Upload
from service.models.vocabulary import EntryKind
from service.records.batches import rows_of
from service.records.content import LedgerDigest, entry_digest, entry_hash, line_of
from service.records.cross_checks import AT_THE_END, Difference, decisions, erasures, reviews, uploads

_IDENTITIES = (
    (Actor, Membership, "actor"),
    (Objective, ObjectiveState, "objective"),
    (Indicator, IndicatorVersion, "indicator"),
)
"""Things that have no entry of their own: they came with the first entry that says something of them."""
_COUNTED = ((Actor, "actor"), (Objective, "objective"), (Indicator, "indicator"), (Proposal, "proposal"))
"""Counters that are advanced by the entries alone: they stand where the last one given out is."""
_RUN_AHEAD = ((CellRow, "cell"), (Upload, "upload"), (Token, "token"), (Person, "token"))
"""Counters that are also advanced outside of entries: they may be ahead of what is there."""
_RECEIPT = re.compile(r"([a-z0-9-]{1,63}):([1-9][0-9]{0,17}):([0-9a-fA-F]{64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What somebody was told of a community's journal before (`GET …/events/proof`): an entry's number and hash."""

    community: str
    number: int
    hash: bytes


def parse_receipt(text: str) -> Receipt:
    """The receipt of `CODE:NUMBER:HASH`, the hash in 64 hexadecimal digits. Raises ValueError."""
    match = _RECEIPT.fullmatch(text)
    if match is None:
        raise ValueError("a receipt is written CODE:NUMBER:HASH, the hash in 64 hexadecimal digits")
    return Receipt(match[1], int(match[2]), bytes.fromhex(match[3]))


def verify(connection: Connection, receipts: Sequence[Receipt] = ()) -> list[str]:
    """What differs from what was recorded, one sentence each, in the order of communities and entries; empty where all is well.

    The first sentence of a community names the earliest entry that is not as it was. Whoever can write to the database can make
    a chain that holds in itself: cut off its end, or take every hash anew. Against that help `receipts`, kept elsewhere.
    Rows that wait for an entry to name their batch are no difference: an import is writing them, or they will be swept.
    """
    codes = _communities(connection)
    found = [
        f"community {code}: {one.sentence}"
        for number, code in codes.items()
        for one in _differences(connection, number, code, [receipt for receipt in receipts if receipt.community == code])
    ]
    unknown = dict.fromkeys(receipt.community for receipt in receipts if receipt.community not in codes.values())
    return found + [f"community {code}: it is not there, and a receipt names it" for code in unknown]


def verify_community(connection: Connection, community_id: int, receipt: Receipt) -> list[str]:
    """The same of one community, whose journal must be there up to the receipt and hold what it names."""
    return [one.sentence for one in _differences(connection, community_id, receipt.community, [receipt])]


def _communities(connection: Connection) -> dict[int, str]:
    """Every community by number, also one whose code was taken away."""
    head, code = table_of(Community), table_of(CommunityCode)
    numbers = connection.execute(select(head.c.community_id)).scalars().all()
    named = {row.community_id: row.code for row in connection.execute(select(code))}
    return {number: named.get(number, f"number {number}") for number in sorted({*numbers, *named})}


def _differences(connection: Connection, community_id: int, code: str, receipts: Sequence[Receipt]) -> list[Difference]:
    use_community(connection, community_id)
    table = table_of(JournalEntry)
    entries = list(connection.execute(select(table).where(table.c.community_id == community_id).order_by(table.c.number)))
    broken = list(_chain(code, entries))
    found = [
        *broken,
        *_content(connection, community_id, entries),
        *decisions(connection, community_id, entries),
        *uploads(connection, community_id, entries),
        *reviews(connection, community_id),
        *erasures(connection, community_id, entries, chain_holds=not broken),
        *_head(connection, community_id, entries),
        *_received(entries, receipts),
    ]
    return sorted(found, key=attrgetter("entry"))


def _chain(code: str, entries: list[Any]) -> Iterator[Difference]:
    previous: Any = None
    register = 0
    for expected, entry in enumerate(entries, start=1):
        if entry.number != expected:
            yield Difference(expected, f"entry {expected} is missing")
            return
        register = entry.number if entry.batch is None else register
        if entry.register_number != register:
            sentence = f"entry {entry.number} says that entry {entry.register_number} decided last, and entry {register} did"
            yield Difference(expected, sentence)
        if previous is not None and entry.instant <= previous.instant:
            yield Difference(expected, f"entry {entry.number} is not later than the one before")
        if entry.previous != (None if previous is None else previous.hash):
            yield Difference(expected, f"entry {entry.number} does not name the hash of the one before")
        if entry.hash != entry_hash(code, entry._asdict()):
            yield Difference(expected, f"entry {entry.number} is not what its hash was taken of")
        previous = entry


def _received(entries: list[Any], receipts: Sequence[Receipt]) -> Iterator[Difference]:
    by_number = {entry.number: entry for entry in entries}
    for receipt in receipts:
        entry = by_number.get(receipt.number)
        if entry is None:
            yield Difference(receipt.number, f"entry {receipt.number} is missing, and a receipt names it: the journal was cut")
        elif entry.hash != receipt.hash:
            sentence = f"entry {receipt.number} is not the one that a receipt names: the journal was rewritten"
            yield Difference(receipt.number, sentence)


def _content(connection: Connection, community_id: int, entries: list[Any]) -> Iterator[Difference]:
    cells = _cells(connection, community_id)
    lines, stray = lines_of_entries(connection, community_id, cells)
    yield from (Difference(AT_THE_END, sentence) for sentence in stray)
    versions = _versions(connection, community_id)
    for entry in entries:
        ledger = None
        if entry.batch is not None:
            digest = LedgerDigest(cells)
            for row in rows_of(connection, community_id, entry.batch):
                digest.add(row)
                if row.kind == EntryKind.REPORT and row.version != _in_force(versions[row.indicator], entry.number, row.period):
                    under = f"a report under version {row.version}, which was not the one in force"
                    yield Difference(entry.number, f"entry {entry.number} holds {under}")
            ledger = digest.value()
        if entry.digest != entry_digest(lines.pop(entry.number, []), ledger):
            yield Difference(entry.number, f"what entry {entry.number} brought is not what it is now")
    for number in sorted(lines):
        yield Difference(number, f"rows point to entry {number}, which is missing")


def lines_of_entries(
    connection: Connection, community_id: int, cells: Mapping[int, str]
) -> tuple[dict[int, list[str]], list[str]]:
    """The lines of every row by the entry that brought it, and what cannot be given to any."""
    found: dict[int, list[str]] = defaultdict(list)
    stray: list[str] = []
    for table in tables_in_order():
        brought_by = table.c.get("opened_journal") if table.name == "proposal" else table.c.get("journal")
        if brought_by is None or table.name == "upload":  # An import only remembers its entry; it is not brought by it.
            continue
        # Rounds that were kept before they had entries of their own belong to none (`journal` is NULL).
        of_entries = select(table).where(table.c.community_id == community_id, brought_by.is_not(None))
        for row in connection.execute(of_entries):
            found[row._mapping[brought_by]].append(line_of(table, row._asdict(), cells))
    for identity, state, column in _IDENTITIES:
        known, said = table_of(identity), table_of(state)
        first: dict[int, int] = {}
        for row in connection.execute(select(said.c[column], said.c.journal).where(said.c.community_id == community_id)):
            first[row[0]] = min(row[1], first.get(row[0], row[1]))
        for row in connection.execute(select(known).where(known.c.community_id == community_id)):
            if row.number in first:
                found[first[row.number]].append(line_of(known, row._asdict(), cells))
            else:
                stray.append(f"nothing was ever said of {column} {row.code}")
    return found, stray


def _cells(connection: Connection, community_id: int) -> dict[int, str]:
    """The stored texts of all cells as they stand there, the total's too."""
    table = table_of(CellRow)
    chosen = select(table.c.number, table.c.codes).where(table.c.community_id == community_id)
    return {row.number: row.codes for row in connection.execute(chosen)}


def _versions(connection: Connection, community_id: int) -> dict[int, list[tuple[int, int, int]]]:
    """Each indicator's versions from the last to the first: number, journal entry, and the day from which they govern."""
    table = table_of(IndicatorVersion)
    chosen = select(table).where(table.c.community_id == community_id).order_by(table.c.number.desc())
    found: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for row in connection.execute(chosen):
        effective_from = row.definition.get("effective_from") if isinstance(row.definition, dict) else None
        day = _first_day(Period.parse, effective_from) if effective_from else 0
        found[row.indicator].append((row.number, row.journal, day))
    return found


def _in_force(versions: list[tuple[int, int, int]], entry: int, period: int) -> int | None:
    day = _first_day(Period.from_number, period)
    return next((number for number, journal, begins in versions if journal < entry and begins <= day), None)


def _first_day(read: Callable[[Any], Period], written: Any) -> int:
    """The first day of a period; 0 where what stands there is none: it was not written by us, and its entry says so."""
    try:
        return read(written).first_day.toordinal()
    except (ArithmeticError, KeyError, TypeError, ValueError):
        return 0


def _head(connection: Connection, community_id: int, entries: list[Any]) -> Iterator[Difference]:
    head_of, code_of = table_of(Community), table_of(CommunityCode)
    head = connection.execute(select(head_of).where(head_of.c.community_id == community_id)).first()
    if connection.execute(select(code_of.c.code).where(code_of.c.community_id == community_id)).first() is None:
        yield Difference(AT_THE_END, "its code is missing")
    if head is None:
        yield Difference(AT_THE_END, "its head is missing")
        return
    last = entries[-1] if entries else None
    if last is None or (head.last_number, head.last_instant, head.last_hash) != (last.number, last.instant, last.hash):
        reached = 0 if last is None else last.number
        where = reached if head.last_number == reached else min(head.last_number, reached) + 1
        yield Difference(AT_THE_END, f"the journal does not end where the community says it does: entry {where} is in question")
    for model, counter in (*_COUNTED, *_RUN_AHEAD):
        table = table_of(model)
        numbers = select(table.c.number).where(table.c.community_id == community_id).order_by(table.c.number.desc()).limit(1)
        highest, given = connection.execute(numbers).scalar() or 0, getattr(head, f"last_{counter}")
        if highest > given:
            yield Difference(AT_THE_END, f"{counter} {highest} has a number that was never given out")
        elif highest < given and (model, counter) in _COUNTED:
            yield Difference(AT_THE_END, f"{counter} {given} was given a number and is not there")
    batch = max((entry.batch for entry in entries if entry.batch is not None), default=0)
    if batch > head.last_batch:
        yield Difference(AT_THE_END, f"batch {batch} has a number that was never given out")
