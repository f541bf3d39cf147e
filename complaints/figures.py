"""The figures of a period, worked out from events alone, so that anyone can recompute them.

Definitions (docs/figures.md): a case counts in the period in which the event happened, by
office date. It is closed on time when its clock stopped (the reply, else the closing) no later
than the due date that the event itself recorded.
"""

import statistics
from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import calendars
from complaints.states import EventKind
from complaints.tables import Case, Event, Section
from complaints.workdays import TAIPEI, WorkCalendar, office_date

OPENS = (EventKind.RECEIVED, EventKind.REOPENED)
ENDS = (EventKind.CLOSED, EventKind.WITHDRAWN)
COUNTED = (*OPENS, *ENDS, EventKind.REPLIED, EventKind.SATISFACTION_RATED)


@dataclass
class Figures:
    """The figures of one section, or of all, in one period."""

    carried_over: int = 0
    received: int = 0
    reopened: int = 0
    closed: int = 0
    closed_on_time: int = 0
    closed_late: int = 0
    withdrawn: int = 0
    open_end: int = 0
    open_overdue: int = 0
    days_used: list[float] = field(default_factory=list)
    grades: list[int] = field(default_factory=list)

    @property
    def on_time_rate(self) -> float | None:
        """closed_on_time / closed; None when nothing was closed."""
        return self.closed_on_time / self.closed if self.closed else None

    @property
    def mean_days(self) -> float | None:
        """Mean working days from receipt to the reply, same day = 0.5."""
        return statistics.fmean(self.days_used) if self.days_used else None

    @property
    def median_days(self) -> float | None:
        """Median working days from receipt to the reply."""
        return statistics.median(self.days_used) if self.days_used else None

    @property
    def mean_satisfaction(self) -> float | None:
        """Mean of the grades given in the period, 1 to 5."""
        return statistics.fmean(self.grades) if self.grades else None

    def balanced(self) -> bool:
        """The identity every table must satisfy."""
        came = self.carried_over + self.received + self.reopened
        return came == self.closed + self.withdrawn + self.open_end

    def as_dict(self) -> dict[str, Any]:
        """The columns in their order, with the derived ones and without the raw lists."""
        columns = asdict(self)
        del columns["days_used"], columns["grades"]
        return columns | {
            "on_time_rate": self.on_time_rate,
            "mean_days": self.mean_days,
            "median_days": self.median_days,
            "satisfaction_answers": len(self.grades),
            "mean_satisfaction": self.mean_satisfaction,
        }


@dataclass(frozen=True)
class MonthOfCases:
    """A month's figures: in all, by section (name), and received by kind and by channel."""

    total: Figures
    by_section: dict[str, Figures]
    received_by_kind: dict[str, int]
    received_by_channel: dict[str, int]
    closed_by_outcome: dict[str, int]


@dataclass(frozen=True)
class Period:
    """A span of office days, both ends included."""

    start: date
    end: date

    @classmethod
    def month(cls, year: int, number: int) -> "Period":
        """One calendar month; a bad month is a ValueError."""
        start = date(year, number, 1)
        following = (start.replace(day=28) + timedelta(days=4)).replace(day=1)
        return cls(start, following - timedelta(days=1))

    def holds(self, day: date) -> bool:
        return self.start <= day <= self.end

    def until(self) -> datetime:
        """The first moment after the period."""
        return datetime.combine(self.end + timedelta(days=1), time(), TAIPEI)


def of_period(tx: Session, period: Period) -> MonthOfCases:
    """Work out a period's figures from the events up to its end."""
    month = MonthOfCases(Figures(), defaultdict(Figures), Tally(), Tally(), Tally())
    calendar = calendars.load(tx)
    sections = {row.id: row.name for row in tx.execute(select(Section.id, Section.name))}
    for case, history in _histories(tx, period):
        for figures in (month.total, month.by_section[sections[case.section_id]]):
            _count(figures, case.received_on, history, period, calendar)
        _classify(month, case, history, period)
    return month


@dataclass(frozen=True)
class _Case:
    id: int
    kind: str
    channel: str
    section_id: int
    received_on: date


def _histories(tx: Session, period: Period) -> Iterable[tuple[_Case, list[Event]]]:
    columns = (Case.id, Case.kind, Case.channel, Case.section_id, Case.received_on)
    cases = {row.id: _Case(*row) for row in tx.execute(select(*columns))}
    events = (
        select(Event)
        .where(Event.kind.in_([k.value for k in COUNTED]), Event.at < period.until())
        .order_by(Event.id)
    )
    histories: dict[int, list[Event]] = defaultdict(list)
    for row in tx.scalars(events):
        histories[row.case_id].append(row)
    return ((cases[case_id], history) for case_id, history in histories.items())


def _count(
    figures: Figures,
    received_on: date,
    history: Sequence[Event],
    period: Period,
    calendar: WorkCalendar,
) -> None:
    is_open, stopped, due, before = False, False, received_on, False
    start = received_on
    for row in history:
        kind, day = EventKind(row.kind), office_date(row.at)
        inside = period.holds(day)
        if kind in OPENS:
            if not is_open:  # reopening a replied case does not make it a second open case
                figures.received += inside and kind is EventKind.RECEIVED
                figures.reopened += inside and kind is EventKind.REOPENED
            is_open, stopped, start = True, False, day
            due = date.fromisoformat(row.data["due_on"])
        elif kind is EventKind.REPLIED:
            stopped = stopped or bool(row.data["stops_clock"])
        elif kind in ENDS:
            is_open = False
            if inside:
                _count_end(figures, kind, row, start, calendar)
        elif inside:
            figures.grades.append(row.data["grade"])
        before = is_open if day < period.start else before
    figures.carried_over += before
    figures.open_end += is_open
    figures.open_overdue += is_open and not stopped and due < period.end


def _count_end(
    figures: Figures, kind: EventKind, row: Event, start: date, calendar: WorkCalendar
) -> None:
    if kind is EventKind.WITHDRAWN:
        figures.withdrawn += 1
        return
    done_on = date.fromisoformat(row.data["done_on"])
    on_time = done_on <= date.fromisoformat(row.data["due_on"])
    figures.closed += 1
    figures.closed_on_time += on_time
    figures.closed_late += not on_time
    figures.days_used.append(calendar.used(start, done_on))


def _classify(month: MonthOfCases, case: _Case, history: Sequence[Event], period: Period) -> None:
    for row in history:
        if not period.holds(office_date(row.at)):
            continue
        if row.kind == EventKind.RECEIVED:
            month.received_by_kind[case.kind] += 1
            month.received_by_channel[case.channel] += 1
        elif row.kind == EventKind.CLOSED:
            month.closed_by_outcome[row.data["outcome"]] += 1
