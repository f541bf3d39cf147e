from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.clock import calendars
from complaints.clock.calendars import FULL, OwnDay
from complaints.clock.deadlines import (
    AWAITING,
    ENDS_WAIT,
    Moved,
    ceiling,
    due,
    explain,
    used,
)
from complaints.clock.workdays import WorkCalendar
from complaints.errors import CalendarMissing
from complaints.limits import Limit, Unit
from complaints.practice import Practice
from complaints.states import EventKind

CALENDAR = calendars.of_tables(calendars.shipped())
SIX = Limit(6, Unit.WORKING, reopened_days=3)
FIFTEEN_DAYS = Limit(15, Unit.CALENDAR, reopened_days=3)
RECEIVED = Moved(EventKind.RECEIVED, date(2026, 11, 2))
ONE_DAY = timedelta(days=1)

STARTS = st.dates(date(2017, 1, 1), date(2025, 12, 31))
WORKING_LIMITS = st.builds(
    Limit, st.integers(1, 30), st.just(Unit.WORKING), reopened_days=st.integers(1, 10)
)
CALENDAR_LIMITS = st.builds(
    Limit, st.integers(1, 60), st.just(Unit.CALENDAR), reopened_days=st.integers(1, 10)
)
LIMITS = WORKING_LIMITS | CALENDAR_LIMITS


def november(day: int) -> date:
    return date(2026, 11, day)


def asked(day: date) -> Moved:
    return Moved(EventKind.SUPPLEMENT_ASKED, day, stops=True)


def supplemented(day: date) -> Moved:
    return Moved(EventKind.SUPPLEMENTED, day)


def extended(days: int) -> Moved:
    return Moved(EventKind.EXTENDED, RECEIVED.on, days=days)


UNDONE = Moved(EventKind.EXTENSION_UNDONE, RECEIVED.on)


@st.composite
def fact(draw: st.DrawFn, on: date) -> list[Moved]:
    """Something that moves a clock, on a day: more time, a pause, a new beginning."""
    days = draw(st.integers(1, 12))
    pause = [
        Moved(EventKind.SUPPLEMENT_ASKED, on, stops=draw(st.booleans())),
        supplemented(on + timedelta(days=days)),
    ]
    several: Sequence[list[Moved]] = (
        [Moved(EventKind.EXTENDED, on, days=days)],
        [Moved(EventKind.EXTENSION_UNDONE, on)],
        [Moved(EventKind.REOPENED, on)],
        pause,
        pause[:1],
    )
    return draw(st.sampled_from(several))


@st.composite
def histories(draw: st.DrawFn) -> list[Moved]:
    """A receipt and up to six facts after it, each on the day of the one before or later."""
    history = [Moved(EventKind.RECEIVED, draw(STARTS))]
    for _ in range(draw(st.integers(0, 6))):
        history += draw(fact(history[-1].on + timedelta(days=draw(st.integers(0, 25)))))
    return history


@st.composite
def offices(draw: st.DrawFn) -> WorkCalendar:
    """The official calendar with closures and extra days of one office, anywhere in its years."""
    days = st.lists(st.dates(date(2017, 1, 1), date(2027, 6, 30)), max_size=20)
    own = [OwnDay(day, FULL, works=False, reason="停止上班") for day in draw(days)]
    own += [OwnDay(day, FULL, works=True, reason="加班") for day in draw(days)]
    return calendars.with_days(CALENDAR, own, Practice())


def without(calendar: WorkCalendar, day: date) -> WorkCalendar:
    closure = OwnDay(day, FULL, works=False, reason="停止上班")
    return calendars.with_days(calendar, [closure], Practice())


def test_from_receipt() -> None:
    assert due([RECEIVED], SIX, CALENDAR) == november(10)


def test_reopening_starts_a_new_clock() -> None:
    again = Moved(EventKind.REOPENED, november(20))
    assert due([RECEIVED, again], SIX, CALENDAR) == november(25)


def test_the_last_reopening_counts() -> None:
    history = [RECEIVED, Moved(EventKind.REOPENED, november(20))]
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


def test_an_extension_adds_working_days() -> None:
    why = explain([RECEIVED, extended(3)], SIX, CALENDAR)
    assert (why.due_on, why.limit, why.extended_by) == (november(13), 6, 3)


def test_an_extension_of_a_calendar_limit_adds_working_days_to_its_end() -> None:
    assert due([RECEIVED], FIFTEEN_DAYS, CALENDAR) == november(17)
    assert due([RECEIVED, extended(5)], FIFTEEN_DAYS, CALENDAR) == november(24)


def test_undoing_takes_back_the_last_extension_alone() -> None:
    assert due([RECEIVED, extended(3), extended(2), UNDONE], SIX, CALENDAR) == november(13)


