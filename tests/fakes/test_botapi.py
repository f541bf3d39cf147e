"""The fake Bot API server, seen through python-telegram-bot's own client."""

from __future__ import annotations

import asyncio
import http.server
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Coroutine, Iterator
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllPrivateChats,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from telegram import Update as TelegramUpdate
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from .botapi import MEGABYTE, BotApi, Person, SentMessage

T = TypeVar("T")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8 + b"\r\n--"


@pytest.fixture
def api() -> Iterator[BotApi]:
    with BotApi() as server:
        yield server


@pytest.fixture
def citizen(api: BotApi) -> Person:
    return api.person(1001, started=True)


class Client:
    """A telegram.Bot whose calls run to their end."""

    def __init__(self, api: BotApi, token: str | None = None) -> None:
        self.requests = (HTTPXRequest(), HTTPXRequest())
        self.bot = Bot(
            token or api.token,
            base_url=f"{api.url}/bot",
            base_file_url=f"{api.url}/file/bot",
            request=self.requests[0],
            get_updates_request=self.requests[1],
        )

    def do(self, call: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(self._run(call))

    async def _run(self, call: Coroutine[Any, Any, T]) -> T:
        async with self.requests[0], self.requests[1]:
            return await call

    def refused(self, call: Coroutine[Any, Any, Any], error: type[TelegramError]) -> str:
        with pytest.raises(error) as caught:
            self.do(call)
        assert type(caught.value) is error
        return caught.value.message


def ask(api: BotApi, method: str, params: dict[str, Any] | None = None) -> tuple[int, Any]:
    """One JSON request, without any library's manners."""
    request = urllib.request.Request(
        f"{api.url}/bot{api.token}/{method}",
        json.dumps(params or {}).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def send(api: BotApi, chat_id: int, **params: Any) -> dict[str, Any]:
    status, answer = ask(api, "sendMessage", {"chat_id": chat_id, **params})
    assert status == 200, answer
    return dict(answer["result"])


def button(data: str, label: str = "好") -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(label, callback_data=data)]])


def with_buttons(api: BotApi, chat_id: int, *labels: str) -> SentMessage:
    row = [{"text": label, "callback_data": f"d:{label}"} for label in labels]
    send(api, chat_id, text="選", reply_markup={"inline_keyboard": [row]})
    return api.sent(chat_id)[-1]


# --- sending ------------------------------------------------------------------------------------


def test_a_message_is_sent_and_recorded(api: BotApi, citizen: Person) -> None:
    client = Client(api)
    link = InlineKeyboardButton("網站", url="https://example.gov.tw/a")
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("是", callback_data="yes")], [link]])
    sent = client.do(client.bot.send_message(1001, "  <b>您好</b> &amp; 再見\n", "HTML"))
    assert (sent.text, sent.chat.id) == ("您好 & 再見", 1001)
    assert [(e.type, e.offset, e.length) for e in sent.entities] == [("bold", 0, 2)]
    client.do(client.bot.send_message(1001, "選", reply_markup=keyboard))
    assert api.sent(1001)[-1].buttons == [("是", "yes"), ("網站", "https://example.gov.tw/a")]
    assert [m.text for m in api.sent()] == ["您好 & 再見", "選"]
    assert (api.sent(7), api.violations) == ([], [])
    assert [method for method, _ in api.calls] == ["sendMessage", "sendMessage"]


def test_form_query_and_json_requests_are_all_understood(api: BotApi, citizen: Person) -> None:
    base = f"{api.url}/bot{api.token}"
    urllib.request.urlopen(f"{base}/sendMessage?chat_id=1001&text=%E4%B8%80", timeout=5)
    urllib.request.urlopen(f"{base}/sendmessage", b"chat_id=1001&text=2", timeout=5)
    send(api, 1001, text="3")
    assert [m.text for m in api.sent()] == ["一", "2", "3"]


def test_text_length_is_counted_in_utf16(api: BotApi, citizen: Person) -> None:
    client = Client(api)
    client.do(client.bot.send_message(1001, " " + "字" * 4096 + " "))
    client.do(client.bot.send_message(1001, "😀" * 2048))
    for text in ("字" * 4097, "😀" * 2048 + "a"):
        why = client.refused(client.bot.send_message(1001, text), BadRequest)
        assert why == "Message is too long"
    assert len(api.violations) == 2
    assert "400 Bad Request: message is too long" in api.violations[0]


