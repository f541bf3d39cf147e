"""Reading the official calendar of a year: our own files, and the CSV the government publishes."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from io import StringIO

from complaints.clock.workdays import SATURDAY
from complaints.errors import BadCalendar

OFF, WORKING = "2", "0"
DATE, IS_OFF, NOTE = "西元日期", "是否放假", "備註"
ENCODINGS = ("utf-8-sig", "big5", "cp950")
MAKE_UP = "補行上班"
DAY_OFF = "放假"
LARGEST = 1_000_000  # bytes; a year has about 10,000


@dataclass(frozen=True)
class YearTable:
    """The official calendar of one year: the days that differ from their weekday."""

    year: int
    source: str
    provisional: bool
    closed: dict[date, str]
    makeup: dict[date, str]


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
    columns = [(name or "").strip() for name in rows.fieldnames or ()]
    missing = [name for name in (DATE, IS_OFF, NOTE) if name not in columns]
    if missing:
        raise BadCalendar(f"欄位不足 / columns missing: {', '.join(missing)}")
    rows.fieldnames = columns
    return _table(_days(rows, DATE, IS_OFF, NOTE), source, provisional=False)


def _decoded(content: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadCalendar("檔案不是 UTF-8 也不是 Big5 / the file is neither UTF-8 nor Big5")


def _days(
    rows: "csv.DictReader[str]", day: str, off: str, note: str
) -> Iterator[tuple[date, bool, str]]:
    for row in rows:
        line = rows.line_num
        try:
            found = _date((row[day] or "").strip())
        except ValueError:
            raise BadCalendar(f"第 {line} 行日期不對 / line {line}: not a date") from None
        mark = (row[off] or "").strip()
        if mark not in {OFF, WORKING}:
            raise BadCalendar(f"第 {line} 行是否放假須為 0 或 2 / line {line}: not 0 or 2")
        yield found, mark == OFF, (row[note] or "").strip()


def _date(text: str) -> date:
    if len(text) == len("20260101") and text.isascii():
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
    return date.fromisoformat(text)


def _table(days: Iterator[tuple[date, bool, str]], source: str, *, provisional: bool) -> YearTable:
    closed: dict[date, str] = {}
    makeup: dict[date, str] = {}
    seen: set[date] = set()
    for day, off, note in days:
        if day in seen:
            raise BadCalendar(f"{day} 重複 / {day} stands there twice")
        seen.add(day)
        weekend = day.weekday() >= SATURDAY
        if off and not weekend:
            closed[day] = note or DAY_OFF
        elif not off and weekend:
            makeup[day] = note or MAKE_UP
    return YearTable(_whole_year(seen), source, provisional, closed, makeup)


def _whole_year(seen: set[date]) -> int:
    years = {day.year for day in seen}
    if len(years) != 1:
        raise BadCalendar("檔案必須剛好是一個年度 / the file must hold exactly one year")
    year = years.pop()
    expected = (date(year + 1, 1, 1) - date(year, 1, 1)).days
    if len(seen) != expected:
        raise BadCalendar(
            f"{year} 年有 {len(seen)} 天，應為 {expected} 天 / {year} has {len(seen)} days"
        )
    return year
