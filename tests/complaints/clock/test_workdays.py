"""Counting working days: the worked examples of the law's reading, and what must always hold."""

from datetime import UTC, date, datetime, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.clock import calendars
from complaints.clock.workdays import WorkCalendar, office_date
from complaints.errors import CalendarMissing

CALENDAR = calendars.of_tables(calendars.shipped())
DAYS = st.dates(date(2017, 1, 1), date(2026, 9, 30))
LIMITS = st.integers(1, 40)


@pytest.mark.parametrize(
    ("received", "limit", "due"),
    [
        ("2026-11-02", 6, "2026-11-10"),
        ("2026-11-02", 3, "2026-11-05"),
        ("2026-11-02", 10, "2026-11-16"),
        ("2026-11-02", 30, "2026-12-14"),
        ("2026-02-12", 6, "2026-03-02"),  # before Lunar New Year
        ("2026-02-13", 6, "2026-03-03"),
        ("2026-02-26", 6, "2026-03-09"),
        ("2026-02-14", 6, "2026-03-03"),  # received on a day off
        ("2026-02-12", 30, "2026-04-07"),
        ("2026-09-21", 6, "2026-10-01"),  # Mid-Autumn and Confucius' birthday
        ("2025-02-05", 6, "2025-02-12"),  # 8 Feb is a make-up Saturday
        ("2026-12-23", 6, "2027-01-04"),
        ("2026-09-24", 1, "2026-09-29"),
        ("2026-11-26", 6, "2026-12-04"),
    ],
)
def test_worked_examples(received: str, limit: int, due: str) -> None:
    assert CALENDAR.after(date.fromisoformat(received), limit) == date.fromisoformat(due)


@pytest.mark.parametrize(
    ("received", "due"), [("2026-11-02", "2026-12-02"), ("2026-08-27", "2026-09-29")]
)
def test_calendar_days_move_past_days_off(received: str, due: str) -> None:
    start = date.fromisoformat(received)
    assert CALENDAR.after_calendar_days(start, 30) == date.fromisoformat(due)


def test_a_closed_day_moves_the_due_date() -> None:
    typhoon = {**CALENDAR.closed, date(2026, 9, 23): "停止上班"}
    closed = WorkCalendar(typhoon, CALENDAR.makeup, CALENDAR.years, frozenset(), "x")
    assert closed.after(date(2026, 9, 21), 6) == date(2026, 10, 2)


@given(DAYS, LIMITS)
def test_after_is_a_working_day_and_between_counts_back(day: date, n: int) -> None:
    due = CALENDAR.after(day, n)
    assert CALENDAR.works(due)
    assert CALENDAR.between(day, due) == n


@given(DAYS, LIMITS, st.integers(1, 60))
def test_closing_one_more_day_never_makes_a_due_date_earlier(day: date, n: int, off: int) -> None:
    more = {**CALENDAR.closed, day + timedelta(days=off): "停止上班"}
    makeup = {d: why for d, why in CALENDAR.makeup.items() if d not in more}
    closed = WorkCalendar(more, makeup, CALENDAR.years, frozenset(), "x")
    assert closed.after(day, n) >= CALENDAR.after(day, n)


@given(DAYS, LIMITS)
def test_the_explanation_is_the_count(day: date, n: int) -> None:
    counted = CALENDAR.explain(day, CALENDAR.after(day, n))
    numbers = [one.number for one in counted if one.number]
    assert numbers == list(range(1, n + 1))
    assert counted[0].day == day + timedelta(days=1)
    assert counted[-1].number == n
    assert all(one.reason for one in counted if one.number is None)


def test_every_day_agrees_with_an_independent_calendar() -> None:
    other = holidays.country_holidays("TW", language="zh_TW")
    day, wrong = date(2017, 1, 1), []
    while day.year < 2028:
        if CALENDAR.works(day) != other.is_working_day(day):
            wrong.append(day)
        day += timedelta(days=1)
    assert wrong == []


@pytest.mark.parametrize(
    ("year", "days_off"),
    [(2017, 116), (2018, 115), (2019, 115), (2020, 115), (2021, 116), (2022, 115),
     (2023, 116), (2024, 115), (2025, 118), (2026, 120), (2027, 121)],
)  # fmt: skip
def test_days_off_add_up_to_the_official_total(year: int, days_off: int) -> None:
    first = date(year, 1, 1)
    days = [first + timedelta(days=n) for n in range(366)]
    assert sum(not CALENDAR.works(day) for day in days if day.year == year) == days_off


def test_a_missing_year_is_an_error_never_a_guess() -> None:
    with pytest.raises(CalendarMissing) as caught:
        CALENDAR.after(date(2027, 12, 28), 6)
    assert caught.value.year == 2028


def test_same_day_counts_half_a_day() -> None:
    assert CALENDAR.used(date(2026, 11, 2), date(2026, 11, 2)) == 0.5
    assert CALENDAR.used(date(2026, 11, 2), date(2026, 11, 3)) == 1.0


def test_the_office_date_is_taipeis() -> None:
    assert office_date(datetime(2026, 11, 25, 16, 0, tzinfo=UTC)) == date(2026, 11, 26)
    assert office_date(datetime(2026, 11, 25, 15, 59, tzinfo=UTC)) == date(2026, 11, 25)
