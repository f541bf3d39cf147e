"""The staff's pages: queue, case, unanswered questions, figures. The same calls as the API."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from importlib.resources import files as package_files
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, FastAPI, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from admin_api import access, cases, errors, monthly, policy
from admin_api.access import AtDoor, LogInRefused, StaffDoor
from admin_api.console import forms, shell, wording
from admin_api.console.sessions import COOKIE, BadProof, InSession, Proven, Session
from admin_api.figures import MONTH, Month
from admin_api.handling import carry_out
from admin_api.policy import Verb
from complaints import worklist
from complaints.clock import calendars
from complaints.clock.workdays import office_date
from complaints.errors import NothingToDecide
from complaints.roles import HANDLERS, Role
from complaints.states import BY_OWN_VERB, OF_SUGGESTIONS, Kind
from complaints.tables import Case, Officer, Section
from complaints.wording.terms import GROUNDS, KINDS, OUTCOMES
from complaints.worklist import Pile, Wanted
from data.database import reading, transaction
from faq.keeping import learning

ROWS = 50
MOST_FIELDS = 40
UNANSWERED_FOR = timedelta(days=30)

router = APIRouter(prefix=shell.HOME, include_in_schema=False)


@router.get("/login")
def show_log_in(door: AtDoor) -> Response:
    """The log-in form."""
    return shell.page("login.html", door, None, problem="")


@router.post("/login")
def log_in(
    door: AtDoor, username: Annotated[str, Form()], password: Annotated[str, Form()]
) -> Response:
    """Open a session."""
    try:
        with transaction(door.engine) as tx:
            token = access.log_in(tx, username, password, now=door.clock())
            begins = (
                shell.home(access.officer_of(tx, token, now=door.clock())) if token else shell.HOME
            )
    except LogInRefused:
        return shell.page("login.html", door, None, status=429, problem=wording.LOCKED)
    if token is None:
        return shell.page("login.html", door, None, status=401, problem=wording.WRONG)
    response = RedirectResponse(begins, status_code=303)
    seconds = int(access.TOKEN_FOR.total_seconds())
    response.set_cookie(
        COOKIE,
        token,
        seconds,
        path=shell.HOME,
        httponly=True,
        samesite="strict",
        secure=door.secure,
    )
    return response


@router.post("/logout")
def log_out(door: AtDoor, session: Proven) -> Response:
    """End the session."""
    with transaction(door.engine) as tx:
        access.log_out(tx, session.token, now=door.clock())
    response = RedirectResponse(f"{shell.HOME}/login", status_code=303)
    response.delete_cookie(COOKIE, path=shell.HOME)
    return response


@router.get("")
def show_queue(
    door: AtDoor,
    session: InSession,
    pile: Pile = Pile.OPEN,
    section: Annotated[str, Query(max_length=30)] = "",
    q: Annotated[str, Query(max_length=100)] = "",
    cursor: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """The queue, the most urgent case on top; the address keeps the filter."""
    policy.require(session.officer, Verb.READ_CASES)
    today = office_date(door.clock())
    wanted = Wanted(pile, section or None, text=q or None)
    with reading(door.engine) as tx:
        sight = cases.sight(tx, session.officer, door.clock())
        found = worklist.page(tx, wanted, sight, today=today, cursor=cursor or None, limit=ROWS)
        calendar = calendars.load(tx)
        rows = [cases.row(case, calendar, today) for case in found.cases]
        counts = worklist.counts(tx, sight, today=today)
        sections = tx.scalars(select(Section).where(Section.active).order_by(Section.code)).all()
    return shell.page(
        "queue.html",
        door,
        session,
        rows=rows,
        counts=counts,
        sections=sections,
        pile=pile,
        section=section,
        q=q,
        next_cursor=found.next_cursor,
    )


@router.get("/cases/{case_no}")
def show_case(case_no: str, door: AtDoor, session: InSession) -> Response:
    """One case: what was said, how its deadline was counted, and what can be done now."""
    policy.require(session.officer, Verb.READ_CASES)
    return _case_page(case_no, door, session)


@router.post("/cases/{case_no}/{verb}")
async def act_on_case(
    case_no: str, verb: str, request: Request, door: AtDoor, session: Proven
) -> Response:
    """Carry out a form of the case's page; a refusal shows the page again with what was typed."""
    filled = await request.form(max_files=0, max_fields=MOST_FIELDS)
    given = {name: value for name, value in filled.items() if isinstance(value, str)}
    return await to_thread.run_sync(_act, case_no, verb, given | {"verb": verb}, door, session)


@router.get("/cases/{case_no}/attachments/{attachment_id}")
def read_attachment(
    case_no: str, attachment_id: cases.AttachmentId, door: AtDoor, session: InSession
) -> Response:
    """A file of the case."""
    policy.require(session.officer, Verb.READ_CASES)
    with reading(door.engine) as tx:
        case = cases.visible(tx, case_no, session.officer, door.clock())
        return cases.file_response(tx, case, attachment_id, door)


@router.get("/questions")
def show_questions(door: AtDoor, session: InSession) -> Response:
    """Questions nobody could answer in the last thirty days."""
    policy.require(session.officer, Verb.READ_FAQ)
    with reading(door.engine) as tx:
        words = door.shelf.current(tx).words
        found = learning.unanswered(tx, door.clock() - UNANSWERED_FOR, ROWS, words)
    return shell.page("questions.html", door, session, questions=found)


