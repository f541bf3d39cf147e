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

from complaints.clock import calendars
from complaints.clock.deadlines import ENDS_WAIT, MOVES, Moved, used
from complaints.clock.facts import moved
from complaints.clock.workdays import TAIPEI, WorkCalendar, office_date
from complaints.states import OF_SUGGESTIONS, EventKind, Kind, Outcome
from complaints.tables import Case, Event, Section

# What brings a case onto the desk, and the column it counts in.
OPENS = {
    EventKind.RECEIVED: "received",
    EventKind.REOPENED: "reopened",
    EventKind.SPLIT: "split",
}
# What takes it off, each in its own column.
ENDS = {
    EventKind.CLOSED: "closed",
    EventKind.WITHDRAWN: "withdrawn",
    EventKind.TRANSFERRED: "transferred_out",
    EventKind.NOT_PROCESSED: "not_processed",
    EventKind.MERGED: "merged",
}
# What only adds to a column of the period.
TALLIES = {
    EventKind.EXTENDED: "extensions",
    EventKind.CONFIRMED_IMPROVED: "improved",
    EventKind.IMPROVEMENT_RECORDED: "improved",
}
COUNTED = (
    *OPENS,
    *ENDS,
    *TALLIES,
    *MOVES,
    EventKind.DUE_DATE_MOVED,
    EventKind.CLASSIFIED,
    EventKind.REPLIED,
    EventKind.SATISFACTION_RATED,
    EventKind.PROMISE_SETTLED,
    EventKind.HANDED_BACK,
)
MOST_REFUSALS = 2
# Confidential cases and reports of misconduct: counted, but in no section's own line.
CLOSED_CIRCLE_ROW = "密件"
ADOPTED = (Outcome.ADOPTED, Outcome.PARTIALLY_ADOPTED)


@dataclass
class Figures:
    """The figures of one section, or of all, in one period."""

    carried_over: int = 0
    received: int = 0
    reopened: int = 0
    split: int = 0
    closed: int = 0
    closed_on_time: int = 0
    closed_late: int = 0
    transferred_out: int = 0
    not_processed: int = 0
    merged: int = 0
    withdrawn: int = 0
    open_end: int = 0
    open_overdue: int = 0
    extensions: int = 0
    improved: int = 0
    promises_kept: int = 0
    promises_missed: int = 0
    refused_twice: int = 0
    suggestions_closed: int = 0
    suggestions_adopted: int = 0
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
    def adoption_rate(self) -> float | None:
        """Suggestions adopted, wholly or partly, of those closed with a decision."""
        decided = self.suggestions_closed
        return self.suggestions_adopted / decided if decided else None

    @property
    def mean_satisfaction(self) -> float | None:
        """Mean of the grades given in the period, 1 to 5."""
        return statistics.fmean(self.grades) if self.grades else None

    def balanced(self) -> bool:
        """The identity every table must satisfy."""
        came = self.carried_over + sum(getattr(self, column) for column in OPENS.values())
        went: int = sum(getattr(self, column) for column in ENDS.values())
        return bool(came == went + self.open_end)

    def as_dict(self) -> dict[str, Any]:
        """The columns in their order, with the derived ones and without the raw lists."""
        columns = asdict(self)
        del columns["days_used"], columns["grades"]
        return columns | {
            "on_time_rate": self.on_time_rate,
            "mean_days": self.mean_days,
            "median_days": self.median_days,
            "adoption_rate": self.adoption_rate,
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
        place = CLOSED_CIRCLE_ROW if case.is_closed else sections[case.section_id]
        for figures in (month.total, month.by_section[place]):
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
    confidential: bool

    @property
    def is_closed(self) -> bool:
        """Whether a detail of the figures may not tell where it is handled."""
        return self.confidential or self.kind == Kind.MISCONDUCT_REPORT


def _histories(tx: Session, period: Period) -> Iterable[tuple[_Case, list[Event]]]:
    columns = (
        Case.id,
        Case.kind,
        Case.channel,
        Case.section_id,
        Case.received_on,
        Case.confidential,
    )
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
    told = _Told(received_on)
    for row in history:
        day = office_date(row.at)
        if period.holds(day):
            _tally(figures, row, told, calendar)
        told.hear(row)
        told.before = told.is_open if day < period.start else told.before
    figures.carried_over += told.before
    figures.open_end += told.is_open
    figures.open_overdue += told.is_overdue(period.end)


@dataclass
class _Told:
    """Where a case stands after the events told so far."""

    due: date
    is_open: bool = False
    before: bool = False
    stopped: bool = False
    waits: bool = False
    moves: list[Moved] = field(default_factory=list)

    def hear(self, row: Event) -> None:
        kind = EventKind(row.kind)
        if kind in MOVES:
            self.moves.append(moved(row))
        if kind is EventKind.SUPPLEMENT_ASKED:
            self.waits = self.waits or moved(row).stops
        elif kind in ENDS_WAIT or kind in OPENS:
            self.waits = False
        if "due_on" in row.data and kind not in ENDS and kind is not EventKind.PROMISED:
            self.due = date.fromisoformat(row.data["due_on"])
        if kind in OPENS:
            self.is_open = True
            self.stopped = False
        elif kind in ENDS:
            self.is_open = False
        elif kind is EventKind.REPLIED:
            self.stopped = self.stopped or bool(row.data["stops_clock"])

    def is_overdue(self, on: date) -> bool:
        """Whether it is open, its clock runs, and its date has gone by."""
        runs = self.is_open and not self.stopped and not self.waits
        return runs and self.due < on


def _tally(figures: Figures, row: Event, told: _Told, calendar: WorkCalendar) -> None:
    kind = EventKind(row.kind)
    # Reopening a replied case does not make it a second open case.
    column = OPENS.get(kind) if not told.is_open else None
    column = column or ENDS.get(kind) or TALLIES.get(kind)
    if column:
        setattr(figures, column, getattr(figures, column) + 1)
    if kind is EventKind.CLOSED:
        _tally_closed(figures, row, told, calendar)
    elif kind is EventKind.SATISFACTION_RATED:
        figures.grades.append(row.data["grade"])
    elif kind is EventKind.PROMISE_SETTLED:
        figures.promises_kept += row.data["state"] == "kept"
        figures.promises_missed += row.data["state"] == "missed"
    elif kind is EventKind.HANDED_BACK:
        figures.refused_twice += row.data["times"] == MOST_REFUSALS


def _tally_closed(figures: Figures, row: Event, told: _Told, calendar: WorkCalendar) -> None:
    done_on = date.fromisoformat(row.data["done_on"])
    on_time = done_on <= date.fromisoformat(row.data["due_on"])
    figures.closed_on_time += on_time
    figures.closed_late += not on_time
    figures.days_used.append(used(told.moves, done_on, calendar))
    outcome = row.data["outcome"]
    figures.suggestions_closed += outcome in OF_SUGGESTIONS
    figures.suggestions_adopted += outcome in ADOPTED


def _classify(month: MonthOfCases, case: _Case, history: Sequence[Event], period: Period) -> None:
    for row in history:
        if not period.holds(office_date(row.at)):
            continue
        if row.kind == EventKind.RECEIVED:
            month.received_by_kind[case.kind] += 1
            month.received_by_channel[case.channel] += 1
        elif row.kind == EventKind.CLOSED:
            month.closed_by_outcome[row.data["outcome"]] += 1
