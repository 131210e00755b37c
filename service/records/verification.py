"""Checks everything that was recorded: the chain of each journal, what each entry brought, and all that can be derived."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, select

from service.database import use_community
from service.indicators.settlement import COMMUNITY_CLOSED
from service.models.community import Actor, Community, Membership
from service.models.contribution import CellRow
from service.models.deliberation import ProposalRound
from service.models.indicator import Indicator, IndicatorVersion
from service.models.journal import JournalEntry
from service.models.objective import Objective, ObjectiveState
from service.models.period import Period
from service.models.proposal import Proposal
from service.models.review import Review
from service.models.tables import table_of, tables_in_order
from service.models.token import Person, Token
from service.models.upload import Upload
from service.models.vocabulary import EntryKind, ProposalStatus
from service.records.batches import rows_of
from service.records.cells import codes_of
from service.records.content import LedgerDigest, entry_digest, entry_hash, line_of
from service.records.register import list_communities

_IDENTITIES = (
    (Actor, Membership, "actor"),
    (Objective, ObjectiveState, "objective"),
    (Indicator, IndicatorVersion, "indicator"),
)
"""Things that have no entry of their own: they came with the first entry that says something of them."""
_ENDINGS = frozenset({"proposal_adopted", "proposal_rejected", "proposal_withdrawn", "proposal_amended"})
_COUNTED = ((Actor, "actor"), (Objective, "objective"), (Indicator, "indicator"), (CellRow, "cell"), (Proposal, "proposal"))
_COUNTED_TOO = ((Upload, "upload"), (Token, "token"), (Person, "token"))


def verify(connection: Connection) -> list[str]:
    """What differs from what was recorded, one sentence each, in the order of communities and entries; empty where all is well.

    Rows that wait for an entry to name their batch are no difference: an import is writing them, or they will be swept.
    """
    return [
        difference for number, code in list_communities(connection) for difference in _differences(connection, number, code)
    ]


def _differences(connection: Connection, community_id: int, code: str) -> Iterator[str]:
    use_community(connection, community_id)
    table = table_of(JournalEntry)
    entries = list(connection.execute(select(table).where(table.c.community_id == community_id).order_by(table.c.number)))
    where = f"community {code}"
    for difference in (
        *_chain(code, entries),
        *_content(connection, community_id, entries),
        *_head(connection, community_id, entries),
        *_decisions(connection, community_id, entries),
        *_uploads(connection, community_id, entries),
        *_reviews(connection, community_id),
    ):
        yield f"{where}: {difference}"


def _chain(code: str, entries: list[Any]) -> Iterator[str]:
    previous: Any = None
    register = 0
    for expected, entry in enumerate(entries, start=1):
        if entry.number != expected:
            yield f"entry {expected} is missing"
            return
        register = entry.number if entry.batch is None else register
        if entry.register_number != register:
            yield f"entry {entry.number} says that entry {entry.register_number} decided last, and entry {register} did"
        if previous is not None and entry.instant <= previous.instant:
            yield f"entry {entry.number} is not later than the one before"
        if entry.previous != (None if previous is None else previous.hash):
            yield f"entry {entry.number} does not name the hash of the one before"
        if entry.hash != entry_hash(code, entry._asdict()):
            yield f"entry {entry.number} is not what its hash was taken of"
        previous = entry


def _content(connection: Connection, community_id: int, entries: list[Any]) -> Iterator[str]:
    cells = codes_of(connection, community_id, _every_cell(connection, community_id))
    lines, stray = _lines(connection, community_id, cells)
    yield from stray
    versions = _versions(connection, community_id)
    for entry in entries:
        ledger = None
        if entry.batch is not None:
            digest = LedgerDigest(cells)
            for row in rows_of(connection, community_id, entry.batch):
                digest.add(row)
                if row.kind == EntryKind.REPORT and row.version != _in_force(versions[row.indicator], entry.number, row.period):
                    yield f"entry {entry.number} holds a report under version {row.version}, which was not the one in force"
            ledger = digest.value()
        if entry.digest != entry_digest(lines.pop(entry.number, []), ledger):
            yield f"what entry {entry.number} brought is not what it is now"
    for number in sorted(lines):
        yield f"rows point to entry {number}, which is missing"


def _lines(connection: Connection, community_id: int, cells: Mapping[int, str]) -> tuple[dict[int, list[str]], list[str]]:
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


def _every_cell(connection: Connection, community_id: int) -> list[int]:
    table = table_of(CellRow)
    return list(connection.execute(select(table.c.number).where(table.c.community_id == community_id)).scalars())


def _versions(connection: Connection, community_id: int) -> dict[int, list[tuple[int, int, int]]]:
    """Each indicator's versions from the last to the first: number, journal entry, and the day from which they govern."""
    table = table_of(IndicatorVersion)
    chosen = select(table).where(table.c.community_id == community_id).order_by(table.c.number.desc())
    found: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for row in connection.execute(chosen):
        effective_from = row.definition.get("effective_from")
        day = Period.parse(effective_from).first_day.toordinal() if effective_from else 0
        found[row.indicator].append((row.number, row.journal, day))
    return found


