"""Who else has a case before them, so that two officers do not answer it at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from complaints.tables import Case, Officer, ReplyDraft, Viewing
from data.database import insert_if_absent

PRESENT_FOR = timedelta(minutes=5)
NOTED_EVERY = timedelta(seconds=15)
FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True)
class Present:
    """A colleague who had the case before them lately, and whether a draft of theirs waits."""

    name: str
    at: datetime
    drafting: bool


def note_viewing(tx: Session, case: Case, *, by: Officer, now: datetime) -> None:
    """Note that an officer has the case before them now; only the newest moment is kept."""
    if insert_if_absent(tx, Viewing, case_id=case.id, officer_id=by.id, at=now):
        tx.execute(delete(Viewing).where(Viewing.at < now - FORGOTTEN_AFTER))
        return
    theirs = (Viewing.case_id == case.id, Viewing.officer_id == by.id)
    tx.execute(update(Viewing).where(*theirs, Viewing.at < now - NOTED_EVERY).values(at=now))


def others(tx: Session, case: Case, *, but: Officer, now: datetime) -> Sequence[Present]:
    """The colleagues who had the case before them in the last five minutes, the newest first."""
    rows = (
        select(Officer.id, Officer.name, Viewing.at)
        .join(Viewing, Viewing.officer_id == Officer.id)
        .where(Viewing.case_id == case.id, Officer.id != but.id, Viewing.at > now - PRESENT_FOR)
        .order_by(Viewing.at.desc())
    )
    open_drafts = select(ReplyDraft.by_id).where(
        ReplyDraft.case_id == case.id, ReplyDraft.state.in_(["submitted", "returned"])
    )
    drafting = set(tx.scalars(open_drafts))
    return [Present(name, at, number in drafting) for number, name, at in tx.execute(rows)]
