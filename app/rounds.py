"""The office's rounds: once a minute, whoever has to know is told, each case by itself.

Every round may be cut off anywhere and run by any number of processes at once: what was told is
a row with its own key, so nothing is told twice.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from anyio import sleep, to_thread
from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from admin_api.audit import WATCHED
from app import expiring, publishing
from bot import forgetting
from complaints import practice, reminders
from complaints.clock.workdays import office_date
from complaints.measuring import following, tallies
from complaints.roles import HANDLERS
from complaints.tables import Officer
from data import ledger, pacing
from data.database import reading, transaction
from faq.keeping import learning
from faq.keeping.index import Shelf

EVERY = 60.0  # seconds
A_DAY = timedelta(days=1)
UNANSWERED_FOR = timedelta(days=7)
MOST_QUESTIONS = 3

log = structlog.get_logger()


class Rounds:
    """The loop that keeps the office's promises about time."""

    def __init__(
        self,
        engine: Engine,
        shelf: Shelf,
        clock: Callable[[], datetime],
        wake: Callable[[], None],
    ) -> None:
        self._engine = engine
        self._shelf = shelf
        self._clock = clock
        self._wake = wake

    async def run(self) -> None:
        """Go round until cancelled; a failing database is waited out."""
        while True:
            try:
                if await to_thread.run_sync(self.once):
                    self._wake()
            except SQLAlchemyError as error:
                log.error("the rounds wait for the database", error=type(error).__name__)
            await sleep(EVERY)

    def once(self) -> int:
        """One round; return how many people were told something."""
        told = sum(self._look_at(number) for number in self._cases())
        with transaction(self._engine) as tx:
            told += reminders.look_at_promises(tx, now=self._clock())
            told += following.remind_due(tx, now=self._clock())
        told += self._digests()
        told += expiring.tell_owners(self._engine, now=self._clock())
        publishing.publish_due(self._engine, self._shelf, now=self._clock())
        self._seal()
        bring_up(self._engine)
        self._forget()
        return told

    def _cases(self) -> Sequence[str]:
        with reading(self._engine) as tx:
            return reminders.cases_to_look_at(tx, now=self._clock())

    def _look_at(self, case_no: str) -> int:
        # Each case has its own transaction: a round over many keeps nobody waiting.
        with transaction(self._engine) as tx:
            return reminders.look_at(tx, case_no, now=self._clock())

    def _digests(self) -> int:
        now = self._clock()
        with reading(self._engine) as tx:
            if not reminders.is_open(tx, now=now):
                return 0
            roles = [role.value for role in HANDLERS]
            staff = tx.scalars(select(Officer).where(Officer.active, Officer.role.in_(roles))).all()
            due = [one for one in staff if not reminders.has_digest(tx, one, now=now)]
            extra = self._questions(now) if due else []
        told = 0
        for officer in due:
            with transaction(self._engine) as tx:
                told += reminders.digest(tx, officer, now=now, extra=extra)
        return told

    def _questions(self, now: datetime) -> list[str]:
        """What citizens asked most in the last days and nobody could answer."""
        with reading(self._engine) as tx:
            words = self._shelf.current(tx).words
            found = learning.unanswered(tx, now - UNANSWERED_FOR, MOST_QUESTIONS, words)
        return [f"未答問題：{one.texts[0]}（{one.times} 次）" for one in found]

    def _seal(self) -> None:
        """Seal what the histories gained, page by page; the mark goes to the log as a witness."""
        sealed = 0
        while rows := self._seal_pages():
            sealed += rows
        if sealed:
            with reading(self._engine) as tx:
                last = ledger.newest(tx)
            log.info("histories sealed", rows=sealed, mark=last.mark if last else None)

    def _seal_pages(self) -> int:
        with transaction(self._engine) as tx:
            return ledger.seal(tx, WATCHED, now=self._clock())

    def _forget(self) -> None:
        now = self._clock()
        self._forget_paces(now - A_DAY)
        with reading(self._engine) as tx:
            days = practice.load(tx).chat_kept_days
            if not days or not forgetting.anything(tx, now - timedelta(days=days)):
                return
        with transaction(self._engine) as tx:
            gone = forgetting.forget(tx, now - timedelta(days=days))
        log.info("old chats forgotten", day=str(office_date(now)), rows=gone)

    def _forget_paces(self, before: datetime) -> None:
        with reading(self._engine) as tx:
            if not pacing.anything(tx, before):
                return
        with transaction(self._engine) as tx:
            pacing.forget(tx, before)


def bring_up(engine: Engine) -> int:
    """Count what happened since the tallies were last brought up; return how many events."""
    total = 0
    with reading(engine) as tx:
        if not tallies.anything_waits(tx):
            return 0
    while added := _count_some(engine):
        total += added
    return total


def _count_some(engine: Engine) -> int:
    # Some cases each time: whoever files meanwhile is not kept waiting.
    with transaction(engine) as tx:
        return tallies.bring_up(tx)
