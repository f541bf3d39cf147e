"""Open data: the cases of a month, one row each, and counts of a period; each file made once.

What is hidden in them, and what that promises, is in docs/open-data.md. A file that is out is
never made again, and no two files of a name are of days in common, so that nobody can compare
two versions, or take eleven months from a year.
"""

import csv
import json
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from io import StringIO
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from complaints.clock.workdays import office_date
from complaints.errors import AlreadySet, ComplaintError, NothingToDecide
from complaints.measuring import facts, figures
from complaints.measuring.columns import (
    BREAKDOWNS,
    COLUMNS,
    KNOWN_KINDS,
    KNOWN_OUTCOMES,
    KNOWN_TOPICS,
    Column,
    File,
    Pair,
)
from complaints.measuring.facts import ALL, CHANNEL, KIND, OUTCOME, SECTION, TOPIC, VILLAGE
from complaints.measuring.figures import Counted, Figures
from complaints.measuring.periods import YEAR, Period
from complaints.measuring.suppressing import (
    OPEN,
    Count,
    Counts,
    OpenRow,
    Suppressed,
    TableRow,
    anonymise,
    blurred,
    tabulate,
)
from complaints.measuring.tables import Opened, Report
from complaints.states import OPEN as OPEN_STATUSES
from complaints.states import EventKind, Kind, Outcome, Status
from complaints.tables import Case, Event, Section, Village
from complaints.wording.terms import CHANNELS
from data.database import hold, insert_if_absent

LOCK = 0x0DEDA7A  # of the one who makes a file
WHOLE_MONTH = 2  # months back, the newest that is over by a whole month


class Why(StrEnum):
    """Why a file cannot be made."""

    NOT_A_MONTH = "not_a_month"
    TOO_EARLY = "too_early"
    NO_REPORT = "no_report"
    OVERLAPS = "overlaps"


