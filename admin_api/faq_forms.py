"""Routes: the forms the office hands out with its answers."""

import hashlib
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import HTTPException, Path, Response, UploadFile
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session

from admin_api import policy
from admin_api.access import AsOfficer, AtDoor, Carried, IdempotencyKey, StaffDoor, perform
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Verb
from admin_api.schemas import knowledge as schemas
from complaints.tables import Officer
from data.database import reading
from faq.keeping import forms
from faq.keeping.editing import LONGEST_FORM
from faq.keeping.forms import MOST_BYTES

router = NarrowRouter(prefix="/api/v1/faq/forms", tags=["faq"])
FormName = Annotated[str, Path(min_length=1, max_length=LONGEST_FORM, examples=["委託書"])]


@router.get("", summary="表單 / The forms")
def read_forms(door: AtDoor, officer: AsOfficer) -> schemas.FormsOut:
    """All forms by name, the entries that name each, and the forms nobody has uploaded yet.

    The file of a form is for everybody: `GET /forms/{name}`, beside this interface.
    """
    policy.require(officer, Verb.READ_FAQ)
    with reading(door.engine) as tx:
        return schemas.FormsOut.model_validate(asdict(forms.all_of(tx)))


@router.put("/{name}", response_model=schemas.FormKept, summary="上傳表單 / Upload a form")
def upload_form(
    name: FormName,
    file: UploadFile,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """A PDF, ODT, ODS or DOCX of at most 5 MB; it replaces the form of this name."""
    policy.require(officer, Verb.APPROVE_FAQ)
    content = file.file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise HTTPException(413, "檔案太大，上限 5 MB。 The file is larger than 5 MB.")
    carried = upload(door, officer, key, name, content)
    return JSONResponse(carried.body, carried.status)


@router.delete("/{name}", response_model=schemas.FormKept, summary="移除表單 / Remove a form")
def remove_form(
    name: FormName, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """Hand it out no longer; refused while entries in service name it."""
    carried = remove(door, officer, key, name)
    return JSONResponse(carried.body, carried.status)


def upload(
    door: StaffDoor, officer: Officer, key: str | None, name: str, content: bytes
) -> Carried:
    """Keep a form; raises as `forms.keep` does."""

    def act(tx: Session, now: datetime) -> Carried:
        kept = forms.keep(tx, name, content, by=officer.username, now=now)
        return Carried(200, {"name": kept.name})

    request = ["form", name, hashlib.sha256(content).hexdigest()]
    return perform(door, officer, Verb.APPROVE_FAQ, key, request, act)


def remove(door: StaffDoor, officer: Officer, key: str | None, name: str) -> Carried:
    """Remove a form; raises as `forms.remove` does."""

    def act(tx: Session, _now: datetime) -> Carried:
        forms.remove(tx, name)
        return Carried(200, {"name": name})

    return perform(door, officer, Verb.APPROVE_FAQ, key, ["remove-form", name], act)
