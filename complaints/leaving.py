"""An officer leaves: every open case goes to somebody who is there, and none is nobody's."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import staffing
from complaints.errors import (
    IncompletePetition,
    LastAdministrator,
    NotPermitted,
    OutsideCircle,
    UnknownOfficer,
)
from complaints.roles import CLOSED_CIRCLE, HANDLERS, HEADS, Role
from complaints.states import EventKind, Kind
from complaints.tables import STILL_OPEN, Case, Officer, record

CLOSES_ACCOUNTS = HEADS | {Role.ADMINISTRATOR}
HANDED_OVER = "承辦人離職或調職，移交承辦"


def leave(
    tx: Session, officer: Officer, successor: Officer | None, *, by: Officer, now: datetime
) -> int:
    """Close an officer's account and hand the open cases over; return how many they were.

    They go to the successor, else to the deputy; whoever it is also answers for cases that are
    reopened later. Raises IncompletePetition when neither is there, NotPermitted for one's own
    account or without the role, LastAdministrator, UnknownOfficer as `hand_over` does.
    """
    if Role(by.role) not in CLOSES_ACCOUNTS or by.id == officer.id:
        raise NotPermitted("leave")
    require_another_administrator(tx, officer)
    held = _held(tx, officer)
    if held is None or not held.active:
        raise UnknownOfficer(officer.username)
    to = successor or _deputy(tx, held)
    if to is None:
        raise IncompletePetition("successor")
    handed = hand_over(tx, held, to, by=by, now=now)
    held.active, held.deputy_id = False, to.id
    tx.flush()
    return handed


def require_another_administrator(tx: Session, officer: Officer) -> None:
    """Raise LastAdministrator when nobody could manage accounts once this officer is gone."""
    if Role(officer.role) != Role.ADMINISTRATOR:
        return
    others = select(Officer.id).where(
        Officer.role == Role.ADMINISTRATOR, Officer.active, Officer.id != officer.id
    )
    if tx.scalar(others.limit(1)) is None:
        raise LastAdministrator(officer.username)


def hand_over(tx: Session, officer: Officer, to: Officer, *, by: Officer, now: datetime) -> int:
    """Give an officer's open cases to another as handler, an event for each; return how many.

    Both are of this session. Section, status, clock and date of a case stay. Raises
    UnknownOfficer for the same officer, a closed account, or a role that handles no cases, and
    OutsideCircle when a report of misconduct would come to somebody who may not know of it.
    """
    handles = Role(to.role) in HANDLERS or Role(officer.role) not in HANDLERS
    if to.id == officer.id or not to.active or not handles:
        raise UnknownOfficer(to.username)
    cases = _open_cases(tx, officer)
    if Role(to.role) not in CLOSED_CIRCLE and any(_is_closed(case) for case in cases):
        raise OutsideCircle(to.username)
    for case in cases:
        case.handler = to
        case.version += 1
        record(
            tx,
            case,
            EventKind.ASSIGNED,
            now=now,
            by=by,
            section=case.section.name,
            handler=to.name,
            topic=case.topic,
            reason=HANDED_OVER,
        )
    tx.flush()
    return len(cases)


def ownerless(tx: Session, today: date) -> int:
    """How many open cases have a handler who is gone, with nobody there in their stead."""
    gone = select(Case).join(Case.handler).where(STILL_OPEN, Officer.active.is_(False))
    handlers = [case.handler for case in tx.scalars(gone) if case.handler]
    return sum(not staffing.stands_in(tx, one, today).active for one in handlers)


def _is_closed(case: Case) -> bool:
    return case.kind == Kind.MISCONDUCT_REPORT


def _held(tx: Session, officer: Officer) -> Officer | None:
    held = select(Officer).where(Officer.id == officer.id).with_for_update(of=Officer)
    return tx.scalar(held.execution_options(populate_existing=True))


def _deputy(tx: Session, officer: Officer) -> Officer | None:
    deputy = tx.get(Officer, officer.deputy_id) if officer.deputy_id else None
    return deputy if deputy and deputy.active else None


def _open_cases(tx: Session, officer: Officer) -> Sequence[Case]:
    held = select(Case).where(Case.handler_id == officer.id, STILL_OPEN).order_by(Case.id)
    fresh = held.with_for_update(of=Case).execution_options(populate_existing=True)
    return tx.scalars(fresh).all()
