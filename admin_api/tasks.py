"""Routes: work for people, reminders, who is away and who stands in, and leaving."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Response
from fastapi.responses import JSONResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_api import policy
from admin_api.access import AsOfficer, AtDoor, Carried, IdempotencyKey, StaffDoor, perform
from admin_api.cases import sight
from admin_api.policy import NO_SECTION, Forbidden, Verb
from admin_api.schemas import tasks as schemas
from complaints import handling, leaving, reminders, staffing, tasks
from complaints.clock.workdays import office_date
from complaints.errors import IncompletePetition, NothingToDecide, UnknownOfficer
from complaints.handling.cases import officer_of
from complaints.roles import HANDLERS, HEADS, OWN_SECTION, Role
from complaints.tables import Absence, Case, Officer, Reminder, Section, Task
from complaints.tasks import TaskKind
from complaints.worklist import LARGEST_ID, Sight
from data.database import reading

router = APIRouter(prefix="/api/v1", tags=["tasks"])
TaskId = Annotated[int, Path(ge=1, lt=LARGEST_ID)]
Username = Annotated[str, Path(max_length=60, examples=["clerk"])]
# These arrange for everybody; a section chief for the section, everyone for themselves.
ARRANGES = HEADS | {Role.CASE_CONTROLLER, Role.ADMINISTRATOR}
# Work that is done by a verb of the case, which also settles the task.
OWN_VERB = {
    TaskKind.CONSULTATION: "answer-consultation",
    TaskKind.SETTLE_OWNER: "settle-owner",
    TaskKind.PROMISE: "settle-promise",
}


# --- work -----------------------------------------------------------------------------------
@router.get("/tasks", summary="待辦工作 / Work to do")
def read_tasks(door: AtDoor, officer: AsOfficer) -> list[schemas.TaskOut]:
    """My section's and my role's, for those above the sections all; the most urgent first."""
    policy.require(officer, Verb.READ_CASES)
    with reading(door.engine) as tx:
        return theirs(tx, officer, door.clock())


@router.post("/tasks/{number}/settle", summary="完成一項工作 / Settle a piece of work")
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
            tx, number, body.result, reached=body.reached, by=officer, now=now
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


@router.post("/reminders/read", summary="標示已讀 / Mark them as seen")
def mark_read(door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None) -> Response:
    """Everything `GET /reminders` shows me now."""

    def act(tx: Session, now: datetime) -> Carried:
        return Carried(200, {"read": reminders.mark_read(tx, officer, now=now)})

    return _done(perform(door, officer, Verb.READ_CASES, key, ["read"], act))


# --- who is there ---------------------------------------------------------------------------
@router.get("/absences", summary="請假與代理 / Who is away")
def read_absences(door: AtDoor, officer: AsOfficer) -> list[schemas.AbsenceOut]:
    """Absences of today and later, with who stands in."""
    policy.require(officer, Verb.READ_CASES)
    today = office_date(door.clock())
    with reading(door.engine) as tx:
        rows = select(Absence).where(Absence.last_day >= today)
        found = tx.scalars(rows.order_by(Absence.first_day, Absence.id)).all()
        return [_absence_out(tx, row) for row in found]


@router.post("/absences", status_code=201, summary="登錄請假 / Note an absence")
def add_absence(
    body: schemas.NewAbsence, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """Work and reminders go to the deputy on these days."""

    def act(tx: Session, _now: datetime) -> Carried:
        who = officer_of(tx, body.username or officer.username)
        _require_arranging(officer, who)
        deputy = _stand_in(tx, who, body.deputy)
        row = staffing.add_absence(tx, who, body.first_day, body.last_day, deputy)
        return Carried(201, _absence_out(tx, row).model_dump(mode="json"))

    request = ["absence", body.model_dump(mode="json")]
    return _done(perform(door, officer, Verb.READ_CASES, key, request, act))


@router.put("/officers/{username}/deputy", summary="設定代理人 / Set the deputy")
def set_deputy(
    username: Username,
    body: schemas.Deputy,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """Who stands in whenever the officer is away and nobody else is named."""

    def act(tx: Session, _now: datetime) -> Carried:
        who = officer_of(tx, username)
        _require_arranging(officer, who)
        deputy = _stand_in(tx, who, body.deputy)
        who.deputy_id = deputy.id if deputy else None
        return Carried(200, _arranged(tx, who).model_dump(mode="json"))

    request = ["deputy", username, body.deputy]
    return _done(perform(door, officer, Verb.READ_CASES, key, request, act))


@router.put("/officers/{username}/alert", summary="設定提醒發送 / Where reminders are sent")
def set_alert(
    username: Username,
    body: schemas.Alert,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """Reminders are always in the console; this sends them to a chat as well."""

    def act(tx: Session, _now: datetime) -> Carried:
        who = officer_of(tx, username)
        _require_arranging(officer, who)
        who.alert_channel = body.address.channel if body.address else None
        who.alert_name = body.address.name if body.address else None
        return Carried(200, _arranged(tx, who).model_dump(mode="json"))

    request = ["alert", username, body.model_dump(mode="json")]
    return _done(perform(door, officer, Verb.READ_CASES, key, request, act))


@router.post("/officers/{username}/leave", summary="離職與移交 / Close an account")
def leave(
    username: Username,
    body: schemas.Leaving,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """The account is closed and its open cases go to the successor, else to the deputy."""

    def act(tx: Session, now: datetime) -> Carried:
        who = officer_of(tx, username)
        successor = officer_of(tx, body.successor) if body.successor else None
        handed = leaving.leave(tx, who, successor, by=officer, now=now)
        left = schemas.LeftOut(
            username=username,
            successor=_username(tx, who.deputy_id) or "",
            cases=handed,
            ownerless=leaving.ownerless(tx, office_date(now)),
        )
        return Carried(200, left.model_dump(mode="json"))

    request = ["leave", username, body.successor]
    return _done(perform(door, officer, Verb.READ_CASES, key, request, act))


def theirs(tx: Session, officer: Officer, now: datetime) -> list[schemas.TaskOut]:
    """The work that waits for an officer, the most urgent first."""
    role, seen = Role(officer.role), sight(tx, officer, now)
    section = (officer.section_id or NO_SECTION) if role in OWN_SECTION else None
    found = tasks.waiting(tx, section_id=section, role=None if section is None else role)
    rows = [row for row in found if _is_theirs(row, officer, seen)]
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


def _require_arranging(officer: Officer, who: Officer) -> None:
    role = Role(officer.role)
    of_section = role is Role.SECTION_CHIEF and officer.section_id == who.section_id
    if not (role in ARRANGES or of_section or officer.id == who.id):
        raise Forbidden("arrange")


def _stand_in(tx: Session, who: Officer, username: str | None) -> Officer | None:
    """The officer named to stand in; raises UnknownOfficer for one whose role handles no cases."""
    if username is None:
        return None
    deputy = officer_of(tx, username)
    if deputy.id == who.id:
        raise IncompletePetition("another deputy")
    if Role(deputy.role) not in HANDLERS:
        raise UnknownOfficer(username)
    return deputy


def _absence_out(tx: Session, row: Absence) -> schemas.AbsenceOut:
    return schemas.AbsenceOut(
        id=row.id,
        username=_username(tx, row.officer_id) or "",
        first_day=row.first_day,
        last_day=row.last_day,
        deputy=_username(tx, row.deputy_id),
    )


def _arranged(tx: Session, who: Officer) -> schemas.ArrangedOut:
    alert = None
    if who.alert_channel and who.alert_name:
        alert = schemas.AlertOut(channel=who.alert_channel, name=who.alert_name)
    deputy = _username(tx, who.deputy_id)
    return schemas.ArrangedOut(username=who.username, deputy=deputy, alert=alert)


def _username(tx: Session, officer_id: int | None) -> str | None:
    found = tx.get(Officer, officer_id) if officer_id else None
    return found.username if found else None
