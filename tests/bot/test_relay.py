import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import Engine, LargeBinary, Table, literal, select, type_coerce, update

from bot.channel import TryLater, Undeliverable
from bot.relay import Relay
from complaints.states import EventKind
from complaints.tables import Case, Event
from data import outbox
from data.database import reading, transaction
from data.outbox import Address, Delivery, Message, Outbox
from data.sealing import Unsealable
from tests.bot.fake_channel import FakeChannel
from tests.clock import FakeClock
from tests.makers import MING, NOON, make_case


@pytest.fixture
def channel() -> FakeChannel:
    return FakeChannel()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def relay(engine: Engine, channel: FakeChannel, clock: FakeClock) -> Relay:
    return Relay(engine, {channel.name: channel}, clock)


def post(engine: Engine, *texts: str, to: Address = MING) -> None:
    with transaction(engine) as tx:
        for text in texts:
            outbox.post(tx, to, Message(text), key=f"{to.name}{text}", now=NOON)


def run(relay: Relay) -> None:
    async def drain() -> None:
        while await relay.once():
            pass

    asyncio.run(drain())


def states(engine: Engine) -> list[str]:
    with reading(engine) as tx:
        return list(tx.scalars(select(Outbox.state).order_by(Outbox.id)))


def test_everything_leaves_in_its_order(engine: Engine, relay: Relay, channel: FakeChannel) -> None:
    post(engine, "1", "2", "3")
    post(engine, "x", to=Address("telegram", "2"))
    run(relay)
    assert [text for name, text in channel.sent if name == MING.name] == ["1", "2", "3"]
    assert ("2", "x") in channel.sent
    assert set(states(engine)) == {Delivery.SENT}


def test_the_channels_wish_goes_before_our_schedule(
    engine: Engine, relay: Relay, channel: FakeChannel, clock: FakeClock
) -> None:
    post(engine, "1", "2")
    channel.problems.extend(TryLater("429", timedelta(seconds=40)) for _ in range(20))
    for _ in range(20):
        run(relay)
        clock.pass_(timedelta(seconds=39))
        run(relay)
        assert channel.sent == []
        clock.pass_(timedelta(seconds=2))
    run(relay)
    assert [text for _, text in channel.sent] == ["1", "2"]  # twenty 429 are no failures


def test_a_channel_that_tells_several_to_wait_is_left_alone(
    engine: Engine, relay: Relay, channel: FakeChannel, clock: FakeClock
) -> None:
    for n in range(50):
        post(engine, "x", to=Address("telegram", f"{n}"))
    channel.problems.extend(TryLater("429", timedelta(seconds=40)) for _ in range(50))
    run(relay)
    assert len(channel.problems) == 30  # of one batch each was told; nobody else asked
    clock.pass_(timedelta(seconds=39))
    run(relay)
    assert len(channel.problems) == 30
    channel.problems.clear()
    clock.pass_(timedelta(seconds=2))
    run(relay)
    assert len(channel.sent) == 50


def test_one_chat_that_is_told_to_wait_keeps_nobody_else(
    engine: Engine, relay: Relay, channel: FakeChannel
) -> None:
    for n in range(50):
        post(engine, "x", to=Address("telegram", f"{n}"))
    channel.problems.append(TryLater("429", timedelta(seconds=40)))
    run(relay)
    assert len(channel.sent) == 49


def test_after_the_last_attempt_a_message_is_dead_and_the_next_leaves(
    engine: Engine, relay: Relay, channel: FakeChannel, clock: FakeClock
) -> None:
    post(engine, "1", "2")
    channel.problems.extend(TryLater("timeout") for _ in range(len(outbox.RETRY_AFTER) + 1))
    for _ in range(len(outbox.RETRY_AFTER) + 1):
        run(relay)
        clock.pass_(timedelta(hours=3))
    run(relay)
    assert states(engine) == [Delivery.DEAD, Delivery.SENT]


def test_a_defect_of_the_adapter_stops_nobody_else(
    engine: Engine, relay: Relay, channel: FakeChannel
) -> None:
    post(engine, "1")
    post(engine, "x", to=Address("telegram", "2"))
    channel.problems.append(ValueError("defect"))
    run(relay)
    assert len(channel.sent) == 1
    assert sorted(states(engine)) == [Delivery.SENT, Delivery.WAITING]


def test_one_that_cannot_be_noted_has_no_other_sent_twice(
    engine: Engine, relay: Relay, channel: FakeChannel, clock: FakeClock
) -> None:
    for n in range(5):
        post(engine, "x", to=Address("telegram", f"{n}"))
    with transaction(engine) as tx:
        tx.execute(update(Outbox).where(Outbox.name == "2").values(about="event:none"))
    run(relay)
    assert sorted(states(engine)) == [Delivery.SENT] * 4 + [Delivery.WAITING]
    clock.pass_(outbox.LEASE * 2)
    run(relay)
    assert sorted(name for name, _ in channel.sent) == ["0", "1", "2", "2", "3", "4"]


