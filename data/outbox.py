"""Messages waiting to leave: posted in the sender's transaction, sent after it.

A row is claimed for a while (a lease), sent outside any transaction, and settled in a new
one. A worker that dies leaves a lease that ends by itself; delivery is therefore at least once.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, Self

from sqlalchemy import (
    ColumnElement,
    Index,
    LargeBinary,
    String,
    Text,
    and_,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from data import sealing
from data.database import Base, SealedJson, insert_if_absent
from data.sealing import Unsealable

CONTENT = "outbox.content"
LOST = "（這則訊息的內容毀損，無法讀出。 The content of this message is damaged.）"
LEASE = timedelta(seconds=60)
BATCH = 20
RETRY_AFTER = (5, 15, 60, 300, 900, 1800, 3600, 7200)  # seconds; dead when used up


class Delivery(StrEnum):
    """Where a message stands."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True)
class Address:
    """A place a message can be sent to: the channel, and the name it has there."""

    channel: str
    name: str


@dataclass(frozen=True)
class Choice:
    """A button: what it says, and the token (at most 64 bytes) that comes back when pressed.

    One with a `url` opens that address instead, and nothing comes back.
    """

    label: str
    token: str
    url: str | None = None


@dataclass(frozen=True)
class Message:
    """What to send. `answers` names a button press to be acknowledged instead of any text."""

    text: str = ""
    choices: tuple[Choice, ...] = ()
    answers: str | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        choices = tuple(Choice(**choice) for choice in data["choices"])
        return cls(text=data["text"], choices=choices, answers=data["answers"])


class Outbox(Base):
    """One message to one address."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_address_state", "channel", "name", "state", "id"),
        Index("ix_outbox_state_due", "state", "due"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(160), unique=True)
    channel: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(120))
    content: Mapped[dict[str, Any]] = mapped_column(SealedJson(CONTENT))
    about: Mapped[str | None] = mapped_column(String(60), index=True)
    state: Mapped[str] = mapped_column(String(10), default=Delivery.WAITING)
    due: Mapped[datetime]
    # For later (quiet hours): unlike one being retried, it does not hold up its address.
    not_before: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    parts_sent: Mapped[int] = mapped_column(default=0)
    receipt: Mapped[str | None] = mapped_column(String(100))
    problem: Mapped[str | None] = mapped_column(Text)
    posted_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

    @property
    def address(self) -> Address:
        return Address(self.channel, self.name)

    @property
    def message(self) -> Message:
        return Message.from_json(self.content)


@dataclass(frozen=True)
class Backlog:
    """How many messages wait or are dead, and since when the oldest waits."""

    waiting: int = 0
    dead: int = 0
    oldest: datetime | None = field(default=None)


def post(
    tx: Session,
    to: Address,
    message: Message,
    *,
    key: str,
    now: datetime,
    about: str | None = None,
    not_before: datetime | None = None,
) -> bool:
    """Queue a message under a unique key; a key already used is silently the same message.

    `about` is the sender's own word for what the message reports on; the relay hands it back.
    A message with `not_before` leaves then, and others to its address may overtake it.
    """
    return insert_if_absent(
        tx,
        Outbox,
        key=key,
        channel=to.channel,
        name=to.name,
        content=message.to_json(),
        about=about,
        state=Delivery.WAITING,
        due=not_before or now,
        not_before=not_before,
        attempts=0,
        parts_sent=0,
        posted_at=now,
    )


def find(tx: Session, key: str) -> Outbox | None:
    """The message of this key."""
    return tx.scalar(select(Outbox).where(Outbox.key == key))


def undelivered(tx: Session, to: Address) -> Sequence[Outbox]:
    """The messages to an address that were given up, oldest first."""
    dead = (Outbox.channel == to.channel, Outbox.name == to.name, Outbox.state == Delivery.DEAD)
    return tx.scalars(select(Outbox).where(*dead).order_by(Outbox.id)).all()


def revive(tx: Session, to: Address, *, now: datetime) -> int:
    """Send again what was given up for an address that is back; how many messages it is."""
    dead = (Outbox.channel == to.channel, Outbox.name == to.name, Outbox.state == Delivery.DEAD)
    fresh = {"state": Delivery.WAITING, "due": now, "attempts": 0, "lease_until": None}
    return int(tx.connection().execute(update(Outbox).where(*dead).values(**fresh)).rowcount)


def forget(tx: Session, about: Sequence[str]) -> None:
    """Delete what was sent about these; what still waits to leave stays."""
    settled = Outbox.about.in_(about), Outbox.state != Delivery.WAITING
    tx.execute(delete(Outbox).where(*settled))


def anything_due(tx: Session, channels: Sequence[str], *, now: datetime) -> bool:
    """A cheap look, so that an idle relay does not take SQLite's write lock every second."""
    due = (Outbox.state == Delivery.WAITING, _is_due(now), Outbox.channel.in_(channels))
    return tx.scalar(select(Outbox.id).where(*due).limit(1)) is not None


def _is_due(now: datetime) -> ColumnElement[bool]:
    """Its time has come; or it was posted to leave at once by a clock that was put back since."""
    at_once = (Outbox.posted_at > now, Outbox.attempts == 0, Outbox.not_before.is_(None))
    return or_(Outbox.due <= now, and_(*at_once))


