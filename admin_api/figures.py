"""Routes: the figures of a period, as JSON and as CSV, and the cases behind each figure."""

from typing import Annotated

from fastapi import Path, Query, Response

from admin_api import monthly, policy
from admin_api.access import AsOfficer, AtDoor, StaffDoor
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Verb
from admin_api.schemas import figures as schemas
from admin_api.statuses import a_file
from complaints.clock.workdays import office_date
from complaints.measuring import listing
from complaints.measuring.facts import ALL
from complaints.measuring.periods import WRITTEN, Period
from complaints.tables import Officer
from data.database import reading

router = NarrowRouter(prefix="/api/v1/figures", tags=["figures"])
MONTH = r"^20(1[7-9]|[2-9][0-9])-(0[1-9]|1[0-2])$"  # from the first shipped calendar on
CSV = "text/csv; charset=utf-8"
PERIODS = ["2026-11", "2026-B5", "2026-H2", "2026"]
Month = Annotated[str, Path(pattern=MONTH, examples=["2026-11"], description="年-月")]
Written = Annotated[
    str,
    Path(pattern=WRITTEN, examples=PERIODS, description="月、雙月、半年、年 / a period"),
]


@router.get("/{period}", summary="一期的統計 / The figures of a period")
def read_figures(period: Written, door: AtDoor, officer: AsOfficer) -> schemas.FiguresOut:
    """Every figure worked out from the record; definitions in docs/figures.md."""
    return _figures(period, door, officer)


@router.get(
    "/{period}/csv",
    response_class=Response,
    responses=a_file([CSV]),
    summary="一期的統計，CSV / The same as CSV",
)
def read_figures_csv(period: Written, door: AtDoor, officer: AsOfficer) -> Response:
    """One row a section and one for all."""
    text = monthly.as_csv(_figures(period, door, officer))
    headers = {"Content-Disposition": f'attachment; filename="civicline-{period}.csv"'}
    return Response(text, media_type=CSV, headers=headers)


@router.get("/{period}/cases", summary="一個數字裡的案件 / The cases behind a figure")
def read_cases(
    period: Written,
    door: AtDoor,
    officer: AsOfficer,
    column: Annotated[str, Query(max_length=30, examples=["closed_late"])] = "received",
    breakdown: Annotated[str, Query(max_length=10, examples=["section"])] = ALL,
    heading: Annotated[str, Query(max_length=60, examples=["civil"])] = "",
    after: Annotated[int, Query(ge=0, le=2**31 - 1, description="上一頁的 next")] = 0,
) -> schemas.CasesOfFigure:
    """The cases of a figure that the officer may see, in the order they were filed."""
    policy.require(officer, Verb.READ_CASES)
    with reading(door.engine) as tx:
        wanted = listing.Wanted(Period.read(period), column, breakdown, heading)
        found = listing.cases_of(tx, wanted, today=office_date(door.clock()), after=after)
        return monthly.listed(tx, found, officer, now=door.clock())


def _figures(period: str, door: StaffDoor, officer: Officer) -> schemas.FiguresOut:
    policy.require(officer, Verb.READ_FIGURES)
    with reading(door.engine) as tx:
        return monthly.figures(tx, Period.read(period), today=office_date(door.clock()))
