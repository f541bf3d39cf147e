"""Tables of petitions, of those who bring them and of those who answer."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    bindparam,
    event,
    false,
    insert,
    text,
)
from sqlalchemy.orm import (
    Mapped,
    Mapper,
    Session,
    make_transient_to_detached,
    mapped_column,
    relationship,
)

from complaints.limits import Limit, Priority, Unit
from complaints.states import BY_CITIZEN, MEASURED, OPEN, EventKind, Kind, Status
from data.database import Base, insert_row
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
    deputy_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))
    # Where the officer's own reminders are sent besides the console, if anywhere.
    alert_channel: Mapped[str | None] = mapped_column(String(20))
    alert_name: Mapped[str | None] = mapped_column(String(120))

    section: Mapped[Section | None] = relationship(lazy="joined")


class Absence(Base):
    """Days on which an officer is away; work goes to the deputy meanwhile."""

    __tablename__ = "absence"

    id: Mapped[int] = mapped_column(primary_key=True)
    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id"), index=True)
    first_day: Mapped[date]
    last_day: Mapped[date]
    deputy_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))


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
    """How long a kind of petition of an urgency may take."""

    __tablename__ = "time_limit"

    kind: Mapped[str] = mapped_column(String(30), primary_key=True)
    priority: Mapped[str] = mapped_column(String(15), primary_key=True, default=Priority.ORDINARY)
    days: Mapped[int]
    unit: Mapped[str] = mapped_column(String(10))
    reopened_days: Mapped[int]
    ceiling_days: Mapped[int] = mapped_column(default=30)
    ceiling_unit: Mapped[str] = mapped_column(String(10), default=Unit.CALENDAR)
    max_extensions: Mapped[int] = mapped_column(default=2)
    basis: Mapped[str] = mapped_column(Text)

    @property
    def limit(self) -> Limit:
        return Limit(
            days=self.days,
            unit=Unit(self.unit),
            reopened_days=self.reopened_days,
            ceiling_days=self.ceiling_days,
            ceiling_unit=Unit(self.ceiling_unit),
            max_extensions=self.max_extensions,
        )


class ApprovalLevel(Base):
    """Up to how many working days of extension a role may approve; none: any length."""

    __tablename__ = "approval_level"

    role: Mapped[str] = mapped_column(String(30), primary_key=True)
    up_to_days: Mapped[int | None]


class PracticeRow(Base):
    """One of the office's own choices where the law leaves room (complaints/practice.py)."""

    __tablename__ = "practice"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(String(60))
    by: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]


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


class DayChange(Base):
    """A day of the office that differs from the official calendar; never deleted, only revoked.

    A full-day closure or local day off does not count; part of a day is shown and still counts
    unless the office's practice says otherwise.
    """

    __tablename__ = "day_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(index=True)
    part: Mapped[str] = mapped_column(String(10))
    works: Mapped[bool]
    area: Mapped[str] = mapped_column(String(30))
    reason: Mapped[str] = mapped_column(String(100))
    source: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]
    revoked_by: Mapped[str | None] = mapped_column(String(60))
    revoked_at: Mapped[datetime | None]


class ClockChange(Base):
    """A change of calendar, closures or rules: proposed, previewed, then applied or dropped."""

    __tablename__ = "clock_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(15))
    content: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(10), default="proposed")
    by: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(String(60))
    decided_at: Mapped[datetime | None]
    moved: Mapped[int | None]


class Village(Base):
    """A village (里) of the office's district, with the section whose matters are its own.

    `boundary` holds the coordinates of a GeoJSON MultiPolygon (longitude before latitude, WGS84).
    """

    __tablename__ = "village"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(30), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    section_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"))
    # Deferred: a page of cases shows names of villages, never their outlines.
    boundary: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True), deferred=True)

    section: Mapped[Section | None] = relationship()
    streets: Mapped[list["VillageStreet"]] = relationship(
        cascade="all, delete-orphan", order_by="VillageStreet.id"
    )


class VillageStreet(Base):
    """House numbers of a road or lane that belong to a village; `side` all, odd or even.

    `road` is spelt as complaints/villages.py spells it (中山路二段), `lane` like 25巷 or 25巷3弄.
    """

    __tablename__ = "village_street"

    id: Mapped[int] = mapped_column(primary_key=True)
    village_id: Mapped[int] = mapped_column(ForeignKey("village.id"), index=True)
    road: Mapped[str] = mapped_column(String(60), index=True)
    lane: Mapped[str | None] = mapped_column(String(30))
    low: Mapped[int]
    high: Mapped[int]
    side: Mapped[str] = mapped_column(String(4))


