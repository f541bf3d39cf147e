"""The pages of people: roster, sections, officers' entries, absences and deputies."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote

from fastapi import Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session as Tx

from admin_api import errors, people, policy
from admin_api.access import AtDoor, StaffDoor
from admin_api.console import people_words, shell, wording
from admin_api.console.filled import AsFilled, Filled
from admin_api.console.forms import BadForm
from admin_api.console.language import _
from admin_api.console.sessions import InSession, Session
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Verb
from admin_api.schemas import people as schemas
from admin_api.schemas.base import Strict
from admin_api.tables import AccountEvent
from complaints import leaving, marks, roster, staffing
from complaints.clock.workdays import office_date
from complaints.errors import UnknownSection
from complaints.roles import HANDLERS, Role
from complaints.roster import InIt
from complaints.tables import Absence, Officer, Section
from data.database import reading

PEOPLE = f"{shell.HOME}/people"
ABSENCES = f"{shell.HOME}/absences"
DEEDS_SHOWN = 10
CAUGHT: tuple[type[Exception], ...] = (BadForm, *errors.PROBLEMS)
YES = "yes"

router = NarrowRouter(prefix=shell.HOME, include_in_schema=False)
Body = TypeVar("Body", bound=Strict)


@dataclass(frozen=True)
class Sheet:
    """What a page shows beside what is kept: a problem, what was typed, what was done."""

    problem: str = ""
    status: int = 200
    typed: Mapping[str, str] = field(default_factory=dict)
    done: str = ""


@dataclass(frozen=True)
class Away:
    """An absence with the names the page shows, and whether the reader may change it."""

    row: Absence
    who: Officer
    deputy: Officer | None
    mine: bool
    may: bool


# --- the roster -----------------------------------------------------------------------------
@router.get("/people")
def show_people(door: AtDoor, session: InSession, done: str = "") -> Response:
    """Officers and sections, and one's own absences."""
    policy.require(session.officer, Verb.READ_PEOPLE)
    with reading(door.engine) as tx:
        shown = people.people(tx, session.officer, door.clock())
        mine = [one for one in _away(tx, door, session) if one.mine]
    names = {one.code: one.name for one in shown.sections}
    officers = {one.username: one.name for one in shown.officers}
    sheet = Sheet(done=done)
    values = {"shown": shown, "sections": names, "officers": officers, "mine": mine}
    return _page("people_list.html", door, session, sheet, **values)


@router.get("/people/new-section")
def show_new_section(door: AtDoor, session: InSession) -> Response:
    """The form of a new section."""
    policy.require(session.officer, Verb.MANAGE_ACCOUNTS)
    return _section_page(None, door, session, Sheet())


@router.post("/people/new-section")
def add_section(door: AtDoor, form: AsFilled) -> Response:
    """Add a section."""
    policy.require(form.officer, Verb.MANAGE_ACCOUNTS)
    try:
        given = {"code": form.text("code"), "name": form.text("name"), "intake": _ticked(form)}
        people.add_section(_checked(schemas.NewSection, given), door, form.officer, form.key)
    except CAUGHT as error:
        return _section_page(None, door, form.session, _refused(error, form))
    return _went(PEOPLE, "section-added")


@router.get("/people/sections/{code}")
def show_section(code: people.Code, door: AtDoor, session: InSession) -> Response:
    """One section, and the form to change or close it."""
    policy.require(session.officer, Verb.MANAGE_ACCOUNTS)
    return _section_page(code, door, session, Sheet())


@router.post("/people/sections/{code}")
def change_section(code: people.Code, door: AtDoor, form: AsFilled) -> Response:
    """Rename, mark as intake, close or open again."""
    policy.require(form.officer, Verb.MANAGE_ACCOUNTS)
    try:
        active = form.text("active") == YES
        given = {"name": form.text("name"), "intake": _ticked(form), "active": active}
        given |= _given(form, "mark")
        body = _checked(schemas.ChangedSection, given)
        people.change_section(code, body, door, form.officer, form.key)
    except CAUGHT as error:
        return _section_page(code, door, form.session, _refused(error, form))
    return _went(PEOPLE, "section-changed")


