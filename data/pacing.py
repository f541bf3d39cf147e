"""How often something may come from one place of the network, counted in the record."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from data import sealing
from data.database import Base, add_up
from data.networks import place_of


class Pace(Base):
    """What came within one span of time, by a keyed mark of the place it came from."""

    __tablename__ = "pace"

    what: Mapped[str] = mapped_column(String(20), primary_key=True)
    place_mark: Mapped[str] = mapped_column(String(64), primary_key=True)
    began: Mapped[datetime] = mapped_column(primary_key=True, index=True)
    times: Mapped[int]


@dataclass(frozen=True)
class Limit:
    """So many times of something within a span; the spans follow one another without a gap."""

    what: str
    most: int
    within: timedelta

    def span(self, now: datetime) -> datetime:
        """When the span of this moment began."""
        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        return now.astimezone(UTC) - (now - epoch) % self.within


def wait_for(tx: Session, limit: Limit, address: str, *, now: datetime) -> timedelta | None:
    """How long this address has to wait before the next time; None where it need not.

    Places are counted (`data.networks.place_of`), not addresses. Many at once may be a few more.
    """
    began = limit.span(now)
    mine = Pace.what == limit.what, Pace.place_mark == _mark(tx, limit, address)
    times = tx.scalar(select(Pace.times).where(*mine, Pace.began == began))
    return began + limit.within - now if (times or 0) >= limit.most else None


def note(tx: Session, limit: Limit, address: str, *, times: int = 1, now: datetime) -> None:
    """Count what came from this address."""
    row = {"what": limit.what, "place_mark": _mark(tx, limit, address), "began": limit.span(now)}
    add_up(tx, Pace, [row | {"times": times}], "times")


def forget(tx: Session, before: datetime) -> int:
    """Delete what was counted in spans that began before this moment; return how many rows."""
    return int(tx.connection().execute(delete(Pace).where(Pace.began < before)).rowcount)


def anything(tx: Session, before: datetime) -> bool:
    """Whether there is something to forget."""
    return tx.scalar(select(Pace.what).where(Pace.began < before).limit(1)) is not None


def _mark(tx: Session, limit: Limit, address: str) -> str:
    return sealing.of(tx).mark(f"{limit.what}/{place_of(address)}")
