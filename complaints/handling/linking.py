"""Cases on one matter: merged and split again, followed by others."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import citizens, notices
from complaints.clock.workdays import office_date
from complaints.errors import NotAllowed
from complaints.handling.answering import merged_into, share_answer
from complaints.handling.cases import locked, opened, permit, stop_waiting, take_up
from complaints.states import OPEN, Action, EventKind, Outcome, after
from complaints.tables import Case, Event, Follower, Officer, record
from complaints.wording import notices as wording
from data.database import insert_if_absent
from data.outbox import Address


def merge(
    tx: Session, case_no: str, *, into: str, by: Officer, version: int, now: datetime
) -> Event:
    """Handle a case with another one (併案): it keeps its number and its citizen is told all.

    Cases that followed it follow the other now. Where the other is answered already, the answer
    is sent at once; raises LeaksIdentity when it was written for one pair of eyes only, and
    NotAllowed for a main case that has ended or is merged itself.
    """
    main = locked(tx, into)
    permit(tx, by, Action.MERGE, main, now)
    if main.state not in OPEN or main.case_no == case_no:
        raise NotAllowed(Action.MERGE, main.status)
    case = opened(tx, case_no, Action.MERGE, by=by, version=version, now=now)
    for follower in merged_into(tx, case):
        follower.main_id = main.id
    stop_waiting(tx, case, now)
    case.main_id = main.id
    case.outcome, case.closed_on = Outcome.MERGED, office_date(now)
    happened = record(
        tx,
        case,
        EventKind.MERGED,
        now=now,
        by=by,
        main=main.case_no,
        due_on=case.due_on.isoformat(),
        section=case.section.name,
    )
    notices.tell(tx, case, wording.merged(case), happened, now=now)
    share_answer(tx, main, case, by, now)
    return happened


def split(tx: Session, case_no: str, *, by: Officer, version: int, now: datetime) -> Event:
    """Take a merged case out again: its own clock is as if it had never been merged."""
    case = opened(tx, case_no, Action.SPLIT, by=by, version=version, now=now)
    main = tx.get_one(Case, case.main_id)
    case.main_id = case.outcome = case.closed_on = None
    take_up(tx, case)
    happened = record(
        tx,
        case,
        EventKind.SPLIT,
        now=now,
        by=by,
        main=main.case_no,
        due_on=case.due_on.isoformat(),
    )
    notices.tell(tx, case, wording.split(case), happened, now=now)
    return happened


def follow(tx: Session, case_no: str, who: Address, *, language: str, now: datetime) -> bool:
    """Let a citizen follow somebody else's case; False when already so.

    Raises NotAllowed when the case has ended. What it holds is not shown to a follower.
    """
    case = locked(tx, case_no)
    after(case.state, Action.FOLLOW)
    citizen = citizens.register(tx, who, language=language, now=now)
    fresh = insert_if_absent(tx, Follower, case_id=case.id, citizen_id=citizen.id, at=now)
    if fresh:
        record(tx, case, EventKind.FOLLOWED, now=now)
    return fresh


def followed_by(tx: Session, who: Address) -> list[Case]:
    """The cases a citizen follows, newest first."""
    citizen = citizens.known(tx, who)
    if citizen is None:
        return []
    theirs = select(Case).join(Follower, Follower.case_id == Case.id)
    rows = theirs.where(Follower.citizen_id == citizen.id).order_by(Case.id.desc())
    return list(tx.scalars(rows))
