"""Seeing who brought a case: for a reason, granted by a supervisor, and never without a trace."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import practice
from complaints.errors import IncompletePetition, NothingToDecide, NotPermitted, OwnWork
from complaints.privacy import identities
from complaints.privacy.identities import Petitioner
from complaints.roles import APPROVERS, CLOSED_CIRCLE, Role
from complaints.states import EventKind, Kind
from complaints.tables import Case, IdentityAccess, Officer, record

GRANTED_FOR = timedelta(days=1)


def ask(tx: Session, case: Case, reason: str, *, by: Officer, now: datetime) -> IdentityAccess:
    """Ask to see the petitioner's data, with the reason.

    Those who approve others' requests, and anyone where the office needs no approval, are
    granted a day at once. Raises NotPermitted outside the closed circle of a confidential case.
    """
    if not reason.strip():
        raise IncompletePetition("reason")
    if not in_circle(case, by):
        raise NotPermitted("view_identity")
    row = IdentityAccess(case_id=case.id, officer_id=by.id, reason=reason, asked_at=now)
    tx.add(row)
    if Role(by.role) in APPROVERS or not practice.load(tx).identity_needs_approval:
        _grant(row, by, now)
    tx.flush()
    return row


def grant(tx: Session, access_id: int, *, by: Officer, now: datetime) -> IdentityAccess:
    """Grant somebody else's request for a day; raises NothingToDecide, OwnWork, NotPermitted."""
    row = _decidable(tx, access_id, by)
    _grant(row, by, now)
    tx.flush()
    return row


def refuse(tx: Session, access_id: int, *, by: Officer, now: datetime) -> IdentityAccess:
    """Refuse somebody else's request."""
    row = _decidable(tx, access_id, by)
    row.refused, row.granted_by_id, row.granted_at = True, by.id, now
    tx.flush()
    return row


def view(tx: Session, case: Case, *, by: Officer, now: datetime) -> Petitioner:
    """The petitioner's data under a grant that still holds; leaves an event with its reason.

    Raises NotPermitted without one.
    """
    row = _valid(tx, case, by, now)
    if row is None or not in_circle(case, by):
        raise NotPermitted("view_identity")
    record(tx, case, EventKind.IDENTITY_VIEWED, now=now, by=by, reason=row.reason, access=row.id)
    return identities.unseal(tx, case)


def in_circle(case: Case, by: Officer) -> bool:
    """Whether this officer may ever see who brought the case (行政程序法 §170 II)."""
    closed = case.confidential or case.kind == Kind.MISCONDUCT_REPORT
    return not closed or case.handler_id == by.id or Role(by.role) in CLOSED_CIRCLE


def waiting(tx: Session) -> list[IdentityAccess]:
    """Requests nobody has decided, oldest first."""
    undecided = select(IdentityAccess).where(
        IdentityAccess.granted_at.is_(None), IdentityAccess.refused.is_(False)
    )
    return list(tx.scalars(undecided.order_by(IdentityAccess.id)))


def _decidable(tx: Session, access_id: int, by: Officer) -> IdentityAccess:
    row = tx.get(IdentityAccess, access_id, with_for_update=True)
    if row is None or row.granted_at is not None or row.refused:
        raise NothingToDecide(f"request {access_id}")
    if row.officer_id == by.id:
        raise OwnWork("view_identity")
    case = tx.get_one(Case, row.case_id)
    own_section = Role(by.role) is Role.SECTION_CHIEF and by.section_id != case.section_id
    if Role(by.role) not in APPROVERS or own_section or not in_circle(case, by):
        raise NotPermitted("view_identity")
    return row


def _grant(row: IdentityAccess, by: Officer, now: datetime) -> None:
    row.granted_by_id, row.granted_at, row.until = by.id, now, now + GRANTED_FOR


def _valid(tx: Session, case: Case, by: Officer, now: datetime) -> IdentityAccess | None:
    held = select(IdentityAccess).where(
        IdentityAccess.case_id == case.id,
        IdentityAccess.officer_id == by.id,
        IdentityAccess.until > now,
        IdentityAccess.refused.is_(False),
    )
    return tx.scalar(held.order_by(IdentityAccess.id.desc()).limit(1))