@pytest.mark.parametrize(("text", "why"), [("", "message text"), (" \n", "text must be non-")])
def test_empty_text_is_refused(api: BotApi, citizen: Person, text: str, why: str) -> None:
    status, answer = ask(api, "sendMessage", {"chat_id": 1001, "text": text})
    assert (status, answer["ok"], answer["error_code"]) == (400, False, 400)
    assert answer["description"].startswith(f"Bad Request: {why}")


@pytest.mark.parametrize(
    ("html", "why"),
    [
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("里 <p>a</p>", 'Unsupported start tag "p" at byte offset 4'),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("<b><i>a</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("a <b", "Unclosed start tag at byte offset 2"),
    ],
)
def test_broken_html_is_refused(api: BotApi, citizen: Person, html: str, why: str) -> None:
    _, answer = ask(api, "sendMessage", {"chat_id": 1001, "text": html, "parse_mode": "HTML"})
    assert answer["description"] == f"Bad Request: can't parse entities: {why}"


def test_callback_data_has_at_most_64_bytes(api: BotApi, citizen: Person) -> None:
    client = Client(api)
    client.do(client.bot.send_message(1001, "a", reply_markup=button("字" * 21 + "b")))
    too_long = client.bot.send_message(1001, "a", reply_markup=button("字" * 21 + "bb"))
    assert client.refused(too_long, BadRequest) == "Button_data_invalid"
    assert len(api.sent()) == 1


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"text": "a"}, "can't parse inline keyboard button: Text buttons are unallowed"),
        ({"text": "a", "callback_data": ""}, "can't parse inline keyboard button: Text buttons"),
        ({"callback_data": "a"}, "can't parse inline keyboard button: Can't find field"),
        ({"text": "a", "callback_data": "a", "url": "http://a.tw"}, "BUTTON_TYPE_INVALID"),
        ({"text": "a", "url": "http://localhost/"}, "inline keyboard button URL 'http://local"),
    ],
)
def test_wrong_buttons_are_refused(
    api: BotApi, citizen: Person, keys: dict[str, str], why: str
) -> None:
    params = {"chat_id": 1001, "text": "a", "reply_markup": {"inline_keyboard": [[keys]]}}
    status, answer = ask(api, "sendMessage", params)
    assert status == 400
    assert answer["description"].startswith(f"Bad Request: {why}")


def test_at_most_100_buttons(api: BotApi, citizen: Person) -> None:
    row = [{"text": "a", "callback_data": "a"}]
    send(api, 1001, text="a", reply_markup={"inline_keyboard": [row] * 100})
    params = {"chat_id": 1001, "text": "a", "reply_markup": {"inline_keyboard": [row] * 101}}
    assert ask(api, "sendMessage", params)[1]["description"].endswith("markup is too long")


def test_reply_keyboards(api: BotApi, citizen: Person) -> None:
    client = Client(api)
    keyboard = ReplyKeyboardMarkup([["查詢", "陳情"]])
    client.do(client.bot.send_message(1001, "選", reply_markup=keyboard))
    assert api.sent()[-1].keyboard == ["查詢", "陳情"]
    assert citizen.presses(api.sent()[-1], "陳情")["message"]["text"] == "陳情"
    client.do(client.bot.send_message(1001, "好", reply_markup=ReplyKeyboardRemove()))
    assert api.violations == []


def test_only_chats_that_exist_can_be_written_to(api: BotApi) -> None:
    client = Client(api)
    stranger = api.person(2002)
    to_stranger = client.bot.send_message(2002, "a")
    assert client.refused(to_stranger, BadRequest) == "Chat not found"
    stranger.says_in_group(-55, "大家好")
    to_stranger = client.bot.send_message(2002, "a")
    assert "can't initiate conversation" in client.refused(to_stranger, Forbidden)
    client.do(client.bot.send_message(-55, "a"))
    stranger.says("/start")
    client.do(client.bot.send_message(2002, "a"))


def test_a_blocked_bot_is_forbidden_until_unblocked(api: BotApi, citizen: Person) -> None:
    client = Client(api)
    update = TelegramUpdate.de_json(citizen.blocks(), client.bot)
    assert update.my_chat_member and update.my_chat_member.new_chat_member.status == "kicked"
    why = client.refused(client.bot.send_message(1001, "a"), Forbidden)
    assert why == "Forbidden: bot was blocked by the user"
    assert client.refused(client.bot.send_chat_action(1001, "typing"), Forbidden) == why
    with pytest.raises(AssertionError, match="has blocked the bot"):
        citizen.says("a")
    citizen.unblocks()
    client.do(client.bot.send_message(1001, "a"))


