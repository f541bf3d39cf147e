"""Filing a petition: number, code, section, due date and acknowledgement, in one transaction."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import calendars, citizens, routing, wording
from complaints.counters import next_number
from complaints.deadlines import Explanation, Limit, Moved, explain
from complaints.errors import IncompletePetition, RuleMissing, UnknownSection
from complaints.points import split_points
from complaints.states import EventKind, Kind, Status
from complaints.tables import Attachment, Case, Rule, Section, record
from complaints.workdays import office_date
from data import outbox
from data.outbox import Address

CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0/O, 1/I/L: codes are read aloud
CODE_LENGTH = 6
SUBJECT_LENGTH = 40


@dataclass(frozen=True)
class SentFile:
    """A file of a petition, named as its channel names it (`stored:DIGEST` when already ours)."""

    channel: str
    reference: str


@dataclass(frozen=True)
class Petition:
    """A confirmed petition, as the citizen read it back.

    `origin` identifies the draft it came from: filing it twice gives the first case again.
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


@dataclass(frozen=True)
class Filed:
    """The case a petition became, and whether it already was one."""

    case: Case
    again: bool


def file(tx: Session, petition: Petition, *, prefix: str, now: datetime) -> Filed:
    """File a petition and acknowledge it; the same origin is never filed twice.

    Raises IncompletePetition, RuleMissing, CalendarMissing or UnknownSection.
    """
    earlier = tx.scalar(select(Case).where(Case.origin == petition.origin))
    if earlier:
        return Filed(earlier, again=True)
    if not petition.content.strip():
        raise IncompletePetition("content")
    case, why = _open_case(tx, petition, prefix, now)
    happened = record(tx, case, EventKind.RECEIVED, now=now, **_as_received(case))
    notice = wording.acknowledgement(case, why)
    outbox.post(
        tx,
        case.citizen.address,
        notice,
        key=f"event:{happened.id}",
        now=now,
        about=_about(happened.id),
    )
    return Filed(case, again=False)


def limit_for(tx: Session, kind: str) -> Limit:
    """The limit of a kind of petition; raises RuleMissing."""
    rule = tx.get(Rule, kind)
    if rule is None:
        raise RuleMissing(f"no rule for {kind}")
    return rule.limit


def intake_section(tx: Session, named: str | None) -> Section:
    """The section a new case goes to: the one named, else the one that takes everything in."""
    active = select(Section).where(Section.active)
    if named:
        section = tx.scalar(active.where(Section.name == named))
        if section:
            return section
    section = tx.scalar(active.where(Section.intake).order_by(Section.id))
    if section is None:
        raise UnknownSection("no section is marked as taking new cases")
    return section


def _routed(tx: Session, content: str) -> str | None:
    """The section the office sent such petitions to before, where that is sure."""
    section = routing.suggest(tx, content).section
    return section.name if section else None


def _open_case(
    tx: Session, petition: Petition, prefix: str, now: datetime
) -> tuple[Case, Explanation]:
    today = office_date(now)
    limit = limit_for(tx, petition.kind)
    why = explain([Moved(EventKind.RECEIVED, today)], limit, calendars.load(tx))
    who = citizens.register(tx, petition.citizen, language=petition.language, now=now)
    case = Case(
        case_no=_case_no(tx, prefix, now),
        lookup_code="".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH)),
        origin=petition.origin,
        citizen=who,
        kind=petition.kind,
        status=Status.RECEIVED,
        channel=petition.citizen.channel,
        subject=_subject(petition.content),
        content=petition.content,
        points=list(petition.points or split_points(petition.content)),
        place=petition.place,
        latitude=petition.latitude,
        longitude=petition.longitude,
        petitioner_name=petition.petitioner_name,
        reply_by=petition.reply_by,
        contact=petition.contact,
        confidential=petition.confidential,
        notice_version=petition.notice_version,
        notice_shown_at=petition.notice_shown_at,
        topic=routing.topic_of(petition.content),
        section=intake_section(tx, petition.section or _routed(tx, petition.content)),
        received_at=now,
        received_on=today,
        due_on=why.due_on,
        calendar_version=why.calendar_version,
        version=1,
        unreached=False,
    )
    case.attachments = [attachment(sent, now) for sent in petition.files]
    tx.add(case)
    tx.flush()
    return case, why


def attachment(sent: SentFile, now: datetime) -> Attachment:
    """A row for a sent file, to be fetched outside the transaction unless we hold it already."""
    kept = sent.reference.removeprefix("stored:") if sent.reference.startswith("stored:") else None
    return Attachment(
        channel=sent.channel,
        reference=sent.reference,
        state="stored" if kept else "pending",
        digest=kept,
        attempts=0,
        due=now,
        added_at=now,
    )


def _case_no(tx: Session, prefix: str, now: datetime) -> str:
    today = office_date(now)
    day = f"{today.year - wording.ROC_OFFSET}{today:%m%d}"
    return f"{prefix}-{day}-{next_number(tx, f'case:{day}'):04}"


def _subject(content: str) -> str:
    first = " ".join(content.split())
    return first if len(first) <= SUBJECT_LENGTH else first[: SUBJECT_LENGTH - 1] + "…"


def _as_received(case: Case) -> dict[str, Any]:
    return {
        "content": case.content,
        "points": case.points,
        "place": case.place,
        "due_on": case.due_on.isoformat(),
        "section": case.section.name,
        "calendar_version": case.calendar_version,
        "files": len(case.attachments),
    }


def _about(event_id: int) -> str:
    return f"event:{event_id}"
