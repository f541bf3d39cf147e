"""A day on which everybody writes at once, played to a copy of the office; nothing leaves it.

Simulated citizens write as fast as asked, wait for each answer as people do, ask on, or file. They
are on a channel of their own that ends in this program; no other channel is there to send to.
"""

import asyncio
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from time import monotonic
from typing import Any

import yaml
from anyio import create_task_group, sleep, to_thread
from pydantic import SecretStr
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import backups
from app import office as roof
from app.office import Office
from app.settings import Settings
from bot.channel import Incoming, TryLater, Undeliverable, What
from bot.counter import take
from bot.relay import Relay
from complaints.tables import Case, Citizen
from data import archiving
from data.database import reading, transaction
from data.inbox import Received
from data.migrations import HEAD
from data.outbox import Address, Delivery, Message, Outbox
from data.sealing import Keyring
from faq.keeping import pinning

CHANNEL = "drill"
LATENCY = (0.04, 0.12)  # seconds Telegram takes to accept a message
TELEGRAM_TAKES = 30  # messages a second, from one bot
THINKS = (3.0, 12.0)  # seconds a person reads before writing on
PATIENCE = 120.0  # seconds; an answer that did not come by then is called missing
LOOK_EVERY = 0.2
PINNED_AFTER = 0.1  # of the time
PEAK = (0.3, 0.5, 0.4)  # between these parts of the time this share of the citizens comes
ASKS_MORE = 0.4
NAMES = ("演練王小明", "演練林美麗", "演練陳大文", "演練張阿妹")
FORM = ("本聊天室", "一般")
SUBMIT, ANYWAY = ":submit", ":anyway"
# What an office has before anybody wrote to it; of its citizens and cases nothing is copied.
COPIED = frozenset(
    {
        "approval_level", "calendar_day", "calendar_year", "credential", "day_change",
        "faq_entry", "faq_index_version", "faq_phrase", "faq_refused_wording", "faq_revision",
        "faq_translation", "faq_trial_question", "faq_word_list", "officer", "practice", "section",
        "step", "template", "time_limit", "village", "village_street",
    }
)  # fmt: skip


class Day(StrEnum):
    """Which day is played."""

    TYPHOON = "typhoon"
    ID_CARD = "id-card"


@dataclass(frozen=True)
class Plan:
    """So many messages of citizens in so many minutes of the day, played so many times as fast."""

    day: Day
    messages: int
    minutes: float
    seed: int
    speed: float = 1.0

    @property
    def seconds(self) -> float:
        """How long it takes to play."""
        return self.minutes * 60 / self.speed


@dataclass
class Played:
    """What was written and what came of it, by the citizens and by the record."""

    written: int = 0
    filed: int = 0
    waits: list[float] = field(default_factory=list)
    unanswered: int = 0
    out_of_order: int = 0
    sent_twice: int = 0
    seconds: float = 0.0
    taken: int = 0
    cases: int = 0
    waiting: int = 0
    dead: int = 0
    told_to_wait: int = 0

    @property
    def problems(self) -> list[str]:
        """What was promised and not kept."""
        promises = {
            f"{self.written - self.taken} messages lost": self.written != self.taken,
            f"{self.filed - self.cases} cases missing or double": self.filed != self.cases,
            f"{self.unanswered} messages without an answer": self.unanswered > 0,
            f"{self.waiting} answers not sent": self.waiting > 0,
            f"{self.dead} answers given up": self.dead > 0,
            f"{self.sent_twice} answers sent twice": self.sent_twice > 0,
            f"{self.out_of_order} answers out of order": self.out_of_order > 0,
        }
        return [what for what, broken in promises.items() if broken]

    def wait(self, share: float) -> float:
        """The seconds within which this share of the messages was answered."""
        ordered = sorted(self.waits) or [0.0]
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


class Stage:
    """The one channel there is: answers end here, as slowly as Telegram takes them."""

    name = CHANNEL

    def __init__(self, dice: random.Random, speed: float) -> None:
        self.keys: list[str] = []
        self.told_to_wait = 0
        self._citizens: dict[str, Callable[[Message, str], None]] = {}
        self._dice = dice
        self._rate = TELEGRAM_TAKES * speed
        self._second = (0, 0)

    def seat(self, name: str, hear: Callable[[Message, str], None]) -> None:
        """Have a citizen hear what is sent to them."""
        self._citizens[name] = hear

    def parts(self, message: Message) -> list[Message]:
        """Whole."""
        return [message]

    async def send(self, to: Address, message: Message, *, key: str) -> str | None:
        """Hand it to the citizen; refused as Telegram does when there are too many."""
        now = int(monotonic())
        second, sent = self._second
        self._second = (now, sent + 1 if second == now else 1)
        if self._second[1] > self._rate:
            self.told_to_wait += 1
            raise TryLater("too many messages", timedelta(seconds=1))
        await sleep(self._dice.uniform(*LATENCY))
        self.keys.append(key)
        self._citizens[to.name](message, key)
        return str(len(self.keys))

    async def fetch(self, reference: str) -> bytes:
        """Nobody here sends files."""
        raise Undeliverable(reference)


