"""Where each conversation stands: one row per address."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from data.database import Base, SealedJson, insert_if_absent
from data.outbox import Address


class Conversation(Base):
    """The state of the talk with one citizen on one channel."""

    __tablename__ = "conversation"

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    state: Mapped[dict[str, Any]] = mapped_column(SealedJson("conversation.state"))
    updated_at: Mapped[datetime]


class WebMessage(Base):
    """One line of a web chat, as its page shows it."""

    __tablename__ = "web_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), index=True)
    mine: Mapped[bool]
    content: Mapped[dict[str, Any]] = mapped_column(SealedJson("web_message.content"))
    outbox_key: Mapped[str | None] = mapped_column(String(160), unique=True)
    at: Mapped[datetime]


def locked(tx: Session, address: Address, *, now: datetime) -> Conversation:
    """The conversation with this address, begun if new and held until the transaction ends."""
    where = {"channel": address.channel, "name": address.name}
    if (known := _held(tx, where)) is not None:
        return known
    insert_if_absent(tx, Conversation, **where, state={}, updated_at=now)
    begun = _held(tx, where)
    assert begun
    return begun


def _held(tx: Session, where: dict[str, str]) -> Conversation | None:
    held = select(Conversation).filter_by(**where).with_for_update()
    return tx.scalars(held.execution_options(populate_existing=True)).one_or_none()
