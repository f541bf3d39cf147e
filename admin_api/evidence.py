"""Route: the evidence of a year or half a year for the yearly review (年度考核佐證)."""

from enum import StrEnum
from typing import Annotated

from fastapi import Path, Query, Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from admin_api import meeting, policy
from admin_api.access import AsOfficer, AtDoor, StaffDoor
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Verb
from admin_api.reporting.evidence import Evidence, SecondLooks
from admin_api.reports import TYPES
from admin_api.statuses import a_file
from complaints.clock.workdays import office_date
from complaints.measuring.periods import Period
from complaints.tables import Officer, Task
from complaints.tasks import TaskKind
from data.database import reading
from faq.keeping import figures as questions
from faq.keeping.tables import Entry

HALF_OR_YEAR = r"^20(1[7-9]|[2-9][0-9])(-H[12])?$"
MOST_LATE = 4_000  # late cases that are told


class Format(StrEnum):
    """What it is written as."""

    ODS = "ods"
    XLSX = "xlsx"


router = NarrowRouter(prefix="/api/v1/figures", tags=["figures"])
Long = Annotated[
    str,
    Path(
        pattern=HALF_OR_YEAR,
        examples=["2026", "2026-H2"],
        description="半年、年 / half a year, a year",
    ),
]


@router.get(
    "/{period}/evidence",
    response_class=Response,
    responses=a_file([TYPES[one] for one in Format]),
    summary="年度考核佐證 / The evidence of a year",
)
def read_evidence(
    period: Long,
    door: AtDoor,
    officer: AsOfficer,
    written: Annotated[Format, Query(alias="format")] = Format.ODS,
) -> Response:
    """Items, months, late cases with cause and measure, decisions, definitions; a sheet each."""
    return send(door, officer, Period.read(period), written)


def send(door: StaffDoor, officer: Officer, period: Period, written: Format) -> Response:
    """The spreadsheet of a period; raises FutureMonth or StillCounting."""
    policy.require(officer, Verb.READ_FIGURES)
    from admin_api.reporting import evidence, ods, xlsx  # the writers load slowly

    with reading(door.engine) as tx:
        made = evidence.book(_gathered(tx, door, period))
    content = ods.bind(made) if written is Format.ODS else xlsx.bind(made)
    name = f"civicline-{period.key}-evidence.{written}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=TYPES[written], headers=headers)


def _gathered(tx: Session, door: StaffDoor, period: Period) -> Evidence:
    words = door.shelf.current(tx).words
    asked = meeting.Asked(door.office_name, period, words, door.clock(), most_late=MOST_LATE)
    in_service = select(func.count()).select_from(Entry).where(Entry.retired.is_(False))
    return Evidence(
        meeting=meeting.gather(tx, asked),
        entries=tx.scalar(in_service) or 0,
        overdue=questions.overdue_for_review(tx, min(period.end, office_date(asked.now))),
        looks=_second_looks(tx, period),
    )


def _second_looks(tx: Session, period: Period) -> SecondLooks:
    """How many were asked for in the period, done by its end, and done within their days."""
    rows = select(Task.due_on, Task.done_at).where(
        Task.kind == TaskKind.SECOND_REVIEW,
        Task.made_at >= period.since(),
        Task.made_at < period.until(),
    )
    found = tx.execute(rows).all()
    done = [(due, office_date(at)) for due, at in found if at and at < period.until()]
    in_time = sum(day <= due for due, day in done)
    return SecondLooks(asked=len(found), done=len(done), in_time=in_time)
