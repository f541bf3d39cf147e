import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.channel import TryLater, Undeliverable, What
from bot.telegram import ROW_WIDTH, Telegram, keyboard, read
from data.outbox import Address, Choice, Message
from tests.fakes.botapi import BotApi, SentMessage

TO = Address("telegram", "1001")
HELLO = Message("您好")


@pytest.fixture
def api() -> Iterator[BotApi]:
    with BotApi() as made:
        made.person(1001, started=True)
        yield made


def send(api: BotApi, message: Message, token: str = "", to: Address = TO) -> str | None:
    async def connected() -> str | None:
        channel = Telegram(token or api.token, api.url)
        try:
            if not token:
                await channel.bot.initialize()
            return await channel.send(to, message, key="k")
        finally:
            await channel.close()

    return asyncio.run(connected())


def test_a_message_with_buttons(api: BotApi) -> None:
    choices = (Choice("有幫助", "up:1"), Choice("沒幫助", "down:1"))
    receipt = send(api, Message("臺北", choices))
    (sent,) = api.sent(1001)
    assert (sent.text, sent.buttons) == ("臺北", [("有幫助", "up:1"), ("沒幫助", "down:1")])
    assert receipt == str(sent.message_id)


def test_a_message_to_a_topic_of_a_group_goes_there(api: BotApi) -> None:
    api.group(-5)
    send(api, HELLO, to=Address("telegram", "-5/42"))
    (sent,) = api.sent(-5)
    assert sent.params["message_thread_id"] == "42"


def test_blocked_and_unknown_are_undeliverable(api: BotApi) -> None:
    api.fail_next("sendMessage", 403, "Forbidden: bot was blocked by the user")
    api.fail_next("sendMessage", 400, "Bad Request: chat not found")
    for _ in range(2):
        with pytest.raises(Undeliverable):
            send(api, HELLO)


def test_too_many_says_how_long(api: BotApi) -> None:
    api.fail_next("sendMessage", 429, "Too Many Requests: retry after 7", retry_after=7)
    with pytest.raises(TryLater) as caught:
        send(api, HELLO)
    assert caught.value.after == timedelta(seconds=7)


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_sick_server_is_tried_later(api: BotApi, status: int) -> None:
    api.fail_next("sendMessage", status, "Internal Server Error")
    with pytest.raises(TryLater):
        send(api, HELLO)


def test_a_dropped_connection_is_tried_later(api: BotApi) -> None:
    api.drop_next("sendMessage")
    with pytest.raises(TryLater):
        send(api, HELLO)


def test_a_press_too_old_to_acknowledge_is_done_with(api: BotApi) -> None:
    api.fail_next(
        "answerCallbackQuery",
        400,
        "Bad Request: query is too old and response timeout expired or query ID is invalid",
    )
    assert send(api, Message(answers="77")) is None


def test_reading_what_people_do(api: BotApi) -> None:
    person = api.person(1001)
    photo = read(person.sends_photo(b"\xff\xd8\xff" + b"x" * 90, caption="看", media_group_id="g"))
    assert photo is not None
    assert (photo.what, photo.text, photo.album, len(photo.files)) == (What.FILE, "看", "g", 1)
    spot = read(person.sends_location(25.0, 121.5))
    assert spot is not None
    assert (spot.what, spot.place) == (What.LOCATION, (25.0, 121.5))
    said = read(person.says("您好"))
    assert said is not None
    assert (said.what, said.sender, said.language) == (What.TEXT, TO, "zh")
    odd = (person.sends_sticker(), person.sends_voice(9))
    assert [read(one).what for one in odd] == [What.STICKER, What.VOICE]  # type: ignore[union-attr]
    assert read(person.says_in_group(-5, "您好"), "fake_telegram_bot") is None
    assert read({"update_id": 1, "message": {"nonsense": True}}) is None


def test_a_photo_is_known_by_its_print_whatever_it_is_called(api: BotApi) -> None:
    person = api.person(1001)
    sent = person.sends_photo(b"\xff\xd8\xff1", caption="看")
    name = sent["message"]["message_id"]
    first, other = read(sent), read(person.edits_caption(name, "請看"))
    new = read(person.replaces_photo(name, b"\xff\xd8\xff2"))
    assert first and other and new
    assert (other.what, other.text, other.message) == (What.EDITED, "請看", first.message)
    assert first.prints == other.prints != new.prints
    assert first.files != other.files


def test_a_reply_brings_what_we_said(api: BotApi) -> None:
    send(api, Message("案號 WH-1151126-0007"))
    person, (ours,) = api.person(1001), api.sent(1001)
    said = read(person.says("還有", reply_to=ours))
    assert said and said.answers == "案號 WH-1151126-0007"
    own = SentMessage(1, 1001, "我的", [], person.says("我的 WH-1151126-0008")["message"])
    to_himself = read(person.says("還有", reply_to=own))
    assert to_himself and to_himself.answers == ""


def test_a_group_message_is_its_groups_and_nobodys(api: BotApi) -> None:
    update = api.person(1001).says_in_group(-5, "@fake_telegram_bot 您好")
    asked = read(update, "Fake_Telegram_Bot")
    assert asked is not None
    assert (asked.sender, asked.text) == (Address("telegram", "-5"), "您好")
    assert asked.door == "https://t.me/Fake_Telegram_Bot?start="
    assert "1001" not in str(asked)


def test_the_bot_learns_its_name_when_it_connects(api: BotApi) -> None:
    async def connected() -> list[str | None]:
        channel = Telegram("77:" + "x" * 35, api.url)
        names = [channel.username]
        api.token, kept = "77:" + "x" * 35, api.token
        await channel.connect(None)
        await channel.close()
        api.token = kept
        return [*names, channel.username]

    assert asyncio.run(connected()) == [None, "fake_telegram_bot"]


def test_a_button_with_an_address_opens_it() -> None:
    markup = keyboard((Choice("私下繼續", "", "https://t.me/x?start=y"),))
    assert markup is not None
    ((button,),) = markup.inline_keyboard
    assert (button.url, button.callback_data) == ("https://t.me/x?start=y", None)


def test_rows_of_buttons_fit_a_phone() -> None:
    labels = ["遷進來本區", "遷到外縣市", "同區搬家", "一個很長的按鈕文字寫在這裡試試看"]
    markup = keyboard(tuple(Choice(label, "x") for label in labels))
    assert markup is not None
    rows = [[button.text for button in row] for row in markup.inline_keyboard]
    assert [label for row in rows for label in row] == labels
    assert all(len(row) == 1 or sum(map(len, row)) <= ROW_WIDTH for row in rows)
