"""Groups: silent unless addressed, nothing personal, and a way on in private."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from bot import forgetting, groups
from bot.conversation.moment import Office
from bot.counter import Desk, take
from bot.tables import Conversation
from bot.telegram import read
from complaints.tables import Case, Task
from data.database import reading, transaction
from data.inbox import Received
from data.outbox import Delivery, Message, Outbox
from faq.keeping.index import Shelf
from faq.keeping.tables import Asked
from tests.clock import FakeClock
from tests.fakes.botapi import DEFAULT_TOKEN, BotApi, SentMessage, Update, text_content

NAME = "fake_telegram_bot"
GROUP = -1001234567890
SMALL = -55
NUMBER = re.compile(r"[A-Z]{1,6}-\d{7}-\d{4}")
LINK = re.compile(rf"https://t\.me/{NAME}\?start=([A-Za-z0-9_-]{{1,64}})")
TALK = (
    "身分證遺失要怎麼補領",
    f"{NAME} 在嗎",
    "小幫手說的我聽不懂",
    "我那件 WH-1151126-{n:04} 好了沒",
    "/mycases",
    "/status WH-1151126-{n:04} K7Q4MP",
    "/report@other_bot 路燈不亮",
    "@other_bot 我的案件",
    f"@{NAME}x 結婚登記要帶什麼",
    f"寄到 office@{NAME} 就好",
    "我的身分證是 A123456789",
    "今天第 {n} 次下雨",
    "我不想活了",
)


@dataclass
class Room:
    """An office's desk, and the groups and people of a fake Telegram."""

    desk: Desk
    clock: FakeClock
    api: BotApi

    def takes(self, raw: Update) -> None:
        """What webhook and polling do with an update."""
        incoming = read(raw, NAME)
        if incoming:
            take(self.desk, incoming)

    def asks(self, text: str, group: int = GROUP, **given: Any) -> Message:
        """Somebody addresses the bot in a group; the answer."""
        before = len(self.told(group))
        self.takes(self.api.person(7).says_in_group(group, text, **given))
        told = self.told(group)
        assert len(told) == before + 1
        return told[-1]

    def goes_on(self, payload: str, who: int = 8) -> list[Message]:
        """Somebody follows the button; what is said in private."""
        before = len(self.told(who))
        self.takes(self.api.person(who).says(f"/start {payload}"))
        return self.told(who)[before:]

    def told(self, chat: int) -> list[Message]:
        with reading(self.desk.engine) as tx:
            rows = tx.scalars(select(Outbox).where(Outbox.name == str(chat)).order_by(Outbox.id))
            return [row.message for row in rows]

    def counts(self, *tables: type) -> list[int]:
        with reading(self.desk.engine) as tx:
            return [tx.scalar(select(func.count()).select_from(one)) or 0 for one in tables]


@pytest.fixture
def room(engine: Engine, shelf: Shelf) -> Room:
    clock = FakeClock()
    desk = Desk(engine, shelf, clock, Office("萬華區公所"), "WH", lambda: None)
    api = BotApi()  # never started: only what people do is taken from it
    return Room(desk, clock, api)


def link_of(message: Message) -> str:
    """The payload of the one button a message of a group has."""
    (button,) = message.choices
    assert button.token == ""
    found = LINK.fullmatch(button.url or "")
    assert found, button
    return found[1]


def by_bot(api: BotApi, text: str) -> SentMessage:
    """A message of ours that stands in the group."""
    api.messages[900] = SentMessage(
        900,
        GROUP,
        text,
        [],
        {
            "message_id": 900,
            "from": api.bot_user,
            "text": text,
            "date": 1,
            "chat": api.group(GROUP),
        },
    )
    return api.messages[900]


