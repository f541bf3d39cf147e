"""Routes: calendars, own days, rules, levels and choices of the clock, and changing them.

What moves dates is proposed, previewed and applied by another person (docs/decisions/0014).
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import HTTPException, Path, Query, Response, UploadFile
from fastapi.responses import JSONResponse
from sqlalchemy import extract, select
from sqlalchemy.orm import Session

from admin_api import policy
from admin_api.access import AsOfficer, AtDoor, Carried, IdempotencyKey, StaffDoor, perform
from admin_api.cases import sight
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Forbidden, Verb
from admin_api.schemas import clockwork as schemas
from admin_api.schemas.base import Day
from admin_api.schemas.cases import DayOut
from complaints import practice, recount
from complaints.clock import calendars, deadlines, official, rulebook
from complaints.clock.calendars import OwnDay
from complaints.clock.deadlines import Moved
from complaints.errors import CalendarMissing, NothingToDecide
from complaints.limits import Limit, Priority
from complaints.practice import Practice
from complaints.recount import Move
from complaints.roles import LEVELS, Role
from complaints.states import EventKind, Kind
from complaints.tables import (
    STILL_OPEN,
    ApprovalLevel,
    CalendarDay,
    CalendarYear,
    Case,
    ClockChange,
    DayChange,
    Officer,
    PracticeRow,
    Rule,
)
from data.database import reading

router = NarrowRouter(prefix="/api/v1", tags=["clock"])
FIRST_YEAR, LAST_YEAR = 2017, 2100
Year = Annotated[int, Path(ge=FIRST_YEAR, le=LAST_YEAR, examples=[2026], description="西元年")]
ChangeId = Annotated[int, Path(ge=1, lt=2**31)]
Received = Annotated[Day, Query(ge=date(FIRST_YEAR, 1, 1), le=date(LAST_YEAR, 1, 1))]
Source = Annotated[
    str, Query(min_length=1, max_length=200, description="公告出處 / where it was announced")
]
Propose = Callable[[Session, Officer, datetime], ClockChange]


# --- how it is now --------------------------------------------------------------------------
@router.get("/calendar/{year}", summary="一年的辦公日曆 / The office calendar of a year")
def read_calendar(year: Year, door: AtDoor, officer: AsOfficer) -> schemas.YearOut:
    """Days off, make-up days and the office's own days, with where the year comes from."""
    policy.require(officer, Verb.READ_CLOCK)
    with reading(door.engine) as tx:
        return year_of(tx, year)


@router.get("/deadline", summary="試算期限 / Work out a deadline")
def read_deadline(
    door: AtDoor,
    officer: AsOfficer,
    received: Received,
    kind: Kind,
    priority: Priority = Priority.ORDINARY,
) -> schemas.DeadlineOut:
    """The date of a petition received on a day, counted day by day; nothing is filed."""
    policy.require(officer, Verb.READ_CLOCK)
    with reading(door.engine) as tx:
        return work_out(tx, received, kind, priority)


@router.get("/rules", summary="處理期限規定 / The rules of time limits")
def read_rules(door: AtDoor, officer: AsOfficer) -> list[schemas.RuleOut]:
    """Every rule; an urgency without its own follows the ordinary one of its kind."""
    policy.require(officer, Verb.READ_CLOCK)
    with reading(door.engine) as tx:
        return rules_of(tx)


@router.get("/approval-levels", summary="展期核定層級 / Who may approve which extension")
def read_levels(door: AtDoor, officer: AsOfficer) -> list[schemas.Level]:
    """From the lowest level to the highest; a role that is not named approves none."""
    policy.require(officer, Verb.READ_CLOCK)
    with reading(door.engine) as tx:
        return levels_of(tx)


@router.get("/practice", summary="本機關的選擇 / The office's own choices")
def read_practice(door: AtDoor, officer: AsOfficer) -> list[schemas.ChoiceOut]:
    """Each choice the law leaves to the office, with its value and its default."""
    policy.require(officer, Verb.READ_CLOCK)
    with reading(door.engine) as tx:
        return choices_of(tx)


# --- changes --------------------------------------------------------------------------------
@router.get(
    "/clock-changes",
    operation_id="read_clock_changes",
    summary="待核定的變更 / Changes waiting for a decision",
)
def read_changes(door: AtDoor, officer: AsOfficer) -> list[schemas.ChangeOut]:
    """What is proposed and neither applied nor dropped, oldest first."""
    policy.require(officer, Verb.READ_CLOCK)
    with reading(door.engine) as tx:
        return [schemas.ChangeOut.model_validate(one) for one in recount.proposals(tx)]


