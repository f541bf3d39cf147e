"""Routes: the queue, one case, and every action of handling."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_api import policy, schemas
from admin_api.access import AsOfficer, AtDoor, Carried, IdempotencyKey, StaffDoor, perform
from admin_api.errors import NoSuchFile
from admin_api.policy import Verb
from complaints import calendars, handling, routing, worklist
from complaints.errors import UnknownCase
from complaints.states import RUNNING, Kind, Outcome
from complaints.tables import Attachment, Case, Event, Officer
from complaints.workdays import WorkCalendar, office_date
from complaints.worklist import Pile, Wanted
from data import files
from data.database import reading

router = APIRouter(prefix="/api/v1/cases", tags=["cases"])
AttachmentId = Annotated[int, Path(ge=1, lt=worklist.LARGEST_ID)]
CaseNo = Annotated[str, Path(max_length=30, examples=["CL-1151126-0007"])]


@router.get("", summary="案件清單，最急的在前 / The queue, most urgent first")
def read_queue(
    door: AtDoor,
    officer: AsOfficer,
    pile: Pile = Pile.OPEN,
    section: Annotated[str | None, Query(max_length=30)] = None,
    handler: Annotated[str | None, Query(max_length=60)] = None,
    kind: Kind | None = None,
    q: Annotated[str | None, Query(max_length=100, description="案號、內容或地點的一段")] = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=worklist.LARGEST_PAGE)] = 20,
) -> schemas.CasePage:
    """A page of cases, by due date; `counts` gives the size of every pile."""
    policy.require(officer, Verb.READ_CASES)
    sight, today = policy.sight(officer), office_date(door.clock())
    wanted = Wanted(pile, section, handler, kind, q)
    with reading(door.engine) as tx:
        found = worklist.page(tx, wanted, sight, today=today, cursor=cursor, limit=limit)
        calendar = calendars.load(tx)
        return schemas.CasePage(
            cases=[row(case, calendar, today) for case in found.cases],
            next_cursor=found.next_cursor,
            counts={pile.value: n for pile, n in worklist.counts(tx, sight, today=today).items()},
        )


@router.get("/{case_no}", summary="一案與其歷程 / One case with its history")
def read_case(case_no: CaseNo, door: AtDoor, officer: AsOfficer) -> schemas.CaseDetail:
    """Everything this officer may see of a case, with how its deadline was counted."""
    policy.require(officer, Verb.READ_CASES)
    with reading(door.engine) as tx:
        return detail(tx, visible(tx, case_no, officer), officer, door.clock())


@router.get("/{case_no}/routing", summary="建議分案 / Where the case probably belongs")
def read_routing(case_no: CaseNo, door: AtDoor, officer: AsOfficer) -> schemas.Routing:
    """Topic and section suggested from the text and from the office's past assignments."""
    policy.require(officer, Verb.READ_CASES)
    with reading(door.engine) as tx:
        found = routing.suggest(tx, visible(tx, case_no, officer).content)
        return schemas.Routing(
            topic=found.topic,
            topic_confidence=found.topic_confidence,
            section=found.section.code if found.section else None,
            section_name=found.section.name if found.section else None,
            section_confidence=found.section_confidence,
        )


