"""Whatever is posted as an update, the office says what it is and serves the next citizen."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.telegram import WEBHOOK_PATH
from bot.webhook import MAX_BODY, SECRET_HEADER
from tests.fakes.botapi import Update
from tests.fuzz.garbage import ODD_TEXTS, bent, few, written
from tests.journeys.world import PHOTO, Citizen, World, labels

GROUP = -1001234567890
EVERY = 40  # updates between two ordinary questions
_numbers = itertools.count(900_000_001)
_people = itertools.count(2001)

STEPS = (
    (),
    ("我要陳情",),
    ("我要陳情", "騎樓堆放雜物。輪椅過不去。", "範例街 25 號前"),
    ("我要陳情", "路燈不亮。", "與地點無關", "沒有照片", "王小明", "本聊天室", "一般"),
)


def all_kinds(ming: Citizen) -> Iterator[Update]:
    """An update of each kind, as Telegram makes them."""
    person, heard = ming.person, ming.heard()[-1]
    said = person.says("印鑑證明要帶什麼 /help")
    photo = person.sends_photo(PHOTO, "騎樓", media_group_id="album-1")
    pin = person.sends_location(25.03, 121.5, live=True)
    yield from (said, photo, pin, person.sends_photo(PHOTO, media_group_id="album-1"))
    yield person.edits(said["message"]["message_id"], "印鑑證明")
    yield person.edits_caption(photo["message"]["message_id"], "巷口")
    yield person.replaces_photo(photo["message"]["message_id"], PHOTO + b"other")
    yield person.moves_pin(pin["message"]["message_id"], 25.04, 121.51)
    yield person.sends_document(b"%PDF-1.7", "../../etc/passwd", "application/pdf", "附件")
    yield person.sends_location(25.03, 121.5)
    yield person.sends_sticker()
    yield person.sends_voice(3)
    yield person.forwards("戶口名簿遺失")
    yield person.says("補充一下", reply_to=heard)
    yield person.says_in_group(GROUP, "@fake_telegram_bot 身分證遺失")
    yield person.says_in_group(GROUP, "/help@fake_telegram_bot")
    yield person.sends_in_group(GROUP, {"new_chat_members": [person.user]})
    yield from (person.presses(heard, label) for label in labels(heard))
    yield from (person.presses_forged(token) for token in ODD_TEXTS)


def real_updates(world: World) -> list[dict[str, Any]]:
    """Every kind of update from citizens who stand at different steps; numbered when posted."""
    made: list[dict[str, Any]] = []
    for steps in STEPS:
        ming = world.citizen(next(_people))
        ming.says("您好")
        for text in steps:
            ming.says(text, 2 if text == "我要陳情" else 1)
        made += [update | {"update_id": 1} for update in all_kinds(ming)]
    ming = world.citizen(next(_people))
    ming.files()
    made += [update | {"update_id": 1} for update in all_kinds(ming)]
    return [*made, {"update_id": 1, "poll": {"id": "1"}}]


def test_no_update_is_too_odd(world: World, serves: Callable[[], None]) -> None:
    updates = st.sampled_from(real_updates(world))
    secret = world.telegram.webhook_headers()[SECRET_HEADER]
    shown = st.just(secret) | st.sampled_from((secret, secret, "", "wrong", "é"))
    known = itertools.count(1)

    @few(90)
    @given(written(bent(updates) | updates), shown)
    def post(body: bytes, header: str) -> None:
        body = body.replace(b'"update_id": 1,', b'"update_id": %d,' % next(_numbers), 1)
        headers = {SECRET_HEADER.encode(): header.encode("latin-1")}
        answer = world.browser.post(WEBHOOK_PATH, content=body, headers=headers)
        assert answer.status_code in ({200, 400} if header == secret else {401})
        if next(known) % EVERY == 0:
            serves()

    post()


def test_a_body_beyond_the_limit_is_not_read(world: World, serves: Callable[[], None]) -> None:
    headers = world.telegram.webhook_headers()
    for body in (b" " * (MAX_BODY + 1), b"[" * (MAX_BODY + 1), b'{"update_id":' + b"9" * MAX_BODY):
        assert world.browser.post(WEBHOOK_PATH, content=body, headers=headers).status_code == 413
