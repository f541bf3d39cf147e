"""Telling officers what is due, and citizens what is late, before either has to ask.

Everything is told once: the key of a reminder names case, reason, due date and officer. Officers
are told in office hours; who is away is replaced by the deputy; the later it gets, the higher
it goes.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, or_, select, true, update
from sqlalchemy.orm import Session

from complaints import notices, practice, staffing, tasks
from complaints.clock import calendars
from complaints.clock.workdays import TAIPEI, WorkCalendar, office_date
from complaints.errors import CalendarMissing
from complaints.handling.cases import locked
from complaints.handling.promising import due_promises, remind_of_promise
from complaints.practice import Practice
from complaints.roles import CLOSED_CIRCLE, HANDLERS, OWN_SECTION, Role
from complaints.states import RUNNING, EventKind, Kind
from complaints.tables import Case, Event, Officer, Reminder, Task, record
from complaints.tasks import TaskKind
from complaints.wording import notices as wording
from complaints.wording.terms import roc_date
from data import outbox
from data.database import insert_if_absent
from data.outbox import Address, Message

NEWS_WITHIN = 1  # working days after word of a late answer
LATE_HOUR = timedelta(hours=1)  # before closing time on the due date
NEXT_YEAR_KNOWN_BY = 7  # month; the official calendar appears about June
BATCH = 200
NO_SECTION = 0


class Due(StrEnum):
    """How near the due date is."""

    SOON = "due_soon"
    TODAY = "due_today"
    LATE = "overdue"


WORDS = {Due.SOON: "即將到期", Due.TODAY: "今日到期", Due.LATE: "已逾期"}
# Beside the handler: whom each stage reaches.
ESCALATES: dict[Due, tuple[Role, ...]] = {
    Due.SOON: (),
    Due.TODAY: (Role.SECTION_CHIEF,),
    Due.LATE: (Role.SECTION_CHIEF, Role.SECRETARY),
}


def in_office_hours(moment: datetime, calendar: WorkCalendar, choices: Practice) -> bool:
    """Whether the office is open at this moment."""
    local = moment.astimezone(TAIPEI)
    if local.year not in calendar.years or not calendar.works(local.date()):
        return False
    return choices.office_opens <= local.time() < choices.office_closes


def cases_to_look_at(tx: Session, *, now: datetime) -> list[str]:
    """Numbers of the cases whose due date is near or gone, the most urgent first."""
    choices, calendar = practice.load(tx), calendars.load(tx)
    today = office_date(now)
    if today.year not in calendar.years:
        return []
    last = _last_soon(today, calendar, choices)
    near = (
        select(Case.case_no)
        .where(Case.status.in_([status.value for status in RUNNING]))
        .where(Case.paused.is_(False), Case.due_on <= last)
        .order_by(Case.due_on, Case.id)
    )
    return list(tx.scalars(near))


def look_at(tx: Session, case_no: str, *, now: datetime) -> int:
    """Remind of one case whoever has to know; return how many were told, officers and citizen."""
    case = locked(tx, case_no)
    choices, calendar = practice.load(tx), calendars.load(tx)
    if case.state not in RUNNING or case.paused:
        return 0
    today = office_date(now)
    stage = _stage(case, today, _last_soon(today, calendar, choices))
    told = 0
    if stage and in_office_hours(now, calendar, choices):
        told = sum(_remind(tx, case, stage, who, now) for who in _whom(tx, case, stage, today))
    if stage and _is_late(case, now, choices):
        told += _tell_late(tx, case, calendar, now)
    return told


def look_at_promises(tx: Session, *, now: datetime) -> int:
    """Make work of promises whose day has come; return of how many."""
    return sum(remind_of_promise(tx, one, now=now) for one in due_promises(tx, office_date(now)))


def tell(
    tx: Session, officers: Iterable[Officer], kind: str, key: str, text: str, *, now: datetime
) -> int:
    """Remind officers of what is no case's, once for the key and each of them; how many it was."""
    return sum(_post(tx, who, None, kind, key, text, now) for who in officers)


def is_told(tx: Session, key: str, officer: Officer) -> bool:
    """Whether an officer was reminded of this."""
    mark = _mark(key, officer)
    return tx.scalar(select(Reminder.id).where(Reminder.key == mark)) is not None