def test_asked_to_end_it_notes_what_it_has_sent(engine: Engine, clock: FakeClock) -> None:
    class Slow(FakeChannel):
        async def send(self, to: Address, message: Message, *, key: str) -> str | None:
            receipt = await super().send(to, message, key=key)
            if to.name == "1":
                await asyncio.sleep(60)
            return receipt

    async def ends() -> None:
        relay = Relay(engine, {"telegram": Slow()}, clock)
        task = asyncio.create_task(relay.once())
        while len(sent(relay)) < 2:
            await asyncio.sleep(0.01)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    def sent(relay: Relay) -> list[tuple[str, str]]:
        channel = relay._channels["telegram"]
        assert isinstance(channel, FakeChannel)
        return channel.sent

    for n in range(2):
        post(engine, "x", to=Address("telegram", f"{n}"))
    asyncio.run(ends())
    assert states(engine) == [Delivery.SENT, Delivery.WAITING]


def test_a_long_message_goes_on_where_it_stopped(engine: Engine, clock: FakeClock) -> None:
    channel = FakeChannel(limit=1)
    relay = Relay(engine, {channel.name: channel}, clock)
    post(engine, "abc")
    channel.problems.extend([None, None, TryLater("timeout")])
    run(relay)
    clock.pass_(timedelta(minutes=1))
    run(relay)
    assert [text for _, text in channel.sent] == ["a", "b", "c"]
    assert len(set(channel.keys)) == 3


@pytest.mark.parametrize(
    ("problem", "kind", "unreached"),
    [(None, EventKind.DELIVERED, False), (Undeliverable("blocked"), EventKind.UNDELIVERABLE, True)],
)
def test_the_case_hears_what_became_of_its_notice(
    engine: Engine,
    relay: Relay,
    channel: FakeChannel,
    problem: Exception | None,
    kind: EventKind,
    unreached: bool,
) -> None:
    with transaction(engine) as tx:
        make_case(tx)
    channel.problems.append(problem)
    run(relay)
    with reading(engine) as tx:
        assert tx.scalars(select(Case.unreached)).one() is unreached
        last = tx.scalars(select(Event).order_by(Event.id.desc())).first()
        assert last is not None
        assert (last.kind, last.data["problem"]) == (kind, str(problem) if problem else None)


def test_other_channels_are_left_to_other_workers(
    engine: Engine, relay: Relay, channel: FakeChannel
) -> None:
    post(engine, "web", to=Address("web", "1"))
    run(relay)
    assert channel.sent == []


def damage(engine: Engine, *keys: str) -> None:
    """Change the sealed content of messages, as a failing disk would."""
    content = type_coerce(Outbox.content, LargeBinary)
    table = Outbox.__table__
    assert isinstance(table, Table)
    with transaction(engine) as tx:
        for row in tx.execute(select(Outbox.id, content).where(Outbox.key.in_(keys))).all():
            spoilt = literal(row[1][:-1] + bytes([row[1][-1] ^ 1]), LargeBinary)
            tx.execute(update(table).where(table.c.id == row.id).values(content=spoilt))


def test_a_damaged_message_is_set_aside_and_told_and_the_others_leave(
    engine: Engine, relay: Relay, channel: FakeChannel
) -> None:
    with transaction(engine) as tx:
        make_case(tx)
        notice = tx.scalars(select(Outbox.key).where(Outbox.about.is_not(None))).one()
    post(engine, "1", "2")
    damage(engine, notice, f"{MING.name}1")
    run(relay)  # finds what is wrong
    run(relay)
    assert [text for _, text in channel.sent][-1] == "2"
    with reading(engine) as tx:
        dead = tx.execute(select(Outbox.key, Outbox.problem).where(Outbox.state == Delivery.DEAD))
        assert {tuple(row) for row in dead} == {
            (notice, "its content is damaged"),
            (f"{MING.name}1", "its content is damaged"),
        }
        told = select(Event.kind).order_by(Event.id.desc()).limit(1)
        assert tx.scalars(told).one() == EventKind.UNDELIVERABLE


def test_with_the_wrong_keys_nothing_is_set_aside(engine: Engine, relay: Relay) -> None:
    post(engine, "1", "2")
    damage(engine, f"{MING.name}1", f"{MING.name}2")
    with pytest.raises(Unsealable):
        asyncio.run(relay.once())
    assert states(engine) == [Delivery.WAITING] * 2