@router.post("/{case_no}/assign", summary="分案 / Assign")
def assign(
    case_no: CaseNo,
    body: schemas.Assign,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """Give the case to a section, and if named to an officer."""

    def act(tx: Session, now: datetime) -> None:
        handling.assign(tx, case_no, **body.model_dump(), by=officer, now=now)

    return _act(door, officer, Verb.ASSIGN, key, case_no, body, act)


@router.post("/{case_no}/reply", status_code=201, summary="答復民眾 / Reply to the citizen")
def reply(
    case_no: CaseNo,
    body: schemas.Reply,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """Send the answer to the citizen's chat and stop the response clock."""

    def act(tx: Session, now: datetime) -> None:
        handling.reply(tx, case_no, body.text, by=officer, version=body.version, now=now)

    return _act(door, officer, Verb.REPLY, key, case_no, body, act, status=201)


@router.post("/{case_no}/close", summary="結案 / Close")
def close(
    case_no: CaseNo,
    body: schemas.Close,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """Close an answered case with its outcome and the reason."""

    def act(tx: Session, now: datetime) -> None:
        handling.close(tx, case_no, **body.model_dump(), by=officer, now=now)

    return _act(door, officer, Verb.CLOSE, key, case_no, body, act)


@router.get("/{case_no}/attachments/{attachment_id}", summary="附件 / A file of the case")
def read_attachment(
    case_no: CaseNo, attachment_id: AttachmentId, door: AtDoor, officer: AsOfficer
) -> Response:
    """The file's content, to be downloaded, never shown as a page of ours."""
    policy.require(officer, Verb.READ_CASES)
    with reading(door.engine) as tx:
        case = visible(tx, case_no, officer)
        return file_response(tx, case, attachment_id, door)


def file_response(tx: Session, case: Case, attachment_id: int, door: StaffDoor) -> Response:
    """A stored attachment of this case; raises NoSuchFile."""
    wanted = select(Attachment).where(Attachment.id == attachment_id)
    found = tx.scalar(wanted.where(Attachment.case_id == case.id))
    if found is None or found.digest is None:
        raise NoSuchFile(attachment_id)
    try:
        content = files.path_of(door.files, found.digest).read_bytes()
    except FileNotFoundError:
        raise NoSuchFile(attachment_id) from None
    kind = files.media_type(content) or "application/octet-stream"
    ending = kind.rsplit("/", 1)[-1]
    headers = {
        "Content-Disposition": f'attachment; filename="{case.case_no}-{found.id}.{ending}"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=kind, headers=headers)


def visible(tx: Session, case_no: str, officer: Officer) -> Case:
    """The case, if this officer may know of it; raises UnknownCase."""
    case = tx.scalar(select(Case).where(Case.case_no == case_no))
    if case is None or not policy.sight(officer).allows(case):
        raise UnknownCase(case_no)
    return case


def row(case: Case, calendar: WorkCalendar, today: date) -> schemas.CaseRow:
    """A case as the queue shows it."""
    return schemas.CaseRow(**_row(case, calendar, today))


def detail(tx: Session, case: Case, officer: Officer, now: datetime) -> schemas.CaseDetail:
    """A case as its page shows it."""
    today, calendar = office_date(now), calendars.load(tx)
    count = handling.clock(tx, case)
    events = tx.scalars(select(Event).where(Event.case_id == case.id).order_by(Event.id))
    shown = policy.sees_identity(officer, case)
    petitioner = schemas.Petitioner(
        name=case.petitioner_name, reply_by=case.reply_by, contact=case.contact
    )
    return schemas.CaseDetail(
        **_row(case, calendar, today),
        lookup_code=case.lookup_code,
        content=case.content,
        points=case.points,
        place=case.place,
        latitude=case.latitude,
        longitude=case.longitude,
        petitioner=petitioner if shown else None,
        outcome=Outcome(case.outcome) if case.outcome else None,
        satisfaction=case.satisfaction,
        topic=case.topic,
        calendar_version=case.calendar_version,
        count=[schemas.DayOut(day=d.day, number=d.number, reason=d.reason) for d in count.days],
        history=[_event(event) for event in events],
        attachments=[
            schemas.AttachmentOut(id=one.id, state=one.state, media_type=one.media_type)
            for one in case.attachments
        ],
    )


def _act(
    door: StaffDoor,
    officer: Officer,
    verb: Verb,
    key: str | None,
    case_no: str,
    body: schemas.Strict,
    act: Any,
    *,
    status: int = 200,
) -> Response:
    def carry(tx: Session, now: datetime) -> Carried:
        visible(tx, case_no, officer)
        act(tx, now)
        tx.expire_all()
        # After an assignment the case may have left the officer's sight; the answer is theirs.
        case = tx.scalars(select(Case).where(Case.case_no == case_no)).one()
        return Carried(status, detail(tx, case, officer, now).model_dump(mode="json"))

    request = [verb, case_no, body.model_dump(mode="json")]
    carried = perform(door, officer, verb, key, request, carry)
    return JSONResponse(carried.body, carried.status)


def _row(case: Case, calendar: WorkCalendar, today: date) -> dict[str, Any]:
    overdue = worklist.is_overdue(case, today)
    running = case.state in RUNNING and not overdue
    return {
        "case_no": case.case_no,
        "kind": case.kind,
        "status": case.status,
        "subject": case.subject,
        "section": case.section.name,
        "handler": case.handler.name if case.handler else None,
        "received_on": case.received_on,
        "due_on": case.due_on,
        "overdue": overdue,
        "days_left": calendar.between(today, case.due_on) if running else None,
        "unreached": case.unreached,
        "confidential": case.confidential,
        "version": case.version,
    }


def _event(event: Event) -> schemas.EventOut:
    by = event.officer.name if event.officer else None
    return schemas.EventOut(id=event.id, kind=event.kind, at=event.at, by=by, data=event.data)
