"""The pages of visits and checklists: beside a case, and where the office keeps its steps."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, TypeVar

from fastapi import File, Form, HTTPException, Response, UploadFile
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session as Tx

from admin_api import cases, errors, policy
from admin_api import checklists as api
from admin_api.access import AtDoor, StaffDoor
from admin_api.checklists import Number
from admin_api.console import checklists_words, language, shell
from admin_api.console.filled import LONGEST_KEY, AsFilled, Filled
from admin_api.console.forms import BadForm
from admin_api.console.language import _
from admin_api.console.sessions import InSession, Proven, Session
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Forbidden, Verb
from admin_api.schemas import checklists as schemas
from admin_api.schemas.base import Strict
from complaints import checklists
from complaints.clock.workdays import TAIPEI
from complaints.roles import Role
from complaints.tables import Case, CheckStep, Officer, Section
from complaints.wording.terms import KINDS, TOPICS, term
from data import files
from data.database import reading

STEPS = f"{shell.HOME}/checklists"
CAUGHT: tuple[type[Exception], ...] = (BadForm, HTTPException, *errors.PROBLEMS)
YES = "yes"
BETWEEN = re.compile(r"[\n、，,；;]")  # names as people write them one after another
AS_TYPED = "%Y-%m-%dT%H:%M"  # what a browser sends for a day and a time
Body = TypeVar("Body", bound=Strict)
Typed = Annotated[str, Form(max_length=20_000)]

router = NarrowRouter(prefix=shell.HOME, include_in_schema=False)


@dataclass(frozen=True)
class Sheet:
    """What a page shows beside what is kept: a problem, what was typed, what was done."""

    problem: str = ""
    status: int = 200
    typed: Mapping[str, str] = field(default_factory=dict)
    done: str = ""


# --- beside a case --------------------------------------------------------------------------
def beside(
    tx: Tx, case: Case, now: datetime, typed: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """What the part of visits and checks needs of a case; `typed` on a page of its own."""
    steps = checklists.of_case(tx, case)
    return {
        "steps": steps,
        "unticked": checklists.unticked(steps),
        "visit": typed or {},
        "first": case.received_at.astimezone(TAIPEI).strftime(AS_TYPED),
        "last": now.astimezone(TAIPEI).strftime(AS_TYPED),
        "alone": typed is not None,
        "new_key": lambda: secrets.token_hex(16),
        "most_photos": schemas.MOST_PHOTOS,
    }


@router.get("/cases/{case_no}/steps")
def show_case_steps(case_no: str, door: AtDoor, session: InSession) -> Response:
    """Visits and checks of a case alone, for whoever stands there with a telephone."""
    policy.require(session.officer, Verb.READ_CASES)
    return _case_page(case_no, door, session, Sheet())


@router.post("/cases/{case_no}/visits", max_body_size=files.room_for(schemas.MOST_PHOTOS))
def record_visit(
    case_no: str,
    door: AtDoor,
    session: Proven,
    version: Typed = "",
    visited_at: Typed = "",
    where: Typed = "",
    found: Typed = "",
    present: Typed = "",
    next_step: Typed = "",
    key: Typed = "",
    photos: Annotated[list[UploadFile] | None, File()] = None,
) -> Response:
    """Record a visit; a refusal shows what was typed, but the photos must be chosen again."""
    policy.require(session.officer, Verb.READ_CASES)
    typed = {
        "visited_at": visited_at,
        "where": _lines(where),
        "found": _lines(found),
        "present": _lines(present),
        "next_step": _lines(next_step),
    }
    try:
        body = _checked(schemas.Visit, _visit(typed, version) | {"photos": photos or []})
        api.carry_visit(door, session.officer, key[:LONGEST_KEY] or None, case_no, body)
    except CAUGHT as error:
        return _case_page(case_no, door, session, _refused(error, typed))
    return _went(f"{shell.HOME}/cases/{case_no}#steps")


@router.post("/cases/{case_no}/steps/{number}")
def check_step(case_no: str, number: Number, door: AtDoor, form: AsFilled) -> Response:
    """Tick a step, or take the tick back."""
    policy.require(form.officer, Verb.READ_CASES)
    given = {"done": form.text("done") == YES, "remark": form.text("remark")}
    try:
        body = _checked(schemas.Check, given)
        api.check_case_step(case_no, number, body, door, form.officer, form.key)
    except CAUGHT as error:
        typed = {f"remark-{number}": form.text("remark")}
        return _case_page(case_no, door, form.session, _refused(error, typed))
    return _went(f"{shell.HOME}/cases/{case_no}#steps")


# --- what the office keeps ------------------------------------------------------------------
@router.get("/checklists")
def show_steps(door: AtDoor, session: InSession, done: str = "") -> Response:
    """The steps in use, in their order."""
    policy.require(session.officer, Verb.READ_CASES)
    with reading(door.engine) as tx:
        rows, sections = checklists.in_use(tx), _sections(tx)
    names = {one.id: one.name for one in sections}
    return _page("checklists.html", door, session, Sheet(done=done), rows=rows, sections=names)


@router.get("/checklists/new")
def show_new(door: AtDoor, session: InSession) -> Response:
    """The form of a new step."""
    _require_editing(session)
    return _step_page(None, door, session, Sheet())


@router.post("/checklists/new")
def add_step(door: AtDoor, form: AsFilled) -> Response:
    """Keep a new step."""
    _require_editing(form.session)
    try:
        api.add_step(_checked(schemas.NewStep, _step(form)), door, form.officer, form.key)
    except CAUGHT as error:
        return _step_page(None, door, form.session, _refused(error, form.given))
    return _went(f"{STEPS}?done=saved")


@router.get("/checklists/{number}")
def show_step(number: Number, door: AtDoor, session: InSession) -> Response:
    """One step, and the form to change it."""
    _require_editing(session)
    return _step_page(number, door, session, Sheet())


@router.post("/checklists/{number}")
def change_step(number: Number, door: AtDoor, form: AsFilled) -> Response:
    """Change a step."""
    _require_editing(form.session)
    try:
        body = _checked(schemas.NewStep, _step(form))
        api.change_step(number, body, door, form.officer, form.key)
    except CAUGHT as error:
        return _step_page(number, door, form.session, _refused(error, form.given))
    return _went(f"{STEPS}?done=saved")


@router.post("/checklists/{number}/move")
def move_step(number: Number, door: AtDoor, form: AsFilled) -> Response:
    """Move a step up or down among those of its section."""
    _require_editing(form.session)
    body = schemas.Moving(up=form.text("up") == YES)
    api.move_step(number, body, door, form.officer, form.key)
    return _went(f"{STEPS}?done=moved")


@router.post("/checklists/{number}/retire")
def retire_step(number: Number, door: AtDoor, form: AsFilled) -> Response:
    """Take a step out of use."""
    _require_editing(form.session)
    api.retire_step(number, door, form.officer, form.key)
    return _went(f"{STEPS}?done=retired")


# --- inside ---------------------------------------------------------------------------------
def _case_page(case_no: str, door: StaffDoor, session: Session, sheet: Sheet) -> Response:
    now = door.clock()
    with reading(door.engine) as tx:
        case = cases.visible(tx, case_no, session.officer, now)
        shown = cases.detail(tx, case, session.officer, now)
        values = beside(tx, case, now, sheet.typed)
    name, problem = "checklists_case.html", sheet.problem
    return shell.page(
        name, door, session, status=sheet.status, problem=problem, case=shown, **values
    )


def _step_page(number: int | None, door: StaffDoor, session: Session, sheet: Sheet) -> Response:
    with reading(door.engine) as tx:
        row = checklists.find(tx, number) if number is not None else None
        sections = [
            one for one in _sections(tx) if one.active or (row and row.section_id == one.id)
        ]
    if row and not checklists.may_keep(session.officer, row.section_id):
        raise Forbidden("step")
    kept = _written(row, sections) if row else {"section": _own_section(session.officer)}
    return _page(
        "checklists_one.html",
        door,
        session,
        sheet,
        row=row,
        sections=[one for one in sections if checklists.may_keep(session.officer, one.id)],
        form={**kept, **sheet.typed},
        general=checklists.may_keep(session.officer, None),
        longest=checklists.LONGEST,
    )


def _page(name: str, door: StaffDoor, session: Session, sheet: Sheet, **values: Any) -> Response:
    spoken = language.current()
    return shell.page(
        name,
        door,
        session,
        status=sheet.status,
        problem=sheet.problem,
        done=_(checklists_words.DONE.get(sheet.done, "")),
        key=lambda: secrets.token_hex(16),
        kinds={kind.value: term(pair, spoken) for kind, pair in KINDS.items()},
        topics={topic.value: term(pair, spoken) for topic, pair in TOPICS.items()},
        may_edit=_may_edit(session.officer),
        keeps=lambda row: checklists.may_keep(session.officer, row.section_id),
        **values,
    )


def _visit(typed: Mapping[str, str], version: str) -> dict[str, Any]:
    """A typed record as the API takes it; the time is the office's."""
    present = [one.strip() for one in BETWEEN.split(typed["present"]) if one.strip()]
    given: dict[str, Any] = {**typed, "present": present, "version": version}
    try:
        at = datetime.strptime(typed["visited_at"][:16], AS_TYPED).replace(tzinfo=TAIPEI)
    except ValueError:
        return given
    return given | {"visited_at": at}


