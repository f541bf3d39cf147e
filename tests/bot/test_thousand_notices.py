"""N10: of a thousand notices fifty are refused; each becomes one piece of work, none is lost."""

import asyncio

from sqlalchemy import Engine, func, select

from bot.channel import Undeliverable
from bot.relay import Relay
from complaints import notices
from complaints.states import EventKind
from complaints.tables import Case, Event, Task, record
from data.database import reading, transaction
from data.outbox import Address, Message, Outbox
from tests.admin_api.staff import once
from tests.bot.fake_channel import FakeChannel
from tests.clock import FakeClock
from tests.makers import NOON, make_case

CASES, EACH, BLOCKED_EVERY = 100, 10, 20


class Blocking(FakeChannel):
    """A channel on which some people have blocked the bot."""

    async def send(self, to: Address, message: Message, *, key: str) -> str | None:
        if int(to.name) % BLOCKED_EVERY == 0:
            raise Undeliverable("Forbidden: bot was blocked by the user")
        return await super().send(to, message, key=key)


@once
def test_fifty_of_a_thousand_notices_refused_are_fifty_tasks(engine: Engine) -> None:
    for n in range(1, CASES + 1):
        with transaction(engine) as tx:
            case = make_case(tx, citizen=Address("telegram", str(n)))
            for step in range(EACH - 1):  # the receipt is the tenth
                noted = record(tx, case, EventKind.INTERIM_SENT, now=NOON, text=f"進度 {step}")
                notices.tell(tx, case, Message(f"{case.case_no} 進度 {step}"), noted, now=NOON)
    channel = Blocking()
    relays = [Relay(engine, {channel.name: channel}, FakeClock()) for _ in range(2)]

    async def drain() -> None:
        while sum(await asyncio.gather(*(relay.once() for relay in relays))):
            pass

    asyncio.run(drain())
    asyncio.run(drain())
    with reading(engine) as tx:
        states = dict(tx.execute(select(Outbox.state, func.count()).group_by(Outbox.state)).all())
        tasks = tx.scalars(select(Task)).all()
        unreached = tx.scalars(select(Case.case_no).where(Case.unreached)).all()
        refused = tx.scalar(
            select(func.count()).select_from(Event).where(Event.kind == EventKind.UNDELIVERABLE)
        )
    assert states == {"sent": 950, "dead": 50}
    assert (len(tasks), len({task.key for task in tasks}), refused) == (50, 50, 50)
    assert {task.case.case_no for task in tasks if task.case} == set(unreached)
    assert len(unreached) == CASES // BLOCKED_EVERY
    assert len(channel.sent) == 950
