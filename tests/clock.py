"""A clock that stands until it is moved."""

from datetime import datetime, timedelta

from tests.makers import NOON


class FakeClock:
    """Called for the moment; `pass_` moves it."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, span: timedelta) -> None:
        """Let time go by."""
        self.now += span
