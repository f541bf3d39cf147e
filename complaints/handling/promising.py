"""Promises of a reply: kept with evidence, or missed with the reason; never forgotten."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import notices, tasks
from complaints.clock.workdays import office_date
from complaints.errors import IncompletePetition, NothingToDecide
from complaints.handling.cases import opened
from complaints.privacy import guard
from complaints.states import Action, EventKind
from complaints.tables import Case, Event, Officer, Promise, record
from complaints.tasks import TaskKind
from complaints.wording import notices as wording


def settle_promise(
    tx: Session,
    case_no: str,
    promise_id: int,
    *,
    kept: bool,
    evidence: str,
    by: Officer,
    version: int,
    now: datetime,
) -> Event:
    """Note a promise as kept (with its evidence) or missed (with the reason); the citizen is told.

    What is done after its day counts as missed, however it is called. Raises NothingToDecide.
    """
    if not evidence.strip():
        raise IncompletePetition("evidence")
    case = opened(tx, case_no, Action.SETTLE_PROMISE, by=by, version=version, now=now)
    promise = tx.get(Promise, promise_id, with_for_update=True)
    if promise is None or promise.case_id != case.id or promise.state != "open":
        raise NothingToDecide(f"promise {promise_id}")
    guard.refuse(tx, evidence, case, to_others=False, now=now)
    today = office_date(now)
    promise.state = "kept" if kept and today <= promise.due_on else "missed"
    promise.settled_on, promise.evidence = today, evidence
    happened = record(
        tx,
        case,
        EventKind.PROMISE_SETTLED,
        now=now,
        by=by,
        promise=promise.id,
        state=promise.state,
        done=kept,
        evidence=evidence,
    )
    tasks.settle_key(tx, _task_key(promise), evidence, by=by, now=now)
    notices.tell(tx, case, wording.promise_settled(case, promise, evidence), happened, now=now)
    return happened


def open_promises(tx: Session, case: Case) -> Sequence[Promise]:
    """What the office still owes on a case, the nearest day first."""
    owed = select(Promise).where(Promise.case_id == case.id, Promise.state == "open")
    return tx.scalars(owed.order_by(Promise.due_on, Promise.id)).all()


def due_promises(tx: Session, today: date) -> Sequence[Promise]:
    """Open promises whose day has come, of all cases."""
    due = select(Promise).where(Promise.state == "open", Promise.due_on <= today)
    return tx.scalars(due.order_by(Promise.due_on, Promise.id)).all()


def remind_of_promise(tx: Session, promise: Promise, *, now: datetime) -> bool:
    """Make the work of a promise whose day has come, and ask its citizen; once. False later."""
    case = tx.get_one(Case, promise.case_id)
    made = tasks.make(
        tx,
        _task_key(promise),
        TaskKind.PROMISE,
        promise.text,
        now=now,
        case=case,
        due_on=promise.due_on,
    )
    if made:
        asked = record(tx, case, EventKind.NOTED, now=now, promise=promise.id, text=promise.text)
        notice = wording.promise_due(case, promise)
        notices.tell(tx, case, notice, asked, now=now, not_before=notices.not_at_night(tx, now))
    return made


def _task_key(promise: Promise) -> str:
    return f"promise:{promise.id}"
