"""Routes: visits to the place, the checklist of a case, and the steps the office keeps."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path as Folder
from typing import Annotated

from fastapi import File, HTTPException, Path, Response, UploadFile
from fastapi.responses import JSONResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_api import cases, policy
from admin_api.access import AsOfficer, AtDoor, Carried, IdempotencyKey, StaffDoor, perform
from admin_api.cases import CaseNo
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Verb
from admin_api.preconditions import IfMatch, held_to
from admin_api.schemas import checklists as schemas
from admin_api.schemas.cases import CaseDetail
from complaints import checklists, handling
from complaints.checklists import Checked
from complaints.handling.cases import section_of
from complaints.intake import OFFICE_CHANNEL, SentFile
from complaints.tables import Case, CheckStep, Officer, Section
from data import files
from data.database import reading

TOO_LARGE = "照片太大，一個上限 20 MB。 A photo is larger than 20 MB."
NO_PHOTO = "檔案壞了，或不是照片或 PDF。 A file is damaged, or neither a picture nor a PDF."

router = NarrowRouter(prefix="/api/v1", tags=["checklists"])
Number = Annotated[int, Path(ge=1, lt=2**31)]
Form = Annotated[schemas.Visit, File()]  # sent as a form because files go with it


# --- a case ---------------------------------------------------------------------------------
@router.post(
    "/cases/{case_no}/visits",
    response_model=CaseDetail,
    status_code=201,
    summary="登錄現場會勘 / Record a visit to the place",
    max_body_size=files.room_for(schemas.MOST_PHOTOS),
)
def record_visit(
    case_no: CaseNo,
    body: Form,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
    held: IfMatch = None,
) -> Response:
    """What was found, who was there and what comes next, with photos; never sent to the citizen.

    Photos become files of the case, without what their camera noted.
    """
    with held_to(held, body.version):
        return _done(carry_visit(door, officer, key, case_no, body))


@router.get("/cases/{case_no}/steps", summary="本案檢核清單 / The checklist of a case")
def read_case_steps(case_no: CaseNo, door: AtDoor, officer: AsOfficer) -> list[schemas.CheckedOut]:
    """The steps that fit the case, in their order, with who ticked them and when."""
    policy.require(officer, Verb.READ_CASES)
    with reading(door.engine) as tx:
        return _checked_out(tx, cases.visible(tx, case_no, officer, door.clock()))


@router.post(
    "/cases/{case_no}/steps/{number}",
    response_model=list[schemas.CheckedOut],
    summary="勾選或取消一步 / Tick a step, or take it back",
)
def check_case_step(
    case_no: CaseNo,
    number: Number,
    body: schemas.Check,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """A reminder for colleagues; a step not ticked bars no answer."""

    def act(tx: Session, now: datetime) -> Carried:
        case = cases.visible(tx, case_no, officer, now)
        given = body.model_dump()
        handling.check_step(tx, case_no, step_id=number, **given, by=officer, now=now)
        return Carried(200, {"steps": _plain(_checked_out(tx, case))})

    request = ["step", case_no, number, body.model_dump()]
    return _listed(perform(door, officer, Verb.READ_CASES, key, request, act))


def carry_visit(
    door: StaffDoor, officer: Officer, key: str | None, case_no: str, body: schemas.Visit
) -> Carried:
    """Keep the photos and record the visit, once for a request key; answers with the case.

    Raises HTTPException for a photo that cannot be taken.
    """
    _require_sight(door, officer, case_no)
    kept = _keep(door.files, body.photos)

    def act(tx: Session, now: datetime) -> Carried:
        cases.visible(tx, case_no, officer, now)
        handling.record_visit(tx, case_no, **body.given(), files=kept, by=officer, now=now)
        tx.flush()
        tx.expire_all()
        case = tx.scalars(select(Case).where(Case.case_no == case_no)).one()
        return Carried(201, cases.detail(tx, case, officer, now).model_dump(mode="json"))

    request = ["visit", case_no, body.given(), [one.reference for one in kept]]
    return perform(door, officer, Verb.READ_CASES, key, request, act)


# --- what the office keeps ------------------------------------------------------------------
@router.get("/steps", summary="檢核清單 / The steps the office keeps")
def read_steps(door: AtDoor, officer: AsOfficer) -> list[schemas.StepOut]:
    """The steps in use: the whole office's first, then section by section, in their order."""
    policy.require(officer, Verb.READ_CASES)
    with reading(door.engine) as tx:
        return _steps_out(tx)


