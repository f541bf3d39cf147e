"""Everything that may be done to a case: one function for each verb.

Each checks the version it was asked for and the status, appends one event, and queues the
notice to the citizen in the caller's transaction.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import calendars, wording
from complaints.deadlines import Explanation, Moved, explain
from complaints.errors import (
    IncompletePetition,
    StaleCase,
    UnknownCase,
    UnknownOfficer,
    UnknownSection,
)
from complaints.intake import SentFile, attachment, limit_for
from complaints.routing import Topic
from complaints.states import RUNNING, Action, EventKind, Outcome, after
from complaints.tables import Case, Event, Officer, Section, record
from complaints.workdays import office_date
from data import outbox
from data.outbox import Message

CLOCK_MOVES = (EventKind.RECEIVED, EventKind.REOPENED)
GRADES = range(1, 6)


def locked(tx: Session, case_no: str, version: int | None = None) -> Case:
    """The case, held until the transaction ends; raises UnknownCase or StaleCase."""
    held = select(Case).where(Case.case_no == case_no).with_for_update(of=Case)
    case = tx.scalar(held.execution_options(populate_existing=True))
    if case is None:
        raise UnknownCase(case_no)
    if version is not None and case.version != version:
        raise StaleCase(case_no)
    return case


def assign(
    tx: Session,
    case_no: str,
    *,
    section: str,
    handler: str | None,
    by: Officer,
    version: int,
    now: datetime,
    topic: Topic | None = None,
) -> Event:
    """Give the case to a section (by code) and, if named, to an officer (by user name).

    A topic puts right what was guessed at filing; later cases are routed by it.
    """
    case = locked(tx, case_no, version)
    case.status = after(case.state, Action.ASSIGN)
    case.topic = topic or case.topic
    case.section = _section(tx, section)
    case.handler = _handler(tx, handler) if handler else None
    case.version += 1
    who = case.handler.name if case.handler else None
    return record(
        tx,
        case,
        EventKind.ASSIGNED,
        now=now,
        by=by,
        section=case.section.name,
        handler=who,
        topic=case.topic,
    )


def reply(
    tx: Session, case_no: str, text: str, *, by: Officer, version: int, now: datetime
) -> Event:
    """Send the office's answer to the citizen and stop the response clock."""
    if not text.strip():
        raise IncompletePetition("text")
    case = locked(tx, case_no, version)
    running = case.state in RUNNING
    case.status = after(case.state, Action.REPLY)
    case.version += 1
    if running:
        case.replied_on = office_date(now)
    due = case.due_on.isoformat()
    happened = record(
        tx, case, EventKind.REPLIED, now=now, by=by, text=text, due_on=due, stops_clock=running
    )
    _notify(tx, case, wording.reply(case, text), happened, now)
    return happened


def close(
    tx: Session,
    case_no: str,
    *,
    outcome: Outcome,
    reason: str,
    by: Officer,
    version: int,
    now: datetime,
) -> Event:
    """Close an answered case; outcome and reason are compulsory (行政程序法 §171)."""
    if not reason.strip():
        raise IncompletePetition("reason")
    case = locked(tx, case_no, version)
    case.status = after(case.state, Action.CLOSE)
    case.outcome = outcome
    case.closed_on = office_date(now)
    case.version += 1
    done_on, due = case.replied_on or case.closed_on, case.due_on
    happened = record(
        tx,
        case,
        EventKind.CLOSED,
        now=now,
        by=by,
        outcome=outcome,
        reason=reason,
        done_on=done_on.isoformat(),
        due_on=due.isoformat(),
        section=case.section.name,
    )
    _notify(tx, case, wording.closed(case, reason), happened, now)
    return happened


def add_information(
    tx: Session, case_no: str, text: str, *, files: Sequence[SentFile] = (), now: datetime
) -> Event:
    """Keep what the citizen adds, beside what was said before."""
    case = locked(tx, case_no)
    case.status = after(case.state, Action.ADD_INFORMATION)
    case.version += 1
    case.attachments.extend(attachment(sent, now) for sent in files)
    return record(tx, case, EventKind.INFORMATION_ADDED, now=now, text=text, files=len(files))