class Counter(Base):
    """A running number."""

    __tablename__ = "counter"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[int]


# Written out, not bound: only then is the index of open cases found for it.
_OPEN_NOW = sorted(status.value for status in OPEN)
_IS_OPEN = text(f"status IN ({', '.join(repr(value) for value in _OPEN_NOW)})")


class Case(Base):
    """A petition and where it stands; its history is in Event."""

    __tablename__ = "cases"
    __table_args__ = (
        # Also all that the counts of the staff's list ask of a case, so that they read no rows.
        Index(
            "ix_cases_status_due_on",
            *("status", "due_on", "id", "paused", "with_secretary", "unheard"),
            *("handler_id", "section_id", "kind"),
        ),
        Index("ix_cases_received_on", "received_on"),
        Index("ix_cases_due_on", "due_on", "id"),
        # Of ever more cases, the few that are still open, the most urgent first.
        Index("ix_cases_open", "due_on", "id", sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
        # Few of very many: whom no notice reached.
        Index(
            "ix_cases_unreached",
            "due_on",
            "id",
            sqlite_where=text("unreached IS 1"),
            postgresql_where=text("unreached IS true"),
        ),
        Index("ix_cases_village_id_due_on", "village_id", "due_on", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_no: Mapped[str] = mapped_column(String(30), unique=True)
    lookup_code: Mapped[str] = mapped_column(String(12))
    origin: Mapped[str] = mapped_column(String(80), unique=True)
    citizen_id: Mapped[int] = mapped_column(ForeignKey("citizen.id"), index=True)
    kind: Mapped[str] = mapped_column(String(30))
    priority: Mapped[str] = mapped_column(String(15), default=Priority.ORDINARY)
    status: Mapped[str] = mapped_column(String(25))
    outcome: Mapped[str | None] = mapped_column(String(40))
    channel: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(80))
    content: Mapped[str] = mapped_column(Text)
    points: Mapped[list[Any]]
    place: Mapped[str | None] = mapped_column(Text)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    place_key: Mapped[str | None] = mapped_column(String(120), index=True)
    village_id: Mapped[int | None] = mapped_column(ForeignKey("village.id"))
    # Name and contact, sealed for this case alone (complaints/privacy/identities.py).
    petitioner: Mapped[bytes | None]
    contact_mark: Mapped[str | None] = mapped_column(String(64), index=True)
    reply_by: Mapped[str] = mapped_column(String(10))
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
    paused: Mapped[bool] = mapped_column(default=False)
    extensions: Mapped[int] = mapped_column(default=0)
    bounces: Mapped[int] = mapped_column(default=0)
    with_secretary: Mapped[bool] = mapped_column(default=False)
    replied_on: Mapped[date | None]
    improved_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    ground: Mapped[str | None] = mapped_column(String(40))
    agency: Mapped[str | None] = mapped_column(String(60))
    main_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    repeats_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))
    permanent: Mapped[bool] = mapped_column(default=False)
    consents_to_transfer: Mapped[bool | None]
    anonymized_on: Mapped[date | None]
    satisfaction: Mapped[int | None]
    process_grade: Mapped[int | None]
    unreached: Mapped[bool] = mapped_column(default=False)
    # The citizen added or changed something after the office last did anything (see `record`).
    unheard: Mapped[bool] = mapped_column(default=False, server_default=false())
    version: Mapped[int] = mapped_column(default=1)

    citizen: Mapped[Citizen] = relationship(lazy="joined")
    section: Mapped[Section] = relationship(lazy="joined")
    handler: Mapped[Officer | None] = relationship(lazy="joined", foreign_keys=[handler_id])
    village: Mapped[Village | None] = relationship(lazy="joined")
    taken_by: Mapped[Officer | None] = relationship(foreign_keys=[taken_by_id])
    events: Mapped[list["Event"]] = relationship(back_populates="case", order_by="Event.id")
    attachments: Mapped[list["Attachment"]] = relationship(order_by="Attachment.id")

    @property
    def state(self) -> Status:
        return Status(self.status)


