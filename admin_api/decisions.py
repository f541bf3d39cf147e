"""Routes: what a meeting decided should be done, followed until it is."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import Path, Query, Response
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session

from admin_api import policy
from admin_api.access import AsOfficer, AtDoor, Carried, IdempotencyKey, StaffDoor, perform
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Verb
from admin_api.schemas import decisions as schemas
from admin_api.schemas.base import Reason
from complaints.clock import calendars
from complaints.clock.workdays import office_date
from complaints.measuring import following
from complaints.measuring.following import Followed
from complaints.measuring.tables import Decision
from complaints.tables import Officer
from complaints.worklist import LARGEST_ID
from data.database import reading

router = NarrowRouter(prefix="/api/v1/decisions", tags=["decisions"])
Number = Annotated[int, Path(ge=1, lt=LARGEST_ID)]
Code = Annotated[str, Query(max_length=30, description="課室代碼 / code of a section")]
Ended = Annotated[bool, Query(description="看已結束的 / those that ended, instead")]


@router.get("", operation_id="read_decisions", summary="列管事項 / What meetings decided")
def read_decisions(
    door: AtDoor, officer: AsOfficer, section: Code = "", ended: Ended = False
) -> list[schemas.DecisionOut]:
    """What is open, late ones first; or the last hundred that ended."""
    policy.require(officer, Verb.READ_FIGURES)
    return [_out(one) for one in look(door, section, ended=ended)]


@router.post(
    "",
    response_model=schemas.DecisionOut,
    status_code=201,
    operation_id="add_decision",
    summary="新增列管事項 / Follow a decision",
)
def add_decision(
    body: schemas.NewDecision, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """For a section, until a day; on that day it becomes work for the section."""
    return _done(decide(door, officer, key, body))


@router.get("/{number}", operation_id="read_decision", summary="一項列管事項 / One decision")
def read_decision(number: Number, door: AtDoor, officer: AsOfficer) -> schemas.DecisionOut:
    """With everything its section told."""
    policy.require(officer, Verb.READ_FIGURES)
    return _out(look_at(door, number))


@router.post(
    "/{number}/news",
    response_model=schemas.DecisionOut,
    operation_id="tell_decision_news",
    summary="回報進度 / Tell how far it is",
)
def tell_news(
    number: Number,
    body: schemas.News,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """By an officer of its section, or above the sections."""
    return _done(tell(door, officer, key, number, body))


@router.post(
    "/{number}/finish",
    response_model=schemas.DecisionOut,
    operation_id="finish_decision",
    summary="完成 / It is done",
)
def finish_decision(
    number: Number,
    body: schemas.Result,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """With what came of it; by an officer of its section, or above the sections."""
    return _done(finish(door, officer, key, number, body))


@router.post(
    "/{number}/drop",
    response_model=schemas.DecisionOut,
    operation_id="drop_decision",
    summary="解除列管 / Follow it no longer",
)
def drop_decision(
    number: Number,
    body: Reason,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """Though it was not done, with the reason; by those who may decide."""
    return _done(drop(door, officer, key, number, body))


# --- what the console does, too -------------------------------------------------------------
def look(door: StaffDoor, section: str, *, ended: bool) -> list[Followed]:
    """The decisions as they stand today."""
    with reading(door.engine) as tx:
        today = office_date(door.clock())
        return following.listed(tx, today, section=section or None, ended=ended)


def look_at(door: StaffDoor, number: int) -> Followed:
    """One decision as it stands today; raises NothingToDecide."""
    with reading(door.engine) as tx:
        return _today(tx, following.decision_of(tx, number), door.clock())


def decide(
    door: StaffDoor, officer: Officer, key: str | None, body: schemas.NewDecision
) -> Carried:
    """Follow a decision from now on."""

    def act(tx: Session, now: datetime) -> Decision:
        return following.decide(tx, **body.model_dump(), by=officer, now=now)

    request = ["decide", body.model_dump(mode="json")]
    return _carry(door, officer, Verb.MEASURE, key, request, act, 201)


def tell(
    door: StaffDoor, officer: Officer, key: str | None, number: int, body: schemas.News
) -> Carried:
    """Note how far a decision has come."""

    def act(tx: Session, now: datetime) -> Decision:
        following.tell_news(tx, number, body.text, by=officer, now=now)
        return following.decision_of(tx, number)

    return _carry(door, officer, Verb.READ_FIGURES, key, ["news", number, body.text], act)


def finish(
    door: StaffDoor, officer: Officer, key: str | None, number: int, body: schemas.Result
) -> Carried:
    """Note that a decision was carried out."""

    def act(tx: Session, now: datetime) -> Decision:
        return following.finish(tx, number, result=body.result, by=officer, now=now)

    return _carry(door, officer, Verb.READ_FIGURES, key, ["finish", number, body.result], act)


def drop(door: StaffDoor, officer: Officer, key: str | None, number: int, body: Reason) -> Carried:
    """Follow a decision no longer."""

    def act(tx: Session, now: datetime) -> Decision:
        return following.drop(tx, number, reason=body.reason, by=officer, now=now)

    return _carry(door, officer, Verb.MEASURE, key, ["drop", number, body.reason], act)


# --- inside ---------------------------------------------------------------------------------
def _done(carried: Carried) -> JSONResponse:
    return JSONResponse(carried.body, carried.status)


def _carry(
    door: StaffDoor,
    officer: Officer,
    verb: Verb,
    key: str | None,
    request: object,
    change: Callable[[Session, datetime], Decision],
    status: int = 200,
) -> Carried:
    def act(tx: Session, now: datetime) -> Carried:
        shown = _out(_today(tx, change(tx, now), now))
        return Carried(status, shown.model_dump(mode="json"))

    return perform(door, officer, verb, key, request, act)


def _today(tx: Session, row: Decision, now: datetime) -> Followed:
    return following.as_of(row, office_date(now), calendars.load(tx))


def _out(one: Followed) -> schemas.DecisionOut:
    row = one.decision
    return schemas.DecisionOut(
        id=row.id,
        period=row.period,
        text=row.text,
        section=row.section.code,
        due_on=row.due_on,
        state=one.state,
        days_late=one.days_late,
        by=row.by,
        at=row.at,
        ended_on=row.ended_on,
        result=row.result,
        news=[schemas.NewsOut(text=told.text, by=told.by.name, at=told.at) for told in row.news],
    )
