"""What has to hold after every death: each promise of docs/reliability.md, asked of the record."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from admin_api.audit import WATCHED
from bot.telegram import NAME
from complaints.measuring import tallies
from complaints.states import EventKind
from complaints.tables import Attachment, Case, Event
from data import ledger
from data.database import reading
from data.inbox import Received
from data.outbox import Delivery, Outbox
from tests.fakes.botapi import SentMessage


@dataclass(frozen=True)
class Said:
    """What the town knows: updates Telegram gave away, cases filed, replies, messages it got."""

    updates: int
    filed: Sequence[str]
    replied: Sequence[str]
    sent: Sequence[SentMessage]


@dataclass(frozen=True)
class Counted:
    """How much went through, and what was sent twice."""

    updates: int
    cases: int
    events: int
    messages: int
    repeated: int


def waits(engine: Engine) -> bool:
    """Whether anything is still to be sent or fetched."""
    with reading(engine) as tx:
        unsent = tx.scalar(select(Outbox.id).where(Outbox.state == Delivery.WAITING).limit(1))
        unfetched = tx.scalar(select(Attachment.id).where(Attachment.state == "pending").limit(1))
        return bool(unsent or unfetched)


def count(engine: Engine, said: Said) -> Counted:
    """The figures of a run."""
    with reading(engine) as tx:
        receipts = _receipts(tx)
        return Counted(
            updates=_number(tx, Received),
            cases=_number(tx, Case),
            events=_number(tx, Event),
            messages=len(said.sent),
            repeated=sum(str(one.message_id) not in receipts for one in said.sent),
        )


def problems(engine: Engine, said: Said, now: datetime) -> list[str]:
    """Every promise that was not kept; none is what is hoped for."""
    with reading(engine) as tx:
        return [
            *_updates(tx, said),
            *_cases(tx, said),
            *_histories(tx, said),
            *_messages(tx),
            *_order(tx, said),
            *_figures(tx, now),
        ]


def _number(tx: Session, table: type) -> int:
    return tx.scalars(select(func.count()).select_from(table)).one()


def _updates(tx: Session, said: Said) -> Iterator[str]:
    taken = _number(tx, Received)
    if taken != said.updates:
        yield f"{said.updates} updates were given away, {taken} were taken in"
    if failed := tx.scalars(select(Received.key).where(Received.failure.isnot(None))).all():
        yield f"updates given up: {failed}"


def _cases(tx: Session, said: Said) -> Iterator[str]:
    kept = Counter(text.partition("，")[0] for text in tx.scalars(select(Case.content)))
    hoped = Counter(text.partition("，")[0] for text in said.filed)
    if lost := hoped - kept:
        yield f"cases lost: {dict(lost)}"
    if more := kept - hoped:
        yield f"cases nobody filed, or filed once: {dict(more)}"


def _histories(tx: Session, said: Said) -> Iterator[str]:
    for kind, wanted in (
        (EventKind.RECEIVED, set(tx.scalars(select(Case.case_no)))),
        (EventKind.REPLIED, set(said.replied)),
    ):
        of_kind = select(Case.case_no).join(Event).where(Event.kind == kind)
        found = Counter(tx.scalars(of_kind))
        if twice := {one: times for one, times in found.items() if times > 1}:
            yield f"{kind} twice: {twice}"
        if set(found) != wanted:
            yield f"{kind}: missing {wanted - set(found)}, too many {set(found) - wanted}"


def _messages(tx: Session) -> Iterator[str]:
    unsent = select(Outbox.key, Outbox.state).where(Outbox.state != Delivery.SENT).limit(5)
    if left := tx.execute(unsent).all():
        yield f"messages not sent: {left}"
    told = set(tx.scalars(select(Outbox.about).where(Outbox.about.isnot(None))))
    replies = tx.scalars(select(Event.id).where(Event.kind == EventKind.REPLIED))
    if silent := [number for number in replies if f"event:{number}" not in told]:
        yield f"replies that were told to nobody: {silent}"


def _order(tx: Session, said: Said) -> Iterator[str]:
    """Answers came in the order of what they answer, and the notices of a case in theirs.

    Between an answer and a notice there is no order: two transactions may commit either way round.
    """
    rows = select(Outbox.name, Outbox.about, Outbox.key, Outbox.receipt).where(
        Outbox.channel == NAME, Outbox.receipt.isnot(None), Outbox.not_before.is_(None)
    )
    cases = {
        f"event:{number}": case for number, case in tx.execute(select(Event.id, Event.case_id))
    }
    of_talk: defaultdict[str, list[int]] = defaultdict(list)
    for name, about, key, receipt in tx.execute(rows.order_by(Outbox.id)):
        if about in cases:
            of_talk[f"{name}, case {cases[about]}"].append(int(receipt or 0))
        elif key.startswith(f"in:{NAME}:"):
            of_talk[name].append(int(receipt or 0))
    for name, receipts in of_talk.items():
        if receipts != sorted(receipts):
            yield f"{name} heard in another order: {receipts}"
    known = {str(one.message_id) for one in said.sent}
    if missing := [one for each in of_talk.values() for one in each if str(one) not in known]:
        yield f"receipts of messages Telegram does not have: {missing}"


def _figures(tx: Session, now: datetime) -> Iterator[str]:
    if wrong := tallies.check(tx):
        yield f"tallies differ from events: {list(wrong.items())[:3]}"
    verified = ledger.verify(tx, WATCHED, now=now)
    if verified.findings:
        yield f"histories are not as sealed: {verified.findings[:5]}"


def _receipts(tx: Session) -> set[str]:
    return set(tx.scalars(select(Outbox.receipt).where(Outbox.receipt.isnot(None))))
