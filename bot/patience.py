"""When an update is given up: one that fails again and again for a reason of its own.

Counted by each process alone and lost with it: then the update is tried so many times more.
"""

from collections import Counter

from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from bot.channel import Incoming
from bot.counter import Desk, apologize
from data.database import transaction

TRIES = 5
MOST_KEPT = 1_000  # updates; older ones are counted anew


def is_the_databases(error: Exception) -> bool:
    """Whether it is the database that fails, and not the update: then it is waited for."""
    own = isinstance(error, DataError | IntegrityError)
    return isinstance(error, SQLAlchemyError) and not own


class Patience:
    """How often each update failed."""

    def __init__(self) -> None:
        self._failures: Counter[str] = Counter()

    def is_used_up(self, key: str) -> bool:
        """Count a failure; whether it was one too many."""
        if len(self._failures) > MOST_KEPT:
            self._failures.clear()
        self._failures[key] += 1
        return self._failures[key] >= TRIES


def give_up(desk: Desk, incoming: Incoming, error: Exception) -> None:
    """Record that the update failed, and tell its sender; commits."""
    with transaction(desk.engine) as tx:
        apologize(tx, incoming, type(error).__name__, now=desk.clock())
