"""How a case ends, and how it begins again."""

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from complaints import notices, practice, repeats
from complaints.clock import calendars
from complaints.clock.deadlines import Moved, used
from complaints.clock.facts import history
from complaints.clock.workdays import office_date
from complaints.errors import IncompletePetition, NotAllowed, TooLate
from complaints.handling.answering import merged_into, record_answer
from complaints.handling.assigning import end_dispute
from complaints.handling.cases import opened, permit, stop_waiting, take_up, wind
from complaints.handling.extending import lapse_request
from complaints.privacy import guard, identities
from complaints.states import (
    BY_OWN_VERB,
    OF_SUGGESTIONS,
    Action,
    EventKind,
    Ground,
    Kind,
    Outcome,
)
from complaints.tables import Case, Event, Officer, record
from complaints.wording import notices as wording

TRANSFER_WITHIN = 1  # working days after receipt; later ones are marked late (petitions §3.7)


def close(
    tx: Session,
    case_no: str,
    *,
    outcome: Outcome,
    reason: str,
    by: Officer,
    version: int,
    now: datetime,
    cause: str = "",
    measure: str = "",
) -> Event:
    """Close an answered case; outcome and reason are compulsory (行政程序法 §171).

    A suggestion ends adopted, partly adopted or not. `cause` and `measure` are for the meeting.
    """
    _need(reason)
    case = opened(tx, case_no, Action.CLOSE, by=by, version=version, now=now)
    _check_outcome(case, outcome)
    guard.refuse(tx, reason, case, to_others=False, now=now)
    done_on = case.replied_on or office_date(now)
    asked = _can_answer(tx, case)
    happened = _end(
        tx,
        case,
        EventKind.CLOSED,
        outcome,
        by,
        now,
        reason=reason,
        done_on=done_on.isoformat(),
        days_used=_days_used(tx, case, done_on),
        asked=asked,
        cause=cause,
        measure=measure,
    )
    notices.tell(tx, case, wording.closed(case, reason, asked=asked), happened, now=now)
    return happened


def acknowledge(tx: Session, case_no: str, *, by: Officer, version: int, now: datetime) -> Event:
    """Thank for praise and pass it on; it needs no answer. Raises NotAllowed for anything else."""
    case = opened(tx, case_no, Action.ACKNOWLEDGE, by=by, version=version, now=now)
    if case.kind != Kind.PRAISE:
        raise NotAllowed(Action.ACKNOWLEDGE, case.kind)
    case.replied_on = office_date(now)
    happened = _end(
        tx,
        case,
        EventKind.CLOSED,
        Outcome.NOTED,
        by,
        now,
        reason="",
        done_on=case.replied_on.isoformat(),
        days_used=_days_used(tx, case, case.replied_on),
    )
    notices.tell(tx, case, wording.acknowledged(case), happened, now=now)
    for other in merged_into(tx, case):
        thanks = wording.acknowledged(other)
        copy = record_answer(tx, other, thanks.text, of=case, by=by, now=now)
        notices.tell(tx, other, thanks, copy, now=now)
    return happened


def withdraw(
    tx: Session, case_no: str, *, now: datetime, by: Officer | None = None, source: str = ""
) -> Event:
    """End the case at the citizen's wish; the record stays. `by` is who took the wish down."""
    case = opened(tx, case_no, Action.WITHDRAW, by=by, now=now)
    happened = _end(tx, case, EventKind.WITHDRAWN, Outcome.WITHDRAWN, by, now, **_taken(source))
    notices.tell(tx, case, wording.withdrawn(case), happened, now=now)
    return happened


def transfer(
    tx: Session,
    case_no: str,
    *,
    agency: str,
    phone: str,
    reason: str,
    with_identity: bool,
    by: Officer,
    version: int,
    now: datetime,
) -> Event:
    """Pass the case to the competent agency and tell the citizen (行政程序法 §17, §172 I).

    Name and contact go along only with the citizen's consent, which the caller has asked for;
    without it a text that holds them is refused (LeaksIdentity).
    """
    _need(reason)
    _need(agency, "agency")
    case = opened(tx, case_no, Action.TRANSFER, by=by, version=version, now=now)
    consented = with_identity and case.consents_to_transfer is True
    if not consented:
        guard.refuse(tx, "\n".join((case.content, case.place or "")), case, to_others=True, now=now)
    case.agency = agency
    on_time = calendars.load(tx).after(case.received_on, TRANSFER_WITHIN)
    happened = _end(
        tx,
        case,
        EventKind.TRANSFERRED,
        Outcome.TRANSFERRED_TO_COMPETENT_AGENCY,
        by,
        now,
        agency=agency,
        phone=phone,
        reason=reason,
        with_identity=consented,
        late=office_date(now) > on_time,
    )
    notice = wording.transferred(case, agency, phone, with_identity=consented)
    notices.tell(tx, case, notice, happened, now=now)
    return happened


