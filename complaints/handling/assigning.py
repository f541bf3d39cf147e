"""Whose case it is: assigning, accepting, handing back, and the secretary's last word."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import notices, tasks
from complaints.clock import calendars
from complaints.clock.workdays import office_date
from complaints.errors import IncompletePetition, NeedsDecision, TooLate, UnknownOfficer
from complaints.handling.cases import officer_of, opened, section_of, wind
from complaints.intake import intake_section
from complaints.limits import Priority
from complaints.roles import HANDLERS, Role
from complaints.routing import Topic
from complaints.states import Action, EventKind, Kind
from complaints.tables import Case, Event, Officer, Section, record
from complaints.tasks import TaskKind
from complaints.wording import notices as wording

HAND_BACK_WITHIN = 2  # working days after the assignment; the second is for a site visit
MOST_REFUSALS = 2  # of this many the last goes to the secretary
SECRETARY_DAYS = 1


def assign(
    tx: Session,
    case_no: str,
    *,
    section: str,
    handler: str | None,
    by: Officer,
    version: int,
    now: datetime,
    topic: Topic | None = None,
) -> Event:
    """Give the case to a section (by code) and, if named, to an officer (by user name).

    A topic puts right what was guessed at filing; later cases are routed by it. The citizen is
    told when the section is another one. Raises NeedsDecision while the secretary decides.
    """
    case = opened(tx, case_no, Action.ASSIGN, by=by, version=version, now=now)
    case.topic = topic or case.topic
    return _give(tx, case, EventKind.ASSIGNED, section_of(tx, section), handler, by, now)


def accept(tx: Session, case_no: str, *, by: Officer, version: int, now: datetime) -> Event:
    """Take the case on as its handler."""
    case = opened(tx, case_no, Action.ACCEPT, by=by, version=version, now=now)
    case.handler = tx.get_one(Officer, by.id)
    return record(tx, case, EventKind.ACCEPTED, now=now, by=by, section=case.section.name)


def hand_back(
    tx: Session, case_no: str, *, reason: str, by: Officer, version: int, now: datetime
) -> Event:
    """Refuse an assignment (改分): within two working days of it, with the reason.

    The first refusal goes back to intake. The second goes to the secretary, who decides within
    one working day; nobody else moves the case meanwhile, and it is not refused a third time.
    Raises TooLate or NeedsDecision.
    """
    _need(reason, "reason")
    case = opened(tx, case_no, Action.HAND_BACK, by=by, version=version, now=now)
    if case.bounces >= MOST_REFUSALS or _is_settled(tx, case):
        raise NeedsDecision(case_no)
    _refuse_if_late(tx, case, now)
    refused = case.section.name
    case.bounces += 1
    case.handler = None
    case.section = intake_section(tx, None)
    case.with_secretary = case.bounces >= MOST_REFUSALS
    happened = record(
        tx,
        case,
        EventKind.HANDED_BACK,
        now=now,
        by=by,
        reason=reason,
        section=refused,
        times=case.bounces,
    )
    if case.with_secretary:
        _to_secretary(tx, case, reason, happened, now)
    return happened


def settle_owner(
    tx: Session,
    case_no: str,
    *,
    section: str,
    handler: str | None,
    reason: str,
    by: Officer,
    version: int,
    now: datetime,
) -> Event:
    """Decide for good whose case it is (秘書裁決); the decision cannot be handed back."""
    _need(reason, "reason")
    case = opened(tx, case_no, Action.SETTLE_OWNER, by=by, version=version, now=now)
    happened = _give(
        tx, case, EventKind.OWNER_SETTLED, section_of(tx, section), handler, by, now, reason
    )
    end_dispute(tx, case, by=by, now=now, result=reason)
    return happened


def end_dispute(
    tx: Session,
    case: Case,
    *,
    by: Officer | None,
    now: datetime,
    result: str = "案件已答復或結案 / answered or ended",
) -> None:
    """Nobody needs to decide any more whose case it is."""
    if case.with_secretary:
        case.with_secretary = False
        tasks.settle_for(tx, case, TaskKind.SETTLE_OWNER, result, by=by, now=now)


def classify(
    tx: Session,
    case_no: str,
    *,
    by: Officer,
    version: int,
    now: datetime,
    kind: Kind | None = None,
    priority: Priority | None = None,
    topic: Topic | None = None,
    confidential: bool | None = None,
    permanent: bool | None = None,
) -> Event:
    """Put kind, urgency, topic, confidentiality or keeping right; what is not named stays.

    Kind and urgency move the due date, as if they had been right from the receipt.
    """
    case = opened(tx, case_no, Action.CLASSIFY, by=by, version=version, now=now)
    before = case.due_on
    case.kind = kind or case.kind
    case.priority = priority or case.priority
    case.topic = topic or case.topic
    case.confidential = case.confidential if confidential is None else confidential
    case.permanent = case.permanent if permanent is None else permanent
    wind(tx, case)
    happened = record(
        tx,
        case,
        EventKind.CLASSIFIED,
        now=now,
        by=by,
        now_kind=case.kind,
        priority=case.priority,
        topic=case.topic,
        confidential=case.confidential,
        due_on=case.due_on.isoformat(),
    )
    if case.due_on != before:
        notice = wording.due_moved(case, before, "案件類別或速別更正")
        notices.tell(tx, case, notice, happened, now=now)
    return happened


def note(
    tx: Session, case_no: str, text: str, *, by: Officer, version: int | None, now: datetime
) -> Event:
    """Keep an internal note; it is shown to staff and never to a citizen."""
    _need(text, "text")
    case = opened(tx, case_no, Action.NOTE, by=by, version=version, now=now)
    return record(tx, case, EventKind.NOTED, now=now, by=by, text=text)


def consult(
    tx: Session,
    case_no: str,
    *,
    section: str,
    question: str,
    by: Officer,
    version: int,
    now: datetime,
) -> Event:
    """Ask another section for its view (會辦); the case and its clock stay here."""
    _need(question, "question")
    case = opened(tx, case_no, Action.CONSULT, by=by, version=version, now=now)
    other = section_of(tx, section)
    happened = record(
        tx, case, EventKind.CONSULTED, now=now, by=by, section=other.name, question=question
    )
    tasks.make(
        tx,
        f"event:{happened.id}:consult",
        TaskKind.CONSULTATION,
        question,
        now=now,
        case=case,
        section_id=other.id,
    )
    return happened


def answer_consultation(
    tx: Session, case_no: str, *, task_id: int, text: str, by: Officer, now: datetime
) -> Event:
    """Give the asked section's view; `by` need not belong to the section of the case."""
    _need(text, "text")
    task = tasks.held(tx, task_id, TaskKind.CONSULTATION)
    case = opened(tx, case_no, Action.ANSWER_CONSULTATION, by=None, now=now)
    tasks.require_for(task, case, by)
    tasks.settle(tx, task_id, text, by=by, now=now)
    return record(
        tx, case, EventKind.CONSULTATION_ANSWERED, now=now, by=by, text=text, task=task_id
    )


