"""Undoing an import: exactly what it brought is taken back, unless somebody has revised it since; what was revised is named."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import Connection

from service.errors import Conflict
from service.indicators.evidence import version_in_force
from service.indicators.register import Register
from service.models.period import Period
from service.models.upload import Upload
from service.models.vocabulary import EntryKind, UploadStatus
from service.records.batches import append_rows, rows_of
from service.records.entries import Key, LedgerRow
from service.records.journal import Writing
from service.records.ledger import states_of
from service.records.uploads import change_upload

_PIECE = 2_000
MOST_NAMED = 1_000
"""How many of the keys that were revised since are named."""


@dataclass(frozen=True, slots=True)
class Undone:
    """What undoing did: how many keys were withdrawn, how many were given back what stood before, and which were left alone."""

    withdrawn: int
    restored: int
    kept: tuple[Key, ...]


def take_back(writing: Writing, upload: Upload, *, actor: int, token: int | None) -> Undone:
    """Takes back what `upload` brought, in the transaction of `writing`, which it closes.

    What the import created is withdrawn; where it revised a report, that report stands again, word for word. A key of which
    anything was reported or withdrawn since is left alone and named, and so is one whose earlier report was made under a
    definition that is no longer the one in force for its period: it cannot be said again as it was.

    Raises Conflict: `not_undoable` for an import that brought nothing, or was undone before; `period_closed` where a period
    that it reported for takes no entries now.
    """
    if upload.status != UploadStatus.SUCCEEDED or upload.batch is None or upload.journal is None:
        raise Conflict("not_undoable", "This import brought nothing, or was undone already.")
    connection, community_id = writing.connection, writing.community_id
    batch = writing.new_number("batch")
    withdrawn, restored, kept = 0, 0, list[Key]()
    for rows in _pieces(connection, community_id, upload.batch):
        _refuse_closed(writing.register, rows)
        keys = [row.key for row in rows]
        now = states_of(connection, community_id, keys, writing.number - 1)
        before = states_of(connection, community_id, keys, upload.journal - 1)
        brought: list[LedgerRow] = []
        for row in rows:
            last = before[row.key].last
            if now[row.key].last_journal != upload.journal:
                kept.append(row.key)
            elif last is None or last.kind == EntryKind.WITHDRAWAL:
                withdrawn += 1
                brought.append(LedgerRow(*row.key, batch, int(EntryKind.WITHDRAWAL), row.version, reported_by=actor))
            elif last.version != _version_now(writing.register, row):
                kept.append(row.key)
            else:
                restored += 1
                brought.append(last._replace(batch=batch, reported_by=actor, salt=None, erased=None))
        append_rows(connection, community_id, brought)
    subject = {"import": upload.number, "withdrawn": withdrawn, "restored": restored, "kept": len(kept)}
    if withdrawn or restored:
        writing.close("import_undone", subject, actor=actor, token=token, batch=batch)
        changes = {"status": UploadStatus.UNDONE.value, "undone_journal": writing.number}
        change_upload(connection, community_id, upload.number, **changes)
    else:
        change_upload(connection, community_id, upload.number, status=UploadStatus.UNDONE.value)
    return Undone(withdrawn, restored, tuple(kept[:MOST_NAMED]))


def _pieces(connection: Connection, community_id: int, batch: int) -> Iterator[list[LedgerRow]]:
    # Read to the end first: the rows written meanwhile would come between the pages of an open reading.
    rows = iter(list(rows_of(connection, community_id, batch)))
    while piece := list(islice(rows, _PIECE)):
        yield piece


def _refuse_closed(register: Register, rows: list[LedgerRow]) -> None:
    for number in sorted({row.period for row in rows}):
        period = Period.from_number(number)
        if register.is_closed(period):
            raise Conflict("period_closed", f"{period} is closed and takes no entries until it is opened again", period=period)


def _version_now(register: Register, row: LedgerRow) -> int | None:
    versions = next(known.versions for known in register.indicators.values() if known.number == row.indicator)
    version = version_in_force(versions, Period.from_number(row.period).first_day)
    return None if version is None else version.number
