"""Sending what waits in the outbox: claim, send outside any transaction, settle."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from anyio import CancelScope, create_task_group, move_on_after, sleep, to_thread
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.channel import Channel, TryLater, Undeliverable
from complaints import handling
from data import outbox
from data.database import reading, transaction
from data.outbox import Damaged, Outbox
from data.sealing import Unsealable

LOOK_EVERY = 1.0  # seconds; a wake-up only makes it quicker
PAUSE_AFTER_ERROR = 2.0
GATHERING = 0.05  # seconds; so that under load a batch is more than one message
SEVERAL = 2  # addresses of one batch

log = structlog.get_logger()


class Relay:
    """One sender; any number may run at once, in any number of processes."""

    def __init__(
        self, engine: Engine, channels: Mapping[str, Channel], clock: Callable[[], datetime]
    ) -> None:
        self._engine = engine
        self._channels = channels
        self._clock = clock
        self._woken = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        # Lost with the process, which then only asks once more.
        self._told_to_wait: dict[str, dict[str, timedelta]] = {}
        self._paused_until: dict[str, datetime] = {}

    def wake(self) -> None:
        """Look now instead of at the next second; may be called from any thread."""
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._woken.set)

    async def run(self) -> None:
        """Send until cancelled; a failing database is waited out."""
        self._loop = asyncio.get_running_loop()
        while True:
            self._woken.clear()
            try:
                while sent := await self.once():
                    if sent < outbox.BATCH:
                        await sleep(GATHERING)
            except* SQLAlchemyError as group:
                log.error("relay waits for the database", error=type(group.exceptions[0]).__name__)
                await sleep(PAUSE_AFTER_ERROR)
            await self._rest()

    async def once(self) -> int:
        """Claim and send one batch, each address in its order; return how many were claimed.

        What became of it is noted in one transaction, also when the program is asked to end.
        """
        rows = await to_thread.run_sync(self._claim)
        self._told_to_wait.clear()
        ends: list[_End] = []
        try:
            async with create_task_group() as sending:
                for row in rows:
                    sending.start_soon(self._send, row, ends)
        finally:
            with CancelScope(shield=True):
                await to_thread.run_sync(self._settle, ends)
        self._pause()
        return len(rows)

    def _pause(self) -> None:
        """A channel that tells several addresses to wait means all; asking on makes it worse."""
        for channel, waits in self._told_to_wait.items():
            if len(waits) >= SEVERAL:
                self._paused_until[channel] = self._clock() + max(waits.values())
                log.warning("channel pauses", channel=channel, seconds=max(waits.values()).seconds)

    def _open(self, now: datetime) -> list[str]:
        """The channels that may be sent to now."""
        return [one for one in self._channels if self._paused_until.get(one, now) <= now]

    async def _rest(self) -> None:
        with move_on_after(LOOK_EVERY):
            await self._woken.wait()

    def _claim(self) -> Sequence[Outbox]:
        now = self._clock()
        names = self._open(now)
        with reading(self._engine) as tx:
            if not outbox.anything_due(tx, names, now=now):
                return []
        try:
            with transaction(self._engine) as tx:
                return outbox.claim(tx, names, now=now)
        except Unsealable:
            self._set_aside(now)
            return []  # the others leave at the next look

    def _set_aside(self, now: datetime) -> None:
        with transaction(self._engine) as tx:
            for row in outbox.set_aside_damaged(tx, now=now):
                log.error("message cannot be opened", id=row.id)
                _report(tx, row, "content damaged", now)

    async def _send(self, row: Outbox, ends: list["_End"]) -> None:
        try:
            ends.append(_End(row, await self._deliver(row)))
        except (TryLater, Undeliverable) as error:
            ends.append(_End(row, problem=error))
        except SQLAlchemyError:
            raise  # the lease ends by itself and the row is claimed again
        except Exception as error:  # a defect of the adapter must not stop the others
            log.exception("sending failed", id=row.id)
            ends.append(_End(row, problem=TryLater(type(error).__name__)))

    async def _deliver(self, row: Outbox) -> str | None:
        channel = self._channels[row.channel]
        parts = channel.parts(row.message)
        receipt = None
        for number in range(row.parts_sent, len(parts)):
            key = f"{row.key}/{number}"
            receipt = await channel.send(row.address, parts[number], key=key)
            if number + 1 < len(parts):
                await to_thread.run_sync(self._note_part, row.id, number + 1)
        return receipt

    def _note_part(self, row_id: int, parts_sent: int) -> None:
        with transaction(self._engine) as tx:
            outbox.note_part(tx, row_id, parts_sent)

    def _settle(self, ends: Sequence["_End"]) -> None:
        """Note all in one transaction; where one of them fails, each in its own."""
        ordered = sorted(ends, key=lambda end: end.row.id)
        try:
            self._settle_together(ordered)
        except Exception:
            log.exception("settling each alone")
            for end in ordered:
                self._settle_alone(end)

    def _settle_together(self, ends: Sequence["_End"]) -> None:
        if ends:
            with transaction(self._engine) as tx:
                for end in ends:
                    self._settle_one(tx, end)

    def _settle_alone(self, end: "_End") -> None:
        """What fails keeps its lease until that ends, and has no other message sent twice."""
        try:
            self._settle_together([end])
        except Exception:
            log.exception("not settled", id=end.row.id)

    def _settle_one(self, tx: Session, end: "_End") -> None:
        now, row = self._clock(), end.row
        if end.problem is None:
            if outbox.settle_sent(tx, row.id, end.receipt, now=now):
                _report(tx, row, None, now)
        elif isinstance(end.problem, Undeliverable):
            _give_up(tx, row, str(end.problem), now)
        else:
            self._later(tx, row, end.problem, now)

    def _later(self, tx: Session, row: Outbox, error: TryLater, now: datetime) -> None:
        wait = error.after or outbox.wait_after(row.attempts)
        if wait is None:
            _give_up(tx, row, f"given up after {row.attempts} attempts: {error}", now)
            return
        log.info("message waits", id=row.id, attempts=row.attempts, reason=str(error))
        if error.after:
            self._told_to_wait.setdefault(row.channel, {})[row.name] = error.after
        counts = error.after is None
        outbox.settle_later(tx, row.id, str(error), after=wait, counts=counts, now=now)


@dataclass(frozen=True)
class _End:
    """What became of one message: the channel's receipt, or why it did not leave."""

    row: Outbox
    receipt: str | None = None
    problem: TryLater | Undeliverable | None = None


def _give_up(tx: Session, row: Outbox, problem: str, now: datetime) -> None:
    log.warning("message is undeliverable", id=row.id, reason=problem)
    if outbox.settle_dead(tx, row.id, problem, now=now):
        _report(tx, row, problem, now)


def _report(tx: Session, row: Outbox | Damaged, problem: str | None, now: datetime) -> None:
    """Tell the case what became of its notice."""
    if row.about and row.about.startswith("event:"):
        event_id = int(row.about.removeprefix("event:"))
        handling.note_delivery(tx, event_id, problem=problem, channel=row.channel, now=now)