def withdraw(tx: Session, case_no: str, *, now: datetime) -> Event:
    """End the case at the citizen's wish; the record stays."""
    case = locked(tx, case_no)
    case.status = after(case.state, Action.WITHDRAW)
    case.outcome = Outcome.WITHDRAWN
    case.closed_on = office_date(now)
    case.version += 1
    happened = record(tx, case, EventKind.WITHDRAWN, now=now, section=case.section.name)
    _notify(tx, case, wording.withdrawn(case), happened, now)
    return happened


def confirm_improved(tx: Session, case_no: str, *, now: datetime) -> Event:
    """Keep the citizen's word that the matter is solved: replied is not yet improved."""
    return _feedback(tx, case_no, EventKind.CONFIRMED_IMPROVED, now)


def note_not_improved(tx: Session, case_no: str, *, now: datetime) -> Event:
    """Keep the citizen's word that there was an answer but no improvement yet."""
    return _feedback(tx, case_no, EventKind.NOT_IMPROVED, now)


def reopen_dissatisfied(tx: Session, case_no: str, *, reason: str, now: datetime) -> Event:
    """Take the case up again because the citizen is not satisfied; a new clock starts."""
    case = locked(tx, case_no)
    case.status = after(case.state, Action.REOPEN)
    record(tx, case, EventKind.DISSATISFIED, now=now, reason=reason)
    case.replied_on = case.closed_on = case.outcome = None
    case.version += 1
    why = clock(tx, case, extra=[Moved(EventKind.REOPENED, office_date(now))])
    case.due_on, case.calendar_version = why.due_on, why.calendar_version
    happened = record(
        tx, case, EventKind.REOPENED, now=now, due_on=case.due_on.isoformat(), reason=reason
    )
    _notify(tx, case, wording.reopened(case), happened, now)
    return happened


def rate(tx: Session, case_no: str, grade: int, *, now: datetime) -> Event:
    """Keep the citizen's grade, 1 to 5; a later grade replaces the shown one, not the record."""
    if grade not in GRADES:
        raise IncompletePetition("grade")
    case = locked(tx, case_no)
    after(case.state, Action.GIVE_FEEDBACK)
    case.satisfaction = grade
    return record(tx, case, EventKind.SATISFACTION_RATED, now=now, grade=grade)


def note_delivery(
    tx: Session, event_id: int, *, problem: str | None, channel: str, now: datetime
) -> None:
    """Record that the notice of an event reached the citizen's channel, or why it could not."""
    about = tx.get(Event, event_id)
    if about is None:
        return
    case = locked(tx, about.case.case_no)
    case.unreached = problem is not None
    kind = EventKind.UNDELIVERABLE if problem else EventKind.DELIVERED
    record(tx, case, kind, now=now, event=event_id, of=about.kind, to=channel, problem=problem)


def clock(tx: Session, case: Case, *, extra: Sequence[Moved] = ()) -> Explanation:
    """How the due date of a case follows from its history."""
    kinds = [kind.value for kind in CLOCK_MOVES]
    rows = tx.scalars(
        select(Event).where(Event.case_id == case.id, Event.kind.in_(kinds)).order_by(Event.id)
    )
    history = [Moved(EventKind(row.kind), _day(row)) for row in rows]
    return explain([*history, *extra], limit_for(tx, case.kind), calendars.load(tx))


def _day(happened: Event) -> date:
    return office_date(happened.at)


def _feedback(tx: Session, case_no: str, kind: EventKind, now: datetime) -> Event:
    case = locked(tx, case_no)
    after(case.state, Action.GIVE_FEEDBACK)
    return record(tx, case, kind, now=now)


def _notify(tx: Session, case: Case, notice: Message, happened: Event, now: datetime) -> None:
    key = f"event:{happened.id}"
    outbox.post(tx, case.citizen.address, notice, key=key, now=now, about=key)


def _section(tx: Session, code: str) -> Section:
    section = tx.scalar(select(Section).where(Section.code == code, Section.active))
    if section is None:
        raise UnknownSection(code)
    return section


def _handler(tx: Session, username: str) -> Officer:
    officer = tx.scalar(select(Officer).where(Officer.username == username, Officer.active))
    if officer is None:
        raise UnknownOfficer(username)
    return officer
