"""The office calendar in the database: official years, the office's own days, which holds."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from complaints import practice
from complaints.clock import calendars
from complaints.clock.calendars import AFTERNOON, EVENING, FULL, MORNING, OwnDay
from complaints.clock.official import YearTable, read_official
from complaints.clock.workdays import WorkCalendar
from complaints.errors import BadCalendar, CalendarMissing
from complaints.practice import Practice
from complaints.tables import CalendarYear, DayChange
from data.database import reading, transaction
from tests.makers import NOON

TABLES = calendars.shipped()
SHIPPED = calendars.of_tables(TABLES)
WEDNESDAY = date(2026, 9, 23)
SATURDAY = date(2026, 9, 19)
HOLIDAY = date(2026, 9, 25)  # Mid-Autumn, a Friday
COUNTS = Practice()
COUNTS_NOT = Practice(half_day_closure_counts=False)


def closure(day: date = WEDNESDAY, part: str = FULL, area: str = "") -> OwnDay:
    return OwnDay(day, part, works=False, reason="颱風停止上班", area=area)


def extra(day: date = SATURDAY) -> OwnDay:
    return OwnDay(day, FULL, works=True, reason="選務加班")


def enter(tx: Session, *days: OwnDay) -> list[DayChange]:
    return [calendars.enter_day(tx, own, by="chief", now=NOON) for own in days]


def choose(tx: Session, name: str, value: str) -> None:
    practice.choose(tx, name, value, by="chief", now=NOON)


def days_of(calendar: WorkCalendar) -> Mapping[str, object]:
    """All of a calendar but the name of its version."""
    return vars(replace(calendar, version=""))


def year_of(year: int, *closed: date, provisional: bool = False) -> YearTable:
    return YearTable(year, "公告", provisional, dict.fromkeys(closed, "放假"), makeup={})


def test_the_database_holds_what_is_shipped(tx: Session) -> None:
    assert days_of(calendars.official(tx)) == days_of(SHIPPED)
    assert days_of(calendars.load(tx)) == days_of(SHIPPED)
    assert calendars.load(tx).years == frozenset(range(2017, 2028))
    assert calendars.load(tx).provisional == {2027}


def test_a_year_is_replaced_and_the_others_stay(tx: Session) -> None:
    monday = date(2027, 3, 15)
    calendars.store(tx, [year_of(2027, monday)], now=NOON)
    loaded = calendars.load(tx)
    assert [day for day in loaded.closed if day.year == 2027] == [monday]
    assert not loaded.works(monday)
    assert loaded.works(date(2027, 2, 8))  # a holiday of the table that was replaced
    assert not loaded.provisional
    kept = {day: why for day, why in SHIPPED.closed.items() if day.year != 2027}
    assert {day: why for day, why in loaded.closed.items() if day.year != 2027} == kept
    assert loaded.makeup == SHIPPED.makeup


def test_a_new_year_is_added_with_its_source(tx: Session) -> None:
    calendars.store(tx, [year_of(2028, date(2028, 1, 3))], now=NOON)
    row = tx.get_one(CalendarYear, 2028)
    assert (row.source, row.provisional, row.imported_at) == ("公告", False, NOON)
    assert calendars.load(tx).works(date(2028, 1, 4))
    assert not calendars.load(tx).works(date(2028, 1, 3))


def test_without_a_year_no_day_is_known() -> None:
    with pytest.raises(CalendarMissing):
        calendars.of_tables([]).works(WEDNESDAY)


def test_every_change_gives_a_new_version(tx: Session) -> None:
    versions = [calendars.load(tx).version]
    calendars.store(tx, [year_of(2027)], now=NOON)
    versions.append(calendars.load(tx).version)
    (row,) = enter(tx, closure())
    versions.append(calendars.load(tx).version)
    calendars.revoke_day(tx, row.id, by="chief", now=NOON)
    versions.append(calendars.load(tx).version)
    assert len(set(versions)) == 4
    assert versions[0].startswith("2017-2027/")


@given(st.data())
def test_a_year_laid_over_a_calendar_stands_for_the_one_before(data: st.DataObject) -> None:
    days = st.dates(date(2026, 1, 1), date(2026, 12, 31))
    closed = data.draw(st.dictionaries(days, st.just("放假"), max_size=5))
    makeup = data.draw(st.dictionaries(days, st.just("補行上班"), max_size=5))
    table = YearTable(2026, "公告", data.draw(st.booleans()), closed, makeup)
    others = [one for one in TABLES if one.year != 2026]
    laid = calendars.with_years(SHIPPED, [table])
    assert days_of(laid) == days_of(calendars.of_tables([*others, table]))


def test_a_closure_takes_a_day_out_with_its_reason(tx: Session) -> None:
    enter(tx, closure())
    loaded = calendars.load(tx)
    assert not loaded.works(WEDNESDAY)
    assert loaded.reason(WEDNESDAY) == "颱風停止上班"
    assert calendars.official(tx).works(WEDNESDAY)


def test_an_extra_day_counts_also_on_a_holiday(tx: Session) -> None:
    enter(tx, extra(), extra(HOLIDAY))
    loaded = calendars.load(tx)
    assert loaded.works(SATURDAY)
    assert loaded.works(HOLIDAY)
    assert loaded.reason(SATURDAY) == loaded.reason(HOLIDAY) == "選務加班"


def test_a_make_up_saturday_may_be_closed(tx: Session) -> None:
    made_up = date(2025, 2, 8)
    enter(tx, closure(made_up))
    assert not calendars.load(tx).works(made_up)


@pytest.mark.parametrize("works", [True, False])
def test_the_later_of_two_holds(tx: Session, works: bool) -> None:
    first, second = (closure(SATURDAY), extra()) if works else (extra(), closure(SATURDAY))
    enter(tx, first, second)
    assert calendars.load(tx).works(SATURDAY) is works


def test_a_whole_day_corrected_to_a_half_counts_again() -> None:
    """Announced for the whole day, then put right: only the morning. The later of two holds."""
    corrected = calendars.with_days(SHIPPED, [closure(), closure(part=MORNING)], COUNTS)
    assert corrected.works(WEDNESDAY)


def test_a_morning_and_an_afternoon_make_a_whole_day() -> None:
    """Announced one after the other, as a storm comes nearer."""
    halves = [closure(part=MORNING), closure(part=AFTERNOON)]
    assert not calendars.with_days(SHIPPED, halves, COUNTS).works(WEDNESDAY)


@pytest.mark.parametrize("part", [MORNING, AFTERNOON, EVENING])
def test_half_a_day_counts_and_is_remarked(tx: Session, part: str) -> None:
    enter(tx, closure(part=part))
    loaded = calendars.load(tx)
    assert loaded.works(WEDNESDAY)
    said = loaded.reason(WEDNESDAY)
    assert "颱風停止上班" in said
    assert calendars.PARTS[part] in said
    assert "仍計" in said


def test_half_a_day_does_not_count_where_the_office_says_so(tx: Session) -> None:
    enter(tx, closure(part=MORNING))
    choose(tx, "half_day_closure_counts", "no")
    assert not calendars.load(tx).works(WEDNESDAY)


def test_an_evening_is_no_part_of_the_day_that_counts() -> None:
    """Nobody waits at a counter at eight; an announced evening takes no working day away."""
    assert calendars.with_days(SHIPPED, [closure(part=EVENING)], COUNTS_NOT).works(WEDNESDAY)


def test_a_calendar_that_was_given_up_is_not_remembered(tx: Session) -> None:
    before = calendars.load(tx)
    with suppress(RuntimeError), tx.begin_nested():
        enter(tx, closure())
        assert not calendars.load(tx).works(WEDNESDAY)
        raise RuntimeError
    assert calendars.load(tx) == before


def test_readers_remember_it_until_it_changes(engine: Engine) -> None:
    def load() -> WorkCalendar:
        with reading(engine) as tx:
            return calendars.load(tx)

    before = load()
    assert load() is before
    with transaction(engine) as tx:
        enter(tx, closure())
    assert load() != before
    assert load() is load()


def test_an_endless_reason_is_refused(tx: Session) -> None:
    with pytest.raises(BadCalendar, match="100"):
        enter(tx, replace(closure(), reason="風" * 101))


def test_a_whole_day_is_out_in_either_practice() -> None:
    for choices in (COUNTS, COUNTS_NOT):
        assert not calendars.with_days(SHIPPED, [closure()], choices).works(WEDNESDAY)


@pytest.mark.parametrize(
    ("area", "county", "closed"),
    [
        ("", "", True),
        ("", "臺北市", True),
        ("臺北市", "臺北市", True),
        ("臺北市", "花蓮縣", False),
        ("臺北市", "", False),
    ],
)
def test_a_county_closes_only_its_own_offices(
    tx: Session, area: str, county: str, closed: bool
) -> None:
    choose(tx, "county", county)
    enter(tx, closure(area=area))
    assert calendars.load(tx).works(WEDNESDAY) is not closed


def test_a_closure_taken_back_leaves_its_row(tx: Session) -> None:
    (row,) = enter(tx, closure())
    later = NOON + timedelta(hours=1)
    calendars.revoke_day(tx, row.id, by="director", now=later)
    assert calendars.load(tx).works(WEDNESDAY)
    tx.expire_all()
    kept = tx.scalars(select(DayChange)).one()
    assert (kept.by, kept.at) == ("chief", NOON)
    assert (kept.revoked_by, kept.revoked_at) == ("director", later)


def test_an_extra_day_taken_back_is_off_again(tx: Session) -> None:
    (row,) = enter(tx, extra())
    calendars.revoke_day(tx, row.id, by="chief", now=NOON)
    assert not calendars.load(tx).works(SATURDAY)


def test_of_two_closures_one_taken_back_leaves_the_other(tx: Session) -> None:
    first, _ = enter(tx, closure(), closure())
    calendars.revoke_day(tx, first.id, by="chief", now=NOON)
    assert not calendars.load(tx).works(WEDNESDAY)


def test_leaving_one_out_is_what_taking_it_back_leaves(tx: Session) -> None:
    first, _ = enter(tx, closure(), extra())
    without = calendars.own_days(tx, "", but=first.id)
    calendars.revoke_day(tx, first.id, by="chief", now=NOON)
    assert without == calendars.own_days(tx, "") == [extra()]


def test_what_is_taken_back_cannot_be_taken_back_again(tx: Session) -> None:
    (row,) = enter(tx, closure())
    calendars.revoke_day(tx, row.id, by="chief", now=NOON)
    for number in (row.id, row.id + 1, 0):
        with pytest.raises(BadCalendar), tx.begin_nested():
            calendars.revoke_day(tx, number, by="chief", now=NOON)


@pytest.mark.parametrize(
    "wrong",
    [
        replace(closure(), part="night"),
        replace(closure(), part=""),
        replace(closure(), reason=" "),
        replace(extra(), part=MORNING),
    ],
)
def test_a_day_that_makes_no_sense_is_refused(tx: Session, wrong: OwnDay) -> None:
    before = calendars.load(tx)
    with pytest.raises(BadCalendar), tx.begin_nested():
        enter(tx, wrong)
    assert calendars.load(tx) == before
    assert not tx.scalars(select(DayChange)).all()


def test_a_long_note_of_the_government_is_no_reason_to_refuse_its_year(tx: Session) -> None:
    rows = ["西元日期,星期,是否放假,備註"]
    for n in range(365):
        day = date(2026, 1, 1) + timedelta(days=n)
        note = "放假之日" * 40 if day == HOLIDAY else ""
        rows.append(f"{day:%Y%m%d},x,{2 if day.weekday() > 4 or note else 0},{note}")
    table = read_official("\n".join(rows).encode(), source="公告")
    calendars.store(tx, [table], now=NOON)
    assert not calendars.load(tx).works(HOLIDAY)
    assert calendars.load(tx).reason(HOLIDAY).startswith("放假之日")


@given(st.lists(st.sampled_from([closure(), extra(WEDNESDAY), closure(part=MORNING)]), max_size=6))
def test_of_whole_days_the_last_word_holds(days: list[OwnDay]) -> None:
    whole = [own for own in days if own.part == FULL]
    laid = calendars.with_days(SHIPPED, whole, COUNTS)
    assert laid.works(WEDNESDAY) is (whole[-1].works if whole else True)
    strict = calendars.with_days(SHIPPED, days, COUNTS_NOT)
    assert strict.works(WEDNESDAY) is (days[-1].works if days else True)
