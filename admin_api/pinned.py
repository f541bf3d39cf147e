"""Routes: pinned notices (置頂公告), which every citizen who writes hears while they stand."""

from datetime import datetime
from typing import Annotated

from fastapi import Path, Response
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session

from admin_api import policy
from admin_api.access import AsOfficer, AtDoor, Carried, IdempotencyKey, StaffDoor, perform
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Verb
from admin_api.schemas import pinned as schemas
from complaints.tables import Officer
from data.database import reading
from faq.keeping import pinning
from faq.keeping.tables import Pinned

router = NarrowRouter(prefix="/api/v1/faq/pinned", tags=["faq"])
Number = Annotated[int, Path(ge=1, lt=2**31)]
COLUMNS = ("id", "text", "english", "words", "since", "until", "surge", "by", "at")
ENDS = ("ended_by", "ended_at")


@router.get("", summary="置頂公告 / Pinned notices")
def read_notices(door: AtDoor, officer: AsOfficer) -> list[schemas.NoticeOut]:
    """Those that stand or are to begin, the newest first, and then the last fifty that are over."""
    policy.require(officer, Verb.READ_FAQ)
    return listed(door)


@router.post(
    "",
    response_model=schemas.NoticeOut,
    status_code=201,
    summary="置頂一則公告 / Pin a notice",
)
def pin_notice(
    body: schemas.NewNotice, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """It is told from the next message on, without another's approval: such a day cannot wait."""
    return _done(pin(door, officer, key, body))


@router.post(
    "/{number}/end", response_model=schemas.NoticeOut, summary="結束公告 / Take a notice down"
)
def end_notice(
    number: Number, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """At once; what it said stays in the list."""
    return _done(end(door, officer, key, number))


# --- what the console does, too -------------------------------------------------------------
def listed(door: StaffDoor) -> list[schemas.NoticeOut]:
    """What the page and the route show."""
    now = door.clock()
    with reading(door.engine) as tx:
        return [_notice_out(row, now) for row in pinning.listed(tx, now)]


def standing(door: StaffDoor) -> list[schemas.NoticeOut]:
    """What every citizen is told now, for whoever speaks to them."""
    now = door.clock()
    return [one for one in listed(door) if not one.over and one.since <= now]


def pin(door: StaffDoor, officer: Officer, key: str | None, body: schemas.NewNotice) -> Carried:
    """Pin a notice, once for a request key."""

    def act(tx: Session, now: datetime) -> Carried:
        row = pinning.pin(tx, **body.model_dump(), by=officer.username, now=now)
        return Carried(201, _notice_out(row, now).model_dump(mode="json"))

    request = ["pin", body.model_dump(mode="json")]
    return perform(door, officer, Verb.APPROVE_FAQ, key, request, act)


def end(door: StaffDoor, officer: Officer, key: str | None, number: int) -> Carried:
    """Take a notice down, once for a request key."""

    def act(tx: Session, now: datetime) -> Carried:
        row = pinning.end(tx, number, by=officer.username, now=now)
        return Carried(200, _notice_out(row, now).model_dump(mode="json"))

    return perform(door, officer, Verb.APPROVE_FAQ, key, ["end-notice", number], act)


def _notice_out(row: Pinned, now: datetime) -> schemas.NoticeOut:
    told = {name: getattr(row, name) for name in (*COLUMNS, *ENDS)}
    return schemas.NoticeOut(**told, over=pinning.is_over(row, now))


def _done(carried: Carried) -> JSONResponse:
    return JSONResponse(carried.body, carried.status)
