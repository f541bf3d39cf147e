"""Chats have a short life: what never became a case goes after the office's days."""

from datetime import datetime

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from bot.tables import Conversation, WebMessage
from data.outbox import Delivery, Outbox

BATCH = 1_000
ANSWER = "in:"  # how the key of an answer to a message begins


def anything(tx: Session, before: datetime) -> bool:
    """Whether a chat has been silent since before this moment."""
    old = select(Conversation.name).where(Conversation.updated_at < before)
    return tx.scalar(old.limit(1)) is not None


def forget(tx: Session, before: datetime) -> int:
    """Delete chats silent since before this moment, with their messages; return how many rows.

    Notices of cases stay with the case, which has its own end. Of groups there is no chat, so
    what was answered there goes by its own age.
    """
    silent = select(Conversation.channel, Conversation.name).where(Conversation.updated_at < before)
    gone = _forget_groups(tx, before)
    for channel, name in tx.execute(silent.limit(BATCH)).all():
        talk = Conversation.channel == channel, Conversation.name == name
        lines = WebMessage.name == name, WebMessage.at < before
        sent = (
            Outbox.channel == channel,
            Outbox.name == name,
            Outbox.about.is_(None),
            Outbox.state != Delivery.WAITING,
            Outbox.posted_at < before,
        )
        for table, where in ((Conversation, talk), (WebMessage, lines), (Outbox, sent)):
            gone += int(tx.connection().execute(delete(table).where(*where)).rowcount)
    return gone


def _forget_groups(tx: Session, before: datetime) -> int:
    here = Conversation.channel == Outbox.channel, Conversation.name == Outbox.name
    answered = Outbox.key.startswith(ANSWER), Outbox.about.is_(None), ~exists().where(*here)
    old = Outbox.state != Delivery.WAITING, Outbox.posted_at < before
    return int(tx.connection().execute(delete(Outbox).where(*answered, *old)).rowcount)
