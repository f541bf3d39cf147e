"""Starting, stopping, polling, and the bad day of an operator."""

from pathlib import Path

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from app import office as roof
from app.settings import Settings
from bot.telegram import COMMANDS, Telegram
from data.database import engine_for, transaction
from faq.keeping.index import Shelf
from tests.clock import FakeClock
from tests.databases import KEYRING, Databases
from tests.fakes.botapi import BotApi
from tests.journeys.world import World, opened
from tests.served import create_web


def test_polling_is_the_same_path(database_url: str, tmp_path: Path, shelf: Shelf) -> None:
    with opened(database_url, tmp_path, shelf, webhook=False) as world:
        ming = world.citizen()
        ming.person.says("身分證遺失要怎麼補領")
        ming.person.says("我的案件")
        ming.waits(2)
        assert "【身分證遺失補領】" in ming.heard()[0].text
        assert "還沒有案件" in ming.heard()[1].text
        world.telegram.wait_for(lambda: not world.telegram.pending)


def test_a_draft_and_a_case_survive_a_restart(
    database_url: str, tmp_path: Path, shelf: Shelf
) -> None:
    with opened(database_url, tmp_path, shelf) as world:
        ming = world.citizen()
        number = ming.files()
        ming.says("我要陳情", 2)
        ming.says("路燈不亮")
        with TestClient(create_web(restarted(world, shelf)), base_url="https://x") as browser:
            again = World(world.office, world.clock, world.telegram, browser)
            ming = again.citizen()
            assert "照片" in ming.says("範例路 3 號").text
            ming.says("取消")
            assert number in ming.says("我的案件").text


def restarted(world: World, shelf: Shelf) -> roof.Office:
    """The same office, as after a stop and a start."""
    return roof.build(world.office.settings, world.clock, shelf)


def test_commands_are_registered_in_both_languages(world: World) -> None:
    world.telegram.wait_for(lambda: len(world.telegram.commands) == 3)
    names = [name for name, _, _ in COMMANDS]
    for (_scope, language), commands in world.telegram.commands.items():
        assert [command["command"] for command in commands] == names
        expected = [(en if language == "en" else zh) for _, zh, en in COMMANDS]
        assert [command["description"] for command in commands] == expected


def test_health_is_true_when_serving(world: World) -> None:
    world.telegram.wait_for(lambda: world.browser.get("/healthz").status_code == 200)
    ready = world.browser.get("/healthz").json()
    assert ready == {"status": "ready", "outbox": {"waiting": 0, "dead": 0}}


def test_a_wrong_token_is_said(database_url: str, tmp_path: Path, shelf: Shelf) -> None:
    with BotApi() as telegram:
        settings = Settings(
            database_url=database_url,
            data_dir=tmp_path,
            telegram_bot_token="110201543:AAWrongTokenWrongTokenWrongTokenWro",  # type: ignore[arg-type]
            telegram_api_base_url=telegram.url,
        )
        web = create_web(roof.build(settings, FakeClock(), shelf))
        with TestClient(web) as browser:

            def said() -> object:
                health = browser.get("/healthz")
                return health.status_code == 503 and "refused" in health.text

            telegram.wait_for(said)
            assert browser.get("/chat").status_code == 200  # the web chat serves all the same


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_an_empty_database_is_said(
    kind: str, databases: Databases, tmp_path: Path, shelf: Shelf
) -> None:
    with databases.empty(kind) as url:
        settings = Settings(database_url=url, data_dir=tmp_path)
        with TestClient(create_web(roof.build(settings, FakeClock(), shelf))) as browser:
            health = browser.get("/healthz")
            assert health.status_code == 503
            assert "python -m app migrate" in health.text


def test_a_database_that_is_gone_is_said_and_telegram_tries_again(
    tmp_path: Path, shelf: Shelf
) -> None:
    settings = Settings(
        database_url="postgresql://nobody@127.0.0.1:1/none",
        data_dir=tmp_path,
        telegram_bot_token="110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw",  # type: ignore[arg-type]
        telegram_api_base_url="http://127.0.0.1:1",
        public_url="https://office.example",
    )
    office = roof.build(settings, FakeClock(), shelf)
    assert isinstance(office.telegram, Telegram)
    browser = TestClient(create_web(office))  # without the loops: they would only wait
    secret = {"X-Telegram-Bot-Api-Secret-Token": office.telegram.secret}
    update = {
        "update_id": 1,
        "message": {
            "message_id": 1,
            "date": 1,
            "chat": {"id": 1, "type": "private"},
            "from": {"id": 1, "is_bot": False, "first_name": "王"},
            "text": "秘密的內容",
        },
    }
    answer = browser.post("/telegram/webhook", json=update, headers=secret)
    assert answer.status_code == 503
    assert "秘密" not in answer.text
    assert browser.get("/healthz").status_code == 503
    office.engine.dispose()


def test_a_locked_database_is_waited_for_then_said(
    databases: Databases, tmp_path: Path, shelf: Shelf
) -> None:
    with databases.fresh("sqlite") as url:
        office = roof.build(Settings(database_url=url, data_dir=tmp_path), FakeClock(), shelf)
        browser = TestClient(create_web(office), base_url="http://office.test")
        browser.get("/chat")
        holder = engine_for(url, KEYRING)
        with transaction(holder) as tx:  # holds the write lock longer than anybody waits
            tx.execute(select(1))
            answer = browser.post("/chat/messages", data={"text": "你好", "key": "a" * 16})
            assert answer.status_code == 503
            assert answer.headers["retry-after"]
        again = browser.post("/chat/messages", data={"text": "你好", "key": "a" * 16})
        assert again.status_code == 200  # the same key, now taken
        holder.dispose()
        office.engine.dispose()