def _in_force(versions: list[tuple[int, int, int]], entry: int, period: int) -> int | None:
    day = Period.from_number(period).first_day.toordinal()
    return next((number for number, journal, begins in versions if journal < entry and begins <= day), None)


def _head(connection: Connection, community_id: int, entries: list[Any]) -> Iterator[str]:
    community = table_of(Community)
    head = connection.execute(select(community).where(community.c.community_id == community_id)).first()
    if head is None:
        yield "its head is missing"
        return
    last = entries[-1] if entries else None
    if last is None or (head.last_number, head.last_instant, head.last_hash) != (last.number, last.instant, last.hash):
        yield "the journal does not end where the community says it does"
    for model, counter in (*_COUNTED, *_COUNTED_TOO):
        table = table_of(model)
        numbers = select(table.c.number).where(table.c.community_id == community_id).order_by(table.c.number.desc()).limit(1)
        highest = connection.execute(numbers).scalar() or 0
        if highest > getattr(head, f"last_{counter}"):
            yield f"{counter} {highest} has a number that was never given out"


def _decisions(connection: Connection, community_id: int, entries: list[Any]) -> Iterator[str]:
    """How rounds ended is written into their rows later than they are: it must be what the entry says that ended them."""
    by_number = {entry.number: entry for entry in entries}
    ended: set[tuple[int, int]] = set()
    table = table_of(ProposalRound)
    chosen = select(table).where(table.c.community_id == community_id).order_by(table.c.proposal, table.c.number)
    for row in connection.execute(chosen):
        entry = by_number.get(row.decided_journal)
        if entry is not None:
            ended.add((entry.number, row.proposal))
        if not _ended_so(row, entry):
            yield f"round {row.number} of proposal {row.proposal} is {row.status}, and no entry says so"
    for entry in entries:
        if entry.kind in _ENDINGS and (entry.number, int(entry.subject["proposal"])) not in ended:
            yield f"entry {entry.number} ended a round of proposal {entry.subject['proposal']}, which does not say so"


def _ended_so(row: Any, entry: Any) -> bool:
    if row.decided_journal is None:
        return bool(
            row.status == ProposalStatus.OPEN and row.decided_at is None and row.decided_by is None and not row.decision
        )
    if entry is None or row.decided_at != entry.instant:
        return False
    if row.decision == {"reason": COMMUNITY_CLOSED}:
        return bool(entry.kind == "proposal_adopted" and row.status == ProposalStatus.REJECTED)
    said = {name: entry.subject[name] for name in ("reason", "faults") if name in entry.subject}
    same = entry.kind == f"proposal_{row.status}" and entry.subject.get("proposal") == str(row.proposal)
    # Before rounds were kept, who decided stood in the entry alone.
    return bool(same and said == (row.decision or {}) and (row.decided_by == entry.actor or row.journal is None))


def _uploads(connection: Connection, community_id: int, entries: list[Any]) -> Iterator[str]:
    batches = {entry.number: entry.batch for entry in entries}
    table = table_of(Upload)
    chosen = select(table).where(table.c.community_id == community_id, table.c.journal.is_not(None)).order_by(table.c.number)
    for upload in connection.execute(chosen):
        if batches.get(upload.journal) != upload.batch:
            yield f"import {upload.number} says that entry {upload.journal} made its rows count, and it did not"
            continue
        rows = 0 if upload.batch is None else sum(1 for _ in rows_of(connection, community_id, upload.batch))
        if rows != upload.created + upload.revised:
            yield f"import {upload.number} brought {rows} rows and says {upload.created + upload.revised}"


def _reviews(connection: Connection, community_id: int) -> Iterator[str]:
    table = table_of(Review)
    chosen = select(table).where(table.c.community_id == community_id).order_by(table.c.number)
    for review in connection.execute(chosen):
        if sha256(review.progress.encode()).digest() != review.sha256:
            yield f"what review {review.number} froze no longer has its SHA-256"
