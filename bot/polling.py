"""The same path without a public address: the offset moves only after the commit."""

from datetime import timedelta

import structlog
from anyio import sleep, to_thread
from sqlalchemy.exc import OperationalError
from telegram.error import TelegramError

from bot import telegram
from bot.channel import Incoming
from bot.counter import Desk, apologize, take
from data.database import transaction

WAIT = timedelta(seconds=25)
PAUSE_AFTER_ERROR = 3.0
TRIES = 5  # of one update that fails for a reason of its own, before it is given up

log = structlog.get_logger()


class Poller:
    """Asks Telegram for updates, one after the other."""

    def __init__(
        self, desk: Desk, channel: telegram.Telegram, pause: float = PAUSE_AFTER_ERROR
    ) -> None:
        self._desk = desk
        self._channel = channel
        self._offset: int | None = None
        self._pause = pause
        self._failures = 0
        self.problem: str | None = None

    async def run(self) -> None:
        """Poll until cancelled; an error is waited out, never skipped."""
        while True:
            try:
                await self.once(WAIT)
                self.problem = None
            except TelegramError as error:
                self.problem = type(error).__name__
                log.warning("polling failed", error=type(error).__name__)
                await sleep(self._pause)

    async def once(self, wait: timedelta) -> None:
        """Take in one batch of updates."""
        for raw in await self._channel.updates(self._offset, wait):
            if not await self._take(raw):
                await sleep(self._pause)
                return  # the offset did not move: Telegram gives this update again
            self._offset = int(raw["update_id"]) + 1
            self._failures = 0

    async def _take(self, raw: dict[str, object]) -> bool:
        incoming = telegram.read(raw, self._channel.username)
        if incoming is None:
            return True
        try:
            await to_thread.run_sync(take, self._desk, incoming)
        except OperationalError as error:  # the database, not the update: wait for it
            log.error("update not taken", key=incoming.key, error=type(error).__name__)
            return False
        except Exception as error:
            return await self._failed(incoming, error)
        return True

    async def _failed(self, incoming: Incoming, error: Exception) -> bool:
        self._failures += 1
        name = type(error).__name__
        log.error("update failed", key=incoming.key, error=name, tries=self._failures)
        if self._failures < TRIES:
            return False
        await to_thread.run_sync(self._give_up, incoming, name)
        return True

    def _give_up(self, incoming: Incoming, name: str) -> None:
        with transaction(self._desk.engine) as tx:
            apologize(tx, incoming, name, now=self._desk.clock())
