"""Where a process is killed: named steps, told by what the program says to its database."""

import os
import re
import signal
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.pool import Pool


class When(StrEnum):
    """Beside a statement, or beside the commit of the transaction that held it."""

    BEFORE = "before"
    AFTER = "after"
    BEFORE_COMMIT = "before the commit of"
    AFTER_COMMIT = "after the commit of"


@dataclass(frozen=True)
class Step:
    """One statement of the program, in a transaction that has said another before."""

    when: When
    says: str
    within: str = ""
    most: int = 3  # times a program comes to it before long

    def means(self, statement: str, before: Iterable[str]) -> bool:
        """Whether a statement is this one, after those of its transaction before it."""
        fits = re.search(self.says, statement, re.S)
        return bool(fits) and any(re.search(self.within, one, re.S) for one in (*before, statement))


TAKES_IN = r"INSERT INTO inbox"
CLAIMS = r"UPDATE outbox SET .*lease_until.* RETURNING"
SETTLES = r"UPDATE outbox SET state="
CARRIES_OUT = r"INSERT INTO request_key"
STEPS = {
    "after inbox": Step(When.AFTER, TAKES_IN),
    "after domain": Step(When.AFTER, r"INSERT INTO outbox", TAKES_IN),
    "in the form": Step(When.BEFORE, r"UPDATE conversation", TAKES_IN),
    "case without its number told": Step(When.AFTER, r"INSERT INTO cases", TAKES_IN, 1),
    "before commit": Step(When.BEFORE_COMMIT, TAKES_IN),
    "after commit": Step(When.AFTER_COMMIT, TAKES_IN),
    "after claim": Step(When.AFTER_COMMIT, CLAIMS),
    "before settle": Step(When.BEFORE, SETTLES),
    "settled, not committed": Step(When.BEFORE_COMMIT, SETTLES),
    "after settle": Step(When.AFTER_COMMIT, SETTLES),
    "reply half recorded": Step(When.AFTER, r"INSERT INTO event", CARRIES_OUT),
    "reply not committed": Step(When.BEFORE_COMMIT, CARRIES_OUT),
    "reply committed": Step(When.AFTER_COMMIT, CARRIES_OUT),
    "while counting": Step(When.AFTER, r"DELETE FROM uncounted", most=1),
    "counted, not committed": Step(When.BEFORE_COMMIT, r"DELETE FROM uncounted", most=1),
    "while sealing": Step(When.AFTER, r"INSERT INTO ledger_page", most=1),
    "sealed": Step(When.AFTER_COMMIT, r"INSERT INTO ledger_page", most=1),
    "reminding": Step(When.BEFORE_COMMIT, r"INSERT INTO reminder", most=1),
    "file fetched, not noted": Step(When.BEFORE, r"UPDATE attachment SET", most=1),
    "file noted": Step(When.AFTER_COMMIT, r"UPDATE attachment SET", most=1),
    "report claimed": Step(When.AFTER_COMMIT, r"UPDATE report SET", most=1),
    "report made by half": Step(When.AFTER_COMMIT, r"UPDATE report SET step="),
    "report made, not noted": Step(When.BEFORE, r"UPDATE report SET state=.*files=", most=1),
}
SENDING = "during send"  # told by Telegram's side: it has the message, and we have no answer
ANYWHERE = "anywhere"  # at no step, after a random time
EVERY_STEP = (*STEPS, SENDING, ANYWHERE)


def most(name: str) -> int:
    """How often a program may come to a step before it dies there."""
    return STEPS[name].most if name in STEPS else 3


def lay(name: str, nth: int) -> None:
    """Let this process die without a word when it comes to a step for the nth time."""
    step, left, lock = STEPS[name], [nth], Lock()

    def burn() -> None:
        with lock:
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

    _listen(step, burn)


def _listen(step: Step, burn: Callable[[], None]) -> None:
    event.listen(Engine, "begin", _forget)
    if step.when is When.BEFORE:
        _listen_before(step, burn)
    _listen_after(step, burn)
    _listen_for_commit(step, burn)


def _forget(connection: Connection) -> None:
    connection.info.update(told=[], committing=False)


def _listen_before(step: Step, burn: Callable[[], None]) -> None:
    @event.listens_for(Engine, "before_cursor_execute")
    def before(connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        if step.means(statement, connection.info.get("told", ())):
            burn()


def _listen_after(step: Step, burn: Callable[[], None]) -> None:
    @event.listens_for(Engine, "after_cursor_execute")
    def after(connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        told = connection.info.setdefault("told", [])
        if step.when is When.AFTER and step.means(statement, told):
            burn()
        told.append(statement)


def _listen_for_commit(step: Step, burn: Callable[[], None]) -> None:
    @event.listens_for(Engine, "commit")
    def commit(connection: Connection) -> None:
        told = connection.info.get("told", ())
        connection.info["committing"] = any(step.means(one, told) for one in told)
        if step.when is When.BEFORE_COMMIT and connection.info["committing"]:
            burn()

    @event.listens_for(Pool, "checkin")
    def give_back(_connection: Any, record: Any) -> None:
        if step.when is When.AFTER_COMMIT and record.info.pop("committing", False):
            burn()
