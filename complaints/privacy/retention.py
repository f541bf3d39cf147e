"""The end of a case's content: listed, approved by another, destroyed, with proof.

The bare register stays (number, dates, kind, status, outcome); what people wrote and who they
are goes: content, words of events, drafts, files, sealed data (檔案法 §12).
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from complaints import practice
from complaints.clock.workdays import office_date
from complaints.errors import NothingToDecide, NotPermitted, OwnWork
from complaints.roles import HEADS, Role
from complaints.states import ENDED, EventKind
from complaints.tables import (
    Attachment,
    Case,
    Destruction,
    Event,
    Extension,
    Follower,
    IdentityAccess,
    Officer,
    Promise,
    Reminder,
    ReplyDraft,
    Task,
    record,
)
from data import outbox

GONE = "（依保存年限銷毀）"
MOST_LISTED = 1_000
LISTERS = HEADS | {Role.CASE_CONTROLLER, Role.ADMINISTRATOR}
# What of an event's data is register and stays; everything else may hold somebody's words.
REGISTER = frozenset(
    [
        "due_on",
        "old_due_on",
        "days",
        "stops_clock",
        "counts_from",
        "number",
        "times",
        "outcome",
        "section",
        "done_on",
        "ground",
        "state",
        "done",
        "kind",
        "now_kind",
        "priority",
        "topic",
        "confidential",
        "grade",
        "aspect",
        "reason_code",
        "under",
        "days_used",
        "asked",
        "late",
        "files",
        "calendar_version",
        "unanswered",
        "event",
        "of",
        "to",
        "promise",
        "draft",
        "task",
        "way",
        "change",
        "main",
        "earlier",
        "late",
        "with_identity",
        "level",
    ]
)


@dataclass(frozen=True)
class Destroyed:
    """How much was destroyed, and the files that nothing refers to any more."""

    numbers: tuple[str, ...]
    events: int
    files: tuple[str, ...]

    @property
    def cases(self) -> int:
        """How many cases that were."""
        return len(self.numbers)


def destroyable(tx: Session, *, now: datetime) -> Sequence[str]:
    """Numbers of ended cases past the office's years, oldest first, at most 1,000.

    Cases marked permanent and cases that an open one is linked to are never among them.
    """
    before = _years_before(office_date(now), practice.load(tx).retention_years)
    linked = select(Case.main_id).where(Case.main_id.is_not(None), Case.anonymized_on.is_(None))
    old = (
        select(Case.case_no)
        .where(Case.status.in_([status.value for status in ENDED]), Case.closed_on < before)
        .where(Case.permanent.is_(False), Case.anonymized_on.is_(None), Case.id.not_in(linked))
        .order_by(Case.id)
        .limit(MOST_LISTED)
    )
    return tx.scalars(old).all()


def draw_up(tx: Session, *, by: Officer, now: datetime) -> Destruction:
    """Draw up the list of what is past its years; raises NothingToDecide when there is nothing."""
    if Role(by.role) not in LISTERS:
        raise NotPermitted("destroy")
    numbers = list(destroyable(tx, now=now))
    if not numbers:
        raise NothingToDecide("no case is past its years")
    row = Destruction(
        case_nos=numbers, digest=_digest(numbers), listed_by=by.username, listed_at=now
    )
    tx.add(row)
    tx.flush()
    return row


def approve(tx: Session, list_id: int, *, by: Officer, now: datetime) -> Destruction:
    """Approve a list another person drew up; raises NothingToDecide, NotPermitted, OwnWork."""
    if Role(by.role) not in HEADS:
        raise NotPermitted("destroy")
    row = tx.get(Destruction, list_id, with_for_update=True)
    if row is None or row.approved_at:
        raise NothingToDecide(f"list {list_id}")
    if row.listed_by == by.username:
        raise OwnWork("destroy")
    row.approved_by, row.approved_at = by.username, now
    tx.flush()
    return row


def destroy(tx: Session, list_id: int, *, now: datetime) -> Destroyed:
    """Destroy what an approved list names, once; what it leaves is in its proof.

    A case that was reopened or marked permanent since is left out. The caller removes the files.
    """
    row = tx.get(Destruction, list_id, with_for_update=True)
    if row is None or not row.approved_at or row.done_at:
        raise NothingToDecide(f"list {list_id}")
    ended = [status.value for status in ENDED]
    cases = tx.scalars(
        select(Case).where(
            Case.case_no.in_(row.case_nos),
            Case.status.in_(ended),
            Case.permanent.is_(False),
            Case.anonymized_on.is_(None),  # another list may name it, too
        )
    ).all()
    events, digests = 0, set[str]()
    for case in cases:
        events += _blank(tx, case, now)
        digests |= _drop_files(tx, case)
    tx.flush()
    files = tuple(sorted(digests - _still_used(tx, digests)))
    row.done_at = now
    row.proof = {
        "list": row.digest,
        "cases": [case.case_no for case in cases],
        "events": events,
        "files": list(files),
    }
    return Destroyed(tuple(case.case_no for case in cases), events, files)


def lawfully_emptied(tx: Session, events: Collection[int]) -> Sequence[int]:
    """Those of the events whose case was destroyed by a list that another person approved."""
    done = tx.execute(select(Destruction).where(Destruction.done_at.is_not(None))).scalars()
    told = {case_no for row in done if row.approved_by != row.listed_by for case_no in _proven(row)}
    rows = tx.execute(
        select(Event.id, Event.data, Case.case_no).join(Event.case).where(Event.id.in_(events))
    )
    return [event for event, data, case_no in rows if case_no in told and set(data) <= REGISTER]


def _proven(row: Destruction) -> Collection[str]:
    return row.proof["cases"] if row.proof else ()


def _blank(tx: Session, case: Case, now: datetime) -> int:
    events = tx.execute(select(Event.id, Event.data).where(Event.case_id == case.id)).all()
    for event_id, told in events:
        kept = {name: value for name, value in told.items() if name in REGISTER}
        # Not through the mapper, which refuses: this is the one lawful change of a history.
        tx.connection().execute(update(Event).where(Event.id == event_id).values(data=kept))
    outbox.forget(tx, [f"event:{event_id}" for event_id, _ in events])
    for table in (ReplyDraft, Promise, Follower):
        tx.execute(delete(table).where(table.case_id == case.id))
    for words in (Task, Reminder):
        column = "about" if words is Task else "text"
        tx.execute(update(words).where(words.case_id == case.id).values({column: GONE}))
    for asked in (IdentityAccess, Extension):
        tx.execute(update(asked).where(asked.case_id == case.id).values(reason=GONE))
    case.subject = case.content = GONE
    case.points, case.place, case.place_key = [], None, None
    case.latitude = case.longitude = None
    case.petitioner = case.contact_mark = None
    case.anonymized_on = office_date(now)
    record(tx, case, EventKind.ANONYMIZED, now=now)
    return len(events)


def _drop_files(tx: Session, case: Case) -> set[str]:
    digests = {one.digest for one in case.attachments if one.digest}
    tx.execute(delete(Attachment).where(Attachment.case_id == case.id))
    tx.expire(case, ["attachments"])
    return digests


def _still_used(tx: Session, digests: set[str]) -> set[str]:
    used = select(Attachment.digest).where(Attachment.digest.in_(digests))
    return {digest for digest in tx.scalars(used) if digest}


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)


def _digest(numbers: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(numbers).encode()).hexdigest()
