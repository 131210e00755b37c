"""From a file in the database to ledger rows: all that the verdict accepts or nothing, while others go on writing.

Rows are written in pieces of a few thousand under a batch of their own, which nothing names yet: no reading sees them. At the
end one short transaction, under the community's lock, makes sure that what the verdict rested on still stands, and writes
the journal entry that makes all of them count at once. Killed at any moment, an import has landed wholly or not at all.
"""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import IO, Any

from sqlalchemy import Connection

from service.errors import Fault, Refused
from service.indicators.placing import Circumstances
from service.models.upload import Job, Upload
from service.models.vocabulary import Role, UploadStatus
from service.records.cells import intern_cells
from service.records.entries import Key
from service.records.jobs import finish_job, renew_lease
from service.records.journal import Moment, begin_writing, moment_of
from service.records.ledger import append_rows, digest_of_batch, remove_rows, sweep
from service.records.numbers import next_number
from service.records.standing import keys_since
from service.records.uploads import change_upload, get_upload
from service.uploads.comparing import Compared, Comparison, Outcome, tally
from service.uploads.decoding import as_utf8
from service.uploads.heading import read_heading
from service.uploads.reading import Table
from service.uploads.spool import Pieces
from service.uploads.storing import fault_parts, fetch_file, store_faults
from service.uploads.verdict import Verdict, judge_table
from service.uploads.workplace import TakenOverError, Workplace

LEASE = timedelta(seconds=60)
"""For how long a worker that says nothing is taken to be alive."""
WRITTEN_AT_ONCE = 2_000
"""Rows a transaction writes: with 50,000 a single contribution waited 15 s for its turn on SQLite, with 2,000 under 1 s."""
_SHOWN_EVERY = 0.5
"""Seconds between two times that its progress is written while a file is read."""
_ROUNDS = 20
"""How often an import is judged anew because the community decided something meanwhile, before it gives up."""
_OUTSIDE = 3
"""How often changes by others are taken in before the lock; what comes then is taken in under it."""


@dataclass(frozen=True, slots=True)
class _Basis:
    """What a verdict rests on: who sent the file, and the community as of one moment."""

    moment: Moment
    circumstances: Circumstances


