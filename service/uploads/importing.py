"""One import from its file to its end: judged as the community stands, landed, rejected, or judged again."""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import IO

from sqlalchemy import Connection

from service.errors import Fault, Refused
from service.indicators.placing import Circumstances
from service.models.upload import Job, Upload
from service.models.vocabulary import Role, UploadStatus
from service.records.jobs import finish_job
from service.records.moment import Moment
from service.records.uploads import change_upload, get_upload
from service.uploads.comparing import Comparison, Outcome
from service.uploads.landing import READ, Landing
from service.uploads.mapped import table_for
from service.uploads.mapping import Sent
from service.uploads.mapping_faults import check_fit
from service.uploads.marks import SheetTable
from service.uploads.reading import Table
from service.uploads.sdmx_csv import SdmxTable
from service.uploads.storing import FORMAT, SHEET, fault_parts, fetch_file, opened_table, store_faults
from service.uploads.verdict import Verdict, judge_table
from service.uploads.workplace import HeldJob, TakenOverError, Workplace

_SHOWN_EVERY = 0.5
"""Seconds between two times that its progress is written while a file is read."""
_ROUNDS = 20
"""How often an import is judged anew because the community decided something meanwhile, before it gives up."""


@dataclass(frozen=True, slots=True)
class _Basis:
    """What a verdict rests on: who sent the file, and the community as of one moment."""

    moment: Moment
    circumstances: Circumstances


class Import:
    """One import at work."""

    def __init__(self, workplace: Workplace, job: Job) -> None:
        self._held = HeldJob(workplace, job)
        self._shown_at = time.monotonic()

    def run(self) -> None:
        """Takes the import to its end: succeeded or rejected. Run again after a crash it begins anew."""
        held = self._held
        with held.reading() as connection:
            upload = get_upload(connection, held.community_id, held.number)
            assert upload is not None, "an import is never deleted"
            file = fetch_file(connection, held.community_id, held.number)
        with file:
            held.sweep(upload.batch)
            held.change(status=UploadStatus.RUNNING.value, progress=0)
            for _ in range(_ROUNDS):
                if self._attempt(upload, file):
                    return
        self._finish(UploadStatus.FAILED, [Fault("community_keeps_changing", "what the community decided kept changing")])

    def _attempt(self, upload: Upload, file: IO[bytes]) -> bool:
        """Whether the import came to its end. It did not where the community decided something meanwhile."""
        with self._held.reading() as connection:
            basis = self._basis(connection, upload)
        if basis.circumstances.register.settings.closed:
            closed = Fault("community_closed", "the community ended its work before the import could land")
            self._finish(UploadStatus.REJECTED, [closed], batch=None)
            return True
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
        moment = self._held.moment(connection)
        register = self._held.workplace.registers.read(connection, self._held.community_id, moment)
        reporter = next(actor for actor in register.actors.values() if actor.number == upload.actor)
        # Whoever stopped being the support while its file waited reports for itself only.
        is_support = upload.on_behalf and reporter.member.role is Role.SUPPORT
        return _Basis(moment, Circumstances(register, moment.day, reporter, is_support))

    def _judge(self, upload: Upload, file: IO[bytes], basis: _Basis) -> Verdict:
        def progress(share: float) -> None:
            self._held.heed()
            if time.monotonic() - self._shown_at > _SHOWN_EVERY:
                self._shown_at = time.monotonic()
                self._held.change(progress=int(share * READ))

        kind = SheetTable if upload.options.get(FORMAT) == SHEET else Table
        with opened_table(file, upload.options) as (readable, _):
            sent, register = Sent.of(upload.options), basis.circumstances.register
            is_sdmx = sent is not None and sent.dataflow is not None
            if sent is not None and not is_sdmx:
                check_fit(sent.named, sent.terms, register)
            table = table_for(readable, register, sent, kind, SdmxTable if is_sdmx else None)
            return judge_table(table, basis.circumstances, upload.options["decimal"], progress)

    def _decide(self, upload: Upload, basis: _Basis, verdict: Verdict) -> bool:
        if verdict.rejected and (upload.options["on_error"] == "reject_all" or not verdict.acceptable):
            self._conclude(UploadStatus.REJECTED, verdict, Counter())
            return True
        comparison = Comparison(self._held.community_id, verdict.cells, upload.actor)
        landing = Landing(self._held, upload, basis.moment, verdict, comparison)
        if upload.options["mode"] == "check":
            self._conclude(UploadStatus.SUCCEEDED, verdict, landing.foresee())
            return True

        def conclude(connection: Connection, counts: Counter[Outcome], batch: int | None, journal: int | None) -> None:
            self._conclude(UploadStatus.SUCCEEDED, verdict, counts, connection, batch=batch, journal=journal)

        return landing.land(conclude)

    def _conclude(
        self,
        status: UploadStatus,
        verdict: Verdict,
        counts: Counter[Outcome],
        connection: Connection | None = None,
        **changes: int | None,
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
            created=counts[Outcome.CREATED],
            revised=counts[Outcome.REVISED],
            unchanged=counts[Outcome.UNCHANGED],
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
        held = self._held
        if connection is None:
            with held.writing() as own:
                self._finish(status, first, parts, own, **changes)
            return
        # The list is read before the parts are: both come off the same spool.
        said = {"status": status.value, "progress": 100, "errors": [asdict(fault) for fault in first]}
        store_faults(connection, held.community_id, held.number, parts)
        finished_at = held.workplace.clock()
        change_upload(connection, held.community_id, held.number, finished_at=finished_at, **said, **changes)
        if not finish_job(connection, held.job):
            raise TakenOverError
