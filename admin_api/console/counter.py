"""The counter: ask, file and look up for somebody who stands here or is on the telephone.

What is typed about a person travels in forms, never in an address; the slip with the look-up code
is the answer to the form that filed the petition and has no address of its own.
"""

import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from fastapi import HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session as Tx

from admin_api import cases, desk, errors, pinned, policy
from admin_api.access import AtDoor, StaffDoor
from admin_api.console import counter_words, language, petition_form, posters, shell, wording
from admin_api.console.filled import AsFilled, Filled
from admin_api.console.forms import BadForm
from admin_api.console.language import _
from admin_api.console.sessions import InSession, Session
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Forbidden, Verb
from admin_api.schemas import desk as schemas
from complaints import handling
from complaints.errors import IncompletePetition, UnknownCase
from complaints.roles import Role
from complaints.tables import Case, Section
from complaints.wording import notices, terms
from data.database import reading
from faq.errors import UnknownEntry
from faq.language.cues import Cue

COUNTER = f"{shell.HOME}/counter"
CAUGHT: tuple[type[Exception], ...] = (BadForm, HTTPException, *errors.PROBLEMS)
Shape = TypeVar("Shape", bound=BaseModel)

router = NarrowRouter(prefix=COUNTER, include_in_schema=False)


@dataclass(frozen=True)
class Asked:
    """A question of somebody at the counter, and what is shown to it."""

    number: int
    text: str
    language: str
    answer: schemas.CardOut | None = None
    situation: int | None = None
    offered: Sequence[schemas.CardOut] = ()
    similar: Sequence[schemas.CardOut] = ()
    distress: str | None = None
    agency: str | None = None
    judged: bool = False
    why: bool = False  # why it did not help may still be told


# --- what the counter offers ----------------------------------------------------------------
@router.get("")
def show_counter(door: AtDoor, session: InSession, done: str = "") -> Response:
    """Ask, file or look up; who handles no cases can ask."""
    policy.require(session.officer, Verb.READ_FAQ)
    return _counter_page(door, session, notice=counter_words.DONE.get(done, ""))


# --- questions ------------------------------------------------------------------------------
@router.post("/ask")
def ask(door: AtDoor, form: AsFilled) -> Response:
    """What the engine answers to a question asked here."""
    policy.require(form.officer, Verb.READ_FAQ)
    try:
        body = _checked(schemas.Question, text=form.text("text"), language=_spoken(form))
    except BadForm as error:
        return _counter_refused(error, door, form)
    got = _out(schemas.AnswerOut, desk.ask(body, door, form.officer))
    sure = got.verdict == "sure" and got.distress is None
    asked = Asked(
        got.asked_id,
        body.text,
        body.language,
        answer=got.cards[0] if sure else None,
        situation=got.situation,
        offered=() if sure else got.cards,
        distress=got.distress,
        agency=got.agency,
    )
    return _answer_page(
        door, form.session, asked if got.cards else _with_similar(door, form, asked)
    )


@router.post("/asked/{number}/choice")
def choose(number: desk.AskedId, door: AtDoor, form: AsFilled) -> Response:
    """Which of the offered entries was meant; none of them leads to the nearest ones."""
    policy.require(form.officer, Verb.READ_FAQ)
    asked = Asked(number, form.text("text"), _spoken(form))
    try:
        body = _checked(schemas.Choice, entry_id=form.text("entry") or None)
        kept = _out(schemas.KeptOut, desk.note_choice(number, body, door, form.officer))
    except (BadForm, UnknownEntry):
        return _counter_page(door, form.session, _(counter_words.NOT_ON_OFFER), 409, form.given)
    if kept.entry is None:
        return _answer_page(door, form.session, _with_similar(door, form, asked))
    return _answer_page(door, form.session, replace(asked, answer=kept.entry))


@router.post("/asked/{number}/helpful")
def judge(number: desk.AskedId, door: AtDoor, form: AsFilled) -> Response:
    """What the person says of the answer; one that did not help leads to the nearest entries.

    Why it did not help can be told then.
    """
    policy.require(form.officer, Verb.READ_FAQ)
    helpful = form.text("helpful") == petition_form.YES
    try:
        body = _checked(schemas.Judged, helpful=helpful, reason=form.text("reason") or None)
    except BadForm as error:
        return _counter_refused(error, door, form)
    desk.note_helpful(number, body, door, form.officer)
    asked = Asked(number, form.text("text"), _spoken(form), judged=True)
    if helpful:
        return _answer_page(door, form.session, asked)
    asked = replace(asked, why=body.reason is None)
    return _answer_page(door, form.session, _with_similar(door, form, asked))


# --- petitions ------------------------------------------------------------------------------
@router.post("/petition")
def edit_petition(door: AtDoor, form: AsFilled) -> Response:
    """The form of a petition with what was typed before, also with the words of a question."""
    policy.require(form.officer, Verb.READ_CASES)
    return _petition_page(door, form.session, petition_form.typed(form.given))


