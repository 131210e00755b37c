"""Texts that people wrote, found and erased: the digest that stood for each in the journal stays, so that the chain holds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, select, update

from service.models.contribution import LedgerEntry
from service.models.deliberation import Position, ProposalComment
from service.models.erasure import WrittenKind
from service.models.review import ReviewNote
from service.models.tables import table_of
from service.models.vocabulary import EntryKind
from service.records.content import digest_of_texts, salted_digest
from service.records.entries import Key
from service.records.journal import Writing
from service.records.ledger import history_of

ERASED = "texts_erased"
"""The kind of the journal entry that erases."""
_SAID: dict[WrittenKind, tuple[Table, str, str]] = {
    WrittenKind.COMMENT: (table_of(ProposalComment), "proposal", "comment"),
    WrittenKind.POSITION: (table_of(Position), "proposal", "reason"),
    WrittenKind.NOTE: (table_of(ReviewNote), "review", "said"),
}
"""Where texts stand that are no contributions': the table, the column that says of what they are, and the text's own."""


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in one row: its texts, the entry that brought them, and the digest that stands for them.

    `actors` are the numbers of those whose text it is: who wrote it and, of a report, whom it was written for. `digest` is None
    for what was in the journal word for word: without it, no chain would hold.
    """

    journal: int
    actors: frozenset[int]
    texts: tuple[str, ...]
    digest: bytes | None
    table: Table
    columns: tuple[str, ...]
    row: ColumnElement[bool]


def written_with(connection: Connection, community_id: int, key: Key, upto: int) -> list[Written]:
    """The texts that came with a contribution up to the journal entry `upto`: comments and evidence, reasons of contests."""
    ledger, found = table_of(LedgerEntry), []
    for said in history_of(connection, community_id, key, upto):
        row = said.row
        texts = tuple(text for text in (row.comment, row.evidence) if text is not None)
        if texts:
            is_report = row.kind in (EntryKind.REPORT, EntryKind.WITHDRAWAL)
            actors = frozenset({row.reported_by, row.actor} if is_report else {row.reported_by})
            digest = digest_of_texts(row.comment, row.evidence, row.salt)
            where = _is_row(ledger, community_id, {**key._asdict(), "batch": row.batch})
            found.append(Written(said.journal, actors, texts, digest, ledger, ("comment", "evidence"), where))
    return found


def written_in(connection: Connection, community_id: int, kind: WrittenKind, number: int) -> list[Written]:
    """The texts of one kind about the proposal or the review of that number."""
    table, about, column = _SAID[kind]
    chosen = select(table).where(table.c.community_id == community_id, table.c[about] == number, table.c[column].is_not(None))
    found = []
    for row in connection.execute(chosen.order_by(table.c.journal)):
        text = row._mapping[column]
        digest = None if row.salt is None else salted_digest(text, row.salt)
        where = _is_row(table, community_id, {key.name: row._mapping[key.name] for key in table.primary_key})
        found.append(Written(row.journal, frozenset({row.actor}), (text,), digest, table, (column,), where))
    return found


def erase(writing: Writing, written: Iterable[Written]) -> list[dict[str, Any]]:
    """Take texts and their salts out of their rows, for ever and as of every instant; what the journal says of it.

    That is of each row the entry that brought it and the digest that stays: whoever erases past the service is found.
    """
    told: list[dict[str, Any]] = []
    for one in written:
        assert one.digest is not None
        gone: dict[str, Any] = {**dict.fromkeys((*one.columns, "salt")), "erased": one.digest}
        writing.alter(update(one.table).where(one.row).values(gone))
        told.append({"journal": one.journal, "digest": one.digest.hex()})
    return told


def erased_rows(connection: Connection, community_id: int, entries: Sequence[Any]) -> set[tuple[int, str]]:
    """Every row whose text is gone, as the journal says it: the entry that brought it, and the digest that stayed."""
    brought_by = {entry.batch: entry.number for entry in entries if entry.batch is not None}
    ledger = table_of(LedgerEntry)
    gone = select(ledger.c.batch, ledger.c.erased).where(ledger.c.community_id == community_id, ledger.c.erased.is_not(None))
    found = {(brought_by[row.batch], row.erased.hex()) for row in connection.execute(gone) if row.batch in brought_by}
    for table, _, _ in _SAID.values():
        gone = select(table.c.journal, table.c.erased).where(table.c.community_id == community_id, table.c.erased.is_not(None))
        found |= {(row.journal, row.erased.hex()) for row in connection.execute(gone)}
    return found


def _is_row(table: Table, community_id: int, key: dict[str, Any]) -> ColumnElement[bool]:
    values = {**key, "community_id": community_id}
    return and_(*(table.c[name] == value for name, value in values.items()))
