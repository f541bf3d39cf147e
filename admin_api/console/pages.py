"""The staff's pages: queue, case, unanswered questions, figures. The same calls as the API."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files as package_files
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from anyio import to_thread
from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from admin_api import cases, errors, policy, presence
from admin_api.access import AtDoor, StaffDoor
from admin_api.console import (
    account,
    audit,
    checklists,
    clock,
    counter,
    decisions,
    exams,
    faq_forms,
    figures,
    forms,
    knowledge,
    language,
    login,
    openness,
    people,
    pinned,
    posters,
    privacy,
    questionnaires,
    refusing,
    shell,
    translations,
    wording,
    wordings,
    work,
)
from admin_api.console.language import _
from admin_api.console.sessions import BadProof, InSession, Session, proven
from admin_api.handling import carry_out
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Verb
from admin_api.schemas.cases import CaseDetail
from admin_api.schemas.wordings import FilledTemplate
from admin_api.today import views
from admin_api.wordings import filled
from complaints import nearby, tasks, templates, worklist
from complaints.clock import calendars
from complaints.clock.workdays import office_date
from complaints.errors import NothingToDecide
from complaints.nearby import Reported
from complaints.presence import Present
from complaints.roles import HANDLERS, Role
from complaints.states import BY_OWN_VERB, OF_SUGGESTIONS, Action, Kind, Status
from complaints.tables import Case, Officer, Section
from complaints.wording.terms import ASPECTS, FAULTS, GROUNDS, KINDS, OUTCOMES, term
from complaints.worklist import Pile, Wanted
from data.database import reading
from faq.keeping import answering
from faq.keeping.index import Card

ROWS = 50
SIMILAR = 3
MOST_FIELDS = 40
UNDER_WAY = ("submitted", "approved")  # drafts that somebody else is to decide on or send

router = NarrowRouter(prefix=shell.HOME, include_in_schema=False)


@dataclass(frozen=True)
class _Point:
    """A point, and what the newest draft says to it, where that can be told apart."""

    text: str
    answer: str | None
    left_out: bool


@dataclass(frozen=True)
class _Beside:
    """Cases on the same matter, and entries of the FAQ near it."""

    cases: tuple[Case, ...]
    entries: tuple[Card, ...]


@router.get("")
def show_queue(
    door: AtDoor,
    session: InSession,
    pile: Pile = Pile.OPEN,
    section: Annotated[str, Query(max_length=30)] = "",
    handler: Annotated[str, Query(max_length=60)] = "",
    kind: Annotated[Kind | Literal[""], Query()] = "",
    village: Annotated[str, Query(max_length=30)] = "",
    q: Annotated[str, Query(max_length=100)] = "",
    cursor: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """The queue, the most urgent case on top; the address keeps the filter."""
    officer, today = session.officer, office_date(door.clock())
    policy.require(officer, Verb.READ_CASES)
    wanted = Wanted(
        pile, section or None, handler or None, kind or None, q or None, village or None
    )
    with reading(door.engine) as tx:
        sight = cases.sight(tx, officer, door.clock())
        found = worklist.page(tx, wanted, sight, today=today, cursor=cursor or None, limit=ROWS)
        calendar = calendars.load(tx)
        rows = [cases.row(case, calendar, today) for case in found.cases]
        counts = worklist.counts(tx, sight, today=today, within=wanted)
        sections = tx.scalars(select(Section).where(Section.active).order_by(Section.code)).all()
        officers = tx.scalars(select(Officer).where(Officer.active).order_by(Officer.name)).all()
        saved = views(tx, officer)
    filters = {"section": section, "handler": handler, "kind": kind, "village": village, "q": q}
    kept = {name: value for name, value in filters.items() if value}
    return shell.page(
        "queue.html",
        door,
        session,
        rows=rows,
        counts=counts,
        at_least=worklist.at_least(counts),
        sections=sections,
        officers=[one for one in officers if _handles(one)],
        kinds=KINDS,
        kind_names={one.value: wording.kind(one) for one in Kind},
        status_names={one.value: wording.status(one) for one in Status},
        saved=saved,
        pile=pile,
        filters=filters,
        kept=urlencode(kept),
        query=urlencode({"pile": pile.value} | kept),
        next_cursor=found.next_cursor,
        key=secrets.token_hex(8),
    )


@router.get("/cases/{case_no}")
def show_case(
    case_no: str,
    door: AtDoor,
    session: InSession,
    template: Annotated[int, Query(ge=0, lt=worklist.LARGEST_ID)] = 0,
) -> Response:
    """One case: what was said, how its deadline was counted, and what can be done now.

    With a template its text, filled in for this case, stands ready to be changed and sent.
    """
    policy.require(session.officer, Verb.READ_CASES)
    present = presence.look(door, session.officer, case_no)
    return _case_page(case_no, door, session, template=template, present=present)


@router.get("/cases/{case_no}/presence")
def show_presence(case_no: str, door: AtDoor, session: InSession) -> Response:
    """Who else has the case open, as the page's script asks for it again and again."""
    policy.require(session.officer, Verb.READ_CASES)
    return shell.part("case_presence.html", present=presence.look(door, session.officer, case_no))


