"""Pages and the work behind them may run in processes of their own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from starlette.testclient import TestClient

from app import office as roof
from app.settings import Settings
from bot.telegram import WEBHOOK_PATH
from bot.webhook import SECRET_HEADER
from data import outbox
from data.database import reading, transaction
from data.outbox import Address, Delivery, Message, Outbox
from faq.keeping.index import Shelf
from tests.clock import FakeClock
from tests.databases import KEYRING
from tests.fakes.botapi import BotApi
from tests.served import create_web

DONE_WITHIN = 60.0
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)  # also by the clock of the machine


@pytest.fixture
def waiting(engine: Engine) -> Engine:
    """An office with a message that waits to be sent."""
    with transaction(engine) as tx:
        outbox.post(tx, Address("web", "somebody"), Message("您好"), key="hello", now=LONG_AGO)
    return engine


def state(engine: Engine) -> str:
    with reading(engine) as tx:
        return tx.scalars(select(Outbox.state).where(Outbox.key == "hello")).one()


def wait_for(so: Callable[[], bool]) -> None:
    until = time.monotonic() + DONE_WITHIN
    while not so():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_work_sends_without_pages_and_ends_when_asked(
    waiting: Engine, database_url: str, tmp_path: Path
) -> None:
    environment = os.environ | {
        "DATABASE_URL": database_url,
        "DATA_DIR": str(tmp_path),
        "SEALING_KEYS": KEYRING.as_text(),
    }
    with subprocess.Popen([sys.executable, "-m", "app", "work"], env=environment) as process:
        try:
            wait_for(lambda: state(waiting) == Delivery.SENT)
            process.send_signal(signal.SIGTERM)
            assert process.wait(DONE_WITHIN) == 0
        finally:
            process.kill()


def test_pages_alone_leave_the_work_to_others(
    waiting: Engine, database_url: str, tmp_path: Path, shelf: Shelf
) -> None:
    settings = Settings(
        database_url=database_url,
        data_dir=tmp_path,
        sealing_keys=KEYRING.as_text(),  # type: ignore[arg-type]
    )
    office = roof.build(settings, FakeClock(), shelf)
    with TestClient(create_web(office, loops=False)) as browser:
        assert browser.get("/healthz").json()["status"] == "ready"
        time.sleep(2)  # longer than the relay ever rests
        assert state(waiting) == Delivery.WAITING
    with TestClient(create_web(roof.build(settings, FakeClock(), shelf))):
        wait_for(lambda: state(waiting) == Delivery.SENT)


def test_pages_alone_learn_the_bots_name_and_put_groups_off_until_then(
    database_url: str, engine: Engine, tmp_path: Path, shelf: Shelf
) -> None:
    with BotApi() as telegram:
        settings = Settings(
            database_url=database_url,
            data_dir=tmp_path,
            sealing_keys=KEYRING.as_text(),  # type: ignore[arg-type]
            telegram_bot_token=telegram.token,  # type: ignore[arg-type]
            telegram_api_base_url=telegram.url,
            public_url="https://office.example",
        )
        office = roof.build(settings, FakeClock(), shelf)
        web, room = create_web(office, loops=False), -1000000000042
        post = partial(TestClient(web).post, WEBHOOK_PATH)  # not started: nothing connects
        bot = telegram.bot_user["username"]
        told = telegram.person(7).says_in_group(room, f"@{bot} 結婚登記要帶什麼")
        assert office.telegram
        secret = {SECRET_HEADER: office.telegram.secret}
        assert post(json=told, headers=secret).status_code == 503
        assert post(json=telegram.person(7).says("你好"), headers=secret).status_code == 200
        with TestClient(web) as browser:
            assert browser.get("/healthz").status_code == 200
            again = partial(browser.post, WEBHOOK_PATH, json=told, headers=secret)
            wait_for(lambda: again().status_code == 200)
        with reading(engine) as tx:
            assert tx.scalar(select(Outbox.id).where(Outbox.name == f"{room}"))
