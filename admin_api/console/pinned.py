"""The page of pinned notices: what stands, what is to begin, what is over, and the form."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Annotated, Any

from fastapi import Query, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from admin_api import errors, pinned, policy
from admin_api.access import AtDoor, StaffDoor
from admin_api.console import pinned_words, shell
from admin_api.console.filled import AsFilled, Filled
from admin_api.console.forms import BadForm
from admin_api.console.language import _
from admin_api.console.sessions import InSession, Session
from admin_api.narrowing import NarrowRouter
from admin_api.pinned import Number
from admin_api.policy import Verb
from admin_api.schemas.pinned import NewNotice
from complaints.clock.workdays import TAIPEI, office_date
from complaints.roles import Role
from faq.keeping.pinning import MOST_TEXT

PAGE = f"{shell.HOME}/pinned"
CAUGHT: tuple[type[Exception], ...] = (BadForm, *errors.PROBLEMS)
YES = "yes"
BETWEEN = re.compile(r"[\n、，,；;]")  # words as people write them one after another
AS_TYPED = "%Y-%m-%dT%H:%M"  # what a browser sends for a day and a time

router = NarrowRouter(prefix=shell.HOME, include_in_schema=False)


@dataclass(frozen=True)
class Sheet:
    """What the page shows beside what is kept: a problem, what was typed, what was done."""

    problem: str = ""
    status: int = 200
    typed: Mapping[str, str] = field(default_factory=dict)
    done: str = ""


@router.get("/pinned")
def show_notices(
    door: AtDoor, session: InSession, done: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """The notices, and the form for another."""
    policy.require(session.officer, Verb.READ_FAQ)
    return _page(door, session, Sheet(done=done))


@router.post("/pinned")
def pin_notice(door: AtDoor, form: AsFilled) -> Response:
    """Pin a notice; a refusal keeps what was typed."""
    policy.require(form.officer, Verb.APPROVE_FAQ)
    try:
        pinned.pin(door, form.officer, form.key, _read(form))
    except CAUGHT as error:
        return _page(door, form.session, _refused(error, form))
    return RedirectResponse(f"{PAGE}?done=pinned", status_code=303)


@router.post("/pinned/{number}/end")
def end_notice(number: Number, door: AtDoor, form: AsFilled) -> Response:
    """Take a notice down."""
    policy.require(form.officer, Verb.APPROVE_FAQ)
    try:
        pinned.end(door, form.officer, form.key, number)
    except CAUGHT as error:
        return _page(door, form.session, _refused(error, form))
    return RedirectResponse(f"{PAGE}?done=ended", status_code=303)


# --- inside ---------------------------------------------------------------------------------
def _page(door: StaffDoor, session: Session, sheet: Sheet) -> Response:
    now = door.clock()
    tomorrow = datetime.combine(office_date(now) + timedelta(days=1), time(), TAIPEI)
    begun = {"since": _typed(now), "until": _typed(tomorrow + timedelta(days=1))}
    rows = pinned.listed(door)
    values: dict[str, Any] = {
        "current": [one for one in rows if not one.over],
        "over": [one for one in rows if one.over],
        "form": {**begun, **sheet.typed},
        "now": now,
        "most_text": MOST_TEXT,
        "may_pin": Role(session.officer.role) in policy.MAY[Verb.APPROVE_FAQ],
        "key": lambda: secrets.token_hex(16),
        "problem": sheet.problem,
        "done": _(pinned_words.DONE.get(sheet.done, "")),
    }
    return shell.page("pinned.html", door, session, status=sheet.status, **values)


def _typed(moment: datetime) -> str:
    return moment.astimezone(TAIPEI).strftime(AS_TYPED)


def _read(form: Filled) -> NewNotice:
    """The body of the API; raises BadForm naming the fields that are wrong."""
    body: dict[str, Any] = {name: form.text(name) for name in ("text", "english")}
    body["words"] = [word.strip() for word in BETWEEN.split(form.text("words")) if word.strip()]
    body |= {name: _moment(form.text(name)) for name in ("since", "until")}
    body["surge"] = form.text("surge") == YES
    try:
        return NewNotice.model_validate(body)
    except ValidationError as error:
        raise BadForm(tuple(dict.fromkeys(str(one["loc"][0]) for one in error.errors()))) from None


def _moment(typed: str) -> datetime | str:
    """A typed time is the office's; what is none is left for the check to name."""
    try:
        return datetime.strptime(typed[:16], AS_TYPED).replace(tzinfo=TAIPEI)
    except ValueError:
        return typed


def _refused(error: Exception, form: Filled) -> Sheet:
    """The page again with what was typed; raises what another page tells."""
    found = pinned_words.refusal(error)
    if found is None:
        raise error
    return Sheet(*found, typed=form.given)