@router.post("/cases/{case_no}/{verb}")
async def act_on_case(
    case_no: str, verb: str, request: Request, door: AtDoor, session: InSession
) -> Response:
    """Carry out a form of the case's page; a refusal shows the page again with what was typed."""
    filled = await request.form(max_files=0, max_fields=MOST_FIELDS)
    given = {name: value for name, value in filled.items() if isinstance(value, str)}
    proven(session, given.get("proof", ""))
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


@router.get("/static/console.css")
def read_style() -> Response:
    """The style sheet."""
    return _static("console.css", "text/css")


@router.get("/static/console.js")
def read_script() -> Response:
    """The script, which every page does without."""
    return _static("console.js", "text/javascript")


def install(app: FastAPI) -> None:
    """Add the pages, and tell what goes wrong on them as pages instead of problem+json."""
    app.include_router(work.router)
    app.include_router(language.router)
    app.include_router(login.router)
    app.include_router(account.router)
    app.include_router(clock.router)
    app.include_router(counter.router)
    app.include_router(posters.router)
    app.include_router(privacy.router)  # before the case's own forms, whose verb is anything
    app.include_router(checklists.router)  # so is this
    app.include_router(people.router)
    app.include_router(audit.router)
    app.include_router(wordings.router)
    app.include_router(figures.router)
    app.include_router(exams.router)
    app.include_router(decisions.router)
    app.include_router(questionnaires.router)
    app.include_router(openness.router)
    app.include_router(pinned.router)
    app.include_router(translations.router)
    app.include_router(faq_forms.router)  # before the entries, whose id is anything
    app.include_router(router)
    knowledge.install(app)
    for kind in errors.PROBLEMS:
        app.add_exception_handler(kind, shell.told)
    app.add_exception_handler(BadProof, _bad_proof)
    app.add_exception_handler(RequestValidationError, shell.invalid)


def _static(name: str, media_type: str) -> Response:
    content = (package_files("admin_api.console") / "static" / name).read_bytes()
    return Response(content, media_type=media_type)


def _bad_proof(_request: Request, _error: Exception) -> Response:
    return shell.plain(_(wording.BAD_PROOF), 403)


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
        return _case_page(case_no, door, session, _(wording.NO_SUCH_FORM), 409, given)
    except forms.BadForm as error:
        return _case_page(case_no, door, session, wording.bad_fields(error.fields), 422, given)
    except tuple(errors.PROBLEMS) as error:
        found = errors.describe(error)
        if found is None or (found.status == 404 and not isinstance(error, NothingToDecide)):
            raise
        told = refusing.in_one_line(error)
        return _case_page(case_no, door, session, told.text, told.status, given)
    return RedirectResponse(f"{shell.HOME}/cases/{case_no}?done={verb}", status_code=303)


