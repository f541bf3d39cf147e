"""The government's CSV of a year, good and bad; the good ones are built from published tables."""

import codecs
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from complaints.clock import calendars
from complaints.clock.official import LARGEST, read_official, read_year
from complaints.errors import BadCalendar

PUBLISHED: dict[int, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "published.yaml").read_text(encoding="utf-8")
)
SHIPPED = {table.year: table for table in calendars.shipped()}
HEADER = "西元日期,星期,是否放假,備註"
SOURCE = "人事總處公告"
ENCODERS: dict[str, Callable[[str], bytes]] = {
    "big5": lambda text: text.encode("big5"),
    "cp950": lambda text: text.encode("cp950"),
    "utf-8": lambda text: text.encode("utf-8"),
    "utf-8 with BOM": lambda text: codecs.BOM_UTF8 + text.encode("utf-8"),
    "CRLF": lambda text: text.replace("\n", "\r\n").encode("big5"),
}


def rows_of(year: int) -> list[str]:
    """The lines of a year's file without the header, as the government writes them."""
    about = PUBLISHED[year]
    first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
    rows = []
    for day in map(date.fromordinal, range(first, last + 1)):
        weekend, made_up = day.isoweekday() > 5, day in about["make_up"]
        off = day in about["weekdays_off"] or (weekend and not made_up)
        note = "補行上班" if made_up else about["weekdays_off"].get(day, "")
        weekday = "一二三四五六日"[day.isoweekday() - 1]
        rows.append(f"{day:%Y%m%d},{weekday},{2 if off else 0},{note}")
    return rows


def content(rows: list[str], header: str = HEADER) -> str:
    return "\n".join([header, *rows]) + "\n"


def test_the_government_has_the_years_we_ship() -> None:
    assert set(SHIPPED) == set(PUBLISHED)


@pytest.mark.parametrize("year", PUBLISHED)
@pytest.mark.parametrize("encoded", ENCODERS)
def test_the_governments_file_is_the_year_we_ship(year: int, encoded: str) -> None:
    table = read_official(ENCODERS[encoded](content(rows_of(year))), source=SOURCE)
    ours = SHIPPED[year]
    assert (table.year, table.closed, table.makeup) == (year, ours.closed, ours.makeup)
    assert (table.source, table.provisional) == (SOURCE, False)


def test_columns_may_stand_in_any_order_with_others_and_spaces() -> None:
    rows = [",".join(["x", *reversed(row.split(","))]) for row in rows_of(2026)]
    text = content(rows, "編號, 備註 ,是否放假,星期,西元日期 ")
    assert read_official(text.encode("big5"), source=SOURCE).closed == SHIPPED[2026].closed


def test_a_day_off_without_a_note_still_has_a_reason() -> None:
    rows = [row.replace("開國紀念日", "") for row in rows_of(2026)]
    table = read_official(content(rows).encode(), source=SOURCE)
    assert table.closed[date(2026, 1, 1)] == "放假"
    rows = [row.replace("補行上班", "") for row in rows_of(2025)]
    table = read_official(content(rows).encode(), source=SOURCE)
    assert table.makeup == {date(2025, 2, 8): "補行上班"}


def test_a_holiday_on_a_weekend_is_no_closed_weekday() -> None:
    rows = [row + "和平紀念日" if row.startswith("20260228") else row for row in rows_of(2026)]
    table = read_official(content(rows).encode(), source=SOURCE)
    assert table.closed == SHIPPED[2026].closed


def changed(number: int, to: str, year: int = 2026) -> list[str]:
    """The rows of a year with the row of one line of the file (the header is line 1) changed."""
    rows = rows_of(year)
    rows[number - 2] = to
    return rows


ROWS = rows_of(2026)
BAD_ROWS = {
    "neither 0 nor 2": (changed(2, "20260101,四,1,開國紀念日"), "第 2 行是否放假須為 0 或 2"),
    "no mark": (changed(33, "20260201,日,,"), "第 33 行是否放假"),
    "a mark in words": (changed(3, "20260102,五,是,"), "line 3: not 0 or 2"),
    "no such date": (changed(61, "20260230,日,2,"), "第 61 行日期不對"),
    "a date in words": (changed(4, "一月三日,六,2,"), "line 4: not a date"),
    "a year of the republic": (changed(4, "1150103,六,2,"), "line 4: not a date"),
    "no date": (changed(5, ",日,2,"), "第 5 行日期不對"),
    "a cut row": (changed(366, "20261231"), "第 366 行是否放假"),
    "a missing day": (ROWS[:100] + ROWS[101:], "2026 年有 364 天，應為 365 天"),
    "the end is missing": (ROWS[:-31], "2026 has 334 days"),
    "a day twice": ([*ROWS, ROWS[58]], "2026-02-28"),
    "a day twice, one missing": (changed(61, ROWS[58]), "2026-02-28"),
    "two years": ([*ROWS, "20270101,五,2,開國紀念日"], "剛好是一個年度"),
    "two whole years": (ROWS + rows_of(2027), "exactly one year"),
    "no rows": ([], "exactly one year"),
}


