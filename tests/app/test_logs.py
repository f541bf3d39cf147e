"""Neither secrets nor citizens' text reach a log line."""

import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from app import logs
from app import office as roof
from app.settings import Settings
from data.database import reading
from data.outbox import Outbox
from faq.keeping.index import Shelf
from tests.clock import FakeClock
from tests.databases import Databases
from tests.journeys.world import World, opened
from tests.served import create_web

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
SECRET = "我家的秘密是金魚"


@pytest.fixture(autouse=True)
def quiet_afterwards() -> Iterator[None]:
    """What a test set up writes to a stream that is closed after it."""
    yield
    logging.basicConfig(handlers=[logging.NullHandler()], force=True)


@pytest.mark.parametrize(
    "text",
    [
        f"POST https://api.telegram.org/bot{TOKEN}/getMe",
        "Bearer cl_abcdefghijklmnopqrstuvwxyz012345",
        "postgresql://office:hunter2@db/civicline",
    ],
)
def test_secrets_are_masked(text: str) -> None:
    line = logs.redact(None, "info", {"event": text, "n": 1})
    assert not re.search(r"AAHdq|abcdefghij|hunter2", str(line))


def test_a_whole_conversation_leaves_no_word_in_the_log(
    databases: Databases, tmp_path: Path, shelf: Shelf, capfd: pytest.CaptureFixture[str]
) -> None:
    logs.set_up()
    with databases.fresh("sqlite") as url, opened(url, tmp_path, shelf) as world:
        _talk(world)
    written = capfd.readouterr().err  # closing the office has ended what was under way
    assert "message waits" in written  # the log was really on
    for word in (SECRET, "王小明", "0912-345678", TOKEN.split(":")[1]):
        assert word not in written


def _talk(world: World) -> None:
    world.telegram.fail_next("sendMessage", 500, "Internal Server Error")
    ming = world.citizen()
    world.deliver(ming.person.says(SECRET))
    world.deliver(ming.person.presses_forged(SECRET[:8]))
    world.deliver({"update_id": 999, "message": {"text": SECRET}})
    world.telegram.wait_for(lambda: _noted(world))


def _noted(world: World) -> int | None:
    """Whether the refused message is noted as waiting, which is said in the log first."""
    with reading(world.office.engine) as tx:
        return tx.scalar(select(Outbox.id).where(Outbox.problem.is_not(None)))


def test_a_database_error_carries_no_values_into_the_log(
    databases: Databases, tmp_path: Path, shelf: Shelf, capfd: pytest.CaptureFixture[str]
) -> None:
    logs.set_up()
    with databases.empty("postgresql") as url:
        office = roof.build(Settings(database_url=url, data_dir=tmp_path), FakeClock(), shelf)
        browser = TestClient(create_web(office), base_url="http://office.test")
        browser.cookies.set("civicline_chat", "x" * 40)
        answer = browser.post("/chat/messages", data={"text": SECRET})
        assert answer.status_code == 503
        office.engine.dispose()
    written = capfd.readouterr().err
    assert "database unavailable" in written
    assert SECRET not in written


def test_an_operators_mistake_is_one_line_not_a_traceback(tmp_path: Path) -> None:
    given = {**os.environ, "PORT": "many", "DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "app", "serve"],
        env=given,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "PORT" in done.stderr
    assert "Traceback" not in done.stderr
