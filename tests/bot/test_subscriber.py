"""What another system receives: signed as Standard Webhooks say, tried again, never redirected."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import Engine, select

from bot.relay import Relay
from bot.subscriber import Subscriber, signed
from complaints import subscriptions
from complaints.tables import Subscription
from data.database import reading, transaction
from data.outbox import Delivery, Outbox
from tests.clock import FakeClock
from tests.makers import NOON, make_case, make_officer

Answer = Callable[[httpx.Request], httpx.Response]


class System:
    """The other system: what it was sent, and what it answers."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.answer: Answer = lambda _request: httpx.Response(204)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answer(request)


@pytest.fixture
def system() -> System:
    return System()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def relay(engine: Engine, system: System, clock: FakeClock) -> Relay:
    channel = Subscriber(engine, clock, httpx.MockTransport(system))
    return Relay(engine, {channel.name: channel}, clock)


@pytest.fixture
def subscription(engine: Engine) -> Subscription:
    """A system that is told, and a case filed since."""
    with transaction(engine) as tx:
        row = subscriptions.add(
            tx, name="市府", url="https://a.example/in", kinds=[], by=make_officer(tx), now=NOON
        )
        make_case(tx)
        subscriptions.post_new(tx, now=NOON)
        return row


def run(relay: Relay) -> None:
    async def drain() -> None:
        while await relay.once():
            pass

    asyncio.run(drain())


def state(engine: Engine) -> Outbox:
    with reading(engine) as tx:
        rows = tx.scalars(select(Outbox).where(Outbox.channel == "subscriber"))
        return rows.one()


def test_a_message_proves_who_sent_it_and_when(
    engine: Engine, relay: Relay, system: System, clock: FakeClock, subscription: Subscription
) -> None:
    run(relay)
    (request,) = system.requests
    with reading(engine) as tx:
        secret = subscriptions.secret(tx, subscription)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    head = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode()
    expected = base64.b64encode(hmac.digest(key, head + request.content, hashlib.sha256)).decode()
    assert request.headers["webhook-signature"] == f"v1,{expected}"
    assert request.headers["webhook-timestamp"] == str(int(clock().timestamp()))
    assert json.loads(request.content)["type"] == "case.received"
    assert state(engine).state == Delivery.SENT


def test_the_example_of_the_standard_is_signed_as_it_says() -> None:
    """https://github.com/standard-webhooks/standard-webhooks, the vector of its libraries."""
    headers = signed(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("status", [301, 400, 404, 429, 500, 503])
def test_another_answer_is_tried_again_under_the_same_id(
    engine: Engine,
    relay: Relay,
    system: System,
    clock: FakeClock,
    subscription: Subscription,
    status: int,
) -> None:
    headers = {"Location": "https://elsewhere.example/", "Retry-After": "1"}
    system.answer = lambda _request: httpx.Response(status, headers=headers)
    run(relay)
    assert (state(engine).state, state(engine).problem) == (Delivery.WAITING, str(status))
    system.answer = lambda _request: httpx.Response(200, text="x" * 100_000)
    clock.pass_(timedelta(seconds=10))
    run(relay)
    assert state(engine).state == Delivery.SENT
    assert len({one.headers["webhook-id"] for one in system.requests}) == 1
    assert {one.url.host for one in system.requests} == {"a.example"}


def test_no_answer_at_all_is_tried_again_and_given_up_in_the_end(
    engine: Engine, relay: Relay, system: System, clock: FakeClock, subscription: Subscription
) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    system.answer = refuse
    for _ in range(9):
        run(relay)
        clock.pass_(timedelta(hours=3))
    assert state(engine).state == Delivery.DEAD
    assert len(system.requests) == 9
    with transaction(engine) as tx:
        subscriptions.send_again(tx, subscription.id, now=clock())
    system.answer = lambda _request: httpx.Response(200)
    run(relay)
    assert state(engine).state == Delivery.SENT


def test_gone_means_never_again(
    engine: Engine, relay: Relay, system: System, subscription: Subscription
) -> None:
    system.answer = lambda _request: httpx.Response(410)
    run(relay)
    assert state(engine).state == Delivery.DEAD


def test_a_stopped_system_is_asked_nothing(
    engine: Engine, relay: Relay, system: System, subscription: Subscription
) -> None:
    with transaction(engine) as tx:
        row = subscriptions.find(tx, subscription.id)
        subscriptions.change(tx, row.id, name=row.name, url=row.url, kinds=[], active=False)
    run(relay)
    assert (system.requests, state(engine).problem) == ([], "stopped")
