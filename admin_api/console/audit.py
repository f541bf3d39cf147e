"""The pages of the audit: the histories as sealed, deeds to accounts, other systems."""

import secrets
from typing import Any
from urllib.parse import quote

from fastapi import Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from sqlalchemy import select

from admin_api import audit, errors, policy, subscriptions
from admin_api.access import AtDoor, StaffDoor
from admin_api.console import audit_words, shell, wording
from admin_api.console.filled import AsFilled, Filled
from admin_api.console.language import _, half
from admin_api.console.sessions import InSession, Proven, Session
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Verb
from admin_api.schemas.audit import VerifiedOut
from admin_api.schemas.subscriptions import ChangedSubscription, NewSubscription
from complaints import subscriptions as systems
from complaints.errors import BadSubscription
from complaints.roles import Role
from complaints.tables import Subscription
from complaints.worklist import LARGEST_ID
from data import ledger
from data.database import reading

AUDIT = f"{shell.HOME}/audit"
SYSTEMS = f"{shell.HOME}/systems"
CAUGHT: tuple[type[Exception], ...] = (ValidationError, *errors.PROBLEMS)
YES = "yes"

router = NarrowRouter(prefix=shell.HOME, include_in_schema=False)


# --- the histories --------------------------------------------------------------------------
@router.get("/audit")
def show_audit(door: AtDoor, session: InSession, before: str = "") -> Response:
    """How far the histories are sealed, and what was done to accounts."""
    policy.require(session.officer, Verb.READ_AUDIT)
    return _audit_page(door, session, before=before)


@router.post("/audit/verify")
def verify(door: AtDoor, session: Proven) -> Response:
    """Compare the newest pages of the ledger with what stands, and tell what was found."""
    policy.require(session.officer, Verb.READ_AUDIT)
    with reading(door.engine) as tx:
        checked = audit.verified_out(audit.newest_verified(tx, door.clock()))
    return _audit_page(door, session, checked=checked)


# --- other systems --------------------------------------------------------------------------
@router.get("/systems")
def show_systems(door: AtDoor, session: InSession, done: str = "") -> Response:
    """The systems that are told, and the form to add one."""
    policy.require(session.officer, Verb.MANAGE_SUBSCRIPTIONS)
    return _systems_page(door, session, done=done)


@router.post("/systems")
def add_system(door: AtDoor, form: AsFilled) -> Response:
    """Add a system; its secret is shown on the page that answers, and only there."""
    policy.require(form.officer, Verb.MANAGE_SUBSCRIPTIONS)
    try:
        made = subscriptions.add(door, form.officer, NewSubscription(**_given(form)))
    except CAUGHT as error:
        return _systems_page(door, form.session, error=error, form=form)
    return _systems_page(door, form.session, secret=made.body)


@router.get("/systems/{number}")
def show_system(number: str, door: AtDoor, session: InSession, done: str = "") -> Response:
    """One system: how it is told, and what became of the newest messages."""
    policy.require(session.officer, Verb.MANAGE_SUBSCRIPTIONS)
    return _system_page(_number(number), door, session, done=done)


@router.post("/systems/{number}")
def change_system(number: str, door: AtDoor, form: AsFilled) -> Response:
    """Change how a system is told, or stop telling it."""
    policy.require(form.officer, Verb.MANAGE_SUBSCRIPTIONS)
    which = _number(number)
    try:
        body = ChangedSubscription(**_given(form), active=form.text("active") == YES)
        subscriptions.change(door, form.officer, form.key, which, body)
    except CAUGHT as error:
        return _system_page(which, door, form.session, error=error, form=form)
    return _went(f"{SYSTEMS}/{which}", "changed")


@router.post("/systems/{number}/secret")
def renew_secret(number: str, door: AtDoor, form: AsFilled) -> Response:
    """Give a system another secret, shown on the page that answers."""
    policy.require(form.officer, Verb.MANAGE_SUBSCRIPTIONS)
    which = _number(number)
    made = subscriptions.renew(door, form.officer, which)
    return _system_page(which, door, form.session, secret=made.body)