@router.get("/figures")
def show_figures(
    door: AtDoor,
    session: InSession,
    month: Annotated[str | None, Query(pattern=MONTH)] = None,
) -> Response:
    """The figures of a month with their definitions."""
    policy.require(session.officer, Verb.READ_FIGURES)
    today = office_date(door.clock())
    month = month or f"{today:%Y-%m}"
    year, number = (int(part) for part in month.split("-"))
    with reading(door.engine) as tx:
        report = monthly.month(tx, year, number, today=today)
    return shell.page("figures.html", door, session, report=report, columns=monthly.COLUMNS)


@router.get("/figures/{month}.csv")
def read_figures_csv(month: Month, door: AtDoor, session: InSession) -> Response:
    """The same figures as CSV."""
    policy.require(session.officer, Verb.READ_FIGURES)
    year, number = (int(part) for part in month.split("-"))
    with reading(door.engine) as tx:
        report = monthly.month(tx, year, number, today=office_date(door.clock()))
    headers = {"Content-Disposition": f'attachment; filename="civicline-{month}.csv"'}
    return Response(monthly.as_csv(report), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/static/console.css")
def read_style() -> Response:
    """The style sheet."""
    content = (package_files("admin_api.console") / "static" / "console.css").read_bytes()
    return Response(content, media_type="text/css")


def install(app: FastAPI) -> None:
    """Add the pages, and tell what goes wrong on them as pages instead of problem+json."""
    app.include_router(router)
    for kind in errors.PROBLEMS:
        app.add_exception_handler(kind, shell.told)
    app.add_exception_handler(BadProof, _bad_proof)


def _bad_proof(_request: Request, _error: Exception) -> Response:
    return shell.plain(wording.BAD_PROOF, 403)


def _act(
    case_no: str, verb: str, given: Mapping[str, str], door: StaffDoor, session: Session
) -> Response:
    policy.require(session.officer, Verb.READ_CASES)
    try:
        deed, body = forms.read(verb, given)
        key = given.get("key") or None
        carried = carry_out(door, session.officer, key, case_no, deed, body)
        if verb == "approve":  # 核定即送出: the same head sends what they approved
            send = {"draft_id": given.get("draft_id", ""), "version": f"{carried.body['version']}"}
            deed, body = forms.read("send", send)
            carry_out(door, session.officer, key and f"{key}:send", case_no, deed, body)
    except KeyError:
        return _case_page(case_no, door, session, wording.NO_SUCH_FORM, 409, given)
    except forms.BadForm as error:
        problem = wording.BAD_FIELDS.format(fields="、".join(error.fields))
        return _case_page(case_no, door, session, problem, 422, given)
    except tuple(errors.PROBLEMS) as error:
        found = errors.describe(error)
        if found is None or (found.status == 404 and not isinstance(error, NothingToDecide)):
            raise
        return _case_page(
            case_no, door, session, shell.in_one_line(found, error), found.status, given
        )
    return RedirectResponse(f"{shell.HOME}/cases/{case_no}?done={verb}", status_code=303)


def _case_page(
    case_no: str,
    door: StaffDoor,
    session: Session,
    problem: str = "",
    status: int = 200,
    typed: Mapping[str, str] | None = None,
) -> Response:
    officer = session.officer
    with reading(door.engine) as tx:
        case = cases.visible(tx, case_no, officer, door.clock())
        shown = cases.detail(tx, case, officer, door.clock())
        sections = tx.scalars(select(Section).where(Section.active).order_by(Section.code)).all()
        officers = tx.scalars(select(Officer).where(Officer.active).order_by(Officer.name)).all()
    return shell.page(
        "case.html",
        door,
        session,
        status=status,
        case=shown,
        forms=forms.offered(shown.may),
        beside={form.path: form for form in forms.BESIDE if form.action in shown.may},
        options=_options(case, sections, officers),
        key=secrets.token_hex(16),
        problem=problem,
        typed=typed or {"verb": ""},
    )


def _options(
    case: Case, sections: Sequence[Section], officers: Sequence[Officer]
) -> dict[str, list[tuple[str, str]]]:
    """What the selects of the forms offer: value and words."""
    outcomes = OF_SUGGESTIONS if case.kind == Kind.REFORM_SUGGESTION else tuple(OUTCOMES)
    files = [one for one in case.attachments if one.digest]
    return {
        "sections": [(one.code, one.name) for one in sections],
        "officers": [(one.username, one.name) for one in officers if _handles(one)],
        "outcomes": [(one.value, OUTCOMES[one][0]) for one in outcomes if one not in BY_OWN_VERB],
        "grounds": [(ground.value, words[0]) for ground, words in GROUNDS.items()],
        "kinds": [(kind.value, words[0]) for kind, words in KINDS.items()],
        "priorities": list(wording.PRIORITIES.items()),
        "sources": list(wording.SOURCES.items()),
        "files": [(str(one.id), f"附件 {n}") for n, one in enumerate(files, 1)],
    }


def _handles(officer: Officer) -> bool:
    return Role(officer.role) in HANDLERS
