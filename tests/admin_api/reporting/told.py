"""What the spreadsheets must hold, taken from the Meeting by a way of its own."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from admin_api.reporting.naming import name_of
from admin_api.schemas.meetings import Grades, Meeting
from complaints.measuring.facts import CLOSED_CIRCLE

Value = str | int | float | date | None
Grid = list[list[Value]]


class Told(NamedTuple):
    """A value at a row and a column of a sheet."""

    sheet: str
    row: str
    column: str
    value: Value


FLOW = ("carried_over", "received", "reopened", "split", "closed", "merged", "open_end")
PACE = ("closed_on_time", "closed_late", "on_time_rate", "mean_days", "p90_days", "open_overdue")
AFTER = ("extensions", "handed_back", "repeats", "promises_kept", "improvement_rate")


def every_value(meeting: Meeting) -> Iterator[Told]:
    """What stands where, of every part of the report."""
    yield from _of_totals(meeting)
    yield from _of_lines(meeting)
    yield from _of_months(meeting)
    yield from _of_late(meeting)
    yield from _of_questions(meeting)
    yield from _of_opinions(meeting)
    for item in meeting.items:
        yield Told("8-1", item.text, "期限", item.due_on)
        yield Told("8-1", item.text, "完成日", item.ended_on)
        yield Told("8-1", item.text, "逾期天數", item.days_late)
    if meeting.exam:
        yield Told("9-1", "系統答案", "抽出", meeting.exam.questions.papers)
        yield Told("9-1", "書面答復", "良好率", meeting.exam.replies.good)


def _of_totals(meeting: Meeting) -> Iterator[Told]:
    every = meeting.totals
    periods = (
        (every.title, "本期", every.now),
        (every.previous_title, "上期", every.previous),
        (every.year_before_title, "去年同期", every.year_before),
    )
    for title, name, figures in periods:
        for column, value in figures.items():
            heading = f"{name}\n{title.removeprefix('民國')}"
            yield Told("1-2", name_of(column), heading, value)


def _of_lines(meeting: Meeting) -> Iterator[Told]:
    sheets = (
        ("2-1", meeting.sections, FLOW),
        ("2-2", meeting.sections, PACE),
        ("5-1", meeting.sections, AFTER),
        ("3-1", meeting.kinds, ("received", "closed", "on_time_rate", "open_end")),
        ("3-2", meeting.topics, ("received", "closed_late")),
        ("3-3", meeting.villages, ("received", "open_overdue")),
        ("3-4", meeting.channels, ("received", "closed_on_time")),
    )
    for sheet, lines, columns in sheets:
        for line in lines:
            name = "密件" if line.code == CLOSED_CIRCLE else line.name or "（不詳）"
            for column in columns:
                yield Told(sheet, name, name_of(column), line.figures[column])
        for column in columns if lines else ():
            yield Told(sheet, "合計", name_of(column), meeting.totals.now[column])


def _of_months(meeting: Meeting) -> Iterator[Told]:
    for one in meeting.months:
        yield Told("1-1", one.title, name_of("received"), one.received)
        yield Told("1-1", one.title, name_of("closed"), one.closed)
        yield Told("1-1", one.title, name_of("open_end"), one.open_end)
        yield Told("1-1", one.title, name_of("on_time_rate"), one.on_time_rate)
        yield Told("1-1", one.title, name_of("mean_days"), one.mean_days)


def _of_late(meeting: Meeting) -> Iterator[Told]:
    for one in meeting.late:
        yield Told("4-1", one.case_no, "課室", one.section)
        yield Told("4-1", one.case_no, "受理日", one.received_on)
        yield Told("4-1", one.case_no, "期限", one.due_on)
        yield Told("4-1", one.case_no, "答復日", one.done_on)
        yield Told("4-1", one.case_no, "逾期天數", one.days_late)
        yield Told("4-1", one.case_no, "逾期原因", one.cause)
        yield Told("4-1", one.case_no, "改善對策", one.measure)
    for chain in meeting.chains:
        yield Told("5-2", chain.case_no, "退回次數", chain.times)


def _of_questions(meeting: Meeting) -> Iterator[Told]:
    asked = meeting.questions
    names = {
        "asked": "提問數",
        "unknown": "答不出",
        "settled": "答得出",
        "honest_rate": "答得出率",
    }
    for column, name in names.items():
        yield Told("7-1", name, "本期", asked.now[column])
        yield Told("7-1", name, "去年同期", asked.year_before[column])
    for one in asked.channels:
        yield Told("7-2", one.name, "提問數", one.questions)
        yield Told("7-2", one.name, "上期成案數", one.cases_before)
    for sheet, found in (("7-3", asked.top), ("7-4", asked.unanswered)):
        for place, topped in enumerate(found, 1):
            yield Told(sheet, str(place), "題目", topped.text)
            yield Told(sheet, str(place), "次數", topped.times)


def _of_opinions(meeting: Meeting) -> Iterator[Told]:
    graded: list[tuple[str, str, Grades]] = [
        ("6-1", "辦理過程", meeting.satisfaction.process),
        ("6-1", "處理結果", meeting.satisfaction.result),
    ]
    if meeting.survey:
        graded += [("9-3", one.text, one.grades) for one in meeting.survey.questions]
    for sheet, name, one in graded:
        yield Told(sheet, name, "填答", one.answers)
        yield Told(sheet, name, "填答率", one.response_rate)
        yield Told(sheet, name, "5 分", one.distribution[5] if one.distribution else None)
        yield Told(sheet, name, "平均", one.mean)
        yield Told(sheet, name, "信賴區間下限", one.low)
    for who in meeting.satisfaction.who:
        name = "密件" if who.code == CLOSED_CIRCLE else who.name
        yield Told("6-3", name, "詢問", who.asked)
        yield Told("6-3", name, "填答", who.answered)
        yield Told("6-3", name, "填答率", "不列" if 0 < who.asked < 10 else who.rate)


def looked_up(book: dict[str, Grid], told: Told) -> Value:
    """The value that stands there in a book read back; a dash is None."""
    grid = next(rows for name, rows in book.items() if name.startswith(f"{told.sheet} "))
    place = grid[0].index(told.column)
    row = next(one for one in grid[1:] if one and _named(one[0]) == told.row)
    return None if row[place] == "–" else row[place]


def _named(value: Value) -> str:
    """The first cell of a row; a place in a list is a number."""
    return f"{value:.0f}" if isinstance(value, float) else str(value)