# --- officers -------------------------------------------------------------------------------
@router.get("/people/new-officer")
def show_new_officer(door: AtDoor, session: InSession) -> Response:
    """The form of a new account."""
    policy.require(session.officer, Verb.MANAGE_ACCOUNTS)
    return _new_officer_page(door, session, Sheet())


@router.post("/people/new-officer")
def add_officer(door: AtDoor, form: AsFilled) -> Response:
    """Make an account and show its first password this once."""
    policy.require(form.officer, Verb.MANAGE_ACCOUNTS)
    try:
        body = _checked(schemas.NewOfficer, _given(form, "username", "name", "role", "section"))
        made = people.add_officer(body, door, form.officer, form.key)
    except CAUGHT as error:
        return _new_officer_page(door, form.session, _refused(error, form))
    return _page("people_password.html", door, form.session, Sheet(), made=made)


@router.get("/people/officers/{username}")
def show_officer(
    username: people.Username, door: AtDoor, session: InSession, done: str = ""
) -> Response:
    """One officer: how they are entered, their open cases, and what may be done."""
    _require_keeping(session)
    return _officer_page(username, door, session, Sheet(done=done))


@router.post("/people/officers/{username}")
def change_officer(username: people.Username, door: AtDoor, form: AsFilled) -> Response:
    """Change name, role, section, deputy and alert address."""
    policy.require(form.officer, Verb.MANAGE_ACCOUNTS)
    try:
        given = _given(form, "name", "role", "section", "deputy", "successor", "mark")
        body = _checked(schemas.ChangedOfficer, given | {"alert": _alert(form)})
        people.change_officer(username, body, door, form.officer, form.key)
    except CAUGHT as error:
        return _officer_page(username, door, form.session, _refused(error, form))
    return _went(_at(username), "officer-changed")


@router.post("/people/officers/{username}/leave")
def leave(username: people.Username, door: AtDoor, form: AsFilled) -> Response:
    """Close an account; its open cases go to the successor, else to the deputy."""
    _require_keeping(form.session)
    try:
        body = _checked(schemas.Leaving, _given(form, "successor"))
        people.leave(username, body, door, form.officer, form.key)
    except CAUGHT as error:
        return _officer_page(username, door, form.session, _refused(error, form))
    return _went(_at(username), "left")


@router.post("/people/officers/{username}/reopen")
def reopen_officer(username: people.Username, door: AtDoor, form: AsFilled) -> Response:
    """Open a closed account again and show its password this once."""
    policy.require(form.officer, Verb.MANAGE_ACCOUNTS)
    return _password_page(username, people.reopen_officer, door, form)


@router.post("/people/officers/{username}/password")
def reset_password(username: people.Username, door: AtDoor, form: AsFilled) -> Response:
    """Give an account another password and show it this once."""
    policy.require(form.officer, Verb.MANAGE_ACCOUNTS)
    return _password_page(username, people.reset_password, door, form)


# --- absences -------------------------------------------------------------------------------
@router.get("/absences")
def show_absences(door: AtDoor, session: InSession, done: str = "") -> Response:
    """Who is away today and later, and the forms for those one may arrange for."""
    policy.require(session.officer, Verb.READ_PEOPLE)
    return _absences_page(door, session, Sheet(done=done))


@router.post("/absences")
def add_absence(door: AtDoor, form: AsFilled) -> Response:
    """Note an absence, one's own or of somebody one arranges for."""
    policy.require(form.officer, Verb.ARRANGE)
    try:
        given = _given(form, "username", "first_day", "last_day", "deputy")
        people.add_absence(_checked(schemas.NewAbsence, given), door, form.officer, form.key)
    except CAUGHT as error:
        return _absences_page(door, form.session, _refused(error, form))
    return _went(ABSENCES, "noted")