class NotYet(ComplaintError):
    """The file cannot be made, or not yet; `why` says what stands in its way."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Content:
    """What a file holds: rows of the columns' cells in their order, None where nothing is told.

    `total` is how many cases were received in the month, confidential ones included.
    """

    rows: tuple[tuple[Any, ...], ...]
    total: Count | None = None


def make(tx: Session, period: Period, file: File, *, reported: bool, now: datetime) -> Opened:
    """Make a file of a period, once and for good.

    `reported` is whether the period's report is published. Raises NotYet, AlreadySet, or
    StillCounting.
    """
    hold(tx, LOCK, alone=True)
    if find(tx, period.key, file) is not None:
        raise AlreadySet(f"{period.key} {file}")
    if why := obstacle(tx, period, file, reported=reported, today=office_date(now)):
        raise NotYet(why)
    content, withheld = _made(tx, period, file, office_date(now))
    kept = {"content": _written(content), "rows": len(content.rows), "withheld": withheld}
    if not insert_if_absent(tx, Opened, period=period.key, name=file.value, **kept, at=now):
        raise AlreadySet(f"{period.key} {file}")
    return of(tx, period.key, file)


def obstacle(tx: Session, period: Period, file: File, *, reported: bool, today: date) -> Why | None:
    """What stands in the way of making a file today; None when nothing does.

    A period must be over by a whole month, and its report published. Cases come by the month.
    """
    if file is File.CASES and period.months != 1:
        return Why.NOT_A_MONTH
    if today <= _month_after(period).end:
        return Why.TOO_EARLY
    if not reported:
        return Why.NO_REPORT
    others = tx.scalars(select(Opened.period).where(Opened.name == file.value))
    meets = any(_meet(Period.read(one), period) for one in others if one != period.key)
    return Why.OVERLAPS if meets else None


def unmade(tx: Session, day: int, today: date) -> list[tuple[Period, File]]:
    """The files that by this day should have been made on a day (1 to 28) of each month.

    On that day it is the turn of the newest month that is over by a whole one. What was missed
    comes first: of the twelve months up to it, each after one that is out. A month whose report is
    not published waits for it.
    """
    months = _turns(day, today)
    out = {(row.period, row.name) for row in listed(tx)}
    rows = select(Report.period).where(Report.published_at.is_not(None))
    reported = set(tx.scalars(rows))
    missing = ((one, file) for one in months for file in File if (one.key, file) not in out)
    return [
        (one, file)
        for one, file in missing
        if one.key in reported
        and (one == months[-1] or _began(months, out, file) < one.start)
        and not obstacle(tx, one, file, reported=True, today=today)
    ]


def is_reported(tx: Session, period: Period) -> bool:
    """Whether a report of exactly this period was published."""
    out = select(Report.id).where(Report.period == period.key, Report.published_at.is_not(None))
    return tx.scalar(out.limit(1)) is not None


def preview(tx: Session, period: Period) -> Suppressed:
    """What the cases of a month would become, if the file were made now; nothing is kept."""
    return anonymise(list(_rows(tx, period)))


def listed(tx: Session) -> Sequence[Opened]:
    """The files that are out, without their content, the newest period first."""
    return tx.scalars(select(Opened).order_by(Opened.period.desc(), Opened.name)).all()


def find(tx: Session, period_key: str, file: str) -> Opened | None:
    """A file that is out, without its content."""
    return tx.scalar(select(Opened).filter_by(period=period_key, name=file))


def of(tx: Session, period_key: str, file: str) -> Opened:
    """A file that is out, with its content; raises NothingToDecide."""
    wanted = select(Opened).filter_by(period=period_key, name=file)
    row = tx.scalar(wanted.options(undefer(Opened.content)))
    if row is None:
        raise NothingToDecide(f"{period_key} {file}")
    return row


def content_of(row: Opened) -> Content:
    """What a file holds."""
    kept = json.loads(row.content)
    return Content(tuple(map(tuple, kept["rows"])), kept["total"])


def as_csv(columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> str:
    """A row of names and the rows, with a BOM so that a spreadsheet reads the Chinese."""
    out = StringIO(newline="")
    table = csv.writer(out)
    table.writerow([column.name for column in columns])
    table.writerows([_cell(value) for value in row] for row in rows)
    return "\ufeff" + out.getvalue()


# --- inside ---------------------------------------------------------------------------------
def _made(tx: Session, period: Period, file: File, today: date) -> tuple[Content, int]:
    """What a file is to hold, and how many rows are withheld from it."""
    if file is File.CASES:
        found = preview(tx, period)
        rows = tuple(_told(row) for row in found.rows)
        return Content(rows, blurred(_received(tx, period))), found.withheld
    counted = figures.of_period(tx, period, today=today)
    return Content(tuple(_table(tx, period, counted))), 0


def _written(content: Content) -> str:
    return json.dumps({"rows": content.rows, "total": content.total}, ensure_ascii=False)


def _told(row: OpenRow) -> tuple[Any, ...]:
    cells: list[Any] = [*astuple(row)]
    place = [column.name for column in COLUMNS[File.CASES]].index("days_used")
    cells[place] = int(row.days_used) if row.days_used else None
    return tuple(cells)


def _received(tx: Session, period: Period) -> int:
    within = Case.received_on.between(period.start, period.end)
    return tx.scalar(select(func.count()).select_from(Case).where(within)) or 0


def _rows(tx: Session, period: Period) -> Iterator[OpenRow]:
    """The cases received in the period as they stand, but for the closed circle's."""
    columns = (Case.id, Case.kind, Case.topic, Case.channel, Case.status, Case.outcome)
    wanted = (
        select(*columns, Section.name.label("section"), Village.name.label("village"))
        .join(Case.section)
        .outerjoin(Case.village)
        .where(*_of_the_open(period))
    )
    closings = _closings(tx, period)
    for row in tx.execute(wanted):
        days_used, on_time = _answered(row.status, closings.get(row.id))
        yield OpenRow(
            received_month=period.key,
            kind=row.kind,
            topic=row.topic or "",
            village=row.village or "",
            channel=row.channel if row.channel in CHANNELS else "",
            section=row.section,
            outcome=OPEN if row.status in OPEN_STATUSES else row.outcome or Outcome.OTHER,
            days_used=days_used,
            on_time=on_time,
        )


