"""Routes: the queue, one case, and every action of handling."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Annotated, Any, TypeVar

from fastapi import Path, Query, Response
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_api import policy
from admin_api.access import AsOfficer, AtDoor, StaffDoor
from admin_api.errors import NoSuchFile
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Verb
from admin_api.preconditions import IfNoneMatch, tagged
from admin_api.schemas import cases as schemas
from admin_api.statuses import TOLD_TAG, a_file
from complaints import handling, outlines, routing, staffing, tasks, worklist
from complaints.clock import calendars
from complaints.clock.workdays import WorkCalendar, office_date
from complaints.errors import NotPermitted, UnknownCase
from complaints.privacy import identities
from complaints.states import ALLOWED, RUNNING, Action, Kind, Outcome
from complaints.tables import Attachment, Case, Event, Extension, Officer, Promise, ReplyDraft
from complaints.worklist import Pile, Sight, Wanted
from data import files
from data.database import reading

BYTES = "application/octet-stream"
KINDS = (*sorted({kind for _start, kind in files.SIGNATURES}), "image/webp", BYTES)
Shape = TypeVar("Shape", bound=BaseModel)
router = NarrowRouter(prefix="/api/v1/cases", tags=["cases"])
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
    village: Annotated[str | None, Query(max_length=30, description="里代碼")] = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=worklist.LARGEST_PAGE)] = 20,
) -> schemas.CasePage:
    """A page of cases, by due date; `counts` tells how many each pile holds, or holds at least."""
    policy.require(officer, Verb.READ_CASES)
    today = office_date(door.clock())
    wanted = Wanted(pile, section, handler, kind, q, village)
    with reading(door.engine) as tx:
        seen = sight(tx, officer, door.clock())
        found = worklist.page(tx, wanted, seen, today=today, cursor=cursor, limit=limit)
        counts = worklist.counts(tx, seen, today=today)
        calendar = calendars.load(tx)
        return schemas.CasePage(
            cases=[row(case, calendar, today) for case in found.cases],
            next_cursor=found.next_cursor,
            counts={pile.value: n for pile, n in counts.items()},
            at_least=worklist.at_least(counts),
        )


@router.get(
    "/{case_no}",
    response_model=schemas.CaseDetail,
    responses=TOLD_TAG,
    summary="一案與其歷程 / One case with its history",
)
def read_case(
    case_no: CaseNo, door: AtDoor, officer: AsOfficer, known: IfNoneMatch = None
) -> Response:
    """Everything this officer may see of a case, with how its deadline was counted."""
    policy.require(officer, Verb.READ_CASES)
    with reading(door.engine) as tx:
        case = visible(tx, case_no, officer, door.clock())
        return tagged(detail(tx, case, officer, door.clock()), case.version, known)


@router.get("/{case_no}/routing", summary="建議分案 / Where the case probably belongs")
def read_routing(case_no: CaseNo, door: AtDoor, officer: AsOfficer) -> schemas.Routing:
    """Topic and section suggested from the text and from the office's past assignments."""
    policy.require(officer, Verb.READ_CASES)
    with reading(door.engine) as tx:
        found = routing.suggest(tx, visible(tx, case_no, officer, door.clock()).content)
        return schemas.Routing(
            topic=found.topic,
            topic_confidence=found.topic_confidence,
            section=found.section.code if found.section else None,
            section_name=found.section.name if found.section else None,
            section_confidence=found.section_confidence,
        )


