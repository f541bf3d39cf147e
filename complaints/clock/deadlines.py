"""The due date of a case: a fold over its history, never a stored date edited by hand."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from complaints.clock.workdays import CountedDay, WorkCalendar
from complaints.limits import Limit, Unit
from complaints.states import EventKind

AWAITING = "等候補件"
# The facts of a history that move the clock; everything else leaves it alone.
MOVES = (
    EventKind.RECEIVED,
    EventKind.SUPPLEMENT_ASKED,
    EventKind.SUPPLEMENTED,
    EventKind.EXTENDED,
    EventKind.EXTENSION_UNDONE,
    EventKind.REOPENED,
)


@dataclass(frozen=True)
class Moved:
    """One fact of the history that moves the clock.

    `days` are working days of an extension; `stops` tells whether a request for particulars
    stopped the clock, by the office's practice at the time.
    """

    kind: EventKind
    on: date
    days: int = 0
    stops: bool = False


@dataclass(frozen=True)
class Explanation:
    """How a due date was reached, day by day."""

    start: date
    due_on: date
    limit: int
    unit: Unit
    extended_by: int
    paused: bool
    days: list[CountedDay]
    calendar_version: str
    provisional: bool


@dataclass
class _Count:
    """What the history has come to: where counting starts, how far it goes, what it leaves out."""

    start: date
    days: int
    unit: Unit
    extensions: list[int] = field(default_factory=list)
    asked_on: date | None = None
    left_out: set[date] = field(default_factory=set)

    def take(self, moved: Moved) -> None:
        if moved.kind is EventKind.SUPPLEMENT_ASKED and moved.stops:
            self.asked_on = self.asked_on or moved.on
        elif moved.kind is EventKind.SUPPLEMENTED and self.asked_on:
            self.left_out.update(_days_after(self.asked_on, moved.on))
            self.asked_on = None
        elif moved.kind is EventKind.EXTENDED:
            self.extensions.append(moved.days)
        elif moved.kind is EventKind.EXTENSION_UNDONE and self.extensions:
            self.extensions.pop()


def due(history: Sequence[Moved], limit: Limit, calendar: WorkCalendar) -> date:
    """The last day on which an answer is on time; raises CalendarMissing, never guesses."""
    count = _fold(history, limit)
    return _end(count, calendar)


def explain(history: Sequence[Moved], limit: Limit, calendar: WorkCalendar) -> Explanation:
    """The due date with its sum. The history must begin with the receipt.

    While particulars are awaited and the clock stands (`paused`), the date is the one that
    holds if they came today; the days waited are left out once they are there.
    """
    count = _fold(history, limit)
    end = _end(count, calendar)
    days = _numbered(count, end, calendar)
    return Explanation(
        start=count.start,
        due_on=end,
        limit=count.days,
        unit=count.unit,
        extended_by=sum(count.extensions),
        paused=count.asked_on is not None,
        days=days,
        calendar_version=calendar.version,
        provisional=bool({day.day.year for day in days} & calendar.provisional),
    )


def ceiling(history: Sequence[Moved], limit: Limit, calendar: WorkCalendar) -> date:
    """The last day an extension may reach, counted from the receipt or the reopening."""
    count = _fold(history, limit)
    if limit.ceiling_unit is Unit.WORKING:
        return calendar.after(count.start, limit.ceiling_days)
    return calendar.after_calendar_days(count.start, limit.ceiling_days)


def used(history: Sequence[Moved], done_on: date, calendar: WorkCalendar) -> float:
    """Working days spent up to completion, without those left out; 0.5 on the same day."""
    limit = Limit(0, Unit.WORKING, 0)
    count = _fold(history, limit)
    spent = calendar.used(count.start, done_on)
    waited = (day for day in count.left_out if count.start < day <= done_on)
    return max(spent - sum(calendar.works(day) for day in waited), 0.5)


def _fold(history: Sequence[Moved], limit: Limit) -> _Count:
    count = _Count(history[0].on, limit.days, limit.unit)
    for moved in history[1:]:
        if moved.kind is EventKind.REOPENED:
            count = _Count(moved.on, limit.reopened_days, Unit.WORKING)
        else:
            count.take(moved)
    return count


def _end(count: _Count, calendar: WorkCalendar) -> date:
    extra = sum(count.extensions)
    if count.unit is Unit.WORKING:
        return _after(count.start, count.days + extra, count, calendar)
    return _after(_calendar_end(count, calendar), extra, count, calendar)


def _calendar_end(count: _Count, calendar: WorkCalendar) -> date:
    day, n = count.start, count.days
    while n:
        day += timedelta(days=1)
        n -= day not in count.left_out
    return calendar.after_calendar_days(day, 0)


def _after(day: date, n: int, count: _Count, calendar: WorkCalendar) -> date:
    while n:
        day += timedelta(days=1)
        n -= calendar.works(day) and day not in count.left_out
    return day


def _numbered(count: _Count, end: date, calendar: WorkCalendar) -> list[CountedDay]:
    number = 0
    numbered = []
    for one in calendar.explain(count.start, end):
        waiting = one.day in count.left_out
        counts = one.number is not None and not waiting
        number += counts
        reason = AWAITING if waiting else one.reason
        numbered.append(CountedDay(one.day, number if counts else None, reason))
    return numbered


def _days_after(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