@router.post(
    "/steps",
    response_model=list[schemas.StepOut],
    status_code=201,
    summary="新增檢核項目 / Add a step",
)
def add_step(
    body: schemas.NewStep, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """Last of its section, or of the office; a chief adds to the own section. Answers with all."""

    def act(tx: Session, now: datetime) -> Carried:
        section, plain = _section(tx, body), body.model_dump(exclude={"section"})
        checklists.add(tx, **plain, section=section, by=officer, now=now)
        return Carried(201, {"steps": _plain(_steps_out(tx))})

    request = ["step", body.model_dump(mode="json")]
    return _listed(perform(door, officer, Verb.READ_CASES, key, request, act))


@router.put(
    "/steps/{number}",
    response_model=list[schemas.StepOut],
    summary="修改檢核項目 / Change a step",
)
def change_step(
    number: Number,
    body: schemas.NewStep,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """The whole step as it should be; what was ticked stays ticked. Answers with all steps."""

    def act(tx: Session, now: datetime) -> Carried:
        section, plain = _section(tx, body), body.model_dump(exclude={"section"})
        checklists.change(tx, number, **plain, section=section, by=officer, now=now)
        return Carried(200, {"steps": _plain(_steps_out(tx))})

    request = ["step", number, body.model_dump(mode="json")]
    return _listed(perform(door, officer, Verb.READ_CASES, key, request, act))


@router.post(
    "/steps/{number}/retire",
    response_model=list[schemas.StepOut],
    summary="停用檢核項目 / Take a step out of use",
)
def retire_step(
    number: Number, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """It leaves every list; histories keep what was ticked. Answers with the steps left."""

    def act(tx: Session, now: datetime) -> Carried:
        checklists.retire(tx, number, by=officer, now=now)
        return Carried(200, {"steps": _plain(_steps_out(tx))})

    return _listed(perform(door, officer, Verb.READ_CASES, key, ["retire-step", number], act))


@router.post(
    "/steps/{number}/move",
    response_model=list[schemas.StepOut],
    summary="調整順序 / Move a step up or down",
)
def move_step(
    number: Number,
    body: schemas.Moving,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """Past its neighbour of the same section; the first and the last stay. Answers with all."""

    def act(tx: Session, now: datetime) -> Carried:
        checklists.move(tx, number, up=body.up, by=officer, now=now)
        return Carried(200, {"steps": _plain(_steps_out(tx))})

    request = ["move-step", number, body.up]
    return _listed(perform(door, officer, Verb.READ_CASES, key, request, act))


# --- inside ---------------------------------------------------------------------------------
def _require_sight(door: StaffDoor, officer: Officer, case_no: str) -> None:
    """Nothing is kept on the disk for somebody who may not see the case."""
    policy.require(officer, Verb.READ_CASES, changing=True)
    with reading(door.engine) as tx:
        cases.visible(tx, case_no, officer, door.clock())


def _keep(folder: Folder, photos: Sequence[UploadFile]) -> list[SentFile]:
    """Before the transaction, because to look at a large picture takes long."""
    chosen = [one for one in photos if one.filename]  # a browser sends an empty field, too
    stored = (_store(folder, one.file.read(files.MAX_BYTES + 1)) for one in chosen)
    return [SentFile(OFFICE_CHANNEL, f"stored:{digest}:{kind}") for digest, kind in stored]


def _store(folder: Folder, content: bytes) -> tuple[str, str]:
    if len(content) > files.MAX_BYTES:
        raise HTTPException(413, TOO_LARGE)
    try:
        return files.keep(folder, content)
    except files.UnacceptableFile:
        raise HTTPException(422, NO_PHOTO) from None


def _section(tx: Session, body: schemas.NewStep) -> Section | None:
    return section_of(tx, body.section) if body.section else None


def _steps_out(tx: Session) -> list[schemas.StepOut]:
    codes = {one.id: one.code for one in tx.execute(select(Section.id, Section.code))}
    return [_step_out(row, codes) for row in checklists.in_use(tx)]


def _step_out(row: CheckStep, codes: dict[int, str]) -> schemas.StepOut:
    section = codes[row.section_id] if row.section_id else None
    told = {name: getattr(row, name) for name in ("id", "text", "kind", "topic", "by", "at")}
    return schemas.StepOut(**told, section=section)


def _checked_out(tx: Session, case: Case) -> list[schemas.CheckedOut]:
    return [_one_checked(one) for one in checklists.of_case(tx, case)]


def _one_checked(one: Checked) -> schemas.CheckedOut:
    told = {name: getattr(one, name) for name in ("done", "by", "at", "remark", "said")}
    return schemas.CheckedOut(id=one.step.id, text=one.step.text, **told)


def _plain(rows: Sequence[schemas.CheckedOut] | Sequence[schemas.StepOut]) -> list[object]:
    return [one.model_dump(mode="json") for one in rows]


def _done(carried: Carried) -> JSONResponse:
    return JSONResponse(carried.body, carried.status)


def _listed(carried: Carried) -> JSONResponse:
    """What is remembered for a request key is an object; the answer is its list."""
    return JSONResponse(carried.body["steps"], carried.status)
