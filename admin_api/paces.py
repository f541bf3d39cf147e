"""How often one account may ask, so that a program gone wild does not hold up the counter."""

import time
from collections import Counter
from collections.abc import Callable
from threading import Lock

MINUTE = 60.0


class TooManyRequests(Exception):
    """The account asked too often; `wait` is in whole seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"come back in {wait} s")
        self.wait = wait


class Paces:
    """Requests of each account within a minute, in this process; nothing is lost with it.

    Not in the record, where `data.pacing` counts what citizens send: each reading would write.
    """

    def __init__(self, most: int = 0, watch: Callable[[], float] = time.monotonic) -> None:
        """At most so many in a minute; 0 for no limit."""
        self._most = most
        self._watch = watch
        self._lock = Lock()
        self._ends = 0.0
        self._asked: Counter[int] = Counter()

    def take(self, account: int) -> None:
        """Count a request; raises TooManyRequests until the minute is over."""
        if not self._most:
            return
        with self._lock:
            now = self._watch()
            if now >= self._ends:
                self._ends = now + MINUTE
                self._asked.clear()
            if self._asked[account] >= self._most:
                raise TooManyRequests(int(self._ends - now) + 1)
            self._asked[account] += 1
