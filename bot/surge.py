"""Whether more is asked than can be answered soon; then everybody is answered a little less."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from data import outbox

SURGE_AT = 500  # messages; Telegram takes about thirty a second
LOOK_EVERY = timedelta(seconds=1)


class Load:
    """How much waits to be sent: the record is asked, but not for every message."""

    def __init__(self) -> None:
        self._looked_at: datetime | None = None
        self._is_high = False

    def is_high(self, tx: Session, now: datetime) -> bool:
        """Whether more than SURGE_AT messages waited at the last look, at most a second ago."""
        if self._looked_at is None or abs(now - self._looked_at) >= LOOK_EVERY:
            self._is_high = outbox.more_wait_than(tx, SURGE_AT, now=now)
            self._looked_at = now
        return self._is_high
