"""Pages and the work behind them may run in processes of their own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from starlette.testclient import TestClient

from app import office as roof
from app.settings import Settings
from data import outbox
from data.database import reading, transaction
from data.outbox import Address, Delivery, Message, Outbox
from faq.keeping.index import Shelf
from tests.clock import FakeClock
from tests.databases import KEYRING
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
