"""The office's answer: drafted, approved by somebody else, sent; or given at once by a head.

Every way out passes the same gate: a promise carries its day, and nobody else's data leaves.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from complaints import notices, practice, replies, templates
from complaints.clock.workdays import office_date
from complaints.errors import (
    IncompletePetition,
    LeaksIdentity,
    NothingToDecide,
    OwnWork,
    ReplyIncomplete,
)
from complaints.handling.assigning import end_dispute
from complaints.handling.cases import opened, stop_waiting
from complaints.privacy import guard
from complaints.replies import Findings
from complaints.states import Action, EventKind, Status
from complaints.tables import Case, Event, Officer, Promise, ReplyDraft, record
from complaints.wording import notices as wording

# What a draft may not know of yet when it happened after it was written.
ADDED = frozenset({EventKind.INFORMATION_ADDED, EventKind.EDITED})
OPEN_DRAFTS = ("draft", "submitted", "approved")


@dataclass(frozen=True)
class Pledge:
    """A promise of a reply and the day it is for."""

    text: str
    due_on: date

    @classmethod
    def read(cls, kept: dict[str, Any]) -> "Pledge":
        return cls(kept["text"], date.fromisoformat(kept["due_on"]))

    def kept(self) -> dict[str, Any]:
        return asdict(self) | {"due_on": self.due_on.isoformat()}


def draft(
    tx: Session,
    case_no: str,
    text: str,
    *,
    by: Officer,
    version: int,
    now: datetime,
    answered: Sequence[int] = (),
    promises: Sequence[Pledge] = (),
    template_id: int | None = None,
) -> ReplyDraft:
    """Put a draft before the approver; an earlier open draft gives way and stays on record.

    `answered` are numbers of points that the drafter says are answered, whatever the check finds;
    `template_id` is the wording it was made from. Raises ReplyIncomplete for a blank that nobody
    filled in, and TemplateLocked.
    """
    _need(text)
    _refuse_blanks(text)
    case = opened(tx, case_no, Action.DRAFT, by=by, version=version, now=now)
    if template_id is not None:
        templates.require_current(tx, template_id)
    _set_aside(tx, case)
    row = ReplyDraft(
        case_id=case.id,
        text=text,
        answered=list(answered),
        promises=_owed(text, promises, now),
        template_id=template_id,
        state="submitted",
        by_id=by.id,
        at=now,
        case_version=case.version,
    )
    tx.add(row)
    tx.flush()
    record(tx, case, EventKind.DRAFTED, now=now, by=by, draft=row.id)
    return row


def send_back(
    tx: Session,
    case_no: str,
    draft_id: int,
    *,
    reason: str,
    by: Officer,
    version: int,
    now: datetime,
) -> Event:
    """Return a draft to its author with the reason; raises NothingToDecide."""
    _need(reason, "reason")
    case = opened(tx, case_no, Action.APPROVE, by=by, version=version, now=now)
    row = _held(tx, case, draft_id, "submitted")
    row.state, row.decided_by_id, row.decided_at, row.reason = "returned", by.id, now, reason
    return record(tx, case, EventKind.RETURNED, now=now, by=by, draft=row.id, reason=reason)


def approve(
    tx: Session,
    case_no: str,
    draft_id: int,
    *,
    by: Officer,
    version: int,
    now: datetime,
    override: str | None = None,
) -> Event:
    """Approve somebody else's draft (核定).

    `override` is the approver's reason for letting points unanswered or personal data pass; it
    is recorded. A promise without a day passes for no reason. Raises OwnWork, NothingToDecide,
    ReplyIncomplete or LeaksIdentity.
    """
    case = opened(tx, case_no, Action.APPROVE, by=by, version=version, now=now)
    row = _held(tx, case, draft_id, "submitted")
    if row.by_id == by.id:
        raise OwnWork("draft")
    found = _gate(tx, case, row, now, override)
    if found.unanswered and not override:
        raise ReplyIncomplete(tuple(f"第 {n} 點沒有回答 / point {n}" for n in found.unanswered))
    row.state, row.decided_by_id, row.decided_at, row.reason = "approved", by.id, now, override
    told = {"draft": row.id, "override": override, "shared": is_shared(tx, case)}
    return record(tx, case, EventKind.APPROVED, now=now, by=by, **told)


def send(
    tx: Session, case_no: str, draft_id: int, *, by: Officer, version: int, now: datetime
) -> Event:
    """Send an approved draft to the citizen and stop the clock.

    It passes the gate again: a day may have gone by, and others may have come who will read it.
    Raises NothingToDecide, ReplyIncomplete or LeaksIdentity.
    """
    case = opened(tx, case_no, Action.SEND, by=by, version=version, now=now)
    row = _held(tx, case, draft_id, "approved")
    approved_for_one = not _approved_for_several(tx, case, row)
    unseen = approved_for_one and is_shared(tx, case)
    _gate(tx, case, row, now, override=None if unseen else row.reason)
    row.state = "sent"
    return _send(tx, case, row, by, now)


def reply(
    tx: Session,
    case_no: str,
    text: str,
    *,
    by: Officer,
    version: int,
    now: datetime,
    answered: Sequence[int] = (),
    promises: Sequence[Pledge] = (),
    override: str | None = None,
    template_id: int | None = None,
) -> Event:
    """Answer at once, for those who may approve: drafted, approved and sent in one step.

    Unanswered points are recorded with the reply. Raises ReplyIncomplete, LeaksIdentity or
    TemplateLocked.
    """
    _need(text)
    # Where the office lets its clerks answer alone, they need only be handlers of the case.
    needs_approver = practice.load(tx).reply_needs_approval
    action = Action.REPLY if needs_approver else Action.SEND
    case = opened(tx, case_no, action, by=by, version=version, now=now)
    _set_aside(tx, case)
    row = ReplyDraft(
        case_id=case.id,
        text=text,
        answered=list(answered),
        promises=_owed(text, promises, now),
        template_id=template_id,
        state="sent",
        by_id=by.id,
        at=now,
        case_version=case.version,
        decided_by_id=by.id,
        decided_at=now,
        reason=override,
    )
    _gate(tx, case, row, now, override)
    tx.add(row)
    tx.flush()
    return _send(tx, case, row, by, now)


def send_interim(
    tx: Session, case_no: str, text: str, *, by: Officer, version: int, now: datetime
) -> Event:
    """Tell the citizen how far the case is (初步回復); the clock goes on."""
    _need(text)
    case = opened(tx, case_no, Action.SEND_INTERIM, by=by, version=version, now=now)
    _refuse_leaks(tx, case, text, now, override=None)
    happened = record(tx, case, EventKind.INTERIM_SENT, now=now, by=by, text=text)
    notices.tell(tx, case, wording.interim(case, text), happened, now=now)
    return happened


def explain_delay(
    tx: Session, case_no: str, reason: str, *, by: Officer, version: int, now: datetime
) -> Event:
    """Say why the answer will be late, in words the citizen will read should it come to that."""
    _need(reason, "reason")
    case = opened(tx, case_no, Action.EXPLAIN_DELAY, by=by, version=version, now=now)
    _refuse_leaks(tx, case, reason, now, override=None)
    return record(tx, case, EventKind.DELAY_EXPLAINED, now=now, by=by, reason=reason)


def correct(
    tx: Session,
    case_no: str,
    text: str,
    *,
    reason: str,
    by: Officer,
    version: int,
    now: datetime,
) -> Event:
    """Correct a reply that was sent (更正): the citizen sees that, and why; the first one stays."""
    _need(text)
    _need(reason, "reason")
    case = opened(tx, case_no, Action.CORRECT, by=by, version=version, now=now)
    _refuse_leaks(tx, case, f"{text}\n{reason}", now, override=None)
    happened = record(tx, case, EventKind.CORRECTED, now=now, by=by, text=text, reason=reason)
    notices.tell(tx, case, wording.corrected(case, text, reason), happened, now=now)
    for other in merged_into(tx, case):
        copy = record(tx, other, EventKind.CORRECTED, now=now, by=by, text=text, reason=reason)
        notices.tell(tx, other, wording.corrected(other, text, reason), copy, now=now)
    notices.tell_followers(tx, case, text, happened, now=now, corrected=True)
    return happened


def findings(tx: Session, case: Case, row: ReplyDraft) -> Findings:
    """What the check says of a draft: points without an answer, promises, what is missing."""
    pledges = [Pledge.read(one) for one in row.promises]
    return replies.check(
        row.text, case.points, answered=row.answered, pledged=[one.text for one in pledges]
    )


def added_since(history: Iterable[Event], row: ReplyDraft) -> bool:
    """Whether the citizen added or changed something after the draft was written."""
    return any(one.kind in ADDED and one.at > row.at for one in history)


def merged_into(tx: Session, case: Case) -> Sequence[Case]:
    """The cases that follow this one."""
    linked = select(Case).where(Case.main_id == case.id, Case.status == Status.MERGED)
    return tx.scalars(linked.order_by(Case.id)).all()


def is_shared(tx: Session, case: Case) -> bool:
    """Whether others than its petitioner will read what is written on a case."""
    return bool(merged_into(tx, case)) or notices.is_followed(tx, case)


def share_answer(tx: Session, main: Case, other: Case, by: Officer, now: datetime) -> None:
    """Give a case that was merged into an answered one the answer, as it stands now.

    Raises LeaksIdentity when it names its petitioner; the answer is corrected first.
    """
    kinds = [EventKind.REPLIED.value, EventKind.CORRECTED.value]
    answers = select(Event).where(Event.case_id == main.id, Event.kind.in_(kinds))
    answer = tx.scalar(answers.order_by(Event.id.desc()).limit(1))
    if main.state is Status.REPLIED and answer is not None:
        text = answer.data["text"]
        guard.refuse(tx, text, main, to_others=True, now=now)
        copy = record_answer(tx, other, text, of=main, by=by, now=now)
        _tell(tx, other, text, copy, now)


def record_answer(
    tx: Session,
    other: Case,
    text: str,
    *,
    of: Case,
    by: Officer,
    now: datetime,
    **told: Any,
) -> Event:
    """Note on a merged case that its citizen was given the answer of the main one."""
    data = {"text": text, "of": of.case_no, "stops_clock": False} | told
    return record(tx, other, EventKind.REPLIED, now=now, by=by, **data)


def _send(tx: Session, case: Case, row: ReplyDraft, by: Officer, now: datetime) -> Event:
    running = case.replied_on is None
    stop_waiting(tx, case, now)
    end_dispute(tx, case, by=by, now=now)
    if running:
        case.replied_on = office_date(now)
    told: dict[str, Any] = {
        "text": row.text,
        "draft": row.id,
        "unanswered": list(findings(tx, case, row).unanswered),
    }
    happened = record(
        tx,
        case,
        EventKind.REPLIED,
        now=now,
        by=by,
        due_on=case.due_on.isoformat(),
        stops_clock=running,
        **told,
    )
    _pledge(tx, case, row, now)
    _tell(tx, case, row.text, happened, now)
    for other in merged_into(tx, case):
        copy = record_answer(tx, other, of=case, by=by, now=now, **told)
        _tell(tx, other, row.text, copy, now)
    notices.tell_followers(tx, case, row.text, happened, now=now)
    return happened


def _tell(tx: Session, case: Case, text: str, happened: Event, now: datetime) -> None:
    notices.tell(tx, case, wording.reply(case, text), happened, now=now)
    notices.tell_by_hand(tx, case, text, happened, now=now)


def _owed(text: str, pledged: Sequence[Pledge], now: datetime) -> list[dict[str, Any]]:
    """What the reply binds the office to: as pledged, and as its dated sentences say themselves."""
    today = office_date(now)
    found = replies.check(text, [], pledged=[one.text for one in pledged])
    said = [(one, replies.promised_days(one, today)) for one in found.dated]
    named = {one.due_on for one in pledged}
    own = [Pledge(one, day) for one, day in said if day and day >= today and day not in named]
    return [one.kept() for one in (*pledged, *own)]


def _pledge(tx: Session, case: Case, row: ReplyDraft, now: datetime) -> None:
    for one in map(Pledge.read, row.promises):
        promise = Promise(case_id=case.id, text=one.text, due_on=one.due_on, made_at=now)
        tx.add(promise)
        tx.flush()
        record(tx, case, EventKind.PROMISED, now=now, promise=promise.id, **one.kept())


def _gate(
    tx: Session, case: Case, row: ReplyDraft, now: datetime, override: str | None
) -> Findings:
    if row.template_id is not None:
        templates.require_current(tx, row.template_id)
    _refuse_blanks(row.text)
    found = findings(tx, case, row)
    if missing := (*found.undated, *_without_day(found, row, now)):
        raise ReplyIncomplete(
            tuple(f"承諾沒有日期 / promise without a day: {one}" for one in missing)
        )
    past = [one for one in map(Pledge.read, row.promises) if one.due_on < office_date(now)]
    if past:
        raise ReplyIncomplete(tuple(f"日期已過 / a day gone by: {one.text}" for one in past))
    said = [row.text, *(one["text"] for one in row.promises)]
    _refuse_leaks(tx, case, "\n".join(said), now, override)
    return found


def _refuse_blanks(text: str) -> None:
    if left := templates.blanks(text):
        raise ReplyIncomplete(tuple(f"還沒填 / not filled in: {one}" for one in left))


def _approved_for_several(tx: Session, case: Case, row: ReplyDraft) -> bool:
    """Whether the approver knew that others will read it, too."""
    approved = select(Event).where(Event.case_id == case.id, Event.kind == EventKind.APPROVED)
    newest = tx.scalars(approved.order_by(Event.id.desc()))
    return any(one.data["draft"] == row.id and one.data.get("shared") for one in newest)


def _without_day(found: Findings, row: ReplyDraft, now: datetime) -> list[str]:
    """Promises whose day only a calendar tells (三個工作天內) and that nobody pledged for a day."""
    if row.promises:
        return []
    return [one for one in found.dated if replies.promised_days(one, office_date(now)) is None]


def _refuse_leaks(tx: Session, case: Case, text: str, now: datetime, override: str | None) -> None:
    leaks = guard.leaks_in(tx, text, case, to_others=is_shared(tx, case), now=now)
    if leaks and not override:
        raise LeaksIdentity(tuple(f"{one.kind}: {one.found}" for one in leaks))


def _set_aside(tx: Session, case: Case) -> None:
    older = ReplyDraft.case_id == case.id, ReplyDraft.state.in_(OPEN_DRAFTS)
    tx.execute(update(ReplyDraft).where(*older).values(state="superseded"))


def _held(tx: Session, case: Case, draft_id: int, state: str) -> ReplyDraft:
    row = tx.get(ReplyDraft, draft_id, with_for_update={"of": ReplyDraft}, populate_existing=True)
    if row is None or row.case_id != case.id or row.state != state:
        raise NothingToDecide(f"draft {draft_id}")
    return row


def _need(text: str, field: str = "text") -> None:
    if not text.strip():
        raise IncompletePetition(field)