def test_a_photo_is_uploaded(api: BotApi, citizen: Person) -> None:
    client = Client(api)
    sent = client.do(client.bot.send_photo(1001, PNG, caption="圖"))
    assert api.sent()[-1].text == "圖"
    again = client.do(client.bot.send_photo(1001, sent.photo[-1].file_id))
    for message in (sent, again):
        assert download(Client(api), message.photo[-1].file_id) == PNG
    assert client.refused(client.bot.send_photo(1001, b"no image"), BadRequest) == (
        "Image_process_failed"
    )


def test_chat_actions(api: BotApi, citizen: Person) -> None:
    client = Client(api)
    client.do(client.bot.send_chat_action(1001, "typing"))
    assert api.chat_actions == [(1001, "typing")]
    _, answer = ask(api, "sendChatAction", {"chat_id": 1001, "action": "dancing"})
    assert answer["description"] == "Bad Request: wrong parameter action in request"


# --- buttons ------------------------------------------------------------------------------------


def test_a_callback_is_answered_once(api: BotApi, citizen: Person) -> None:
    client = Client(api)
    message = with_buttons(api, 1001, "是", "否")
    pressed = citizen.presses(message, "否")["callback_query"]
    assert pressed["data"] == "d:否"
    assert pressed["message"]["message_id"] == message.message_id
    assert api.unanswered() == {pressed["id"]}
    client.do(client.bot.answer_callback_query(pressed["id"]))
    assert (api.answered, api.unanswered(), api.violations) == ([pressed["id"]], set(), [])
    why = client.refused(client.bot.answer_callback_query(pressed["id"]), BadRequest)
    assert why.startswith("Query is too old and response timeout expired")
    assert api.answered == [pressed["id"]]
    assert len(api.violations) == 1


def test_wrong_callback_answers(api: BotApi, citizen: Person) -> None:
    first = citizen.presses(with_buttons(api, 1001, "是"), "d:是")["callback_query"]["id"]
    second = citizen.presses(api.sent()[-1], "是")["callback_query"]["id"]
    assert first != second
    too_long = {"callback_query_id": first, "text": "a" * 201}
    assert "MESSAGE_TOO_LONG" in ask(api, "answerCallbackQuery", too_long)[1]["description"]
    api.expire_callback(second)
    for callback_id in (second, "77"):
        _, answer = ask(api, "answerCallbackQuery", {"callback_query_id": callback_id})
        assert "query ID is invalid" in answer["description"]


def test_buttons_can_be_taken_away(api: BotApi, citizen: Person) -> None:
    client = Client(api)
    before = with_buttons(api, 1001, "是")
    client.do(client.bot.edit_message_reply_markup(1001, before.message_id))
    assert api.sent()[-1].buttons == []
    with pytest.raises(AssertionError, match="no button"):
        citizen.presses(before, "是")
    assert citizen.presses(before, "是", stale=True)["callback_query"]["data"] == "d:是"
    again = client.bot.edit_message_reply_markup(1001, before.message_id)
    assert client.refused(again, BadRequest).startswith("Message is not modified")
    unknown = client.bot.edit_message_reply_markup(1001, 9999)
    assert client.refused(unknown, BadRequest) == "Message to edit not found"


def test_forged_data_arrives_like_any_other(api: BotApi, citizen: Person) -> None:
    update = TelegramUpdate.de_json(citizen.presses_forged("admin:1"), Client(api).bot)
    assert update.callback_query and update.callback_query.data == "admin:1"


# --- updates ------------------------------------------------------------------------------------


def test_get_updates_offset(api: BotApi, citizen: Person) -> None:
    client = Client(api)
    ids = [citizen.says(f"{n}")["update_id"] for n in range(5)]
    assert ids == sorted(set(ids))

    def poll(offset: int | None, limit: int = 100) -> list[int]:
        updates = client.do(client.bot.get_updates(offset=offset, limit=limit))
        return [update.update_id for update in updates]

    assert poll(None) == ids
    assert poll(None, limit=2) == ids[:2]  # nothing was confirmed
    assert poll(ids[2]) == ids[2:]
    assert poll(None) == ids[2:]  # the first two are forgotten
    assert poll(-2) == ids[3:]
    assert poll(None) == ids[3:]
    assert poll(ids[-1] + 1) == []