def digest(tx: Session, officer: Officer, *, now: datetime, extra: Sequence[str] = ()) -> bool:
    """Send an officer the morning's figures of their desk; once a day, in office hours.

    `extra` are lines of other rooms, such as questions nobody could answer.
    """
    choices, calendar = practice.load(tx), calendars.load(tx)
    if not in_office_hours(now, calendar, choices) or Role(officer.role) not in HANDLERS:
        return False
    today = office_date(now)
    if staffing.stands_in(tx, officer, today).id != officer.id:
        return False
    lines = [f"{roc_date(today)} 今日工作", *_desk(tx, officer, today, now), *extra]
    if missing := year_to_import(calendar, today):
        lines.append(f"{missing} 年辦公日曆表尚未匯入或仍為推算，請匯入人事總處公告版")
    return _post(tx, officer, None, "digest", f"digest:{today}", "\n".join(lines), now)


def is_open(tx: Session, *, now: datetime) -> bool:
    """Whether the office is open now."""
    return in_office_hours(now, calendars.load(tx), practice.load(tx))


def has_digest(tx: Session, officer: Officer, *, now: datetime) -> bool:
    """Whether an officer had the morning's figures today."""
    key = f"digest:{office_date(now)}:{officer.id}"
    return tx.scalar(select(Reminder.id).where(Reminder.key == key)) is not None


def year_to_import(calendar: WorkCalendar, today: date) -> int | None:
    """The year whose official calendar should be in by now; None when all is well."""
    if today.year not in calendar.years:
        return today.year
    upcoming = today.year + 1
    missing = upcoming not in calendar.years or upcoming in calendar.provisional
    return upcoming if missing and today.month >= NEXT_YEAR_KNOWN_BY else None


def unread(tx: Session, officer: Officer) -> Sequence[Reminder]:
    """What an officer was told and has not seen, newest first."""
    mine = select(Reminder).where(Reminder.officer_id == officer.id, Reminder.read_at.is_(None))
    return tx.scalars(mine.order_by(Reminder.id.desc()).limit(BATCH)).all()


def mark_read(tx: Session, officer: Officer, *, now: datetime) -> int:
    """Note that an officer has seen everything so far; return how much it was."""
    mine = Reminder.officer_id == officer.id, Reminder.read_at.is_(None)
    seen = tx.execute(update(Reminder).where(*mine).values(read_at=now).returning(Reminder.id))
    return len(seen.all())


def _last_soon(today: date, calendar: WorkCalendar, choices: Practice) -> date:
    try:
        return calendar.after(today, choices.due_soon_days)
    except CalendarMissing:  # at the end of the last year: what is due today is told all the same
        return today


def _stage(case: Case, today: date, last_soon: date) -> Due | None:
    if case.due_on < today:
        return Due.LATE
    if case.due_on == today:
        return Due.TODAY
    return Due.SOON if case.due_on <= last_soon else None


def _whom(tx: Session, case: Case, stage: Due, today: date) -> Iterable[Officer]:
    """Handler, or the chiefs where there is none, and above; each replaced while away."""
    told = _there(tx, case, [case.handler] if case.handler else [], today)
    told = told or _there(tx, case, _leading(tx, case, (Role.SECTION_CHIEF,)), today)
    told += _there(tx, case, _leading(tx, case, ESCALATES[stage]), today)
    told = told or _there(tx, case, _leading(tx, case, (Role.CASE_CONTROLLER,)), today)
    return {one.id: one for one in told}.values()


def _there(tx: Session, case: Case, people: Sequence[Officer], today: date) -> list[Officer]:
    """Who answers for these people today; a deputy does not enter the circle of a report."""
    closed = case.kind == Kind.MISCONDUCT_REPORT
    found = [staffing.stands_in(tx, one, today) for one in people]
    return [
        one
        for one in found
        if one.active
        and (not closed or one.id == case.handler_id or Role(one.role) in CLOSED_CIRCLE)
    ]


def _leading(tx: Session, case: Case, roles: Sequence[Role]) -> list[Officer]:
    # A report of misconduct stays in its circle: its delay is told there and nowhere else.
    closed = case.kind == Kind.MISCONDUCT_REPORT
    wanted = [Role.ETHICS, Role.DIRECTOR] if closed and roles else roles
    found = select(Officer).where(Officer.role.in_([role.value for role in wanted]))
    return [
        one
        for one in tx.scalars(found.order_by(Officer.id))
        if Role(one.role) not in OWN_SECTION or one.section_id == case.section_id
    ]


def _remind(tx: Session, case: Case, stage: Due, who: Officer, now: datetime) -> bool:
    text = f"{case.case_no} {WORDS[stage]}（期限 {roc_date(case.due_on)}）：{case.subject}"
    return _post(tx, who, case, stage, f"case:{case.id}:{stage}:{case.due_on}", text, now)


