"""Routes: the office's people and sections, who is away and who stands in, and leaving."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated

from fastapi import Path, Response
from fastapi.responses import JSONResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_api import accounts, policy
from admin_api.access import AsOfficer, AtDoor, Carried, IdempotencyKey, StaffDoor, perform
from admin_api.cases import sight
from admin_api.logins import hash_password
from admin_api.narrowing import NarrowRouter
from admin_api.officers import officer_out
from admin_api.policy import Verb
from admin_api.schemas import people as schemas
from admin_api.schemas.base import Strict
from admin_api.tables import Deed, note
from complaints import leaving, marks, roster, staffing
from complaints.clock.workdays import office_date
from complaints.errors import UnknownOfficer
from complaints.handling.cases import officer_of, section_of
from complaints.roles import CLOSED_CIRCLE, Role
from complaints.roster import InIt, Post
from complaints.tables import Absence, Officer, Section
from complaints.worklist import LARGEST_ID
from data.database import reading
from data.outbox import Address

router = NarrowRouter(prefix="/api/v1", tags=["people"])
Username = Annotated[str, Path(max_length=60, examples=["clerk"])]
Code = Annotated[str, Path(max_length=30, examples=["civil"])]
AbsenceId = Annotated[int, Path(ge=1, lt=LARGEST_ID)]
Act = Callable[[Session, datetime], Carried]
DEEDS = {
    "name": Deed.RENAMED,
    "role": Deed.ROLE_CHANGED,
    "section": Deed.SECTION_CHANGED,
    "deputy": Deed.DEPUTY_CHANGED,
    "alert": Deed.ALERT_CHANGED,
}


# --- the roster -----------------------------------------------------------------------------
@router.get("/people", summary="人員與課室 / The roster")
def read_people(door: AtDoor, officer: AsOfficer) -> schemas.People:
    """All sections and officers, closed ones last, with who is away and what is open with each."""
    policy.require(officer, Verb.READ_PEOPLE)
    with reading(door.engine) as tx:
        return people(tx, officer, door.clock())


@router.post(
    "/sections",
    response_model=schemas.SectionRow,
    status_code=201,
    summary="新增課室 / Add a section",
)
def add_section(
    body: schemas.NewSection, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """A section cases can be assigned to; as intake it takes new cases in instead of another."""

    def act(tx: Session, _now: datetime) -> Carried:
        row = roster.add_section(tx, code=body.code, name=body.name, intake=body.intake, by=officer)
        return _told_section(row, InIt(), 201)

    return _manage(door, officer, key, ["section"], body, act)


@router.put(
    "/sections/{code}", response_model=schemas.SectionRow, summary="修改課室 / Change a section"
)
def change_section(
    code: Code,
    body: schemas.ChangedSection,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """Rename, mark as intake, close or open again; refused to close while it has work or people.

    What was assigned before keeps the name it had then.
    """

    def act(tx: Session, _now: datetime) -> Carried:
        given = body.model_dump(exclude={"mark"})
        row = roster.change_section(tx, code, **given, by=officer, seen=body.mark)
        return _told_section(row, _in_sections(tx, officer).get(row.id, InIt()))

    return _manage(door, officer, key, ["section", code], body, act)


# --- officers -------------------------------------------------------------------------------
@router.get("/officers/{username}", summary="一位同仁 / One colleague")
def read_officer(username: Username, door: AtDoor, officer: AsOfficer) -> schemas.OfficerDetail:
    """How an officer is entered and which open cases are theirs; for who may close accounts."""
    policy.require(officer, Verb.READ_PEOPLE)
    require_keeping(officer)
    with reading(door.engine) as tx:
        return detail(tx, username, officer, door.clock())


@router.post("/officers", status_code=201, summary="新增同仁 / Add an officer")
def add_officer(
    body: schemas.NewOfficer, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> schemas.WithPassword:
    """An account with a first password, told this once; sent again with its key, without."""

    def act(tx: Session, now: datetime, hashed: str) -> Officer:
        return _enter(tx, body, hashed, by=officer, now=now)

    return _with_password(door, officer, key, ["officer", body.model_dump(mode="json")], act)


@router.put(
    "/officers/{username}",
    response_model=schemas.OfficerOut,
    summary="修改同仁 / Change an officer",
)
def change_officer(
    username: Username,
    body: schemas.ChangedOfficer,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """Name, role, section, deputy and alert address; with a successor the open cases go there."""

    def act(tx: Session, now: datetime) -> Carried:
        who = officer_of(tx, username)
        successor = officer_of(tx, body.successor) if body.successor else None
        post = _post(tx, body)
        changed = roster.change_officer(
            tx, who, post, successor=successor, by=officer, now=now, seen=body.mark
        )
        for name in sorted(changed):
            note(tx, who.id, DEEDS[name], by=officer.id, now=now)
        return Carried(200, officer_out(who).model_dump(mode="json"))

    return _manage(door, officer, key, ["officer", username], body, act)


@router.post(
    "/officers/{username}/reopen",
    operation_id="reopen_account",
    status_code=201,
    summary="重新啟用帳號 / Open an account again",
)
def reopen_officer(
    username: Username, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> schemas.WithPassword:
    """A closed account with another first password; cases handed over stay where they are."""

    def act(tx: Session, now: datetime, hashed: str) -> Officer:
        return accounts.reopen(tx, username, hashed=hashed, by=officer, now=now)

    return _with_password(door, officer, key, ["reopen", username], act)


@router.post(
    "/officers/{username}/password", status_code=201, summary="重設密碼 / Another first password"
)
def reset_password(
    username: Username, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> schemas.WithPassword:
    """For who forgot theirs, or never got the first one; the account's log-ins end."""

    def act(tx: Session, now: datetime, hashed: str) -> Officer:
        return accounts.give_password(tx, username, hashed=hashed, by=officer, now=now)

    return _with_password(door, officer, key, ["password", username], act)


