"""Who is there today: absences, deputies, and whose work one may do."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.tables import Absence, Officer


def add_absence(
    tx: Session, officer: Officer, first: date, last: date, deputy: Officer | None
) -> Absence:
    """Note that an officer is away from the first day to the last, both included."""
    if last < first:
        raise ValueError("an absence ends before it begins")
    row = Absence(
        officer_id=officer.id,
        first_day=first,
        last_day=last,
        deputy_id=deputy.id if deputy else officer.deputy_id,
    )
    tx.add(row)
    tx.flush()
    return row


def stands_in(tx: Session, officer: Officer, today: date) -> Officer:
    """Who answers for an officer today: the officer, or the deputy while away or gone.

    A chain of deputies is followed once round at most; with nobody there, the officer is named.
    """
    seen = {officer.id}
    found = officer
    while (deputy := _deputy(tx, found, today)) and deputy.id not in seen:
        seen.add(deputy.id)
        found = deputy
    return found if _here(tx, found, today) else officer


def covers(tx: Session, by: Officer, handler_id: int | None, today: date) -> bool:
    """Whether this officer is the handler, or stands in for one who is away."""
    if handler_id is None:
        return False
    if handler_id == by.id:
        return True
    handler = tx.get(Officer, handler_id)
    return handler is not None and stands_in(tx, handler, today).id == by.id


def covered_by(tx: Session, by: Officer, today: date) -> frozenset[int]:
    """The ids of the officers whose work is this officer's today, their own included."""
    away = select(Absence.officer_id).where(Absence.first_day <= today, Absence.last_day >= today)
    gone = select(Officer.id).where(Officer.active.is_(False), Officer.deputy_id == by.id)
    candidates = {*tx.scalars(away), *tx.scalars(gone)}
    return frozenset({by.id} | {one for one in candidates if covers(tx, by, one, today)})


def _deputy(tx: Session, officer: Officer, today: date) -> Officer | None:
    if _here(tx, officer, today):
        return None
    away = _absence(tx, officer, today)
    deputy_id = (away.deputy_id if away else None) or officer.deputy_id
    return tx.get(Officer, deputy_id) if deputy_id else None


def _here(tx: Session, officer: Officer, today: date) -> bool:
    return officer.active and _absence(tx, officer, today) is None


def _absence(tx: Session, officer: Officer, today: date) -> Absence | None:
    away = select(Absence).where(
        Absence.officer_id == officer.id, Absence.first_day <= today, Absence.last_day >= today
    )
    return tx.scalar(away.order_by(Absence.id.desc()).limit(1))
