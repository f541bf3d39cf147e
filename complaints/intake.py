"""Filing a petition: number, code, section, due date and acknowledgement, in one transaction."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from complaints import citizens, notices, practice, routing, villages
from complaints.clock import calendars, rulebook
from complaints.clock.deadlines import Explanation, Moved, explain
from complaints.clock.workdays import TAIPEI, WorkCalendar, office_date
from complaints.counters import next_number
from complaints.errors import IncompletePetition, UnknownSection
from complaints.limits import Priority
from complaints.points import split_points
from complaints.practice import NEXT_WORKING_DAY, Practice
from complaints.privacy import identities
from complaints.privacy.identities import Petitioner
from complaints.states import EventKind, Kind, Status
from complaints.tables import Attachment, Case, Officer, Section, Village, record
from complaints.urgency import urgency_of
from complaints.wording import notices as wording
from complaints.wording.terms import ROC_OFFSET
from data.collation import fold
from data.masking import mask_numbers
from data.outbox import Address

CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0/O, 1/I/L: codes are read aloud
CODE_LENGTH = 6
SUBJECT_LENGTH = 40
PLACE_KEY = 120


@dataclass(frozen=True)
class SentFile:
    """A file of a petition by its channel's name for it (`stored:DIGEST:KIND` when it is ours)."""

    channel: str
    reference: str


@dataclass(frozen=True)
class Petition:
    """A confirmed petition, as the citizen read it back.

    `origin` identifies the draft it came from: filing it twice gives the first case again.
    `taken_by` is the officer who took it down for somebody at the counter or on the phone, and
    `read_back` whether it was read back to them (行政程序法 §169).
    """

    origin: str
    kind: Kind
    content: str
    citizen: Address
    language: str
    notice_version: str
    notice_shown_at: datetime
    points: tuple[str, ...] = ()
    place: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    petitioner_name: str | None = None
    reply_by: str = "chat"
    contact: str | None = None
    confidential: bool = False
    section: str | None = None
    files: tuple[SentFile, ...] = ()
    priority: Priority | None = None  # none: told from the text
    channel: str | None = None
    taken_by: Officer | None = None
    read_back: bool = True
    told: bool = False  # number, code and date, by the officer who took it
    consents_to_transfer: bool | None = None


@dataclass(frozen=True)
class Filed:
    """The case a petition became with the count of its date, or the one it already was."""

    case: Case
    again: bool
    why: Explanation | None = None


OFFICE_CHANNEL = "desk"  # of files that officers took: no new facts of the citizen's
OF_ORIGIN = select(Case.id).where(Case.origin == bindparam("origin"))
ACTIVE = select(Section).where(Section.active)
TAKES_ALL = ACTIVE.where(Section.intake).order_by(Section.id).limit(1)


def file(tx: Session, petition: Petition, *, prefix: str, now: datetime) -> Filed:
    """File a petition and acknowledge it; the same origin is never filed twice.

    Raises IncompletePetition, RuleMissing, CalendarMissing or UnknownSection.
    """
    earlier = tx.scalar(OF_ORIGIN, {"origin": petition.origin})
    if earlier:
        return Filed(tx.get_one(Case, earlier), again=True)
    if not petition.content.strip():
        raise IncompletePetition("content")
    case, why = _open_case(tx, petition, prefix, now)
    facts = _as_received(petition, case, why)
    happened = record(tx, case, EventKind.RECEIVED, now=now, by=petition.taken_by, **facts)
    receipt = wording.acknowledgement(case, why)
    if petition.told and petition.taken_by:
        notices.note_told(tx, case, receipt, happened, by=petition.taken_by, now=now)
    else:
        notices.tell(tx, case, receipt, happened, now=now)
    return Filed(case, again=False, why=why)


def intake_section(tx: Session, named: str | None) -> Section:
    """The section a new case goes to: the one named, else the one that takes everything in."""
    if named and (section := tx.scalar(ACTIVE.where(Section.name == named))):
        return section
    section = tx.scalar(TAKES_ALL)
    if section is None:
        raise UnknownSection("no section is marked as taking new cases")
    return section


def _routed(
    tx: Session, petition: Petition, content: str, village: Village | None
) -> tuple[Section, routing.Topic | None]:
    """The section and topic: as named, as such petitions were sent before, or as of the village."""
    if petition.section:
        return intake_section(tx, petition.section), routing.topic_of(content)
    found = routing.suggest(tx, content)
    section = found.section or _section_of(village, petition.kind)
    return section or intake_section(tx, None), found.topic