def _of_the_open(period: Period) -> tuple[Any, ...]:
    """Confidential cases and reports of misconduct are in the total alone."""
    within = Case.received_on.between(period.start, period.end)
    return within, Case.confidential.is_(False), Case.kind != Kind.MISCONDUCT_REPORT.value


def _closings(tx: Session, period: Period) -> dict[int, Mapping[str, Any]]:
    """What the last closing of each case recorded."""
    closed = select(Event.case_id, Event.data).join(Event.case).where(*_of_the_open(period))
    closed = closed.where(Event.kind == EventKind.CLOSED.value).order_by(Event.id)
    return {row.case_id: row.data for row in tx.execute(closed)}


def _answered(status: str, closing: Mapping[str, Any] | None) -> tuple[str, str]:
    """Whole working days and punctuality of a case as it stands."""
    if status in OPEN_STATUSES:
        return "", OPEN
    if status != Status.CLOSED or closing is None:
        return "", "none"
    days = str(math.ceil(closing["days_used"])) if "days_used" in closing else ""
    return days, "yes" if closing["done_on"] <= closing["due_on"] else "no"


def _table(tx: Session, period: Period, counted: Counted) -> Iterator[tuple[Any, ...]]:
    names = _names(tx)
    found = {
        breakdown: {code: _counts(one) for code, one in counted.under(breakdown).items()}
        for breakdown in (ALL, *names)
    }
    for row in tabulate(found, names):
        yield _named(period, row, names.get(row.breakdown, {}))


def _named(period: Period, row: TableRow, names: Mapping[str, Pair]) -> tuple[Any, ...]:
    zh, en = names.get(row.code, BREAKDOWNS[row.breakdown])
    told = (row.received, row.ended, row.on_time_rate)
    return (period.key, row.breakdown, row.code, zh, en, *told)


def _names(tx: Session) -> dict[str, dict[str, Pair]]:
    """Every heading there could be, used or not: which are shown must tell nothing."""
    sections = tx.execute(select(Section.code, Section.name).order_by(Section.code))
    villages = tx.execute(select(Village.code, Village.name).order_by(Village.code))
    return {
        SECTION: {code: (name, "") for code, name in sections},
        KIND: dict(KNOWN_KINDS),
        TOPIC: dict(KNOWN_TOPICS),
        VILLAGE: {code: (name, "") for code, name in villages},
        CHANNEL: dict(CHANNELS),
        OUTCOME: {one: pair for one, pair in KNOWN_OUTCOMES.items() if one != Outcome.OTHER},
    }


def _counts(one: Figures) -> Counts:
    ended = sum(getattr(one, column) for column in facts.ENDS.values())
    return Counts(one.received, ended, one.closed, one.closed_on_time)


def _cell(value: object) -> object:
    """A cell no spreadsheet takes for a formula; a list is one item to a line."""
    if isinstance(value, list | tuple):
        value = "\n".join(map(str, value))
    dangerous = ("=", "+", "-", "@", "\t", "\r")
    return f"'{value}" if isinstance(value, str) and value.startswith(dangerous) else value


def _turns(day: int, today: date) -> list[Period]:
    """A year of months, up to the one whose turn was last."""
    one = Period.month(today.year, today.month)
    for _ in range(WHOLE_MONTH + (today.day < day)):
        one = one.previous()
    months = [one]
    while len(months) < YEAR:
        months.insert(0, months[0].previous())
    return months


def _began(months: Sequence[Period], out: Collection[tuple[str, str]], file: File) -> date:
    """Since when a file is made month by month; never, where none of these months is out."""
    return next((one.start for one in months if (one.key, file) in out), date.max)


def _month_after(period: Period) -> Period:
    following = period.end + timedelta(days=1)
    return Period.month(following.year, following.month)


def _meet(one: Period, other: Period) -> bool:
    return one.start <= other.end and other.start <= one.end
