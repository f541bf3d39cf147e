"""The pages of what the office makes public: items of 您說．我們做, and files of open data."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Annotated, Any, TypeVar

from fastapi import Query, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from admin_api import errors, openness, policy
from admin_api.access import AtDoor, StaffDoor
from admin_api.console import openness_words, shell
from admin_api.console.filled import AsFilled, Filled
from admin_api.console.forms import BadForm
from admin_api.console.language import _
from admin_api.console.sessions import InSession, Session
from admin_api.narrowing import NarrowRouter
from admin_api.openness import Number
from admin_api.policy import Verb
from admin_api.schemas import openness as schemas
from admin_api.schemas.base import Strict
from complaints.clock.workdays import office_date
from complaints.measuring import outcomes
from complaints.measuring.columns import File
from complaints.measuring.outcomes import LONGEST, State
from complaints.measuring.periods import Period
from complaints.roles import Role

ITEMS, DATA = f"{shell.HOME}/public-items", f"{shell.HOME}/open-data"
CAUGHT: tuple[type[Exception], ...] = (BadForm, *errors.PROBLEMS)
YES = "yes"
Done = Annotated[str, Query(max_length=20)]
Written = Annotated[str, Query(max_length=10)]

router = NarrowRouter(prefix=shell.HOME, include_in_schema=False)
Body = TypeVar("Body", bound=Strict)


@dataclass(frozen=True)
class Sheet:
    """What a page shows beside what is kept: a problem, what was typed, what was done."""

    problem: str = ""
    status: int = 200
    typed: Mapping[str, str] = field(default_factory=dict)
    done: str = ""


# --- what was said and done -----------------------------------------------------------------
@router.get("/public-items")
def show_items(
    door: AtDoor, session: InSession, state: Written = State.DRAFT, done: Done = ""
) -> Response:
    """The items of a state as everybody would read them, and the form for another."""
    policy.require(session.officer, Verb.READ_CASES)
    wanted = State(state) if state in set(State) else State.DRAFT
    return _items_page(door, session, Sheet(done=done), wanted)


@router.post("/public-items")
def propose(door: AtDoor, form: AsFilled) -> Response:
    """Propose an item; a refusal keeps what was typed."""
    policy.require(form.officer, Verb.READ_CASES)
    try:
        given = {name: form.text(name) for name in schemas.NewItem.model_fields}
        body = _checked(schemas.NewItem, given | {"case_no": given["case_no"] or None})
        openness.propose(door, form.officer, form.key, body)
    except CAUGHT as error:
        return _items_page(door, form.session, _refused(error, form), State.DRAFT)
    return RedirectResponse(f"{ITEMS}?done=proposed", status_code=303)


@router.post("/public-items/{number}/approve")
def approve(number: Number, door: AtDoor, form: AsFilled) -> Response:
    """Publish an item."""
    policy.require(form.officer, Verb.MEASURE)
    try:
        openness.approve(door, form.officer, form.key, number)
    except CAUGHT as error:
        return _items_page(door, form.session, _refused(error, form), State.DRAFT)
    return RedirectResponse(f"{ITEMS}?state={State.APPROVED}&done=approve", status_code=303)


@router.post("/public-items/{number}/withdraw")
def withdraw(number: Number, door: AtDoor, form: AsFilled) -> Response:
    """Take an item back."""
    policy.require(form.officer, Verb.READ_CASES)
    try:
        openness.withdraw(door, form.officer, form.key, number)
    except CAUGHT as error:
        return _items_page(door, form.session, _refused(error, form), State.DRAFT)
    return RedirectResponse(f"{ITEMS}?state={State.WITHDRAWN}&done=withdraw", status_code=303)


# --- open data ------------------------------------------------------------------------------
@router.get("/open-data")
def show_data(door: AtDoor, session: InSession, period: Written = "", done: Done = "") -> Response:
    """Which files are out, and what those of a period would hold."""
    policy.require(session.officer, Verb.READ_CASES)
    return _data_page(door, session, Sheet(done=done), period)


@router.post("/open-data")
def make_file(door: AtDoor, form: AsFilled) -> Response:
    """Make a file, for everybody and for good."""
    policy.require(form.officer, Verb.MEASURE)
    written, name = form.text("period"), form.text("file")
    try:
        if form.text("sure") != YES:
            raise BadForm(("sure",))
        openness.make(door, form.officer, form.key, _read(written), _file(name))
    except CAUGHT as error:
        return _data_page(door, form.session, _refused(error, form), written)
    return RedirectResponse(f"{DATA}?period={written}&done=made", status_code=303)


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
        done=_(openness_words.DONE.get(sheet.done, "")),
        key=lambda: secrets.token_hex(16),
        openness_words=openness_words,
        may_publish=role in policy.MAY[Verb.MEASURE],
        **values,
    )


def _items_page(door: StaffDoor, session: Session, sheet: Sheet, state: State) -> Response:
    last_month = _month_before(office_date(door.clock()))
    return _page(
        "openness_items.html",
        door,
        session,
        sheet,
        rows=openness.items(door, session.officer, state),
        state=state,
        form={"period": last_month.key, **sheet.typed},
        longest=LONGEST,
        may_approve=outcomes.may_approve,
        may_withdraw=outcomes.may_withdraw,
        may_propose=Role(session.officer.role) in outcomes.PROPOSERS,
    )


def _data_page(door: StaffDoor, session: Session, sheet: Sheet, written: str) -> Response:
    """With the month before last where no period, or none that can be read, is asked for."""
    newest = _month_before(office_date(door.clock())).previous()
    try:
        period = _read(written) if written else newest
    except BadForm as error:
        period = newest
        sheet = sheet if sheet.problem else _told(error, {"period": written})
    return _page(
        "openness_data.html",
        door,
        session,
        sheet,
        rows=openness.files(door),
        found=openness.preview(door, period),
        office_day=office_date,
    )


def _month_before(day: date) -> Period:
    last = day.replace(day=1) - timedelta(days=1)
    return Period.month(last.year, last.month)


def _read(written: str) -> Period:
    try:
        return Period.read(written)
    except ValueError:
        raise BadForm(("period",)) from None


def _file(name: str) -> File:
    try:
        return File(name)
    except ValueError:
        raise BadForm(("file",)) from None


def _checked(kind: type[Body], body: Mapping[str, Any]) -> Body:
    """A body of the API; raises BadForm naming the fields that are wrong."""
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        raise BadForm(tuple(dict.fromkeys(str(one["loc"][0]) for one in error.errors()))) from None


def _refused(error: Exception, form: Filled) -> Sheet:
    """The page again with what was typed; raises what another page tells."""
    return _told(error, form.given)


def _told(error: Exception, typed: Mapping[str, str]) -> Sheet:
    found = openness_words.refusal(error)
    if found is None:
        raise error
    return Sheet(*found, typed=typed)