def build(settings: Settings, folder: Path, keyring: Keyring | None = None) -> Office:
    """An office in a folder of its own that knows no way out, not even by its settings."""
    alone = {
        "database_url": f"sqlite:///{folder / 'drill.db'}",
        "data_dir": folder,
        "sealing_keys": SecretStr(keyring.as_text()) if keyring else None,
        "telegram_bot_token": None,
        "public_url": None,
        "open_data_day": None,
    }
    return roof.build(settings.model_copy(update=alone))


def copy(office: Office, empty: Office) -> None:
    """Enter into an empty office what the first has of its own: people, rules, answers.

    Nothing of its citizens, their cases and questions is copied. Raises what `restore` raises.
    """
    with tempfile.TemporaryFile() as plain:
        with reading(office.engine) as tx:
            about = {backups.REVISION: HEAD}
            archiving.write(tx.connection(), plain, about=about, only=COPIED)
        plain.seek(0)
        backups.restore(empty.engine, plain, empty.settings.files)


def on_stage(office: Office, plan: Plan) -> tuple[Office, Stage]:
    """The office with the stage as its only channel beside the web chat's own pages."""
    stage = Stage(random.Random(plan.seed + 1), plan.speed)  # noqa: S311 - not for secrets
    channels = {stage.name: stage, "web": office.channels["web"]}
    relay = Relay(office.engine, channels, office.clock)
    return replace(office, channels=channels, relay=relay, telegram=None), stage


async def play(office: Office, stage: Stage, plan: Plan) -> Played:
    """Play the day to its end, with the loops running elsewhere; every promise is then counted."""
    played, began = Played(), monotonic()
    dice = random.Random(plan.seed)  # noqa: S311 - not for secrets
    script = _script(plan.day)
    usual = await to_thread.run_sync(_usual_questions, office)
    async with create_task_group() as living:
        if "notice" in script:
            living.start_soon(_pin, office, script["notice"], plan)
        for number, (at, deeds) in enumerate(_citizens(plan, script, usual, dice)):
            await sleep(max(began + at - monotonic(), 0))
            citizen = _Citizen(f"{number}", deeds, office, stage, played, plan.speed, plan.seed)
            living.start_soon(citizen.live)
    played.seconds = monotonic() - began
    await _settle(office)
    await to_thread.run_sync(_count, office, stage, played)
    return played


# --- who writes what --------------------------------------------------------------------------
Deeds = Sequence[str]  # the messages of one citizen; the first of a petition is "我要陳情"


def _script(day: Day) -> dict[str, Any]:
    source = (files("data") / "samples" / "drills.yaml").read_text(encoding="utf-8")
    loaded: dict[str, dict[str, Any]] = yaml.safe_load(source)
    return loaded[day]


def _usual_questions(office: Office) -> list[str]:
    with reading(office.engine) as tx:
        cards = office.shelf.current(tx).cards
    return sorted(card.question for card in cards.values())


def _citizens(
    plan: Plan, script: Mapping[str, Any], usual: Sequence[str], dice: random.Random
) -> Iterator[tuple[float, Deeds]]:
    """When each citizen begins, in order, and what they write; the messages add up to the plan."""
    left, all_deeds = plan.messages, []
    while left > 0:
        deeds = _deeds(script, usual, dice)
        if len(deeds) > left:
            deeds = [_question(script, usual, dice) for _ in range(left)]
        left -= len(deeds)
        all_deeds.append(deeds)
    span = plan.seconds
    moments = sorted(_moment(dice) * span for _ in all_deeds)
    yield from zip(moments, all_deeds, strict=True)


def _moment(dice: random.Random) -> float:
    """A part of the time at which somebody comes: more of them in the peak."""
    begin, end, share = PEAK
    if dice.random() < share:
        return dice.uniform(begin, end)
    return dice.random()


def _deeds(script: Mapping[str, Any], usual: Sequence[str], dice: random.Random) -> list[str]:
    if dice.random() >= script["files"]:
        deeds = [_question(script, usual, dice)]
        while dice.random() < ASKS_MORE and len(deeds) < 5:
            deeds.append(_question(script, usual, dice))
        return deeds
    what, house = dice.choice(script["petitions"]), dice.randint(1, 9_999)
    place = f"演練街 {house} 號前"
    return ["我要陳情", what, place, "沒有照片", dice.choice(NAMES), *FORM, SUBMIT]


def _question(script: Mapping[str, Any], usual: Sequence[str], dice: random.Random) -> str:
    alike = dice.random() < script["alike"] or not usual
    return str(dice.choice(script["questions"] if alike else usual))