@router.post("/systems/{number}/test")
def send_test(number: str, door: AtDoor, form: AsFilled) -> Response:
    """Send a system a test."""
    policy.require(form.officer, Verb.MANAGE_SUBSCRIPTIONS)
    which = _number(number)
    subscriptions.post_test(door, form.officer, form.key, which)
    return _went(f"{SYSTEMS}/{which}", "tested")


@router.post("/systems/{number}/again")
def send_again(number: str, door: AtDoor, form: AsFilled) -> Response:
    """Try again what was given up."""
    policy.require(form.officer, Verb.MANAGE_SUBSCRIPTIONS)
    which = _number(number)
    subscriptions.try_again(door, form.officer, form.key, which)
    return _went(f"{SYSTEMS}/{which}", "again")


# --- inside ---------------------------------------------------------------------------------
def _audit_page(
    door: StaffDoor, session: Session, *, before: str = "", checked: VerifiedOut | None = None
) -> Response:
    below = int(before) if before.isascii() and before.isdigit() and len(before) < 10 else 0
    with reading(door.engine) as tx:
        last = ledger.newest(tx)
        deeds = audit.deeds(tx, before=min(below or LARGEST_ID, LARGEST_ID - 1))
    return shell.page(
        "audit.html",
        door,
        session,
        last=last,
        checked=checked,
        deeds=deeds,
        older=deeds[-1].id if len(deeds) == audit.MOST_DEEDS else None,
        faults=audit_words.FAULTS,
        manages=Role(session.officer.role) in policy.MAY[Verb.MANAGE_SUBSCRIPTIONS],
    )


def _systems_page(
    door: StaffDoor,
    session: Session,
    *,
    done: str = "",
    secret: dict[str, Any] | None = None,
    error: Exception | None = None,
    form: Filled | None = None,
) -> Response:
    problem, status = _told(error)
    with reading(door.engine) as tx:
        rows = tx.scalars(select(Subscription).order_by(Subscription.id)).all()
    return shell.page(
        "systems.html",
        door,
        session,
        status=status,
        rows=rows,
        secret=secret,
        typed=_given(form) if form else {},
        **_shared(problem, done),
    )


def _system_page(
    number: int,
    door: StaffDoor,
    session: Session,
    *,
    done: str = "",
    secret: dict[str, Any] | None = None,
    error: Exception | None = None,
    form: Filled | None = None,
) -> Response:
    problem, status = _told(error)
    with reading(door.engine) as tx:
        row = systems.find(tx, number)
        deliveries = [subscriptions.delivery_out(one) for one in systems.deliveries(tx, number)]
    kept = {"name": row.name, "url": row.url, "kinds": row.kinds, "active": row.active}
    return shell.page(
        "system.html",
        door,
        session,
        status=status,
        row=row,
        secret=secret,
        deliveries=deliveries,
        typed=_given(form) | {"active": form.text("active") == YES} if form else kept,
        **_shared(problem, done),
    )


def _shared(problem: str, done: str) -> dict[str, Any]:
    return {
        "problem": problem,
        "done": _(audit_words.DONE[done]) if done in audit_words.DONE else "",
        "kinds": [(kind.value, _(wording.EVENTS[kind])) for kind in systems.TOLD],
        "states": audit_words.DELIVERIES,
        "key": secrets.token_hex(8),
    }


def _given(form: Filled) -> dict[str, Any]:
    return {"name": form.text("name"), "url": form.text("url"), "kinds": form.texts("kinds")}


def _told(error: Exception | None) -> tuple[str, int]:
    """What is wrong, in the words of the form."""
    if error is None:
        return "", 200
    if isinstance(error, BadSubscription):
        return _(audit_words.WRONG[error.field]), 422
    if isinstance(error, ValidationError):
        field = str(error.errors()[0]["loc"][0])
        return _(audit_words.WRONG.get(field, audit_words.WRONG["kinds"])), 422
    found = errors.describe(error)
    if found is None or found.status in {401, 403, 404}:
        raise error
    return half(found.title), found.status


def _number(text: str) -> int:
    """The number of an address; what is none is no system of ours."""
    known = text.isascii() and text.isdigit() and len(text) < 10
    return int(text) if known else 0


def _went(path: str, done: str) -> Response:
    return RedirectResponse(f"{path}?done={quote(done)}", status_code=303)
