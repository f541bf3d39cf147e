"""More time: asked before the due date, approved at the level its length needs, told in writing.

An extension holds from its approval, because the notice with its reason is queued in the same
transaction (docs/decisions/0011).
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import notices
from complaints.clock import calendars, rulebook
from complaints.clock.deadlines import Moved, ceiling, explain
from complaints.clock.facts import history
from complaints.clock.workdays import office_date
from complaints.errors import (
    BeyondCeiling,
    IncompletePetition,
    LevelTooLow,
    NothingToDecide,
    OwnWork,
    TooLate,
    TooManyExtensions,
)
from complaints.handling.cases import opened, wind
from complaints.privacy import guard
from complaints.roles import Role
from complaints.states import Action, EventKind
from complaints.tables import Case, Event, Extension, Officer, record
from complaints.wording import notices as wording


def ask_extension(
    tx: Session,
    case_no: str,
    *,
    days: int,
    reason: str,
    by: Officer,
    version: int,
    now: datetime,
) -> Extension:
    """Ask for more working days, with the reason the citizen will read.

    Raises TooLate after the due date, TooManyExtensions, BeyondCeiling, or NothingToDecide when
    a request is open already.
    """
    if days < 1 or not reason.strip():
        raise IncompletePetition("days" if days < 1 else "reason")
    case = opened(tx, case_no, Action.ASK_EXTENSION, by=by, version=version, now=now)
    _check(tx, case, days, now)
    guard.refuse(tx, reason, case, to_others=False, now=now)
    if _asked(tx, case):
        raise NothingToDecide("a request for this case is open already")
    row = Extension(case_id=case.id, days=days, reason=reason, asked_by_id=by.id, asked_at=now)
    tx.add(row)
    tx.flush()
    record(
        tx,
        case,
        EventKind.EXTENSION_ASKED,
        now=now,
        by=by,
        days=days,
        reason=reason,
        level=rulebook.level_for(tx, days),
    )
    return row


def approve_extension(
    tx: Session, case_no: str, *, by: Officer, version: int, now: datetime
) -> Event:
    """Grant the open request; the citizen is told the reason, the approver and the new date.

    Raises NothingToDecide, OwnWork, LevelTooLow, TooLate, TooManyExtensions or BeyondCeiling.
    """
    case, row = _decided(tx, case_no, by, version, now)
    if not rulebook.may_approve(tx, Role(by.role), row.days):
        raise LevelTooLow(rulebook.level_for(tx, row.days))
    _check(tx, case, row.days, now)
    row.state = "approved"
    before = case.due_on
    case.extensions += 1
    due = wind(tx, case, Moved(EventKind.EXTENDED, office_date(now), days=row.days)).due_on
    happened = record(
        tx,
        case,
        EventKind.EXTENDED,
        now=now,
        by=by,
        days=row.days,
        reason=row.reason,
        old_due_on=before.isoformat(),
        due_on=due.isoformat(),
        number=case.extensions,
    )
    notices.tell(tx, case, wording.extended(case, before, row.reason, by.name), happened, now=now)
    return happened


def refuse_extension(
    tx: Session, case_no: str, *, reason: str, by: Officer, version: int, now: datetime
) -> Event:
    """Refuse the open request; the date stays. Raises NothingToDecide."""
    if not reason.strip():
        raise IncompletePetition("reason")
    case, row = _decided(tx, case_no, by, version, now)
    row.state = "refused"
    return record(
        tx, case, EventKind.EXTENSION_REFUSED, now=now, by=by, days=row.days, reason=reason
    )


def lapse_request(tx: Session, case: Case) -> None:
    """Let an open request end with the round it was made in."""
    row = _asked(tx, case)
    if row is not None:
        row.state = "lapsed"


def undo_extension(
    tx: Session, case_no: str, *, reason: str, by: Officer, version: int, now: datetime
) -> Event:
    """Take the last extension back: the date is as if it had never been. Raises NothingToDecide."""
    if not reason.strip():
        raise IncompletePetition("reason")
    case = opened(tx, case_no, Action.DECIDE_EXTENSION, by=by, version=version, now=now)
    if not case.extensions:
        raise NothingToDecide("the case was not extended")
    case.extensions -= 1
    due = wind(tx, case, Moved(EventKind.EXTENSION_UNDONE, office_date(now))).due_on.isoformat()
    happened = record(
        tx, case, EventKind.EXTENSION_UNDONE, now=now, by=by, reason=reason, due_on=due
    )
    notices.tell(tx, case, wording.extension_undone(case), happened, now=now)
    return happened


def _decided(
    tx: Session, case_no: str, by: Officer, version: int, now: datetime
) -> tuple[Case, Extension]:
    case = opened(tx, case_no, Action.DECIDE_EXTENSION, by=by, version=version, now=now)
    row = _asked(tx, case)
    if row is None:
        raise NothingToDecide("no extension was asked for")
    if row.asked_by_id == by.id:
        raise OwnWork("extension")
    row.decided_by_id, row.decided_at = by.id, now
    return case, row


def _asked(tx: Session, case: Case) -> Extension | None:
    asked = select(Extension).where(Extension.case_id == case.id, Extension.state == "asked")
    return tx.scalar(asked.with_for_update())


def _check(tx: Session, case: Case, days: int, now: datetime) -> None:
    if office_date(now) > case.due_on and not case.paused:
        raise TooLate("extension")
    limit = rulebook.limit_for(tx, case.kind, case.priority)
    if case.extensions >= limit.max_extensions:
        raise TooManyExtensions(limit.max_extensions)
    calendar, past = calendars.load(tx), history(tx, case)
    latest = ceiling(past, limit, calendar)
    asked = Moved(EventKind.EXTENDED, office_date(now), days=days)
    if explain([*past, asked], limit, calendar).due_on > latest:
        raise BeyondCeiling(latest)
