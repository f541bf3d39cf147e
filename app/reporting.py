"""Making reports: one at a time, outside any transaction, with its progress on record.

Any number of processes may do so. One that dies leaves its report to the next, which begins anew.
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from shutil import copyfile

import structlog
from anyio import sleep, to_thread
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from admin_api import amending, meeting
from admin_api.reports import FOLDER
from admin_api.schemas.meetings import Meeting
from app.rounds import bring_up
from complaints.measuring import register, reports
from complaints.measuring.periods import Period
from complaints.measuring.reports import Finished
from data.database import reading, transaction
from faq.keeping.index import Shelf

EVERY = 2.0  # seconds
COUNTING, GATHERING, WRITING = "整理統計", "彙整資料", "產製檔案"
GATHERED = 30  # of a hundred, when the files are begun
FAILED = "產製失敗，請看系統紀錄"
log = structlog.get_logger()


@dataclass(frozen=True)
class _Job:
    """A report that is being made."""

    id: int
    period: Period
    issue: int
    reason: str


class Reporter:
    """The loop that makes what was asked for."""

    def __init__(
        self,
        engine: Engine,
        shelf: Shelf,
        clock: Callable[[], datetime],
        office: str,
        files: Path,
    ) -> None:
        self._engine = engine
        self._shelf = shelf
        self._clock = clock
        self._office = office
        self._folder = files / FOLDER

    async def run(self) -> None:
        """Look until cancelled; a failing database is waited out."""
        while True:
            try:
                await to_thread.run_sync(self.once)
            except SQLAlchemyError as error:
                log.error("reports wait for the database", error=type(error).__name__)
            await sleep(EVERY)

    def once(self) -> int:
        """Make one report that waits; return its number, 0 when there is none."""
        with reading(self._engine) as tx:
            if not any(one.state in UNMADE for one in reports.listed(tx, 20)):
                return 0
        with transaction(self._engine) as tx:
            row = reports.claim(tx, now=self._clock())
            job = _Job(row.id, Period.read(row.period), row.issue, row.reason) if row else None
        if job is None:
            return 0
        try:
            self._make(job)
        except SQLAlchemyError:
            raise  # its lease ends, and it is made again
        except Exception:
            log.exception("a report could not be made", period=job.period.key)
            with transaction(self._engine) as tx:
                reports.fail(tx, job.id, FAILED)
        return job.id

    def _make(self, job: _Job) -> None:
        self._step(job, COUNTING, 0)
        bring_up(self._engine)
        self._step(job, GATHERING, 10)
        gathered = self._gather(job)
        files = self._write(job, gathered)
        changes = [one.model_dump() for one in gathered.changes]
        with transaction(self._engine) as tx:
            reports.finish(tx, job.id, Finished(gathered.model_dump(mode="json"), files, changes))
        log.info("a report was made", period=job.period.key, issue=job.issue)

    def _gather(self, job: _Job) -> Meeting:
        with reading(self._engine) as tx:
            words = self._shelf.current(tx).words
            asked = meeting.Asked(self._office, job.period, words, self._clock())
            found = meeting.gather(tx, asked)
            before = reports.published(tx, job.period.key)
            content = before.content if before else None
        if content is None:
            return found
        changes = amending.differences(Meeting.model_validate(content), found)
        return found.model_copy(
            update={"issue": job.issue, "reason": job.reason, "changes": changes}
        )

    def _write(self, job: _Job, gathered: Meeting) -> dict[str, str]:
        """Write the files into a folder of the report's own; their digests by name."""
        digests: dict[str, str] = {}
        for name, path, share in write(self._engine, gathered, job.period):
            digests[name] = _digest(path)
            target = self._folder / str(job.id) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            copyfile(path, target)
            self._step(job, WRITING, GATHERED + int(share * (reports.WHOLE - GATHERED - 1)))
        return digests

    def _step(self, job: _Job, step: str, done: int) -> None:
        with transaction(self._engine) as tx:
            reports.note_step(tx, job.id, step, done, now=self._clock())


UNMADE = (reports.State.WAITING, reports.State.RUNNING)


def write(engine: Engine, gathered: Meeting, period: Period) -> Iterator[tuple[str, Path, float]]:
    """Make the report's files; each with its path, for as long as it is looked at, and the share
    of the files that are ready, 0 to 1."""
    from admin_api.reporting import documents  # the writers of documents load slowly

    with tempfile.TemporaryDirectory() as folder, reading(engine) as tx:
        rows = register.register(tx, period, gathered.until)
        for number, made in enumerate(documents.make(gathered, rows, Path(folder)), 1):
            yield made.name, made.path, number / documents.FILES


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
