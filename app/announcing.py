"""Telling the office's other systems: what happened to cases is posted for them every few seconds.

Like the rounds, this may be cut off anywhere and run by any number of processes at once.
"""

from collections.abc import Callable
from datetime import datetime

import structlog
from anyio import sleep, to_thread
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from complaints import subscriptions
from data.database import reading, transaction

EVERY = 3.0  # seconds
log = structlog.get_logger()


class Announcer:
    """The loop that posts; the relay sends."""

    def __init__(
        self, engine: Engine, clock: Callable[[], datetime], wake: Callable[[], None]
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._wake = wake

    async def run(self) -> None:
        """Look until cancelled; a failing database is waited out."""
        while True:
            try:
                if await to_thread.run_sync(self.once):
                    self._wake()
            except SQLAlchemyError as error:
                log.error("announcing waits for the database", error=type(error).__name__)
            await sleep(EVERY)

    def once(self) -> int:
        """Post what is new; return how many messages that were."""
        with reading(self._engine) as tx:
            if not subscriptions.anything_new(tx):
                return 0
        with transaction(self._engine) as tx:
            return subscriptions.post_new(tx, now=self._clock())
