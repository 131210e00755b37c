"""From rows that can be recorded to ledger rows: all of them or none, while others go on writing.

Rows are written in pieces of a few thousand under a batch of their own, which nothing names yet: no reading sees them. At the
end one short transaction, under the community's lock, makes sure that what the verdict rested on still stands, and writes
the journal entry that makes all of them count at once. Killed at any moment, an import has landed wholly or not at all.
What fits into one piece is written in that one transaction.
"""

from collections import Counter
from collections.abc import Callable, Iterator

from sqlalchemy import Connection

from service.models.upload import Upload
from service.records.cells import intern_cells
from service.records.entries import Key
from service.records.journal import Writing, begin_writing
from service.records.ledger import append_columns, digest_of_batch, remove_rows
from service.records.moment import Moment
from service.records.numbers import next_number
from service.records.standing import keys_since
from service.records.uploads import change_upload
from service.uploads.comparing import Comparison, Outcome
from service.uploads.spool import Piece
from service.uploads.verdict import Verdict
from service.uploads.workplace import HeldJob

WRITTEN_AT_ONCE = 2_000
"""Rows a transaction writes: with 50,000 a single contribution waited 15 s for its turn on SQLite, with 2,000 under 1 s."""
BESIDE_OTHERS = 5
"""Times as many on PostgreSQL, where others write meanwhile."""
_OUTSIDE = 3
"""How often changes by others are taken in before the lock; what comes then is taken in under it."""
READ, _WRITTEN = 50, 99
"""Percent of the work that is done before rows are written, and once they are."""

Conclude = Callable[[Connection, Counter[Outcome], int | None, int | None], None]
"""Says in the last transaction what was brought, by which batch and journal entry; None and None where nothing was."""


