"""What can be told from two places must be told alike by both: how rounds ended, what imports brought, what reviews froze."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from service.indicators.settlement import COMMUNITY_CLOSED
from service.models.community import CommunityState
from service.models.deliberation import ProposalRound
from service.models.proposal import Proposal
from service.models.review import Review
from service.models.tables import table_of
from service.models.upload import Upload
from service.models.vocabulary import ProposalStatus
from service.records.batches import rows_of
from service.records.erasure import ERASED, erased_rows

AT_THE_END = 2**62
"""Where a difference stands that belongs to no entry."""
_ENDINGS = frozenset({"proposal_adopted", "proposal_rejected", "proposal_withdrawn", "proposal_amended"})


class Difference(NamedTuple):
    """Something that is not as it was recorded: the entry where it shows first, and a sentence."""

    entry: int
    sentence: str


def said(entry: Any, name: str) -> Any:
    """What an entry's subject says under `name`; None where it says nothing, or is none."""
    return entry.subject.get(name) if isinstance(entry.subject, dict) else None


def decisions(connection: Connection, community_id: int, entries: Sequence[Any]) -> Iterator[Difference]:
    """How rounds ended is written into their rows later than they are: it must be what the entry says that ended them."""
    by_number = {entry.number: entry for entry in entries}
    rounds, opened = table_of(ProposalRound), _opened(connection, community_id)
    closing = _closing(connection, community_id)
    ended: set[tuple[int, str]] = set()
    chosen = select(rounds).where(rounds.c.community_id == community_id).order_by(rounds.c.proposal, rounds.c.number)
    for row in connection.execute(chosen):
        begun = opened.get(row.proposal, 0) if row.journal is None else row.journal
        entry = by_number.get(row.decided_journal)
        if entry is not None and row.decision != {"reason": COMMUNITY_CLOSED}:
            ended.add((entry.number, str(row.proposal)))
        named = f"round {row.number} of proposal {row.proposal}"
        if not _ended_so(row, entry, closing):
            if row.decided_journal is None:
                yield Difference(AT_THE_END, f"{named}, which entry {begun} opened, is {row.status}, and no entry says so")
            else:
                decided = row.decided_journal
                yield Difference(decided, f"{named} is {row.status}, which entry {decided} does not say")
        if closing is not None and begun < closing and (row.decided_journal is None or row.decided_journal > closing):
            yield Difference(closing, f"entry {closing} closed the community, and {named} outlives it")
    for entry in entries:
        proposal = said(entry, "proposal")
        if entry.kind in _ENDINGS and (entry.number, proposal) not in ended:
            yield Difference(entry.number, f"entry {entry.number} ended a round of proposal {proposal}, which does not say so")


def _opened(connection: Connection, community_id: int) -> dict[int, int]:
    table = table_of(Proposal)
    chosen = select(table.c.number, table.c.opened_journal).where(table.c.community_id == community_id)
    return {row.number: row.opened_journal for row in connection.execute(chosen)}


def _closing(connection: Connection, community_id: int) -> int | None:
    """The entry that ended the community's work, None while it goes on."""
    table = table_of(CommunityState)
    chosen = select(table).where(table.c.community_id == community_id).order_by(table.c.journal)
    states = connection.execute(chosen)
    return next((row.journal for row in states if isinstance(row.settings, dict) and row.settings.get("closed")), None)


def _ended_so(row: Any, entry: Any, closing: int | None) -> bool:
    if row.decided_journal is None:
        return bool(
            row.status == ProposalStatus.OPEN and row.decided_at is None and row.decided_by is None and row.decision is None
        )
    if entry is None or row.decided_at != entry.instant:
        return False
    # Before rounds were kept, who decided stood in the entry alone.
    by_whom = row.decided_by == entry.actor or row.journal is None
    if row.decision == {"reason": COMMUNITY_CLOSED}:
        return bool(entry.number == closing and row.status == ProposalStatus.REJECTED and by_whom)
    why = {name: entry.subject[name] for name in ("reason", "faults") if said(entry, name) is not None}
    same = entry.kind == f"proposal_{row.status}" and said(entry, "proposal") == str(row.proposal)
    return bool(same and why == (row.decision or {}) and by_whom)


def uploads(connection: Connection, community_id: int, entries: Sequence[Any]) -> Iterator[Difference]:
    """An import remembers the entries that landed and undid it, and how many rows it brought; they remember the import."""
    by_number = {entry.number: entry for entry in entries}
    table, known = table_of(Upload), set[tuple[int, str, Any]]()
    chosen = select(table).where(table.c.community_id == community_id).order_by(table.c.number)
    for upload in connection.execute(chosen):
        landed = by_number.get(upload.journal)
        if upload.journal is not None:
            known.add((upload.journal, "import_landed", upload.number))
            if landed is None or landed.batch != upload.batch or said(landed, "import") != upload.number:
                sentence = f"import {upload.number} says that entry {upload.journal} made its rows count, and it did not"
                yield Difference(upload.journal, sentence)
                continue
            rows = 0 if upload.batch is None else sum(1 for _ in rows_of(connection, community_id, upload.batch))
            if rows != upload.created + upload.revised:
                counts = f"brought {rows} rows by entry {upload.journal} and says {upload.created + upload.revised}"
                yield Difference(upload.journal, f"import {upload.number} {counts}")
        if upload.undone_journal is not None:
            known.add((upload.undone_journal, "import_undone", upload.number))
            undone = by_number.get(upload.undone_journal)
            if undone is None or undone.kind != "import_undone" or said(undone, "import") != upload.number:
                sentence = f"import {upload.number} says that entry {upload.undone_journal} undid it, and it did not"
                yield Difference(upload.undone_journal, sentence)
    for entry in entries:
        if entry.kind in ("import_landed", "import_undone") and (entry.number, entry.kind, said(entry, "import")) not in known:
            yield Difference(entry.number, f"entry {entry.number} is an import's, and the import does not say so")


def erasures(connection: Connection, community_id: int, entries: Sequence[Any], *, chain_holds: bool) -> Iterator[Difference]:
    """What is gone is what entries say was erased. Where the chain is broken, the rows are not to be doubted first."""
    told: dict[tuple[Any, Any], int] = {}
    for entry in entries:
        if entry.kind == ERASED:
            told |= {(text["journal"], text["digest"]): entry.number for text in said(entry, "texts") or []}
    gone = erased_rows(connection, community_id, entries)
    for journal, digest in sorted(gone - set(told)):
        where = journal if chain_holds else AT_THE_END
        yield Difference(where, f"a text that came with entry {journal} is gone, and no entry erased it: {digest[:16]}")
    for journal, digest in sorted(set(told) - gone):
        where = journal if chain_holds else AT_THE_END
        yield Difference(where, f"a text that came with entry {journal} is there, and entry {told[journal, digest]} erased it")


def reviews(connection: Connection, community_id: int) -> Iterator[Difference]:
    """What a review froze has the SHA-256 that was given out."""
    table = table_of(Review)
    chosen = select(table).where(table.c.community_id == community_id).order_by(table.c.number)
    for review in connection.execute(chosen):
        if sha256(review.progress.encode()).digest() != review.sha256:
            sentence = f"what review {review.number} froze no longer has its SHA-256, which entry {review.journal} says"
            yield Difference(review.journal, sentence)