def _case_page(
    case_no: str,
    door: StaffDoor,
    session: Session,
    problem: str = "",
    status: int = 200,
    typed: Mapping[str, str] | None = None,
    template: int = 0,
    present: Sequence[Present] = (),
) -> Response:
    officer = session.officer
    with reading(door.engine) as tx:
        case = cases.visible(tx, case_no, officer, door.clock())
        shown = cases.detail(tx, case, officer, door.clock())
        wordings = [filled(row, case) for row in templates.offered(tx, case)]
        consultations = tasks.consultations(tx, case, officer)
        files = any(one.digest for one in case.attachments)
        beside = _beside(tx, case, door, officer)
        on_the_spot = checklists.beside(tx, case, door.clock())
        sections = tx.scalars(select(Section).where(Section.active).order_by(Section.code)).all()
        officers = tx.scalars(select(Officer).where(Officer.active).order_by(Officer.name)).all()
    return shell.page(
        "case.html",
        door,
        session,
        status=status,
        case=shown,
        forms=forms.offered(shown.may, praise=case.kind == Kind.PRAISE, files=files),
        consultations=consultations,
        answer_consultation=forms.BY_PATH["answer-consultation"],
        beside={form.path: form for form in forms.BESIDE if form.action in shown.may},
        options=_options(case, sections, officers),
        key=secrets.token_hex(16),
        problem=problem,
        wordings=wordings,
        similar=beside,
        present=present,
        points=_points(shown),
        typed=typed or _begun(shown, wordings, template),
        **on_the_spot,
    )


def _begun(
    case: CaseDetail, wordings: Sequence[FilledTemplate], template: int
) -> Mapping[str, str]:
    """What stands in the answer form before anybody typed.

    The text of a chosen template, else the draft that was sent back, else a paragraph for each
    point to fill in.
    """
    path = "reply" if Action.REPLY in case.may else "draft"
    if path not in case.may:
        return {"verb": ""}
    chosen = next((one for one in wordings if one.id == template and one.text), None)
    if chosen is not None:
        return {"verb": path, "text": chosen.text or "", "template_id": str(chosen.id)}
    newest = case.drafts[-1] if case.drafts else None
    if newest and newest.state in UNDER_WAY:
        return {"verb": ""}
    returned = newest.text if newest and newest.state == "returned" else None
    return {"verb": path, "text": returned or case.outline or ""}


def _points(case: CaseDetail) -> list[_Point]:
    """The points beside what the newest draft that was not replaced says to each."""
    newest = next((one for one in reversed(case.drafts) if one.state != "superseded"), None)
    if newest is None:
        return [_Point(one, None, left_out=False) for one in case.points]
    left = newest.findings.unanswered
    told = enumerate(zip(case.points, newest.answers, strict=True), 1)
    return [_Point(text, answer, left_out=n in left) for n, (text, answer) in told]


def _beside(tx: Transaction, case: Case, door: StaffDoor, officer: Officer) -> _Beside:
    """What may help with the answer: cases about the same matter in sight, entries near it."""
    what = Reported(case.content, case.place, case.latitude, case.longitude)
    seen, now = cases.sight(tx, officer, door.clock()), door.clock()
    same = nearby.already_reported(tx, what, by=None, now=now)
    others = [one for one in same if one.id != case.id and seen.allows(one)]
    index = door.shelf.current(tx).on(office_date(now))
    return _Beside(tuple(others[:SIMILAR]), answering.near(case.content, index)[:SIMILAR])


def _options(
    case: Case, sections: Sequence[Section], officers: Sequence[Officer]
) -> dict[str, list[tuple[str, str]]]:
    """What the selects of the forms offer: value and words."""
    outcomes = OF_SUGGESTIONS if case.kind == Kind.REFORM_SUGGESTION else tuple(OUTCOMES)
    files = enumerate((one for one in case.attachments if one.digest), 1)
    return {
        "sections": [(one.code, one.name) for one in sections],
        "officers": [(one.username, one.name) for one in officers if _handles(one)],
        "outcomes": _terms({one: OUTCOMES[one] for one in outcomes if one not in BY_OWN_VERB}),
        "grounds": _terms(GROUNDS),
        "aspects": _terms(ASPECTS),
        "faults": _terms(FAULTS),
        "kinds": _terms(KINDS),
        "priorities": [(value, _(word)) for value, word in wording.PRIORITIES.items()],
        "sources": [(value, _(word)) for value, word in wording.SOURCES.items()],
        "files": [(str(one.id), _(wording.ATTACHMENT).format(number=n)) for n, one in files],
    }


def _terms(pairs: Mapping[Any, tuple[str, str]]) -> list[tuple[str, str]]:
    """Values with their terms in the language of the page."""
    told = ((one.value, term(pair, language.current())) for one, pair in pairs.items())
    return [(value, f"{text[0].upper()}{text[1:]}") for value, text in told]


def _handles(officer: Officer) -> bool:
    return Role(officer.role) in HANDLERS
