"""The time of an office that is in a hurry."""

import time
from datetime import UTC, datetime, timedelta


class Hurried:
    """A clock on which a minute passes in seconds, the same one in every process."""

    def __init__(self, origin: float, shows: float, speed: float) -> None:
        self._origin, self._shows, self._speed = origin, shows, speed

    def __call__(self) -> datetime:
        passed = (time.time() - self._origin) * self._speed
        return datetime.fromtimestamp(self._shows, UTC) + timedelta(seconds=passed)
