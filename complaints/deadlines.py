"""The due date of a case: a fold over its history, never a stored date edited by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from complaints.states import EventKind
from complaints.workdays import CountedDay, WorkCalendar


class Unit(StrEnum):
    """What a limit is counted in."""

    WORKING = "working"
    CALENDAR = "calendar"


@dataclass(frozen=True)
class Limit:
    """How long a kind of petition may take, first time and when reopened (working days)."""

    days: int
    unit: Unit
    reopened_days: int


@dataclass(frozen=True)
class Moved:
    """One fact of the history that moves the clock."""

    kind: EventKind
    on: date


@dataclass(frozen=True)
class Explanation:
    """How a due date was reached, day by day."""

    start: date
    due_on: date
    limit: int
    unit: Unit
    days: list[CountedDay]
    calendar_version: str
    provisional: bool


def due(history: Sequence[Moved], limit: Limit, calendar: WorkCalendar) -> date:
    """The last day on which an answer is on time; raises CalendarMissing, never guesses."""
    return explain(history, limit, calendar).due_on


def explain(history: Sequence[Moved], limit: Limit, calendar: WorkCalendar) -> Explanation:
    """The due date with its sum. The history must begin with the receipt."""
    start, days, unit = history[0].on, limit.days, limit.unit
    for moved in history[1:]:
        if moved.kind is EventKind.REOPENED:
            start, days, unit = moved.on, limit.reopened_days, Unit.WORKING
    end = _end(start, days, unit, calendar)
    counted = calendar.explain(start, end)
    years = {day.day.year for day in counted}
    version, provisional = calendar.version, bool(years & calendar.provisional)
    return Explanation(start, end, days, unit, counted, version, provisional)


def _end(start: date, days: int, unit: Unit, calendar: WorkCalendar) -> date:
    if unit is Unit.WORKING:
        return calendar.after(start, days)
    return calendar.after_calendar_days(start, days)
