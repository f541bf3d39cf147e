"""Routes: seeing who brought a case, for a reason and on record, and the end of its content."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time
from pathlib import Path as Folder
from typing import Annotated, Any

from fastapi import Path, Query, Response
from fastapi.responses import JSONResponse
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session, joinedload

from admin_api import policy
from admin_api.access import AsOfficer, AtDoor, Carried, IdempotencyKey, StaffDoor, perform
from admin_api.cases import CaseNo, sight, visible
from admin_api.figures import MONTH
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Forbidden, Verb
from admin_api.schemas import privacy as schemas
from admin_api.schemas.base import Reason
from admin_api.tables import RequestKey
from complaints.clock.workdays import TAIPEI
from complaints.errors import NothingToDecide
from complaints.measuring import exams
from complaints.measuring.periods import Period
from complaints.privacy import retention, viewing
from complaints.roles import APPROVERS, LEADING, Role
from complaints.states import EventKind
from complaints.tables import Attachment, Case, Destruction, Event, IdentityAccess, Officer
from complaints.worklist import LARGEST_ID
from data import files
from data.database import reading

router = NarrowRouter(prefix="/api/v1", tags=["privacy"])
Number = Annotated[int, Path(ge=1, lt=LARGEST_ID)]
Month = Annotated[str, Query(pattern=MONTH, examples=["2026-11"], description="年-月")]
Decide = Callable[..., IdentityAccess]


# --- who brought a case ---------------------------------------------------------------------
@router.post(
    "/cases/{case_no}/identity",
    response_model=schemas.IdentityRequest,
    status_code=201,
    summary="申請閱覽個資 / Ask who brought a case",
)
def ask_identity(
    case_no: CaseNo, body: Reason, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """With the reason; those who grant others' requests are granted a day at once."""

    def act(tx: Session, now: datetime) -> Carried:
        case = visible(tx, case_no, officer, now)
        row = viewing.ask(tx, case, body.reason, by=officer, now=now)
        return Carried(201, _request_out(tx, row).model_dump(mode="json"))

    request = ["identity", case_no, body.reason]
    return _done(perform(door, officer, Verb.READ_CASES, key, request, act))


@router.post(
    "/cases/{case_no}/identity/view",
    response_model=schemas.Identity,
    summary="閱覽姓名與聯絡方式 / See name and contact",
)
def view_identity(case_no: CaseNo, door: AtDoor, officer: AsOfficer) -> Response:
    """Name and contact in full under a grant that still holds; every view is on record.

    It takes no request key: the answer would be kept with the key, outside the sealed data.
    """

    def act(tx: Session, now: datetime) -> Carried:
        case = visible(tx, case_no, officer, now)
        who = viewing.view(tx, case, by=officer, now=now)
        shown = schemas.Identity(
            case_no=case_no, name=who.name, contact=who.contact, reply_by=case.reply_by
        )
        return Carried(200, shown.model_dump(mode="json"))

    answer = _done(perform(door, officer, Verb.READ_CASES, None, None, act))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@router.get(
    "/identity-requests",
    operation_id="read_identity_requests",
    summary="待核准的閱覽申請 / Requests waiting",
)
def read_requests(door: AtDoor, officer: AsOfficer) -> list[schemas.IdentityRequest]:
    """One's own, and for those who grant them the others' of the cases in sight."""
    policy.require(officer, Verb.READ_CASES)
    with reading(door.engine) as tx:
        return _requests_out(tx, _concerning(tx, officer, door.clock()))


