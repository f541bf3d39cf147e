"""What became of a notice: delivered, or work for a person, the same hour and once only."""

from datetime import datetime

from sqlalchemy.orm import Session

from complaints import tasks
from complaints.clock.workdays import office_date
from complaints.errors import NotPermitted
from complaints.handling import reviewing
from complaints.handling.cases import locked
from complaints.roles import HANDLERS, Role
from complaints.states import EventKind
from complaints.tables import Case, Event, Officer, Task, record
from complaints.tasks import TaskKind
from data import outbox


def note_delivery(
    tx: Session, event_id: int, *, problem: str | None, channel: str, now: datetime
) -> None:
    """Record that the notice of an event reached the citizen's channel, or why it could not.

    What could not be delivered becomes a call or a letter, due today.
    """
    about = tx.get(Event, event_id)
    if about is None:
        return
    case = locked(tx, about.case.case_no)
    case.unreached = problem is not None
    kind = EventKind.UNDELIVERABLE if problem else EventKind.DELIVERED
    record(tx, case, kind, now=now, event=event_id, of=about.kind, to=channel, problem=problem)
    if problem:
        _have_it_told(tx, case, event_id, now)


def settle_task(
    tx: Session,
    task_id: int,
    result: str,
    *,
    reached: bool,
    by: Officer,
    now: datetime,
    words: str = "",
) -> Task:
    """Note what came of a call or letter; a call or e-mail that failed becomes a letter.

    A letter that came back becomes a review: somebody decides what else can be done. `words` are
    what a second look (second_review) has to say to the citizen, if anything.

    Raises NothingToDecide, IncompletePetition, NotPermitted or LeaksIdentity.
    """
    if not by.active or Role(by.role) not in HANDLERS:
        raise NotPermitted("settle_task")
    task = tasks.settle(tx, task_id, result, by=by, now=now)
    if task.case is None:
        return task
    case = locked(tx, task.case.case_no)
    if task.kind == TaskKind.SECOND_REVIEW:
        reviewing.end(tx, case, task, words, by=by, now=now)
    by_hand = task.kind in {TaskKind.CALL, TaskKind.LETTER, TaskKind.EMAIL}
    if by_hand and reached:
        case.unreached = False
        told = {"task": task.id, "way": task.kind, "result": result}
        record(tx, case, EventKind.TOLD_OTHERWISE, now=now, by=by, **told)
    elif by_hand:
        _try_otherwise(tx, case, task, now)
    return task


def _try_otherwise(tx: Session, case: Case, task: Task, now: datetime) -> None:
    if task.kind == TaskKind.LETTER:
        kind, key = TaskKind.REVIEW, f"{task.key}:review"
    else:
        kind, key = TaskKind.LETTER, f"{task.key}:letter"
    tasks.make(tx, key, kind, task.about, now=now, case=case)


def _have_it_told(tx: Session, case: Case, event_id: int, now: datetime) -> None:
    key = f"event:{event_id}"
    notice = outbox.find(tx, key)
    text = notice.message.text if notice else ""
    kind = TaskKind.LETTER if case.reply_by == "letter" else TaskKind.CALL
    tasks.make(tx, f"{key}:hand", kind, text, now=now, case=case, due_on=office_date(now))