def claim(tx: Session, channels: Sequence[str], *, now: datetime) -> list[Outbox]:
    """Take up to 20 due messages for these channels, the eldest of each address only.

    Two workers never hold the same row, and a later message to an address stays behind while
    an earlier one waits. Raises Unsealable where the content of one cannot be opened.
    """
    earlier = aliased(Outbox)
    head = ~exists().where(
        earlier.channel == Outbox.channel,
        earlier.name == Outbox.name,
        earlier.state == Delivery.WAITING,
        or_(earlier.not_before.is_(None), earlier.not_before <= now),
        earlier.id < Outbox.id,
    )
    free = or_(Outbox.lease_until.is_(None), Outbox.lease_until < now)
    pick = (
        select(Outbox.id)
        .where(Outbox.state == Delivery.WAITING, _is_due(now), free, head)
        .where(Outbox.channel.in_(channels))
        .order_by(Outbox.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True, of=Outbox)
    )
    claimed = (
        update(Outbox)
        .where(Outbox.id.in_(pick.scalar_subquery()))
        .values(lease_until=now + LEASE, attempts=Outbox.attempts + 1)
        .returning(Outbox)
        .execution_options(synchronize_session=False)
    )
    return sorted(tx.scalars(claimed), key=lambda row: row.id)


class Damaged(NamedTuple):
    """A message whose content cannot be opened any more: its number and what it was about."""

    id: int
    channel: str
    about: str | None


def set_aside_damaged(tx: Session, *, now: datetime) -> list[Damaged]:
    """Mark waiting messages whose content cannot be opened as undeliverable, so the others leave.

    A word of it takes the place of their content, for whoever reads them later.
    Nothing is set aside, and Unsealable raised, while neither one that waits nor the last that was
    sent can be opened: then it is the keys that are wrong.
    """
    content = type_coerce(Outbox.content, LargeBinary)
    told = select(Outbox.id, Outbox.channel, Outbox.about, content)
    waiting = tx.execute(told.where(Outbox.state == Delivery.WAITING)).all()
    left = told.where(Outbox.state == Delivery.SENT).order_by(Outbox.id.desc()).limit(1)
    open_ones = {row.id for row in (*waiting, *tx.execute(left)) if _opens(tx, row[-1])}
    if not open_ones:
        raise Unsealable("no message can be opened: are these the right keys?")
    damaged = [Damaged(*row[:-1]) for row in waiting if row.id not in open_ones]
    for one in damaged:
        lost = {"content": Message(LOST).to_json(), "settled_at": now}
        _settle(tx, one.id, state=Delivery.DEAD, problem="its content is damaged", **lost)
    return damaged


def _opens(tx: Session, sealed: bytes) -> bool:
    try:
        sealing.of(tx).open(sealed, CONTENT)
    except Unsealable:
        return False
    return True


def note_part(tx: Session, row_id: int, parts_sent: int) -> None:
    """Remember how many parts of a long message have left, so that a retry sends only the rest."""
    tx.execute(update(Outbox).where(Outbox.id == row_id).values(parts_sent=parts_sent))


_SENT = (
    update(Outbox.__table__)  # type: ignore[arg-type]
    .where(Outbox.id == bindparam("number"), Outbox.state == Delivery.WAITING)
    .values(state=Delivery.SENT, receipt=bindparam("told"), settled_at=bindparam("at"))
)


def settle_sent(tx: Session, row_id: int, receipt: str | None, *, now: datetime) -> bool:
    """Mark a claimed message as sent; False when somebody else had settled it before."""
    noted = tx.connection().execute(_SENT, {"number": row_id, "told": receipt, "at": now})
    return bool(noted.rowcount)


def settle_dead(tx: Session, row_id: int, problem: str, *, now: datetime) -> bool:
    """Mark a message as undeliverable for good; its address is free for the next one."""
    return _settle(tx, row_id, state=Delivery.DEAD, problem=problem, settled_at=now)


def settle_later(
    tx: Session, row_id: int, problem: str, *, after: timedelta, counts: bool, now: datetime
) -> bool:
    """Give a message back, due again after a while.

    `counts` is False when the channel itself asked to wait: that is no failed attempt.
    """
    attempts = Outbox.attempts if counts else Outbox.attempts - 1
    values = {"lease_until": None, "due": now + after, "problem": problem, "attempts": attempts}
    return _settle(tx, row_id, **values)


def wait_after(attempts: int) -> timedelta | None:
    """How long to wait after this many failed attempts; None when they are used up."""
    if attempts > len(RETRY_AFTER):
        return None
    return timedelta(seconds=RETRY_AFTER[attempts - 1])


def more_wait_than(tx: Session, most: int, *, now: datetime) -> bool:
    """Whether more messages than this wait to be sent, beside those that are for later."""
    later = Outbox.not_before > now
    waiting = select(Outbox.id).where(
        Outbox.state == Delivery.WAITING, or_(Outbox.not_before.is_(None), ~later)
    )
    return tx.scalar(waiting.offset(most).limit(1)) is not None


def backlog(tx: Session) -> Backlog:
    """Count what waits and what is dead."""
    rows = tx.execute(
        select(Outbox.state, func.count(), func.min(Outbox.posted_at))
        .where(Outbox.state != Delivery.SENT)
        .group_by(Outbox.state)
    ).all()
    found = {state: (count, oldest) for state, count, oldest in rows}
    waiting, oldest = found.get(Delivery.WAITING, (0, None))
    return Backlog(waiting, found.get(Delivery.DEAD, (0, None))[0], oldest)


def _settle(tx: Session, row_id: int, **values: Any) -> bool:
    settled = (
        update(Outbox).where(Outbox.id == row_id, Outbox.state == Delivery.WAITING).values(**values)
    )
    result = tx.connection().execute(settled)
    return bool(result.rowcount)