@dataclass
class _Citizen:
    """Somebody who writes, waits for an answer, reads it, and writes on."""

    name: str
    deeds: Deeds
    office: Office
    stage: Stage
    played: Played
    speed: float
    seed: int
    said: int = 0
    heard: list[tuple[Message, str]] = field(default_factory=list)

    async def live(self) -> None:
        """Everything this citizen does, to the end."""
        loop, came = asyncio.get_running_loop(), asyncio.Event()

        def hear(message: Message, key: str) -> None:
            self.heard.append((message, key))
            loop.call_soon_threadsafe(came.set)

        self.stage.seat(self.name, hear)
        dice = random.Random(f"{self.seed}-{self.name}")  # noqa: S311 - not for secrets
        for deed in self.deeds:
            await self._write(deed, came)
            await sleep(dice.uniform(*THINKS) / self.speed)
        if self.deeds[-1] == SUBMIT:
            self.played.filed += 1
            if token := self._button(ANYWAY):
                self.played.written += 1
                await self._tell(Incoming(self._key(), self._address, What.PRESSED, token=token))

    async def _write(self, deed: str, came: asyncio.Event) -> None:
        came.clear()
        before, at = len(self.heard), monotonic()
        self.played.written += 1
        token = self._button(SUBMIT) if deed == SUBMIT else ""
        what = What.PRESSED if token else What.TEXT
        text = "" if token else deed
        key = self._key()
        await self._tell(Incoming(key, self._address, what, text=text, token=token or ""))
        try:
            async with asyncio.timeout(PATIENCE):
                while not self._has_heard(key, before):
                    await came.wait()
                    came.clear()
        except TimeoutError:
            self.played.unanswered += 1
        else:
            self.played.waits.append(monotonic() - at)

    def _has_heard(self, key: str, before: int) -> bool:
        """Whether an answer to this message came, or a notice of a case since."""
        answer, any_answer = f"in:{CHANNEL}:{key}:", f"in:{CHANNEL}:"
        new = (one for _message, one in self.heard[before:])
        return any(one.startswith(answer) or not one.startswith(any_answer) for one in new)

    async def _tell(self, incoming: Incoming) -> None:
        await to_thread.run_sync(take, self.office.desk, incoming)

    def _button(self, ending: str) -> str | None:
        """The newest button of this kind."""
        for message, _key in reversed(self.heard[-4:]):
            for choice in message.choices:
                if choice.token.endswith(ending):
                    return choice.token
        return None

    def _key(self) -> str:
        self.said += 1
        return f"{self.name}-{self.said:03}"

    @property
    def _address(self) -> Address:
        return Address(CHANNEL, self.name)


# --- what the office does, and what the record says -------------------------------------------
async def _pin(office: Office, notice: Mapping[str, Any], plan: Plan) -> None:
    """The office pins its notice when the first have asked."""
    await sleep(plan.seconds * PINNED_AFTER)
    await to_thread.run_sync(_pin_now, office, notice)


def _pin_now(office: Office, notice: Mapping[str, Any]) -> None:
    now = office.clock()
    with transaction(office.engine) as tx:
        until = now + timedelta(days=1)
        pinning.pin(tx, **notice, since=now, until=until, surge=True, by=CHANNEL, now=now)


async def _settle(office: Office) -> None:
    """Wait until every answer left; what cannot leave is counted afterwards."""
    for _ in range(int(PATIENCE / LOOK_EVERY)):
        if not await to_thread.run_sync(_waiting, office):
            return
        await sleep(LOOK_EVERY)


def _waiting(office: Office) -> int:
    with reading(office.engine) as tx:
        return _outbox(tx, Delivery.WAITING)


def _outbox(tx: Session, state: Delivery) -> int:
    of_drill = (Outbox.channel == CHANNEL, Outbox.state == state)
    return tx.scalars(select(func.count()).where(*of_drill)).one()


def _count(office: Office, stage: Stage, played: Played) -> None:
    with reading(office.engine) as tx:
        taken = select(func.count()).select_from(Received).where(Received.channel == CHANNEL)
        played.taken = tx.scalars(taken).one()
        filed = select(func.count()).select_from(Case).join(Citizen, Case.citizen_id == Citizen.id)
        played.cases = tx.scalars(filed.where(Citizen.channel == CHANNEL)).one()
        played.waiting = _outbox(tx, Delivery.WAITING)
        played.dead = _outbox(tx, Delivery.DEAD)
    played.sent_twice = len(stage.keys) - len(set(stage.keys))
    played.told_to_wait = stage.told_to_wait
    played.out_of_order = _out_of_order(stage.keys)


def _out_of_order(keys: Sequence[str]) -> int:
    """Answers that came after the answer to a later message of the same citizen."""
    newest: dict[str, str] = {}
    wrong = 0
    for key in keys:
        if key.startswith(f"in:{CHANNEL}:"):
            name, _dash, number = key.split(":")[2].rpartition("-")
            wrong += number < newest.get(name, "")
            newest[name] = max(number, newest.get(name, ""))
    return wrong