@pytest.mark.parametrize("case", BAD_ROWS)
@pytest.mark.parametrize("encoding", ["utf-8", "big5"])
def test_a_bad_row_is_named(case: str, encoding: str) -> None:
    rows, said = BAD_ROWS[case]
    with pytest.raises(BadCalendar) as caught:
        read_official(content(rows).encode(encoding), source=SOURCE)
    assert said in str(caught.value)


# What is wrong with the whole is found only at its end, and still has a place in the file.
PLACES = {
    "a day twice": ([*ROWS, ROWS[58]], "367"),
    "a missing day": (ROWS[:100] + ROWS[101:], "2026-04-11"),
    "two years": ([*ROWS, "20270101,五,2,開國紀念日"], "367"),
}


@pytest.mark.parametrize("case", PLACES)
def test_a_fault_of_the_whole_is_named_by_its_line_or_day(case: str) -> None:
    rows, place = PLACES[case]
    with pytest.raises(BadCalendar, match=rf"\b{place}\b"):
        read_official(content(rows).encode(), source=SOURCE)


GOOD = content(ROWS)
NO_COLUMNS = "欄位不足 / columns missing: 西元日期, 是否放假, 備註"
BAD_FILES = {
    "empty": (b"", NO_COLUMNS),
    "only a BOM": (codecs.BOM_UTF8, NO_COLUMNS),
    "not a CSV": ("這是一封信，\n不是表格。".encode(), NO_COLUMNS),
    "a web page": (b"<!DOCTYPE html>\r\n<html><body>404</body></html>\r\n", NO_COLUMNS),
    "no header": (content(ROWS[1:], ROWS[0]).encode(), NO_COLUMNS),
    "wrong columns": (GOOD.replace("是否放假", "放假嗎").encode(), "columns missing: 是否放假"),
    "semicolons": (GOOD.replace(",", ";").encode(), NO_COLUMNS),
    "our own columns": (b"date,weekday,off,note\n2026-01-01,x,2,\n", NO_COLUMNS),
    "2 MB": (b"x" * 2_000_000, "2000000 bytes"),
    "one byte too large": (b"x" * (LARGEST + 1), "1000001 bytes"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "不是 UTF-8 也不是 Big5"),
    "a workbook": (b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00", NO_COLUMNS),
    "nothing but zeros": (b"\0" * 5_000, NO_COLUMNS),
    "UTF-16": (GOOD.encode("utf-16"), "neither UTF-8 nor Big5"),
    "UTF-16 without BOM": (GOOD.encode("utf-16-le"), "neither UTF-8 nor Big5"),
    "a broken character": (GOOD.encode("big5") + b"20261231,\xff\xff,2,", "neither UTF-8 nor Big5"),
    "a letter from another machine": ("這是一封信\r不是表格\r".encode(), ""),
    "one endless line": (b"x" * 500_000, ""),
    "an endless field": (f"{HEADER}\n20260101,四,2,{'x' * 200_000}\n".encode(), ""),
    "the last year there is": (content(["99991231,五,2,"]).encode(), ""),
    "the first year there is": (
        content(["00010101,一,2,"]).encode(),
        "line 2: not a year of an office",
    ),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_is_refused_with_what_is_wrong(case: str) -> None:
    """Every file somebody may choose by mistake ends in BadCalendar, and in nothing else."""
    given, said = BAD_FILES[case]
    with pytest.raises(BadCalendar) as caught:
        read_official(given, source=SOURCE)
    assert said in str(caught.value)


def test_our_own_files_name_the_line_too() -> None:
    with pytest.raises(BadCalendar, match="line 3: not 0 or 2"):
        read_year(
            "date,weekday,off,note\n2026-01-01,四,2,\n2026-01-02,五,1,\n",
            source=SOURCE,
            provisional=False,
        )
