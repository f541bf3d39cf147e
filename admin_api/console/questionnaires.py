"""The pages of the yearly questionnaire: opened, entered from paper, counted and analysed."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, TypeVar

from fastapi import Query, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from admin_api import errors, policy, questionnaires
from admin_api.access import AtDoor, StaffDoor
from admin_api.console import questionnaire_words, shell
from admin_api.console.filled import AsFilled, Filled
from admin_api.console.forms import BadForm
from admin_api.console.language import _
from admin_api.console.sessions import InSession, Session
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Verb
from admin_api.questionnaires import Year
from admin_api.schemas import questionnaires as schemas
from admin_api.schemas.base import Strict
from complaints.clock.workdays import office_date
from complaints.measuring.opinions import GRADES
from complaints.measuring.questionnaires import ENTERED_WITHIN, QUOTA, default_questions
from complaints.roles import Role
from complaints.wording.terms import ROC_OFFSET

QUESTIONNAIRES = f"{shell.HOME}/questionnaires"
CAUGHT: tuple[type[Exception], ...] = (BadForm, *errors.PROBLEMS)
ANSWER = "answer-"  # how the names of the fields of the questions begin
LAST_MONTH, LAST_DAY = 12, 31

router = NarrowRouter(prefix=QUESTIONNAIRES, include_in_schema=False)
Body = TypeVar("Body", bound=Strict)
Done = Annotated[str, Query(max_length=20)]


@dataclass(frozen=True)
class Sheet:
    """What a page shows beside what is kept: a problem, what was typed, what was done."""

    problem: str = ""
    status: int = 200
    typed: Mapping[str, str] = field(default_factory=dict)
    done: str = ""


@router.get("")
def show_questionnaires(door: AtDoor, session: InSession, done: Done = "") -> Response:
    """Every year's, and the form to open another."""
    policy.require(session.officer, Verb.READ_FIGURES)
    return _list_page(door, session, Sheet(done=done))


@router.post("")
def open_questionnaire(door: AtDoor, form: AsFilled) -> Response:
    """Open the questionnaire of a year with the usual questions."""
    policy.require(form.officer, Verb.MEASURE)
    given: dict[str, Any] = {
        name: form.text(name) for name in ("title", "opens_on", "closes_on")
    } | {name: form.number(name) for name in ("year", "quota")}
    try:
        body = _checked(schemas.NewQuestionnaire, given)
        questionnaires.open_year(door, form.officer, form.key, body)
    except CAUGHT as error:
        return _list_page(door, form.session, _refused(error, form))
    return RedirectResponse(f"{QUESTIONNAIRES}/{body.year}?done=opened", status_code=303)


@router.get("/{year}")
def show_questionnaire(year: Year, door: AtDoor, session: InSession, done: Done = "") -> Response:
    """One year's: how many are filled in, and what they say."""
    policy.require(session.officer, Verb.READ_FIGURES)
    return _page(
        "questionnaire.html",
        door,
        session,
        Sheet(done=done),
        one=questionnaires.look_at(door, year),
        found=questionnaires.analysis(door, session.officer, year),
    )


@router.get("/{year}/analysis.csv")
def read_csv(year: Year, door: AtDoor, session: InSession) -> Response:
    """The analysis as CSV."""
    policy.require(session.officer, Verb.READ_FIGURES)
    return questionnaires.csv_file(door, year)


@router.get("/{year}/fill")
def show_fill(
    year: Year,
    door: AtDoor,
    session: InSession,
    done: Done = "",
    channel: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """The form by which one from paper or the telephone is entered, with the last one's way."""
    policy.require(session.officer, Verb.READ_CASES)
    return _fill_page(year, door, session, Sheet(done=done, typed={"channel": channel}))


@router.post("/{year}/fill")
def enter(year: Year, door: AtDoor, form: AsFilled) -> Response:
    """Enter one; the next can follow at once."""
    policy.require(form.officer, Verb.READ_CASES)
    answers = {
        name.removeprefix(ANSWER): form.text(name) for name in form.given if name.startswith(ANSWER)
    }
    try:
        body = _checked(schemas.Entered, {"channel": form.text("channel"), "answers": answers})
        questionnaires.enter(door, form.officer, form.key, year, body)
    except CAUGHT as error:
        one = questionnaires.look_at(door, year)
        texts = {row.key: questionnaire_words.text_of(row) for row in one.questions}
        return _fill_page(year, door, form.session, _refused(error, form, texts))
    where = f"{QUESTIONNAIRES}/{year}/fill?done=entered&channel={body.channel}"
    return RedirectResponse(where, status_code=303)


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
        done=_(questionnaire_words.DONE.get(sheet.done, "")),
        key=lambda: secrets.token_hex(16),
        told=questionnaire_words,
        grades=GRADES,
        may_open=role in policy.MAY[Verb.MEASURE],
        may_enter=role in policy.MAY[Verb.READ_CASES],
        entered_within=ENTERED_WITHIN.days,
        **values,
    )


def _list_page(door: StaffDoor, session: Session, sheet: Sheet) -> Response:
    rows = questionnaires.look(door)
    today = office_date(door.clock())
    year = today.year + any(one.year == today.year for one in rows)
    first = today if year == today.year else date(year, 1, 1)
    usual = {
        "year": str(year),
        "title": f"{year - ROC_OFFSET}年度服務滿意度問卷",
        "opens_on": first.isoformat(),
        "closes_on": date(year, LAST_MONTH, LAST_DAY).isoformat(),
        "quota": str(QUOTA),
    }
    return _page(
        "questionnaires.html",
        door,
        session,
        sheet,
        rows=rows,
        form=usual | dict(sheet.typed),
        questions=default_questions(),
    )


def _fill_page(year: int, door: StaffDoor, session: Session, sheet: Sheet) -> Response:
    one = questionnaires.look_at(door, year)
    last = one.closes_on + ENTERED_WITHIN
    takes = one.opens_on <= office_date(door.clock()) <= last
    return _page(
        "questionnaire_fill.html", door, session, sheet, one=one, takes=takes, answer=ANSWER
    )


def _checked(kind: type[Body], body: Mapping[str, Any]) -> Body:
    """A body of the API; raises BadForm naming the fields that are wrong."""
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        raise BadForm(tuple(dict.fromkeys(str(one["loc"][0]) for one in error.errors()))) from None


def _refused(error: Exception, form: Filled, texts: dict[str, str] | None = None) -> Sheet:
    """The page again with what was typed; raises what another page tells."""
    found = questionnaire_words.refusal(error, texts or {})
    if found is None:
        raise error
    return Sheet(*found, typed=form.given)
