"""Personal data on pages: who brought a case, who saw it, a case on paper, the end of contents."""

import csv
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import StringIO
from typing import Any

from fastapi import Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select
from sqlalchemy.orm import Session as Tx
from sqlalchemy.orm import joinedload

from admin_api import cases, errors, monthly, policy
from admin_api import privacy as api
from admin_api.access import AtDoor, StaffDoor
from admin_api.audit_files import HALF
from admin_api.console import language, shell, wording
from admin_api.console.filled import AsFilled, Filled
from admin_api.console.language import _
from admin_api.console.sessions import InSession, Session
from admin_api.figures import MONTH
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Forbidden, Verb
from admin_api.schemas import privacy as schemas
from admin_api.schemas.base import Reason
from complaints.clock.workdays import TAIPEI, office_date
from complaints.errors import UnknownCase
from complaints.measuring.periods import Period
from complaints.privacy import retention, viewing
from complaints.roles import APPROVERS, HEADS, LEADING, Role
from complaints.states import EventKind
from complaints.tables import Case, Destruction, Event, IdentityAccess, Officer
from data.database import reading

PRIVACY = f"{shell.HOME}/privacy"
LISTS = f"{PRIVACY}/destructions"
HALF_A_YEAR = 6  # months
HALVES, MONTHS = 4, 14  # on offer, this one first
SHOWN = 5  # of one's own requests on a case
LONGEST_REASON = 2000
YES = "yes"
DONE = {
    "granted": "已核准，申請人一天內可以閱覽，每次都留下紀錄。",
    "refused": "已記下不准。",
    "drawn-up": "已造具清冊，等候另一位首長或秘書核准。",
    "approved": "已核准，可以執行銷毀。",
    "destroyed": "已銷毀，清冊上留有證明。",
}
NEEDS_REASON = "請填事由，2,000 字以內。"
NOT_A_MONTH = "請選一個月份，例如 2026-11。"
NOT_A_HALF = "請選一個半年，例如 2026-2。"
NO_SUCH_LIST = "沒有這份清冊。"
NOT_SURE = "請先勾選「我知道銷毀後無法復原」。"
COLUMNS = ("時間", "案號", "閱覽人", "帳號", "事由", "核准人")
UNSEEN = "另有 {count} 筆是您看不到的案件，未列出。"

router = NarrowRouter(prefix=shell.HOME, include_in_schema=False)


@dataclass(frozen=True)
class Waiting:
    """A request nobody has decided, and whether it is this officer's to decide."""

    id: int
    case_no: str
    officer: str
    reason: str
    asked_at: datetime
    mine: bool


@dataclass(frozen=True)
class Seen:
    """One time somebody saw who brought a case."""

    at: datetime
    case_no: str
    name: str
    username: str
    reason: str
    granted_by: str


# --- who brought a case ---------------------------------------------------------------------
@router.get("/cases/{case_no}/identity")
def show_identity(case_no: str, door: AtDoor, session: InSession) -> Response:
    """Ask to see who brought a case, or see it under a grant; the page itself shows nobody."""
    policy.require(session.officer, Verb.READ_CASES)
    return _identity_page(case_no, door, session)


@router.post("/cases/{case_no}/identity")
def ask_identity(case_no: str, door: AtDoor, form: AsFilled) -> Response:
    """Ask with a reason."""
    policy.require(form.officer, Verb.READ_CASES)
    reason = form.text("reason")
    if not 0 < len(reason) <= LONGEST_REASON:
        return _identity_page(case_no, door, form.session, (_(NEEDS_REASON), 422), form.given)
    try:
        api.ask_identity(case_no, Reason(reason=reason), door, form.officer, form.key)
    except tuple(errors.PROBLEMS) as error:
        return _identity_page(case_no, door, form.session, _told(error), form.given)
    return RedirectResponse(f"{shell.HOME}/cases/{case_no}/identity", status_code=303)


@router.post("/cases/{case_no}/identity/view")
def view_identity(case_no: str, door: AtDoor, form: AsFilled) -> Response:
    """Name and contact in full, on record; the answer to the form and no page of its own."""
    policy.require(form.officer, Verb.READ_CASES)
    try:
        who = _view(case_no, door, form)
    except tuple(errors.PROBLEMS) as error:
        return _identity_page(case_no, door, form.session, _told(error))
    return _identity_page(case_no, door, form.session, who=who)


