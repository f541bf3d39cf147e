"""Reading the official calendar of a year: our own files, and the CSV the government publishes."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import StringIO
from typing import NamedTuple

from complaints.clock.workdays import SATURDAY
from complaints.errors import BadCalendar

OFF, WORKING = "2", "0"
DATE, IS_OFF, NOTE = "西元日期", "是否放假", "備註"
ENCODINGS = ("utf-8-sig", "big5", "cp950")
MAKE_UP = "補行上班"
DAY_OFF = "放假"
FIRST_YEAR, LAST_YEAR = 1950, 2200
LONGEST_NOTE = 100  # characters; the government writes up to a few dozen
LARGEST = 1_000_000  # bytes; a year has about 10,000


@dataclass(frozen=True)
class YearTable:
    """The official calendar of one year: the days that differ from their weekday."""

    year: int
    source: str
    provisional: bool
    closed: dict[date, str]
    makeup: dict[date, str]


class Row(NamedTuple):
    """One line of a calendar file."""

    line: int
    day: date
    off: bool
    note: str


def read_year(text: str, *, source: str, provisional: bool) -> YearTable:
    """Read one of our files (date,weekday,off,note); raises BadCalendar with the line."""
    rows = csv.DictReader(StringIO(text))
    return _table(_days(rows, "date", "off", "note"), source, provisional=provisional)


def read_official(content: bytes, *, source: str) -> YearTable:
    """Read the government's CSV (Big5 or UTF-8) of one whole year; raises BadCalendar.

    Columns 西元日期 (YYYYMMDD), 星期, 是否放假 (0 works, 2 is off), 備註.
    """
    if len(content) > LARGEST:
        raise BadCalendar(f"the file has {len(content)} bytes; a year's calendar is far smaller")
    rows = csv.DictReader(StringIO(_decoded(content)))
    columns = _columns(rows)
    missing = [name for name in (DATE, IS_OFF, NOTE) if name not in columns]
    if missing:
        raise BadCalendar(f"欄位不足 / columns missing: {', '.join(missing)}")
    rows.fieldnames = columns
    return _table(_days(rows, DATE, IS_OFF, NOTE), source, provisional=False)


def _columns(rows: "csv.DictReader[str]") -> list[str]:
    try:
        return [(name or "").strip() for name in rows.fieldnames or ()]
    except csv.Error as error:
        raise BadCalendar(f"第 1 行不是 CSV / not CSV: {error}") from None


def _decoded(content: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadCalendar("檔案不是 UTF-8 也不是 Big5 / the file is neither UTF-8 nor Big5")


def _days(rows: "csv.DictReader[str]", day: str, off: str, note: str) -> Iterator[Row]:
    try:
        for row in rows:
            yield _row(row, rows.line_num, day, off, note)
    except csv.Error as error:
        raise BadCalendar(f"第 {rows.line_num} 行不是 CSV / not CSV: {error}") from None


def _row(row: dict[str, str | None], line: int, day: str, off: str, note: str) -> Row:
    try:
        found = _date((row[day] or "").strip())
    except ValueError:
        raise BadCalendar(f"第 {line} 行日期不對 / line {line}: not a date") from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise BadCalendar(f"第 {line} 行年度不對 / line {line}: not a year of an office")
    mark = (row[off] or "").strip()
    if mark not in {OFF, WORKING}:
        raise BadCalendar(f"第 {line} 行是否放假須為 0 或 2 / line {line}: not 0 or 2")
    return Row(line, found, mark == OFF, (row[note] or "").strip()[:LONGEST_NOTE])


def _date(text: str) -> date:
    if len(text) == len("20260101") and text.isascii():
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
    return date.fromisoformat(text)


def _table(days: Iterator[Row], source: str, *, provisional: bool) -> YearTable:
    closed: dict[date, str] = {}
    makeup: dict[date, str] = {}
    seen: set[date] = set()
    for row in days:
        _check(row, seen)
        seen.add(row.day)
        weekend = row.day.weekday() >= SATURDAY
        if row.off and not weekend:
            closed[row.day] = row.note or DAY_OFF
        elif not row.off and weekend:
            makeup[row.day] = row.note or MAKE_UP
    return YearTable(_whole_year(seen), source, provisional, closed, makeup)


def _check(row: Row, seen: set[date]) -> None:
    if row.day in seen:
        raise BadCalendar(f"第 {row.line} 行 {row.day} 重複 / line {row.line}: {row.day} twice")
    if seen and row.day.year != next(iter(seen)).year:
        raise BadCalendar(
            f"第 {row.line} 行 {row.day}：檔案必須剛好是一個年度"
            f" / line {row.line}: the file must hold exactly one year"
        )


def _whole_year(seen: set[date]) -> int:
    if not seen:
        raise BadCalendar("檔案必須剛好是一個年度 / the file must hold exactly one year")
    year = next(iter(seen)).year
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
    missing = next((day for day in days if day.year == year and day not in seen), None)
    if missing:
        expected = (date(year + 1, 1, 1) - date(year, 1, 1)).days
        raise BadCalendar(
            f"{year} 年有 {len(seen)} 天，應為 {expected} 天，缺 {missing}"
            f" / {year} has {len(seen)} days, it lacks {missing}"
        )
    return year