# The condition of `ix_cases_open`, for every question about open cases.
STILL_OPEN = Case.status.in_(bindparam("open_now", _OPEN_NOW, expanding=True, literal_execute=True))
ASSIGNED = text("kind = 'assigned'")


class Event(Base):
    """One thing that happened to a case. Rows are only ever added."""

    __tablename__ = "event"
    __table_args__ = (
        # The newest assignments teach where the next petition goes, at every filing.
        Index("ix_event_assigned", "id", sqlite_where=ASSIGNED, postgresql_where=ASSIGNED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str] = mapped_column(String(30), index=True)
    at: Mapped[datetime]
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))
    data: Mapped[dict[str, Any]]

    case: Mapped[Case] = relationship(back_populates="events")
    officer: Mapped[Officer | None] = relationship(lazy="joined")


class Uncounted(Base):
    """An event that the tallies have not taken in yet (complaints/measuring/tallies.py)."""

    __tablename__ = "uncounted"

    # No foreign keys: each event of each case pays for this row.
    event_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    case_id: Mapped[int]


class CheckStep(Base):
    """A step of an office's checklist for cases: of a kind, of a topic, of a section, or of all."""

    __tablename__ = "step"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str | None] = mapped_column(String(30))
    topic: Mapped[str | None] = mapped_column(String(40))
    section_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"))
    place: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)
    by: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]


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


ASKED = text("state = 'asked'")


class Extension(Base):
    """A request for more time, and what became of it."""

    __tablename__ = "extension"
    __table_args__ = (
        Index("ix_extension_asked", "case_id", sqlite_where=ASKED, postgresql_where=ASKED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    days: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default="asked")
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("officer.id"))
    asked_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))
    decided_at: Mapped[datetime | None]


class LawChange(Base):
    """An article that changed: everything that cites it is looked at again, templates wait."""

    __tablename__ = "law_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    law: Mapped[str] = mapped_column(String(60))
    article: Mapped[str | None] = mapped_column(String(15))
    note: Mapped[str] = mapped_column(Text)
    effective_on: Mapped[date]
    by: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]


class Template(Base):
    """A wording the office approved for its answers, with places to fill; old versions stay.

    While `locked_by_id` names a changed law, nothing that was made from it is sent.
    """

    __tablename__ = "template"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    section_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"), index=True)
    kind: Mapped[str | None] = mapped_column(String(30))
    text: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    retired: Mapped[bool] = mapped_column(default=False)
    locked_by_id: Mapped[int | None] = mapped_column(ForeignKey("law_change.id"))
    by: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]

    section: Mapped[Section | None] = relationship(lazy="joined")
    locked_by: Mapped[LawChange | None] = relationship(lazy="joined")


SUBMITTED = text("state = 'submitted'")


