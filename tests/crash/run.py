"""One run: a town goes on while the office's programs die, then everything must be in order."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event, Thread

from sqlalchemy import Engine

from admin_api.audit import WATCHED
from complaints.measuring import tallies
from data import ledger
from data.database import engine_for, transaction
from tests.crash import checks, fuse
from tests.crash.checks import Counted, Said
from tests.crash.office import Dying, free_port, nursery
from tests.crash.town import Citizen, Clerk, Postman, WatchedApi
from tests.databases import KEYRING, Databases
from tests.makers import make_officer

CITIZENS, CARRIERS = 24, 6
PACE, MOST_PENDING = 0.02, 60  # seconds between two deeds; updates that Telegram keeps
QUIET_WITHIN = 240.0
TICK = 0.05


@dataclass(frozen=True)
class Plan:
    """How often to kill, at which steps, and the seed of all dice."""

    kills: int
    seed: int
    steps: Sequence[str] = fuse.EVERY_STEP


@dataclass(frozen=True)
class Outcome:
    """Where programs were killed, what went through, and every promise that was broken."""

    killed: dict[str, int]
    counted: Counted
    resent: int
    broken: Sequence[str]


class Town(Thread):
    """Citizens going on with what they do, as long as the bot keeps up."""

    def __init__(self, citizens: Sequence[Citizen], telegram: WatchedApi, seed: int) -> None:
        super().__init__(daemon=True)
        self._citizens, self._telegram = citizens, telegram
        self._dice = random.Random(seed)
        self.over = Event()
        self.made = 0

    def run(self) -> None:
        while not self.over.is_set():
            if len(self._telegram.pending) < MOST_PENDING:
                self.made += self._dice.choice(self._citizens).act() is not None
            time.sleep(PACE)

    def finish(self) -> None:
        """Let everybody end what they began."""
        self.over.set()
        self.join()
        wait_for(self._nothing_begun, "citizens to finish")

    def _nothing_begun(self) -> bool:
        busy = [one for one in self._citizens if not one.finishes()]
        for one in busy:
            self.made += one.act() is not None
        return not busy


def run(databases: Databases, kind: str, folder: Path, plan: Plan) -> Outcome:
    """Kill programs on one kind of database as planned; see what was kept."""
    with databases.fresh(kind) as url, WatchedApi() as telegram, nursery(folder, url) as born:
        engine = engine_for(url, KEYRING)
        with transaction(engine) as tx:
            make_officer(tx, "clerk", "case_controller", "civil")
        # SQLite asks for updates; on PostgreSQL two programs stand behind the webhook.
        webhook = kind == "postgresql"
        ports = tuple(free_port() for _ in range(1 + webhook))
        dice = random.Random(plan.seed)
        office = Dying(url, folder, born, telegram, webhook, ports, dice)
        telegram.where = office.address
        try:
            return _live(office, engine, plan)
        finally:
            office.stop()
            engine.dispose()


def _live(office: Dying, engine: Engine, plan: Plan) -> Outcome:
    telegram = office.telegram
    citizens = [_citizen(telegram, n, plan.seed) for n in range(CITIZENS)]
    town, clerk = Town(citizens, telegram, plan.seed), Clerk(office.address, "clerk")
    postman = Postman(telegram, CARRIERS, plan.seed)
    for thread in (town, clerk, *([postman] if office.webhook else [])):
        thread.start()
    for number in range(plan.kills):
        _kill(office, clerk, plan.steps[number % len(plan.steps)])
    office.start_all()
    town.finish()
    clerk.finish()
    office.next_morning()  # what waited for the morning is due now
    office.start_all()
    wait_for(lambda: not telegram.pending and not checks.waits(engine), "everything to leave")
    postman.over.set()
    office.stop()
    go_round(engine, office.now)
    filed = [text for one in citizens for text in one.filed]
    said = Said(town.made, filed, clerk.replied, telegram.sent())
    broken = checks.problems(engine, said, office.now)
    # A press acknowledged a second time is one of the messages that may repeat.
    broken += [one for one in telegram.violations if "query is too old" not in one]
    broken += clerk.problems
    return Outcome(dict(office.killed), checks.count(engine, said), postman.resent, broken)


def go_round(engine: Engine, now: datetime) -> None:
    """Seal and count what came after the last round."""
    with transaction(engine) as tx:
        while ledger.seal(tx, WATCHED, now=now):
            pass
        while tallies.bring_up(tx):
            pass


def _citizen(telegram: WatchedApi, number: int, seed: int) -> Citizen:
    dice = random.Random(f"{seed}:{number}")
    return Citizen(telegram.person(1000 + number), telegram, dice)


def _kill(office: Dying, clerk: Clerk, step: str) -> None:
    if step == "reminding":
        office.next_morning()
    if step.startswith("report"):
        Thread(target=clerk.ask_for_report, args=("2026-10",), daemon=True).start()
    office.kill_once(step)


def wait_for(so: Callable[[], bool], what: str) -> None:
    """Wait until it is so; AssertionError when that takes too long."""
    until = time.monotonic() + QUIET_WITHIN
    while not so():
        assert time.monotonic() < until, f"waited {QUIET_WITHIN:.0f} s for {what}"
        time.sleep(TICK)
