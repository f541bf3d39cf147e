"""Other systems of the office that are told when something happens to a case.

What is told names the case, never the citizen nor a word of theirs; of reports of misconduct and
confidential cases nothing leaves. Each message has the event's number as its key, so it is
posted once, and leaves in the order of the events.
"""

import base64
import json
import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from complaints.errors import BadSubscription, UnknownSubscription
from complaints.states import EventKind, Kind
from complaints.tables import Case, Event, Officer, Subscription
from data import outbox, sealing
from data.outbox import Address, Message, Outbox

CHANNEL = "subscriber"
TEST = "test"
# A transaction that began earlier may commit a lower number later.
LOOKED_BACK = 200
AT_ONCE = 500  # events looked at in one transaction
MOST = 20  # subscriptions
LONGEST_URL = 500
# Of the citizen's own affairs, or of our looking after them: no other system's business.
NEVER_TOLD = frozenset(
    {
        EventKind.NOTED,
        EventKind.IDENTITY_VIEWED,
        EventKind.SATISFACTION_RATED,
        EventKind.STEP_CHECKED,
    }
)
TOLD = tuple(kind for kind in EventKind if kind not in NEVER_TOLD)
# Not a number: 2852039166 and 0xa9fea9fe are addresses, too.
INTERNAL_HOST = re.compile(r"[a-z][a-z0-9-]*(\.internal|\.local|\.lan)?", re.IGNORECASE)


def add(
    tx: Session, *, name: str, url: str, kinds: Sequence[str], by: Officer, now: datetime
) -> Subscription:
    """Tell a system of what happens from now on; no kinds: of everything told at all.

    Raises BadSubscription with what is wrong.
    """
    _check(tx, name, url, kinds)
    if (tx.scalar(select(func.count()).select_from(Subscription)) or 0) >= MOST:
        raise BadSubscription("most")
    row = Subscription(
        name=name.strip(),
        url=url,
        kinds=list(kinds),
        salt=secrets.token_hex(16),
        seen_id=tx.scalar(select(func.max(Event.id))) or 0,
        made_by=by.username,
        made_at=now,
    )
    tx.add(row)
    tx.flush()
    return row


def change(
    tx: Session, number: int, *, name: str, url: str, kinds: Sequence[str], active: bool
) -> Subscription:
    """Change where and of what a system is told; one that was stopped goes on from now.

    Raises UnknownSubscription, BadSubscription.
    """
    row = find(tx, number)
    _check(tx, name, url, kinds, but=number)
    if active and not row.active:
        row.seen_id = tx.scalar(select(func.max(Event.id))) or 0
    row.name, row.url, row.kinds, row.active = name.strip(), url, list(kinds), active
    tx.flush()
    return row


def renew_secret(tx: Session, number: int) -> Subscription:
    """Give it another secret; the old one signs nothing any more."""
    row = find(tx, number)
    row.salt = secrets.token_hex(16)
    tx.flush()
    return row


def find(tx: Session, number: int) -> Subscription:
    """The subscription of this number; raises UnknownSubscription."""
    row = tx.get(Subscription, number, with_for_update=True)
    if row is None:
        raise UnknownSubscription(str(number))
    return row


def secret(tx: Session, row: Subscription) -> str:
    """What its messages are signed with (Standard Webhooks): made from our key, kept nowhere."""
    made = bytes.fromhex(sealing.of(tx).mark(f"subscription/{row.id}/{row.salt}"))
    return f"whsec_{base64.b64encode(made).decode()}"


def post_test(tx: Session, number: int, *, now: datetime) -> None:
    """Send a message that says nothing but that it is a test."""
    row = find(tx, number)
    _post(tx, row, f"{TEST}-{secrets.token_hex(8)}", {"type": TEST, "timestamp": _at(now)}, now)


def post_new(tx: Session, *, now: datetime) -> int:
    """Post what happened since the last look, to each system that is told; how many messages."""
    newest = tx.scalar(select(func.max(Event.id))) or 0
    behind = select(Subscription).where(Subscription.active, Subscription.seen_id < newest)
    rows = tx.scalars(behind.with_for_update(skip_locked=True)).all()
    return sum(_post_since(tx, row, now) for row in rows)


