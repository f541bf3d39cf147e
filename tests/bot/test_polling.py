"""The offset moves only after the commit."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError

from bot.conversation.moment import Office
from bot.counter import Desk
from bot.patience import TRIES
from bot.polling import Poller
from data.database import engine_for, reading
from data.inbox import Received
from data.outbox import Outbox
from faq.keeping.index import Shelf
from tests.clock import FakeClock
from tests.databases import KEYRING


def update(number: int, text: str = "您好") -> dict[str, Any]:
    who = {"id": 1001, "is_bot": False, "first_name": "王"}
    chat = {"id": 1001, "type": "private"}
    message = {"message_id": number, "date": 1, "chat": chat, "from": who, "text": text}
    return {"update_id": number, "message": message}


class FakeTelegram:
    """Gives the updates from an offset on, as getUpdates does."""

    username = "fake_telegram_bot"

    def __init__(self, *updates: dict[str, Any]) -> None:
        self.waiting = list(updates)
        self.offsets: list[int | None] = []

    async def updates(self, offset: int | None, wait: timedelta) -> list[dict[str, Any]]:
        self.offsets.append(offset)
        self.waiting = [one for one in self.waiting if one["update_id"] >= (offset or 0)]
        return list(self.waiting)


def desk(engine: Engine, shelf: Shelf, clock: FakeClock | None = None) -> Desk:
    return Desk(engine, shelf, clock or FakeClock(), Office("公所"), "WH", lambda: None)


def poll(poller: Poller, times: int = 1) -> None:
    async def some() -> None:
        for _ in range(times):
            await poller.once(timedelta(0))

    asyncio.run(some())


def test_what_was_committed_is_confirmed_next_time(engine: Engine, shelf: Shelf) -> None:
    telegram = FakeTelegram(update(7), update(8))
    poll(Poller(desk(engine, shelf), telegram, pause=0.0), 2)  # type: ignore[arg-type]
    assert telegram.offsets == [None, 9]
    with reading(engine) as tx:
        assert set(tx.scalars(select(Received.key))) == {"7", "8"}


def test_nothing_is_confirmed_while_the_database_is_gone(shelf: Shelf) -> None:
    gone = engine_for("postgresql://nobody@127.0.0.1:1/none", KEYRING)
    telegram = FakeTelegram(update(7))
    poller = Poller(desk(gone, shelf), telegram, pause=0.0)  # type: ignore[arg-type]
    poll(poller, TRIES + 2)
    assert set(telegram.offsets) == {None}
    with pytest.raises(OperationalError):
        gone.connect()


def test_an_update_that_always_fails_is_given_up_with_an_apology(
    engine: Engine, shelf: Shelf
) -> None:
    class Broken(FakeClock):
        """Fails as a defect in our own code would, for the first tries."""

        def __init__(self) -> None:
            super().__init__()
            self.calls = 0

        def __call__(self) -> Any:
            self.calls += 1
            if self.calls <= TRIES:
                raise ValueError("defect")
            return super().__call__()

    telegram = FakeTelegram(update(7), update(8))
    poll(Poller(desk(engine, shelf, Broken()), telegram, pause=0.0), TRIES + 1)  # type: ignore[arg-type]
    with reading(engine) as tx:
        failed = tx.scalars(select(Received).where(Received.failure.is_not(None))).one()
        assert (failed.key, failed.failure) == ("7", "ValueError")
        texts = [row.message.text for row in tx.scalars(select(Outbox).order_by(Outbox.id))]
    assert "處理失敗" in texts[0]
    assert len(texts) == 2  # the next update was answered
