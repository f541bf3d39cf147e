"""What has already been received: one row per update of a channel."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column

from data.database import Base, insert_if_absent


class Received(Base):
    """An update that was taken in, or one that was given up after repeated failure."""

    __tablename__ = "inbox"

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    received_at: Mapped[datetime]
    failure: Mapped[str | None] = mapped_column(String(200))


def first_time(tx: Session, channel: str, key: str, *, now: datetime) -> bool:
    """True exactly once per channel and key, however often and however concurrently asked."""
    return insert_if_absent(tx, Received, channel=channel, key=key, received_at=now)


def give_up(tx: Session, channel: str, key: str, failure: str, *, now: datetime) -> bool:
    """Record that an update could not be handled, so that it stops blocking those behind it."""
    values = {"channel": channel, "key": key, "received_at": now, "failure": failure[:200]}
    return insert_if_absent(tx, Received, **values)
