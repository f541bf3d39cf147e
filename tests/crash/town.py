"""Who goes on writing while the program dies: citizens on Telegram, Telegram itself, a clerk."""

import random
import urllib.error
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Thread
from time import sleep
from typing import Any

import httpx

from bot.telegram import WEBHOOK_PATH
from tests import pictures
from tests.fakes.botapi import BotApi, Params, Person, SentMessage, Update
from tests.makers import PASSWORD

PHOTO = pictures.jpeg()
QUESTIONS = ("身分證遺失要怎麼補領", "護口名簿不見了要怎辦", "小孩出生多久要報戶口", "我的案件")
TURN = 0.01  # seconds
TRIES = 10_000
RESENT = 0.05  # share of updates that Telegram brings again though we said 200


class WatchedApi(BotApi):
    """Telegram; `on_send` is called when it has a message and before it says so.

    `where` is the address behind the webhook's, asked for each update.
    """

    def __init__(self) -> None:
        super().__init__()
        self.on_send: Callable[[], None] = lambda: None
        self.where: Callable[[], str] = str

    def _webhook_target(self) -> str:
        return self.where() + WEBHOOK_PATH

    def _send_message(self, params: Params) -> object:
        sent = super()._send_message(params)
        self.on_send()
        return sent


# What a citizen does next: an update made, or None where the bot has to say something first.
Deed = Callable[[], Update | None]
NOTHING_TO_DO: Update = {}
SUBMIT, ALL_THE_SAME, FILED = ":submit", ":anyway", "已立案，"


@dataclass
class Citizen:
    """Somebody who asks and files without waiting for more than the button to press."""

    person: Person
    telegram: BotApi
    dice: random.Random
    filed: list[str] = field(default_factory=list)
    _pressed: set[int] = field(default_factory=set)
    _deeds: Iterator[Deed] = field(default_factory=lambda: iter(()))
    _next: Deed | None = None

    def act(self) -> Update | None:
        """Do the next thing, if it can be done yet."""
        if self._next is None:
            self._next = next(self._deeds, None) or self._begin_anew()
        done = self._next()
        if done is not None:
            self._next = None
        return done or None

    @property
    def waits(self) -> bool:
        """Whether a button has to come first."""
        return self._next is not None

    def finishes(self) -> bool:
        """Whether nothing begun is left to be done."""
        if self._next is None:
            self._next = next(self._deeds, None)
        return self._next is None

    def _begin_anew(self) -> Deed:
        asks = self.dice.random() < 0.5
        self._deeds = iter(self._asks() if asks else self._files())
        return next(self._deeds)

    def _asks(self) -> list[Deed]:
        return [self._saying(self.dice.choice(QUESTIONS)) for _ in range(self.dice.randint(1, 2))]

    def _files(self) -> list[Deed]:
        what = f"第 {self.person.chat_id}-{len(self.filed)} 號燈桿不亮，晚上看不到路。"
        self.filed.append(what)
        place = f"範例街 {self.dice.randint(1, 900)} 號前"
        photo = self.dice.random() < 0.3
        pictured: list[Deed] = [self._showing, self._saying("照片傳完了")]
        unpictured = [self._saying("沒有照片")]
        rest = [self._saying(one) for one in ("王小明", "本聊天室", "一般")]
        head = [self._saying(one) for one in ("取消", "我要陳情", what, place)]
        end = [lambda: self._press(SUBMIT), self._end]
        return [*head, *(pictured if photo else unpictured), *rest, *end]

    def _saying(self, text: str) -> Deed:
        return lambda: self.person.says(text)

    def _showing(self) -> Update:
        return self.person.sends_photo(PHOTO)

    def _press(self, what: str) -> Update | None:
        """Press a button of this form, each message's once."""
        for message in self._newest():
            if message.message_id in self._pressed:
                return None
            for label, token in message.buttons:
                if token.endswith(what):
                    self._pressed.add(message.message_id)
                    return self.person.presses(message, label)
        return None

    def _end(self) -> Update | None:
        """The case is filed, or the bot asked whether it is the same as somebody else's."""
        if any(FILED in message.text for message in self._newest()):
            return NOTHING_TO_DO
        return self._press(ALL_THE_SAME)

    def _newest(self) -> Iterator[SentMessage]:
        """What the bot said since it read this form back, the newest first."""
        mine = self.filed[-1].partition("，")[0]
        for message in reversed(self.telegram.sent(self.person.chat_id)):
            yield message
            if mine in message.text and message.buttons:
                return