@router.post("/absences/deputy")
def set_deputy(door: AtDoor, form: AsFilled) -> Response:
    """Who stands in for oneself as a rule."""
    policy.require(form.officer, Verb.ARRANGE)
    try:
        body = _checked(schemas.Deputy, {"deputy": form.text("standing") or None})
        people.set_deputy(form.officer.username, body, door, form.officer, form.key)
    except CAUGHT as error:
        return _absences_page(door, form.session, _refused(error, form))
    return _went(ABSENCES, "deputy")


@router.post("/absences/alert")
def set_alert(door: AtDoor, form: AsFilled) -> Response:
    """Where one's own reminders go besides the console."""
    policy.require(form.officer, Verb.ARRANGE)
    try:
        body = _checked(schemas.Alert, {"address": _alert(form)})
        people.set_alert(form.officer.username, body, door, form.officer, form.key)
    except CAUGHT as error:
        return _absences_page(door, form.session, _refused(error, form))
    return _went(ABSENCES, "alert")


@router.post("/absences/{number}")
def change_absence(number: people.AbsenceId, door: AtDoor, form: AsFilled) -> Response:
    """Other days or another deputy."""
    policy.require(form.officer, Verb.ARRANGE)
    try:
        given = _given(form, "first_day", "last_day", "deputy", "mark")
        body = _checked(schemas.ChangedAbsence, given)
        people.change_absence(number, body, door, form.officer, form.key)
    except CAUGHT as error:
        return _absences_page(door, form.session, _refused(error, form))
    return _went(ABSENCES, "changed")


@router.post("/absences/{number}/remove")
def remove_absence(number: people.AbsenceId, door: AtDoor, form: AsFilled) -> Response:
    """Take an absence back."""
    policy.require(form.officer, Verb.ARRANGE)
    try:
        people.remove_absence(number, door, form.officer, form.key)
    except CAUGHT as error:
        return _absences_page(door, form.session, _refused(error, form))
    return _went(ABSENCES, "removed")


# --- inside ---------------------------------------------------------------------------------
def _page(name: str, door: StaffDoor, session: Session, sheet: Sheet, **values: Any) -> Response:
    role = Role(session.officer.role)
    return shell.page(
        name,
        door,
        session,
        status=sheet.status,
        problem=sheet.problem,
        typed=sheet.typed,
        done=_(people_words.DONE.get(sheet.done, "")),
        key=lambda: secrets.token_hex(16),
        mark=marks.mark,
        roles=people_words.ROLES,
        manages=role in policy.MAY[Verb.MANAGE_ACCOUNTS],
        closes=role in leaving.CLOSES_ACCOUNTS,
        **values,
    )


def _section_page(code: str | None, door: StaffDoor, session: Session, sheet: Sheet) -> Response:
    row = None
    if code is not None:
        with reading(door.engine) as tx:
            found = tx.scalar(select(Section).where(Section.code == code))
            if found is None:
                raise UnknownSection(code)
            inside = roster.in_sections(tx).get(found.id, InIt())
        row = people.section_row(found, inside)
    return _page("people_section.html", door, session, sheet, row=row)


def _new_officer_page(door: StaffDoor, session: Session, sheet: Sheet) -> Response:
    with reading(door.engine) as tx:
        sections = _sections(tx)
    return _page("people_new.html", door, session, sheet, sections=sections)


def _officer_page(username: str, door: StaffDoor, session: Session, sheet: Sheet) -> Response:
    with reading(door.engine) as tx:
        shown = people.detail(tx, username, session.officer, door.clock())
        sections, handlers = _sections(tx), _handlers(tx)
        deeds = _deeds(tx, username)
    kept = shown.model_dump() | {"alert": shown.alert.name if shown.alert else ""}
    return _page(
        "people_officer.html",
        door,
        session,
        sheet,
        shown=shown,
        kept={name: kept[name] or "" for name in ("name", "role", "section", "deputy", "alert")},
        sections=sections,
        handlers=[one for one in handlers if one.username != username],
        deeds=deeds,
        deed_words=wording.DEEDS,
        own=username == session.officer.username,
    )