def test_a_long_poll_wakes_up_and_is_capped(api: BotApi, citizen: Person) -> None:
    threading.Timer(0.3, citizen.says, ["醒"]).start()
    began = time.monotonic()
    _, answer = ask(api, "getUpdates", {"timeout": 50})
    assert [u["message"]["text"] for u in answer["result"]] == ["醒"]
    assert 0.2 < time.monotonic() - began < 50
    api.poll_cap = 0.2
    offset = answer["result"][0]["update_id"] + 1
    began = time.monotonic()
    assert ask(api, "getUpdates", {"timeout": 50, "offset": offset})[1]["result"] == []
    assert time.monotonic() - began < 50


def test_the_older_of_two_polls_is_ended(api: BotApi, citizen: Person) -> None:
    older: list[tuple[int, Any]] = []
    poll = threading.Thread(target=lambda: older.append(ask(api, "getUpdates", {"timeout": 9})))
    poll.start()
    api.wait_for(lambda: api.calls)
    assert ask(api, "getUpdates") == (200, {"ok": True, "result": []})
    poll.join(5)
    assert older[0][0] == 409
    assert older[0][1]["description"].startswith("Conflict: terminated by other getUpdates")


def test_no_get_updates_while_a_webhook_is_set(api: BotApi, citizen: Person) -> None:
    client = Client(api)
    assert client.do(client.bot.set_webhook("https://bot.example.tw/hook", secret_token="s-_1"))
    citizen.says("a")
    assert client.do(client.bot.get_webhook_info()).pending_update_count == 1
    why = client.refused(client.bot.get_updates(), Conflict)
    assert "can't use getUpdates method while webhook is active" in why
    client.do(client.bot.delete_webhook(drop_pending_updates=True))
    assert client.do(client.bot.get_updates()) == ()


@pytest.mark.parametrize(
    ("params", "why"),
    [
        ({"url": "http://bot.example.tw/"}, "bad webhook: An HTTPS URL must be provided"),
        ({"url": "https://bot.example.tw:8081/"}, "bad webhook: Webhook can be set up only on"),
        ({"url": "https://a.tw/", "secret_token": "a b"}, "secret token contains unallowed"),
        ({"url": "https://a.tw/", "secret_token": "a" * 257}, "secret token is too long"),
    ],
)
def test_wrong_webhooks_are_refused(api: BotApi, params: dict[str, str], why: str) -> None:
    status, answer = ask(api, "setWebhook", params)
    assert status == 400
    assert answer["description"].startswith(f"Bad Request: {why}")
    assert api.webhook.url == ""


def test_updates_are_handed_to_the_webhook(api: BotApi, citizen: Person) -> None:
    ask(api, "setWebhook", {"url": "https://a.tw/hook?x=1", "secret_token": "tell-me"})
    received: list[tuple[str, str | None, Any]] = []

    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            received.append((self.path, self.headers["X-Telegram-Bot-Api-Secret-Token"], body))
            self.send_response(200 if body["message"]["text"] != "壞" else 500)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    hook = http.server.HTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=hook.serve_forever, daemon=True).start()
    api.webhook_base_override = f"http://127.0.0.1:{hook.server_port}"
    update = citizen.says("好")
    assert api.push() == 200
    assert received == [("/hook?x=1", "tell-me", update)]
    assert api.pending == []
    citizen.says("壞")
    assert api.push() == 500
    assert len(api.pending) == 1
    assert "500" in ask(api, "getWebhookInfo")[1]["result"]["last_error_message"]
    assert api.deliver(update, lambda body, headers: (body, headers["Content-Type"])) == (
        update,
        "application/json",
    )
    hook.shutdown()
    hook.server_close()


def test_only_wanted_updates_are_queued(api: BotApi, citizen: Person) -> None:
    ask(api, "getUpdates", {"allowed_updates": ["message"]})
    message = citizen.says("a")
    citizen.edits(message["message"]["message_id"], "b")
    citizen.blocks()
    assert api.pending == [message]