@router.post(
    "/officers/{username}/leave",
    response_model=schemas.LeftOut,
    operation_id="close_account",
    summary="離職與移交 / Close an account",
)
def leave(
    username: Username,
    body: schemas.Leaving,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """The account is closed and its open cases go to the successor, else to the deputy."""

    def act(tx: Session, now: datetime) -> Carried:
        who = officer_of(tx, username)
        successor = officer_of(tx, body.successor) if body.successor else None
        handed = accounts.leave(tx, who, successor, by=officer, now=now)
        left = schemas.LeftOut(
            username=username,
            successor=_username(tx, who.deputy_id) or "",
            cases=handed,
            ownerless=leaving.ownerless(tx, office_date(now)),
        )
        return Carried(200, left.model_dump(mode="json"))

    return _arrange(door, officer, key, ["leave", username, body.successor], act)


# --- who is there ---------------------------------------------------------------------------
@router.get("/absences", summary="請假與代理 / Who is away")
def read_absences(door: AtDoor, officer: AsOfficer) -> list[schemas.AbsenceOut]:
    """Absences of today and later, with who stands in."""
    policy.require(officer, Verb.READ_PEOPLE)
    with reading(door.engine) as tx:
        names = _usernames(tx)
        return [
            _absence_out(row, names) for row in staffing.absences(tx, office_date(door.clock()))
        ]


@router.post(
    "/absences",
    response_model=schemas.AbsenceOut,
    status_code=201,
    summary="登錄請假 / Note an absence",
)
def add_absence(
    body: schemas.NewAbsence, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """Work and reminders go to the deputy on these days; two absences share no day."""

    def act(tx: Session, _now: datetime) -> Carried:
        who = officer_of(tx, body.username or officer.username)
        staffing.require_arranging(officer, who)
        deputy = officer_of(tx, body.deputy) if body.deputy else None
        row = staffing.add_absence(tx, who, body.first_day, body.last_day, deputy)
        return _told_absence(tx, row, 201)

    request = ["absence", body.model_dump(mode="json")]
    return _arrange(door, officer, key, request, act)


@router.put(
    "/absences/{number}", response_model=schemas.AbsenceOut, summary="修改請假 / Change an absence"
)
def change_absence(
    number: AbsenceId,
    body: schemas.ChangedAbsence,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """Other days or another deputy; one that is over stays as it was."""

    def act(tx: Session, now: datetime) -> Carried:
        row = _arranged_absence(tx, number, officer)
        deputy = officer_of(tx, body.deputy) if body.deputy else None
        days = body.first_day, body.last_day
        staffing.change_absence(tx, row, *days, deputy, today=office_date(now), seen=body.mark)
        return _told_absence(tx, row)

    request = ["absence", number, body.model_dump(mode="json")]
    return _arrange(door, officer, key, request, act)


@router.delete("/absences/{number}", status_code=204, summary="取消請假 / Take an absence back")
def remove_absence(
    number: AbsenceId, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """The officer is there on these days after all; one that is over stays as it was."""

    def act(tx: Session, now: datetime) -> Carried:
        row = _arranged_absence(tx, number, officer)
        staffing.remove_absence(tx, row, today=office_date(now))
        return Carried(204, {})

    _arrange(door, officer, key, ["no absence", number], act)
    return Response(status_code=204)


@router.put(
    "/officers/{username}/deputy",
    response_model=schemas.ArrangedOut,
    summary="設定代理人 / Set the deputy",
)
def set_deputy(
    username: Username,
    body: schemas.Deputy,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """Who stands in whenever the officer is away and nobody else is named."""

    def act(tx: Session, now: datetime) -> Carried:
        who = officer_of(tx, username)
        staffing.require_arranging(officer, who)
        deputy = officer_of(tx, body.deputy) if body.deputy else None
        if deputy:
            staffing.require_deputy(who, deputy)
        who.deputy_id = deputy.id if deputy else None
        note(tx, who.id, Deed.DEPUTY_CHANGED, by=officer.id, now=now)
        return Carried(200, _arranged(tx, who).model_dump(mode="json"))

    return _arrange(door, officer, key, ["deputy", username, body.deputy], act)


@router.put(
    "/officers/{username}/alert",
    response_model=schemas.ArrangedOut,
    summary="設定提醒發送 / Where reminders are sent",
)
def set_alert(
    username: Username,
    body: schemas.Alert,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """Reminders are always in the console; this sends them to a chat as well."""

    def act(tx: Session, now: datetime) -> Carried:
        who = officer_of(tx, username)
        staffing.require_arranging(officer, who)
        who.alert_channel = body.address.channel if body.address else None
        who.alert_name = body.address.name if body.address else None
        note(tx, who.id, Deed.ALERT_CHANGED, by=officer.id, now=now)
        return Carried(200, _arranged(tx, who).model_dump(mode="json"))

    request = ["alert", username, body.model_dump(mode="json")]
    return _arrange(door, officer, key, request, act)


# --- what the console shows, too ------------------------------------------------------------
def people(tx: Session, officer: Officer, now: datetime) -> schemas.People:
    """The roster as this officer may know it; a handful of statements, whatever its size."""
    away = staffing.away(tx, office_date(now))
    inside = _in_sections(tx, officer)
    held = roster.open_cases_of_each(tx, misconduct=_knows_reports(officer))
    rows = roster.officers(tx)
    names = {one.id: one.username for one in rows}
    return schemas.People(
        sections=[section_row(one, inside.get(one.id, InIt())) for one in roster.sections(tx)],
        officers=[_officer_row(one, away, names, held.get(one.id, 0)) for one in rows],
    )


def detail(tx: Session, username: str, officer: Officer, now: datetime) -> schemas.OfficerDetail:
    """How an officer is entered, with the open cases in the reader's sight; UnknownOfficer."""
    who = tx.scalar(select(Officer).where(Officer.username == username))
    if who is None:
        raise UnknownOfficer(username)
    cases, seen = roster.open_cases(tx, who), sight(tx, officer, now)
    arranged = _arranged(tx, who)
    return schemas.OfficerDetail(
        **officer_out(who).model_dump(),
        active=who.active,
        deputy=arranged.deputy,
        alert=arranged.alert,
        mark=marks.mark(who),
        open_cases=len(cases),
        cases=[case.case_no for case in cases if seen.allows(case)],
    )


def require_keeping(officer: Officer) -> None:
    """Raise Forbidden unless the officer may change or close accounts."""
    if Role(officer.role) not in leaving.CLOSES_ACCOUNTS:
        raise policy.Forbidden("roster")


def section_row(row: Section, inside: InIt) -> schemas.SectionRow:
    """A section as it goes over the wire."""
    return schemas.SectionRow(
        code=row.code,
        name=row.name,
        intake=row.intake,
        active=row.active,
        mark=marks.mark(row),
        open_cases=inside.cases,
        officers=inside.officers,
        open_tasks=inside.tasks,
    )


# --- inside ---------------------------------------------------------------------------------
def _manage(
    door: StaffDoor, officer: Officer, key: str | None, what: list[str], body: Strict, act: Act
) -> Response:
    request = [*what, body.model_dump(mode="json")]
    carried = perform(door, officer, Verb.MANAGE_ACCOUNTS, key, request, act)
    return JSONResponse(carried.body, carried.status)


def _arrange(
    door: StaffDoor, officer: Officer, key: str | None, request: object, act: Act
) -> Response:
    carried = perform(door, officer, Verb.ARRANGE, key, request, act)
    return JSONResponse(carried.body, carried.status)


def _with_password(
    door: StaffDoor,
    officer: Officer,
    key: str | None,
    request: object,
    enter: Callable[[Session, datetime, str], Officer],
) -> schemas.WithPassword:
    """Carry out what gives an account its first password; the password is kept nowhere."""
    policy.require(officer, Verb.MANAGE_ACCOUNTS, changing=True)
    password = accounts.first_password()
    hashed, done = hash_password(password), []

    def act(tx: Session, now: datetime) -> Carried:
        who = enter(tx, now, hashed)
        tx.flush()
        done.append(who)
        return Carried(201, officer_out(who).model_dump(mode="json"))

    carried = perform(door, officer, Verb.MANAGE_ACCOUNTS, key, request, act)
    return schemas.WithPassword(**carried.body, password=password if done else None)


def _enter(
    tx: Session, body: schemas.NewOfficer, hashed: str, *, by: Officer, now: datetime
) -> Officer:
    section = section_of(tx, body.section) if body.section else None
    roster.require_post(Post(body.name, body.role, section))
    who = accounts.enter_officer(
        tx,
        username=body.username,
        name=body.name.strip(),
        role=body.role,
        section=body.section,
        hashed=hashed,
    )
    note(tx, who.id, Deed.MADE, by=by.id, now=now)
    return who


def _post(tx: Session, body: schemas.ChangedOfficer) -> Post:
    deputy = officer_of(tx, body.deputy) if body.deputy else None
    alert = Address(body.alert.channel, body.alert.name) if body.alert else None
    section = section_of(tx, body.section) if body.section else None
    return Post(body.name, body.role, section, deputy, alert)


def _in_sections(tx: Session, officer: Officer) -> Mapping[int, InIt]:
    return roster.in_sections(tx, misconduct=_knows_reports(officer))


def _knows_reports(officer: Officer) -> bool:
    return Role(officer.role) in CLOSED_CIRCLE


def _arranged_absence(tx: Session, number: int, officer: Officer) -> Absence:
    row = staffing.absence_of(tx, number)
    staffing.require_arranging(officer, tx.get_one(Officer, row.officer_id))
    return row


def _told_section(row: Section, inside: InIt, status: int = 200) -> Carried:
    return Carried(status, section_row(row, inside).model_dump(mode="json"))


def _told_absence(tx: Session, row: Absence, status: int = 200) -> Carried:
    return Carried(status, _absence_out(row, _usernames(tx)).model_dump(mode="json"))


def _officer_row(
    one: Officer, away: Mapping[int, Officer], names: Mapping[int, str], held: int
) -> schemas.OfficerRow:
    instead = away.get(one.id)
    stands_in = instead.username if instead and instead.id != one.id else None
    return schemas.OfficerRow(
        **officer_out(one).model_dump(),
        active=one.active,
        deputy=names.get(one.deputy_id) if one.deputy_id else None,
        away=one.id in away,
        stands_in=stands_in,
        open_cases=held,
    )


def _absence_out(row: Absence, names: Mapping[int, str]) -> schemas.AbsenceOut:
    return schemas.AbsenceOut(
        id=row.id,
        username=names[row.officer_id],
        first_day=row.first_day,
        last_day=row.last_day,
        deputy=names[row.deputy_id] if row.deputy_id else None,
        mark=marks.mark(row),
    )


def _arranged(tx: Session, who: Officer) -> schemas.ArrangedOut:
    alert = None
    if who.alert_channel and who.alert_name:
        alert = schemas.AlertOut(channel=who.alert_channel, name=who.alert_name)
    deputy = _username(tx, who.deputy_id)
    return schemas.ArrangedOut(username=who.username, deputy=deputy, alert=alert)


def _usernames(tx: Session) -> Mapping[int, str]:
    return {row.id: row.username for row in tx.execute(select(Officer.id, Officer.username))}


def _username(tx: Session, officer_id: int | None) -> str | None:
    found = tx.get(Officer, officer_id) if officer_id else None
    return found.username if found else None