def _password_page(username: str, give: Any, door: StaffDoor, form: Filled) -> Response:
    try:
        made = give(username, door, form.officer, form.key)
    except CAUGHT as error:
        return _officer_page(username, door, form.session, _refused(error, form))
    return _page("people_password.html", door, form.session, Sheet(), made=made)


def _absences_page(door: StaffDoor, session: Session, sheet: Sheet) -> Response:
    with reading(door.engine) as tx:
        listed = _away(tx, door, session)
        everybody = tx.scalars(select(Officer).where(Officer.active).order_by(Officer.name)).all()
        me = tx.get_one(Officer, session.officer.id)
    arranged = [one for one in everybody if staffing.arranges(session.officer, one)]
    handlers = [one for one in everybody if Role(one.role) in HANDLERS]
    values = {"listed": listed, "arranged": arranged, "handlers": handlers, "me": me}
    return _page("people_absences.html", door, session, sheet, **values)


def _away(tx: Tx, door: StaffDoor, session: Session) -> list[Away]:
    """The absences of today and later; who they are of is read in one statement."""
    rows = staffing.absences(tx, office_date(door.clock()))
    wanted = {one for row in rows for one in (row.officer_id, row.deputy_id)}
    known = {one.id: one for one in tx.scalars(select(Officer).where(Officer.id.in_(wanted)))}
    me = session.officer
    return [
        Away(
            row,
            known[row.officer_id],
            known.get(row.deputy_id) if row.deputy_id else None,
            row.officer_id == me.id,
            staffing.arranges(me, known[row.officer_id]),
        )
        for row in rows
    ]


def _sections(tx: Tx) -> list[Section]:
    return list(tx.scalars(select(Section).where(Section.active).order_by(Section.code)))


def _handlers(tx: Tx) -> list[Officer]:
    """Who may be given cases: they stand in and take over."""
    rows = tx.scalars(select(Officer).where(Officer.active).order_by(Officer.name))
    return [one for one in rows if Role(one.role) in HANDLERS]


def _deeds(tx: Tx, username: str) -> list[AccountEvent]:
    theirs = select(AccountEvent).join(Officer, Officer.id == AccountEvent.officer_id)
    newest = theirs.where(Officer.username == username).order_by(AccountEvent.id.desc())
    return list(tx.scalars(newest.limit(DEEDS_SHOWN)))


def _require_keeping(session: Session) -> None:
    policy.require(session.officer, Verb.READ_PEOPLE)
    people.require_keeping(session.officer)


def _given(form: Filled, *names: str) -> dict[str, Any]:
    """What was typed; an empty field says nothing."""
    return {name: form.text(name) or None for name in names}


def _alert(form: Filled) -> dict[str, str] | None:
    name = form.text("alert")
    return {"channel": "telegram", "name": name} if name else None


def _ticked(form: Filled) -> bool:
    return form.text("intake") == YES


def _checked(kind: type[Body], body: Mapping[str, Any]) -> Body:
    """A body of the API; raises BadForm naming the fields that are wrong."""
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        places = [one["loc"] or ("last_day",) for one in error.errors()]
        raise BadForm(tuple(dict.fromkeys(str(place[0]) for place in places))) from None


def _refused(error: Exception, form: Filled) -> Sheet:
    """The page again with what was typed; raises what another page tells."""
    found = people_words.refusal(error)
    if found is None:
        raise error
    return Sheet(*found, typed=form.given)


def _at(username: str) -> str:
    return f"{PEOPLE}/officers/{quote(username, safe='')}"


def _went(path: str, done: str) -> Response:
    return RedirectResponse(f"{path}?done={done}", status_code=303)