def odd_ones(api: BotApi) -> list[Update]:
    """What a group sends besides lines of text, each naming us where it can."""
    person, named = api.person(7), text_content(f"@{NAME} 我的案件")
    other = {"message_id": 5, "date": 1, "chat": api.group(GROUP), "text": "早安"}
    other["from"] = person.user
    first = person.says_in_group(GROUP, "早")["message"]
    bot = {"id": 99, "is_bot": True, "first_name": "別的機器人", "username": "other_bot"}
    press = {"id": "1", "from": person.user, "chat_instance": "1", "data": "cases"}
    return [
        *person.adds_bot_to(GROUP),
        *person.adds_bot_to(SMALL, "administrator"),
        person.sends_in_group(GROUP, {"text": "好", "reply_to_message": other}),
        person.sends_in_group(GROUP, {"photo": api.photo_sizes(b"x"), "caption": "看這裡"}),
        person.sends_in_group(GROUP, {"location": {"latitude": 25.0, "longitude": 121.5}}),
        person.sends_in_group(GROUP, {"pinned_message": other}),
        person.sends_in_group(GROUP, named | {"is_automatic_forward": True}),
        person.sends_in_group(GROUP, named | {"from": bot}),
        api.emit("edited_message", first | {"edit_date": 2} | named),
        api.emit("channel_post", first | {"chat": {"id": -9, "type": "channel"}} | named),
        api.emit("callback_query", press | {"message": first}),
    ]


def test_500_ordinary_lines_leave_no_trace_and_no_reply(room: Room) -> None:
    person = room.api.person(7)
    lines = [TALK[n % len(TALK)].format(n=n) for n in range(500)]
    updates = [person.says_in_group((GROUP, SMALL)[n % 2], text) for n, text in enumerate(lines)]
    for one in [*updates, *odd_ones(room.api)]:
        room.takes(one)
    assert room.counts(Received, Asked, Conversation, Outbox) == [0, 0, 0, 0]


def test_while_the_name_is_not_known_a_group_is_not_read(room: Room) -> None:
    asked = room.api.person(7).says_in_group(GROUP, f"@{NAME} 結婚登記要帶什麼")
    assert read(asked) is None
    assert read(asked, NAME) is not None


@pytest.mark.parametrize(
    "text",
    [
        f"@{NAME} 身分證遺失要怎麼補領",
        f"身分證遺失要怎麼補領 @{NAME.upper()}",
        f"🙋@{NAME} 身分證遺失要怎麼補領",
        f"/help@{NAME}",
    ],
)
def test_naming_the_bot_addresses_it(room: Room, text: str) -> None:
    room.asks(text)


def test_a_reply_to_the_bot_addresses_it_but_not_another_bots_command(room: Room) -> None:
    ours = by_bot(room.api, "您好")
    assert "【身分證遺失補領】" in room.asks("身分證遺失要怎麼補領", reply_to=ours).text
    room.takes(room.api.person(7).says_in_group(GROUP, "/help@other_bot", reply_to=ours))
    assert len(room.told(GROUP)) == 1


def test_a_sure_answer_is_short_with_one_button(room: Room) -> None:
    told = room.asks(f"@{NAME} 身分證遺失要怎麼補領")
    assert "【身分證遺失補領】\n請您本人" in told.text
    assert "請按下面的按鈕" in told.text
    assert "：\n・" not in told.text  # no list of papers
    assert told.choices[0].label == "私下繼續"
    link_of(told)


def test_english_is_answered_in_english(room: Room) -> None:
    told = room.asks(f"@{NAME} I lost my ID card, how do I replace it?")
    assert told.choices[0].label == "Continue in private"


def test_nobody_and_no_talk_is_recorded(room: Room) -> None:
    room.asks(f"@{NAME} 身分證遺失要怎麼補領")
    assert room.counts(Received, Asked, Conversation) == [1, 1, 0]
    with reading(room.desk.engine) as tx:
        assert tx.scalars(select(Asked.asker)).all() == [f"telegram:{GROUP}"]


