"""An office with everything running: the program behind ASGI, Telegram played by a fake server."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from app import office as roof
from app.office import Office
from app.settings import Settings
from bot.telegram import WEBHOOK_PATH
from data.database import transaction
from faq.keeping.index import Shelf
from tests import pictures
from tests.clock import FakeClock
from tests.fakes.botapi import BotApi, Person, SentMessage, Update
from tests.makers import PASSWORD, PREFIX, make_officer
from tests.served import create_web

PHOTO = pictures.jpeg()
CASE_NO = re.compile(PREFIX + r"-\d{7}-\d{4}")


@dataclass
class World:
    """The office, its clock, the fake Telegram, and a browser."""

    office: Office
    clock: FakeClock
    telegram: BotApi
    browser: TestClient

    def deliver(self, update: Update) -> int:
        """Telegram posts an update to the webhook; the status it got."""
        headers = self.telegram.webhook_headers()
        return self.browser.post(WEBHOOK_PATH, json=update, headers=headers).status_code

    def log_in(self, username: str) -> dict[str, str]:
        """The headers of a logged-in officer."""
        body = {"username": username, "password": PASSWORD}
        token = self.browser.post("/api/v1/tokens", json=body).json()["token"]
        return {"Authorization": f"Bearer {token}"}

    def citizen(self, chat_id: int = 1001, language: str = "zh-hant") -> "Citizen":
        """Somebody who writes to the bot."""
        return Citizen(self, self.telegram.person(chat_id, language_code=language, started=True))

    def in_group(self, chat_id: int) -> list[SentMessage]:
        """Everything the bot sent to a group."""
        return self.telegram.sent(chat_id)


@dataclass
class Citizen:
    """A person on Telegram, as a journey tells it."""

    world: World
    person: Person

    def does(self, update: Update, answers: int = 1) -> SentMessage:
        """Deliver what was done and wait for this many answers; the last of them."""
        before = len(self.heard())
        status = self.world.deliver(update)
        assert status == 200, f"the webhook answered {status}"
        return self.waits(before + answers)

    def says(self, text: str, answers: int = 1) -> SentMessage:
        """Write a message."""
        return self.does(self.person.says(text), answers)

    def replies(self, to: SentMessage, text: str, answers: int = 1) -> SentMessage:
        """Reply to a message of the bot."""
        return self.does(self.person.says(text, reply_to=to), answers)

    def presses(self, label: str, answers: int = 1) -> SentMessage:
        """Press a button of the newest message that has it."""
        message = next(m for m in reversed(self.heard()) if label in labels(m))
        return self.does(self.person.presses(message, label), answers)

    def heard(self) -> list[SentMessage]:
        """Everything the bot sent to this person."""
        return self.world.telegram.sent(self.person.chat_id)

    def waits(self, count: int) -> SentMessage:
        """Wait until so many messages have come; the last of them."""
        return self.world.telegram.wait_for(lambda: self.heard()[count - 1])

    def files(self, text: str = "騎樓堆放雜物。輪椅過不去。") -> str:
        """Go through the whole form and return the case number."""
        self.says("我要陳情", 2)
        for answer in (text, "範例街 25 號前", "沒有照片", "王小明", "本聊天室", "一般"):
            self.says(answer)
        receipt = self.presses("送出")
        return case_no(receipt)


def labels(message: SentMessage) -> list[str]:
    """The labels of a message's buttons."""
    return [label for label, _ in message.buttons]


def case_no(message: SentMessage) -> str:
    """The case number a message names."""
    found = CASE_NO.search(message.text)
    assert found, message.text
    return found[0]


@contextmanager
def opened(
    url: str, folder: Path, shelf: Shelf, *, webhook: bool = True, **given: Any
) -> Iterator[World]:
    """A running office on this database."""
    with BotApi() as telegram:
        settings = Settings(
            office_name="萬華區公所",
            office_code=PREFIX,
            database_url=url,
            data_dir=folder,
            public_url="https://office.example" if webhook else None,
            telegram_bot_token=telegram.token,  # type: ignore[arg-type]
            telegram_api_base_url=telegram.url,
            **given,
        )
        clock = FakeClock()
        office = roof.build(settings, clock, shelf)
        with transaction(office.engine) as tx:
            make_officer(tx, "controller", "case_controller", "civil")
            make_officer(tx, "director", "director", "civil")
        with TestClient(create_web(office), base_url="https://office.example") as browser:
            if webhook:
                telegram.wait_for(lambda: telegram.webhook.url)
            yield World(office, clock, telegram, browser)
        assert telegram.violations == [], telegram.violations
