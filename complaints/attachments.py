"""Files of a case that the channel still holds: which to fetch, and what came of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from complaints.tables import Attachment

LEASE = timedelta(minutes=2)
BATCH = 5
RETRY_AFTER = (timedelta(seconds=30), timedelta(minutes=5), timedelta(hours=1), timedelta(hours=6))


def claim(tx: Session, channels: Sequence[str], *, now: datetime) -> list[Attachment]:
    """Take a few files that are due; whoever dies with them leaves them due again later."""
    due = (
        select(Attachment.id)
        .where(Attachment.state == "pending", Attachment.due <= now)
        .where(Attachment.channel.in_(channels))
        .order_by(Attachment.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    claimed = (
        update(Attachment)
        .where(Attachment.id.in_(due.scalar_subquery()))
        .values(due=now + LEASE, attempts=Attachment.attempts + 1)
        .returning(Attachment)
        .execution_options(synchronize_session=False)
    )
    return list(tx.scalars(claimed))


def anything_due(tx: Session, channels: Sequence[str], *, now: datetime) -> bool:
    """A cheap look before taking a write lock."""
    due = (Attachment.state == "pending", Attachment.due <= now, Attachment.channel.in_(channels))
    return tx.scalar(select(Attachment.id).where(*due).limit(1)) is not None


def note_stored(tx: Session, attachment_id: int, digest: str, media_type: str) -> None:
    """The file is ours now."""
    _set(tx, attachment_id, state="stored", digest=digest, media_type=media_type)


def note_failed(tx: Session, attachment_id: int) -> None:
    """The file cannot be had, or is of a kind we do not take; staff see that it is missing."""
    _set(tx, attachment_id, state="failed")


def note_later(tx: Session, attachment_id: int, attempts: int, *, now: datetime) -> None:
    """Try again after a while; after the last try the file counts as failed."""
    if attempts > len(RETRY_AFTER):
        note_failed(tx, attachment_id)
    else:
        _set(tx, attachment_id, due=now + RETRY_AFTER[attempts - 1])


def _set(tx: Session, attachment_id: int, **values: object) -> None:
    tx.execute(update(Attachment).where(Attachment.id == attachment_id).values(**values))
