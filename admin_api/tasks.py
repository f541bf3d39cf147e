"""Routes: work for people, and reminders."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from fastapi import HTTPException, Path, Response
from fastapi.responses import JSONResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_api import policy
from admin_api.access import AsOfficer, AtDoor, Carried, IdempotencyKey, StaffDoor, perform
from admin_api.cases import sight
from admin_api.narrowing import NarrowRouter
from admin_api.policy import NO_SECTION, Verb
from admin_api.schemas import tasks as schemas
from complaints import handling, reminders, tasks
from complaints.clock.workdays import office_date
from complaints.errors import NothingToDecide
from complaints.roles import OWN_SECTION, Role
from complaints.tables import Case, Officer, Reminder, Section, Task
from complaints.tasks import TaskKind
from complaints.worklist import LARGEST_ID, Sight
from data.database import reading

router = NarrowRouter(prefix="/api/v1", tags=["tasks"])
TaskId = Annotated[int, Path(ge=1, lt=LARGEST_ID)]
# Work that is done by a verb of the case (or of the decision), which also settles the task.
OWN_VERB = {
    TaskKind.CONSULTATION: "answer-consultation",
    TaskKind.SETTLE_OWNER: "settle-owner",
    TaskKind.PROMISE: "settle-promise",
    TaskKind.DECISION: "finish (decisions)",
}


# --- work -----------------------------------------------------------------------------------
@router.get("/tasks", summary="待辦工作 / Work to do")
def read_tasks(door: AtDoor, officer: AsOfficer) -> list[schemas.TaskOut]:
    """My section's and my role's, for those above the sections all; the most urgent first."""
    policy.require(officer, Verb.READ_CASES)
    with reading(door.engine) as tx:
        return theirs(tx, officer, door.clock())


@router.post(
    "/tasks/{number}/settle",
    response_model=schemas.TaskOut,
    summary="完成一項工作 / Settle a piece of work",
)
def settle_task(
    number: TaskId,
    body: schemas.Settled,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """What came of it; a call that did not reach the citizen becomes a letter."""
    return _done(settle(door, officer, key, number, body))


def settle(
    door: StaffDoor, officer: Officer, key: str | None, number: int, body: schemas.Settled
) -> Carried:
    """Note what came of a piece of work that is this officer's, once for a request key."""

    def act(tx: Session, now: datetime) -> Carried:
        _require_settleable(tx, number, officer, now)
        task = handling.settle_task(
            tx,
            number,
            body.result,
            reached=body.reached,
            by=officer,
            now=now,
            words=body.words,
        )
        (shown,) = _tasks_out(tx, [task], office_date(now))
        return Carried(200, shown.model_dump(mode="json"))

    request = ["settle", number, body.model_dump(mode="json")]
    return perform(door, officer, Verb.READ_CASES, key, request, act)


# --- reminders ------------------------------------------------------------------------------
@router.get("/reminders", summary="提醒 / What I was told")
def read_reminders(door: AtDoor, officer: AsOfficer) -> list[schemas.ReminderOut]:
    """What I have not seen yet, newest first."""
    policy.require(officer, Verb.READ_CASES)
    with reading(door.engine) as tx:
        return [reminder_out(tx, one) for one in reminders.unread(tx, officer)]


@router.post(
    "/reminders/read",
    response_model=schemas.ReadOut,
    operation_id="mark_reminders_read",
    summary="標示已讀 / Mark them as seen",
)
def mark_read(door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None) -> Response:
    """Everything `GET /reminders` shows me now."""

    def act(tx: Session, now: datetime) -> Carried:
        return Carried(200, {"read": reminders.mark_read(tx, officer, now=now)})

    return _done(perform(door, officer, Verb.READ_CASES, key, ["read"], act))


def theirs(tx: Session, officer: Officer, now: datetime) -> list[schemas.TaskOut]:
    """The work that waits for an officer, the most urgent first."""
    role, seen = Role(officer.role), sight(tx, officer, now)
    section = (officer.section_id or NO_SECTION) if role in OWN_SECTION else None
    found = tasks.waiting(tx, section_id=section, role=None if section is None else role)
    rows = [row for row in found if _is_theirs(row, officer, seen) and _may_review(row, officer)]
    return _tasks_out(tx, rows, office_date(now))


# --- inside ---------------------------------------------------------------------------------
def _done(carried: Carried) -> JSONResponse:
    return JSONResponse(carried.body, carried.status)


def _is_theirs(task: Task, officer: Officer, seen: Sight) -> bool:
    """Whether the task is for this officer, and tells of no case out of their sight."""
    role = Role(officer.role)
    own = task.section_id is not None and task.section_id == officer.section_id
    if role in OWN_SECTION and not own and task.role != role:
        return False
    asked = own and task.kind == TaskKind.CONSULTATION  # about another section's case
    return asked or task.case is None or seen.allows(task.case)


def _may_review(task: Task, officer: Officer) -> bool:
    """Whether a second look is not closed to the officer, who may be whom it is about."""
    if task.kind != TaskKind.SECOND_REVIEW or task.case is None:
        return True
    return task.case.handler_id != officer.id and Role(officer.role) is not Role.CLERK


def _require_settleable(tx: Session, number: int, officer: Officer, now: datetime) -> None:
    task = tx.get(Task, number)
    if task is None or not _is_theirs(task, officer, sight(tx, officer, now)):
        raise NothingToDecide(f"task {number}")
    if verb := OWN_VERB.get(TaskKind(task.kind)):
        raise HTTPException(409, f"這項工作請用案件的動作完成。 Use the case's own verb: {verb}.")


def _tasks_out(tx: Session, rows: Sequence[Task], today: date) -> list[schemas.TaskOut]:
    codes: dict[int | None, str] = {row.id: row.code for row in tx.scalars(select(Section))}
    return [
        schemas.TaskOut(
            id=row.id,
            kind=row.kind,
            case_no=row.case.case_no if row.case else None,
            section=codes.get(row.section_id),
            role=row.role,
            about=row.about,
            due_on=row.due_on,
            overdue=row.done_at is None and row.due_on < today,
            made_at=row.made_at,
            done_at=row.done_at,
            result=row.result,
        )
        for row in rows
    ]


def reminder_out(tx: Session, row: Reminder) -> schemas.ReminderOut:
    """What an officer was told."""
    case = tx.get(Case, row.case_id) if row.case_id else None
    number = case.case_no if case else None
    return schemas.ReminderOut(id=row.id, kind=row.kind, case_no=number, text=row.text, at=row.at)
