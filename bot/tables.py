"""Where each conversation stands: one row per address."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import String, bindparam, exists, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from data.database import Base, SealedJson, insert_if_absent
from data.outbox import Address, Delivery, Outbox


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


class Talk(NamedTuple):
    """Where a conversation stands, and whether something could not be delivered to its address."""

    state: dict[str, Any]
    has_missed: bool


_DEAD = exists().where(
    Outbox.channel == Conversation.channel,
    Outbox.name == Conversation.name,
    Outbox.state == Delivery.DEAD,
)
_THIS = (Conversation.channel == bindparam("of"), Conversation.name == bindparam("whom"))
_HELD = select(Conversation.state, _DEAD).where(*_THIS).with_for_update(of=Conversation)
_KEEP = update(Conversation.__table__).where(*_THIS)  # type: ignore[arg-type]


def locked(tx: Session, address: Address, *, now: datetime) -> Talk:
    """The conversation with this address, begun if new and held until the transaction ends."""
    if (known := _held(tx, address)) is not None:
        return known
    where = {"channel": address.channel, "name": address.name}
    insert_if_absent(tx, Conversation, **where, state={}, updated_at=now)
    begun = _held(tx, address)
    assert begun
    return begun


def keep(tx: Session, address: Address, state: dict[str, Any], *, now: datetime) -> None:
    """Keep where the conversation with this address stands now."""
    values = {"of": address.channel, "whom": address.name, "state": state, "updated_at": now}
    tx.connection().execute(_KEEP, values)


def _held(tx: Session, address: Address) -> Talk | None:
    found = tx.connection().execute(_HELD, {"of": address.channel, "whom": address.name}).first()
    return Talk(*found) if found else None
