"""Routes: the figures of a month, as JSON and as CSV."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from admin_api import monthly, policy
from admin_api.access import AsOfficer, AtDoor, StaffDoor
from admin_api.policy import Verb
from admin_api.schemas import figures as schemas
from admin_api.statuses import a_file
from complaints.clock.workdays import office_date
from complaints.tables import Officer
from data.database import reading

router = APIRouter(prefix="/api/v1/figures", tags=["figures"])
MONTH = r"^20(1[7-9]|[2-9][0-9])-(0[1-9]|1[0-2])$"  # from the first shipped calendar on
CSV = "text/csv; charset=utf-8"
Month = Annotated[str, Path(pattern=MONTH, examples=["2026-11"], description="年-月")]


@router.get("/{month}", summary="一個月的統計 / The figures of a month")
def read_month(month: Month, door: AtDoor, officer: AsOfficer) -> schemas.MonthOut:
    """Every figure worked out from the record; definitions in docs/figures.md."""
    return _month(month, door, officer)


@router.get(
    "/{month}/csv",
    response_class=Response,
    responses=a_file([CSV]),
    summary="一個月的統計，CSV / The same as CSV",
)
def read_month_csv(month: Month, door: AtDoor, officer: AsOfficer) -> Response:
    """One row a section and one for all."""
    text = monthly.as_csv(_month(month, door, officer))
    headers = {"Content-Disposition": f'attachment; filename="civicline-{month}.csv"'}
    return Response(text, media_type=CSV, headers=headers)


def _month(month: str, door: StaffDoor, officer: Officer) -> schemas.MonthOut:
    policy.require(officer, Verb.READ_FIGURES)
    year, number = (int(part) for part in month.split("-"))
    with reading(door.engine) as tx:
        return monthly.month(tx, year, number, today=office_date(door.clock()))
