"""A second look at a case whose citizen gave a low grade, by somebody who did not handle it."""

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from complaints import notices, tasks
from complaints.clock import calendars
from complaints.clock.workdays import office_date
from complaints.errors import CalendarMissing, NotPermitted
from complaints.handling.cases import permit
from complaints.privacy import guard
from complaints.roles import Role
from complaints.states import Action, Aspect, EventKind, Fault, Kind
from complaints.tables import Case, Event, Officer, Task, record
from complaints.tasks import TaskKind
from complaints.wording import notices as wording
from complaints.wording.terms import ASPECTS, FAULTS
from data.masking import mask_numbers

LOW = frozenset({1, 2})
WITHIN = 3  # working days


def ask(tx: Session, case: Case, aspect: Aspect, grade: int, *, now: datetime) -> bool:
    """Make a second look the section chief's work, once each time a case is taken up.

    Of a report of misconduct it is the ethics officer's. False when it is there already.
    """
    misconduct = case.kind == Kind.MISCONDUCT_REPORT
    about = f"民眾對{ASPECTS[aspect][0]}給 {grade} 分，請由承辦人以外的同仁複查。"
    return tasks.make(
        tx,
        f"second-review:{case.id}:{_times_reopened(tx, case)}",
        TaskKind.SECOND_REVIEW,
        about,
        now=now,
        case=case,
        role=Role.ETHICS if misconduct else Role.SECTION_CHIEF,
        due_on=_due(tx, now),
    )


def add(tx: Session, case: Case, fault: Fault, said: str) -> None:
    """Tell whoever will look at the case what the citizen found wrong."""
    waiting = select(Task).where(
        Task.case_id == case.id, Task.kind == TaskKind.SECOND_REVIEW, Task.done_at.is_(None)
    )
    words = f"{FAULTS[fault][0]}。{said}" if said else FAULTS[fault][0]
    for task in tx.scalars(waiting):
        task.about = f"{task.about}\n民眾的理由：{words}"


def end(tx: Session, case: Case, task: Task, words: str, *, by: Officer, now: datetime) -> Event:
    """Keep what the second look found, and tell the citizen the words there are for them.

    Raises NotPermitted for who handled the case or may not take it up again, and LeaksIdentity.
    """
    if case.handler_id == by.id:
        raise NotPermitted(TaskKind.SECOND_REVIEW)
    permit(tx, by, Action.REOPEN, case, now)
    words = mask_numbers(words.strip())
    guard.refuse(tx, words, case, to_others=False, now=now)
    told = {"told": words} if words else {}
    noted = {"task": task.id, "text": task.result, **told}
    happened = record(tx, case, EventKind.NOTED, now=now, by=by, **noted)
    if words:
        notices.tell(tx, case, wording.reviewed(case, words), happened, now=now)
    return happened


def _times_reopened(tx: Session, case: Case) -> int:
    again = select(func.count()).where(Event.case_id == case.id, Event.kind == EventKind.REOPENED)
    return tx.scalar(again) or 0


def _due(tx: Session, now: datetime) -> date:
    today = office_date(now)
    try:
        return calendars.load(tx).after(today, WITHIN)
    except CalendarMissing:  # no citizen's grade is refused for that
        return today
