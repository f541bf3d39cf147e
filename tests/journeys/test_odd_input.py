"""Journey 22 and its neighbours: whatever comes gets a clear answer, and nothing is lost."""

import pytest
from sqlalchemy import select

from bot.telegram import WEBHOOK_PATH
from data.database import reading
from data.inbox import Received
from faq.keeping.tables import Asked
from tests.journeys.world import World, labels


def test_a_sticker(world: World) -> None:
    ming = world.citizen()
    answer = ming.does(ming.person.sends_sticker())
    assert "貼圖" in answer.text
    assert labels(answer) == ["問事情", "反映問題"]


def test_a_voice_message_can_become_a_call(world: World) -> None:
    ming = world.citizen()
    answer = ming.does(ming.person.sends_voice(120))
    assert "聽不懂語音" in answer.text
    ming.presses("請人回電", 2)
    ming.presses("就這樣")
    assert "電話號碼" in ming.says("王小明").text


def test_nothing_but_signs(world: World) -> None:
    answer = world.citizen().says("？？？")
    assert len(labels(answer)) == 7
    assert labels(answer)[-2:] == ["反映問題", "我的案件"]


def test_a_very_long_story_is_kept_in_points(world: World) -> None:
    ming = world.citizen()
    story = "。".join(f"第{n}天我到櫃檯等了很久都沒有人理我" for n in range(300))
    answer = ming.says(story[:4000])
    assert "已完整保存（4000 字）" in answer.text
    assert labels(answer) == ["立案", "我只是想問"]
    assert "⑨" in ming.presses("立案", 2).text
    with reading(world.office.engine) as tx:
        assert len(tx.scalars(select(Asked.text)).one()) == 4000


def test_ten_thousand_characters_on_the_web(world: World) -> None:
    world.browser.get("/chat")
    page = world.browser.post("/chat/messages", data={"text": "路燈不亮沒人理。" * 1250})
    assert page.status_code == 200
    said = world.telegram.wait_for(
        lambda: [line for line in world.browser.get("/chat/messages").json() if not line["mine"]]
    )
    assert "已完整保存（10000 字）" in said[0]["text"]


def test_more_than_is_taken_at_once_is_refused_in_words(world: World) -> None:
    world.browser.get("/chat")
    world.browser.post("/chat/messages", data={"text": "長" * 20_001})
    said = world.telegram.wait_for(
        lambda: [line for line in world.browser.get("/chat/messages").json() if not line["mine"]]
    )
    assert "還沒有收下" in said[0]["text"]


def test_a_forwarded_post_is_read_like_any_text(world: World) -> None:
    ming = world.citizen()
    assert "【身分證遺失補領】" in ming.does(ming.person.forwards("身分證遺失要怎麼補領")).text


def test_an_edited_message(world: World) -> None:
    ming = world.citizen()
    update = ming.person.says("身分證遺失要怎麼補領")
    ming.does(update)
    answer = ming.does(ming.person.edits(update["message"]["message_id"], "身分證毀損"))
    assert "修改了一則訊息" in answer.text


def test_an_unknown_command(world: World) -> None:
    answer = world.citizen().says("/nosuchthing")
    assert "沒有這個指令" in answer.text
    assert labels(answer)


@pytest.mark.parametrize(
    "token",
    ["", "x", "pick:1", "pick:x:y", "rate:WH-1151126-0001:99", "t999:submit", "up:424242", ":::"],
)
def test_forged_buttons(world: World, token: str) -> None:
    ming = world.citizen()
    ming.says("你好")
    answer = ming.does(ming.person.presses_forged(token))
    assert "過期" in answer.text or "查不到" in answer.text


def test_a_button_of_an_earlier_step(world: World) -> None:
    ming = world.citizen()
    ming.says("我要陳情", 2)
    place = ming.says("騎樓堆放雜物")
    ming.presses("與地點無關")
    answer = ming.does(ming.person.presses(place, "與地點無關"))
    assert "之前步驟" in answer.text
    assert "照片" in answer.text


def test_groups_are_left_in_peace(world: World) -> None:
    ming = world.citizen()
    assert world.deliver(ming.person.says_in_group(-100, "身分證遺失要怎麼補領")) == 200
    assert "【" in ming.says("身分證遺失要怎麼補領").text
    assert world.telegram.sent(-100) == []


def test_the_secret_is_asked_before_anything_is_read(world: World) -> None:
    update = world.citizen().person.says("你好")
    for headers in ({}, {"X-Telegram-Bot-Api-Secret-Token": "wrong"}):
        assert world.browser.post(WEBHOOK_PATH, json=update, headers=headers).status_code == 401
    with reading(world.office.engine) as tx:
        assert tx.scalars(select(Received)).all() == []


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"{", 400), (b"[]", 400), (b'{"update_id":"1"}', 400), (b"x" * 1_100_000, 413)],
)
def test_a_body_that_is_no_update(world: World, body: bytes, status: int) -> None:
    headers = world.telegram.webhook_headers()
    answer = world.browser.post(WEBHOOK_PATH, content=body, headers=headers)
    assert answer.status_code == status


def test_an_update_of_an_unknown_kind_is_taken_and_left(world: World) -> None:
    assert world.deliver({"update_id": 5, "poll": {"id": "1"}}) == 200


def test_a_nul_in_a_message_is_taken_off(world: World) -> None:
    assert "【身分證遺失補領】" in world.citizen().says("身分證\0遺失要怎麼補領").text