class Landing:
    """One verdict on its way into the ledger. `moment` is the one that the verdict rests on."""

    def __init__(self, held: HeldJob, upload: Upload, moment: Moment, verdict: Verdict, comparison: Comparison) -> None:
        self._held = held
        self._upload = upload
        self._moment = moment
        self._verdict = verdict
        self._comparison = comparison
        self._counts: Counter[Outcome] = Counter()

    def foresee(self) -> Counter[Outcome]:
        """What landing would count. Nothing is written."""
        self._look_around()
        for _ in self._compared():
            pass
        return self._counts

    def land(self, conclude: Conclude) -> bool:
        """Whether everything landed. It did not where the community decided something since the verdict: nothing did then."""
        if self._verdict.acceptable <= WRITTEN_AT_ONCE:
            return self._land_at_once(conclude)
        self._look_around()
        batch = self._reserve()
        self._write()
        number = self._catch_up()
        with self._held.reading() as connection:
            digest = digest_of_batch(connection, self._held.community_id, batch)
        self._held.heed()
        if self._close(number, digest, conclude):
            return True
        self._held.sweep(batch)
        return False

    def _land_at_once(self, conclude: Conclude) -> bool:
        comparison, community_id = self._comparison, self._held.community_id
        with self._held.writing() as connection:
            writing = self._begin(connection)
            if writing is None:
                return False
            comparison.batch = writing.new_number("batch")
            comparison.number_cells(intern_cells(connection, community_id, self._verdict.cells))
            for piece in self._verdict.pieces.read():
                outcomes = comparison.compare(connection, piece, writing.number - 1)
                self._counts.update(outcomes)
                writing.bring(comparison.rows(_new(piece, outcomes)))
            self._journal(writing, None, conclude)
        return True

    def _look_around(self) -> None:
        with self._held.reading() as connection:
            self._comparison.find_cells(connection)
            self._comparison.look_around(connection, self._verdict.pieces.read())

    def _compared(self) -> Iterator[Piece]:
        """The rows that say something new beside the ledger, piece by piece; all are counted."""
        for piece in self._verdict.pieces.read():
            self._held.heed()
            with self._held.reading() as connection:
                outcomes = self._comparison.compare(connection, piece, self._moment.number)
            self._counts.update(outcomes)
            yield _new(piece, outcomes)

    def _reserve(self) -> int:
        """A batch of its own, and numbers for cells that are new. The import remembers the batch, to sweep it if need be."""
        comparison, community_id = self._comparison, self._held.community_id
        with self._held.writing() as connection:
            comparison.batch = next_number(connection, community_id, "batch")
            comparison.number_cells(intern_cells(connection, community_id, self._verdict.cells))
            change_upload(connection, community_id, self._held.number, batch=comparison.batch)
        return comparison.batch

    def _write(self) -> None:
        at_once = WRITTEN_AT_ONCE if self._held.workplace.database.is_sqlite else WRITTEN_AT_ONCE * BESIDE_OTHERS
        written = 0
        for piece in self._compared():
            columns = self._comparison.columns(piece)
            for start in range(0, len(piece.row), at_once):
                self._held.heed()
                some = [column[start : start + at_once] for column in columns]
                written += len(some[0])
                done = READ + (_WRITTEN - READ) * written // self._verdict.acceptable
                with self._held.writing() as connection:
                    append_columns(connection, self._held.community_id, some)
                    change_upload(connection, self._held.community_id, self._held.number, progress=done)

    def _catch_up(self) -> int:
        """Takes in what others said meanwhile, without the lock. The number of the last journal entry that was looked at."""
        # Where nothing was when the file was judged, something may be by now.
        self._comparison.forget_emptiness()
        number = self._moment.number
        for _ in range(_OUTSIDE):
            with self._held.writing() as connection:
                number, changed = self._take_in(connection, number)
            if not changed:
                break
        return number

    def _take_in(self, connection: Connection, number: int) -> tuple[int, bool]:
        """Compares anew the rows of which others said something after entry `number`, and mends the batch.

        Gives the number of the last entry that was looked at, and whether the batch is another one now.
        """
        comparison, community_id = self._comparison, self._held.community_id
        last = self._held.moment(connection).number
        said = keys_since(connection, community_id, number) if last > number else set[Key]()
        changed = False
        for piece in self._verdict.pieces.read() if said else ():
            touched = piece.only([place for place, key in enumerate(comparison.keys(piece)) if key in said])
            before, after = (comparison.compare(connection, touched, at) for at in (number, last))
            self._counts.subtract(before)
            self._counts.update(after)
            was_in, is_in = (set(comparison.keys(_new(touched, outcomes))) for outcomes in (before, after))
            remove_rows(connection, community_id, comparison.batch, sorted(was_in - is_in))
            coming = [place for place, key in enumerate(comparison.keys(touched)) if key in is_in - was_in]
            append_columns(connection, community_id, comparison.columns(touched.only(coming)))
            changed = changed or was_in != is_in
        return last, changed

    def _close(self, number: int, digest: bytes, conclude: Conclude) -> bool:
        """Makes the batch count. False where the community decided something since the verdict: nothing was done then."""
        with self._held.writing() as connection:
            writing = self._begin(connection)
            if writing is None:
                return False
            _, changed = self._take_in(connection, number)
            self._journal(writing, None if changed else digest, conclude)
        return True

    def _begin(self, connection: Connection) -> Writing | None:
        """The writing that will close, under the lock; None where the community decided something since the verdict."""
        workplace = self._held.workplace
        writing = begin_writing(connection, self._held.community_id, workplace.clock(), workplace.registers)
        return writing if self._held.moment(connection).register == self._moment.register else None

    def _journal(self, writing: Writing, digest: bytes | None, conclude: Conclude) -> None:
        """Closes with an entry of its own, or without one where there is nothing new to record."""
        brought = self._counts[Outcome.CREATED] + self._counts[Outcome.REVISED]
        if not brought:
            conclude(writing.connection, self._counts, None, None)
            return
        upload, batch = self._upload, self._comparison.batch
        subject = {"import": upload.number, "rows": brought, "sha256": upload.sha256.hex()}
        entry = writing.close("import_landed", subject, actor=upload.actor, token=upload.token, batch=batch, landed=digest)
        conclude(writing.connection, self._counts, batch, entry.number)


def _new(piece: Piece, outcomes: list[Outcome]) -> Piece:
    """The rows of a piece that say something new."""
    if Outcome.UNCHANGED not in outcomes:
        return piece
    return piece.only([place for place, outcome in enumerate(outcomes) if outcome is not Outcome.UNCHANGED])
