"""An office whose programs are killed: their births, their deaths, and where each one died."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.crash import fuse
from tests.crash.clock import Hurried
from tests.crash.town import WatchedApi
from tests.databases import KEYRING
from tests.makers import PREFIX

SPEED = 20.0  # of the office's clock: a lease of a minute ends in three seconds
MORNING = datetime(2026, 11, 26, 0, 30, tzinfo=UTC)  # Thursday 08:30 at the office
LONGEST_LIFE = 6.0  # seconds until a program that did not come to its step is killed anyway
DIES_WITHIN = 5.0
TICK = 0.005


@dataclass
class Nursery:
    """Where programs are born; see tests.crash.nursery."""

    process: "subprocess.Popen[str]"

    def bear(self, job: dict[str, object]) -> int:
        """Start a program; its process number."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@contextmanager
def nursery(folder: Path, url: str) -> Iterator[Nursery]:
    """A nursery that has read what every program needs."""
    command = [sys.executable, "-m", "tests.crash.nursery", str(folder), url]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield Nursery(process)
        process.kill()


@dataclass
class Dying:
    """An office on one database, whose programs listen on these ports as long as they live."""

    url: str
    folder: Path
    nursery: Nursery
    telegram: WatchedApi
    webhook: bool
    ports: tuple[int, ...]
    dice: random.Random
    clock: tuple[float, float, float] = (0.0, 0.0, 0.0)
    killed: "Counter[str]" = field(default_factory=Counter)
    alive: dict[int, int] = field(default_factory=dict)  # port -> process

    def __post_init__(self) -> None:
        self.set_clock(MORNING)

    def set_clock(self, shows: datetime) -> None:
        """What the clock of programs born from now on shows."""
        self.clock = (time.time(), shows.timestamp(), SPEED)

    @property
    def now(self) -> datetime:
        """What the clock of the newest program shows."""
        return Hurried(*self.clock)()

    def next_morning(self) -> None:
        """Begin the day after, with new programs: machines that disagree by a day are no office."""
        self.stop()
        day = self.now + timedelta(days=1)
        self.set_clock(day.replace(hour=MORNING.hour, minute=MORNING.minute))

    def address(self) -> str:
        """A program's address, any of them, as a balancer would choose; it may be dead."""
        return f"http://127.0.0.1:{self.dice.choice(self.ports)}"

    def kill_once(self, step: str) -> None:
        """Let a program be born that dies at a step, and note where it did."""
        port, nth = self.dice.choice(self.ports), self.dice.randint(1, fuse.most(step))
        self._end(port)
        process = self._start(port, step, nth)
        if step == fuse.SENDING:
            self.telegram.on_send = self._at_send(process, nth)
        life = self.dice.uniform(0.2, 3) if step == fuse.ANYWHERE else LONGEST_LIFE
        died = gone(process, life)
        self.telegram.on_send = lambda: None
        self._end(port)
        self.killed[step if died else fuse.ANYWHERE] += 1
        for other in self.ports:
            if other not in self.alive and other != port:
                self._start(other, "", 0)

    def start_all(self) -> None:
        """Programs that nobody kills, in place of all that were."""
        self.stop()
        for port in self.ports:
            self._start(port, "", 0)

    def stop(self) -> None:
        """End every program, without a word."""
        for port in self.ports:
            self._end(port)

    def _start(self, port: int, step: str, nth: int) -> int:
        environment = {
            "OFFICE_NAME": "萬華區公所",
            "OFFICE_CODE": PREFIX,
            "DATABASE_URL": self.url,
            "DATA_DIR": str(self.folder),
            "PORT": str(port),
            "SEALING_KEYS": KEYRING.as_text(),
            "TELEGRAM_BOT_TOKEN": self.telegram.token,
            "TELEGRAM_API_BASE_URL": self.telegram.url,
        }
        if self.webhook:
            environment["PUBLIC_URL"] = "https://office.example"
        log = str(self.folder / "log")
        job = {"environment": environment, "step": step, "nth": nth, "log": log}
        self.alive[port] = self.nursery.bear({**job, "clock": self.clock})
        return self.alive[port]

    def _end(self, port: int) -> None:
        if process := self.alive.pop(port, 0):
            kill(process)
            assert gone(process, DIES_WITHIN)

    def _at_send(self, process: int, nth: int) -> Callable[[], None]:
        left = [nth]

        def burn() -> None:
            left[0] -= 1
            if not left[0]:
                kill(process)

        return burn


def kill(process: int) -> None:
    """End a process at once; it may be dead already."""
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def gone(process: int, within: float) -> bool:
    """Whether a process ended within so many seconds."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(TICK)
    return False


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
