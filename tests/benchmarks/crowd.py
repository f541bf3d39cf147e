"""Many processes on one PostgreSQL behind one webhook: all taken in once, each chat in order.

    python -m tests.benchmarks.crowd [--processes 8] [--updates 50000] [--chats 5000]

Each update goes to any of the processes, a chat's next one when its last was answered 200; some are
brought again though they were. Every process sends, too. Then the record is asked.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import func, select

from data.database import engine_for, reading
from data.inbox import Received
from data.outbox import Delivery, Outbox
from tests.benchmarks.webhook import program, secret, update
from tests.databases import KEYRING, Databases

IN_FLIGHT = 48
RESENT = 0.02
PATIENCE = 300.0  # seconds for the last answers to leave


@dataclass(frozen=True)
class Found:
    """What the record and Telegram say afterwards."""

    taken: int
    sent: int
    waiting: int
    dead: int
    telegram: int
    out_of_order: int
    again: int
    seconds: float

    def problems(self, updates: int) -> list[str]:
        """Promises that were not kept."""
        promises = {
            f"{updates - self.taken} updates lost or double": self.taken != updates,
            f"{self.telegram - self.sent} messages sent twice": self.telegram != self.sent,
            f"{self.waiting} not sent": self.waiting > 0,
            f"{self.dead} given up": self.dead > 0,
            f"{self.out_of_order} answers out of order": self.out_of_order > 0,
        }
        return [what for what, broken in promises.items() if broken]


def main() -> None:
    """Run it and print what was found; status 1 where a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--updates", type=int, default=50_000)
    parser.add_argument("--chats", type=int, default=5_000)
    given = parser.parse_args()
    found = run(given.processes, given.updates, given.chats)
    rate = given.updates / found.seconds
    print(f"{given.processes} processes, {given.updates} updates of {given.chats} chats:")
    print(f"  {found.seconds:.0f} s, {rate:.0f} updates/s; {found.again} brought again after 200")
    print(f"  taken in once {found.taken}, answers sent {found.sent}, none twice, each in order")
    for problem in found.problems(given.updates):
        print(f"  broken: {problem}")
    sys.exit(bool(found.problems(given.updates)))


def run(processes: int, updates: int, chats: int, seed: int = 1) -> Found:
    """Bring the updates to the processes, wait for the answers, and count."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        databases = Databases(folder)
        stack.callback(databases.stop)
        url = stack.enter_context(databases.fresh("postgresql"))
        api = stack.enter_context(program("api", "", "")).address
        serving = [
            stack.enter_context(program("civicline", url, api)).address for _ in range(processes)
        ]
        began = time.perf_counter()
        again = asyncio.run(_bring(serving, updates, chats, random.Random(seed)))
        _wait_until_sent(url)
        seconds = time.perf_counter() - began
        telegram = httpx.get(f"{api}/healthz").json()["messages"]
        return _count(url, telegram, again, seconds)


async def _bring(serving: list[str], updates: int, chats: int, dice: random.Random) -> int:
    """Post everything, in order within a chat; how many were brought a second time."""
    left: dict[int, list[int]] = defaultdict(list)
    for number in range(1, updates + 1):
        left[1_000 + dice.randrange(chats)].append(number)
    free, again, shown = list(left), 0, secret()
    dice.shuffle(free)
    async with httpx.AsyncClient(timeout=120) as client:

        async def post(number: int, chat: int) -> None:
            address = f"{dice.choice(serving)}/telegram/webhook"
            answer = await client.post(address, json=update(number, chat), headers=shown)
            answer.raise_for_status()

        async def postman() -> None:
            nonlocal again
            while free:
                chat = free.pop()
                number = left[chat].pop(0)
                await post(number, chat)
                if dice.random() < RESENT:
                    again += 1
                    await post(number, chat)
                if left[chat]:
                    free.insert(dice.randrange(len(free) + 1), chat)

        await asyncio.gather(*(postman() for _ in range(IN_FLIGHT)))
    return again


def _wait_until_sent(url: str) -> None:
    engine = engine_for(url, KEYRING)
    until = time.monotonic() + PATIENCE
    waiting = select(func.count()).where(Outbox.state == Delivery.WAITING)
    while time.monotonic() < until:
        with reading(engine) as tx:
            if not tx.scalars(waiting).one():
                break
        time.sleep(0.2)
    engine.dispose()


def _count(url: str, telegram: int, again: int, seconds: float) -> Found:
    engine = engine_for(url, KEYRING)
    with reading(engine) as tx:
        taken = tx.scalars(select(func.count()).select_from(Received)).one()
        told = select(Outbox.name, Outbox.receipt).where(Outbox.state == Delivery.SENT)
        rows = tx.execute(told.order_by(Outbox.id)).all()
        counted = select(Outbox.state, func.count()).group_by(Outbox.state)
        by_state: dict[str, int] = dict(iter(tx.execute(counted)))
    engine.dispose()
    newest: dict[str, int] = {}
    wrong = 0
    for name, receipt in rows:
        number = int(receipt or 0)
        wrong += number <= newest.get(name, 0)
        newest[name] = number
    waiting, dead = by_state.get(Delivery.WAITING, 0), by_state.get(Delivery.DEAD, 0)
    return Found(taken, len(rows), waiting, dead, telegram, wrong, again, seconds)


if __name__ == "__main__":
    main()
