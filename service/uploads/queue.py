"""The worker: takes one import after another from the queue in the database, and keeps its lease as long as it lives."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotDone
from contextlib import suppress
from dataclasses import asdict, replace

import structlog
from sqlalchemy.exc import OperationalError, ProgrammingError

from service.database import is_migrated
from service.errors import Fault, Unavailable, Unsettled
from service.models.upload import Job
from service.models.vocabulary import UploadStatus
from service.records.jobs import end_leases, finish_job, give_back, has_waiting, lease_job, renew_lease
from service.records.ledger import sweep
from service.records.uploads import change_upload, get_upload
from service.uploads.importing import Import
from service.uploads.workplace import LEASE, StoppedError, TakenOverError, Workplace, drop_old_files

KIND = "import"
_RENEWED_AFTER = 15.0
_LOOKED_AFTER = 2.0
"""Seconds between two looks at the queue where nobody says that something was put there, as other processes cannot."""
_TIDIED_AFTER = 3_600.0
"""Seconds between two looks for files that are no longer kept."""
_MOST_ATTEMPTS, _MOSTLEASES = 3, 20
"""An import that broke so often is not tried again; nor is one during which the service went away so often."""
_log = structlog.get_logger(__name__)


class Worker:
    """One thread that works imports off, one at a time; `start` and `stop` belong to the life of the application."""

    def __init__(self, workplace: Workplace) -> None:
        self._workplace = replace(workplace, heed=self._heed)
        self._stopping = threading.Event()
        self._woken = threading.Event()
        self._taken_over = threading.Event()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None
        self._resident = False
        self._tidied_next = 0.0

    def start(self) -> None:
        """Begins to look after the queue until `stop`. On SQLite, where this is the only process that serves, what another one
        left leased is taken over at once."""
        if self._workplace.database.is_sqlite:
            with self._workplace.database.write() as connection:
                end_leases(connection)
        with self._guard:
            self._resident = True
        self.wake()

    def wake(self) -> None:
        """Says that a job was queued. Where nobody has called `start`, it is worked off and the thread ends with it."""
        with self._guard:
            self._woken.set()
            if self._thread is None and not self._stopping.is_set():
                self._thread = threading.Thread(target=self._work, name="imports", daemon=True)
                self._thread.start()

    def stop(self, timeout: float) -> None:
        """Ends within about `timeout` seconds. What was under way is given back, and goes on after the next start."""
        self._stopping.set()
        self._woken.set()
        thread = self._thread
        if thread is not None:
            thread.join(timeout)

    def work_off(self) -> int:
        """Works off all that waits, on the calling thread, and says how many jobs it were."""
        done = 0
        with ThreadPoolExecutor(1, thread_name_prefix="import") as pool:
            while not self._stopping.is_set() and (job := self._lease()) is not None:
                done += 1
                if job.attempts > _MOSTLEASES:
                    self._give_up(job)
                else:
                    self._watch(job, pool.submit(Import(self._workplace, job).run))
        return done

    def _work(self) -> None:
        while not self._is_over():
            self._woken.clear()
            try:
                self.work_off()
                self._tidy()
            except (Unsettled, Unavailable) as error:
                _log.warning("import_queue_unreachable", code=error.code)
            except (ProgrammingError, OperationalError):
                if self._is_migrated():
                    raise
                # The tables are not there yet, or are being migrated: they are looked for again.
                _log.warning("import_queue_unreachable", code="not_migrated")
            if self._resident:
                self._woken.wait(_LOOKED_AFTER)

    def _tidy(self) -> None:
        """Now and then drops the files that are no longer kept."""
        if self._resident and time.monotonic() >= self._tidied_next:
            with suppress(StoppedError):
                drop_old_files(self._workplace)
            self._tidied_next = time.monotonic() + _TIDIED_AFTER

    def _is_migrated(self) -> bool:
        with self._workplace.database.read() as connection:
            return is_migrated(connection)

    def _is_over(self) -> bool:
        with self._guard:
            if self._stopping.is_set() or not (self._resident or self._woken.is_set()):
                self._thread = None
                return True
            return False

    def _lease(self) -> Job | None:
        now = self._workplace.clock()
        with self._workplace.database.read() as connection:
            if not has_waiting(connection, now):
                return None
        with self._workplace.database.write() as connection:
            return lease_job(connection, now, now + LEASE)

    def _heed(self) -> None:
        if self._stopping.is_set():
            raise StoppedError
        if self._taken_over.is_set():
            raise TakenOverError

    def _watch(self, job: Job, running: "Future[None]") -> None:
        """Renews the lease until the import has come to its end, and sees to it that every end is one."""
        self._taken_over.clear()
        while True:
            try:
                error = running.exception(_RENEWED_AFTER)
                break
            except NotDone:
                with self._workplace.database.write() as connection:
                    if not renew_lease(connection, job, self._workplace.clock() + LEASE):
                        self._taken_over.set()
        if error is None or isinstance(error, TakenOverError):
            return
        if isinstance(error, StoppedError):
            with self._workplace.database.write() as connection:
                give_back(connection, job)
        elif isinstance(error, (Unsettled, Unavailable)) and job.attempts < _MOST_ATTEMPTS:
            # The lease runs out by itself: by then the database may be there again.
            _log.warning("import_interrupted", upload=job.subject, code=error.code)
        elif job.attempts < _MOST_ATTEMPTS:
            _log.error("import_broke", upload=job.subject, exc_info=error)
            with self._workplace.database.write() as connection:
                give_back(connection, job)
        else:
            _log.error("import_failed", upload=job.subject, exc_info=error)
            self._give_up(job)

    def _give_up(self, job: Job) -> None:
        """Says of an import that it failed. What it had written counts nowhere, and is deleted."""
        with self._workplace.writing(job.community_id) as connection:
            fault = Fault("import_failed", "the import broke off, and nothing of it was recorded; it is safe to send it again")
            changes = {"status": UploadStatus.FAILED.value, "errors": [asdict(fault)], "finished_at": self._workplace.clock()}
            change_upload(connection, job.community_id, job.subject, **changes)
            finish_job(connection, job)
        left = 1
        while left:
            with self._workplace.writing(job.community_id) as connection:
                upload = get_upload(connection, job.community_id, job.subject)
                left = sweep(connection, job.community_id, upload.batch) if upload and upload.batch is not None else 0
