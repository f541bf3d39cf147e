"""The pages of what meetings decided: the list, one decision, and how far it is."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Any, TypeVar

from fastapi import Query, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from sqlalchemy import select

from admin_api import decisions, errors, policy
from admin_api.access import AtDoor, StaffDoor
from admin_api.console import decision_words, shell
from admin_api.console.filled import AsFilled, Filled
from admin_api.console.forms import BadForm
from admin_api.console.language import _
from admin_api.console.sessions import InSession, Session
from admin_api.decisions import Number
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Verb
from admin_api.schemas import decisions as schemas
from admin_api.schemas.base import Reason, Strict
from complaints.clock.workdays import office_date
from complaints.measuring import following
from complaints.roles import Role
from complaints.tables import Section
from data.database import reading

DECISIONS = f"{shell.HOME}/decisions"
CAUGHT: tuple[type[Exception], ...] = (BadForm, *errors.PROBLEMS)
YES = "yes"

router = NarrowRouter(prefix=DECISIONS, include_in_schema=False)
Body = TypeVar("Body", bound=Strict)
Carry = Callable[[Any], object]


@dataclass(frozen=True)
class Sheet:
    """What a page shows beside what is kept: a problem, what was typed, what was done."""

    problem: str = ""
    status: int = 200
    typed: Mapping[str, str] = field(default_factory=dict)
    done: str = ""
    section: str = ""
    ended: str = ""


@router.get("")
def show_decisions(
    door: AtDoor,
    session: InSession,
    section: Annotated[str, Query(max_length=30)] = "",
    ended: Annotated[str, Query(max_length=3)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """What is open, late ones first, or what ended; the form for another."""
    policy.require(session.officer, Verb.READ_FIGURES)
    return _list_page(door, session, Sheet(section=section, ended=ended, done=done))


@router.post("")
def add_decision(door: AtDoor, form: AsFilled) -> Response:
    """Follow a decision from now on."""
    policy.require(form.officer, Verb.MEASURE)
    try:
        given = {name: form.text(name) for name in schemas.NewDecision.model_fields}
        body = _checked(schemas.NewDecision, given)
        decisions.decide(door, form.officer, form.key, body)
    except CAUGHT as error:
        return _list_page(door, form.session, _refused(error, form))
    return RedirectResponse(f"{DECISIONS}?done=added", status_code=303)


@router.get("/{number}")
def show_decision(
    number: Number,
    door: AtDoor,
    session: InSession,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """One decision with everything its section told."""
    policy.require(session.officer, Verb.READ_FIGURES)
    return _decision_page(number, door, session, Sheet(done=done))


@router.post("/{number}/news")
def tell_news(number: Number, door: AtDoor, form: AsFilled) -> Response:
    """Tell how far it is."""

    def carry(body: schemas.News) -> object:
        return decisions.tell(door, form.officer, form.key, number, body)

    return _act(number, "news", schemas.News, "text", door, form, carry)


@router.post("/{number}/finish")
def finish(number: Number, door: AtDoor, form: AsFilled) -> Response:
    """It is done."""

    def carry(body: schemas.Result) -> object:
        return decisions.finish(door, form.officer, form.key, number, body)

    return _act(number, "finish", schemas.Result, "result", door, form, carry)


@router.post("/{number}/drop")
def drop(number: Number, door: AtDoor, form: AsFilled) -> Response:
    """Follow it no longer."""
    policy.require(form.officer, Verb.MEASURE)

    def carry(body: Reason) -> object:
        return decisions.drop(door, form.officer, form.key, number, body)

    return _act(number, "drop", Reason, "reason", door, form, carry)


# --- inside ---------------------------------------------------------------------------------
def _act(
    number: int,
    verb: str,
    kind: type[Strict],
    name: str,
    door: StaffDoor,
    form: Filled,
    carry: Carry,
) -> Response:
    policy.require(form.officer, Verb.READ_FIGURES)
    try:
        carry(_checked(kind, {name: form.text(name)}))
    except CAUGHT as error:
        return _decision_page(number, door, form.session, _refused(error, form))
    return RedirectResponse(f"{DECISIONS}/{number}?done={verb}", status_code=303)


def _page(name: str, door: StaffDoor, session: Session, sheet: Sheet, **values: Any) -> Response:
    role = Role(session.officer.role)
    return shell.page(
        name,
        door,
        session,
        status=sheet.status,
        problem=sheet.problem,
        typed=sheet.typed,
        done=_(decision_words.DONE.get(sheet.done, "")),
        key=lambda: secrets.token_hex(16),
        decision_words=decision_words,
        may_decide=role in policy.MAY[Verb.MEASURE],
        **values,
    )


def _list_page(door: StaffDoor, session: Session, sheet: Sheet) -> Response:
    today = office_date(door.clock())
    with reading(door.engine) as tx:
        sections = tx.scalars(select(Section).where(Section.active).order_by(Section.code)).all()
    last_month = f"{today.replace(day=1) - timedelta(days=1):%Y-%m}"
    return _page(
        "decisions.html",
        door,
        session,
        sheet,
        rows=decisions.look(door, sheet.section, ended=sheet.ended == YES),
        sections=sections,
        section=sheet.section,
        ended=sheet.ended == YES,
        form={"period": last_month, **sheet.typed},
        today=today,
    )


def _decision_page(number: int, door: StaffDoor, session: Session, sheet: Sheet) -> Response:
    one = decisions.look_at(door, number)
    may_tell = _open(one) and following.may_tell(one.decision, session.officer)
    return _page("decision.html", door, session, sheet, one=one, may_tell=may_tell, open=_open(one))


def _open(one: following.Followed) -> bool:
    return one.decision.ended_on is None


def _checked(kind: type[Body], body: Mapping[str, Any]) -> Body:
    """A body of the API; raises BadForm naming the fields that are wrong."""
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        raise BadForm(tuple(dict.fromkeys(str(one["loc"][0]) for one in error.errors()))) from None


def _refused(error: Exception, form: Filled) -> Sheet:
    """The page again with what was typed; raises what another page tells."""
    found = decision_words.refusal(error)
    if found is None:
        raise error
    return Sheet(*found, typed=form.given)