def test_every_kind_of_update_is_read_by_the_library(api: BotApi, citizen: Person) -> None:
    updates = [
        citizen.says("😀 /start@fake_telegram_bot x"),
        citizen.sends_photo(PNG, caption="圖", media_group_id="77"),
        citizen.sends_document(b"%PDF", "文件.pdf", "application/pdf"),
        citizen.sends_location(25.03, 121.56),
        citizen.sends_sticker(),
        citizen.sends_voice(3),
        citizen.forwards("轉"),
        citizen.says_in_group(-1001234567890123, "/help"),
    ]
    read = [TelegramUpdate.de_json(update, Client(api).bot).message for update in updates]
    text, photo, document, location, sticker, voice, forward, group = [m for m in read if m]
    assert text.parse_entities(["bot_command"]) == {
        text.entities[0]: "/start@fake_telegram_bot",
    }
    assert (photo.caption, photo.media_group_id, photo.photo[-1].file_size) == (
        "圖",
        "77",
        len(PNG),
    )
    assert document.document and document.document.file_name == "文件.pdf"
    assert location.location and location.location.longitude == 121.56
    assert sticker.sticker and voice.voice and voice.voice.duration == timedelta(seconds=3)
    assert forward.forward_origin and forward.text == "轉"
    assert group.chat.type == "supergroup"
    edited = TelegramUpdate.de_json(citizen.edits(text.message_id, "改"), Client(api).bot)
    assert edited.edited_message and edited.edited_message.message_id == text.message_id


# --- files --------------------------------------------------------------------------------------


def download(client: Client, file_id: str) -> bytes:
    async def fetch() -> bytes:
        file = await client.bot.get_file(file_id)
        return bytes(await file.download_as_bytearray())

    return client.do(fetch())


def test_files_are_downloaded(api: BotApi, citizen: Person) -> None:
    sizes = citizen.sends_photo(PNG)["message"]["photo"]
    assert download(Client(api), sizes[-1]["file_id"]) == PNG
    assert download(Client(api), sizes[0]["file_id"]) != PNG
    client = Client(api)
    why = client.refused(client.bot.get_file("nonsense"), BadRequest)
    assert why == "Wrong file_id or the file is temporarily unavailable"
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{api.url}/file/bot{api.token}/photos/none.jpg", timeout=5)
    assert caught.value.code == 404


def test_files_over_20_megabytes_are_refused(api: BotApi, citizen: Person) -> None:
    for size in (20 * MEGABYTE, 20 * MEGABYTE + 1):
        update = citizen.sends_document(bytes(size), "a.bin", "application/octet-stream")
        status, answer = ask(api, "getFile", {"file_id": update["message"]["document"]["file_id"]})
        assert status == (200 if size == 20 * MEGABYTE else 400), answer
    assert answer["description"] == "Bad Request: file is too big"


# --- commands, identity -------------------------------------------------------------------------


def test_commands_are_kept_by_scope_and_language(api: BotApi) -> None:
    client = Client(api)
    private = BotCommandScopeAllPrivateChats()
    chinese = [BotCommand("start", "開始")]
    client.do(client.bot.set_my_commands(chinese, scope=private, language_code="zh"))
    assert client.do(client.bot.get_my_commands(private, "zh")) == tuple(chinese)
    assert client.do(client.bot.get_my_commands()) == ()
    client.do(client.bot.delete_my_commands(private, "zh"))
    assert api.commands == {}


@pytest.mark.parametrize(
    ("params", "why"),
    [
        ({"commands": [{"command": "Start", "description": "a"}]}, "BOT_COMMAND_INVALID"),
        ({"commands": [{"command": "a" * 33, "description": "a"}]}, "BOT_COMMAND_INVALID"),
        ({"commands": [{"command": "a", "description": ""}]}, "command description must be non"),
        ({"commands": [{"command": "a", "description": "a" * 257}]}, "command description length"),
        ({"commands": [{"command": "a", "description": "a"}] * 101}, "BOT_COMMANDS_TOO_MUCH"),
        ({"commands": [], "language_code": "zh-hant"}, "invalid language code specified"),
    ],
)
def test_wrong_commands_are_refused(api: BotApi, params: dict[str, Any], why: str) -> None:
    status, answer = ask(api, "setMyCommands", params)
    assert status == 400
    assert answer["description"].startswith(f"Bad Request: {why}")


def test_who_the_bot_is(api: BotApi) -> None:
    client = Client(api)
    assert client.do(client.bot.get_me()).id == 110201543


def test_a_wrong_token_is_unauthorized(api: BotApi) -> None:
    client = Client(api, "110201543:AAwrong")
    assert client.refused(client.bot.get_me(), InvalidToken)
    assert api.violations == ["getMe: 401 Unauthorized"]
    assert api.calls == []


