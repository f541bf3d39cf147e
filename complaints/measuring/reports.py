"""The reports of periods: asked for, made by whoever has time, published, then never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, undefer

from complaints.clock.workdays import office_date
from complaints.errors import AlreadySet, IncompletePetition, NothingToDecide, TooLate
from complaints.measuring.periods import Period
from complaints.measuring.tables import Report
from complaints.tables import Officer

LEASE = timedelta(minutes=5)
MOST_ATTEMPTS = 3
WHOLE = 100
FAILED_OFTEN = "產製三次都沒有完成"


class State(StrEnum):
    """How far a report is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Finished:
    """What was made: the report's content, its files with their digests, what it changes."""

    content: Mapping[str, Any]
    files: Mapping[str, str]
    changes: Sequence[Mapping[str, Any]]


def ask(tx: Session, period: Period, *, by: Officer, now: datetime, reason: str = "") -> Report:
    """Have the report of a period made; one that is being made already is that one.

    After one was published, another is a correction and says why: raises
    IncompletePetition("reason") without it.
    """
    issue = _issues(tx, period.key)
    if issue and not reason.strip():
        raise IncompletePetition("reason")
    unmade = Report.state.in_([State.WAITING, State.RUNNING])
    same = select(Report).where(Report.period == period.key, Report.issue == issue, unmade)
    found = tx.scalars(same.limit(1)).first()
    if found is None:
        found = _new(period, issue, reason, by, now)
        tx.add(found)
        tx.flush()
    return found


def claim(tx: Session, *, now: datetime) -> Report | None:
    """The next report to make, held for five minutes from each step; None when there is none.

    Whoever held it and is gone loses it; after three attempts it has failed.
    """
    free = or_(
        Report.state == State.WAITING,
        and_(Report.state == State.RUNNING, Report.lease_until < now),
    )
    wanted = select(Report).where(free).order_by(Report.id).limit(1)
    row = tx.scalars(wanted.with_for_update(skip_locked=True)).first()
    if row is None:
        return None
    if row.attempts >= MOST_ATTEMPTS:
        row.state, row.step = State.FAILED, FAILED_OFTEN
        return None
    row.state, row.attempts, row.lease_until = State.RUNNING, row.attempts + 1, now + LEASE
    row.done = 0
    tx.flush()
    return row


def note_step(tx: Session, report_id: int, step: str, done: int, *, now: datetime) -> None:
    """Tell how far a report is, in hundredths."""
    row = tx.get_one(Report, report_id)
    row.step, row.done, row.lease_until = step, done, now + LEASE


def finish(tx: Session, report_id: int, made: Finished) -> Report:
    """Keep what was made."""
    row = tx.get_one(Report, report_id, with_for_update=True)
    row.state, row.step, row.done, row.lease_until = State.DONE, "", WHOLE, None
    row.content, row.files = dict(made.content), dict(made.files)
    row.changes = [dict(one) for one in made.changes]
    return row


def fail(tx: Session, report_id: int, why: str) -> None:
    """Give a report up, with what a person may do about it."""
    row = tx.get_one(Report, report_id)
    row.state, row.step, row.lease_until = State.FAILED, why[:40], None


def publish(tx: Session, report_id: int, *, by: Officer, now: datetime) -> Report:
    """Publish a report: from now on it stays as it is, and what differs later is a correction.

    Raises NothingToDecide unless it is made, TooLate for a period that is not over or was not when
    it was made, AlreadySet when it is published or another was since it was made.
    """
    row = tx.get(Report, report_id, with_for_update=True, options=[undefer(Report.content)])
    if row is None or row.state != State.DONE:
        raise NothingToDecide(f"report {report_id}")
    if row.published_at is not None:
        raise AlreadySet(row.period)
    end = Period.read(row.period).end
    whole = row.content is not None and row.content["complete"]
    if not whole or end >= office_date(now):
        raise TooLate("publish")
    if row.issue != _issues(tx, row.period):
        raise AlreadySet(row.period)
    row.published_by, row.published_at = by.username, now
    tx.flush()
    return row


def report_of(tx: Session, report_id: int) -> Report:
    """The report of this number with its content; raises NothingToDecide."""
    row = tx.get(Report, report_id, options=[undefer(Report.content)])
    if row is None:
        raise NothingToDecide(f"report {report_id}")
    return row


def published(tx: Session, period_key: str) -> Report | None:
    """The newest published report of a period, with its content."""
    out = select(Report).where(Report.period == period_key, Report.published_at.is_not(None))
    newest = out.order_by(Report.issue.desc()).limit(1)
    return tx.scalars(newest.options(undefer(Report.content))).first()


def listed(tx: Session, limit: int) -> Sequence[Report]:
    """The newest reports, without their content."""
    return tx.scalars(select(Report).order_by(Report.id.desc()).limit(limit)).all()


def _issues(tx: Session, period_key: str) -> int:
    """How many reports of a period were published."""
    out = Report.published_at.is_not(None)
    counted = select(func.count()).select_from(Report).where(Report.period == period_key, out)
    return tx.scalar(counted) or 0


def _new(period: Period, issue: int, reason: str, by: Officer, now: datetime) -> Report:
    return Report(
        period=period.key,
        issue=issue,
        state=State.WAITING,
        files={},
        changes=[],
        reason=reason.strip(),
        asked_by=by.username,
        asked_at=now,
    )
