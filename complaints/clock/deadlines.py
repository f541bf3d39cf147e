"""The due date of a case: a fold over its history, never a stored date edited by hand."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from complaints.clock.workdays import CountedDay, WorkCalendar
from complaints.limits import Limit, Unit
from complaints.states import EventKind

AWAITING = "等候補件"
SPARED = "期限末日請補件，此日保留"
# What ends a wait for particulars: they came, or the office went on without them.
ENDS_WAIT = frozenset(
    {
        EventKind.SUPPLEMENTED,
        EventKind.REPLIED,
        EventKind.CLOSED,
        EventKind.TRANSFERRED,
        EventKind.NOT_PROCESSED,
        EventKind.WITHDRAWN,
    }
)
# The facts of a history that move the clock; everything else leaves it alone.
MOVES = (
    EventKind.RECEIVED,
    EventKind.SUPPLEMENT_ASKED,
    EventKind.EXTENDED,
    EventKind.EXTENSION_UNDONE,
    EventKind.REOPENED,
    *sorted(ENDS_WAIT),
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
    """What the history has come to: where counting starts, how far it goes, what it leaves out.

    `waited` are days that passed while particulars were awaited; `spared` are last days on which
    they were asked for, so that one day is left for the answer when they come.
    """

    calendar: WorkCalendar
    start: date
    days: int
    unit: Unit
    extensions: list[int] = field(default_factory=list)
    asked_on: date | None = None
    asked_last: bool = False
    waited: set[date] = field(default_factory=set)
    spared: set[date] = field(default_factory=set)

    def take(self, moved: Moved) -> None:
        if moved.kind is EventKind.SUPPLEMENT_ASKED and moved.stops:
            self._stand(moved.on)
        elif moved.kind in ENDS_WAIT and self.asked_on:
            self._go_on(self.asked_on, moved.on)
        elif moved.kind is EventKind.EXTENDED:
            self.extensions.append(moved.days)

    def end(self) -> date:
        """The last day of the count."""
        extra = sum(self.extensions)
        if self.unit is Unit.WORKING:
            return self._after(self.start, self.days + extra)
        return self._after(self._calendar_end(), extra)

    def leaves_out(self, day: date) -> bool:
        return day in self.waited or day in self.spared

    def _stand(self, asked_on: date) -> None:
        if self.asked_on is None:
            self.asked_on, self.asked_last = asked_on, asked_on == self.end()

    def _go_on(self, asked_on: date, came_on: date) -> None:
        self.waited.update(_days_after(asked_on, came_on))
        if self.asked_last:
            self.spared.add(asked_on)
        self.asked_on = None

    def _calendar_end(self) -> date:
        """Calendar days ending on a day off run to the next working day (行政程序法 §48 IV)."""
        day, n = self.start, self.days
        while n:
            day += timedelta(days=1)
            n -= not self.leaves_out(day)
        while not self._counts(day):
            day += timedelta(days=1)
        return day

    def _after(self, day: date, n: int) -> date:
        while n:
            day += timedelta(days=1)
            n -= self._counts(day)
        return day

    def _counts(self, day: date) -> bool:
        return self.calendar.works(day) and not self.leaves_out(day)


def due(history: Sequence[Moved], limit: Limit, calendar: WorkCalendar) -> date:
    """The last day on which an answer is on time; raises CalendarMissing, never guesses."""
    return _fold(history, limit, calendar).end()


def explain(history: Sequence[Moved], limit: Limit, calendar: WorkCalendar) -> Explanation:
    """The due date with its sum. The history must begin with the receipt.

    While particulars are awaited and the clock stands (`paused`), the date is the one that
    holds if they came today; the days waited are left out once they are there.
    """
    count = _fold(history, limit, calendar)
    end = count.end()
    days = _numbered(count, end)
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
    count = _fold(history, limit, calendar)
    if limit.ceiling_unit is Unit.WORKING:
        return calendar.after(count.start, limit.ceiling_days)
    return calendar.after_calendar_days(count.start, limit.ceiling_days)


def used(history: Sequence[Moved], done_on: date, calendar: WorkCalendar) -> float:
    """Working days spent up to completion, without those left out; 0.5 on the same day."""
    limit = Limit(0, Unit.WORKING, 0)
    count = _fold(history, limit, calendar)
    spent = calendar.used(count.start, done_on)
    waited = (day for day in count.waited if count.start < day <= done_on)
    return max(spent - sum(calendar.works(day) for day in waited), 0.5)


def _fold(history: Sequence[Moved], limit: Limit, calendar: WorkCalendar) -> _Count:
    count = _Count(calendar, history[0].on, limit.days, limit.unit)
    for moved in _standing(history[1:]):
        if moved.kind is EventKind.REOPENED:
            count = _Count(calendar, moved.on, limit.reopened_days, Unit.WORKING)
        else:
            count.take(moved)
    return count


def _standing(history: Sequence[Moved]) -> list[Moved]:
    """The history without what was taken back: an extension undone never was.

    Else whoever asked for particulars on the day the date fell back to would be late at once.
    """
    standing: list[Moved] = []
    extensions: list[int] = []  # where the extensions since the last reopening stand
    for moved in history:
        if moved.kind is EventKind.EXTENSION_UNDONE:
            if extensions:
                del standing[extensions.pop()]
            continue
        if moved.kind is EventKind.REOPENED:
            extensions.clear()
        elif moved.kind is EventKind.EXTENDED:
            extensions.append(len(standing))
        standing.append(moved)
    return standing


def _numbered(count: _Count, end: date) -> list[CountedDay]:
    number = 0
    numbered = []
    for one in count.calendar.explain(count.start, end):
        counts = one.number is not None and not count.leaves_out(one.day)
        number += counts
        reason = _left_out(count, one.day) or one.reason
        numbered.append(CountedDay(one.day, number if counts else None, reason))
    return numbered


def _left_out(count: _Count, day: date) -> str | None:
    if day in count.waited:
        return AWAITING
    return SPARED if day in count.spared else None


def _days_after(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