class ReplyDraft(Base):
    """A version of the office's answer on its way from draft to approved and sent."""

    __tablename__ = "reply_draft"
    __table_args__ = (
        Index(
            "ix_reply_draft_submitted",
            "case_id",
            sqlite_where=SUBMITTED,
            postgresql_where=SUBMITTED,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    answered: Mapped[list[Any]]
    promises: Mapped[list[Any]]
    template_id: Mapped[int | None] = mapped_column(ForeignKey("template.id"))
    state: Mapped[str] = mapped_column(String(10), default="draft")
    by_id: Mapped[int] = mapped_column(ForeignKey("officer.id"))
    at: Mapped[datetime]
    case_version: Mapped[int]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(Text)

    by: Mapped[Officer] = relationship(lazy="joined", foreign_keys=[by_id])


UNSETTLED = text("state = 'open'")


class Promise(Base):
    """Something the office promised in a reply, by a day: kept, missed, or still open."""

    __tablename__ = "promise"
    __table_args__ = (
        Index(
            "ix_promise_unsettled",
            "case_id",
            "due_on",
            sqlite_where=UNSETTLED,
            postgresql_where=UNSETTLED,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    due_on: Mapped[date] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(String(10), default="open")
    made_at: Mapped[datetime]
    settled_on: Mapped[date | None]
    evidence: Mapped[str | None] = mapped_column(Text)


class Task(Base):
    """A piece of work for a person: a call, a letter, a decision; `key` makes it once only."""

    __tablename__ = "task"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    kind: Mapped[str] = mapped_column(String(30))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    section_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"), index=True)
    role: Mapped[str | None] = mapped_column(String(30))
    about: Mapped[str] = mapped_column(Text)
    due_on: Mapped[date] = mapped_column(index=True)
    made_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))
    result: Mapped[str | None] = mapped_column(Text)

    case: Mapped[Case | None] = relationship(lazy="joined")


class Reminder(Base):
    """Something an officer was told about: once for each case, reason, day and officer."""

    __tablename__ = "reminder"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class Follower(Base):
    """A citizen who follows somebody else's case: told of its progress, never of its people."""

    __tablename__ = "follower"
    __table_args__ = (UniqueConstraint("case_id", "citizen_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    citizen_id: Mapped[int] = mapped_column(ForeignKey("citizen.id"), index=True)
    at: Mapped[datetime]

    citizen: Mapped[Citizen] = relationship(lazy="joined")
    case: Mapped[Case] = relationship(lazy="joined")


class IdentityAccess(Base):
    """A request to see who brought a case: its reason, who granted it and until when."""

    __tablename__ = "identity_access"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime]
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))
    granted_at: Mapped[datetime | None]
    until: Mapped[datetime | None]
    refused: Mapped[bool] = mapped_column(default=False)


class Destruction(Base):
    """A list of cases whose content is to be destroyed: listed, approved, done, with proof."""

    __tablename__ = "destruction"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_nos: Mapped[list[Any]]
    digest: Mapped[str] = mapped_column(String(64))
    listed_by: Mapped[str] = mapped_column(String(60))
    listed_at: Mapped[datetime]
    approved_by: Mapped[str | None] = mapped_column(String(60))
    approved_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    proof: Mapped[dict[str, Any] | None] = mapped_column(JSON)


class Viewing(Base):
    """When an officer last had a case before them, so that two do not answer it at once."""

    __tablename__ = "viewing"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id"), primary_key=True)
    at: Mapped[datetime]


class Subscription(Base):
    """Another system of the office that is told what happens to cases, and how far it was told."""

    __tablename__ = "subscription"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    url: Mapped[str] = mapped_column(Text)
    kinds: Mapped[list[Any]]  # of events; none: all that are told
    salt: Mapped[str] = mapped_column(String(32))  # its secret is made from this and our key
    seen_id: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)
    made_by: Mapped[str] = mapped_column(String(60))
    made_at: Mapped[datetime]


class FailedLookup(Base):
    """Wrong look-up codes given for a case number, whether or not the case exists."""

    __tablename__ = "failed_lookup"

    case_no: Mapped[str] = mapped_column(String(30), primary_key=True)
    failures: Mapped[int]
    locked_until: Mapped[datetime | None]


COUNT_LATER = insert(Uncounted.__table__)  # type: ignore[arg-type]


def record(
    tx: Session,
    case: Case,
    kind: EventKind,
    *,
    now: datetime,
    by: Officer | None = None,
    **data: Any,
) -> Event:
    """Append one event to the history of a case and return it with its id.

    What the figures are worked out from says under which headings it counts, so that they follow
    from events alone, and waits to be counted.
    """
    officer_id = by.id if by else None
    if kind in MEASURED:
        data["under"] = _under(case)
    unheard = by is None and (kind in BY_CITIZEN or case.unheard)
    if case.unheard != unheard:  # what is set is looked through for changes, even to the same
        case.unheard = unheard
    tx.flush()
    row = {"case_id": case.id, "kind": kind, "at": now, "officer_id": officer_id, "data": data}
    # One statement, not the bookkeeping of a flush: each verb pays for this, some twice.
    happened = Event(id=insert_row(tx, Event, **row), **row)
    make_transient_to_detached(happened)
    tx.add(happened)
    if kind in MEASURED:
        waiting = {"event_id": happened.id, "case_id": case.id}
        tx.connection().execute(COUNT_LATER, waiting)
    return happened


def _under(case: Case) -> dict[str, Any]:
    """The headings of the figures for a case as it is now; the closed circle's name no section."""
    circle = case.confidential or case.kind == Kind.MISCONDUCT_REPORT
    found = {"kind": case.kind, "channel": case.channel, "circle": circle}
    return found | {
        "section": case.section.code,
        "topic": case.topic,
        "village": case.village.code if case.village else None,
    }


@event.listens_for(Event, "before_update")
@event.listens_for(Event, "before_delete")
def _refuse(_mapper: Mapper[Event], _connection: Connection, _target: Event) -> None:
    raise RuntimeError("the history of a case is append-only")
