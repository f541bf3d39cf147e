from datetime import date

from complaints.clock import calendars
from complaints.clock.deadlines import Moved, due, explain
from complaints.limits import Limit, Unit
from complaints.states import EventKind

CALENDAR = calendars.of_tables(calendars.shipped())
SIX = Limit(6, Unit.WORKING, reopened_days=3)
RECEIVED = Moved(EventKind.RECEIVED, date(2026, 11, 2))


def test_from_receipt() -> None:
    assert due([RECEIVED], SIX, CALENDAR) == date(2026, 11, 10)


def test_reopening_starts_a_new_clock() -> None:
    again = Moved(EventKind.REOPENED, date(2026, 11, 20))
    assert due([RECEIVED, again], SIX, CALENDAR) == date(2026, 11, 25)


def test_the_last_reopening_counts() -> None:
    history = [RECEIVED, Moved(EventKind.REOPENED, date(2026, 11, 20))]
    later = [*history, Moved(EventKind.REOPENED, date(2026, 12, 1))]
    assert due(later, SIX, CALENDAR) == date(2026, 12, 4)


def test_thirty_calendar_days() -> None:
    limit = Limit(30, Unit.CALENDAR, reopened_days=3)
    assert due([RECEIVED], limit, CALENDAR) == date(2026, 12, 2)


def test_a_date_in_an_unannounced_year_is_provisional() -> None:
    why = explain([Moved(EventKind.RECEIVED, date(2026, 12, 23))], SIX, CALENDAR)
    assert why.due_on == date(2027, 1, 4)
    assert why.provisional
    assert not explain([RECEIVED], SIX, CALENDAR).provisional
