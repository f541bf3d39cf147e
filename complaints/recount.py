"""A calendar, a closure or a rule changes: the open cases are counted again.

First a proposal, then a preview of which cases would move, then one transaction that changes the
rows and moves the cases, each with an event. Cases that have ended never move.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import notices, practice
from complaints.clock import calendars, rulebook
from complaints.clock.calendars import OwnDay
from complaints.clock.deadlines import MOVES, Moved, explain
from complaints.clock.facts import moved
from complaints.clock.official import YearTable
from complaints.clock.rulebook import NewRule
from complaints.clock.workdays import WorkCalendar
from complaints.errors import BadCalendar, NothingToDecide, NotPermitted, OwnWork
from complaints.limits import Limit, Priority, Unit
from complaints.practice import Practice
from complaints.roles import HEADS, LEADING, Role
from complaints.states import RUNNING, EventKind, Kind
from complaints.tables import STILL_OPEN, Case, ClockChange, DayChange, Event, Officer, record
from complaints.wording import notices as wording
from complaints.wording.terms import roc_date

DECIDERS = HEADS | {Role.CASE_CONTROLLER, Role.ADMINISTRATOR}
# These alone may propose and apply in one hand: a typhoon does not wait for a second person.
ALONE = HEADS


class ChangeKind(StrEnum):
    """What is to change."""

    YEAR = "year"
    DAY = "day"
    REVOKE = "revoke"
    RULE = "rule"
    PRACTICE = "practice"


@dataclass(frozen=True)
class Move:
    """A case whose date a change moves; `told` is whether its citizen still waits for an answer."""

    case_no: str
    before: date
    after: date
    told: bool


@dataclass(frozen=True)
class _World:
    """What deadlines follow from: as it is, or as a change would make it."""

    calendar: WorkCalendar
    limit_of: Callable[[str, str], Limit]


def propose_year(tx: Session, table: YearTable, *, by: Officer, now: datetime) -> ClockChange:
    """Propose the official calendar of a year."""
    content = {
        "year": table.year,
        "source": table.source,
        "provisional": table.provisional,
        "closed": {day.isoformat(): why for day, why in table.closed.items()},
        "makeup": {day.isoformat(): why for day, why in table.makeup.items()},
    }
    return _propose(tx, ChangeKind.YEAR, content, by, now)


def propose_day(tx: Session, own: OwnDay, *, by: Officer, now: datetime) -> ClockChange:
    """Propose a closure or an own day; raises BadCalendar."""
    calendars.check_day(own)
    return _propose(tx, ChangeKind.DAY, asdict(own) | {"day": own.day.isoformat()}, by, now)


def propose_revoking(tx: Session, change_id: int, *, by: Officer, now: datetime) -> ClockChange:
    """Propose to take a closure or own day back; raises BadCalendar when it is not in force."""
    row = tx.get(DayChange, change_id)
    if row is None or row.revoked_at:
        raise BadCalendar(f"there is no such day to take back: {change_id}")
    return _propose(tx, ChangeKind.REVOKE, {"id": change_id}, by, now)


def propose_rule(tx: Session, new: NewRule, *, by: Officer, now: datetime) -> ClockChange:
    """Propose a rule; raises BadRule."""
    rulebook.check(new)
    content = {
        "kind": new.kind,
        "priority": new.priority,
        "limit": asdict(new.limit),
        "basis": new.basis,
    }
    return _propose(tx, ChangeKind.RULE, content, by, now)


def propose_practice(
    tx: Session, name: str, value: str, *, by: Officer, now: datetime
) -> ClockChange:
    """Propose another choice of the office; raises BadPractice."""
    practice.read(name, value)
    return _propose(tx, ChangeKind.PRACTICE, {"name": name, "value": value}, by, now)


def preview(tx: Session, change_id: int) -> list[Move]:
    """Which open cases the change would move, the nearest new date first; nothing is changed.

    Raises NothingToDecide, or CalendarMissing when a date would fall beyond the last year.
    """
    change = _waiting(tx, change_id)
    return [move for _, move in _moves(tx, _world_with(tx, change))]


def apply(tx: Session, change_id: int, *, by: Officer, now: datetime) -> list[Move]:
    """Make the change and move the open cases, an event for each; citizens are told by day.

    The proposer needs a second person, unless a head of the office. Raises NothingToDecide,
    NotPermitted or OwnWork.
    """
    calendars.hold(tx, alone=True)
    change = _decided(tx, change_id, by, now)
    cause = _enter(tx, change, by, now)
    moves = _moves(tx, _world(tx))
    version = calendars.load(tx).version
    for case, move in moves:
        _move(tx, case, move, cause, change, version, by, now)
    change.state, change.moved = "applied", len(moves)
    tx.flush()
    return [move for _, move in moves]


def drop(tx: Session, change_id: int, *, by: Officer, now: datetime) -> ClockChange:
    """Give a proposal up."""
    if Role(by.role) not in DECIDERS:
        raise NotPermitted("clock_change")
    change = _waiting(tx, change_id)
    change.state, change.decided_by, change.decided_at = "dropped", by.username, now
    tx.flush()
    return change


def proposals(tx: Session) -> Sequence[ClockChange]:
    """What is proposed and not decided, oldest first."""
    return tx.scalars(
        select(ClockChange).where(ClockChange.state == "proposed").order_by(ClockChange.id)
    ).all()


def _propose(
    tx: Session, kind: ChangeKind, content: dict[str, Any], by: Officer, now: datetime
) -> ClockChange:
    if Role(by.role) not in LEADING | {Role.ADMINISTRATOR}:
        raise NotPermitted("clock_change")
    change = ClockChange(kind=kind, content=content, state="proposed", by=by.username, at=now)
    tx.add(change)
    tx.flush()
    return change


def _waiting(tx: Session, change_id: int) -> ClockChange:
    change = tx.get(ClockChange, change_id, with_for_update=True, populate_existing=True)
    if change is None or change.state != "proposed":
        raise NothingToDecide(f"change {change_id}")
    return change


def _decided(tx: Session, change_id: int, by: Officer, now: datetime) -> ClockChange:
    role = Role(by.role)
    if role not in DECIDERS:
        raise NotPermitted("clock_change")
    change = _waiting(tx, change_id)
    if change.by == by.username and role not in ALONE:
        raise OwnWork("clock_change")
    change.decided_by, change.decided_at = by.username, now
    return change


def _world(tx: Session) -> _World:
    return _World(calendars.load(tx), rulebook.limits(tx))


def _world_with(tx: Session, change: ClockChange) -> _World:
    """The world as the change would leave it."""
    now_world, content = _world(tx), change.content
    if change.kind == ChangeKind.RULE:
        new = _rule(content)
        stands_for = rulebook.stands_for(tx, new.kind, new.priority)

        def limit_of(kind: str, priority: str) -> Limit:
            same = kind == new.kind and priority in stands_for
            return new.limit if same else now_world.limit_of(kind, priority)

        return replace(now_world, limit_of=limit_of)
    choices = practice.load(tx)
    if change.kind == ChangeKind.PRACTICE:
        choices = replace(
            choices, **{content["name"]: practice.read(content["name"], content["value"])}
        )
    return replace(now_world, calendar=_calendar_with(tx, change, choices))


def _calendar_with(tx: Session, change: ClockChange, choices: Practice) -> WorkCalendar:
    official, content = calendars.official(tx), change.content
    if change.kind == ChangeKind.YEAR:
        official = calendars.with_years(official, [_table(content)])
    but = content["id"] if change.kind == ChangeKind.REVOKE else None
    days = calendars.own_days(tx, choices.county, but=but)
    if change.kind == ChangeKind.DAY:
        own = _own_day(content)
        if own.area in {calendars.WHOLE_COUNTRY, choices.county}:
            days = [*days, own]
    return calendars.with_days(official, days, choices)


def _enter(tx: Session, change: ClockChange, by: Officer, now: datetime) -> str:
    """Write what the change says into the tables; the cause in the words citizens will read."""
    content = change.content
    if change.kind == ChangeKind.YEAR:
        calendars.store(tx, [_table(content)], now=now)
        return f"{content['year']} 年辦公日曆表更新"
    if change.kind == ChangeKind.DAY:
        own = _own_day(content)
        calendars.enter_day(tx, own, by=by.username, now=now)
        return f"{roc_date(own.day)}{own.reason}"
    if change.kind == ChangeKind.REVOKE:
        row = calendars.revoke_day(tx, content["id"], by=by.username, now=now)
        return f"{roc_date(row.day)}{row.reason}取消"
    if change.kind == ChangeKind.RULE:
        rulebook.put_rule(tx, _rule(content))
        return "處理期限規定修正"
    practice.choose(tx, content["name"], content["value"], by=by.username, now=now)
    return "期限計算方式調整"


def _moves(tx: Session, world: _World) -> list[tuple[Case, Move]]:
    cases = tx.scalars(
        select(Case).where(STILL_OPEN).order_by(Case.id),
        execution_options={"populate_existing": True},
    ).all()
    facts = _facts(tx)
    moves = []
    for case in cases:
        limit = world.limit_of(case.kind, case.priority)
        due = explain(facts[case.id], limit, world.calendar).due_on
        if due != case.due_on:
            waits = case.state in RUNNING
            moves.append((case, Move(case.case_no, case.due_on, due, told=waits)))
    return sorted(moves, key=lambda one: (one[1].after, one[1].case_no))


def _facts(tx: Session) -> dict[int, list[Moved]]:
    """The facts that move the clocks of all open cases, in one question."""
    rows = (
        select(Event)
        .join(Case, Case.id == Event.case_id)
        .where(STILL_OPEN)
        .where(Event.kind.in_([kind.value for kind in MOVES]))
        .order_by(Event.id)
    )
    facts: dict[int, list[Moved]] = defaultdict(list)
    for row in tx.scalars(rows):
        facts[row.case_id].append(moved(row))
    return facts


def _move(
    tx: Session,
    case: Case,
    move: Move,
    cause: str,
    change: ClockChange,
    version: str,
    by: Officer,
    now: datetime,
) -> None:
    case.due_on, case.calendar_version = move.after, version
    case.version += 1
    happened = record(
        tx,
        case,
        EventKind.DUE_DATE_MOVED,
        now=now,
        by=by,
        old_due_on=move.before.isoformat(),
        due_on=move.after.isoformat(),
        cause=cause,
        change=change.id,
        calendar_version=version,
    )
    if move.told:
        notice = wording.due_moved(case, move.before, cause)
        notices.tell(tx, case, notice, happened, now=now, not_before=notices.not_at_night(tx, now))


def _table(content: dict[str, Any]) -> YearTable:
    return YearTable(
        year=content["year"],
        source=content["source"],
        provisional=content["provisional"],
        closed={date.fromisoformat(day): why for day, why in content["closed"].items()},
        makeup={date.fromisoformat(day): why for day, why in content["makeup"].items()},
    )


def _own_day(content: dict[str, Any]) -> OwnDay:
    return OwnDay(**(content | {"day": date.fromisoformat(content["day"])}))


def _rule(content: dict[str, Any]) -> NewRule:
    limit = content["limit"]
    units = {name: Unit(limit[name]) for name in ("unit", "ceiling_unit")}
    return NewRule(
        kind=Kind(content["kind"]),
        priority=Priority(content["priority"]),
        limit=Limit(**(limit | units)),
        basis=content["basis"],
    )
