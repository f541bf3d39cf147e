"""Which cases were late, by how much, why, and what is done about it (逾期原因與對策)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from complaints.clock import calendars
from complaints.clock.workdays import WorkCalendar, office_date
from complaints.measuring.facts import CLOSED_CIRCLE
from complaints.measuring.listing import Wanted, every_case_of
from complaints.measuring.periods import Period
from complaints.states import EventKind
from complaints.tables import Case, Event

LOOKED_AT = 2000  # cases at most, in the order they were filed
AT_ONCE = 500
EXPLAINS = (EventKind.CLOSED, EventKind.DELAY_EXPLAINED)
SETS_DATE = "due_on"


@dataclass(frozen=True)
class Late:
    """A case closed late in a period, or open past its date at the end of it."""

    case_no: str
    kind: str
    section: str  # its code; the closed circle's is not told
    received_on: date
    due_on: date
    done_on: date | None
    days_late: int  # working days
    cause: str
    measure: str


@dataclass(frozen=True)
class Told:
    """What a case's history said by the end of the period and by today, and what closed it."""

    events: Sequence[Event]
    since: Sequence[Event]
    ended: Event | None


def of_period(tx: Session, period: Period, *, today: date, most: int) -> list[Late]:
    """The cases that were late, the latest first, at most so many.

    One that was closed late and then taken up again is told for the closing, and once more if it
    was open past its date at the end. Why it was late is told as it is known today: a section
    explains for the meeting, which is after the end of its period.
    """
    until = min(period.end, today)
    calendar = calendars.load(tx)
    late = [
        _late(case, Told(_until(case, until), _until(case, today), row), until, calendar)
        for case in _cases(tx, period, "closed_late", today)
        for row in _closings(case, period, until)
    ]
    late += [
        _late(case, Told(_until(case, until), _until(case, today), None), until, calendar)
        for case in _cases(tx, period, "open_overdue", today)
    ]
    return sorted(late, key=lambda one: (-one.days_late, one.case_no))[:most]


def _cases(tx: Session, period: Period, column: str, today: date) -> Iterator[Case]:
    counted = every_case_of(tx, Wanted(period, column), today=today)
    found = sorted(islice(counted, LOOKED_AT))
    for start in range(0, len(found), AT_ONCE):
        some = select(Case).where(Case.id.in_(found[start : start + AT_ONCE]))
        yield from tx.scalars(some.options(selectinload(Case.events)))


def _until(case: Case, until: date) -> list[Event]:
    return [row for row in case.events if office_date(row.at) <= until]


def _closings(case: Case, period: Period, until: date) -> list[Event]:
    """The closings of the period that came too late."""
    closed = (row for row in _until(case, until) if row.kind == EventKind.CLOSED)
    inside = (row for row in closed if office_date(row.at) >= period.start)
    return [row for row in inside if row.data["done_on"] > row.data["due_on"]]


def _late(case: Case, told: Told, until: date, calendar: WorkCalendar) -> Late:
    due = _due(told.events, told.ended)
    done = date.fromisoformat(told.ended.data["done_on"]) if told.ended else None
    cause, measure = _explained(told.since, told.ended)
    under = _under(told.events)
    return Late(
        case_no=case.case_no,
        kind=str(under.get("kind", case.kind)),
        section=CLOSED_CIRCLE if under.get("circle") else str(under.get("section", "")),
        received_on=case.received_on,
        due_on=due,
        done_on=done,
        days_late=calendar.between(due, done or until),
        cause="" if under.get("circle") else cause,
        measure="" if under.get("circle") else measure,
    )


def _under(events: Sequence[Event]) -> Mapping[str, Any]:
    """The headings the case had last."""
    told = (row.data["under"] for row in reversed(events) if "under" in row.data)
    return next(told, {})


def _due(events: Sequence[Event], ended: Event | None) -> date:
    """The date the closing recorded, else the last that was told; a promise's is another's."""
    told = [row for row in events if SETS_DATE in row.data and row.kind != EventKind.PROMISED]
    return date.fromisoformat((ended or told[-1]).data[SETS_DATE])


def _explained(events: Sequence[Event], ended: Event | None) -> tuple[str, str]:
    """Cause and measure as closed with; before that, what the section said of the delay."""
    if ended and (ended.data.get("cause") or ended.data.get("measure")):
        return str(ended.data.get("cause", "")), str(ended.data.get("measure", ""))
    said = [row for row in events if row.kind == EventKind.DELAY_EXPLAINED]
    return (str(said[-1].data.get("reason", "")) if said else ""), ""