@router.post("/petition/check")
def check_petition(door: AtDoor, form: AsFilled) -> Response:
    """Read back what was typed before anything is filed (行政程序法 §169)."""
    policy.require(form.officer, Verb.READ_CASES)
    return _read_back(door, form.session, form.given)


@router.post("/petition/confirm")
def confirm_petition(
    request: Request, door: AtDoor, form: AsFilled, prefix: desk.Prefix
) -> Response:
    """File the petition; the answer is the slip, the only page that ever shows it."""
    policy.require(form.officer, Verb.READ_CASES)
    heard = form.text("read_back") == petition_form.YES
    try:
        body = petition_form.read(petition_form.typed(form.given), read_back=heard)
        filed = desk.file_petition(body, door, form.officer, prefix, form.key)
    except CAUGHT as error:
        return _read_back(door, form.session, form.given, error)
    return _slip_page(request, door, form.session, _out(schemas.Slip, filed), body.language)


@router.post("/follow")
def follow(door: AtDoor, form: AsFilled) -> Response:
    """Have somebody follow a case that tells the same, instead of filing another."""
    policy.require(form.officer, Verb.READ_CASES)
    typed = petition_form.typed(form.given)
    try:
        body = _checked(
            schemas.Following,
            case_no=form.text("case_no"),
            source=typed["source"],
            contact=typed["contact"],
            language=_spoken(form),
        )
        told = _out(schemas.FollowedOut, desk.follow_case(body, door, form.officer))
    except CAUGHT as error:
        return _read_back(door, form.session, form.given, error)
    return _went("followed" if told.fresh else "following")


# --- cases ----------------------------------------------------------------------------------
@router.post("/find")
def find(door: AtDoor, form: AsFilled) -> Response:
    """The cases of one telephone or mail address."""
    policy.require(form.officer, Verb.READ_CASES)
    try:
        body = _checked(schemas.Person, contact=form.text("who"))
        found = desk.find_person(body, door, form.officer)
    except CAUGHT as error:
        return _counter_refused(error, door, form)
    return shell.page("counter_found.html", door, form.session, found=found)


@router.post("/look-up")
def look_up(door: AtDoor, form: AsFilled) -> Response:
    """A case by number and code, as its citizen sees it."""
    policy.require(form.officer, Verb.READ_CASES)
    try:
        body = _checked(schemas.Key, case_no=form.text("case_no"), code=form.text("code"))
        found = desk.look_up(body, door, form.officer)
    except CAUGHT as error:
        return _counter_refused(error, door, form)
    with reading(door.engine) as tx, suppress(UnknownCase):
        cases.visible(tx, found.case_no, form.officer, door.clock())
        return shell.page("counter_progress.html", door, form.session, case=found, ours=True)
    return shell.page("counter_progress.html", door, form.session, case=found, ours=False)


# --- inside ---------------------------------------------------------------------------------
def _checked(kind: type[Shape], **given: Any) -> Shape:
    """A body of the API; raises BadForm naming the fields that are wrong."""
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        names = dict.fromkeys(str((*one["loc"], "contact")[0]) for one in error.errors())
        raise BadForm(tuple(counter_words.LABELS.get(one, one) for one in names)) from None


def _out(kind: type[Shape], response: Response) -> Shape:
    return kind.model_validate_json(bytes(response.body))


def _told(error: Exception) -> tuple[str, int]:
    """A refusal in the language of the page, and its status; raises what is no refusal of ours."""
    if isinstance(error, BadForm):
        return wording.bad_fields(error.fields), 422
    if isinstance(error, IncompletePetition):
        label = counter_words.LABELS.get(error.field, error.field)
        return wording.bad_fields([label]), 422
    if isinstance(error, HTTPException):
        return _(counter_words.LOCKED), error.status_code
    if isinstance(error, UnknownCase):
        return _(counter_words.NOT_FOUND), 404
    if isinstance(error, Forbidden):
        return _(counter_words.CANNOT_FOLLOW), 403
    found = errors.describe(error)
    if found is None:
        raise error
    return language.half(found.title), found.status


def _spoken(form: Filled) -> str:
    return "en" if form.text("language") == "en" else "zh"


def _went(done: str) -> Response:
    return RedirectResponse(f"{COUNTER}?done={done}", status_code=303)


def _with_similar(door: StaffDoor, form: Filled, asked: Asked) -> Asked:
    """The question with the nearest entries, unless somebody needs help first."""
    if asked.distress:
        return asked
    return replace(asked, similar=desk.read_similar(asked.number, door, form.officer))


def _answer_page(door: StaffDoor, session: Session, asked: Asked) -> Response:
    helped = counter_words.HELP[Cue(asked.distress)] if asked.distress else ""
    files = Role(session.officer.role) in policy.MAY[Verb.READ_CASES]
    return shell.page("counter_answer.html", door, session, asked=asked, help=helped, files=files)