def _section_of(village: Village | None, kind: Kind) -> Section | None:
    """The section whose a village's matters are; never of a report that may concern its people."""
    section = village.section if village and kind is not Kind.MISCONDUCT_REPORT else None
    return section if section and section.active else None


def _open_case(
    tx: Session, petition: Petition, prefix: str, now: datetime
) -> tuple[Case, Explanation]:
    calendars.hold(tx)
    today = office_date(now)
    priority = petition.priority or _priority(petition)
    limit = rulebook.limit_for(tx, petition.kind, priority)
    choices = practice.load(tx)
    calendar = calendars.load(tx, choices)
    start = counts_from(now, calendar, choices)
    why = explain([Moved(EventKind.RECEIVED, start)], limit, calendar)
    content = mask_numbers(petition.content)
    village = villages.locate(tx, petition.place, petition.latitude, petition.longitude)
    section, topic = _routed(tx, petition, content, village)
    who = citizens.register(tx, petition.citizen, language=petition.language, now=now)
    case = Case(
        case_no=_case_no(tx, prefix, now),
        lookup_code="".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH)),
        origin=petition.origin,
        citizen=who,
        kind=petition.kind,
        priority=priority,
        status=Status.RECEIVED,
        channel=petition.channel or petition.citizen.channel,
        subject=_subject(content),
        content=content,
        points=[mask_numbers(one) for one in petition.points or split_points(content)],
        place=petition.place,
        place_key=place_key(petition.place),
        latitude=petition.latitude,
        longitude=petition.longitude,
        village=village,
        reply_by=petition.reply_by,
        confidential=petition.confidential,
        notice_version=petition.notice_version,
        notice_shown_at=petition.notice_shown_at,
        topic=topic,
        taken_by=petition.taken_by,
        consents_to_transfer=petition.consents_to_transfer,
        section=section,
        received_at=now,
        received_on=today,
        due_on=why.due_on,
        calendar_version=why.calendar_version,
        version=1,
        unreached=False,
    )
    case.attachments = [attachment(sent, now) for sent in petition.files]
    identities.seal(tx, case, Petitioner(petition.petitioner_name, petition.contact))
    tx.add(case)
    tx.flush()
    return case, why


def counts_from(now: datetime, calendar: WorkCalendar, choices: Practice) -> date:
    """The day that is day 0 of a petition that comes now.

    It is the real day, also a day off; an office may take what comes after hours or on a day
    off as received on the next working day.
    """
    today, clock = office_date(now), now.astimezone(TAIPEI).time()
    if choices.after_hours != NEXT_WORKING_DAY:
        return today
    closed = not calendar.works(today) or clock >= choices.office_closes
    return calendar.after(today, 1) if closed else today


def _priority(petition: Petition) -> Priority:
    """Only a petition about a matter outside can be in haste; a suggestion has its time."""
    urgent = petition.kind is Kind.RIGHTS_PROTECTION
    return urgency_of(petition.content) if urgent else Priority.ORDINARY


def place_key(place: str | None) -> str | None:
    """What two descriptions of one place have in common, for finding what was reported there."""
    return fold(place)[:PLACE_KEY] or None if place else None


def attachment(sent: SentFile, now: datetime) -> Attachment:
    """A row for a sent file, to be fetched outside the transaction unless we hold it already."""
    ours, kept, kind = (*sent.reference.split(":"), "", "")[:3]
    kept = kept if ours == "stored" else ""
    return Attachment(
        channel=sent.channel,
        reference=sent.reference,
        state="stored" if kept else "pending",
        digest=kept or None,
        media_type=kind or None if kept else None,
        attempts=0,
        due=now,
        added_at=now,
    )


def _case_no(tx: Session, prefix: str, now: datetime) -> str:
    today = office_date(now)
    day = f"{today.year - ROC_OFFSET}{today:%m%d}"
    return f"{prefix}-{day}-{next_number(tx, f'case:{day}'):04}"


def _subject(content: str) -> str:
    first = " ".join(content.split())
    return first if len(first) <= SUBJECT_LENGTH else first[: SUBJECT_LENGTH - 1] + "…"


def _as_received(petition: Petition, case: Case, why: Explanation) -> dict[str, Any]:
    shifted = {"counts_from": why.start.isoformat()} if why.start != case.received_on else {}
    taken = {"source": case.channel, "read_back": petition.read_back} if petition.taken_by else {}
    return (
        shifted
        | taken
        | {
            "content": case.content,
            "points": case.points,
            "place": case.place,
            "due_on": case.due_on.isoformat(),
            "section": case.section.name,
            "calendar_version": case.calendar_version,
            "files": len(case.attachments),
        }
    )