@router.get(
    "/{case_no}/attachments/{attachment_id}",
    response_class=Response,
    responses=a_file(KINDS),
    summary="附件 / A file of the case",
)
def read_attachment(
    case_no: CaseNo, attachment_id: AttachmentId, door: AtDoor, officer: AsOfficer
) -> Response:
    """The file's content, to be downloaded, never shown as a page of ours."""
    policy.require(officer, Verb.READ_CASES)
    with reading(door.engine) as tx:
        case = visible(tx, case_no, officer, door.clock())
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
    kind = files.media_type(content) or BYTES
    ending = kind.rsplit("/", 1)[-1]
    headers = {
        "Content-Disposition": f'attachment; filename="{case.case_no}-{found.id}.{ending}"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=kind, headers=headers)


def visible(tx: Session, case_no: str, officer: Officer, now: datetime) -> Case:
    """The case, if this officer may know of it; raises UnknownCase."""
    case = tx.scalar(select(Case).where(Case.case_no == case_no))
    if case is None or not sight(tx, officer, now).allows(case):
        raise UnknownCase(case_no)
    return case


def sight(tx: Session, officer: Officer, now: datetime) -> Sight:
    """Which cases this officer may see today, those of absent colleagues included."""
    covering = staffing.covered_by(tx, officer, office_date(now))
    return policy.sight(officer, covering, tasks.consulted(tx, officer))


def row(case: Case, calendar: WorkCalendar, today: date) -> schemas.CaseRow:
    """A case as the queue shows it."""
    return schemas.CaseRow(**_row(case, calendar, today))


def detail(tx: Session, case: Case, officer: Officer, now: datetime) -> schemas.CaseDetail:
    """A case as its page shows it."""
    today, calendar = office_date(now), calendars.load(tx)
    count = handling.clock(tx, case)
    events = tx.scalars(select(Event).where(Event.case_id == case.id).order_by(Event.id)).all()
    shown = policy.sees_identity(officer, case)
    who = identities.masked(identities.unseal(tx, case))
    petitioner = schemas.Petitioner(name=who.name, reply_by=case.reply_by, contact=who.contact)
    return schemas.CaseDetail(
        **_row(case, calendar, today),
        lookup_code=case.lookup_code,
        content=case.content,
        points=case.points,
        outline=outlines.outline(case.points, case.section.name),
        place=case.place,
        latitude=case.latitude,
        longitude=case.longitude,
        petitioner=petitioner if shown else None,
        outcome=Outcome(case.outcome) if case.outcome else None,
        process_grade=case.process_grade,
        satisfaction=case.satisfaction,
        topic=case.topic,
        source=case.channel,
        taken_by=case.taken_by.name if case.taken_by else None,
        replied_on=case.replied_on,
        improved_on=case.improved_on,
        closed_on=case.closed_on,
        ground=case.ground,
        agency=case.agency,
        main_case=_number(tx, case.main_id),
        merged_cases=[one.case_no for one in handling.merged_into(tx, case)],
        repeats=_number(tx, case.repeats_id),
        promises=_all(tx, Promise, schemas.PromiseOut, case),
        drafts=[_draft(tx, case, one, events) for one in _rows(tx, ReplyDraft, case)],
        extension_requests=_all(tx, Extension, schemas.ExtensionOut, case),
        may=[action.value for action in may(tx, case, officer, now)],
        calendar_version=case.calendar_version,
        count=[schemas.DayOut(day=d.day, number=d.number, reason=d.reason) for d in count.days],
        history=[_event(event) for event in events],
        attachments=[
            schemas.AttachmentOut(id=one.id, state=one.state, media_type=one.media_type)
            for one in case.attachments
        ],
    )


def may(tx: Session, case: Case, officer: Officer, now: datetime) -> list[Action]:
    """What this officer may do with the case as it stands."""
    covers = staffing.covers(tx, officer, case.handler_id, office_date(now))
    allowed = []
    for action in (one for one in ALLOWED if case.state in ALLOWED[one]):
        with suppress(NotPermitted):
            handling.permit(tx, officer, action, case, now, covers=covers)
            allowed.append(action)
    return allowed


def _number(tx: Session, case_id: int | None) -> str | None:
    return tx.scalar(select(Case.case_no).where(Case.id == case_id)) if case_id else None


def _rows(tx: Session, table: Any, case: Case) -> Sequence[Any]:
    return tx.scalars(select(table).where(table.case_id == case.id).order_by(table.id)).all()


def _all(tx: Session, table: Any, shape: type[Shape], case: Case) -> list[Shape]:
    return [shape.model_validate(row) for row in _rows(tx, table, case)]


def _draft(
    tx: Session, case: Case, row: ReplyDraft, events: Sequence[Event]
) -> schemas.ReplyDraftOut:
    found = handling.findings(tx, case, row)
    return schemas.ReplyDraftOut(
        id=row.id,
        text=row.text,
        answers=outlines.answers(row.text, case.points),
        state=row.state,
        by=row.by.name,
        at=row.at,
        answered=row.answered,
        promises=row.promises,
        reason=row.reason,
        findings=schemas.FindingsOut.model_validate(found),
        added_since=handling.added_since(events, row),
    )


def _row(case: Case, calendar: WorkCalendar, today: date) -> dict[str, Any]:
    overdue = worklist.is_overdue(case, today)
    running = case.state in RUNNING and not overdue and not case.paused
    return {
        "case_no": case.case_no,
        "kind": case.kind,
        "status": case.status,
        "subject": case.subject,
        "section": case.section.name,
        "village": case.village.code if case.village else None,
        "village_name": case.village.name if case.village else None,
        "handler": case.handler.name if case.handler else None,
        "received_on": case.received_on,
        "due_on": case.due_on,
        "overdue": overdue,
        "days_left": calendar.between(today, case.due_on) if running else None,
        "priority": case.priority,
        "paused": case.paused,
        "extensions": case.extensions,
        "with_secretary": case.with_secretary,
        "unreached": case.unreached,
        "confidential": case.confidential,
        "version": case.version,
    }


def _event(event: Event) -> schemas.EventOut:
    by = event.officer.name if event.officer else None
    return schemas.EventOut(id=event.id, kind=event.kind, at=event.at, by=by, data=event.data)
