"""The pages of templates for answers, and of changed laws with everything that rests on them."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fastapi import Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session as Tx

from admin_api import errors, policy, tasks, wordings
from admin_api.access import AtDoor, StaffDoor
from admin_api.console import language, shell, wordings_words
from admin_api.console.filled import AsFilled, Filled
from admin_api.console.forms import BadForm
from admin_api.console.language import _
from admin_api.console.sessions import InSession, Session
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Verb
from admin_api.schemas import wordings as schemas
from admin_api.schemas.base import Strict
from admin_api.schemas.tasks import Settled
from admin_api.wordings import Number, Reach
from complaints import law_changes, templates
from complaints.errors import NothingToDecide
from complaints.roles import OWN_SECTION, Role
from complaints.tables import Officer, Section, Task, Template
from complaints.wording.terms import KINDS, term
from data.database import reading

WORDINGS = f"{shell.HOME}/wordings"
LAWS = f"{WORDINGS}/laws"
CAUGHT: tuple[type[Exception], ...] = (BadForm, *errors.PROBLEMS)

router = NarrowRouter(prefix=WORDINGS, include_in_schema=False)
Body = TypeVar("Body", bound=Strict)


@dataclass(frozen=True)
class Sheet:
    """What a page shows beside what is kept: a problem, what was typed, tried and done."""

    problem: str = ""
    status: int = 200
    typed: Mapping[str, str] = field(default_factory=dict)
    tried: schemas.TriedTemplate | None = None
    reach: Reach | None = None
    done: str = ""


# --- templates ------------------------------------------------------------------------------
@router.get("")
def show_templates(door: AtDoor, session: InSession, done: str = "") -> Response:
    """All templates in use; who handles no cases is led to the changed laws."""
    if not _may(session.officer, Verb.READ_CASES):
        return RedirectResponse(LAWS, status_code=303)
    with reading(door.engine) as tx:
        rows = sorted(templates.in_use(tx), key=_order)
    return _page("wordings_list.html", door, session, Sheet(done=done), rows=rows)


@router.get("/new")
def show_new(door: AtDoor, session: InSession) -> Response:
    """The form of a new template."""
    _require_editing(session)
    return _template_page(None, door, session, Sheet())


@router.post("/new")
def act_on_new(door: AtDoor, form: AsFilled) -> Response:
    """Try a new template, or keep it."""
    _require_editing(form.session)
    try:
        if form.text("do") == "try":
            return _template_page(None, door, form.session, _tried(door, form))
        body = _checked(schemas.NewTemplate, _template(form))
        wordings.add_template(body, door, form.officer, form.key)
    except CAUGHT as error:
        return _template_page(None, door, form.session, _refused(error, form))
    return _went(WORDINGS, "saved")


@router.get("/laws")
def show_laws(door: AtDoor, session: InSession, done: str = "") -> Response:
    """The changes noted, newest first, and the form to note another."""
    policy.require(session.officer, Verb.READ_FAQ)
    return _laws_page(door, session, Sheet(done=done))


@router.post("/laws")
def act_on_laws(door: AtDoor, form: AsFilled) -> Response:
    """See what a change would touch, or note it."""
    policy.require(form.officer, Verb.READ_FAQ)
    try:
        body = _checked(schemas.NewLawChange, _law(form))
        if form.text("do") == "look":
            return _laws_page(door, form.session, _looked(door, form, body))
        wordings.note_change(body, door, form.officer, form.key)
    except CAUGHT as error:
        return _laws_page(door, form.session, _refused(error, form))
    return _went(LAWS, "noted")


@router.get("/laws/{number}")
def show_law(number: Number, door: AtDoor, session: InSession, done: str = "") -> Response:
    """One change, and everything that rests on it now."""
    policy.require(session.officer, Verb.READ_FAQ)
    return _law_page(number, door, session, Sheet(done=done))


@router.post("/laws/{number}/settle")
def settle_law(number: Number, door: AtDoor, form: AsFilled) -> Response:
    """Say that everything a change touches was looked at."""
    policy.require(form.officer, Verb.READ_CASES)
    try:
        body = _checked(Settled, {"result": form.text("result")})
        with reading(door.engine) as tx:
            task = _task(tx, number)
        if task is None:
            raise NothingToDecide(f"law change {number}")
        tasks.settle(door, form.officer, form.key, task.id, body)
    except CAUGHT as error:
        return _law_page(number, door, form.session, _refused(error, form))
    return _went(f"{LAWS}/{number}", "settled")


@router.get("/{number}")
def show_template(number: Number, door: AtDoor, session: InSession) -> Response:
    """One template as it becomes, and the form to change it."""
    policy.require(session.officer, Verb.READ_CASES)
    return _template_page(number, door, session, Sheet())


@router.post("/{number}")
def act_on_template(number: Number, door: AtDoor, form: AsFilled) -> Response:
    """Try a change, or keep it; a locked template is looked at by this."""
    _require_editing(form.session)
    try:
        if form.text("do") == "try":
            return _template_page(number, door, form.session, _tried(door, form))
        given = _template(form) | {"version": form.number("version")}
        body = _checked(schemas.ChangedTemplate, given)
        wordings.change_template(number, body, door, form.officer, form.key)
    except CAUGHT as error:
        return _template_page(number, door, form.session, _refused(error, form))
    return _went(WORDINGS, "saved")


@router.post("/{number}/confirm")
def confirm(number: Number, door: AtDoor, form: AsFilled) -> Response:
    """It still holds: the template may be used again; back to the change it waited for."""
    _require_editing(form.session)
    try:
        body = _checked(schemas.OfVersion, {"version": form.number("version")})
        wordings.confirm_template(number, body, door, form.officer, form.key)
    except CAUGHT as error:
        return _template_page(number, door, form.session, _refused(error, form))
    law = form.number("law")
    return _went(f"{LAWS}/{law}" if law else WORDINGS, "confirmed")


@router.post("/{number}/retire")
def retire(number: Number, door: AtDoor, form: AsFilled) -> Response:
    """Take a template out of use."""
    _require_editing(form.session)
    try:
        body = _checked(schemas.OfVersion, {"version": form.number("version")})
        wordings.retire_template(number, body, door, form.officer, form.key)
    except CAUGHT as error:
        return _template_page(number, door, form.session, _refused(error, form))
    return _went(WORDINGS, "retired")


# --- inside ---------------------------------------------------------------------------------
def _page(name: str, door: StaffDoor, session: Session, sheet: Sheet, **values: Any) -> Response:
    spoken = language.current()
    return shell.page(
        name,
        door,
        session,
        status=sheet.status,
        problem=sheet.problem,
        typed=sheet.typed,
        tried=sheet.tried,
        done=_(wordings_words.DONE.get(sheet.done, "")),
        key=lambda: secrets.token_hex(16),
        kinds={kind.value: term(pair, spoken) for kind, pair in KINDS.items()},
        law_of=law_changes.in_words,
        may_edit=_may_edit(session.officer),
        may_note=Role(session.officer.role) in law_changes.NOTERS,
        **values,
    )


def _template_page(number: int | None, door: StaffDoor, session: Session, sheet: Sheet) -> Response:
    with reading(door.engine) as tx:
        row = _kept(tx, number) if number is not None else None
        sections = _sections(tx, session.officer)
    kept = _written(row) if row else {"section": _own_section(session.officer)}
    mine = row is None or templates.may_keep(session.officer, row.section_id)
    return _page(
        "wordings_one.html",
        door,
        session,
        sheet,
        row=row,
        sections=sections,
        form={**kept, **sheet.typed},
        shown=templates.preview(row.text) if row else "",
        may_change=mine and _may_edit(session.officer),
        general=Role(session.officer.role) not in OWN_SECTION,
        places=wordings_words.PLACES,
    )


def _laws_page(door: StaffDoor, session: Session, sheet: Sheet) -> Response:
    with reading(door.engine) as tx:
        rows = law_changes.noted(tx)
        waiting = set(tx.scalars(select(Task.key).where(Task.done_at.is_(None), _OF_LAWS)))
    open_ones = {row.id for row in rows if f"law:{row.id}" in waiting}
    values = {"rows": rows, "waiting": open_ones, "reach": sheet.reach}
    return _page("wordings_laws.html", door, session, sheet, **values)


def _law_page(number: int, door: StaffDoor, session: Session, sheet: Sheet) -> Response:
    officer = session.officer
    with reading(door.engine) as tx:
        row = wordings.change_of(tx, number)
        reach = wordings.touched(tx, row, officer, door.clock())
        task = _task(tx, number)
    keeps = {one.id for one in reach.templates if templates.may_keep(officer, one.section_id)}
    reads = _may(officer, Verb.READ_CASES)
    return _page(
        "wordings_law.html",
        door,
        session,
        sheet,
        row=row,
        reach=reach,
        task=task,
        keeps=keeps,
        reads_cases=reads,
        settles=reads and Role(officer.role) not in OWN_SECTION,
    )


_OF_LAWS = Task.key.startswith("law:")


def _task(tx: Tx, number: int) -> Task | None:
    return tx.scalar(select(Task).where(Task.key == f"law:{number}"))


def _kept(tx: Tx, number: int) -> Template:
    row = tx.get(Template, number)
    if row is None or row.retired:
        raise NothingToDecide(f"template {number}")
    return row


def _written(row: Template) -> dict[str, str]:
    return {
        "name": row.name,
        "text": row.text,
        "section": row.section.code if row.section else "",
        "kind": row.kind or "",
        "version": str(row.version),
    }


def _order(row: Template) -> tuple[str, str, str, int]:
    return row.section.code if row.section else "", row.kind or "", row.name, row.id


def _sections(tx: Tx, officer: Officer) -> list[Section]:
    """The sections one may write templates for."""
    rows = tx.scalars(select(Section).where(Section.active).order_by(Section.code))
    return [one for one in rows if templates.may_keep(officer, one.id)]


def _own_section(officer: Officer) -> str:
    own = Role(officer.role) in OWN_SECTION and officer.section
    return officer.section.code if own and officer.section else ""


def _tried(door: StaffDoor, form: Filled) -> Sheet:
    given = {"text": form.text("text"), "case_no": form.text("case_no") or None}
    body = _checked(schemas.TemplateText, given)
    return Sheet(typed=form.given, tried=wordings.try_template(body, door, form.officer))


def _looked(door: StaffDoor, form: Filled, body: schemas.NewLawChange) -> Sheet:
    now = door.clock()
    with reading(door.engine) as tx:
        row = wordings.begun(body, form.officer, now)
        reach = wordings.touched(tx, row, form.officer, now)
    return Sheet(typed=form.given, reach=reach)


def _template(form: Filled) -> dict[str, Any]:
    choices = {name: form.text(name) or None for name in ("section", "kind")}
    return {"name": form.text("name"), "text": form.text("text")} | choices


def _law(form: Filled) -> dict[str, Any]:
    names = "law", "effective_on", "note"
    return {name: form.text(name) for name in names} | {"article": form.text("article") or None}


def _may(officer: Officer, verb: Verb) -> bool:
    return Role(officer.role) in policy.MAY[verb]


def _may_edit(officer: Officer) -> bool:
    return Role(officer.role) in templates.EDITORS


def _require_editing(session: Session) -> None:
    policy.require(session.officer, Verb.READ_CASES)
    if not _may_edit(session.officer):
        raise policy.Forbidden("template")


def _checked(kind: type[Body], body: Mapping[str, Any]) -> Body:
    """A body of the API; raises BadForm naming the fields that are wrong."""
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        raise BadForm(tuple(dict.fromkeys(str(one["loc"][0]) for one in error.errors()))) from None


def _refused(error: Exception, form: Filled) -> Sheet:
    """The page again with what was typed; who was overtaken goes on from what is there now."""
    found = wordings_words.refusal(error)
    if found is None:
        raise error
    stale = found[1] == 409
    typed = {name: text for name, text in form.given.items() if not (stale and name == "version")}
    return Sheet(*found, typed=typed)


def _went(path: str, done: str) -> Response:
    return RedirectResponse(f"{path}?done={done}", status_code=303)
