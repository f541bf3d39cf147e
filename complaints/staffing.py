"""Who is there today: absences, deputies, and whose work one may do."""

from dataclasses import dataclass
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
