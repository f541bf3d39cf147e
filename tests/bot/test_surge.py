"""A day on which everybody asks the same: notices, and fewer answers while too many wait."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from bot.channel import Incoming, What
from bot.conversation.moment import Office
from bot.conversation.wording import say
from bot.counter import MOST_A_MINUTE, MOST_IN_SURGE, Desk, take
from bot.surge import SURGE_AT, Load
from data import outbox
from data.database import reading, transaction
from data.outbox import Address, Message
from faq.keeping import pinning
from faq.keeping.index import Shelf
from faq.language.words import Words
from tests.clock import FakeClock
from tests.makers import NOON

HOUR = timedelta(hours=1)
TEXT = "明（27）日停止上班、停止上課。"
TOLD = f"【公告】{TEXT}"


class Chat:
    """One citizen at the counter, and what is queued for them."""

    def __init__(self, desk: Desk, name: str = "1") -> None:
        self.desk, self.address, self.number = desk, Address("telegram", name), 0

    def says(self, text: str, **given: Any) -> list[str]:
        """What is answered to a message."""
        self.number += 1
        key = f"{self.address.name}-{self.number}"
        take(self.desk, Incoming(key, self.address, What.TEXT, text=text, **given))
        with reading(self.desk.engine) as tx:
            rows = (outbox.find(tx, f"in:telegram:{key}:{n}") for n in range(9))
            return [row.message.text for row in rows if row]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def desk(engine: Engine, words: Words, clock: FakeClock) -> Desk:
    # A shelf of its own: in other tests' databases other notices have the same number.
    return Desk(engine, Shelf(words), clock, Office("公所"), "WH", lambda: None)


def pin(desk: Desk, **given: Any) -> int:
    base: dict[str, Any] = {"text": TEXT, "words": ["颱風", "停班"], "by": "head"}
    base |= {"since": NOON, "until": NOON + 24 * HOUR}
    with transaction(desk.engine) as tx:
        return pinning.pin(tx, **(base | given), now=NOON).id


def test_everybody_hears_a_notice_once(desk: Desk) -> None:
    pin(desk)
    ming, mei = Chat(desk, "1"), Chat(desk, "2")
    told, answer = ming.says("身分證遺失要怎麼補領")
    assert told == TOLD
    assert "身分證遺失補領" in answer
    assert TOLD not in ming.says("結婚登記要帶什麼")
    assert mei.says("你好")[0] == TOLD


def test_a_question_with_its_words_is_answered_by_it(desk: Desk) -> None:
    pin(desk)
    ming = Chat(desk)
    assert ming.says("颱風天明天有上班嗎") == [TOLD]
    # Whoever asks on meant something else: nobody is told the same for ever.
    assert TOLD not in ming.says("颱風天身分證遺失要怎麼補領")
    assert ming.says("那停班嗎") == [TOLD]


def test_a_complaint_with_its_words_is_no_question(desk: Desk) -> None:
    pin(desk)
    told, *answers = Chat(desk).says("颱風過後路樹倒了三天都沒人來處理，我要陳情")
    assert told == TOLD
    assert answers


def test_help_comes_before_any_notice(desk: Desk) -> None:
    pin(desk)
    ming = Chat(desk)
    first = ming.says("我不想活了，颱風那天就去跳河")
    assert "1925" in first[0]
    assert TOLD not in first
    assert ming.says("身分證遺失要怎麼補領")[0] == TOLD


def test_no_notice_breaks_into_a_form(desk: Desk) -> None:
    ming = Chat(desk)
    ming.says("我要陳情")
    pin(desk)
    assert TOLD not in ming.says("路燈不亮已經三天了")
    assert ming.says("取消")[0] == TOLD


def test_in_english_it_is_told_in_english(desk: Desk) -> None:
    pin(desk, english="Closed on the 27th.")
    ming = Chat(desk)
    assert ming.says("English")[0] == "[Notice] Closed on the 27th."


def test_what_ended_is_forgotten(desk: Desk, clock: FakeClock) -> None:
    number = pin(desk)
    ming = Chat(desk)
    assert ming.says("停班嗎") == [TOLD]
    with transaction(desk.engine) as tx:
        pinning.end(tx, number, by="head", now=NOON)
    assert TOLD not in ming.says("停班嗎")
    pin(desk)
    clock.pass_(25 * HOUR)
    assert TOLD not in Chat(desk, "2").says("停班嗎")


# --- too many at once
def answered(chat: Chat, times: int) -> int:
    """How many of so many questions in one minute were answered, or asked to wait."""
    return sum(bool(chat.says("身分證遺失要怎麼補領")) for _ in range(times))


def test_in_a_surge_each_is_answered_less_often(desk: Desk) -> None:
    assert answered(Chat(desk, "1"), MOST_IN_SURGE + 3) == MOST_IN_SURGE + 3
    pin(desk, words=[], surge=True)
    ming = Chat(desk, "2")
    assert answered(ming, MOST_IN_SURGE + 3) == MOST_IN_SURGE + 1
    assert ming.says("我要陳情")  # whoever files is never put off


def test_a_long_queue_is_a_surge_until_it_is_short(desk: Desk, clock: FakeClock) -> None:
    with transaction(desk.engine) as tx:
        for n in range(SURGE_AT + 1):
            outbox.post(tx, Address("telegram", f"q{n}"), Message("x"), key=f"q{n}", now=NOON)
    ming = Chat(desk)
    assert answered(ming, MOST_IN_SURGE + 3) == MOST_IN_SURGE + 1
    with transaction(desk.engine) as tx:
        for n in range(100):
            row = outbox.find(tx, f"q{n}")
            assert row
            outbox.settle_sent(tx, row.id, None, now=NOON)
    clock.pass_(timedelta(minutes=1))
    assert answered(ming, MOST_IN_SURGE + 3) == MOST_IN_SURGE + 3


def test_what_is_for_later_makes_no_surge(engine: Engine, clock: FakeClock) -> None:
    with transaction(engine) as tx:
        for n in range(SURGE_AT + 1):
            outbox.post(
                tx, Address("telegram", f"q{n}"), Message("x"), key=f"q{n}", now=NOON,
                not_before=NOON + HOUR,
            )  # fmt: skip
        assert not Load().is_high(tx, NOON)
        assert Load().is_high(tx, NOON + HOUR)


def test_a_flood_is_told_to_wait_once(desk: Desk) -> None:
    ming = Chat(desk)
    said = [ming.says("身分證遺失要怎麼補領") for _ in range(100)]
    answers = [one for one in said if one]
    assert len(answers) == MOST_A_MINUTE + 1
    assert answers[-1] == [say("zh", "slow_down")]
