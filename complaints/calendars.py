"""Loading the official office calendar: from the shipped files into rows, from rows into use."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files
from io import StringIO

import yaml
from sqlalchemy import delete, extract, select
from sqlalchemy.orm import Session

from complaints.counters import next_number
from complaints.tables import CalendarDay, CalendarYear, Counter
from complaints.workdays import SATURDAY, WorkCalendar

OFF = "2"
VERSION = "calendar"


@dataclass(frozen=True)
class YearTable:
    """The official calendar of one year: the days that differ from their weekday."""

    year: int
    source: str
    provisional: bool
    closed: dict[date, str]
    makeup: dict[date, str]


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


def read_year(text: str, *, source: str, provisional: bool) -> YearTable:
    """Read one calendar file (date,weekday,off,note; off is 0 or 2); bad files are ValueErrors."""
    closed: dict[date, str] = {}
    makeup: dict[date, str] = {}
    seen: set[date] = set()
    for row in csv.DictReader(StringIO(text)):
        day = date.fromisoformat(row["date"])
        seen.add(day)
        weekend = day.weekday() >= SATURDAY
        if row["off"] == OFF and not weekend:
            closed[day] = row["note"]
        elif row["off"] != OFF and weekend:
            makeup[day] = row["note"]
    year = min(seen).year
    if len(seen) != (date(year + 1, 1, 1) - date(year, 1, 1)).days:
        raise ValueError(f"the calendar of {year} has {len(seen)} days")
    return YearTable(year, source, provisional, closed, makeup)


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
    tx.flush()
    next_number(tx, VERSION)


def of_tables(tables: Sequence[YearTable]) -> WorkCalendar:
    """A calendar straight from files, without a database."""
    return WorkCalendar(
        closed={day: why for table in tables for day, why in table.closed.items()},
        makeup={day: why for table in tables for day, why in table.makeup.items()},
        years=frozenset(table.year for table in tables),
        provisional=frozenset(table.year for table in tables if table.provisional),
        version="shipped",
    )


def load(tx: Session) -> WorkCalendar:
    """The calendar as it stands now."""
    days = tx.scalars(select(CalendarDay)).all()
    years = tx.scalars(select(CalendarYear).order_by(CalendarYear.year)).all()
    number = tx.scalar(select(Counter.value).where(Counter.name == VERSION)) or 0
    span = f"{years[0].year}-{years[-1].year}" if years else "none"
    return WorkCalendar(
        closed={row.day: row.reason for row in days if not row.works},
        makeup={row.day: row.reason for row in days if row.works},
        years=frozenset(row.year for row in years),
        provisional=frozenset(row.year for row in years if row.provisional),
        version=f"{span}/{number}",
    )
