"""One's own account: password, second factor, log-ins, tokens; administrators also see others'."""

from typing import Annotated, Any

from fastapi import Form, Path, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from admin_api import accounts, logins, policy, second_factor, tokens
from admin_api.access import AtDoor, StaffDoor
from admin_api.accounts import BadAccount
from admin_api.console import language, people_words, shell, wording
from admin_api.console.language import _
from admin_api.console.sessions import InSession, InSetUp, Proven, ProvenInSetUp, Session
from admin_api.errors import describe
from admin_api.logins import LogInRefused
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Scope, Verb
from admin_api.second_factor import NotBegun, Rule, WrongCode
from admin_api.tables import AccountEvent
from admin_api.tokens import HANDLE, LOG_INS, BadToken, Kind
from complaints.tables import Officer
from data.database import reading, transaction

ACCOUNT = f"{shell.HOME}/account"
SECOND_FACTOR = f"{ACCOUNT}/second-factor"
COLLEAGUES = f"{ACCOUNT}/colleagues"
LONGEST = 200
DEEDS_SHOWN = 10
DAYS = (30, 90, 180, 366)
PICTURE_HEADERS = shell.HEADERS | {"Content-Security-Policy": "default-src 'none'"}

router = NarrowRouter(prefix=ACCOUNT, include_in_schema=False)
Typed = Annotated[str, Form(max_length=LONGEST)]
Username = Annotated[str, Path(max_length=60)]


@router.get("")
def show_account(door: AtDoor, session: InSession, done: str = "") -> Response:
    """The account of who is logged in."""
    return _account_page(door, session, notice=_notice(done))


@router.post("/password")
def change_password(
    door: AtDoor, session: Proven, old: Typed, new: Typed, again: Typed
) -> Response:
    """Another password; every other log-in of the officer ends."""
    if new != again:
        return _account_page(door, session, _(wording.NOT_THE_SAME), 422)
    officer, now = session.officer, door.clock()
    try:
        with transaction(door.engine) as tx:
            changed = accounts.change_password(tx, officer, old, new, here=session.token, now=now)
    except BadAccount:
        return _account_page(door, session, _(wording.BAD_NEW_ONE), 422)
    except LogInRefused:
        return _account_page(door, session, _(wording.LOCKED), 429)
    if not changed:
        return _account_page(door, session, _(wording.WRONG_OLD_ONE), 422)
    return _back("password")


@router.post("/sessions/end-others")
def end_other_sessions(door: AtDoor, session: Proven) -> Response:
    """End every log-in but this one; tokens go on."""
    with transaction(door.engine) as tx:
        accounts.end_own_sessions(tx, session.officer, besides=session.token, now=door.clock())
    return _back("all-ended")