def _post(
    tx: Session, who: Officer, case: Case | None, kind: str, key: str, text: str, now: datetime
) -> bool:
    mark = _mark(key, who)
    row = {"officer_id": who.id, "case_id": case.id if case else None, "kind": kind}
    fresh = insert_if_absent(tx, Reminder, key=mark, text=text, at=now, **row)
    if fresh and who.alert_channel and who.alert_name:
        to = Address(who.alert_channel, who.alert_name)
        outbox.post(tx, to, Message(text), key=f"reminder:{mark}", now=now)
    return fresh


def _mark(key: str, who: Officer) -> str:
    return f"{key}:{who.id}"


def _is_late(case: Case, now: datetime, choices: Practice) -> bool:
    closing = datetime.combine(case.due_on, choices.office_closes, TAIPEI)
    return now >= closing - LATE_HOUR


def _tell_late(tx: Session, case: Case, calendar: WorkCalendar, now: datetime) -> bool:
    """Tell the citizen, once for each due date, and have somebody give news as was said."""
    news_by = _news_by(office_date(now), calendar)
    key = f"late:{case.id}:{case.due_on}"
    about = f"{case.case_no} 逾期未答復，請在 {roc_date(news_by)} 前給民眾進度"
    if not tasks.make(tx, key, TaskKind.NEWS, about, now=now, case=case, due_on=news_by):
        return False
    reason = _reason(tx, case)
    happened = record(
        tx,
        case,
        EventKind.TOLD_LATE,
        now=now,
        reason=reason,
        news_by=news_by.isoformat(),
        late_for=case.due_on.isoformat(),
    )
    notice = wording.late(case, reason, news_by)
    notices.tell(tx, case, notice, happened, now=now, not_before=notices.not_at_night(tx, now))
    return True


def _news_by(today: date, calendar: WorkCalendar) -> date:
    try:
        return calendar.after(today, NEWS_WITHIN)
    except CalendarMissing:  # no day beyond the last year can be promised
        return today


def _reason(tx: Session, case: Case) -> str:
    """Why it is late, as the handler wrote it for the citizen; nothing is made up."""
    begun = select(func.max(Event.id)).where(
        Event.case_id == case.id,
        Event.kind.in_([EventKind.RECEIVED.value, EventKind.REOPENED.value]),
    )
    given = (
        select(Event)
        .where(Event.case_id == case.id, Event.kind == EventKind.DELAY_EXPLAINED)
        .where(Event.id > begun.scalar_subquery())
        .order_by(Event.id.desc())
        .limit(1)
    )
    row = tx.scalar(given)
    return str(row.data["reason"]) if row else ""


def _desk(tx: Session, officer: Officer, today: date, now: datetime) -> list[str]:
    role, mine = Role(officer.role), _own(tx, officer, today)
    running = (Case.status.in_([status.value for status in RUNNING]), Case.paused.is_(False), mine)
    yesterday = datetime.combine(_last_working_day(tx, today), time(), TAIPEI)
    added = Event.kind == EventKind.INFORMATION_ADDED, Event.at >= yesterday
    figures = {
        "今日到期": _count(tx, *running, Case.due_on == today),
        "逾期": _count(tx, *running, Case.due_on < today),
        "新收": _count(tx, mine, Case.received_at >= yesterday),
        "民眾有補充": _count(tx, mine, Case.id.in_(select(Event.case_id).where(*added))),
        "通知未送達": _count(tx, mine, Case.unreached.is_(True)),
    }
    waiting = select(func.count()).select_from(Task).where(Task.done_at.is_(None))
    if role in OWN_SECTION:
        waiting = waiting.where(Task.section_id == (officer.section_id or NO_SECTION))
    figures["待辦工作"] = tx.scalar(waiting) or 0
    return [f"{name} {n}" for name, n in figures.items()]


def _own(tx: Session, officer: Officer, today: date) -> ColumnElement[bool]:
    """The cases of an officer's desk: a clerk's own, a chief's section, else the office's."""
    role = Role(officer.role)
    handled = Case.handler_id.in_(staffing.covered_by(tx, officer, today))
    if role is Role.CLERK:
        return handled
    everybodys = or_(Case.kind != Kind.MISCONDUCT_REPORT, handled)
    if role in OWN_SECTION:
        return and_(Case.section_id == officer.section_id, everybodys)
    return true() if role in CLOSED_CIRCLE else everybodys


def _last_working_day(tx: Session, today: date) -> date:
    calendar = calendars.load(tx)
    day = today - timedelta(days=1)
    while day.year in calendar.years and not calendar.works(day):
        day -= timedelta(days=1)
    return day


def _count(tx: Session, *where: ColumnElement[bool]) -> int:
    return tx.scalar(select(func.count()).select_from(Case).where(*where)) or 0
