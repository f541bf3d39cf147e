"""Tables of petitions, of those who bring them and of those who answer."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Connection,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    event,
)
from sqlalchemy.orm import Mapped, Mapper, Session, mapped_column, relationship

from complaints.deadlines import Limit, Unit
from complaints.states import EventKind, Status
from data.database import Base
from data.outbox import Address


class Section(Base):
    """A section of the office (課室)."""

    __tablename__ = "section"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(30), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    intake: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)


class Officer(Base):
    """A person who works on cases."""

    __tablename__ = "officer"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    role: Mapped[str] = mapped_column(String(30))
    section_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"))
    active: Mapped[bool] = mapped_column(default=True)

    section: Mapped[Section | None] = relationship(lazy="joined")


class Citizen(Base):
    """Somebody who writes to the office, known by an address of a channel."""

    __tablename__ = "citizen"
    __table_args__ = (UniqueConstraint("channel", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(5), default="zh")
    since: Mapped[datetime]

    @property
    def address(self) -> Address:
        return Address(self.channel, self.name)


class Rule(Base):
    """How long a kind of petition may take (docs: petitions, grades of work)."""

    __tablename__ = "rule"

    kind: Mapped[str] = mapped_column(String(30), primary_key=True)
    days: Mapped[int]
    unit: Mapped[str] = mapped_column(String(10))
    reopened_days: Mapped[int]
    basis: Mapped[str] = mapped_column(Text)

    @property
    def limit(self) -> Limit:
        return Limit(self.days, Unit(self.unit), self.reopened_days)


class CalendarYear(Base):
    """A year whose office calendar is loaded."""

    __tablename__ = "calendar_year"

    year: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    provisional: Mapped[bool]
    imported_at: Mapped[datetime]


class CalendarDay(Base):
    """A day that differs from its weekday: a closed weekday or a make-up Saturday."""

    __tablename__ = "calendar_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    works: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(100))


class Counter(Base):
    """A running number."""

    __tablename__ = "counter"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[int]


class Case(Base):
    """A petition and where it stands; its history is in Event."""

    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_status_due_on", "status", "due_on", "id"),
        Index("ix_cases_received_on", "received_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_no: Mapped[str] = mapped_column(String(30), unique=True)
    lookup_code: Mapped[str] = mapped_column(String(12))
    origin: Mapped[str] = mapped_column(String(80), unique=True)
    citizen_id: Mapped[int] = mapped_column(ForeignKey("citizen.id"), index=True)
    kind: Mapped[str] = mapped_column(String(30))
    status: Mapped[str] = mapped_column(String(25))
    outcome: Mapped[str | None] = mapped_column(String(40))
    channel: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(80))
    content: Mapped[str] = mapped_column(Text)
    points: Mapped[list[Any]]
    place: Mapped[str | None] = mapped_column(Text)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    petitioner_name: Mapped[str | None] = mapped_column(String(100))
    reply_by: Mapped[str] = mapped_column(String(10))
    contact: Mapped[str | None] = mapped_column(String(200))
    topic: Mapped[str | None] = mapped_column(String(40))
    confidential: Mapped[bool] = mapped_column(default=False)
    notice_version: Mapped[str] = mapped_column(String(20))
    notice_shown_at: Mapped[datetime]
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"), index=True)
    handler_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"), index=True)
    received_at: Mapped[datetime]
    received_on: Mapped[date]
    due_on: Mapped[date]
    calendar_version: Mapped[str] = mapped_column(String(40))
    replied_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    satisfaction: Mapped[int | None]
    unreached: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)

    citizen: Mapped[Citizen] = relationship(lazy="joined")
    section: Mapped[Section] = relationship(lazy="joined")
    handler: Mapped[Officer | None] = relationship(lazy="joined")
    events: Mapped[list["Event"]] = relationship(back_populates="case", order_by="Event.id")
    attachments: Mapped[list["Attachment"]] = relationship(order_by="Attachment.id")

    @property
    def state(self) -> Status:
        return Status(self.status)


class Event(Base):
    """One thing that happened to a case. Rows are only ever added."""

    __tablename__ = "event"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str] = mapped_column(String(30), index=True)
    at: Mapped[datetime]
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))
    data: Mapped[dict[str, Any]]

    case: Mapped[Case] = relationship(back_populates="events")
    officer: Mapped[Officer | None] = relationship(lazy="joined")


class Attachment(Base):
    """A photo or document of a case: first where the channel keeps it, then our own copy."""

    __tablename__ = "attachment"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    reference: Mapped[str] = mapped_column(String(250))
    state: Mapped[str] = mapped_column(String(10), default="pending")
    digest: Mapped[str | None] = mapped_column(String(64))
    media_type: Mapped[str | None] = mapped_column(String(60))
    attempts: Mapped[int] = mapped_column(default=0)
    due: Mapped[datetime]
    added_at: Mapped[datetime]


class FailedLookup(Base):
    """Wrong look-up codes given for a case number, whether or not the case exists."""

    __tablename__ = "failed_lookup"

    case_no: Mapped[str] = mapped_column(String(30), primary_key=True)
    failures: Mapped[int]
    locked_until: Mapped[datetime | None]


def record(
    tx: Session,
    case: Case,
    kind: EventKind,
    *,
    now: datetime,
    by: Officer | None = None,
    **data: Any,
) -> Event:
    """Append one event to the history of a case and return it with its id."""
    officer_id = by.id if by else None
    happened = Event(case_id=case.id, kind=kind, at=now, officer_id=officer_id, data=data)
    tx.add(happened)
    tx.flush()
    return happened


@event.listens_for(Event, "before_update")
@event.listens_for(Event, "before_delete")
def _refuse(_mapper: Mapper[Event], _connection: Connection, _target: Event) -> None:
    raise RuntimeError("the history of a case is append-only")