class Import:
    """One import at work."""

    def __init__(self, workplace: Workplace, job: Job) -> None:
        self._workplace = workplace
        self._job = job
        self._community = job.community_id
        self._number = job.subject
        self._counts: Counter[Outcome] = Counter()
        self._shown_at = time.monotonic()

    def run(self) -> None:
        """Takes the import to its end: succeeded or rejected. Run again after a crash it begins anew."""
        with self._reading() as connection:
            upload = get_upload(connection, self._community, self._number)
            assert upload is not None, "an import is never deleted"
            file = fetch_file(connection, self._community, self._number)
        self._sweep(upload.batch)
        self._change(status=UploadStatus.RUNNING.value, progress=0)
        with file:
            for _ in range(_ROUNDS):
                if self._attempt(upload, file):
                    return
        self._finish(UploadStatus.FAILED, [Fault("community_keeps_changing", "what the community decided kept changing")])

    def _attempt(self, upload: Upload, file: IO[bytes]) -> bool:
        """Whether the import came to its end. It did not where the community decided something meanwhile."""
        self._counts = Counter()
        with self._reading() as connection:
            basis = self._basis(connection, upload)
        try:
            verdict = self._judge(upload, file, basis)
        except Refused as refusal:
            self._finish(UploadStatus.REJECTED, refusal.faults, fault_parts(refusal.faults), batch=None)
            return True
        try:
            return self._decide(upload, basis, verdict)
        finally:
            verdict.close()

    def _basis(self, connection: Connection, upload: Upload) -> _Basis:
        workplace = self._workplace
        moment = moment_of(connection, self._community, None, workplace.clock(), workplace.registers)
        register = workplace.registers.read(connection, self._community, moment)
        reporter = next(actor for actor in register.actors.values() if actor.number == upload.actor)
        # Whoever stopped being the support while its file waited reports for itself only.
        is_support = upload.on_behalf and reporter.member.role is Role.SUPPORT
        return _Basis(moment, Circumstances(register, moment.day, reporter, is_support))

    def _judge(self, upload: Upload, file: IO[bytes], basis: _Basis) -> Verdict:
        def progress(share: float) -> None:
            self._workplace.heed()
            if time.monotonic() - self._shown_at > _SHOWN_EVERY:
                self._shown_at = time.monotonic()
                self._change(progress=int(share * 50))

        with as_utf8(file, upload.options["encoding"]) as (readable, _):
            table = Table(readable, read_heading(readable, basis.circumstances.register))
            return judge_table(table, basis.circumstances, upload.options["decimal"], progress)

    def _decide(self, upload: Upload, basis: _Basis, verdict: Verdict) -> bool:
        if verdict.rejected and (upload.options["on_error"] == "reject_all" or not verdict.acceptable):
            self._conclude(UploadStatus.REJECTED, verdict)
            return True
        comparison = Comparison(self._community, verdict.cells, upload.actor)
        with self._reading() as connection:
            comparison.find_cells(connection)
            comparison.look_around(connection, verdict.pieces.read())
        if upload.options["mode"] == "check":
            for _ in self._compared(comparison, verdict.pieces, basis.moment.number):
                pass
            self._conclude(UploadStatus.SUCCEEDED, verdict)
            return True
        return self._land(upload, basis, verdict, comparison)

    def _compared(self, comparison: Comparison, pieces: Pieces, number: int) -> Iterator[list[Compared]]:
        """All rows beside the ledger, piece by piece, counted."""
        for piece in pieces.read():
            self._workplace.heed()
            with self._reading() as connection:
                compared = comparison.compare(connection, comparison.rows(piece), number)
            self._counts.update(tally(compared))
            yield compared

    def _land(self, upload: Upload, basis: _Basis, verdict: Verdict, comparison: Comparison) -> bool:
        batch = self._reserve(comparison, verdict)
        written = 0
        for compared in self._compared(comparison, verdict.pieces, basis.moment.number):
            rows = [one.row for one in compared if one.outcome is not Outcome.UNCHANGED]
            for start in range(0, len(rows), WRITTEN_AT_ONCE):
                self._workplace.heed()
                written += len(rows[start : start + WRITTEN_AT_ONCE])
                with self._writing() as connection:
                    append_rows(connection, self._community, rows[start : start + WRITTEN_AT_ONCE])
                    share = 50 + 49 * written // max(1, verdict.acceptable)
                    change_upload(connection, self._community, self._number, progress=share)
        comparison.forget_emptiness()
        number = basis.moment.number
        for _ in range(_OUTSIDE):
            with self._writing() as connection:
                number, changed = self._take_in(connection, comparison, verdict.pieces, number)
            if not changed:
                break
        with self._reading() as connection:
            digest = digest_of_batch(connection, self._community, batch)
        if self._close(upload, basis, verdict, comparison, number, digest):
            return True
        self._sweep(batch)
        return False

    def _reserve(self, comparison: Comparison, verdict: Verdict) -> int:
        """A batch of its own, and numbers for cells that are new. The import remembers the batch, to sweep it if need be."""
        with self._writing() as connection:
            comparison.batch = next_number(connection, self._community, "batch")
            comparison.number_cells(intern_cells(connection, self._community, verdict.cells))
            change_upload(connection, self._community, self._number, batch=comparison.batch)
        return comparison.batch

    def _take_in(self, connection: Connection, comparison: Comparison, pieces: Pieces, number: int) -> tuple[int, bool]:
        """Compares anew the rows of which others said something after entry `number`, and mends the batch.

        Gives the number of the last entry that was looked at, and whether the batch is another one now.
        """
        moment = moment_of(connection, self._community, None, self._workplace.clock(), self._workplace.registers)
        said = keys_since(connection, self._community, number) if moment.number > number else set[Key]()
        changed = False
        for piece in pieces.read() if said else ():
            rows = [row for row in comparison.rows(piece) if row.key in said]
            before, after = (comparison.compare(connection, rows, at) for at in (number, moment.number))
            self._counts.subtract(tally(before))
            self._counts.update(tally(after))
            was_in = {one.row.key for one in before if one.outcome is not Outcome.UNCHANGED}
            is_in = {one.row.key for one in after if one.outcome is not Outcome.UNCHANGED}
            remove_rows(connection, self._community, comparison.batch, sorted(was_in - is_in))
            append_rows(connection, self._community, [row for row in rows if row.key in is_in - was_in])
            changed = changed or was_in != is_in
        return moment.number, changed

    def _close(
        self, upload: Upload, basis: _Basis, verdict: Verdict, comparison: Comparison, number: int, digest: bytes
    ) -> bool:
        """Makes the batch count. False where the community decided something since the verdict: nothing was done then."""
        with self._writing() as connection:
            writing = begin_writing(connection, self._community, self._workplace.clock(), self._workplace.registers)
            now = moment_of(connection, self._community, None, self._workplace.clock(), self._workplace.registers)
            if now.register != basis.moment.register:
                return False
            _, changed = self._take_in(connection, comparison, verdict.pieces, number)
            brought = self._counts[Outcome.CREATED] + self._counts[Outcome.REVISED]
            journal = None
            if brought:
                subject = {"import": upload.number, "rows": brought, "sha256": upload.sha256.hex()}
                entry = writing.close(
                    "import_landed",
                    subject,
                    actor=upload.actor,
                    token=upload.token,
                    batch=comparison.batch,
                    landed=None if changed else digest,
                )
                journal = entry.number
            landed = comparison.batch if brought else None
            self._conclude(UploadStatus.SUCCEEDED, verdict, connection, batch=landed, journal=journal)
        return True

    def _conclude(
        self, status: UploadStatus, verdict: Verdict, connection: Connection | None = None, **changes: int | None
    ) -> None:
        """Says what the verdict found and what was brought."""
        self._finish(
            status,
            verdict.faults.first(),
            fault_parts(verdict.faults.read()),
            connection,
            rows=verdict.rows,
            folded=verdict.folded,
            rejected=verdict.rejected,
            created=self._counts[Outcome.CREATED],
            revised=self._counts[Outcome.REVISED],
            unchanged=self._counts[Outcome.UNCHANGED],
            **({"batch": None} | changes),
        )

    def _finish(
        self,
        status: UploadStatus,
        first: Iterable[Fault],
        parts: Iterable[bytes] = (),
        connection: Connection | None = None,
        **changes: int | None,
    ) -> None:
        if connection is None:
            with self._writing() as own:
                self._finish(status, first, parts, own, **changes)
            return
        # The list is read before the parts are: both come off the same spool.
        said = {"status": status.value, "progress": 100, "errors": [asdict(fault) for fault in first]}
        store_faults(connection, self._community, self._number, parts)
        finished_at = self._workplace.clock()
        change_upload(connection, self._community, self._number, finished_at=finished_at, **said, **changes)
        if not finish_job(connection, self._job):
            raise TakenOverError

    def _sweep(self, batch: int | None) -> None:
        """Deletes what an attempt that did not come to its end has left under its batch."""
        left = batch is not None
        while left:
            self._workplace.heed()
            with self._writing() as connection:
                left = batch is not None and sweep(connection, self._community, batch) > 0

    def _change(self, **changes: Any) -> None:
        with self._writing() as connection:
            change_upload(connection, self._community, self._number, **changes)

    def _reading(self) -> AbstractContextManager[Connection]:
        return self._workplace.reading(self._community)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A transaction of whoever holds the job. Raises TakenOverError where that is another worker by now: what one who was
        taken for dead still writes would never be swept, and would overwrite what the other one says of the import."""
        with self._workplace.writing(self._community) as connection:
            if not renew_lease(connection, self._job, self._workplace.clock() + LEASE):
                raise TakenOverError
            yield connection
