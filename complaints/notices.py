"""Getting a notice to a citizen: into the outbox, or to a person who calls or writes."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import practice, tasks
from complaints.clock.workdays import TAIPEI
from complaints.practice import Practice
from complaints.tables import Case, Event, Follower
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


def tell_followers(tx: Session, case: Case, text: str, happened: Event, *, now: datetime) -> None:
    """Tell those who follow the matter, without anything about who brought it."""
    followers = tx.scalars(select(Follower).where(Follower.case_id == case.id)).all()
    for one in followers:
        message = wording.followed(case.case_no, text, one.citizen.language)
        key = f"event:{happened.id}:follower:{one.citizen_id}"
        outbox.post(tx, one.citizen.address, message, key=key, now=now)


def is_followed(tx: Session, case: Case) -> bool:
    """Whether somebody else than its petitioner is told of a case."""
    return tx.scalar(select(Follower.id).where(Follower.case_id == case.id).limit(1)) is not None


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
