"""Getting a notice to a citizen: into the outbox, or to a person who calls or writes."""

from datetime import datetime, timedelta

from sqlalchemy import Select, and_, false, or_, select, true
from sqlalchemy.orm import Session

from complaints import practice, tasks
from complaints.clock.workdays import TAIPEI
from complaints.practice import Practice
from complaints.states import EventKind, Kind, Status
from complaints.tables import Case, Event, Follower, Officer, record
from complaints.tasks import TaskKind
from complaints.wording import notices as wording
from data import outbox
from data.outbox import Address, Message

# Cases that came in by these have nobody at the other end of a chat: a person tells them.
BY_HAND = frozenset(
    {
        "counter",
        "phone",
        "letter",
        "email",
        "suggestion_box",
        "director_mailbox",
        "hotline_1999",
        "city_petition_system",
        "survey_comment",
        "media",
    }
)
WAYS = {
    "phone": TaskKind.CALL,
    "email": TaskKind.EMAIL,
    "letter": TaskKind.LETTER,
    "chat": TaskKind.CALL,
}


TOLD_AT_ONCE = "受理時已當面或在電話中告知案號、查詢碼與期限"


def tell(
    tx: Session,
    case: Case,
    notice: Message,
    happened: Event,
    *,
    now: datetime,
    not_before: datetime | None = None,
) -> None:
    """Send a notice about an event to the case's citizen, or have it told by hand."""
    key = f"event:{happened.id}"
    if case.citizen.channel in BY_HAND:
        _by_hand(tx, case, notice.text, key, now)
        return
    outbox.post(
        tx, case.citizen.address, notice, key=key, now=now, about=key, not_before=not_before
    )


def note_told(
    tx: Session, case: Case, notice: Message, happened: Event, *, by: Officer, now: datetime
) -> None:
    """Note that who stands at the counter, or is on the phone, was told a notice at once."""
    way, key = WAYS[case.reply_by], f"event:{happened.id}:hand"
    number = tasks.make_done(tx, key, way, notice.text, TOLD_AT_ONCE, case=case, by=by, now=now)
    told = {"task": number, "way": way, "result": TOLD_AT_ONCE}
    record(tx, case, EventKind.TOLD_OTHERWISE, now=now, by=by, **told)


def tell_followers(
    tx: Session,
    case: Case,
    text: str,
    happened: Event,
    *,
    now: datetime,
    corrected: bool = False,
) -> None:
    """Tell those who follow the matter, without anything about who brought it.

    What became confidential or a report of misconduct is told to nobody.
    """
    for one in tx.scalars(_followers(case)).all():
        message = wording.followed(one.case.case_no, text, one.citizen.language, corrected)
        key = f"event:{happened.id}:follower:{one.citizen_id}"
        if one.citizen.channel in BY_HAND:
            tasks.make(tx, f"{key}:hand", TaskKind.CALL, message.text, now=now, case=case)
        else:
            outbox.post(tx, one.citizen.address, message, key=key, now=now)


def is_followed(tx: Session, case: Case) -> bool:
    """Whether somebody else than its petitioner is told of a case."""
    return tx.scalar(_followers(case).limit(1)) is not None


def _followers(case: Case) -> Select[Follower]:
    """Who follows a case or one that is merged into it, as far as it may be followed at all."""
    here = or_(Case.id == case.id, and_(Case.main_id == case.id, Case.status == Status.MERGED))
    joined = select(Follower).join(Case, Case.id == Follower.case_id).where(here)
    openly = Case.confidential.is_(False), Case.kind != Kind.MISCONDUCT_REPORT
    open_case = not case.confidential and case.kind != Kind.MISCONDUCT_REPORT
    return joined.where(*openly, true() if open_case else false()).order_by(Follower.id)


def tell_by_hand(tx: Session, case: Case, text: str, happened: Event, *, now: datetime) -> None:
    """Have a person tell the citizen as well, where the citizen asked for a call or a letter."""
    if case.reply_by != "chat" and case.citizen.channel not in BY_HAND:
        _by_hand(tx, case, text, f"event:{happened.id}", now)


def awake(moment: datetime, choices: Practice) -> datetime | None:
    """The end of the quiet hours a moment falls into; None outside of them."""
    local = moment.astimezone(TAIPEI)
    clock, start, end = local.time(), choices.quiet_from, choices.quiet_until
    over_midnight = start > end
    quiet = (clock >= start or clock < end) if over_midnight else start <= clock < end
    if start == end or not quiet:
        return None
    next_day = over_midnight and clock >= start
    day = local.date() + timedelta(days=next_day)
    return datetime.combine(day, end, TAIPEI)


def not_at_night(tx: Session, now: datetime) -> datetime | None:
    """The moment before which the office does not disturb a citizen unasked."""
    return awake(now, practice.load(tx))


def address_of(case: Case) -> Address | None:
    """Where the citizen of a case is reached by chat; None when only by hand."""
    return None if case.citizen.channel in BY_HAND else case.citizen.address


def _by_hand(tx: Session, case: Case, text: str, key: str, now: datetime) -> None:
    tasks.make(tx, f"{key}:hand", WAYS[case.reply_by], text, now=now, case=case)
