"""Opening a case for a verb: held, at the version that was read, by somebody who may, in a
status that allows it. Every verb begins here, so that none can forget one of the four."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import staffing
from complaints.clock import calendars, rulebook
from complaints.clock.deadlines import Explanation, Moved, explain
from complaints.clock.facts import history, waits
from complaints.clock.workdays import office_date
from complaints.errors import (
    NeedsDecision,
    NotPermitted,
    StaleCase,
    UnknownCase,
    UnknownOfficer,
    UnknownSection,
)
from complaints.roles import CLOSED_CIRCLE, MAY, OWN_SECTION, Role
from complaints.states import DISPUTED, Action, EventKind, Kind, Status, after
from complaints.tables import Case, Officer, Section


def locked(tx: Session, case_no: str, version: int | None = None) -> Case:
    """The case, held until the transaction ends; raises UnknownCase or StaleCase.

    Nobody changes the calendar or the rules meanwhile.
    """
    calendars.hold(tx)
    held = select(Case).where(Case.case_no == case_no).with_for_update(of=Case)
    case = tx.scalar(held.execution_options(populate_existing=True))
    if case is None:
        raise UnknownCase(case_no)
    if version is not None and case.version != version:
        raise StaleCase(case_no)
    return case


def opened(
    tx: Session,
    case_no: str,
    action: Action,
    *,
    by: Officer | None,
    now: datetime,
    version: int | None = None,
) -> Case:
    """The case, held, with the status the action leads to; `by` None is the citizen.

    Raises UnknownCase, StaleCase, NotPermitted, NotAllowed, or NeedsDecision while the secretary
    decides whose case it is.
    """
    case = locked(tx, case_no, version)
    if by is not None:
        permit(tx, by, action, case, now)
    if case.with_secretary and action in DISPUTED:
        raise NeedsDecision(case_no)
    case.status = after(case.state, action)
    case.version += 1
    return case


def permit(
    tx: Session,
    by: Officer,
    action: Action,
    case: Case,
    now: datetime,
    *,
    covers: bool | None = None,
) -> None:
    """Raise NotPermitted unless role, section and closed circle allow this officer the action.

    `covers`: whether the case is the officer's own or an absent colleague's, where that is known.
    """
    role = Role(by.role)
    if not by.active or role not in MAY[action]:
        raise NotPermitted(action)
    if covers is None:
        covers = staffing.covers(tx, by, case.handler_id, office_date(now))
    if covers:
        return
    if case.kind == Kind.MISCONDUCT_REPORT and role not in CLOSED_CIRCLE:
        raise NotPermitted(action)
    if role in OWN_SECTION and case.section_id != by.section_id:
        raise NotPermitted(action)


def clock(tx: Session, case: Case) -> Explanation:
    """How the due date of a case follows from its history."""
    limit = rulebook.limit_for(tx, case.kind, case.priority)
    return explain(history(tx, case), limit, calendars.load(tx))


def wind(tx: Session, case: Case, *extra: Moved) -> Explanation:
    """Set the case's date to what its history says, with a fact that is about to be recorded."""
    limit = rulebook.limit_for(tx, case.kind, case.priority)
    why = explain([*history(tx, case), *extra], limit, calendars.load(tx))
    case.due_on, case.calendar_version = why.due_on, why.calendar_version
    case.paused = why.paused
    return why


def stop_waiting(tx: Session, case: Case, now: datetime) -> None:
    """Let a clock that stood for particulars run to today: whoever answers was not late by it."""
    if case.paused:
        wind(tx, case, Moved(EventKind.SUPPLEMENTED, office_date(now)))


def take_up(tx: Session, case: Case) -> Explanation:
    """Go on with a case that was merged, where it stood: at work, or awaiting particulars."""
    case.status = Status.AWAITING_SUPPLEMENT if waits(tx, case) else Status.IN_PROGRESS
    return wind(tx, case)


def section_of(tx: Session, code: str) -> Section:
    """The active section of this code, which stays active until the transaction ends.

    Raises UnknownSection.
    """
    active = select(Section).where(Section.code == code, Section.active)
    section = tx.scalar(active.with_for_update(read=True))
    if section is None:
        raise UnknownSection(code)
    return section


def officer_of(tx: Session, username: str) -> Officer:
    """The active officer of this user name; raises UnknownOfficer."""
    officer = tx.scalar(select(Officer).where(Officer.username == username, Officer.active))
    if officer is None:
        raise UnknownOfficer(username)
    return officer
