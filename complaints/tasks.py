"""Work for people that the program cannot do itself: a call, a letter, a decision."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from complaints.clock import calendars
from complaints.clock.workdays import office_date
from complaints.errors import IncompletePetition, NothingToDecide, NotPermitted
from complaints.roles import HANDLERS, OWN_SECTION, Role
from complaints.tables import Case, Officer, Task
from data.database import insert_if_absent, insert_row


class TaskKind(StrEnum):
    """What has to be done."""

    CALL = "call"
    LETTER = "letter"
    EMAIL = "email"
    SETTLE_OWNER = "settle_owner"
    CONSULTATION = "consultation"
    PROMISE = "promise"
    NEWS = "news"
    REVIEW = "review"
    SECOND_REVIEW = "second_review"
    CALL_BACK = "call_back"
    URGENT_ON_SITE = "urgent_on_site"
    DECISION = "decision"


def make(
    tx: Session,
    key: str,
    kind: TaskKind,
    about: str,
    *,
    now: datetime,
    case: Case | None = None,
    section_id: int | None = None,
    role: Role | None = None,
    due_on: date | None = None,
) -> bool:
    """Make a piece of work once for its key; False when it is there already.

    Without a date it is for the next working day; without a section for the case's own.
    """
    return insert_if_absent(
        tx,
        Task,
        key=key,
        kind=kind,
        case_id=case.id if case else None,
        section_id=section_id or (case.section_id if case else None),
        role=role,
        about=about,
        due_on=due_on or calendars.load(tx).after(office_date(now), 1),
        made_at=now,
    )


def make_done(
    tx: Session,
    key: str,
    kind: TaskKind,
    about: str,
    result: str,
    *,
    case: Case,
    by: Officer,
    now: datetime,
) -> int:
    """Keep on record a piece of work that was done as it came up; its number."""
    return insert_row(
        tx,
        Task,
        key=key,
        kind=kind,
        case_id=case.id,
        section_id=case.section_id,
        about=about,
        due_on=office_date(now),
        made_at=now,
        done_at=now,
        done_by_id=by.id,
        result=result,
    )


def settle(tx: Session, task_id: int, result: str, *, by: Officer, now: datetime) -> Task:
    """Note what came of a task; raises NothingToDecide, or IncompletePetition without a result."""
    if not result.strip():
        raise IncompletePetition("result")
    task = tx.get(Task, task_id, with_for_update={"of": Task}, populate_existing=True)
    if task is None or task.done_at is not None:
        raise NothingToDecide(f"task {task_id}")
    task.done_at, task.done_by_id, task.result = now, by.id, result
    tx.flush()
    return task


def waiting(
    tx: Session, *, section_id: int | None = None, role: Role | None = None
) -> Sequence[Task]:
    """Tasks not done, the most urgent first: all, or those of a section or of a role."""
    found = select(Task).where(Task.done_at.is_(None)).order_by(Task.due_on, Task.id)
    mine = [Task.section_id == section_id] if section_id is not None else []
    mine += [Task.role == role] if role else []
    return tx.scalars(found.where(or_(*mine)) if mine else found).all()


def settle_for(
    tx: Session, case: Case, kind: TaskKind, result: str, *, by: Officer | None, now: datetime
) -> None:
    """Settle every waiting task of a kind of a case: what it asked for has been done."""
    open_ones = select(Task).where(
        Task.case_id == case.id, Task.kind == kind, Task.done_at.is_(None)
    )
    for task in tx.scalars(open_ones):
        task.done_at, task.done_by_id, task.result = now, by.id if by else None, result
    tx.flush()


def consulted(tx: Session, officer: Officer) -> frozenset[int]:
    """The ids of the cases on which the officer's section is asked for its view."""
    asked = select(Task.case_id).where(
        Task.kind == TaskKind.CONSULTATION,
        Task.done_at.is_(None),
        Task.section_id == officer.section_id,
    )
    return frozenset(one for one in tx.scalars(asked) if one is not None)


def consultations(tx: Session, case: Case, officer: Officer) -> Sequence[Task]:
    """What an officer's section is asked about a case and has not answered."""
    asked = select(Task).where(
        Task.case_id == case.id, Task.kind == TaskKind.CONSULTATION, Task.done_at.is_(None)
    )
    rows = tx.scalars(asked.order_by(Task.id)).all()
    return [one for one in rows if one.section_id == officer.section_id]


def held(tx: Session, task_id: int, kind: TaskKind) -> Task:
    """A waiting task of this kind; raises NothingToDecide."""
    task = tx.get(Task, task_id, with_for_update={"of": Task}, populate_existing=True)
    if task is None or task.kind != kind or task.done_at is not None:
        raise NothingToDecide(f"{kind} {task_id}")
    return task


def require_for(task: Task, case: Case, by: Officer) -> None:
    """Raise NotPermitted unless the task belongs to this case and to the officer's section."""
    own_section = Role(by.role) in OWN_SECTION
    elsewhere = own_section and task.section_id != by.section_id
    if not by.active or task.case_id != case.id or elsewhere or Role(by.role) not in HANDLERS:
        raise NotPermitted(task.kind)


def settle_key(tx: Session, key: str, result: str, *, by: Officer, now: datetime) -> None:
    """Settle the task of this key, if there is one waiting."""
    task = tx.scalar(select(Task).where(Task.key == key, Task.done_at.is_(None)))
    if task:
        task.done_at, task.done_by_id, task.result = now, by.id, result
        tx.flush()