def not_process(
    tx: Session,
    case_no: str,
    *,
    ground: Ground,
    why: str,
    by: Officer,
    version: int,
    now: datetime,
    earlier: str | None = None,
) -> Event:
    """Leave a petition unprocessed on one of the three statutory grounds (行政程序法 §173).

    It stays registered and the citizen is told. "Same matter" needs an earlier case that was
    answered in every point, and nothing new in this one; raises NotARepeat otherwise.
    """
    _need(why, "why")
    case = opened(tx, case_no, Action.NOT_PROCESS, by=by, version=version, now=now)
    guard.refuse(tx, why, case, to_others=False, now=now)
    before = _earlier(tx, case, ground, earlier)
    if ground is Ground.NO_REAL_NAME_OR_CONTACT and _is_reachable(tx, case):
        raise NotAllowed(Action.NOT_PROCESS, ground)
    case.ground = ground
    case.repeats_id = before.id if before else None
    happened = _end(
        tx,
        case,
        EventKind.NOT_PROCESSED,
        Outcome.NOT_PROCESSED,
        by,
        now,
        ground=ground,
        why=why,
        earlier=before.case_no if before else None,
    )
    named = (before.case_no, before.replied_on or before.received_on) if before else None
    notices.tell(tx, case, wording.not_processed(case, ground, why, named), happened, now=now)
    return happened


def reopen(
    tx: Session, case_no: str, *, reason: str, by: Officer, version: int, now: datetime
) -> Event:
    """Take the case up again on the office's own motion; a new clock starts."""
    _need(reason)
    case = opened(tx, case_no, Action.REOPEN, by=by, version=version, now=now)
    return _begin_again(tx, case, reason, by, now)


def reopen_dissatisfied(
    tx: Session,
    case_no: str,
    *,
    reason: str,
    now: datetime,
    by: Officer | None = None,
    source: str = "",
) -> Event:
    """Take the case up again because the citizen is not satisfied; a new clock starts.

    Raises TooLate when the office's days for this are over; a new petition is open then.
    """
    case = opened(tx, case_no, Action.REOPEN, by=None, now=now)
    if by is not None:  # who takes the citizen's word down need not be one who may reopen
        permit(tx, by, Action.GIVE_FEEDBACK, case, now)
    last = _last_day_to_reopen(tx, case)
    if last and office_date(now) > last:
        raise TooLate("reopen")
    record(tx, case, EventKind.DISSATISFIED, now=now, by=by, reason=reason, **_taken(source))
    return _begin_again(tx, case, reason, by, now)


def _begin_again(tx: Session, case: Case, reason: str, by: Officer | None, now: datetime) -> Event:
    case.replied_on = case.closed_on = case.outcome = case.improved_on = None
    case.ground = case.agency = None
    case.extensions = 0
    lapse_request(tx, case)
    due = wind(tx, case, Moved(EventKind.REOPENED, office_date(now))).due_on.isoformat()
    happened = record(tx, case, EventKind.REOPENED, now=now, by=by, reason=reason, due_on=due)
    notices.tell(tx, case, wording.reopened(case), happened, now=now)
    return happened


def _end(
    tx: Session,
    case: Case,
    kind: EventKind,
    outcome: Outcome,
    by: Officer | None,
    now: datetime,
    **told: object,
) -> Event:
    stop_waiting(tx, case, now)
    end_dispute(tx, case, by=by, now=now)
    case.outcome = outcome
    case.closed_on = office_date(now)
    happened = record(
        tx,
        case,
        kind,
        now=now,
        by=by,
        outcome=outcome,
        due_on=case.due_on.isoformat(),
        section=case.section.name,
        **told,
    )
    _free_merged(tx, case, kind, by, now)
    return happened


def _free_merged(
    tx: Session, case: Case, kind: EventKind, by: Officer | None, now: datetime
) -> None:
    """A main case that ends without an answer leaves nobody else's case behind."""
    if kind is EventKind.CLOSED:
        return
    for other in merged_into(tx, case):
        other.main_id = other.outcome = other.closed_on = None
        other.version += 1
        take_up(tx, other)
        due = other.due_on.isoformat()
        happened = record(tx, other, EventKind.SPLIT, now=now, by=by, main=case.case_no, due_on=due)
        notices.tell(tx, other, wording.split(other), happened, now=now)


def _days_used(tx: Session, case: Case, done_on: date) -> float:
    """Kept with the closing: a calendar that changes later changes no figure of the past."""
    return used(history(tx, case), done_on, calendars.load(tx))


def _check_outcome(case: Case, outcome: Outcome) -> None:
    suggestion = case.kind == Kind.REFORM_SUGGESTION
    if outcome in BY_OWN_VERB or (suggestion and outcome not in OF_SUGGESTIONS):
        raise IncompletePetition("outcome")


def _earlier(tx: Session, case: Case, ground: Ground, earlier: str | None) -> Case | None:
    if ground is not Ground.REPEATED_SAME_MATTER:
        return None
    return repeats.require_answered(tx, case, earlier)


def _can_answer(tx: Session, case: Case) -> bool:
    """Whether the citizen is asked for a grade: not of praise, and not where nobody is reached."""
    if case.kind == Kind.PRAISE:
        return False
    return notices.address_of(case) is not None or bool(identities.unseal(tx, case).contact)


def _is_reachable(tx: Session, case: Case) -> bool:
    """Whether the petition has both a name and some way to answer it."""
    who = identities.unseal(tx, case)
    chat = notices.address_of(case) is not None
    return bool(who.name and (who.contact or chat))


def _last_day_to_reopen(tx: Session, case: Case) -> date | None:
    ended = case.closed_on or case.replied_on
    days = practice.load(tx).reopen_within_days
    return ended + timedelta(days=days) if ended and days else None


def _taken(source: str) -> dict[str, str]:
    return {"source": source} if source else {}


def _need(text: str, field: str = "reason") -> None:
    if not text.strip():
        raise IncompletePetition(field)
