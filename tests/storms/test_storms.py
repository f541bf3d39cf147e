"""Bad weather: a Telegram that refuses, a database that goes, a full disk, a clock that jumps."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Connection, Engine, event, func, select

from app.readiness import problems
from bot.channel import Incoming, What
from bot.conversation.wording import say
from bot.counter import MOST_A_MINUTE, take
from bot.patience import TRIES
from bot.webhook import SECRET_HEADER
from data import outbox
from data.database import reading, transaction
from data.inbox import Received
from data.outbox import Address, Delivery, Message, Outbox
from faq.keeping.index import Shelf
from tests.databases import Databases
from tests.journeys.world import Citizen, World, opened

QUESTION = "身分證遺失要怎麼補領"
ANSWER = "【身分證遺失補領】"
SECOND = timedelta(seconds=1)


@pytest.fixture
def world(database_url: str, tmp_path: Path, shelf: Shelf) -> Iterator[World]:
    """An office with everything running."""
    with opened(database_url, tmp_path, shelf) as running:
        yield running


def crowd(world: World, size: int = 10) -> list[Citizen]:
    return [world.citizen(2000 + n) for n in range(size)]


def all_ask(world: World, citizens: list[Citizen]) -> None:
    for one in citizens:
        assert world.deliver(one.person.says(QUESTION)) == 200


def answers(one: Citizen) -> int:
    return sum(ANSWER in message.text for message in one.heard())


def pass_time(world: World, citizens: list[Citizen], most: timedelta = timedelta(hours=8)) -> None:
    """Let the office's time go by until everybody has an answer; a minute takes a moment."""
    for _ in range(int(most / timedelta(minutes=1))):
        if all(answers(one) for one in citizens):
            return
        world.clock.pass_(timedelta(minutes=1))
        world.office.relay.wake()
        time.sleep(0.05)
    assert [answers(one) for one in citizens] == [1] * len(citizens)


# --- Telegram
def test_told_to_wait_everybody_is_answered_once_all_the_same(world: World) -> None:
    citizens = crowd(world)
    world.telegram.fail_next("sendMessage", 429, "Too Many Requests", retry_after=30, times=15)
    all_ask(world, citizens)
    pass_time(world, citizens)
    assert [answers(one) for one in citizens] == [1] * len(citizens)


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_telegram_that_fails_is_tried_again(world: World, status: int) -> None:
    citizens = crowd(world, 5)
    world.telegram.fail_next("sendMessage", status, "Bad Gateway", times=12)
    all_ask(world, citizens)
    pass_time(world, citizens)
    assert [answers(one) for one in citizens] == [1] * len(citizens)


def test_a_connection_that_breaks_before_it_was_sent_loses_nothing(world: World) -> None:
    citizens = crowd(world, 5)
    world.telegram.drop_next("sendMessage", times=9)
    all_ask(world, citizens)
    pass_time(world, citizens)
    assert [answers(one) for one in citizens] == [1] * len(citizens)


def test_a_connection_that_breaks_after_it_was_sent_repeats_one_message(world: World) -> None:
    """Telegram knows no idempotency key: that it was sent cannot be known."""
    citizens = crowd(world, 5)
    world.telegram.drop_next("sendMessage", performed=True, times=3)  # one may meet two of them
    all_ask(world, citizens)
    for _ in range(600):  # what was cut off is tried again after 5, 15 and 60 seconds
        if sum(map(answers, citizens)) >= 5 + 3:
            break
        world.clock.pass_(5 * SECOND)
        world.office.relay.wake()
        time.sleep(0.05)
    world.telegram.wait_for(lambda: world.browser.get("/healthz").json()["outbox"]["waiting"] == 0)
    assert sum(map(answers, citizens)) == 5 + 3
    assert all(answers(one) for one in citizens)


def test_who_blocked_the_bot_is_shown_to_staff_and_keeps_nobody_else(world: World) -> None:
    gone, *others = crowd(world, 4)
    world.telegram.fail_next(
        "sendMessage", 403, "Forbidden: bot was blocked by the user", chat_id=gone.person.chat_id
    )
    all_ask(world, [gone, *others])
    pass_time(world, others)
    settled = {"waiting": 0, "dead": 1}
    world.telegram.wait_for(lambda: world.browser.get("/healthz").json()["outbox"] == settled)


# --- what comes in
def test_ten_thousand_resends_count_as_the_ten_that_they_are(world: World) -> None:
    desk, to = world.office.desk, Address("telegram", f"{world.citizen().person.chat_id}")
    updates = [Incoming(f"{n}", to, What.TEXT, text=QUESTION) for n in range(10)]
    with reading(world.office.engine) as tx:
        desk.shelf.current(tx)  # the index; the first would build it while all others wait for it
    with ThreadPoolExecutor(8) as telegram:
        new = list(telegram.map(lambda n: take(desk, updates[n % 10]), range(10_000)))
    assert sum(new) == 10
    with reading(world.office.engine) as tx:
        assert tx.scalars(select(func.count()).select_from(Received)).one() == 10


def test_a_hundred_messages_in_a_second_keep_nobody_else_waiting(world: World) -> None:
    flood, other = crowd(world, 2)
    for _ in range(50):
        world.deliver(flood.person.says(QUESTION))
    assert ANSWER in other.says(QUESTION).text
    for _ in range(50):
        world.deliver(flood.person.says(QUESTION))
    heard = flood.waits(MOST_A_MINUTE + 1)
    assert heard.text == say("zh", "slow_down")
    assert answers(flood) == MOST_A_MINUTE
    world.clock.pass_(timedelta(minutes=1))
    assert ANSWER in flood.says(QUESTION).text