# --- a case on paper ------------------------------------------------------------------------
@router.get("/cases/{case_no}/print")
def show_print(case_no: str, door: AtDoor, session: InSession) -> Response:
    """A case on plain pages, with its petitioner masked."""
    policy.require(session.officer, Verb.READ_CASES)
    return _print_page(case_no, door, session)


@router.post("/cases/{case_no}/print")
def print_with_identity(case_no: str, door: AtDoor, form: AsFilled) -> Response:
    """The same with name and contact in full, under a grant and on record."""
    policy.require(form.officer, Verb.READ_CASES)
    try:
        who = _view(case_no, door, form)
    except tuple(errors.PROBLEMS) as error:
        return _identity_page(case_no, door, form.session, _told(error))
    return _print_page(case_no, door, form.session, who)


# --- requests, and who saw what -------------------------------------------------------------
@router.get("/privacy")
def show_privacy(door: AtDoor, session: InSession, month: str = "", done: str = "") -> Response:
    """Requests waiting, and for those who lead the views of a month and the lists."""
    policy.require(session.officer, Verb.READ_CASES)
    if month and not re.fullmatch(MONTH, month):
        return _privacy_page(door, session, problem=(_(NOT_A_MONTH), 422))
    return _privacy_page(door, session, month, done=done)


@router.post("/privacy/requests/{number}/{decision}")
def decide_request(number: api.Number, decision: str, door: AtDoor, form: AsFilled) -> Response:
    """Grant or refuse somebody else's request."""
    policy.require(form.officer, Verb.READ_CASES)
    decide = {"grant": api.grant_request, "refuse": api.refuse_request}.get(decision)
    if decide is None:
        return shell.plain(_(wording.NO_SUCH_FORM), 404)
    try:
        decide(number, door, form.officer, form.key)
    except tuple(errors.PROBLEMS) as error:
        return _privacy_page(door, form.session, problem=_told(error))
    return _went(PRIVACY, "granted" if decision == "grant" else "refused")


@router.get("/privacy/identity-views.csv")
def read_views_csv(door: AtDoor, session: InSession, half: str = "") -> Response:
    """Who saw what in a half year, for the audit; cells no spreadsheet takes for a formula."""
    _require_leading(session.officer)
    found = HALF.fullmatch(half)
    if found is None:
        return shell.plain(_(NOT_A_HALF), 422)
    start = date(int(found[1]), 1 if found[2] == "1" else 7, 1)
    seen, unseen = _views(door, session.officer, _half_from(start))
    headers = {"Content-Disposition": f'attachment; filename="identity-views-{half}.csv"'}
    content = _as_csv(seen, unseen)
    return Response(content, headers=shell.HEADERS | headers, media_type="text/csv; charset=utf-8")


# --- the end of the contents ----------------------------------------------------------------
@router.post("/privacy/destructions")
def draw_up(door: AtDoor, form: AsFilled) -> Response:
    """Draw up the list of what is past its years; nothing is destroyed by it."""
    policy.require(form.officer, Verb.READ_CASES)
    try:
        api.draw_up(door, form.officer, form.key)
    except tuple(errors.PROBLEMS) as error:
        return _privacy_page(door, form.session, problem=_told(error))
    return _went(PRIVACY, "drawn-up")


@router.get("/privacy/destructions/{number}")
def show_destruction(
    number: api.Number, door: AtDoor, session: InSession, done: str = ""
) -> Response:
    """One list: its cases, what each step does, and what was left of it."""
    _require_lister(session.officer)
    return _destruction_page(number, door, session, done=done)


@router.post("/privacy/destructions/{number}/approve")
def approve(number: api.Number, door: AtDoor, form: AsFilled) -> Response:
    """Approve a list another person drew up."""
    _require_lister(form.officer)
    try:
        api.approve_destruction(number, door, form.officer, form.key)
    except tuple(errors.PROBLEMS) as error:
        return _destruction_page(number, door, form.session, _told(error))
    return _went(f"{LISTS}/{number}", "approved")


@router.post("/privacy/destructions/{number}/destroy")
def destroy(number: api.Number, door: AtDoor, form: AsFilled) -> Response:
    """Destroy what an approved list names, once it was said that this cannot be undone."""
    _require_lister(form.officer)
    if form.text("sure") != YES:
        return _destruction_page(number, door, form.session, (_(NOT_SURE), 422))
    try:
        api.destroy(number, door, form.officer, form.key)
    except tuple(errors.PROBLEMS) as error:
        return _destruction_page(number, door, form.session, _told(error))
    return _went(f"{LISTS}/{number}", "destroyed")


