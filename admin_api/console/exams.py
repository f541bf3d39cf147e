"""The pages of the monthly exam: drawing it, scoring one's papers, and what came of it."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from fastapi import Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from admin_api import errors, exams, policy
from admin_api.access import AtDoor, StaffDoor
from admin_api.console import exam_words, language, shell
from admin_api.console.filled import AsFilled, Filled
from admin_api.console.forms import BadForm
from admin_api.console.language import _
from admin_api.console.sessions import InSession, Session
from admin_api.exams import Month, Number
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Verb
from admin_api.schemas import exams as schemas
from complaints.clock.workdays import office_date
from complaints.errors import IncompletePetition, NothingToDecide
from complaints.measuring.exams import CRITERIA, PaperKind
from complaints.roles import Role
from complaints.tables import Officer
from complaints.wording.terms import KINDS, term

EXAMS = f"{shell.HOME}/exams"
PAPERS = f"{EXAMS}/papers"
CAUGHT: tuple[type[Exception], ...] = (BadForm, *errors.PROBLEMS)
ASKED, SENT = 50, 20  # drawn unless somebody says otherwise

Tell = Callable[[Exception], tuple[str, int] | None]
router = NarrowRouter(prefix=EXAMS, include_in_schema=False)


@dataclass(frozen=True)
class Sheet:
    """What a page shows beside what is kept: a problem, what was typed, what was done."""

    problem: str = ""
    status: int = 200
    typed: Mapping[str, str] = field(default_factory=dict)
    done: str = ""


@router.get("")
def show_exams(door: AtDoor, session: InSession) -> Response:
    """The exams so far, what waits for this officer, and the form to draw another."""
    policy.require(session.officer, Verb.READ_FIGURES)
    return _exams_page(door, session, Sheet())


@router.post("")
def set_exam(door: AtDoor, form: AsFilled) -> Response:
    """Draw the exam of a month."""
    policy.require(form.officer, Verb.MEASURE)
    names = "seed", "questions", "replies"
    given = {"month": form.text("month")} | {name: _number(form.text(name)) for name in names}
    try:
        body = schemas.NewExam.model_validate(given)
        exams.keep(door, form.officer, form.key, body)
    except ValidationError as error:
        return _exams_page(door, form.session, _refused(_bad(error), form, exam_words.of_setting))
    except CAUGHT as error:
        return _exams_page(door, form.session, _refused(error, form, exam_words.of_setting))
    return RedirectResponse(f"{EXAMS}/{body.month}?done=set", status_code=303)


@router.get("/papers")
def show_next(door: AtDoor, session: InSession, done: str = "") -> Response:
    """The next paper of mine that is not scored, and how many are left."""
    return _paper_page(None, door, session, Sheet(done=done))


@router.get("/papers/{number}")
def show_paper(number: Number, door: AtDoor, session: InSession) -> Response:
    """One paper of mine, to score or to score again; raises NothingToDecide."""
    if number not in {one.id for one in exams.mine(door, session.officer)}:
        raise NothingToDecide(f"paper {number}")
    return _paper_page(number, door, session, Sheet())


@router.post("/papers/{number}")
def score(number: Number, door: AtDoor, form: AsFilled) -> Response:
    """Score a paper, and go on to the next."""
    policy.require(form.officer, Verb.READ_CASES)
    names = {name for criteria in CRITERIA.values() for name in criteria if form.text(name)}
    given = {"scores": {name: _number(form.text(name)) for name in names}}
    try:
        body = schemas.Given.model_validate(given | {"remark": form.text("remark")})
        exams.give(door, form.officer, form.key, number, body)
    except ValidationError as error:
        sheet = _refused(_bad(error), form, exam_words.of_scoring)
        return _paper_page(number, door, form.session, sheet)
    except IncompletePetition as error:
        sheet = _refused(BadForm((error.field,)), form, exam_words.of_scoring)
        return _paper_page(number, door, form.session, sheet)
    except CAUGHT as error:
        return _paper_page(number, door, form.session, _refused(error, form, exam_words.of_scoring))
    return RedirectResponse(f"{PAPERS}?done=scored", status_code=303)


@router.get("/{month}.csv")
def read_csv(month: Month, door: AtDoor, session: InSession) -> Response:
    """The papers of an exam as CSV."""
    return exams.csv_response(door, session.officer, month)


@router.get("/{month}")
def show_result(month: Month, door: AtDoor, session: InSession, done: str = "") -> Response:
    """What came of an exam, and the trend up to it."""
    found = exams.of_month(door, session.officer, month)
    values = {"exam": found.exam, "trend": found.trend}
    return _page("exam_result.html", door, session, Sheet(done=done), **values)


# --- inside ---------------------------------------------------------------------------------
def _page(name: str, door: StaffDoor, session: Session, sheet: Sheet, **values: Any) -> Response:
    return shell.page(
        name,
        door,
        session,
        status=sheet.status,
        problem=sheet.problem,
        typed=sheet.typed,
        done=_(exam_words.DONE.get(sheet.done, "")),
        key=lambda: secrets.token_hex(16),
        exam_words=exam_words,
        of_kinds=[("questions", PaperKind.QUESTION), ("replies", PaperKind.REPLY)],
        **values,
    )


def _exams_page(door: StaffDoor, session: Session, sheet: Sheet) -> Response:
    officer, now = session.officer, door.clock()
    before = office_date(now).replace(day=1) - timedelta(days=1)
    usual = {
        "month": f"{before:%Y-%m}",
        "seed": str(int(now.timestamp())),
        "questions": str(ASKED),
        "replies": str(SENT),
    }
    papers = exams.mine(door, officer) if _may(officer, Verb.READ_CASES) else []
    return _page(
        "exams.html",
        door,
        session,
        sheet,
        rows=exams.list_exams(door, officer),
        left=sum(one.scores is None for one in papers),
        mine=papers,
        may_set=_may(officer, Verb.MEASURE),
        form={**usual, **sheet.typed},
        largest=schemas.LARGEST_SEED,
        most=schemas.MOST_PAPERS,
    )


def _paper_page(number: int | None, door: StaffDoor, session: Session, sheet: Sheet) -> Response:
    papers = exams.mine(door, session.officer)
    chosen = next((one for one in papers if one.id == number), None)
    paper = chosen or next((one for one in papers if one.scores is None), None)
    kept = {name: str(mark) for name, mark in (paper.scores or {}).items()} if paper else {}
    return _page(
        "exam_paper.html",
        door,
        session,
        sheet,
        paper=paper,
        left=sum(one.scores is None for one in papers),
        scored=[one for one in papers if one.scores is not None],
        kinds={kind.value: term(pair, language.current()) for kind, pair in KINDS.items()},
        form={"remark": paper.remark if paper else "", **kept, **(sheet.typed if chosen else {})},
    )


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 10 else text


def _bad(error: ValidationError) -> BadForm:
    """The fields of the form that are wrong, each once."""
    return BadForm(tuple(dict.fromkeys(str(one["loc"][-1]) for one in error.errors())))


def _refused(error: Exception, form: Filled, tell: Tell) -> Sheet:
    """The page again with what was typed; raises what another page tells."""
    found = tell(error)
    if found is None:
        raise error
    return Sheet(*found, typed=form.given)


def _may(officer: Officer, verb: Verb) -> bool:
    return Role(officer.role) in policy.MAY[verb]