def test_a_wait_is_left_out_and_named() -> None:
    """Asked Wednesday 4, there on Monday 9: Thursday, Friday, the weekend and Monday are out."""
    why = explain([RECEIVED, asked(november(4)), supplemented(november(9))], SIX, CALENDAR)
    assert why.due_on == november(13)
    assert not why.paused
    waited = [one.day.day for one in why.days if one.reason == AWAITING]
    assert waited == [5, 6, 7, 8, 9]
    assert [one.day.day for one in why.days if one.number] == [3, 4, 10, 11, 12, 13]


def test_a_clock_that_stands_says_so() -> None:
    assert explain([RECEIVED, asked(november(4))], SIX, CALENDAR).paused
    in_passing = Moved(EventKind.SUPPLEMENT_ASKED, november(4), stops=False)
    assert not explain([RECEIVED, in_passing], SIX, CALENDAR).paused


def test_asking_again_does_not_move_the_day_the_wait_began() -> None:
    history = [RECEIVED, asked(november(4)), asked(november(6)), supplemented(november(9))]
    once = [RECEIVED, asked(november(4)), supplemented(november(9))]
    assert due(history, SIX, CALENDAR) == due(once, SIX, CALENDAR)


def test_particulars_nobody_waits_for_move_nothing() -> None:
    in_passing = Moved(EventKind.SUPPLEMENT_ASKED, november(4), stops=False)
    assert due([RECEIVED, supplemented(november(9))], SIX, CALENDAR) == november(10)
    assert due([RECEIVED, in_passing, supplemented(november(9))], SIX, CALENDAR) == november(10)


def test_the_ceiling_is_counted_from_receipt_or_reopening_whatever_happened_since() -> None:
    working = Limit(6, Unit.WORKING, 3, ceiling_days=10, ceiling_unit=Unit.WORKING)
    busy = [RECEIVED, extended(3), asked(november(4)), supplemented(november(9))]
    assert ceiling(busy, working, CALENDAR) == november(16)
    assert ceiling(busy, SIX, CALENDAR) == date(2026, 12, 2)
    again = [*busy, Moved(EventKind.REOPENED, november(20))]
    assert ceiling(again, working, CALENDAR) == date(2026, 12, 4)


def test_days_used_leave_out_the_wait() -> None:
    history = [RECEIVED, asked(november(4)), supplemented(november(9))]
    assert used(history, november(13), CALENDAR) == 6.0
    assert used([RECEIVED], november(13), CALENDAR) == 9.0


def test_days_used_are_counted_anew_from_a_reopening() -> None:
    assert used([RECEIVED, Moved(EventKind.REOPENED, november(20))], november(23), CALENDAR) == 1.0


def test_a_missing_year_is_an_error_in_every_answer() -> None:
    late = [Moved(EventKind.RECEIVED, date(2027, 12, 27))]
    for ask in (due, explain, ceiling):
        with pytest.raises(CalendarMissing):
            ask(late, SIX, CALENDAR)


@given(offices(), STARTS, st.integers(1, 40))
def test_after_is_a_working_day_and_between_counts_back(
    office: WorkCalendar, day: date, n: int
) -> None:
    end = office.after(day, n)
    assert office.works(end)
    assert office.between(day, end) == n


@given(histories(), LIMITS, st.integers(-5, 120))
def test_closing_one_more_day_never_makes_a_due_date_earlier(
    history: list[Moved], limit: Limit, off: int
) -> None:
    fewer = without(CALENDAR, history[-1].on + timedelta(days=off))
    assert due(history, limit, fewer) >= due(history, limit, CALENDAR)
    assert ceiling(history, limit, fewer) >= ceiling(history, limit, CALENDAR)


def test_asked_on_the_day_an_undone_extension_leads_back_to_a_day_is_left() -> None:
    last = due([RECEIVED], SIX, CALENDAR)
    came = last + timedelta(days=7)
    taken_back = [RECEIVED, extended(3), asked(last), UNDONE, supplemented(came)]
    never = [RECEIVED, asked(last), supplemented(came)]
    assert due(taken_back, SIX, CALENDAR) == due(never, SIX, CALENDAR) > came


@given(histories(), histories(), LIMITS, st.integers(1, 20))
def test_extended_and_undone_is_never_extended(
    before: list[Moved], rest: list[Moved], limit: Limit, days: int
) -> None:
    """With a wait anywhere: before, between and after the two."""
    between = [one for one in rest[1:] if one.kind in WAITS]
    after = [one for one in rest[1:] if one.kind not in WAITS]
    never = [*before, *between, *after]
    taken_back = [*before, extended(days), *between, UNDONE, *after]
    assert explain(taken_back, limit, CALENDAR) == explain(never, limit, CALENDAR)


WAITS = (EventKind.SUPPLEMENT_ASKED, EventKind.SUPPLEMENTED)