class Postman(Thread):
    """Telegram's side of a webhook: in order within a chat, again until it is answered 200."""

    def __init__(self, telegram: BotApi, turns: int, seed: int) -> None:
        super().__init__(daemon=True)
        self._telegram, self._turns = telegram, turns
        self._dice = random.Random(seed)
        self.over = Event()
        self.resent = 0

    def run(self) -> None:
        workers = [Thread(target=self._deliver, args=(n,), daemon=True) for n in range(self._turns)]
        for one in workers:
            one.start()
        for one in workers:
            one.join()

    def _deliver(self, turn: int) -> None:
        while not self.over.is_set():
            update = self._oldest(turn)
            if update is None or not self._post(update):
                sleep(TURN)
            elif self._dice.random() < RESENT:
                self.resent += 1
                self._post(update)

    def _oldest(self, turn: int) -> Update | None:
        """The first update that waits in one of the chats that are this worker's."""
        with self._telegram.lock:
            for update in self._telegram.pending:
                if chat_of(update) % self._turns == turn:
                    return update
        return None

    def _post(self, update: Update) -> bool:
        with suppress(OSError, urllib.error.URLError, httpx.HTTPError, AssertionError):
            return self._telegram.push(update) == 200
        return False


def chat_of(update: Update) -> int:
    """The chat an update is from."""
    told = update.get("message") or update["callback_query"]
    return int(told["from"]["id"])


class Clerk(Thread):
    """Answers cases over the API; a request without an answer is sent again with its key."""

    def __init__(self, address: Callable[[], str], username: str) -> None:
        super().__init__(daemon=True)
        self._address, self._username = address, username
        self._headers: dict[str, str] = {}
        self._client = httpx.Client(timeout=10)
        self.replied: list[str] = []
        self.problems: list[str] = []
        self._rests = Event()

    def run(self) -> None:
        while not self._rests.is_set():
            if case := self._newest():
                self._reply(case)
            sleep(5 * TURN)

    def finish(self) -> None:
        """Let a request that is out be answered; begin nothing new."""
        self._rests.set()
        self.join()

    def ask_for_report(self, period: str) -> None:
        """Have a report made."""
        key = f"report-{random.random()}"
        self._insist("POST", "/reports", {"period": period}, key)

    def _newest(self) -> dict[str, Any] | None:
        found = self._insist("GET", "/cases?limit=50")
        open_ones = [one for one in (found or {}).get("cases", ()) if one["status"] == "received"]
        return next((one for one in open_ones if one["case_no"] not in self.replied), None)

    def _reply(self, case: dict[str, Any]) -> None:
        number = str(case["case_no"])
        body = {"text": "①已派員修復路燈。", "version": case["version"]}
        key = f"reply-{number}-{case['version']}"
        if self._insist("POST", f"/cases/{number}/reply", body, key):
            self.replied.append(number)

    def _insist(
        self, method: str, path: str, body: Any = None, key: str = ""
    ) -> dict[str, Any] | None:
        """The answer to a call; None where it was refused (a case was changed meanwhile)."""
        for _ in range(TRIES):
            try:
                answer = self._call(method, path, body, key)
            except httpx.HTTPError:
                sleep(TURN)
                continue
            if answer.status_code < 300:
                found: dict[str, Any] = answer.json()
                return found
            if answer.status_code == 401:
                self._headers = {}
            elif answer.status_code == 409:
                return None
            elif answer.status_code < 500:
                self.problems.append(f"{path}: {answer.status_code} {answer.text[:200]}")
                return None
            sleep(TURN)
        raise AssertionError(f"nobody answered {path}")

    def _call(self, method: str, path: str, body: Any, key: str) -> httpx.Response:
        here = f"{self._address()}/api/v1"
        if not self._headers:
            login = {"username": self._username, "password": PASSWORD}
            answer = self._client.post(f"{here}/tokens", json=login)
            if answer.status_code >= 300:
                return answer
            self._headers = {"Authorization": f"Bearer {answer.json()['token']}"}
        headers = self._headers | ({"Idempotency-Key": key} if key else {})
        return self._client.request(method, f"{here}{path}", json=body, headers=headers)
