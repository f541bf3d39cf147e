"""Who is there today: absences, deputies, and whose work one may do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import marks
from complaints.errors import (
    ComplaintError,
    IncompletePetition,
    NothingToDecide,
    NotPermitted,
    TooLate,
    UnknownOfficer,
)
from complaints.roles import HANDLERS, HEADS, Role
from complaints.tables import Absence, Officer

# These arrange for everybody; a section chief for the section, everyone for themselves.
ARRANGES = HEADS | {Role.CASE_CONTROLLER, Role.ADMINISTRATOR}
EARLIEST, LATEST = date(2000, 1, 1), date(2200, 12, 31)


class BackBeforeGone(ComplaintError, ValueError):
    """An absence would end before it begins, or lies in no year of ours."""


class AbsencesOverlap(ComplaintError):
    """The officer is away on some of these days already: from `first` to `last`."""

    def __init__(self, first: date, last: date) -> None:
        super().__init__(f"{first} – {last}")
        self.first = first
        self.last = last


class OwnDeputy(IncompletePetition):
    """Nobody stands in for themselves."""

    def __init__(self) -> None:
        super().__init__("another deputy")


def arranges(by: Officer, who: Officer) -> bool:
    """Whether one may note absences, deputy and alert address of an officer."""
    role = Role(by.role)
    of_section = role is Role.SECTION_CHIEF and by.section_id == who.section_id
    return by.active and (
        role in ARRANGES or by.id == who.id or (of_section and by.section_id is not None)
    )


def require_arranging(by: Officer, who: Officer) -> None:
    """Raise NotPermitted unless one may arrange for an officer."""
    if not arranges(by, who):
        raise NotPermitted("arrange")


def require_deputy(who: Officer, deputy: Officer) -> None:
    """Raise OwnDeputy, or UnknownOfficer for one who is gone or whose role handles no cases."""
    if deputy.id == who.id:
        raise OwnDeputy
    if not deputy.active or Role(deputy.role) not in HANDLERS:
        raise UnknownOfficer(deputy.username)


def add_absence(
    tx: Session, officer: Officer, first: date, last: date, deputy: Officer | None
) -> Absence:
    """Note that an officer is away from the first day to the last, both included.

    Without a deputy named the usual one stands in. Raises BackBeforeGone, AbsencesOverlap,
    OwnDeputy or UnknownOfficer.
    """
    row = Absence(officer_id=officer.id)
    _put(tx, row, officer, first, last, deputy)
    tx.add(row)
    tx.flush()
    return row


def change_absence(
    tx: Session,
    row: Absence,
    first: date,
    last: date,
    deputy: Officer | None,
    *,
    today: date,
    seen: str | None = None,
) -> None:
    """Change days and deputy of an absence that is not over; `seen` is its mark as it was read.

    Raises as `add_absence`, TooLate, StaleRow.
    """
    marks.require_unchanged(row, seen)
    _require_not_over(row, today)
    _put(tx, row, tx.get_one(Officer, row.officer_id), first, last, deputy)
    tx.flush()


def remove_absence(tx: Session, row: Absence, *, today: date) -> None:
    """Take an absence that is not over back: the officer is there. Raises TooLate."""
    _require_not_over(row, today)
    tx.delete(row)
    tx.flush()


def absence_of(tx: Session, number: int) -> Absence:
    """The absence of this number, held for a change; raises NothingToDecide."""
    row = tx.get(Absence, number, with_for_update=True, populate_existing=True)
    if row is None:
        raise NothingToDecide(f"absence {number}")
    return row


def absences(tx: Session, today: date) -> Sequence[Absence]:
    """The absences of this day and later, the earliest first."""
    rows = select(Absence).where(Absence.last_day >= today)
    return tx.scalars(rows.order_by(Absence.first_day, Absence.id)).all()


def away(tx: Session, today: date) -> Mapping[int, Officer]:
    """Who is away today, by id, and who answers for them; they themselves when nobody does."""
    roster = _Roster.of(tx, today)
    return {one: roster.stands_in(roster.officers[one]) for one in roster.away}


def stands_in(tx: Session, officer: Officer, today: date) -> Officer:
    """Who answers for an officer today: the officer, or the deputy while away or gone.

    A chain of deputies is followed once round at most; with nobody there, the officer is named.
    """
    return _Roster.of(tx, today).stands_in(officer)


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
    roster = _Roster.of(tx, today)
    theirs = (one.id for one in roster.officers.values() if roster.stands_in(one).id == by.id)
    return frozenset({by.id, *theirs})


def _put(
    tx: Session, row: Absence, officer: Officer, first: date, last: date, deputy: Officer | None
) -> None:
    if not EARLIEST <= first <= last <= LATEST:
        raise BackBeforeGone("an absence ends before it begins")
    if deputy:
        require_deputy(officer, deputy)
    _require_free(tx, row.id, officer, first, last)
    row.first_day, row.last_day = first, last
    row.deputy_id = deputy.id if deputy else officer.deputy_id


def _require_free(
    tx: Session, number: int | None, officer: Officer, first: date, last: date
) -> None:
    # Held, so that two absences entered at once see each other.
    tx.execute(select(Officer.id).where(Officer.id == officer.id).with_for_update())
    rows = select(Absence).where(Absence.officer_id == officer.id)
    shared = rows.where(Absence.first_day <= last, Absence.last_day >= first)
    for other in tx.scalars(shared.order_by(Absence.first_day)):
        if other.id != number:
            raise AbsencesOverlap(other.first_day, other.last_day)


def _require_not_over(row: Absence, today: date) -> None:
    if row.last_day < today:
        raise TooLate(f"absence {row.id}")


@dataclass(frozen=True)
class _Roster:
    """All officers, and who of them is away on a day with which deputy."""

    officers: dict[int, Officer]
    away: dict[int, int | None]

    @classmethod
    def of(cls, tx: Session, today: date) -> "_Roster":
        on = Absence.first_day <= today, Absence.last_day >= today
        rows = select(Absence.officer_id, Absence.deputy_id).where(*on).order_by(Absence.id)
        away = {row.officer_id: row.deputy_id for row in tx.execute(rows)}
        return cls({one.id: one for one in tx.scalars(select(Officer))}, away)

    def stands_in(self, officer: Officer) -> Officer:
        seen = {officer.id}
        found = officer
        while (deputy := self._deputy(found)) and deputy.id not in seen:
            seen.add(deputy.id)
            found = deputy
        return found if self._is_here(found) else officer

    def _deputy(self, officer: Officer) -> Officer | None:
        if self._is_here(officer):
            return None
        deputy_id = self.away.get(officer.id) or officer.deputy_id
        return self.officers.get(deputy_id) if deputy_id else None

    def _is_here(self, officer: Officer) -> bool:
        return officer.active and officer.id not in self.away
