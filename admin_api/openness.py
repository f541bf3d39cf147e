"""Routes: files of open data, and what citizens said and the office did about it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Path, Query, Response
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session

from admin_api import policy
from admin_api.access import AsOfficer, AtDoor, Carried, IdempotencyKey, StaffDoor, perform
from admin_api.cases import sight, visible
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Verb
from admin_api.schemas import openness as schemas
from complaints.clock.workdays import office_date
from complaints.measuring import opening, outcomes
from complaints.measuring.columns import File
from complaints.measuring.outcomes import State
from complaints.measuring.periods import WRITTEN, Period
from complaints.measuring.suppressing import Suppressed
from complaints.measuring.tables import Opened, PublicItem
from complaints.tables import Officer
from complaints.worklist import LARGEST_ID
from data.database import reading

router = NarrowRouter(prefix="/api/v1", tags=["openness"])
Number = Annotated[int, Path(ge=1, lt=LARGEST_ID)]
Written = Annotated[str, Path(pattern=WRITTEN, examples=["2026-09"], description="期間 / period")]
OfState = Annotated[State, Query(description="草案、已公開或已撤下 / which ones")]
Change = Callable[[Session, datetime], PublicItem]


@dataclass(frozen=True)
class Shown:
    """An item with the names of who proposed and decided it, and its case if it is in sight."""

    row: PublicItem
    by: str
    decided_by: str | None
    case_no: str | None


# --- open data ------------------------------------------------------------------------------
@router.get("/open-data", operation_id="read_open_data", summary="開放資料檔 / Files that are out")
def read_files(door: AtDoor, officer: AsOfficer) -> list[schemas.FileOut]:
    """Every file everybody can fetch under /open, the newest period first."""
    policy.require(officer, Verb.READ_CASES)
    return [_file_out(row) for row in files(door)]


@router.get(
    "/open-data/{period}",
    operation_id="preview_open_data",
    summary="試算一期的開放資料 / What its files would hold",
)
def read_preview(period: Written, door: AtDoor, officer: AsOfficer) -> schemas.PreviewOut:
    """How many rows would be shown, generalised and withheld; nothing is kept."""
    policy.require(officer, Verb.READ_CASES)
    return preview(door, Period.read(period))


@router.post(
    "/open-data/{period}/{file}",
    response_model=schemas.FileOut,
    status_code=201,
    operation_id="make_open_data",
    summary="製作並公開一個檔 / Make a file and publish it",
)
def make_file(
    period: Written, file: File, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """Once and for good: a file that is out is never made again, and never taken back."""
    return _done(make(door, officer, key, Period.read(period), file))


# --- what was said and done -----------------------------------------------------------------
@router.get(
    "/public-items",
    operation_id="read_public_items",
    summary="您說．我們做 / What was said and done",
)
def read_items(
    door: AtDoor, officer: AsOfficer, state: OfState = State.APPROVED
) -> list[schemas.ItemOut]:
    """The items of a state, the newest first; of withdrawn ones the last hundred."""
    policy.require(officer, Verb.READ_CASES)
    return [_item_out(one) for one in items(door, officer, state)]


@router.post(
    "/public-items",
    response_model=schemas.ItemOut,
    status_code=201,
    operation_id="propose_public_item",
    summary="提出一則成果 / Propose an item",
)
def propose_item(
    body: schemas.NewItem, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """Refused where the text tells of a person, or the case is confidential."""
    return _done(propose(door, officer, key, body))


@router.post(
    "/public-items/{number}/approve",
    response_model=schemas.ItemOut,
    operation_id="approve_public_item",
    summary="核准公開 / Publish an item",
)
def approve_item(
    number: Number, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """By another person than its proposer; the text is looked at once more."""
    return _done(approve(door, officer, key, number))


@router.post(
    "/public-items/{number}/withdraw",
    response_model=schemas.ItemOut,
    operation_id="withdraw_public_item",
    summary="撤下一則成果 / Take an item back",
)
def withdraw_item(
    number: Number, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """By its proposer before it is published, by who may publish at any time."""
    return _done(withdraw(door, officer, key, number))


# --- what the console does, too -------------------------------------------------------------
def files(door: StaffDoor) -> Sequence[Opened]:
    """The files that are out."""
    with reading(door.engine) as tx:
        return opening.listed(tx)


def preview(door: StaffDoor, period: Period) -> schemas.PreviewOut:
    """What a period's files would hold, and what stands in their way today."""
    today = office_date(door.clock())
    with reading(door.engine) as tx:
        reported = opening.is_reported(tx, period)
        states = [
            schemas.FileState(
                name=file,
                out=opening.find(tx, period.key, file) is not None,
                obstacle=opening.obstacle(tx, period, file, reported=reported, today=today),
            )
            for file in File
        ]
        cases = _cases_out(opening.preview(tx, period)) if period.months == 1 else None
    return schemas.PreviewOut(period=period.key, title=period.title(), files=states, cases=cases)


