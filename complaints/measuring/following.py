"""What a meeting decided (列管事項), followed until it is done: by whom, until when, how far."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from sqlalchemy import String, cast, exists, literal, or_, select
from sqlalchemy.orm import Session, selectinload

from complaints import tasks
from complaints.clock import calendars
from complaints.clock.workdays import ONE_DAY, TAIPEI, WorkCalendar, office_date
from complaints.errors import IncompletePetition, NothingToDecide, NotPermitted
from complaints.handling.cases import section_of
from complaints.measuring.tables import Decision, DecisionNews
from complaints.roles import LEADING, OWN_SECTION, Role
from complaints.tables import Officer, Section, Task
from complaints.tasks import TaskKind

DECIDERS = frozenset({Role.CASE_CONTROLLER, Role.SECRETARY, Role.DIRECTOR, Role.ADMINISTRATOR})
FOLLOWERS = (LEADING - OWN_SECTION) | {Role.ADMINISTRATOR}  # of every section's decisions
MOST_ENDED = 100


class State(StrEnum):
    """How a decision stands on a day; late is open after its day."""

    LATE = "late"
    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


@dataclass(frozen=True)
class Followed:
    """A decision as it stood on a day, with its newest news by then."""

    decision: Decision
    state: State
    days_late: int  # working days after its day, up to the day it is looked at; 0 unless late
    news: DecisionNews | None


def decide(
    tx: Session,
    *,
    period: str,
    text: str,
    section: str,
    due_on: date,
    by: Officer,
    now: datetime,
) -> Decision:
    """Keep a decision of a period's meeting for a section (its code) and a day.

    Raises NotPermitted, UnknownSection, CalendarMissing, or IncompletePetition for an empty text
    or a day gone by.
    """
    _require_decider(by)
    if not text.strip():
        raise IncompletePetition("text")
    if due_on < office_date(now):
        raise IncompletePetition("due_on")
    calendars.load(tx).works(due_on)  # days late are counted from here
    owner = section_of(tx, section)
    row = Decision(
        period=period,
        text=text.strip(),
        section=owner,
        due_on=due_on,
        state=State.OPEN,
        by=by.username,
        at=now,
    )
    tx.add(row)
    tx.flush()
    return row


def tell_news(
    tx: Session, decision_id: int, text: str, *, by: Officer, now: datetime
) -> DecisionNews:
    """Note how far an open decision has come.

    Raises NothingToDecide, NotPermitted for who is neither of the section nor above the sections,
    or IncompletePetition.
    """
    row = _held(tx, decision_id, by)
    told = DecisionNews(decision_id=row.id, text=_needed(text, "text"), by_id=by.id, at=now)
    tx.add(told)
    tx.flush()
    tx.expire(row, ["news"])
    return told


def finish(tx: Session, decision_id: int, *, result: str, by: Officer, now: datetime) -> Decision:
    """Note that a decision was carried out, and what came of it; raises as `tell_news` does."""
    row = _held(tx, decision_id, by)
    return _end(tx, row, State.DONE, _needed(result, "result"), by, now)


def drop(tx: Session, decision_id: int, *, reason: str, by: Officer, now: datetime) -> Decision:
    """Follow a decision no longer, with the reason; for those who may decide.

    Raises NotPermitted, NothingToDecide or IncompletePetition.
    """
    _require_decider(by)
    row = _held(tx, decision_id, by)
    return _end(tx, row, State.DROPPED, _needed(reason, "reason"), by, now)


def of_meeting(tx: Session, period_end: date, period_start: date) -> list[Followed]:
    """Every decision that was open on the first day or was made since, as of the last day.

    Late ones first, then by their day. What happened after the last day is left out, so that an
    old report can be made again. Raises CalendarMissing.
    """
    found = select(Decision).where(
        Decision.at < _midnight(period_end + ONE_DAY),
        or_(Decision.ended_on.is_(None), Decision.ended_on >= period_start),
    )
    return _followed(tx, tx.scalars(found.options(selectinload(Decision.news))).all(), period_end)


def listed(
    tx: Session, today: date, *, section: str | None = None, ended: bool = False
) -> list[Followed]:
    """The decisions that are open today, late ones first; or the last hundred that ended.

    Of all sections, or of one (its code).
    """
    found = select(Decision).options(selectinload(Decision.news))
    if section:
        found = found.where(Decision.section.has(Section.code == section))
    if ended:
        found = found.where(Decision.state != State.OPEN)
        found = found.order_by(Decision.ended_on.desc(), Decision.id.desc()).limit(MOST_ENDED)
    else:
        found = found.where(Decision.state == State.OPEN)
    return _followed(tx, tx.scalars(found).all(), today)


def decision_of(tx: Session, decision_id: int) -> Decision:
    """The decision of this number; raises NothingToDecide."""
    row = tx.get(Decision, decision_id, options=[selectinload(Decision.news)])
    if row is None:
        raise NothingToDecide(f"decision {decision_id}")
    return row


def as_of(row: Decision, day: date, calendar: WorkCalendar) -> Followed:
    """How a decision stood at the end of a day; raises CalendarMissing."""
    told = [one for one in row.news if office_date(one.at) <= day]
    newest = told[-1] if told else None
    if row.ended_on is not None and row.ended_on <= day:
        return Followed(row, State(row.state), 0, newest)
    late = row.due_on < day
    days = calendar.between(row.due_on, day) if late else 0
    return Followed(row, State.LATE if late else State.OPEN, days, newest)


def may_tell(row: Decision, officer: Officer) -> bool:
    """Whether this officer may tell news of a decision, or that it is done."""
    own = officer.section_id == row.section_id
    return officer.active and (own or Role(officer.role) in FOLLOWERS)


def remind_due(tx: Session, *, now: datetime) -> int:
    """Make work of every open decision whose day has come, once; return of how many."""
    key = literal("decision:") + cast(Decision.id, String) + literal(":due")
    due = select(Decision).where(
        Decision.state == State.OPEN,
        Decision.due_on <= office_date(now),
        ~exists().where(Task.key == key),
    )
    return sum(_remind(tx, row, now) for row in tx.scalars(due.order_by(Decision.id)).all())


def _remind(tx: Session, row: Decision, now: datetime) -> bool:
    return tasks.make(
        tx,
        _task_key(row),
        TaskKind.DECISION,
        row.text,
        now=now,
        section_id=row.section_id,
        due_on=row.due_on,
    )


def _task_key(row: Decision) -> str:
    return f"decision:{row.id}:due"


def _followed(tx: Session, rows: Sequence[Decision], day: date) -> list[Followed]:
    calendar = calendars.load(tx)
    order = list(State)
    return sorted(
        (as_of(row, day, calendar) for row in rows),
        key=lambda one: (order.index(one.state), one.decision.due_on, one.decision.id),
    )


def _end(
    tx: Session, row: Decision, state: State, result: str, by: Officer, now: datetime
) -> Decision:
    row.state, row.ended_on, row.result = state, office_date(now), result
    tasks.settle_key(tx, _task_key(row), result, by=by, now=now)
    tx.flush()
    return row


def _held(tx: Session, decision_id: int, by: Officer) -> Decision:
    """The open decision, held until the transaction ends, for somebody who may tell of it."""
    row = tx.get(Decision, decision_id, with_for_update={"of": Decision}, populate_existing=True)
    if row is None:
        raise NothingToDecide(f"decision {decision_id}")
    if not may_tell(row, by):
        raise NotPermitted("decision")
    if row.state != State.OPEN:
        raise NothingToDecide(f"decision {decision_id}")
    return row


def _require_decider(by: Officer) -> None:
    if not by.active or Role(by.role) not in DECIDERS:
        raise NotPermitted("decision")


def _needed(text: str, field: str) -> str:
    if not text.strip():
        raise IncompletePetition(field)
    return text.strip()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), TAIPEI)