def anything_new(tx: Session) -> bool:
    """A cheap look before the transaction that writes."""
    newest = tx.scalar(select(func.max(Event.id))) or 0
    behind = select(Subscription.id).where(Subscription.active, Subscription.seen_id < newest)
    return tx.scalar(behind.limit(1)) is not None


def deliveries(tx: Session, number: int, *, most: int = 50) -> Sequence[Outbox]:
    """Its newest messages and where they stand."""
    theirs = select(Outbox).where(Outbox.channel == CHANNEL, Outbox.name == str(number))
    return tx.scalars(theirs.order_by(Outbox.id.desc()).limit(most)).all()


def send_again(tx: Session, number: int, *, now: datetime) -> int:
    """Try again what was given up; how many messages."""
    find(tx, number)
    return outbox.revive(tx, Address(CHANNEL, str(number)), now=now)


def _post_since(tx: Session, row: Subscription, now: datetime) -> int:
    since = max(0, row.seen_id - LOOKED_BACK)
    happened = (
        select(Event, Case)
        .join(Event.case)
        .where(Event.id > since, Event.at >= row.made_at)
        .where(Event.kind.in_([kind.value for kind in TOLD]))
        .order_by(Event.id)
        .limit(AT_ONCE)
    )
    found = tx.execute(happened).all()
    posted = sum(_tell(tx, row, event, case, now) for event, case in found)
    all_seen = len(found) < AT_ONCE
    newest = tx.scalar(select(func.max(Event.id))) or 0
    row.seen_id = newest if all_seen else found[-1][0].id
    return posted


def _tell(tx: Session, row: Subscription, event: Event, case: Case, now: datetime) -> bool:
    closed = case.confidential or case.kind == Kind.MISCONDUCT_REPORT
    if closed or (row.kinds and event.kind not in row.kinds):
        return False
    return _post(tx, row, str(event.id), _told(event, case), now)


def _told(event: Event, case: Case) -> dict[str, Any]:
    return {
        "type": f"case.{event.kind}",
        "timestamp": _at(event.at),
        "data": {
            "event": event.id,
            "case_no": case.case_no,
            "kind": case.kind,
            "priority": case.priority,
            "status": case.status,
            "outcome": case.outcome,
            "section": case.section.code,
            "received_on": case.received_on.isoformat(),
            "due_on": case.due_on.isoformat(),
            "version": case.version,
        },
    }


def _post(tx: Session, row: Subscription, key: str, told: dict[str, Any], now: datetime) -> bool:
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    to = Address(CHANNEL, str(row.id))
    return outbox.post(tx, to, Message(text=text), key=f"{CHANNEL}:{row.id}:{key}", now=now)


def _at(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _check(tx: Session, name: str, url: str, kinds: Sequence[str], but: int | None = None) -> None:
    same = select(Subscription.id).where(Subscription.name == name.strip(), Subscription.id != but)
    if not 1 <= len(name.strip()) <= 60 or (tx.scalar(same) is not None):
        raise BadSubscription("name")
    if not _is_reachable(url):
        raise BadSubscription("url")
    if not set(kinds) <= {kind.value for kind in TOLD} or len(set(kinds)) != len(kinds):
        raise BadSubscription("kinds")


def _is_reachable(url: str) -> bool:
    """By https anywhere; by http only inside the office's own network; never with a password."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or parts.username or parts.password or parts.fragment or len(url) > LONGEST_URL:
        return False
    if re.search(r"[\s\x00-\x1f]", url):
        return False
    address = _address(host)
    if address and address.is_link_local:  # where a cloud tells its machines their secrets
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_inside(host, address))


def _is_inside(host: str, address: IPv4Address | IPv6Address | None) -> bool:
    return address.is_private if address else INTERNAL_HOST.fullmatch(host) is not None


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """The address a host is, if it is none by name; an IPv4 address in IPv6 clothes is IPv4."""
    try:
        found = ip_address(host)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