@given(offices(), STARTS, WORKING_LIMITS, st.data())
def test_a_wait_of_so_many_working_days_moves_a_working_limit_by_as_many(
    office: WorkCalendar, start: date, limit: Limit, data: st.DataObject
) -> None:
    history = [Moved(EventKind.RECEIVED, start), extended(data.draw(st.integers(0, 10)))]
    before = due(history, limit, office)
    on = start + timedelta(days=data.draw(st.integers(0, (before - start).days - 1)))
    there = on + timedelta(days=data.draw(st.integers(0, 20)))
    waited = office.between(on, there)
    after = due([*history, asked(on), supplemented(there)], limit, office)
    assert office.between(start, after) == office.between(start, before) + waited
    assert office.works(after)


@given(STARTS, st.integers(0, 400))
def test_done_the_same_day_is_half_a_day_and_never_less(start: date, days: int) -> None:
    received = [Moved(EventKind.RECEIVED, start)]
    assert used(received, start, CALENDAR) == 0.5
    waited = [*received, asked(start), supplemented(start + timedelta(days=days))]
    assert used(waited, start + timedelta(days=days), CALENDAR) == 0.5


@given(offices(), histories(), LIMITS)
def test_the_explanation_numbers_what_counts_and_gives_a_reason_for_the_rest(
    office: WorkCalendar, history: list[Moved], limit: Limit
) -> None:
    why = explain(history, limit, office)
    span = (why.due_on - why.start).days
    assert [one.day for one in why.days] == [why.start + n * ONE_DAY for n in range(1, span + 1)]
    numbers = [one.number for one in why.days if one.number is not None]
    assert numbers == list(range(1, len(numbers) + 1))
    assert all(one.reason for one in why.days if one.number is None)
    assert all(office.works(one.day) for one in why.days if one.number is not None)
    assert why.due_on == due(history, limit, office)
    if why.unit is Unit.WORKING:
        assert len(numbers) == why.limit + why.extended_by
        assert why.days[-1].number == len(numbers)


@given(histories(), histories(), LIMITS)
def test_nothing_before_a_reopening_matters_after_it(
    first: list[Moved], other: list[Moved], limit: Limit
) -> None:
    again = Moved(EventKind.REOPENED, date(2026, 3, 2))
    assert explain([*first, again], limit, CALENDAR) == explain([*other, again], limit, CALENDAR)


@pytest.mark.parametrize("limit", [SIX, FIFTEEN_DAYS])
def test_particulars_asked_for_on_the_last_day_leave_a_day_for_the_answer(limit: Limit) -> None:
    """Due that day, there two days later: the next working day is left, and an extension adds."""
    last = due([RECEIVED], limit, CALENDAR)
    history = [RECEIVED, asked(last), supplemented(last + 2 * ONE_DAY)]
    left = CALENDAR.after(last + 2 * ONE_DAY, 1)
    assert due(history, limit, CALENDAR) == left
    assert due([*history, extended(1)], limit, CALENDAR) == CALENDAR.after(left, 1)
    assert used(history, left, CALENDAR) == CALENDAR.used(RECEIVED.on, last) + 1


def test_a_calendar_limit_whose_end_was_moved_past_a_day_off_keeps_that_day() -> None:
    """Fifteen days to Saturday the 14th, so Monday; asked on Sunday, there on Friday."""
    history = [Moved(EventKind.RECEIVED, date(2026, 10, 30)), extended(5)]
    assert due(history, FIFTEEN_DAYS, CALENDAR) == november(23)
    waited = [*history, asked(november(15)), supplemented(november(20))]
    assert due(waited, FIFTEEN_DAYS, CALENDAR) == november(30)


@pytest.mark.parametrize("end", sorted(ENDS_WAIT))
def test_whoever_answers_without_the_particulars_was_not_late_by_waiting(end: EventKind) -> None:
    history = [RECEIVED, asked(november(9)), Moved(end, november(20))]
    assert due(history, SIX, CALENDAR) == november(23)
    assert not explain(history, SIX, CALENDAR).paused


def test_a_wait_before_counting_began_moves_no_calendar_limit() -> None:
    """Asked on Saturday 31 October, there on Sunday, counted from Monday the 2nd."""
    waited = [RECEIVED, asked(date(2026, 10, 31)), supplemented(november(1))]
    assert due(waited, FIFTEEN_DAYS, CALENDAR) == due([RECEIVED], FIFTEEN_DAYS, CALENDAR)


def test_a_wait_after_the_due_date_makes_no_late_case_timely() -> None:
    """Due on the 17th of November; asked when that was over."""
    waited = [RECEIVED, asked(november(20)), supplemented(november(27))]
    assert due(waited, FIFTEEN_DAYS, CALENDAR) == november(17)
    assert due(waited, SIX, CALENDAR) == november(10)


def test_a_wait_within_the_extension_of_a_calendar_limit_counts_once() -> None:
    """15 days to the 17th and five working days to the 24th; one of them (the 18th) was used
    when particulars were asked for, and four are left when they are there on the 25th."""
    history = [RECEIVED, extended(5)]
    assert due(history, FIFTEEN_DAYS, CALENDAR) == november(24)
    waited = [*history, asked(november(18)), supplemented(november(25))]
    assert due(waited, FIFTEEN_DAYS, CALENDAR) == date(2026, 12, 1)