def _give(
    tx: Session,
    case: Case,
    kind: EventKind,
    section: Section,
    handler: str | None,
    by: Officer,
    now: datetime,
    reason: str = "",
) -> Event:
    elsewhere = section.id != case.section_id
    case.section = section
    case.handler = _handler_of(tx, handler) if handler else None
    happened = record(
        tx,
        case,
        kind,
        now=now,
        by=by,
        section=section.name,
        handler=case.handler.name if case.handler else None,
        topic=case.topic,
        **({"reason": reason} if reason else {}),
    )
    if elsewhere:
        notices.tell(tx, case, wording.assigned(case), happened, now=now)
    return happened


def _refuse_if_late(tx: Session, case: Case, now: datetime) -> None:
    given = _last_given(tx, case)
    at = given.at if given else case.received_at
    if office_date(now) > calendars.load(tx).after(office_date(at), HAND_BACK_WITHIN):
        raise TooLate("hand_back")


def _handler_of(tx: Session, username: str) -> Officer:
    officer = officer_of(tx, username)
    if Role(officer.role) not in HANDLERS:
        raise UnknownOfficer(username)
    return officer


def _is_settled(tx: Session, case: Case) -> bool:
    """Whether the last word on whose case it is was the secretary's."""
    given = _last_given(tx, case)
    return given is not None and given.kind == EventKind.OWNER_SETTLED


def _last_given(tx: Session, case: Case) -> Event | None:
    kinds = [EventKind.ASSIGNED, EventKind.OWNER_SETTLED, EventKind.REOPENED]
    given = select(Event).where(Event.case_id == case.id, Event.kind.in_([*map(str, kinds)]))
    return tx.scalar(given.order_by(Event.id.desc()).limit(1))


def _to_secretary(tx: Session, case: Case, reason: str, happened: Event, now: datetime) -> None:
    due = calendars.load(tx).after(office_date(now), SECRETARY_DAYS)
    key = f"event:{happened.id}:secretary"
    tasks.make(
        tx,
        key,
        TaskKind.SETTLE_OWNER,
        reason,
        now=now,
        case=case,
        role=Role.SECRETARY,
        due_on=due,
    )


def _need(text: str, field: str) -> None:
    if not text.strip():
        raise IncompletePetition(field)
