"""The office calendar: the official years and the office's own days, as rows and in use."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from importlib.resources import files

import yaml
from sqlalchemy import Engine, delete, extract, or_, select
from sqlalchemy.orm import Session

from complaints import practice
from complaints.clock.official import YearTable, read_year
from complaints.clock.workdays import COUNTS_STILL, WorkCalendar
from complaints.counters import next_number
from complaints.errors import BadCalendar
from complaints.practice import Practice
from complaints.tables import CalendarDay, CalendarYear, Counter, DayChange
from data import database

VERSION = "calendar"
FULL, MORNING, AFTERNOON, EVENING = "full", "morning", "afternoon", "evening"
PARTS = {FULL: "全日", MORNING: "上午", AFTERNOON: "下午", EVENING: "晚間"}
WHOLE_COUNTRY = ""
LONGEST_REASON = 100  # characters
KNOWN = "calendar"  # on a session that has read it
CHANGED = "calendar_changed"  # on a session that changed the calendar and may yet roll back
CLOCK_LOCK = 7_302_616
MOST_KEPT = 4
NUMBER = select(Counter.value).where(Counter.name == VERSION)


@dataclass(frozen=True)
class OwnDay:
    """A day that is not as the official calendar says: a closure, a day off, an extra day.

    `area` is the county it was announced for; empty means this office alone or everywhere.
    """

    day: date
    part: str
    works: bool
    reason: str
    area: str = WHOLE_COUNTRY
    source: str = ""


def shipped() -> list[YearTable]:
    """The official calendars that come with the program, 2017 on."""
    folder = files("data") / "calendar"
    sources = yaml.safe_load((folder / "sources.yaml").read_text(encoding="utf-8"))
    return [
        read_year(
            (folder / f"{year}.csv").read_text(encoding="utf-8"),
            source=about["source"],
            provisional=about["provisional"],
        )
        for year, about in sorted(sources.items())
    ]


def hold(tx: Session, *, alone: bool = False) -> None:
    """Hold calendar and rules as they are, with others who count by them, or alone to change them.

    Whoever counts a date holds this before a case, so that no case is counted by a calendar that
    is being replaced, and nobody waits for each other in a ring.
    """
    database.hold(tx, CLOCK_LOCK, alone=alone)
    tx.info.pop(KNOWN, None)  # another may have changed it before its turn was over


def store(tx: Session, tables: Iterable[YearTable], *, now: datetime) -> None:
    """Replace the given years in the database; the calendar gets a new version."""
    for table in tables:
        tx.execute(delete(CalendarDay).where(extract("year", CalendarDay.day) == table.year))
        tx.execute(delete(CalendarYear).where(CalendarYear.year == table.year))
        tx.add(
            CalendarYear(
                year=table.year,
                source=table.source,
                provisional=table.provisional,
                imported_at=now,
            )
        )
        tx.add_all(CalendarDay(day=d, works=False, reason=why) for d, why in table.closed.items())
        tx.add_all(CalendarDay(day=d, works=True, reason=why) for d, why in table.makeup.items())
    _renew(tx)


def enter_day(tx: Session, own: OwnDay, *, by: str, now: datetime) -> DayChange:
    """Keep a closure or an own day; raises BadCalendar when it makes no sense."""
    check_day(own)
    row = DayChange(
        day=own.day,
        part=own.part,
        works=own.works,
        area=own.area,
        reason=own.reason,
        source=own.source,
        by=by,
        at=now,
    )
    tx.add(row)
    _renew(tx)
    return row


def revoke_day(tx: Session, change_id: int, *, by: str, now: datetime) -> DayChange:
    """Take a closure or own day back; the row stays. Raises BadCalendar when it is not there."""
    row = tx.get(DayChange, change_id, with_for_update=True)
    if row is None or row.revoked_at:
        raise BadCalendar(f"there is no such day to take back: {change_id}")
    row.revoked_by, row.revoked_at = by, now
    _renew(tx)
    return row


def check_day(own: OwnDay) -> None:
    """Raise BadCalendar unless the day can be entered."""
    if own.part not in PARTS:
        raise BadCalendar(f"part must be one of {', '.join(PARTS)}")
    if own.works and own.part != FULL:
        raise BadCalendar("an extra working day is a whole day")
    if not own.reason.strip():
        raise BadCalendar("a day needs its reason")
    if len(own.reason) > LONGEST_REASON:
        raise BadCalendar(f"a reason has at most {LONGEST_REASON} characters")


def of_tables(tables: Sequence[YearTable]) -> WorkCalendar:
    """A calendar straight from files, without a database."""
    return WorkCalendar(
        closed={day: why for table in tables for day, why in table.closed.items()},
        makeup={day: why for table in tables for day, why in table.makeup.items()},
        years=frozenset(table.year for table in tables),
        provisional=frozenset(table.year for table in tables if table.provisional),
        version="shipped",
    )


def load(tx: Session, choices: Practice | None = None) -> WorkCalendar:
    """The calendar as it stands now, with the closures and own days that hold for this office.

    Thirteen hundred rows that seldom change: kept by the calendar's version, but never from a
    transaction that changed it itself and may not be committed; asked for once in a transaction.
    `choices` are the office's, where the caller has them.
    """
    choices = choices or practice.load(tx)
    of = (choices.county, choices.half_day_closure_counts)
    if CHANGED in tx.info:
        return _read(tx, _version(tx), choices)
    known: tuple[tuple[str, bool], WorkCalendar] | None = tx.info.get(KNOWN)
    if known is None or known[0] != of:
        known = of, _current(tx, choices, of)
        tx.info[KNOWN] = known
    return known[1]


def _current(tx: Session, choices: Practice, of: tuple[str, bool]) -> WorkCalendar:
    number = _version(tx)
    kept = _kept(tx.get_bind().engine)
    if (number, *of) not in kept:
        read = _read(tx, number, choices)
        if _version(tx) != number:  # replaced between two questions
            return _current(tx, choices, of)
        if len(kept) > MOST_KEPT:
            kept.clear()
        kept[number, *of] = read
    return kept[number, *of]


def own_days(tx: Session, county: str, *, but: int | None = None) -> list[OwnDay]:
    """The closures and own days in force for an office of this county, in order of entry.

    `but` leaves one row out, as if it had been revoked.
    """
    here = or_(DayChange.area == WHOLE_COUNTRY, DayChange.area == county)
    rows = select(DayChange).where(DayChange.revoked_at.is_(None), here).order_by(DayChange.id)
    return [
        OwnDay(row.day, row.part, row.works, row.reason, row.area, row.source)
        for row in tx.scalars(rows)
        if row.id != but
    ]


def with_days(calendar: WorkCalendar, days: Sequence[OwnDay], choices: Practice) -> WorkCalendar:
    """The calendar with own days laid over it; the later of two for one day holds."""
    if not days:
        return calendar
    closed, makeup, notes = dict(calendar.closed), dict(calendar.makeup), dict(calendar.notes)
    for day, told in _by_day(days).items():
        last = told[-1]
        if last.works:
            closed.pop(day, None)
            makeup[day] = last.reason
        elif _is_whole(told) or (_is_half(told) and not choices.half_day_closure_counts):
            makeup.pop(day, None)
            closed[day] = last.reason
        else:
            notes[day] = "、".join(
                f"{own.reason}（{PARTS[own.part]}{COUNTS_STILL}）" for own in told
            )
    return replace(calendar, closed=closed, makeup=makeup, notes=notes)


def _by_day(days: Sequence[OwnDay]) -> dict[date, list[OwnDay]]:
    """What holds for each day: the last word, or several parts of a day together."""
    told: dict[date, list[OwnDay]] = {}
    for own in days:
        before = told.get(own.day, [])
        parts = before if own.part != FULL and all(one.part != FULL for one in before) else []
        told[own.day] = [*parts, own]
    return told


def _is_whole(told: Sequence[OwnDay]) -> bool:
    parts = {own.part for own in told}
    return FULL in parts or {MORNING, AFTERNOON} <= parts


def _is_half(told: Sequence[OwnDay]) -> bool:
    """Whether office hours are touched; an evening is not part of the day that counts."""
    return any(own.part in {MORNING, AFTERNOON} for own in told)


def with_years(calendar: WorkCalendar, tables: Sequence[YearTable]) -> WorkCalendar:
    """The calendar with whole years replaced, as an import would leave it."""
    years = {table.year for table in tables}
    fresh = of_tables(tables)
    kept_closed = {day: why for day, why in calendar.closed.items() if day.year not in years}
    kept_makeup = {day: why for day, why in calendar.makeup.items() if day.year not in years}
    return replace(
        calendar,
        closed={**kept_closed, **fresh.closed},
        makeup={**kept_makeup, **fresh.makeup},
        years=calendar.years | fresh.years,
        provisional=(calendar.provisional - fresh.years) | fresh.provisional,
    )


def official(tx: Session) -> WorkCalendar:
    """The official years alone, without the office's own days."""
    return _official(tx, _version(tx))


@lru_cache(maxsize=8)
def _kept(_engine: Engine) -> dict[tuple[int, str, bool], WorkCalendar]:
    return {}


def _read(tx: Session, number: int, choices: Practice) -> WorkCalendar:
    return with_days(_official(tx, number), own_days(tx, choices.county), choices)


def _version(tx: Session) -> int:
    return tx.scalar(NUMBER) or 0


def _renew(tx: Session) -> None:
    tx.flush()
    tx.info[CHANGED] = True
    next_number(tx, VERSION)


def _official(tx: Session, number: int) -> WorkCalendar:
    days = tx.execute(select(CalendarDay.day, CalendarDay.works, CalendarDay.reason)).all()
    years = tx.execute(select(CalendarYear.year, CalendarYear.provisional)).all()
    known = sorted(year for year, _ in years)
    span = f"{known[0]}-{known[-1]}" if known else "none"
    return WorkCalendar(
        closed={day: why for day, works, why in days if not works},
        makeup={day: why for day, works, why in days if works},
        years=frozenset(known),
        provisional=frozenset(year for year, provisional in years if provisional),
        version=f"{span}/{number}",
    )
