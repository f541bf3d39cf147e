"""What a citizen may see of a case. Read only, but for the count of wrong look-up codes."""

import hmac
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.clock import calendars
from complaints.clock.workdays import WorkCalendar, office_date
from complaints.errors import LookupLocked, UnknownCase
from complaints.states import OPEN, RUNNING, EventKind, Status
from complaints.tables import Case, Citizen, Event, FailedLookup, Promise
from data.database import insert_if_absent
from data.outbox import Address

MOST_LISTED = 9
LOCK_AFTER = 5
LOCK_FOR = timedelta(minutes=15)
LONGEST_CASE_NO = 30


@dataclass(frozen=True)
class Step:
    """One line of the timeline: what happened and when; the words are the face's."""

    kind: EventKind
    at: datetime
    text: str


@dataclass(frozen=True)
class Progress:
    """A case as its citizen sees it: no officer's name, no personal data."""

    case_no: str
    subject: str
    status: Status
    section: str
    received_on: date
    due_on: date
    closed_on: date | None
    days_left: int | None
    late: bool
    extensions: int
    improved_on: date | None
    promised: tuple[tuple[str, date], ...]
    steps: tuple[Step, ...]


SECRETARIAT = "秘書室"
SHOWN = {
    EventKind.RECEIVED,
    EventKind.ASSIGNED,
    EventKind.REPLIED,
    EventKind.CLOSED,
    EventKind.INFORMATION_ADDED,
    EventKind.WITHDRAWN,
    EventKind.REOPENED,
    EventKind.OWNER_SETTLED,
    EventKind.SUPPLEMENT_ASKED,
    EventKind.EXTENDED,
    EventKind.DUE_DATE_MOVED,
    EventKind.INTERIM_SENT,
    EventKind.CORRECTED,
    EventKind.PROMISE_SETTLED,
    EventKind.TRANSFERRED,
    EventKind.NOT_PROCESSED,
    EventKind.MERGED,
    EventKind.SPLIT,
    EventKind.TOLD_LATE,
    EventKind.IMPROVEMENT_RECORDED,
    EventKind.SITE_VISITED,
}
# What of an event its citizen is told; nothing else of it is. Of a visit only that it was.
TOLD = {
    EventKind.REPLIED: "text",
    EventKind.CLOSED: "reason",
    EventKind.ASSIGNED: "section",
    EventKind.OWNER_SETTLED: "section",
    EventKind.SUPPLEMENT_ASKED: "what",
    EventKind.EXTENDED: "reason",
    EventKind.DUE_DATE_MOVED: "cause",
    EventKind.INTERIM_SENT: "text",
    EventKind.CORRECTED: "text",
    EventKind.PROMISE_SETTLED: "evidence",
    EventKind.TRANSFERRED: "agency",
    EventKind.NOT_PROCESSED: "why",
    EventKind.TOLD_LATE: "reason",
    EventKind.IMPROVEMENT_RECORDED: "evidence",
}


def my_cases(tx: Session, address: Address, *, now: datetime) -> list[Progress]:
    """The cases of the citizen at this address, open ones first, newest first, at most nine."""
    owned = (
        select(Case)
        .join(Citizen)
        .where(Citizen.channel == address.channel, Citizen.name == address.name)
        .order_by(Case.status.in_([s.value for s in OPEN]).desc(), Case.id.desc())
        .limit(MOST_LISTED)
    )
    calendar = calendars.load(tx)
    return [_progress(case, calendar, office_date(now), steps=()) for case in tx.scalars(owned)]


def owned_case(tx: Session, address: Address, case_no: str) -> Case:
    """The citizen's own case of this number; raises UnknownCase for anybody else's."""
    case = tx.scalar(select(Case).where(Case.case_no == case_no))
    if case is None or case.citizen.address != address:
        raise UnknownCase(case_no)
    return case


def show(tx: Session, case: Case, *, now: datetime) -> Progress:
    """One case with its timeline."""
    rows = tx.scalars(select(Event).where(Event.case_id == case.id).order_by(Event.id))
    steps = tuple(_step(row) for row in rows if EventKind(row.kind) in SHOWN)
    owed = select(Promise).where(Promise.case_id == case.id, Promise.state == "open")
    promised = tuple((one.text, one.due_on) for one in tx.scalars(owed.order_by(Promise.due_on)))
    return _progress(case, calendars.load(tx), office_date(now), steps, promised)


def look_up(tx: Session, case_no: str, code: str, *, now: datetime) -> Progress | None:
    """A case by number and look-up code, without log-in; None when they do not belong together.

    Five wrong codes lock the number for 15 minutes, whether such a case exists or not, so that
    the answer tells nothing; raises LookupLocked meanwhile. The caller commits also after None.
    """
    case_no = case_no.strip().upper()[:LONGEST_CASE_NO]
    _refuse_if_locked(tx, case_no, now)
    case = tx.scalar(select(Case).where(Case.case_no == case_no))
    given = code.strip().upper().encode()
    if case and hmac.compare_digest(case.lookup_code.encode(), given):
        return show(tx, case, now=now)
    _count_failure(tx, case_no, now)
    return None


def _refuse_if_locked(tx: Session, case_no: str, now: datetime) -> None:
    failed = tx.get(FailedLookup, case_no)
    if failed and failed.locked_until and failed.locked_until > now:
        raise LookupLocked(case_no)


def _count_failure(tx: Session, case_no: str, now: datetime) -> None:
    insert_if_absent(tx, FailedLookup, case_no=case_no, failures=0)
    failed = tx.get_one(FailedLookup, case_no, with_for_update=True, populate_existing=True)
    failed.failures += 1
    if failed.failures >= LOCK_AFTER:
        failed.failures = 0
        failed.locked_until = now + LOCK_FOR


def _step(row: Event) -> Step:
    kind = EventKind(row.kind)
    return Step(kind, _moment(row), str(row.data.get(TOLD.get(kind, ""), "")))


def _moment(row: Event) -> datetime:
    """When it happened: a visit is taken down later than it was made."""
    visited = row.data.get("visited_at") if row.kind == EventKind.SITE_VISITED else None
    return datetime.fromisoformat(visited) if visited else row.at


def _progress(
    case: Case,
    calendar: WorkCalendar,
    today: date,
    steps: tuple[Step, ...],
    promised: tuple[tuple[str, date], ...] = (),
) -> Progress:
    running = case.state in RUNNING and not case.paused
    late = running and today > case.due_on
    left = calendar.between(today, case.due_on) if running and not late else None
    return Progress(
        case_no=case.case_no,
        subject=case.subject,
        status=case.state,
        section=SECRETARIAT if case.with_secretary else case.section.name,
        received_on=case.received_on,
        due_on=case.due_on,
        closed_on=case.closed_on,
        days_left=left,
        late=late,
        extensions=case.extensions,
        improved_on=case.improved_on,
        promised=promised,
        steps=steps,
    )