# --- the database
@contextmanager
def shut(engine: Engine) -> Iterator[None]:
    """PostgreSQL as while it restarts: whoever is connected is cut off, nobody gets in."""
    outside = engine.url.set(drivername="postgresql", database="postgres")
    address = outside.render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as other:
        name = sql.Identifier(engine.url.database or "")
        allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
        other.execute(allow.format(name, sql.Literal(False)))  # noqa: FBT003
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        other.execute(cut, [engine.url.database])
        try:
            yield
        finally:
            other.execute(allow.format(name, sql.Literal(True)))  # noqa: FBT003


def test_while_postgresql_restarts_telegram_keeps_the_updates(
    databases: Databases, tmp_path: Path, shelf: Shelf
) -> None:
    with databases.fresh("postgresql") as url, opened(url, tmp_path, shelf) as world:
        citizens = crowd(world, 5)
        all_ask(world, citizens[:2])
        updates = [one.person.says(QUESTION) for one in citizens[2:]]
        with shut(world.office.engine):
            assert {refused(world, update) for update in updates} <= {500, 503}
            assert world.browser.get("/healthz").status_code == 503
        for update in updates:
            assert world.deliver(update) == 200
        world.telegram.wait_for(lambda: all(answers(one) == 1 for one in citizens))
        assert world.browser.get("/healthz").status_code == 200


def refused(world: World, update: dict[str, object]) -> int:
    headers = {SECRET_HEADER: world.telegram.webhook_headers()[SECRET_HEADER]}
    try:
        return world.browser.post("/telegram/webhook", json=update, headers=headers).status_code
    except Exception:
        return 500


@contextmanager
def full(engine: Engine) -> Iterator[None]:
    """A SQLite file that cannot grow by a page."""

    def hold(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")  # no less than it has

    def release(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 1073741823")

    event.listen(engine, "begin", hold)
    try:
        yield
    finally:
        event.remove(engine, "begin", hold)
        event.listen(engine, "begin", release)


def test_on_a_full_disk_nothing_is_promised_and_nothing_lost(
    databases: Databases, tmp_path: Path, shelf: Shelf
) -> None:
    with databases.fresh("sqlite") as url, opened(url, tmp_path, shelf) as world:
        writer = world.citizen()
        updates = [writer.person.says(f"{QUESTION}{'？' * 3000}") for _ in range(40)]
        with full(world.office.engine):
            got = [refused(world, update) for update in updates]
        assert 500 in got or 503 in got
        kept = [update for update, status in zip(updates, got, strict=True) if status == 200]
        for update in updates:
            world.clock.pass_(timedelta(seconds=5))
            assert world.deliver(update) == 200
        with reading(world.office.engine) as tx:
            taken = tx.scalars(select(func.count()).select_from(Received)).one()
        assert taken == len(updates) > len(kept)
        world.telegram.wait_for(lambda: not waiting(world))


def waiting(world: World) -> int:
    with reading(world.office.engine) as tx:
        asked = select(func.count()).where(Outbox.state == Delivery.WAITING)
        return tx.scalars(asked).one()


def test_too_little_room_is_not_ready(world: World) -> None:
    assert problems(world.office, None) == []
    (told,) = problems(world.office, None, least_room=2**62)
    assert told.startswith("disk: ")


# --- the clock
def test_a_clock_that_is_put_back_holds_up_no_answer(world: World) -> None:
    """What was posted by a clock that ran ahead leaves at once, not when that hour has come."""
    citizens = crowd(world, 3)
    now = world.clock.now
    with transaction(world.office.engine) as tx:
        for one in citizens:
            to = Address("telegram", f"{one.person.chat_id}")
            wrong = now + timedelta(hours=3)
            outbox.post(tx, to, Message(ANSWER), key=to.name, now=wrong)
    world.office.relay.wake()
    world.telegram.wait_for(lambda: all(answers(one) == 1 for one in citizens))


def test_a_clock_that_leaps_a_day_ahead_sends_everything_once(world: World) -> None:
    citizens = crowd(world, 5)
    world.telegram.fail_next("sendMessage", 500, "Bad", times=5)
    all_ask(world, citizens)
    world.clock.pass_(timedelta(days=1))
    world.office.relay.wake()
    pass_time(world, citizens)
    world.clock.pass_(timedelta(days=1))
    world.office.relay.wake()
    time.sleep(0.3)
    assert [answers(one) for one in citizens] == [1] * 5


def test_an_update_that_always_fails_is_given_up_and_the_next_is_answered(
    database_url: str, tmp_path: Path, shelf: Shelf
) -> None:
    with opened(database_url, tmp_path, shelf) as world:
        one, two = crowd(world, 2)
        update = one.person.says(QUESTION)
        with broken(world.office.engine):
            got = [refused(world, update) for _ in range(TRIES + 1)]
        assert got == [500] * (TRIES - 1) + [200, 200]
        assert "處理失敗" in one.waits(1).text
        assert ANSWER in two.says(QUESTION).text
        with reading(world.office.engine) as tx:
            failed = tx.scalars(select(Received.failure).where(Received.failure.is_not(None))).all()
        assert failed == ["ValueError"]


@contextmanager
def broken(engine: Engine) -> Iterator[None]:
    """A defect of our own, met when a question is recorded."""

    def fail(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("INSERT INTO faq_asked"):
            raise ValueError("defect")

    event.listen(engine, "before_cursor_execute", fail)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", fail)
