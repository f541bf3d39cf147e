"""The figures of a period for the whole office and under each heading (docs/figures.md).

They are sums of the tallies, which follow from events alone. A case counts on the office date of
what happened, under the headings it had at the end of the period; it is closed on time when its
clock stopped (the reply, else the closing) no later than the due date the closing recorded.
"""

import math
import statistics
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from sqlalchemy import case as case_when
from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import Session

from complaints.measuring import tallies
from complaints.measuring.facts import (
    ALL,
    ENDS,
    IN_FULL,
    IN_SHORT,
    OPENS,
    OUTCOME,
    STOCKS,
    UNKNOWN,
    Key,
)
from complaints.measuring.opinions import Opinion
from complaints.measuring.periods import Period
from complaints.measuring.tables import Tally

PERCENTILE = 0.9
EVERY = (*IN_FULL, *IN_SHORT, OUTCOME)
# How things stand at the end, and the measures that come with a grade: the column each fills.
STANDING = {"open": "open_end", "overdue": "open_overdue", "open_extended": "open_extended"}
GRADED = {"days": "days_used", "process": "process_grades", "result": "result_grades"}


@dataclass
class Figures:
    """The figures under one heading in one period; counts of cases unless said otherwise."""

    carried_over: int = 0
    received: int = 0
    reopened: int = 0
    split: int = 0
    closed: int = 0
    closed_on_time: int = 0
    closed_late: int = 0
    transferred_out: int = 0
    transferred_late: int = 0
    not_processed: int = 0
    merged: int = 0
    withdrawn: int = 0
    open_end: int = 0
    open_overdue: int = 0
    open_extended: int = 0
    closed_extended: int = 0
    extensions: int = 0
    repeats: int = 0
    replied: int = 0
    improved: int = 0
    promises_made: int = 0
    promises_kept: int = 0
    promises_missed: int = 0
    handed_back: int = 0
    refused_twice: int = 0
    suggestions_closed: int = 0
    suggestions_adopted: int = 0
    asked: int = 0
    rated: int = 0
    days_used: Counter[float] = field(default_factory=Counter)
    process_grades: Counter[float] = field(default_factory=Counter)
    result_grades: Counter[float] = field(default_factory=Counter)

    @property
    def open_on_time(self) -> int:
        """Open at the end, and not overdue."""
        return self.open_end - self.open_overdue

    @property
    def extended(self) -> int:
        """Cases closed in the period, or open at its end, with an extension."""
        return self.closed_extended + self.open_extended

    @property
    def on_time_rate(self) -> float | None:
        """closed_on_time / closed; None when nothing was closed."""
        return _share(self.closed_on_time, self.closed)

    @property
    def improvement_rate(self) -> float | None:
        """improved / replied; None when nothing was answered."""
        return _share(self.improved, self.replied)

    @property
    def reopening_rate(self) -> float | None:
        """reopened / closed; None when nothing was closed."""
        return _share(self.reopened, self.closed)

    @property
    def adoption_rate(self) -> float | None:
        """Suggestions adopted, wholly or partly, of those closed with a decision."""
        return _share(self.suggestions_adopted, self.suggestions_closed)

    @property
    def mean_days(self) -> float | None:
        """Mean working days from receipt to the reply, same day = 0.5."""
        number = self.days_used.total()
        total = math.fsum(days * times for days, times in self.days_used.items())
        return total / number if number else None

    @property
    def median_days(self) -> float | None:
        """Median working days from receipt to the reply."""
        return statistics.median(self.days_used.elements()) if self.days_used else None

    @property
    def p90_days(self) -> float | None:
        """The least number of working days within which nine in ten were answered."""
        rank, passed = math.ceil(PERCENTILE * self.days_used.total()), 0
        for days in sorted(self.days_used):
            passed += self.days_used[days]
            if passed >= rank:
                return days
        return None

    @property
    def process(self) -> Opinion:
        """What citizens thought of how their case was handled."""
        return Opinion.of(_whole(self.process_grades), self.asked)

    @property
    def result(self) -> Opinion:
        """What citizens thought of what came of it."""
        return Opinion.of(_whole(self.result_grades), self.asked)

    @property
    def response_rate(self) -> float | None:
        """rated / asked; None when nobody was asked."""
        return _share(self.rated, self.asked)

    def balanced(self) -> bool:
        """The identity every table must satisfy."""
        came = self.carried_over + sum(getattr(self, column) for column in OPENS.values())
        went: int = sum(getattr(self, column) for column in ENDS.values())
        return bool(came == went + self.open_end)

    def as_dict(self) -> dict[str, Any]:
        """The columns by name, plain and derived; satisfaction is None below ten answers."""
        plain = {one.name: getattr(self, one.name) for one in fields(self)}
        for name in GRADED.values():
            del plain[name]
        return plain | {name: getattr(self, name) for name in DERIVED} | self._opinions()

    def _opinions(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for aspect, opinion in (("process", self.process), ("result", self.result)):
            shown = opinion if opinion.shown else None
            found[f"{aspect}_mean"] = shown.mean if shown else None
            found[f"{aspect}_satisfied"] = shown.share_satisfied if shown else None
        return found


DERIVED = (
    "open_on_time",
    "extended",
    "on_time_rate",
    "improvement_rate",
    "reopening_rate",
    "adoption_rate",
    "mean_days",
    "median_days",
    "p90_days",
    "response_rate",
)


@dataclass(frozen=True)
class Counted:
    """A period's figures: by breakdown, then by heading (a code; empty where it is not known)."""

    period: Period
    until: date
    by: Mapping[str, Mapping[str, Figures]]

    @property
    def total(self) -> Figures:
        """Everything together."""
        return self.under(ALL).get(UNKNOWN, Figures())

    def under(self, breakdown: str) -> Mapping[str, Figures]:
        """The figures of each heading of a breakdown; what has none at all is left out."""
        return self.by.get(breakdown, {})


def of_period(
    tx: Session,
    period: Period,
    *,
    today: date,
    breakdowns: Collection[str] = EVERY,
    lacking: Mapping[Key, int] | None = None,
) -> Counted:
    """Work out a period's figures; of a period that is not over, as things stand today.

    `today` is the present: tallies are kept by the month, so what happened since is not left out.
    Only what is asked for is read: some breakdowns, and `lacking` (tallies.waiting) where it is
    known. Raises StillCounting while too many events wait to be counted.
    """
    until = min(period.end, today)
    lacking = tallies.waiting(tx) if lacking is None else lacking
    by: dict[str, dict[str, Figures]] = {}
    for key, before, inside in _sums(tx, _Span(period, until, breakdowns), lacking):
        breakdown, heading, measure, grade = key
        headings = by.setdefault(breakdown, {})
        _put(headings.setdefault(heading, Figures()), measure, grade, before, inside)
    kept = {name: _speaking(headings) for name, headings in by.items()}
    return Counted(period, until, kept)


_Group = tuple[str, str, str, float]


@dataclass(frozen=True)
class _Span:
    """What is summed up: of a period, as known on its last day, under some breakdowns."""

    period: Period
    until: date
    breakdowns: Collection[str]

    def holds(self, key: Key) -> bool:
        known = key.day <= self.until and key.as_of <= self.until
        wanted = key.day >= self.period.start or key.measure in STOCKS
        return known and wanted and key.breakdown in self.breakdowns


def _sums(tx: Session, span: _Span, lacking: Mapping[Key, int]) -> list[tuple[_Group, int, int]]:
    """Each measure's number before the period and in it, as known at its end."""
    before: Counter[_Group] = Counter()
    inside: Counter[_Group] = Counter()
    for *group, earlier, within in tx.execute(_summed(span)):
        before[tuple(group)] += earlier
        inside[tuple(group)] += within
    for key, number in lacking.items():
        if span.holds(key):
            (before if key.day < span.period.start else inside)[key[:4]] += number
    return [(group, before[group], inside[group]) for group in {**before, **inside}]


def _summed(span: _Span) -> Any:
    """What happened in the period, and how things stood: two ranges of the same index."""
    start = span.period.start
    group = (Tally.breakdown, Tally.heading, Tally.measure, Tally.grade)
    known = (Tally.as_of <= span.until, Tally.day <= span.until)
    wanted = Tally.breakdown.in_(span.breakdowns)
    stands = Tally.measure.in_(STOCKS)
    earlier = case_when((Tally.day < start, Tally.number), else_=0)
    within = case_when((Tally.day >= start, Tally.number), else_=0)
    sums = (func.sum(earlier), func.sum(within))
    stood = select(*group, *sums).where(wanted, stands, *known).group_by(*group)
    happened = (
        select(*group, literal(0), func.sum(Tally.number))
        .where(wanted, ~stands, Tally.day >= start, *known)
        .group_by(*group)
    )
    return union_all(stood, happened)


def _put(figures: Figures, measure: str, grade: float, before: int, inside: int) -> None:
    if measure in STANDING:
        setattr(figures, STANDING[measure], before + inside)
        if measure == "open":
            figures.carried_over = before
    elif measure in GRADED:
        if inside:
            getattr(figures, GRADED[measure])[grade] = inside
    else:
        setattr(figures, measure, inside)


def _speaking(headings: Mapping[str, Figures]) -> dict[str, Figures]:
    empty = Figures()
    return {heading: one for heading, one in sorted(headings.items()) if one != empty}


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _whole(grades: Mapping[float, int]) -> dict[int, int]:
    return {int(grade): number for grade, number in grades.items()}
