import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from bot.channel import TryLater, Undeliverable
from bot.fetching import Fetcher
from complaints.intake import SentFile
from complaints.tables import Attachment
from data import files
from data.database import reading, transaction
from tests import pictures
from tests.bot.fake_channel import FakeChannel
from tests.clock import FakeClock
from tests.makers import make_case

JPEG = pictures.jpeg()


@pytest.fixture
def channel() -> FakeChannel:
    return FakeChannel()


def fetch(
    engine: Engine, channel: FakeChannel, folder: Path, clock: FakeClock, tries: int = 1
) -> tuple[str, str | None]:
    with transaction(engine) as tx:
        make_case(tx, files=(SentFile("telegram", "AgAC"),))
    fetcher = Fetcher(engine, {channel.name: channel}, folder, clock)
    for _ in range(tries):
        asyncio.run(fetcher.once())
        clock.pass_(timedelta(hours=7))
    with reading(engine) as tx:
        row = tx.scalars(select(Attachment)).one()
        return row.state, row.digest


def test_a_file_becomes_ours(engine: Engine, channel: FakeChannel, tmp_path: Path) -> None:
    channel.files["AgAC"] = JPEG
    state, digest = fetch(engine, channel, tmp_path, FakeClock())
    assert state == "stored"
    assert digest
    assert files.path_of(tmp_path, digest).read_bytes() == JPEG


def test_a_lost_connection_is_tried_again(
    engine: Engine, channel: FakeChannel, tmp_path: Path
) -> None:
    channel.files["AgAC"] = JPEG
    channel.problems.extend([TryLater("timeout"), TryLater("timeout")])
    assert fetch(engine, channel, tmp_path, FakeClock(), tries=3)[0] == "stored"


@pytest.mark.parametrize("content", [b"MZ program", b""])
def test_what_we_do_not_take_is_marked(
    engine: Engine, channel: FakeChannel, tmp_path: Path, content: bytes
) -> None:
    channel.files["AgAC"] = content
    assert fetch(engine, channel, tmp_path, FakeClock()) == ("failed", None)


def test_what_is_gone_is_marked(engine: Engine, channel: FakeChannel, tmp_path: Path) -> None:
    channel.problems.append(Undeliverable("wrong file_id"))
    assert fetch(engine, channel, tmp_path, FakeClock()) == ("failed", None)


def test_tries_come_to_an_end(engine: Engine, channel: FakeChannel, tmp_path: Path) -> None:
    channel.problems.extend(TryLater("timeout") for _ in range(9))
    assert fetch(engine, channel, tmp_path, FakeClock(), tries=9)[0] == "failed"