def _step(form: Filled) -> dict[str, Any]:
    choices = {name: form.text(name) or None for name in ("kind", "topic", "section")}
    return {"text": form.text("text")} | choices


def _written(row: CheckStep, sections: list[Section]) -> dict[str, str]:
    codes = {one.id: one.code for one in sections}
    section = codes[row.section_id] if row.section_id else ""
    return {
        "text": row.text,
        "kind": row.kind or "",
        "topic": row.topic or "",
        "section": section,
    }


def _sections(tx: Tx) -> list[Section]:
    return list(tx.scalars(select(Section).order_by(Section.code)))


def _own_section(officer: Officer) -> str:
    chief = Role(officer.role) == Role.SECTION_CHIEF
    return officer.section.code if chief and officer.section else ""


def _may_edit(officer: Officer) -> bool:
    return Role(officer.role) in checklists.EDITORS


def _require_editing(session: Session) -> None:
    policy.require(session.officer, Verb.READ_CASES)
    if not _may_edit(session.officer):
        raise Forbidden("step")


def _checked(kind: type[Body], body: Mapping[str, Any]) -> Body:
    """A body of the API; raises BadForm naming the fields that are wrong."""
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        raise BadForm(tuple(dict.fromkeys(str(one["loc"][0]) for one in error.errors()))) from None


def _refused(error: Exception, typed: Mapping[str, str]) -> Sheet:
    """The page again with what was typed; who was overtaken goes on from what is there now."""
    found = checklists_words.refusal(error)
    if found is None:
        raise error
    return Sheet(*found, typed=typed)


def _lines(text: str) -> str:
    """Browsers end lines with two characters; no text of ours holds NUL."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def _went(path: str) -> Response:
    return RedirectResponse(path, status_code=303)
