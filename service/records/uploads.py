"""Imports: what came in, what became of it, and the file itself in parts."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, and_, delete, insert, select, update

from service.models.tables import table_of
from service.models.upload import Upload, UploadPart
from service.models.vocabulary import UploadStatus
from service.records.numbers import next_number
from service.records.pieces import pieces

Content = Literal["file", "errors"]


def create_upload(
    connection: Connection,
    community_id: int,
    *,
    actor: int,
    token: int,
    on_behalf: bool,
    options: Mapping[str, Any],
    filename: str | None,
    sha256: bytes,
    size: int,
    now: datetime,
) -> Upload:
    """Keep that a file of `size` bytes came in; its parts are written by `write_part`. It is queued."""
    upload = Upload(
        community_id=community_id,
        number=next_number(connection, community_id, "upload"),
        actor=actor,
        token=token,
        on_behalf=on_behalf,
        status=UploadStatus.QUEUED.value,
        options=dict(options),
        filename=filename,
        sha256=sha256,
        size=size,
        created_at=now,
    )
    connection.execute(insert(table_of(Upload)).values(upload.model_dump()))
    return upload


def change_upload(connection: Connection, community_id: int, number: int, **changes: Any) -> None:
    """Set columns of an import: its status, counts, errors, batch, journal entries."""
    table = table_of(Upload)
    connection.execute(update(table).where(table.c.community_id == community_id, table.c.number == number).values(changes))


def get_upload(connection: Connection, community_id: int, number: int) -> Upload | None:
    """The import of that number, None where there is none."""
    table = table_of(Upload)
    row = connection.execute(select(table).where(table.c.community_id == community_id, table.c.number == number)).first()
    return None if row is None else Upload(**row._mapping)


def list_uploads(
    connection: Connection,
    community_id: int,
    *,
    actor: int | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Upload]:
    """At most `limit` imports, the latest first, with numbers below `before`; those of one actor where it is given."""
    table = table_of(Upload)
    chosen = select(table).where(table.c.community_id == community_id)
    if actor is not None:
        chosen = chosen.where(table.c.actor == actor)
    if before is not None:
        chosen = chosen.where(table.c.number < before)
    return [Upload(**row._mapping) for row in connection.execute(chosen.order_by(table.c.number.desc()).limit(limit))]


def uploads_of(connection: Connection, community_id: int, batches: Collection[int]) -> dict[int, int]:
    """The number of the import behind each of these batches of ledger rows; those that no import wrote are absent."""
    table = table_of(Upload)
    found: dict[int, int] = {}
    for piece in pieces(batches):
        chosen = select(table.c.batch, table.c.number).where(table.c.community_id == community_id, table.c.batch.in_(piece))
        found |= {row.batch: row.number for row in connection.execute(chosen)}
    return found


def uploads_of_journal(connection: Connection, community_id: int, journals: Collection[int]) -> dict[int, int]:
    """The number of the import that each of these journal entries landed; entries that were made otherwise are absent."""
    table = table_of(Upload)
    found: dict[int, int] = {}
    for piece in pieces(journals):
        chosen = select(table.c.journal, table.c.number).where(table.c.community_id == community_id, table.c.journal.in_(piece))
        found |= {row.journal: row.number for row in connection.execute(chosen)}
    return found


def write_part(connection: Connection, community_id: int, upload: int, content: Content, part: int, data: bytes) -> None:
    """Keep one part of an import's file, or of its list of errors. Parts are numbered by whoever writes them."""
    row = {"community_id": community_id, "upload": upload, "content": content, "part": part, "data": data}
    connection.execute(insert(table_of(UploadPart)).values(row))


def read_part(connection: Connection, community_id: int, upload: int, content: Content, part: int) -> bytes | None:
    """One part, None where there is none of that number."""
    table = table_of(UploadPart)
    chosen = select(table.c.data).where(
        table.c.community_id == community_id, table.c.upload == upload, table.c.content == content, table.c.part == part
    )
    data = connection.execute(chosen).scalar()
    return None if data is None else bytes(data)


def read_parts(connection: Connection, community_id: int, upload: int, content: Content) -> Iterator[bytes]:
    """All parts in their order, one in memory at a time."""
    table = table_of(UploadPart)
    numbers = select(table.c.part).where(
        table.c.community_id == community_id, table.c.upload == upload, table.c.content == content
    )
    for part in connection.execute(numbers.order_by(table.c.part)).scalars().all():
        data = read_part(connection, community_id, upload, content, part)
        if data is not None:
            yield data


def old_parts(connection: Connection, community_id: int, finished_before: datetime, limit: int) -> list[tuple[int, str, int]]:
    """At most `limit` parts of imports that had finished by then: the import's number, what it is a part of, which one."""
    upload, part = table_of(Upload), table_of(UploadPart)
    ended = and_(upload.c.community_id == part.c.community_id, upload.c.number == part.c.upload)
    old = select(part.c.upload, part.c.content, part.c.part).join_from(part, upload, ended)
    chosen = old.where(part.c.community_id == community_id, upload.c.finished_at <= finished_before).limit(limit)
    return [(number, content, place) for number, content, place in connection.execute(chosen)]


def drop_old_parts(connection: Connection, community_id: int, finished_before: datetime, limit: int) -> int:
    """Delete some of the `old_parts`, at most `limit`, and say how many it were."""
    part, found = table_of(UploadPart), old_parts(connection, community_id, finished_before, limit)
    for number, content, place in found:
        one = (part.c.upload == number, part.c.content == content, part.c.part == place)
        connection.execute(delete(part).where(part.c.community_id == community_id, *one))
    return len(found)


def drop_parts(connection: Connection, community_id: int, upload: int, content: Content) -> None:
    """Delete the parts of an import's file, or of its list of errors."""
    table = table_of(UploadPart)
    connection.execute(
        delete(table).where(table.c.community_id == community_id, table.c.upload == upload, table.c.content == content)
    )