@router.post(
    "/clock-changes/year",
    response_model=schemas.ChangeOut,
    status_code=201,
    summary="提出年度日曆 / Propose a year's calendar",
)
def propose_year(
    file: UploadFile,
    source: Source,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """The government's CSV of one whole year (Big5 or UTF-8), at most 1 MB."""
    policy.require(officer, Verb.CHANGE_CLOCK)
    content = file.file.read(official.LARGEST + 1)
    if len(content) > official.LARGEST:
        raise HTTPException(413, "檔案太大，上限 1 MB。 The file is larger than 1 MB.")
    return _done(offer_year(content, source, door, officer, key))


@router.post(
    "/clock-changes/day",
    response_model=schemas.ChangeOut,
    status_code=201,
    summary="提出停班或上班日 / Propose a closure or own day",
)
def propose_day(
    body: schemas.NewDay, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """A closure, a local day off, or an extra working day."""
    return _done(offer_day(body, door, officer, key))


@router.post(
    "/clock-changes/revoke",
    response_model=schemas.ChangeOut,
    status_code=201,
    summary="提出取消停班 / Propose to take a day back",
)
def propose_revoking(
    body: schemas.Revoking, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """A closure or own day as if it had never been; its row stays."""
    return _done(offer_revoking(body, door, officer, key))


@router.post(
    "/clock-changes/rule",
    response_model=schemas.ChangeOut,
    status_code=201,
    summary="提出期限規定 / Propose a rule",
)
def propose_rule(
    body: schemas.NewRule, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """How long a kind of petition of an urgency may take, from now on and for open cases."""
    return _done(offer_rule(body, door, officer, key))


@router.post(
    "/clock-changes/practice",
    response_model=schemas.ChangeOut,
    status_code=201,
    summary="提出本機關選擇 / Propose a choice",
)
def propose_practice(
    body: schemas.NewChoice, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """Another value of one of the office's own choices."""
    return _done(offer_choice(body, door, officer, key))


@router.get(
    "/clock-changes/{number}/preview",
    operation_id="preview_clock_change",
    summary="試算影響 / Which cases would move",
)
def preview_change(number: ChangeId, door: AtDoor, officer: AsOfficer) -> schemas.MovesOut:
    """How many open cases the change would move, and each from when to when."""
    policy.require(officer, Verb.READ_CLOCK)
    with reading(door.engine) as tx:
        return moves_of(tx, number, recount.preview(tx, number), officer, door.clock())


@router.post(
    "/clock-changes/{number}/apply",
    response_model=schemas.MovesOut,
    operation_id="apply_clock_change",
    summary="核定並套用 / Apply a change",
)
def apply_change(
    number: ChangeId, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """Every open case moves at once, with an event; citizens who wait are told by day."""
    return _done(apply(number, door, officer, key))


@router.post(
    "/clock-changes/{number}/drop",
    response_model=schemas.ChangeOut,
    operation_id="drop_clock_change",
    summary="不採用 / Drop a change",
)
def drop_change(
    number: ChangeId, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """The proposal stays on record and changes nothing."""
    return _done(drop(number, door, officer, key))


@router.delete(
    "/rules/{kind}/{priority}",
    response_model=schemas.DeletedRule,
    summary="刪除期限規定 / Delete a rule",
)
def delete_rule(
    kind: Kind,
    priority: Priority,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """Only a rule by which no open case is counted."""
    _require_decider(officer)

    def act(tx: Session, _now: datetime) -> Carried:
        rulebook.delete_rule(tx, kind, priority)
        return Carried(200, {"kind": kind, "priority": priority})

    request = ["delete-rule", kind, priority]
    return _done(perform(door, officer, Verb.CHANGE_CLOCK, key, request, act))


@router.put(
    "/approval-levels",
    response_model=schemas.LevelsOut,
    summary="改展期核定層級 / Change who may approve extensions",
)
def change_levels(
    body: schemas.Levels, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """For extensions approved from now on; no date moves by it."""
    _require_decider(officer)

    def act(tx: Session, _now: datetime) -> Carried:
        for one in body.levels:
            rulebook.put_level(tx, one.role, one.up_to_days)
        return Carried(200, {"levels": [one.model_dump(mode="json") for one in levels_of(tx)]})

    request = ["levels", body.model_dump(mode="json")]
    return _done(perform(door, officer, Verb.CHANGE_CLOCK, key, request, act))


# --- what the console's pages share -----------------------------------------------------------
def year_of(tx: Session, year: int) -> schemas.YearOut:
    """The office calendar of a year; raises CalendarMissing."""
    row = tx.get(CalendarYear, year)
    if row is None:
        raise CalendarMissing(year)
    return _year(tx, row)


def work_out(
    tx: Session, received: date, kind: Kind, priority: Priority = Priority.ORDINARY
) -> schemas.DeadlineOut:
    """The date of a petition received on a day, with its count.

    Raises RuleMissing or CalendarMissing.
    """
    past = [Moved(EventKind.RECEIVED, received)]
    limit, calendar = rulebook.limit_for(tx, kind, priority), calendars.load(tx)
    why = deadlines.explain(past, limit, calendar)
    return schemas.DeadlineOut(
        received_on=received,
        due_on=why.due_on,
        limit=why.limit,
        unit=why.unit,
        latest_on=deadlines.ceiling(past, limit, calendar),
        provisional=why.provisional,
        calendar_version=why.calendar_version,
        count=[DayOut(day=one.day, number=one.number, reason=one.reason) for one in why.days],
    )


def rules_of(tx: Session) -> list[schemas.RuleOut]:
    """Every rule, by kind and urgency."""
    rows = tx.scalars(select(Rule).order_by(Rule.kind, Rule.priority))
    return [schemas.RuleOut.model_validate(row) for row in rows]


def levels_of(tx: Session) -> list[schemas.Level]:
    """Who may approve which extension, from the lowest level to the highest."""
    rows = {row.role: row for row in tx.scalars(select(ApprovalLevel))}
    return [schemas.Level.model_validate(rows[role]) for role in LEVELS if role in rows]


def choices_of(tx: Session) -> list[schemas.ChoiceOut]:
    """Each of the office's choices with its value and default."""
    choices = practice.load(tx)
    chosen = {row.name: row for row in tx.scalars(select(PracticeRow))}
    return [_choice(field.name, choices, chosen.get(field.name)) for field in fields(Practice)]


def offer_year(
    content: bytes, source: str, door: StaffDoor, officer: Officer, key: str | None
) -> Carried:
    """Propose the official calendar in this file; raises BadCalendar."""
    policy.require(officer, Verb.CHANGE_CLOCK)
    table = official.read_official(content, source=source)

    def propose(tx: Session, by: Officer, now: datetime) -> ClockChange:
        return recount.propose_year(tx, table, by=by, now=now)

    request = ["year", source, hashlib.sha256(content).hexdigest()]
    return _propose(door, officer, key, request, propose)


def offer_day(body: schemas.NewDay, door: StaffDoor, officer: Officer, key: str | None) -> Carried:
    """Propose a closure or an own day; raises BadCalendar."""

    def propose(tx: Session, by: Officer, now: datetime) -> ClockChange:
        return recount.propose_day(tx, OwnDay(**body.model_dump()), by=by, now=now)

    return _propose(door, officer, key, ["day", body.model_dump(mode="json")], propose)


def offer_revoking(
    body: schemas.Revoking, door: StaffDoor, officer: Officer, key: str | None
) -> Carried:
    """Propose to take a closure or own day back; raises BadCalendar."""

    def propose(tx: Session, by: Officer, now: datetime) -> ClockChange:
        return recount.propose_revoking(tx, body.day_id, by=by, now=now)

    return _propose(door, officer, key, ["revoke", body.day_id], propose)


def offer_rule(
    body: schemas.NewRule, door: StaffDoor, officer: Officer, key: str | None
) -> Carried:
    """Propose a rule; raises BadRule."""

    def propose(tx: Session, by: Officer, now: datetime) -> ClockChange:
        return recount.propose_rule(tx, _rule(body), by=by, now=now)

    return _propose(door, officer, key, ["rule", body.model_dump(mode="json")], propose)


def offer_choice(
    body: schemas.NewChoice, door: StaffDoor, officer: Officer, key: str | None
) -> Carried:
    """Propose another value of one of the office's choices; raises BadPractice."""

    def propose(tx: Session, by: Officer, now: datetime) -> ClockChange:
        return recount.propose_practice(tx, body.name, body.value, by=by, now=now)

    return _propose(door, officer, key, ["practice", body.model_dump(mode="json")], propose)


def apply(number: int, door: StaffDoor, officer: Officer, key: str | None) -> Carried:
    """Make a proposed change and move the open cases; raises NothingToDecide or OwnWork."""

    def act(tx: Session, now: datetime) -> Carried:
        found = recount.apply(tx, number, by=officer, now=now)
        return Carried(200, moves_of(tx, number, found, officer, now).model_dump(mode="json"))

    return perform(door, officer, Verb.CHANGE_CLOCK, key, ["apply", number], act)


def drop(number: int, door: StaffDoor, officer: Officer, key: str | None) -> Carried:
    """Give a proposed change up; raises NothingToDecide."""

    def act(tx: Session, now: datetime) -> Carried:
        change = recount.drop(tx, number, by=officer, now=now)
        return Carried(200, schemas.ChangeOut.model_validate(change).model_dump(mode="json"))

    return perform(door, officer, Verb.CHANGE_CLOCK, key, ["drop", number], act)


def moves_of(
    tx: Session, number: int, found: Sequence[Move], officer: Officer, now: datetime
) -> schemas.MovesOut:
    """A change with what it moves, as far as the officer may see it; raises NothingToDecide."""
    change = tx.get(ClockChange, number)
    if change is None:
        raise NothingToDecide(f"change {number}")
    seen = sight(tx, officer, now)
    open_ones = select(Case).where(STILL_OPEN)
    visible = {case.case_no for case in tx.scalars(open_ones) if seen.allows(case)}
    shown = [schemas.MoveOut(**asdict(one)) for one in found if one.case_no in visible]
    return schemas.MovesOut(
        change=schemas.ChangeOut.model_validate(change),
        count=len(found),
        unseen=len(found) - len(shown),
        moves=shown,
    )


# --- inside ---------------------------------------------------------------------------------
def _propose(
    door: StaffDoor, officer: Officer, key: str | None, request: Sequence[Any], propose: Propose
) -> Carried:
    def act(tx: Session, now: datetime) -> Carried:
        change = propose(tx, officer, now)
        return Carried(201, schemas.ChangeOut.model_validate(change).model_dump(mode="json"))

    return perform(door, officer, Verb.CHANGE_CLOCK, key, request, act)


def _done(carried: Carried) -> JSONResponse:
    return JSONResponse(carried.body, carried.status)


def _require_decider(officer: Officer) -> None:
    """The rulebook itself asks nobody's role: what is not proposed is for deciders alone."""
    if Role(officer.role) not in recount.DECIDERS:
        raise Forbidden(Verb.CHANGE_CLOCK)


def _year(tx: Session, row: CalendarYear) -> schemas.YearOut:
    days = select(CalendarDay).where(extract("year", CalendarDay.day) == row.year)
    named = tx.scalars(days.order_by(CalendarDay.day)).all()
    own = select(DayChange).where(extract("year", DayChange.day) == row.year)
    here = {calendars.WHOLE_COUNTRY, practice.load(tx).county}
    return schemas.YearOut(
        year=row.year,
        source=row.source,
        provisional=row.provisional,
        imported_at=row.imported_at,
        days_off=[_named(one) for one in named if not one.works],
        make_up=[_named(one) for one in named if one.works],
        own=[_own_day(one, here) for one in tx.scalars(own.order_by(DayChange.day, DayChange.id))],
    )


def _named(row: CalendarDay) -> schemas.NamedDay:
    return schemas.NamedDay(day=row.day, reason=row.reason)


def _own_day(row: DayChange, here: set[str]) -> schemas.OwnDayOut:
    shown = schemas.OwnDayOut.model_validate(row)
    return shown.model_copy(update={"holds": row.revoked_at is None and row.area in here})


def _choice(name: str, choices: Practice, row: PracticeRow | None) -> schemas.ChoiceOut:
    return schemas.ChoiceOut(
        name=name,
        value=practice.written(getattr(choices, name)),
        default=practice.written(getattr(Practice(), name)),
        by=row.by if row else None,
        at=row.at if row else None,
    )


def _rule(body: schemas.NewRule) -> rulebook.NewRule:
    limit = body.model_dump(exclude={"kind", "priority", "basis"})
    return rulebook.NewRule(body.kind, body.priority, Limit(**limit), body.basis)