def _counter_refused(error: Exception, door: StaffDoor, form: Filled) -> Response:
    problem, status = _told(error)
    return _counter_page(door, form.session, problem, status, form.given)


def _counter_page(
    door: StaffDoor,
    session: Session,
    problem: str = "",
    status: int = 200,
    typed: Mapping[str, str] | None = None,
    notice: str = "",
) -> Response:
    return shell.page(
        "counter.html",
        door,
        session,
        status=status,
        problem=problem,
        notice=notice,
        typed=petition_form.typed({}),
        asked=typed or {},
        popular=desk.read_popular(door, session.officer),
        pinned=pinned.standing(door),
        files=Role(session.officer.role) in policy.MAY[Verb.READ_CASES],
        **_choices(door),
    )


def _petition_page(
    door: StaffDoor,
    session: Session,
    typed: Mapping[str, str],
    problem: str = "",
    status: int = 200,
) -> Response:
    return shell.page(
        "counter_petition.html",
        door,
        session,
        status=status,
        problem=problem,
        typed=typed,
        **_choices(door),
    )


def _choices(door: StaffDoor) -> dict[str, Any]:
    """What the form of a petition offers."""
    with reading(door.engine) as tx:
        active = select(Section).where(Section.active).order_by(Section.code)
        sections = [(one.code, one.name) for one in tx.scalars(active)]
    said = language.current()
    return {
        "terms": counter_words,
        "kinds": [(kind.value, terms.term(pair, said)) for kind, pair in terms.KINDS.items()],
        "sections": sections,
    }


def _read_back(
    door: StaffDoor, session: Session, given: Mapping[str, str], refused: Exception | None = None
) -> Response:
    """The page that is read out, or the form again when something on it is wrong."""
    typed = petition_form.typed(given)
    try:
        body = petition_form.read(typed, read_back=False)
        _require_notice(body)
        with reading(door.engine) as tx:
            found = petition_form.foresee(tx, body, door.clock())
        matter = _checked(schemas.Matter, text=body.content, place=body.place)
        similar = desk.find_similar(matter, door, session.officer)
    except CAUGHT as error:
        problem, status = _told(error)
        return _petition_page(door, session, typed, problem, status)
    problem, status = _told(refused) if refused else ("", 200)
    masked = any(typed[one] != given.get(one, "").strip() for one in petition_form.MASKED)
    return shell.page(
        "counter_read_back.html",
        door,
        session,
        status=status,
        problem=problem,
        typed=typed,
        masked=masked,
        similar=similar,
        **_read_out(door, found),
    )


def _read_out(door: StaffDoor, found: petition_form.ReadBack) -> dict[str, Any]:
    """What the page says of a petition before it is filed."""
    body = found.body
    return {
        "body": body,
        "points": found.points,
        "why": found.why,
        "limit": notices.limit_in_words(found.why, language.current()),
        "oral": body.source in desk.ORAL,
        "section": _section_name(door, body.section),
        "terms": counter_words,
        "key": secrets.token_hex(16),
    }


def _require_notice(body: schemas.NewPetition) -> None:
    """Raise IncompletePetition before anything is read back that could not be filed."""
    if not body.content.strip():
        raise IncompletePetition("content")
    if body.source in desk.ORAL and not body.notice_version:
        raise IncompletePetition("notice_version")


def _section_name(door: StaffDoor, code: str | None) -> str | None:
    with reading(door.engine) as tx:
        return tx.scalar(select(Section.name).where(Section.code == code)) if code else None


def _slip_page(
    request: Request, door: StaffDoor, session: Session, slip: schemas.Slip, spoken: str
) -> Response:
    """The slip in the language of who takes it along."""
    with reading(door.engine) as tx:
        limit, received = _counted(tx, slip.case_no, spoken)
    link = posters.to_case(request, slip.case_no)
    return shell.page(
        "slip.html",
        door,
        session,
        slip=slip,
        limit=limit,
        received=terms.plain_date(received, spoken),
        due=terms.plain_date(slip.due_on, spoken),
        say=partial(_in, spoken),
        tag=language.TAGS[spoken],
        terms=counter_words,
        link=link,
        qr=posters.picture(link) if link else None,
    )


def _counted(tx: Tx, case_no: str, spoken: str) -> tuple[str, Any]:
    """The limit in words, and the day of receipt; also of a case that is out of sight by now."""
    case = tx.scalars(select(Case).where(Case.case_no == case_no)).one()
    return notices.limit_in_words(handling.clock(tx, case), spoken), case.received_on


def _in(spoken: str, text: str) -> str:
    """A text of the slip, whatever the language of the page."""
    return text if spoken == language.CHINESE else language.english().get(text, text)