def make(door: StaffDoor, officer: Officer, key: str | None, period: Period, file: File) -> Carried:
    """Make a file of a period whose report is published, for everybody and for good."""

    def act(tx: Session, now: datetime) -> Carried:
        reported = opening.is_reported(tx, period)
        row = opening.make(tx, period, file, reported=reported, now=now)
        return Carried(201, _file_out(row).model_dump(mode="json"))

    return perform(door, officer, Verb.MEASURE, key, ["open-data", period.key, file], act)


def items(door: StaffDoor, officer: Officer, state: State) -> list[Shown]:
    """The items of a state as this officer may see them."""
    with reading(door.engine) as tx:
        return shown(tx, outcomes.listed(tx, state), officer, door.clock())


def shown(tx: Session, rows: Sequence[PublicItem], officer: Officer, now: datetime) -> list[Shown]:
    """Items with the names of those who dealt with them."""
    names, seen = outcomes.proposers(tx, rows), sight(tx, officer, now)
    return [
        Shown(
            row,
            names[row.by_id],
            names.get(row.decided_by_id) if row.decided_by_id else None,
            row.case.case_no if row.case and seen.allows(row.case) else None,
        )
        for row in rows
    ]


def propose(door: StaffDoor, officer: Officer, key: str | None, body: schemas.NewItem) -> Carried:
    """Propose an item, of a case in sight or of none."""

    def change(tx: Session, now: datetime) -> PublicItem:
        if body.case_no:
            visible(tx, body.case_no, officer, now)
        return outcomes.propose(tx, **body.model_dump(), by=officer, now=now)

    request = ["public-item", body.model_dump(mode="json")]
    return _carry(door, officer, Verb.READ_CASES, key, request, change, 201)


def approve(door: StaffDoor, officer: Officer, key: str | None, number: int) -> Carried:
    """Publish an item."""

    def change(tx: Session, now: datetime) -> PublicItem:
        return outcomes.approve(tx, number, by=officer, now=now)

    return _carry(door, officer, Verb.MEASURE, key, ["approve-item", number], change)


def withdraw(door: StaffDoor, officer: Officer, key: str | None, number: int) -> Carried:
    """Take an item back."""

    def change(tx: Session, now: datetime) -> PublicItem:
        return outcomes.withdraw_item(tx, number, by=officer, now=now)

    return _carry(door, officer, Verb.READ_CASES, key, ["withdraw-item", number], change)


# --- inside ---------------------------------------------------------------------------------
def _done(carried: Carried) -> JSONResponse:
    return JSONResponse(carried.body, carried.status)


def _carry(
    door: StaffDoor,
    officer: Officer,
    verb: Verb,
    key: str | None,
    request: object,
    change: Change,
    status: int = 200,
) -> Carried:
    def act(tx: Session, now: datetime) -> Carried:
        (one,) = shown(tx, [change(tx, now)], officer, now)
        return Carried(status, _item_out(one).model_dump(mode="json"))

    return perform(door, officer, verb, key, request, act)


def _file_out(row: Opened) -> schemas.FileOut:
    return schemas.FileOut(
        period=row.period,
        name=File(row.name),
        rows=row.rows,
        withheld=row.withheld,
        made_at=row.at,
    )


def _cases_out(found: Suppressed) -> schemas.CasesPreview:
    return schemas.CasesPreview(
        rows=len(found.rows), withheld=found.withheld, hidden=dict(found.hidden)
    )


def _item_out(one: Shown) -> schemas.ItemOut:
    row = one.row
    return schemas.ItemOut(
        id=row.id,
        period=row.period,
        said=row.said,
        did=row.did,
        section=row.section.code,
        case_no=one.case_no,
        state=State(row.state),
        by=one.by,
        at=row.at,
        decided_by=one.decided_by,
        decided_at=row.decided_at,
    )
