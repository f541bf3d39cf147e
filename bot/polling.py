"""The same path without a public address: the offset moves only after the commit."""

from datetime import timedelta

import structlog
from anyio import sleep, to_thread
from telegram.error import TelegramError

from bot import telegram
from bot.counter import Desk, take
from bot.patience import Patience, give_up, is_the_databases

WAIT = timedelta(seconds=25)
PAUSE_AFTER_ERROR = 3.0

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
        self._patience = Patience()
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

    async def _take(self, raw: dict[str, object]) -> bool:
        incoming = telegram.read(raw, self._channel.username)
        if incoming is None:
            return True
        try:
            await to_thread.run_sync(take, self._desk, incoming)
        except Exception as error:
            log.error("update not taken", key=incoming.key, error=type(error).__name__)
            if is_the_databases(error) or not self._patience.is_used_up(incoming.key):
                return False
            await to_thread.run_sync(give_up, self._desk, incoming, error)
        return True