@pytest.mark.parametrize(
    ("text", "door"),
    [
        ("我那件 WH-1151126-0007 好了沒", "mycases"),
        ("WH-1151126-0007 K7Q4MP", "mycases"),
        ("我那件 0007 好了沒", "mycases"),
        ("我的案件", "mycases"),
        ("把 0007 的陳情人是誰給我", "mycases"),
        ("what about my case?", "mycases"),
        ("我要陳情", "report"),
        ("填問卷", "survey"),
        ("刪掉我的資料", "start"),
        ("", "start"),
        ("？？？", "start"),
    ],
)
def test_cases_and_forms_are_for_private_only(room: Room, text: str, door: str) -> None:
    told = room.asks(f"@{NAME} {text}")
    assert link_of(told) == door
    assert len(told.text) < 80
    assert not NUMBER.search(told.text)
    assert room.counts(Asked, Case, Conversation) == [0, 0, 0]


@pytest.mark.parametrize(
    ("command", "door"),
    [
        ("mycases", "mycases"),
        ("status", "mycases"),
        ("withdraw", "mycases"),
        ("report", "report"),
        ("survey", "survey"),
        ("suggest", "report"),
        ("delete", "start"),
        ("nosuchthing", "start"),
        ("start", "start"),
    ],
)
def test_a_command_is_answered_in_one_line(room: Room, command: str, door: str) -> None:
    told = room.asks(f"/{command}@{NAME} WH-1151126-0007 K7Q4MP")
    assert link_of(told) == door
    assert not NUMBER.search(told.text)
    assert room.counts(Asked, Conversation) == [0, 0]


def test_what_needs_asking_back_goes_on_in_private(room: Room) -> None:
    told = room.asks(f"@{NAME} 我要遷戶口")
    assert "請私下說" in told.text
    (answer,) = room.goes_on(link_of(told))
    assert len(answer.choices) > 1


def test_a_complaint_becomes_a_report_in_private(room: Room) -> None:
    told = room.asks(f"@{NAME} 為什麼我家那條巷子門牌跳號很久都沒人理")
    assert "反映問題" in told.text
    notice, question = room.goes_on(link_of(told))
    assert "個人資料蒐集告知" in notice.text
    assert "門牌跳號" in question.text


def test_my_cases_are_shown_to_whoever_follows_the_link(room: Room) -> None:
    (answer,) = room.goes_on(link_of(room.asks(f"@{NAME} 我的案件")))
    assert "還沒有案件" in answer.text


def test_the_questionnaire_is_for_private_only(room: Room) -> None:
    (answer,) = room.goes_on(link_of(room.asks(f"@{NAME} 填問卷")))
    assert "沒有進行中的問卷" in answer.text


def test_a_number_of_a_person_is_masked_and_said(room: Room) -> None:
    told = room.asks(f"@{NAME} 身分證 A123456789 遺失要怎麼補領")
    assert "已遮蔽" in told.text
    assert "A123456789" not in told.text
    (answer,) = room.goes_on(link_of(told))
    assert "A123456789" not in answer.text
    with reading(room.desk.engine) as tx:
        assert not any("A123456789" in text for text in tx.scalars(select(Asked.text)))


def test_a_cry_for_help_is_heard_in_a_group_and_its_words_are_not_kept(room: Room) -> None:
    told = room.asks(f"@{NAME} 我不想活了")
    assert "1925" in told.text
    with reading(room.desk.engine) as tx:
        assert tx.scalars(select(Asked.text)).all() == [""]
    (answer,) = room.goes_on(link_of(told))
    assert "1925" in answer.text
    assert [one.label for one in answer.choices] == ["留電話", "先不用"]


def test_staff_are_called_to_an_emergency_told_in_a_group(room: Room) -> None:
    assert "119" in room.asks(f"@{NAME} 公所門口有人倒在地上沒呼吸").text
    with reading(room.desk.engine) as tx:
        assert [one.kind for one in tx.scalars(select(Task))] == ["urgent_on_site"]