@router.post("/tokens")
def make_token(
    door: AtDoor,
    session: Proven,
    name: Typed,
    days: Annotated[int, Form()],
    scopes: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """A token for a program, shown once."""
    officer, now = session.officer, door.clock()
    try:
        with transaction(door.engine) as tx:
            secret, _row = tokens.make_token(
                tx, officer, name=name[:60], scopes=scopes or [], days=days, now=now
            )
    except BadToken as error:
        found = describe(error)
        return _account_page(door, session, language.half(found.title) if found else "", 422)
    return shell.page("account_once.html", door, session, token=secret, codes=[])


@router.post("/tokens/{handle}/end")
def end_token(
    handle: Annotated[str, Path(pattern=rf"^[0-9a-f]{{{HANDLE}}}$")], door: AtDoor, session: Proven
) -> Response:
    """End one of one's own log-ins or tokens."""
    with transaction(door.engine) as tx:
        tokens.end_one(tx, session.officer, handle, now=door.clock())
    return _back("ended")


@router.get("/second-factor")
def show_second_factor(door: AtDoor, session: InSetUp) -> Response:
    """The second factor: to be begun, to be confirmed, or on."""
    return _factor_page(door, session)


@router.post("/second-factor/begin")
def begin_second_factor(door: AtDoor, session: ProvenInSetUp) -> Response:
    """Make a secret, to be taken over by the telephone."""
    _refuse_when_off(door)
    with transaction(door.engine) as tx:
        second_factor.begin(tx, session.officer, now=door.clock())
    return RedirectResponse(SECOND_FACTOR, status_code=303)


@router.get("/second-factor/picture")
def show_picture(door: AtDoor, session: InSetUp) -> Response:
    """The secret as a QR picture, as long as it waits to be confirmed."""
    with reading(door.engine) as tx:
        secret = second_factor.begun(tx, session.officer.id)
    if secret is None:
        raise NotBegun
    text = second_factor.address(secret, session.officer.username, door.office_name)
    content = second_factor.picture(text)
    return Response(content, media_type="image/svg+xml", headers=PICTURE_HEADERS)


@router.post("/second-factor/confirm")
def confirm_second_factor(door: AtDoor, session: ProvenInSetUp, code: Typed) -> Response:
    """Switch it on by a first code; the recovery codes are shown once."""
    _refuse_when_off(door)
    try:
        with transaction(door.engine) as tx:
            codes = second_factor.confirm(tx, session.officer, code, now=door.clock())
    except WrongCode:
        return _factor_page(door, session, _(wording.WRONG_CODE), 422)
    return shell.page("account_once.html", door, session, token="", codes=codes)


@router.post("/second-factor/off")
def switch_off_second_factor(door: AtDoor, session: Proven, code: Typed) -> Response:
    """Switch one's own off, by a last code; wrong ones count as at log-in."""
    officer, now = session.officer, door.clock()
    try:
        with transaction(door.engine) as tx:
            good = logins.prove_code(tx, officer.id, code, now=now)
            if good:
                second_factor.switch_off(tx, officer.id, by=officer.id, now=now)
    except LogInRefused:
        return _factor_page(door, session, _(wording.LOCKED), 429)
    return _back("off") if good else _factor_page(door, session, _(wording.WRONG_CODE), 422)


@router.get("/colleagues")
def show_colleagues(door: AtDoor, session: InSession, done: str = "") -> Response:
    """Every open account, for administrators."""
    policy.require(session.officer, Verb.MANAGE_ACCOUNTS)
    with reading(door.engine) as tx:
        rows = tx.scalars(select(Officer).where(Officer.active).order_by(Officer.username)).all()
        listed = [(one, second_factor.is_on(tx, one.id), _count(tx, door, one)) for one in rows]
    notice = _notice(done)
    values: dict[str, Any] = {"listed": listed, "notice": notice, "roles": people_words.ROLES}
    return shell.page("account_colleagues.html", door, session, **values)


@router.post("/colleagues/{username}/end-sessions")
def end_colleagues_sessions(username: Username, door: AtDoor, session: Proven) -> Response:
    """End all log-ins and tokens of a colleague."""
    policy.require(session.officer, Verb.MANAGE_ACCOUNTS)
    with transaction(door.engine) as tx:
        accounts.end_sessions(tx, username, by=session.officer.id, now=door.clock())
    return RedirectResponse(f"{COLLEAGUES}?done=ended", status_code=303)


@router.post("/colleagues/{username}/reset-second-factor")
def reset_colleagues_second_factor(username: Username, door: AtDoor, session: Proven) -> Response:
    """Switch off the second factor of a colleague who lost the telephone."""
    policy.require(session.officer, Verb.MANAGE_ACCOUNTS)
    with transaction(door.engine) as tx:
        accounts.reset_second_factor(tx, username, by=session.officer.id, now=door.clock())
    return RedirectResponse(f"{COLLEAGUES}?done=reset", status_code=303)


def _account_page(
    door: StaffDoor, session: Session, problem: str = "", status: int = 200, notice: str = ""
) -> Response:
    officer = session.officer
    with reading(door.engine) as tx:
        rows = tokens.living(tx, officer.id, now=door.clock())
        factor_on = second_factor.is_on(tx, officer.id)
        mine = select(AccountEvent).where(AccountEvent.officer_id == officer.id)
        deeds = tx.scalars(mine.order_by(AccountEvent.id.desc()).limit(DEEDS_SHOWN)).all()
    return shell.page(
        "account.html",
        door,
        session,
        status=status,
        problem=problem,
        notice=notice,
        sessions=[(tokens.handle(one), one) for one in rows if one.kind in LOG_INS],
        tokens=[(tokens.handle(one), one) for one in rows if one.kind == Kind.TOKEN],
        this_one=tokens.digest(session.token)[:HANDLE],
        used=tokens.used,
        factor_on=factor_on,
        factor_offered=door.second_factor != Rule.OFF,
        manages=officer.role in policy.MAY[Verb.MANAGE_ACCOUNTS],
        scopes=list(Scope),
        days=DAYS,
        deeds=deeds,
    )


def _factor_page(
    door: StaffDoor, session: Session, problem: str = "", status: int = 200
) -> Response:
    officer = session.officer
    with reading(door.engine) as tx:
        on, secret = second_factor.is_on(tx, officer.id), second_factor.begun(tx, officer.id)
        left = second_factor.recovery_codes_left(tx, officer.id)
    return shell.page(
        "account_second_factor.html",
        door,
        session,
        status=status,
        problem=problem,
        on=on,
        left=left,
        secret=secret,
        uri=secret and second_factor.address(secret, officer.username, door.office_name),
        required=door.second_factor == Rule.REQUIRED,
        offered=door.second_factor != Rule.OFF,
    )


def _notice(done: str) -> str:
    return _(wording.NOTICES[done]) if done in wording.NOTICES else ""


def _refuse_when_off(door: StaffDoor) -> None:
    if door.second_factor == Rule.OFF:
        raise NotBegun


def _count(tx: Transaction, door: StaffDoor, officer: Officer) -> int:
    return len(tokens.living(tx, officer.id, now=door.clock()))


def _back(done: str) -> Response:
    return RedirectResponse(f"{ACCOUNT}?done={done}", status_code=303)
