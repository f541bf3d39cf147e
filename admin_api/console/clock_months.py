"""A year of the office calendar, month by month, with every day that is not as its weekday."""

from dataclasses import dataclass
from datetime import date, timedelta

from admin_api.console import clock_words
from admin_api.schemas.clockwork import OwnDayOut, YearOut
from complaints.clock.workdays import WorkCalendar


@dataclass(frozen=True)
class Marked:
    """A day with what it is, why, and whether limits count it."""

    day: date
    what: str
    why: str
    counts: bool


@dataclass(frozen=True)
class Month:
    """A month: its number, how many of its days count, and its marked days."""

    number: int
    works: int
    days: tuple[Marked, ...]


def months_of(shown: YearOut, calendar: WorkCalendar) -> list[Month]:
    """The twelve months of a year that is loaded."""
    marked = sorted(_marked(shown, calendar), key=lambda one: one.day)
    works = [day.month for day in _days(shown.year) if calendar.works(day)]
    return [
        Month(n, works.count(n), tuple(one for one in marked if one.day.month == n))
        for n in range(1, 13)
    ]


def _marked(shown: YearOut, calendar: WorkCalendar) -> list[Marked]:
    """Official days, and after them the office's own that hold here."""
    found = [(one.day, clock_words.OFF, one.reason) for one in shown.days_off]
    found += [(one.day, clock_words.MAKE_UP, one.reason) for one in shown.make_up]
    found += [(one.day, _what(one), one.reason) for one in shown.own if one.holds]
    return [Marked(day, what, why, calendar.works(day)) for day, what, why in found]


def _what(own: OwnDayOut) -> str:
    return clock_words.DAYS[clock_words.WORKS if own.works else own.part]


def _days(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]