# --- inside ---------------------------------------------------------------------------------
Problem = tuple[str, int]
FINE: Problem = ("", 200)


def _told(error: Exception) -> Problem:
    """A refusal in the language of the page; raises it where there is no case to show it on."""
    found = errors.describe(error)
    if found is None or isinstance(error, UnknownCase):
        raise error
    return language.half(found.title), found.status


def _went(path: str, done: str) -> Response:
    return RedirectResponse(f"{path}?done={done}", status_code=303)


def _key() -> str:
    return secrets.token_hex(16)


def _view(case_no: str, door: StaffDoor, form: Filled) -> schemas.Identity:
    seen = api.view_identity(case_no, door, form.officer)
    return schemas.Identity.model_validate_json(bytes(seen.body))


def _identity_page(
    case_no: str,
    door: StaffDoor,
    session: Session,
    problem: Problem = FINE,
    typed: Mapping[str, str] | None = None,
    who: schemas.Identity | None = None,
) -> Response:
    now = door.clock()
    with reading(door.engine) as tx:
        case = cases.visible(tx, case_no, session.officer, now)
        asked = _asked_lately(tx, case, session.officer)
        inside = viewing.in_circle(case, session.officer)
    return shell.page(
        "privacy_identity.html",
        door,
        session,
        status=problem[1],
        problem=problem[0],
        case_no=case_no,
        inside=inside,
        asked=asked,
        granted=any(one.until and one.until > now and not one.refused for one in asked),
        now=now,
        reason=(typed or {}).get("reason", ""),
        who=who,
        key=_key(),
        most=LONGEST_REASON,
    )


def _asked_lately(tx: Tx, case: Case, officer: Officer) -> Sequence[IdentityAccess]:
    """One's own newest requests on a case."""
    mine = select(IdentityAccess).where(
        IdentityAccess.case_id == case.id, IdentityAccess.officer_id == officer.id
    )
    return tx.scalars(mine.order_by(IdentityAccess.id.desc()).limit(SHOWN)).all()


def _print_page(
    case_no: str, door: StaffDoor, session: Session, who: schemas.Identity | None = None
) -> Response:
    now = door.clock()
    with reading(door.engine) as tx:
        case = cases.visible(tx, case_no, session.officer, now)
        shown = cases.detail(tx, case, session.officer, now)
    return shell.page("privacy_print.html", door, session, case=shown, who=who, now=now)


def _privacy_page(
    door: StaffDoor,
    session: Session,
    month: str = "",
    problem: Problem = FINE,
    done: str = "",
) -> Response:
    role, now = Role(session.officer.role), door.clock()
    month = month or f"{office_date(now):%Y-%m}"
    seen, unseen = list[Seen](), 0
    if role in LEADING:
        seen, unseen = _views(door, session.officer, _month(month))
    with reading(door.engine) as tx:
        waiting = _waiting(tx, session.officer, now)
    return shell.page(
        "privacy_overview.html",
        door,
        session,
        status=problem[1],
        problem=problem[0],
        done=DONE.get(done, ""),
        waiting=waiting,
        decides=role in APPROVERS,
        leads=role in LEADING,
        month=month,
        months=_months(office_date(now), month),
        title=_month(month).title(language.current()),
        seen=seen,
        unseen=unseen,
        halves=_halves(office_date(now)),
        key=_key,
        **_lists(door, session.officer),
    )


def _lists(door: StaffDoor, officer: Officer) -> dict[str, Any]:
    """The lists of what is destroyed, and how many cases the next would name; none for others."""
    if Role(officer.role) not in retention.LISTERS:
        return {"lists": None, "old": 0, "most": retention.MOST_LISTED}
    with reading(door.engine) as tx:
        old = len(retention.destroyable(tx, now=door.clock()))
    lists = api.read_destructions(door, officer)
    return {"lists": lists, "old": old, "most": retention.MOST_LISTED}


def _destruction_page(
    number: int, door: StaffDoor, session: Session, problem: Problem = FINE, done: str = ""
) -> Response:
    with reading(door.engine) as tx:
        row = tx.get(Destruction, number)
    if row is None:
        return shell.plain(_(NO_SUCH_LIST), 404)
    heads = Role(session.officer.role) in HEADS
    return shell.page(
        "privacy_destruction.html",
        door,
        session,
        status=problem[1],
        problem=problem[0],
        done=DONE.get(done, ""),
        one=row,
        may_approve=heads and row.listed_by != session.officer.username,
        key=_key(),
    )


