"""Counting the office's working days.

The day of receipt is day 0; the n-th working day after it is the last good day
(文書處理手冊: limits exclude holidays, and counting starts on the following day).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from complaints.errors import CalendarMissing

TAIPEI = ZoneInfo("Asia/Taipei")
ONE_DAY = timedelta(days=1)
SATURDAY, SUNDAY = 5, 6
COUNTS_STILL = "，仍計"  # said of a day that is cut short and counts all the same
SAME_DAY = 0.5  # closing on the day of receipt counts half a day


def office_date(moment: datetime) -> date:
    """The day it is at the office at this (aware) moment."""
    return moment.astimezone(TAIPEI).date()


@dataclass(frozen=True)
class CountedDay:
    """One day of a count: its number when it counts, else the reason why not."""

    day: date
    number: int | None
    reason: str


@dataclass(frozen=True)
class WorkCalendar:
    """The office's working days: weekdays less closed days, plus make-up days.

    `years` are those for which a calendar is loaded; asking about any other day raises
    CalendarMissing, because guessing from the weekday would promise a wrong date.
    """

    closed: Mapping[date, str]
    makeup: Mapping[date, str]
    years: frozenset[int]
    provisional: frozenset[int]
    version: str
    notes: Mapping[date, str] = field(default_factory=dict)  # days that count, with a remark

    def works(self, day: date) -> bool:
        """Whether the office works on this day."""
        if day.year not in self.years:
            raise CalendarMissing(day.year)
        return day in self.makeup or (day.weekday() < SATURDAY and day not in self.closed)

    def after(self, day: date, n: int) -> date:
        """The n-th working day after `day`; `day` itself never counts."""
        while n:
            day += ONE_DAY
            n -= self.works(day)
        return day

    def between(self, start: date, end: date) -> int:
        """How many working days lie after `start`, up to and including `end`."""
        return sum(1 for day in _days(start, end) if self.works(day))

    def used(self, received_on: date, done_on: date) -> float:
        """Working days spent from receipt to completion; 0.5 when done on the same day."""
        return SAME_DAY if done_on <= received_on else float(self.between(received_on, done_on))

    def after_calendar_days(self, day: date, n: int) -> date:
        """The day n calendar days on, moved past days off (行政程序法 §48 IV).

        A Saturday moves to Monday as any other day off does; the law's "Monday morning" is
        kept in whole days (docs/decisions/0003).
        """
        day += timedelta(days=n)
        while not self.works(day):
            day += ONE_DAY
        return day

    def explain(self, start: date, end: date) -> list[CountedDay]:
        """Every day after `start` up to `end`, numbered, or skipped with its reason."""
        number = 0
        counted = []
        for day in _days(start, end):
            works = self.works(day)
            number += works
            counted.append(CountedDay(day, number if works else None, self.reason(day)))
        return counted

    def cut_short(self, day: date) -> str:
        """Which part of a working day is off, and why, as citizens are told; else nothing."""
        return self.notes.get(day, "").replace(COUNTS_STILL, "") if self.works(day) else ""

    def reason(self, day: date) -> str:
        """Why a day is off, made up or cut short; empty for an ordinary working day."""
        named = self.makeup.get(day) or self.closed.get(day) or self.notes.get(day)
        if named:
            return named
        return {SATURDAY: "週六", SUNDAY: "週日"}.get(day.weekday(), "")


def _days(start: date, end: date) -> Iterator[date]:
    while start < end:
        start += ONE_DAY
        yield start