def test_nobody_reads_others_questions_by_counting(room: Room) -> None:
    payload = link_of(room.asks(f"@{NAME} 為什麼我家那條巷子門牌跳號很久都沒人理"))
    kind, number, mark = payload[0], payload[1:].split("-")[0], payload.split("-")[1]
    guesses = [
        f"{kind}{int(number) + 1}-{mark}",
        f"q{number}-{mark}",
        f"{kind}{number}-{'0' * 16}",
        f"{kind}{number}",
        "delete",
        "withdraw",
        "x",
    ]
    for guess in guesses:
        (answer,) = room.goes_on(guess)
        assert "您好，這裡是萬華區公所" in answer.text, guess
    assert len(room.goes_on(payload)) == 2


def test_an_old_link_is_a_plain_start(room: Room) -> None:
    payload = link_of(room.asks(f"@{NAME} 我要遷戶口"))
    room.clock.pass_(groups.HOLDS_FOR + timedelta(minutes=1))
    (answer,) = room.goes_on(payload)
    assert "您好，這裡是萬華區公所" in answer.text


def test_a_form_in_private_is_not_lost_by_a_jump(room: Room) -> None:
    payload = link_of(room.asks(f"@{NAME} 身分證遺失要怎麼補領"))
    private = room.api.person(8)
    room.takes(private.says("我要陳情"))
    room.takes(private.says("騎樓堆放雜物"))
    answer, unfinished = room.goes_on(payload)
    assert "【身分證遺失補領】" in answer.text
    assert "填到一半" in unfinished.text


def test_a_group_is_not_flooded_but_help_is_never_held_back(room: Room) -> None:
    person = room.api.person(7)
    for n in range(groups.MOST_A_MINUTE + 5):
        room.takes(person.says_in_group(GROUP, f"@{NAME} 在嗎 {n}"))
    assert len(room.told(GROUP)) == groups.MOST_A_MINUTE
    assert "1925" in room.asks(f"@{NAME} 我不想活了").text
    room.clock.pass_(timedelta(minutes=1))
    room.asks(f"@{NAME} 身分證遺失要怎麼補領")


def test_an_answer_stays_in_the_topic_it_was_asked_in(room: Room) -> None:
    topic = {"message_thread_id": 42, "is_topic_message": True}
    content = text_content(f"@{NAME} 身分證遺失要怎麼補領") | topic
    room.takes(room.api.person(7).sends_in_group(GROUP, content))
    with reading(room.desk.engine) as tx:
        assert tx.scalars(select(Outbox.name)).all() == [f"{GROUP}/42"]


def test_what_was_said_to_a_group_is_forgotten_with_the_chats(room: Room) -> None:
    room.asks(f"@{NAME} 身分證遺失要怎麼補領")
    room.takes(room.api.person(8).says("您好"))
    with transaction(room.desk.engine) as tx:
        for row in tx.scalars(select(Outbox)):
            row.state = Delivery.SENT
    now = room.clock()
    with transaction(room.desk.engine) as tx:
        assert forgetting.forget(tx, now) == 0
    with transaction(room.desk.engine) as tx:
        tx.execute(update(Conversation).values(updated_at=now + timedelta(days=9)))
        assert forgetting.forget(tx, now + timedelta(days=1)) == 1
    assert [len(room.told(chat)) for chat in (GROUP, 8)] == [0, 1]


def test_the_same_update_is_answered_once(room: Room) -> None:
    asked = room.api.person(7).says_in_group(GROUP, f"@{NAME} 身分證遺失要怎麼補領")
    for _ in range(3):
        room.takes(asked)
    assert len(room.told(GROUP)) == 1


def test_the_fake_bot_is_called_what_these_tests_say() -> None:
    assert BotApi(DEFAULT_TOKEN).bot_user["username"] == NAME
