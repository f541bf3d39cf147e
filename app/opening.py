"""Making open data by itself, on the day of the month the office chose (OPEN_DATA_DAY).

Any number of processes may do so: a file is made once, whoever comes first.
"""

from collections.abc import Callable
from datetime import datetime

import structlog
from anyio import sleep, to_thread
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.rounds import bring_up
from complaints.clock.workdays import office_date
from complaints.errors import AlreadySet
from complaints.measuring import opening
from complaints.measuring.columns import File
from complaints.measuring.opening import NotYet
from complaints.measuring.periods import Period
from complaints.measuring.tallies import StillCounting
from data.database import reading, transaction

EVERY = 600.0  # seconds
log = structlog.get_logger()


class Opener:
    """The loop that makes the files whose turn it is; `day` is 1 to 28."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime], day: int) -> None:
        self._engine = engine
        self._clock = clock
        self._day = day

    async def run(self) -> None:
        """Look until cancelled; a failing database is waited out."""
        while True:
            try:
                await to_thread.run_sync(self.once)
            except SQLAlchemyError as error:
                log.error("open data waits for the database", error=type(error).__name__)
            await sleep(EVERY)

    def once(self) -> int:
        """Make what should be there by now; return how many files were made."""
        with reading(self._engine) as tx:
            due = opening.unmade(tx, self._day, office_date(self._clock()))
        if due:
            bring_up(self._engine)
        return sum(self._make(period, file) for period, file in due)

    def _make(self, period: Period, file: File) -> bool:
        now = self._clock()
        try:
            with transaction(self._engine) as tx:
                reported = opening.is_reported(tx, period)
                row = opening.make(tx, period, file, reported=reported, now=now)
        except (AlreadySet, NotYet):
            return False  # another process was quicker
        except StillCounting:
            return False  # it is looked at again
        log.info("open data made", period=row.period, file=row.name, rows=row.rows)
        return True
