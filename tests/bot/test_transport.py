import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, NetworkError, TimedOut

from bot.transport import AiohttpRequest
from tests.fakes.botapi import BotApi


@pytest.fixture
def api() -> Iterator[BotApi]:
    with BotApi() as made:
        made.person(1001, started=True)
        yield made


def with_bot(url: str, token: str, act: Callable[[Bot], Awaitable[object]]) -> object:
    async def run() -> object:
        request = AiohttpRequest(connections=2, read_timeout=0.3)
        bot = Bot(token, base_url=f"{url}/bot", request=request, get_updates_request=request)
        try:
            return await act(bot)
        finally:
            await request.shutdown()

    return asyncio.run(run())


def test_a_message_arrives_with_its_buttons_before_anything_is_initialized(api: BotApi) -> None:
    async def send(bot: Bot) -> object:
        helpful = InlineKeyboardButton("有幫助", callback_data="h:1")
        keys = InlineKeyboardMarkup([[helpful]])
        return await bot.send_message(1001, "您好＆再見 +1", reply_markup=keys)

    with_bot(api.url, api.token, send)
    (sent,) = api.sent(1001)
    assert (sent.text, sent.buttons) == ("您好＆再見 +1", [("有幫助", "h:1")])


def test_what_telegram_refuses_is_told_as_the_library_tells_it(api: BotApi) -> None:
    with pytest.raises(BadRequest, match="Chat not found"):
        with_bot(api.url, api.token, lambda bot: bot.send_message(404, "您好"))


def test_a_session_that_was_closed_is_opened_again(api: BotApi) -> None:
    async def twice(bot: Bot) -> None:
        await bot.send_message(1001, "一")
        await bot.request.shutdown()
        await bot.send_message(1001, "二")

    with_bot(api.url, api.token, twice)
    assert [one.text for one in api.sent(1001)] == ["一", "二"]


def test_nobody_there_is_an_error_of_the_network_without_the_token() -> None:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(NetworkError) as raised:
        with_bot(url, "77:secret", lambda bot: bot.send_message(1001, "您好"))
    assert "secret" not in str(raised.value)


def test_no_answer_is_a_time_out() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(TimedOut):
            with_bot(url, "77:secret", lambda bot: bot.send_message(1001, "您好"))