def _waiting(tx: Tx, officer: Officer, now: datetime) -> list[Waiting]:
    """One's own requests, and those of others that are one's to decide."""
    rows = viewing.waiting(tx)
    about = api.by_id(tx, Case, [row.case_id for row in rows])
    askers = api.by_id(tx, Officer, [row.officer_id for row in rows])
    seen, decides = cases.sight(tx, officer, now), Role(officer.role) in APPROVERS
    found = []
    for row in rows:
        case, mine = about[row.case_id], row.officer_id == officer.id
        theirs = decides and viewing.in_circle(case, officer) and seen.allows(case)
        if mine or theirs:
            name = askers[row.officer_id].name
            found.append(Waiting(row.id, case.case_no, name, row.reason, row.asked_at, mine))
    return found


def _views(door: StaffDoor, officer: Officer, period: Period) -> tuple[list[Seen], int]:
    """The views of a period in sight, oldest first, and how many are out of sight."""
    start = datetime.combine(period.start, time(), TAIPEI)
    wanted = (
        select(Event)
        .where(Event.kind == EventKind.IDENTITY_VIEWED)
        .where(Event.at >= start, Event.at < period.until())
        .options(joinedload(Event.case))
        .order_by(Event.id)
    )
    with reading(door.engine) as tx:
        found = tx.scalars(wanted).all()
        seen = cases.sight(tx, officer, door.clock())
        shown = [event for event in found if seen.allows(event.case)]
        grants = api.by_id(tx, IdentityAccess, [event.data.get("access") for event in shown])
        granters = api.by_id(tx, Officer, [one.granted_by_id for one in grants.values()])
        return [_seen(event, grants, granters) for event in shown], len(found) - len(shown)


def _seen(event: Event, grants: Mapping[int, Any], granters: Mapping[int, Any]) -> Seen:
    grant = grants.get(event.data.get("access", 0))
    granter = granters.get(grant.granted_by_id) if grant and grant.granted_by_id else None
    return Seen(
        event.at,
        event.case.case_no,
        event.officer.name if event.officer else "",
        event.officer.username if event.officer else "",
        event.data.get("reason", ""),
        granter.name if granter else "",
    )


def _as_csv(seen: Sequence[Seen], unseen: int) -> str:
    """One row a view, with a BOM so that a spreadsheet reads the Chinese."""
    out = StringIO()
    table = csv.writer(out)
    table.writerow([_(name) for name in COLUMNS])
    for one in seen:
        cells = (one.case_no, one.name, one.username, one.reason, one.granted_by)
        at = f"{one.at.astimezone(TAIPEI):%Y-%m-%d %H:%M}"
        table.writerow([at, *(monthly.safe_cell(cell) for cell in cells)])
    if unseen:
        table.writerow([_(UNSEEN).format(count=unseen)])
    return "\ufeff" + out.getvalue()


def _month(month: str) -> Period:
    year, number = (int(part) for part in month.split("-"))
    return Period.month(year, number)


def _half_from(start: date) -> Period:
    return Period(start, HALF_A_YEAR)


def _halves(today: date) -> list[tuple[str, str]]:
    """The half years on offer with their names, this one first: 2026-2."""
    found, day = [], today
    for _number in range(HALVES):
        half = 1 if day.month < 7 else 2
        start = date(day.year, 1 if half == 1 else 7, 1)
        found.append((f"{day.year}-{half}", _half_from(start).title(language.current())))
        day = start - timedelta(days=1)
    return found


def _months(today: date, shown: str) -> list[tuple[str, str]]:
    """The months on offer with their names, this one first, and the one that is shown."""
    found = [Period.month(today.year, today.month)]
    while len(found) < MONTHS:
        found.append(found[-1].previous())
    if all(one.key != shown for one in found):
        found.append(_month(shown))
    return [(one.key, one.title(language.current())) for one in found]


def _require_leading(officer: Officer) -> None:
    policy.require(officer, Verb.READ_CASES)
    if Role(officer.role) not in LEADING:
        raise Forbidden("audit")


def _require_lister(officer: Officer) -> None:
    if Role(officer.role) not in retention.LISTERS:
        raise Forbidden("destroy")
