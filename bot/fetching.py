"""Downloading the files citizens sent, outside any transaction."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import structlog
from anyio import sleep, to_thread
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.channel import Channel, TryLater, Undeliverable
from complaints import attachments
from complaints.tables import Attachment
from data import files
from data.database import reading, transaction

LOOK_EVERY = 2.0  # seconds

log = structlog.get_logger()


class Fetcher:
    """Brings files from where the channel keeps them into our own folder."""

    def __init__(
        self,
        engine: Engine,
        channels: Mapping[str, Channel],
        folder: Path,
        clock: Callable[[], datetime],
    ) -> None:
        self._engine = engine
        self._channels = channels
        self._folder = folder
        self._clock = clock

    async def run(self) -> None:
        """Fetch until cancelled."""
        while True:
            try:
                while await self.once():
                    pass
            except SQLAlchemyError as error:
                log.error("fetching waits for the database", error=type(error).__name__)
            await sleep(LOOK_EVERY)

    async def once(self) -> int:
        """Fetch one batch; return how many were tried."""
        rows = await to_thread.run_sync(self._claim)
        for row in rows:
            await self._fetch(row)
        return len(rows)

    def _claim(self) -> list[Attachment]:
        now, names = self._clock(), list(self._channels)
        with reading(self._engine) as tx:
            if not attachments.anything_due(tx, names, now=now):
                return []
        with transaction(self._engine) as tx:
            return attachments.claim(tx, names, now=now)

    async def _fetch(self, row: Attachment) -> None:
        try:
            content = await self._channels[row.channel].fetch(row.reference)
            digest, kind = await to_thread.run_sync(files.keep, self._folder, content)
        except (Undeliverable, files.UnacceptableFile) as error:
            log.warning("file not taken", id=row.id, reason=str(error))
            await to_thread.run_sync(self._failed, row)
        except (TryLater, OSError) as error:
            log.info("file waits", id=row.id, reason=type(error).__name__)
            await to_thread.run_sync(self._later, row)
        else:
            await to_thread.run_sync(self._stored, row, digest, kind)

    def _stored(self, row: Attachment, digest: str, kind: str) -> None:
        with transaction(self._engine) as tx:
            attachments.note_stored(tx, row.id, digest, kind)

    def _failed(self, row: Attachment) -> None:
        with transaction(self._engine) as tx:
            attachments.note_failed(tx, row.id)

    def _later(self, row: Attachment) -> None:
        with transaction(self._engine) as tx:
            attachments.note_later(tx, row.id, row.attempts, now=self._clock())
