"""The sheets of the report's spreadsheets, the same for ODS and XLSX."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from admin_api.reporting import contents
from admin_api.reporting.cells import Cell, Column, Row, Table, in_full, text
from admin_api.reporting.definitions import DEFINITIONS, OTHERS, QUESTIONS
from admin_api.reporting.naming import name_of
from admin_api.schemas.meetings import Meeting
from complaints.clock.workdays import TAIPEI

ABOUT = "說明"
NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
LONGEST_NAME = 31  # characters, in XLSX
DEFINED_ELSEWHERE = "10-1"  # the definitions stand in the sheet 說明, in both languages


@dataclass(frozen=True)
class Sheet:
    """A sheet: its headings, its rows, and what is said under them.

    A row of a single cell under several headings is a heading itself.
    """

    name: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    below: tuple[Row, ...] = ()
    total: bool = False


@dataclass(frozen=True)
class Book:
    """A spreadsheet: its sheets, and what is written about it."""

    title: str
    office: str
    made_at: datetime
    sheets: Sequence[Sheet]


def of_meeting(meeting: Meeting) -> Book:
    """The report as a spreadsheet."""
    return Book(contents.title(meeting), meeting.office, meeting.made_at, sheets(meeting))


def sheets(meeting: Meeting) -> list[Sheet]:
    """The sheet 說明, and one for each table of the report."""
    tables = (table for part in contents.parts(meeting) for table in part.tables)
    of_tables = [of_table(table) for table in tables if table.number != DEFINED_ELSEWHERE]
    return [_about(meeting), *of_tables]


def of_table(table: Table) -> Sheet:
    """A table with what is said under it."""
    told = [table.note] if table.note else []
    told += [f"{name}：{meaning}" for name, meaning in table.defined]
    if not table.rows:
        told.insert(0, table.empty)
    name = NOT_IN_NAMES.sub("", table.sheet)[:LONGEST_NAME]
    below = tuple((text(one),) for one in told)
    return Sheet(name, table.columns, table.rows, below, table.total)


def _about(meeting: Meeting) -> Sheet:
    """What this is, what to heed, what was corrected, and what everything means."""
    rows: list[Row] = list(heeded(meeting))
    if table := contents.corrected(meeting):
        rows += _correction(table)
    columns = (
        Column(contents.title(meeting), 20, numeric=False),
        *(Column(name, 40, numeric=False) for name in ("說明", "English", "")),
    )
    return Sheet(ABOUT, columns, (*rows, *definitions()))


def heeded(meeting: Meeting) -> list[Row]:
    """Of which days it tells, when it was made, and what is to be heeded."""
    made = meeting.made_at.astimezone(TAIPEI)
    rows: list[Row] = [
        _said("統計期間", f"{in_full(meeting.start)}至{in_full(meeting.end)}"),
        _said("統計至", in_full(meeting.until)),
        _said("製表時間", f"{in_full(made.date())} {made:%H:%M}"),
    ]
    return rows + [_said("請注意", one) for one in contents.notices(meeting)]


def _correction(table: Table) -> list[Row]:
    heads = tuple(text(one.title) for one in table.columns)
    return [_said(table.name, table.note), heads, *table.rows]


def definitions() -> list[Row]:
    """Everything that is counted, with what it means: a heading, then a row each."""
    rows: list[Row] = [(text("定義"),)]
    rows += [
        (*_said(name_of(column), told), text(english))
        for column, (told, english) in DEFINITIONS.items()
    ]
    rows += [_said(name, told) for name, told in QUESTIONS.values()]
    return rows + [_said(name, told) for name, told in OTHERS.items()]


def _said(name: str, told: str) -> tuple[Cell, ...]:
    return (text(name), text(told))
