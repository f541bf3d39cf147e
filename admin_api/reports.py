"""Routes: the reports of periods, made in the background, published and then frozen."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import Path, Response
from fastapi.responses import FileResponse, JSONResponse
from sqlalchemy.orm import Session

from admin_api import policy
from admin_api.access import AsOfficer, AtDoor, Carried, IdempotencyKey, StaffDoor, perform
from admin_api.errors import FileAltered, FutureMonth
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Verb
from admin_api.schemas import reports as schemas
from admin_api.schemas.meetings import Change, Meeting
from admin_api.statuses import a_file
from complaints.clock.workdays import office_date
from complaints.errors import NothingToDecide
from complaints.measuring import reports
from complaints.measuring.periods import Period
from complaints.measuring.tables import Report
from complaints.tables import Officer
from complaints.worklist import LARGEST_ID
from data.database import reading

FOLDER = "reports"  # among the office's files, one inside for each report by its number
LISTED = 60
TYPES = {
    "pdf": "application/pdf",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
router = NarrowRouter(prefix="/api/v1/reports", tags=["reports"])
Number = Annotated[int, Path(ge=1, lt=LARGEST_ID)]
Name = Annotated[str, Path(max_length=80, examples=["civicline-2026-10.pdf"])]


@router.get("", operation_id="read_reports", summary="歷次報告 / The reports so far")
def read_reports(door: AtDoor, officer: AsOfficer) -> list[schemas.ReportOut]:
    """The last 60, the newest first."""
    return look(door, officer)


@router.post(
    "",
    response_model=schemas.ReportOut,
    status_code=202,
    operation_id="ask_report",
    summary="產製報告 / Have a report made",
)
def ask_report(
    body: schemas.NewReport, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """It is made in the background: look at `state` and `done`. A correction needs its reason."""
    return _done(ask(door, officer, key, body))


@router.get("/{number}", operation_id="read_report", summary="一份報告 / One report")
def read_report(number: Number, door: AtDoor, officer: AsOfficer) -> schemas.ReportOut:
    """How far it is, its files, and what it corrects."""
    return out(look_at(door, officer, number))


@router.get(
    "/{number}/content",
    operation_id="read_report_content",
    summary="報告內容 / Everything a report tells",
)
def read_content(number: Number, door: AtDoor, officer: AsOfficer) -> Meeting:
    """As its files tell it; raises nothing-to-decide until it is made."""
    return content(door, officer, number)


@router.get(
    "/{number}/files/{name}",
    response_class=Response,
    responses=a_file(list(TYPES.values())),
    operation_id="read_report_file",
    summary="報告檔案 / A file of a report",
)
def read_file(number: Number, name: Name, door: AtDoor, officer: AsOfficer) -> Response:
    """PDF, ODS, XLSX, JSON, or the cases as CSV or XLSX; compared with its digest first."""
    return send(door, officer, number, name)


@router.post(
    "/{number}/publish",
    response_model=schemas.ReportOut,
    operation_id="publish_report",
    summary="公布報告 / Publish a report",
)
def publish_report(
    number: Number, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """From then on it stays as it is; what differs later is published as a correction."""
    return _done(publish(door, officer, key, number))


# --- what the console does, too -------------------------------------------------------------
def look(door: StaffDoor, officer: Officer) -> list[schemas.ReportOut]:
    """The reports without their content, the newest first."""
    policy.require(officer, Verb.READ_FIGURES)
    with reading(door.engine) as tx:
        return [out(row) for row in reports.listed(tx, LISTED)]


def look_at(door: StaffDoor, officer: Officer, number: int) -> Report:
    """One report; raises NothingToDecide."""
    policy.require(officer, Verb.READ_FIGURES)
    with reading(door.engine) as tx:
        return reports.report_of(tx, number)


def content(door: StaffDoor, officer: Officer, number: int) -> Meeting:
    """What a report tells; raises NothingToDecide until it is made."""
    row = look_at(door, officer, number)
    if row.content is None:
        raise NothingToDecide(f"report {number}")
    return Meeting.model_validate(row.content)


def ask(door: StaffDoor, officer: Officer, key: str | None, body: schemas.NewReport) -> Carried:
    """Have a report made; raises FutureMonth or IncompletePetition("reason")."""
    period = Period.read(body.period)
    if period.start > office_date(door.clock()):
        raise FutureMonth(period.key)

    def act(tx: Session, now: datetime) -> Report:
        return reports.ask(tx, period, by=officer, now=now, reason=body.reason)

    return _perform(door, officer, key, ["ask-report", body.model_dump()], 202, act)


def publish(door: StaffDoor, officer: Officer, key: str | None, number: int) -> Carried:
    """Publish a report; raises NothingToDecide, TooLate or AlreadySet."""

    def act(tx: Session, now: datetime) -> Report:
        return reports.publish(tx, number, by=officer, now=now)

    return _perform(door, officer, key, ["publish-report", number], 200, act)


def send(door: StaffDoor, officer: Officer, number: int, name: str) -> Response:
    """A file as it was made; raises NothingToDecide, or FileAltered when it is not that file."""
    row = look_at(door, officer, number)
    digest = row.files.get(name)
    if digest is None:
        raise NothingToDecide(f"file of report {number}")
    path = door.files / FOLDER / str(number) / name
    if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
        raise FileAltered(f"report {number}: {name}")
    media_type = TYPES[name.rpartition(".")[2]]
    return FileResponse(path, media_type=media_type, filename=name)


# --- inside -----------------------------------------------------------------------------------
def _perform(
    door: StaffDoor,
    officer: Officer,
    key: str | None,
    request: object,
    status: int,
    act: Callable[[Session, datetime], Report],
) -> Carried:
    def carry(tx: Session, now: datetime) -> Carried:
        return Carried(status, out(act(tx, now)).model_dump(mode="json"))

    return perform(door, officer, Verb.MEASURE, key, request, carry)


def _done(carried: Carried) -> Response:
    return JSONResponse(carried.body, carried.status)


def out(row: Report) -> schemas.ReportOut:
    return schemas.ReportOut(
        id=row.id,
        period=row.period,
        title=Period.read(row.period).title(),
        issue=row.issue,
        state=reports.State(row.state),
        step=row.step,
        done=row.done,
        files=list(row.files),
        reason=row.reason,
        changes=[Change(**one) for one in row.changes],
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        published_by=row.published_by,
        published_at=row.published_at,
    )