@router.post(
    "/identity-requests/{number}/grant",
    response_model=schemas.IdentityRequest,
    operation_id="grant_identity_request",
    summary="核准閱覽 / Grant a request",
)
def grant_request(
    number: Number, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """Somebody else's request, for a day."""
    return _decide(door, officer, key, "grant", number, viewing.grant)


@router.post(
    "/identity-requests/{number}/refuse",
    response_model=schemas.IdentityRequest,
    operation_id="refuse_identity_request",
    summary="不准閱覽 / Refuse a request",
)
def refuse_request(
    number: Number, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """Somebody else's request; it stays on record."""
    return _decide(door, officer, key, "refuse", number, viewing.refuse)


@router.get(
    "/identity-views",
    operation_id="read_identity_views",
    summary="個資閱覽稽核 / Who saw what, when and why",
)
def read_views(month: Month, door: AtDoor, officer: AsOfficer) -> schemas.IdentityViews:
    """Every view of a month with its reason and who granted it; for the half-yearly audit."""
    policy.require(officer, Verb.READ_CASES)
    if Role(officer.role) not in LEADING:
        raise Forbidden("audit")
    with reading(door.engine) as tx:
        found = _views(tx, month)
        seen = sight(tx, officer, door.clock())
        shown = _views_out(tx, [event for event in found if seen.allows(event.case)])
    unseen = len(found) - len(shown)
    return schemas.IdentityViews(month=month, count=len(found), unseen=unseen, views=shown)


# --- the end of the content -----------------------------------------------------------------
@router.get("/destructions", summary="銷毀清冊 / Lists of what is to be destroyed")
def read_destructions(door: AtDoor, officer: AsOfficer) -> list[schemas.DestructionOut]:
    """Every list with who listed, approved and what was destroyed, newest first."""
    _require_lister(officer)
    with reading(door.engine) as tx:
        rows = tx.scalars(select(Destruction).order_by(Destruction.id.desc()))
        return [schemas.DestructionOut.model_validate(row) for row in rows]


@router.post(
    "/destructions",
    response_model=schemas.DestructionOut,
    operation_id="draw_up_destruction",
    status_code=201,
    summary="造具銷毀清冊 / Draw up a list",
)
def draw_up(door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None) -> Response:
    """Ended cases past the office's years, oldest first, at most 1,000 (檔案法 §12)."""

    def act(tx: Session, now: datetime) -> Carried:
        row = retention.draw_up(tx, by=officer, now=now)
        return Carried(201, schemas.DestructionOut.model_validate(row).model_dump(mode="json"))

    return _done(perform(door, officer, Verb.READ_CASES, key, ["draw-up"], act))


@router.post(
    "/destructions/{number}/approve",
    response_model=schemas.DestructionOut,
    summary="核准銷毀 / Approve a list",
)
def approve_destruction(
    number: Number, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """By a head of the office who did not draw it up."""

    def act(tx: Session, now: datetime) -> Carried:
        row = retention.approve(tx, number, by=officer, now=now)
        return Carried(200, schemas.DestructionOut.model_validate(row).model_dump(mode="json"))

    return _done(perform(door, officer, Verb.READ_CASES, key, ["approve", number], act))


@router.post(
    "/destructions/{number}/destroy",
    response_model=schemas.DestroyedOut,
    operation_id="carry_out_destruction",
    summary="執行銷毀 / Destroy what a list names",
)
def destroy(
    number: Number, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """Contents, drafts, sealed data and files go; number, dates, kind and outcome stay."""
    _require_lister(officer)

    def act(tx: Session, now: datetime) -> Carried:
        gone = retention.destroy(tx, number, now=now)
        exams.forget_replies(tx, gone.numbers)
        _forget_answers(tx, number)
        shown = schemas.DestroyedOut(
            id=number, cases=gone.cases, events=gone.events, files=list(gone.files)
        )
        return Carried(200, shown.model_dump(mode="json"))

    carried = perform(door, officer, Verb.READ_CASES, key, ["destroy", number], act)
    _remove(door.engine, door.files, carried.body["files"])
    return _done(carried)


# --- inside ---------------------------------------------------------------------------------
def _done(carried: Carried) -> JSONResponse:
    return JSONResponse(carried.body, carried.status)


def _decide(
    door: StaffDoor, officer: Officer, key: str | None, what: str, number: int, decide: Decide
) -> Response:
    def act(tx: Session, now: datetime) -> Carried:
        row = tx.get(IdentityAccess, number)
        if row is None or not sight(tx, officer, now).allows(tx.get_one(Case, row.case_id)):
            raise NothingToDecide(f"request {number}")
        row = decide(tx, number, by=officer, now=now)
        return Carried(200, _request_out(tx, row).model_dump(mode="json"))

    return _done(perform(door, officer, Verb.READ_CASES, key, [what, number], act))


def _concerning(tx: Session, officer: Officer, now: datetime) -> list[IdentityAccess]:
    """One's own requests, and those of others that are one's to decide."""
    rows = viewing.waiting(tx)
    about = by_id(tx, Case, [row.case_id for row in rows])
    seen, decides = sight(tx, officer, now), Role(officer.role) in APPROVERS

    def is_theirs(case: Case) -> bool:
        return decides and viewing.in_circle(case, officer) and seen.allows(case)

    return [row for row in rows if row.officer_id == officer.id or is_theirs(about[row.case_id])]


def _request_out(tx: Session, row: IdentityAccess) -> schemas.IdentityRequest:
    (shown,) = _requests_out(tx, [row])
    return shown


def _requests_out(tx: Session, rows: Sequence[IdentityAccess]) -> list[schemas.IdentityRequest]:
    """As many statements, however many requests."""
    about = by_id(tx, Case, [row.case_id for row in rows])
    people = [number for row in rows for number in (row.officer_id, row.granted_by_id)]
    officers = by_id(tx, Officer, people)
    return [
        schemas.IdentityRequest(
            id=row.id,
            case_no=about[row.case_id].case_no,
            officer=officers[row.officer_id].username,
            reason=row.reason,
            asked_at=row.asked_at,
            decided_by=_username(officers, row.granted_by_id),
            decided_at=row.granted_at,
            until=row.until,
            refused=row.refused,
        )
        for row in rows
    ]


def _views(tx: Session, month: str) -> Sequence[Event]:
    year, number = (int(part) for part in month.split("-"))
    period = Period.month(year, number)
    start = datetime.combine(period.start, time(), TAIPEI)
    inside = (Event.at >= start, Event.at < period.until())
    views = select(Event).where(Event.kind == EventKind.IDENTITY_VIEWED, *inside)
    whole = views.options(joinedload(Event.case), joinedload(Event.officer))
    return tx.scalars(whole.order_by(Event.id)).all()


def _views_out(tx: Session, events: Sequence[Event]) -> list[schemas.IdentityView]:
    """As many statements, however many views."""
    grants = by_id(tx, IdentityAccess, [event.data.get("access") for event in events])
    granters = by_id(tx, Officer, [grant.granted_by_id for grant in grants.values()])
    return [_view_out(event, grants, granters) for event in events]


def _view_out(
    event: Event, grants: Mapping[int, IdentityAccess], granters: Mapping[int, Officer]
) -> schemas.IdentityView:
    grant = grants.get(event.data.get("access", 0))
    return schemas.IdentityView(
        case_no=event.case.case_no,
        at=event.at,
        officer=event.officer.username if event.officer else None,
        reason=event.data.get("reason"),
        granted_by=_username(granters, grant.granted_by_id) if grant else None,
    )


def _username(officers: Mapping[int, Officer], number: int | None) -> str | None:
    found = officers.get(number) if number else None
    return found.username if found else None


def by_id(tx: Session, table: Any, numbers: Sequence[int | None]) -> dict[int, Any]:
    """The rows of these numbers, in one statement; none for None."""
    wanted = {number for number in numbers if number}
    rows = tx.scalars(select(table).where(table.id.in_(wanted))).all() if wanted else ()
    return {row.id: row for row in rows}


def _require_lister(officer: Officer) -> None:
    """Destroying asks nobody's role in the domain, for the list was approved by another."""
    if Role(officer.role) not in retention.LISTERS:
        raise Forbidden("destroy")


def _forget_answers(tx: Session, number: int) -> None:
    """Delete what is kept with request keys of the destroyed cases: whole cases, in the open."""
    done = tx.get_one(Destruction, number)
    told = RequestKey.answer["case_no"].as_string().in_((done.proof or {})["cases"])
    tx.execute(delete(RequestKey).where(told))


def _remove(engine: Engine, folder: Folder, digests: Sequence[str]) -> None:
    """Delete files after the commit that let go of them, but those taken in again since."""
    with reading(engine) as tx:
        used = set(tx.scalars(select(Attachment.digest).where(Attachment.digest.in_(digests))))
    for digest in digests:
        if digest not in used:
            files.path_of(folder, digest).unlink(missing_ok=True)
