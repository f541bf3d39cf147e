"""The facts that move a case's clock, read from its events: the same from either database."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.clock.deadlines import ENDS_WAIT, MOVES, Moved
from complaints.clock.workdays import office_date
from complaints.states import EventKind
from complaints.tables import Case, Event


def history(tx: Session, case: Case) -> list[Moved]:
    """The facts that move the clock of a case, in their order."""
    kinds = [kind.value for kind in MOVES]
    rows = select(Event).where(Event.case_id == case.id, Event.kind.in_(kinds))
    return [moved(row) for row in tx.scalars(rows.order_by(Event.id))]


def waits(tx: Session, case: Case) -> bool:
    """Whether the office asked for particulars and neither has them nor went on without."""
    asked_or_over = {EventKind.SUPPLEMENT_ASKED, EventKind.REOPENED, *ENDS_WAIT}
    kinds = [kind.value for kind in asked_or_over]
    last = select(Event.kind).where(Event.case_id == case.id, Event.kind.in_(kinds))
    return tx.scalar(last.order_by(Event.id.desc()).limit(1)) == EventKind.SUPPLEMENT_ASKED


def moved(row: Event) -> Moved:
    """What an event says to the clock."""
    told = row.data.get("counts_from")
    return Moved(
        kind=EventKind(row.kind),
        on=date.fromisoformat(told) if told else office_date(row.at),
        days=row.data.get("days", 0),
        stops=row.kind == EventKind.SUPPLEMENT_ASKED and row.data["stops_clock"],
    )