def test_unknown_methods_are_not_found(api: BotApi) -> None:
    expected = {"ok": False, "error_code": 404, "description": "Not Found"}
    assert ask(api, "sendTelepathy") == (404, expected)


# --- faults -------------------------------------------------------------------------------------


def test_too_many_requests(api: BotApi, citizen: Person) -> None:
    client = Client(api)
    api.person(2, started=True)
    text = "Too Many Requests: retry after 7"
    api.fail_next("sendMessage", 429, text, retry_after=7, times=2, chat_id=1001)
    client.do(client.bot.send_message(2, "not this chat"))
    for _ in range(2):
        with pytest.raises(RetryAfter) as caught:
            client.do(client.bot.send_message(1001, "a"))
        assert caught.value._retry_after.total_seconds() == 7
    client.do(client.bot.send_message(1001, "a"))
    assert api.violations == []
    assert len(api.sent()) == 2


@pytest.mark.parametrize("performed", [False, True])
def test_a_dropped_connection(api: BotApi, citizen: Person, performed: bool) -> None:
    client = Client(api)
    api.drop_next("sendMessage", performed=performed)
    assert client.refused(client.bot.send_message(1001, "a"), NetworkError)
    assert len(api.sent()) == performed
    client.do(client.bot.send_message(1001, "b"))
    assert api.sent()[-1].text == "b"


@pytest.mark.parametrize("performed", [False, True])
def test_a_hanging_call(api: BotApi, citizen: Person, performed: bool) -> None:
    client = Client(api)
    api.hang_next("sendMessage", 0.6, performed=performed)
    late = client.bot.send_message(1001, "a", read_timeout=0.2)
    assert client.refused(late, TimedOut)
    time.sleep(0.6)
    assert len(api.sent()) == performed
    api.hang_next("sendMessage", 0.1)
    client.do(client.bot.send_message(1001, "b"))


def test_a_failing_download(api: BotApi, citizen: Person) -> None:
    file_id = citizen.sends_photo(PNG)["message"]["photo"][-1]["file_id"]
    api.fail_next("file", 500, "Internal Server Error")
    with pytest.raises(NetworkError):
        download(Client(api), file_id)
    assert download(Client(api), file_id) == PNG


# --- the harness itself -------------------------------------------------------------------------


def test_wait_for_tells_what_was_sent(api: BotApi, citizen: Person) -> None:
    assert not api.sent()
    send(api, 1001, text="唯一的訊息")
    assert api.wait_for(lambda: api.sent(1001)[-1].text) == "唯一的訊息"
    with pytest.raises(AssertionError, match="唯一的訊息"):
        api.wait_for(lambda: api.sent(1001)[3], timeout=0.1)


def test_stop_and_start_keep_address_and_state(api: BotApi, citizen: Person) -> None:
    send(api, 1001, text="之前")
    url = api.url
    api.stop()
    with pytest.raises(urllib.error.URLError):
        ask(api, "getMe")
    api.start()
    assert api.url == url
    send(api, 1001, text="之後")
    assert [m.text for m in api.sent()] == ["之前", "之後"]


def test_stop_does_not_wait_for_a_long_poll(api: BotApi) -> None:
    poll = threading.Thread(target=lambda: ask(api, "getUpdates", {"timeout": 50}))
    poll.start()
    api.wait_for(lambda: api.calls)
    began = time.monotonic()
    api.stop()
    poll.join(50)
    assert not poll.is_alive()
    assert time.monotonic() - began < 50


def test_a_citizen_played_by_hand() -> None:
    def say(server: BotApi, order: dict[str, Any]) -> Any:
        with urllib.request.urlopen(
            f"{server.url}/say", json.dumps(order).encode(), timeout=5
        ) as answer:
            return json.load(answer)

    with BotApi(hand_use=True) as server:
        assert say(server, {"chat_id": 1, "text": "/start"})["update"]["message"]["chat"]["id"] == 1
        with_buttons(server, 1, "是")
        pressed = say(server, {"chat_id": 1, "press": "是"})["update"]["callback_query"]
        assert pressed["data"] == "d:是"
        with urllib.request.urlopen(f"{server.url}/log", timeout=5) as answer:
            log = json.load(answer)
        assert log["sent"][0]["buttons"] == [["是", "d:是"]]
        assert log["unanswered"] == [pressed["id"]]
